"""Reports: the year's list, one report being written, its reception, and how complete and timely a division is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from greenhood.accounts import access
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.declarations.procedure import LEVELS
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division, Level
from greenhood.documents.typesetting import FontsMissing
from greenhood.documents.views import TYPES
from greenhood.insight.views.overviews import workbook
from greenhood.kit.dates import today_in_shanghai
from greenhood.reporting import actions, chains, papers, queries
from greenhood.reporting.errors import Overtaken, Refused
from greenhood.reporting.models import OWED, Obligation, State
from greenhood.reporting.sheets import Sheet, sheet_of
from greenhood.schemes.queries import newest_of, scheme_for

TAKEN = "这份报告刚被他人修改。您填写的内容还在下面，请核对后再保存。"
FIRST_YEAR = 2020
# A street has some dozen communities, a province some twenty cities; the rest is a link away.
MOST_LOWER = 30


@require_GET
def reports(request: HttpRequest) -> HttpResponse:
    """What the post owes and receives, then everything in its scope for a year."""
    actor = access.require(request, Capability.VIEW)
    today = today_in_shanghai()
    filters = _filters(request, today)
    year = filters.year
    rows = queries.of_division(actor, filters, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    version = scheme_for(actor.post.division)
    context = {
        "page_title": f"{year} 年报送",
        "year": year,
        "years": range(today.year + 1, FIRST_YEAR - 1, -1),
        "filters": filters,
        "states": [("", "全部"), *State.choices, ("overdue", "逾期未报"), ("late", "迟报")],
        "entries": queries.entries_of(actor.post.division),
        "levels": [(level, label) for level, label in Level.choices if level >= actor.post.division.level],
        "page": rows,
        "owed": queries.owed_by(actor, today=today),
        "to_receive": queries.to_receive(actor),
        "today": today,
        "version": version,
        "may_plan": version is not None and actor.may(Capability.PUBLISH_SCHEME, version.jurisdiction),
        "division": actor.post.division,
        "may_export": actor.may(Capability.EXPORT),
    }
    return render(request, "reporting/reports.html", context)


@require_GET
def export_list(request: HttpRequest) -> HttpResponse:
    """The list of a year as it is filtered, as Excel."""
    actor = access.require(request, Capability.EXPORT)
    filters = _filters(request, today_in_shanghai())
    headings = [
        "报送单位代码",
        "报送单位",
        "接收单位",
        "报告",
        "所属期",
        "期限",
        "延期理由",
        "状态",
        "首次报送",
        "迟报天数",
    ]
    rows = (
        [
            row.reporter.number, row.reporter.name, row.receiver.name, row.title, row.period, row.deadline, row.extended_reason,
            row.get_state_display(), row.filed_at and today_in_shanghai(row.filed_at),
            row.filed_at and chains.days_late(row, today_in_shanghai()),
        ]
        for row in queries.to_export(actor, filters)
    )  # fmt: skip
    note = partial(actions.note_export, actor.post.division, by=actor)
    return workbook(f"{actor.post.division.name}{filters.year}年报送任务", headings, rows, note)


@require_POST
def plan(request: HttpRequest) -> HttpResponse:
    """Make a year's obligations from the scheme in force for the post's division."""
    version = newest_of(request.POST.get("scheme", ""))
    if version is None:
        raise Http404
    actor = access.require(request, Capability.PUBLISH_SCHEME, version.jurisdiction)
    year = _number(request.POST.get("year", ""))
    if not FIRST_YEAR <= year <= today_in_shanghai().year + 1:
        messages.error(request, f"年度应在 {FIRST_YEAR} 到 {today_in_shanghai().year + 1} 之间。")
        return redirect("reporting:reports")
    added = actions.plan(version, year, by=actor)
    messages.success(request, f"已按《{version.title}》排定 {year} 年的报送任务，新增 {added} 份。")
    return redirect(f"{request.path_info.removesuffix('plan/')}?year={year}")


@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One report: written by who owes it, read by everybody in whose scope it lies."""
    obligation, actor = _obligation(request, pk)
    if request.method != "POST":
        return _page(request, obligation, actor)
    access.check(actor, Capability.REPORT, obligation.reporter)
    try:
        saved = _saved(request, obligation, actor)
    except (Refused, Overtaken) as problem:
        if _is_quiet(request):
            return JsonResponse(
                {"problems": problem.problems if isinstance(problem, Refused) else {"": TAKEN}}, status=422
            )
        return _page(
            request, _obligation(request, pk)[0], actor, typed_in=_typed_in(request), problem=problem, status=422
        )
    if _is_quiet(request):
        return JsonResponse({"revision": saved.revision})
    messages.success(request, "已保存。")
    return redirect(obligation)


