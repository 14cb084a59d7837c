"""Work plans of communities: the list, one plan with its consultation and progress, the edition that residents read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID, uuid5

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from greenhood.accounts import access
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.assessments.errors import Closed, UnknownCriterion
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division, Level
from greenhood.documents.files import paper_file
from greenhood.evidence import filetypes, store
from greenhood.evidence.showing import Strip, strips_of
from greenhood.history.queries import timeline
from greenhood.insight.views.overviews import workbook
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.ids import uuid7
from greenhood.kit.public_pages import public_page
from greenhood.planning import actions, papers, work_actions, work_queries
from greenhood.planning.errors import Overtaken, Refused
from greenhood.planning.models import Opinion, WorkItem, WorkPlan
from greenhood.planning.views.finding import number, uuid_or_none
from greenhood.schemes.queries import scheme_for

TAKEN = "这份计划刚被他人修改。您填写的内容还在下面，请核对后再保存。"


@require_GET
def work_plans(request: HttpRequest) -> HttpResponse:
    """The work plans in the post's scope; a community's own on top."""
    actor = access.require(request, Capability.VIEW)
    division = actor.post.division
    today = today_in_shanghai()
    filters = _filters(request)
    page = work_queries.listed(actor, filters, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    is_community = division.level == Level.COMMUNITY
    version = scheme_for(division)
    years = range(today.year + 1, actions.FIRST_YEAR - 1, -1)
    may_start = is_community and actor.may(Capability.PLAN, division) and version is not None
    context = {
        "page_title": "社区工作计划",
        "division": division,
        "today": today,
        "filters": filters,
        "year": filters.year,
        "years": years,
        "states": [("", "全部"), *work_queries.STATES.items()],
        "page": page,
        "rows": [(row, *work_queries.state_of(row)) for row in page.rows],
        "totals": work_queries.totals(actor, filters.year),
        "is_community": is_community,
        "to_start": work_queries.years_to_start(division, years) if may_start else [],
        "asked": work_queries.asking(version.scheme) if version else [],
        "version": version,
        "may_export": actor.may(Capability.EXPORT),
    }
    return render(request, "planning/work_plans.html", context)


@require_GET
def export(request: HttpRequest) -> HttpResponse:
    actor = access.require(request, Capability.EXPORT)
    filters = _filters(request)
    headings = ["代码", "社区", "年度", "状态", "工作项", "已完成", "逾期未完成"]
    rows = (
        [
            row.community.number, row.community.name, row.year, work_queries.state_of(row)[1], row.item_count or 0,
            row.done_count or 0, row.late_count or 0,
        ]
        for row in work_queries.to_export(actor, filters)
    )  # fmt: skip
    note = partial(actions.note_export, actor.post.division, by=actor)
    return workbook(f"{actor.post.division.name}{filters.year}年社区工作计划", headings, rows, note)


@require_POST
def start(request: HttpRequest) -> HttpResponse:
    actor = access.require(request, Capability.PLAN)
    try:
        plan = work_actions.start(actor.post.division, year=number(request.POST.get("year", "")), by=actor)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("planning:work_plans")
    messages.success(request, "已按自评的缺项列出建议的工作，请修改、补充责任人和日期。")
    return redirect("planning:work_edit", plan.pk)


@require_GET
def work_plan(request: HttpRequest, pk: UUID) -> HttpResponse:
    plan, actor = work_plan_of(request, pk)
    return page_of(request, plan, actor)


def page_of(
    request: HttpRequest,
    plan: WorkPlan,
    actor: Actor,
    *,
    problems: Mapping[str, str] | None = None,
    opened: str = "",
    status: int = 200,
) -> HttpResponse:
    """A work plan's page; ``opened`` is the section whose form was refused, with what was typed there."""
    whole, today = work_queries.Whole(plan), today_in_shanghai()
    may_write = _may_write(actor, plan)
    lines = {line.no: line for part in plan.version.scheme.standard.parts for line in part.criteria}
    typed = request.POST if problems else {}
    context = {
        "page_title": str(plan),
        "plan": plan,
        "version": plan.version,
        "whole": whole,
        "items": [(item, lines.get(item.criterion or 0)) for item in whole.items],
        "progress": [_progress_row(item, typed, problems or {}) for item in whole.items],
        "opinions": [_opinion_row(one, typed, problems or {}) for one in whole.opinions],
        "overdue": whole.overdue(today),
        "today": today,
        "problems": problems or {},
        "typed": typed,
        "keys": {"fact": uuid7(), "consultation": uuid7(), "opinion": uuid7()},
        "opened": opened,
        "may_write": may_write,
        "meetings": work_queries.meetings(plan) if may_write else [],
        "outcomes": Opinion.Outcome.choices,
        "asked": work_queries.asking(plan.version.scheme),
        "assessment": work_queries.assessment_for(plan) if may_write else None,
        "entries": timeline(plan),
        "strip": _strip(plan, actor, may_write=may_write),
    }
    request.place, request.place_version = plan.community, plan.version
    return render(request, "planning/work_plan.html", context, status=status)


