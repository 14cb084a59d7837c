"""The public register of titles: what is awarded, in force, under rectification, withdrawn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet

from greenhood.declarations import paging
from greenhood.declarations.models import Award
from greenhood.declarations.paging import Count, Page
from greenhood.declarations.queries.listing import within
from greenhood.divisions import queries as divisions
from greenhood.divisions import succession
from greenhood.divisions.models import Division, DivisionCode

ORDER = paging.by_day("awarded_on", is_descending=True)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the register is narrowed to; empty values leave it open."""

    within: int | None = None
    title: str = ""
    year: int | None = None
    state: str = ""
    scheme: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One title with the names of the places above the community; ``fate`` says what became of a closed one."""

    award: Award
    path: list[str]
    fate: str = ""


@dataclass(frozen=True, slots=True)
class Entries:
    rows: list[Entry]
    page: Page[Award]
    count: Count


def awards(filters: Filters) -> QuerySet[Award]:
    exact = {
        "title": filters.title,
        "awarded_on__year": filters.year,
        "state": filters.state,
        "scheme_id": filters.scheme,
    }
    found = Award.objects.filter(**{name: value for name, value in exact.items() if value})
    if filters.within:
        found = found.filter(_within(filters.within))
    if filters.text:
        found = found.filter(_is_called(filters.text))
    return found


def _within(code: int) -> Q:
    """In the division with this code; by a former code, what it was and what lies in those who took its place."""
    division = succession.holder(code)
    if division is None or division.code == code:
        return Q(**within(code))
    heirs = succession.heirs(division)
    return reduce(or_, [_inside(heir) for heir in heirs], Q(community=division) if heirs else _inside(division))


def _inside(division: Division) -> Q:
    low, high = division.span
    return Q(community__code__gte=low, community__code__lt=high)


def _is_called(text: str) -> Q:
    """By a part of the present or a former name, or by the whole of a present or former code."""
    if text.isascii() and text.isdecimal() and len(text) == 12:
        return _within(int(text))
    former = DivisionCode.objects.filter(name__contains=text).values("division")
    return Q(community__name__contains=text) | Q(community__in=former)


def entries(filters: Filters, *, after: str = "", before: str = "") -> Entries:
    """One page of the register, newest first."""
    found = awards(filters)
    page = paging.page(_with_place(found), ORDER, after=after, before=before)
    return Entries(_entries(page.rows), page, paging.count(found))


def every_entry(filters: Filters, *, chunk: int = 1000) -> Iterator[Entry]:
    """Every row for an export, a chunk at a time."""
    after = ""
    while True:
        page = paging.page(_with_place(awards(filters)), ORDER, after=after, size=chunk)
        yield from _entries(page.rows)
        if not page.next:
            return
        after = page.next


def titles() -> dict[str, str]:
    """The names of the titles that were ever awarded, by key, for the filter."""
    return dict(Award.objects.order_by("title").distinct("title").values_list("title", "title_name"))


def _with_place(found: QuerySet[Award]) -> QuerySet[Award]:
    return found.select_related("community").defer("community__bigrams", "quotas")


def _entries(rows: Iterable[Award]) -> list[Entry]:
    rows = list(rows)
    paths = divisions.paths(row.community for row in rows)
    fates = succession.fates(row.community for row in rows)
    return [Entry(row, divisions.spoken(paths[row.community_id]), fates.get(row.community_id, "")) for row in rows]


def by_code(code: str) -> Award:
    """The award of a verification code, however it was typed; raises Award.DoesNotExist."""
    plain = "".join(sign for sign in code.upper() if sign.isalnum())
    return Award.objects.select_related("community", "version").get(code=plain)
