"""What every action on an assessment begins and ends with: hold the row, see whether it is open, keep its total right."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db.models import F

from greenhood.accounts.access import check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.assessments import hooks, standards
from greenhood.assessments.computed import Grounds
from greenhood.assessments.errors import Closed
from greenhood.assessments.grounds import grounds_of
from greenhood.assessments.models import Answer, Assessment
from greenhood.schemes import engine


def held(pk: UUID, capability: Capability, by: Actor) -> Assessment:
    """The assessment, held until the transaction ends, once it is known that the actor may do this."""
    # Two queries, since PostgreSQL would hold the joined division as well, and with it every neighbour's work.
    Assessment.objects.select_for_update().only("pk").get(pk=pk)
    assessment = Assessment.objects.select_related("community").get(pk=pk)
    check(by, capability, assessment.community)
    return assessment


def require_open(assessment: Assessment, answer: Answer | None) -> None:
    """An item may be edited before the declaration, and afterwards only when it alone was sent back."""
    if assessment.locked_at is None or (answer is not None and answer.reopened_at is not None):
        return
    raise Closed("本项已随申报锁定，不能修改。如需修改，请由审核单位退回此项，或在街道推荐前撤回申报。")


def answer_of(assessment: Assessment, criterion: int) -> Answer | None:
    return Answer.objects.filter(assessment=assessment, criterion=criterion).first()


def present(assessment: Assessment) -> tuple[dict[int, Answer], Grounds]:
    """The answers of a held assessment, and what its computed checks rest on. Three queries at most."""
    rows = {row.criterion: row for row in assessment.answer_rows.all()}
    return rows, grounds_of(assessment, standards.standard_of(assessment), rows)


def recompute(
    assessment: Assessment, grounds: Grounds | None = None, rows: Mapping[int, Answer] | None = None
) -> engine.Result:
    """Keep what the engine says beside the answers that it says it of. Call it while the assessment is held."""
    if rows is None:
        rows = {row.criterion: row for row in assessment.answer_rows.all()}
    result = standards.result_of(assessment, rows, grounds)
    kept = summary(result)
    Assessment.objects.filter(pk=assessment.pk).update(revision=F("revision") + 1, **kept)
    _show(assessment, kept)
    hooks.changed(assessment)
    return result


def keep_result(assessment: Assessment, result: engine.Result) -> bool:
    """Keep a result that was computed without holding the assessment, unless it is the stored one or somebody was quicker;
    whether it was kept."""
    if is_kept(assessment, result):
        return False
    kept = summary(result)
    unchanged = Assessment.objects.filter(pk=assessment.pk, revision=assessment.revision)
    if not unchanged.update(revision=F("revision") + 1, **kept):
        return False
    _show(assessment, kept)
    hooks.changed(assessment)
    return True


def is_kept(assessment: Assessment, result: engine.Result) -> bool:
    return all(getattr(assessment, name) == value for name, value in summary(result).items())


def _show(assessment: Assessment, kept: Mapping[str, object]) -> None:
    for name, value in kept.items():
        setattr(assessment, name, value)
    assessment.revision += 1


def summary(result: engine.Result) -> dict[str, object]:
    """The columns that keep a result. ``parts`` is points by part key, decimals in text."""
    return {
        "total": result.total,
        "maximum": result.maximum,
        "level": result.level or "",
        "answered": result.answered,
        "asked": result.asked,
        "missed": list(result.missed),
        "parts": parts_of(result),
    }


def parts_of(result: engine.Result) -> dict[str, str]:
    return {part.key: f"{part.points:f}" for part in result.parts}
