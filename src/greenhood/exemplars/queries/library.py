"""The library of practices: search in Chinese, filters, one page after the other."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, QuerySet

from greenhood.divisions.models import Division, Level, code_at, span
from greenhood.exemplars import words
from greenhood.exemplars.library import SEPARATOR, TOPIC, TYPE
from greenhood.exemplars.models import LibraryEntry
from greenhood.kit.paging import Count, by_time, count, page

PAGE = 20
# As many as are ranked: nobody turns more pages than that hold.
MOST_FOUND = 500
NEWEST, ADOPTED = by_time("published_at", is_descending=True), "adopted"


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to; empty values narrow nothing. ``criteria`` are tags of which one is enough."""

    text: str = ""
    criteria: Collection[str] = ()
    topic: str = ""
    type: str = ""
    within: int | None = None
    year: int | None = None
    level: int | None = None
    sort: str = ""

    @property
    def words(self) -> list[str]:
        return words.asked(self.text)


@dataclass(frozen=True, slots=True)
class Found:
    """Some entries with their editions and divisions. With ``number`` they are page so-and-so of a ranked list, which ends
    after ``MOST_FOUND``; otherwise ``next`` and ``previous`` are the keys of the neighbouring pages."""

    rows: Sequence[LibraryEntry]
    count: Count
    words: list[str] = field(default_factory=list)
    number: int = 0
    has_next: bool = False
    next: str = ""
    previous: str = ""


def find(filters: Filters, *, number: int = 1, after: str = "", before: str = "") -> Found:
    """The library as it is filtered. With words the best come first, by where they stand; else the newest, or the most used.

    Three queries with words and what keeps the first to the index, two without.
    """
    if filters.text.strip() and not filters.words:
        return Found([], Count(0, False))
    if not filters.words and filters.sort != ADOPTED:
        found = page(_with_editions(_narrowed(filters)), NEWEST, after=after, before=before, size=PAGE)
        return Found(found.rows, count(_narrowed(filters)), next=found.next, previous=found.previous)
    ids = _ranked(filters) if filters.words else _most_used(filters)
    first = (max(number, 1) - 1) * PAGE
    wanted = ids[first : first + PAGE]
    rows = {row.pk: row for row in _with_editions(LibraryEntry.objects.filter(pk__in=wanted))}
    return Found(
        [rows[pk] for pk in wanted if pk in rows],
        Count(len(ids), len(ids) >= MOST_FOUND),
        filters.words,
        max(number, 1),
        len(ids) > first + PAGE,
    )


def has(filters: Filters) -> bool:
    """Whether some entry probably fits: of words by their pairs alone."""
    found = _narrowed(filters)
    if filters.words:
        found = found.filter(terms__contains=[term for word in filters.words for term in words.terms_of(word)])
    with _by_index():
        return found.exists()


def every(filters: Filters) -> Iterator[LibraryEntry]:
    """The same whole, for a workbook: with words the ranked ones, else all, the newest first."""
    if filters.words:
        rows = {row.pk: row for row in _with_editions(LibraryEntry.objects.filter(pk__in=_ranked(filters)))}
        return iter([rows[pk] for pk in _ranked(filters) if pk in rows])
    return _with_editions(_narrowed(filters)).order_by("-published_at", "-pk").iterator(chunk_size=1000)


def _with_editions(found: QuerySet[LibraryEntry]) -> QuerySet[LibraryEntry]:
    """Entries with what a list says of them, without the long texts."""
    long = ("edition__problem", "edition__done", "edition__conditions", "division__bigrams", "terms", "text")
    return found.select_related("edition", "division", "practice").defer(*long)


def _narrowed(filters: Filters) -> QuerySet[LibraryEntry]:
    found = LibraryEntry.objects.all()
    if wanted := [
        *([TOPIC + filters.topic] if filters.topic else []),
        *([TYPE + filters.type] if filters.type else []),
    ]:
        found = found.filter(tags__contains=wanted)
    if filters.criteria:
        found = found.filter(tags__overlap=list(filters.criteria))
    if filters.within:
        low, high = _span(filters.within)
        found = found.filter(code__gte=low, code__lt=high)
    if filters.year:
        found = found.filter(year=filters.year)
    if filters.level is not None:
        found = found.filter(level=filters.level)
    return found


