"""Where a count will be on a day, by a method that is stated: a straight line through the last months, with its interval.

The line is the least-squares fit through the ends of the last ``WINDOW`` months and today, moved so that it passes through
today's figure. The interval is the 80% prediction interval of that fit (Student's t); it widens with distance. It knows
nothing of batches, seasons, or deadlines that hurry people.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass

WINDOW = 6
LEAST_POINTS = 4
LEAST_DAYS = 60

# Student's t, 90th percentile (80% two-sided), by degrees of freedom.
_T = {1: 3.078, 2: 1.886, 3: 1.638, 4: 1.533, 5: 1.476, 6: 1.440}

METHOD = f"取最近 {WINDOW} 个月末和今天的数字，用最小二乘法拟合直线，平移到今天的实际数后外推到期限；区间是 80% 预测区间（t 分布）。"
WEAKNESS = "直线外推不知道集中命名的批次、季节和临近期限时的加快，月度点少时区间宽；只作提醒，不作考核依据。"


@dataclass(frozen=True, slots=True)
class Point:
    day: dt.date
    count: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the fit says for a day: the count with its interval, and the day on which the goal is reached (None: not so)."""

    value: int
    low: int
    high: int
    per_month: float
    reached_on: dt.date | None
    points: int
    first: dt.date


def forecast(points: Sequence[Point], by: dt.date, needed: int, most: int) -> Forecast | None:
    """The count on ``by``; None where there are too few points or they lie too close together. ``most`` bounds it."""
    used = list(points)[-(WINDOW + 1) :]
    if len(used) < LEAST_POINTS or (used[-1].day - used[0].day).days < LEAST_DAYS:
        return None
    today = used[-1]
    xs = [(point.day - today.day).days for point in used]
    ys = [point.count for point in used]
    number = len(used)
    mean_x, mean_y = sum(xs) / number, sum(ys) / number
    spread = sum((x - mean_x) ** 2 for x in xs)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True)) / spread
    rest = sum((y - mean_y - slope * (x - mean_x)) ** 2 for x, y in zip(xs, ys, strict=True))
    ahead = (by - today.day).days
    error = math.sqrt(rest / (number - 2)) * math.sqrt(1 + 1 / number + (ahead - mean_x) ** 2 / spread)
    margin = _T.get(number - 2, 1.440) * error
    value = today.count + slope * ahead
    return Forecast(
        value=_within(value, most),
        low=_within(value - margin, most),
        high=_within(value + margin, most),
        per_month=slope * 30.4,
        reached_on=_reached(today, slope, needed),
        points=number,
        first=used[0].day,
    )


def why_none(points: Sequence[Point]) -> str:
    """Why nothing is forecast."""
    return f"数据点太少，不作预测：至少要有 {LEAST_POINTS} 个月度数字、前后相隔 {LEAST_DAYS} 天以上，现在有 {len(points)} 个。"


def _within(value: float, most: int) -> int:
    return max(0, min(most, math.floor(value + 0.5)))


def _reached(today: Point, slope: float, needed: int) -> dt.date | None:
    if today.count >= needed:
        return today.day
    # A pace under one community in four months is no basis for naming a day.
    if slope * 120 < 1:
        return None
    return today.day + dt.timedelta(days=math.ceil((needed - today.count) / slope))
