"""The figures that a report fills in by itself: named, defined, counted for any number of divisions in a few queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.urls import reverse

from greenhood.divisions.models import Division
from greenhood.insight.models import Rollup


@dataclass(frozen=True, slots=True)
class Named:
    """One figure: its words, its unit, what it counts, and the page that shows where it comes from."""

    key: str
    title: str
    unit: str
    definition: str
    url_name: str = "insight:overview"


NAMED: Mapping[str, Named] = {
    one.key: one
    for one in (
        Named("subjects", "创建对象社区", "个", "按方案口径认定的创建对象社区数，即各项比例的分母。"),
        Named("participating", "参与创建的社区", "个", "已开始自评或申报的创建对象社区数。"),
        Named("participating_share", "参与率", "%", "参与创建的社区 ÷ 创建对象社区 × 100%。"),
        Named("declared", "已申报的社区", "个", "本年度提出过申报的创建对象社区数。"),
        Named("reached", "达到创建要求的社区", "个", "现持有称号的创建对象社区数。"),
        Named("reached_share", "达标率", "%", "达到创建要求的社区 ÷ 创建对象社区 × 100%。"),
        Named("demonstrations", "示范社区", "个", "现持有须以另一称号为前提的称号的创建对象社区数。"),
        Named("rectifying", "限期整改的社区", "个", "正在限期整改的创建对象社区数。"),
        Named("delisted", "本年除名的社区", "个", "本年内被除名的社区数。"),
    )
}
SHARES = {"participating_share": "participating", "reached_share": "reached"}


@dataclass(frozen=True, slots=True)
class Value:
    """A figure of one division; ``value`` is None where it has to be typed by hand."""

    named: Named
    value: Decimal | None
    url: str = ""

    @property
    def is_typed(self) -> bool:
        return self.key not in NAMED

    @property
    def key(self) -> str:
        return self.named.key


def values(keys: Sequence[str], division: Division, *, year: int) -> list[Value]:
    """The figures of one division, in the order of a report. Two queries."""
    counted = counts([division], year=year)[division.pk]
    return [_value(key, division, counted) for key in keys]


def counts(places: Iterable[Division], *, year: int) -> dict[int, dict[str, Decimal]]:
    """Every figure of many divisions by id, as their overviews show them. Two queries, whatever their number."""
    asked = list(places)
    found = {each.pk: dict.fromkeys(NAMED, Decimal(0)) for each in asked}
    for rollup in Rollup.objects.filter(pk__in=found):
        found[rollup.pk] |= {
            "subjects": Decimal(rollup.subjects),
            "participating": Decimal(rollup.participating),
            "reached": Decimal(rollup.reached),
            "demonstrations": Decimal(rollup.demonstration),
            "rectifying": Decimal(rollup.states.get("rectifying", 0)),
        }
    for place, declared, delisted in _counted(asked, year):
        found[place] |= {"declared": Decimal(declared), "delisted": Decimal(delisted)}
    for each in found.values():
        for share, part in SHARES.items():
            whole = each["subjects"]
            each[share] = (each[part] * 100 / whole).quantize(Decimal("0.01")) if whole else Decimal(0)
    return found


_OF_THE_YEAR = """
    select p.id,
        (select count(distinct x.community_id) from declarations_declaration x
         join divisions_division d on d.id = x.community_id
         where x.year = %(year)s and d.code >= p.low and d.code < p.high),
        (select count(distinct a.community_id) from declarations_award a
         join divisions_division d on d.id = a.community_id
         where extract(year from a.withdrawn_on) = %(year)s and d.code >= p.low and d.code < p.high)
    from unnest(%(ids)s::bigint[], %(lows)s::bigint[], %(highs)s::bigint[]) as p(id, low, high)"""


def _counted(places: Sequence[Division], year: int) -> list[tuple[int, int, int]]:
    spans = [each.span for each in places]
    params: dict[str, Any] = {
        "year": year,
        "ids": [each.pk for each in places],
        "lows": [low for low, _ in spans],
        "highs": [high for _, high in spans],
    }
    with connection.cursor() as cursor:
        cursor.execute(_OF_THE_YEAR, params)
        return [tuple(row) for row in cursor.fetchall()]


def _value(key: str, division: Division, counted: Mapping[str, Decimal]) -> Value:
    named = NAMED.get(key)
    if named is None:
        return Value(Named(key, key, "", "系统里没有这项数据，由填报人手工填写。"), None)
    return Value(named, counted[key], reverse(named.url_name, args=[division.code]))
