"""What a declaration does to the self-assessment that it rests on: closes it, seals the list of evidence, reopens it.

The assessment is held before anything else is written, as its own actions do: declaration, assessment, standing and
history are always taken in this order.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from greenhood.accounts.actor import Actor
from greenhood.assessments import actions as assessments
from greenhood.assessments.models import Assessment
from greenhood.declarations.errors import Refused
from greenhood.declarations.models import LIVE, Declaration, Status


def hold(declaration: Declaration) -> Assessment:
    """The self-assessment, held until the transaction ends."""
    Assessment.objects.select_for_update().only("pk").get(pk=declaration.assessment_id)
    declaration.assessment = Assessment.objects.select_related("community").get(pk=declaration.assessment_id)
    return declaration.assessment


def check_complete(assessment: Assessment) -> None:
    """Refuse while criteria are unanswered, by what the facts say today. The assessment is held."""
    assessments.refresh_now(assessment)
    _refuse_incomplete(assessment)


def _refuse_incomplete(assessment: Assessment) -> None:
    missing = assessment.asked - assessment.answered
    if missing > 0 or not assessment.asked:
        raise Refused(f"自评还有{f' {missing} ' if assessment.asked else '全部'}项没有填写，请填写完整后再提交。")


def close(declaration: Declaration, *, by: Actor, at: dt.datetime | None = None) -> None:
    """Lock the self-assessment; its total and the seal over its evidence stay with the declaration."""
    assessment = declaration.assessment
    is_open = assessment.locked_at is None or assessment.answer_rows.filter(reopened_at__isnull=False).exists()
    sealed = assessments.relock(assessment, by=by, at=at) if is_open else assessments.sealed(assessment, by=by, at=at)
    # The figures are those of the moment of locking: facts may have moved since they were looked at.
    _refuse_incomplete(assessment)
    Declaration.objects.filter(pk=declaration.pk).update(declared_total=assessment.total, evidence_seal=sealed)


def reopen(
    declaration: Declaration,
    items: Sequence[tuple[int, str]],
    reason: str,
    *,
    by: Actor,
    at: dt.datetime | None = None,
) -> None:
    """Open the returned items alone, or everything where none is named."""
    if items:
        assessments.reopen_items(declaration.assessment, dict(items), by=by, at=at)
    else:
        assessments.unlock(declaration.assessment, by=by, reason=reason, at=at)


def release(declaration: Declaration, reason: str, *, by: Actor, at: dt.datetime | None = None) -> None:
    """Open the self-assessment again, unless another declaration rests on it."""
    if not _rests_elsewhere(declaration):
        assessments.unlock(declaration.assessment, by=by, reason=reason, at=at)


def _rests_elsewhere(declaration: Declaration) -> bool:
    others = Declaration.objects.filter(assessment=declaration.assessment_id).exclude(pk=declaration.pk)
    return others.filter(status__in=[*LIVE, Status.AWARDED]).exists()
