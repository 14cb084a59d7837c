"""Spot checks: the frame before the seed, the drawn stay, the others pass on, anyone can replay."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.test import Client
from django.urls import reverse

from greenhood.accounts.access import NotAllowed
from greenhood.declarations import sampling
from greenhood.declarations.actions import deciding, drawing, noticing
from greenhood.declarations.errors import Refused
from greenhood.declarations.models import Decision, Declaration, Draw, Outcome, Status
from greenhood.schemes.models import SchemeVersion
from tests.cast import Cast, sign_in
from tests.declarations import stage

pytestmark = pytest.mark.django_db
AT = stage.moment(2026, 3, 2)


@pytest.fixture
def waiting(cast: Cast, sichuan: SchemeVersion) -> list[Declaration]:
    """Three declarations that wait at the province's spot check: a tenth of them is one."""
    rows = [
        stage.declare(cast.community, cast.worker, at=AT),
        stage.declare(cast.other_community, cast.other_worker, at=AT),
        stage.declare(cast.neighbour_community, cast.neighbour_worker, at=AT),
    ]
    Declaration.objects.update(step="province-sample", level=1, department="住房城乡建设厅", sampled=None)
    return [stage.fresh(row) for row in rows]


def freeze(waiting: list[Declaration], cast: Cast, seed_source: str = "") -> Draw:
    return drawing.freeze(
        waiting[0].version_id, "province-sample", by=cast.province_officer, seed_source=seed_source, at=AT
    )


def test_the_frame_is_public_before_there_is_a_seed(waiting: list[Declaration], cast: Cast, client: Client) -> None:
    draw = freeze(waiting, cast)

    assert (draw.seed, draw.drawn_at, draw.frame_size) == ("", None, 3)
    html = client.get(draw.get_absolute_url()).content.decode()
    assert draw.frame_hash in html
    assert "尚未产生" in html
    with pytest.raises(Refused, match="没有等待"):
        freeze(waiting, cast)


def test_the_drawn_stay_and_the_others_pass_on(waiting: list[Declaration], cast: Cast) -> None:
    draw = drawing.draw(freeze(waiting, cast), by=cast.province_officer, at=AT)

    steps = sorted((row.step, row.sampled) for row in map(stage.fresh, waiting))
    assert steps == [("notice", False), ("notice", False), ("province-sample", True)]
    assert Decision.objects.filter(outcome=Outcome.SKIP).count() == 2
    assert len(draw.seed) == 32
    with pytest.raises(Refused, match="不能重抽"):
        drawing.draw(draw, by=cast.province_officer, at=AT)


def test_anyone_replays_the_draw_from_the_published_data(
    waiting: list[Declaration], cast: Cast, client: Client
) -> None:
    source = "福彩双色球 2026021 期开奖号码，从小到大"
    draw = freeze(waiting, cast, source)
    assert json.loads(client.get(reverse("declarations:draw_data", args=[draw.pk, "json"])).content)["members"]
    draw = drawing.draw(draw, by=cast.province_officer, seed="03 11，17-２１", at=AT)
    assert (draw.seed, draw.seed_source) == ("03111721", source)

    data = json.loads(client.get(reverse("declarations:draw_data", args=[draw.pk, "json"])).content)
    members = [sampling.Member(one["key"], one["stratum"], one["times_sampled"]) for one in data["members"]]
    method = sampling.Method(share=sampling.Decimal(data["method"]["share"]), never_sampled_first=True)
    again = sampling.draw(members, method, data["seed"])
    assert sampling.frame_hash(members) == data["frame_hash"]
    assert again.selected == [one["key"] for one in data["members"] if one["selected"]]
    assert "李芳" not in json.dumps(data, ensure_ascii=False)


def test_who_was_sampled_before_comes_later(waiting: list[Declaration], cast: Cast) -> None:
    first = drawing.draw(freeze(waiting, cast), by=cast.province_officer, at=AT)
    drawn = first.members.get(selected=True).declaration_id
    Declaration.objects.update(step="province-sample", level=1, sampled=None, status=Status.ACTIVE)

    second = drawing.draw(freeze(waiting, cast), by=cast.province_officer, at=AT)

    assert second.members.get(declaration=drawn).times_sampled == 1
    assert second.members.get(selected=True).declaration_id != drawn


def test_who_withdraws_after_the_freeze_stays_in_the_frame(waiting: list[Declaration], cast: Cast) -> None:
    draw = freeze(waiting, cast)
    row = stage.fresh(waiting[0])
    deciding.withdraw(row, by=cast.worker, revision=row.revision, reason="放弃")

    draw = drawing.draw(draw, by=cast.province_officer, at=AT)

    assert draw.members.count() == 3
    assert stage.fresh(waiting[0]).status == Status.WITHDRAWN


