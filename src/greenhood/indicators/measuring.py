"""Measure: the catalogue asked of any communities and any day. One query for all its indicators and all of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import lru_cache

from django.db import connection

from greenhood.indicators.catalogue import Indicator, entries, entry
from greenhood.indicators.catalogue.entries import Compute
from greenhood.indicators.figures import Figure, figure
from greenhood.indicators.statements import FEW, Statement
from greenhood.schemes.arithmetic import VALUE

__all__ = ["Figure", "figures_of", "measure", "query_of"]

ASKED = "select unnest(%(communities)s::bigint[]) as community_id"


def figures_of(community_id: int, *, as_of: dt.date, keys: Sequence[str] | None = None) -> dict[str, Figure]:
    """Every indicator (or those of ``keys``) of one community by key: one query, and those of what is computed."""
    return measure([community_id], as_of=as_of, keys=keys).get(community_id, {})


def measure(
    communities: Iterable[int], *, as_of: dt.date, keys: Sequence[str] | None = None
) -> dict[int, dict[str, Figure]]:
    """The figures of a few communities (a page of them) by id and key: one query for all, in the catalogue's order."""
    ids = list(dict.fromkeys(communities))
    wanted = [indicator for key, indicator in entries().items() if keys is None or key in keys]
    found: dict[int, dict[str, Figure]] = {community: {} for community in ids}
    counted = tuple(one.key for one in wanted if one.compute is None)
    if counted and ids:
        for community, figures in _queried(counted, ids, as_of):
            found[community] |= figures
    for one in wanted:
        if one.compute is not None and ids:
            for community, answer in computed(one, one.compute, ids, as_of).items():
                found[community][one.key] = answer
    order = [one.key for one in wanted]
    return {community: {key: figures[key] for key in order if key in figures} for community, figures in found.items()}


def computed(one: Indicator, compute: Compute, ids: Sequence[int], as_of: dt.date) -> dict[int, Figure]:
    """What code says of these communities; one that it is silent about is unknown for the first reason."""
    places = {key: number for number, key in enumerate(one.unknown, 1)}
    answers = {row["community_id"]: row for row in compute(ids, as_of).iter_rows(named=True)}
    found = {}
    for community in ids:
        row = answers.get(community, {"value": None, "part": None, "whole": None, "dated": None, "because": None})
        reason = None if row["value"] is not None else places.get(row["because"] or "", 1)
        found[community] = figure(one, row["value"], row["part"], row["whole"], row["dated"], reason, None, as_of=as_of)
    return found


def query_of(indicator: Indicator) -> str:
    """The query of one indicator by itself, for people to read."""
    statement = Statement([indicator], FEW)
    return statement.text(ASKED, statement.columns[0].all)


@lru_cache(maxsize=256)
def _statement(keys: tuple[str, ...]) -> str:
    statement = Statement([entry(key) for key in keys], FEW)
    return statement.text(ASKED, [sql for columns in statement.columns for sql in columns.all])


def _queried(keys: tuple[str, ...], ids: list[int], as_of: dt.date) -> Iterable[tuple[int, dict[str, Figure]]]:
    asked = [entry(key) for key in keys]
    with connection.cursor() as cursor:
        cursor.execute(_statement(keys), {"communities": ids, "as_of": as_of})
        for community, *cells in cursor.fetchall():
            columns = zip(*[iter(cells)] * 7, strict=True)
            yield (
                community,
                {
                    one.key: figure(one, _value(units), *rest, as_of=as_of)
                    for one, (units, *rest) in zip(asked, columns, strict=True)
                },
            )


def _value(units: int | None) -> Decimal | None:
    return None if units is None else Decimal(units) / VALUE
