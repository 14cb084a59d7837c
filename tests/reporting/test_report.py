"""Reports: planned from the calendar, written, filed with frozen figures, returned by section, accepted, extended."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
from django.db import connection
from django.http import Http404
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook
from pytest_django import DjangoAssertNumQueries

from greenhood.accounts.access import NotAllowed
from greenhood.accounts.actor import Actor
from greenhood.history.models import Entry
from greenhood.insight.actions import refresh
from greenhood.reporting import actions, periods, queries
from greenhood.reporting.errors import Overtaken, Refused
from greenhood.reporting.models import Filing, Obligation, State
from greenhood.schemes.models import SchemeVersion
from tests.cast import Cast, sign_in
from tests.declarations import stage

pytestmark = pytest.mark.django_db

IN_TIME = stage.moment(2026, 11, 3)
LATE = stage.moment(2026, 11, 25)
TEXTS = {"carried-out": "开展了培训。", "effect": "环境改善。", "progress": "两个社区申报。"}


@pytest.fixture
def sichuan(cast: Cast) -> SchemeVersion:
    stage.publish("national-2020")
    return stage.publish("sichuan-2020")


@pytest.fixture
def owed(cast: Cast, sichuan: SchemeVersion) -> Obligation:
    """Chengdu's annual report to the province, due on 10 November."""
    actions.plan(sichuan, 2026, by=cast.province_officer)
    return Obligation.objects.get(entry="city-annual", reporter=cast.city)


def fresh(obligation: Obligation) -> Obligation:
    return Obligation.objects.select_related("reporter", "receiver", "version").get(pk=obligation.pk)


def write(obligation: Obligation, by: Actor) -> Obligation:
    return actions.save(obligation, texts=TEXTS, typed={}, revision=fresh(obligation).revision, by=by)


def filed(obligation: Obligation, by: Actor, at: dt.datetime = IN_TIME) -> Filing:
    row = write(obligation, by)
    return actions.file(row, signed_by="陈静", revision=row.revision, by=by, at=at)


def test_every_division_of_the_level_owes_each_period_once(cast: Cast, sichuan: SchemeVersion) -> None:
    first = actions.plan(sichuan, 2026, by=cast.province_officer)
    again = actions.plan(sichuan, 2026, by=cast.province_officer)

    row = Obligation.objects.get()
    assert (first, again) == (1, 0)
    assert (row.reporter, row.receiver, row.due_on, row.period) == (
        cast.city, cast.province, dt.date(2026, 11, 10), "2026年度",
    )  # fmt: skip
    assert Entry.objects.filter(event="obligation.planned").count() == 1


def test_only_who_publishes_the_scheme_plans_its_year(cast: Cast, sichuan: SchemeVersion) -> None:
    with pytest.raises(Http404):
        actions.plan(sichuan, 2026, by=cast.street_officer)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("hubei-2021", {"monthly-progress": 12, "annual-report": 1, "next-year-plan": 1, "acceptance": 1}),
        ("beijing-2021", {"quarterly-progress": 4, "annual-summary": 1}),
        (
            "shanghai-qingpu-zhaoxiang-2021",
            {"community-application": 1, "district-evaluation": 1, "city-sample": 1},
        ),
    ],
)
def test_the_year_of_every_scheme_is_as_its_calendar_says(name: str, expected: dict[str, int]) -> None:
    found = [period.entry.key for period in periods.in_year(stage.loaded(name).scheme, 2026)]

    assert {key: found.count(key) for key in dict.fromkeys(found)} == expected


def test_a_month_and_a_quarter_cover_their_own_days() -> None:
    hubei = periods.in_year(stage.loaded("hubei-2021").scheme, 2026)
    beijing = periods.in_year(stage.loaded("beijing-2021").scheme, 2026)

    february = next(period for period in hubei if period.label == "2026年2月")
    first = next(period for period in beijing if period.label == "2026年第1季度")
    assert (february.begins_on, february.ends_on, february.due_on) == (
        dt.date(2026, 2, 1), dt.date(2026, 2, 28), dt.date(2026, 2, 25),
    )  # fmt: skip
    assert (first.begins_on, first.ends_on) == (dt.date(2026, 1, 1), dt.date(2026, 3, 31))


