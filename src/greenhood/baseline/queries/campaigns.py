"""Which campaigns there are, for whom, and what each waits for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404

from greenhood.accounts.access import scope
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.baseline.models import Campaign, Reply
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import DIGITS, Division, Level, code_at
from greenhood.divisions.subjects import CommonRule
from greenhood.schemes import queries as schemes
from greenhood.schemes.models import SchemeVersion


def campaigns_for(actor: Actor) -> QuerySet[Campaign]:
    """The campaigns that concern a post: of its division, of those within it, and of those above that ask its communities.

    Drafts are seen only by those who may open them.
    """
    if actor.post is None or not actor.may(Capability.VIEW):
        return Campaign.objects.none()
    division = actor.post.division
    above = [code_at(division.code, level) for level in range(min(division.level, len(DIGITS) - 1))]
    mine = Reply.objects.filter(scope(actor))
    found = Campaign.objects.filter(
        scope(actor, field="division") | Q(division__code__in=above, pk__in=mine.values("campaign"))
    )
    if not actor.may(Capability.SURVEY):
        found = found.exclude(state=Campaign.State.DRAFT)
    else:
        found = found.exclude(~scope(actor, field="division"), state=Campaign.State.DRAFT)
    return found.select_related("division", "version").order_by("-drafted_at", "-pk")


def campaign_for(actor: Actor, pk: UUID) -> Campaign:
    """One of them, or 404."""
    found = campaigns_for(actor).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def reply_for(campaign: Campaign, community: Division) -> Reply:
    """The community's part in the campaign, or 404."""
    found = (
        Reply.objects.select_related("campaign", "campaign__division", "campaign__version", "community")
        .prefetch_related("checks")
        .filter(campaign=campaign, community=community)
        .first()
    )
    if found is None:
        raise Http404
    return found


def seen_within(actor: Actor, campaign: Campaign) -> Division:
    """The part of a campaign that a post sees: all of it from above, its own division from below."""
    assert actor.post is not None
    own = actor.post.division
    return campaign.division if own.contains(campaign.division) else own


def open_replies(communities: Sequence[int]) -> list[Reply]:
    """The parts that these communities have in open campaigns, the first due first."""
    found = Reply.objects.filter(community__in=communities, campaign__state=Campaign.State.OPEN)
    rows = found.select_related("campaign", "community")
    return sorted(rows, key=lambda each: (each.due, each.community.code))


def subjects_of(campaign: Campaign) -> QuerySet[Division]:
    """Whom a campaign over all subjects asks: by its scheme's rule, or by the scheme in force there, or the common one."""
    version = campaign.version or schemes.scheme_for(campaign.division)
    rule = version.scheme.subjects if version else CommonRule()
    return divisions.subjects(rule, campaign.division)


def uncovered(campaign: Campaign) -> QuerySet[Division]:
    """The subjects that are no part of a campaign over all of them, for instance because they are new."""
    if campaign.covers == Campaign.Covers.CHOSEN:
        return Division.objects.none()
    return subjects_of(campaign).exclude(pk__in=campaign.replies.values("community"))


def versions_for(division: Division) -> list[SchemeVersion]:
    """The schemes that a campaign of a division may rest on: those in force of it and of what is above it."""
    codes = {code_at(division.code, level) for level in range(division.level + 1)}
    return list(schemes.newest().filter(jurisdiction__code__in=codes))


# What waits


def to_fill(actor: Actor) -> QuerySet[Reply]:
    """What a community's post still has to fill in and submit."""
    return _open(actor, Capability.DECLARE).filter(state__in=Reply.WITH_COMMUNITY)


def checks(actor: Actor) -> bool:
    """Whether submitted replies wait for this post: those of its street. Others above it may check, and aren't waited for."""
    return actor.post is not None and actor.post.division.level == Level.STREET and actor.may(Capability.DECIDE)


def to_check(actor: Actor) -> QuerySet[Reply]:
    """What was submitted and waits for a street's post."""
    if not checks(actor):
        return Reply.objects.none()
    return _open(actor, Capability.DECIDE).filter(state=Reply.State.SUBMITTED)


def waiting(actor: Actor) -> QuerySet[Reply]:
    """What waits for the post, of either kind."""
    return to_fill(actor) if actor.may(Capability.DECLARE) else to_check(actor)


@dataclass(frozen=True, slots=True)
class Waiting:
    """The replies that wait for a post, for its workbench: what to do, and the first few."""

    title: str
    replies: Sequence[Reply]


def on_desk(actor: Actor, *, most: int = 5) -> Waiting | None:
    """What of surveys waits for the post; None where nothing does. One query."""
    rows = list(waiting(actor).select_related("campaign", "community")[:most])
    if not rows:
        return None
    return Waiting("待填报的摸底" if rows[0].is_with_community else "待核对的摸底", rows)


def _open(actor: Actor, capability: Capability) -> QuerySet[Reply]:
    found = Reply.objects.filter(scope(actor, capability), campaign__state=Campaign.State.OPEN)
    return found.order_by("campaign__due_on", "community__code")
