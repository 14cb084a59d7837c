"""A work plan held until the end of a step by its community, in the revision that the person saw; and its line of history."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from uuid import UUID

from greenhood.accounts.access import NotAllowed, check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions.models import Division, Level
from greenhood.history import actions as history
from greenhood.planning.errors import Overtaken, Refused
from greenhood.planning.events import Event
from greenhood.planning.models import WorkPlan


def act_for(by: Actor, community: Division) -> None:
    check(by, Capability.PLAN, community)
    if community.level != Level.COMMUNITY:
        raise Refused("工作计划由社区制定；街道以上请编制实施方案。")
    if by.post is not None and by.post.division_id != community.pk:
        raise NotAllowed(f"工作计划由{community.name}自己制定。")


def held_work_plan(pk: UUID, revision: int | None, by: Actor) -> WorkPlan:
    held = WorkPlan.objects.select_for_update(of=("self",)).select_related("community", "version").get(pk=pk)
    act_for(by, held.community)
    if revision is not None and held.revision != revision:
        raise Overtaken
    return held


def tell(event: Event, held: WorkPlan, by: Actor, details: Mapping[str, object], at: dt.datetime | None) -> None:
    history.record(event, held, by=by, division_code=held.community.code, details=details, at=at)