def _span(code: int) -> tuple[int, int]:
    """Everything in the division with this code, at the highest level that it can be of."""
    level = next(level for level in Level if code_at(code, level) == code)
    return span(code, level)


def _ranked(filters: Filters) -> list[UUID]:
    """The best matches, at most ``MOST_FOUND``: by where the words stand, then by use, then the newest.

    Those with all words in the title, and those with all among the tags, are taken before the rest, so that a word of
    thousands of entries still brings the entries that are about it.
    """
    asked = filters.words
    narrowed = _narrowed(filters)
    tiers = [
        _matching(narrowed, [term for word in asked for term in words.terms_of(word, zone)])
        for zone in (words.TITLE, words.TAGS, words.BODY)
    ]
    with _by_index():
        ids = list(dict.fromkeys(tiers[0].union(*tiers[1:], all=True)))[:MOST_FOUND]
    rows = LibraryEntry.objects.filter(pk__in=ids).values_list("pk", "text", "adopted", "published_at")
    scored = [
        (score, adopted, published_at, pk)
        for pk, text, adopted, published_at in rows
        if (score := _score(text, asked)) is not None
    ]
    return [pk for *_, pk in sorted(scored, reverse=True)]


@contextmanager
def _by_index() -> Iterator[None]:
    """The planner doesn't know what it takes to unpack the terms of every entry: for a common word it would read them all."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("set local enable_seqscan = off")
        yield


def _matching(found: QuerySet[LibraryEntry], terms: list[str]) -> QuerySet[LibraryEntry, UUID]:
    # A sum keeps the planner from walking all entries from the newest on until enough of them match.
    newest = (F("year") + 0).desc()
    return found.filter(terms__contains=terms).order_by(newest, "-pk").values_list("pk", flat=True)[:MOST_FOUND]


def _score(text: str, asked: Sequence[str]) -> int | None:
    """How well an entry fits; None where a word only seemed to stand there, its pairs standing apart."""
    zones = dict(zip(words.WEIGHTS, text.split(SEPARATOR), strict=False))
    total = 0
    for word in asked:
        best = max((words.WEIGHTS[zone] for zone, said in zones.items() if word in said), default=0)
        if not best:
            return None
        total += best
    return total


def _most_used(filters: Filters) -> list[UUID]:
    return list(_narrowed(filters).order_by("-adopted", "-pk").values_list("pk", flat=True)[:MOST_FOUND])


def years() -> list[int]:
    """The years in which there are entries, the last first; by jumps over the index-free column of a small table."""
    bounds = LibraryEntry.objects.order_by("published_at").values_list("year", flat=True)
    first, last = bounds.first(), bounds.last()
    return [] if first is None or last is None else list(range(last, first - 1, -1))


def among(practices: Collection[UUID]) -> list[LibraryEntry]:
    """The entries of these practices, for lists of other rooms and pages; those withdrawn are left out."""
    rows = {row.pk: row for row in _with_editions(LibraryEntry.objects.filter(pk__in=practices))}
    return [rows[pk] for pk in practices if pk in rows]


def overlapping(tags: Collection[str], *, near: Division | None = None, most: int) -> list[LibraryEntry]:
    """The most used entries with one of the tags; within a division where one is given."""
    found = LibraryEntry.objects.filter(tags__overlap=list(tags))
    if near is not None:
        low, high = near.span
        found = found.filter(code__gte=low, code__lt=high)
    # Chosen by their keys alone, so that what thousands of editions say is not sorted along.
    chosen = list(found.order_by((F("adopted") + 0).desc(), "-pk").values_list("pk", flat=True)[:most])
    return list(_with_editions(LibraryEntry.objects.filter(pk__in=chosen)))
