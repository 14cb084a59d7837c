"""What the receiver does: return single sections, accept, extend a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from greenhood.accounts.actor import Actor
from greenhood.kit.dates import today_in_shanghai
from greenhood.reporting.actions.holding import LONGEST_REASON, act_for, held_of, require_filed, tell
from greenhood.reporting.errors import Overtaken, Refused
from greenhood.reporting.events import Event
from greenhood.reporting.models import OWED, Kind, Obligation, State
from greenhood.reporting.sheets import entry_of, sheet_of


@transaction.atomic
def give_back(
    obligation: Obligation, *, reasons: Mapping[str, str], revision: int, by: Actor, at: dt.datetime | None = None
) -> None:
    """Return single sections, each with its reason; the others stay as they were filed. Raises Refused, Overtaken."""
    held = held_of(obligation.pk)
    act_for(by, held.receiver)
    require_filed(held, revision)
    if held.kind == Kind.APPRAISAL:
        raise Refused("这是上级的考核结论，只能确认收到；有不同意见的请向作出考核的一级反映。")
    sheet = sheet_of(held)
    given = {key: reason.strip() for key, reason in reasons.items() if reason.strip()}
    if not given:
        raise Refused("请选择要退回的部分，并写明理由。")
    if unknown := given.keys() - sheet.section_keys:
        raise Refused(f"报告没有“{'、'.join(sorted(unknown))}”这一部分。")
    if long := next((key for key, reason in given.items() if len(reason) > LONGEST_REASON), None):
        raise Refused({f"return-{long}": f"退回理由最多 {LONGEST_REASON} 字。"})
    held.state, held.returned = State.RETURNED, given
    held.revision += 1
    held.save(update_fields=["state", "returned", "revision"])
    said = {section.title: given[section.key] for section in sheet.entry.sections if section.key in given}
    tell(Event.RETURNED, held, by, {"sections": said}, at)


@transaction.atomic
def accept(obligation: Obligation, *, revision: int, by: Actor, at: dt.datetime | None = None) -> None:
    """Take a report as complete. Raises Refused, Overtaken."""
    held = held_of(obligation.pk)
    act_for(by, held.receiver)
    require_filed(held, revision)
    held.state, held.accepted_at, held.accepted_by = State.ACCEPTED, at or timezone.now(), by.user
    held.revision += 1
    held.save(update_fields=["state", "accepted_at", "accepted_by", "revision"])
    tell(Event.ACCEPTED, held, by, {}, at)


@transaction.atomic
def extend(
    obligation: Obligation, *, to: dt.date, reason: str, revision: int, by: Actor, at: dt.datetime | None = None
) -> None:
    """Give one division a later day, with a reason. Raises Refused, Overtaken."""
    held = held_of(obligation.pk)
    act_for(by, held.receiver)
    _require_extendable(held)
    if held.revision != revision:
        raise Overtaken
    if to <= held.deadline:
        source = entry_of(held).source
        raise Refused({"to": f"新的期限应晚于现在的期限 {held.deadline}（方案 {source} 规定 {held.due_on}）。"})
    if to < today_in_shanghai(at):
        source = entry_of(held).source
        raise Refused({"to": f"新的期限不能早于今天（方案 {source} 规定 {held.due_on}）。"})
    if not reason.strip():
        raise Refused({"reason": "请写明延期的理由。"})
    details = {"from": held.deadline, "to": to, "reason": reason.strip()}
    held.deadline, held.extended_reason, held.extended_by = to, reason.strip()[:LONGEST_REASON], by.user
    held.revision += 1
    held.save(update_fields=["deadline", "extended_reason", "extended_by", "revision"])
    tell(Event.EXTENDED, held, by, details, at)


def _require_extendable(held: Obligation) -> None:
    if held.receiver.level > held.reporter.level:
        source = entry_of(held).source
        raise Refused(f"这是上级对下级开展的，期限由方案规定（{source}），下级不能延长。")
    if held.state not in OWED:
        raise Refused(f"这一项{held.get_state_display()}，不必再延长。")
