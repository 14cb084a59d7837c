"""The pace of a goal as a picture: coordinates for one SVG that is readable in black and white, and its table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from greenhood.programme.forecasting import Forecast, Point
from greenhood.programme.lines import Progress, straight

WIDTH, HEIGHT = 720, 300
LEFT, RIGHT, TOP, BOTTOM = 52, 24, 22, 34


@dataclass(frozen=True, slots=True)
class Mark:
    """A place on the picture with its words."""

    x: str
    y: str
    label: str = ""
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Row:
    """One day in the table."""

    day: dt.date
    actual: int | None
    expected: Decimal
    what: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """Points are ``x,y x,y`` as SVG writes them; empty where there is nothing to draw."""

    actual: str
    dots: list[Mark]
    pace: str
    goal_y: str
    forecast: str
    band: str
    today_x: str
    days: list[Mark]
    numbers: list[Mark]
    rows: list[Row]
    ends: list[Mark]

    width = WIDTH
    height = HEIGHT
    left = LEFT
    right = WIDTH - RIGHT
    top = TOP
    bottom = HEIGHT - BOTTOM


def picture(row: Progress, points: Sequence[Point], forecast: Forecast | None) -> Picture:
    """The course of a goal: what was, the straight line that reaches it, and where the trend leads."""
    line = row.line
    first = min([line.begins, *(point.day for point in points)])
    last = max(line.by, row.today)
    top = max([row.needed, row.now, *(point.count for point in points), *([forecast.high] if forecast else []), 1])
    scale = _Scale(first, last, top)
    band = ""
    if forecast:
        at = scale.xy(line.by, forecast.high), scale.xy(line.by, forecast.low)
        band = " ".join([scale.xy(row.today, row.now), *at])
    ends = [Mark(str(LEFT + 6), scale.y(row.needed + top * 0.03), f"应达到 {row.needed}", "start")]
    if points:
        ends.append(
            Mark(scale.x(row.today), scale.y(row.now + top * 0.05), f"现在 {row.now}", _anchor(scale, row.today))
        )
    if forecast:
        ends.append(Mark(scale.x(line.by), scale.y(forecast.value + top * 0.05), f"预测 {forecast.value}", "end"))
    return Picture(
        actual=" ".join(scale.xy(point.day, point.count) for point in points),
        dots=[Mark(scale.x(point.day), scale.y(point.count)) for point in points],
        pace=f"{scale.xy(line.begins, row.at_start)} {scale.xy(line.by, row.needed)}",
        goal_y=scale.y(row.needed),
        forecast=f"{scale.xy(row.today, row.now)} {scale.xy(line.by, forecast.value)}" if forecast else "",
        band=band,
        today_x=scale.x(row.today),
        days=[Mark(scale.x(day), str(HEIGHT - 12), day.strftime("%Y-%m"), "middle") for day in _ticks(first, last)],
        numbers=[Mark(str(LEFT - 8), scale.y(number), f"{number:,}", "end") for number in _steps(top)],
        rows=_rows(row, points, forecast),
        ends=ends,
    )


def _rows(row: Progress, points: Sequence[Point], forecast: Forecast | None) -> list[Row]:
    line = row.line

    def expected(day: dt.date) -> Decimal:
        return straight(line.begins, row.at_start, line.by, row.needed, day).quantize(Decimal("0.1"))

    rows = [
        Row(point.day, point.count, expected(point.day), "今天" if point.day == row.today else "") for point in points
    ]
    if not row.is_past:
        what = f"期限；预测 {forecast.value}（{forecast.low}–{forecast.high}）" if forecast else "期限"
        rows.append(Row(line.by, None, Decimal(row.needed), what))
    return rows


class _Scale:
    def __init__(self, first: dt.date, last: dt.date, top: int) -> None:
        self.first, self.days, self.top = first, max(1, (last - first).days), top * 1.12

    def x(self, day: dt.date) -> str:
        return f"{LEFT + (WIDTH - LEFT - RIGHT) * (day - self.first).days / self.days:.1f}"

    def y(self, number: float) -> str:
        return f"{HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * number / self.top:.1f}"

    def xy(self, day: dt.date, number: float) -> str:
        return f"{self.x(day)},{self.y(number)}"


def _anchor(scale: _Scale, day: dt.date) -> str:
    return "end" if float(scale.x(day)) > WIDTH * 0.8 else "start"


def _ticks(first: dt.date, last: dt.date, most: int = 7) -> list[dt.date]:
    span = (last - first).days
    return (
        [first + dt.timedelta(days=span * number // (most - 1)) for number in range(most)]
        if span > most
        else [first, last]
    )


def _steps(top: int) -> list[int]:
    step = 1
    while top / step > 6:
        step = step * 2 if str(step)[0] in "15" else step * 5 // 2
    return list(range(0, int(top * 1.08) + 1, step))