def test_only_the_steps_own_level_draws(waiting: list[Declaration], cast: Cast, client: Client) -> None:
    with pytest.raises(NotAllowed):
        drawing.freeze(waiting[0].version_id, "province-sample", by=cast.city_officer, at=AT)
    with pytest.raises(Refused, match="不作随机抽取"):
        drawing.freeze(waiting[0].version_id, "city-review", by=cast.province_officer, at=AT)
    draw = freeze(waiting, cast)
    sign_in(client, cast.city_officer)
    assert client.post(reverse("declarations:draw_seed", args=[draw.pk])).status_code in (403, 404)
    sign_in(client, cast.province_officer)
    client.post(reverse("declarations:draw_seed", args=[draw.pk]))
    draw.refresh_from_db()
    assert draw.drawn_at is not None


def test_nobody_brings_a_seed_of_their_own_once_the_frame_is_public(waiting: list[Declaration], cast: Cast) -> None:
    draw = freeze(waiting, cast)
    for more, reason in (
        ({"seed": "123"}, "种子由系统在抽取时产生，不能自行填写"),
        ({"seed": "123", "seed_source": "某期开奖号"}, "公布的种子来源是系统安全随机数，不能改用其他来源"),
    ):
        with pytest.raises(Refused, match=reason):
            drawing.draw(draw, by=cast.province_officer, at=AT, **more)

    draw = drawing.draw(draw, by=cast.province_officer, at=AT)
    assert (len(draw.seed), draw.seed_source) == (32, "系统安全随机数")


def test_an_announced_source_is_public_with_the_frame_and_can_not_be_changed(
    waiting: list[Declaration], cast: Cast, client: Client
) -> None:
    source = "福彩双色球 2026021 期开奖号码"
    draw = freeze(waiting, cast, source)
    assert source in client.get(draw.get_absolute_url()).content.decode()
    for more, field in (
        ({"seed": "031117", "seed_source": "体彩"}, "seed_source"),
        ({}, "seed"),
        ({"seed": "我选的"}, "seed"),
        ({"seed": "9" * 65}, "seed"),
    ):
        with pytest.raises(Refused) as refused:
            drawing.draw(draw, by=cast.province_officer, at=AT, **more)
        assert refused.value.field == field

    sign_in(client, cast.province_officer)
    url = reverse("declarations:draw_seed", args=[draw.pk])
    wrong = client.post(url, {"seed": "十一"})
    assert wrong.status_code == 422
    assert "只用数字" in wrong.content.decode()
    assert client.post(url, {"seed": "03 11 17"}).status_code == 302
    draw.refresh_from_db()
    assert (draw.seed, draw.seed_source) == ("031117", source)


def test_the_officer_announces_the_source_on_the_page(waiting: list[Declaration], cast: Cast, client: Client) -> None:
    sign_in(client, cast.province_officer)
    assert "种子来源" in client.get(reverse("declarations:draws")).content.decode()
    sent = {"version": waiting[0].version_id, "step": "province-sample", "seed_source": " 某期开奖号 "}
    assert client.post(reverse("declarations:freeze"), sent).status_code == 302
    assert Draw.objects.get().seed_source == "某期开奖号"


def test_a_frame_of_an_earlier_day_holds_only_what_had_arrived(waiting: list[Declaration], cast: Cast) -> None:
    Declaration.objects.filter(pk=waiting[1].pk).update(since=AT + dt.timedelta(minutes=1))

    draw = freeze(waiting, cast)

    assert set(draw.members.values_list("declaration", flat=True)) == {waiting[0].pk, waiting[2].pk}


def test_a_draw_and_a_notice_of_the_demonstration_say_so(
    waiting: list[Declaration], cast: Cast, client: Client
) -> None:
    Declaration.objects.update(is_demonstration=True)
    draw = drawing.draw(freeze(waiting, cast), by=cast.province_officer, at=AT)
    passed_on = Declaration.objects.filter(step="notice").values_list("pk", flat=True)
    notice = noticing.publish(passed_on, by=cast.province_officer, contact="028-12345678", at=AT)

    assert (draw.is_demonstration, notice.is_demonstration) == (True, True)
    for page in (draw.get_absolute_url(), notice.get_absolute_url(), reverse("declarations:notices")):
        assert "演示数据" in client.get(page).content.decode()


def test_no_one_decides_before_the_draw(waiting: list[Declaration], cast: Cast) -> None:
    with pytest.raises(Refused, match="先随机抽取"):
        stage.decide(waiting[0], stage.Outcome.PASS, cast.province_officer)


def test_a_check_on_site_names_the_day_of_the_visit(waiting: list[Declaration], cast: Cast) -> None:
    draw = drawing.draw(freeze(waiting, cast), by=cast.province_officer, at=AT)
    drawn = draw.members.get(selected=True).declaration
    stage.score(drawn, cast.province_officer)

    for day, reason in ((None, "须实地考察，请填写考察日期"), (stage.moment(2026, 3, 3).date(), "不能晚于今天")):
        with pytest.raises(Refused, match=reason):
            stage.decide(drawn, stage.Outcome.PASS, cast.province_officer, at=AT, visited_on=day)

    decision = stage.decide(
        drawn, stage.Outcome.PASS, cast.province_officer, at=AT, visited_on=AT.date(), visitors="省厅 杨帆"
    )
    assert (decision.visited_on, decision.visitors) == (AT.date(), "省厅 杨帆")
