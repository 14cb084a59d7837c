"""Claim otherwise than the data of a computed check, take that back, and rule on it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from greenhood.accounts.access import NotAllowed
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.assessments import answers, computed, standards
from greenhood.assessments.actions.holding import held, present, recompute, require_open
from greenhood.assessments.computed import Key
from greenhood.assessments.errors import BadAnswer, Closed, UnknownCriterion
from greenhood.assessments.events import Event
from greenhood.assessments.models import Assessment, Evidence, Override
from greenhood.history import actions as history
from greenhood.schemes.format import Criterion, Threshold

LONGEST_REASON = 1000


@transaction.atomic
def dispute(
    assessment: Assessment,
    *,
    criterion: int,
    check_no: int,
    kind: Override.Kind,
    reason: str,
    met: bool | None = None,
    value: Decimal | None = None,
    by: Actor,
    at: dt.datetime | None = None,
) -> Override:
    """Claim that a computed check is met (or not, or has another value), though the data say otherwise.

    It counts in the self-assessment until it is withdrawn; the figure stays beside it. Asks for a reason and for proof: a
    piece of evidence for the item or the check. Raises BadAnswer with a sentence per field, Closed, UnknownCriterion.
    The same claim again changes nothing; one claim at a time stands for a check.
    """
    row = held(assessment.pk, Capability.ASSESS, by)
    line = standards.line_of(row, criterion, check_no)
    key = (criterion, check_no)
    if not computed.is_computed(line.checks[check_no - 1]):
        raise UnknownCriterion(criterion, check_no)
    rows, grounds = present(row)
    require_open(row, rows.get(criterion))
    reason = reason.strip()
    standing = grounds.claims.get(key)
    if standing is not None:
        if (standing.kind, standing.met, standing.value, standing.reason) == (kind, met, value, reason):
            return standing
        raise BadAnswer(criterion, {_field(check_no): _stands(standing)})
    figure = grounds.known(key)
    if found := _problems(row, line, key, met, value, reason, figure is not None):
        raise BadAnswer(criterion, found)
    assert figure is not None, "a claim against an unknown figure was let through"
    made = Override.objects.create(
        assessment=row,
        criterion=criterion,
        check_no=check_no,
        kind=kind,
        met=met,
        value=value,
        reason=reason,
        indicator=figure.key,
        figure=figure.value,
        at=at or timezone.now(),
        by=by.user,
    )
    recompute(row)
    _record(Event.DISPUTED, made, row, by, {"figure": figure.value, "met": met, "value": value, "reason": reason}, at)
    return made


@transaction.atomic
def withdraw_override(override: Override, *, by: Actor, at: dt.datetime | None = None) -> Override:
    """Take a claim back: the figure counts again. Taking it back twice is once. Raises Closed once it is declared."""
    row = held(override.assessment_id, Capability.ASSESS, by)
    require_open(row, row.answer_rows.filter(criterion=override.criterion).first())
    made = Override.objects.get(pk=override.pk)
    if made.withdrawn_at is None:
        _withdraw(made, by, at)
        recompute(row)
        _record(Event.DISPUTE_WITHDRAWN, made, row, by, {}, at)
    return made


@transaction.atomic
def rule(
    override: Override, *, ruling: Override.Ruling, reason: str, by: Actor, at: dt.datetime | None = None
) -> Override:
    """Say whether reviewers take a claim, with the reason. What was declared stays; scores stay the reviewers' own.

    A claim that was refused no longer counts once its item is open again. A level above may rule anew, one below may not.
    Raises Closed where there is nothing to rule on, BadAnswer without a reason, NotAllowed.
    """
    capability = Capability.SCORE if by.may(Capability.SCORE) else Capability.DECIDE
    row = held(override.assessment_id, capability, by)
    made = Override.objects.select_related("ruled_post__division").get(pk=override.pk)
    if made.withdrawn_at is not None:
        raise Closed("社区已经撤回这条主张，不需要再认定。")
    if row.locked_at is None:
        raise Closed("社区还没有申报，自评仍可修改；申报后再认定。")
    if made.ruled_post and not by.may(capability, made.ruled_post.division):
        raise NotAllowed("上级已经作出认定，下级不能改变。")
    reason = reason.strip()
    if not reason:
        raise BadAnswer(made.criterion, {f"rule-{made.pk}": "请写明采纳或不采纳的理由，社区和下一环节会看到。"})
    if len(reason) > LONGEST_REASON:
        raise BadAnswer(made.criterion, {f"rule-{made.pk}": f"理由最多 {LONGEST_REASON} 字，现在有 {len(reason)} 字。"})
    if (made.ruling, made.ruling_reason) == (ruling, reason):
        return made
    made.ruling, made.ruling_reason = ruling, reason
    made.ruled_at, made.ruled_by, made.ruled_post = at or timezone.now(), by.user, by.post
    made.save(update_fields=["ruling", "ruling_reason", "ruled_at", "ruled_by", "ruled_post"])
    _record(Event.DISPUTE_RULED, made, row, by, {"ruling": ruling, "reason": reason}, at)
    return made


def end_refused(assessment: Assessment, locked: frozenset[Key], *, by: Actor, at: dt.datetime | None = None) -> None:
    """End the claims that reviewers refused, where the item is closed anew: they count no more. Called while held."""
    for made in assessment.overrides.filter(withdrawn_at=None, ruling=Override.Ruling.REFUSED):
        if (made.criterion, made.check_no) not in locked:
            _withdraw(made, by, at)
            _record(Event.DISPUTE_WITHDRAWN, made, assessment, by, {"because": "未被采纳"}, at)


def withdraw_outdated(assessment: Assessment, kept: frozenset[Key], *, by: Actor) -> None:
    """End the claims against checks that a newer version no longer computes in the same way. Called while held."""
    for made in assessment.overrides.filter(withdrawn_at=None):
        if (made.criterion, made.check_no) not in kept:
            _withdraw(made, by)
            _record(Event.DISPUTE_WITHDRAWN, made, assessment, by, {"because": "方案改版"})


def proofs(assessment: Assessment, criterion: int, check_no: int) -> int:
    """How many pieces of evidence in force prove a check: its own, and those of the item as a whole."""
    pieces = Evidence.objects.filter(assessment=assessment, criterion=criterion, removed_at=None)
    return pieces.filter(check_no=check_no).count() or pieces.filter(check_no=None).count()


def _withdraw(made: Override, by: Actor, at: dt.datetime | None = None) -> None:
    made.withdrawn_at, made.withdrawn_by = at or timezone.now(), by.user
    made.save(update_fields=["withdrawn_at", "withdrawn_by"])


def _field(check_no: int, name: str = "") -> str:
    return f"dispute-{check_no}{f'-{name}' if name else ''}"


def _stands(standing: Override) -> str:
    return f"{standing.by or '系统'}已对这一小项提出“{standing.get_kind_display()}”，撤回后才能另提。"


def _problems(
    assessment: Assessment,
    line: Criterion,
    key: Key,
    met: bool | None,
    value: Decimal | None,
    reason: str,
    is_known: bool,
) -> dict[str, str]:
    no, check_no = key
    threshold = line.checks[check_no - 1].threshold
    assert threshold is not None
    if not is_known:
        return {_field(check_no): "这一小项还没有数据，直接填写即可；或者先登记数据。"}
    found = {}
    if wrong := _claim_problem(standards.threshold_at(assessment, threshold), met, value):
        found[_field(check_no, "claim")] = wrong
    if not reason:
        found[_field(check_no, "reason")] = "请写明理由：数据哪里不对，或者另有什么依据。"
    elif len(reason) > LONGEST_REASON:
        found[_field(check_no, "reason")] = f"理由最多 {LONGEST_REASON} 字，现在有 {len(reason)} 字。"
    if not proofs(assessment, no, check_no):
        found[_field(check_no, "files")] = "请上传至少一件能证明的材料，或先在本项上传。"
    return found


def _claim_problem(threshold: Threshold, met: bool | None, value: Decimal | None) -> str:
    if met is None and value is None:
        return "请选择实际满足还是不满足，或填写实际数值。"
    if value is None:
        return ""
    if abs(value) > answers.LARGEST_VALUE:
        return f"数值太大（{value}），请核对单位（{threshold.unit}）。"
    if threshold.unit in {"%", "％"} and not 0 <= value <= 1000:
        return f"百分比应在 0 到 1000 之间，一般不超过 100，您填的是 {value.normalize():f}。"
    if met is not None and met is not answers.holds(threshold, value):
        says = "满足" if met else "不满足"
        return f"选了“{says}”，与数值 {value.normalize():f} 不符（要求{answers.in_words(threshold)}）。请核对后改其中一处。"
    return ""


def _record(
    event: Event,
    override: Override,
    assessment: Assessment,
    by: Actor,
    details: dict[str, object],
    at: dt.datetime | None = None,
) -> None:
    history.record(
        event,
        override,
        by=by,
        division_code=assessment.community.code,
        details={
            "assessment": str(assessment.pk),
            "criterion": override.criterion,
            "check": override.check_no,
            "kind": override.kind,
            **details,
        },
        at=at,
    )
