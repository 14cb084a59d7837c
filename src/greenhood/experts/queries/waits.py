"""What waits in this room for the acting post: counted on every page, so each is one indexed filter."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from greenhood.accounts import waiting
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions.models import Level, span
from greenhood.experts.models import UNDER_WAY, Entry, Offer, RequestState, ServiceRequest, State, Visit
from greenhood.experts.queries.pool import SOON
from greenhood.kit.dates import today_in_shanghai


def to_vet(actor: Actor) -> QuerySet[Entry] | None:
    """Applications to the pool of the post's own division."""
    return None if _keeps(actor) is None else Entry.objects.filter(pool=_keeps(actor), state=State.SUBMITTED)


def expiring(actor: Actor) -> QuerySet[Entry] | None:
    """Members of the own pool whose term is over or ends soon: to be renewed or taken out."""
    if _keeps(actor) is None:
        return None
    return Entry.objects.filter(pool=_keeps(actor), state=State.VALID, valid_to__lte=today_in_shanghai() + SOON)


def _keeps(actor: Actor) -> int | None:
    if actor.post is None or not actor.may(Capability.KEEP_POOL):
        return None
    return actor.post.division_id


def to_match(actor: Actor) -> QuerySet[ServiceRequest] | None:
    """Requests without an expert: the nearest office that keeps a pool finds one, those above may.

    That is the county's; in a city without counties its streets have codes in the place of the county (00), and it is the city's.
    """
    if _keeps(actor) is None or actor.post is None:
        return None
    division = actor.post.division
    if division.level not in {Level.COUNTY, Level.CITY}:
        return None
    low, high = division.span if division.level == Level.COUNTY else span(division.code, Level.COUNTY)
    return ServiceRequest.objects.filter(state=RequestState.OPEN, community__code__gte=low, community__code__lt=high)


def offered(actor: Actor) -> QuerySet[Offer] | None:
    """What the expert is asked and has not answered."""
    if actor.user is None or not actor.may(Capability.SERVE):
        return None
    return Offer.objects.filter(entry__user=actor.user, state=Offer.State.OPEN)


def to_confirm(actor: Actor) -> QuerySet[Visit] | None:
    """Visits that an expert recorded in the post's own community."""
    if actor.post is None or actor.post.division.level != Level.COMMUNITY:
        return None
    if not (actor.may(Capability.PLAN) and actor.may(Capability.RECORD)):
        return None
    return Visit.objects.filter(community=actor.post.division_id, state=Visit.State.REPORTED)


WAITING = (
    waiting.Kind("experts_to_vet", "专家入库申请待审核", "份", "experts:pool", to_vet, anchor="vet"),
    waiting.Kind(
        "experts_expiring",
        "专家有效期将满，待续期或出库",
        "人",
        "experts:pool",
        expiring,
        late=lambda: Q(valid_to__lt=today_in_shanghai()),
        anchor="expiring",
    ),
    waiting.Kind(
        "requests_to_match",
        "社区服务需求待对接",
        "件",
        "experts:requests",
        to_match,
        late=lambda: Q(state__in=UNDER_WAY, wished_to__lt=today_in_shanghai()),
    ),
    waiting.Kind("offers_to_answer", "社区邀请我服务", "件", "experts:mine", offered, anchor="offers"),
    waiting.Kind("visits_to_confirm", "专家到访待社区确认", "次", "experts:requests", to_confirm, anchor="confirm"),
)
