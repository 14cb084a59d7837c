"""The demonstration, made once on its real divisions: what it shows, and that history tells it in the order of time."""

from __future__ import annotations

import datetime as dt
import lzma
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client

from greenhood.accounts.models import Post, Role, User
from greenhood.accounts.queries import demonstration_posts
from greenhood.assessments import computed, standards
from greenhood.assessments.models import Assessment, Evidence, ScoreSheet
from greenhood.baseline.models import Campaign
from greenhood.coordination import events as coordination
from greenhood.declarations import sampling
from greenhood.declarations.actions import drawing
from greenhood.declarations.models import (
    Award,
    Declaration,
    Draw,
    Notice,
    Objection,
    Panel,
    Rectification,
    Recusal,
    Reexamination,
    Standing,
)
from greenhood.declarations.queries.placing import placed
from greenhood.demo import demonstration, people
from greenhood.divisions import actions as divisions
from greenhood.evidence import tasks
from greenhood.evidence.models import Likeness
from greenhood.exemplars import events as exemplars
from greenhood.experts import events as experts
from greenhood.facts.kinds import kinds
from greenhood.history import events, verification
from greenhood.history.models import Entry
from greenhood.indicators import measuring
from greenhood.planning import events as planning
from greenhood.programme import events as programme
from greenhood.reporting import events as reporting
from greenhood.reporting.models import Filing, Obligation
from greenhood.schemes.models import SchemeVersion
from greenhood.supervision import events as supervision
from greenhood.works import events as works
from tests.declarations import stage

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 6, 16, 10, 5, tzinfo=ZoneInfo("Asia/Shanghai"))
EXTRACT = Path(settings.REPOSITORY) / "data" / "divisions" / "2023.csv.xz"
# The two places and what lies above them.
WANTED = ("510000", "510100", "510107", "310000", "310100", "310118105", "310118000000")
SCHEMES = ("national-2020", "sichuan-2020", "shanghai-qingpu-zhaoxiang-2021")


