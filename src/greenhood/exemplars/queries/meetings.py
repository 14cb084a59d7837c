"""On-site meetings: the list, a month's calendar, one meeting, and what a post was invited to."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum

from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division, Level, code_at, span
from greenhood.exemplars.models import Base, Invitation, LibraryEntry, Meeting
from greenhood.exemplars.queries import waits
from greenhood.exemplars.queries.library import among
from greenhood.insight.queries import lower_divisions
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.paging import First, Page, by_day, first, page

ORDER = by_day("on", is_descending=True)
PUBLIC = (Meeting.State.ANNOUNCED, Meeting.State.HELD)
MOST_SHOWN, MOST_OFFERED = 100, 200


@dataclass(frozen=True, slots=True)
class Filters:
    kind: str = ""
    state: str = ""
    within: int | None = None
    year: int | None = None
    text: str = ""


def with_places() -> QuerySet[Meeting]:
    found = Meeting.objects.select_related("division", "base", "community")
    return found.defer("division__bigrams", "community__bigrams")


def listed(filters: Filters, *, after: str = "", before: str = "") -> Page[Meeting]:
    """The meetings that everybody sees, the latest day first, with how many divisions and people came."""
    return page(_counted(_narrowed(filters)), ORDER, after=after, before=before)


def every(filters: Filters) -> Iterator[Meeting]:
    return _counted(_narrowed(filters)).order_by("-on", "-pk").iterator(chunk_size=1000)


def _counted(found: QuerySet[Meeting]) -> QuerySet[Meeting]:
    return found.annotate(
        invited=Count("invitations"),
        attending=Count("invitations", filter=Q(invitations__came__gt=0)),
        people=Sum("invitations__came", default=0),
    )


def _narrowed(filters: Filters) -> QuerySet[Meeting]:
    found = with_places().filter(state__in=[filters.state] if filters.state in PUBLIC else PUBLIC)
    if filters.kind in Meeting.Kind.values:
        found = found.filter(kind=filters.kind)
    if filters.year:
        found = found.filter(on__gte=dt.date(filters.year, 1, 1), on__lte=dt.date(filters.year, 12, 31))
    if filters.within:
        level = next(level for level in Level if code_at(filters.within, level) == filters.within)
        low, high = span(filters.within, level)
        found = found.filter(division__code__gte=low, division__code__lt=high)
    if filters.text:
        found = found.filter(Q(title__contains=filters.text) | Q(place__contains=filters.text))
    return found


@dataclass(frozen=True, slots=True)
class Month:
    """A month as weeks of days from Monday on, each with its meetings; ``previous`` and ``next`` as in addresses."""

    first: dt.date
    weeks: list[list[tuple[dt.date, list[Meeting]]]]
    previous: str
    next: str


def month(first: dt.date, filters: Filters) -> Month:
    """The meetings of a month as everybody sees them. One query."""
    weeks = calendar.Calendar().monthdatescalendar(first.year, first.month)
    by_date: dict[dt.date, list[Meeting]] = {}
    found = _narrowed(filters).filter(on__gte=weeks[0][0], on__lte=weeks[-1][-1])
    for row in found.order_by("on", "begins")[:MOST_OFFERED]:
        by_date.setdefault(row.on, []).append(row)
    before, after = first - dt.timedelta(days=1), first + dt.timedelta(days=31)
    return Month(
        first,
        [[(day, by_date.get(day, [])) for day in week] for week in weeks],
        f"{before:%Y-%m}",
        f"{after:%Y-%m}",
    )


def by_pk(pk: UUID) -> Meeting | None:
    return with_places().filter(pk=pk).first()


def may_read(meeting: Meeting, actor: Actor) -> bool:
    """Everybody sees announced and held ones; a plan or a cancelled one only who holds it, those above, and those invited."""
    if meeting.state in PUBLIC:
        return True
    if actor.user is None:
        return False
    return actor.may(Capability.VIEW, meeting.division) or (
        meeting.state == Meeting.State.CANCELLED and invitation_of(meeting, actor) is not None
    )


def is_host(meeting: Meeting, actor: Actor) -> bool:
    return actor.post is not None and actor.post.division_id == meeting.division_id and actor.may(Capability.SHARE)


def invitations(meeting: Meeting) -> list[Invitation]:
    found = meeting.invitations.select_related("division").defer("division__bigrams")
    return list(found.order_by("division__code"))


def invitation_of(meeting: Meeting, actor: Actor) -> Invitation | None:
    if actor.post is None:
        return None
    return meeting.invitations.select_related("division", "meeting").filter(division=actor.post.division).first()


def practices_of(meeting: Meeting) -> list[LibraryEntry]:
    """The practices shown, in the order of the agenda; those withdrawn since are left out."""
    return among(list(meeting.shown.values_list("practice", flat=True)))


def invited(actor: Actor) -> First[Invitation]:
    """What the post's own division has still to answer."""
    found = waits.invitations(actor)
    return first(None if found is None else found.select_related("meeting__division"), "meeting__on", most=MOST_SHOWN)


def to_close(actor: Actor) -> First[Meeting]:
    return first(waits.meetings_to_close(actor), "on", most=MOST_SHOWN)


def planned(actor: Actor) -> First[Meeting]:
    """The plans of the post's own division that nobody else sees yet."""
    may_plan = actor.post is not None and actor.may(Capability.SHARE)
    own = Meeting.objects.filter(state=Meeting.State.PLANNED)
    return first(own.filter(division=actor.post.division) if actor.post and may_plan else None, "on", most=MOST_SHOWN)


@dataclass(frozen=True, slots=True)
class Offered:
    """What a plan can choose from: value and words."""

    bases: list[tuple[str, str]]
    communities: list[tuple[str, str]]
    practices: list[tuple[str, str]]
    invited: list[tuple[str, str]]


def offered(division: Division) -> Offered:
    """The bases, communities and practices within a division, and whom it may invite. Five queries."""
    low, high = division.span
    bases = Base.objects.filter(state=Base.State.DESIGNATED, valid_until__gte=today_in_shanghai())
    bases = bases.filter(division__code__gte=low, division__code__lt=high)
    communities = divisions.within(division).filter(level=Level.COMMUNITY).defer("bigrams").order_by("code")
    entries = LibraryEntry.objects.filter(code__gte=low, code__lt=high).select_related("edition", "division")
    return Offered(
        [(str(one.pk), one.name) for one in bases.order_by("name")[:MOST_OFFERED]],
        [(str(one.pk), one.name) for one in communities[:MOST_OFFERED]],
        [
            (str(one.pk), f"{one.edition.title}（{one.division.name}）")
            for one in entries.order_by("-published_at").defer("terms", "text")[:MOST_OFFERED]
        ],
        [(str(one.pk), one.name) for one in lower_divisions(division)],
    )
