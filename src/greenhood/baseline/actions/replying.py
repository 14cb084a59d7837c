"""What a community and its street do with a reply: submit, take back, check section by section."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from greenhood.accounts.access import NotAllowed, check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.baseline import asking
from greenhood.baseline.errors import NotPossible
from greenhood.baseline.events import Event
from greenhood.baseline.models import Reply, SectionCheck
from greenhood.baseline.queries import completeness
from greenhood.divisions.models import Level
from greenhood.facts.kinds import Section
from greenhood.history import actions as history

REASON_MOST = 500


@transaction.atomic
def submit(reply: Reply, *, by: Actor, at: dt.datetime | None = None) -> Reply:
    """Hand in what the community has recorded. Handing in twice changes nothing. Raises NotPossible while anything is missing."""
    held = _hold(reply)
    check(by, Capability.DECLARE, held.community)
    if held.state == Reply.State.SUBMITTED:
        return held
    _require_open(held)
    if not held.is_with_community:
        raise NotPossible("街道已经核对通过，不需要再次提交。")
    line = completeness.by_community(held.campaign, held.community)[0]
    if not line.is_complete:
        unfinished = "、".join(section.value for section, is_done in line.sections.items() if not is_done)
        raise NotPossible(f"还有 {line.kinds - line.done} 类没有填完，不能提交：{unfinished}。")
    held.state, held.submitted_at, held.submitted_by = Reply.State.SUBMITTED, at or timezone.now(), by.user
    held.checked_at, held.checked_by = None, None
    _save(held)
    # What was accepted stays so; what was sent back has been worked on.
    SectionCheck.objects.filter(reply=held, result=SectionCheck.Result.RETURNED).delete()
    _record(Event.SUBMITTED, held, by, at=at)
    return held


@transaction.atomic
def withdraw(reply: Reply, *, by: Actor) -> Reply:
    """Take back what was handed in and not yet checked. Raises NotPossible."""
    held = _hold(reply)
    check(by, Capability.DECLARE, held.community)
    if held.state == Reply.State.FILLING:
        return held
    _require_open(held)
    if held.state != Reply.State.SUBMITTED:
        raise NotPossible("街道已经核对，不能撤回。")
    held.state, held.submitted_at, held.submitted_by = Reply.State.FILLING, None, None
    _save(held)
    _record(Event.WITHDRAWN, held, by)
    return held


@transaction.atomic
def settle(reply: Reply, returned: Mapping[Section, str], *, revision: int, by: Actor) -> Reply:
    """Accept a reply, or send sections of it back, each with a reason. Raises NotPossible, also when it changed meanwhile."""
    held = _hold(reply)
    check(by, Capability.DECIDE, held.community)
    if by.post is not None and by.post.division.level == Level.COMMUNITY:
        raise NotAllowed("摸底填报由街道（乡镇）或上级核对，社区不能核对自己的填报。")
    _require_open(held)
    if held.state != Reply.State.SUBMITTED or held.revision != revision:
        raise NotPossible("这份填报已经核对过，或社区已经撤回、重新提交，请刷新后再核对。")
    parts = asking.sections(asking.read(held.campaign.asked))
    for section, reason in returned.items():
        if section not in parts:
            raise NotPossible(f"任务没有要求“{section.value}”。")
        if not reason.strip():
            raise NotPossible("请写明退回这一部分的原因。", field=f"reason-{section.name}")
        if len(reason) > REASON_MOST:
            raise NotPossible(f"退回原因不超过 {REASON_MOST} 字。", field=f"reason-{section.name}")
    now = timezone.now()
    SectionCheck.objects.filter(reply=held).delete()
    SectionCheck.objects.bulk_create(
        SectionCheck(
            reply=held,
            section=section.name,
            result=SectionCheck.Result.RETURNED if section in returned else SectionCheck.Result.ACCEPTED,
            reason=returned.get(section, "").strip(),
            at=now,
            by=by.user,
        )
        for section in parts
    )
    held.state = Reply.State.RETURNED if returned else Reply.State.ACCEPTED
    held.checked_at, held.checked_by = now, by.user
    _save(held)
    _record(
        Event.RETURNED if returned else Event.ACCEPTED,
        held,
        by,
        {section.value: reason.strip() for section, reason in returned.items()},
    )
    return held


def _hold(reply: Reply) -> Reply:
    rows = Reply.objects.select_for_update(of=("self",)).select_related("campaign__division", "community")
    return rows.get(pk=reply.pk)


def _require_open(reply: Reply) -> None:
    if not reply.campaign.is_open:
        raise NotPossible("任务已经结束，不能再提交或核对。需要补充的，请联系下发任务的单位重新开启。")


def _save(reply: Reply) -> None:
    reply.revision += 1
    reply.save()


def _record(
    event: Event,
    reply: Reply,
    by: Actor,
    returned: Mapping[str, Any] | None = None,
    *,
    at: dt.datetime | None = None,
) -> None:
    details = {"campaign": str(reply.campaign_id), **({"returned": dict(returned)} if returned else {})}
    history.record(event, reply, by=by, division_code=reply.community.code, details=details, at=at)
