"""Experts drawn from the pool for a panel: the tied left out with the reason, replayable, the next for who declines."""

from __future__ import annotations

import datetime as dt

import pytest
from django.http import Http404
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from greenhood.accounts import actions as accounts
from greenhood.accounts.access import NotAllowed
from greenhood.accounts.actor import Actor
from greenhood.accounts.models import Role
from greenhood.declarations import sampling
from greenhood.declarations.actions import expert_draws, seating
from greenhood.declarations.actions.seating import Sitter
from greenhood.declarations.errors import AlreadyDecided, Refused
from greenhood.declarations.models import Declaration, ExpertDraw, Panel, PanelSeat
from greenhood.declarations.queries import expert_draws as queries
from greenhood.experts.actions import serving, visiting
from greenhood.experts.actions.visiting import Report
from greenhood.experts.models import Entry
from greenhood.history.models import Entry as Happened
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes.format import Scheme
from greenhood.schemes.models import SchemeVersion, schemes_of
from tests.cast import Cast, appoint, sign_in
from tests.declarations import stage
from tests.declarations.test_panels import AT, PANEL_STEP
from tests.experts.conftest import fresh, member, need

pytestmark = pytest.mark.django_db

SEED = "2026-11-21"


@pytest.fixture
def version(cast: Cast, sichuan: SchemeVersion) -> SchemeVersion:
    """Sichuan's plan with a panel at the city in place of its review."""
    scheme = schemes_of([sichuan.pk])[sichuan.pk].model_dump(mode="json")
    scheme["procedure"]["steps"][3] = PANEL_STEP
    version = SchemeVersion.objects.defer(None).get(pk=sichuan.pk)
    version.pk = version.id = seating.UUID(int=version.pk.int + 1)
    version.version, version.document, version.checksum = 2, Scheme.model_validate(scheme).model_dump(mode="json"), "x"
    version.save(force_insert=True)
    return version


@pytest.fixture
def waiting(cast: Cast, version: SchemeVersion) -> Declaration:
    return stage.bring_to(stage.declare(cast.community, cast.worker, at=AT), "panel", cast, at=AT)


@pytest.fixture
def pool(cast: Cast) -> dict[str, Entry]:
    """Five experts of the city in the city's pool."""
    found = {}
    for number in range(5):
        actor = appoint(f"专家{number}", f"drawn{number}", Role.EXPERT, cast.city, employer=f"大学{number}")
        found[actor.user.username] = member(cast, actor, pool=cast.city, regions=[cast.city])
    return found


def draw(waiting: Declaration, cast: Cast, **more) -> ExpertDraw:
    return expert_draws.draw([waiting.pk], "expert", 2, by=cast.city_officer, seed=SEED, **more)


def sitters(cast: Cast, held: ExpertDraw) -> list[Sitter]:
    experts = [Sitter(one.user_id, "expert") for one in queries.shown(held).chosen]
    return [*experts, Sitter(cast.deputy.user.pk, "deputy"), Sitter(cast.citizen.user.pk, "citizen")]


def test_a_draw_follows_from_its_frame_and_seed_alone(cast: Cast, waiting: Declaration, pool: dict[str, Entry]) -> None:
    held = draw(waiting, cast)

    shown = queries.shown(held)
    by_hand = sorted(pool.values(), key=lambda entry: sampling.rank(SEED, str(entry.pk)))
    assert [one.entry_id for one in (*shown.chosen, *shown.waiting)] == [entry.pk for entry in by_hand]
    assert (len(shown.chosen), shown.is_replayed, shown.excluded) == (2, True, [])
    assert Happened.objects.get(event="panel.experts_drawn").details["种子"] == SEED


def test_an_altered_order_is_seen_in_the_replay(cast: Cast, waiting: Declaration, pool: dict[str, Entry]) -> None:
    held = draw(waiting, cast)
    ExpertDraw.objects.filter(pk=held.pk).update(seed="another")

    assert not queries.shown(fresh(held)).is_replayed


def test_who_is_tied_to_a_case_is_left_out_with_the_reason(
    cast: Cast, waiting: Declaration, pool: dict[str, Entry]
) -> None:
    own, employed, advised = (pool[f"drawn{number}"] for number in range(3))
    accounts.record_interest(own.user, by=_self(own), division=cast.community, reason="家住本社区")
    Entry.objects.filter(pk=employed.pk).update(employer="晋阳社区居委会")
    asked = serving.make(cast.community, need(), by=cast.worker)
    taken = serving.come_forward(asked, revision=asked.revision, by=_self(advised))
    visiting.record(taken, Report(today_in_shanghai(), 5, "建议"), by=cast.worker)
    member(cast, None, pool=cast.city, name="无账号")
    accounts.end_post(_self(pool["drawn3"]).post, by=Actor.system())

    with pytest.raises(Refused, match="符合条件的专家有 1 人，不足 2 人（依据：四\\(四\\)）") as refused:
        draw(waiting, cast)
    found = {one.entry.name: one.reasons for one in queries.candidates(cast.city, [waiting])}

    assert "家住本社区" in refused.value.reason
    assert found == {
        "专家0": ["晋阳社区居委会：已登记的利害关系：家住本社区"],
        "专家1": ["晋阳社区居委会：同一工作单位（晋阳社区居委会）"],
        "专家2": ["晋阳社区居委会：为该社区提供过咨询服务"],
        "专家3": [queries.NO_POST],
        "专家4": [],
        "无账号": [queries.NO_ACCOUNT],
    }


def _self(entry: Entry) -> Actor:
    return Actor(entry.user, entry.user.posts.get())


