"""What to do next: the cheapest set of lines that reaches a level, and for many communities the line that lifts most.

Effort is the scheme's own (``rules.effort_weight``): a stated weight for each class, not money. A line counts as done when
everything that it asks holds; the engine itself confirms what is advised. No ORM, no clock.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import lcm
from typing import Any

import polars as pl

from greenhood.schemes import rules
from greenhood.schemes.arithmetic import Plain, point_units, points_of
from greenhood.schemes.engine import Compiled, Result
from greenhood.schemes.format import Criterion, How, Kind, Level, Scheme, Standard
from greenhood.schemes.wide import Answer, Answers, Place


@dataclass(frozen=True, slots=True)
class Fix:
    """One line to bring up to what it asks: what that adds in points, and how much work it is."""

    no: int
    title: str
    gain: Decimal
    effort: Decimal


@dataclass(frozen=True, slots=True)
class Advice:
    """The cheapest way to a level. ``result`` is what the engine says once all ``fixes`` are done.

    ``is_possible`` is False where not even everything together reaches the level; ``fixes`` is then empty.
    """

    level: Level
    fixes: tuple[Fix, ...]
    effort: Decimal
    result: Result | None
    is_possible: bool = True


def advise(
    scheme: Scheme, compiled: Compiled, answers: Answers, place: Place | None = None, *, level: str
) -> Advice | None:
    """The set of lines with the least effort that reaches ``level``, among equals the one that gives most points.

    None where the level is reached already. Exact where every line adds to the total by itself; where a cap on bonus points
    makes lines depend on each other the advice still reaches the level, but a cheaper set may exist.
    """
    standard = compiled.standard
    wanted = next(one for one in standard.levels if one.key == level)
    whole = rules.evaluate(standard, Plain(compiled.row(answers, place)))
    if not (unmet := _unmet(standard, wanted, whole)):
        return None
    options = _options(scheme, compiled, answers, place, whole)
    by_no = {option.no: option for option in options}
    forced = _forced(standard, unmet, whole) & by_no.keys()
    paths = _frontier(standard, wanted, whole, options, forced)

    def confirmed(path: _Path) -> Result | None:
        result = compiled.score(_with(compiled, answers, path.lines), place)
        return result if not _unmet(standard, wanted, _evaluated(compiled, answers, path.lines, place)) else None

    # More points never make a level harder to reach, so the first path that does is found by halving.
    found = bisect_left(range(len(paths)), True, key=lambda index: confirmed(paths[index]) is not None)
    if found == len(paths):
        return Advice(wanted, (), Decimal(0), None, is_possible=False)
    path = paths[found]
    fixes = sorted((by_no[no] for no in path.lines), key=lambda fix: (fix.effort, -fix.gain, fix.no))
    return Advice(wanted, tuple(fixes), sum((fix.effort for fix in fixes), Decimal(0)), confirmed(path))


def lifts(compiled: Compiled, frame: pl.DataFrame, *, level: str) -> dict[int, int]:
    """For each line of a standard, how many rows of a wide table would newly reach ``level`` if that line alone were done.

    ``frame`` is a wide table of ``compiled.columns``, one row per community. One scoring of the table per line.
    """
    below = frame.filter(~reaches(compiled, frame, level))
    return {
        no: int(reaches(compiled, done(compiled, below, [no]), level).sum()) if below.height else 0
        for no in compiled.criteria
    }


def reaches(compiled: Compiled, frame: pl.DataFrame, level: str) -> pl.Series:
    """Which rows of a wide table reach a level (or a higher one)."""
    keys = [one.key for one in compiled.standard.levels]
    above = keys[keys.index(level) :]
    return compiled.score_many(frame)["level"].is_in(above).fill_null(value=False)


def done(compiled: Compiled, frame: pl.DataFrame, lines: Iterable[int], *, only_unknown: bool = False) -> pl.DataFrame:
    """The wide table with these lines fully met; with ``only_unknown`` just what isn't answered yet is taken as met."""
    lines = list(lines)
    values: dict[str, Any] = {}
    for no in lines:
        row = compiled.row({no: fulfilled(compiled.standard, compiled.criteria[no])})
        values |= {name: row[name] for name in _own_columns(compiled, no) if row[name] is not None}
    columns = []
    for name, value in values.items():
        literal = pl.lit(value, compiled.columns[name])
        given = pl.col(name) if name in frame.columns else pl.lit(None, compiled.columns[name])
        measured = pl.col(f"{name}_value") if f"{name}_value" in frame.columns else pl.lit(None, pl.Int64)
        is_unknown = given.is_null() & measured.is_null()
        columns.append((pl.when(is_unknown).then(literal).otherwise(given) if only_unknown else literal).alias(name))
    if not only_unknown:
        # A figure below its threshold would stand in the way of what is said to be done.
        values_of = [name for no in lines for name in _own_columns(compiled, no) if _is_check_value(name)]
        columns += [pl.lit(None, pl.Int64).alias(name) for name in values_of if name in frame.columns]
    return frame.with_columns(columns)


def fulfilled(standard: Standard, criterion: Criterion) -> Answer:
    """The answer that gives a line everything it can."""
    how = rules.method(standard, criterion)
    best = max(criterion.bands, key=lambda band: band.points, default=None)
    value = _in_band(best) if best else None
    if criterion.veto_when is not None and value is None:
        value = _beyond(criterion)
    step = next((rule for rule in criterion.deducts if rule.per == "step"), None)
    if step is not None:
        value = step.target
    grade = max(criterion.grades, key=lambda one: one.points, default=None)
    counted = _most_counted(criterion) if how is How.COUNT else 0
    takes = criterion.kind is Kind.DEDUCTION or how is How.DEDUCT
    return Answer(
        met=True,
        checks=(True,) * len(criterion.checks),
        claimed=Decimal(0) if takes else criterion.points,
        value=value,
        counts=(counted,) * max(len(criterion.deducts), 1),
        grade=grade.key if grade else None,
    )


