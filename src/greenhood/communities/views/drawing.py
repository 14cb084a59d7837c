"""Drawing a thing on the map: the page, and what is said of a shape before it is saved."""

from __future__ import annotations

import json
from functools import partial
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from greenhood.accounts.capabilities import Capability
from greenhood.communities import actions
from greenhood.communities.errors import Misplaced, Unconfirmed
from greenhood.communities.forms import POINTS, DrawingForm, initial_of
from greenhood.communities.mapping.layers import layer
from greenhood.communities.mapping.measures import drawn_figure, figure_of
from greenhood.communities.mapping.placing import measure_words, placing
from greenhood.communities.views.places import located_kind_or_404
from greenhood.divisions.models import Division
from greenhood.facts import actions as facts
from greenhood.facts import pages, queries
from greenhood.facts.errors import BadFact, Conflict
from greenhood.facts.kinds import Kind, Shape
from greenhood.facts.models import CoordinateSystem, Fact
from greenhood.facts.views.finding import community_for
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.geodesy import Geometry, Problem
from greenhood.kit.ids import uuid7

TOOLS = {
    Shape.POINT: ("Point",),
    Shape.LINE: ("LineString",),
    Shape.AREA: ("Polygon",),
    Shape.ANY: ("Point", "LineString", "Polygon"),
}


@require_http_methods(["GET", "HEAD", "POST"])
def draw(request: HttpRequest, code: int, kind: str) -> HttpResponse:
    """A new thing with its shape; of a kind that a community has once, the present one anew."""
    community, _ = community_for(request, code, Capability.RECORD)
    chosen = located_kind_or_404(kind)
    present = None
    if chosen.is_single:
        present = queries.latest(chosen, community, facts.thing_of(chosen, community.pk))
    return _drawing(request, community, chosen, present)


@require_http_methods(["GET", "HEAD", "POST"])
def redraw(request: HttpRequest, code: int, kind: str, thing: UUID) -> HttpResponse:
    """The shape or position of a thing that is recorded already; its other figures stay as they are."""
    community, _ = community_for(request, code, Capability.RECORD)
    chosen = located_kind_or_404(kind)
    present = queries.latest(chosen, community, thing)
    if present is None and request.method == "POST":
        # Somebody has retired it meanwhile: saving says so, and the drawing stays on the page.
        present = queries.last_state(chosen, community, thing)
    if present is None:
        raise Http404
    return _drawing(request, community, chosen, present)


@require_POST
def measure(request: HttpRequest, code: int, kind: str) -> JsonResponse:
    """What a shape measures and what is wrong with it; nothing is stored."""
    community, _ = community_for(request, code, Capability.RECORD)
    chosen = located_kind_or_404(kind)
    form = DrawingForm({**request.POST.dict(), "dated": today_in_shanghai(), "source": "measured"}, **_options(chosen))
    form.is_valid()
    shape = form.cleaned_data.get("shape")
    if shape is None:
        text = " ".join(form.errors.get("position", []) or form.errors.get("geometry", [])) or "请核对填写的内容。"
        return JsonResponse({"refusals": _said(form.faults) or [{"text": text, "at": None}], "warnings": []})
    judged = placing(chosen, community, shape, day=today_in_shanghai(), thing=form.cleaned_data.get("thing"))
    return JsonResponse(
        {
            "geometry": shape,
            "words": measure_words(shape),
            "moved": moved_words(form),
            "refusals": _said(judged.refusals),
            "warnings": _said(judged.warnings),
        }
    )


def _options(kind: Kind) -> dict[str, Any]:
    return {"kind": kind, "things": {}, "is_new": False}


def _drawing(request: HttpRequest, community: Division, kind: Kind, present: Fact | None) -> HttpResponse:
    options = {
        "kind": kind,
        "things": pages.things_to_refer_to(kind, community) if present is None else {},
        "is_new": present is None,
    }
    if request.method != "POST":
        first = initial_of(present) | ({} if present else {"thing": uuid7()})
        return _page(request, community, present, DrawingForm(initial=first, **options))
    form = DrawingForm(request.POST, **options)
    if not form.is_valid():
        return _page(request, community, present, form, faults=form.faults, status=422)
    if present is not None and form.cleaned_data["thing"] not in {None, present.thing}:
        raise Http404
    shape = form.cleaned_data["shape"]
    if request.POST.get("do") == "check":
        judged = placing(kind, community, shape, day=form.cleaned_data["dated"], thing=form.cleaned_data["thing"])
        return _page(request, community, present, form, faults=judged.refusals, warnings=judged.warnings, checked=shape)
    return _saved(request, community, kind, present, form)


