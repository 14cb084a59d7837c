"""Hand out evidence: the original and its small copies to those who may see it, a stripped copy to the public."""

from __future__ import annotations

from uuid import UUID

from csp.decorators import csp_replace
from django.contrib.auth.decorators import login_not_required
from django.core.files import File
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.utils.http import quote_etag
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from greenhood.accounts.capabilities import Capability
from greenhood.assessments import filetypes, photos, store
from greenhood.assessments.models import Evidence
from greenhood.assessments.tasks import make_copy
from greenhood.assessments.views.finding import evidence_for

# What a browser shows by itself, without running anything in it; the rest is saved.
SHOWN = {"image/jpeg", "image/png", "image/webp", "application/pdf"}
A_DAY, A_YEAR = 86_400, 31_536_000
alone = csp_replace({"default-src": ["'none'"], "style-src": ["'unsafe-inline'"], "img-src": ["'self'"]})


@require_GET
@cache_control(private=True, max_age=A_DAY, no_transform=True)
@alone
def original(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    evidence, _ = evidence_for(request, pk, Capability.VIEW)
    blob = evidence.blob
    if _has_it(request, blob.pk):
        return HttpResponseNotModified()
    try:
        file = store.open_original(blob.pk)
    except FileNotFoundError:
        return _lost(evidence)
    return _send(file, blob.media_type, evidence.name, blob.pk, is_shown=blob.media_type in SHOWN)


@require_GET
@cache_control(private=True, max_age=A_YEAR, immutable=True, no_transform=True)
@alone
def copy(request: HttpRequest, pk: UUID, size: int) -> HttpResponseBase:
    """A small copy; made now if nobody has made it yet, so that a page has its pictures even while no worker runs."""
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
    if size not in photos.SIZES or not evidence.blob.is_image:
        raise Http404
    tag = f"{evidence.blob_id}-{size}"
    if _has_it(request, tag):
        return HttpResponseNotModified()
    try:
        make_copy(evidence.blob_id, size)
        file = store.open_copy(evidence.blob_id, size)
    except (FileNotFoundError, filetypes.Refused, store.StoreFull):
        return _lost(evidence)
    return _send(file, "image/jpeg", f"{evidence.pk}.jpg", tag, is_shown=True)


def _send(file: File, media_type: str, name: str, tag: str, *, is_shown: bool) -> FileResponse:
    response = FileResponse(file, as_attachment=not is_shown, filename=name, content_type=media_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["ETag"] = quote_etag(tag)
    return response


def _has_it(request: HttpRequest, tag: str) -> bool:
    return quote_etag(tag) in request.headers.get("If-None-Match", "")


def _lost(evidence: Evidence) -> HttpResponse:
    text = f"“{evidence.name}”的文件不在存储中（SHA-256 {evidence.blob_id}）。请告知系统管理员从备份恢复。"
    return HttpResponse(text, status=410, content_type="text/plain; charset=utf-8")
