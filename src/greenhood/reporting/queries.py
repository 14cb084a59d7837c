"""What is owed, what was filed, how complete and how timely, for a post, a division and every division below it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Case, Count, F, Q, QuerySet, Value, When

from greenhood.accounts.access import scope
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.declarations.paging import Page, by_day, page
from greenhood.divisions.models import Division
from greenhood.insight.queries import lower_divisions
from greenhood.kit.dates import today_in_shanghai
from greenhood.reporting.models import OWED, Obligation, State

SOON = dt.timedelta(days=30)
# Fewer obligations than this say nothing about who is better: shown, not ranked.
LEAST_RANKED = 3


def with_places() -> QuerySet[Obligation]:
    return Obligation.objects.select_related("reporter", "receiver", "version")


def of_division(actor: Actor, *, year: int, state: str = "", after: str = "", before: str = "") -> Page[Obligation]:
    """What divisions in the post's scope owe in a year, by day."""
    found = with_places().filter(scope(actor, field="reporter"), year=year)
    if state in State.values:
        found = found.filter(state=state)
    elif state == "overdue":
        found = found.filter(state__in=OWED, deadline__lt=today_in_shanghai())
    return page(found, by_day("deadline"), after=after, before=before)


def owed_by(actor: Actor, *, today: dt.date) -> list[Obligation]:
    """What the post's own division has to file: overdue, returned, or due within 30 days."""
    if actor.post is None or not actor.may(Capability.REPORT):
        return []
    found = with_places().filter(reporter=actor.post.division, state__in=OWED, begins_on__lte=today)
    return list(found.filter(Q(deadline__lte=today + SOON) | Q(state=State.RETURNED)).order_by("deadline", "pk")[:50])


def to_receive(actor: Actor) -> list[Obligation]:
    """What was filed with the post's own division and waits to be looked at, the first filed first."""
    if actor.post is None or not actor.may(Capability.REPORT):
        return []
    found = with_places().filter(receiver=actor.post.division, state=State.FILED)
    return list(found.order_by("filed_at", "pk")[:50])


@dataclass(frozen=True, slots=True)
class Completeness:
    """How many documents one division and everything below it owed by a day, and what came of them."""

    division: Division
    owed: int
    filed: int
    on_time: int
    returned: int
    overdue: int

    @property
    def complete(self) -> Decimal | None:
        return None if not self.owed else Decimal(self.filed) / self.owed

    @property
    def timely(self) -> Decimal | None:
        return None if not self.owed else Decimal(self.on_time) / self.owed

    @property
    def is_ranked(self) -> bool:
        return self.owed >= LEAST_RANKED


def completeness(within: Division, *, year: int, by: dt.date) -> tuple[Completeness, list[Completeness]]:
    """What fell due in a year until a day: a division as a whole, and each one directly below it. Three queries."""
    lower = lower_divisions(within)
    low, high = within.span
    rows = (
        Obligation.objects.filter(reporter__code__gte=low, reporter__code__lt=high, year=year, deadline__lte=by)
        .annotate(place=_place_of(lower))
        .order_by()
        .values("place")
        .annotate(**_COUNTED)
        .values_list("place", *_COUNTED)
    )
    found = {place: dict(zip(_COUNTED, numbers, strict=True)) for place, *numbers in rows}
    whole = {name: sum(row[name] for row in found.values()) for name in _COUNTED}
    return Completeness(within, **whole), [Completeness(each, **found.get(each.pk, _NOTHING)) for each in lower]


_LATE = Q(filed_at__date__gt=F("deadline"))
_COUNTED = {
    "owed": Count("pk"),
    "filed": Count("pk", filter=Q(filed_at__isnull=False)),
    "on_time": Count("pk", filter=Q(filed_at__isnull=False) & ~_LATE),
    "returned": Count("pk", filter=Q(state=State.RETURNED)),
    "overdue": Count("pk", filter=Q(state__in=OWED)),
}
_NOTHING = dict.fromkeys(_COUNTED, 0)


def _place_of(lower: Iterable[Division]) -> Case:
    """Which of the divisions directly below a reporter lies in; null for the division itself."""
    return Case(
        *(
            When(reporter__code__gte=each.span[0], reporter__code__lt=each.span[1], then=Value(each.pk))
            for each in lower
        ),
        default=Value(None),
    )
