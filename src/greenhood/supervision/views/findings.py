"""Findings: the list, one of them, a new one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from greenhood.accounts.access import require
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions.models import Division
from greenhood.history import queries as history
from greenhood.insight.views.overviews import workbook
from greenhood.kit.dates import today_in_shanghai
from greenhood.supervision import seeing
from greenhood.supervision.actions import exporting, photos
from greenhood.supervision.actions import finding as actions
from greenhood.supervision.actions.finding import Words
from greenhood.supervision.errors import Overtaken, Refused
from greenhood.supervision.models import Answer, Finding, Inspection
from greenhood.supervision.queries import lists, record
from greenhood.supervision.views.finding import degrees, filters, keys, narrowed, once, problems_of, revision, text

HEADINGS = [
    "社区代码", "社区", "检查", "检查方式", "标准项", "检查项", "程度", "问题", "地点", "经度", "纬度", "所涉对象", "发现日期", "整改通知", "整改状态",
]  # fmt: skip
STATES = [
    ("", "全部"),
    ("open", "未发整改通知"),
    ("ordered", "整改中"),
    ("done", "整改合格"),
    ("withdrawn", "已撤销"),
]


@require_GET
def findings(request: HttpRequest) -> HttpResponse:
    actor = require(request, Capability.VIEW)
    wanted = filters(request)
    context = {
        "page_title": "检查发现的问题",
        "filters": wanted,
        "narrowed": narrowed(request, wanted),
        "listed": lists.findings(actor, wanted, **keys(request)),
        "states": STATES,
        "severities": Finding.Severity.choices,
        "years": lists.years(today_in_shanghai()),
        "may_export": actor.may(Capability.EXPORT),
        "division": actor.post.division if actor.post else None,
    }
    return render(request, "supervision/findings.html", context)


@require_GET
def export(request: HttpRequest) -> HttpResponse:
    actor = require(request, Capability.EXPORT)
    rows = (
        [
            row.community.number, row.community.name, row.inspection.title, row.inspection.get_kind_display(), row.criterion,
            row.key, row.get_severity_display(), row.text, row.place, row.longitude, row.latitude, row.fact_name, row.found_on,
            row.order.number if row.order else "", row.order.get_state_display() if row.order else "",
        ]
        for row in lists.findings_to_export(actor, filters(request))
    )  # fmt: skip
    return workbook("检查发现的问题", HEADINGS, rows, partial(exporting.note_export, by=actor, what="问题"))


@require_POST
def from_answer(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Make a finding of a check that was not met, in one click."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    answer = get_object_or_404(Answer.objects.select_related("sheet"), pk=pk)
    sheet = seeing.sheet_for(actor, answer.sheet_id)
    try:
        found = actions.from_answer(answer, by=actor)
    except (Refused, Overtaken) as problem:
        messages.error(request, str(problem))
        return redirect(sheet)
    messages.success(request, "已登记为问题，照片一并带入，可以补充地点、程度和所涉对象。")
    return redirect(found)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A finding that is on no check, or on one without an answer."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    inspection = seeing.inspection_for(actor, pk)
    if not seeing.is_named(actor, inspection):
        seeing.check_office(actor, inspection.division)
    problem: Refused | Overtaken | None = None
    communities = [
        sheet.community for sheet in inspection.sheets.select_related("community").order_by("community__code")[:2000]
    ]
    sent = request.POST.get("community") or request.GET.get("community", "")
    community = next((one for one in communities if one.number == sent), None)
    if request.method == "POST":
        try:
            if community is None:
                raise Refused({"community": "请选择社区。"})
            found = actions.record(inspection, community, _words(request), by=actor, key=once(request))
            messages.success(request, "已登记问题。")
            return redirect(found)
        except (Refused, Overtaken) as refused:
            problem = refused
    context = {
        **_form(request, inspection, community, problem),
        "page_title": "登记问题",
        "communities": communities,
        "community": community,
        "once": once(request),
    }
    return render(request, "supervision/finding_edit.html", context, status=422 if problem else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def finding(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One finding, and its form for those who may correct it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = seeing.finding_for(actor, pk)
    problem: Refused | Overtaken | None = None
    if request.method == "POST":
        try:
            actions.change(found, _words(request), by=actor, revision=revision(request))
            messages.success(request, "已保存。")
            return redirect(found)
        except (Refused, Overtaken) as refused:
            problem = refused
    return _page(request, actor, seeing.finding_for(actor, pk), problem)


@require_POST
def withdraw(request: HttpRequest, pk: UUID) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = seeing.finding_for(actor, pk)
    try:
        actions.withdraw(found, by=actor, revision=revision(request), reason=text(request, "reason", 500))
    except (Refused, Overtaken) as problem:
        return _page(request, actor, seeing.finding_for(actor, pk), problem, "withdraw")
    messages.success(request, "已撤销这个问题。")
    return redirect(found)


def _page(
    request: HttpRequest, actor: Actor, found: Finding, problem: Refused | Overtaken | None, verb: str = ""
) -> HttpResponse:
    inspection = found.inspection
    is_inside = seeing.is_inside(actor, inspection)
    may_change = (
        (seeing.is_named(actor, inspection) or seeing.is_office(actor, inspection.division))
        and found.withdrawn_at is None
        and not (found.order is not None and found.order.is_live)
        and inspection.state in {Inspection.State.UNDER_WAY, Inspection.State.CLOSED}
    )
    may_attach = not photos.subject_for(actor, photos.FINDING, found.pk).why_not
    context = {
        **_form(request, inspection, found.community, problem, found),
        "page_title": "检查发现的问题",
        "finding": found,
        "line": record.line_of(inspection, found.key),
        **_photos_of(found),
        "may_change": may_change,
        "may_attach": may_attach,
        "removed": record.removed_photos_of(inspection.division, photos.FINDING, found.pk) if may_attach else [],
        "verb": verb,
        "refused": {verb: True},
        "typed_reason": request.POST.get("reason", ""),
        "is_inside": is_inside,
        "entries": history.timeline(found) if is_inside else [],
    }
    request.place = found.community  # type: ignore[attr-defined]
    return render(request, "supervision/finding.html", context, status=422 if problem else 200)


def _photos_of(found: Finding) -> dict[str, Any]:
    """The photos of a finding: those ``seen`` with the answer that it came from, and its own."""
    division = found.inspection.division
    of_answer = record.photos_of(division, photos.ANSWER, [found.answer_id] if found.answer_id else [])
    return {
        "seen": of_answer.get(found.answer_id, []) if found.answer_id else [],
        "photos": record.photos_of(division, photos.FINDING, [found.pk]).get(found.pk, []),
    }


def _form(
    request: HttpRequest,
    inspection: Inspection,
    community: Division | None,
    problem: Refused | Overtaken | None,
    present: Finding | None = None,
) -> dict[str, Any]:
    return {
        "inspection": inspection,
        "version": inspection.version,
        "lines": record.lines_of(inspection),
        "severities": Finding.Severity.choices,
        "things": sorted(actions.things_of(community).items(), key=lambda one: one[1]) if community else [],
        "typed": _typed(request, present),
        "problems": problems_of(problem),
    }


def _typed(request: HttpRequest, present: Finding | None) -> Mapping[str, Any]:
    if request.method == "POST" and "text" in request.POST:
        return request.POST.dict()
    if present is None:
        return {"severity": Finding.Severity.MINOR}
    return {
        "text": present.text,
        "severity": present.severity,
        "key": present.key,
        "place": present.place,
        "longitude": present.longitude if present.longitude is not None else "",
        "latitude": present.latitude if present.latitude is not None else "",
        "thing": f"{present.fact_kind}/{present.fact_thing}" if present.fact_thing else "",
    }


def _words(request: HttpRequest) -> Words:
    longitude, latitude, wrong = degrees(request)
    if wrong:
        raise Refused({"longitude": wrong})
    return Words(
        text=text(request, "text"),
        severity=request.POST.get("severity", ""),
        key=request.POST.get("key", "")[:20],
        place=text(request, "place", 200),
        longitude=longitude,
        latitude=latitude,
        thing=request.POST.get("thing", "")[:100],
    )
