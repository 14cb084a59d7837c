"""Draw experts from the pool for a panel: the draw, its page, and who takes the place of one who declines."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from greenhood.accounts.access import require
from greenhood.accounts.capabilities import Capability
from greenhood.accounts.forms import DivisionField
from greenhood.declarations.actions import expert_draws as actions
from greenhood.declarations.errors import Refused
from greenhood.declarations.models import ExpertDraw, Panel
from greenhood.declarations.queries import expert_draws as queries
from greenhood.declarations.queries import seats
from greenhood.declarations.views.finding import panel_for, revision, saying
from greenhood.divisions.models import Division
from greenhood.experts import fields
from greenhood.schemes.models import scheme_of


@require_POST
def draw_for_new(request: HttpRequest, version_pk: UUID, step_key: str) -> HttpResponse:
    """Draw for the declarations ticked on the page of a new panel."""
    actor = require(request, Capability.RUN_PANEL)
    # 404 where this is no step of a panel.
    seats.offer(actor, version_pk, step_key)
    back = reverse("declarations:new_panel", args=[version_pk, step_key])
    return _draw(request, ids_in(request.POST.getlist("chosen")), None, back)


@require_POST
def draw_for_panel(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Draw somebody for an open panel in which a case lacks a judge."""
    found, _ = panel_for(request, pk)
    return _draw(request, [], found, found.get_absolute_url())


def _draw(request: HttpRequest, ids: list[UUID], panel: Panel | None, back: str) -> HttpResponse:
    wanted = request.POST.get("draw_seats", "")
    try:
        made = actions.draw(
            ids,
            request.POST.get("draw_kind", ""),
            int(wanted) if wanted.isdecimal() and len(wanted) < 4 else 0,
            by=request.actor,
            fields=request.POST.getlist("draw_field"),
            region=_region(request.POST.get("draw_region", "")),
            panel=panel,
        )
    except Refused as problem:
        messages.error(request, problem.reason)
        return redirect(back)
    messages.success(request, "已抽取。请联系抽中的专家；不能参加的登记谢绝，由下一位递补。")
    return redirect(made)


def _region(text: str) -> Division | None:
    try:
        return DivisionField(required=False).clean(text.strip()[:60])
    except ValidationError as problem:
        raise Refused("；".join(problem.messages), field="region") from problem


@require_GET
def expert_draw(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Frame, hash, seed, order, and who was left out and why: all that a replay needs."""
    actor = require(request, Capability.RUN_PANEL)
    found = queries.draw_for(actor, pk)
    step = scheme_of(found.version_id).step(found.step)
    titles = {seat.kind: seat.title for seat in step.seats}
    query = urlencode([("draw", found.pk)])
    context = {
        "page_title": f"从专家库抽取：{step.title}",
        "draw": found,
        "shown": queries.shown(found),
        "step": step,
        "seat_title": titles.get(found.kind, "专家"),
        "field_words": fields.words(found.fields),
        "is_mine": actor.post is not None and actor.post.division_id == found.division_id,
        "is_open": found.panel is None or found.panel.closed_at is None,
        "new_panel_url": f"{reverse('declarations:new_panel', args=[found.version_id, found.step])}?{query}",
    }
    request.place = found.division
    return render(request, "declarations/expert_draw.html", context)


@require_POST
def decline(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Somebody who was drawn can't come."""
    actor = require(request, Capability.RUN_PANEL)
    found = queries.draw_for(actor, pk)
    wanted = ids_in([request.POST.get("member", "")])
    member = found.members.filter(pk__in=wanted).first()
    if member is None:
        raise Http404
    with saying(request):
        following = actions.decline(member, reason=request.POST.get("reason", ""), revision=revision(request), by=actor)
        messages.success(
            request, f"已登记，由{following.name}递补。" if following else "已登记；备选已经用完，请再抽取一次。"
        )
    return redirect(found)


@require_POST
def seat(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Give those drawn their seats on the panel for which they were drawn."""
    actor = require(request, Capability.RUN_PANEL)
    found = queries.draw_for(actor, pk)
    with saying(request, "抽中的专家已入席。"):
        actions.seat(found, by=actor)
    return redirect(found.panel or found)


def draws_in(request: HttpRequest, texts: Iterable[str]) -> list[ExpertDraw]:
    """The draws that a page of a new panel brings along, those used already left out."""
    found = queries.of_division(request.actor).filter(pk__in=ids_in(texts), panel=None)
    return list(found.order_by("pk"))


def ids_in(texts: Iterable[str]) -> list[UUID]:
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found
