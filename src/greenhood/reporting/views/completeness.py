"""How complete and how timely a division and those directly below it report, and what they carry out."""

from __future__ import annotations

from functools import partial
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from greenhood.accounts.capabilities import Capability
from greenhood.divisions.models import Division
from greenhood.insight.views.overviews import workbook
from greenhood.kit.dates import today_in_shanghai
from greenhood.reporting import actions, queries
from greenhood.reporting.views import asked


@require_GET
def completeness(request: HttpRequest, code: int) -> HttpResponse:
    division = asked.division_of(request, code, Capability.VIEW)
    today = today_in_shanghai()
    year = asked.year_of(request, today)
    whole, lower = queries.completeness(division, year=year, by=today)
    context = {
        "page_title": f"{division.name} {year} 年报送情况",
        "division": division,
        "year": year,
        "years": asked.years(today),
        "today": today,
        "whole": whole,
        "rows": queries.ranked(lower),
        "duties": [row for row in lower if row.duties],
        "silent": sum(not row.owed for row in lower),
        "least": queries.LEAST_RANKED,
        "may_export": request.actor.may(Capability.EXPORT, division),
        "links": {state: _list(division, year, state) for state in ("due", "came_in", "on_time", "overdue", "undone")},
    }
    request.place = division
    return render(request, "reporting/completeness.html", context)


def _list(division: Division, year: int, state: str) -> str:
    """Where what a figure counts is listed."""
    return f"{reverse('reporting:reports')}?{urlencode({'year': year, 'state': state, 'q': division.number})}"


@require_GET
def export(request: HttpRequest, code: int) -> HttpResponse:
    division = asked.division_of(request, code, Capability.EXPORT)
    today = today_in_shanghai()
    year = asked.year_of(request, today)
    _, lower = queries.completeness(division, year=year, by=today)
    headings = [
        "代码", "名称", "应报", "已报", "按时", "因下级迟报", "退回修改中", "逾期未报", "完整率", "及时率",
        "应开展的考察、抽样、考核", "已开展", "按时开展", "逾期未开展", "名次",
    ]  # fmt: skip
    ranks = {row.division.pk: rank for rank, row in queries.ranked(lower)}
    rows = (
        [
            row.division.number, row.division.name, row.owed, row.filed, row.on_time, row.excused,
            row.returned, row.overdue, row.complete, row.timely, row.duties, row.carried_out, row.carried_out_in_time,
            row.duties_overdue, ranks.get(row.division.pk),
        ]
        for row in lower
    )  # fmt: skip
    note = partial(actions.note_export, division, by=request.actor)
    return workbook(f"{division.name}{year}年报送情况", headings, rows, note)