def test_a_panel_is_opened_with_those_drawn_and_nobody_else(
    cast: Cast, waiting: Declaration, pool: dict[str, Entry]
) -> None:
    held = draw(waiting, cast)
    chosen = sitters(cast, held)
    other = queries.shown(held).waiting[0]
    swapped = [Sitter(other.user_id, "expert"), *chosen[1:]]
    with pytest.raises(Refused, match="不能另选"):
        expert_draws.open_drawn([waiting.pk], swapped, [held], by=cast.city_officer)

    panel = expert_draws.open_drawn([waiting.pk], chosen, [held], by=cast.city_officer)

    assert fresh(held).panel_id == panel.pk
    with pytest.raises(AlreadyDecided):
        expert_draws.open_drawn([waiting.pk], chosen, [held], by=cast.city_officer)


def test_an_expert_drawn_for_his_own_community_is_refused_with_reason_and_clause(
    cast: Cast, waiting: Declaration, pool: dict[str, Entry]
) -> None:
    held = draw(waiting, cast)
    first = queries.shown(held).chosen[0]
    accounts.record_interest(first.user, by=_self(first.entry), division=cast.community, reason="在此任职")

    with pytest.raises(Refused, match="须回避——晋阳社区居委会：已登记的利害关系：在此任职（依据：四\\(四\\)）"):
        expert_draws.open_drawn([waiting.pk], sitters(cast, held), [held], by=cast.city_officer)

    assert not Panel.objects.exists()


def test_who_declines_is_followed_by_the_next_in_the_drawn_order(
    cast: Cast, waiting: Declaration, pool: dict[str, Entry]
) -> None:
    held = draw(waiting, cast)
    shown = queries.shown(held)
    with pytest.raises(Refused, match="请写明谢绝的理由"):
        expert_draws.decline(shown.chosen[0], reason=" ", revision=held.revision, by=cast.city_officer)

    following = expert_draws.decline(shown.chosen[0], reason="出差", revision=held.revision, by=cast.city_officer)

    assert following == shown.waiting[0]
    assert queries.shown(fresh(held)).chosen == [shown.chosen[1], shown.waiting[0]]
    with pytest.raises(AlreadyDecided):
        expert_draws.decline(shown.chosen[1], reason="出差", revision=held.revision, by=cast.city_officer)


def test_on_an_open_panel_the_next_takes_the_seat(cast: Cast, waiting: Declaration, pool: dict[str, Entry]) -> None:
    held = draw(waiting, cast)
    panel = expert_draws.open_drawn([waiting.pk], sitters(cast, held), [held], by=cast.city_officer)
    shown = queries.shown(held)

    expert_draws.decline(shown.chosen[0], reason="生病", revision=held.revision, by=cast.city_officer)

    seated = set(PanelSeat.objects.filter(panel=panel, kind="expert").values_list("user", flat=True))
    assert seated == {shown.chosen[1].user_id, shown.waiting[0].user_id}


@pytest.mark.parametrize("who", ["county_officer", "expert", "neighbour_officer", "worker"])
def test_nobody_else_draws(cast: Cast, waiting: Declaration, pool: dict[str, Entry], who: str) -> None:
    with pytest.raises((NotAllowed, Http404, Refused)):
        expert_draws.draw([waiting.pk], "expert", 2, by=cast.actors[who])

    assert not ExpertDraw.objects.exists()


@pytest.mark.parametrize(("kind", "seats"), [("deputy", 1), ("no-such", 1), ("expert", 0), ("expert", 99)])
def test_a_seat_that_experts_do_not_take_is_refused(
    cast: Cast, waiting: Declaration, pool: dict[str, Entry], kind: str, seats: int
) -> None:
    with pytest.raises(Refused):
        expert_draws.draw([waiting.pk], kind, seats, by=cast.city_officer)


def test_from_the_page_to_the_open_panel(
    client: Client, cast: Cast, waiting: Declaration, pool: dict[str, Entry]
) -> None:
    sign_in(client, cast.city_officer)
    new = reverse("declarations:new_panel", args=[waiting.version_id, "panel"])
    assert "从专家库抽取" in client.get(new).content.decode()
    url = reverse("declarations:draw_for_new_panel", args=[waiting.version_id, "panel"])
    wrong = client.post(url, {"chosen": waiting.pk, "draw_kind": "expert", "draw_seats": "9"}, follow=True)
    assert "符合条件的专家有 5 人，不足 9 人" in wrong.content.decode()

    client.post(url, {"chosen": waiting.pk, "draw_kind": "expert", "draw_seats": "2", "draw_field": ""})
    held = ExpertDraw.objects.get()
    page = client.get(held.get_absolute_url()).content.decode()
    assert "校验值和顺序与重算一致" in page
    assert held.frame_hash in page
    filled = client.get(f"{new}?draw={held.pk}").content.decode()
    assert filled.count('<option value="expert" selected>') == 2

    seats = {f"seat-{one.user_id}": one.kind for one in sitters(cast, held)}
    made = client.post(new, {"chosen": waiting.pk, "draw": held.pk, **seats})
    panel = Panel.objects.get()
    assert made["Location"] == panel.get_absolute_url()
    assert held.get_absolute_url() in client.get(panel.get_absolute_url()).content.decode()
    assert sign_in(client, cast.neighbour_officer).get(held.get_absolute_url()).status_code == 404


def test_candidates_cost_the_same_for_few_and_many(
    cast: Cast, waiting: Declaration, pool: dict[str, Entry], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    rows = [stage.fresh(waiting)]
    queries.candidates(cast.city, rows)
    with django_assert_max_num_queries(15):
        queries.candidates(cast.city, rows)


def test_the_day_of_the_draw_is_kept(cast: Cast, waiting: Declaration, pool: dict[str, Entry]) -> None:
    at = dt.datetime(2026, 11, 20, 4, tzinfo=dt.UTC)

    assert fresh(draw(waiting, cast, at=at)).drawn_at == at
