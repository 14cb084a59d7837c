"""How departments respond to whistles: the rates, and the calls that a figure counts."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from greenhood.accounts.capabilities import Capability
from greenhood.coordination.actions import assigning
from greenhood.coordination.queries import whistles
from greenhood.coordination.queries.whistles import Line, Of
from greenhood.coordination.views import common
from greenhood.coordination.views.whistles import filters_of
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division
from greenhood.insight.views.overviews import workbook
from greenhood.kit.dates import today_in_shanghai

RATES = [
    "对象",
    "名次",
    "呼叫",
    "应报到",
    "按时报到",
    "按时报到率",
    "解决",
    "解决率",
    "已评价",
    "满意率",
    "部门对吹哨方满意率",
]


@require_GET
def rates(request: HttpRequest, code: int) -> HttpResponse:
    """Response, resolution and satisfaction by department, street and month of a year."""
    division = common.division_at(request, code)
    year = _year(request)
    whole, departments, callers, months = whistles.rates(division, *_span(year))
    context = {
        "page_title": f"{division.name} {year} 年吹哨报到情况",
        "tabs": common.tabs("whistles"),
        "division": division,
        "year": year,
        "years": range(today_in_shanghai().year, whistles.FIRST_YEAR - 1, -1),
        "whole": whole,
        "tables": [
            {"title": "按部门", "head": "部门", "is_ranked": True, "lines": _linked(departments, division, year)},
            {"title": "按吹哨单位", "head": "吹哨单位", "is_ranked": True, "lines": _linked(callers, division, year)},
            {"title": "按月份", "head": "月份", "is_ranked": False, "lines": _linked(months, division, year)},
        ],
        "urls": _counted({}, division, year),
        "least": whistles.LEAST_RANKED,
        "definition": whistles.DEFINITION,
        "may_export": request.actor.may(Capability.EXPORT, division),
    }
    return render(request, "coordination/rates.html", context)


@require_GET
def export_rates(request: HttpRequest, code: int) -> HttpResponse:
    division = common.division_at(request, code, Capability.EXPORT)
    year = _year(request)
    whole, *tables = whistles.rates(division, *_span(year))
    lines = [Line(f"{division.name}合计", whole, {}), *(line for table in tables for line in table)]
    rows = [
        [
            line.title, line.rank, line.rates.calls, line.rates.due, line.rates.on_time, line.rates.response,
            line.rates.solved, line.rates.resolution, line.rates.graded, line.rates.satisfaction,
            line.rates.return_satisfaction,
        ]
        for line in lines
    ]  # fmt: skip
    note = partial(assigning.note_export, division, "吹哨报到比率", by=request.actor)
    return workbook(f"{division.name}{year}年吹哨报到情况", RATES, rows, note)


@require_GET
def calls(request: HttpRequest, code: int) -> HttpResponse:
    """The calls that a figure of the rates counts."""
    division = common.division_at(request, code)
    of = _of(request, division)
    names = ("from", "to", "line", "division", "caller")
    caller = divisions.within(division).filter(pk=of.caller).first() if of.caller else None
    context = {
        "page_title": f"{division.name}的部门报到：{whistles.COUNTED[of.which]}",
        "tabs": common.tabs("whistles"),
        "division": division,
        "of": of,
        "last": of.after - dt.timedelta(days=1),
        "line": whistles.named(request.actor, of.line, of.division) if of.line else "",
        "caller": caller.name if caller else "",
        "kinds": whistles.COUNTED.items(),
        "fields": [(name, request.GET[name]) for name in names if request.GET.get(name)],
        "page": whistles.calls_of(of, after=request.GET.get("after", ""), before=request.GET.get("before", "")),
        "total": whistles.count_calls_of(of),
    }
    return render(request, "coordination/calls.html", context)


def _of(request: HttpRequest, division: Division) -> Of:
    asked = filters_of(request)
    first, after = asked.months or _span(_year(request))
    which = common.choice(request.GET.get("which", ""), tuple(whistles.COUNTED)) or "calls"
    return Of(division, first, after, which, asked.line, asked.division, asked.caller)


def _linked(lines: list[Line], division: Division, year: int) -> list[dict[str, Any]]:
    return [
        {
            "line": line,
            "url": f"?{urlencode(_months_of(year) | line.query | {'within': division.code})}",
            "urls": _counted(line.query, division, year),
        }
        for line in lines
    ]


def _counted(query: dict[str, Any], division: Division, year: int) -> dict[str, str]:
    """Where each figure leads to, by what it counts."""
    start = reverse("coordination:calls", args=[division.code])
    return {which: f"{start}?{urlencode(_months_of(year) | query | {'which': which})}" for which in whistles.COUNTED}


def _months_of(year: int) -> dict[str, Any]:
    return {"from": f"{year}-01", "to": f"{year}-12"}


def _span(year: int) -> tuple[dt.date, dt.date]:
    return dt.date(year, 1, 1), dt.date(year + 1, 1, 1)


def _year(request: HttpRequest) -> int:
    today = today_in_shanghai()
    year = common.number(request.GET.get("year", ""), today.year) or today.year
    return max(year, whistles.FIRST_YEAR)
