"""What officers and communities do with a declaration on its way: pass, return, reject, withdraw, resubmit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from greenhood.accounts.access import NotAllowed, check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.declarations import procedure
from greenhood.declarations.actions import joining, moving, papers
from greenhood.declarations.actions.moving import Joint, Move
from greenhood.declarations.errors import AlreadyDecided, Refused
from greenhood.declarations.models import LIVE, Decision, Declaration, Outcome, ReturnedItem, Status
from greenhood.declarations.queries.placing import Placed, placed
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes.format import Outcome as Allowed
from greenhood.schemes.format import Standard, StepKind

OPINION_MOST = 2000
BULK_MOST = 500


@transaction.atomic
def decide(
    declaration: Declaration,
    outcome: Allowed,
    *,
    by: Actor,
    revision: int,
    opinion: str = "",
    seal_date: dt.date | None = None,
    items: Sequence[tuple[int, str]] = (),
    visited_on: dt.date | None = None,
    visitors: str = "",
    joint: Sequence[Joint] = (),
    at: dt.datetime | None = None,
) -> Decision:
    """Pass, return or reject at the step at which the declaration waits.

    ``revision`` is the one that the person saw. ``items`` (criterion, reason) come with a return: they alone reopen.
    ``visited_on`` is asked for where the step is done on site. ``joint`` are the opinions of the departments with which
    the step is decided; blank ones are left out.
    """
    row = moving.lock_one(declaration.pk, revision)
    at_step = placed([row])[0]
    check(by, Capability.VIEW, row.community)
    if reason := cannot_decide(at_step, outcome, by):
        raise NotAllowed(reason)
    move = Move(
        row,
        Outcome(outcome),
        opinion.strip(),
        seal_date,
        _clean_items(at_step, outcome, items),
        visited_on,
        visitors.strip()[:200],
        joining.clean(at_step, joint, at),
    )
    if reason := procedure.refusal(at_step.scheme, at_step.facts, outcome):
        raise Refused(reason)
    check_opinion(at_step, move, at)
    if outcome is not Allowed.PASS:
        papers.hold(row)
    [decision] = moving.make([move], by=by, at=at)
    if outcome is Allowed.RETURN:
        _reopen(decision, move, by, at)
    if outcome is Allowed.REJECT:
        papers.release(row, move.opinion, by=by, at=at)
    moving.tell([move], by=by, at=at)
    return decision


def cannot_decide(at_step: Placed, outcome: Allowed, by: Actor) -> str | None:
    """Why this post can't decide at this step, or None. An award is given by ``awarding.award``, not here."""
    step = at_step.step
    if step is None or at_step.declaration.status != Status.ACTIVE:
        return None
    if by.is_system:
        return "须由经办人员作出决定。"
    if step.kind is StepKind.AWARD and outcome is Allowed.PASS:
        return f"请使用“{step.verb}”办理命名{procedure.cited(step)}。"
    assert by.post is not None
    allowed = by.may(Capability.DECIDE, at_step.declaration.community)
    return procedure.stranger(step, level=by.post.division.level, department=by.post.department, allowed=allowed)


def _clean_items(at_step: Placed, outcome: Allowed, items: Sequence[tuple[int, str]]) -> tuple[tuple[int, str], ...]:
    if not items:
        return ()
    step = at_step.step
    if outcome is not Allowed.RETURN:
        raise Refused("只有退回时才能指定退回的标准项。", field="items")
    if step is not None and not step.return_items:
        raise Refused(f"“{step.title}”只能整体退回，不能退回单项{procedure.cited(step)}。", field="items")
    known = {criterion.no for part in _standard(at_step).parts for criterion in part.criteria}
    clean = {}
    for number, reason in items:
        if number not in known:
            raise Refused(f"标准中没有第 {number} 项。", field="items")
        if not reason.strip():
            raise Refused(f"请写明第 {number} 项的退回理由。", field=f"return-{number}")
        clean[number] = reason.strip()[:1000]
    return tuple(sorted(clean.items()))


def _standard(at_step: Placed) -> Standard:
    return procedure.standard_of(at_step.scheme, at_step.declaration.assessment.standard_key)


def check_opinion(at_step: Placed, move: Move, at: dt.datetime | None) -> None:
    """Refuse, at the field, an opinion that is too long or missing, a visit that is missing, and days that can't be."""
    step = at_step.step
    assert step is not None
    if len(move.opinion) > OPINION_MOST:
        raise Refused(f"意见不超过 {OPINION_MOST} 字，现有 {len(move.opinion)} 字。", field="opinion")
    if not move.opinion and not move.items and procedure.needs_opinion(step, move.outcome):
        what = "意见" if move.outcome is Outcome.PASS else "理由"
        raise Refused(f"请写明{what}{procedure.cited(step)}。", field="opinion")
    if procedure.needs_visit(step, move.outcome) and move.visited_on is None:
        raise Refused(f"“{step.title}”须实地考察，请填写考察日期{procedure.cited(step)}。", field="visited_on")
    declared, today = today_in_shanghai(move.declaration.declared_at), today_in_shanghai(at)
    for field, label, day in (
        ("seal_date", "盖章日期", move.seal_date),
        ("visited_on", "实地考察日期", move.visited_on),
    ):
        if reason := procedure.impossible_day(label, day, declared, today):
            raise Refused(reason, field=field)


