"""The scoring engine: a standard compiled once, applied to one community or to all. No ORM, no clock, no I/O.

::

    compiled = compile_standard(scheme.standard)
    result = compiled.score({1: Answer(met=True), 2: Answer(checks=(True, None))}, Place(code=510104001001))
    table = compiled.score_many(frame)          # a polars frame of compiled.columns, one row per community

``rules`` holds what scores what, written once; ``reasons`` says it in words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any, Literal

import polars as pl

from greenhood.schemes import reasons, rules
from greenhood.schemes.arithmetic import POINT, VALUE, Columns, Plain, day_number, point_units, points_of, value_units
from greenhood.schemes.format import Criterion, How, Kind, Rounding, Scheme, Standard, Where

Status = Literal["met", "partly", "not_met", "unanswered", "not_applicable", "vetoed"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to one criterion; which fields count is ``inputs(standard, criterion)``.

    ``met`` true always means that what the line asks is kept, also on a veto line; it stands in for checks that are not
    answered one by one. ``claimed`` is the points given (or, on a deduction left to the assessor, taken). ``value`` is
    the measured figure in the unit of the line; on a line with one check with a threshold it decides that check.
    ``values`` are figures check by check. ``counts`` follows the line's deductions, or holds the one count of a line
    that gives points for each case. ``grade`` is the key of the grade.
    """

    applies: bool = True
    met: bool | None = None
    checks: tuple[bool | None, ...] = ()
    claimed: Decimal | None = None
    value: Decimal | None = None
    counts: tuple[int | None, ...] = ()
    grade: str | None = None
    values: tuple[Decimal | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """What a variant may depend on: the urban-rural class, the 12-digit code, tags, and the day that counts."""

    urban_rural_class: int | None = None
    code: int | None = None
    tags: frozenset[str] = frozenset()
    on: date | None = None


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


Answers = Mapping[int, Answer]
NO_ANSWER = Answer()
NOWHERE = Place()


class Compiled:
    """A standard ready to score. Immutable; make it with ``compile_standard``."""

    def __init__(self, standard: Standard) -> None:
        self.standard = standard
        self.criteria: dict[int, Criterion] = {line.no: line for part in standard.parts for line in part.criteria}

    # --- one ---------------------------------------------------------------------------------------------------------

    def score(self, answers: Answers, place: Place | None = None) -> Result:
        """Score one community. Answers to lines that the standard does not have are an error of the caller."""
        whole = rules.evaluate(self.standard, Plain(self.row(answers, place)))
        return self._result(whole, answers)

    def row(self, answers: Answers, place: Place | None = None) -> dict[str, Any]:
        """One community's answers as one row of the wide table (``columns``), in whole units."""
        if unknown := answers.keys() - self.criteria.keys():
            raise KeyError(f"标准里没有第 {'、'.join(map(str, sorted(unknown)))} 项")
        row = self._place_row(place or NOWHERE)
        for no, criterion in self.criteria.items():
            self._answer_row(criterion, answers.get(no, NO_ANSWER), row)
        return row

    def missing(self, answers: Answers) -> list[int]:
        """The numbers of the lines that are not completely answered."""
        whole = rules.evaluate(self.standard, Plain(self.row(answers)))
        return [no for no, line in whole.lines.items() if not line.known]

    def judge(self, total: Decimal, basis: Result) -> tuple[str, str] | None:
        """The level (key, title) of a composed total, with the floors, lines and vetoes of the sheet it rests on."""
        held = _as_sum(self.standard, basis, total)
        reached = [level for level in self.standard.levels if self._unmet(level.key, held) == []]
        return (reached[-1].key, reached[-1].title) if reached else None

    @cached_property
    def sheet(self) -> Compiled:
        """The same standard as a score sheet: a scorer gives the points of each line (``claimed``), or met / not met."""
        parts = [
            part.model_copy(update={"criteria": [_as_given(line) for line in part.criteria]})
            for part in self.standard.parts
        ]
        return Compiled(self.standard.model_copy(update={"parts": parts, "how": None}))

    # --- all ---------------------------------------------------------------------------------------------------------

    @cached_property
    def columns(self) -> dict[str, pl.DataType]:
        """The wide table that ``score_many`` reads: column name -> type. Points in 1/10000, values in 1/100000000."""
        schema: dict[str, pl.DataType] = {}
        for criterion in self.criteria.values():
            schema |= self._criterion_columns(criterion)
        return schema | self._place_columns

    @cached_property
    def results(self) -> tuple[str, ...]:
        """The columns that ``score_many`` adds."""
        lines = tuple(f"c{no}" for no in self.criteria)
        parts = tuple(
            name for part in self.standard.parts for name in (f"part_{part.key}", f"part_{part.key}_possible")
        )
        return ("total", "maximum", "level", "vetoed", "met", "answered", *parts, *lines)

    def frame(self, rows: Iterable[Answers | tuple[Answers, Place | None]]) -> pl.DataFrame:
        """Answers of several communities as the wide table, in their order."""
        pairs = [row if isinstance(row, tuple) else (row, None) for row in rows]
        return pl.DataFrame([self.row(*pair) for pair in pairs], schema=self.columns)

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

    def widen(self, answers: pl.DataFrame, key: str = "assessment") -> pl.DataFrame:
        """Stored answers (one row per ``key`` and ``criterion``) as the wide table, one row per key.

        Columns, where the standard asks for them: applies, met, checks (list of booleans), claimed, value (decimals), counts
        (list of integers), grade (key).
        """
        wide = answers.select(pl.col(key).unique(maintain_order=True))
        rows = answers.partition_by("criterion", as_dict=True)
        for no, criterion in self.criteria.items():
            given = rows.get((no,), answers.clear()).select(key, *self._long_columns(criterion, answers.columns))
            # Most of the time everybody answered the same lines in the same order: no join is needed.
            if given.height == wide.height and given[key].equals(wide[key]):
                wide = wide.hstack(given.drop(key))
            else:
                wide = wide.join(given, on=key, how="left", maintain_order="left")
        return wide

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

    def _criterion_columns(self, criterion: Criterion) -> dict[str, pl.DataType]:
        no, asked = criterion.no, rules.inputs(self.standard, criterion)
        names: dict[str, pl.DataType] = {}
        if "applies" in asked:
            names[f"c{no}_applies"] = pl.Boolean()
        if "met" in asked:
            names[f"c{no}_met"] = pl.Boolean()
        if "checks" in asked:
            for index, check in enumerate(criterion.checks):
                names[rules.check_column(no, index)] = pl.Boolean()
                if check.threshold:
                    names[rules.check_value_column(no, index)] = pl.Int64()
        names |= {f"c{no}_{name}": pl.Int64() for name in ("claimed", "value", "grade") if name in asked}
        return names | {name: pl.Int64() for name in self._count_columns(criterion)}

    def _count_columns(self, criterion: Criterion) -> list[str]:
        if "counts" not in rules.inputs(self.standard, criterion):
            return []
        if rules.method(self.standard, criterion) is How.COUNT:
            return [f"c{criterion.no}_count1"]
        counted = [index for index, rule in enumerate(criterion.deducts) if rule.per in ("fixed", "instance")]
        return [f"c{criterion.no}_count{index + 1}" for index in counted]

    @cached_property
    def _place_columns(self) -> dict[str, pl.DataType]:
        thresholds = [
            t for line in self.criteria.values() for t in (line.veto_when, *(c.threshold for c in line.checks)) if t
        ]
        cases = [case for threshold in thresholds for case in threshold.cases]
        wheres = [case.where for case in cases if case.where]
        names: dict[str, pl.DataType] = {}
        if any(where.classes for where in wheres):
            names["place_class"] = pl.Int64()
        if any(where.within for where in wheres):
            names["place_code"] = pl.Int64()
        if any(case.begins for case in cases):
            names["place_on"] = pl.Int64()
        return names | {rules.tag_column(tag): pl.Boolean() for where in wheres for tag in where.tags}

    def _place_row(self, place: Place) -> dict[str, Any]:
        known = {"place_class": place.urban_rural_class, "place_code": place.code, "place_on": day_number(place.on)}
        return {
            name: known[name] if name in known else name.removeprefix("place_tag_") in place.tags
            for name in self._place_columns
        }

    def _answer_row(self, criterion: Criterion, answer: Answer, row: dict[str, Any]) -> None:
        no, asked = criterion.no, rules.inputs(self.standard, criterion)
        if "applies" in asked:
            row[f"c{no}_applies"] = answer.applies
        if "met" in asked:
            row[f"c{no}_met"] = answer.met
        if "checks" in asked:
            self._check_row(criterion, answer, row)
        if "claimed" in asked:
            row[f"c{no}_claimed"] = None if answer.claimed is None else _claim_units(answer.claimed)
        if "value" in asked:
            row[f"c{no}_value"] = None if answer.value is None else value_units(answer.value)
        if "grade" in asked:
            row[f"c{no}_grade"] = _grade_index(criterion, answer.grade)
        for name in self._count_columns(criterion):
            index = int(name.rpartition("count")[2]) - 1
            row[name] = answer.counts[index] if index < len(answer.counts) else None

    def _check_row(self, criterion: Criterion, answer: Answer, row: dict[str, Any]) -> None:
        figures = _figures(criterion, answer)
        for index in range(len(criterion.checks)):
            flag = answer.checks[index] if index < len(answer.checks) else None
            figure = figures[index]
            row[rules.check_column(criterion.no, index)] = answer.met if flag is None and figure is None else flag
            if criterion.checks[index].threshold:
                row[rules.check_value_column(criterion.no, index)] = None if figure is None else value_units(figure)

    def _long_columns(self, criterion: Criterion, present: Sequence[str]) -> list[pl.Expr]:
        no = criterion.no
        columns = self._criterion_columns(criterion)
        only = _only_measured(criterion)
        picked: dict[str, pl.Expr] = {}
        for name in ("applies", "met"):
            picked[f"c{no}_{name}"] = pl.col(name)
        picked[f"c{no}_claimed"] = _units(pl.col("claimed"), POINT)
        picked[f"c{no}_value"] = _units(pl.col("value"), VALUE)
        picked[f"c{no}_grade"] = _grade_column(criterion)
        for index in range(len(criterion.checks)):
            flag = pl.col("checks").list.get(index, null_on_oob=True)
            measured = pl.col("value").is_not_null() if index == only and "value" in present else pl.lit(False)
            other = pl.when(~measured).then(pl.col("met")) if "met" in present else pl.lit(None, pl.Boolean)
            picked[rules.check_column(no, index)] = pl.coalesce(flag, other)
            figure = _units(pl.col("value"), VALUE) if index == only else pl.lit(None, pl.Int64)
            picked[rules.check_value_column(no, index)] = figure
        for name in self._count_columns(criterion):
            picked[name] = (
                pl.col("counts").list.get(int(name.rpartition("count")[2]) - 1, null_on_oob=True).cast(pl.Int64)
            )
        return [picked[name].alias(name) for name in columns if set(picked[name].meta.root_names()) <= set(present)]

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


def missing(standard: Standard, answers: Answers) -> list[int]:
    """The numbers of the criteria that are not completely answered."""
    return compile_standard(standard).missing(answers)


def inputs(standard: Standard, criterion: Criterion) -> frozenset[str]:
    """Which fields of an ``Answer`` a criterion asks for. A check with a threshold may be answered by the value instead."""
    asked = rules.inputs(standard, criterion)
    return asked | {"value"} if "checks" in asked and _only_measured(criterion) is not None else asked


def method(standard: Standard, criterion: Criterion) -> How:
    """How the answers to a criterion become points."""
    return rules.method(standard, criterion)


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


def _as_given(line: Criterion) -> Criterion:
    """A line whose points a scorer gives outright; what is met or not met, counted off or vetoed stays as it is."""
    if line.kind not in (Kind.POINTS, Kind.BONUS) or line.veto_when is not None:
        return line
    bare: dict[str, Any] = {"bands": [], "grades": [], "deducts": [], "needed": None, "points_each": None}
    return line.model_copy(update={"how": How.CLAIMED, **bare})


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


def _claim_units(claimed: Decimal) -> int:
    """Claimed points in units; decimals beyond the fourth are dropped."""
    if not Decimal(claimed).is_finite() or abs(claimed) > 100_000:
        raise ValueError(f"分值太大：{claimed}")
    return int(Decimal(claimed) * POINT)


def _grade_index(criterion: Criterion, key: str | None) -> int | None:
    if not key:
        return None
    keys = [grade.key for grade in criterion.grades]
    if key not in keys:
        raise ValueError(f"第 {criterion.no} 项没有等次“{key}”")
    return keys.index(key)


def _grade_column(criterion: Criterion) -> pl.Expr:
    index: pl.Expr = pl.lit(None, pl.Int64)
    for position, grade in enumerate(criterion.grades):
        index = pl.when(pl.col("grade") == grade.key).then(pl.lit(position, pl.Int64)).otherwise(index)
    return index


def _figures(criterion: Criterion, answer: Answer) -> list[Decimal | None]:
    """The measured figure of each check with a threshold, where one was given."""
    only = _only_measured(criterion)
    figures: list[Decimal | None] = []
    for index, check in enumerate(criterion.checks):
        figure = answer.values[index] if index < len(answer.values) else None
        if figure is None and index == only:
            figure = answer.value
        figures.append(figure if check.threshold else None)
    return figures


def _only_measured(criterion: Criterion) -> int | None:
    """The one check with a threshold of a line that has no figure of its own: the line's value is that check's."""
    measured = [index for index, check in enumerate(criterion.checks) if check.threshold]
    return measured[0] if len(measured) == 1 else None


def _units(column: pl.Expr, scale: int) -> pl.Expr:
    return (column.cast(pl.Decimal(30, 8)) * pl.lit(Decimal(scale), pl.Decimal(30, 0))).cast(pl.Int64)


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
    "inputs",
    "matches",
    "method",
    "missing",
    "standard_for",
]
