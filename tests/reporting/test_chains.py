"""Chains of deadlines, figures that don't add up, and reports that differ from those below."""

from __future__ import annotations

import datetime as dt
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from greenhood.accounts.actor import Actor
from greenhood.divisions.models import Division, DivisionCode
from greenhood.insight.actions import refresh
from greenhood.reporting import actions, chains, queries
from greenhood.reporting.errors import Refused
from greenhood.reporting.models import Filing, Obligation
from greenhood.reporting.sheets import sheet_of
from tests.cast import Cast, sign_in
from tests.declarations import stage

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 12, 31)
CITY = {"carried-out": "开展了培训。", "effect": "环境改善。", "progress": "两个社区申报。"}
PROVINCE = {**CITY, "experience": "以点带面。"}


@pytest.fixture
def pair(cast: Cast) -> tuple[Obligation, Obligation]:
    """Chengdu's annual report to the province (10 November) and the province's to the nation (30 November)."""
    national, sichuan = stage.publish("national-2020"), stage.publish("sichuan-2020")
    actions.plan(sichuan, 2026, by=cast.province_officer)
    actions.plan(national, 2026, by=Actor.system())
    return of(cast.city), of(cast.province)


def of(reporter: Division) -> Obligation:
    return Obligation.objects.select_related("reporter", "receiver", "version").get(
        reporter=reporter, period="2026年度", entry__in=["city-annual", "annual-report"]
    )


def filed_on(row: Obligation, day: int, month: int = 12) -> Obligation:
    row.filed_at = stage.moment(2026, month, day)
    row.save(update_fields=["filed_at"])
    return row


def test_the_upper_day_stands_above_the_lower_one_with_the_days_between(pair: tuple[Obligation, Obligation]) -> None:
    city, province = pair

    seen_from_below = chains.chain(city, chains.below(city), today=TODAY)
    seen_from_above = chains.chain(province, chains.below(province), today=TODAY)

    assert [(link.deadline, link.slack, link.is_this) for link in seen_from_below] == [
        (dt.date(2026, 11, 10), 20, True), (dt.date(2026, 11, 30), None, False),
    ]  # fmt: skip
    assert [link.is_this for link in seen_from_above] == [False, True]


@pytest.mark.parametrize(
    ("lower", "upper", "expected"),
    [
        # The city in time, the province 5 days late: its own.
        ((8, 11), (5, 12), (5, 5)),
        # The city on 2 December, and the province within the 20 days that the schemes leave: the city's.
        ((2, 12), (20, 12), (20, 0)),
        # The province took 25 days: 5 of them too many.
        ((2, 12), (27, 12), (27, 5)),
        # The city late, but in before the upper day: the province's own.
        ((25, 11), (3, 12), (3, 3)),
    ],
)
def test_lateness_is_charged_to_the_link_that_caused_it(
    pair: tuple[Obligation, Obligation], lower: tuple[int, int], upper: tuple[int, int], expected: tuple[int, int]
) -> None:
    city, province = filed_on(pair[0], *lower), filed_on(pair[1], *upper)

    charge = chains.charges([city, province], today=TODAY)[province.pk]

    assert (charge.days, charge.own) == expected


def test_completeness_does_not_hold_against_the_upper_what_the_lower_caused(
    cast: Cast, pair: tuple[Obligation, Obligation]
) -> None:
    filed_on(pair[0], 2)
    filed_on(pair[1], 5)

    whole, lower = queries.completeness(cast.nation, year=2026, by=TODAY)
    within, _ = queries.completeness(cast.province, year=2026, by=TODAY)

    assert (whole.on_time, whole.excused) == (0, 1)
    # The province's own and its city's: the second is charged with both.
    assert (within.owed, within.on_time, within.excused) == (2, 0, 1)
    assert lower[0].timely == whole.timely


