"""Projects as they are written: the form, the steps, what they cover, stages, years, purchases, money. What was typed stays on a refusal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from greenhood.accounts.access import require
from greenhood.accounts.capabilities import Capability
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division, Level
from greenhood.facts import queries as facts
from greenhood.facts.kinds import kind as fact_kind
from greenhood.works import rules
from greenhood.works.actions import coverage as covering
from greenhood.works.actions import money, procurement, recording, steps
from greenhood.works.actions import projects as actions
from greenhood.works.actions import stages as staging
from greenhood.works.actions import years as planning
from greenhood.works.actions.coverage import Wanted
from greenhood.works.actions.years import YearTerms
from greenhood.works.errors import NotPossible
from greenhood.works.forms import (
    MovementForm,
    ProcurementForm,
    ProjectForm,
    SourceForm,
    StageForms,
    YearForms,
    stage_initial,
)
from greenhood.works.models import Covered, Explanation, Movement, Procurement, Project, Source
from greenhood.works.queries import projects as found
from greenhood.works.views.finding import kept_for
from greenhood.works.views.projects import page_of

MOST_COMMUNITIES = 200
EDITS = require_http_methods(["GET", "HEAD", "POST"])


@EDITS
def new(request: HttpRequest) -> HttpResponse:
    actor = require(request, Capability.KEEP_PROJECTS)
    department = found.department_of(actor)
    form = ProjectForm(actor.post.division, request.POST or None, department=department)
    if request.method == "POST" and form.is_valid():
        clean = form.cleaned_data
        made = _tried(form, lambda: actions.create(clean["division"], form.terms, key=clean["key"], by=actor))
        if made:
            messages.success(
                request, "已登记为草稿，对应的创建标准已按类型勾选，请核对。下一步：选择覆盖的社区和小区。"
            )
            return redirect("works:coverage", made.pk)
    context = {"page_title": "登记改造项目", "form": form, "version": form.version}
    return render(request, "works/edit.html", context, status=422 if form.errors else 200)


@EDITS
def edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    project, actor = kept_for(request, pk)
    form = ProjectForm(actor.post.division, request.POST or None, project=project)
    if request.method == "POST" and form.is_valid():
        revision = form.cleaned_data["revision"] or 0
        if _tried(form, lambda: actions.change(project, form.terms, revision=revision, by=actor)):
            messages.success(request, "已保存。")
            return redirect(project)
    context = {"page_title": f"修改“{project.name}”", "form": form, "project": project, "version": form.version}
    return render(request, "works/edit.html", context, status=422 if form.errors else 200)


@require_POST
def discard(request: HttpRequest, pk: UUID) -> HttpResponse:
    project, actor = kept_for(request, pk)
    try:
        actions.discard(project, by=actor)
    except NotPossible as problem:
        messages.error(request, problem.reason)
        return redirect(project)
    messages.success(request, f"已删除草稿“{project.name}”。")
    return redirect("works:projects")


@require_POST
def step(request: HttpRequest, pk: UUID, step: str) -> HttpResponse:
    """Take a step; refused, the page comes back with the reason and what was typed."""
    if step not in rules.STEPS:
        raise Http404
    project, actor = kept_for(request, pk)
    typed = {"step": step, "day": request.POST.get("day", ""), "reason": request.POST.get("reason", "")}
    try:
        day = dt.date.fromisoformat(typed["day"]) if typed["day"] else None
        revision = _number(request.POST.get("revision", ""))
        moved = steps.move(project, step, revision=revision, by=actor, day=day, reason=typed["reason"])
    except ValueError:
        return _refused(
            request, project, actor, "日期不正确，例如 2026-11-20；没有的日子（如 2 月 31 日）不能填。", typed
        )
    except NotPossible as problem:
        return _refused(request, project, actor, problem.reason, typed)
    messages.success(request, f"已{rules.STEPS[step].verb}，现在是“{moved.get_state_display()}”。")
    return redirect(project)


def _refused(request: HttpRequest, project: Project, actor, reason: str, typed: dict[str, str]) -> HttpResponse:
    return render(
        request, "works/project.html", {**page_of(project, actor), "refused": reason, "typed": typed}, status=422
    )


@EDITS
def coverage(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Choose communities by name or code, then the estates and buildings in each."""
    project, actor = kept_for(request, pk)
    covered = list(project.covered.select_related("community"))
    lines = request.POST.get("communities", "")
    chosen = {row.community_id: row.community for row in covered}
    chosen |= {each.pk: each for each in _posted_communities(request, project)}
    problems: list[str] = []
    if request.method == "POST":
        named, problems = _named(lines, project)
        chosen |= {each.pk: each for each in named}
        if not problems and "save" in request.POST:
            wanted, problems = _wanted(request, chosen)
            if not problems:
                try:
                    covering.cover(project, wanted, revision=_number(request.POST.get("revision", "")), by=actor)
                except NotPossible as problem:
                    problems = [problem.reason]
                else:
                    messages.success(request, "已保存覆盖范围。")
                    return redirect(project)
    context = {
        "page_title": f"“{project.name}”的覆盖范围",
        "project": project,
        "groups": _groups(request, chosen, covered),
        "communities": "" if request.method == "POST" and not problems else lines,
        "problems": problems,
        "places": _places(project),
    }
    return render(request, "works/coverage.html", context, status=422 if problems else 200)


