"""Tasks: lists, what waits, and how far the phases of a scheme are."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, F, Q, QuerySet

from greenhood.accounts.access import scope
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.coordination import standing
from greenhood.coordination.models import OWED, RUNNING, Assignment, Source, State
from greenhood.declarations.paging import Count as Counted
from greenhood.declarations.paging import Page, by_day, count, page
from greenhood.divisions.models import Division, span
from greenhood.insight.queries import lower_divisions
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.paging import First, first

CODE_LENGTH = 12
MOST_LINES = 200
MINE, GIVEN, WAITING = "mine", "given", "waiting"
# As a line of work in an address: those given to a division as a whole, whose line is empty.
WHOLE = "-"


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; empty values narrow nothing.

    ``whose`` is ``mine``, ``given`` or ``waiting``; ``word`` a part of the title, a department, a division's name or the
    beginning of its code. ``scheme`` is that of the ``item`` or ``phase``; ``within`` the span of codes of those it was given
    to; ``giver`` the code of the division that gave it.
    """

    whose: str = ""
    state: str = ""
    source: str = ""
    item: str = ""
    phase: str = ""
    line: str = ""
    word: str = ""
    scheme: str = ""
    within: tuple[int, int] | None = None
    giver: int | None = None


def with_places() -> QuerySet[Assignment]:
    """Tasks with what a list says of them, without their long texts."""
    found = Assignment.objects.select_related("division", "assigner", "version")
    long = ("division__bigrams", "assigner__bigrams", "text", "result", "version__document", "version__source_text")
    return found.defer(*long)


def whole() -> QuerySet[Assignment]:
    """Tasks with all that their own page needs."""
    found = Assignment.objects.select_related(
        "division", "assigner", "version__jurisdiction", "decision__meeting", "created_by"
    )
    return found.defer(
        "division__bigrams", "assigner__bigrams", "version__jurisdiction__bigrams", "version__document",
        "version__source_text",
    )  # fmt: skip


def listed(actor: Actor, filters: Filters, *, after: str = "", before: str = "") -> Page[Assignment]:
    """The tasks in a post's scope, by day."""
    return page(_found(actor, filters), by_day("deadline"), after=after, before=before)


def counted(actor: Actor, filters: Filters) -> Counted:
    return count(_found(actor, filters))


def to_export(actor: Actor, filters: Filters) -> Iterator[Assignment]:
    """The same list whole, read in pieces."""
    return _found(actor, filters).order_by("deadline", "pk").iterator(chunk_size=2000)


def lines_given(actor: Actor, most: int = MOST_LINES) -> list[tuple[str, str]]:
    """The departments that tasks in the post's scope were given to: line and name, for the filter."""
    found = Assignment.objects.filter(scope(actor, field="division")).exclude(line="")
    rows = found.order_by("line").values_list("line", "department").distinct("line")[:most]
    return list(rows)


def _found(actor: Actor, filters: Filters) -> QuerySet[Assignment]:
    found = with_places().filter(scope(actor, field="division"))
    if filters.whose == MINE:
        found = found.filter(_mine(actor))
    elif filters.whose == WAITING:
        found = found.filter(_waiting(actor))
    elif filters.whose == GIVEN and actor.post is not None:
        found = found.filter(assigner=actor.post.division)
    if filters.state in State.values:
        found = found.filter(state=filters.state)
    elif filters.state == "overdue":
        found = found.filter(late(), state__in=OWED)
    elif filters.state == "running":
        found = found.filter(state__in=RUNNING)
    elif filters.state == "counted":
        found = found.exclude(state=State.CANCELLED)
    if filters.source in Source.values:
        found = found.filter(source=filters.source)
    for name in ("item", "phase", "line"):
        if value := getattr(filters, name):
            found = found.filter(**{name: "" if (name, value) == ("line", WHOLE) else value})
    if filters.scheme:
        found = found.filter(version__scheme_id=filters.scheme)
    if filters.within is not None:
        low, high = filters.within
        found = found.filter(division__code__gte=low, division__code__lt=high)
    if filters.giver is not None:
        found = found.filter(assigner__code=filters.giver)
    return found.filter(_about(filters.word)) if filters.word else found


def _about(word: str) -> Q:
    wanted = Q(title__contains=word) | Q(department__contains=word) | Q(division__name__contains=word)
    if word.isdecimal() and len(word) <= CODE_LENGTH:
        low = int(word.ljust(CODE_LENGTH, "0"))
        wanted |= Q(division__code__gte=low, division__code__lt=low + 10 ** (CODE_LENGTH - len(word)))
    return wanted


