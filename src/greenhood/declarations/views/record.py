"""One declaration: the form by which it begins, its record, and what can be done with it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from greenhood.accounts.access import require
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.assessments import forms as assessment_forms
from greenhood.assessments.desk import SCORERS, Desk
from greenhood.assessments.models import Scorer
from greenhood.assessments.queries.assessments import assessment_with_place
from greenhood.assessments.queries.evidence import seals
from greenhood.assessments.views import review as review_pages
from greenhood.declarations import procedure
from greenhood.declarations.actions import awarding, deciding, declaring
from greenhood.declarations.errors import Refused
from greenhood.declarations.forms import DeclareForm, OpinionForm
from greenhood.declarations.models import Declaration
from greenhood.declarations.queries import records
from greenhood.declarations.queries.placing import Placed, placed
from greenhood.declarations.views.finding import declaration_for, revision, saying
from greenhood.schemes.format import Outcome, StepKind
from greenhood.schemes.models import scheme_of


@require_http_methods(["GET", "HEAD", "POST"])
def declare(request: HttpRequest, assessment_pk: UUID) -> HttpResponse:
    """The approval form, filled as far as the system knows, and declared."""
    assessment = records.assessment_with_version(assessment_pk)
    if assessment is None:
        raise Http404
    request.place = assessment.community  # type: ignore[attr-defined]
    actor = require(request, Capability.DECLARE, assessment.community)
    options = declaring.options(assessment)
    scheme = scheme_of(assessment.version_id)
    form = DeclareForm(scheme, options, request.POST or None, initial=records.last_particulars(assessment.community))
    if request.method == "POST" and form.is_valid():
        try:
            declaration = declaring.declare(assessment, form.cleaned_data["title"], form.particulars, by=actor)
        except Refused as problem:
            form.add_error(problem.field if problem.field in form.fields else None, problem.reason)
        else:
            messages.success(request, f"已申报。下一步：{placed([declaration])[0].words}。")
            return redirect(declaration)
    context = {
        "page_title": f"{assessment.community.name}申报",
        "assessment": assessment,
        "scheme": scheme,
        "form": form,
        "options": options,
        "missing": assessment.asked - assessment.answered,
        "step": procedure.first(scheme),
    }
    return render(request, "declarations/declare.html", context, status=422 if form.errors else 200)


@require_GET
def detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The record: state, what can be done, decisions, form data, scores, what was sent back."""
    declaration, actor = declaration_for(request, pk)
    return _show(request, declaration, actor)


def _show(
    request: HttpRequest, declaration: Declaration, actor: Actor, form: OpinionForm | None = None, status: int = 200
) -> HttpResponse:
    at_step = placed([declaration])[0]
    context = {
        "page_title": f"{declaration.community.name} {declaration.year}年申报",
        "declaration": declaration,
        "version": declaration.version,
        "at_step": at_step,
        "title": at_step.scheme.title_of(declaration.title),
        "record": records.record_of(declaration),
        "seals": seals(declaration.assessment),
        "form": form or OpinionForm(step=at_step.step),
        **_possible(at_step, actor),
    }
    return render(request, "declarations/detail.html", context, status=status)


def _possible(at_step: Placed, actor: Actor) -> dict[str, object]:
    """What this post may do now, and where it may not, why."""
    declaration, step = at_step.declaration, at_step.step
    why_not = deciding.cannot_decide(at_step, Outcome.RETURN, actor) if actor.post else "没有岗位"
    choices = [] if why_not else procedure.outcomes(at_step.scheme, at_step.facts)
    is_award = step is not None and step.kind is StepKind.AWARD
    if is_award:
        choices = [choice for choice in choices if choice is not Outcome.PASS]
    passes = None if why_not or step is None else procedure.refusal(at_step.scheme, at_step.facts, Outcome.PASS)
    return {
        "why_not": why_not,
        "choices": [(choice.value, _verb(at_step, choice)) for choice in choices],
        "why_not_pass": None if is_award else passes,
        "can_award": is_award and awarding.cannot_award(at_step, actor) is None and declaration.status == "active",
        "can_return_items": Outcome.RETURN in choices and step is not None and step.return_items,
        "can_withdraw": actor.may(Capability.DECLARE, declaration.community)
        and declaration.status in ("active", "returned"),
        "can_resubmit": actor.may(Capability.DECLARE, declaration.community) and declaration.status == "returned",
        "can_score": step is not None
        and step.scores
        and not why_not
        and declaration.status == "active"
        and step.kind is not StepKind.PANEL
        and at_step.awaits is procedure.Awaits.DECISION,
    }