@require_POST
def file(request: HttpRequest, pk: UUID) -> HttpResponse:
    obligation, actor = _obligation(request, pk)
    access.check(actor, Capability.REPORT, obligation.reporter)
    try:
        # What stands on the page is kept first, whether or not it can be filed.
        ready = _saved(request, obligation, actor) if any(_typed_in(request).values()) else obligation
        revision = ready.revision if ready is not obligation else _number(request.POST.get("revision", ""))
        filed = actions.file(ready, signed_by=request.POST.get("signed_by", ""), revision=revision, by=actor)
    except (Refused, Overtaken) as problem:
        return _page(
            request, _obligation(request, pk)[0], actor, typed_in=_typed_in(request), problem=problem, status=422
        )
    late = f"，迟报 {filed.late_days} 天" if filed.late_days else ""
    messages.success(request, f"已报送给{obligation.receiver.name}{late}。")
    return redirect(obligation)


@require_POST
def receive(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Accept a report, or return single sections of it."""
    obligation, actor = _obligation(request, pk)
    access.check(actor, Capability.REPORT, obligation.receiver)
    revision = _number(request.POST.get("revision", ""))
    try:
        if request.POST.get("outcome") == "accept":
            actions.accept(obligation, revision=revision, by=actor)
            messages.success(request, "已接收。")
        else:
            actions.give_back(obligation, reasons=_prefixed(request, "return-"), revision=revision, by=actor)
            messages.success(request, "已退回所选部分，其余部分保持不变。")
    except (Refused, Overtaken) as problem:
        messages.error(request, _said(problem))
    return redirect(obligation)


@require_POST
def hand_down(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask everybody directly below for the same report by an earlier day."""
    obligation, actor = _obligation(request, pk)
    access.check(actor, Capability.REPORT, obligation.reporter)
    try:
        due_on = dt.date.fromisoformat(request.POST.get("due_on", ""))
    except ValueError:
        messages.error(request, "请填写下级的期限，例如 2026-11-10；没有的日子（如 2 月 31 日）不能填。")
        return redirect(obligation)
    try:
        asked = actions.hand_down(obligation, due_on=due_on, by=actor)
        messages.success(request, f"已布置 {asked} 个下级在 {due_on} 前报送。")
    except Refused as problem:
        messages.error(request, str(problem))
    return redirect(obligation)


@require_POST
def extend(request: HttpRequest, pk: UUID) -> HttpResponse:
    obligation, actor = _obligation(request, pk)
    access.check(actor, Capability.REPORT, obligation.receiver)
    try:
        to = dt.date.fromisoformat(request.POST.get("to", ""))
    except ValueError:
        messages.error(request, "请填写新的期限，例如 2026-12-10；没有的日子（如 2 月 31 日）不能填。")
        return redirect(obligation)
    try:
        revision = _number(request.POST.get("revision", ""))
        actions.extend(obligation, to=to, reason=request.POST.get("reason", ""), revision=revision, by=actor)
        messages.success(request, f"期限已延长至 {to}。")
    except (Refused, Overtaken) as problem:
        messages.error(request, _said(problem))
    return redirect(obligation)


@require_GET
def filing(request: HttpRequest, pk: UUID, number: int) -> HttpResponse:
    """A report as it was filed."""
    obligation, _ = _obligation(request, pk)
    found = obligation.filings.select_related("filed_by", "filed_post").filter(number=number).first()
    if found is None:
        raise Http404
    sections = [(section.title, found.texts.get(section.key, "")) for section in sheet_of(obligation).sections]
    context = {
        "page_title": str(found),
        "obligation": obligation,
        "filing": found,
        "sections": sections,
        "version": obligation.version,
    }
    return render(request, "reporting/filing.html", context)


@require_GET
def completeness(request: HttpRequest, code: int) -> HttpResponse:
    """How complete and how timely a division and those directly below it report."""
    division = _division(request, code, Capability.VIEW)
    today = today_in_shanghai()
    year = _year(request, today)
    whole, lower = queries.completeness(division, year=year, by=today)
    context = {
        "page_title": f"{division.name} {year} 年报送情况",
        "division": division,
        "year": year,
        "years": range(today.year + 1, FIRST_YEAR - 1, -1),
        "today": today,
        "whole": whole,
        "rows": queries.ranked(lower),
        "silent": sum(not row.owed for row in lower),
        "least": queries.LEAST_RANKED,
        "may_export": request.actor.may(Capability.EXPORT, division),
    }
    request.place = division
    return render(request, "reporting/completeness.html", context)


@require_GET
def bulletin(request: HttpRequest, code: int) -> HttpResponse:
    """The draft of a bulletin about those below, as it would stand on paper."""
    division = _division(request, code, Capability.VIEW)
    year, by = _year(request, today_in_shanghai()), _until(request)
    paper = _bulletin(division, year, by)
    request.place = division
    context = {"page_title": paper["title"], "division": division, "year": year, "by": by, "paper": paper}
    return render(request, "reporting/bulletin.html", context)


@require_GET
def bulletin_file(request: HttpRequest, code: int, kind: str) -> HttpResponse:
    division = _division(request, code, Capability.EXPORT)
    year, by = _year(request, today_in_shanghai()), _until(request)
    paper = _bulletin(division, year, by)
    actions.note_export(division, rows=1, by=request.actor)
    return _file(paper, f"{division.name}-{paper['title']}", kind)


@require_GET
def filing_file(request: HttpRequest, pk: UUID, number: int, kind: str) -> HttpResponse:
    """A report as it was filed, as PDF or Word; its figures as Excel."""
    obligation, actor = _obligation(request, pk)
    found = obligation.filings.filter(number=number).first()
    if found is None:
        raise Http404
    found.obligation = obligation
    if kind == "xlsx":
        note = partial(actions.note_export, obligation.reporter, by=actor)
        return workbook(str(obligation), papers.FIGURE_HEADINGS, papers.figure_rows(found), note)
    paper = papers.filed(found)
    return _file(paper, paper["title"], kind)


@require_GET
def export(request: HttpRequest, code: int) -> HttpResponse:
    division = _division(request, code, Capability.EXPORT)
    year = _year(request, today_in_shanghai())
    _, lower = queries.completeness(division, year=year, by=today_in_shanghai())
    headings = ["代码", "名称", "应报", "已报", "按时", "因下级迟报", "退回修改中", "逾期未报", "完整率", "及时率"]
    rows = (
        [
            row.division.number, row.division.name, row.owed, row.filed, row.on_time, row.excused, row.returned,
            row.overdue, row.complete, row.timely,
        ]
        for row in lower
    )  # fmt: skip
    note = partial(actions.note_export, division, by=request.actor)
    return workbook(f"{division.name}{year}年报送情况", headings, rows, note)


def _page(
    request: HttpRequest,
    obligation: Obligation,
    actor: Actor,
    *,
    typed_in: Mapping[str, Mapping[str, str]] | None = None,
    problem: Refused | Overtaken | None = None,
    status: int = 200,
) -> HttpResponse:
    sheet, today = sheet_of(obligation), today_in_shanghai()
    typed_in = typed_in or {}
    problems = problem.problems if isinstance(problem, Refused) else {"": TAKEN} if problem else {}
    own = actor.post.division_id if actor.post else None
    is_reporter = actor.may(Capability.REPORT, obligation.reporter) and own == obligation.reporter_id
    may_write = is_reporter and obligation.state in OWED
    may_receive = actor.may(Capability.REPORT, obligation.receiver) and own == obligation.receiver_id
    context = {
        "page_title": obligation.heading,
        "obligation": obligation,
        "version": obligation.version,
        "entry": sheet.entry,
        "sections": _sections(sheet, typed_in.get("texts", {}), problems),
        "values": _values(sheet, typed_in.get("typed", {}), problems),
        "differences": _differences(sheet, typed_in.get("reasons", {}), problems),
        "lower": sheet.lower[:MOST_LOWER],
        "more_lower": max(len(sheet.lower) - MOST_LOWER, 0),
        "chain": chains.chain(obligation, sheet.lower, today=today),
        "charge": chains.charge(obligation, sheet.lower, today=today),
        "reminders": list(obligation.reminders.all()),
        "signed_by": request.POST.get("signed_by", ""),
        "problems": problems,
        "missing": sheet.missing() if may_write else {},
        "filings": list(obligation.filings.select_related("filed_by")),
        "today": today,
        "may_write": may_write,
        "may_hand_down": may_write and not sheet.lower and obligation.reporter.level < Level.COMMUNITY,
        "suggested": chains.suggested(obligation.deadline, today),
        "is_as_asked": obligation.reporter.level == LEVELS[sheet.entry.reporter],
        "may_receive": may_receive,
        "may_extend": may_receive and obligation.state in OWED,
        "is_overdue": obligation.filed_at is None and obligation.deadline < today,
    }
    request.place, request.place_version = obligation.reporter, obligation.version
    return render(request, "reporting/report.html", context, status=status)


def _sections(sheet: Sheet, texts: Mapping[str, str], problems: Mapping[str, str]) -> list[dict[str, object]]:
    kept = sheet.obligation.texts
    return [
        {
            "section": section,
            "text": texts.get(section.key, kept.get(section.key, "")),
            "is_open": section.key in sheet.open_sections,
            "returned": sheet.obligation.returned.get(section.key, ""),
            "problem": problems.get(f"text-{section.key}", ""),
        }
        for section in sheet.sections
    ]


def _values(sheet: Sheet, typed: Mapping[str, str], problems: Mapping[str, str]) -> list[dict[str, object]]:
    kept = sheet.obligation.typed
    return [
        {
            "value": value,
            "typed": typed.get(value.key, kept.get(value.key, "")),
            "problem": problems.get(f"figure-{value.key}", ""),
        }
        for value in sheet.values
    ]


def _differences(sheet: Sheet, reasons: Mapping[str, str], problems: Mapping[str, str]) -> list[dict[str, object]]:
    kept = sheet.obligation.reasons
    return [
        {
            "one": one,
            "reason": reasons.get(one.key, kept.get(one.key, "")),
            "problem": problems.get(f"reason-{one.key}", ""),
        }
        for one in sheet.differences
    ]


def _saved(request: HttpRequest, obligation: Obligation, actor: Actor) -> Obligation:
    revision = _number(request.POST.get("revision", ""))
    return actions.save(obligation, **_typed_in(request), revision=revision, by=actor)


def _typed_in(request: HttpRequest) -> dict[str, dict[str, str]]:
    """What was written on the page, by kind."""
    return {
        "texts": _prefixed(request, "text-"),
        "typed": _prefixed(request, "figure-"),
        "reasons": _prefixed(request, "reason-"),
    }


def _is_quiet(request: HttpRequest) -> bool:
    """Whether the page saves by itself while somebody writes."""
    return request.headers.get("X-Autosave") == "yes"


def _filters(request: HttpRequest, today: dt.date) -> queries.Filters:
    level = request.GET.get("level", "")
    return queries.Filters(
        year=_year(request, today),
        state=request.GET.get("state", ""),
        entry=request.GET.get("entry", ""),
        level=int(level) if level in {str(value) for value in Level.values} else None,
        word=request.GET.get("q", "")[:60],
    )


def _bulletin(division: Division, year: int, by: dt.date) -> dict[str, Any]:
    whole, lower = queries.completeness(division, year=year, by=by)
    return papers.bulletin(division, whole, lower, year=year, by=by)


def _until(request: HttpRequest) -> dt.date:
    """The day that a bulletin counts to: one of the address, today at the latest."""
    today = today_in_shanghai()
    try:
        return min(dt.date.fromisoformat(request.GET.get("by", "")), today)
    except ValueError:
        return today


def _file(paper: Mapping[str, Any], name: str, kind: str) -> HttpResponse:
    if kind not in TYPES:
        raise Http404
    media_type, make = TYPES[kind]
    try:
        made = make(papers.LAYOUT, paper)
    except FontsMissing as problem:
        return HttpResponse(str(problem), status=503, content_type="text/plain; charset=utf-8")
    response = HttpResponse(made, content_type=media_type)
    place = "inline" if kind == "pdf" else "attachment"
    response["Content-Disposition"] = f"{place}; filename*=UTF-8''{quote(f'{name}.{kind}')}"
    return response


def _obligation(request: HttpRequest, pk: UUID) -> tuple[Obligation, Actor]:
    """404 for strangers to both the reporter and the receiver."""
    found = queries.with_version().filter(pk=pk).first()
    actor: Actor = request.actor
    if found is None or not (actor.may(Capability.VIEW, found.reporter) or actor.may(Capability.VIEW, found.receiver)):
        raise Http404
    return found, actor


def _division(request: HttpRequest, code: int, capability: Capability) -> Division:
    try:
        division = divisions.by_code(code)
    except Division.DoesNotExist:
        raise Http404 from None
    access.require(request, capability, division)
    return division


def _prefixed(request: HttpRequest, prefix: str) -> dict[str, str]:
    return {name.removeprefix(prefix): value for name, value in request.POST.items() if name.startswith(prefix)}


def _said(problem: Refused | Overtaken) -> str:
    return str(problem) if isinstance(problem, Refused) else "这份报告刚被他人办理，请刷新页面查看。"


def _year(request: HttpRequest, today: dt.date) -> int:
    year = _number(request.GET.get("year", ""))
    return year if FIRST_YEAR <= year <= today.year + 1 else today.year


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0
