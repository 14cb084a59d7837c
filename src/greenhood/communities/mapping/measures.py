"""Areas and lengths in words, with how they were found."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from greenhood.facts.kinds import Kind, Shape
from greenhood.kit import geodesy
from greenhood.kit.geodesy import Geometry

HECTARE = 10_000
METHOD = "按图形在 CGCS2000 椭球面上计算"


@dataclass(frozen=True)
class Measure:
    """What a shape measures: an area in 平方米 for polygons, a length in 米 for lines, nothing for points."""

    area: float = 0.0
    length: float = 0.0

    @property
    def words(self) -> str:
        if self.area:
            return f"{area_words(self.area)}，周长 {length_words(self.length)}"
        return f"长 {length_words(self.length)}" if self.length else ""


def measure(geometry: Geometry | None) -> Measure:
    if geometry is None or geometry["type"] == "Point":
        return Measure()
    return Measure(*geodesy.measured(geometry))


def figure_of(kind: Kind) -> str:
    """The column that a drawing gives: the area of what is drawn as an area, the length of what is drawn as a line."""
    if kind.shape is Shape.LINE:
        return next((column.name for column in kind.columns if column.name == "length" and column.unit == "米"), "")
    return kind.area


def drawn_figure(kind: Kind, geometry: Geometry | None) -> dict[str, Decimal]:
    """The figure that a drawing gives, by its column; nothing for points."""
    column, found = figure_of(kind), measure(geometry)
    value = found.length if kind.shape is Shape.LINE else found.area
    return {column: Decimal(value).quantize(Decimal("0.01"))} if column and value else {}


def area_words(square_metres: float) -> str:
    """``8,250.5 平方米``; from a hectare on also in 公顷."""
    words = f"{plain(square_metres)} 平方米"
    return f"{words}（{square_metres / HECTARE:,.2f} 公顷）" if square_metres >= HECTARE else words


def length_words(metres: float) -> str:
    return f"{metres / 1000:,.2f} 千米" if metres >= 10_000 else f"{plain(metres)} 米"


def plain(value: float) -> str:
    """A number with thousands separators and one place at most."""
    return f"{value:,.1f}".removesuffix(".0")
