"""Scoring 130,000 communities by the 28 items of Sichuan, beside the same arithmetic written by hand in polars."""

from __future__ import annotations

import random
from pathlib import Path

import polars as pl
from bench.rows import Row, best_of

from greenhood.schemes.arithmetic import POINT, VALUE, point_units
from greenhood.schemes.engine import Answer, Compiled, compile_standard
from greenhood.schemes.format import Criterion, Standard
from greenhood.schemes.loading import load

COMMUNITIES = 130_000
SCHEME = Path(__file__).parent.parent / "schemes" / "sichuan-2020.yaml"


def run() -> list[Row]:
    standard = load(SCHEME).scheme.standard
    compiled = compile_standard(standard)
    frame = random_frame(compiled, COMMUNITIES)
    check_same(compiled.score_many(frame), by_hand(standard, frame))
    figure = best_of(5, lambda: compiled.score_many(frame))
    floor = best_of(5, lambda: by_hand(standard, frame))
    items = sum(len(part.criteria) for part in standard.parts)
    answers = one_answer(compiled)
    single = best_of(20, lambda: compiled.score(answers))
    return [
        Row(
            f"score {COMMUNITIES:,} communities × {items} items",
            figure * 1000,
            floor * 1000,
            "ms",
            "≤ 2,000 ms and ≤ 3 × floor",
        ),
        Row(f"score 1 community × {items} items, with reasons", single * 1000, None, "ms", "≤ 3 ms"),
    ]


def random_frame(compiled: Compiled, size: int, seed: int = 1) -> pl.DataFrame:
    """Answers as they might be: most things met, some unanswered, some not applicable."""
    rows = pl.DataFrame({"community": range(size)})
    return rows.with_columns(
        _random(name, kind, seed + index) for index, (name, kind) in enumerate(compiled.columns.items())
    )


def _random(name: str, kind: pl.DataType, seed: int) -> pl.Expr:
    spread = pl.col("community").hash(seed) % 1000
    if kind == pl.Boolean:
        return pl.when(spread < 970).then(spread < 750).alias(name)
    scale = VALUE if name.endswith("_value") else POINT
    return pl.when(spread < 500).then((spread % 120).cast(pl.Int64) * scale).alias(name)


def one_answer(compiled: Compiled) -> dict[int, Answer]:
    chance = random.Random(1)
    return {
        no: Answer(checks=tuple(chance.random() < 0.7 for _ in line.checks)) for no, line in compiled.criteria.items()
    }


def by_hand(standard: Standard, frame: pl.DataFrame) -> pl.DataFrame:
    """What somebody would write who knows this one table: no variants, no rules but those that it uses."""
    lines = [line for part in standard.parts for line in part.criteria]
    given = [expression for line in lines for expression in _line(line)]
    fixed = sum(point_units(line.points or 0) for line in lines if not line.may_not_apply)
    full = sum(point_units(line.points or 0) for line in lines)
    parts = [
        pl.sum_horizontal(f"c{line.no}" for line in part.criteria).alias(f"part_{part.key}") for part in standard.parts
    ]
    left = fixed + pl.sum_horizontal(f"possible_{line.no}" for line in lines if line.may_not_apply)
    answered = pl.sum_horizontal(f"known_{line.no}" for line in lines).cast(pl.Int64).alias("answered")
    earned = pl.sum_horizontal(f"part_{part.key}" for part in standard.parts) * full
    total = ((earned * 2 + pl.col("left") * 100) // (pl.col("left") * 200) * 100).alias("total")
    level = pl.lit(None, pl.String)
    for mark in standard.levels:
        level = pl.when(pl.col("total") >= point_units(mark.at_least or 0)).then(pl.lit(mark.key)).otherwise(level)
    scored = frame.lazy().with_columns(given).with_columns(*parts, left.alias("left"), answered).with_columns(total)
    names = [f"part_{part.key}" for part in standard.parts] + [f"c{line.no}" for line in lines]
    return scored.select("community", "total", level.alias("level"), "answered", *names).collect()


def _line(line: Criterion) -> list[pl.Expr]:
    full, asked = point_units(line.points or 0), len(line.checks)
    flags = [_check(line, index) for index in range(asked)]
    met = pl.sum_horizontal(flags).cast(pl.Int64)
    known = pl.all_horizontal(flag.is_not_null() for flag in flags)
    if line.how == "all":
        points = pl.when(met == asked).then(pl.lit(full, pl.Int64)).otherwise(pl.lit(0, pl.Int64))
    else:
        points = (met * (2 * full) + 100 * asked) // (200 * asked) * 100
    if not line.may_not_apply:
        return [points.alias(f"c{line.no}"), known.alias(f"known_{line.no}")]
    applies = pl.col(f"c{line.no}_applies").fill_null(True)
    return [
        pl.when(applies).then(points).alias(f"c{line.no}"),
        (known | ~applies).alias(f"known_{line.no}"),
        pl.when(applies).then(pl.lit(full, pl.Int64)).otherwise(pl.lit(0, pl.Int64)).alias(f"possible_{line.no}"),
    ]


def _check(line: Criterion, index: int) -> pl.Expr:
    flag = pl.col(f"c{line.no}_{index + 1}")
    threshold = line.checks[index].threshold
    if threshold is None:
        return flag
    value, mark = pl.col(f"c{line.no}_{index + 1}_value"), int(threshold.value * VALUE)
    holds = {"at_least": value >= mark, "above": value > mark, "at_most": value <= mark}
    return pl.coalesce(flag, holds[threshold.compare])


def check_same(figure: pl.DataFrame, floor: pl.DataFrame) -> None:
    """A floor that does other work is no floor."""
    if not figure.select(floor.columns).equals(floor):
        raise AssertionError("the hand-written arithmetic and the engine differ")
