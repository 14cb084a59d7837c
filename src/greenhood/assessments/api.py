"""A self-assessment for other programs: what it comes to, and what each computed check rests on."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest
from ninja import Router, Schema
from ninja.errors import HttpError

from greenhood.accounts.capabilities import Capability
from greenhood.assessments.explaining import Claim, Explained
from greenhood.assessments.pages import SelfAssessment
from greenhood.assessments.views.finding import assessment_for
from greenhood.schemes import engine

router = Router(tags=["自评"])


class ClaimOut(Schema):
    """What the community claims instead of the figure; ``ruling`` is accepted, refused or empty."""

    kind: str
    claim: str
    is_met: bool
    reason: str
    proofs: int
    counts: bool
    ruling: str
    ruling_reason: str


class CheckOut(Schema):
    """A computed check. ``verdict`` is met, not_met or unknown; ``value`` is in ``unit``, and null where it is unknown.

    ``is_declared`` says that the figure is that of the declaration; ``now`` is then what the facts say today, where that
    differs, and ``decides_otherwise`` whether the check would be decided otherwise.
    """

    no: int
    indicator: str
    title: str
    unit: str
    value: Decimal | None
    threshold: str
    verdict: str
    because: str
    dated: dt.date | None
    as_of: dt.date
    next_step: str
    by_hand: str
    besides: str
    claim: ClaimOut | None
    is_declared: bool
    now: str | None
    decides_otherwise: bool


class ItemOut(Schema):
    """One criterion; ``state`` is met, partly, not_met, unanswered, not_applicable or vetoed."""

    no: int
    title: str
    source: str
    points: Decimal
    possible: Decimal
    state: str
    reason: str
    checks: list[CheckOut]


class AssessmentOut(Schema):
    community: str
    community_code: str
    scheme: str
    version: int
    year: int
    locked_at: dt.datetime | None
    total: Decimal
    maximum: Decimal
    level: str | None
    answered: int
    asked: int
    items: list[ItemOut]


@router.get("/{pk}", response=AssessmentOut, summary="一份自评及各小项的数据")
def assessment(request: HttpRequest, pk: UUID) -> dict[str, Any]:
    try:
        found, actor = assessment_for(request, pk, Capability.VIEW)
    except Http404 as error:
        raise HttpError(404, "没有这份自评，或不在您的管辖范围。") from error
    sheet = SelfAssessment(found, actor)
    result = sheet.result
    return {
        "community": found.community.name,
        "community_code": f"{found.community.code:012d}",
        "scheme": found.scheme_id,
        "version": found.version.version,
        "year": found.year,
        "locked_at": found.locked_at,
        "total": result.total,
        "maximum": result.maximum,
        "level": result.level,
        "answered": result.answered,
        "asked": result.asked,
        "items": [
            _item(sheet.results[line.no], line.title, line.source, sheet.explained(line).values())
            for part in sheet.standard.parts
            for line in part.criteria
        ],
    }


def _item(line: engine.CriterionResult, title: str, source: str, checks: Any) -> dict[str, Any]:
    return {
        "no": line.no,
        "title": title,
        "source": source,
        "points": line.points,
        "possible": line.possible,
        "state": line.state,
        "reason": line.reason,
        "checks": [_check(one) for one in checks],
    }


def _check(one: Explained) -> dict[str, Any]:
    return {
        "no": one.no,
        "indicator": one.key,
        "title": one.title,
        "unit": one.unit,
        "value": one.value,
        "threshold": one.threshold,
        "verdict": one.verdict,
        "because": one.because,
        "dated": one.dated,
        "as_of": one.as_of,
        "next_step": one.next_step,
        "by_hand": one.by_hand,
        "besides": one.besides,
        "claim": _claim(one.claim) if one.claim else None,
        "is_declared": one.is_frozen,
        "now": one.changed.now if one.changed else None,
        "decides_otherwise": one.changed.decides_otherwise if one.changed else False,
    }


def _claim(one: Claim) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "claim": one.words,
        "is_met": one.is_met,
        "reason": one.reason,
        "proofs": one.proofs,
        "counts": one.counts,
        "ruling": one.ruling,
        "ruling_reason": one.ruling_reason,
    }