def test_what_is_filed_keeps_its_figures_whatever_happens_later(cast: Cast, owed: Obligation) -> None:
    stage.declare(cast.community, cast.worker)
    refresh(full=True)

    filing = filed(owed, cast.city_officer)
    stage.declare(cast.other_community, cast.other_worker)
    refresh(full=True)

    values = {one["key"]: one["value"] for one in Filing.objects.get().figures}
    assert (values["subjects"], values["participating"], values["declared"]) == ("5", "1", "1")
    assert filing.late_days == 0
    assert fresh(owed).state == State.FILED


def test_a_report_is_filed_once_late_is_said_and_an_empty_section_refused(cast: Cast, owed: Obligation) -> None:
    row = fresh(owed)
    with pytest.raises(Refused) as refused:
        actions.file(row, signed_by="", revision=row.revision, by=cast.city_officer, at=LATE)
    assert set(refused.value.problems) == {"text-carried-out", "text-effect", "text-progress", "signed_by"}

    assert filed(owed, cast.city_officer, LATE).late_days == 15
    with pytest.raises(Refused):
        actions.file(fresh(owed), signed_by="陈静", revision=fresh(owed).revision, by=cast.city_officer, at=LATE)
    assert Filing.objects.count() == 1


def test_a_period_that_has_not_begun_is_not_open(cast: Cast, sichuan: SchemeVersion) -> None:
    actions.plan(sichuan, 2027, by=cast.province_officer)
    row = write(Obligation.objects.get(), cast.city_officer)

    with pytest.raises(Refused, match="现在还不能报送"):
        actions.file(row, signed_by="陈静", revision=row.revision, by=cast.city_officer, at=IN_TIME)


def test_two_people_at_once_do_not_overwrite_each_other(cast: Cast, owed: Obligation) -> None:
    seen = fresh(owed).revision
    write(owed, cast.city_officer)

    with pytest.raises(Overtaken):
        actions.save(owed, texts={"effect": "别的"}, typed={}, revision=seen, by=cast.city_officer)
    with pytest.raises(Overtaken):
        actions.file(owed, signed_by="陈静", revision=seen, by=cast.city_officer, at=IN_TIME)


def test_only_returned_sections_open_again(cast: Cast, owed: Obligation) -> None:
    filed(owed, cast.city_officer)
    row = fresh(owed)
    actions.give_back(row, reasons={"effect": "请写明数据来源。"}, revision=row.revision, by=cast.province_officer)

    row = fresh(owed)
    actions.save(
        row, texts={"effect": "据总览。", "progress": "改不了"}, typed={}, revision=row.revision, by=cast.city_officer
    )
    row = fresh(owed)
    second = actions.file(row, signed_by="陈静", revision=row.revision, by=cast.city_officer, at=LATE)
    row = fresh(owed)
    actions.accept(row, revision=row.revision, by=cast.province_officer)

    assert (second.number, second.texts["effect"], second.texts["progress"]) == (2, "据总览。", TEXTS["progress"])
    assert fresh(owed).state == State.ACCEPTED
    assert queries.completeness(cast.province, year=2026, by=dt.date(2026, 12, 31))[0].on_time == 1


def test_a_return_needs_a_reason_and_only_the_receiver_returns(cast: Cast, owed: Obligation) -> None:
    filed(owed, cast.city_officer)
    row = fresh(owed)

    with pytest.raises(Refused):
        actions.give_back(row, reasons={"effect": " "}, revision=row.revision, by=cast.province_officer)
    with pytest.raises((NotAllowed, Http404)):
        actions.give_back(row, reasons={"effect": "不行"}, revision=row.revision, by=cast.city_officer)


def test_a_day_is_extended_for_one_division_with_a_reason(cast: Cast, owed: Obligation) -> None:
    row = fresh(owed)
    for to, reason in ((dt.date(2026, 11, 10), "汛期"), (dt.date(2026, 12, 1), " ")):
        with pytest.raises(Refused):
            actions.extend(row, to=to, reason=reason, revision=row.revision, by=cast.province_officer, at=IN_TIME)

    actions.extend(
        row, to=dt.date(2026, 11, 30), reason="汛期", revision=row.revision, by=cast.province_officer, at=IN_TIME
    )

    assert filed(fresh(owed), cast.city_officer, LATE).late_days == 0


