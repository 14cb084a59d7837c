"""Photos and files that everybody may see: of practices, bases and meetings."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponseBase
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from greenhood.evidence import serving
from greenhood.evidence.serving import A_DAY, alone
from greenhood.exemplars.queries import files


@login_not_required
@require_GET
@cache_control(public=True, max_age=A_DAY)
@alone
def picture(request: HttpRequest, pk: UUID, size: int) -> HttpResponseBase:
    """A photo that everybody may see, as a copy without what a camera writes into it."""
    attachment = files.public_attachment(pk)
    if attachment is None:
        raise Http404
    return serving.copy(request, attachment.blob, attachment.name, size, f"{attachment.pk}.jpg")


@login_not_required
@require_GET
@cache_control(public=True, max_age=A_DAY)
@alone
def file(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """A file that everybody may see; of a photo only its copies."""
    attachment = files.public_attachment(pk)
    if attachment is None or attachment.blob.is_image:
        raise Http404
    return serving.original(request, attachment.blob, attachment.name)
