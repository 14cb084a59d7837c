"""What a measurement says: the figure, the floor that the machine allows, their ratio, and what must hold."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """``figure`` beside ``floor`` (what the same work costs at the least, None where there is none), both in ``unit``."""

    what: str
    figure: float
    floor: float | None
    unit: str
    bound: str

    @property
    def ratio(self) -> str:
        return f"{self.figure / self.floor:.2f}" if self.floor else "–"

    def cells(self) -> tuple[str, ...]:
        floor = _number(self.floor) if self.floor is not None else "–"
        return (self.what, _number(self.figure), floor, self.ratio, self.unit, self.bound)


HEADINGS = ("what", "figure", "floor", "ratio", "unit", "must be")


def best_of(times: int, work: Callable[[], object]) -> float:
    """Seconds of the quickest of several runs, after one that warms up."""
    work()
    return min(_seconds(work) for _ in range(times))


def show(rows: Iterable[Row]) -> str:
    """The rows as a table."""
    table = [HEADINGS, *(row.cells() for row in rows)]
    widths = [max(_width(line[column]) for line in table) for column in range(len(HEADINGS))]
    return "\n".join(
        "  ".join(_padded(cell, width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in table
    )


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _number(figure: float) -> str:
    return f"{figure:,.0f}" if abs(figure) >= 1000 else f"{figure:.3g}"


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
