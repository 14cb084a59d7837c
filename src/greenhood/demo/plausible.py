"""A plausible programme, drawn at random: how good communities are, what they answer, how far they have come.

Plain columns in and out, no database. One seed gives the same programme again. The shares below are invented so that all
states occur in believable numbers; nothing is calibrated on real results, and every row is marked as simulated.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import polars as pl

from greenhood.declarations import procedure
from greenhood.schemes.arithmetic import POINT
from greenhood.schemes.engine import Compiled
from greenhood.schemes.format import Scheme, StepKind

PARTICIPATING = 0.78
ASSESSING = 0.18
# Of those whose answers reach a level, and of those whose answers don't: how the programme goes on.
REACHING = {"awarded": 0.70, "waiting": 0.22, "returned": 0.04, "assessing": 0.04}
FAILING = {"rejected": 0.20, "waiting": 0.30, "returned": 0.10, "assessing": 0.40}
RECTIFYING, DELISTED = 0.03, 0.015
# A checklist asks for every line, so its communities must be surer of each than those that collect points.
SURENESS = {"checklist": 4.2, "points": 2.2}
DAYS_A_STEP = 14


@dataclass(frozen=True)
class Draws:
    """One seeded source of chance for one group of communities."""

    random: np.random.Generator

    def chance(self, share: float, count: int) -> np.ndarray:
        return self.random.random(count) < share

    def choice(self, shares: dict[str, float], count: int) -> np.ndarray:
        weights = np.array(list(shares.values()))
        return np.array(list(shares))[self.random.choice(len(shares), count, p=weights / weights.sum())]


def participants(draws: Draws, communities: pl.DataFrame) -> pl.DataFrame:
    """Those that take part, with a ``quality``: some cities and counties are better than others, and every one differs.

    ``communities``: columns ``id`` and ``code``.
    """
    quality = 1.2 * draws.random.standard_normal(communities.height)
    for width, weight in ((10**8, 0.5), (10**6, 0.4)):
        place, index = np.unique(communities["code"].to_numpy() // width, return_inverse=True)
        quality += weight * draws.random.standard_normal(len(place))[index]
    taking_part = draws.random.random(communities.height) < PARTICIPATING + 0.05 * np.clip(quality, -2, 2)
    return communities.with_columns(quality=quality).filter(pl.Series(taking_part))


def answers(draws: Draws, compiled: Compiled, communities: pl.DataFrame) -> pl.DataFrame:
    """The wide table of the scoring engine for these communities. Lines that are still open are null."""
    count = communities.height
    surely = communities["quality"].to_numpy() + SURENESS[compiled.standard.scoring]
    unfinished = draws.chance(ASSESSING, count)
    columns: dict[str, pl.Series] = {}
    for name, kind in compiled.columns.items():
        if name.startswith("place_"):
            continue
        if name.endswith("_applies"):
            columns[name] = pl.Series(~draws.chance(0.05, count))
        elif kind == pl.Boolean():
            likely = 1 / (1 + np.exp(-(surely - 0.7 * draws.random.standard_normal())))
            met = pl.Series(draws.random.random(count) < likely)
            columns[name] = pl.select(pl.when(~pl.Series(unfinished & draws.chance(0.4, count))).then(met)).to_series()
        elif name.endswith("_claimed"):
            columns[name] = _claims(draws, compiled, int(name[1:].split("_")[0]), surely)
    return communities.select("id").with_columns(columns[name].alias(name) for name in columns)


def _claims(draws: Draws, compiled: Compiled, no: int, surely: np.ndarray) -> pl.Series:
    most = float(compiled.criteria[no].points or 0)
    share = 1 / (1 + np.exp(-(surely + draws.random.standard_normal(len(surely))) / 2))
    # Half points, as assessors give them.
    return pl.Series((np.round(2 * most * share) / 2 * POINT).astype(np.int64))


def courses(draws: Draws, scheme: Scheme, scored: pl.DataFrame, today: dt.date) -> pl.DataFrame:
    """What has become of each: ``course``, ``year``, ``step`` (index), ``declared_on`` and ``arrived_on``.

    ``scored``: the engine's result with ``asked``, the number of lines. Communities that have not answered everything are
    still assessing.
    """
    count = scored.height
    reaching, failing = draws.choice(REACHING, count), draws.choice(FAILING, count)
    course = np.where(scored["level"].is_not_null().to_numpy(), reaching, failing)
    course = np.where(scored["answered"].to_numpy() < scored["asked"].to_numpy(), "assessing", course)
    steps = scheme.procedure.steps
    reviewing = [index for index, step in enumerate(steps) if step.kind is StepKind.REVIEW] or [1]
    last = np.where(reaching == "waiting", len(steps) - 1, reviewing[-1])
    step = 1 + np.floor(draws.random.random(count) * last).astype(int)
    step = np.where(np.isin(course, ["returned", "rejected"]), draws.random.choice(reviewing, count), step)
    step = np.where(course == "awarded", len(steps), np.where(course == "assessing", 0, step))
    # Awards lie up to three years back; what is under way began so long ago that its steps fit in between.
    ago = np.where(
        course == "awarded",
        DAYS_A_STEP * len(steps) + draws.random.integers(5, 3 * 365, count),
        DAYS_A_STEP * step + draws.random.integers(1, 30, count),
    )
    declared = np.datetime64(today) - ago.astype("timedelta64[D]")
    arrived = declared + (DAYS_A_STEP * step).astype("timedelta64[D]")
    return scored.with_columns(
        course=pl.Series(course.astype(str)),
        step=pl.Series(step),
        declared_on=pl.Series(declared).cast(pl.Date),
        arrived_on=pl.Series(arrived).cast(pl.Date),
        chance=pl.Series(draws.random.random(count)),
    ).with_columns(year=pl.col("declared_on").dt.year())


def due_dates(scheme: Scheme, waiting: pl.DataFrame) -> pl.DataFrame:
    """``waiting`` (step index, arrived_on, year) with ``due_on`` as the procedure says, worked out once for each day."""
    days = waiting.select("step", "arrived_on", "year").unique()
    steps = scheme.procedure.steps
    due = [
        procedure.due_on(steps[step], arrived, year) if step < len(steps) else None
        for step, arrived, year in days.iter_rows()
    ]
    days = days.with_columns(due_on=pl.Series(due, dtype=pl.Date))
    return waiting.join(days, on=["step", "arrived_on", "year"], how="left", maintain_order="left")
