"""The course of one goal: its past months, the forecast, and what has to happen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from greenhood.insight.progress import Counts
from greenhood.programme import histories
from greenhood.programme.charts import Picture, picture
from greenhood.programme.forecasting import WINDOW, Forecast, Point, forecast, why_none
from greenhood.programme.lines import Origin, Progress, count_of
from greenhood.programme.models import Measure
from greenhood.schemes.models import SchemeVersion

MOST_MONTHS = 36
SHOWN_AFTER = dt.timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Course:
    """``picture`` is None for a goal whose day is long past, or that is met below."""

    points: list[Point]
    forecast: Forecast | None
    why_none: str
    picture: Picture | None


def course_of(row: Progress, versions: Sequence[SchemeVersion]) -> Course:
    """What was, by month, and where it leads. One query, two for pilots."""
    line, today = row.line, row.today
    is_shown = line.origin not in (Origin.EACH, Origin.WHOLE) or line.share is not None
    if not is_shown or today - line.by > SHOWN_AFTER:
        return Course([], None, "", None)
    begins = max(min(line.begins, today), histories.months_before(today, MOST_MONTHS))
    window = histories.months_before(today, WINDOW)
    days = sorted({*histories.month_ends(min(begins, window), today), begins})
    counts = _counts(row, days, versions)
    trend = [
        Point(day, counts[day]) for day in days if (day >= window and day != begins) or (day >= window and _is_end(day))
    ]
    trend = [*trend, Point(today, row.now)]
    shown = [Point(day, counts[day]) for day in days if day >= begins and day < today] + [Point(today, row.now)]
    is_open = not row.is_past and row.missing > 0
    is_flat = all(point.count == 0 for point in trend)
    found = forecast(trend, line.by, row.needed, row.subjects or row.needed) if is_open and not is_flat else None
    why = why_none([point for point in trend if point.count] if is_flat else trend) if is_open and found is None else ""
    return Course(shown, found, why, picture(row, shown, found))


def _is_end(day: dt.date) -> bool:
    return (day + dt.timedelta(days=1)).day == 1


def _counts(row: Progress, days: Sequence[dt.date], versions: Sequence[SchemeVersion]) -> dict[dt.date, int]:
    if row.line.measure is Measure.PILOTS:
        return histories.pilots_on(row.line.division, days, row.line.key)
    dated = histories.on_days(row.line.division, days, versions)
    return {day: count_of(row.line.measure, dated.get(day, Counts())) for day in days}
