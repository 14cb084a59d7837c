"""Money as it is written: sources, the lines of their ledger, explanations of flags. What was typed stays on a refusal."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from greenhood.works import rules
from greenhood.works.actions import money
from greenhood.works.errors import NotPossible
from greenhood.works.forms import (
    MovementForm,
    SourceForm,
)
from greenhood.works.models import Explanation, Movement, Source
from greenhood.works.views.answering import EDITS, form_page, tried
from greenhood.works.views.finding import kept_for
from greenhood.works.views.projects import page_of


@EDITS
def add_source(request: HttpRequest, pk: UUID) -> HttpResponse:
    project, actor = kept_for(request, pk)
    form = SourceForm(project, request.POST or None)
    if (
        request.method == "POST"
        and form.is_valid()
        and tried(form, lambda: money.add_source(project, by=actor, **form.cleaned_data))
    ):
        messages.success(request, "已登记资金来源。")
        return redirect(f"{project.get_absolute_url()}#money")
    return form_page(
        request, project, form, "登记资金来源", "一个项目可以有多个来源；每个来源分别登记下达、到位和支付。"
    )


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
    form = MovementForm(kind, project, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        clean = dict(form.cleaned_data)
        line = tried(form, lambda: money.enter(held, clean.pop("kind"), by=actor, **clean))
        if line:
            messages.success(request, f"已登记{line.get_kind_display()} {rules.yuan(line.amount)}。")
            return redirect(f"{project.get_absolute_url()}#money")
    title, says = TITLES[Movement.Kind(kind)]
    return form_page(request, project, form, f"{title}：{held}", says, source=held)


@EDITS
def reverse(request: HttpRequest, pk: UUID, movement: UUID) -> HttpResponse:
    project, actor = kept_for(request, pk)
    line = get_object_or_404(Movement.objects.select_related("source__project"), pk=movement, source__project=project)
    form = ReasonForm(request.POST or None)
    if (
        request.method == "POST"
        and form.is_valid()
        and tried(form, lambda: money.reverse(line, reason=form.cleaned_data["reason"], by=actor))
    ):
        messages.success(request, "已冲销，原记录和冲销记录都保留。")
        return redirect(f"{project.get_absolute_url()}#money")
    says = f"{line.dated} {line.get_kind_display()} {rules.yuan(line.amount)}，{line.document or line.payee or line.source}。冲销以后不能撤回，需要时重新登记。"
    return form_page(request, project, form, f"冲销：{line.source}", says, source=line.source, verb="冲销")


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
    # A second click finds nothing left, and nothing to say about it.
    if row := Explanation.objects.filter(pk=explanation, project=project).select_related("project").first():
        money.take_explanation_back(row, by=actor)
    messages.success(request, "已撤回说明。")
    return redirect(f"{project.get_absolute_url()}#flags")
