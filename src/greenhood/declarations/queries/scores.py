"""The score of a declaration that counts: the panel's, else the last reviewer's, else the community's own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from greenhood.assessments.models import Assessment, ScoreSheet
from greenhood.declarations.models import Declaration, PanelCase


@dataclass(frozen=True, slots=True)
class Score:
    """Points in total and by part (part key → points as text), and who gave them."""

    total: Decimal | None
    parts: dict[str, Any]
    given_by: str


def counting(declarations: Iterable[Declaration]) -> dict[UUID, Score]:
    """The score that counts for each declaration, in three queries for any number of them."""
    rows = list(declarations)
    own = {
        pk: Score(total, parts, "社区自评")
        for pk, total, parts in Assessment.objects.filter(pk__in={row.assessment_id for row in rows}).values_list(
            "pk", "total", "parts"
        )
    }
    sheets = ScoreSheet.objects.filter(assessment__in=own, handed_in_at__isnull=False).exclude(scorer="panel")
    reviewed = {sheet.assessment_id: sheet for sheet in sheets.order_by("handed_in_at")}
    cases = PanelCase.objects.filter(declaration__in=[row.pk for row in rows], total__isnull=False)
    judged = {case.declaration_id: case.total for case in cases.order_by("decided_at")}
    found = {}
    for row in rows:
        sheet = reviewed.get(row.assessment_id)
        score = Score(sheet.total, sheet.parts, sheet.get_scorer_display()) if sheet else own[row.assessment_id]
        total = judged.get(row.pk)
        found[row.pk] = score if total is None else Score(total, {}, "评审组合议")
    return found
