"""Joint meetings: the list, what waits, and what earlier meetings left undone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from greenhood.accounts.access import scope
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.coordination import standing
from greenhood.coordination.models import (
    OWED,
    RUNNING,
    Assignment,
    Attendance,
    Decision,
    Invitation,
    Meeting,
    MeetingState,
    State,
)
from greenhood.coordination.queries import assignments
from greenhood.declarations.paging import Count as Counted
from greenhood.declarations.paging import Page, by_day, count, page
from greenhood.divisions.models import Division
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.paging import First, first


@dataclass(frozen=True, slots=True)
class Filters:
    state: str = ""
    year: int | None = None
    word: str = ""


@dataclass(frozen=True, slots=True)
class Following:
    """What came of the decisions of one meeting."""

    decisions: int = 0
    tasks: int = 0
    done: int = 0
    overdue: int = 0


def listed(actor: Actor, filters: Filters, *, after: str = "", before: str = "") -> Page[Meeting]:
    """Meetings in the post's scope, the latest first."""
    return page(_found(actor, filters), by_day("on", is_descending=True), after=after, before=before)


def counted(actor: Actor, filters: Filters) -> Counted:
    return count(_found(actor, filters))


def to_export(actor: Actor, filters: Filters) -> Iterator[Meeting]:
    return _found(actor, filters).order_by("-on", "pk").iterator(chunk_size=2000)


def _found(actor: Actor, filters: Filters) -> QuerySet[Meeting]:
    found = Meeting.objects.select_related("division").defer("division__bigrams", "minutes")
    found = found.filter(_seen(actor))
    if filters.state in MeetingState.values:
        found = found.filter(state=filters.state)
    if filters.year:
        found = found.filter(on__year=filters.year)
    if filters.word:
        found = found.filter(Q(title__contains=filters.word) | Q(division__name__contains=filters.word))
    return found


def _seen(actor: Actor) -> Q:
    """Meetings of the post's division and those below, and those it is invited to."""
    seen = scope(actor, field="division")
    if actor.post is not None:
        invited = Invitation.objects.filter(division=actor.post.division).values("meeting")
        seen |= Q(pk__in=invited)
    return seen


def whole() -> QuerySet[Meeting]:
    found = Meeting.objects.select_related("division", "version__jurisdiction", "created_by")
    return found.defer(
        "division__bigrams", "version__document", "version__source_text", "version__jurisdiction__bigrams"
    )


def is_open_to(actor: Actor, meeting: Meeting) -> bool:
    """Whether the post may look at a meeting: from the division or above, or invited."""
    return actor.may(Capability.VIEW, meeting.division) or is_invited(actor, meeting)


def is_invited(actor: Actor, meeting: Meeting) -> bool:
    return actor.post is not None and meeting.invitations.filter(division=actor.post.division).exists()


def following(meetings: list[Meeting]) -> dict[object, Following]:
    """Of some meetings, by key: decisions, and how far what follows from them is. Two queries for all."""
    keys = [each.pk for each in meetings]
    decided = dict(
        Decision.objects.filter(meeting__in=keys).order_by().values_list("meeting").annotate(number=Count("pk"))
    )
    rows = (
        Assignment.objects.filter(decision__meeting__in=keys)
        .exclude(state=State.CANCELLED)
        .order_by()
        .values_list("decision__meeting")
        .annotate(
            tasks=Count("pk"),
            done=Count("pk", filter=Q(state=State.ACCEPTED)),
            overdue=Count("pk", filter=Q(state__in=OWED) & assignments.late()),
        )
    )
    tasks = {meeting: numbers for meeting, *numbers in rows}
    return {key: Following(decided.get(key, 0), *tasks.get(key, (0, 0, 0))) for key in keys}


def left_over(meeting: Meeting, most: int = 30) -> First[Assignment]:
    """What earlier meetings of the same division decided and isn't done: looked at again in this one."""
    found = assignments.with_places().filter(
        decision__meeting__division=meeting.division_id, decision__meeting__on__lt=meeting.on, state__in=RUNNING
    )
    return first(found.select_related("decision__meeting"), "deadline", "pk", most=most)


def held_in(division: Division, year: int) -> int:
    """How many meetings a division held in a year."""
    held = [MeetingState.HELD, MeetingState.CLOSED]
    return Meeting.objects.filter(division=division, on__year=year, state__in=held).count()


def last_held(division: Division) -> dt.date | None:
    held = [MeetingState.HELD, MeetingState.CLOSED]
    return (
        Meeting.objects.filter(division=division, state__in=held).order_by("-on").values_list("on", flat=True).first()
    )


def to_answer(actor: Actor) -> QuerySet[Invitation] | None:
    """Invitations that the post's division or department has not answered."""
    if actor.post is None or not actor.may(Capability.RESPOND):
        return None
    return Invitation.objects.filter(
        division=actor.post.division,
        line__in=standing.lines_of(actor.post),
        attendance=Attendance.INVITED,
        meeting__state=MeetingState.DRAFT,
        meeting__on__gte=today_in_shanghai(),
    )


def waiting_for(actor: Actor) -> list[Invitation]:
    """The invitations to answer, the next meeting first: of meetings to come at the post's own level and above, a few."""
    found = to_answer(actor)
    return [] if found is None else list(found.select_related("meeting").order_by("meeting__on", "pk"))
