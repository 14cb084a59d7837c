"""The figures that a report fills in by itself: named, defined, counted for any number of divisions in a few queries.

A room says what it can count when it is ready (``register``); rooms above this one add theirs. What nobody has said is typed by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.urls import reverse

from greenhood.divisions.models import Division
from greenhood.insight.models import Rollup

HUNDREDTH = Decimal("0.01")

Counter = Callable[[Sequence[Division], int], Mapping[int, Mapping[str, Decimal | int]]]
"""Counts many divisions at once, for a year: id of the division → key of the figure → number. What is left out is nought."""


@dataclass(frozen=True, slots=True)
class Named:
    """One figure: its words, its unit, what it counts, and the page that shows where it comes from.

    ``url_name`` takes the code of a division; ``query`` follows it in the address. A figure that is ``part`` ÷ ``whole`` × 100 names two
    others and is computed from them. ``is_additive`` says whether those of the lower divisions add up to it; shares never do.
    """

    key: str
    title: str
    unit: str
    definition: str
    url_name: str = "insight:overview"
    query: str = ""
    part: str = ""
    whole: str = ""
    is_additive: bool = True

    @property
    def is_share(self) -> bool:
        return bool(self.part)

    @property
    def adds_up(self) -> bool:
        return self.is_additive and not self.is_share

    def url_of(self, division: Division) -> str:
        return reverse(self.url_name, args=[division.code]) + (f"?{self.query}" if self.query else "")


_NAMED: dict[str, Named] = {}
_COUNTERS: dict[str, Counter] = {}


def register(*named: Named, counter: Counter | None = None) -> None:
    """Say what figures a room knows, and how they are counted together; said again it replaces what was said.

    Raises ValueError for a figure that is neither counted nor a share of others.
    """
    for one in named:
        if counter is None and not one.is_share:
            raise ValueError(f"{one.key} is neither counted nor a share")
        _NAMED[one.key] = one
        if counter is not None and not one.is_share:
            _COUNTERS[one.key] = counter


def known() -> Mapping[str, Named]:
    """Every figure that some room can count, by key."""
    return dict(_NAMED)


def find(key: str) -> Named | None:
    """A figure that some room can count."""
    return _NAMED.get(key)


@dataclass(frozen=True, slots=True)
class Value:
    """A figure of one division; ``value`` is None where it has to be typed by hand."""

    named: Named
    value: Decimal | None
    url: str = ""

    @property
    def is_typed(self) -> bool:
        return self.value is None

    @property
    def key(self) -> str:
        return self.named.key


def values(keys: Sequence[str], division: Division, *, year: int) -> list[Value]:
    """The figures of one division, in the order of a report. A query or two for each counter that is needed."""
    counted = counts([division], year=year, keys=keys)[division.pk]
    return [_value(key, division, counted) for key in keys]


def counts(
    places: Iterable[Division], *, year: int, keys: Collection[str] | None = None
) -> dict[int, dict[str, Decimal]]:
    """Figures of many divisions by id, all of them or some; each counter runs once, whatever the number of divisions."""
    asked = list(places)
    wanted = [one for key, one in _NAMED.items() if keys is None or key in keys]
    plain = {key for one in wanted for key in ((one.part, one.whole) if one.is_share else (one.key,))}
    found = {each.pk: dict.fromkeys(plain, Decimal(0)) for each in asked}
    for counter in {_COUNTERS[key] for key in plain}:
        for place, numbers in counter(asked, year).items():
            found[place] |= {key: Decimal(number) for key, number in numbers.items() if key in plain}
    for numbers in found.values():
        numbers |= {one.key: share(numbers[one.part], numbers[one.whole]) for one in wanted if one.is_share}
    return found


def share(part: Decimal, whole: Decimal) -> Decimal:
    """In per cent with two places; nought where there is no whole."""
    return (part * 100 / whole).quantize(HUNDREDTH) if whole else Decimal(0)


def _value(key: str, division: Division, counted: Mapping[str, Decimal]) -> Value:
    named = _NAMED.get(key)
    if named is None:
        return Value(Named(key, key, "", "系统里没有这项数据，由填报人手工填写。"), None)
    return Value(named, counted[key], named.url_of(division))


# --- what overviews know ----------------------------------------------------------------------------------------------


def _of_rollups(places: Sequence[Division], year: int) -> dict[int, dict[str, int]]:
    """As the overviews show them. One query."""
    return {
        rollup.pk: {
            "subjects": rollup.subjects,
            "participating": rollup.participating,
            "reached": rollup.reached,
            "demonstrations": rollup.demonstration,
            "rectifying": rollup.states.get("rectifying", 0),
        }
        for rollup in Rollup.objects.filter(pk__in=[each.pk for each in places])
    }


_OF_THE_YEAR = """
    select p.id,
        (select count(distinct x.community_id) from declarations_declaration x
         join divisions_division d on d.id = x.community_id
         where x.year = %(year)s and d.code >= p.low and d.code < p.high),
        (select count(distinct a.community_id) from declarations_award a
         join divisions_division d on d.id = a.community_id
         where extract(year from a.withdrawn_on) = %(year)s and d.code >= p.low and d.code < p.high)
    from unnest(%(ids)s::bigint[], %(lows)s::bigint[], %(highs)s::bigint[]) as p(id, low, high)"""


def _of_the_year(places: Sequence[Division], year: int) -> dict[int, dict[str, int]]:
    """What happened within the year. One query."""
    spans = [each.span for each in places]
    params: dict[str, Any] = {
        "year": year,
        "ids": [each.pk for each in places],
        "lows": [low for low, _ in spans],
        "highs": [high for _, high in spans],
    }
    with connection.cursor() as cursor:
        cursor.execute(_OF_THE_YEAR, params)
        return {place: {"declared": declared, "delisted": delisted} for place, declared, delisted in cursor.fetchall()}


register(
    Named("subjects", "创建对象社区", "个", "按方案口径认定的创建对象社区数，即各项比例的分母。"),
    Named("participating", "参与创建的社区", "个", "已开始自评或申报的创建对象社区数。"),
    Named("reached", "达到创建要求的社区", "个", "现持有称号的创建对象社区数。"),
    Named("demonstrations", "示范社区", "个", "现持有须以另一称号为前提的称号的创建对象社区数。"),
    Named("rectifying", "限期整改的社区", "个", "正在限期整改的创建对象社区数。"),
    counter=_of_rollups,
)
register(
    Named("declared", "已申报的社区", "个", "本年度提出过申报的创建对象社区数。"),
    Named("delisted", "本年除名的社区", "个", "本年内被除名的社区数。"),
    counter=_of_the_year,
)
register(
    Named(
        "participating_share",
        "参与率",
        "%",
        "参与创建的社区 ÷ 创建对象社区 × 100%。",
        part="participating",
        whole="subjects",
    ),
    Named(
        "reached_share",
        "达标率",
        "%",
        "达到创建要求的社区 ÷ 创建对象社区 × 100%。",
        part="reached",
        whole="subjects",
    ),
)