def test_completeness_counts_what_fell_due_by_division(cast: Cast, owed: Obligation) -> None:
    before = queries.completeness(cast.province, year=2026, by=dt.date(2026, 11, 1))
    filed(owed, cast.city_officer, LATE)
    after = queries.completeness(cast.province, year=2026, by=dt.date(2026, 11, 30))

    assert before[0].owed == 0
    assert (after[0].owed, after[0].filed, after[0].on_time, after[0].overdue) == (1, 1, 0, 0)
    assert [(row.division, row.owed) for row in after[1]] == [(cast.city, 1)]


def test_the_pages_work_from_plan_to_acceptance(cast: Cast, sichuan: SchemeVersion, client: Client) -> None:
    sign_in(client, cast.province_officer)
    client.post(reverse("reporting:plan"), {"scheme": "sichuan-2020", "year": 2026})
    row = Obligation.objects.get()
    address = reverse("reporting:report", args=[row.pk])

    sign_in(client, cast.city_officer)
    assert "等我报送" in client.get(reverse("reporting:reports")).content.decode()
    client.post(address, {"revision": row.revision, **{f"text-{key}": text for key, text in TEXTS.items()}})
    sent = {"revision": fresh(row).revision, "signed_by": "陈静"}
    client.post(reverse("reporting:file", args=[row.pk]), sent)
    twice = client.post(reverse("reporting:file", args=[row.pk]), sent)

    sign_in(client, cast.province_officer)
    page = client.get(address).content.decode()
    client.post(reverse("reporting:receive", args=[row.pk]), {"revision": fresh(row).revision, "outcome": "accept"})

    assert twice.status_code == 422
    assert "退回部分内容" in page
    assert fresh(row).state == State.ACCEPTED
    assert "开展了培训。" in client.get(reverse("reporting:filing", args=[row.pk, 1])).content.decode()


def test_what_was_typed_is_kept_when_somebody_was_quicker(cast: Cast, owed: Obligation, client: Client) -> None:
    seen = fresh(owed).revision
    write(owed, cast.city_officer)
    sign_in(client, cast.city_officer)

    page = client.post(reverse("reporting:report", args=[owed.pk]), {"revision": seen, "text-effect": "我写的一段"})

    assert page.status_code == 422
    assert "我写的一段" in page.content.decode()


def test_strangers_see_no_report(cast: Cast, owed: Obligation, client: Client) -> None:
    sign_in(client, cast.neighbour_officer)

    assert client.get(reverse("reporting:report", args=[owed.pk])).status_code == 404
    assert client.get(reverse("reporting:completeness", args=[cast.province.code])).status_code == 404


def test_completeness_is_exported(cast: Cast, owed: Obligation, client: Client) -> None:
    sign_in(client, cast.province_officer)

    answer = client.get(reverse("reporting:export", args=[cast.province.code]), {"year": 2026})

    rows = list(load_workbook(BytesIO(b"".join(answer.streaming_content))).active.iter_rows(values_only=True))
    assert rows[1][1] == "成都市"


def test_the_pages_take_few_queries(
    cast: Cast, owed: Obligation, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    sign_in(client, cast.province_officer)

    for address in (
        reverse("reporting:reports"),
        reverse("reporting:report", args=[owed.pk]),
        reverse("reporting:completeness", args=[cast.province.code]),
    ):
        with django_assert_max_num_queries(15):
            client.get(address)


@pytest.mark.django_db(transaction=True)
def test_two_posts_that_file_at_once_file_one_report(cast: Cast, owed: Obligation) -> None:
    row = write(owed, cast.city_officer)

    def send() -> str:
        try:
            actions.file(row, signed_by="陈静", revision=row.revision, by=cast.city_officer, at=IN_TIME)
        except (Refused, Overtaken) as problem:
            return type(problem).__name__
        finally:
            connection.close()
        return "filed"

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(future.result() for future in [pool.submit(send), pool.submit(send)])

    assert outcomes == ["Refused", "filed"]
    assert Filing.objects.count() == 1


def test_a_higher_post_reads_a_report_and_does_not_write_it(cast: Cast, owed: Obligation, client: Client) -> None:
    with pytest.raises(NotAllowed):
        write(owed, cast.province_officer)

    sign_in(client, cast.province_officer)
    page = client.get(reverse("reporting:report", args=[owed.pk]))

    assert page.context["may_write"] is False
