"""Reports: the year's list, one report being written, filed and received, and one as it was filed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from greenhood.accounts import access
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.declarations.procedure import LEVELS
from greenhood.divisions.models import Level
from greenhood.history.models import Entry
from greenhood.history.queries import timeline
from greenhood.insight.views.overviews import workbook
from greenhood.kit.dates import today_in_shanghai
from greenhood.reporting import actions, bulletins, chains, figures, papers, queries
from greenhood.reporting.errors import Overtaken, Refused
from greenhood.reporting.events import Event
from greenhood.reporting.models import DOCUMENTS, OWED, Filing, Kind, Obligation, State
from greenhood.reporting.sheets import Sheet, sheet_of
from greenhood.reporting.views import asked, rounds
from greenhood.schemes.queries import newest_of, scheme_for

LATELY = dt.timedelta(days=60)
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
        "years": asked.years(today),
        "filters": filters,
        "kinds": [("", "全部"), *Kind.choices],
        "states": [("", "全部"), *State.choices, *queries.AS_COUNTED.items(), ("late", "迟报")],
        "entries": queries.entries_of(actor.post.division),
        "levels": [(level, label) for level, label in Level.choices if level >= actor.post.division.level],
        "page": rows,
        "owed": queries.owed_by(actor, today=today),
        "to_receive": queries.to_receive(actor),
        "rounds": queries.to_carry_out(actor, today=today),
        "about": queries.carried_out_at(actor.post.division, year=year),
        "bulletins": bulletins.received_lately(actor.post.division, since=timezone.now() - LATELY),
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
        "种类",
        "报告",
        "所属期",
        "开始日",
        "期限",
        "延期理由",
        "状态",
        "首次报送",
        "迟报天数",
    ]
    rows = (
        [
            row.reporter.number, row.reporter.name, row.receiver.name, row.get_kind_display(), row.title, row.period, row.from_on,
            row.deadline, row.extended_reason, row.state_label, row.filed_at and today_in_shanghai(row.filed_at),
            row.filed_at and chains.days_late(row, today_in_shanghai()),
        ]
        for row in chain(queries.to_export(actor, filters), _about(actor, filters))
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
    year = asked.number(request.POST.get("year", ""))
    if not asked.FIRST_YEAR <= year <= today_in_shanghai().year + 1:
        messages.error(request, f"年度应在 {asked.FIRST_YEAR} 到 {today_in_shanghai().year + 1} 之间。")
        return redirect("reporting:reports")
    added = actions.plan(version, year, by=actor)
    messages.success(request, f"已按《{version.title}》排定 {year} 年的任务，新增 {added} 项。")
    return redirect(f"{request.path_info.removesuffix('plan/')}?year={year}")


@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One report: written by who owes it, read by everybody in whose scope it lies. A visit or a sample has a page of its own."""
    obligation, actor = asked.obligation_of(request, pk)
    if obligation.is_round:
        return rounds.show(request, obligation, actor)
    if request.method != "POST":
        return _page(request, obligation, actor)
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
        return _page(
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
        return _page(
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
        return _page(request, row, actor, typed_in=_typed_in(request), problem=problem, status=422)
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
        return _page(request, asked.obligation_of(request, pk)[0], actor, problem=problem, status=422)
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
        return _page(request, row, actor, problem=problem, status=422)
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
    made = asked.file(paper, paper["title"], kind)
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


def _page(
    request: HttpRequest,
    obligation: Obligation,
    actor: Actor,
    *,
    typed_in: Mapping[str, Any] | None = None,
    problem: Refused | Overtaken | None = None,
    status: int = 200,
) -> HttpResponse:
    sheet, today = sheet_of(obligation), today_in_shanghai()
    is_readable = asked.may_read(obligation, actor)
    typed_in = typed_in or {}
    problems = problem.problems if isinstance(problem, Refused) else {"": asked.TAKEN} if problem else {}
    own = actor.post.division_id if actor.post else None
    is_reporter = actor.may(Capability.REPORT, obligation.reporter) and own == obligation.reporter_id
    is_receiver = actor.may(Capability.REPORT, obligation.receiver) and own == obligation.receiver_id
    # Nothing was filed as long as nobody has done anything with it.
    filings = list(obligation.filings.select_related("filed_by")) if obligation.revision > 1 else []
    context = {
        "page_title": obligation.heading,
        "obligation": obligation,
        "version": obligation.version,
        "entry": sheet.entry,
        "receiver": sheet.receiver_name,
        "today": today,
        "problems": problems,
        "is_readable": is_readable,
        "sections": _sections(sheet, typed_in.get("texts", {}), problems),
        "values": [
            one
            for one in _values(sheet, typed_in.get("typed", {}), problems)
            if is_readable or not one["value"].is_typed
        ],
        "differences": _differences(sheet, typed_in.get("reasons", {}), problems) if is_readable else [],
        "grade": typed_in.get("grade") or obligation.grade,
        "signed_by": request.POST.get("signed_by", ""),
        "typed_extension": {"to": request.POST.get("to", ""), "reason": request.POST.get("reason", "")},
        "typed_withdrawal": request.POST.get("reason", ""),
        "filings": filings,
        "reminders": list(obligation.reminders.all()),
        "entries": _told(obligation, is_own=own == obligation.reporter_id),
        "is_overdue": obligation.filed_at is None and obligation.deadline < today,
        "may_export": is_readable and actor.may(Capability.EXPORT),
        **_beside(sheet, today),
        **_open_steps(sheet, filings, today, is_reporter=is_reporter, is_receiver=is_receiver),
    }
    request.place, request.place_version = obligation.reporter, obligation.version
    return render(request, "reporting/report.html", context, status=status)


def _told(obligation: Obligation, *, is_own: bool) -> list[Entry]:
    """What happened; how it was written is told to those alone who write it."""
    return [one for one in timeline(obligation) if is_own or one.event not in (Event.SAVED, Event.DRAWN_UP)]


def _elsewhere(request: HttpRequest, obligation: Obligation) -> HttpResponse:
    """A plan filed here would be texts alone: nothing would be frozen as a scheme, compared with the higher one, or put in force."""
    messages.error(request, "实施方案不在这里填写：请到“实施方案”里编写、与上级方案对照后报送。")
    return redirect(obligation)


def _beside(sheet: Sheet, today: dt.date) -> dict[str, object]:
    """What a report rests on: figures of an evaluation, the reports below, the chain that it is a link of."""
    obligation = sheet.obligation
    return {
        "basis": sheet.basis,
        "overview_url": reverse("insight:overview", args=[obligation.subject.code]),
        "completeness_url": f"{reverse('reporting:completeness', args=[obligation.subject.code])}?year={obligation.year}",
        "grades": sheet.entry.grades,
        "lower": sheet.lower[:MOST_LOWER],
        "more_lower": max(len(sheet.lower) - MOST_LOWER, 0),
        "chain": chains.chain(obligation, sheet.lower, today=today),
        "charge": chains.charge(obligation, sheet.lower, today=today),
        "is_as_asked": obligation.reporter.level == LEVELS[sheet.entry.reporter],
        "is_appraisal": obligation.kind == Kind.APPRAISAL,
    }


def _open_steps(
    sheet: Sheet, filings: Sequence[Filing], today: dt.date, *, is_reporter: bool, is_receiver: bool
) -> dict[str, object]:
    """What whoever looks at the page may do, and what is still missing for it."""
    obligation = sheet.obligation
    may_write = is_reporter and obligation.state in OWED and not obligation.is_plan
    return {
        "may_write": may_write,
        "missing": sheet.missing() if may_write else {},
        "drafts": len(sheet.drafts) if may_write else 0,
        "together": queries.due_together(obligation) if is_reporter else [],
        "may_hand_down": may_write
        and obligation.kind in DOCUMENTS
        and not sheet.lower
        and obligation.reporter.level < Level.COMMUNITY,
        "suggested": chains.suggested(obligation.deadline, today),
        "may_withdraw": is_reporter and obligation.state == State.FILED and not filings[0].follows_a_return,
        "may_receive": is_receiver,
        "may_extend": is_receiver and obligation.state in OWED and obligation.kind != Kind.APPRAISAL,
    }


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


def _values(sheet: Sheet, typed: Mapping[str, str], problems: Mapping[str, str]) -> list[dict[str, Any]]:
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
            "url": figures.known()[one.key].url_of(sheet.obligation.subject),
            "reason": reasons.get(one.key, kept.get(one.key, "")),
            "problem": problems.get(f"reason-{one.key}", ""),
        }
        for one in sheet.differences
    ]


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


def _about(actor: Actor, filters: queries.Filters) -> list[Obligation]:
    """What others carry out at the post's division stands in the whole list of a year too."""
    is_narrowed = filters.state or filters.entry or filters.level is not None or filters.word or filters.kind
    return [] if is_narrowed else queries.carried_out_at(actor.post.division, year=filters.year) if actor.post else []


def _no_day(obligation: Obligation, ask: str) -> str:
    source = sheet_of(obligation).entry.source
    return f"{ask}；没有的日子（如 2 月 31 日）不能填。方案 {source} 规定的期限是 {obligation.due_on}。"


def _filters(request: HttpRequest, today: dt.date) -> queries.Filters:
    level = request.GET.get("level", "")
    return queries.Filters(
        year=asked.year_of(request, today),
        state=request.GET.get("state", ""),
        kind=request.GET.get("kind", ""),
        entry=request.GET.get("entry", ""),
        level=int(level) if level in {str(value) for value in Level.values} else None,
        word=request.GET.get("q", "")[:60],
    )


def _prefixed(request: HttpRequest, prefix: str) -> dict[str, str]:
    return {name.removeprefix(prefix): value for name, value in request.POST.items() if name.startswith(prefix)}
