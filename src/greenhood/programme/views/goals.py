"""The goals of a division, one goal with its course, and the same goal among the divisions below."""

from __future__ import annotations

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from greenhood.accounts import access
from greenhood.accounts.capabilities import Capability
from greenhood.divisions.models import Level
from greenhood.insight.views.overviews import workbook
from greenhood.kit.dates import today_in_shanghai
from greenhood.programme import forecasting
from greenhood.programme.acting import acts_for
from greenhood.programme.actions import goals as actions
from greenhood.programme.lines import Origin, Progress
from greenhood.programme.models import OWN, Issue
from greenhood.programme.queries import course, lower, roster, ways
from greenhood.programme.queries.goals import met_below, sheet_of
from greenhood.programme.views import finding

MOST_LOWER = 30


@require_GET
def goals(request: HttpRequest) -> HttpResponse:
    """The goals of the post's own division."""
    actor = access.require(request, Capability.VIEW)
    return redirect("programme:goals_of", actor.post.division.code)


@require_GET
def goals_of(request: HttpRequest, code: int) -> HttpResponse:
    """Every goal that binds a division, with its figures."""
    division, actor = finding.place(request, code)
    sheet = sheet_of(division)
    years = roster.rosters_of(division, today=sheet.today)
    is_community = division.level == Level.COMMUNITY
    context = {
        "page_title": f"{division.name}创建目标",
        "division": division,
        "sheet": sheet,
        "each": list(zip(sheet.each, met_below([row.line for row in sheet.each], division), strict=True)),
        "years": years,
        "behind": roster.all_behind(years),
        "shortfalls": _shortfalls(sheet),
        "may_plan": acts_for(actor, division) and not is_community,
        "looks_on": not is_community and actor.may(Capability.PLAN, division) and not acts_for(actor, division),
        "may_export": actor.may(Capability.EXPORT, division),
        "is_community": is_community,
        "today": sheet.today,
    }
    request.place_version = sheet.version
    return render(request, "programme/goals.html", context)


def _shortfalls(sheet: object) -> list[tuple[object, roster.Shortfall]]:
    """What the roster of a scheme can't reach; said where the scheme is the division's own."""
    version, counts = sheet.version, sheet.counts  # type: ignore[attr-defined]
    if version is None or version.jurisdiction_id != sheet.division.pk:  # type: ignore[attr-defined]
        return []
    return [(version, one) for one in roster.shortfalls(version.scheme, counts.subjects)]


@require_GET
def export_goals(request: HttpRequest, code: int) -> HttpResponse:
    """The goals of a division as Excel."""
    division, actor = finding.place(request, code, Capability.EXPORT)
    sheet = sheet_of(division)
    headings = [
        "目标", "来源", "依据", "计什么", "期限", "要求", "创建对象", "分母日期", "应完成", "现在", "还差", "期限当日", "状态",
    ]  # fmt: skip
    rows = [_cells(row) for row in sheet.rows]
    note = partial(actions.note_export, division, by=actor)
    return workbook(f"{division.name}创建目标", headings, rows, note)


def _cells(row: Progress) -> list[object]:
    line = row.line
    return [
        line.title, line.origin_title, line.source, line.measure.label, line.by, line.amount, row.subjects, row.counted_on, row.needed,
        row.now, row.missing, row.at_end, row.state_title,
    ]  # fmt: skip


@require_GET
def goal(request: HttpRequest, code: int, scheme: str, entry: str) -> HttpResponse:
    """One goal: its denominator, its course, the forecast, what has to happen, and those below."""
    division, actor = finding.place(request, code)
    sheet, rows, main = finding.goal(division, scheme, entry)
    version = main.line.version or sheet.version
    issue = lower.current_issue(division, main.line.key)
    below = lower.lower_of(main.line, sheet.versions, sheet.today) if division.level < Level.COMMUNITY else []
    may_plan = acts_for(actor, division) and division.level < Level.COMMUNITY
    is_followed = main.line.is_binding or main.line.origin is Origin.WHOLE
    context = {
        "page_title": main.line.title,
        "division": division,
        "sheet": sheet,
        "lines": rows,
        "main": main,
        "line": main.line,
        "version": version,
        "course": course.course_of(main, sheet.versions),
        "method": forecasting.METHOD,
        "weakness": forecasting.WEAKNESS,
        "way": ways.way_to(main, sheet.version.scheme if sheet.version else None) if is_followed else None,
        "near": ways.nearest(main, sheet.versions) if is_followed and main.missing and not main.is_past else [],
        "places": ways.places_left(division, version, sheet.today.year) if main.line.measure == "demonstration" else [],
        "lower": below[:MOST_LOWER],
        "more_lower": max(0, len(below) - MOST_LOWER),
        "below_name": lower.level_name(below),
        "met": met_below([main.line], division)[0] if main.line.origin is Origin.EACH else None,
        "issue": issue,
        "own": lower.current_issue(division, main.line.key, Issue.Scope.SELF),
        "mismatches": lower.mismatches(main.line, main.needed, issue, below) if main.line.is_binding else [],
        "history": lower.in_history(division, main.line.key),
        "may_plan": may_plan,
        "may_hand_down": may_plan and main.line.is_binding,
        "is_own": scheme == OWN,
        "today": sheet.today,
    }
    request.place_version = sheet.version
    return render(request, "programme/goal.html", context)


