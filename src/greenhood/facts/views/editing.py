"""Recording a thing, replacing its figures, and saying that it is gone or there again."""

from __future__ import annotations

from hashlib import sha256
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from greenhood.accounts.capabilities import Capability
from greenhood.divisions.models import Division
from greenhood.facts import actions, doubts, pages, queries, showing
from greenhood.facts.errors import BadFact, Conflict
from greenhood.facts.forms import FactForm, RetireForm, initial_of
from greenhood.facts.kinds import Kind
from greenhood.facts.kinds import kind as kind_of
from greenhood.facts.models import Fact
from greenhood.facts.views.finding import community_for
from greenhood.kit.ids import uuid7

REFUSED = 422
THEIRS = "theirs"


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, code: int, kind: Kind) -> HttpResponse:
    community, _ = community_for(request, code, Capability.RECORD)
    if kind.is_single:
        # A community has one of these: what is there already is shown to be replaced.
        return _editing(request, community, kind, actions.thing_of(kind, community.pk))
    return _editing(request, community, kind, None)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, code: int, kind: Kind, thing: UUID) -> HttpResponse:
    community, _ = community_for(request, code, Capability.RECORD)
    present = queries.latest(kind, community, thing)
    if present is None and request.method != "POST":
        if queries.last_state(kind, community, thing) is None:
            raise Http404
        messages.warning(request, f"这条{kind.title}已注销。如需更新，请先恢复。")
        return redirect("facts:record", community.code, kind, thing)
    return _editing(request, community, kind, thing)


def _editing(request: HttpRequest, community: Division, kind: Kind, thing: UUID | None) -> HttpResponse:
    present = queries.latest(kind, community, thing) if thing else None
    data = _merged(request.POST, kind, present) if request.method == "POST" else None
    things = pages.things_to_refer_to(kind, community)
    form = FactForm(
        kind,
        data,
        thing=thing or uuid7(),
        present=present,
        things=things,
        offers={} if present else pages.offers(kind, community, things),
    )
    if data is None or not form.is_valid():
        return _page(request, community, form)
    if thing is not None and form.cleaned_data["thing"] != thing:
        raise Http404
    doubted = dict(_doubts(kind, community, form))
    if doubted and data.get("confirmed") != _mark(doubted):
        return _page(request, community, form, doubted)
    try:
        return _saved(request, community, form)
    except BadFact as problem:
        for name, text in problem.problems.items():
            form.add_error(name if name in form.fields else None, text)
        return _page(request, community, form)
    except Conflict as problem:
        return _conflict(request, community, form, problem)


def _saved(request: HttpRequest, community: Division, form: FactForm) -> HttpResponse:
    clean = form.cleaned_data
    saved = actions.record(
        form.kind,
        community,
        form.values,
        dated=clean["dated"],
        by=request.actor,  # type: ignore[attr-defined]
        thing=clean["thing"],
        replaces=clean["replaces"],
        source=clean["source"],
        source_note=clean["source_note"],
    )
    past = f"这是 {saved.dated} 至 {saved.until} 的情况，现在的数字没有变。" if saved.until else ""
    messages.success(request, f"已保存{form.kind.title}“{showing.name(saved)}”。{past}" + "；".join(form.said))
    if request.POST.get("again") and not form.kind.is_single:
        return redirect("facts:new", community.code, form.kind)
    return redirect("facts:record", community.code, form.kind, saved.thing)


def _doubts(kind: Kind, community: Division, form: FactForm) -> Any:
    before = queries.values_of(form.present) if form.present else None
    if form.present is None and _is_named_already(kind, community, form):
        yield kind.name, f"已登记过同名的{kind.title}“{form.values[kind.name]}”。确是另一处的，请确认。"
    yield from doubts.doubts(
        kind, form.values, before, homes=_households(community) if kind.key == "boundary" else None
    )


def _is_named_already(kind: Kind, community: Division, form: FactForm) -> bool:
    """Whether something of that name stands there: one thing recorded twice counts twice. Events may share a name."""
    named = form.values.get(kind.name) if kind.name and not kind.is_event else None
    # The same form sent twice is one thing.
    others = queries.current(kind, [community.pk]).exclude(thing=form.cleaned_data["thing"])
    return bool(named) and others.filter(**{kind.name: named}).exists()