# --- inside ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Path:
    """A set of lines with its effort in whole units and what it adds in point units."""

    effort: int
    gain: int
    lines: frozenset[int]


def _options(scheme: Scheme, compiled: Compiled, answers: Answers, place: Place | None, whole: rules.Sum) -> list[Fix]:
    """Every line that applies and isn't fully met, with what doing it adds."""
    every = rules.evaluate(compiled.standard, Plain(compiled.row(_with(compiled, answers, compiled.criteria), place)))
    found = []
    for no, criterion in compiled.criteria.items():
        now, then = whole.lines[no], every.lines[no]
        if not now.applies or (now.holds and not now.vetoed):
            continue
        gain = points_of((then.points - then.taken) - (now.points - now.taken))
        found.append(Fix(no, criterion.title, gain, rules.effort_weight(scheme, criterion)))
    return found


def _frontier(
    standard: Standard, level: Level, whole: rules.Sum, options: Sequence[Fix], forced: frozenset[int] | set[int]
) -> list[_Path]:
    """The ways that no other beats in both effort and points, the cheapest first; each keeps every floor per part."""
    scale = lcm(*(option.effort.as_integer_ratio()[1] for option in options)) if options else 1
    paths = [_Path(0, 0, frozenset())]
    homes = {line.no: part.key for part in standard.parts for line in part.criteria}
    weights = {part.key: int(part.weight * rules.weight_scale(standard)) for part in standard.parts}
    for key in weights:
        own = [_Path(0, 0, frozenset())]
        for option in (one for one in options if homes[one.no] == key):
            step = _Path(int(option.effort * scale), point_units(option.gain), frozenset({option.no}))
            own = _joined(own, [step] if option.no in forced else [_Path(0, 0, frozenset()), step])
        short = _short_of_floor(standard, level, whole, key)
        own = [path for path in own if path.gain >= short]
        paths = _joined(paths, [_Path(path.effort, path.gain * weights[key], path.lines) for path in own])
    return paths


def _joined(left: Sequence[_Path], right: Sequence[_Path]) -> list[_Path]:
    every = sorted(
        (_Path(a.effort + b.effort, a.gain + b.gain, a.lines | b.lines) for a in left for b in right),
        key=lambda path: (path.effort, -path.gain, len(path.lines)),
    )
    kept: list[_Path] = []
    for path in every:
        if not kept or path.gain > kept[-1].gain:
            kept.append(path)
    return kept


def _short_of_floor(standard: Standard, level: Level, whole: rules.Sum, key: str) -> int:
    """How many units the part's points are below the level's floors for it."""
    points, possible = whole.parts[key]
    marks = [level.each_part_at_least] if level.each_part_at_least is not None else []
    marks += [floor.share for floor in level.floors if floor.part == key and floor.share is not None]
    needed = [-(-possible * int(share * rules.SHARE) // rules.SHARE) for share in marks]
    full = rules.part_full(standard, key) or 1
    needed += [
        -(-possible * point_units(floor.at_least) // full)
        if standard.scale_when_left_out
        else point_units(floor.at_least)
        for floor in level.floors
        if floor.part == key and floor.at_least is not None
    ]
    return max([0, *(one - points for one in needed)])


def _forced(standard: Standard, unmet: Sequence[tuple[str, Any]], whole: rules.Sum) -> set[int]:
    """The lines that the level can't do without: those it names, and those that veto."""
    named = {subject for kind, subject in unmet if kind == "line"}
    if any(kind == "veto" for kind, _ in unmet):
        named |= {no for no, line in whole.lines.items() if line.vetoed}
    return named


def _unmet(standard: Standard, level: Level, whole: rules.Sum) -> list[tuple[str, Any]]:
    return [asked for asked, holds in rules.conditions(standard, level, whole, Plain({})) if not holds]


def _evaluated(compiled: Compiled, answers: Answers, lines: Iterable[int], place: Place | None) -> rules.Sum:
    return rules.evaluate(compiled.standard, Plain(compiled.row(_with(compiled, answers, lines), place)))


def _with(compiled: Compiled, answers: Answers, lines: Iterable[int]) -> dict[int, Answer]:
    """The answers with these lines done. A line that doesn't apply stays so."""
    changed = dict(answers)
    for no in lines:
        if no not in answers or answers[no].applies:
            changed[no] = fulfilled(compiled.standard, compiled.criteria[no])
    return changed


def _own_columns(compiled: Compiled, no: int) -> list[str]:
    return [name for name in compiled.columns if name.startswith(f"c{no}_") and not name.endswith("_applies")]


def _is_check_value(name: str) -> bool:
    """``c16_3_value``, and not the value of a line, ``c16_value``."""
    return name.endswith("_value") and name.count("_") > 1


def _in_band(band: Any) -> Decimal:
    if band.lower is not None:
        return Decimal(band.lower)
    return Decimal(band.upper) - 1 if band.upper is not None else Decimal(0)


def _beyond(criterion: Criterion) -> Decimal:
    """A figure that doesn't veto."""
    when = criterion.veto_when
    assert when is not None
    return when.value - 1 if when.compare in {"at_least", "above"} else when.value + 1


def _most_counted(criterion: Criterion) -> int:
    if criterion.points is None or not criterion.points_each:
        return 1
    return int(-(-criterion.points // criterion.points_each))
