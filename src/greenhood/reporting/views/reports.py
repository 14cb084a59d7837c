"""The year's list of reports, and planning a year."""

from __future__ import annotations

import datetime as dt
from functools import partial
from itertools import chain

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from greenhood.accounts import access
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions.models import Level
from greenhood.insight.views.overviews import workbook
from greenhood.kit.dates import today_in_shanghai
from greenhood.reporting import actions, bulletins, chains, queries
from greenhood.reporting.models import Kind, Obligation, State
from greenhood.reporting.views import asked
from greenhood.schemes.queries import newest_of, scheme_for

LATELY = dt.timedelta(days=60)


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


def _about(actor: Actor, filters: queries.Filters) -> list[Obligation]:
    """What others carry out at the post's division stands in the whole list of a year too."""
    is_narrowed = filters.state or filters.entry or filters.level is not None or filters.word or filters.kind
    return [] if is_narrowed else queries.carried_out_at(actor.post.division, year=filters.year) if actor.post else []


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
