"""Re-examination, rectification, delisting, and what the plaque's page says at each moment."""

from __future__ import annotations

import datetime as dt

import pytest
from django.http import Http404
from django.test import Client
from django.urls import reverse

from greenhood.accounts.access import NotAllowed
from greenhood.assessments.models import Assessment
from greenhood.declarations.actions import declaring, upkeep
from greenhood.declarations.errors import Refused
from greenhood.declarations.models import Award, Reexamination, Standing, State
from greenhood.history.models import Entry
from greenhood.schemes.models import SchemeVersion
from tests.cast import Cast, sign_in
from tests.declarations import stage
from tests.declarations.test_awards import give, waiting_for_award

pytestmark = pytest.mark.django_db
AWARDED = stage.moment(2026, 5, 6)
LATER = stage.moment(2027, 5, 10)


@pytest.fixture
def award(cast: Cast, sichuan: SchemeVersion) -> Award:
    return give(waiting_for_award(cast, cast.community, "green-community", sichuan), cast, AWARDED)


def shown(client: Client, award: Award) -> str:
    client.logout()
    return client.get(reverse("declarations:verify", args=[award.code])).content.decode()


def test_a_good_reexamination_plans_the_next(award: Award, cast: Cast) -> None:
    due = Reexamination.objects.get()
    upkeep.pass_reexamination(due, by=cast.county_officer, findings="各项保持良好。", at=LATER)

    assert list(Reexamination.objects.values_list("due_on", "result")) == [
        (dt.date(2027, 5, 6), "kept"),
        (dt.date(2028, 5, 10), ""),
    ]
    with pytest.raises(Refused, match="已于 2027-05-10 办结"):
        upkeep.pass_reexamination(due, by=cast.county_officer, findings="再来一次", at=LATER)


def test_rectification_is_ordered_reported_extended_and_lifted(award: Award, cast: Cast, client: Client) -> None:
    assert "该称号现行有效" in shown(client, award)
    due = Reexamination.objects.get()
    order = upkeep.fail_reexamination(
        due, by=cast.county_officer, findings="停车占压通道。", demands="清理消防通道。", criteria=[17], at=LATER
    )
    assert order.due_on == dt.date(2027, 7, 9)
    assert Standing.objects.get(community=cast.community).state == State.RECTIFYING
    assert "限期整改中" in shown(client, award)
    with pytest.raises(Refused, match="已在限期整改中"):
        upkeep.order(award, by=cast.county_officer, demands="再整改", at=LATER)

    upkeep.report(order, by=cast.worker, revision=1, text="已清理。", at=LATER)
    with pytest.raises(Refused, match="已由他人办理"):
        upkeep.lift(order, by=cast.county_officer, revision=1, opinion="合格", at=LATER)
    with pytest.raises(Refused, match="须晚于"):
        upkeep.extend(order, by=cast.county_officer, revision=2, due_on=dt.date(2027, 7, 9), opinion="再等等", at=LATER)
    upkeep.extend(order, by=cast.county_officer, revision=2, due_on=dt.date(2027, 8, 1), opinion="施工未完", at=LATER)
    upkeep.lift(order, by=cast.county_officer, revision=3, opinion="整改合格", at=LATER)

    order.refresh_from_db()
    assert (order.result, order.due_on, len(order.extensions)) == ("lifted", dt.date(2027, 8, 1), 1)
    assert Standing.objects.get(community=cast.community).state == State.REACHED
    assert "该称号现行有效" in shown(client, award)


def test_an_overdue_rectification_ends_in_delisting_by_the_level_that_the_scheme_names(
    award: Award, cast: Cast, client: Client
) -> None:
    order = upkeep.order(award, by=cast.county_officer, demands="清理消防通道。", at=LATER)
    after = stage.day_after(order.due_on)
    with pytest.raises(Refused, match="逾期不能整改的才能除名"):
        upkeep.delist(order, by=cast.province_officer, revision=1, reason="没改", at=stage.moment(2027, 7, 9, 23))
    for other in (cast.county_officer, cast.city_officer):
        with pytest.raises(NotAllowed, match="除名由省级办理"):
            upkeep.delist(order, by=other, revision=1, reason="没改", at=after)
    with pytest.raises(Refused, match="理由"):
        upkeep.delist(order, by=cast.province_officer, revision=1, reason=" ", at=after)

    upkeep.delist(order, by=cast.province_officer, revision=1, reason="逾期未整改消防通道。", at=after)

    html = shown(client, award)
    assert "已除名" in html
    assert "逾期未整改消防通道。" in html
    standing = Standing.objects.get(community=cast.community)
    assert (standing.state, standing.reached, standing.reached_on) == (State.DELISTED, False, None)
    assert Entry.objects.filter(event="award.delisted").count() == 1
    assert not Reexamination.objects.filter(done_at=None).exists()
    assert "已除名" in client.get(reverse("declarations:register"), {"state": "withdrawn"}).content.decode()

    assessment = stage.complete(cast.community, cast.worker, year=2027)
    declaring.declare(assessment, "green-community", stage.PARTICULARS, by=cast.worker, at=after)
    assert Standing.objects.get(community=cast.community).state == State.DECLARED


