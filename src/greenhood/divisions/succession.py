"""What became of a unit, and what it came from: who a code means once it has changed hands."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from django.db.models import F, Q
from django.db.models.expressions import RawSQL

from greenhood.divisions.models import Division, DivisionCode, Succession


def holder(code: int) -> Division | None:
    """Who holds a code; where nobody does now, who held it last: a unit under another code by now, or one that is closed."""
    present = Division.objects.filter(code=code, valid_to=None).first()
    if present is not None:
        return present
    past = DivisionCode.objects.filter(code=code).order_by(F("valid_to").desc(nulls_last=True)).first()
    return past.division if past else None


def heirs(division: Division) -> list[Division]:
    """The present units that took over a closed one, however often they were merged or divided since; else the unit itself."""
    if division.valid_to is None:
        return [division]
    found = Division.objects.filter(pk__in=RawSQL(_HEIRS, [division.pk]), valid_to=None)
    return list(found.defer("bigrams").order_by("code"))


def forerunners(division: Division) -> list[Succession]:
    """How closed units came into this one, the latest first; their own forerunners included."""
    links = Succession.objects.filter(pk__in=RawSQL(_FORERUNNERS, [division.pk]))
    related = links.select_related("predecessor", "successor").defer("predecessor__bigrams", "successor__bigrams")
    return list(related.order_by("-on", "predecessor__code"))


def fate(division: Division) -> str:
    """What became of a unit, to be said after its name: 已于2024年6月2日并入青安青松社区居委会. Empty for one that is there."""
    return fates([division]).get(division.pk, "")


def fates(divisions: Iterable[Division]) -> dict[int, str]:
    """``fate`` of each closed unit among these, by id: one query, and none where all are there."""
    closed = {each.pk: each for each in divisions if each.valid_to is not None}
    if not closed:
        return {}
    links: dict[int, list[Succession]] = defaultdict(list)
    for link in (
        Succession.objects.filter(predecessor__in=closed).select_related("successor").order_by("successor__code")
    ):
        links[link.predecessor_id].append(link)
    return {pk: _fate(each, links[pk]) for pk, each in closed.items()}


def arrival(code: int, division: Division) -> str:
    """The sentence for somebody who asked for a former code and was led to this unit; empty where that isn't what happened."""
    if code == division.code or (asked := holder(code)) is None:
        return ""
    if asked == division:
        past = DivisionCode.objects.filter(division=division, code=code).order_by("-valid_to").first()
        return (
            f"代码{code:012d}已于{_day(past.valid_to)}停用，现为{division.number}。" if past and past.valid_to else ""
        )
    if asked.valid_to is None or division not in heirs(asked):
        return ""
    return f"{asked.name}（{code:012d}）{fate(asked)}。现在看到的是{division.name}。"


def name_on(division: Division, day: dt.date) -> str:
    """What the unit was called on a day."""
    past = DivisionCode.objects.filter(Q(valid_from=None) | Q(valid_from__lte=day), division=division, valid_to__gt=day)
    return past.order_by("valid_to").values_list("name", flat=True).first() or division.name


def _fate(division: Division, links: list[Succession]) -> str:
    assert division.valid_to is not None
    if not links:
        return f"已于{_day(division.valid_to)}撤销"
    names = "、".join(link.successor.name for link in links)
    became = "分设为" if links[0].kind == Succession.Kind.SPLIT else "并入"
    return f"已于{_day(links[0].on)}{became}{names}"


def _day(day: dt.date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


_HEIRS = """
    with recursive heir as (
        select successor_id from divisions_succession where predecessor_id = %s
        union
        select next.successor_id from heir join divisions_succession next on next.predecessor_id = heir.successor_id
    )
    select successor_id from heir
"""

_FORERUNNERS = """
    with recursive link as (
        select id, predecessor_id from divisions_succession where successor_id = %s
        union
        select before.id, before.predecessor_id
        from link join divisions_succession before on before.successor_id = link.predecessor_id
    )
    select id from link
"""
