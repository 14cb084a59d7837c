"""Panels: the organiser seats and closes them; a member, on a phone, sees and scores only their own cases."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from greenhood.accounts.access import require
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.assessments.desk import Desk
from greenhood.assessments.models import Scorer
from greenhood.assessments.queries.assessments import assessment_with_place
from greenhood.assessments.views import review as review_pages
from greenhood.declarations.actions import expert_draws as drawing_experts
from greenhood.declarations.actions import seating
from greenhood.declarations.actions.seating import Sitter
from greenhood.declarations.errors import Refused
from greenhood.declarations.queries import expert_draws, seats
from greenhood.declarations.views.expert_draws import draws_in
from greenhood.declarations.views.finding import panel_for, saying
from greenhood.experts.fields import GROUPS as FIELD_GROUPS
from greenhood.schemes.format import Step
from greenhood.schemes.models import scheme_of


@require_GET
def panels(request: HttpRequest) -> HttpResponse:
    """The panels of my division; a member is led to their cases."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if actor.may(Capability.SIT_ON_PANEL):
        return redirect("declarations:cases")
    actor = require(request, Capability.RUN_PANEL)
    context = {
        "page_title": "评审",
        "panels": seats.panels_of(actor)[:100],
        "waiting": seats.waiting_steps(actor),
    }
    return render(request, "declarations/panels.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new_panel(request: HttpRequest, version_pk: UUID, step_key: str) -> HttpResponse:
    """Choose the cases and fill the seats of one panel."""
    actor = require(request, Capability.RUN_PANEL)
    offer = seats.offer(actor, version_pk, step_key)
    draws = draws_in(request, [*request.GET.getlist("draw"), *request.POST.getlist("draw")])
    drawn = [expert_draws.shown(one) for one in draws]
    sitters = _sitters(request) or [
        Sitter(member.user_id, one.draw.kind) for one in drawn for member in one.chosen if member.user_id
    ]
    problem = ""
    if request.method == "POST":
        try:
            chosen, title = _ids(request.POST.getlist("chosen")), request.POST.get("title", "")[:120]
            if draws:
                panel = drawing_experts.open_drawn(chosen, sitters, draws, by=actor, title=title)
            else:
                panel = seating.open_panel(chosen, sitters, by=actor, title=title)
        except Refused as refused:
            problem = refused.reason
        else:
            messages.success(request, "评审组已组成。应回避的已自动回避并记录，成员现在可以打分。")
            return redirect(panel)
    context = {
        "page_title": f"组成评审组：{offer.step.title}",
        "offer": offer,
        "problem": problem,
        "chosen": set(request.POST.getlist("chosen")) or {key for one in draws for key in one.declarations},
        "drawn": drawn,
        "draw_kinds": expert_draws.expert_kinds(offer.step),
        "draw_fields": FIELD_GROUPS,
        "seated": {str(one.user_id): one.kind for one in sitters},
        "title": request.POST.get("title", ""),
    }
    return render(request, "declarations/panel_new.html", context, status=422 if problem else 200)


def _sitters(request: HttpRequest) -> list[Sitter]:
    """Fields ``seat-<person>`` with the kind of seat; blank for nobody."""
    found = []
    for name, kind in request.POST.items():
        if name.startswith("seat-") and kind:
            found += [Sitter(user, str(kind)) for user in _ids([name.removeprefix("seat-")])]
    return found


def _ids(texts: list[str]) -> list[UUID]:
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


@require_GET
def panel(request: HttpRequest, pk: UUID) -> HttpResponse:
    """How far a panel is: who judges what, who stood back and why, and, once closed, the joint scores and their spread."""
    found, actor = panel_for(request, pk)
    rows = seats.progress(found)
    step = scheme_of(found.version_id).step(found.step)
    context = {
        "page_title": found.title,
        "panel": found,
        "step": step,
        "version": found.version,
        "rows": rows,
        "seat_titles": {seat.kind: seat.title for seat in step.seats},
        "is_mine": actor.post is not None and actor.post.division_id == found.division_id,
        "waiting": sum(bool(row.missing) for row in rows),
        "lacking": seats.lacking_kinds(rows, step),
        "candidates": seats.candidates(found.division) if found.closed_at is None else [],
        "expert_draws": list(found.expert_draws.all()),
        "draw_kinds": _lacking_experts(rows, step),
        "draw_fields": FIELD_GROUPS,
    }
    return render(request, "declarations/panel.html", context)


def _lacking_experts(rows: list[seats.Progress], step: Step) -> list[tuple[str, str, int]]:
    """The seats for experts that some case has no judge for, one to be drawn for each."""
    lacking = {kind for kind, _ in seats.lacking_kinds(rows, step)}
    return [(kind, title, 1) for kind, title, _ in expert_draws.expert_kinds(step) if kind in lacking]


@require_POST
def close(request: HttpRequest, pk: UUID) -> HttpResponse:
    found, actor = panel_for(request, pk)
    with saying(request, "已合议。请逐件或批量作出决定。"):
        seating.close_panel(found, by=actor)
    return redirect(found)


@require_POST
def add_member(request: HttpRequest, pk: UUID) -> HttpResponse:
    found, actor = panel_for(request, pk)
    users = _ids([request.POST.get("user", "")])
    if users:
        with saying(request, "已补充成员。"):
            seating.add_member(found, Sitter(users[0], request.POST.get("kind", "")), by=actor)
    return redirect(found)


# --- a member's own pages ---------------------------------------------------------------------------------------------


@require_GET
def cases(request: HttpRequest) -> HttpResponse:
    """The cases that I judge: those still to score first."""
    actor = require(request, Capability.SIT_ON_PANEL)
    assert actor.user is not None
    context = {"page_title": "我的评审", "cases": seats.my_case_rows(actor.user)}
    return render(request, "declarations/cases.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def case(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Score one case. Nobody else's scores are shown before one's own are handed in."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found, _seat = seats.case_for(actor, pk)
    step = scheme_of(found.panel.version_id).step(found.panel.step)
    is_open = found.panel.closed_at is None and found.ended_at is None
    desk = Desk(
        actor,
        Scorer.PANEL if is_open else None,
        step.key,
        step.title,
        is_blind=step.blind,
        back_url=reverse("declarations:cases"),
        back_title="返回我的评审",
        why_not="" if is_open else "本件评审已经结束，只供查看。",
    )
    return review_pages.page(request, assessment_with_place(found.declaration.assessment_id), desk)


@require_http_methods(["GET", "HEAD", "POST"])
def recuse(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A member stands back from a case, with the reason."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found, _seat = seats.case_for(actor, pk)
    if request.method == "POST":
        with saying(request, "已记录回避，本件不再由您评审。"):
            seating.recuse(found, by=actor, reason=request.POST.get("reason", ""))
        return redirect("declarations:cases")
    context = {"page_title": "申请回避", "case": found}
    return render(request, "declarations/recuse.html", context)