def _verb(at_step: Placed, choice: Outcome) -> str:
    if choice is Outcome.PASS and at_step.step is not None:
        return f"{at_step.step.verb}通过" if len(at_step.step.verb) <= 2 else "通过"
    return {Outcome.PASS: "通过", Outcome.RETURN: "退回修改", Outcome.REJECT: "不予通过"}[choice]


@require_POST
def decide(request: HttpRequest, pk: UUID) -> HttpResponse:
    declaration, actor = declaration_for(request, pk)
    form = _opinion(request, declaration)
    outcome = request.POST.get("outcome", "")
    if outcome not in set(Outcome):
        messages.error(request, "请选择办理结果。")
        return redirect(declaration)
    if not form.is_valid():
        return _show(request, declaration, actor, form, 422)
    try:
        deciding.decide(
            declaration,
            Outcome(outcome),
            by=actor,
            revision=revision(request),
            items=_items(request) if outcome == Outcome.RETURN else (),
            joint=form.joint,
            **form.said,
        )
    except Refused as problem:
        if problem.field in form.fields:
            form.add_error(problem.field, problem.reason)
            return _show(request, declaration, actor, form, 422)
        messages.error(request, problem.reason)
    else:
        messages.success(request, "已办理。")
    return redirect(declaration)


def _opinion(request: HttpRequest, declaration: Declaration) -> OpinionForm:
    return OpinionForm(request.POST, step=procedure.find(scheme_of(declaration.version_id), declaration.step))


def _items(request: HttpRequest) -> list[tuple[int, str]]:
    return sorted(assessment_forms.returned_items(request.POST).items())


@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The reviewer's page for the step at hand: score, and send items back."""
    declaration, actor = declaration_for(request, pk)
    assessment = assessment_with_place(declaration.assessment_id)
    return review_pages.page(request, assessment, _desk(declaration, actor))


def _desk(declaration: Declaration, actor: Actor) -> Desk:
    at_step = placed([declaration])[0]
    step = at_step.step
    back = {"back_url": declaration.get_absolute_url(), "back_title": "返回申报"}
    why_not = deciding.cannot_decide(at_step, Outcome.RETURN, actor) or ""
    if step is None or actor.post is None or why_not or declaration.status != "active":
        return Desk(actor, why_not=why_not or "该申报现在不由您的岗位评分，只供查看。", **back)
    scorer = SCORERS.get(actor.post.role, (Scorer.COUNTY, None))[0]
    may_return = procedure.refusal(at_step.scheme, at_step.facts, Outcome.RETURN) is None and step.return_items
    return Desk(
        actor,
        scorer if step.scores and step.kind is not StepKind.PANEL else None,
        step.key,
        step.title,
        return_url=reverse("declarations:decide", args=[declaration.pk]) if may_return else "",
        hidden={"revision": str(declaration.revision), "outcome": Outcome.RETURN.value},
        why_not="" if step.scores else "本环节不评分，只提出意见。",
        **back,
    )


@require_POST
def award(request: HttpRequest, pk: UUID) -> HttpResponse:
    declaration, actor = declaration_for(request, pk)
    form = _opinion(request, declaration)
    if not form.is_valid():
        return _show(request, declaration, actor, form, 422)
    clean = form.said
    try:
        awarding.award(
            declaration,
            by=actor,
            revision=revision(request),
            opinion=clean["opinion"],
            seal_date=clean["seal_date"],
        )
    except Refused as problem:
        if problem.field in form.fields:
            form.add_error(problem.field, problem.reason)
            return _show(request, declaration, actor, form, 422)
        messages.error(request, problem.reason)
    else:
        messages.success(request, "已命名，标识牌编号和核验码已生成。")
    return redirect(declaration)


@require_POST
def withdraw(request: HttpRequest, pk: UUID) -> HttpResponse:
    declaration, actor = declaration_for(request, pk)
    with saying(request, "已撤回。自评可以继续修改，修改后可再次申报。"):
        deciding.withdraw(
            declaration, by=actor, revision=revision(request), reason=request.POST.get("reason", "")[:2000]
        )
    return redirect(declaration)


@require_POST
def resubmit(request: HttpRequest, pk: UUID) -> HttpResponse:
    declaration, actor = declaration_for(request, pk)
    with saying(request, "已重新提交，回到退回的环节。"):
        deciding.resubmit(declaration, by=actor, revision=revision(request), note=request.POST.get("note", "")[:2000])
    return redirect(declaration)
