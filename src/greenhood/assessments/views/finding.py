"""Every view's first line: find the thing, and see whether the post may do this to it."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest

from greenhood.accounts.access import require
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.assessments.models import Assessment, Evidence, ScoreSheet
from greenhood.assessments.queries.assessments import with_place


def assessment_for(request: HttpRequest, pk: UUID, capability: Capability) -> tuple[Assessment, Actor]:
    """404 for strangers and for what doesn't exist, 403 with the reason for readers."""
    assessment = with_place().filter(pk=pk).first()
    if assessment is None:
        raise Http404
    request.place = assessment.community  # type: ignore[attr-defined]
    return assessment, require(request, capability, assessment.community)


def assessment_to_score(request: HttpRequest, pk: UUID) -> tuple[Assessment, Actor]:
    """As above to look at, also for those who score it on a panel and hold no post over the community."""
    if not _scores_it(request.actor, pk):
        return assessment_for(request, pk, Capability.VIEW)
    assessment = with_place().get(pk=pk)
    request.place = assessment.community  # type: ignore[attr-defined]
    return assessment, request.actor


def evidence_for(request: HttpRequest, pk: UUID, capability: Capability) -> tuple[Evidence, Actor]:
    """As above for a piece of evidence. Who scores the assessment on a panel may look at its evidence too."""
    evidence = Evidence.objects.select_related("assessment__community", "blob").filter(pk=pk).first()
    if evidence is None:
        raise Http404
    if capability is Capability.VIEW and _scores_it(request.actor, evidence.assessment_id):
        return evidence, request.actor
    return evidence, require(request, capability, evidence.assessment.community)


def _scores_it(actor: Actor, assessment: UUID) -> bool:
    if not actor.may(Capability.SIT_ON_PANEL) or actor.user is None:
        return False
    return ScoreSheet.objects.filter(assessment=assessment, by=actor.user).exists()
