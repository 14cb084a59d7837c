"""Photos over the web: handed out to whoever may see what they belong to, taken in, removed and brought back."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_POST

from greenhood.accounts.actor import Actor
from greenhood.evidence import filetypes, serving
from greenhood.evidence.errors import NotPossible
from greenhood.evidence.models import Attachment
from greenhood.evidence.serving import alone
from greenhood.evidence.store import StoreFull
from greenhood.kit.uploads import refused_uploads, wants_json, with_uploads
from greenhood.supervision.actions import photos
from greenhood.supervision.errors import Refused

KINDS = {"answer": photos.ANSWER, "finding": photos.FINDING, "round": photos.ROUND}


@require_GET
@cache_control(private=True, no_cache=True, no_transform=True)
@alone
def original(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    found = _attachment(request, pk)
    return serving.original(request, found.blob, found.name)


@require_GET
@cache_control(private=True, no_cache=True, no_transform=True)
@alone
def copy(request: HttpRequest, pk: UUID, size: int) -> HttpResponseBase:
    found = _attachment(request, pk)
    return serving.copy(request, found.blob, found.name, size, f"{found.pk}.jpg")


@with_uploads()
@require_POST
def attach(request: HttpRequest, kind: str, subject: UUID) -> HttpResponse:
    """Photos for an answer, a finding or a round of an order; each is kept, or refused with its reason, by itself."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if kind not in KINDS:
        raise Http404
    found = photos.subject_for(actor, KINDS[kind], subject)
    problems = [(one.name, one.reason) for one in refused_uploads(request)]
    stored = 0
    for file in request.FILES.getlist("files"):
        try:
            photos.take(
                file, file.name or "照片", kind=found.kind, subject=subject, by=actor, capture=request.POST.dict()
            )
            stored += 1
        except (Refused, filetypes.Refused, StoreFull) as problem:
            problems.append((file.name or "", str(problem)))
    if not stored and not problems:
        problems.append(("没有收到文件", "请选择文件后再上传。"))
    if wants_json(request):
        return JsonResponse({"problem": problems[0][1]}, status=422) if problems else JsonResponse({"stored": stored})
    if problems:
        context = {"page_title": "有文件没有保存", "problems": problems, "stored": stored, "back": _back(request)}
        return render(request, "evidence/refused.html", context, status=422)
    messages.success(request, f"已保存 {stored} 个文件。")
    return redirect(_back(request))


@require_POST
def change(request: HttpRequest, pk: UUID, verb: str) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = _attachment(request, pk)
    try:
        photos.remove(found, by=actor, restores=verb == "restore")
        messages.success(request, f"已移除“{found.name}”。" if verb == "remove" else f"已恢复“{found.name}”。")
    except Refused as problem:
        messages.error(request, str(problem))
    except NotPossible as problem:
        messages.error(request, problem.reason)
    return redirect(_back(request))


def _attachment(request: HttpRequest, pk: UUID) -> Attachment:
    found = (
        Attachment.objects.select_related("community", "blob").filter(pk=pk, subject_kind__in=KINDS.values()).first()
    )
    if found is None:
        raise Http404
    photos.subject_for(request.actor, found.subject_kind, found.subject_id)  # type: ignore[attr-defined]
    return found


def _back(request: HttpRequest) -> str:
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours else "/supervision/"
