"""Projects as they are written: the form, the steps, stages, years, purchases. What was typed stays on a refusal."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from greenhood.accounts.access import require
from greenhood.accounts.capabilities import Capability
from greenhood.works import rules
from greenhood.works.actions import procurement, steps
from greenhood.works.actions import projects as actions
from greenhood.works.actions import stages as staging
from greenhood.works.actions import years as planning
from greenhood.works.actions.years import YearTerms
from greenhood.works.errors import NotPossible
from greenhood.works.forms import (
    ProcurementForm,
    ProjectForm,
    StageForms,
    StepForm,
    TotalForm,
    YearForms,
    stage_initial,
)
from greenhood.works.models import Procurement
from greenhood.works.queries import projects as found
from greenhood.works.views.answering import EDITS, form_page, revision_for, revision_in, tried
from greenhood.works.views.finding import kept_for
from greenhood.works.views.projects import page_of


@EDITS
def new(request: HttpRequest) -> HttpResponse:
    actor = require(request, Capability.KEEP_PROJECTS)
    department = found.department_of(actor)
    form = ProjectForm(actor.post.division, request.POST or None, department=department)
    if request.method == "POST" and form.is_valid():
        clean = form.cleaned_data
        made = tried(form, lambda: actions.create(clean["division"], form.terms, key=clean["key"], by=actor))
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
        if tried(form, lambda: actions.change(project, form.terms, revision=revision, by=actor), project):
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
    taken = rules.STEPS[step]
    form = StepForm(taken, project, request.POST)
    if form.is_valid():
        clean = dict(form.cleaned_data)
        revision = clean.pop("revision") or 0
        if moved := tried(form, lambda: steps.move(project, step, revision=revision, by=actor, **clean), project):
            messages.success(request, f"已{taken.verb}，现在是“{moved.get_state_display()}”。")
            return redirect(project)
    return render(request, "works/project.html", page_of(project, actor, form), status=422)


@EDITS
def stages(request: HttpRequest, pk: UUID) -> HttpResponse:
    project, actor = kept_for(request, pk)
    rows = found.stages_of([project.pk]).get(project.pk, [])
    form = StageForms(request.POST or None, initial=stage_initial(rows), prefix="stage")
    refused = ""
    if request.method == "POST" and form.is_valid():
        filled = [(row, row.terms) for row in form if row.terms]
        try:
            staging.set_stages(project, [terms for _, terms in filled], revision=revision_in(request), by=actor)
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
        "revision": revision_for(request, project, refused),
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
    total = TotalForm(request.POST or None) if not project.investment else None
    refused: NotPossible | None = None
    if request.method == "POST" and form.is_valid() and (total is None or total.is_valid()):
        wanted = [
            YearTerms(row["year"], row["content"], row["amount"] or rules.WAN * 0, row["share"])
            for row in (one.cleaned_data for one in form)
            if row.get("content") or row.get("amount") or row.get("share")
        ]
        investment = total.cleaned_data["investment"] if total else None
        try:
            planning.plan_years(project, wanted, revision=revision_in(request), by=actor, investment=investment)
        except NotPossible as problem:
            refused = problem
            if total and problem.field in total.fields:
                total.add_error(problem.field, problem.reason)
        else:
            messages.success(request, "已保存年度计划。")
            return redirect(project)
    context = {
        "page_title": f"“{project.name}”的年度计划",
        "project": project,
        "forms": form,
        "total": total,
        "refused": refused,
        "revision": revision_for(request, project, refused.reason if refused else ""),
    }
    return render(request, "works/years.html", context, status=422 if request.method == "POST" else 200)


@EDITS
def procure(request: HttpRequest, pk: UUID) -> HttpResponse:
    project, actor = kept_for(request, pk)
    form = ProcurementForm(request.POST or None)
    if (
        request.method == "POST"
        and form.is_valid()
        and tried(form, lambda: procurement.procure(project, by=actor, **form.cleaned_data))
    ):
        messages.success(request, "已登记采购。")
        return redirect(f"{project.get_absolute_url()}#procurement")
    return form_page(request, project, form, "登记采购", "绿色产品凭认证或标准认定，计入绿色采购占比。")


@require_POST
def remove_procurement(request: HttpRequest, pk: UUID, item: UUID, restores: bool = False) -> HttpResponse:
    project, actor = kept_for(request, pk)
    row = get_object_or_404(Procurement, pk=item, project=project)
    procurement.remove_procurement(row, by=actor, restores=restores)
    messages.success(request, f"已恢复“{row.product}”。" if restores else f"已撤销“{row.product}”，可以恢复。")
    return redirect(f"{project.get_absolute_url()}#procurement")
