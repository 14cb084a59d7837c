"""What auditors read of history: their own division's part, filtered by the address, page by page, and as files."""

from __future__ import annotations

import csv
import datetime as dt
import re
from io import BytesIO, StringIO

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from greenhood.accounts.events import Event
from greenhood.history import actions, queries
from greenhood.history.actions import Happening, Subject
from greenhood.history.models import Entry
from tests.cast import Cast, sign_in

URL = reverse("history:list")
EXPORT = reverse("history:export")


@pytest.fixture
def happened(cast: Cast) -> Cast:
    """A few events in the county, one in the next county, one long ago."""
    long_ago = timezone.now() - dt.timedelta(days=900)
    actions.record_many(
        [
            Happening("test.old", by=cast.worker, division_code=cast.community.code, at=long_ago),
            Happening("test.elsewhere", by=cast.neighbour_officer, division_code=cast.neighbour_county.code),
            Happening(
                Event.SIGN_IN_FAILED,
                Subject("accounts.user", "u1", "=1+1"),
                by=cast.street_officer,
                division_code=cast.street_division.code,
                result="failed",
                details={"原因": "密码不正确"},
            ),
            Happening("test.here", by=cast.worker, division_code=cast.community.code),
        ]
    )
    return cast


def shown(client, **wanted: str) -> list[str]:
    """The events on the page, by chain and number."""
    page = client.get(URL, wanted).content.decode()
    numbers = [int(number) for number in re.findall(r'<td class="nowrap">5101#(\d+)</td>', page)]
    events = dict(Entry.objects.filter(chain="5101").values_list("number", "event"))
    return [events[number] for number in numbers]


@pytest.mark.parametrize("role", ["audit_admin", "auditor"])
def test_auditors_read_history(happened: Cast, client, role: str) -> None:
    sign_in(client, happened.actors[role])

    assert client.get(URL).status_code == 200


@pytest.mark.parametrize("role", ["worker", "county_officer", "province_officer", "system_admin", "security_admin"])
def test_others_dont_and_are_told_why(happened: Cast, client, role: str) -> None:
    response = sign_in(client, happened.actors[role]).get(URL)

    assert response.status_code == 403
    assert "查阅操作记录" in response.content.decode()


def test_latest_come_first_and_other_counties_not_at_all(happened: Cast, client) -> None:
    sign_in(client, happened.audit_admin)

    events = shown(client)

    assert events[:2] == ["test.here", Event.SIGN_IN_FAILED]
    assert events[-1] == "test.old"
    assert "test.elsewhere" not in events
    assert "魏军" not in client.get(URL).content.decode()
    assert "test.elsewhere" not in shown(client, division="锦江区")


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"person": "王强"}, [Event.SIGN_IN_FAILED]),
        ({"event": "session.sign_in_failed"}, [Event.SIGN_IN_FAILED]),
        ({"result": "failed"}, [Event.SIGN_IN_FAILED]),
        ({"subject": "1+1"}, [Event.SIGN_IN_FAILED]),
        ({"division": "510107001001", "person": "李芳"}, ["test.here", "test.old"]),
        ({"last_day": "2025-12-31"}, ["test.old"]),
        ({"person": "李芳", "first_day": "2026-01-01"}, ["test.here"]),
        ({"person": "没有此人"}, []),
        ({"event": "no.such"}, None),
        ({"first_day": "yesterday"}, None),
    ],
)
def test_list_is_filtered_by_the_address(happened: Cast, client, wanted, found) -> None:
    sign_in(client, happened.audit_admin)

    # What can't be read filters nothing and is told at its field.
    assert shown(client, **wanted) == (shown(client) if found is None else found)
    assert ("is-invalid" in client.get(URL, wanted).content.decode()) == (found is None)


def test_pages_follow_each_other_without_gap(happened: Cast) -> None:
    everything = list(queries.entries(queries.Filter()))

    first = queries.page(queries.entries(queries.Filter()), size=7)
    second = queries.page(queries.entries(queries.Filter()), after=first.next, size=7)
    back = queries.page(queries.entries(queries.Filter()), before=second.previous, size=7)

    assert [*first.entries, *second.entries] == everything[:14]
    assert back.entries == first.entries
    assert (first.previous, back.previous) == ("", "")


@pytest.mark.parametrize("key", ["", "nonsense", "20260101T000000.000000_zz", "_"])
def test_key_that_is_none_shows_the_first_page(happened: Cast, key: str) -> None:
    found = queries.entries(queries.Filter())

    assert queries.page(found, after=key, size=3).entries == queries.page(found, size=3).entries
    assert queries.page(found, before=key, size=3).entries == queries.page(found, size=3).entries


def test_page_asks_as_many_queries_for_few_entries_as_for_many(happened: Cast, client, django_assert_max_num_queries):
    sign_in(client, happened.audit_admin)
    actions.record_many(Happening("test.more", division_code=happened.county.code) for _ in range(200))

    for wanted in ({"person": "王强"}, {}):
        with django_assert_max_num_queries(12):
            client.get(URL, wanted)


def test_csv_holds_what_the_page_finds_and_no_formula(happened: Cast, client) -> None:
    response = sign_in(client, happened.audit_admin).get(EXPORT, {"format": "csv", "person": "王强"})

    text = b"".join(response.streaming_content).decode()
    rows = list(csv.reader(StringIO(text.removeprefix("\ufeff"))))
    assert [row[1] for row in rows] == ["事件", "登录失败"]
    assert rows[1][3] == "'=1+1"
    assert rows[1][8] == "原因：密码不正确"
    assert Entry.objects.get(event=Event.HISTORY_EXPORTED).person_name == "施审计"


def test_excel_holds_what_the_page_finds(happened: Cast, client) -> None:
    response = sign_in(client, happened.audit_admin).get(EXPORT, {"format": "xlsx", "person": "王强"})

    rows = list(load_workbook(BytesIO(b"".join(response.streaming_content))).active.values)
    assert [row[1] for row in rows] == ["事件", "登录失败"]


def test_timeline_of_a_thing_is_in_the_order_of_time(happened: Cast) -> None:
    subject = Subject("declarations.declaration", "d1")
    for number in range(3):
        actions.record("test.step", subject, by=happened.worker, details={"n": number})
    actions.record("test.other", Subject("declarations.declaration", "d2"), by=happened.worker)

    assert [entry.details["n"] for entry in queries.timeline(subject)] == [0, 1, 2]
    assert [entry.details["n"] for entry in queries.timeline(subject, most=2)] == [1, 2]


def test_timeline_of_several_things_is_one_query(happened: Cast, django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        entries = queries.timeline_of([happened.worker.user, happened.street_officer.user])

    assert {entry.subject_id for entry in entries} == {
        str(happened.worker.user.pk),
        str(happened.street_officer.user.pk),
    }
