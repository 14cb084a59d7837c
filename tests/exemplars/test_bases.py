"""Demonstration education bases: applied for, named, visited, removed, on list and map."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from django.http import Http404
from django.test import Client
from django.urls import reverse

from greenhood.accounts.access import NotAllowed
from greenhood.exemplars.actions import bases as actions
from greenhood.exemplars.actions.bases import Particulars
from greenhood.exemplars.errors import Overtaken, Refused
from greenhood.exemplars.models import Base, Visit
from greenhood.exemplars.queries import waits
from greenhood.exemplars.queries.bases import Filters, in_force, listed
from greenhood.kit.dates import today_in_shanghai
from tests.cast import Cast, sign_in
from tests.exemplars import stage

pytestmark = pytest.mark.django_db

SAID = Particulars(
    name="晋阳绿色生活馆",
    address="浆洗街 1 号",
    hours="工作日 9:00–17:00",
    capacity=40,
    intro="展示垃圾分类和雨水花园。",
    unit="晋阳社区居委会",
    phone="028-85551234",
    themes=("waste", "sponge"),
    longitude=Decimal("104.05"),
    latitude=Decimal("30.65"),
)
FAR = dt.date(2999, 12, 31)


@pytest.fixture
def applied(cast: Cast) -> Base:
    return actions.apply(cast.community, SAID, by=cast.worker)


@pytest.fixture
def named(cast: Cast, applied: Base) -> Base:
    return actions.designate(applied, valid_until=FAR, revision=applied.revision, by=cast.county_officer)


def test_base_is_applied_for_and_named_by_the_county(cast: Cast, applied: Base) -> None:
    assert waits.bases_to_decide(cast.county_officer).count() == 1
    with pytest.raises((NotAllowed, Http404)):
        actions.designate(applied, valid_until=FAR, revision=1, by=cast.city_officer)

    row = actions.designate(applied, valid_until=FAR, revision=1, by=cast.county_officer)

    assert (row.state, row.designated_in, row.designated_on) == ("designated", cast.county, today_in_shanghai())
    assert waits.bases_to_decide(cast.county_officer).count() == 0
    with pytest.raises(Overtaken):
        actions.designate(applied, valid_until=FAR, revision=1, by=cast.county_officer)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"longitude": Decimal("30.65"), "latitude": Decimal("104.05")}, {"longitude", "latitude"}),
        ({"latitude": None}, {"latitude"}),
        ({"phone": "13800138000"}, {"phone"}),
        ({"phone": ""}, {"phone"}),
        ({"capacity": 0}, {"capacity"}),
        ({"name": " "}, {"name"}),
        ({"hours": "打 13800138000 预约"}, {"hours"}),
    ],
)
def test_odd_particulars_are_refused_at_their_field(cast: Cast, changed: dict, field: set[str]) -> None:
    with pytest.raises(Refused) as refused:
        actions.apply(cast.community, replace(SAID, **changed), by=cast.worker)

    assert refused.value.problems.keys() == field


def test_term_in_the_past_is_refused(cast: Cast, applied: Base) -> None:
    with pytest.raises(Refused, match="晚于今天"):
        actions.designate(applied, valid_until=dt.date(2020, 1, 1), revision=1, by=cast.county_officer)


def test_returned_application_comes_again_with_the_correction(cast: Cast, applied: Base) -> None:
    row = actions.give_back(applied, reason="请补充开放时间。", revision=1, by=cast.county_officer)
    assert row.waits_at is None

    row = actions.change(row, replace(SAID, hours="每周六"), revision=row.revision, by=cast.worker)

    assert (row.state, row.waits_at, row.hours) == ("applied", cast.county, "每周六")


def test_what_a_named_base_says_to_the_public_changes_when_the_government_agrees(
    cast: Cast, named: Base, client: Client
) -> None:
    changed = replace(SAID, name="新名字", intro="改了介绍。", hours="每天", phone="028-85559999")
    row = actions.change(named, changed, revision=named.revision, by=cast.worker)

    assert (row.name, row.hours, row.phone, row.waits_at) == (SAID.name, "每天", "028-85559999", cast.county)
    public = client.get(row.get_absolute_url()).content.decode()
    assert "新名字" not in public
    assert "改了介绍" not in public
    assert waits.bases_to_decide(cast.county_officer).count() == 1
    with pytest.raises((NotAllowed, Http404)):
        actions.agree(row, revision=row.revision, by=cast.worker)

    sign_in(client, cast.county_officer)
    assert "改了介绍" in client.get(row.get_absolute_url()).content.decode()
    client.post(reverse("exemplars:base_step", args=[row.pk, "agree"]), {"revision": row.revision})

    client.logout()
    assert "改了介绍" in client.get(row.get_absolute_url()).content.decode()
    row.refresh_from_db()
    assert (row.name, row.longitude, row.proposed, row.waits_at) == ("新名字", SAID.longitude, None, None)
    assert waits.bases_to_decide(cast.county_officer).count() == 0


def test_declined_change_leaves_the_base_as_it_is_and_says_why(cast: Cast, named: Base, client: Client) -> None:
    moved = replace(SAID, longitude=Decimal("104.06"))
    row = actions.change(named, moved, revision=named.revision, by=cast.worker)
    sign_in(client, cast.county_officer)
    decline = reverse("exemplars:base_step", args=[row.pk, "decline"])
    client.post(decline, {"revision": row.revision, "reason": "地点没有变。"})

    row.refresh_from_db()
    assert (row.longitude, row.proposed, row.waits_at) == (SAID.longitude, None, None)
    sign_in(client, cast.worker)
    assert "地点没有变。" in client.get(row.get_absolute_url()).content.decode()
    client.logout()
    assert "地点没有变。" not in client.get(row.get_absolute_url()).content.decode()


def test_form_goes_on_from_the_proposed_particulars_and_taking_them_back_ends_the_waiting(
    cast: Cast, named: Base, client: Client
) -> None:
    row = actions.change(named, replace(SAID, name="新名字"), revision=named.revision, by=cast.worker)
    sign_in(client, cast.worker)
    form = client.get(reverse("exemplars:edit_base", args=[row.pk])).content.decode()
    assert 'value="新名字"' in form
    assert "等武侯区核准后才公开" in form

    row = actions.change(row, SAID, revision=row.revision, by=cast.worker)

    assert (row.proposed, row.waits_at) == (None, None)


def test_government_that_named_its_own_base_changes_it_at_once(cast: Cast) -> None:
    row = actions.apply(cast.county, SAID, by=cast.county_officer)
    row = actions.designate(row, valid_until=FAR, revision=row.revision, by=cast.county_officer)

    row = actions.change(row, replace(SAID, name="新名字"), revision=row.revision, by=cast.county_officer)

    assert (row.name, row.proposed) == ("新名字", None)


def test_base_is_removed_with_a_change_still_waiting(cast: Cast, named: Base) -> None:
    row = actions.change(named, replace(SAID, name="新名字"), revision=named.revision, by=cast.worker)

    row = actions.remove(row, reason="停止开放。", revision=row.revision, by=cast.county_officer)

    assert (row.state, row.waits_at, row.proposed) == ("removed", None, None)


def test_application_that_is_sent_twice_is_one(cast: Cast, client: Client) -> None:
    sign_in(client, cast.worker)
    key = client.get(reverse("exemplars:new_base")).context["key"]
    typed = {name: getattr(SAID, name) for name in ("name", "address", "hours", "capacity", "intro", "unit", "phone")}
    for _ in range(2):
        client.post(reverse("exemplars:new_base"), {**typed, "key": key})

    assert Base.objects.count() == 1


def test_removed_base_stays_listed_with_the_reason(cast: Cast, named: Base, client: Client) -> None:
    with pytest.raises(NotAllowed):
        actions.remove(named, reason="停止开放。", revision=named.revision, by=cast.worker)

    actions.remove(named, reason="停止开放。", revision=named.revision, by=cast.county_officer)

    assert [row.name for row in listed(Filters(state="removed")).rows] == [SAID.name]
    assert "停止开放" in client.get(named.get_absolute_url()).content.decode()
    assert in_force(Filters()) == 0
    with pytest.raises(Refused):
        actions.note_visit(named, on=today_in_shanghai(), group="学校", people=3, by=cast.worker)


def test_visits_are_noted_once_counted_and_taken_back(cast: Cast, named: Base) -> None:
    today = today_in_shanghai()
    visit = actions.note_visit(named, on=today, group="第一小学", people=45, by=cast.worker)
    actions.note_visit(named, on=today, group="玉林街道", people=12, by=cast.county_officer)
    with pytest.raises(Refused, match="已经登记过"):
        actions.note_visit(named, on=today, group="第一小学", people=45, by=cast.worker)
    assert [(row.visit_count, row.visitors) for row in listed(Filters()).rows] == [(2, 57)]

    actions.remove_visit(visit, by=cast.worker)

    assert [(row.visit_count, row.visitors) for row in listed(Filters()).rows] == [(1, 12)]
    assert Visit.objects.count() == 2


@pytest.mark.parametrize(
    ("on", "people"), [(dt.date(2999, 1, 1), 3), (dt.date(2000, 1, 1), 3), (None, 0), (None, 9999)]
)
def test_odd_visits_are_refused(cast: Cast, named: Base, on: dt.date | None, people: int) -> None:
    with pytest.raises(Refused):
        actions.note_visit(named, on=on or today_in_shanghai(), group="学校", people=people, by=cast.worker)


def test_everybody_sees_named_bases_on_list_and_map_and_no_application(cast: Cast, named: Base, client: Client) -> None:
    waiting = actions.apply(cast.other_community, replace(SAID, name="申请中"), by=cast.other_worker)

    page = client.get(reverse("exemplars:bases"), {"within": "武侯区"}).content.decode()
    features = client.get(reverse("exemplars:bases_data")).json()["features"]

    assert SAID.name in page
    assert "申请中" not in page
    assert [one["geometry"]["coordinates"] for one in features] == [[104.05, 30.65]]
    assert client.get(waiting.get_absolute_url()).status_code == 404


def test_pages_lead_from_application_to_visit(cast: Cast, client: Client) -> None:
    sign_in(client, cast.worker)
    typed = {
        **{name: getattr(SAID, name) for name in ("name", "address", "hours", "capacity", "intro", "unit", "phone")}
    }
    assert client.post(reverse("exemplars:new_base"), {**typed, "longitude": "x"}).status_code == 422
    client.post(reverse("exemplars:new_base"), typed)
    row = Base.objects.get()
    shown = stage.photo(cast, row, actions.KIND)
    sign_in(client, cast.county_officer)
    address = reverse("exemplars:base_step", args=[row.pk, "designate"])
    refused = client.post(address, {"revision": 1, "valid_until": "2999-12-31", "photos": [shown.pk]})
    assert "请先核对所选照片" in refused.content.decode()
    client.post(address, {"revision": 1, "valid_until": "2999-12-31", "photos": [shown.pk], "are_checked": "on"})
    client.post(
        reverse("exemplars:note_visit", args=[row.pk]), {"on": today_in_shanghai(), "group": "第一小学", "people": 45}
    )

    client.logout()
    page = client.get(row.get_absolute_url()).content.decode()
    assert "1 批 45 人" in page
    assert reverse("exemplars:picture", args=[shown.pk, 320]) in page
    # Who came is for those who run the base.
    assert "第一小学" not in page


def test_list_asks_the_same_number_of_queries_for_one_row_and_for_many(
    cast: Cast, named: Base, client: Client, django_assert_max_num_queries
) -> None:
    url = reverse("exemplars:bases")
    client.get(url)
    for _ in range(2):
        with django_assert_max_num_queries(6):
            client.get(url)
        for number in range(3):
            row = actions.apply(cast.community, replace(SAID, name=f"基地{number}"), by=cast.worker)
            actions.designate(row, valid_until=FAR, revision=1, by=cast.county_officer)