def test_a_report_that_is_not_the_sum_of_those_below_needs_a_reason(
    cast: Cast, pair: tuple[Obligation, Obligation]
) -> None:
    refresh(full=True)
    city, province = pair
    row = actions.save(city, texts=CITY, typed={}, revision=1, by=cast.city_officer)
    actions.file(row, signed_by="陈静", revision=row.revision, by=cast.city_officer, at=stage.moment(2026, 11, 3))
    stage.declare(cast.community, cast.worker)
    refresh(full=True)
    row = actions.save(province, texts=PROVINCE, typed={}, revision=1, by=cast.province_officer)

    found = {one.key: one for one in sheet_of(of(cast.province)).differences}
    with pytest.raises(Refused) as refused:
        actions.file(
            row, signed_by="杨帆", revision=row.revision, by=cast.province_officer, at=stage.moment(2026, 11, 9)
        )
    reasons = {"participating": "成都报送后又有一个社区申报。"}
    row = actions.save(row, texts={}, typed={}, reasons=reasons, revision=row.revision, by=cast.province_officer)
    actions.file(row, signed_by="杨帆", revision=row.revision, by=cast.province_officer, at=stage.moment(2026, 11, 9))

    assert (found["participating"].value, found["participating"].below) == (1, 0)
    assert set(refused.value.problems) == {"reason-participating"}
    [kept] = Filing.objects.get(obligation=province).differences
    assert (kept["difference"], kept["reason"]) == ("+1", "成都报送后又有一个社区申报。")


def test_what_was_written_is_kept_even_when_it_cannot_be_filed(
    cast: Cast, pair: tuple[Obligation, Obligation], client: Client
) -> None:
    city, _ = pair
    sign_in(client, cast.city_officer)

    answer = client.post(
        reverse("reporting:file", args=[city.pk]), {"revision": 1, "text-effect": "写了一半", "signed_by": "陈静"}
    )

    assert answer.status_code == 422
    assert of(cast.city).texts["effect"] == "写了一半"


def test_a_page_saves_by_itself_and_learns_its_revision(
    cast: Cast, pair: tuple[Obligation, Obligation], client: Client
) -> None:
    city, _ = pair
    sign_in(client, cast.city_officer)
    address, quietly = reverse("reporting:report", args=[city.pk]), {"X-Autosave": "yes"}

    first = client.post(address, {"revision": 1, "text-effect": "一"}, headers=quietly)
    stale = client.post(address, {"revision": 1, "text-effect": "二"}, headers=quietly)

    assert first.json() == {"revision": 2}
    assert stale.status_code == 422
    assert "" in stale.json()["problems"]


def test_the_list_is_narrowed_in_the_address_and_goes_into_excel(
    cast: Cast, pair: tuple[Obligation, Obligation], client: Client
) -> None:
    sign_in(client, cast.province_officer)
    address = reverse("reporting:reports")

    for query, expected in (
        ({}, 2), ({"level": "2"}, 1), ({"entry": "sichuan-2020/city-annual"}, 1), ({"q": "成都"}, 1), ({"q": "5101"}, 1), ({"q": "510100000000"}, 1), ({"q": "51"}, 2), ({"q": "0"}, 2),
        ({"q": "没有"}, 0), ({"level": "x"}, 2), ({"state": "late"}, 0),
    ):  # fmt: skip
        page = client.get(address, {"year": 2026, **query}).context["page"]
        assert len(page.rows) == expected, query
    answer = client.get(reverse("reporting:export_list"), {"year": 2026})
    rows = list(load_workbook(BytesIO(b"".join(answer.streaming_content))).active.iter_rows(values_only=True))
    assert [row[1] for row in rows[1:]] == ["成都市", "四川省"]


def test_a_report_that_came_in_time_is_not_late_because_a_part_comes_back(
    cast: Cast, pair: tuple[Obligation, Obligation]
) -> None:
    city, _ = pair
    row = actions.save(city, texts=CITY, typed={}, revision=1, by=cast.city_officer)
    actions.file(row, signed_by="陈静", revision=row.revision, by=cast.city_officer, at=stage.moment(2026, 11, 3))
    row = of(cast.city)
    actions.give_back(row, reasons={"effect": "请补充。"}, revision=row.revision, by=cast.province_officer)
    meanwhile = queries.completeness(cast.province, year=2026, by=TODAY)[1][0]
    row = of(cast.city)
    second = actions.file(
        row, signed_by="陈静", revision=row.revision, by=cast.city_officer, at=stage.moment(2026, 12, 3)
    )

    assert (meanwhile.on_time, meanwhile.returned, meanwhile.overdue) == (1, 1, 0)
    assert second.late_days == 0
    assert second.obligation.heading == "2026年度总结评估报告"