@require_GET
def below(request: HttpRequest, code: int, scheme: str, entry: str) -> HttpResponse:
    """All divisions directly below against one goal: sorted, filtered."""
    division, actor = finding.place(request, code)
    sheet, _, main = finding.goal(division, scheme, entry)
    rows = lower.lower_of(main.line, sheet.versions, sheet.today)
    show, sort = _choice(request, "show", lower.SHOW), _choice(request, "sort", lower.SORTS) or "code"
    context = {
        "page_title": f"{main.line.title}：下级进度",
        "division": division,
        "line": main.line,
        "main": main,
        "rows": lower.shown(rows, show=show, sort=sort),
        "whole": len(rows),
        "behind": sum(row.is_behind for row in rows),
        "done": sum(row.is_done for row in rows),
        "show": show,
        "sort": sort,
        "shows": lower.SHOW,
        "sorts": lower.SORTS,
        "as_of": sheet.as_of,
        "version": main.line.version or sheet.version,
        "may_export": actor.may(Capability.EXPORT, division),
        "today": sheet.today,
    }
    request.place_version = sheet.version
    return render(request, "programme/below.html", context)


@require_GET
def export_below(request: HttpRequest, code: int, scheme: str, entry: str) -> HttpResponse:
    """The same as Excel, as it is filtered."""
    division, actor = finding.place(request, code, Capability.EXPORT)
    sheet, _, main = finding.goal(division, scheme, entry)
    rows = lower.lower_of(main.line, sheet.versions, today_in_shanghai())
    found = lower.shown(rows, show=_choice(request, "show", lower.SHOW), sort=_choice(request, "sort", lower.SORTS))
    headings = [
        "代码",
        "名称",
        "来源",
        "期限",
        "创建对象",
        "应完成",
        "现在",
        "还差",
        "状态",
        "下级单位数",
        "其中已达到",
    ]
    cells = (
        [
            row.division.number, row.division.name, row.progress.line.origin_title, row.progress.line.by, row.progress.subjects,
            row.progress.needed, row.progress.now, row.missing, row.progress.state_title if row.below is None else "",
            row.below.bound if row.below else None, row.below.met if row.below else None,
        ]
        for row in found
    )  # fmt: skip
    note = partial(actions.note_export, division, by=actor)
    return workbook(f"{division.name}{main.line.title[:20]}下级进度", headings, cells, note)


def _choice(request: HttpRequest, name: str, known: dict[str, str]) -> str:
    value = request.GET.get(name, "")
    return value if value in known else ""


@require_GET
def rosters(request: HttpRequest, code: int) -> HttpResponse:
    """The communities that a scheme names for each year, and which are behind."""
    division, actor = finding.place(request, code)
    today = today_in_shanghai()
    years = roster.rosters_of(division, today=today)
    chosen = finding.number(request.GET.get("year", ""))
    sheet = sheet_of(division, today=today)
    context = {
        "page_title": f"{division.name}年度创建名单",
        "division": division,
        "all_years": sorted({year.roster.year for year in years}),
        "years": [year for year in years if not chosen or year.roster.year == chosen],
        "chosen": chosen,
        "behind": roster.all_behind(years),
        "shortfalls": _shortfalls(sheet),
        "may_export": actor.may(Capability.EXPORT, division),
        "today": today,
    }
    return render(request, "programme/roster.html", context)


@require_GET
def export_roster(request: HttpRequest, code: int) -> HttpResponse:
    """The rosters as Excel."""
    division, actor = finding.place(request, code, Capability.EXPORT)
    years = roster.rosters_of(division, today=today_in_shanghai())
    headings = ["年度", "名单中的名称", "代码", "社区", "属于创建对象", "状态", "自评总分", "命名日期", "落后情况"]
    cells = (
        [
            row.year, row.name, row.division.number if row.division else "", row.division.name if row.division else "",
            "是" if row.is_subject else "否", row.state_label, row.standing.total if row.standing else None, row.reached_on,
            row.behind_words,
        ]
        for year in years
        for row in year.rows
    )  # fmt: skip
    return workbook(f"{division.name}年度创建名单", headings, cells, partial(actions.note_export, division, by=actor))