def _households(community: Division) -> int | None:
    population = queries.current(kind_of("population"), [community.pk]).first()
    return population.households if population else None


def _mark(doubted: dict[str, str]) -> str:
    """Names the very doubts that were shown: other figures are asked about again."""
    return sha256("\n".join(doubted.values()).encode()).hexdigest()[:16]


def _page(
    request: HttpRequest, community: Division, form: FactForm, doubted: dict[str, str] | None = None
) -> HttpResponse:
    context = {
        "page_title": f"{'更新' if form.present else '登记'}{form.kind.title}",
        "community": community,
        "kind": form.kind,
        "form": form,
        "doubts": doubted or {},
        "doubted": [(form[name], text) for name, text in (doubted or {}).items() if name in form.fields],
        "mark": _mark(doubted) if doubted else "",
        "present": form.present,
        "is_new": form.present is None,
        "area_title": form.kind.column(form.kind.area).title if form.kind.area else "",
    }
    status = REFUSED if form.errors or doubted else 200
    return render(request, "facts/edit.html", context, status=status)


def _merged(posted: QueryDict, kind: Kind, present: Fact | None) -> QueryDict:
    """What was sent, with the other person's figures where those were chosen on the page of a conflict."""
    chosen = [column for column in kind.columns if posted.get(f"choose_{column.name}") == THEIRS]
    if not chosen or present is None:
        return posted
    merged = posted.copy()
    for column in chosen:
        value = initial_of(column, getattr(present, column.name))
        merged[column.name] = "" if value is None else str(value)
    return merged


def _conflict(request: HttpRequest, community: Division, form: FactForm, problem: Conflict) -> HttpResponse:
    theirs = problem.theirs
    names: dict[UUID, str] = {}
    for known in pages.things_to_refer_to(form.kind, community).values():
        names |= known
    kept = [
        (name, value)
        for name in form.data
        if name not in {"csrfmiddlewaretoken", "replaces", "confirmed"} and not name.startswith("choose_")
        for value in form.data.getlist(name)
    ]
    context = {
        "page_title": f"{form.kind.title}：两人同时更新",
        "community": community,
        "kind": form.kind,
        "thing": form.cleaned_data["thing"],
        "theirs": theirs,
        "person": pages.people_of([theirs]).get(theirs.recorded_by_id, "系统") if theirs else "",
        "differences": pages.differences(form.kind, theirs, form.values, names) if theirs else [],
        "yours": [
            (column.title, showing.text(column, form.values.get(column.name), names)) for column in form.kind.columns
        ],
        "kept": kept,
    }
    return render(request, "facts/conflict.html", context, status=409)


@require_POST
def retire(request: HttpRequest, code: int, kind: Kind, thing: UUID) -> HttpResponse:
    community, actor = community_for(request, code, Capability.RECORD)
    here = redirect("facts:record", community.code, kind, thing)
    form = RetireForm(request.POST)
    if not form.is_valid():
        return _say(request, form, here)
    clean = form.cleaned_data
    try:
        actions.retire(
            kind,
            community,
            thing,
            replaces=clean["replaces"],
            gone_on=clean["gone_on"],
            reason=clean["reason"],
            by=actor,
        )
    except BadFact as problem:
        messages.error(request, str(problem))
    except Conflict as problem:
        gone = "这条信息已经注销。" if problem.theirs is None else "这条信息刚被他人更新，请核对后再注销。"
        messages.warning(request, gone)
    else:
        messages.success(request, f"已注销。{clean['gone_on']} 以前的情况仍可查阅，也可以恢复。")
    return here


def _say(request: HttpRequest, form: RetireForm, here: HttpResponse) -> HttpResponse:
    messages.error(request, "没有注销：" + "；".join(text for texts in form.errors.values() for text in texts))
    return here


@require_POST
def restore(request: HttpRequest, code: int, kind: Kind, thing: UUID) -> HttpResponse:
    community, actor = community_for(request, code, Capability.RECORD)
    try:
        actions.restore(kind, community, thing, by=actor)
    except Conflict as problem:
        if problem.theirs is None:
            raise Http404 from None
        messages.info(request, "这条信息没有注销，不需要恢复。")
    else:
        messages.success(request, "已恢复。")
    return redirect("facts:record", community.code, kind, thing)
