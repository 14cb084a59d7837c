"""Education bases: the public list with its map, one base, application and designation, visits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from greenhood.accounts.access import require
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions import queries as divisions
from greenhood.evidence.showing import strips_of
from greenhood.exemplars import clauses
from greenhood.exemplars.actions import bases as actions
from greenhood.exemplars.actions import exporting
from greenhood.exemplars.curating import act_as_own
from greenhood.exemplars.errors import Refused
from greenhood.exemplars.forms import BaseForm, DesignateForm, VisitForm, add_problems
from greenhood.exemplars.models import Base, Visit
from greenhood.exemplars.queries import bases as queries
from greenhood.exemplars.queries import files
from greenhood.exemplars.views.shared import (
    chosen,
    code_in,
    form_key,
    frame,
    is_insider,
    place_at,
    revision,
    saying,
    version_of,
)
from greenhood.exemplars.vocabulary import Topic, labels
from greenhood.history.queries import timeline
from greenhood.insight.views.overviews import workbook
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.public_pages import public_page


@login_not_required
@require_GET
@public_page
def bases(request: HttpRequest) -> HttpResponse:
    """The bases as a list and on a map; what waits for the post above it."""
    actor: Actor = request.actor
    filters = _filters(request)
    page = queries.listed(filters, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    version = version_of(actor)
    context = {
        **frame(request, "bases"),
        "page_title": "示范教育基地",
        "page": page,
        "rows": [(row, labels(Topic, row.themes)) for row in page.rows],
        "filters": filters,
        "states": queries.STATES.items(),
        "themes": Topic.choices,
        "within": request.GET.get("within", ""),
        "place": place_at(filters.within),
        "in_force": queries.in_force(filters),
        "asking": clauses.asking(version, clauses.BASES),
        "today": today_in_shanghai(),
        "tianditu": settings.TIANDITU_KEY,
        "to_decide": queries.to_decide(actor),
        "own": queries.own(actor),
        "may_share": actor.may(Capability.SHARE),
        "may_export": actor.may(Capability.EXPORT),
        "is_narrowed": any(request.GET.get(name) for name in ("q", "theme", "within", "state")),
    }
    return render(request, "exemplars/bases.html", context)


@login_not_required
@require_GET
@public_page
def bases_data(request: HttpRequest) -> JsonResponse:
    """The bases of the list that have a place, for the map: GeoJSON as ``ground.draw`` shows it."""
    today = today_in_shanghai()
    return JsonResponse({"features": [_feature(row, today) for row in queries.on_map(_filters(request))]})


@require_GET
def export_bases(request: HttpRequest) -> HttpResponseBase:
    actor = require(request, Capability.EXPORT)
    headings = [
        "名称", "所在区划代码", "所在区划", "地址", "经度", "纬度", "主题", "开放时间", "每批接待人数", "联系单位", "预约电话", "认定单位", "认定日期",
        "有效期至", "状态", "参观批次", "参观人数", "取消日期", "取消的理由",
    ]  # fmt: skip
    today = today_in_shanghai()
    rows = (
        [
            row.name, row.division.number, row.division.name, row.address, row.longitude, row.latitude,
            "、".join(labels(Topic, row.themes)), row.hours, row.capacity, row.unit, row.phone, row.designated_in.name,
            row.designated_on, row.valid_until, _state(row, today), row.visit_count, row.visitors, row.removed_on, row.reason,
        ]
        for row in queries.every(_filters(request))
    )  # fmt: skip
    return workbook("示范教育基地", headings, rows, partial(exporting.note, "示范教育基地", by=actor))


@login_not_required
@require_GET
@public_page
def base(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One base as everybody reads it, with what those who run or named it may do."""
    found = _found(request, pk)
    return _page(request, found)


