"""The communities of a division with what is recorded of each: how complete, how fresh."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division, Level
from greenhood.divisions.subjects import CommonRule
from greenhood.facts.burden import Burden, burden_of
from greenhood.facts.kinds import Kind, kinds
from greenhood.facts.queries import Tally, tallies
from greenhood.kit.dates import today_in_shanghai

PAGE = 50
MOST_COUNTED = 10_000
CHUNK = 500
STATES = {"missing": "尚未登记", "recorded": "已登记", "stale": "一年以上没有更新"}


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to; empty values leave it open. ``state`` speaks of ``kind``, or of any kind without it."""

    text: str = ""
    kind: Kind | None = None
    state: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One community with what is recorded of it."""

    community: Division
    path: list[str]
    tallies: dict[str, Tally]
    burden: Burden
    kinds: int

    @property
    def recorded(self) -> int:
        """How many kinds have something."""
        return len(self.tallies)

    @property
    def things(self) -> int:
        return sum(tally.count for tally in self.tallies.values())

    @property
    def newest(self) -> dt.date | None:
        return max((tally.newest for tally in self.tallies.values()), default=None)

    @property
    def oldest(self) -> dt.date | None:
        return min((tally.oldest for tally in self.tallies.values()), default=None)


@dataclass(frozen=True, slots=True)
class Lines:
    """A page of the list; ``next`` and ``previous`` are the codes that the neighbouring pages begin after and end before."""

    rows: list[Line]
    next: str
    previous: str
    count: int
    is_capped: bool


def communities(within: Division, filters: Filters, *, after: str = "", before: str = "") -> Lines:
    """One page, in the order of codes: a fixed number of queries, whatever the division."""
    found = narrowed(within, filters)
    rows, following, preceding = _page(found, _code(after), _code(before))
    number = found.order_by()[: MOST_COUNTED + 1].count()
    return Lines(lines_of(rows), following, preceding, min(number, MOST_COUNTED), number > MOST_COUNTED)


def narrowed(within: Division, filters: Filters) -> QuerySet[Division]:
    """The communities of a division that are the programme's object, or have something recorded by name."""
    if within.level == Level.COMMUNITY:
        found = Division.objects.filter(pk=within.pk)
    else:
        found = divisions.subjects(CommonRule(), within)
    found = found.defer("bigrams")
    if filters.text:
        digits = filters.text if filters.text.isdecimal() else ""
        found = found.filter(Q(name__contains=filters.text) | (Q(code=int(digits[:12])) if digits else Q(pk__in=[])))
    if filters.state:
        found = found.filter(_condition(filters))
    return found


def _condition(filters: Filters) -> Q:
    asked = [filters.kind] if filters.kind else kinds()
    if filters.state == "stale":
        asked = [kind for kind in asked if not kind.is_event]
    conditions = [Q(Exists(_rows(kind, stale=filters.state == "stale"))) for kind in asked]
    some = Q(pk__in=[])
    for condition in conditions:
        some |= condition
    return ~some if filters.state == "missing" else some


def _rows(kind: Kind, *, stale: bool) -> QuerySet[Any, Any]:
    rows = kind.model._default_manager.filter(community_id=OuterRef("pk"), until=None)
    if stale:
        rows = rows.filter(dated__lt=today_in_shanghai() - dt.timedelta(days=kind.fresh_for))
    return rows.values(found=F("dated"))


def lines_of(rows: Sequence[Division]) -> list[Line]:
    """What is recorded of these communities: three queries for all."""
    ids = [row.pk for row in rows]
    if not ids:
        return []
    recorded, burdens, paths = tallies(ids), burden_of(ids), divisions.paths(rows)
    return [
        Line(
            row,
            divisions.spoken(paths[row.pk])[:-1],
            recorded[row.pk],
            burdens[row.pk].total,
            len(burdens[row.pk].by_kind),
        )
        for row in rows
    ]


def every_line(within: Division, filters: Filters) -> Iterator[Line]:
    """Every community of the list, for an export, a few hundred at a time."""
    after = -1
    while rows := list(narrowed(within, filters).filter(code__gt=after).order_by("code")[:CHUNK]):
        yield from lines_of(rows)
        after = rows[-1].code


def _page(found: QuerySet[Division], after: int | None, before: int | None) -> tuple[list[Division], str, str]:
    if before is not None:
        rows = list(found.filter(code__lt=before).order_by("-code")[: PAGE + 1])
        is_more, rows = len(rows) > PAGE, list(reversed(rows[:PAGE]))
        return rows, str(rows[-1].code) if rows else "", str(rows[0].code) if is_more and rows else ""
    if after is not None:
        found = found.filter(code__gt=after)
    rows = list(found.order_by("code")[: PAGE + 1])
    is_more, rows = len(rows) > PAGE, rows[:PAGE]
    return rows, str(rows[-1].code) if is_more else "", str(rows[0].code) if after is not None and rows else ""


def _code(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) <= 12 else None
