"""Indicators for other systems: the catalogue for everybody, figures to those who see them on the page."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.http import Http404, HttpRequest
from ninja import Router, Schema

from greenhood.facts.views.finding import community_for
from greenhood.indicators.catalogue import Indicator, entries
from greenhood.indicators.measuring import figures_of
from greenhood.kit.dates import today_in_shanghai

router = Router(tags=["指标"])


class IndicatorOut(Schema):
    """一个指标：定义、计算方法、依据、有效期（天）和所用的数据类别。"""

    key: str
    title: str
    section: str
    unit: str
    definition: str
    formula: str
    higher_is_better: bool
    norm: str
    clause: str
    note: str
    fresh_for: int
    kinds: list[str]
    unknown: list[str]


class FigureOut(Schema):
    """一个社区一项指标的数值；未知时 value 为空，because 写明原因，stale 是过期前的数值。"""

    key: str
    value: Decimal | None
    unit: str
    part: Decimal | None
    whole: Decimal | None
    dated: dt.date | None
    because: str
    stale: Decimal | None
    interval: tuple[Decimal, Decimal] | None
    note: str


class FiguresOut(Schema):
    code: str
    name: str
    as_of: dt.date
    figures: list[FigureOut]


@router.get("/catalogue", response=list[IndicatorOut], auth=None, url_name="indicators", summary="指标目录")
def catalogue(request: HttpRequest) -> list[IndicatorOut]:
    return [_indicator(one) for one in entries().values()]


@router.get("/community/{code}", response=FiguresOut, url_name="figures", summary="一个社区的全部指标")
def figures(request: HttpRequest, code: int, as_of: dt.date | None = None) -> FiguresOut:
    found, _ = community_for(request, code)
    today = today_in_shanghai()
    if as_of is not None and as_of > today:
        raise Http404(f"{as_of} 还没有到。")
    day = as_of or today
    measured = figures_of(found.pk, as_of=day)
    return FiguresOut(
        code=found.number,
        name=found.name,
        as_of=day,
        figures=[
            FigureOut(
                key=key, value=each.value, unit=entries()[key].unit, part=each.part, whole=each.whole, dated=each.dated,
                because=each.because, stale=each.stale, interval=each.interval, note=each.note,
            )
            for key, each in measured.items()
        ],
    )  # fmt: skip


def _indicator(one: Indicator) -> IndicatorOut:
    return IndicatorOut(
        key=one.key, title=one.title, section=one.section, unit=one.unit, definition=one.definition,
        formula=one.formula, higher_is_better=one.is_better_higher, norm=one.norm.title, clause=one.norm.clause,
        note=one.norm.note, fresh_for=one.fresh_for, kinds=[kind.title for kind in one.kinds], unknown=one.why_unknown,
    )  # fmt: skip
