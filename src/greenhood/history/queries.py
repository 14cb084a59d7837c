"""What is asked of history. Everything here reads; nothing is ever changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import models
from django.db.models import Q, QuerySet

from greenhood.history.actions import Subject, subject_of
from greenhood.history.models import Entry
from greenhood.kit.dates import end_of_day, start_of_day

PAGE = 50
COUNT_UP_TO = 10_000


def timeline(subject: models.Model | Subject, *, most: int = 200) -> list[Entry]:
    """What happened to one thing, in the order in which it happened; the latest ``most`` entries."""
    return timeline_of([subject], most=most)


def timeline_of(subjects: Iterable[models.Model | Subject], *, most: int = 200) -> list[Entry]:
    """What happened to several things that belong together (a declaration and its assessment), as one line, one query."""
    ids: dict[str, list[str]] = {}
    for subject in subjects:
        named = subject if isinstance(subject, Subject) else subject_of(subject)
        ids.setdefault(named.kind, []).append(named.id)
    wanted = Q(pk__in=[])
    for kind, of_kind in ids.items():
        wanted |= Q(subject_kind=kind, subject_id__in=of_kind)
    latest = Entry.objects.filter(wanted).order_by("-at", "-number", "-id")[:most]
    return list(reversed(latest))


def of_person(person_id: object, events: Collection[str] = (), *, most: int = 20) -> list[Entry]:
    """What a person did, the latest first; only these events, where any are named."""
    entries = Entry.objects.filter(person_id=str(person_id))
    if events:
        entries = entries.filter(event__in=list(events))
    return list(entries.order_by("-at", "-id")[:most])


@dataclass(frozen=True, slots=True)
class Filter:
    """What a reader of history looks for. Days are in Asia/Shanghai, both included; spans of codes half-open."""

    person: str = ""
    event: str = ""
    result: str = ""
    subject: str = ""
    span: tuple[int, int] | None = None
    first_day: dt.date | None = None
    last_day: dt.date | None = None
    chain: str = ""


def entries(wanted: Filter, within: tuple[int, int] | None = None) -> QuerySet[Entry]:
    """The entries that a reader looks for, the latest first; ``within`` is the span of codes that they may read."""
    found = Entry.objects.order_by("-at", "-id")
    for low, high in filter(None, (within, wanted.span)):
        found = found.filter(division_code__gte=low, division_code__lt=high)
    if wanted.person:
        found = found.filter(Q(person_name=wanted.person) | Q(person_id=wanted.person))
    if wanted.event:
        found = found.filter(event=wanted.event)
    if wanted.result:
        found = found.filter(result=wanted.result)
    if wanted.subject:
        found = found.filter(Q(subject_title__contains=wanted.subject) | Q(subject_id=wanted.subject))
    if wanted.first_day:
        found = found.filter(at__gte=start_of_day(wanted.first_day))
    if wanted.last_day:
        found = found.filter(at__lt=end_of_day(wanted.last_day))
    if wanted.chain:
        found = found.filter(chain=wanted.chain)
    return found


@dataclass(frozen=True, slots=True)
class Page:
    """Some entries and the keys by which its neighbours are asked for."""

    entries: Sequence[Entry]
    next: str
    previous: str


def page(found: QuerySet[Entry], *, after: str = "", before: str = "", size: int = PAGE) -> Page:
    """The page that begins after, or ends before, the entry with this key; the first where the key isn't one."""
    if before and (key := _read_key(before)):
        newer = found.filter(Q(at__gt=key[0]) | Q(at=key[0], id__gt=key[1])).order_by("at", "id")[: size + 1]
        rows = list(newer)
        has_newer, rows = len(rows) > size, list(reversed(rows[:size]))
        return Page(rows, _key(rows[-1]) if rows else "", _key(rows[0]) if has_newer else "")
    key = _read_key(after)
    if key:
        found = found.filter(Q(at__lt=key[0]) | Q(at=key[0], id__lt=key[1]))
    rows = list(found[: size + 1])
    has_older, rows = len(rows) > size, rows[:size]
    return Page(rows, _key(rows[-1]) if has_older else "", _key(rows[0]) if key and rows else "")


def count(found: QuerySet[Entry]) -> tuple[int, bool]:
    """How many there are, counted up to a limit, and whether there are more."""
    number = found.order_by()[: COUNT_UP_TO + 1].count()
    return min(number, COUNT_UP_TO), number > COUNT_UP_TO


def _key(entry: Entry) -> str:
    return f"{entry.at.astimezone(dt.UTC):%Y%m%dT%H%M%S.%f}_{entry.pk.hex}"


def _read_key(text: str) -> tuple[dt.datetime, UUID] | None:
    at, _, pk = text.partition("_")
    try:
        return dt.datetime.strptime(at, "%Y%m%dT%H%M%S.%f").replace(tzinfo=dt.UTC), UUID(hex=pk)
    except ValueError:
        return None
