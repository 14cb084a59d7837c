"""Reports: the year's list, one report being written, its reception, and how complete and timely a division is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from greenhood.accounts import access
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division
from greenhood.insight.views.overviews import workbook
from greenhood.kit.dates import today_in_shanghai
from greenhood.reporting import actions, queries
from greenhood.reporting.errors import Overtaken, Refused
from greenhood.reporting.models import OWED, Obligation, State
from greenhood.reporting.sheets import Sheet, sheet_of
from greenhood.schemes.queries import newest_of, scheme_for

TAKEN = "这份报告刚被他人修改。您填写的内容还在下面，请核对后再保存。"
FIRST_YEAR = 2020


@require_GET
def reports(request: HttpRequest) -> HttpResponse:
    """What the post owes and receives, then everything in its scope for a year."""
    actor = access.require(request, Capability.VIEW)
    today = today_in_shanghai()
    year = _year(request, today)
    rows = queries.of_division(
        actor,
        year=year,
        state=request.GET.get("state", ""),
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    version = scheme_for(actor.post.division)
    context = {
        "page_title": f"{year} 年报送",
        "year": year,
        "years": range(today.year + 1, FIRST_YEAR - 1, -1),
        "state": request.GET.get("state", ""),
        "states": [("", "全部"), *State.choices, ("overdue", "已逾期")],
        "page": rows,
        "owed": queries.owed_by(actor, today=today),
        "to_receive": queries.to_receive(actor),
        "today": today,
        "version": version,
        "may_plan": version is not None and actor.may(Capability.PUBLISH_SCHEME, version.jurisdiction),
        "division": actor.post.division,
    }
    return render(request, "reporting/reports.html", context)


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
    texts, typed = _prefixed(request, "text-"), _prefixed(request, "figure-")
    try:
        actions.save(obligation, texts=texts, typed=typed, revision=_number(request.POST.get("revision", "")), by=actor)
    except (Refused, Overtaken) as problem:
        fresh, _ = _obligation(request, pk)
        return _page(request, fresh, actor, texts=texts, typed=typed, problem=problem, status=422)
    messages.success(request, "已保存。")
    return redirect(obligation)


@require_POST
def file(request: HttpRequest, pk: UUID) -> HttpResponse:
    obligation, actor = _obligation(request, pk)
    access.check(actor, Capability.REPORT, obligation.reporter)
    try:
        filed = actions.file(
            obligation,
            signed_by=request.POST.get("signed_by", ""),
            revision=_number(request.POST.get("revision", "")),
            by=actor,
        )
    except (Refused, Overtaken) as problem:
        fresh, _ = _obligation(request, pk)
        return _page(request, fresh, actor, problem=problem, status=422)
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
def extend(request: HttpRequest, pk: UUID) -> HttpResponse:
    obligation, actor = _obligation(request, pk)
    access.check(actor, Capability.REPORT, obligation.receiver)
    try:
        to = dt.date.fromisoformat(request.POST.get("to", ""))
    except ValueError:
        messages.error(request, "请填写新的期限，例如 2026-12-10。")
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
    ranked = sorted((row for row in lower if row.is_ranked), key=lambda row: (-row.timely, -row.complete))
    context = {
        "page_title": f"{division.name} {year} 年报送情况",
        "division": division,
        "year": year,
        "years": range(today.year + 1, FIRST_YEAR - 1, -1),
        "today": today,
        "whole": whole,
        "rows": [*enumerate(ranked, 1), *((None, row) for row in lower if not row.is_ranked and row.owed)],
        "silent": sum(not row.owed for row in lower),
        "least": queries.LEAST_RANKED,
        "may_export": request.actor.may(Capability.EXPORT, division),
    }
    request.place = division
    return render(request, "reporting/completeness.html", context)


@require_GET
def export(request: HttpRequest, code: int) -> HttpResponse:
    division = _division(request, code, Capability.EXPORT)
    year = _year(request, today_in_shanghai())
    _, lower = queries.completeness(division, year=year, by=today_in_shanghai())
    headings = ["代码", "名称", "应报", "已报", "按时", "退回修改中", "逾期未报", "完整率", "及时率"]
    rows = (
        [
            row.division.number, row.division.name, row.owed, row.filed, row.on_time, row.returned, row.overdue,
            row.complete, row.timely,
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
    texts: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
    problem: Refused | Overtaken | None = None,
    status: int = 200,
) -> HttpResponse:
    sheet = sheet_of(obligation)
    problems = problem.problems if isinstance(problem, Refused) else {"": TAKEN} if problem else {}
    may_write = actor.may(Capability.REPORT, obligation.reporter) and obligation.state in OWED
    may_receive = actor.may(Capability.REPORT, obligation.receiver) and actor.post.division_id == obligation.receiver_id
    context = {
        "page_title": f"{obligation.period}{obligation.title}",
        "obligation": obligation,
        "version": obligation.version,
        "entry": sheet.entry,
        "sections": _sections(sheet, texts or {}, problems),
        "values": _values(sheet, typed or {}, problems),
        "problems": problems,
        "missing": sheet.missing() if may_write else {},
        "filings": list(obligation.filings.select_related("filed_by")),
        "today": today_in_shanghai(),
        "may_write": may_write,
        "may_receive": may_receive,
        "may_extend": may_receive and obligation.state in OWED,
        "is_overdue": obligation.state in OWED and obligation.deadline < today_in_shanghai(),
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


def _obligation(request: HttpRequest, pk: UUID) -> tuple[Obligation, Actor]:
    """404 for strangers to both the reporter and the receiver."""
    found = Obligation.objects.select_related("reporter", "receiver", "version").filter(pk=pk).first()
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
