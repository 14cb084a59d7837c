"""Plans of lower governments: the list, and one plan as a document with what is to be done with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from greenhood.accounts import access
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.assessments.models import Assessment
from greenhood.divisions.models import Division, Level
from greenhood.evidence.showing import Strip, strips_of
from greenhood.history.queries import timeline
from greenhood.insight.views.overviews import workbook
from greenhood.kit.dates import today_in_shanghai
from greenhood.planning import actions, annex, drafting, queries, sections, work_queries
from greenhood.planning.errors import Refused
from greenhood.planning.models import Plan
from greenhood.planning.views.finding import number, plan_of
from greenhood.reporting.models import Kind, Obligation, State
from greenhood.schemes.reading import Reading


@require_GET
def plans(request: HttpRequest) -> HttpResponse:
    """What the post writes and receives, then the divisions below with their plans of a year."""
    actor = access.require(request, Capability.VIEW)
    division = actor.post.division
    if division.level == Level.COMMUNITY:
        return redirect("planning:work_plans")
    today = today_in_shanghai()
    filters = _filters(request, division)
    page = queries.lines(actor, filters, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    in_work = queries.in_work(division)
    higher = queries.higher_for(division)
    context = {
        "page_title": "实施方案",
        "division": division,
        "today": today,
        "year": filters.year,
        "years": range(today.year + 1, actions.FIRST_YEAR - 1, -1),
        "filters": filters,
        "levels": _levels(division),
        "states": [("", "全部"), *queries.LIST_STATES.items()],
        "page": page,
        "own": queries.of_division(division),
        "in_work": in_work,
        "higher": higher,
        "own_scheme": queries.own_scheme(division),
        "may_start": in_work is None and higher is not None and actor.may(Capability.PLAN, division),
        "may_plan": actor.may(Capability.PLAN, division),
        "to_receive": queries.to_receive(actor),
        "to_publish": queries.to_publish(actor),
        "may_export": actor.may(Capability.EXPORT),
        "work": work_queries.totals(actor, filters.year),
    }
    return render(request, "planning/plans.html", context)


@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """The list of divisions below with their plans, as Excel."""
    actor = access.require(request, Capability.EXPORT)
    filters = _filters(request, actor.post.division)
    headings = ["代码", "名称", "年度", "方案", "状态", "期限", "首次报送", "迟报天数", "备案", "发布"]
    rows = (
        [
            line.division.number, line.division.name, filters.year, line.plan.title if line.plan else "", line.state_title,
            line.obligation.deadline if line.obligation else None,
            _day(line.plan.filed_at) if line.plan else None, line.late_days or None,
            _day(line.plan.decided_at) if line.plan else None, _day(line.plan.published_at) if line.plan else None,
        ]
        for line in queries.to_export(actor, filters)
    )  # fmt: skip
    note = partial(actions.note_export, actor.post.division, by=actor)
    return workbook(f"{actor.post.division.name}{filters.year}年实施方案编制情况", headings, rows, note)


@require_POST
def start(request: HttpRequest) -> HttpResponse:
    actor = access.require(request, Capability.PLAN)
    try:
        plan = actions.start(actor.post.division, year=number(request.POST.get("year", "")), by=actor)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("planning:plans")
    messages.success(request, "已开始编制。各部分可以分几次写，写到哪里保存到哪里。")
    return redirect("planning:edit", plan.pk, "head")


@require_GET
def answer(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Where a plan that the calendar above asks for is written: the plan itself, or the page on which it is begun."""
    actor = access.require(request, Capability.VIEW)
    obligation = Obligation.objects.select_related("reporter", "receiver").filter(pk=pk, kind=Kind.PLAN).first()
    if obligation is None or not any(
        actor.may(Capability.VIEW, place) for place in (obligation.reporter, obligation.receiver)
    ):
        raise Http404
    if found := queries.answering(obligation):
        return redirect(found)
    if obligation.reporter_id == actor.post.division_id:
        messages.info(
            request,
            f"“{obligation.heading}”还没有开始编制，请在这里选 {obligation.year} 年开始；报送时与这项任务对应。",
        )
    else:
        messages.info(request, f"{obligation.reporter.name}还没有开始编制这份方案。")
    return redirect(f"{reverse('planning:plans')}?year={obligation.year}")


# --- one plan --------------------------------------------------------------------------------------------------------


