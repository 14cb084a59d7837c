"""What tests of surveys start from: an open campaign over a few kinds, things recorded, an operation of a phone."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from greenhood.accounts.actor import Actor
from greenhood.baseline.actions import campaigning
from greenhood.baseline.actions.campaigning import Terms
from greenhood.baseline.models import Campaign, Reply
from greenhood.divisions.models import Division
from greenhood.facts import actions as facts
from greenhood.facts.kinds import kind
from greenhood.facts.models import Fact
from greenhood.kit.dates import today_in_shanghai
from tests.cast import Cast

ASKED = {"population": ["households", "residents"], "estates": ["name", "dwellings"], "heritage": ["name"]}
VALUES: dict[str, dict[str, Any]] = {
    "population": {"households": 1200, "residents": 3100},
    "estates": {"name": "锦绣苑", "dwellings": 800, "area": Decimal("42000.00")},
    "heritage": {"name": "古银杏", "heritage_type": "tree", "condition": "intact"},
}


def terms(**changes: Any) -> Terms:
    today = today_in_shanghai()
    usual = {
        "title": "2026 年社区底数摸底",
        "fresh_from": today - dt.timedelta(days=60),
        "due_on": today + dt.timedelta(days=30),
        "asked": ASKED,
    }
    return Terms(**usual | changes)


def opened(cast: Cast, *, by: Actor | None = None, division: Division | None = None, **changes: Any) -> Campaign:
    officer = by or cast.county_officer
    campaign = campaigning.draft(division or officer.post.division, terms(**changes), by=officer)
    return campaigning.open_(campaign, by=officer)


def reply_of(campaign: Campaign, community: Division) -> Reply:
    return Reply.objects.select_related("campaign", "community").get(campaign=campaign, community=community)


def recorded(cast_actor: Actor, community: Division, key: str, *, days_ago: int = 0, **changes: Any) -> Fact:
    columns = {column.name: "" if column.type in {"text", "long", "choice"} else None for column in kind(key).columns}
    return facts.record(
        kind(key),
        community,
        columns | VALUES[key] | changes,
        dated=today_in_shanghai() - dt.timedelta(days=days_ago),
        by=cast_actor,
    )


def filled(actor: Actor, community: Division) -> None:
    """Everything that ``ASKED`` asks."""
    for key in ASKED:
        recorded(actor, community, key)


def operation(by: Actor, community: Division, key: str = "estates", **changes: Any) -> dict[str, Any]:
    """What a phone sends."""
    usual = {
        "operation": str(uuid4()),
        "person": by.person_id,
        "post": by.post_id,
        "verb": "record",
        "community": community.number,
        "kind": key,
        "thing": str(uuid4()),
        "replaces": None,
        "values": {"name": "锦绣苑", "dwellings": "800"},
        "dated": today_in_shanghai().isoformat(),
    }
    return usual | changes


def body(sent: dict[str, Any]) -> bytes:
    return json.dumps(sent).encode()


def versions(key: str, thing: str) -> list[Any]:
    return list(kind(key).model.objects.filter(thing=UUID(thing)).order_by("dated", "recorded_at"))
