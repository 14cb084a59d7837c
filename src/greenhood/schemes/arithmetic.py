"""One arithmetic, two readings: whole numbers for one community, columns for all of them.

The scoring rules (``rules``) are written once against these operations. ``Plain`` carries them out on Python integers,
``Columns`` builds polars expressions of them. Points are whole numbers of 1/10000 point, values of 1/100000000, so both
readings are exact and give the same result. A *flag* is true or false; what was read may also be unknown (null).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from functools import reduce
from operator import and_, or_
from typing import Any, Literal, Protocol

import polars as pl

POINT = 10_000
"""Units of one point."""

VALUE = 100_000_000
"""Units of one in a measured value: eight decimals, enough for the share of one in a hundred thousand."""

LARGEST_VALUE = 10**10

Mode = Literal["half-up", "half-even", "down", "up"]


def point_units(points: Decimal | int) -> int:
    """Points as whole units, exactly (the format allows no more than four decimals); ValueError otherwise."""
    units = Decimal(points) * POINT
    if units != units.to_integral_value():
        raise ValueError(f"分值最多四位小数：{points}")
    return int(units)


def value_units(value: Decimal | int) -> int:
    """A measured value as whole units. Decimals beyond the eighth are dropped, never rounded up over a threshold."""
    if not Decimal(value).is_finite() or abs(Decimal(value)) > LARGEST_VALUE:
        raise ValueError(f"数值太大：{value}")
    return int((Decimal(value) * VALUE).to_integral_value(ROUND_FLOOR))


def points_of(units: int) -> Decimal:
    """Units as points, without needless zeros."""
    return plain_decimal(Decimal(units) / POINT)


def plain_decimal(number: Decimal) -> Decimal:
    """``3.30`` as 3.3 and ``100`` as 100 (never 1E+2)."""
    if number == number.to_integral_value():
        return number.quantize(Decimal(1))
    return number.normalize()


class Operations(Protocol):
    """What the rules need. ``Any`` stands for an int or bool, or an expression of that type."""

    def flag(self, name: str) -> Any: ...
    def number(self, name: str) -> Any: ...
    def known(self, value: Any) -> Any: ...
    def first(self, value: Any, otherwise: Any) -> Any: ...
    def or_else(self, value: Any, otherwise: Any) -> Any: ...
    def count(self, flags: Sequence[Any]) -> Any: ...
    def every(self, flags: Sequence[Any]) -> Any: ...
    def some(self, flags: Sequence[Any]) -> Any: ...
    def no(self, flag: Any) -> Any: ...
    def pick(self, flag: Any, yes: Any, otherwise: Any) -> Any: ...
    def least(self, one: Any, other: Any) -> Any: ...
    def most(self, one: Any, other: Any) -> Any: ...
    def total(self, amounts: Sequence[Any]) -> Any: ...
    def compare(self, how: str, value: Any, mark: Any) -> Any: ...
    def divide(self, amount: Any, by: Any, mode: Mode) -> Any: ...
    def among(self, value: Any, choices: Sequence[int]) -> Any: ...
    def between(self, value: Any, lower: int, upper: int) -> Any: ...
    def keep(self, name: str, value: Any) -> Any: ...
    def settle(self) -> None: ...


class Plain:
    """The operations on the values of one community."""

    def __init__(self, row: dict[str, Any]) -> None:
        self.row = row

    def flag(self, name: str) -> bool | None:
        return self.row.get(name)

    def number(self, name: str) -> int | None:
        return self.row.get(name)

    def known(self, value: Any) -> bool:
        return value is not None

    def first(self, value: Any, otherwise: Any) -> Any:
        return otherwise if value is None else value

    or_else = first

    def count(self, flags: Sequence[bool | None]) -> int:
        return sum(1 for flag in flags if flag)

    def every(self, flags: Sequence[bool]) -> bool:
        return all(flags)

    def some(self, flags: Sequence[bool]) -> bool:
        return any(flags)

    def no(self, flag: bool) -> bool:
        return not flag

    def pick(self, flag: bool, yes: Any, otherwise: Any) -> Any:
        return yes if flag else otherwise

    def least(self, one: int, other: int) -> int:
        return one if one < other else other

    def most(self, one: int, other: int) -> int:
        return one if one > other else other

    def total(self, amounts: Sequence[int]) -> int:
        return sum(amounts)

    def compare(self, how: str, value: Any, mark: Any) -> bool | None:
        if value is None or mark is None:
            return None
        match how:
            case "at_least":
                return value >= mark
            case "above":
                return value > mark
            case "at_most":
                return value <= mark
            case _:
                return value < mark

    def divide(self, amount: int, by: int, mode: Mode) -> int:
        if by == 0:
            return 0
        match mode:
            case "down":
                return amount // by
            case "up":
                return -(-amount // by)
            case "half-up":
                return (2 * amount + by) // (2 * by)
            case _:
                whole, rest = divmod(amount, by)
                return whole + (2 * rest > by or (2 * rest == by and whole % 2 == 1))

    def among(self, value: int | None, choices: Sequence[int]) -> bool:
        return value in choices

    def between(self, value: int | None, lower: int, upper: int) -> bool:
        return value is not None and lower <= value < upper

    def keep(self, name: str, value: Any) -> Any:
        return value

    def settle(self) -> None:
        """Nothing to settle: values are at hand."""


class Columns:
    """The same operations as polars expressions, collected in stages: each stage may read what an earlier one kept."""

    def __init__(self) -> None:
        self.stages: list[list[pl.Expr]] = [[]]

    def flag(self, name: str) -> pl.Expr:
        return pl.col(name)

    number = flag

    def known(self, value: Any) -> Any:
        return value.is_not_null()

    def first(self, value: Any, otherwise: Any) -> Any:
        return pl.coalesce(value, otherwise)

    def or_else(self, value: Any, otherwise: Any) -> Any:
        return value.fill_null(otherwise)

    def count(self, flags: Sequence[Any]) -> Any:
        if len(flags) == 1:
            return flags[0].fill_null(False).cast(pl.Int64)
        return pl.sum_horizontal(flags).cast(pl.Int64)

    def every(self, flags: Sequence[Any]) -> Any:
        if any(flag is False for flag in flags):
            return False
        return _joined(and_, [flag for flag in flags if flag is not True], empty=True)

    def some(self, flags: Sequence[Any]) -> Any:
        if any(flag is True for flag in flags):
            return True
        return _joined(or_, [flag for flag in flags if flag is not False], empty=False)

    def no(self, flag: Any) -> Any:
        return not flag if isinstance(flag, bool) else ~flag

    def pick(self, flag: Any, yes: Any, otherwise: Any) -> Any:
        if isinstance(flag, bool):
            return yes if flag else otherwise
        if yes is True or yes is False or otherwise is True or otherwise is False:
            return self._pick_flag(flag, yes, otherwise)
        return pl.when(flag).then(_whole(yes)).otherwise(_whole(otherwise))

    def _pick_flag(self, flag: Any, yes: Any, otherwise: Any) -> Any:
        return self.some([self.every([flag, yes]), self.every([~flag, otherwise])])

    def least(self, one: Any, other: Any) -> Any:
        if isinstance(one, int) and isinstance(other, int):
            return min(one, other)
        return pl.min_horizontal(_whole(one), _whole(other))

    def most(self, one: Any, other: Any) -> Any:
        if isinstance(one, int) and isinstance(other, int):
            return max(one, other)
        return pl.max_horizontal(_whole(one), _whole(other))

    def total(self, amounts: Sequence[Any]) -> Any:
        constant = sum(amount for amount in amounts if isinstance(amount, int))
        columns = [amount for amount in amounts if not isinstance(amount, int)]
        if not columns:
            return constant
        summed = columns[0] if len(columns) == 1 else pl.sum_horizontal(columns)
        return summed + constant if constant else summed

    def compare(self, how: str, value: Any, mark: Any) -> Any:
        match how:
            case "at_least":
                return value >= mark
            case "above":
                return value > mark
            case "at_most":
                return value <= mark
            case _:
                return value < mark

    def divide(self, amount: Any, by: Any, mode: Mode) -> Any:
        if isinstance(amount, int) and isinstance(by, int):
            return Plain({}).divide(amount, by, mode)
        if isinstance(by, int):
            return self._divide(_whole(amount), by, mode)
        safe = pl.max_horizontal(by, pl.lit(1, pl.Int64))
        return pl.when(by == 0).then(_whole(0)).otherwise(self._divide(_whole(amount), safe, mode))

    def _divide(self, amount: Any, by: Any, mode: Mode) -> Any:
        if isinstance(by, int) and by == 1:
            return amount
        match mode:
            case "down":
                return amount // by
            case "up":
                return (amount + (by - 1)) // by
            case "half-up":
                return (amount * 2 + by) // (by * 2)
            case _:
                whole = amount // by
                rest = (amount - whole * by) * 2
                return whole + ((rest > by) | ((rest == by) & (whole % 2 == 1))).cast(pl.Int64)

    def among(self, value: Any, choices: Sequence[int]) -> Any:
        return value.is_in(list(choices)).fill_null(False)

    def between(self, value: Any, lower: int, upper: int) -> Any:
        return ((value >= lower) & (value < upper)).fill_null(False)

    def keep(self, name: str, value: Any) -> Any:
        if isinstance(value, (bool, int)):
            value = pl.lit(value, pl.Boolean if isinstance(value, bool) else pl.Int64)
        self.stages[-1].append(value.alias(name))
        return pl.col(name)

    def settle(self) -> None:
        self.stages.append([])


def _whole(amount: Any) -> Any:
    return pl.lit(amount, pl.Int64) if isinstance(amount, int) else amount


def _joined(join: Any, flags: list[Any], *, empty: bool) -> Any:
    return reduce(join, flags) if flags else empty


def day_number(day: date | None) -> int | None:
    """A day as a whole number, so that a month from which a target holds is one more comparison."""
    return None if day is None else day.toordinal()
