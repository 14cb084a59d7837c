"""One report: written, filed and taken back by who owes it, received by who gets it, and as it was filed."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from greenhood.accounts import access
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.documents.files import paper_file
from greenhood.insight.views.overviews import workbook
from greenhood.reporting import actions, papers
from greenhood.reporting.errors import Overtaken, Refused
from greenhood.reporting.models import Obligation
from greenhood.reporting.sheets import sheet_of
from greenhood.reporting.views import asked, rounds, showing


@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One report: written by who owes it, read by everybody in whose scope it lies. A visit or a sample has a page of its own."""
    obligation, actor = asked.obligation_of(request, pk)
    if obligation.is_round:
        return rounds.show(request, obligation, actor)
    if request.method != "POST":
        return showing.page(request, obligation, actor)
    access.check(actor, Capability.REPORT, obligation.reporter)
    if obligation.is_plan:
        return _elsewhere(request, obligation)
    try:
        saved = _saved(request, obligation, actor)
    except (Refused, Overtaken) as problem:
        if _is_quiet(request):
            return JsonResponse(
                {"problems": problem.problems if isinstance(problem, Refused) else {"": asked.TAKEN}}, status=422
            )
        return showing.page(
            request,
            asked.obligation_of(request, pk)[0],
            actor,
            typed_in=_typed_in(request),
            problem=problem,
            status=422,
        )
    if _is_quiet(request):
        return JsonResponse({"revision": saved.revision})
    messages.success(request, "已保存。")
    return redirect(obligation)


@require_POST
def file(request: HttpRequest, pk: UUID) -> HttpResponse:
    obligation, actor = asked.obligation_of(request, pk)
    access.check(actor, Capability.REPORT, obligation.reporter)
    if obligation.is_plan:
        return _elsewhere(request, obligation)
    try:
        # What stands on the page is kept first, whether or not it can be filed.
        ready = _saved(request, obligation, actor) if any(_typed_in(request).values()) else obligation
        revision = ready.revision if ready is not obligation else asked.number(request.POST.get("revision", ""))
        filed = actions.file(ready, signed_by=request.POST.get("signed_by", ""), revision=revision, by=actor)
    except (Refused, Overtaken) as problem:
        return showing.page(
            request,
            asked.obligation_of(request, pk)[0],
            actor,
            typed_in=_typed_in(request),
            problem=problem,
            status=422,
        )
    late = f"，迟报 {filed.late_days} 天" if filed.late_days else ""
    messages.success(request, f"已报送给{sheet_of(obligation).receiver_name}{late}。")
    return redirect(obligation)