# --- what waits -------------------------------------------------------------------------------------------------------


def late() -> Q:
    return Q(deadline__lt=today_in_shanghai())


def to_do(actor: Actor) -> QuerySet[Assignment] | None:
    """What the post has to do: its division's or its department's."""
    if actor.post is None or not actor.may(Capability.RESPOND):
        return None
    return Assignment.objects.filter(_mine(actor), state__in=OWED)


def to_accept(actor: Actor) -> QuerySet[Assignment] | None:
    """What was handed in to the post's division."""
    if actor.post is None or not actor.may(Capability.COORDINATE):
        return None
    return Assignment.objects.filter(assigner=actor.post.division, state=State.HANDED_IN)


def waiting_for(actor: Actor, most: int = 20) -> First[Assignment]:
    """What the post has to do or to accept, by day. One query, two where there is more."""
    return first(with_places().filter(_waiting(actor)), "deadline", "pk", most=most)


def _waiting(actor: Actor) -> Q:
    waits = Q(pk__in=[])
    if actor.may(Capability.RESPOND):
        waits |= _mine(actor) & Q(state__in=OWED)
    if actor.may(Capability.COORDINATE) and actor.post is not None:
        waits |= Q(assigner=actor.post.division, state=State.HANDED_IN)
    return waits


def _mine(actor: Actor) -> Q:
    if actor.post is None:
        return Q(pk__in=[])
    return Q(division=actor.post.division, line__in=standing.lines_of(actor.post))


# --- how far ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Progress:
    """Of some tasks: how many there are (without the cancelled), done, overdue, waiting to be accepted."""

    given: int = 0
    accepted: int = 0
    handed_in: int = 0
    overdue: int = 0

    @property
    def done(self) -> Decimal | None:
        return Decimal(self.accepted) / self.given if self.given else None

    @property
    def running(self) -> int:
        return self.given - self.accepted - self.handed_in


def _numbers() -> dict[str, Count]:
    return {
        "given": Count("pk"),
        "accepted": Count("pk", filter=Q(state=State.ACCEPTED)),
        "handed_in": Count("pk", filter=Q(state=State.HANDED_IN)),
        "overdue": Count("pk", filter=Q(state__in=OWED) & late()),
    }


def _within(division: Division) -> QuerySet[Assignment]:
    low, high = division.span
    return Assignment.objects.filter(division__code__gte=low, division__code__lt=high).exclude(state=State.CANCELLED)


def by_task(division: Division, scheme_id: str) -> dict[str, Progress]:
    """How far the tasks of a scheme's phases are within a division, by the task's key. One query."""
    rows = _within(division).filter(source=Source.PHASE, version__scheme_id=scheme_id).order_by().values_list("item")
    return {item: Progress(*numbers) for item, *numbers in rows.annotate(**_numbers())}


def by_place(division: Division, scheme_id: str) -> list[tuple[Division, dict[str, Progress]]]:
    """The same by phase for each division directly below that was given anything. Two queries."""
    lower = lower_divisions(division)
    if not lower:
        return []
    _, width = span(0, max(each.level for each in lower))
    rows = (
        _within(division)
        .filter(source=Source.PHASE, version__scheme_id=scheme_id)
        .exclude(division=division)
        .order_by()
        .annotate(below=F("division__code") / width * width)
        .values_list("below", "phase")
        .annotate(**_numbers())
    )
    found: dict[int, dict[str, Progress]] = defaultdict(dict)
    for code, phase, *numbers in rows:
        found[code][phase] = Progress(*numbers)
    return [(each, found[each.code]) for each in lower if each.code in found]


def by_cell(division: Division, scheme_id: str) -> dict[tuple[str, str], Progress]:
    """How far the tasks from the duties of a scheme are that this division gave, by duty and line. One query."""
    rows = (
        Assignment.objects.filter(assigner=division, source=Source.DUTY, version__scheme_id=scheme_id)
        .exclude(state=State.CANCELLED)
        .order_by()
        .values_list("item", "line")
        .annotate(**_numbers())
    )
    return {(item, line): Progress(*numbers) for item, line, *numbers in rows}


def due_on(days: list[dt.date], today: dt.date) -> QuerySet[Assignment]:
    """The owed tasks with one of these deadlines that nobody was reminded of today."""
    found = with_places().filter(state__in=OWED, deadline__in=days)
    return found.filter(Q(reminded_on=None) | Q(reminded_on__lt=today)).order_by("deadline", "pk")
