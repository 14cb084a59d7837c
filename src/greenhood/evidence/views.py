"""Attachments over the web: hand them out, take them in, remove and restore them."""

from __future__ import annotations

import csv
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.http import content_disposition_header, url_has_allowed_host_and_scheme
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_GET, require_POST

from greenhood.accounts.access import require
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions.models import Division
from greenhood.evidence import actions, capture, filetypes, sealing, serving, subjects
from greenhood.evidence.errors import NotPossible
from greenhood.evidence.models import Attachment, Seal
from greenhood.evidence.serving import A_DAY, A_YEAR, alone
from greenhood.evidence.showing import strips_of
from greenhood.evidence.store import StoreFull
from greenhood.kit.uploads import refused_uploads, wants_json, with_uploads

# What Excel would take for a formula.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


@require_GET
@cache_control(private=True, max_age=A_DAY, no_transform=True)
@alone
def original(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    attachment = _attachment(request, pk, Capability.VIEW)
    return serving.original(request, attachment.blob, attachment.name)


@require_GET
@cache_control(private=True, max_age=A_YEAR, immutable=True, no_transform=True)
@alone
def copy(request: HttpRequest, pk: UUID, size: int) -> HttpResponseBase:
    attachment = _attachment(request, pk, Capability.VIEW)
    return serving.copy(request, attachment.blob, attachment.name, size, f"{attachment.pk}.jpg")


@never_cache
@require_GET
def ticket(request: HttpRequest) -> JsonResponse:
    """What a page fetches before it takes a photo, so that the server knows since when it is being taken."""
    return JsonResponse({"ticket": capture.ticket(by=request.actor, now=timezone.now())})


@with_uploads()
@require_POST
def attach(request: HttpRequest, code: int, kind: str, subject: UUID) -> HttpResponse:
    """One file or several for one record; each is acknowledged, or refused with its reason, by itself."""
    community = Division.objects.filter(code=code, valid_to=None).first()
    subject_kind = subjects.kind_of(kind)
    if community is None or subject_kind is None:
        raise Http404
    actor = require(request, subject_kind.capability, community)
    if not subject_kind.exists(community, subject):
        raise Http404
    request.place = community
    problems = [(one.name, one.reason) for one in refused_uploads(request)]
    stored = 0
    for file in request.FILES.getlist("files"):
        try:
            actions.attach(
                file,
                file.name or "",
                community=community,
                subject_kind=kind,
                subject_id=subject,
                by=actor,
                capture=capture.read(request.POST, by=actor, now=timezone.now()),
            )
            stored += 1
        except (filetypes.Refused, StoreFull) as problem:
            problems.append((file.name or "", str(problem)))
    if not stored and not problems:
        problems.append(("没有收到文件", "请选择文件后再上传。"))
    if wants_json(request) and problems:
        return JsonResponse({"problem": problems[0][1]}, status=422)
    if problems:
        context = {"page_title": "有文件没有保存", "problems": problems, "stored": stored, "back": _back(request)}
        return render(request, "evidence/refused.html", context, status=422)
    return _answer(request, community, kind, subject, actor, f"已保存 {stored} 个文件。")


@require_POST
def change(request: HttpRequest, pk: UUID, verb: str) -> HttpResponse:
    """Remove or restore one attachment."""
    attachment = Attachment.objects.select_related("community").filter(pk=pk).first()
    if attachment is None or subjects.is_apart(attachment.subject_kind):
        raise Http404
    actor = require(request, actions.capability_for(attachment.subject_kind), attachment.community)
    done = f"已移除“{attachment.name}”，可以恢复。"
    try:
        if verb == "remove":
            actions.remove_attachment(attachment, by=actor)
        else:
            actions.restore_attachment(attachment, by=actor)
            done = f"已恢复“{attachment.name}”。"
    except NotPossible as problem:
        if wants_json(request):
            return JsonResponse({"problem": problem.reason}, status=423)
        messages.error(request, f"{attachment.name}：{problem.reason}")
        return redirect(_back(request))
    return _answer(request, attachment.community, attachment.subject_kind, attachment.subject_id, actor, done)


@require_GET
def seal_list(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """A sealed list as CSV, as Excel reads it."""
    seal = _seal(request, pk)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(
        True, f"材料封存清单-{seal.community.name}-{timezone.localtime(seal.sealed_at):%Y%m%d}.csv"
    )
    # The mark by which Excel knows UTF-8.
    response.write("\ufeff")
    writer = csv.writer(response)
    writer.writerow(sealing.HEADINGS)
    # A text that begins like a formula would be run by Excel.
    writer.writerows(
        [f"'{value}" if value.startswith(FORMULA_SIGNS) else value for value in row] for row in seal.entries
    )
    writer.writerow([f"共 {seal.count} 件", f"校验值 {seal.digest}"])
    return response


@require_POST
def check_seal(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Hash every file of the list anew, and show what came of it."""
    seal = _seal(request, pk)
    context = {
        "page_title": "核对材料封存清单",
        "seal": seal,
        "checked": actions.check_seal(seal, by=request.actor),
        "back": _back(request),
    }
    return render(request, "evidence/checked.html", context)


def _seal(request: HttpRequest, pk: UUID) -> Seal:
    seal = Seal.objects.select_related("community").filter(pk=pk).first()
    if seal is None:
        raise Http404
    request.place = seal.community
    require(request, Capability.VIEW, seal.community)
    return seal


def _attachment(request: HttpRequest, pk: UUID, capability: Capability) -> Attachment:
    attachment = Attachment.objects.select_related("community", "blob").filter(pk=pk).first()
    if attachment is None or subjects.is_apart(attachment.subject_kind):
        raise Http404
    require(request, capability, attachment.community)
    return attachment


def _answer(
    request: HttpRequest, community: Division, kind: str, subject: UUID, actor: Actor, done: str
) -> HttpResponse:
    """The strip anew for a script; otherwise back to the record's page, with a message."""
    back = _back(request)
    if wants_json(request):
        strip = strips_of(community, kind, [subject], actor=actor, back=back)[subject]
        return JsonResponse(
            {"evidence": render_to_string("evidence/attachments.html#pieces", {"strip": strip}, request)}
        )
    messages.success(request, done)
    return redirect(back)


def _back(request: HttpRequest) -> str:
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours else "/"
