"""Evaluations of those directly below, compared as they were filed."""

from __future__ import annotations

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from greenhood.accounts.capabilities import Capability
from greenhood.divisions.models import Division
from greenhood.insight.progress import LEAST_TO_RANK
from greenhood.insight.views.overviews import workbook
from greenhood.kit.dates import today_in_shanghai
from greenhood.reporting import actions, comparing
from greenhood.reporting.comparing import Compared
from greenhood.reporting.sheets import number
from greenhood.reporting.views import asked


@require_GET
def compared(request: HttpRequest, code: int) -> HttpResponse:
    division = asked.division_of(request, code, Capability.VIEW)
    today = today_in_shanghai()
    year = asked.year_of(request, today)
    titles, which, rows = _asked(request, division, year)
    request.place = division
    context = {
        "page_title": f"{division.name}下级 {year} 年评估",
        "division": division,
        "year": year,
        "years": asked.years(today),
        "titles": titles,
        "which": which,
        "rows": rows,
        "filed": sum(row.filing is not None for row in rows),
        "least": LEAST_TO_RANK,
        "today": today,
        "may_export": request.actor.may(Capability.EXPORT, division),
    }
    return render(request, "reporting/evaluations.html", context)


@require_GET
def export(request: HttpRequest, code: int) -> HttpResponse:
    division = asked.division_of(request, code, Capability.EXPORT)
    year = asked.year_of(request, today_in_shanghai())
    _, _, found = _asked(request, division, year)
    headings = [
        "名次", "代码", "单位", "评估", "期限", "状态", "完成目标", "到期目标", "达标率（%）", "已报", "应报", "缺项最多的创建标准", "结论",
    ]  # fmt: skip
    rows = (
        [
            one.rank, one.subject.number, one.subject.name, one.obligation.heading, one.obligation.deadline, one.obligation.state_label,
            one.basis.get("met"), one.basis.get("due"), number(one.reached), one.basis.get("reports", {}).get("filed"),
            one.basis.get("reports", {}).get("owed"), one.gap, one.conclusion,
        ]
        for one in found
    )  # fmt: skip
    return workbook(
        f"{division.name}{year}年下级评估", headings, rows, partial(actions.note_export, division, by=request.actor)
    )


def _asked(request: HttpRequest, division: Division, year: int) -> tuple[list[tuple[str, str]], str, list[Compared]]:
    """The evaluations to choose from, the one that is asked for (else the first), and its rows."""
    titles = comparing.titles(division, year=year)
    keys = [key for key, _ in titles]
    which = request.GET.get("which", "")
    which = which if which in keys else next(iter(keys), "")
    return titles, which, comparing.compared(division, year=year, which=which) if which else []
