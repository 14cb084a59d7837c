"""The scoring engine: a standard compiled once, applied to one community or to all. No ORM, no clock, no I/O.

::

    compiled = compile_standard(scheme.standard)
    result = compiled.score({1: Answer(met=True), 2: Answer(checks=(True, None))}, Place(code=510104001001))
    table = compiled.score_many(frame)          # a polars frame of compiled.columns, one row per community

``wide`` lays answers out for the rules; ``rules`` holds what scores what, written once; ``reasons`` says it in words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any, Literal

import polars as pl

from greenhood.schemes import reasons, rules
from greenhood.schemes.arithmetic import Columns, Plain, point_units, points_of
from greenhood.schemes.format import Criterion, Kind, Rounding, Scheme, Standard, Where
from greenhood.schemes.wide import NO_ANSWER, Answer, Answers, Place, Table

Status = Literal["met", "partly", "not_met", "unanswered", "not_applicable", "vetoed"]


@dataclass(frozen=True, slots=True)
class CriterionResult:
    """One line's points of ``possible`` (negative where it takes off the total), its state and the reason in words."""

    no: int
    points: Decimal
    possible: Decimal
    state: Status
    reason: str


@dataclass(frozen=True, slots=True)
class PartResult:
    """One part's points, without bonus and deductions, of what it can give with the lines that apply."""

    key: str
    title: str
    points: Decimal
    possible: Decimal


@dataclass(frozen=True, slots=True)
class Gap:
    """What is missing for a level not reached. ``points_short`` is 0 where the total is not what stands in the way."""

    level: str
    title: str
    points_short: Decimal
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """The whole: total of ``maximum``, the level reached, and what each level not reached still needs.

    ``vetoes`` are the numbers of the lines that veto. ``answered`` of ``asked`` lines are complete.
    """

    total: Decimal
    maximum: Decimal
    parts: tuple[PartResult, ...]
    criteria: tuple[CriterionResult, ...]
    level: str | None
    level_title: str | None
    vetoes: tuple[int, ...]
    gaps: tuple[Gap, ...]
    answered: int
    asked: int

    def criterion(self, no: int) -> CriterionResult:
        return next(line for line in self.criteria if line.no == no)

    @property
    def met(self) -> int:
        """How many lines that apply are fully met."""
        return sum(line.state == "met" for line in self.criteria)

    @property
    def missed(self) -> tuple[int, ...]:
        """The lines that are answered and not fully met."""
        return tuple(line.no for line in self.criteria if line.state in ("partly", "not_met", "vetoed"))


