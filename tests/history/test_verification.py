"""Whoever gets past the triggers is found out."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from greenhood.history import actions
from greenhood.history.actions import Happening
from greenhood.history.models import Chain, Entry
from greenhood.history.verification import Kind, current_heads, verify

pytestmark = pytest.mark.django_db

CITY, OTHER_CITY = 510100000000, 310100000000


@pytest.fixture
def tamper() -> Callable[..., None]:
    """Runs statements as somebody would who may switch the triggers off."""

    def run(*statements: str) -> None:
        with connection.cursor() as cursor:
            for table in ("history_entry", "history_chain"):
                cursor.execute(f"alter table {table} disable trigger user")
            for statement in statements:
                cursor.execute(statement)
            for table in ("history_entry", "history_chain"):
                cursor.execute(f"alter table {table} enable trigger user")

    return run


@pytest.fixture(autouse=True)
def five_entries_in_each_of_two_cities(db: None) -> None:
    actions.record_many(
        Happening("test.happened", division_code=code, details={"n": n})
        for n in range(5)
        for code in (CITY, OTHER_CITY)
    )


def found(*arguments: object) -> list[tuple[Kind, str, int, int]]:
    return [(one.kind, one.chain, one.first, one.last) for one in verify(*arguments)]


def test_untouched_history_has_no_findings() -> None:
    assert verify() == []


@pytest.mark.parametrize(
    "change",
    [
        "person_name = '别人'",
        "at = at + interval '1 microsecond'",
        "details = '{\"n\": 3}'",
        "division_code = 510107000000",
        "result = 'failed'",
        "algorithm = 'md5'",
        "subject_title = '别的社区'",
        "hash = 'sha256:00'",
    ],
)
def test_altered_entry_is_found(tamper, change: str) -> None:
    tamper(f"update history_entry set {change} where chain = '5101' and number = 3")

    assert (Kind.ALTERED, "5101", 3, 3) in found()
    assert {chain for _, chain, _, _ in found()} == {"5101"}


def test_altered_entry_with_its_hash_made_anew_is_found(tamper) -> None:
    forged = actions.record("test.forged", by=None, division_code=110100000000)
    tamper(
        "update history_entry as old set event = new.event, hash = new.hash from history_entry as new"
        f" where old.chain = '5101' and old.number = 3 and new.id = '{forged.pk}'"
    )

    assert (Kind.MOVED, "5101", 4, 4) in found()


@pytest.mark.parametrize(("removed", "first", "last"), [("= 3", 3, 3), ("in (2, 3, 4)", 2, 4), ("= 1", 1, 1)])
def test_removed_entries_are_found(tamper, removed: str, first: int, last: int) -> None:
    tamper(f"delete from history_entry where chain = '5101' and number {removed}")

    assert found() == [(Kind.MISSING, "5101", first, last)]


def test_removed_tail_is_found(tamper) -> None:
    tamper("delete from history_entry where chain = '5101' and number >= 4")

    assert found() == [(Kind.TAIL_MISSING, "5101", 4, 5)]


def test_removed_tail_with_the_head_set_back_is_found_by_a_kept_head(tamper) -> None:
    kept = current_heads()
    tamper(
        "delete from history_entry where chain = '5101' and number >= 4",
        "update history_chain set length = 3, head = (select hash from history_entry where chain = '5101' and number = 3)"
        " where key = '5101'",
    )

    assert verify() == []
    assert [(one.kind, one.first, one.last) for one in verify(kept=kept)] == [(Kind.TAIL_MISSING, 4, 5)]


def test_reordered_entries_are_found(tamper) -> None:
    tamper(
        "update history_entry set number = 99 where chain = '5101' and number = 2",
        "update history_entry set number = 2 where chain = '5101' and number = 3",
        "update history_entry set number = 3 where chain = '5101' and number = 99",
    )

    assert {(kind, first) for kind, _, first, _ in found()} == {
        (Kind.MOVED, 2),
        (Kind.ALTERED, 2),
        (Kind.MOVED, 3),
        (Kind.ALTERED, 3),
        (Kind.MOVED, 4),
    }


def test_entry_put_in_is_found(tamper) -> None:
    tamper(
        "update history_entry set number = number + 100 where chain = '5101' and number > 3",
        "update history_entry set number = number - 99 where chain = '5101' and number > 100",
        "insert into history_entry select gen_random_uuid(), chain, 4, at, event, subject_kind, subject_id,"
        " subject_title, division_code, person_id, person_name, post_id, post_title, address, result, details,"
        " algorithm, previous, hash from history_entry where chain = '5101' and number = 3",
    )

    assert (Kind.ALTERED, "5101", 4, 4) in found()


def test_chain_removed_whole_is_found(tamper) -> None:
    tamper("delete from history_entry where chain = '5101'")

    assert found() == [(Kind.TAIL_MISSING, "5101", 1, 5)]


def test_removed_head_is_found(tamper) -> None:
    tamper("delete from history_chain where key = '5101'")

    assert found() == [(Kind.NO_HEAD, "5101", 5, 5)]


def test_chain_written_anew_is_found_by_a_kept_head(tamper) -> None:
    kept = current_heads()
    tamper("delete from history_entry where chain = '5101'", "delete from history_chain where key = '5101'")
    actions.record_many(Happening("test.nicer", division_code=CITY) for _ in range(6))

    assert verify() == []
    assert [(one.kind, one.first) for one in verify(kept=kept)] == [(Kind.REWRITTEN, 5)]


def test_one_chain_is_verified_by_itself(tamper) -> None:
    tamper("delete from history_entry where number = 2")

    assert found("3101") == [(Kind.MISSING, "3101", 2, 2)]


def test_number_of_queries_does_not_grow_with_entries(django_assert_num_queries) -> None:
    for count in (1, 30):
        actions.record_many(Happening("test.more", division_code=CITY) for _ in range(count))
        with django_assert_num_queries(4):  # a savepoint, the heads, the entries, the release
            assert verify() == []


def test_command_says_that_all_is_well() -> None:
    out = StringIO()

    call_command("history", "verify", stdout=out)

    assert out.getvalue().startswith("操作记录核验通过：10 条")


def test_command_fails_and_says_where(tamper) -> None:
    tamper("delete from history_entry where chain = '5101' and number = 2")
    err = StringIO()

    with pytest.raises(CommandError, match="发现 1 处问题"):
        call_command("history", "verify", stderr=err)

    assert err.getvalue().strip() == "链 5101 第 2 条：记录缺失"


def test_command_verifies_against_kept_heads(tmp_path: Path, tamper) -> None:
    out = StringIO()
    call_command("history", "heads", stdout=out)
    file = tmp_path / "heads.json"
    file.write_text(out.getvalue(), encoding="utf-8")
    tamper("delete from history_entry", "delete from history_chain")

    with pytest.raises(CommandError, match="发现 2 处问题"):
        call_command("history", "verify", heads=file, stderr=StringIO())


@pytest.mark.parametrize("content", ["", "[]", json.dumps({"heads": {"5101": 3}})])
def test_command_refuses_a_file_that_holds_no_heads(tmp_path: Path, content: str) -> None:
    file = tmp_path / "heads.json"
    file.write_text(content)

    with pytest.raises(CommandError, match="不是 greenhood history heads 输出的文件"):
        call_command("history", "verify", heads=file)


def test_command_refuses_a_chain_that_does_not_exist() -> None:
    with pytest.raises(CommandError, match="没有名为“9999”的链"):
        call_command("history", "verify", chain="9999")


def test_command_shows_the_latest_first() -> None:
    out = StringIO()

    call_command("history", "show", chain="5101", most=2, stdout=out)

    assert [line.split()[0] for line in out.getvalue().splitlines()] == ["5101#5", "5101#4"]
    assert (Chain.objects.count(), Entry.objects.count()) == (2, 10)
