"""Is the history still what was written? Reads every entry once, in order, and computes its hash again.

Whoever can switch off the triggers and knows this code could write a whole chain anew. Against that, the heads are
printed by ``greenhood history heads`` and kept elsewhere; ``verify`` compares with such a file: a head that was once
printed must still stand at its place in the chain.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.db import connections, transaction

from greenhood.history import canonical
from greenhood.history.actions import COLUMNS
from greenhood.history.models import Chain
from greenhood.kit.hashing import UnknownHash, digest

BATCH = 5_000
_CHAIN, _NUMBER, _DETAILS, _ALGORITHM, _PREVIOUS, _HASH = (
    COLUMNS.index(name) for name in ("chain", "number", "details", "algorithm", "previous", "hash")
)


class Kind(Enum):
    ALTERED = "内容被改动"
    MOVED = "次序被调换，或与前一条不衔接"
    MISSING = "记录缺失"
    TAIL_MISSING = "末尾的记录缺失"
    HEAD_WRONG = "链头与末条不符"
    NO_HEAD = "没有链头"
    REWRITTEN = "与留存的链头不符，整链可能被重写"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, in which chain, from which number to which."""

    kind: Kind
    chain: str
    first: int
    last: int
    text: str = ""

    def __str__(self) -> str:
        place = f"第 {self.first} 条" if self.first == self.last else f"第 {self.first}—{self.last} 条"
        return f"链 {self.chain} {place}：{self.kind.value}{self.text and f'（{self.text}）'}"


@dataclass(frozen=True, slots=True)
class Head:
    """The length of a chain and the hash of its last entry, at some moment."""

    length: int
    hash: str


def verify(
    chain: str | None = None,
    *,
    kept: Mapping[str, Head] | None = None,
    progress: Callable[[int], object] | None = None,
) -> list[Finding]:
    """Every finding, of one chain or of all; ``kept`` are heads noted earlier, elsewhere.

    Memory stays the same however many entries there are. ``progress`` is told how many entries were read.
    """
    kept = kept or {}
    # One snapshot: entries that are written meanwhile belong to neither the heads nor the entries.
    with transaction.atomic():
        with connections["default"].cursor() as cursor:
            if not connections["default"].savepoint_ids:
                cursor.execute("set transaction isolation level repeatable read read only")
        heads = current_heads(chain)
        expected = dict(kept) if chain is None else {key: head for key, head in kept.items() if key == chain}
        return list(_findings(_entries(chain, progress), heads, expected))


def current_heads(chain: str | None = None) -> dict[str, Head]:
    rows = Chain.objects.order_by("key").values_list("key", "length", "head")
    return {key: Head(length, head) for key, length, head in (rows.filter(key=chain) if chain else rows)}


def _entries(chain: str | None, progress: Callable[[int], object] | None) -> Iterator[tuple[Any, ...]]:
    """Rows as ``COLUMNS``, through a server-side cursor: straight from the driver, as objects cost more than hashing."""
    with connections["default"].chunked_cursor() as cursor:
        where = "where chain = %s" if chain else ""
        cursor.execute(
            f"select {', '.join(COLUMNS)} from history_entry {where} order by chain, number",
            [chain] if chain else [],
        )
        while rows := cursor.fetchmany(BATCH):
            yield from rows
            if progress:
                progress(len(rows))


def _findings(
    entries: Iterator[tuple[Any, ...]],
    heads: Mapping[str, Head],
    kept: Mapping[str, Head],
) -> Iterator[Finding]:
    seen: dict[str, Head] = {}
    for row in entries:
        chain, number = row[_CHAIN], row[_NUMBER]
        before = seen.get(chain, Head(0, ""))
        yield from _check(row, before)
        if chain in kept and number == kept[chain].length and row[_HASH] != kept[chain].hash:
            yield Finding(Kind.REWRITTEN, chain, number, number)
        seen[chain] = Head(number, row[_HASH])
    for chain in sorted({*seen, *heads, *kept}):
        yield from _check_end(chain, seen.get(chain, Head(0, "")), heads.get(chain), kept.get(chain))


def _check(row: Sequence[Any], before: Head) -> Iterator[Finding]:
    chain, number = row[_CHAIN], row[_NUMBER]
    if number > before.length + 1:
        yield Finding(Kind.MISSING, chain, before.length + 1, number - 1)
    elif row[_PREVIOUS] != before.hash:
        yield Finding(Kind.MOVED, chain, number, number)
    if not _is_unchanged(row):
        yield Finding(Kind.ALTERED, chain, number, number)


def _is_unchanged(row: Sequence[Any]) -> bool:
    try:
        # Django leaves JSONB as text to its model fields, which are not used here.
        values = (
            *row[:_DETAILS],
            json.loads(row[_DETAILS]),
            *row[_DETAILS + 1 : _HASH],
        )
        return digest(canonical.content(values), algorithm=row[_ALGORITHM]) == row[_HASH]
    except UnknownHash:
        return False


def _check_end(chain: str, last: Head, head: Head | None, kept: Head | None) -> Iterator[Finding]:
    if head is None and last.length:
        yield Finding(Kind.NO_HEAD, chain, last.length, last.length)
    if head and head.length > last.length:
        yield Finding(Kind.TAIL_MISSING, chain, last.length + 1, head.length)
    elif head and head != last:
        yield Finding(Kind.HEAD_WRONG, chain, last.length, last.length)
    if kept and kept.length > max(last.length, head.length if head else 0):
        yield Finding(Kind.TAIL_MISSING, chain, last.length + 1, kept.length, "比留存的链头短")
