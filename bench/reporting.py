"""The reporting calendar of a simulated nation: a year planned, the page of completeness, a province's annual report.

The national scheme asks little of anybody, so a calendar as busy as the local ones together is published here for the nation: streets
yearly, counties quarterly and yearly, cities monthly; about 60,000 obligations. Everything is rolled back.
"""

from __future__ import annotations

from functools import partial

from bench.nation import nation
from bench.overview import TIMES, p95, queries_of, seconds, signed_in
from bench.rows import Row
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from greenhood.accounts.actor import Actor
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division
from greenhood.kit.dates import today_in_shanghai
from greenhood.reporting import actions
from greenhood.reporting.models import Obligation
from greenhood.reporting.sheets import sheet_of
from greenhood.schemes import actions as schemes
from greenhood.schemes import loading
from greenhood.schemes.models import SchemeVersion

NATIONAL = "national-2020"
BUSY = [
    {"key": "street-annual", "frequency": "annual", "reporter": "street", "receiver": "county", "due_month": 10, "due_day": 20},
    {"key": "county-quarterly", "frequency": "quarterly", "reporter": "county", "receiver": "city", "days_after_period": 10},
    {"key": "county-annual", "frequency": "annual", "reporter": "county", "receiver": "city", "due_month": 10, "due_day": 31},
    {"key": "city-monthly", "frequency": "monthly", "reporter": "city", "receiver": "province", "due_day": 25},
]  # fmt: skip
PROVINCE = 510_000_000_000


def run() -> list[Row]:
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    with nation(), transaction.atomic():
        rows = [*planned(), *pages(signed_in())]
        transaction.set_rollback(True)
    return rows


def planned() -> list[Row]:
    version, year = busy(), today_in_shanghai().year
    Obligation.objects.filter(year=year).delete()
    took = seconds(lambda: actions.plan(version, year, by=Actor.system()))
    made = Obligation.objects.filter(year=year).count()
    floor = seconds(copied)
    half_filed()
    return [
        Row(f"planning {made:,} obligations; floor: writing the same rows without keys and checks", took, floor, "s", "≤ 5 s")
    ]  # fmt: skip


def pages(client: Client) -> list[Row]:
    rows = []
    floor = p95(lambda: client.get(reverse("site:menu")))
    for title, code in (("the nation", 0), ("a province", PROVINCE)):
        url = reverse("reporting:completeness", args=[code])
        figure = p95(partial(client.get, url))
        rows.append(
            Row(f"completeness of {title}, p95 of {TIMES}; floor: the frame alone", figure, floor, "ms", "≤ 200 ms")
        )
        rows.append(Row("  its queries", queries_of(client, url), None, "queries", "≤ 15"))
    url = reverse("reporting:reports")
    rows.append(Row(f"the list of a year, p95 of {TIMES}", p95(partial(client.get, url)), floor, "ms", "≤ 200 ms"))
    report = annual()
    url = reverse("reporting:report", args=[report.pk])
    rows.append(
        Row("an annual report of a province, p95", p95(partial(client.get, url)) / 1000, floor / 1000, "s", "≤ 2 s")
    )
    rows.append(Row("  its queries", queries_of(client, url), None, "queries", "≤ 20"))
    rows.append(Row("  its figures alone", p95(lambda: list(sheet_of(report).values)), None, "ms", "—"))
    rows.append(Row("  what the evaluation rests on alone", p95(lambda: sheet_of(report).basis), None, "ms", "—"))
    url = reverse("reporting:evaluations", args=[0])
    rows.append(Row("the provinces' evaluations compared, p95", p95(partial(client.get, url)), floor, "ms", "≤ 200 ms"))
    return rows


def busy() -> SchemeVersion:
    """The national scheme with a calendar that everybody has to do with."""
    held = loading.load(settings.REPOSITORY / "schemes" / f"{NATIONAL}.yaml")
    calendar = held.scheme.calendar
    sections = [{"key": "progress", "title": "进展"}]
    asked = [
        type(calendar[0]).model_validate(
            {"title": row["key"], "reporter_title": "住建部门", "receiver_title": "住建部门", "source": calendar[0].source,
             "sections": sections, "figures": ["subjects"], **row}
        )
        for row in BUSY
    ]  # fmt: skip
    calendar.extend(asked)
    return schemes.publish(held, chosen={}, by=None)


def copied() -> None:
    """The rows as they stand, written once more where nothing checks them."""
    with connection.cursor() as cursor:
        cursor.execute("create temporary table floor (like reporting_obligation) on commit drop")
        cursor.execute("insert into floor select * from reporting_obligation")


def half_filed() -> None:
    """Every second report was filed, every tenth of them late."""
    with connection.cursor() as cursor:
        cursor.execute(
            """update reporting_obligation set state = 'filed',
                   filed_at = deadline + case when mod(abs(hashint8(reporter_id)), 10) = 0 then 3 else -1 end * interval '1 day'
               where mod(abs(hashint8(reporter_id)), 2) = 0 and state = 'open'"""
        )
        cursor.execute("analyze reporting_obligation")


def annual() -> Obligation:
    version = SchemeVersion.objects.filter(scheme_id="sichuan-2020").latest("version")
    actions.plan(version, today_in_shanghai().year, by=Actor.system())
    province: Division = divisions.by_code(PROVINCE)
    return Obligation.objects.select_related("reporter", "receiver", "version").get(
        scheme_id=NATIONAL, entry="annual-report", reporter=province, year=today_in_shanghai().year
    )
