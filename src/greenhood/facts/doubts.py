"""Figures that are possible but probably a slip of the unit. They are asked about, never refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from greenhood.facts.kinds import Column, Kind
from greenhood.facts.units import AREA

FAR = 100
NUMBERS = frozenset({"count", "amount"})
# 平方米 of land per dwelling or household: a tower block has some 15, a village some hundred; outside of this the unit is wrong.
LAND_PER_HOME = (Decimal(1), Decimal(20_000))
HOMES = ("dwellings", "households")
SLIPS = (
    (AREA["公顷"], "公顷和平方米（1 公顷 = 10000 平方米）"),
    (AREA["亩"], "亩和平方米（1 亩 ≈ 666.67 平方米）"),
)


def doubts(
    kind: Kind, values: Mapping[str, Any], present: Mapping[str, Any] | None, *, homes: int | None = None
) -> Iterator[tuple[str, str]]:
    """(column, sentence) for each figure that looks like a slip. ``homes``: the households of the community, if known."""
    for column in kind.columns:
        new = values.get(column.name)
        if column.type in NUMBERS and new:
            old = (present or {}).get(column.name)
            if old and (sentence := far(column, Decimal(old), Decimal(new))):
                yield column.name, sentence
    yield from _land(kind, values, homes)


def far(column: Column, old: Decimal, new: Decimal) -> str:
    ratio = max(old, new) / min(old, new) if min(old, new) > 0 else Decimal(0)
    if ratio < FAR:
        return ""
    relation = (
        f"是现有数字（{old:,f}）的 {ratio:,.0f} 倍" if new > old else f"只有现有数字（{old:,f}）的 {ratio:,.0f} 分之一"
    )
    return f"{column.title} {new:,f} {column.unit}{relation}。{_slip(column, ratio)}"


def _slip(column: Column, ratio: Decimal) -> str:
    if column.unit == "平方米":
        for factor, words in SLIPS:
            if factor / 2 < ratio < factor * 2:
                return f"可能混用了{words}。"
    return "可能多写或少写了几个零。"


def _land(kind: Kind, values: Mapping[str, Any], homes: int | None) -> Iterator[tuple[str, str]]:
    if kind.area not in values or not values[kind.area]:
        return
    counted = next((values[name] for name in HOMES if values.get(name)), homes if kind.key == "boundary" else None)
    if not counted:
        return
    each = Decimal(values[kind.area]) / counted
    if LAND_PER_HOME[0] <= each <= LAND_PER_HOME[1]:
        return
    column = kind.column(kind.area)
    likely = "可能把公顷或亩当成了平方米" if each < LAND_PER_HOME[0] else "可能把平方米当成了公顷或亩"
    yield kind.area, f"{column.title} {values[kind.area]:,f} 平方米，平均每户 {each:,.2f} 平方米。{likely}。"