def _saved(
    request: HttpRequest, community: Division, kind: Kind, present: Fact | None, form: DrawingForm
) -> HttpResponse:
    shape = form.cleaned_data["shape"]
    try:
        version = _drawn(request, community, kind, present, form)
    except Misplaced as problem:
        return _page(request, community, present, form, faults=problem.problems, checked=shape, status=422)
    except Unconfirmed as problem:
        marked = mark(problem)
        return _page(
            request, community, present, form, warnings=problem.warnings, checked=shape, asks=marked, status=422
        )
    except BadFact as problem:
        form.take(problem.problems)
        return _page(request, community, present, form, checked=shape, status=422)
    except Conflict as problem:
        return _page(request, community, present, form, theirs=problem.theirs, is_conflict=True, status=409)
    words = f"已保存“{version}”：{measure_words(shape)}。"
    messages.success(request, words + moved_words(form))
    return redirect(reverse("communities:map", args=[community.code]))


def _drawn(request: HttpRequest, community: Division, kind: Kind, present: Fact | None, form: DrawingForm) -> Fact:
    """Store the drawing; the very warnings that the person has confirmed are not raised again."""
    cleaned = form.cleaned_data
    store = partial(
        actions.draw,
        kind,
        community,
        form.values() if present is None else queries.values_of(present),
        cleaned["shape"],
        dated=cleaned["dated"],
        by=request.actor,
        thing=cleaned["thing"] or (present.thing if present else None),
        replaces=cleaned["replaces"],
        source=cleaned["source"],
        source_note=cleaned["source_note"],
        captured_in=form.captured_in,
    )
    try:
        return store()
    except Unconfirmed as problem:
        if cleaned["confirmed"] != mark(problem):
            raise
    return store(confirmed=True)


def mark(problem: Unconfirmed) -> str:
    """Names the very warnings that were shown: others are asked about again."""
    return sha256(str(problem).encode()).hexdigest()[:16]


def moved_words(form: DrawingForm) -> str:
    """What the conversion did, said on screen."""
    if form.captured_in == CoordinateSystem.CGCS2000:
        return ""
    system = CoordinateSystem(form.captured_in).label
    return f"已从 {system} 换算为 CGCS2000，移动了 {form.moved:,.1f} 米。"


def _title(kind: Kind, present: Fact | None) -> str:
    if present is None:
        return f"{'绘制' if kind.is_single else '新增'}{kind.title}"
    return f"修改{kind.title}的图形{f'：{present}' if kind.name else ''}"


def _said(problems: list[Problem]) -> list[dict[str, Any]]:
    return [{"text": each.text, "at": each.at} for each in problems]


def _page(
    request: HttpRequest,
    community: Division,
    present: Fact | None,
    form: DrawingForm,
    *,
    faults: list[Problem] | None = None,
    warnings: list[Problem] | None = None,
    checked: Geometry | None = None,
    theirs: Fact | None = None,
    is_conflict: bool = False,
    asks: str = "",
    status: int = 200,
) -> HttpResponse:
    kind = form.kind
    found = layer(kind)
    their_shape = initial_of(theirs).get("geometry") if theirs else None
    context = {
        "page_title": _title(kind, present),
        "community": community,
        "kind": kind,
        "layer": found,
        "form": form,
        "present": present,
        "tools": TOOLS[kind.shape],
        "has_position": kind.shape in POINTS,
        "faults": faults or [],
        "warnings": warnings or [],
        "asks": asks,
        "checked_words": measure_words(checked) if checked else "",
        "moved_words": moved_words(form) if checked else "",
        "follows": kind.column(figure_of(kind)) if checked and drawn_figure(kind, checked) else None,
        "theirs": theirs,
        "their_measure": measure_words(json.loads(their_shape)) if their_shape else "没有图形",
        "is_conflict": is_conflict,
        "drawing": {
            "colour": found.colour,
            "sign": found.sign,
            "title": kind.title,
            "frame": found.is_frame,
            "tools": TOOLS[kind.shape],
            "faults": _said(faults or []),
            "warnings": _said(warnings or []),
            "theirs": json.loads(their_shape) if their_shape else None,
            "thing": str(present.thing) if present else "",
        },
        "tianditu": settings.TIANDITU_KEY,
        "data_url": reverse("communities:map-data", args=[community.code]),
        "measure_url": reverse("communities:measure", args=[community.code, kind.key]),
    }
    return render(request, "communities/draw.html", context, status=status)