def test_an_upper_day_plans_the_lower_ones_level_by_level(cast: Cast, pair: tuple[Obligation, Obligation]) -> None:
    city, province = pair
    at = stage.moment(2026, 9, 1)

    with pytest.raises(Refused, match="已有同期的报送任务"):
        actions.hand_down(province, due_on=dt.date(2026, 11, 1), by=cast.province_officer, at=at)
    with pytest.raises(Refused, match="2026-11-10"):
        actions.hand_down(city, due_on=dt.date(2026, 11, 10), by=cast.city_officer, at=at)
    counties = actions.hand_down(city, due_on=dt.date(2026, 10, 20), by=cast.city_officer, at=at)
    [county] = Obligation.objects.filter(reporter=cast.county)
    streets = actions.hand_down(county, due_on=dt.date(2026, 10, 10), by=cast.county_officer, at=at)

    assert (counties, streets) == (2, 2)
    assert (county.receiver, county.deadline, county.entry) == (cast.city, dt.date(2026, 10, 20), city.entry)
    assert [(link.owed, link.slack) for link in chains.chain(city, chains.below(city), today=TODAY)] == [
        (2, 21), (1, 20), (1, None),
    ]  # fmt: skip


def test_the_day_suggested_below_leaves_ten_working_days() -> None:
    assert chains.suggested(dt.date(2026, 11, 30), dt.date(2026, 9, 1)) == dt.date(2026, 11, 16)
    assert chains.suggested(dt.date(2026, 11, 30), dt.date(2026, 11, 25)) == dt.date(2026, 11, 25)
    assert chains.suggested(dt.date(2026, 11, 30), dt.date(2026, 11, 30)) is None


def test_the_page_hands_down_and_refuses_a_day_that_does_not_exist(
    cast: Cast, pair: tuple[Obligation, Obligation], client: Client
) -> None:
    city, _ = pair
    Obligation.objects.filter(pk=city.pk).update(due_on="2027-06-30", deadline="2027-06-30")
    sign_in(client, cast.city_officer)
    address = reverse("reporting:hand_down", args=[city.pk])

    refused = client.post(address, {"due_on": "2027-02-31"}, follow=True).content.decode()
    client.post(address, {"due_on": "2027-06-01"})

    assert "没有的日子" in refused
    assert Obligation.objects.filter(receiver=cast.city).count() == 2


def test_a_division_whose_code_changed_counts_where_it_lies_now(
    cast: Cast, pair: tuple[Obligation, Obligation]
) -> None:
    DivisionCode.objects.create(division=cast.city, code=cast.city.code, name=cast.city.name)
    Division.objects.filter(pk=cast.city.pk).update(code=520100000000)

    within, lower = queries.completeness(cast.province, year=2026, by=TODAY)
    nation, _ = queries.completeness(cast.nation, year=2026, by=TODAY)

    assert (within.owed, [row.division for row in lower if row.owed]) == (1, [])
    assert nation.owed == 2


def test_nobody_is_overdue_on_the_last_day_itself(pair: tuple[Obligation, Obligation]) -> None:
    city, _ = pair
    Obligation.objects.exclude(pk=city.pk).delete()
    Obligation.objects.filter(pk=city.pk).update(
        due_on=dt.date(2099, 11, 10), deadline=dt.date(2099, 11, 10), year=2099
    )

    on_the_day = queries.completeness_of(city.reporter, year=2099, by=dt.date(2099, 11, 10))
    the_day_after = queries.completeness_of(city.reporter, year=2099, by=dt.date(2099, 11, 11))

    assert (on_the_day.owed, on_the_day.overdue) == (0, 0)
    assert (the_day_after.owed, the_day_after.overdue) == (1, 1)


def test_counted_to_an_earlier_day_what_came_in_afterwards_had_not_come(pair: tuple[Obligation, Obligation]) -> None:
    city, _ = pair
    Obligation.objects.exclude(pk=city.pk).delete()
    Obligation.objects.filter(pk=city.pk).update(due_on=dt.date(2021, 6, 30), deadline=dt.date(2021, 6, 30), year=2021)
    city.filed_at = stage.moment(2021, 7, 5)
    city.save(update_fields=["filed_at"])

    end_of_june = queries.completeness_of(city.reporter, year=2021, by=dt.date(2021, 6, 30))
    later = queries.completeness_of(city.reporter, year=2021, by=dt.date(2021, 7, 5))

    assert (end_of_june.owed, end_of_june.filed, end_of_june.overdue) == (1, 0, 1)
    assert (later.owed, later.filed, later.on_time, later.overdue) == (1, 1, 0, 0)
