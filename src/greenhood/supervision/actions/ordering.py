"""Orders to put things right: issued with a term, acknowledged, reported with proof, re-checked; longer time, withdrawal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max
from django.http import Http404
from django.utils import timezone

from greenhood.accounts import departments
from greenhood.accounts.access import NotAllowed, check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.declarations.actions import upkeep
from greenhood.declarations.errors import Refused as AwardRefused
from greenhood.declarations.models import Award, Rectification
from greenhood.divisions.models import Division
from greenhood.history import actions as history
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.ids import uuid7
from greenhood.schemes.models import SchemeVersion
from greenhood.supervision import terms
from greenhood.supervision.errors import Overtaken, Refused
from greenhood.supervision.events import Event
from greenhood.supervision.models import Escalation, Finding, Inspection, Order, Round
from greenhood.supervision.queries import offices
from greenhood.supervision.seeing import check_office

LONGEST_DEMANDS = 3000
LONGEST_REPORT = 5000
MOST_FINDINGS = 50
# Numbers of one issuer are given one at a time.
_LOCK = 0x5650


@dataclass(frozen=True, slots=True)
class Demands:
    """What an order says: to whom (a division, or a department of it), what, and by when; ``clause`` is what it rests on."""

    recipient: Division
    demands: str
    due_on: dt.date | None
    department: str = ""
    clause: str = ""

    @property
    def line(self) -> str:
        return departments.line(self.department.strip(), self.recipient.name)


@transaction.atomic
def issue(
    findings: Sequence[Finding],
    wanted: Demands,
    *,
    issuer: Division,
    by: Actor,
    version: SchemeVersion | None = None,
    is_demonstration: bool = False,
    key: UUID | None = None,
    at: dt.datetime | None = None,
) -> Order:
    """Order a community, a street or a department to put findings right by a day. Raises Refused.

    ``key`` is made by the page: the same sent twice (a double click) is one order.
    """
    check_office(by, issuer)
    now = at or timezone.now()
    today = today_in_shanghai(now)
    ids = [finding.pk for finding in findings]
    # Held first and read afterwards: a second order that waited here must see what the first one did.
    list(Finding.objects.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk"))
    if key is not None and (before := Order.objects.filter(pk=key, issuer=issuer).first()):
        return before
    related = ("inspection__division", "community", "order")
    held = list(Finding.objects.select_related(*related).filter(pk__in=ids).order_by("pk"))
    inspection = _check_findings(held, issuer)
    due_on = _check_words(wanted, issuer, held, today)
    order = Order.objects.create(
        pk=key or uuid7(),
        year=today.year,
        serial=_next_serial(issuer, today.year),
        issuer=issuer,
        recipient=wanted.recipient,
        department=wanted.department.strip(),
        line=wanted.line,
        inspection=inspection,
        demands=wanted.demands.strip(),
        version=version,
        clause=wanted.clause,
        due_on=due_on,
        issued_at=now,
        issued_by=by.user,
        issued_post=by.post,
        is_demonstration=is_demonstration,
    )
    Round.objects.create(order=order, number=1, begins_on=today, due_on=due_on)
    Finding.objects.filter(pk__in=ids).update(order=order)
    details = {
        "demands": order.demands,
        "due_on": due_on,
        "department": order.department,
        "findings": [finding.text for finding in held],
    }
    _tell(Event.ISSUED, order, by, details, at)
    return order


@transaction.atomic
def acknowledge(order: Order, *, by: Actor, revision: int, at: dt.datetime | None = None) -> Order:
    """The recipient has read it."""
    held = _held(order, revision, [Order.State.ISSUED])
    check_recipient(by, held)
    held.state, held.acknowledged_at, held.acknowledged_by = Order.State.ACKNOWLEDGED, at or timezone.now(), by.user
    return _save(held, Event.ACKNOWLEDGED, by, {}, at, "state", "acknowledged_at", "acknowledged_by")


@transaction.atomic
def report(order: Order, *, by: Actor, revision: int, text: str, at: dt.datetime | None = None) -> Order:
    """The recipient says what was put right; the photos are already with the round. It may say so again until the re-check."""
    held = _held(order, revision, Order.LIVE)
    check_recipient(by, held)
    if not text.strip():
        raise Refused({"text": "请写明整改情况。"})
    if len(text.strip()) > LONGEST_REPORT:
        raise Refused({"text": f"整改情况不超过 {LONGEST_REPORT} 字。"})
    now = at or timezone.now()
    current = held.rounds.get(number=held.round)
    current.report, current.reported_at, current.reported_by = text.strip(), now, by.user
    current.save(update_fields=["report", "reported_at", "reported_by"])
    if held.acknowledged_at is None:
        held.acknowledged_at, held.acknowledged_by = now, by.user
    # Said again, it does not give the issuer more time.
    held.recheck_on = held.recheck_on or terms.recheck_by(today_in_shanghai(now))
    if held.state != Order.State.REPORTED:
        held.state, held.watcher, held.escalated_on = Order.State.REPORTED, None, None
    details = {"report": current.report, "is_late": current.is_late, "recheck_on": held.recheck_on}
    saved = ("state", "recheck_on", "acknowledged_at", "acknowledged_by", "watcher", "escalated_on")
    return _save(held, Event.REPORTED, by, details, at, *saved)


@transaction.atomic
def accept(order: Order, *, by: Actor, revision: int, opinion: str, at: dt.datetime | None = None) -> Order:
    """The re-check found everything put right."""
    held = _held(order, revision, [Order.State.REPORTED])
    check_office(by, held.issuer)
    _recheck(held, Round.Result.PASSED, by, opinion, at)
    held.state, held.closed_at, held.closed_by = Order.State.PASSED, at or timezone.now(), by.user
    held.watcher, held.escalated_on, held.recheck_on = None, None, None
    saved = ("state", "closed_at", "closed_by", "watcher", "escalated_on", "recheck_on")
    return _save(held, Event.PASSED, by, {"opinion": opinion.strip()}, at, *saved)


@transaction.atomic
def reject(
    order: Order, *, by: Actor, revision: int, opinion: str, due_on: dt.date | None, at: dt.datetime | None = None
) -> Order:
    """The re-check found it not put right: the reason, and another term. What had been late stays before whom it had come up to."""
    held = _held(order, revision, [Order.State.REPORTED])
    check_office(by, held.issuer)
    today = today_in_shanghai(at)
    term = terms.check_term(due_on, today=today, clause=held.clause)
    _recheck(held, Round.Result.FAILED, by, opinion, at)
    last = held.escalations.filter(duty=Order.Duty.REPORT, due_on=held.due_on).order_by("-step").first()
    held.round += 1
    Round.objects.create(order=held, number=held.round, begins_on=today, due_on=term)
    held.state, held.due_on, held.recheck_on = Order.State.ACKNOWLEDGED, term, None
    _go_on_watching(held, last)
    details = {"opinion": opinion.strip(), "due_on": term, "round": held.round}
    saved = ("state", "due_on", "recheck_on", "round", "watcher", "escalated_on", "steps_before")
    return _save(held, Event.FAILED, by, details, at, *saved)


@transaction.atomic
def extend(
    order: Order, *, by: Actor, revision: int, due_on: dt.date | None, reason: str, at: dt.datetime | None = None
) -> Order:
    """More time, with the reason. What was escalated comes down again: the new day counts."""
    held = _held(order, revision, Order.OWED)
    check_office(by, held.issuer)
    today = today_in_shanghai(at)
    term = terms.check_term(due_on, today=today, clause=held.clause, after=held.due_on)
    if not reason.strip():
        raise Refused({"reason": "请写明延期的原因。"})
    current = held.rounds.get(number=held.round)
    said = {
        "on": today.isoformat(),
        "from": held.due_on.isoformat(),
        "to": term.isoformat(),
        "reason": reason.strip()[:500],
        "by": f"{by.post_title} {by.person_name}".strip(),
    }
    current.extensions, current.due_on = [*current.extensions, said], term
    current.save(update_fields=["extensions", "due_on"])
    held.due_on, held.watcher, held.escalated_on, held.steps_before = term, None, None, 0
    details = {"原期限": said["from"], "due_on": term, "reason": said["reason"]}
    return _save(held, Event.EXTENDED, by, details, at, "due_on", "watcher", "escalated_on", "steps_before")


@transaction.atomic
def withdraw(order: Order, *, by: Actor, revision: int, reason: str, at: dt.datetime | None = None) -> Order:
    """The order was a mistake; its findings can be ordered anew."""
    held = _held(order, revision, Order.LIVE)
    check_office(by, held.issuer)
    if not reason.strip():
        raise Refused({"reason": "请写明撤销的原因。"})
    held.state, held.closed_at, held.closed_by = Order.State.WITHDRAWN, at or timezone.now(), by.user
    held.withdrawn_reason = reason.strip()[:500]
    held.watcher, held.escalated_on, held.recheck_on = None, None, None
    saved = ("state", "closed_at", "closed_by", "withdrawn_reason", "watcher", "escalated_on", "recheck_on")
    return _save(held, Event.WITHDRAWN, by, {"reason": held.withdrawn_reason}, at, *saved)


@transaction.atomic
def put_title_at_stake(
    order: Order, award: Award, *, by: Actor, revision: int, criteria: Sequence[int] = (), at: dt.datetime | None = None
) -> Rectification:
    """Start the rectification of the community's title with this order's demands, and tie the two together.

    The scheme says who may and by when (``upkeep.order``); a title already under rectification is tied to that one.
    """
    held = _held(order, revision, Order.LIVE)
    if held.rectification_id is not None:
        raise Refused("本整改通知已与称号的限期整改关联。")
    if award.community_id not in {held.recipient_id, *held.findings.values_list("community", flat=True)}:
        raise Refused("这个称号不是被检查社区的。")
    present = award.rectifications.filter(result__in=upkeep.OPEN).first()
    if present is None:
        try:
            present = upkeep.order(award, by=by, demands=held.demands, criteria=criteria, at=at)
        except AwardRefused as problem:
            raise Refused(problem.reason) from problem
    else:
        check(by, Capability.SUPERVISE, award.community)
    held.rectification = present
    _save(held, Event.LINKED, by, {"award": award.number, "due_on": present.due_on}, at, "rectification")
    return present


def check_recipient(by: Actor, order: Order) -> None:
    """Raise unless the actor puts right what the order demands: a post of that very division, and of that department."""
    if by.is_system:
        return
    check(by, Capability.RESPOND, order.recipient)
    if by.post is None or by.post.division_id != order.recipient_id:
        raise NotAllowed(f"由{order.recipient.name}办理；上级岗位可以查看、督办。")
    if order.line and departments.line(by.post.department, by.post.division.name) != order.line:
        raise NotAllowed(
            f"由{order.recipient.name}{order.department}办理，您的岗位部门是“{by.post.department or '未填写'}”。"
        )


def is_recipient(by: Actor, order: Order) -> bool:
    try:
        check_recipient(by, order)
    except (NotAllowed, Http404):
        return False
    return True


# --- shared -------------------------------------------------------------------------------------------------------------


def _check_findings(held: Sequence[Finding], issuer: Division) -> Inspection:
    if not held:
        raise Refused({"findings": "请选择要整改的问题。"})
    if len(held) > MOST_FINDINGS:
        raise Refused({"findings": f"一份整改通知不超过 {MOST_FINDINGS} 个问题，请分开发出。"})
    inspections = {finding.inspection_id: finding.inspection for finding in held}
    if len(inspections) > 1:
        raise Refused({"findings": "一份整改通知只能针对同一次检查的问题。"})
    [inspection] = inspections.values()
    if inspection.division_id != issuer.pk:
        raise Refused(f"整改通知由检查单位（{inspection.division.name}）发出。")
    if inspection.is_hidden:
        raise Refused("暗访办结以前发出整改通知会让被检查单位知道检查，请先办结本次检查。")
    if inspection.state == Inspection.State.CANCELLED:
        raise Refused("这次检查已取消，不能发出整改通知。")
    if gone := [one for one in held if one.withdrawn_at is not None]:
        raise Refused({"findings": f"问题已撤销：{gone[0].text[:40]}。"})
    if under := [one for one in held if one.order is not None and one.order.is_live]:
        raise Refused({"findings": f"已就这个问题发出整改通知（{under[0].order.number}）：{under[0].text[:40]}。"})  # type: ignore[union-attr]
    return inspection


def _check_words(wanted: Demands, issuer: Division, held: Sequence[Finding], today: dt.date) -> dt.date:
    problems: dict[str, str] = {}
    term = None
    try:
        term = terms.check_term(wanted.due_on, today=today, clause=wanted.clause)
    except Refused as problem:
        problems |= problem.problems
    if not wanted.demands.strip():
        problems["demands"] = "请写明整改要求。"
    elif len(wanted.demands.strip()) > LONGEST_DEMANDS:
        problems["demands"] = f"整改要求不超过 {LONGEST_DEMANDS} 字。"
    if not issuer.contains(wanted.recipient):
        problems["recipient"] = f"{wanted.recipient.name}不在{issuer.name}，不能向其发出整改通知。"
    elif wanted.recipient.pk == issuer.pk and not wanted.department.strip():
        problems["department"] = "发给本级的，请写明责任部门。"
    elif reason := unheld(wanted):
        problems["department"] = reason
    elif strange := [one.community.name for one in held if not wanted.recipient.contains(one.community)]:
        problems["recipient"] = f"{strange[0]}的问题不归{wanted.recipient.name}，请选择当地社区、街道或本级部门。"
    if problems or term is None:
        raise Refused(problems)
    return term


def unheld(wanted: Demands) -> str:
    """Why nobody could answer an order to this department, and which ones there are; empty where somebody can, or none is named."""
    name, place = wanted.department.strip(), wanted.recipient.name
    known = offices.answering([wanted.recipient]) if name else []
    if not name or any(each.line == wanted.line for each in known):
        return ""
    there = "、".join(each.title for each in known)
    have = f"{place}有人办理的部门：{there}。" if there else f"{place}还没有人员在部门岗位上。"
    return f"{place}没有“{name}”的岗位，发出后无人能签收。{have}请改写部门名称，或先由安全管理员授予岗位。"


def _next_serial(issuer: Division, year: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, %s)", [_LOCK, issuer.pk % 2**31])
    last = Order.objects.filter(issuer=issuer, year=year).aggregate(last=Max("serial"))["last"]
    return (last or 0) + 1


def _held(order: Order, revision: int, states: Sequence[str]) -> Order:
    held = Order.objects.select_for_update(of=("self",)).select_related("issuer", "recipient").get(pk=order.pk)
    if held.revision != revision or held.state not in states:
        raise Overtaken(f"这份整改通知现在是“{held.get_state_display()}”，刚由他人办理，请核对下面的最新情况后再办。")
    return held


def _recheck(held: Order, result: str, by: Actor, opinion: str, at: dt.datetime | None) -> None:
    if not opinion.strip():
        raise Refused({"opinion": "请写明复查意见。"})
    current = held.rounds.get(number=held.round)
    current.result, current.opinion = result, opinion.strip()[:2000]
    current.checked_at, current.checked_by = at or timezone.now(), by.user
    current.save(update_fields=["result", "opinion", "checked_at", "checked_by"])


def _go_on_watching(held: Order, last: Escalation | None) -> None:
    """Leave a late order before the division that it had come up to; one that was never late begins anew."""
    if last is None and held.steps_before:
        last = held.escalations.filter(duty=Order.Duty.REPORT, step=held.steps_before).order_by("-due_on").first()
    held.watcher, held.escalated_on = (last.division, last.on) if last else (None, None)
    held.steps_before = last.step if last else 0


def _save(
    held: Order, event: Event, by: Actor, details: Mapping[str, Any], at: dt.datetime | None, *names: str
) -> Order:
    held.revision += 1
    held.save(update_fields=[*names, "revision"])
    _tell(event, held, by, details, at)
    return held


def _tell(event: Event, order: Order, by: Actor, details: Mapping[str, Any], at: dt.datetime | None) -> None:
    history.record(event, order, by=by, division_code=order.recipient.code, details=details, at=at)


def awards_at_stake(places: Sequence[int]) -> list[Award]:
    """Titles in force of these communities. One query."""
    found = Award.objects.filter(community__in=places, state__in=Award.IN_FORCE).select_related("community", "version")
    return list(found.defer("quotas").order_by("community__code", "pk"))