@pytest.fixture(scope="module", autouse=True)
def built(
    django_db_setup: None, django_db_blocker: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Made once for all tests of this module, which only read, and rolled back after the last."""
    with pytest.MonkeyPatch.context() as patched, django_db_blocker.unblock(), transaction.atomic():
        patched.setattr(settings, "DEMO", True)
        divisions.load(_small_list(tmp_path_factory.mktemp("divisions")), by=None, as_of=dt.date(2023, 6, 30))
        for name in SCHEMES:
            stage.publish(name)
        assert demonstration.build(NOW) is True
        yield
        transaction.set_rollback(True)


def _small_list(folder: Path) -> Path:
    heading, *rows = lzma.decompress(EXTRACT.read_bytes()).decode().splitlines()
    path = folder / "list.csv"
    path.write_text("\n".join([heading, *(row for row in rows if row.startswith(WANTED))]), encoding="utf-8")
    return path


def waiting(scheme: str) -> Counter[tuple[str, str]]:
    found = placed(Declaration.objects.filter(scheme_id=scheme))
    return Counter((one.declaration.step, one.awaits.value) for one in found)


def test_the_county_shows_every_state_of_a_declaration() -> None:
    assert waiting("sichuan-2020") == {
        ("recommend", "decision"): 3,
        ("county-review", "decision"): 3,
        ("county-review", "community"): 1,
        ("city-review", "decision"): 2,
        ("province-sample", "draw"): 4,
        ("province-sample", "decision"): 1,
        ("notice", "notice-end"): 2,
        ("notice", "objection"): 1,
        ("award", "award"): 3,
        ("award", "nothing"): 9,
    }


def test_every_state_of_a_community_occurs() -> None:
    assert Counter(Standing.objects.values_list("state", flat=True)) == {
        "assessing": 5,
        "declared": 28,
        "returned": 1,
        "reached": 6,
        "rectifying": 1,
        "delisted": 1,
    }


def test_one_declaration_came_back_corrected() -> None:
    corrected = Declaration.objects.get(community__name="棕东社区居委会")

    outcomes = list(corrected.decisions.values_list("outcome", flat=True))

    assert outcomes == ["declare", "pass", "return", "resubmit", "pass", "pass"]


def test_titles_are_held_reexamined_and_the_best_one_is_an_example() -> None:
    today = NOW.date()

    assert Award.objects.filter(state="valid").count() == 7
    example = Award.objects.get(is_advanced=True)
    assert Award.objects.filter(community=example.community, state="valid", is_advanced=False).count() == 1
    soon = Reexamination.objects.filter(done_at=None, due_on__range=(today, today + dt.timedelta(days=30)))
    assert soon.count() >= 1
    assert set(Reexamination.objects.exclude(done_at=None).values_list("result", flat=True)) == {"kept", "rectify"}
    assert Counter(Rectification.objects.values_list("result", flat=True)) == {"open": 1, "delisted": 1}


def test_one_notice_runs_now_with_an_objection_that_waits_for_an_answer() -> None:
    running = Notice.objects.get(closed_at=None)

    assert running.opens_on <= NOW.date() <= running.closes_on
    assert running.entries.count() == 3
    assert Notice.objects.exclude(closed_at=None).count() == 4
    open_ones = Objection.objects.filter(answered_at=None)
    assert [objection.entry.notice_id for objection in open_ones] == [running.pk]
    assert all("演示" in objection.name + objection.reason for objection in Objection.objects.all())


def test_draws_have_many_in_their_frame_and_can_be_replayed() -> None:
    draws = list(Draw.objects.filter(step="province-sample").order_by("frozen_at"))

    assert [draw.frame_size for draw in draws] == [4, 2, 3, 3, 4, 4]
    assert [draw.drawn_at is None for draw in draws] == [False] * 5 + [True]
    for draw in draws[:-1]:
        frame = drawing.frame(list(draw.members.order_by("position")))
        drawn = {str(pk) for pk in draw.members.filter(selected=True).values_list("declaration", flat=True)}
        assert set(sampling.draw(frame, drawing.method_of(draw), draw.seed).selected) == drawn
        assert draw.seed == f"{draw.drawn_at:%Y%m%d}"


def test_the_town_has_its_whole_roster_and_a_panel_at_work() -> None:
    scheme = SchemeVersion.objects.get(scheme_id="shanghai-qingpu-zhaoxiang-2021").scheme
    rostered = {code for entry in scheme.roster for code in entry.codes}

    assert set(Assessment.objects.filter(scheme_id=scheme.id).values_list("community__code", flat=True)) == rostered
    assert len(rostered) == 12
    assert waiting(scheme.id) == {("compile", "decision"): 1, ("city-panel", "scores"): 3, ("award", "award"): 5}
    panel = Panel.objects.get(closed_at=None)
    seats = {seat.kind: seat.count for seat in scheme.step("city-panel").seats}
    assert Counter(panel.seats.values_list("kind", flat=True)) == seats
    assert [(recusal.found_by, recusal.seat.user.username) for recusal in Recusal.objects.all()] == [
        ("system", "zhuanjia2")
    ]
    sheets = ScoreSheet.objects.filter(step="city-panel").exclude(handed_in_at=None)
    assert Counter(sheets.values_list("by__username", flat=True)) == {"waizhuan": 3, "shimin": 3}


def test_there_is_an_account_for_every_role_and_all_are_marked() -> None:
    assert {person.role for person in people.PEOPLE} == set(Role)
    assert set(User.objects.values_list("username", flat=True)) == {person.username for person in people.PEOPLE}
    assert not User.objects.filter(is_demonstration=False).exists()
    assert set(Post.objects.values_list("role", flat=True)) == {role.value for role in Role}
    user = User.objects.get(username="shequ")
    assert user.check_password(people.PASSWORD)
    assert not user.must_change_password


def test_everything_is_marked_as_a_demonstration() -> None:
    for model in (Assessment, Declaration, Award, Draw, Notice):
        assert model.objects.exists()
        assert not model.objects.filter(is_demonstration=False).exists(), model
        assert not model.objects.filter(is_simulated=True).exists(), model


def test_photos_say_that_they_are_drawn_and_the_public_sees_some_of_what_was_awarded() -> None:
    shown = Evidence.objects.filter(is_public=True)

    assert all("演示图片" in piece.caption for piece in shown)
    awarded = set(Award.objects.filter(state="valid").values_list("declaration__assessment", flat=True))
    public = set(shown.filter(assessment__public_from__isnull=False).values_list("assessment", flat=True))
    assert awarded <= public


def test_a_photo_that_two_communities_use_is_found() -> None:
    pair = ("少陵社区居委会", "棕北社区居委会")
    pieces = Evidence.objects.filter(assessment__community__name__in=pair, is_public=True)

    for piece in pieces:
        tasks.process(piece.blob_id)

    assert Likeness.objects.filter(blob__uses__in=pieces, other__uses__in=pieces).exists()


def test_facts_of_every_kind_are_recorded_and_marked() -> None:
    for each in kinds():
        rows = each.model._default_manager
        assert rows.exists(), each.key
        assert not rows.filter(is_demonstration=False).exists(), each.key
        assert not rows.filter(dated__gt=NOW.date()).exists(), each.key
    recorded = Entry.objects.filter(event="fact.recorded", at__lte=NOW)
    # Besides her, the community whose designer's visit was confirmed, and so recorded.
    assert set(recorded.values_list("person_name", flat=True)) == {"李芳", "何平"}


def test_communities_keep_their_record_in_full_in_half_and_not_at_all() -> None:
    held = Counter[int]()
    for each in kinds():
        held.update(set(each.model._default_manager.values_list("community__code", flat=True)))

    assert held[510107004004] == 0
    assert held[510107005010] < 20 < held[510107004003]


def test_what_is_recorded_adds_up() -> None:
    ids = list(Assessment.objects.values_list("community", flat=True))

    for each in kinds():
        for check in each.checks:
            assert check(ids, NOW.date()) == {}, each.key


def test_the_worked_example_shows_what_is_met_what_is_not_and_what_is_not_known() -> None:
    verdicts = verdicts_of("洗面桥社区居委会")

    assert verdicts["met"] > 20
    assert verdicts["not_met"] >= 2
    assert verdicts["unknown"] >= 2


def test_out_of_date_facts_are_not_known_rather_than_nought() -> None:
    verdicts = verdicts_of("万寿桥社区居委会")

    assert verdicts["unknown"] > 20
    assert verdicts["not_met"] == 0


def test_a_declaration_rests_on_figures_and_a_later_fact_differs() -> None:
    declared = Assessment.objects.get(community__code=demonstration.EARLY[0])

    assert all(figure["value"] is not None for figure in declared.figures.values())
    (lane,) = (each for each in declared.figures.values() if each["key"] == "lifeline_blockages")
    now = measuring.figures_of(declared.community_id, as_of=NOW.date(), keys=["lifeline_blockages"])
    assert (Decimal(lane["value"]), now["lifeline_blockages"].value) == (0, 1)


def test_the_county_surveys_its_communities_and_some_have_answered() -> None:
    campaign = Campaign.objects.get()

    assert campaign.is_demonstration
    assert campaign.is_open
    states = Counter(campaign.replies.values_list("state", flat=True))
    assert states["submitted"] >= 3
    assert states["filling"] > states["submitted"]


def verdicts_of(name: str) -> Counter[str]:
    """How many of the computed checks of a community's assessment are met, not met, unknown by its facts."""
    assessment = Assessment.objects.select_related("version", "community").get(community__name=name)
    standard = standards.standard_of(assessment)
    figures = measuring.figures_of(assessment.community_id, as_of=NOW.date(), keys=computed.indicators(standard))
    place = standards.place_of(assessment)
    return Counter(
        computed.verdict(computed.threshold_here(check.threshold, place), figures[str(check.indicator)].value)
        for _, check in computed.of_standard(standard)
        if check.threshold is not None
    )


def test_last_years_reports_came_in_time_late_or_back() -> None:
    town = Obligation.objects.filter(year=NOW.year - 1, scheme_id="shanghai-qingpu-zhaoxiang-2021")

    assert Counter(town.values_list("state", flat=True)) == {
        "accepted": 2,
        "filed": 3,
        "returned": 1,
        "done": 2,
        "open": town.count() - 8,
    }
    assert town.exclude(reporter__name__endswith="村委会").count() == town.count()
    assert Filing.objects.filter(late_days__gt=0).count() == 1
    assert Obligation.objects.get(year=NOW.year - 1, reporter__name="成都市").state == "accepted"
    assert Obligation.objects.filter(year=NOW.year, reporter__name="四川省", state="open").exists()


def test_history_holds_together_and_time_never_goes_back_in_a_chain() -> None:
    told = Entry.objects.exclude(event__startswith="divisions.").exclude(event__startswith="scheme.")

    assert verification.verify() == []
    assert told.filter(at__gt=NOW).count() == 0
    for chain in ("5101", "3101", "0000"):
        times = list(told.filter(chain=chain).order_by("number").values_list("at", flat=True))
        assert len(times) > 10
        assert times == sorted(times)


def test_timelines_of_the_programme_office_say_nothing_in_code() -> None:
    rooms = (planning, programme, coordination, supervision, exemplars, reporting, experts, works)
    asked = {event.value for room in rooms for event in room.Event}
    details = Entry.objects.filter(event__in=asked).values_list("event", "details")
    unnamed = {(event, name) for event, said in details for name in said if events.detail_title(event, name) is None}

    assert len({event for event, _ in details}) > 40
    assert unnamed == set()


def test_it_is_made_once() -> None:
    before = Entry.objects.count()

    assert demonstration.build(NOW) is False
    assert Entry.objects.count() == before


def test_accounts_are_listed_in_aligned_columns() -> None:
    lines = list(people.table())

    assert len(lines) == len(people.PEOPLE)
    assert lines[0].split()[:4] == ["shequ", "社区工作者", "李芳", "洗面桥社区居委会"]
    # 12 Latin letters, or 6 Chinese characters, take as much room.
    assert lines[0].index("李芳") + len("社区工作者") == lines[-1].index("蒋涛") + len("市民代表")


def test_the_page_of_accounts_gives_the_password_in_a_demonstration_alone(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = client.get("/demo/accounts/").content.decode()

    assert people.PASSWORD in page
    assert all(f"<code>{person.username}</code>" in page for person in people.PEOPLE)
    monkeypatch.setattr(settings, "DEMO", False)
    assert client.get("/demo/accounts/").status_code == 404


def test_the_sign_in_page_lists_each_account_once() -> None:
    listed = [post.user.username for post in demonstration_posts()]

    assert sorted(listed) == sorted(person.username for person in people.PEOPLE)