@require_http_methods(["GET", "HEAD", "POST"])
def new_base(request: HttpRequest) -> HttpResponse:
    actor = require(request, Capability.SHARE)
    form = BaseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.apply(actor.post.division, form.particulars, by=actor, key=form_key(request))
        except Refused as problem:
            add_problems(form, problem)
        else:
            messages.success(request, f"已提交申请，由{made.waits_at.name}认定。可以在下面上传照片。")
            return redirect(made)
    context = {
        "page_title": "申请示范教育基地",
        "form": form,
        "key": form_key(request),
        "base": None,
        "division": actor.post.division,
    }
    return render(request, "exemplars/base_edit.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_base(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = _found(request, pk)
    actor = require(request, Capability.SHARE, found.division)
    act_as_own(actor, found.division)
    initial = {name: getattr(found, name) for name in BaseForm.base_fields} | actions.proposed_of(found)
    form = BaseForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            kept = actions.change(found, form.particulars, revision=revision(request), by=actor)
        except Refused as problem:
            add_problems(form, problem)
        else:
            messages.success(request, _kept(kept))
            return redirect(found)
    request.place = found.division
    context = {
        "page_title": f"修改：{found.name}",
        "form": form,
        "base": found,
        "division": found.division,
        "looked_at": "、".join(actions.labels_of(actions.REVIEWED)) if actions.is_looked_at(found, actor) else "",
    }
    return render(request, "exemplars/base_edit.html", context, status=422 if form.errors else 200)


def _kept(base: Base) -> str:
    if base.proposed:
        waits = "、".join(actions.labels_of(base.proposed))
        return f"已保存。{waits}的修改等{base.waits_at.name}核准后公开，其余内容已经公开。"
    return "已保存。"


@require_POST
def base_step(request: HttpRequest, pk: UUID, verb: str) -> HttpResponse:
    """Designate, return or remove; agree to changes or not."""
    found = _found(request, pk)
    actor = require(request, Capability.CURATE, found.division)
    if verb == "designate":
        return _designate(request, found, actor)
    if verb not in STEPS:
        raise Http404
    done, action = STEPS[verb]
    reason = {} if verb == "agree" else {"reason": request.POST.get("reason", "")}
    with saying(request, done):
        action(found, **reason, revision=revision(request), by=actor)
    return redirect(found if queries.may_read(queries.by_pk(pk), actor) else "exemplars:bases")


STEPS: dict[str, tuple[str, Callable[..., Any]]] = {
    "return": ("已退回，申请单位会看到理由。", actions.give_back),
    "agree": ("已同意，修改已经公开。", actions.agree),
    "decline": ("已回复，公开的内容没有变；申请单位会看到理由。", actions.decline),
    "remove": ("已取消，名单上标明取消的日期和理由。", actions.remove),
}


def _designate(request: HttpRequest, found: Base, actor: Actor) -> HttpResponse:
    form = DesignateForm(request.POST)
    if form.is_valid():
        try:
            actions.designate(
                found,
                valid_until=form.cleaned_data["valid_until"],
                revision=revision(request),
                by=actor,
                photos=chosen(request),
                are_checked="are_checked" in request.POST,
            )
        except Refused as problem:
            add_problems(form, problem)
        else:
            messages.success(request, "已认定，任何人都可以在名单和地图上看到。")
            return redirect(found)
    return _page(request, found, designating=form, status=422)


@require_POST
def note_visit(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = _found(request, pk)
    actor = require(request, Capability.SHARE, found.division)
    form = VisitForm(request.POST)
    if form.is_valid():
        try:
            actions.note_visit(found, **form.cleaned_data, by=actor)
        except Refused as problem:
            add_problems(form, problem)
        else:
            messages.success(request, "已登记参观。")
            return redirect(found)
    return _page(request, found, visiting=form, status=422)


@require_POST
def remove_visit(request: HttpRequest, pk: UUID, visit_pk: UUID) -> HttpResponse:
    found = _found(request, pk)
    actor = require(request, Capability.SHARE, found.division)
    visit = Visit.objects.filter(base=found, pk=visit_pk).first()
    if visit is None:
        raise Http404
    actions.remove_visit(visit, by=actor)
    messages.success(request, "已删除登记；登记错了的可以重新登记。")
    return redirect(found)


def _page(
    request: HttpRequest,
    found: Base,
    *,
    designating: DesignateForm | None = None,
    visiting: VisitForm | None = None,
    status: int = 200,
) -> HttpResponse:
    actor: Actor = request.actor
    today = today_in_shanghai()
    insider, may_decide = is_insider(actor, found.division), queries.may_decide(found, actor)
    strip = None
    if insider or may_decide:
        strips = strips_of(found.division, actions.KIND, [found.pk], actor=actor, back=found.get_absolute_url())
        strip = strips[found.pk]
    is_public = queries.is_public(found)
    is_valid = found.state == Base.State.DESIGNATED and found.valid_until >= today
    context = {
        **frame(request, "bases"),
        "page_title": found.name,
        "base": found,
        "state": _state(found, today),
        "is_public": is_public,
        "is_valid": is_valid,
        "path": divisions.path_names(found.division),
        "theme_labels": labels(Topic, found.themes),
        "pieces": files.public_pieces(found.division, actions.KIND, found.pk, found.photos) if is_public else [],
        "totals": queries.totals(found) if is_public else None,
        "visits": queries.visits(found) if is_public and actions.is_keeper(found, actor) else [],
        "is_keeper": is_public and actor.user is not None and actions.is_keeper(found, actor),
        "insider": insider,
        "is_own": actor.post is not None
        and actor.post.division_id == found.division_id
        and actor.may(Capability.SHARE),
        "may_decide": may_decide,
        "proposed": _proposed(found) if insider or may_decide else [],
        "may_remove": is_valid and actor.may(Capability.CURATE, found.designated_in),
        "strip": strip,
        "designating": designating or DesignateForm(initial={"valid_until": _in_years(today, 3)}),
        "visiting": visiting or VisitForm(initial={"on": today}),
        "tianditu": settings.TIANDITU_KEY,
        "entries": timeline(found) if insider else [],
    }
    return render(request, "exemplars/base.html", context, status=status)


def _proposed(found: Base) -> list[tuple[str, Any, Any]]:
    """What is to be changed, by its label: as it is public now, and as it would be."""
    said = actions.proposed_of(found)
    return [(actions.labels_of([name])[0], getattr(found, name), value) for name, value in said.items()]


def _in_years(day: dt.date, years: int) -> dt.date:
    return dt.date(day.year + years, 12, 31)


def _found(request: HttpRequest, pk: UUID) -> Base:
    found = queries.by_pk(pk)
    if found is None or not queries.may_read(found, request.actor):
        raise Http404
    return found


def _filters(request: HttpRequest) -> queries.Filters:
    asked = request.GET
    return queries.Filters(
        text=asked.get("q", "").strip()[:40].replace("\x00", ""),
        theme=asked.get("theme", "") if asked.get("theme") in Topic.values else "",
        within=code_in(asked.get("within", "")),
        state=asked.get("state", "") if asked.get("state") in queries.STATES else queries.IN_FORCE,
    )


def _state(row: Base, today: dt.date) -> str:
    if row.state == Base.State.DESIGNATED and row.valid_until is not None:
        return queries.STATES[queries.IN_FORCE if row.valid_until >= today else queries.EXPIRED]
    return row.get_state_display()


def _feature(row: Base, today: dt.date) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": str(row.pk),
        "geometry": {"type": "Point", "coordinates": [float(row.longitude), float(row.latitude)]},
        "properties": {
            "name": row.name, "title": "示范教育基地", "colour": "#19713f", "sign": "基",
            "figures": [["地址", row.address], ["开放时间", row.hours], ["状态", _state(row, today)]],
            "url": row.get_absolute_url(), "link": "打开基地页面",
        },
    }  # fmt: skip
