"""Hand out a stored file, and its small copies, to whom the calling view has let in."""

from __future__ import annotations

from csp.decorators import csp_replace
from django.core.files import File
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.utils.http import quote_etag

from greenhood.evidence import filetypes, photos, store
from greenhood.evidence.models import Blob
from greenhood.evidence.tasks import make_copy

# What a browser shows by itself, without running anything in it; the rest is saved.
SHOWN = {"image/jpeg", "image/png", "image/webp", "application/pdf"}
A_DAY, A_YEAR = 86_400, 31_536_000
alone = csp_replace({"default-src": ["'none'"], "style-src": ["'unsafe-inline'"], "img-src": ["'self'"]})


def original(request: HttpRequest, blob: Blob, name: str) -> HttpResponseBase:
    if _has_it(request, blob.pk):
        return HttpResponseNotModified()
    try:
        file = store.open_original(blob.pk)
    except FileNotFoundError:
        return _lost(blob, name)
    return _send(file, blob.media_type, name, blob.pk, is_shown=blob.media_type in SHOWN)


def copy(request: HttpRequest, blob: Blob, name: str, size: int, saved_as: str) -> HttpResponseBase:
    """A small copy; made now if nobody has made it yet, so that a page has its pictures even while no worker runs."""
    if size not in photos.SIZES or not blob.is_image:
        raise Http404
    tag = f"{blob.pk}-{size}"
    if _has_it(request, tag):
        return HttpResponseNotModified()
    try:
        make_copy(blob.pk, size)
        file = store.open_copy(blob.pk, size)
    except (FileNotFoundError, filetypes.Refused, store.StoreFull):
        return _lost(blob, name)
    return _send(file, "image/jpeg", saved_as, tag, is_shown=True)


def _send(file: File, media_type: str, name: str, tag: str, *, is_shown: bool) -> FileResponse:
    response = FileResponse(file, as_attachment=not is_shown, filename=name, content_type=media_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["ETag"] = quote_etag(tag)
    return response


def _has_it(request: HttpRequest, tag: str) -> bool:
    return quote_etag(tag) in request.headers.get("If-None-Match", "")


def _lost(blob: Blob, name: str) -> HttpResponse:
    text = f"“{name}”的文件不在存储中（SHA-256 {blob.pk}）。请告知系统管理员从备份恢复。"
    return HttpResponse(text, status=410, content_type="text/plain; charset=utf-8")
