"""Answers as a table that the scoring rules read: one row per community, whole units, a column for all that is asked.

``Table.row`` makes the row of one community, ``Table.frame`` those of several, ``Table.widen`` turns stored answers into rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

import polars as pl

from greenhood.schemes import rules
from greenhood.schemes.arithmetic import POINT, VALUE, day_number, value_units
from greenhood.schemes.format import Criterion, How, Standard


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to one criterion; which fields count is ``rules.inputs(standard, criterion)``.

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


Answers = Mapping[int, Answer]
NO_ANSWER = Answer()
NOWHERE = Place()


class Table:
    """The wide table of one standard."""

    def __init__(self, standard: Standard) -> None:
        self.standard = standard
        self.criteria: dict[int, Criterion] = {line.no: line for part in standard.parts for line in part.criteria}

    @cached_property
    def columns(self) -> dict[str, pl.DataType]:
        """The wide table that ``score_many`` reads: column name -> type. Points in 1/10000, values in 1/100000000."""
        schema: dict[str, pl.DataType] = {}
        for criterion in self.criteria.values():
            schema |= self._criterion_columns(criterion)
        return schema | self._place_columns

    def row(self, answers: Answers, place: Place | None = None) -> dict[str, Any]:
        """One community's answers as one row of the wide table (``columns``), in whole units."""
        if unknown := answers.keys() - self.criteria.keys():
            raise KeyError(f"标准里没有第 {'、'.join(map(str, sorted(unknown)))} 项")
        row = self._place_row(place or NOWHERE)
        for no, criterion in self.criteria.items():
            self._answer_row(criterion, answers.get(no, NO_ANSWER), row)
        return row

    def frame(self, rows: Iterable[Answers | tuple[Answers, Place | None]]) -> pl.DataFrame:
        """Answers of several communities as the wide table, in their order."""
        pairs = [row if isinstance(row, tuple) else (row, None) for row in rows]
        return pl.DataFrame([self.row(*pair) for pair in pairs], schema=self.columns)

    def widen(self, answers: pl.DataFrame, key: str = "assessment") -> pl.DataFrame:
        """Stored answers (one row per ``key`` and ``criterion``) as the wide table, one row per key.

        Columns, where the standard asks for them: applies, met, checks (list of booleans), claimed, value (decimals), values
        (list of decimals or their text, by check), counts (list of integers), grade (key).
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
            figure = _figure_column(index, present, is_only=index == only)
            other = pl.when(figure.is_null()).then(pl.col("met")) if "met" in present else pl.lit(None, pl.Boolean)
            picked[rules.check_column(no, index)] = pl.coalesce(flag, other)
            picked[rules.check_value_column(no, index)] = figure
        for name in self._count_columns(criterion):
            picked[name] = (
                pl.col("counts").list.get(int(name.rpartition("count")[2]) - 1, null_on_oob=True).cast(pl.Int64)
            )
        return [picked[name].alias(name) for name in columns if set(picked[name].meta.root_names()) <= set(present)]


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


def _figure_column(index: int, present: Sequence[str], *, is_only: bool) -> pl.Expr:
    """The measured figure of one check, in units: its own, else the line's where that is the only one measured."""
    figures = [_units(pl.col("values").list.get(index, null_on_oob=True), VALUE)] if "values" in present else []
    figures += [_units(pl.col("value"), VALUE)] if is_only and "value" in present else []
    return pl.coalesce(figures) if figures else pl.lit(None, pl.Int64)


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