def _reopen(decision: Decision, move: Move, by: Actor, at: dt.datetime | None) -> None:
    ReturnedItem.objects.bulk_create(
        ReturnedItem(decision=decision, criterion=criterion, reason=reason) for criterion, reason in move.items
    )
    papers.reopen(move.declaration, move.items, move.opinion, by=by, at=at)


# --- many at once -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bulk:
    """What became of a bulk decision: the decisions made, and for each other declaration why not."""

    decided: list[Decision]
    refused: list[tuple[Declaration, str]]


@transaction.atomic
def pass_many(
    ids: Iterable[UUID],
    *,
    by: Actor,
    opinion: str = "",
    seal_date: dt.date | None = None,
    visited_on: dt.date | None = None,
    visitors: str = "",
    seen: dict[UUID, int] | None = None,
    at: dt.datetime | None = None,
) -> Bulk:
    """Pass every declaration that may pass, with one shared opinion, each as its own decision.

    ``seen`` gives the revision that the person saw of each; where it moved on since, that one is refused.
    """
    wanted = list(ids)
    if len(wanted) > BULK_MOST:
        raise Refused(f"一次最多办理 {BULK_MOST} 件，请分批办理。")
    moves, refused = [], []
    rows = moving.lock(wanted)
    stale = moving.last_decisions(row for row in rows if (seen or {}).get(row.pk, row.revision) != row.revision)
    for at_step in placed(rows):
        row = at_step.declaration
        move = Move(
            row, Outcome.PASS, opinion.strip(), seal_date, visited_on=visited_on, visitors=visitors.strip()[:200]
        )
        if reason := _cannot_pass(at_step, by, move, stale, at):
            refused.append((row, reason))
        else:
            moves.append(move)
    decided = moving.make(moves, by=by, at=at)
    moving.tell(moves, by=by, at=at)
    return Bulk(decided, refused)


def _cannot_pass(
    at_step: Placed, by: Actor, move: Move, stale: Mapping[UUID, str], at: dt.datetime | None
) -> str | None:
    row = at_step.declaration
    if not by.may(Capability.VIEW, row.community):
        return "不在您的岗位管辖范围内。"
    if row.pk in stale:
        return stale[row.pk]
    if reason := cannot_decide(at_step, Allowed.PASS, by):
        return reason
    if reason := procedure.refusal(at_step.scheme, at_step.facts, Allowed.PASS):
        return reason
    try:
        check_opinion(at_step, move, at)
    except Refused as problem:
        return problem.reason
    return None


# --- what the community does ------------------------------------------------------------------------------------------


@transaction.atomic
def withdraw(
    declaration: Declaration, *, by: Actor, revision: int, reason: str, at: dt.datetime | None = None
) -> Decision:
    """Take a declaration back before the award; the self-assessment opens again."""
    row = moving.lock_one(declaration.pk, revision)
    check(by, Capability.DECLARE, row.community)
    if row.status not in LIVE:
        raise Refused("该申报已经办结，不能撤回。")
    if not reason.strip():
        raise Refused("请写明撤回的原因。", field="reason")
    papers.hold(row)
    move = Move(row, Outcome.WITHDRAW, reason.strip())
    [decision] = moving.make([move], by=by, at=at)
    papers.release(row, move.opinion, by=by, at=at)
    moving.tell([move], by=by, at=at)
    return decision


@transaction.atomic
def resubmit(
    declaration: Declaration, *, by: Actor, revision: int, note: str = "", at: dt.datetime | None = None
) -> Decision:
    """Hand a returned declaration back, to the step that returned it."""
    row = moving.lock_one(declaration.pk, revision)
    check(by, Capability.DECLARE, row.community)
    if row.status != Status.RETURNED:
        raise Refused("该申报没有被退回，不需要重新提交。")
    papers.check_complete(papers.hold(row))
    move = Move(row, Outcome.RESUBMIT, note.strip())
    [decision] = moving.make([move], by=by, at=at)
    ReturnedItem.objects.filter(decision__declaration=row, closed_at=None).update(closed_at=decision.at)
    papers.close(row, by=by, at=at)
    moving.tell([move], by=by, at=at)
    return decision


__all__ = ["AlreadyDecided", "Bulk", "decide", "pass_many", "resubmit", "withdraw"]
