"""How the figures of many communities are spread: known and unknown, quantiles, columns of a chart, places compared. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from greenhood.indicators.catalogue import Indicator
from greenhood.indicators.figures import STALE, plain, span_words
from greenhood.schemes.arithmetic import VALUE
from greenhood.schemes.format import Threshold

LEAST_TO_RANK = 5
"""With fewer known figures one community moves the middle too far for a ranking."""

MOST_WHOLE = 12
"""Counts up to this get a column of their own."""

NOT_MEASURED = "没有登记任何信息，或登记后还没有测算。"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a chart: its words and how many communities."""

    label: str
    count: int
    share: Decimal | None


@dataclass(frozen=True, slots=True)
class Reason:
    words: str
    count: int


@dataclass(frozen=True, slots=True)
class Quantiles:
    least: Decimal
    tenth: Decimal
    quarter: Decimal
    middle: Decimal
    three_quarters: Decimal
    nine_tenths: Decimal
    most: Decimal


@dataclass(frozen=True, slots=True)
class Place:
    """Some communities taken together. ``met`` counts those that meet the threshold asked about."""

    total: int
    known: int
    quantiles: Quantiles | None
    met: int | None

    @property
    def met_share(self) -> Decimal | None:
        return Decimal(self.met) / self.known if self.met is not None and self.known else None

    @property
    def is_too_small(self) -> bool:
        return 0 < self.known < LEAST_TO_RANK


@dataclass(frozen=True, slots=True)
class Spread:
    """One indicator over a division."""

    whole: Place
    columns: tuple[Column, ...]
    reasons: tuple[Reason, ...]


def spread_of(indicator: Indicator, frame: pl.DataFrame, total: int, threshold: Threshold | None) -> Spread:
    """``frame`` has the columns code, figure (1/100000000, null where unknown) and reason; ``total`` may be more than its rows."""
    return Spread(
        whole=place_of(frame["figure"], total, threshold),
        columns=tuple(columns_of(indicator, frame["figure"].drop_nulls())),
        reasons=tuple(_reasons(indicator, frame, total)),
    )


def place_of(figures: pl.Series, total: int, threshold: Threshold | None) -> Place:
    known = figures.drop_nulls()
    return Place(
        total=max(total, len(figures)),
        known=len(known),
        quantiles=quantiles_of(known) if len(known) else None,
        met=_met(known, threshold) if threshold else None,
    )


def quantiles_of(known: pl.Series) -> Quantiles:
    """Figures that occur, not means of neighbours: the lower one where two are in the middle."""
    found = [known.quantile(share, "lower") for share in (0, 0.1, 0.25, 0.5, 0.75, 0.9, 1)]
    return Quantiles(*(_number(each) for each in found))


def columns_of(indicator: Indicator, known: pl.Series) -> Iterable[Column]:
    if known.is_empty():
        return
    top = int(known.max())  # type: ignore[arg-type]
    if indicator.is_share and indicator.most == 100:
        edges, words = _tenths()
    elif top <= MOST_WHOLE * VALUE and bool((known % VALUE == 0).all()):
        edges, words = [n * VALUE for n in range(top // VALUE + 1)], [str(n) for n in range(top // VALUE + 1)]
    else:
        edges, words = _even(int(known.quantile(0.95, "higher") or 0))
    places = known.to_frame("figure").select(
        pl.col("figure").map_batches(
            lambda column: pl.Series([bisect_right(edges, each) - 1 for each in column]), return_dtype=pl.Int64
        )
    )["figure"]
    counts = dict(places.value_counts().rows())
    for number, label in enumerate(words):
        count = counts.get(number, 0)
        yield Column(label, count, Decimal(count) / len(known))


def _tenths() -> tuple[list[int], list[str]]:
    """Tenths of a share, and the full hundred by itself."""
    edges = [n * 10 * VALUE for n in range(11)]
    return edges, [*(f"{n * 10}% 至 {n * 10 + 10}% 以下" for n in range(10)), "100%"]


def _even(nearly_top: int) -> tuple[list[int], list[str]]:
    """Ten columns of a round width that hold nearly all, and one for what lies beyond."""
    width = _round_width(Decimal(nearly_top) / VALUE / 10)
    edges = [int(n * width * VALUE) for n in range(11)]
    words = [f"{plain(n * width):f} 至 {plain((n + 1) * width):f} 以下" for n in range(10)]
    return edges, [*words, f"{plain(10 * width):f} 以上"]


def _round_width(width: Decimal) -> Decimal:
    """The next of 1, 2, 5, 10, 20 …"""
    power = Decimal(1).scaleb(width.adjusted()) if width > 0 else Decimal("0.1")
    return next(step * power for step in (1, 2, 5, 10) if step * power >= width)


def _reasons(indicator: Indicator, frame: pl.DataFrame, total: int) -> Iterable[Reason]:
    counts = dict(frame.filter(pl.col("figure").is_null())["reason"].value_counts(sort=True).rows())
    for code, count in sorted(counts.items(), key=lambda item: -item[1]):
        yield Reason(reason_words(indicator, code), count)
    if total > frame.height:
        yield Reason(NOT_MEASURED, total - frame.height)


def reason_words(indicator: Indicator, code: int) -> str:
    """A stored reason in words."""
    if code == STALE:
        return f"数据超过 {span_words(indicator.fresh_for)}没有更新。"
    return indicator.reasons[code - 1] if 0 < code <= len(indicator.reasons) else indicator.reasons[0]


def _met(known: pl.Series, threshold: Threshold) -> int:
    mark = int(threshold.value * VALUE)
    match threshold.compare:
        case "at_least":
            return int((known >= mark).sum())
        case "above":
            return int((known > mark).sum())
        case "at_most":
            return int((known <= mark).sum())
        case _:
            return int((known < mark).sum())


def ranks(indicator: Indicator, places: Sequence[Place]) -> list[int | None]:
    """The place of each by its middle figure, the best first; equal ones share a place. None for too few known figures."""
    middles = [each.quantiles.middle if each.quantiles and not each.is_too_small else None for each in places]
    known = sorted((each for each in middles if each is not None), reverse=indicator.is_better_higher)
    first = {value: number for number, value in reversed(list(enumerate(known, 1)))}
    return [None if each is None else first[each] for each in middles]


def _number(units: float | None) -> Decimal:
    return plain(Decimal(int(units or 0)) / VALUE) or Decimal(0)
