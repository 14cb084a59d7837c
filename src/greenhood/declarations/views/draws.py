"""Random draws: the officer freezes and draws, everybody sees, downloads and replays."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from greenhood.accounts.access import require
from greenhood.accounts.capabilities import Capability
from greenhood.declarations.actions import drawing
from greenhood.declarations.errors import Refused
from greenhood.declarations.forms import SeedForm, SourceForm
from greenhood.declarations.models import Draw
from greenhood.declarations.queries import draws
from greenhood.declarations.views import exporting
from greenhood.declarations.views.finding import draw_of
from greenhood.kit.public_pages import public_page

HEADINGS = ("序号", "编号", "社区代码", "社区", "层", "层名称", "以往被抽中次数", "排序值", "是否抽中")


@require_GET
def officer_list(request: HttpRequest) -> HttpResponse:
    """What waits for a draw at my level, and the draws made."""
    actor = require(request, Capability.DRAW)
    context = {
        "page_title": "随机抽取",
        "waiting": [
            (waiting, SourceForm(auto_id=f"source-{number}-%s"))
            for number, waiting in enumerate(draws.waiting_steps(actor))
        ],
        "draws": draws.of_division(actor),
    }
    return render(request, "declarations/draws.html", context)


@require_POST
def freeze(request: HttpRequest) -> HttpResponse:
    actor = require(request, Capability.DRAW)
    try:
        version = UUID(request.POST.get("version", ""))
    except ValueError:
        return redirect("declarations:draws")
    source = request.POST.get("seed_source", "")
    try:
        draw = drawing.freeze(version, request.POST.get("step", ""), by=actor, seed_source=source)
    except Refused as problem:
        messages.error(request, problem.reason)
        return redirect("declarations:draws")
    return redirect(draw)


@require_POST
def draw_seed(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = draw_of(pk)
    actor = require(request, Capability.DRAW, found.division)
    form = SeedForm(request.POST)
    if form.is_valid():
        try:
            drawing.draw(
                found, by=actor, seed=form.cleaned_data["seed"], seed_source=request.POST.get("seed_source", "")
            )
        except Refused as problem:
            if problem.field not in form.fields or not found.seed_source:
                messages.error(request, problem.reason)
                return redirect(found)
            form.add_error(problem.field, problem.reason)
        else:
            messages.success(request, "已抽取，结果已公布。")
            return redirect(found)
    return _show(request, found, form, 422)


@login_not_required
@require_GET
@public_page
def draw(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The public page: frame, seed, method in words, result, and a replay in the reader's browser."""
    return _show(request, draw_of(pk), SeedForm())


def _show(request: HttpRequest, found: Draw, form: SeedForm, status: int = 200) -> HttpResponse:
    shown = draws.shown(found)
    context = {
        "page_title": f"{found.division.name}{found.year}年“{shown.step.title}”随机抽取",
        "shown": shown,
        "draw": found,
        "may_draw": found.drawn_at is None and _may_draw(request, found),
        "seed_form": form,
    }
    return render(request, "declarations/draw.html", context, status=status)


def _may_draw(request: HttpRequest, draw: Draw) -> bool:
    return request.actor.may(Capability.DRAW, draw.division)  # type: ignore[attr-defined]


@login_not_required
@require_GET
def data(request: HttpRequest, pk: UUID, kind: str) -> HttpResponseBase:
    """Everything that a replay needs, as JSON, CSV or Excel."""
    shown = draws.shown(draw_of(pk))
    if kind == "json":
        return JsonResponse(draws.as_data(shown), json_dumps_params={"ensure_ascii": False, "indent": 1})
    return exporting.send(kind, f"随机抽取-{shown.draw.year}", HEADINGS, draws.rows(shown))