def _progress_row(item: WorkItem, typed: Mapping[str, str], problems: Mapping[str, str]) -> dict[str, Any]:
    """An item's fields of progress: what was typed, or what is; and what is, to tell whether somebody changed it meanwhile."""
    return {
        "item": item,
        "percent": typed.get(f"progress-{item.pk}", str(item.progress)),
        "note": typed.get(f"note-{item.pk}", item.note),
        "problem": problems.get(f"progress-{item.pk}", ""),
        "note_problem": problems.get(f"note-{item.pk}", ""),
    }


def _opinion_row(one: Opinion, typed: Mapping[str, str], problems: Mapping[str, str]) -> dict[str, Any]:
    outcome, answer = problems.get(f"outcome-{one.pk}", ""), problems.get(f"answer-{one.pk}", "")
    return {
        "one": one,
        "outcome": typed.get(f"outcome-{one.pk}", one.outcome),
        "answer": typed.get(f"answer-{one.pk}", one.answer),
        "outcome_problem": outcome,
        "answer_problem": answer,
        "is_open": bool(outcome or answer),
        "seen": one.answered_at.isoformat() if one.answered_at else "",
    }


def _strip(plan: WorkPlan, actor: Actor, *, may_write: bool) -> Strip:
    """Minutes, sign-in sheets and photos of the meetings."""
    strip = strips_of(
        plan.community,
        work_queries.FILES,
        [plan.pk],
        actor=actor,
        back=plan.get_absolute_url(),
        title="协商的记录和照片",
    )[plan.pk]
    return strip if may_write else replace(strip, may_change=False, removed=())


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Goals and items; saves itself while somebody writes."""
    plan, actor = work_plan_of(request, pk)
    access.check(actor, Capability.PLAN, plan.community)
    if request.method != "POST":
        rows = [_item_row(item) for item in plan.items.all()]
        return _edit_page(request, plan, plan.goals, rows)
    goals, rows = request.POST.get("goals", "").replace("\r\n", "\n"), _typed_items(request.POST)
    quiet = request.headers.get("X-Autosave") == "yes"
    try:
        held = work_actions.save(
            plan, goals=goals, items=rows, revision=number(request.POST.get("revision", "")), by=actor
        )
    except (Refused, Overtaken) as problem:
        problems = problem.problems if isinstance(problem, Refused) else {"": TAKEN}
        if quiet:
            return JsonResponse({"problems": problems}, status=422)
        return _edit_page(request, plan, goals, rows, problems=problems, status=422)
    if quiet:
        return JsonResponse({"revision": held.revision})
    messages.success(request, "已保存。")
    return redirect(f"{request.path}?more=3") if "more" in request.POST else redirect(plan)


def _edit_page(
    request: HttpRequest,
    plan: WorkPlan,
    goals: str,
    rows: list[dict[str, str]],
    *,
    problems: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    problems = problems or {}
    blank = min(number(request.GET.get("more", "")) or 1, 10)
    lines = [line for part in plan.version.scheme.standard.parts for line in part.criteria]
    shown = [*rows, *({} for _ in range(blank))]
    context = {
        "page_title": f"修改{plan}",
        "plan": plan,
        "version": plan.version,
        "goals": goals,
        "rows": [
            {
                "index": at,
                "row": row,
                "problems": {name: problems.get(f"item-{at}-{name}", "") for name in work_actions.ITEM_FIELDS},
            }
            for at, row in enumerate(shown)
        ],
        "lines": lines,
        "problems": problems,
        "page": uuid7(),
    }
    request.place, request.place_version = plan.community, plan.version
    return render(request, "planning/work_edit.html", context, status=status)


def _item_row(item: Any) -> dict[str, str]:
    return {
        "id": str(item.pk),
        "criterion": str(item.criterion or ""),
        "title": item.title,
        "owner": item.owner,
        "due_on": item.due_on.isoformat() if item.due_on else "",
        "money": f"{item.money.normalize():f}" if item.money is not None else "",
        "residents": item.residents,
    }


def _item_id(post: Any, at: int) -> str:
    """The id of a row's item. A row that was added on the page has the one that the page's key and its place give it, each time it is saved."""
    page, own = uuid_or_none(post.get("page", "")), uuid_or_none(post.get(f"item-{at}-id", ""))
    return str(own or (uuid5(page, str(at)) if page else ""))


def _typed_items(post: Any) -> list[dict[str, str]]:
    indexes = {int(found[1]) for name in post if (found := re.fullmatch(r"item-(\d{1,3})-\w+", name))}
    rows = [
        {
            "id": _item_id(post, at),
            **{name: post.get(f"item-{at}-{name}", "").strip() for name in work_actions.ITEM_FIELDS},
        }
        for at in sorted(indexes)
        if not post.get(f"item-{at}-drop")
    ]
    return [row for row in rows if any(row[name] for name in ("title", "owner", "due_on", "money", "residents"))]


@require_POST
def progress(request: HttpRequest, pk: UUID) -> HttpResponse:
    def step(plan: WorkPlan, actor: Actor) -> str:
        typed, seen = _progress(request.POST, ""), _progress(request.POST, "was-")
        changed = work_actions.report_progress(plan, progress=typed, seen=seen, by=actor)
        return f"已更新 {changed} 项的进度。" if changed else "进度没有变化。"

    return take_step(request, pk, step, "items")


def _progress(post: Any, prefix: str) -> dict[str, work_actions.Progress]:
    """Percent and note by the item's id, as they are typed, or (``was-``) as they stood on the page."""
    start = f"{prefix}progress-"
    keys = [name.removeprefix(start) for name in post if name.startswith(start)]
    return {
        key: (post[f"{start}{key}"].strip().rstrip("%％").strip(), post.get(f"{prefix}note-{key}", "").strip())
        for key in keys
    }


