"""The lists of practices that a post works through: to review, written by its division, published by it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.db.models import QuerySet

from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions.models import Level, code_at, span
from greenhood.exemplars.models import Practice
from greenhood.exemplars.queries.practices import to_review, with_places
from greenhood.kit.paging import Count, First, Page, by_time, count, first, page

REVIEW, OWN, PUBLISHED = "review", "own", "published"
TITLES = {REVIEW: "等我审核的经验", OWN: "本单位撰写的经验", PUBLISHED: "本级发布的经验"}
# What waits longest comes first, else what was edited last.
ORDERS = {
    REVIEW: by_time("submitted_at"),
    OWN: by_time("edited_at", is_descending=True),
    PUBLISHED: by_time("edited_at", is_descending=True),
}
MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Filters:
    """``within`` is the code of a division in which the practice was written."""

    text: str = ""
    state: str = ""
    within: int | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    page: Page[Practice]
    count: Count


def rows(actor: Actor, name: str) -> QuerySet[Practice] | None:
    """A list of the post's own division; None for a list that the post doesn't have, or that there isn't."""
    if actor.post is None or name not in TITLES:
        return None
    if name == REVIEW:
        found = to_review(actor)
        return None if found is None else with_places().filter(pk__in=found.values("pk"))
    if name == OWN:
        return with_places().filter(division=actor.post.division)
    if not actor.may(Capability.CURATE):
        return None
    return with_places().filter(published_in=actor.post.division, state=Practice.State.PUBLISHED)


def narrowed(found: QuerySet[Practice], filters: Filters) -> QuerySet[Practice]:
    if filters.text:
        found = found.filter(title__contains=filters.text)
    if filters.state:
        found = found.filter(state=filters.state)
    if filters.within:
        level = next(level for level in Level if code_at(filters.within, level) == filters.within)
        low, high = span(filters.within, level)
        found = found.filter(division__code__gte=low, division__code__lt=high)
    return found


def listed(found: QuerySet[Practice], name: str, *, after: str = "", before: str = "") -> Listed:
    """A page of a list, and how long the list is. Two queries."""
    return Listed(page(found, ORDERS[name], after=after, before=before), count(found))


def every(found: QuerySet[Practice], name: str) -> Iterator[Practice]:
    return found.order_by(*_order(name)).iterator(chunk_size=1000)


def heads(actor: Actor) -> Mapping[str, First[Practice]]:
    """The first rows of every list that the post has. Two queries each at most."""
    found = {name: rows(actor, name) for name in TITLES}
    return {
        name: first(of_name, *_order(name), most=MOST_SHOWN) for name, of_name in found.items() if of_name is not None
    }


def _order(name: str) -> tuple[str, str]:
    sign = "-" if ORDERS[name].is_descending else ""
    return f"{sign}{ORDERS[name].column}", f"{sign}pk"