def test_strangers_and_lower_levels_do_not_supervise(award: Award, cast: Cast) -> None:
    with pytest.raises(NotAllowed, match="动态管理由县级办理"):
        upkeep.order(award, by=cast.street_officer, demands="整改", at=LATER)
    with pytest.raises((NotAllowed, Http404)):
        upkeep.order(award, by=cast.neighbour_officer, demands="整改", at=LATER)
    with pytest.raises(Refused, match="没有第 77 项"):
        upkeep.order(award, by=cast.county_officer, demands="整改", criteria=[77], at=LATER)


def test_a_title_for_some_years_expires_and_can_be_had_again(award: Award, cast: Cast) -> None:
    Award.objects.update(valid_until=dt.date(2027, 5, 5))
    assert upkeep.expire(at=stage.moment(2027, 5, 5)) == 0
    assert not Entry.objects.filter(event="award.expired").exists()

    assert upkeep.expire(at=stage.moment(2027, 5, 6)) == 1

    award.refresh_from_db()
    assert (award.state, award.revision) == (Award.State.EXPIRED, 2)
    told = Entry.objects.get(event="award.expired")
    assert (told.subject_id, told.person_name, told.details["valid_until"]) == (str(award.pk), "系统", "2027-05-05")
    assert not Reexamination.objects.filter(done_at=None).exists()
    assert Standing.objects.get(community=cast.community).reached is False
    assert Assessment.objects.exists()
    refusals = [option.refusal for option in declaring.options(Assessment.objects.get(), at=LATER)]
    assert refusals[0] is None
    assert upkeep.expire(at=stage.moment(2027, 5, 7)) == 0
    assert Entry.objects.filter(event="award.expired").count() == 1


def test_an_expired_title_ends_its_rectification_and_comes_back_by_no_recheck(award: Award, cast: Cast) -> None:
    order = upkeep.order(award, by=cast.county_officer, demands="清理消防通道。", at=LATER)
    upkeep.report(order, by=cast.worker, revision=1, text="已清理。", at=LATER)
    Award.objects.update(valid_until=dt.date(2027, 5, 11))
    upkeep.expire(at=stage.moment(2027, 5, 12))

    order.refresh_from_db()
    assert (order.result, order.closed_at) == ("ended", stage.moment(2027, 5, 12))
    with pytest.raises(Refused, match="已由他人办理"):
        upkeep.lift(order, by=cast.county_officer, revision=order.revision, opinion="合格", at=LATER)
    award.refresh_from_db()
    assert award.state == Award.State.EXPIRED


def test_the_pages_of_an_award_show_what_each_post_may_do(award: Award, cast: Cast, client: Client) -> None:
    page = reverse("declarations:award_page", args=[award.pk])
    sign_in(client, cast.county_officer)
    assert "责令整改" in client.get(page).content.decode()
    step = reverse("declarations:upkeep_step", args=[award.pk, "order"])
    client.post(step, {"demands": "清理消防通道。", "criteria": ["17", "x"]})
    award.refresh_from_db()
    assert award.state == Award.State.RECTIFYING
    sign_in(client, cast.worker)
    html = client.get(page).content.decode()
    assert "报送整改情况" in html
    assert "整改合格" not in html
    client.post(reverse("declarations:upkeep_step", args=[award.pk, "report"]), {"text": "已清理", "revision": "1"})
    assert award.rectifications.get().report == "已清理"
    sign_in(client, cast.county_officer)
    assert "1 件整改待核查" in client.get(reverse("declarations:todo")).content.decode()
    assert client.post(reverse("declarations:upkeep_step", args=[award.pk, "nothing"])).status_code == 404
