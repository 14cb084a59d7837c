"""What a phone keeps, so that it can work without a connection: who it belongs to, what can be filled in, what is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.baseline import asking
from greenhood.baseline.actions.syncing import typed
from greenhood.baseline.models import Campaign, Reply
from greenhood.baseline.queries import campaigns
from greenhood.baseline.queries.things import MOST_THINGS, nothing_there
from greenhood.divisions.models import Division, Level
from greenhood.facts import queries as facts
from greenhood.facts import showing
from greenhood.facts.forms import bounds, plain_number
from greenhood.facts.kinds import Column, Kind, Section
from greenhood.facts.models import Fact

MOST_COMMUNITIES = 200


def identity(actor: Actor) -> dict[str, Any]:
    """Who acts, and the communities with something to fill in that they may record in."""
    return {
        "person": actor.person_id,
        "person_name": actor.person_name,
        "post": actor.post_id,
        "post_name": actor.post_title,
        "may_record": actor.may(Capability.RECORD),
        "communities": [_place(each) for each in communities(actor)],
    }


def communities(actor: Actor) -> list[Division]:
    """The post's own community, or those of its division that an open campaign asks. One query."""
    if actor.post is None or not actor.may(Capability.RECORD):
        return []
    own = actor.post.division
    if own.level == Level.COMMUNITY:
        return [own]
    low, high = own.span
    asked = Reply.objects.filter(
        campaign__state=Campaign.State.OPEN, community__code__gte=low, community__code__lt=high
    )
    found = Division.objects.filter(pk__in=asked.values("community"), valid_to=None).defer("bigrams")
    return list(found.order_by("code")[:MOST_COMMUNITIES])


def definitions() -> dict[str, Any]:
    """Every kind that can be surveyed, by section, with its columns: the same for everybody."""
    kinds = asking.askable()
    present = {kind.section for kind in kinds}
    return {
        "sections": [{"key": section.name, "title": section.value} for section in Section if section in present],
        "kinds": [_kind(kind) for kind in kinds],
    }


def known(community: Division) -> dict[str, Any]:
    """What a community has recorded, and what open campaigns ask of it. Five queries."""
    kinds = asking.askable()
    present = facts.things(community.pk, most=MOST_THINGS, wanted=kinds)
    names = facts.names_of(
        community.pk, {column.refers_to for kind in kinds for column in kind.columns if column.refers_to}
    )
    stated = nothing_there([community.pk]).get(community.pk, {})
    return {
        "community": _place(community),
        "campaigns": [_campaign(reply) for reply in campaigns.open_replies([community.pk])],
        "things": {key: [_thing(fact, names) for fact in rows] for key, rows in present.items()},
        "nothing": {key: row.dated.isoformat() for key, row in stated.items()},
    }


def _place(division: Division) -> dict[str, str]:
    return {"code": division.number, "name": division.name}


def _campaign(reply: Reply) -> dict[str, Any]:
    campaign = reply.campaign
    return {
        "id": str(campaign.pk),
        "title": campaign.title,
        "asked": campaign.asked,
        "fresh_from": campaign.fresh_from.isoformat(),
        "due_on": str(reply.due),
        "instructions": campaign.instructions,
        "state": reply.get_state_display(),
        "url": reply.get_absolute_url(),
    }


def _kind(kind: Kind) -> dict[str, Any]:
    return {
        "key": kind.key,
        "title": kind.title,
        "section": kind.section.name,
        "help": kind.help,
        "is_single": kind.is_single,
        "is_located": kind.is_located,
        "name": kind.name,
        "area": kind.area,
        "columns": [_column(column) for column in kind.columns],
    }


def _column(column: Column) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": column.name,
        "title": column.title,
        "type": column.type,
        "unit": column.unit,
        "is_required": column.is_required,
        "help": column.help,
    }
    if column.choices:
        found["choices"] = [list(choice) for choice in column.choices]
    if column.refers_to:
        found["refers_to"] = column.refers_to
    if column.type in {"count", "amount"}:
        least, most = bounds(column)
        found |= {
            "least": None if least is None else plain_number(least),
            "most": None if most is None else plain_number(most),
        }
    if column.type in {"text", "long"} and column.field is not None:
        found["longest"] = column.field.max_length
    return found


def _thing(fact: Fact, names: Mapping[Any, str]) -> dict[str, Any]:
    return {
        "thing": str(fact.thing),
        "version": str(fact.id),
        "dated": fact.dated.isoformat(),
        "name": showing.name(fact, names),
        "values": typed(fact),
        "has_shape": bool(getattr(fact, "geometry", None)),
    }
