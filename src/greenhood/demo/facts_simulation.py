"""Made-up facts of every kind for every urban community of a division: set-based, from a seed, every row marked as simulated.

About 180 rows a community: twenty million for the nation. Some things were replaced by newer figures, some are gone, some
kinds are missing and some are out of date, so that an “as of” and an “unknown” have something to show. Communities with facts
of their own are left alone. For measurements:

    facts_simulation.simulate_facts(division, seed=1, today=today, by=Actor.system())

``scale`` below 1 makes fewer things in each community. Follow it with ``analyze``; where the database is new, with ``vacuum``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from django.db import connection, transaction
from numpy.typing import NDArray

from greenhood.accounts.actor import Actor
from greenhood.demo import plausible_facts
from greenhood.demo.events import Event
from greenhood.demo.plausible_facts import PLANS, Places, Plan, Things
from greenhood.demo.simulation import AlreadySimulated
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division
from greenhood.divisions.subjects import CommonRule
from greenhood.facts.actions import thing_of
from greenhood.facts.kinds import Kind, kind, kinds
from greenhood.facts.models import Source
from greenhood.history.actions import record
from greenhood.kit import progress
from greenhood.kit.bulk import copy_in, keys

# Communities at once: some 800,000 rows, so that memory stays the same for a nation.
AT_ONCE = 5_000
# What events look back over, and how old figures are that hold until replaced, in days.
EVENTS_SINCE, FIGURES_SINCE = 730, 500
# The share of kinds in a community that nobody has looked after for years, and how old those are.
STALE, STALE_SINCE = 0.06, (1200, 2400)
PATHS = "walking-paths"
# One county in so many has drawn its walking paths.
COUNTIES_WITHOUT_PATHS = 20


@dataclass(frozen=True)
class Summary:
    communities: int
    rows: int
    rows_of: Mapping[str, int]


def simulate_facts(within: Division, *, seed: int, today: dt.date, by: Actor, scale: float = 1.0) -> Summary:
    """Make up facts for the urban communities of a division. One transaction. Raises AlreadySimulated."""
    assert 0 < scale <= 1, "a share of the full number of things"
    with transaction.atomic(), connection.cursor() as cursor:
        if kind("population").model._default_manager.filter(is_simulated=True, **_lies_in(within)).exists():
            raise AlreadySimulated(f"{within.name}已有模拟的社区信息，请先清除。")
        # Keys are checked portion by portion: twenty million of them at the end would take gigabytes.
        cursor.execute("set constraints all immediate")
        communities = _communities(within)
        rows_of = dict.fromkeys((plan.kind for plan in PLANS), 0)
        with progress.bar(communities.height, "模拟社区信息", unit="个社区") as bar:
            for number, portion in enumerate(communities.iter_slices(AT_ONCE)):
                random = np.random.default_rng([seed, number])
                for name, count in _write_portion(portion, random, today, scale):
                    rows_of[name] += count
                bar.update(portion.height)
        summary = Summary(communities.height, sum(rows_of.values()), rows_of)
        details = {"seed": seed, "communities": summary.communities, "facts": summary.rows}
        record(Event.SIMULATED, within, by=by, division_code=within.code, details=details)
    return summary


@transaction.atomic
def clear_facts(within: Division, *, by: Actor) -> int:
    """Take away every simulated fact in a division; how many went."""
    low, high = within.span
    gone = 0
    with connection.cursor() as cursor:
        for each in kinds():
            cursor.execute(
                f"delete from {each.table} where is_simulated and community_id in"
                " (select id from divisions_division where code >= %s and code < %s)",
                [low, high],
            )
            gone += cursor.rowcount
    record(Event.CLEARED, within, by=by, division_code=within.code, details={"facts": gone})
    return gone


def _lies_in(within: Division) -> dict[str, int]:
    low, high = within.span
    return {"community__code__gte": low, "community__code__lt": high}


def _communities(within: Division) -> pl.DataFrame:
    """Those that have no facts of their own, in the order of codes."""
    own = " union ".join(f"select community_id from {each.table} where not is_simulated" for each in kinds())
    with connection.cursor() as cursor:
        cursor.execute(own)
        taken = {pk for (pk,) in cursor.fetchall()}
    found = divisions.subjects(CommonRule(), within).order_by("code").values_list("id", "code")
    rows = [pair for pair in found.iterator(chunk_size=20_000) if pair[0] not in taken]
    return pl.DataFrame(rows, schema={"id": pl.Int64, "code": pl.Int64}, orient="row")


def _write_portion(
    communities: pl.DataFrame, random: np.random.Generator, today: dt.date, scale: float
) -> Iterator[tuple[str, int]]:
    places = Places.of(communities, random)
    before: dict[str, tuple[pl.Series, NDArray[np.int64], NDArray[np.int64]]] = {}
    for plan in PLANS:
        count = _how_many(plan, places, scale)
        things = Things(
            places, np.repeat(np.arange(len(count)), count), np.concatenate([np.arange(n) for n in count]) + 1, before
        )
        rows = _rows(plan, things, today)
        before[plan.kind] = (rows["thing"], np.cumsum(count) - count, count)
        yield plan.kind, _copy(plan, _complete(plan, rows), random)


def _how_many(plan: Plan, places: Places, scale: float) -> NDArray[np.int64]:
    communities, random = places.frame.height, places.random
    count = random.integers(plan.least, plan.most + 1, communities)
    if plan.most > 1:
        count = np.maximum(np.round(count * scale), min(plan.least, 1)).astype(np.int64)
    if plan.kind == PATHS:
        has_paths = places.columns["code"] // 10**6 % COUNTIES_WITHOUT_PATHS == 7
        return np.where(has_paths, count, 0)
    return np.where(random.random(communities) < plan.missing, 0, count)


def _rows(plan: Plan, things: Things, today: dt.date) -> pl.DataFrame:
    """The present version of every thing."""
    asked = kind(plan.kind)
    rows = pl.DataFrame({"community_id": things.of("id"), "thing": _things(asked, things)}).with_columns(
        dated=_days(asked, things, today)
    )
    if asked.is_located:
        rows = rows.hstack(plausible_facts.anywhere(things))
    return rows.with_columns(**{name: _column(value) for name, value in plan.fill(things).items()})


def _things(asked: Kind, things: Things) -> pl.Series:
    if asked.is_single:
        return pl.Series([thing_of(asked, pk).hex for pk in things.of("id").tolist()], dtype=pl.String)
    return keys(things.count, seed=int(things.random.integers(2**31))).alias("thing")


def _column(value: Any) -> pl.Series | pl.Expr:
    return value if isinstance(value, pl.Series | pl.Expr) else pl.Series(value)


def _days(asked: Kind, things: Things, today: dt.date) -> pl.Series:
    """Events on days of their own; figures of one kind in one community all of one day, years ago where it is neglected."""
    random, communities = things.random, things.places.frame.height
    if asked.is_event:
        ago = random.integers(1, EVENTS_SINCE, things.count)
    else:
        neglected = random.random(communities) < STALE
        ago = np.where(
            neglected, random.integers(*STALE_SINCE, communities), random.integers(5, FIGURES_SINCE, communities)
        )
        ago = ago[things.owner]
    return pl.Series(np.datetime64(today) - ago.astype("timedelta64[D]")).cast(pl.Date)


def _complete(plan: Plan, rows: pl.DataFrame) -> pl.DataFrame:
    """Without what needs another thing that isn't there: an inspection of nothing."""
    return rows.drop_nulls("heritage") if plan.kind == "heritage-inspections" else rows


def _copy(plan: Plan, rows: pl.DataFrame, random: np.random.Generator) -> int:
    """Write the things, and the earlier versions of some; how many rows."""
    asked = kind(plan.kind)
    gone = pl.Series(random.random(rows.height) < plan.gone)
    rows = rows.with_columns(
        id=rows["thing"],
        until=pl.when(gone).then(pl.col("dated") + pl.duration(days=5)).otherwise(pl.lit(None, pl.Date)),
    )
    earlier = rows.filter(pl.Series(random.random(rows.height) < plan.earlier))
    earlier = earlier.with_columns(
        id=keys(earlier.height, seed=int(random.integers(2**31))),
        until=pl.col("dated"),
        dated=pl.col("dated") - pl.duration(days=pl.lit(pl.Series(random.integers(200, 500, earlier.height)))),
        **{name: (pl.col(name) * factor).cast(rows.schema[name]) for name, factor in plan.worse.items()},
    )
    return sum(copy_in(asked.model, _marked(each)) for each in (rows, earlier) if each.height)


def _marked(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(
        source=pl.lit(Source.IMPORTED.value),
        recorded_at=pl.col("dated").dt.to_string("%Y-%m-%d 12:00:00+08"),
        is_simulated=pl.lit(True),
    )
