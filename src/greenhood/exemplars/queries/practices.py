"""One practice with all that its page says, what a post has to do about practices, and what was copied where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions.models import Division
from greenhood.exemplars.clauses import Criteria
from greenhood.exemplars.models import Adoption, Edition, Practice
from greenhood.schemes.crosswalk import Line, Related
from greenhood.schemes.models import SchemeVersion

MOST_SHOWN = 100


def with_places() -> QuerySet[Practice]:
    """Practices with their divisions and, where they are published, their library entry and edition."""
    related = ("division", "waits_at", "published_in", "entry__edition__published_in")
    big = ("division__bigrams", "waits_at__bigrams", "published_in__bigrams", "entry__terms", "entry__text")
    return Practice.objects.select_related(*related).defer(*big)


def is_published(practice: Practice) -> bool:
    return hasattr(practice, "entry")


def may_read_draft(practice: Practice, actor: Actor) -> bool:
    """Those in whose scope it was written, and the government at which it waits."""
    if actor.user is None:
        return False
    waits = practice.waits_at
    return actor.may(Capability.VIEW, practice.division) or (waits is not None and may_review(practice, actor))


def may_review(practice: Practice, actor: Actor) -> bool:
    own = actor.post.division_id if actor.post else None
    return own is not None and practice.waits_at_id == own and actor.may(Capability.CURATE)


def is_own(practice: Practice, actor: Actor) -> bool:
    return actor.post is not None and actor.post.division_id == practice.division_id and actor.may(Capability.SHARE)


def editions(practice: Practice, *, with_withdrawn: bool) -> list[Edition]:
    """The editions, the newest first; those that were withdrawn are for those who wrote and review it."""
    found = practice.editions.all() if with_withdrawn else practice.editions.filter(withdrawn_at=None)
    columns = ("number", "published_at", "withdrawn_at", "title", "practice", "published_in__name")
    return list(found.select_related("published_in").only(*columns))


@dataclass(frozen=True, slots=True)
class Cited:
    """A criterion that a practice serves: as the scheme has it, and its counterparts in the other schemes."""

    tag: str
    line: Line
    version: SchemeVersion | None
    related: Sequence[Related]


def cited(tags: Sequence[str], known: Criteria) -> list[Cited]:
    """The criteria of some tags; those that no scheme has any more are left out. No query."""
    lines = [(tag, known.line(tag)) for tag in tags]
    return [Cited(tag, line, known.version(tag), known.related(tag)) for tag, line in lines if line is not None]


def adoptions(practice: Practice) -> list[Adoption]:
    """Who uses it, the latest first."""
    found = practice.adoptions.select_related("community").defer("community__bigrams")
    return list(found.order_by("-since", "-pk")[:MOST_SHOWN])


def adoption_of(practice: Practice, community: Division) -> Adoption | None:
    return practice.adoptions.select_related("community").filter(community=community).first()


def used_in(community: Division) -> list[Adoption]:
    """What a community copied, the latest first, with what the library shows of it now, if anything."""
    found = Adoption.objects.filter(community=community)
    found = found.select_related("practice__division", "practice__entry__edition")
    found = found.defer("practice__division__bigrams", "practice__entry__terms", "practice__entry__text")
    return list(found.order_by("-since", "-pk")[:MOST_SHOWN])


# --- what a post has to do --------------------------------------------------------------------------------------------


def to_review(actor: Actor) -> QuerySet[Practice] | None:
    """What was handed in or recommended to the post's own division."""
    if actor.post is None or not actor.may(Capability.CURATE):
        return None
    return Practice.objects.filter(waits_at=actor.post.division)


def returned(actor: Actor) -> QuerySet[Practice] | None:
    """What came back to the post's own division to be corrected."""
    if actor.post is None or not actor.may(Capability.SHARE):
        return None
    return Practice.objects.filter(division=actor.post.division, state=Practice.State.RETURNED)


def by_pk(pk: UUID) -> Practice | None:
    return with_places().filter(pk=pk).first()