class Compiled(Table):
    """A standard ready to score. Immutable; make it with ``compile_standard``."""

    # --- one ---------------------------------------------------------------------------------------------------------

    def score(self, answers: Answers, place: Place | None = None) -> Result:
        """Score one community. Answers to lines that the standard does not have are an error of the caller."""
        whole = rules.evaluate(self.standard, Plain(self.row(answers, place)))
        return self._result(whole, answers)

    def judge(self, total: Decimal, basis: Result) -> tuple[str, str] | None:
        """The level (key, title) of a composed total, with the floors, lines and vetoes of the sheet it rests on."""
        held = _as_sum(self.standard, basis, total)
        reached = [level for level in self.standard.levels if self._unmet(level.key, held) == []]
        return (reached[-1].key, reached[-1].title) if reached else None

    # --- all ---------------------------------------------------------------------------------------------------------

    @cached_property
    def results(self) -> tuple[str, ...]:
        """The columns that ``score_many`` adds."""
        lines = tuple(f"c{no}" for no in self.criteria)
        parts = tuple(
            name for part in self.standard.parts for name in (f"part_{part.key}", f"part_{part.key}_possible")
        )
        return ("total", "maximum", "level", "vetoed", "met", "answered", *parts, *lines)

    def score_many(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Score all rows of a wide table; its other columns (a community's id) are kept.

        Adds ``results``: ``total``, ``maximum``, the parts and ``c{no}`` in 1/10000 point (``in_points`` makes decimals of
        them), the key of the level, whether vetoed, how many lines are met and answered. A line left out is null.
        """
        lazy = frame.lazy()
        if absent := [
            pl.lit(None, kind).alias(name) for name, kind in self.columns.items() if name not in frame.columns
        ]:
            lazy = lazy.with_columns(absent)
        for stage in self._stages:
            lazy = lazy.with_columns(stage)
        kept = [name for name in frame.columns if name not in self.columns]
        return lazy.select(*kept, *self.results).collect()

    # --- inside ------------------------------------------------------------------------------------------------------

    @cached_property
    def _stages(self) -> list[list[pl.Expr]]:
        columns = Columns()
        whole = rules.evaluate(self.standard, columns)
        for part in self.standard.parts:
            if isinstance(possible := whole.parts[part.key][1], int):
                columns.keep(f"part_{part.key}_possible", possible)
        columns.keep("level", self._level_column(whole))
        columns.keep("met", _counted([columns.every([line.holds, line.applies]) for line in whole.lines.values()]))
        columns.keep("answered", _counted([line.known for line in whole.lines.values()]))
        for no, criterion in self.criteria.items():
            columns.keep(f"c{no}", _shown_points(criterion, whole.lines[no]))
        return [stage for stage in columns.stages if stage]

    def _level_column(self, whole: rules.Sum) -> pl.Expr:
        key: pl.Expr = pl.lit(None, pl.String)
        for level, reached in zip(self.standard.levels, whole.reached, strict=True):
            key = pl.when(reached).then(pl.lit(level.key)).otherwise(key)
        return key

    def _result(self, whole: rules.Sum, answers: Answers) -> Result:
        lines = tuple(self._line_result(no, line, answers.get(no, NO_ANSWER)) for no, line in whole.lines.items())
        reached = [level for level, holds in zip(self.standard.levels, whole.reached, strict=True) if holds]
        return Result(
            total=points_of(whole.total),
            maximum=points_of(whole.maximum),
            parts=tuple(self._part_result(part.key, part.title, whole) for part in self.standard.parts),
            criteria=lines,
            level=reached[-1].key if reached else None,
            level_title=reached[-1].title if reached else None,
            vetoes=tuple(no for no, line in whole.lines.items() if line.vetoed),
            gaps=self._gaps(whole),
            answered=sum(line.known for line in whole.lines.values()),
            asked=len(whole.lines),
        )

    def _part_result(self, key: str, title: str, whole: rules.Sum) -> PartResult:
        points, possible = whole.parts[key]
        return PartResult(key, title, points_of(points), points_of(possible))

    def _line_result(self, no: int, line: rules.Line, answer: Answer) -> CriterionResult:
        criterion = self.criteria[no]
        state = _state(criterion, line)
        points, possible = points_of(line.points - line.taken), points_of(line.possible)
        reason = reasons.of_line(self.standard, criterion, line, state, answer)
        return CriterionResult(no, points, possible, state, reason)

    def _gaps(self, whole: rules.Sum) -> tuple[Gap, ...]:
        gaps = []
        highest = max((index for index, holds in enumerate(whole.reached) if holds), default=-1)
        for index, level in enumerate(self.standard.levels):
            if index > highest and (unmet := self._unmet(level.key, whole)):
                gaps.append(reasons.of_gap(self.standard, level, whole, unmet, Gap))
        return tuple(gaps)

    def _unmet(self, level_key: str, whole: rules.Sum) -> list[tuple[str, Any]]:
        level = next(level for level in self.standard.levels if level.key == level_key)
        return [asked for asked, holds in rules.conditions(self.standard, level, whole, Plain({})) if not holds]


def compile_standard(standard: Standard) -> Compiled:
    """The compiled standard, from a cache: the same object, or one of the same content, is compiled once."""
    return _compiled(_Same(standard))


def standard_for(scheme: Scheme, place: Place, kind: str = "community") -> Standard | None:
    """The standard of a scheme for an object at a place: the first whose object and place fit."""
    return next((s for s in scheme.standards if s.object == kind and matches(s.where, place)), None)


def matches(where: Where, place: Place) -> bool:
    """Whether a place is one of those that a variant is for: all that is given must hold, one of each list (all tags)."""
    if where.classes and place.urban_rural_class not in where.classes:
        return False
    if where.within and not any(_within(place.code, code) for code in where.within):
        return False
    return set(where.tags) <= place.tags


def combine_sheets(sheets: Sequence[tuple[Result | Decimal, Decimal]], rounding: Rounding | None = None) -> Decimal:
    """The weighted mean of several sheets' totals (self, third party, residents; or the sheets of a composite).

    Weights need not sum to 1: 60 and 40 are 0.6 and 0.4.
    """
    weights = sum(Fraction(weight) for _, weight in sheets)
    if not sheets or weights <= 0:
        raise ValueError("没有可以合成的评分，或权重不是正数")
    totals = [
        (Fraction(sheet.total if isinstance(sheet, Result) else sheet), Fraction(weight)) for sheet, weight in sheets
    ]
    return rounded(sum((total * weight for total, weight in totals), Fraction(0)) / weights, rounding or Rounding())


def aggregate(
    values: Sequence[Decimal],
    method: str = "mean",
    factor: Decimal = Decimal(1),
    rounding: Rounding | None = None,
) -> Decimal:
    """What several assessors' figures come to, times a factor: mean, median, or the mean without the highest and the lowest.

    With fewer than three values nothing is trimmed.
    """
    if not values:
        raise ValueError("还没有评分")
    exact = sorted(Fraction(value) for value in values)
    if method == "trimmed-mean" and len(exact) > 2:
        exact = exact[1:-1]
    if method == "median":
        middle = len(exact) // 2
        exact = exact[middle : middle + 1] if len(exact) % 2 else exact[middle - 1 : middle + 1]
    return rounded(sum(exact, Fraction(0)) / len(exact) * Fraction(factor), rounding or Rounding())


def rounded(number: Fraction, rounding: Rounding) -> Decimal:
    """An exact number rounded as a scheme says."""
    scale = 10**rounding.places
    sign = -1 if number < 0 else 1
    units = Plain({}).divide(abs(number.numerator) * scale, number.denominator, rounding.mode)
    return points_of_scale(sign * units, scale)


def points_of_scale(units: int, scale: int) -> Decimal:
    number = Decimal(units) / scale
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize()


def in_points(table: pl.DataFrame) -> pl.DataFrame:
    """Fixed-point columns of ``score_many`` as decimals with four places, for storing and showing."""
    points = [
        name for name in table.columns if name in ("total", "maximum") or name.startswith("part_") or _is_line(name)
    ]
    unit = pl.lit(Decimal("0.0001"), pl.Decimal(9, 4))
    return table.with_columns((pl.col(name).cast(pl.Decimal(18, 0)) * unit).cast(pl.Decimal(18, 4)) for name in points)


def _is_line(name: str) -> bool:
    return name.startswith("c") and name[1:].isdigit()


class _Same:
    """A standard as a cache key by identity; holding it keeps the identity from being used again."""

    __slots__ = ("standard",)

    def __init__(self, standard: Standard) -> None:
        self.standard = standard

    def __hash__(self) -> int:
        return id(self.standard)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.standard is self.standard


@lru_cache(maxsize=256)
def _compiled(same: _Same) -> Compiled:
    return _compiled_content(same.standard.model_dump_json())


@lru_cache(maxsize=64)
def _compiled_content(document: str) -> Compiled:
    return Compiled(Standard.model_validate_json(document))


def _as_sum(standard: Standard, basis: Result, total: Decimal) -> rules.Sum:
    lines = {line.no: rules.Line(holds=line.state in ("met", "not_applicable")) for line in basis.criteria}
    parts = {part.key: (point_units(part.points), point_units(part.possible)) for part in basis.parts}
    return rules.Sum(lines, parts, point_units(total), point_units(basis.maximum), bool(basis.vetoes))


def _counted(flags: list[Any]) -> Any:
    known = sum(1 for flag in flags if flag is True)
    columns = [flag for flag in flags if not isinstance(flag, bool)]
    return pl.sum_horizontal(columns).cast(pl.Int64) + known if columns else known


def _shown_points(criterion: Criterion, line: rules.Line) -> Any:
    points = -line.taken if criterion.kind is Kind.DEDUCTION and not isinstance(line.taken, int) else line.points
    if criterion.may_not_apply and criterion.not_applicable == "leave_out":
        points = pl.when(line.applies).then(pl.lit(points, pl.Int64) if isinstance(points, int) else points)
    return points


def _state(criterion: Criterion, line: rules.Line) -> Status:
    if not line.applies:
        return "not_applicable"
    if line.vetoed:
        return "vetoed"
    if not line.known:
        return "unanswered"
    if line.holds:
        return "met"
    return "partly" if line.points > 0 and criterion.kind is not Kind.DEDUCTION else "not_met"


def _within(code: int | None, division: int) -> bool:
    lower, upper = rules.code_range(division)
    return code is not None and lower <= code < upper


__all__ = [
    "Answer",
    "Compiled",
    "CriterionResult",
    "Gap",
    "PartResult",
    "Place",
    "Result",
    "aggregate",
    "combine_sheets",
    "compile_standard",
    "in_points",
    "matches",
    "standard_for",
]
