"""What the declaration asks of an assessment: lock it, open single items, lock them again, show evidence to the public."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.assessments import computed, standards
from greenhood.assessments.actions.holding import held, present, recompute
from greenhood.assessments.actions.overrides import end_refused
from greenhood.assessments.actions.sealing import seal
from greenhood.assessments.errors import BadAnswer, Closed
from greenhood.assessments.events import Event
from greenhood.assessments.models import Answer, Assessment
from greenhood.history import actions as history

LONGEST_REASON = 1000


@transaction.atomic
def lock(assessment: Assessment, *, by: Actor, at: dt.datetime | None = None) -> str:
    """Close the self-assessment for a declaration; the seal over its evidence. Raises Closed when it is locked already.

    The figures of this moment are kept with it: facts that change later don't change what was declared.
    """
    row = held(assessment.pk, Capability.DECLARE, by)
    if row.locked_at is not None:
        raise Closed("自评已经锁定，可能已由他人申报。请刷新页面查看申报进度。")
    _freeze(row, assessment, by, at)
    _set_locked(row, assessment, at or timezone.now())
    sealed = seal(row, "申报锁定", by=by, at=at)
    _record(Event.LOCKED, row, by, {"seal": sealed, "total": row.total}, at)
    return sealed


@transaction.atomic
def unlock(assessment: Assessment, *, by: Actor, reason: str = "", at: dt.datetime | None = None) -> None:
    """Open the whole assessment again: the declaration was withdrawn, returned as a whole, or ended without an award."""
    capability = Capability.DECLARE if by.may(Capability.DECLARE) else Capability.DECIDE
    row = held(assessment.pk, capability, by)
    if row.locked_at is None:
        return
    _set_locked(row, assessment, None)
    row.answer_rows.filter(reopened_at__isnull=False).update(reopened_at=None, reopened_reason="")
    _thaw(row, assessment)
    _record(Event.UNLOCKED, row, by, {"reason": reason}, at)


@transaction.atomic
def reopen_items(assessment: Assessment, items: Mapping[int, str], *, by: Actor, at: dt.datetime | None = None) -> None:
    """Send single items back, each with its reason; they alone can be edited until ``relock``. Raises BadAnswer, Closed."""
    row = held(assessment.pk, Capability.DECIDE, by)
    if row.locked_at is None:
        raise Closed("自评没有锁定，社区可以直接修改，不需要退回单项。")
    for criterion, reason in items.items():
        standards.line_of(row, criterion)
        if not reason.strip():
            raise BadAnswer(
                criterion, {f"return-{criterion}": f"退回第 {criterion} 项需要写明理由，社区才知道改什么。"}
            )
        if len(reason) > LONGEST_REASON:
            raise BadAnswer(criterion, {f"return-{criterion}": f"退回理由最多 {LONGEST_REASON} 字。"})
    now = at or timezone.now()
    present = dict(row.answer_rows.values_list("criterion", "pk"))
    Answer.objects.bulk_create([Answer(assessment=row, criterion=no, revision=0) for no in items if no not in present])
    for answer in row.answer_rows.filter(criterion__in=items):
        answer.reopened_at, answer.reopened_reason = now, items[answer.criterion].strip()
        answer.save(update_fields=["reopened_at", "reopened_reason"])
    sent_back = {str(no): reason.strip() for no, reason in items.items()}
    _record(Event.ITEMS_REOPENED, row, by, {"items": sent_back}, at)


@transaction.atomic
def relock(assessment: Assessment, *, by: Actor, at: dt.datetime | None = None) -> str:
    """Close the items that were sent back; the new seal. The reasons stay, so that the reviewer sees what was asked."""
    row = held(assessment.pk, Capability.DECLARE, by)
    if row.locked_at is None:
        return lock(assessment, by=by, at=at)
    closed = list(row.answer_rows.filter(reopened_at__isnull=False).values_list("criterion", flat=True))
    _freeze(row, assessment, by, at)
    row.answer_rows.filter(reopened_at__isnull=False).update(reopened_at=None)
    sealed = seal(row, "退回项改完再次锁定", by=by, at=at)
    _record(Event.RELOCKED, row, by, {"items": closed, "seal": sealed, "total": row.total}, at)
    return sealed


@transaction.atomic
def show_publicly(assessment: Assessment, *, by: Actor) -> None:
    """From now on anybody may see the stripped copies of the photos that are marked as public (notice, award)."""
    _show(assessment, Event.SHOWN, by)


@transaction.atomic
def hide_publicly(assessment: Assessment, *, by: Actor) -> None:
    """The public sees none of the evidence any more (delisting, a notice that ended without an award)."""
    _show(assessment, Event.HIDDEN, by)


def _show(assessment: Assessment, event: Event, by: Actor) -> None:
    row = held(assessment.pk, Capability.DECIDE, by)
    if (row.public_from is not None) is (event is Event.SHOWN):
        return
    row.public_from = timezone.now() if event is Event.SHOWN else None
    row.save(update_fields=["public_from"])
    assessment.public_from = row.public_from
    _record(event, row, by, {})


def _freeze(row: Assessment, shown: Assessment, by: Actor, at: dt.datetime | None) -> None:
    """Keep the figures that count now: all of an open assessment, of a locked one anew those of the items sent back."""
    rows, grounds = present(row)
    if not grounds.figures:
        return
    row.figures = {computed.name_of(key): computed.stored(one) for key, one in sorted(grounds.figures.items())}
    # What is frozen anew can't have drifted yet.
    drift = {name: one for name, one in (row.drift or {}).items() if computed.key_of(name) in grounds.frozen}
    row.drift = drift or None
    row.save(update_fields=["figures", "drift"])
    recompute(row, grounds, rows)
    end_refused(row, grounds.frozen, by=by, at=at)
    _show_result(row, shown)


def _thaw(row: Assessment, shown: Assessment) -> None:
    """Let today's figures count again."""
    if row.figures is None:
        return
    row.figures = row.drift = None
    row.save(update_fields=["figures", "drift"])
    recompute(row)
    _show_result(row, shown)


def _show_result(row: Assessment, shown: Assessment) -> None:
    for name in ("figures", "drift", "total", "maximum", "level", "answered", "asked", "missed", "parts", "revision"):
        setattr(shown, name, getattr(row, name))


def _set_locked(row: Assessment, shown: Assessment, at: dt.datetime | None) -> None:
    row.locked_at = shown.locked_at = at
    row.save(update_fields=["locked_at"])


def _record(
    event: Event, row: Assessment, by: Actor, details: dict[str, object], at: dt.datetime | None = None
) -> None:
    history.record(event, row, by=by, division_code=row.community.code, details=details, at=at)
