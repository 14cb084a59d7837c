"""The figures that goals count, of many divisions at once; also told to the reports that ask for pilots."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence

from django.db.models import Count, F, Q

from greenhood.declarations.models import Standing
from greenhood.divisions.models import DIGITS, Division, Level, code_at
from greenhood.insight.models import Rollup
from greenhood.insight.progress import Counts
from greenhood.insight.queries import counts_of
from greenhood.insight.subjects import counted
from greenhood.programme.models import Pilot
from greenhood.reporting.figures import Named
from greenhood.schemes.models import SchemeVersion

PILOTS = Named(
    "pilots", "试点社区", "个", "已确定、没有调整出名单的试点社区数，同一社区只计一次；按报告年度的最后一天（本年为今天）。",
    url_name="programme:pilots",
)  # fmt: skip


def counts_for(divisions: Collection[Division], versions: Sequence[SchemeVersion]) -> dict[int, Counts]:
    """The counts of today by id of the division: from the rollups, of communities from their standings. Three queries at most."""
    found = dict.fromkeys((each.pk for each in divisions), Counts())
    upper = [each.pk for each in divisions if each.level < Level.COMMUNITY]
    communities = [each.pk for each in divisions if each.level == Level.COMMUNITY]
    if upper:
        for rollup in Rollup.objects.filter(pk__in=upper):
            found[rollup.pk] = counts_of(rollup)
    if communities:
        for pk in counted(list(versions)).filter(pk__in=communities).values_list("pk", flat=True):
            found[pk] = Counts(1)
        for row in Standing.objects.filter(pk__in=[pk for pk in communities if found[pk].subjects]):
            found[row.pk] = Counts(1, int(row.participating), int(row.reached), int(row.demonstration))
    return found


def pilots_for(
    divisions: Collection[Division], *, key: tuple[str, str] | None = None, on: dt.date | None = None
) -> dict[int, int]:
    """How many communities of each division are pilots, of one goal or of any, by id. One query for each level."""
    rows = Pilot.objects.filter(_in_force(on))
    if key is not None:
        rows = rows.filter(scheme=key[0], entry=key[1])
    found = dict.fromkeys((each.pk for each in divisions), 0)
    by_level: dict[int, list[Division]] = defaultdict(list)
    for each in divisions:
        by_level[each.level].append(each)
    for level, places in by_level.items():
        width = 10 ** (12 - DIGITS[level])
        near = rows.filter(
            community__code__gte=min(each.code for each in places),
            community__code__lt=max(each.span[1] for each in places),
        )
        place = F("community__code") / width * width
        numbers = dict(near.order_by().values_list(place).annotate(Count("community", distinct=True)))
        found |= {each.pk: numbers.get(each.code, 0) for each in places}
    return found


def pilots_by_goal(division: Division) -> dict[tuple[str, str], int]:
    """How many communities of a division are pilots of each goal. One query."""
    low, high = division.span
    rows = Pilot.objects.filter(_in_force(None), community__code__gte=low, community__code__lt=high).order_by()
    numbers = rows.values_list("scheme", "entry").annotate(Count("community", distinct=True))
    return {(scheme, entry): number for scheme, entry, number in numbers}


def pilots_of_goals(
    divisions: Collection[Division], keys: Collection[tuple[str, str]]
) -> dict[tuple[tuple[str, str], int], int]:
    """How many communities of each division are pilots of each of these goals, by goal and id; those without any are left out. One query."""
    if not divisions or not keys:
        return {}
    rows = Pilot.objects.filter(
        _in_force(None),
        community__code__gte=min(each.code for each in divisions),
        community__code__lt=max(each.span[1] for each in divisions),
        scheme__in={scheme for scheme, _ in keys},
        entry__in={entry for _, entry in keys},
    )
    by_place = {(each.level, each.code): each.pk for each in divisions}
    levels = {each.level for each in divisions}
    found: Counter[tuple[tuple[str, str], int]] = Counter()
    for scheme, entry, code in rows.order_by().values_list("scheme", "entry", "community__code").distinct():
        places = (by_place.get((level, code_at(code, level))) for level in levels)
        found.update(((scheme, entry), place) for place in places if place is not None)
    return found


def _in_force(on: dt.date | None) -> Q:
    if on is None:
        return Q(state=Pilot.State.CONFIRMED)
    return Q(confirmed_on__lte=on) & (Q(removed_on=None) | Q(removed_on__gt=on))


def of_year(divisions: Sequence[Division], year: int) -> Mapping[int, Mapping[str, int]]:
    """The pilots of many divisions at the end of a year, as reports ask for them."""
    return {pk: {"pilots": number} for pk, number in pilots_for(divisions, on=dt.date(year, 12, 31)).items()}