@require_GET
def export_sheet(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Every table of a report's page as Excel, as it stands now."""
    obligation, actor = asked.obligation_of(request, pk)
    if obligation.is_round or not asked.may_read(obligation, actor):
        raise Http404
    access.require(request, Capability.EXPORT)
    note = partial(actions.note_copy, obligation, obligation.reporter, kind="xlsx", by=actor)
    return workbook(
        f"{papers.title_of(obligation)}（现在）", papers.SHEET_HEADINGS, papers.sheet_rows(sheet_of(obligation)), note
    )


@require_POST
def draw_up(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Keep what stands on the page, then put drafts into the sections that are still empty."""
    obligation, actor = asked.obligation_of(request, pk)
    access.check(actor, Capability.REPORT, obligation.reporter)
    try:
        saved = _saved(request, obligation, actor)
        empty = len(sheet_of(saved).drafts)
        actions.draw_up(saved, revision=saved.revision, by=actor)
    except (Refused, Overtaken) as problem:
        row = asked.obligation_of(request, pk)[0]
        return showing.page(request, row, actor, typed_in=_typed_in(request), problem=problem, status=422)
    messages.success(request, f"已按现有数据为 {empty} 个部分拟稿，请核对、修改后再报送。")
    return redirect(obligation)


@require_POST
def withdraw(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take a filed report back, for whoever filed it, until the receiver does something about it."""
    obligation, actor = asked.obligation_of(request, pk)
    access.check(actor, Capability.REPORT, obligation.reporter)
    revision = asked.number(request.POST.get("revision", ""))
    try:
        actions.withdraw(obligation, reason=request.POST.get("reason", ""), revision=revision, by=actor)
    except (Refused, Overtaken) as problem:
        return showing.page(request, asked.obligation_of(request, pk)[0], actor, problem=problem, status=422)
    messages.success(request, "已撤回，可以修改后重新报送。重新报送前按未报计算，已写的内容都还在。")
    return redirect(obligation)


@require_POST
def receive(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Accept a report, or return single sections of it."""
    obligation, actor = asked.obligation_of(request, pk)
    access.check(actor, Capability.REPORT, obligation.receiver)
    revision = asked.number(request.POST.get("revision", ""))
    try:
        if request.POST.get("outcome") == "accept":
            actions.accept(obligation, revision=revision, by=actor)
            messages.success(request, "已接收。")
        else:
            actions.give_back(obligation, reasons=_prefixed(request, "return-"), revision=revision, by=actor)
            messages.success(request, "已退回所选部分，其余部分保持不变。")
    except (Refused, Overtaken) as problem:
        messages.error(request, asked.said(problem))
    return redirect(obligation)


@require_POST
def hand_down(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask everybody directly below for the same report by an earlier day."""
    obligation, actor = asked.obligation_of(request, pk)
    access.check(actor, Capability.REPORT, obligation.reporter)
    due_on = asked.day(request.POST.get("due_on", ""))
    if due_on is None:
        messages.error(request, _no_day(obligation, "请填写下级的期限，例如 2026-11-10"))
        return redirect(obligation)
    try:
        number = actions.hand_down(obligation, due_on=due_on, by=actor)
        messages.success(request, f"已布置 {number} 个下级在 {due_on} 前报送。")
    except Refused as problem:
        messages.error(request, str(problem))
    return redirect(obligation)


@require_POST
def extend(request: HttpRequest, pk: UUID) -> HttpResponse:
    obligation, actor = asked.obligation_of(request, pk)
    access.check(actor, Capability.REPORT, obligation.receiver)
    to, reason = asked.day(request.POST.get("to", "")), request.POST.get("reason", "")
    try:
        if to is None:
            raise Refused({"to": _no_day(obligation, "请填写新的期限，例如 2026-12-10")})
        revision = asked.number(request.POST.get("revision", ""))
        actions.extend(obligation, to=to, reason=reason, revision=revision, by=actor)
    except (Refused, Overtaken) as problem:
        row = asked.obligation_of(request, pk)[0]
        if row.is_round:
            return rounds.show(request, row, actor, problem=problem)
        return showing.page(request, row, actor, problem=problem, status=422)
    messages.success(request, f"期限已延长至 {to}。")
    return redirect(obligation)


@require_GET
def filing_file(request: HttpRequest, pk: UUID, number: int, kind: str) -> HttpResponse:
    """A report as it was filed, as PDF or Word; its figures as Excel."""
    obligation, actor = asked.obligation_of(request, pk)
    found = obligation.filings.select_related("filed_by", "filed_post").filter(number=number).first()
    if found is None:
        raise Http404
    found.obligation = obligation
    note = partial(actions.note_copy, obligation, obligation.reporter, kind=kind, by=actor)
    if kind == "xlsx":
        return workbook(papers.title_of(obligation), papers.FIGURE_HEADINGS, papers.figure_rows(found), note)
    paper = papers.filed(found)
    made = paper_file(papers.LAYOUT, paper, paper["title"], kind)
    note()
    return made


@require_GET
def filing(request: HttpRequest, pk: UUID, number: int) -> HttpResponse:
    """A report as it was filed."""
    obligation, _ = asked.obligation_of(request, pk)
    found = obligation.filings.select_related("filed_by", "filed_post").filter(number=number).first()
    if found is None:
        raise Http404
    sections = [(section.title, found.texts.get(section.key, "")) for section in sheet_of(obligation).sections]
    context = {
        "page_title": f"{papers.title_of(obligation)}（第 {number} 次）",
        "title": papers.title_of(obligation),
        "basis": found.basis,
        "obligation": obligation,
        "filing": found,
        "sections": sections,
        "version": obligation.version,
    }
    return render(request, "reporting/filing.html", context)


def _elsewhere(request: HttpRequest, obligation: Obligation) -> HttpResponse:
    """A plan filed here would be texts alone: nothing would be frozen as a scheme, compared with the higher one, or put in force."""
    messages.error(request, "实施方案不在这里填写：请到“实施方案”里编写、与上级方案对照后报送。")
    return redirect(obligation)


def _saved(request: HttpRequest, obligation: Obligation, actor: Actor) -> Obligation:
    revision = asked.number(request.POST.get("revision", ""))
    return actions.save(obligation, **_typed_in(request), revision=revision, by=actor)


def _typed_in(request: HttpRequest) -> dict[str, Any]:
    """What was written on the page, by kind."""
    return {
        "texts": _prefixed(request, "text-"),
        "typed": _prefixed(request, "figure-"),
        "reasons": _prefixed(request, "reason-"),
        **({"grade": request.POST["grade"]} if "grade" in request.POST else {}),
    }


def _is_quiet(request: HttpRequest) -> bool:
    """Whether the page saves by itself while somebody writes."""
    return request.headers.get("X-Autosave") == "yes"


def _no_day(obligation: Obligation, ask: str) -> str:
    source = sheet_of(obligation).entry.source
    return f"{ask}；没有的日子（如 2 月 31 日）不能填。方案 {source} 规定的期限是 {obligation.due_on}。"


def _prefixed(request: HttpRequest, prefix: str) -> dict[str, str]:
    return {name.removeprefix(prefix): value for name, value in request.POST.items() if name.startswith(prefix)}
