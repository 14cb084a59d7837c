"""The designers of streets and communities: where there is one and where none, appointments, and a page for residents."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from greenhood.accounts import access
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions.models import Division, Level
from greenhood.experts.actions import appointing
from greenhood.experts.errors import Refused
from greenhood.experts.forms import DesignerChangeForm, DesignerFilterForm, DesignerForm, day_of, designer_initial
from greenhood.experts.models import Designer, Visit
from greenhood.experts.queries import designers as queries
from greenhood.experts.queries import pool, service
from greenhood.experts.queries.clauses import DESIGNERS, asking
from greenhood.experts.views.shared import asked, carried_out, division_of, form_page, page_of, revision, workbook
from greenhood.history.queries import timeline
from greenhood.kit.dates import today_in_shanghai

MOST_REQUESTS = 20


@require_GET
def designers(request: HttpRequest) -> HttpResponse:
    """The streets of the post's division with their designers; a community is led to its own."""
    actor = access.require(request, Capability.VIEW)
    if division_of(actor).level == Level.COMMUNITY:
        return redirect("experts:place", division_of(actor).code)
    form = DesignerFilterForm(request.GET)
    after = request.GET.get("after", "")
    context = {
        "page_title": "社区设计师（责任规划师）",
        "form": form,
        "is_filtered": any(value for value in request.GET.values()),
        "listing": queries.listing(
            division_of(actor), _within(actor, form), after=int(after) if after.isdecimal() and len(after) <= 12 else 0
        ),
        "division": division_of(actor),
        "keeps": actor.may(Capability.KEEP_POOL),
        "may_export": actor.may(Capability.EXPORT),
        "asked": asked(actor, DESIGNERS),
        "today": today_in_shanghai(),
        "section": "designers",
    }
    return page_of(request, "experts/designers.html", context)


def _within(actor: Actor, form: DesignerFilterForm) -> queries.Filters:
    """The filters of the address, held within the post's division."""
    filters = form.filters
    if filters.place is not None and not actor.may(Capability.VIEW, filters.place):
        return queries.Filters(None, filters.lacking, filters.word)
    return filters


@require_GET
def export_designers(request: HttpRequest) -> HttpResponse:
    actor = access.require(request, Capability.EXPORT)
    place = division_of(actor)
    rows = queries.export_rows(place, _within(actor, DesignerFilterForm(request.GET)))
    return workbook(place, "社区设计师", queries.EXPORT_HEADINGS, rows, actor)


@require_http_methods(["GET", "HEAD", "POST"])
def new_designer(request: HttpRequest) -> HttpResponse:
    """Appoint a designer for a street or a community."""
    actor = access.require(request, Capability.KEEP_POOL)
    place = division_of(actor)
    initial = {"division": request.GET.get("division", ""), "valid_from": today_in_shanghai()}
    members = pool.members_for(place) | pool.members_for(place, kind="firm")
    form = DesignerForm(request.POST or None, initial=initial, members=members)
    form.fields["division"].within = place
    if request.method == "POST":
        made = carried_out(form, lambda: _appointed(form, by=actor))
        if made is not None:
            messages.success(request, f"已聘任{made.name}为{made.division.name}的社区设计师，已在社区页面公开。")
            return redirect(made)
    context = {
        "page_title": "聘任社区设计师",
        "asked": asked(actor, DESIGNERS),
        "verb": "聘任",
        "section": "designers",
    }
    return form_page(request, "experts/designer_form.html", form, context)


def _appointed(form: DesignerForm, *, by: Actor) -> Designer:
    clean = form.cleaned_data
    return appointing.appoint(clean["division"], form.terms, entry=clean["entry"], by=by)