def _places(project: Project) -> list[Division]:
    """The communities to choose from, where they are few enough to list."""
    low, high = project.division.span
    rows = (
        divisions.current()
        .filter(code__gte=low, code__lt=high, level=Level.COMMUNITY)
        .defer("bigrams")
        .order_by("code")
    )
    listed = list(rows[: MOST_COMMUNITIES + 1])
    return listed if len(listed) <= MOST_COMMUNITIES else []


def _posted_communities(request: HttpRequest, project: Project) -> list[Division]:
    codes = [
        int(code)
        for code in request.POST.getlist("community")
        if code.isascii() and code.isdecimal() and len(code) <= 12
    ]
    low, high = project.division.span
    rows = divisions.current().filter(code__in=codes, code__gte=low, code__lt=high, level=Level.COMMUNITY)
    return list(rows.defer("bigrams")) if codes else []


def _named(text: str, project: Project) -> tuple[list[Division], list[str]]:
    """The communities that the lines name, by code or whole name, and what is wrong with the others. One query."""
    lines = list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
    low, high = project.division.span
    here = divisions.current().filter(code__gte=low, code__lt=high, level=Level.COMMUNITY).defer("bigrams")
    codes = [int(line) for line in lines if line.isascii() and line.isdecimal() and len(line) == 12]
    rows = list(here.filter(code__in=codes)) + list(here.filter(name__in=lines)) if lines else []
    found_, problems = [], []
    for line in lines[:MOST_COMMUNITIES]:
        mine = [row for row in rows if line in (row.number, row.name)]
        if len(mine) == 1:
            found_ += mine
        else:
            said = "有多个同名社区，请写 12 位代码" if mine else f"不是{project.division.name}的社区，或名称不完整"
            problems.append(f"“{line[:30]}”{said}。")
    return found_, problems


def _wanted(request: HttpRequest, chosen: dict[int, Division]) -> tuple[list[Wanted], list[str]]:
    """What is ticked: ``whole-<id>`` and ``thing-<kind>-<uuid>`` with its numbers of buildings."""
    wanted, problems = [], []
    for community in chosen.values():
        if request.POST.get(f"whole-{community.pk}"):
            wanted.append(Wanted(community))
    for key in (Covered.Thing.ESTATE, Covered.Thing.BUILDING):
        for row in facts.current(fact_kind(key), chosen).order_by("name"):
            if not request.POST.get(f"thing-{row.thing}"):
                continue
            numbers = []
            for part in ("planned", "done"):
                text = request.POST.get(f"{part}-{row.thing}", "").strip()
                if text and not (text.isascii() and text.isdecimal() and len(text) <= 6):
                    problems.append(f"“{row}”的楼栋数应为整数，填写的是 {text[:20]}。")
                    text = ""
                numbers.append(int(text) if text else None)
            wanted.append(Wanted(chosen[row.community_id], key, row.thing, *numbers))
    return wanted, problems


def _groups(request: HttpRequest, chosen: dict[int, Division], covered: list[Covered]) -> list[dict[str, Any]]:
    """The chosen communities with their estates and buildings, ticked as they are or as they were sent."""
    is_sent = request.method == "POST"
    held = {(row.community_id, row.thing): row for row in covered}
    things: dict[int, list[dict[str, Any]]] = {}
    for key in (Covered.Thing.ESTATE, Covered.Thing.BUILDING):
        for row in facts.current(fact_kind(key), chosen).order_by("name"):
            mine = held.get((row.community_id, row.thing))
            things.setdefault(row.community_id, []).append(
                {
                    "row": row,
                    "is_estate": key == Covered.Thing.ESTATE,
                    "is_ticked": bool(request.POST.get(f"thing-{row.thing}")) if is_sent else mine is not None,
                    "planned": _shown(request, f"planned-{row.thing}", mine and mine.buildings_planned),
                    "done": _shown(request, f"done-{row.thing}", mine and mine.buildings_done),
                    "is_recorded": bool(mine and mine.recorded),
                }
            )
    return [
        {
            "community": community,
            "is_whole": bool(request.POST.get(f"whole-{community.pk}")) if is_sent else (community.pk, None) in held,
            "estates": [each for each in things.get(community.pk, []) if each["is_estate"]],
            "buildings": [each for each in things.get(community.pk, []) if not each["is_estate"]],
            "has_ticked": any(each["is_ticked"] and not each["is_estate"] for each in things.get(community.pk, [])),
        }
        for community in sorted(chosen.values(), key=lambda each: each.code)
    ]


