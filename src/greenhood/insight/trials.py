"""What if (试算): any version of a scheme, also one that isn't published, run over what is recorded in a division.

What a figure decides is read from the figures measured last; what only people can answer, from the community's latest
assessment under the same scheme, requirement by requirement, matched by its words. What nobody answered is unknown, so
every outcome has two ends: what is reached for certain, and what would be if all that is unknown were met.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import and_

import polars as pl

from greenhood.assessments import tables
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import DIGITS, Division
from greenhood.indicators import queries as indicators
from greenhood.schemes import advice, rules
from greenhood.schemes.engine import compile_standard
from greenhood.schemes.format import Criterion, Scheme, Standard, Where

_COMMUNITIES = {"community_id": pl.Int64, "code": pl.Int64, "place_class": pl.Int64}


@dataclass(frozen=True)
class Trial:
    """What a scheme comes to over a division.

    ``table`` has a row per community that the scheme is for: community_id, code, standard (key), total in 1/10000 points,
    ``rank`` of the level reached for certain (0: none, 1: the lowest) and ``possible``, the rank with all unknowns met,
    ``unknown``: how many lines are not fully answered. ``levels`` are the titles by rank, from 1. ``wide`` holds the answers
    of each standard as the engine reads them, for asking on.
    """

    scheme: Scheme
    within: Division
    levels: tuple[str, ...]
    table: pl.DataFrame
    measured_on: date | None
    wide: tuple[tuple[Standard, pl.DataFrame], ...] = ()

    @property
    def communities(self) -> int:
        return self.table.height

    def reached(self, rank: int = 1) -> int:
        return int((self.table["rank"] >= rank).sum())

    def possible(self, rank: int = 1) -> int:
        return int((self.table["possible"] >= rank).sum())


@dataclass(frozen=True, slots=True)
class Row:
    """One lower division: its communities, how many reach the rank for certain and at best, and the same before."""

    code: int
    communities: int
    reached: int
    possible: int
    reached_before: int | None = None

    @property
    def change(self) -> int | None:
        return None if self.reached_before is None else self.reached - self.reached_before


@dataclass(frozen=True, slots=True)
class Lift:
    """A line of a standard, and how many communities it would bring to the level if it alone were done."""

    no: int
    title: str
    communities: int
    standard: str = ""


def run(scheme: Scheme, within: Division, *, on: date) -> Trial:
    """Run a scheme over the facts and answers of every community in ``within`` that its rule takes for its object.

    A handful of queries, whatever the size. ``on`` is the day for thresholds that rise with time.
    """
    communities = _communities(scheme, within)
    stored, measured_on = indicators.stored(within, sorted(_indicators(scheme)))
    figures = stored.drop("code")
    answers = tables.latest_answers(scheme.id, within)
    judged: list[pl.DataFrame] = []
    asked: list[tuple[Standard, pl.DataFrame]] = []
    left = communities
    for standard in (one for one in scheme.standards if one.object == "community"):
        fits = left.filter(_is_for(standard.where))
        left = left.join(fits, on="community_id", how="anti")
        if fits.height:
            wide = tables.wide_table(standard, fits, figures, answers, on)
            asked.append((standard, wide))
            judged.append(_judged(standard, fits, wide))
    levels = max((one.levels for one in scheme.standards if one.object == "community"), key=len, default=[])
    table = pl.concat(judged) if judged else _judged_nothing()
    return Trial(scheme, within, tuple(level.title for level in levels), table, measured_on, tuple(asked))


def by_lower(trial: Trial, before: Trial | None = None, *, rank: int = 1) -> list[Row]:
    """The divisions one level below, in the order of their codes, and what changes against another trial there."""
    width = 10 ** (12 - DIGITS[min(trial.within.level + 1, len(DIGITS) - 1)])
    counted = _by_place(trial.table, width, rank)
    if before is not None:
        old = _by_place(before.table, width, rank).select("place", reached_before="reached")
        counted = counted.join(old, on="place", how="left").with_columns(pl.col("reached_before").fill_null(0))
    return [
        Row(row["place"], row["communities"], row["reached"], row["possible"], row.get("reached_before"))
        for row in counted.sort("place").iter_rows(named=True)
    ]


def changed(trial: Trial, before: Trial) -> pl.DataFrame:
    """The communities whose level differs between two trials: community_id, code, rank_before, rank, total_before, total."""
    old = before.table.select("community_id", rank_before="rank", total_before="total")
    return (
        trial.table.join(old, on="community_id", how="inner")
        .filter(pl.col("rank") != pl.col("rank_before"))
        .select("community_id", "code", "rank_before", "rank", "total_before", "total")
        .sort("code")
    )


def lifting(trial: Trial, *, rank: int = 1, most: int = 10) -> list[Lift]:
    """The lines that, done alone, bring most communities to a level, the most first. One scoring per line."""
    found = [
        Lift(line.no, line.title, count, standard.title if len(trial.wide) > 1 else "")
        for standard, wide in trial.wide
        if len(standard.levels) >= rank
        for line, count in _lifts(standard, wide, standard.levels[rank - 1].key)
        if count
    ]
    return sorted(found, key=lambda lift: (-lift.communities, lift.no))[:most]


def _lifts(standard: Standard, wide: pl.DataFrame, level: str) -> list[tuple[Criterion, int]]:
    compiled = compile_standard(standard)
    counts = advice.lifts(compiled, wide, level=level)
    return [(compiled.criteria[no], count) for no, count in counts.items()]


# --- inside ----------------------------------------------------------------------------------------------------------


def _judged(standard: Standard, communities: pl.DataFrame, wide: pl.DataFrame) -> pl.DataFrame:
    compiled = compile_standard(standard)
    certain = compiled.score_many(wide)
    best = compiled.score_many(advice.done(compiled, wide, compiled.criteria, only_unknown=True))
    ranks = {level.key: rank for rank, level in enumerate(standard.levels, 1)}
    asked = len(compiled.criteria)
    return communities.select("community_id", "code").with_columns(
        pl.lit(standard.key).alias("standard"),
        certain["total"].alias("total"),
        certain["level"].replace_strict(ranks, default=0, return_dtype=pl.Int64).alias("rank"),
        best["level"].replace_strict(ranks, default=0, return_dtype=pl.Int64).alias("possible"),
        (asked - certain["answered"]).alias("unknown"),
    )


def _judged_nothing() -> pl.DataFrame:
    names = {"standard": pl.String, "total": pl.Int64, "rank": pl.Int64, "possible": pl.Int64, "unknown": pl.Int64}
    return pl.DataFrame(schema={"community_id": pl.Int64, "code": pl.Int64, **names})


def _communities(scheme: Scheme, within: Division) -> pl.DataFrame:
    rows = divisions.subjects(scheme.subjects, within).order_by("code").values_list("id", "code", "urban_rural_class")
    return pl.DataFrame(list(rows), schema=_COMMUNITIES, orient="row")


def _indicators(scheme: Scheme) -> set[str]:
    return {
        check.indicator
        for standard in scheme.standards
        for part in standard.parts
        for line in part.criteria
        for check in line.checks
        if check.indicator and check.threshold
    }


def _is_for(where: Where) -> pl.Expr:
    """A standard's ``where`` as a filter. Tags are a community's own choice and no part of a trial."""
    asked: list[pl.Expr] = [pl.lit(not where.tags)]
    if where.classes:
        asked.append(pl.col("place_class").is_in(where.classes).fill_null(value=False))
    if where.within:
        spans = [rules.code_range(code) for code in where.within]
        asked.append(pl.any_horizontal((pl.col("code") >= low) & (pl.col("code") < high) for low, high in spans))
    return reduce(and_, asked)


def _by_place(table: pl.DataFrame, width: int, rank: int) -> pl.DataFrame:
    return table.group_by((pl.col("code") // width * width).alias("place")).agg(
        communities=pl.len(), reached=(pl.col("rank") >= rank).sum(), possible=(pl.col("possible") >= rank).sum()
    )