@require_GET
def designer(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _page(request, queries.designer_for(request.actor, pk))


@require_http_methods(["GET", "HEAD", "POST"])
def edit_designer(request: HttpRequest, pk: UUID) -> HttpResponse:
    actor: Actor = request.actor
    found = queries.designer_for(actor, pk)
    access.check(actor, Capability.KEEP_POOL, found.division)
    form = DesignerChangeForm(request.POST or None, initial=designer_initial(found))
    if request.method == "POST" and carried_out(
        form, lambda: appointing.change(found, form.terms, revision=revision(request), by=actor)
    ):
        messages.success(request, "已保存。")
        return redirect(found)
    context = {
        "page_title": f"修改：{found.name}（{found.division.name}）",
        "found": found,
        "revision": request.POST.get("revision", found.revision),
        "asked": asked(actor, DESIGNERS, found.division),
        "verb": "保存",
        "section": "designers",
    }
    return form_page(request, "experts/designer_form.html", form, context)


@require_POST
def end_designer(request: HttpRequest, pk: UUID) -> HttpResponse:
    actor: Actor = request.actor
    found = queries.designer_for(actor, pk)
    access.check(actor, Capability.KEEP_POOL, found.division)
    try:
        on = day_of(request.POST.get("on", ""))
        if on is None:
            raise Refused("请填写任期的最后一天，例如 2026-12-31；没有的日子（如 2 月 31 日）不能填。", field="on")
        appointing.end(found, on=on, reason=request.POST.get("reason", ""), revision=revision(request), by=actor)
    except Refused as problem:
        return _page(request, queries.designer_for(actor, pk), problem=problem)
    messages.success(request, "任期已结束。有误的，可以修改聘任日期。")
    return redirect(found)


def _page(request: HttpRequest, found: Designer, *, problem: Refused | None = None) -> HttpResponse:
    actor: Actor = request.actor
    today = today_in_shanghai()
    context = {
        "page_title": f"{found.division.name}社区设计师",
        "found": found,
        "is_in_post": found.is_in_post_on(today),
        "is_coming": found.valid_from > today,
        "keeps": actor.may(Capability.KEEP_POOL, found.division),
        "entries": timeline(found),
        "asked": asked(actor, DESIGNERS, found.division),
        "today": today,
        "problem": problem,
        "typed": request.POST if problem else {},
        "section": "designers",
    }
    request.place = found.division
    return page_of(request, "experts/designer.html", context, status=422 if problem else 200)


@login_not_required
@require_safe
def place(request: HttpRequest, code: int) -> HttpResponse:
    """Who designs for a street or community, for everybody; who may look at the place sees its requests and history too."""
    division = get_object_or_404(Division, code=code, valid_to=None, level__in=[Level.STREET, Level.COMMUNITY])
    actor: Actor = request.actor
    sees_all = actor.may(Capability.VIEW, division)
    found = queries.of_place(division, with_past=sees_all)
    today = today_in_shanghai()
    low, high = division.span
    visits = Visit.objects.filter(
        state=Visit.State.COMPLETED, community__code__gte=low, community__code__lt=high
    ).order_by("-day", "-pk")
    context = {
        "page_title": f"{division.name}：社区设计师和专家服务",
        "frame": "site/base.html" if actor.user else "site/public.html",
        "division": division,
        "present": [one for one in found if one.is_in_post_on(today)],
        "past": [one for one in found if not one.is_in_post_on(today)],
        "sees_all": sees_all,
        "section": "designers",
        "requests": list(
            service.with_visits(service.listed(actor, service.Filters(place=division))).order_by("-made_at")[
                :MOST_REQUESTS
            ]
        )
        if sees_all
        else [],
        "visits": list(visits.select_related("community", "entry")[:10]),
        "visit_count": visits.filter(day__year=today.year).count(),
        "keeps": actor.may(Capability.KEEP_POOL, division),
        "may_ask": service.speaks_for(actor, division),
        "asked": asking(division, DESIGNERS),
        "today": today,
    }
    if sees_all:
        request.place = division
    return page_of(request, "experts/place.html", context)