def _shown(request: HttpRequest, name: str, value: int | None) -> str:
    return request.POST.get(name, "") if request.method == "POST" else "" if value is None else str(value)


@EDITS
def stages(request: HttpRequest, pk: UUID) -> HttpResponse:
    project, actor = kept_for(request, pk)
    rows = found.stages_of([project.pk]).get(project.pk, [])
    form = StageForms(request.POST or None, initial=stage_initial(rows), prefix="stage")
    refused = ""
    if request.method == "POST" and form.is_valid():
        filled = [(row, row.terms) for row in form if row.terms]
        try:
            staging.set_stages(project, [terms for _, terms in filled], revision=_revision(request), by=actor)
        except NotPossible as problem:
            if problem.field:
                filled[int(problem.field)][0].add_error(None, problem.reason)
            refused = problem.reason
        else:
            messages.success(request, "已更新阶段。")
            return redirect(project)
    context = {
        "page_title": f"“{project.name}”的阶段",
        "project": project,
        "forms": form,
        "refused": refused,
        "weights_reason": rules.WEIGHTS_REASON,
        "revision": request.POST.get("revision", project.revision),
    }
    return render(request, "works/stages.html", context, status=422 if request.method == "POST" else 200)


@EDITS
def years(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The plan of each year of a project."""
    project, actor = kept_for(request, pk)
    held = {row.year: row for row in project.year_plans.all()}
    initial = [
        {"year": year, "content": row.content, "amount": row.amount, "share": row.share}
        if (row := held.get(year))
        else {"year": year}
        for year in range(project.first_year, project.last_year + 1)
    ]
    form = YearForms(request.POST or None, initial=initial, prefix="year")
    refused: NotPossible | None = None
    if request.method == "POST" and form.is_valid():
        wanted = [
            YearTerms(row["year"], row["content"], row["amount"] or rules.WAN * 0, row["share"])
            for row in (one.cleaned_data for one in form)
            if row.get("content") or row.get("amount") or row.get("share")
        ]
        try:
            planning.plan_years(project, wanted, revision=_revision(request), by=actor)
        except NotPossible as problem:
            refused = problem
        else:
            messages.success(request, "已保存年度计划。")
            return redirect(project)
    context = {
        "page_title": f"“{project.name}”的年度计划",
        "project": project,
        "forms": form,
        "refused": refused,
        "revision": request.POST.get("revision", project.revision),
    }
    return render(request, "works/years.html", context, status=422 if request.method == "POST" else 200)


@EDITS
def procure(request: HttpRequest, pk: UUID) -> HttpResponse:
    project, actor = kept_for(request, pk)
    form = ProcurementForm(request.POST or None)
    if (
        request.method == "POST"
        and form.is_valid()
        and _tried(form, lambda: procurement.procure(project, by=actor, **form.cleaned_data))
    ):
        messages.success(request, "已登记采购。")
        return redirect(f"{project.get_absolute_url()}#procurement")
    return _form(request, project, form, "登记采购", "绿色产品凭认证或标准认定，计入绿色采购占比。")


@require_POST
def remove_procurement(request: HttpRequest, pk: UUID, item: UUID, restores: bool = False) -> HttpResponse:
    project, actor = kept_for(request, pk)
    row = get_object_or_404(Procurement, pk=item, project=project)
    procurement.remove_procurement(row, by=actor, restores=restores)
    messages.success(request, f"已恢复“{row.product}”。" if restores else f"已撤销“{row.product}”，可以恢复。")
    return redirect(f"{project.get_absolute_url()}#procurement")


# Money


@EDITS
def add_source(request: HttpRequest, pk: UUID) -> HttpResponse:
    project, actor = kept_for(request, pk)
    scheme = project.version.scheme if project.version else None
    form = SourceForm(rules.channels(scheme), request.POST or None)
    if (
        request.method == "POST"
        and form.is_valid()
        and _tried(form, lambda: money.add_source(project, by=actor, **form.cleaned_data))
    ):
        messages.success(request, "已登记资金来源。")
        return redirect(f"{project.get_absolute_url()}#money")
    return _form(request, project, form, "登记资金来源", "一个项目可以有多个来源；每个来源分别登记下达、到位和支付。")


TITLES = {
    Movement.Kind.BUDGET: ("追加或核减下达", "追加填正数，核减填负数并写明原因。"),
    Movement.Kind.ARRIVAL: ("登记到位", "到位合计不能超过下达。"),
    Movement.Kind.PAYMENT: ("登记支付", "支付合计不能超过下达和到位。凭证在登记后上传。"),
}


@EDITS
def enter(request: HttpRequest, pk: UUID, source: UUID, kind: str) -> HttpResponse:
    """A line of a source's ledger. What is refused says why and cites the clause; what was typed stays."""
    if kind not in Movement.Kind.values:
        raise Http404
    project, actor = kept_for(request, pk)
    held = get_object_or_404(Source.objects.select_related("project"), pk=source, project=project)
    data = {**request.POST.dict(), "kind": kind} if request.method == "POST" else None
    form = MovementForm(data, initial={"kind": kind})
    if request.method == "POST" and form.is_valid():
        clean = dict(form.cleaned_data)
        line = _tried(form, lambda: money.enter(held, clean.pop("kind"), by=actor, **clean))
        if line:
            messages.success(request, f"已登记{line.get_kind_display()} {rules.yuan(line.amount)}。")
            return redirect(f"{project.get_absolute_url()}#money")
    title, says = TITLES[Movement.Kind(kind)]
    return _form(request, project, form, f"{title}：{held}", says, source=held)


@EDITS
def reverse(request: HttpRequest, pk: UUID, movement: UUID) -> HttpResponse:
    project, actor = kept_for(request, pk)
    line = get_object_or_404(Movement.objects.select_related("source__project"), pk=movement, source__project=project)
    form = ReasonForm(request.POST or None)
    if (
        request.method == "POST"
        and form.is_valid()
        and _tried(form, lambda: money.reverse(line, reason=form.cleaned_data["reason"], by=actor))
    ):
        messages.success(request, "已冲销，原记录和冲销记录都保留。")
        return redirect(f"{project.get_absolute_url()}#money")
    says = f"{line.dated} {line.get_kind_display()} {rules.yuan(line.amount)}，{line.document or line.payee or line.source}。冲销以后不能撤回，需要时重新登记。"
    return _form(request, project, form, f"冲销：{line.source}", says, source=line.source, verb="冲销")


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label="原因",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "请写明原因。"},
    )


