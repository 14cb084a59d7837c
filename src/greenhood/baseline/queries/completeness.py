"""全覆盖、无遗漏、底数清: how complete a campaign is, by division and by community. One query, whatever their number.

A kind is done in a community when it has a thing of it, every asked column of every thing is filled in, and no thing is
dated before the campaign's first day; or when the community has confirmed, since that day, that it has none.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from greenhood.baseline import asking
from greenhood.baseline.asking import Asked
from greenhood.baseline.models import Campaign, Reply
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import DIGITS, Division
from greenhood.facts.kinds import Column, Section
from greenhood.kit.dates import today_in_shanghai

PAGE = 50
SHOW = {
    "": "全部",
    "unbegun": "尚未开始",
    "unfinished": "未填完",
    "waiting": "已提交待核对",
    "returned": "已退回",
    "late": "已逾期",
    "accepted": "已核对",
}


@dataclass(frozen=True, slots=True)
class Line:
    """How far the communities of a division are. ``sections`` counts the communities that are done with each section."""

    division: Division
    communities: int
    complete: int
    begun: int
    submitted: int
    accepted: int
    late: int
    done: int
    kinds: int
    cells: int
    stale: int
    sections: dict[Section, int]

    @property
    def unbegun(self) -> int:
        return self.communities - self.begun

    @property
    def share(self) -> float | None:
        """The share of kinds that are done, of all asked of all communities."""
        return self.done / (self.kinds * self.communities) if self.communities and self.kinds else None


@dataclass(frozen=True, slots=True)
class CommunityLine:
    """How far one community is. ``cells`` is how many cells a person still types, ``stale`` how many kinds are too old."""

    reply: Any
    community_id: int
    code: int
    name: str
    state: Reply.State
    due_on: dt.date
    is_late: bool
    is_begun: bool
    done: int
    kinds: int
    cells: int
    stale: int
    sections: dict[Section, bool] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        return self.done == self.kinds


def whole(campaign: Campaign, division: Division) -> Line:
    """The campaign within a division, as one line. One query."""
    return progress(campaign, division, lower=[])[0]


def by_division(campaign: Campaign, division: Division) -> list[Line]:
    """One line for each division directly below, in the order of codes. Two queries."""
    return progress(campaign, division)[1]


def progress(
    campaign: Campaign, division: Division, *, lower: Sequence[Division] | None = None
) -> tuple[Line, list[Line]]:
    """The campaign within a division, and a line for each division directly below. Facts are read once for both."""
    below = list(divisions.children(division)) if lower is None else lower
    level = min((each.level for each in below), default=division.level)
    asked = asking.read(campaign.asked)
    parts = asking.sections(asked)
    counts = _counts(campaign, asked, division, level)
    empty = (0,) * (len(_COUNTED) + len(parts))
    total = tuple(map(sum, zip(*counts.values(), strict=True))) if counts else empty
    return _line(division, total, parts), [_line(each, counts.get(each.code, empty), parts) for each in below]


def by_community(
    campaign: Campaign,
    division: Division,
    *,
    show: str = "",
    after: int = 0,
    most: int | None = PAGE,
) -> list[CommunityLine]:
    """Communities of a campaign within a division by code, ``most`` of them after a code. One query."""
    asked = asking.read(campaign.asked)
    parts = asking.sections(asked)
    query, values = _figures(campaign, asked, division)
    columns = ", ".join(f"done_{number}" for number, _ in enumerate(parts))
    rows = _fetch(
        f"{query} select id, community_id, code, name, state, due, is_late, is_begun, done, cells, stale, "
        f"{columns or 'null'} from progress where code > %(after)s{_SHOWN[show]} order by code"
        + (" limit %(most)s" if most is not None else ""),
        {**values, "after": after, "most": most, "kinds": len(asked)},
    )
    return [_community_line(row, len(asked), parts) for row in rows]


def _community_line(row: tuple[Any, ...], kinds: int, parts: dict[Section, list[Asked]]) -> CommunityLine:
    reply, community, code, name, state, due_on, is_late, is_begun, done, cells, stale, *by_section = row
    is_done = {section: count == len(one) for (section, one), count in zip(parts.items(), by_section, strict=False)}
    return CommunityLine(
        reply, community, code, name, Reply.State(state), due_on, is_late, is_begun, done, kinds, cells, stale, is_done
    )


_SHOWN = {
    "": "",
    "unbegun": " and not is_begun",
    "unfinished": " and done < %(kinds)s",
    "waiting": " and state = 'submitted'",
    "returned": " and state = 'returned'",
    "late": " and is_late",
    "accepted": " and state = 'accepted'",
}


def _counts(campaign: Campaign, asked: Sequence[Asked], division: Division, level: int) -> dict[int, tuple[int, ...]]:
    """What a line counts, by the code of the division at a level."""
    done = "".join(
        f", count(*) filter (where done_{number} = {len(one)})"
        for number, one in enumerate(asking.sections(asked).values())
    )
    query, values = _figures(campaign, asked, division)
    rows = _fetch(
        f"""{query} select code / %(width)s * %(width)s as place, count(*), count(*) filter (where done = %(kinds)s),
            count(*) filter (where is_begun), count(*) filter (where state in ('submitted', 'accepted')),
            count(*) filter (where state = 'accepted'), count(*) filter (where is_late),
            coalesce(sum(done), 0), coalesce(sum(cells), 0), coalesce(sum(stale), 0){done}
            from progress group by 1""",
        {**values, "width": 10 ** (12 - DIGITS[level]), "kinds": len(asked)},
    )
    return {row[0]: tuple(int(number) for number in row[1:]) for row in rows}


_COUNTED = ("communities", "complete", "begun", "submitted", "accepted", "late", "done", "cells", "stale")


def _line(division: Division, counts: Sequence[int], parts: dict[Section, list[Asked]]) -> Line:
    kinds = sum(len(one) for one in parts.values())
    by_section = dict(zip(parts, counts[len(_COUNTED) :], strict=True))
    return Line(division, kinds=kinds, sections=by_section, **dict(zip(_COUNTED, counts, strict=False)))


def _figures(campaign: Campaign, asked: Sequence[Asked], division: Division) -> tuple[str, dict[str, Any]]:
    """The common table expressions up to ``progress``, one row per community, and their values.

    Names of tables and columns come from the registry of kinds, never from people.
    """
    parts = list(asking.sections(asked))
    low, high = division.span
    finds = [_things(number, one, parts.index(one.kind.section)) for number, one in enumerate(asked)]
    sums = "".join(
        f", coalesce(c.done_{number}, 0) + coalesce(a.done_{number}, 0) as done_{number}"
        for number, _ in enumerate(parts)
    )
    query = f"""
        with member as materialized (
            select r.id, r.community_id, d.code, d.name, r.state, coalesce(r.due_on, %(due_on)s) as due
            from baseline_reply r join divisions_division d on d.id = r.community_id
            where r.campaign_id = %(campaign)s and d.code >= %(low)s and d.code < %(high)s
        ), place as materialized (
            select community_id from member
        ), found as (
            {" union all ".join(finds) or _NO_THING}
        ), recorded as (
            select community_id, bit_or(1::bigint << number) as numbers, count(*) filter (where {_DONE}) as done,
                   sum(cells) - sum(asked) as cells, count(*) filter (where stale > 0) as stale,
                   bool_or(is_fresh) as is_begun{_by_section(parts, _DONE)}
            from found group by community_id
        ), absent as (
            select n.community_id, count(*) filter (where n.dated >= %(fresh)s) as done, -sum(k.columns) as cells,
                   count(*) filter (where n.dated < %(fresh)s) as stale,
                   bool_or(n.dated >= %(fresh)s) as is_begun{_by_section(parts, "n.dated >= %(fresh)s")}
            from baseline_nothingthere n join place using (community_id)
            join unnest(%(keys)s::text[], %(numbers)s::int[], %(sections)s::int[], %(columns)s::int[])
                 as k (key, number, section, columns) on k.key = n.kind
            left join recorded t on t.community_id = n.community_id
            where n.ended_at is null and coalesce(t.numbers, 0) & (1::bigint << k.number) = 0
            group by n.community_id
        ), progress as (
            select m.*, coalesce(c.done, 0) + coalesce(a.done, 0) as done,
                   %(cells)s + coalesce(c.cells, 0) + coalesce(a.cells, 0) as cells,
                   coalesce(c.stale, 0) + coalesce(a.stale, 0) as stale,
                   coalesce(c.is_begun, false) or coalesce(a.is_begun, false) or m.state <> 'filling' as is_begun,
                   m.state in ('filling', 'returned') and m.due < %(today)s as is_late{sums}
            from member m left join recorded c using (community_id) left join absent a using (community_id)
        )"""
    return query, {
        "campaign": campaign.pk,
        "due_on": campaign.due_on,
        "fresh": campaign.fresh_from,
        "today": today_in_shanghai(),
        "low": low,
        "high": high,
        "keys": [one.kind.key for one in asked],
        "numbers": list(range(len(asked))),
        "sections": [parts.index(one.kind.section) for one in asked],
        "columns": [len(one.columns) for one in asked],
        "cells": sum(len(one.columns) for one in asked),
    }


_DONE = "cells = 0 and stale = 0"


def _by_section(parts: Sequence[Section], is_done: str) -> str:
    """A column for each section: how many of its kinds are done."""
    return "".join(
        f", count(*) filter (where {is_done} and section = {number}) as done_{number}" for number, _ in enumerate(parts)
    )


_NO_THING = "select 0 as number, null::bigint as community_id, 0 as section, 0 as cells, 0 as stale, false as is_fresh, 0 as asked where false"


def _things(number: int, one: Asked, section: int) -> str:
    """Per community that has things of a kind: the cells that are missing, and how many things are too old."""
    missing = " + ".join(_is_missing(column) for column in one.columns) or "0"
    return (
        f"select {number} as number, f.community_id, {section} as section, sum({missing})::int as cells,"
        " count(*) filter (where f.dated < %(fresh)s)::int as stale, max(f.dated) >= %(fresh)s as is_fresh,"
        f" {len(one.columns)} as asked"
        f" from {one.kind.table} f join place using (community_id) where f.until is null group by f.community_id"
    )


def _is_missing(column: Column) -> str:
    assert column.field is not None
    assert column.field.column is not None
    name = connection.ops.quote_name(column.field.column)
    return f"(f.{name} = '')::int" if asking.is_text(column) else f"(f.{name} is null)::int"


def _fetch(query: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall()
