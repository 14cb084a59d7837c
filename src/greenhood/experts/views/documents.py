"""The files of entries and visits: handed out, taken away and brought back, each time by who may see the thing itself."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_POST

from greenhood.evidence import serving
from greenhood.evidence.serving import A_DAY, alone
from greenhood.experts.actions import applying, visiting
from greenhood.experts.errors import Refused
from greenhood.experts.models import Document
from greenhood.experts.queries import pool, service


@require_GET
@cache_control(private=True, max_age=A_DAY, no_transform=True)
@alone
def document(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    found = _document(request, pk)
    return serving.original(request, found.blob, found.name)


@require_GET
@cache_control(private=True, max_age=A_DAY, no_transform=True)
@alone
def document_copy(request: HttpRequest, pk: UUID, size: int) -> HttpResponseBase:
    found = _document(request, pk)
    return serving.copy(request, found.blob, found.name, size, f"{found.pk}.jpg")


@require_POST
def remove_document(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _turn(request, pk, restore=False)


@require_POST
def restore_document(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _turn(request, pk, restore=True)


def _turn(request: HttpRequest, pk: UUID, *, restore: bool) -> HttpResponse:
    found = _document(request, pk)
    action = applying.remove_document if found.entry_id else visiting.remove_document
    try:
        action(found, by=request.actor, restore=restore)
    except Refused as problem:
        messages.error(request, problem.reason)
    else:
        messages.success(request, f"已恢复“{found.name}”。" if restore else f"已移除“{found.name}”，可以恢复。")
    return redirect(found.entry if found.entry_id else found.visit)


def _document(request: HttpRequest, pk: UUID) -> Document:
    """A file, for who may see it: certificates only for their expert and who keeps the pool."""
    found = Document.objects.select_related("blob", "entry", "visit").filter(pk=pk).first()
    if found is None:
        raise Http404
    if found.entry_id:
        _, may = pool.entry_for(request.actor, found.entry_id)
        if not (may.is_own or may.keeps):
            raise Http404
    else:
        service.visit_for(request.actor, found.visit_id)
    return found