@require_POST
def explain(request: HttpRequest, pk: UUID) -> HttpResponse:
    project, actor = kept_for(request, pk)
    asked = request.POST
    try:
        about = UUID(asked.get("about", ""))
        money.explain(
            project,
            code=asked.get("code", ""),
            about=about,
            digest=asked.get("digest", ""),
            reason=asked.get("reason", ""),
            by=actor,
        )
    except ValueError:
        raise Http404 from None
    except NotPossible as problem:
        context = {
            **page_of(project, actor),
            "refused": problem.reason,
            "typed_reason": asked.get("reason", ""),
            "typed_about": asked.get("about", ""),
        }
        return render(request, "works/project.html", context, status=422)
    messages.success(request, "已说明。数字有变化时，这个疑点会重新出现。")
    return redirect(f"{project.get_absolute_url()}#flags")


@require_POST
def take_explanation_back(request: HttpRequest, pk: UUID, explanation: UUID) -> HttpResponse:
    project, actor = kept_for(request, pk)
    row = get_object_or_404(Explanation.objects.select_related("project"), pk=explanation, project=project)
    money.take_explanation_back(row, by=actor)
    messages.success(request, "已撤回说明。")
    return redirect(f"{project.get_absolute_url()}#flags")


@require_POST
def record_covered(request: HttpRequest, pk: UUID, covered: UUID, undoes: bool = False) -> HttpResponse:
    """Take a finished thing over into the facts of its community, or undo that."""
    project, actor = kept_for(request, pk)
    row = get_object_or_404(Covered.objects.select_related("project", "community"), pk=covered, project=project)
    try:
        (recording.take_back if undoes else recording.record_covered)(row, by=actor)
    except NotPossible as problem:
        messages.error(request, problem.reason)
    else:
        messages.success(
            request, f"已撤销“{row.name}”的记入。" if undoes else f"已把“{row.name}”的改造情况记入社区信息，可以撤销。"
        )
    return redirect(f"{project.get_absolute_url()}#covered")


def _form(
    request: HttpRequest,
    project: Project,
    form,
    title: str,
    says: str,
    *,
    source: Source | None = None,
    verb: str = "保存",
) -> HttpResponse:
    """A page with one small form."""
    context = {"page_title": title, "project": project, "form": form, "says": says, "source": source, "verb": verb}
    return render(request, "works/form.html", context, status=422 if form.errors else 200)


def _tried(form, what: Callable[[], Any]) -> Any:
    """What an action gives; None where it refuses, with the reason at the field and the clause for the page."""
    try:
        return what()
    except NotPossible as problem:
        form.add_error(problem.field if problem.field in form.fields else None, problem.reason)
        form.clause = problem.clause
        return None


def _revision(request: HttpRequest) -> int:
    return _number(request.POST.get("revision", ""))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else 0
