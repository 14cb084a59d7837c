"""Which street has a designer, who it was before, and where there is none."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.http import Http404

from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division, Level, code_at
from greenhood.experts.models import Designer
from greenhood.kit import paging
from greenhood.kit.dates import today_in_shanghai

PAGE = 50


def in_post(day: dt.date) -> Q:
    return Q(valid_from__lte=day) & (Q(valid_to=None) | Q(valid_to__gte=day))


@dataclass(frozen=True, slots=True)
class Row:
    """A street with its present designers, those of its communities included; above a county with the county's name."""

    street: Division
    designers: list[Designer]
    county: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of streets, and what holds of the whole division: how many streets, how many of them have none."""

    rows: list[Row]
    next: str
    streets: int
    without: int


@dataclass(frozen=True, slots=True)
class Filters:
    """``lacking`` keeps the streets without a designer, ``place`` those within a division."""

    place: Division | None = None
    lacking: bool = False
    word: str = ""


def streets(within: Division, filters: Filters, day: dt.date) -> QuerySet[Division]:
    """The streets of a division. ``word`` is part of a street's name or of a designer's."""
    low, high = (filters.place or within).span
    found = divisions.current().filter(level=Level.STREET, code__gte=low, code__lt=high)
    here = Designer.objects.filter(in_post(day), division=OuterRef("pk"))
    if filters.lacking:
        found = found.filter(~Exists(here))
    if filters.word:
        found = found.filter(Q(name__contains=filters.word) | Exists(here.filter(name__contains=filters.word)))
    return found.defer("bigrams").order_by("code")


def listing(within: Division, filters: Filters, *, after: int = 0, day: dt.date | None = None) -> Listing:
    """Streets by code with their designers. Four queries for any number of streets, one more above a county."""
    today = day or today_in_shanghai()
    rows = list(streets(within, filters, today).filter(code__gt=after)[: PAGE + 1])
    shown = rows[:PAGE]
    whole = Filters(place=filters.place)
    return Listing(
        list(_with_designers(shown, today, _counties(shown) if within.level < Level.COUNTY else {})),
        str(shown[-1].code) if len(rows) > PAGE else "",
        paging.count(streets(within, whole, today)).number,
        paging.count(streets(within, Filters(filters.place, lacking=True), today)).number,
    )


def _counties(streets: list[Division]) -> dict[int, str]:
    """The names of the counties that these streets lie in, by code. One query."""
    codes = {code_at(street.code, Level.COUNTY) for street in streets}
    return dict(divisions.current().filter(code__in=codes).values_list("code", "name"))


def _with_designers(shown: list[Division], day: dt.date, counties: Mapping[int, str]) -> Iterator[Row]:
    found: dict[int, list[Designer]] = defaultdict(list)
    if shown:
        low, high = shown[0].code, shown[-1].span[1]
        posts = Designer.objects.filter(in_post(day), division__code__gte=low, division__code__lt=high)
        for post in posts.select_related("division").order_by("division__code", "valid_from", "pk"):
            found[code_at(post.division.code, Level.STREET)].append(post)
    for street in shown:
        yield Row(street, found[street.code], counties.get(code_at(street.code, Level.COUNTY), ""))


def export_rows(within: Division, filters: Filters) -> Iterator[list[object]]:
    """One row per street and designer, in batches; streets without one have empty cells."""
    today, after = today_in_shanghai(), 0
    while True:
        rows = list(streets(within, filters, today).filter(code__gt=after)[:1_000])
        if not rows:
            return
        for row in _with_designers(rows, today, {}):
            for cells in [_cells(post) for post in row.designers] or [NOBODY]:
                yield [row.street.number, row.street.name, *cells]
        after = rows[-1].code


NOBODY: list[object] = ["", "", "", "", "", "", ""]


def _cells(post: Designer) -> list[object]:
    return [post.division.name, post.name, post.employer, post.contact, post.scope, post.valid_from, post.valid_to]


EXPORT_HEADINGS = ["街道代码", "街道", "负责范围", "社区设计师", "工作单位", "联系方式", "职责", "聘任自", "聘任至"]


def of_place(division: Division, *, with_past: bool) -> list[Designer]:
    """Who is or was the designer of a street or community: its own, those of the street it lies in, those of what lies in it."""
    low, high = division.span
    near = Q(division__code__gte=low, division__code__lt=high)
    if division.level == Level.COMMUNITY:
        near |= Q(division__code=code_at(division.code, Level.STREET), division__level=Level.STREET)
    found = Designer.objects.filter(near).select_related("division", "entry").order_by("-valid_from", "division__code")
    if not with_past:
        found = found.filter(in_post(today_in_shanghai()))
    return list(found[:200])


def designer_for(actor: Actor, pk: UUID) -> Designer:
    """A post, where the actor may look at its street or community, or holds it."""
    found = Designer.objects.select_related("division", "entry", "appointed_by").filter(pk=pk).first()
    if found is None:
        raise Http404
    is_own = actor.user is not None and found.entry is not None and found.entry.user_id == actor.user.pk
    if not is_own and not actor.may(Capability.VIEW, found.division):
        raise Http404
    return found


def overlapping(division: Division, first: dt.date, last: dt.date | None, *, but: UUID | None = None) -> list[Designer]:
    """The posts of a place that share a day with a span (open without ``last``). One query."""
    # One that was ended before it began was never held.
    lasting = Q(valid_to=None) | Q(valid_to__gte=first) & Q(valid_to__gte=F("valid_from"))
    found = Designer.objects.filter(lasting, division=division)
    if last is not None:
        found = found.filter(valid_from__lte=last)
    if but is not None:
        found = found.exclude(pk=but)
    return list(found.order_by("valid_from"))