@require_GET
def plan(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A plan as a document, with what is still to do and how it stands to the higher scheme."""
    found, actor = plan_of(request, pk)
    return page_of(request, found, actor)


def page_of(
    request: HttpRequest, found: Plan, actor: Actor, *, problems: Mapping[str, str] | None = None, status: int = 200
) -> HttpResponse:
    looked = queries.looked_at(found)
    own = actor.post.division_id if actor.post else None
    receiver = found.obligation.receiver if found.obligation else found.receiver
    may_write = actor.may(Capability.PLAN, found.division) and own == found.division_id
    may_receive = receiver is not None and actor.may(Capability.REPORT, receiver) and own == receiver.pk
    newer = queries.newer_above(found)
    context = {
        "page_title": found.title,
        "plan": found,
        "version": None,
        "higher": found.higher,
        "newer": None if found.published_at or found.discarded_at else newer,
        "looked": looked,
        "problems": {**(problems or {})},
        "shown_problems": _linked(found, problems or {}),
        "in_the_way": _linked(found, looked.in_the_way),
        "scheme": looked.draft.loaded.scheme if looked.draft.loaded else None,
        "reading": _reading(found, looked),
        "section_links": _section_links(found, looked),
        "is_editable": may_write and found.is_open,
        "may_write": may_write,
        "may_receive": may_receive and found.state == State.FILED and not found.published_at,
        "receiver": receiver,
        "asked": [(one.key, one.title) for one in queries.entry_sections(found)]
        or [(section.key, section.title) for section in sections.SECTIONS],
        "returned": queries.returned_sections(found),
        "submissions": list(found.submissions.select_related("filed_by")),
        "may_publish": _may_publish(actor, found),
        "changes": _changes(found, actor) if _may_publish(actor, found) else None,
        "entries": timeline(found),
        "strip": _strip(found, actor),
        "today": today_in_shanghai(),
        **{name: request.POST.get(name, "") for name in ("signed_by", "reason", "approval")},
    }
    request.place, request.place_version = found.division, found.higher
    return render(request, "planning/plan.html", context, status=status)


def _reading(found: Plan, looked: queries.Looked) -> Reading | None:
    return drafting.reading_of(looked.draft.loaded, found.division) if looked.draft.loaded else None


def _strip(found: Plan, actor: Actor) -> Strip | None:
    """The papers that belong to a plan (minutes of the approval, opinions of departments); its own division attaches them."""
    if not actor.may(Capability.VIEW, found.division):
        return None
    own = actor.post is not None and actor.post.division_id == found.division_id
    strip = strips_of(
        found.division, queries.FILES, [found.pk], actor=actor, back=found.get_absolute_url(), title="相关材料"
    )[found.pk]
    return strip if own else replace(strip, may_change=False, removed=())


def _section_links(found: Plan, looked: queries.Looked) -> list[dict[str, Any]]:
    """The sections of the form with how full they are and what is wrong there."""
    open_now, returned = queries.open_sections(found), queries.returned_sections(found)
    wrong = {one.section for one in looked.errors}
    return [
        {
            "section": section,
            "numeral": sections.NUMERALS.get(section.key, ""),
            "filled": _filled(found, section),
            "is_wrong": section.key in wrong,
            "is_missing": section.key in queries.REQUIRED and not found.content.get(section.key),
            "is_open": section.key in open_now,
            "returned": returned.get(section.key, ""),
        }
        for section in sections.SECTIONS
    ]


def _filled(found: Plan, section: sections.Section) -> str:
    if section is sections.STANDARD:
        return "有调整" if annex.changes_standard(found.content) else "沿用上级"
    if section is sections.SETTINGS:
        return f"选定 {count} 个" if (count := len(found.content.get("settings", {}))) else "沿用上级"
    if section.is_single:
        return "已填"
    return f"{count} 条" if (count := len(found.content.get(section.key, []))) else "未写"


def _linked(found: Plan, problems: Mapping[str, str]) -> list[tuple[str, str]]:
    """Each problem with where it is put right."""
    links = []
    for name, text in problems.items():
        if name in sections.BY_KEY:
            links.append((reverse("planning:edit", args=[found.pk, name]), text))
        elif name.startswith("reason-"):
            links.append((f"{reverse('planning:compare', args=[found.pk])}#id-{name}", text))
        elif name.startswith("newer"):
            links.append(("#id-newer", text))
        else:
            links.append((f"#id-{name}" if name else "", text))
    return links


def _may_publish(actor: Actor, found: Plan) -> bool:
    if found.published_at or found.discarded_at or not actor.may(Capability.PUBLISH_SCHEME, found.division):
        return False
    return found.state == State.ACCEPTED or (found.obligation_id is None and found.state == State.OPEN)


def _changes(found: Plan, actor: Actor) -> dict[str, Any]:
    """What publishing does to what goes on: self-assessments and declarations keep the version they were started under."""
    low, high = found.division.span
    ongoing = Assessment.objects.filter(community__code__gte=low, community__code__lt=high, year__gte=found.year - 1)
    return {"ongoing": ongoing.count(), "in_force": queries.own_scheme(found.division) or found.higher}


# --- shared ----------------------------------------------------------------------------------------------------------


def _filters(request: HttpRequest, division: Division) -> queries.Filters:
    year = number(request.GET.get("year", ""))
    this = today_in_shanghai().year
    levels = {value for value, _ in _levels(division)}
    level = number(request.GET.get("level", ""))
    state = request.GET.get("state", "")
    return queries.Filters(
        year=year if actions.FIRST_YEAR <= year <= this + 1 else this,
        level=level if level in levels else queries.default_level(division),
        state=state if state in queries.LIST_STATES else "",
        word=request.GET.get("q", "")[:60],
    )


def _levels(division: Division) -> list[tuple[int, str]]:
    return [(int(value), label) for value, label in Level.choices if division.level < value <= Level.STREET] or [
        (int(division.level), Level(division.level).label)
    ]


def _day(moment: Any) -> Any:
    return today_in_shanghai(moment) if moment else None
