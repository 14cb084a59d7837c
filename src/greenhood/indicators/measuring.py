"""Measure: the catalogue's queries asked of any communities and any day. One query per indicator, or one for all of them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from greenhood.facts.kinds import kind
from greenhood.indicators.catalogue import Indicator, entries

TABLE = re.compile(r"\{([a-z-]+)\}")


@dataclass(frozen=True, slots=True)
class Figure:
    """What an indicator says of one community on one day.

    ``value`` is None where it is unknown, and ``because`` says why. ``part`` of ``whole`` is what a share is made of;
    ``dated`` the oldest date among the facts behind it. A figure that is too old is unknown, and ``stale`` is what it was.
    """

    key: str
    value: Decimal | None
    part: Decimal | None = None
    whole: Decimal | None = None
    dated: dt.date | None = None
    because: str = ""
    stale: Decimal | None = None

    @property
    def is_known(self) -> bool:
        return self.value is not None


def figures_of(community_id: int, *, as_of: dt.date, keys: Sequence[str] | None = None) -> dict[str, Figure]:
    """Every indicator (or those of ``keys``) of one community: one query."""
    return measure([community_id], as_of=as_of, keys=keys).get(community_id, {})


def measure(
    communities: Iterable[int], *, as_of: dt.date, keys: Sequence[str] | None = None
) -> dict[int, dict[str, Figure]]:
    """The figures of a few communities (a page of them) by id and key: one query for all."""
    ids = list(communities)
    wanted = [indicator for key, indicator in entries().items() if keys is None or key in keys]
    found: dict[int, dict[str, Figure]] = {
        community: {one.key: Figure(one.key, None, because=one.unknown["missing"]) for one in wanted}
        for community in ids
    }
    with connection.cursor() as cursor:
        cursor.execute(statement(wanted), {"communities": ids, "as_of": as_of})
        for key, community, value, part, whole, dated, because in cursor.fetchall():
            found[community][key] = figure(entries()[key], value, part, whole, dated, because, as_of)
    return found


def statement(wanted: Iterable[Indicator]) -> str:
    """One query for several indicators over ``%(communities)s``."""
    parts = [
        f"select '{one.key}' as key, found.community_id, round(found.value, 8), found.part::numeric,"
        f" found.whole::numeric, found.dated, found.because from ({with_tables(one.query)}) found"
        for one in wanted
    ]
    return "with scope as (select unnest(%(communities)s::bigint[]) as community_id)\n" + "\nunion all\n".join(parts)


def with_tables(query: str) -> str:
    """The query with every ``{kind}`` as the versions of that kind that are true of ``%(as_of)s`` in ``scope``."""
    return TABLE.sub(lambda match: _table(match[1]), query)


def _table(key: str) -> str:
    return (
        f"(select * from {kind(key).table} where dated <= %(as_of)s and (until is null or until > %(as_of)s)"
        " and community_id in (select community_id from scope))"
    )


def figure(
    indicator: Indicator,
    value: Decimal | None,
    part: Decimal | None,
    whole: Decimal | None,
    dated: dt.date | None,
    because: str | None,
    as_of: dt.date,
) -> Figure:
    if value is None:
        return Figure(indicator.key, None, part, whole, dated, indicator.unknown[because or "missing"])
    if dated is not None and (as_of - dated).days > indicator.fresh_for:
        return Figure(indicator.key, None, part, whole, dated, _too_old(indicator, dated), stale=value)
    return Figure(indicator.key, value, part, whole, dated)


def _too_old(indicator: Indicator, dated: dt.date) -> str:
    return f"数据日期为 {dated}，超过 {_span(indicator.fresh_for)}没有更新。"


def _span(days: int) -> str:
    return f"{days // 365} 年" if days % 365 == 0 else f"{days} 天"
