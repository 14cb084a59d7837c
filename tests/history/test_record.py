"""What is written down, and that it stays as it was written."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from greenhood.history import actions, canonical, verification
from greenhood.history.actions import Happening, Subject
from greenhood.history.models import Chain, Entry, chain_key

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Someone:
    person_id: str = "p1"
    person_name: str = "张敏"
    post_id: str = "o1"
    post_title: str = "武侯区 县（市、区）审核人"
    address: str = "10.0.0.1"


@pytest.mark.parametrize(
    ("code", "key"),
    [
        (0, "0000"),
        (510000000000, "0000"),
        (510100000000, "5101"),
        (510107001001, "5101"),
        (310118107000, "3101"),
        (429004000000, "4290"),
    ],
)
def test_chain_is_that_of_the_city(code: int, key: str) -> None:
    assert chain_key(code) == key


def test_entry_says_who_what_where_and_with_what_result() -> None:
    subject = Subject("declarations.declaration", "d1", "晋阳社区 2026年申报")

    entry = actions.record(
        "declaration.passed",
        subject,
        by=Someone(),
        division_code=510107001001,
        details={"意见": "同意"},
    )

    stored = Entry.objects.get(pk=entry.pk)
    assert (stored.chain, stored.number, stored.event) == (
        "5101",
        1,
        "declaration.passed",
    )
    assert (stored.subject_kind, stored.subject_id, stored.subject_title) == (
        subject.kind,
        "d1",
        subject.title,
    )
    assert (stored.person_name, stored.post_title, stored.address) == (
        "张敏",
        "武侯区 县（市、区）审核人",
        "10.0.0.1",
    )
    assert (stored.details, stored.result) == ({"意见": "同意"}, "ok")
    assert Chain.objects.get(pk="5101").head == stored.hash


def test_each_entry_carries_the_hash_of_the_one_before() -> None:
    first = actions.record("test.first", by=None, division_code=510100000000)
    elsewhere = actions.record("test.elsewhere", by=None, division_code=310100000000)
    second = actions.record("test.second", by=None, division_code=510100000000)

    assert (first.previous, second.previous, elsewhere.previous) == ("", first.hash, "")
    assert (second.number, elsewhere.number) == (2, 1)


def test_recording_takes_two_queries(django_assert_num_queries) -> None:
    actions.record("test.first", by=None)

    with django_assert_num_queries(2):
        actions.record("test.second", by=None)


def test_many_are_recorded_in_order_in_a_handful_of_queries(
    django_assert_num_queries,
) -> None:
    codes = [510100000000, 310100000000, 0]
    actions.record_many(Happening("test.before", division_code=code) for code in codes)

    for count, queries in ((3, 2), (300, 3)):
        happenings = [Happening("test.many", division_code=codes[n % 3], details={"n": n}) for n in range(count)]
        with django_assert_num_queries(queries):
            assert actions.record_many(happenings) == count
        national = Entry.objects.filter(chain="0000").order_by("-number")[: count // 3]
        assert [entry.details["n"] for entry in reversed(national)] == list(range(2, count, 3))
    assert list(Chain.objects.order_by("key").values_list("key", "length")) == [
        ("0000", 102),
        ("3101", 102),
        ("5101", 102),
    ]
    assert verification.verify() == []


def test_nothing_is_recorded_for_nothing() -> None:
    assert actions.record_many([]) == 0
    assert not Chain.objects.exists()


def test_details_of_every_kind_survive_the_database() -> None:
    details = {
        "number": 10**30,
        "float": 1e22,
        "small": -0.0,
        "money": Decimal("12.50"),
        "day": dt.date(2026, 11, 20),
        "nul": "a\0b",
        "half": "\ud800",
        "nested": {"b": [1, None, True], "a": ({"x"},)},
        7: "key",
    }

    entry = actions.record("test.details", by=None, details=details)

    assert Entry.objects.get(pk=entry.pk).details == canonical.details(details) == entry.details
    assert verification.verify() == []


def test_text_longer_than_its_column_is_cut() -> None:
    entry = actions.record("test.long", Subject("test.thing", "1", "长" * 300), by=None)

    assert Entry.objects.get(pk=entry.pk).subject_title == "长" * 200
    assert verification.verify() == []


def test_time_given_for_what_happened_before_is_kept() -> None:
    long_ago = timezone.now() - dt.timedelta(days=400)

    actions.record_many([Happening("test.past", at=long_ago)])

    assert Entry.objects.get().at == long_ago


@pytest.mark.parametrize(
    "statement",
    [
        "update history_entry set person_name = '别人'",
        "delete from history_entry",
        "truncate history_entry",
        "update history_chain set length = 0, head = ''",
        "update history_chain set head = 'sha256:0'",
        "delete from history_chain",
        "truncate history_chain",
    ],
)
def test_database_refuses_to_change_history(statement: str) -> None:
    actions.record("test.kept", by=Someone())

    with (
        pytest.raises(DatabaseError, match="操作记录"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)

    assert Entry.objects.get().person_name == "张敏"
    assert verification.verify() == []


def test_entry_of_a_failed_action_leaves_no_gap() -> None:
    actions.record("test.first", by=None)
    with transaction.atomic():
        actions.record("test.undone", by=None)
        transaction.set_rollback(True)
    actions.record("test.second", by=None)

    assert list(Entry.objects.values_list("number", "event")) == [
        (1, "test.first"),
        (2, "test.second"),
    ]
    assert verification.verify() == []


def test_either_hash_is_verified_in_one_chain(settings) -> None:
    settings.HASH = "sha256"
    actions.record("test.first", by=None)
    settings.HASH = "sm3"
    actions.record("test.second", by=None)

    assert list(Entry.objects.values_list("algorithm", flat=True)) == ["sha256", "sm3"]
    assert verification.verify() == []
