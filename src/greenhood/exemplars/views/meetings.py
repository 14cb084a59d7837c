"""On-site meetings: list and calendar, one meeting, its plan, answers, minutes."""

from __future__ import annotations

import datetime as dt
from functools import partial
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from greenhood.accounts.access import require
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Level
from greenhood.evidence.showing import strips_of
from greenhood.exemplars import clauses
from greenhood.exemplars.actions import exporting
from greenhood.exemplars.actions import meetings as actions
from greenhood.exemplars.actions.meetings import Plan
from greenhood.exemplars.contents import wrong_phone
from greenhood.exemplars.curating import act_as_own
from greenhood.exemplars.errors import Refused
from greenhood.exemplars.forms import AnswerInvitationForm, HeldForm, MeetingForm, add_problems, number_in
from greenhood.exemplars.models import Meeting
from greenhood.exemplars.queries import files
from greenhood.exemplars.queries import meetings as queries
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
from greenhood.history.queries import timeline
from greenhood.insight.views.overviews import workbook
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.public_pages import public_page

STATES = [(state.value, state.label) for state in queries.PUBLIC]


@login_not_required
@require_GET
@public_page
def meetings(request: HttpRequest) -> HttpResponse:
    """The meetings as a list and as a month; above it what the post has to answer and to write up."""
    actor: Actor = request.actor
    filters, today = _filters(request), today_in_shanghai()
    page = queries.listed(filters, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    division = actor.post.division if actor.post else None
    context = {
        **frame(request, "meetings"),
        "page_title": "现场推进会和经验交流会",
        "page": page,
        "filters": filters,
        "month": queries.month(_month(request, today), filters),
        "today": today,
        "kinds": Meeting.Kind.choices,
        "states": STATES,
        "years": range(today.year + 1, 2019, -1),
        "within": request.GET.get("within", ""),
        "place": place_at(filters.within),
        "asking": clauses.asking(version_of(actor), clauses.MEETINGS),
        "invited": queries.invited(actor),
        "to_close": queries.to_close(actor),
        "planned": queries.planned(actor),
        "may_plan": actor.may(Capability.SHARE) and division is not None and division.level < Level.COMMUNITY,
        "may_export": actor.may(Capability.EXPORT),
        "is_narrowed": any(request.GET.get(name) for name in ("q", "kind", "state", "within", "year")),
    }
    return render(request, "exemplars/meetings.html", context)


@require_GET
def export_meetings(request: HttpRequest) -> HttpResponseBase:
    actor = require(request, Capability.EXPORT)
    headings = [
        "名称",
        "形式",
        "组织单位",
        "日期",
        "开始时间",
        "地点",
        "基地",
        "社区",
        "状态",
        "邀请单位数",
        "到会单位数",
        "到会人数",
        "纪要",
    ]
    rows = (
        [
            row.title, row.get_kind_display(), row.division.name, row.on, f"{row.begins:%H:%M}", row.place,
            row.base.name if row.base else "", row.community.name if row.community else "", row.get_state_display(),
            row.invited, row.attending, row.people, row.minutes,
        ]
        for row in queries.every(_filters(request))
    )  # fmt: skip
    return workbook("现场会", headings, rows, partial(exporting.note, "现场会", by=actor))


@login_not_required
@require_GET
@public_page
def meeting(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _page(request, _found(request, pk))


@require_http_methods(["GET", "HEAD", "POST"])
def new_meeting(request: HttpRequest) -> HttpResponse:
    actor = require(request, Capability.SHARE)
    division = actor.post.division
    if division.level == Level.COMMUNITY:
        messages.error(request, "现场会由街道（乡镇）以上组织。社区可以请上级在本社区召开。")
        return redirect("exemplars:meetings")
    form = MeetingForm(request.POST or None, **_offered(division), initial={"kind": Meeting.Kind.ON_SITE})
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.plan(division, _plan(form), by=actor, key=form_key(request))
        except Refused as problem:
            add_problems(form, problem)
        else:
            messages.success(request, "计划已保存，通知后受邀单位和公众才能看到。")
            return redirect(made)
    context = {
        "page_title": "计划现场会",
        "form": form,
        "key": form_key(request),
        "meeting": None,
        "division": division,
    }
    return render(request, "exemplars/meeting_edit.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_meeting(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = _found(request, pk)
    actor = require(request, Capability.SHARE, found.division)
    act_as_own(actor, found.division)
    form = MeetingForm(request.POST or None, **_offered(found.division), initial=_initial(found))
    if request.method == "POST" and form.is_valid():
        try:
            actions.change(found, _plan(form), revision=revision(request), by=actor)
        except Refused as problem:
            add_problems(form, problem)
        else:
            messages.success(request, "已保存。")
            return redirect(found)
    request.place = found.division
    context = {"page_title": f"修改：{found.title}", "form": form, "meeting": found, "division": found.division}
    return render(request, "exemplars/meeting_edit.html", context, status=422 if form.errors else 200)


@require_POST
def announce(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = _found(request, pk)
    actor = require(request, Capability.SHARE, found.division)
    with saying(request, "已通知，受邀单位会在待办里看到。"):
        actions.announce(found, revision=revision(request), by=actor)
    return redirect(found)


@require_POST
def cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = _found(request, pk)
    actor = require(request, Capability.SHARE, found.division)
    with saying(request, "已取消，受邀单位会看到理由。"):
        actions.cancel(found, reason=request.POST.get("reason", ""), revision=revision(request), by=actor)
    return redirect(found)


@require_POST
def answer(request: HttpRequest, pk: UUID) -> HttpResponse:
    """An invited division says whether it comes."""
    found = _found(request, pk)
    actor = require(request, Capability.SHARE)
    invitation = queries.invitation_of(found, actor)
    if invitation is None:
        raise Http404
    form = AnswerInvitationForm(request.POST)
    if form.is_valid():
        clean = form.cleaned_data
        try:
            actions.answer(
                invitation, is_coming=clean["coming"] == "yes", people=clean["people"], note=clean["note"], by=actor
            )
        except Refused as problem:
            add_problems(form, problem)
        else:
            messages.success(request, "已回复；会前还可以修改。")
            return redirect(found)
    return _page(request, found, answering=form, status=422)


@require_POST
def close(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Who came, and the minutes."""
    found = _found(request, pk)
    actor = require(request, Capability.SHARE, found.division)
    form = HeldForm(request.POST, invitations=queries.invitations(found))
    if form.is_valid():
        try:
            actions.close(
                found,
                minutes=form.cleaned_data["minutes"],
                came=form.came,
                revision=revision(request),
                by=actor,
                photos=chosen(request),
                are_checked="are_checked" in request.POST,
            )
        except Refused as problem:
            add_problems(form, problem)
        else:
            messages.success(request, "已公布纪要和到会情况。")
            return redirect(found)
    return _page(request, found, closing=form, status=422)


def _page(
    request: HttpRequest,
    found: Meeting,
    *,
    answering: AnswerInvitationForm | None = None,
    closing: HeldForm | None = None,
    status: int = 200,
) -> HttpResponse:
    actor: Actor = request.actor
    today = today_in_shanghai()
    host, insider = queries.is_host(found, actor), is_insider(actor, found.division)
    invitations = queries.invitations(found)
    own = actor.post.division_id if actor.post else None
    mine = next((one for one in invitations if one.division_id == own), None)
    strip = None
    if insider:
        strips = strips_of(
            found.division, actions.KIND, [found.pk], actor=actor, back=found.get_absolute_url(), title="材料"
        )
        strip = strips[found.pk]
    is_held = found.state == Meeting.State.HELD
    may_close = host and found.state == Meeting.State.ANNOUNCED and found.on <= today
    attended = [one for one in invitations if one.came]
    context = {
        **frame(request, "meetings"),
        "page_title": found.title,
        "meeting": found,
        # One that was announced before numbers were looked at: the public does not read somebody's own.
        "phone": found.phone if insider or mine is not None or not wrong_phone(found.phone) else "",
        "today": today,
        "path": divisions.path_names(found.division),
        "practices": queries.practices_of(found),
        "invitations": invitations,
        "attended": attended,
        "people": sum(one.came or 0 for one in attended),
        "is_held": is_held,
        "pieces": files.public_pieces(found.division, actions.KIND, found.pk, found.photos) if is_held else [],
        "host": host,
        "sees_answers": insider or mine is not None,
        "may_change": host and found.state in (Meeting.State.PLANNED, Meeting.State.ANNOUNCED),
        "may_close": may_close,
        "mine": mine,
        "may_answer": mine is not None
        and actor.may(Capability.SHARE)
        and found.state == Meeting.State.ANNOUNCED
        and found.reply_by >= today,
        "answering": answering or AnswerInvitationForm(initial=_answered(mine)),
        "closing": closing or HeldForm(invitations=invitations),
        "strip": strip,
        "entries": timeline(found) if insider else [],
    }
    return render(request, "exemplars/meeting.html", context, status=status)


def _answered(mine: object) -> dict[str, object]:
    if mine is None or mine.answered_at is None:
        return {}
    return {"coming": "yes" if mine.answer == "coming" else "no", "people": mine.people or None, "note": mine.note}


def _found(request: HttpRequest, pk: UUID) -> Meeting:
    found = queries.by_pk(pk)
    if found is None or not queries.may_read(found, request.actor):
        raise Http404
    return found


def _filters(request: HttpRequest) -> queries.Filters:
    asked = request.GET
    year = number_in(asked.get("year", ""), most_digits=4)
    return queries.Filters(
        kind=asked.get("kind", ""),
        state=asked.get("state", ""),
        within=code_in(asked.get("within", "")),
        year=year if year and 2000 <= year <= 2100 else None,
        text=asked.get("q", "").strip()[:40].replace("\x00", ""),
    )


def _month(request: HttpRequest, today: dt.date) -> dt.date:
    """The first day of the month of the address; of this month where it makes no sense."""
    try:
        wanted = dt.date.fromisoformat(f"{request.GET.get('month', '')}-01")
    except ValueError:
        return today.replace(day=1)
    return wanted if 2000 <= wanted.year <= 2100 else today.replace(day=1)


def _offered(division: object) -> dict[str, list[tuple[str, str]]]:
    found = queries.offered(division)
    return {name: getattr(found, name) for name in ("bases", "communities", "practices", "invited")}


def _plan(form: MeetingForm) -> Plan:
    clean = form.cleaned_data
    return Plan(
        **{
            **clean,
            "base": UUID(clean["base"]) if clean["base"] else None,
            "community": int(clean["community"]) if clean["community"] else None,
            "practices": tuple(UUID(one) for one in clean["practices"]),
            "invited": tuple(int(one) for one in clean["invited"]),
        }
    )


def _initial(found: Meeting) -> dict[str, object]:
    plain = {
        name: getattr(found, name)
        for name in ("kind", "title", "on", "begins", "place", "agenda", "reply_by", "unit", "phone")
    }
    return {
        **plain,
        "base": str(found.base_id or ""),
        "community": str(found.community_id or ""),
        "practices": [str(pk) for pk in found.shown.values_list("practice", flat=True)],
        "invited": [str(pk) for pk in found.invitations.values_list("division", flat=True)],
    }
