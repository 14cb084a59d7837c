"""A plan held until the end of a step: by whom, in which state, in which revision; and its line of history."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from uuid import UUID

from greenhood.accounts.access import NotAllowed, check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions.models import Division
from greenhood.history import actions as history
from greenhood.planning import queries
from greenhood.planning.errors import Overtaken, Refused
from greenhood.planning.events import Event
from greenhood.planning.models import Plan
from greenhood.reporting.models import Obligation


def act_for(by: Actor, division: Division) -> None:
    check(by, Capability.PLAN, division)
    if by.post is not None and by.post.division_id != division.pk:
        raise NotAllowed(f"这份方案由{division.name}自己编制。")


def held_plan(pk: UUID) -> Plan:
    """The plan, and the obligation that says where it stands, held until the end."""
    row = (
        Plan.objects.select_for_update(of=("self",))
        .select_related("division", "receiver", "higher__jurisdiction", "based_on", "version")
        .get(pk=pk)
    )
    if row.obligation_id:
        row.obligation = (
            Obligation.objects.select_for_update(of=("self",))
            .select_related("reporter", "receiver", "version")
            .get(pk=row.obligation_id)
        )
    return row


def opened(plan: Plan, revision: int, by: Actor, key: str = "") -> Plan:
    held = held_plan(plan.pk)
    act_for(by, held.division)
    if not held.is_open:
        raise Refused(f"方案{held.state_title}，不能再改。需要修改的，请撤回，或请上级退回相应部分。")
    if held.revision != revision:
        raise Overtaken
    if key and key not in queries.open_sections(held):
        raise Refused("这一部分没有退回，不能改。")
    return held


def tell(event: Event, held: Plan, by: Actor, details: Mapping[str, object], at: dt.datetime | None) -> None:
    history.record(event, held, by=by, division_code=held.division.code, details=details, at=at)
