"""Designers of streets and communities: appointed for a term, one at a time unless a reason is given, public."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.http import Http404
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from greenhood.accounts.access import NotAllowed
from greenhood.experts.actions import appointing
from greenhood.experts.actions.appointing import Terms
from greenhood.experts.errors import Overtaken, Refused
from greenhood.experts.models import Designer, Entry
from greenhood.experts.queries import designers as queries
from greenhood.kit.dates import today_in_shanghai
from tests.cast import Cast, sign_in
from tests.experts.conftest import fresh, member

pytestmark = pytest.mark.django_db


def terms(**more: Any) -> Terms:
    given = {"contact": "028-85550000", "scope": "指导改造", "valid_from": today_in_shanghai(), "name": "周文"}
    return Terms(**(given | more))


def appoint(cast: Cast, **more: Any) -> Designer:
    return appointing.appoint(cast.street_division, terms(**more), by=cast.county_officer)


def test_a_street_has_a_designer_and_the_list_says_which_has_none(cast: Cast) -> None:
    appoint(cast)

    found = queries.listing(cast.county, queries.Filters())

    assert [(row.street.name, [one.name for one in row.designers]) for row in found.rows] == [
        ("浆洗街街道", ["周文"]), ("火车南站街道", []),
    ]  # fmt: skip
    assert (found.streets, found.without) == (2, 1)
    assert {row.county for row in found.rows} == {""}
    assert (cast.street_division.name, cast.county.name) in {
        (row.street.name, row.county) for row in queries.listing(cast.city, queries.Filters()).rows
    }
    lacking = queries.listing(cast.county, queries.Filters(lacking=True))
    assert [row.street.name for row in lacking.rows] == ["火车南站街道"]


def test_a_member_of_the_pool_brings_name_and_employer(cast: Cast, expert_entry: Entry) -> None:
    made = appointing.appoint(cast.community, terms(name=""), entry=expert_entry, by=cast.county_officer)

    assert (made.name, made.employer) == ("郑教授", "四川大学")
    with pytest.raises(Refused, match="按街道（乡镇）或社区聘任"):
        appointing.appoint(cast.county, terms(), by=cast.county_officer)


def test_two_at_once_need_a_reason(cast: Cast) -> None:
    today = today_in_shanghai()
    first = appoint(cast, valid_to=today + dt.timedelta(days=100))
    with pytest.raises(Refused, match="已有社区设计师：周文") as refused:
        appoint(cast, name="罗晶", valid_from=today + dt.timedelta(days=100))
    assert refused.value.field == "beside"

    appoint(cast, name="罗晶", valid_from=today + dt.timedelta(days=101))
    appoint(cast, name="彭涛", beside="两个片区分工")

    assert {one.name for one in queries.of_place(cast.street_division, with_past=False)} == {first.name, "彭涛"}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": " "}, "name"),
        ({"contact": ""}, "contact"),
        ({"scope": ""}, "scope"),
        ({"valid_to": dt.date(2020, 1, 1)}, "valid_to"),
    ],
)
def test_bad_terms_are_refused_at_their_field(cast: Cast, wrong: dict, field: str) -> None:
    with pytest.raises(Refused) as refused:
        appoint(cast, **wrong)

    assert (refused.value.field, Designer.objects.count()) == (field, 0)


def test_a_term_is_ended_and_the_next_begins(cast: Cast) -> None:
    today = today_in_shanghai()
    made = appoint(cast, valid_from=today - dt.timedelta(days=300))
    with pytest.raises(Refused, match="写明结束的原因"):
        appointing.end(made, on=today, reason="", revision=made.revision, by=cast.county_officer)
    ended = appointing.end(made, on=today, reason="工作调动", revision=made.revision, by=cast.county_officer)
    with pytest.raises(Overtaken):
        appointing.end(made, on=today, reason="再次", revision=made.revision, by=cast.county_officer)

    appoint(cast, name="罗晶", valid_from=today + dt.timedelta(days=1))

    assert (fresh(ended).valid_to, fresh(ended).ended_reason) == (today, "工作调动")
    never = appoint(cast, name="彭涛", valid_from=today + dt.timedelta(days=50), beside="交接")
    never = appointing.end(never, on=today, reason="未到任", revision=never.revision, by=cast.county_officer)
    assert queries.overlapping(cast.street_division, today + dt.timedelta(days=50), None) != [never]


@pytest.mark.parametrize("who", ["street_officer", "worker", "neighbour_officer", "expert"])
def test_only_who_keeps_the_pool_appoints(cast: Cast, who: str) -> None:
    with pytest.raises((NotAllowed, Http404)):
        appointing.appoint(cast.street_division, terms(), by=cast.actors[who])


@pytest.mark.django_db(transaction=True)
def test_two_who_appoint_at_once_make_one_appointment(cast: Cast) -> None:
    def go(name: str) -> str:
        try:
            appoint(cast, name=name)
        except Refused:
            return "late"
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(2) as pool:
        found = sorted(pool.map(go, ["周文", "罗晶"]))

    assert (found, Designer.objects.count()) == (["done", "late"], 1)


def test_everybody_reads_who_designs_for_a_place_and_only_that(client: Client, cast: Cast) -> None:
    made = appoint(cast)
    url = reverse("experts:place", args=[cast.community.code])

    public = client.get(url).content.decode()
    inside = sign_in(client, cast.worker).get(url).content.decode()

    assert "周文" in public
    assert "028-85550000" in public
    assert made.get_absolute_url() not in public
    assert made.get_absolute_url() in inside
    assert client.get(reverse("experts:place", args=[cast.county.code])).status_code == 404


@pytest.mark.parametrize("field", ["contact", "scope"])
def test_a_private_number_is_not_made_public(cast: Cast, field: str) -> None:
    with pytest.raises(Refused, match="个人手机号") as refused:
        appoint(cast, **{field: "联系 138 0013 8000"})

    assert refused.value.field == field


def test_a_community_is_led_from_the_list_of_streets_to_its_own_designer(client: Client, cast: Cast) -> None:
    appoint(cast)

    answer = sign_in(client, cast.worker).get(reverse("experts:designers"), follow=True)

    assert answer.redirect_chain == [(reverse("experts:place", args=[cast.community.code]), 302)]
    assert "周文" in answer.content.decode()


def test_an_appointment_goes_through_the_pages(client: Client, cast: Cast) -> None:
    entry = member(cast, None, name="周文")
    sign_in(client, cast.county_officer)
    url = reverse("experts:new_designer")
    typed = {
        "division": "浆洗街街道",
        "entry": entry.pk,
        "contact": "028-85550000",
        "scope": "坐班",
        "valid_from": "2026-02-31",
    }
    bad = client.post(url, typed)
    assert (bad.status_code, "没有的日子" in bad.content.decode()) == (422, True)

    client.post(url, typed | {"valid_from": today_in_shanghai()})
    made = Designer.objects.get()
    wrong = client.post(
        reverse("experts:end_designer", args=[made.pk]), {"revision": made.revision, "on": "x", "reason": "调动"}
    )

    assert (wrong.status_code, "调动" in wrong.content.decode()) == (422, True)
    assert "周文" in client.get(reverse("experts:designers")).content.decode()
    exported = client.get(reverse("experts:export_designers"))
    assert b"".join(exported.streaming_content)[:2] == b"PK"


def test_the_list_costs_the_same_for_one_and_for_many(
    client: Client, cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    sign_in(client, cast.city_officer)
    appoint(cast)
    url = reverse("experts:designers")
    client.get(url)
    with django_assert_max_num_queries(20) as one:
        client.get(url)
    appointing.appoint(cast.other_street, terms(name="罗晶"), by=cast.county_officer)
    appointing.appoint(cast.community, terms(name="彭涛"), by=cast.county_officer)
    with django_assert_max_num_queries(20) as many:
        client.get(url)

    assert len(many) == len(one)
