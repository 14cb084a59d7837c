"""What an indicator says of a community on a day, and how much is missing to a threshold. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, Decimal
from math import sqrt

from greenhood.indicators.catalogue import Indicator
from greenhood.indicators.catalogue.entries import MEASURED_UNITS

STALE = -1
"""The reason of a figure whose facts are too old, where reasons are numbers."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What an indicator says of one community on one day.

    ``value`` is None where it is unknown, and ``because`` says why. ``part`` of ``whole`` is what a share is made of;
    ``dated`` the oldest date among the facts behind it. A figure that is too old is unknown, and ``stale`` is what it was.
    ``interval`` bounds a surveyed share at 95 %; ``note`` is a remark that belongs to the figure wherever it is shown.
    ``is_simulated``: some of the records behind it were made up.
    """

    key: str
    value: Decimal | None
    part: Decimal | None = None
    whole: Decimal | None = None
    dated: dt.date | None = None
    because: str = ""
    stale: Decimal | None = None
    interval: tuple[Decimal, Decimal] | None = None
    note: str = ""
    is_simulated: bool = False

    @property
    def is_known(self) -> bool:
        return self.value is not None


def figure(
    indicator: Indicator,
    value: Decimal | None,
    part: Decimal | None,
    whole: Decimal | None,
    dated: dt.date | None,
    reason: int | None,
    extra: Decimal | None,
    is_simulated: bool = False,
    *,
    as_of: dt.date,
) -> Figure:
    """The answer of a query as a figure. ``reason`` is a place in the indicator's ``reasons``, from 1."""
    if reason or value is None:
        return Figure(
            indicator.key, None, dated=dated, because=indicator.reasons[(reason or 1) - 1], is_simulated=is_simulated
        )
    value, part, whole = plain(value), plain(part), plain(whole)
    interval = wilson(part, whole) if indicator.has_interval and part is not None and whole else None
    note = indicator.note(part, whole, plain(extra)) if indicator.note else ""
    if dated is not None and (as_of - dated).days > indicator.fresh_for:
        because = too_old(indicator, dated)
        return Figure(indicator.key, None, part, whole, dated, because, value, interval, note, is_simulated)
    return Figure(indicator.key, value, part, whole, dated, interval=interval, note=note, is_simulated=is_simulated)


def too_old(indicator: Indicator, dated: dt.date) -> str:
    return f"数据日期为 {dated}，超过 {span_words(indicator.fresh_for)}没有更新。"


def span_words(days: int) -> str:
    return f"{days // 365} 年" if days % 365 == 0 else f"{days} 天"


def plain(number: Decimal | None) -> Decimal | None:
    """Without needless zeros, and never as 1E+2: as people read it, and equal however it was computed."""
    if number is None:
        return None
    whole = number.to_integral_value()
    return whole.quantize(Decimal(1)) if number == whole else number.normalize()


def wilson(satisfied: Decimal, answers: Decimal) -> tuple[Decimal, Decimal]:
    """The 95 % interval of a share by Wilson, in percent with one decimal, rounded outwards."""
    z, n, share = 1.959964, float(answers), float(satisfied / answers)
    centre = share + z * z / (2 * n)
    spread = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low, high = ((centre + sign * spread) / (1 + z * z / n) * 100 for sign in (-1, 1))
    tenth = Decimal("0.1")
    return (
        max(Decimal(0), Decimal(low).quantize(tenth, ROUND_FLOOR)),
        min(Decimal(100), Decimal(high).quantize(tenth, ROUND_CEILING)),
    )


# What is missing to a threshold


def shortfall(indicator: Indicator, found: Figure, compare: str, threshold: Decimal) -> Decimal | None:
    """How much more (or, of what should be little, how much less) would meet a threshold, in ``indicator.counts_in``.

    ``compare`` is at_least, above, at_most or below. None where the figure is unknown; 0 where the threshold is met. What
    comes in pieces is counted in whole pieces; the whole of a share is taken as it is.
    """
    if found.value is None:
        return None
    if _meets(found.value, compare, threshold):
        return Decimal(0)
    upwards = compare in ("at_least", "above")
    reached, mark = found.value, threshold
    if found.part is not None and found.whole is not None:
        reached, mark = found.part, threshold * found.whole / (100 if indicator.is_share else 1)
    gap = mark - reached if upwards else reached - mark
    step = Decimal("0.01") if indicator.counts_in in MEASURED_UNITS else Decimal(1)
    steps = (gap / step).to_integral_value(ROUND_CEILING)
    if compare in ("above", "below") and steps * step == gap:
        steps += 1
    return plain(steps * step)


def next_step(indicator: Indicator, found: Figure, compare: str, threshold: Decimal) -> str:
    """What to do so that the threshold is met: the remedy with its figure, or what has to be recorded first."""
    short = shortfall(indicator, found, compare, threshold)
    if short is None:
        return found.because
    return "" if short == 0 else indicator.remedy.format(short=amount_words(short, indicator.counts_in))


def amount_words(number: Decimal, unit: str) -> str:
    """``12.5 平方米``, ``3 处``; of ``次/年`` what is missing is so many 次."""
    return f"{number:,f} {unit.partition('/')[0]}"


def _meets(value: Decimal, compare: str, threshold: Decimal) -> bool:
    match compare:
        case "at_least":
            return value >= threshold
        case "above":
            return value > threshold
        case "at_most":
            return value <= threshold
        case _:
            return value < threshold


# In words


def shown(indicator: Indicator, value: Decimal | None) -> str:
    """``29.99%``, ``1.2 平方米/人``: two decimals, cut and not rounded, so that nothing looks as if it reached a threshold."""
    if value is None:
        return "未知"
    cut = value.quantize(Decimal("0.01"), ROUND_DOWN)
    words = "不到 0.01" if value > 0 and cut == 0 else f"{plain(cut):,f}"
    return f"{words}%" if indicator.is_share else f"{words} {indicator.unit}"


def made_of(indicator: Indicator, found: Figure) -> str:
    """``300 / 1,000 套``; nothing where the figure is no share of anything."""
    if found.part is None or found.whole is None:
        return ""
    part, whole = (f"{plain(each.quantize(Decimal('0.01'), ROUND_DOWN)):,f}" for each in (found.part, found.whole))
    unit = indicator.part_unit
    return f"{part} / {whole} {unit}" if indicator.is_share else f"{part} {unit} / {whole} {indicator.whole_unit}"


def remarks(found: Figure) -> str:
    """What belongs to a figure wherever it is shown: its interval and its note."""
    said = [f"95% 置信区间 {found.interval[0]:f}%–{found.interval[1]:f}%"] if found.interval else []
    return "；".join([*said, *([found.note] if found.note else [])])