@require_POST
def publish(request: HttpRequest, pk: UUID) -> HttpResponse:
    def step(plan: WorkPlan, actor: Actor) -> str:
        one = work_actions.publish(plan, revision=number(request.POST.get("revision", "")), by=actor)
        return f"已公布第 {one.number} 版，居民不用登录就能看到。"

    return take_step(request, pk, step, "publications")


@require_POST
def attach(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Prove with the published plan the criteria of the self-assessment that ask for one."""

    def step(plan: WorkPlan, actor: Actor) -> str:
        assessment = work_queries.assessment_for(plan)
        if assessment is None:
            raise Refused("没有正在填写的自评；申报锁定后不能再加材料。请先在“创建申报”里开始自评。")
        try:
            added = work_actions.attach(plan, assessment, by=actor)
        except (filetypes.Refused, store.StoreFull, Closed, UnknownCriterion) as problem:
            raise Refused(str(problem)) from None
        return f"已作为 {assessment.year} 年自评的佐证材料。" if added else "自评里已有同样的一份。"

    return take_step(request, pk, step, "attach")


def take_step(request: HttpRequest, pk: UUID, step: Any, anchor: str) -> HttpResponse:
    """A step of the community itself, said at the section ``anchor``; refused, the page again with what was typed."""
    plan, actor = work_plan_of(request, pk)
    access.check(actor, Capability.PLAN, plan.community)
    try:
        messages.success(request, step(plan, actor))
    except (Refused, Overtaken) as problem:
        problems = problem.problems if isinstance(problem, Refused) else {"": str(problem)}
        return page_of(request, plan, actor, problems=problems, opened=anchor, status=422)
    return redirect(f"{plan.get_absolute_url()}#{anchor}")


@require_GET
def work_file(request: HttpRequest, pk: UUID, kind: str) -> HttpResponse:
    """The newest edition as PDF or Word."""
    plan, _ = work_plan_of(request, pk)
    found = plan.publications.select_related("plan__community").first()
    if found is None:
        return HttpResponse("还没有公布，先公布再下载。", status=409, content_type="text/plain; charset=utf-8")
    return paper_file(papers.LAYOUT, papers.work_plan_paper(found), str(plan), kind)


@require_safe
@login_not_required
@public_page
def public(request: HttpRequest, code: int) -> HttpResponse:
    """What a community has published of its work plans, for residents: no sign-in."""
    try:
        community: Division = divisions.by_code(code)
    except Division.DoesNotExist:
        raise Http404 from None
    if community.level != Level.COMMUNITY:
        raise Http404
    found = work_queries.published(community)
    context = {
        "layout": "site/base.html" if request.user.is_authenticated else "site/public.html",
        "page_title": f"{community.name}绿色社区创建工作计划",
        "community": community,
        "publications": found,
    }
    return render(request, "planning/public.html", context)


def _may_write(actor: Actor, plan: WorkPlan) -> bool:
    own = actor.post.division_id if actor.post else None
    return actor.may(Capability.PLAN, plan.community) and own == plan.community_id


def work_plan_of(request: HttpRequest, pk: UUID) -> tuple[WorkPlan, Actor]:
    found = work_queries.with_place().filter(pk=pk).first()
    if found is None:
        raise Http404
    return found, access.require(request, Capability.VIEW, found.community)


def _filters(request: HttpRequest) -> work_queries.WorkFilters:
    year, this = number(request.GET.get("year", "")), today_in_shanghai().year
    state = request.GET.get("state", "")
    return work_queries.WorkFilters(
        year=year if actions.FIRST_YEAR <= year <= this + 1 else this,
        state=state if state in work_queries.STATES else "",
        word=request.GET.get("q", "")[:60],
    )
