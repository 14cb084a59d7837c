"""A check sheet on a page: filled in without a script too, kept when something is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from greenhood.accounts.access import NotAllowed
from greenhood.accounts.actor import Actor
from greenhood.evidence.filetypes import Refused as FileRefused
from greenhood.evidence.store import StoreFull
from greenhood.history import queries as history
from greenhood.kit.uploads import refused_uploads, with_uploads
from greenhood.supervision import seeing
from greenhood.supervision.actions import answering, photos
from greenhood.supervision.actions.answering import Seen
from greenhood.supervision.errors import Overtaken, Refused
from greenhood.supervision.models import Answer, Inspection, Sheet
from greenhood.supervision.queries import record
from greenhood.supervision.views.finding import degrees, problems_of, revision, text


@with_uploads()
@require_http_methods(["GET", "HEAD", "POST"])
def sheet(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The checks of one community. What is sent is saved check by check; what is refused stays on the page with its reason."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = seeing.sheet_for(actor, pk)
    if request.method != "POST":
        return _page(request, found, actor)
    answering.check_inspector(actor, found.inspection, found.community)
    problems = _save(request, found, actor)
    if problems:
        return _page(request, found, actor, problems, status=422)
    messages.success(request, "已保存。")
    return redirect(found)


@require_POST
def step(request: HttpRequest, pk: UUID, verb: str) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = seeing.sheet_for(actor, pk)
    do = {"finish": answering.finish, "reopen": answering.reopen}[verb]
    try:
        do(found, by=actor, revision=revision(request))
    except (Refused, Overtaken) as problem:
        return _page(request, found, actor, problems_of(problem), status=422)
    messages.success(request, "检查表已完成。" if verb == "finish" else "检查表已重新打开。")
    return redirect(found)


def _save(request: HttpRequest, found: Sheet, actor: Actor) -> dict[str, str]:
    """Save every check that was filled in or changed; what could not be saved, by its key."""
    problems = {f"photo-{one.field.removeprefix('photo-')}": one.reason for one in refused_uploads(request)}
    longitude, latitude, wrong = degrees(request)
    if wrong:
        problems[""] = wrong
    for line in record.lines_of(found.inspection):
        result = request.POST.get(f"result-{line.key}", "")
        files = request.FILES.getlist(f"photo-{line.key}")
        if not result:
            if files or request.POST.get(f"note-{line.key}", "").strip():
                problems[line.key] = f"{line.name}：请选择符合、不符合或未能查看。"
            continue
        seen = Seen(line.key, result, text(request, f"note-{line.key}"), timezone.now(), longitude, latitude)
        try:
            row, _ = answering.answer(found, seen, by=actor, replaces=max(revision(request, f"revision-{line.key}"), 0))
            for file in files:
                photos.take(file, file.name or "照片", kind=photos.ANSWER, subject=row.pk, by=actor)
        except Refused as problem:
            problems[line.key] = f"{line.name}：{problem}"
        except Overtaken as problem:
            problems[line.key] = f"{line.name}：{problem}"
        except (FileRefused, StoreFull) as problem:
            problems[f"photo-{line.key}"] = f"{line.name}的照片没有保存：{problem}"
    return problems


def _page(
    request: HttpRequest, found: Sheet, actor: Actor, problems: Mapping[str, str] | None = None, status: int = 200
) -> HttpResponse:
    inspection = found.inspection
    if status != 200:
        found = seeing.sheet_for(actor, found.pk)
    if not seeing.shows_results(actor, inspection):
        # Those who are inspected know of it, and see what was found when it is published.
        context: dict[str, Any] = {
            "page_title": str(found),
            "sheet": found,
            "inspection": inspection,
            "is_closed": True,
        }
        return render(request, "supervision/sheet.html", context)
    is_inside = seeing.is_inside(actor, inspection)
    may_fill = _may_fill(actor, found)
    items = record.items_of(found, with_claims=True)
    rows = [
        {
            "item": one,
            "result": request.POST.get(f"result-{one.line.key}", one.answer.result if one.answer else ""),
            "note": request.POST.get(f"note-{one.line.key}", one.answer.note if one.answer else ""),
            "problem": (problems or {}).get(one.line.key, "") or (problems or {}).get(f"photo-{one.line.key}", ""),
        }
        for one in items
    ]
    context = {
        "page_title": str(found),
        "sheet": found,
        "inspection": inspection,
        "version": inspection.version,
        "rows": rows,
        "answered": sum(one.answer is not None for one in items),
        "results": Answer.Result.choices,
        "may_fill": may_fill and found.finished_at is None,
        "may_reopen": may_fill and found.finished_at is not None,
        "why_not": "" if may_fill else _why_not(actor, found),
        "may_find": is_inside and (seeing.is_named(actor, inspection) or seeing.is_office(actor, inspection.division)),
        "problems": problems or {},
        "entries": history.timeline(found) if is_inside else [],
        "longitude": request.POST.get("longitude", ""),
        "latitude": request.POST.get("latitude", ""),
        "is_inside": is_inside,
    }
    request.place = found.community  # type: ignore[attr-defined]
    return render(request, "supervision/sheet.html", context, status=status)


def _may_fill(actor: Actor, found: Sheet) -> bool:
    return found.inspection.state == Inspection.State.UNDER_WAY and not _why_not(actor, found)


def _why_not(actor: Actor, found: Sheet) -> str:
    try:
        answering.check_inspector(actor, found.inspection, found.community)
    except (NotAllowed, Http404) as problem:
        return str(problem)
    return ""
