"""Education bases: the public list and its map, one base with its visits, and what a post has to do about them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum

from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions.models import Level, code_at, span
from greenhood.exemplars.models import Base, Visit
from greenhood.exemplars.queries import waits
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.paging import First, Page, by_day, first, page

ORDER = by_day("designated_on", is_descending=True)
MOST_ON_MAP, MOST_SHOWN = 2000, 100
IN_FORCE, EXPIRED, REMOVED = "in_force", "expired", "removed"
STATES = {IN_FORCE: "有效", EXPIRED: "已到期", REMOVED: "已取消"}
State = Base.State


@dataclass(frozen=True, slots=True)
class Filters:
    """What the public list is narrowed to; without a state, what is in force."""

    text: str = ""
    theme: str = ""
    within: int | None = None
    state: str = IN_FORCE


def with_places() -> QuerySet[Base]:
    found = Base.objects.select_related("division", "designated_in", "waits_at")
    return found.defer("division__bigrams", "designated_in__bigrams", "waits_at__bigrams")


def listed(filters: Filters, *, after: str = "", before: str = "") -> Page[Base]:
    """The bases that everybody sees, the latest named first, each with its visits counted."""
    return page(_counted(_narrowed(filters)), ORDER, after=after, before=before)


def every(filters: Filters) -> Iterator[Base]:
    return _counted(_narrowed(filters)).order_by("-designated_on", "-pk").iterator(chunk_size=1000)


def in_force(filters: Filters) -> int:
    """How many hold the name today, in the filtered place."""
    return _narrowed(Filters(within=filters.within)).count()


def on_map(filters: Filters) -> list[Base]:
    """Those with a place, as the list is filtered."""
    found = _narrowed(filters).filter(latitude__isnull=False)
    return list(found.order_by("-designated_on", "-pk")[:MOST_ON_MAP])


def _counted(found: QuerySet[Base]) -> QuerySet[Base]:
    valid = Q(visits__removed_at=None)
    return found.annotate(
        visit_count=Count("visits", filter=valid), visitors=Sum("visits__people", filter=valid, default=0)
    )


def _narrowed(filters: Filters) -> QuerySet[Base]:
    today = today_in_shanghai()
    found = with_places().filter(
        {
            IN_FORCE: Q(state=State.DESIGNATED, valid_until__gte=today),
            EXPIRED: Q(state=State.DESIGNATED, valid_until__lt=today),
            REMOVED: Q(state=State.REMOVED),
        }[filters.state]
    )
    if filters.text:
        found = found.filter(Q(name__contains=filters.text) | Q(address__contains=filters.text))
    if filters.theme:
        found = found.filter(themes__contains=[filters.theme])
    if filters.within:
        level = next(level for level in Level if code_at(filters.within, level) == filters.within)
        low, high = span(filters.within, level)
        found = found.filter(division__code__gte=low, division__code__lt=high)
    return found


def by_pk(pk: UUID) -> Base | None:
    return with_places().filter(pk=pk).first()


def is_public(base: Base) -> bool:
    return base.state in (State.DESIGNATED, State.REMOVED) and base.designated_on is not None


def may_read(base: Base, actor: Actor) -> bool:
    """Everybody sees what was named; an application only those in whose scope it is, and who decides it."""
    return is_public(base) or (
        actor.user is not None and (actor.may(Capability.VIEW, base.division) or may_decide(base, actor))
    )


def may_decide(base: Base, actor: Actor) -> bool:
    own = actor.post.division_id if actor.post else None
    return own is not None and base.waits_at_id == own and actor.may(Capability.CURATE)


def visits(base: Base) -> list[Visit]:
    return list(base.visits.filter(removed_at=None).order_by("-on", "-pk")[:MOST_SHOWN])


def totals(base: Base) -> dict[str, int]:
    """How many groups and people came, in all."""
    found: dict[str, int] = base.visits.filter(removed_at=None).aggregate(
        groups=Count("pk"), people=Sum("people", default=0)
    )
    return found


def to_decide(actor: Actor) -> First[Base]:
    found = waits.bases_to_decide(actor)
    return first(None if found is None else with_places().filter(pk__in=found.values("pk")), "pk", most=MOST_SHOWN)


def own(actor: Actor) -> First[Base]:
    """What the post's own division applied for, whatever became of it."""
    may_apply = actor.post is not None and actor.may(Capability.SHARE)
    found = with_places().filter(division=actor.post.division) if actor.post and may_apply else None
    return first(found, "-edited_at", "-pk", most=MOST_SHOWN)
