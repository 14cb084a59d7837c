"""Hand out evidence: the original and its small copies to those who may see it, a stripped copy to the public."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponseBase
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from greenhood.accounts.capabilities import Capability
from greenhood.assessments.models import Evidence
from greenhood.assessments.views.finding import evidence_for
from greenhood.evidence import serving
from greenhood.evidence.serving import A_DAY, A_YEAR, alone


@require_GET
@cache_control(private=True, max_age=A_DAY, no_transform=True)
@alone
def original(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    evidence, _ = evidence_for(request, pk, Capability.VIEW)
    return serving.original(request, evidence.blob, evidence.name)


@require_GET
@cache_control(private=True, max_age=A_YEAR, immutable=True, no_transform=True)
@alone
def copy(request: HttpRequest, pk: UUID, size: int) -> HttpResponseBase:
    evidence, _ = evidence_for(request, pk, Capability.VIEW)
    return _copy(request, evidence, size)


@login_not_required
@require_GET
@cache_control(public=True, max_age=600, no_transform=True)
@alone
def public_copy(request: HttpRequest, pk: UUID, size: int) -> HttpResponseBase:
    """What anybody may see: the copy without EXIF of a photo marked as public, once notice or award has shown it."""
    evidence = (
        Evidence.objects.select_related("blob")
        .filter(pk=pk, is_public=True, removed_at=None, assessment__public_from__isnull=False)
        .first()
    )
    if evidence is None:
        raise Http404
    return _copy(request, evidence, size)


def _copy(request: HttpRequest, evidence: Evidence, size: int) -> HttpResponseBase:
    return serving.copy(request, evidence.blob, evidence.name, size, f"{evidence.pk}.jpg")
