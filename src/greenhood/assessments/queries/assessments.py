"""One assessment and its answers."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from greenhood.assessments import standards
from greenhood.assessments.models import Answer, Assessment
from greenhood.divisions.models import Division
from greenhood.schemes.models import SchemeVersion

# The text of a policy is long and kept by ``standards``; no page needs it from the row.
LONG = ("version__document", "version__source_text")


def with_place() -> QuerySet[Assessment]:
    return Assessment.objects.select_related("community", "version").defer(*LONG)


def assessment_with_place(pk: UUID) -> Assessment:
    """The assessment with its community and version; Assessment.DoesNotExist."""
    return with_place().get(pk=pk)


def of_community(community: Division) -> QuerySet[Assessment]:
    """The community's assessments, the newest first."""
    return with_place().filter(community=community).order_by("-year", "-started_at")


def rows_of(assessment: Assessment) -> dict[int, Answer]:
    """The stored answers by item, each with who edited it last."""
    return {row.criterion: row for row in assessment.answer_rows.select_related("edited_by")}


def newer_version(assessment: Assessment) -> SchemeVersion | None:
    """A later version of the same scheme, while the assessment could still take it."""
    if assessment.locked_at is not None:
        return None
    return (
        SchemeVersion.objects.filter(scheme_id=assessment.scheme_id, version__gt=assessment.version.version)
        .defer("document", "source_text")
        .order_by("-version")
        .first()
    )


def unanswered(assessment: Assessment) -> list[int]:
    """The items that are not completely answered."""
    result = standards.result_of(assessment, {row.criterion: row for row in assessment.answer_rows.all()})
    return [line.no for line in result.criteria if line.state == "unanswered"]
