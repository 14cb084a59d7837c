"""Keyset paging: a page begins after the last row of the one before, so that page 400 costs as much as page 1."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet

Row = TypeVar("Row", bound=Model)

PAGE = 50
MOST_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Rows, and the keys that the neighbouring pages begin after and end before (empty where there is none)."""

    rows: Sequence[Row]
    next: str
    previous: str


@dataclass(frozen=True, slots=True)
class Count:
    """A number of rows, counted up to a limit: beyond it only "10,000+" is known."""

    number: int
    is_capped: bool


@dataclass(frozen=True, slots=True)
class First(Generic[Row]):
    """The first rows of something that isn't turned over page by page, and how many there are in all."""

    rows: Sequence[Row]
    total: int

    @property
    def is_cut(self) -> bool:
        return self.total > len(self.rows)


@dataclass(frozen=True, slots=True)
class Order:
    """An order by one column and then by key. ``read`` turns the text of a page's key back into the column's value."""

    column: str
    read: Callable[[str], Any]
    is_descending: bool = False


def by_day(column: str, *, is_descending: bool = False) -> Order:
    return Order(column, dt.date.fromisoformat, is_descending)


def by_time(column: str, *, is_descending: bool = False) -> Order:
    return Order(column, dt.datetime.fromisoformat, is_descending)


def page(found: QuerySet[Row], order: Order, *, after: str = "", before: str = "", size: int = PAGE) -> Page[Row]:
    """One page of a query. A key that makes no sense (an edited address) begins at the first page."""
    key = _read(order, before or after)
    backwards = bool(before) and key is not None
    descending = order.is_descending is not backwards
    if key is not None:
        found = found.filter(_beyond(order.column, key, descending))
    sign = "-" if descending else ""
    rows = list(found.order_by(f"{sign}{order.column}", f"{sign}pk")[: size + 1])
    is_more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
    has_next = bool(rows) and (is_more or backwards)
    has_previous = bool(rows) and (is_more if backwards else key is not None)
    return Page(
        rows,
        _write(order, rows[-1]) if has_next else "",
        _write(order, rows[0]) if has_previous else "",
    )


def first(found: QuerySet[Row] | None, *order: str, most: int = PAGE) -> First[Row]:
    """The first rows in an order. One query, and another where there are more; none where nothing concerns the post (None)."""
    if found is None:
        return First((), 0)
    rows = list(found.order_by(*order)[: most + 1])
    return First(rows[:most], found.order_by().count() if len(rows) > most else len(rows))


def count(found: QuerySet[Any], most: int = MOST_COUNTED) -> Count:
    """How many rows, without counting on beyond ``most``."""
    number = found.order_by()[: most + 1].count()
    return Count(min(number, most), number > most)


def _beyond(column: str, key: tuple[Any, UUID], descending: bool) -> Q:
    value, pk = key
    side = "lt" if descending else "gt"
    return Q(**{f"{column}__{side}": value}) | Q(**{column: value, f"pk__{side}": pk})


def _write(order: Order, row: Model) -> str:
    value = getattr(row, order.column)
    return f"{value.isoformat()}_{row.pk}"


def _read(order: Order, text: str) -> tuple[Any, UUID] | None:
    value, _, pk = text.rpartition("_")
    try:
        return order.read(value), UUID(pk)
    except ValueError:
        return None
