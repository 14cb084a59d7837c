"""Bulletins: the draft of one, issuing it, the lists of those issued and received, one as it was issued."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from greenhood.accounts import access
from greenhood.accounts.capabilities import Capability
from greenhood.divisions.models import Division
from greenhood.documents.files import paper_file
from greenhood.insight.views.overviews import workbook
from greenhood.kit.dates import today_in_shanghai
from greenhood.reporting import actions, bulletins, papers, queries
from greenhood.reporting.errors import Overtaken, Refused
from greenhood.reporting.models import Bulletin
from greenhood.reporting.views import asked

FIELDS = ("number", "signed_by", "asked")


@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: HttpRequest, code: int) -> HttpResponse:
    """The draft of a bulletin about those below, as it would stand on paper; whose it is may issue it."""
    division = asked.division_of(request, code, Capability.VIEW)
    today = today_in_shanghai()
    year, by = asked.year_of(request, today), _until(request)
    if request.method != "POST":
        return _draft(request, division, year, by)
    access.check(request.actor, Capability.REPORT, division)
    typed = {name: request.POST.get(name, "") for name in FIELDS}
    try:
        issued = bulletins.issue(division, year=year, counted_to=by, **typed, by=request.actor)
    except Refused as problem:
        return _draft(request, division, year, by, typed=typed, problems=problem.problems)
    messages.success(request, f"已印发，{issued.copies.count()} 个下级可以看到。")
    return redirect(issued)


def _draft(
    request: HttpRequest,
    division: Division,
    year: int,
    by: dt.date,
    *,
    typed: Mapping[str, str] | None = None,
    problems: Mapping[str, str] | None = None,
) -> HttpResponse:
    whole, lower = queries.completeness(division, year=year, by=by)
    paper = papers.bulletin(
        division, whole, lower, year=year, by=by, issued_on=today_in_shanghai(), post=request.actor.post
    )
    actor = request.actor
    own = actor.post.division_id if actor.post else None
    request.place = division
    context = {
        "page_title": paper["title"],
        "division": division,
        "year": year,
        "by": by,
        "today": today_in_shanghai(),
        "paper": paper,
        "least": queries.LEAST_RANKED,
        "named": sum(bool(row.owed) for row in lower),
        "typed": typed or {"asked": papers.drafted_request(lower)},
        "problems": problems or {},
        "may_issue": own == division.pk and actor.may(Capability.REPORT, division),
        "may_export": actor.may(Capability.EXPORT, division),
    }
    return render(request, "reporting/bulletin.html", context, status=422 if problems else 200)


@require_GET
def draft_file(request: HttpRequest, code: int, kind: str) -> HttpResponse:
    """The draft as Word or PDF, its table as Excel."""
    division = asked.division_of(request, code, Capability.EXPORT)
    year, by = asked.year_of(request, today_in_shanghai()), _until(request)
    whole, lower = queries.completeness(division, year=year, by=by)
    paper = papers.bulletin(
        division, whole, lower, year=year, by=by, issued_on=today_in_shanghai(), post=request.actor.post
    )
    note = partial(actions.note_export, division, by=request.actor)
    if kind == "xlsx":
        return _table(division, paper, note)
    made = paper_file(papers.LAYOUT, paper, f"{division.name}-{paper['title']}", kind)
    note(rows=1)
    return made


@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """What the post's division has issued and what was published to it."""
    actor = access.require(request, Capability.VIEW)
    division = actor.post.division
    place = {"after": request.GET.get("after", ""), "before": request.GET.get("before", "")}
    which = "received" if request.GET.get("which") == "received" else "issued"
    found = bulletins.received_by if which == "received" else bulletins.issued_by
    context = {
        "page_title": "通报",
        "division": division,
        "which": which,
        "page": found(division, **place),
        "may_issue": actor.may(Capability.REPORT, division),
        "may_export": actor.may(Capability.EXPORT),
    }
    return render(request, "reporting/bulletins.html", context)


@require_GET
def export_listed(request: HttpRequest) -> HttpResponse:
    actor = access.require(request, Capability.EXPORT)
    division = actor.post.division
    headings = ["发文字号", "标题", "印发单位", "统计截止日", "签发人", "印发日期", "撤回日期", "撤回理由"]
    rows = [
        [
            row.number, row.title, row.division.name, row.counted_to, row.signed_by, today_in_shanghai(row.issued_at),
            row.withdrawn_at and today_in_shanghai(row.withdrawn_at), row.withdrawn_reason,
        ]
        for row in bulletins.every(division)
    ]  # fmt: skip
    return workbook(f"{division.name}通报", headings, rows, partial(actions.note_export, division, by=actor))


@require_GET
def issued(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A bulletin as it was issued."""
    bulletin = _bulletin(request, pk)
    actor = request.actor
    own = actor.post.division_id if actor.post else None
    request.place = bulletin.division
    context = {
        "page_title": bulletin.title,
        "bulletin": bulletin,
        "paper": bulletin.paper,
        "copies": [copy.division for copy in bulletin.copies.select_related("division").order_by("division__code")],
        "may_withdraw": own == bulletin.division_id
        and bulletin.withdrawn_at is None
        and actor.may(Capability.REPORT, bulletin.division),
    }
    return render(request, "reporting/issued.html", context)


@require_GET
def issued_file(request: HttpRequest, pk: UUID, kind: str) -> HttpResponse:
    """A bulletin as Word or PDF as it was issued, its table as Excel. Whoever may see it may have it."""
    bulletin = _bulletin(request, pk)
    note = partial(actions.note_copy, bulletin, bulletin.division, kind=kind, by=request.actor)
    if kind == "xlsx":
        return _table(bulletin.division, bulletin.paper, note)
    paper = bulletin.paper | ({"mark": "已撤回"} if bulletin.withdrawn_at else {})
    made = paper_file(papers.LAYOUT, paper, f"{bulletin.division.name}-{bulletin.title}", kind)
    note()
    return made


@require_POST
def withdraw(request: HttpRequest, pk: UUID) -> HttpResponse:
    bulletin = _bulletin(request, pk)
    access.check(request.actor, Capability.REPORT, bulletin.division)
    try:
        bulletins.withdraw(bulletin, reason=request.POST.get("reason", ""), by=request.actor)
        messages.success(request, "已撤回，收到通报的单位能看到撤回的理由。")
    except (Refused, Overtaken) as problem:
        messages.error(request, asked.said(problem))
    return redirect(bulletin)


def _table(division: Division, paper: Mapping[str, Any], note: Callable[..., None]) -> HttpResponse:
    """The table of a bulletin."""
    table = next((part for part in paper["body"] if part["kind"] == "table"), None)
    if table is None:
        raise Http404
    return workbook(f"{division.name}{paper['title']}附表", table["columns"], table["rows"], note)


def _bulletin(request: HttpRequest, pk: UUID) -> Bulletin:
    bulletin = bulletins.found(pk, request.actor)
    if bulletin is None:
        raise Http404
    return bulletin


def _until(request: HttpRequest) -> dt.date:
    """The day that a bulletin counts to: one of the request, today at the latest."""
    today = today_in_shanghai()
    given = request.POST if request.method == "POST" else request.GET
    return min(asked.day(given.get("by", "")) or today, today)
