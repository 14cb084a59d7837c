"""The gap advisor (补缺建议): for each level not reached, the least work that would reach it, item by item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from greenhood.accounts.capabilities import Capability
from greenhood.assessments import standards
from greenhood.assessments.pages import SelfAssessment
from greenhood.assessments.views.finding import assessment_for
from greenhood.schemes import advice, engine, words
from greenhood.schemes.format import Criterion
from greenhood.schemes.models import scheme_of


@dataclass(frozen=True, slots=True)
class Step:
    """One item to bring up to what it asks: where it stands now, and what is missing in it."""

    fix: advice.Fix
    line: Criterion
    part: str
    effort: str
    now: engine.CriterionResult


@dataclass(frozen=True, slots=True)
class Way:
    """The way to one level; no steps where nothing would be enough."""

    advice: advice.Advice
    steps: tuple[Step, ...]


@require_GET
def advise(request: HttpRequest, pk: UUID) -> HttpResponse:
    assessment, actor = assessment_for(request, pk, Capability.VIEW)
    sheet = SelfAssessment(assessment, actor)
    scheme = scheme_of(assessment.version_id)
    found = standards.advice_for(assessment, sheet.rows, sheet.grounds)
    context = {
        "page_title": f"{assessment.community.name} {assessment.year} 年：怎样补缺最省力",
        "assessment": assessment,
        "version": assessment.version,
        "sheet": sheet,
        "result": sheet.result,
        "ways": [Way(one, _steps(one, sheet.standard, sheet.results)) for one in found],
        "efforts": scheme.efforts,
        "effort_titles": words.EFFORTS,
        "effort_meanings": words.EFFORT_MEANINGS,
    }
    return render(request, "assessments/advice.html", context)


def _steps(
    found: advice.Advice, standard: standards.Standard, results: Mapping[int, engine.CriterionResult]
) -> tuple[Step, ...]:
    homes = {line.no: (part.key, line) for part in standard.parts for line in part.criteria}
    return tuple(
        Step(
            fix, homes[fix.no][1], homes[fix.no][0], words.EFFORTS[homes[fix.no][1].effort or "middle"], results[fix.no]
        )
        for fix in found.fixes
    )
