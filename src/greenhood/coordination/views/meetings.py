"""Joint meetings: the list, convening one, and a meeting's own page with its steps."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.coordination import clauses, files, papers, standing, steps
from greenhood.coordination.actions import assigning, convening
from greenhood.coordination.errors import Refused
from greenhood.coordination.forms import DecisionForm, MeetingForm
from greenhood.coordination.models import Attendance, Invitation, Meeting, MeetingState
from greenhood.coordination.queries import assignments, meetings, offices
from greenhood.coordination.queries.meetings import Filters
from greenhood.coordination.steps import Asked, Step
from greenhood.coordination.views import common
from greenhood.divisions.models import Level
from greenhood.documents.files import paper_file
from greenhood.evidence.showing import Strip, strips_of
from greenhood.history.queries import timeline
from greenhood.insight.queries import lower_divisions
from greenhood.insight.views.overviews import workbook
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.ids import uuid7
from greenhood.schemes.queries import scheme_for

HEADINGS = ["会议", "召集单位", "日期", "地点", "主持人", "状态", "议题数", "下次会议"]
FIRST_YEAR = 2020
FINAL = [(value, Attendance(value).label) for value in (Attendance.ATTENDED, Attendance.APOLOGIES, Attendance.ABSENT)]


@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    actor, division = common.own(request)
    filters, today = _filters(request), today_in_shanghai()
    found = meetings.listed(actor, filters, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    follow = meetings.following(list(found.rows))
    said, held = clauses.saying(scheme_for(division), clauses.MEETING), meetings.held_in(division, today.year)
    context = {
        "page_title": "联席会议",
        "tabs": common.tabs("meetings"),
        "division": division,
        "said": said,
        "missing": max((said.times_a_year or 0) - held, 0) if said else 0,
        "year": today.year,
        "held": held,
        "last": meetings.last_held(division),
        "waiting": meetings.waiting_for(actor),
        "page": found,
        "lines": [{"meeting": each, "follow": follow[each.pk]} for each in found.rows],
        "total": meetings.counted(actor, filters),
        "filters": filters,
        "states": [("", "全部"), *MeetingState.choices],
        "years": range(today.year + 1, FIRST_YEAR - 1, -1),
        "may_convene": standing.gives_for(actor, division.pk) and division.level < Level.COMMUNITY,
        "may_export": actor.may(Capability.EXPORT),
    }
    return render(request, "coordination/meetings.html", context)


@require_GET
def export_meetings(request: HttpRequest) -> HttpResponse:
    actor, division = common.own(request, Capability.EXPORT)
    rows = (
        [
            row.title, row.division.name, row.on, row.place, row.chair, row.get_state_display(), len(row.agenda),
            row.next_on,
        ]
        for row in meetings.to_export(actor, _filters(request))
    )  # fmt: skip
    note = partial(assigning.note_export, division, "联席会议", by=actor)
    return workbook(f"{division.name}联席会议", HEADINGS, rows, note)


@require_http_methods(["GET", "HEAD", "POST"])
def new_meeting(request: HttpRequest) -> HttpResponse:
    """Convene a joint meeting."""
    actor, division = common.own(request)
    standing.require_giver(actor, division)
    version = scheme_for(division)
    places = offices.own(division, version)
    initial = {
        "key": uuid7(), "title": f"{division.name}绿色社区创建联席会议", "own": [each.title for each in places if each.posts],
    }  # fmt: skip
    form = MeetingForm(division, places, lower_divisions(division), request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            row = convening.convene(
                form.notice, form.to, division=division, by=actor, version=version, key=form.cleaned_data["key"]
            )
        except Refused as problem:
            form.refuse(problem)
        else:
            messages.success(request, f"已通知 {len(form.to)} 个单位。")
            return redirect(row)
    context = {
        "page_title": "召集联席会议", "tabs": common.tabs("meetings"), "form": form, "verb": "召集", "today": today_in_shanghai(),
    }  # fmt: skip
    return render(request, "coordination/new_meeting.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_meeting(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Change the notice of a meeting that wasn't held yet."""
    row, actor = _meeting(request, pk)
    standing.require_giver(actor, row.division)
    if row.state != MeetingState.DRAFT:
        messages.error(request, f"会议{row.get_state_display()}，通知不能再改。")
        return redirect(row)
    invited = list(row.invitations.select_related("division"))
    places = _with_invited(offices.own(row.division, row.version), invited)
    form = MeetingForm(
        row.division, places, lower_divisions(row.division), request.POST or None, initial=_notice(row, invited)
    )
    if request.method == "POST" and form.is_valid():
        revision = common.number(request.POST.get("revision", "")) or 0
        try:
            convening.change(pk, form.notice, form.to, revision=revision, by=actor)
        except Refused as problem:
            form.refuse(problem)
        else:
            messages.success(request, "会议通知已修改。")
            return redirect(row)
    context = {
        "page_title": "修改会议通知", "tabs": common.tabs("meetings"), "form": form, "verb": "保存修改", "meeting": row,
        "today": today_in_shanghai(),
    }  # fmt: skip
    return render(request, "coordination/new_meeting.html", context, status=422 if form.errors else 200)


def _with_invited(places: list[offices.Office], invited: list[Invitation]) -> list[offices.Office]:
    """The departments to choose from, by the names under which they are invited."""
    known = {each.line: each for each in places}
    for row in invited:
        if row.department:
            known[row.line] = offices.Office(
                row.division, row.department, row.line, known[row.line].posts if row.line in known else ()
            )
    return list(known.values())


def _notice(row: Meeting, invited: list[Invitation]) -> dict[str, Any]:
    agenda = [f"{item['title']}｜{item['speaker']}" if item["speaker"] else item["title"] for item in row.agenda]
    lower = [each for each in invited if each.division_id != row.division_id]
    return {
        "title": row.title, "on": row.on, "at": row.at, "place": row.place, "chair": row.chair,
        "agenda": "\n".join(agenda), "own": [each.department for each in invited if each.division_id == row.division_id],
        "lower": [str(each.division.code) for each in lower],
        "lower_department": next((each.department for each in lower), ""),
    }  # fmt: skip


@require_GET
def meeting(request: HttpRequest, pk: UUID) -> HttpResponse:
    row, actor = _meeting(request, pk)
    return _page(request, row, actor)


@require_POST
def meeting_step(request: HttpRequest, pk: UUID, step: str) -> HttpResponse:
    row, actor = _meeting(request, pk)

    def again(key: str, typed: Mapping[str, str], problem: Refused) -> HttpResponse:
        return _page(request, _meeting(request, pk)[0], actor, tried=(row.pk, key), typed=typed, problem=problem)

    return common.take(request, STEPS, step, pk, again, row.get_absolute_url())


@require_POST
def decide(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Record a decision, and give the tasks that follow from it."""
    row, actor = _meeting(request, pk)
    standing.require_giver(actor, row.division)
    form = _decision_form(row, request)
    if form.is_valid():
        clean = form.cleaned_data
        revision = common.number(request.POST.get("revision", "")) or 0
        try:
            convening.decide(pk, text=clean["text"], to=form.to, due_on=clean["due_on"], revision=revision, by=actor)
        except Refused as problem:
            form.refuse(problem)
        else:
            messages.success(request, f"议定事项已登记，交办 {len(form.to)} 份。" if form.to else "议定事项已登记。")
            return redirect(row)
    return _page(request, _meeting(request, pk)[0], actor, form=form)


@require_POST
def answer(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Answer an invitation."""
    invitation = Invitation.objects.filter(pk=pk).first()
    if invitation is None:
        raise Http404
    row, actor = _meeting(request, invitation.meeting_id)
    typed = request.POST.dict()
    is_coming = typed.get("outcome") == "coming"
    try:
        convening.answer(pk, is_coming=is_coming, people=typed.get("people", ""), note=typed.get("note", ""), by=actor)
    except Refused as problem:
        key = "coming" if is_coming else "apologies"
        return _page(request, row, actor, tried=(pk, key), typed=typed, problem=problem)
    messages.success(request, "已回复参加。" if is_coming else "已请假。")
    return redirect(row)


@require_GET
def minutes(request: HttpRequest, pk: UUID, kind: str) -> HttpResponse:
    """The minutes as PDF or Word."""
    row, _ = _meeting(request, pk)
    decisions = list(row.decisions.all())
    tasks = list(assignments.with_places().filter(decision__in=decisions).exclude(state="cancelled").order_by("pk"))
    paper = papers.minutes(row, list(row.invitations.select_related("division")), decisions, tasks)
    return paper_file(papers.LAYOUT, paper, paper["title"], kind)


def _meeting(request: HttpRequest, pk: UUID) -> tuple[Meeting, Actor]:
    """404 for strangers; who is invited is none."""
    actor: Actor = request.actor
    row = meetings.whole().filter(pk=pk).first()
    if row is None or not meetings.is_open_to(actor, row):
        raise Http404
    return row, actor


def _decision_form(row: Meeting, request: HttpRequest) -> DecisionForm:
    places = _with_invited(offices.own(row.division, row.version), list(row.invitations.select_related("division")))
    return DecisionForm(row.division, places, lower_divisions(row.division), request.POST or None, prefix=None)


def _page(
    request: HttpRequest,
    row: Meeting,
    actor: Actor,
    *,
    tried: tuple[UUID, str] | None = None,
    typed: Mapping[str, str] | None = None,
    problem: Refused | None = None,
    form: DecisionForm | None = None,
) -> HttpResponse:
    is_host = standing.gives_for(actor, row.division_id)
    invitations = list(row.invitations.select_related("division").defer("division__bigrams"))
    own = _steps(row, invitations) if is_host else []
    answers = {each.pk: _answers(row, each, actor) for each in invitations}
    found = steps.refused({row.pk: own, **answers}, tried, typed, problem)
    may_decide = is_host and row.state == MeetingState.HELD
    if may_decide and form is None:
        form = _decision_form(row, request) if request.method != "POST" else _empty_decision(row)
    context = {
        "page_title": row.title,
        "tabs": common.tabs("meetings"),
        "meeting": row,
        "invited": [{"invitation": each, "steps": found[each.pk]} for each in invitations],
        "answering": [{"invitation": each, "steps": found[each.pk]} for each in invitations if found[each.pk]],
        "steps": found[row.pk],
        "problem": problem,
        "form": form if may_decide else None,
        "strip": _strip(row, actor, is_host=is_host),
        "entries": timeline(row),
        "today": today_in_shanghai(),
        "may_edit": is_host and row.state == MeetingState.DRAFT,
        **_decided(row, actor),
    }
    request.place, request.place_version = row.division, row.version
    return render(
        request, "coordination/meeting.html", context, status=422 if problem or (form and form.errors) else 200
    )


def _empty_decision(row: Meeting) -> DecisionForm:
    return DecisionForm(row.division, offices.own(row.division, row.version), lower_divisions(row.division))


def _strip(row: Meeting, actor: Actor, *, is_host: bool) -> Strip | None:
    """The papers of a meeting, for those who may look at its division; open to the host until the minutes are settled."""
    if not actor.may(Capability.VIEW, row.division):
        return None
    back = row.get_absolute_url()
    strip = strips_of(row.division, files.MEETING, [row.pk], actor=actor, back=back, title="会议文件")[row.pk]
    return strip if is_host and row.is_open else common.as_shown(strip)


def _decided(row: Meeting, actor: Actor) -> dict[str, object]:
    """The decisions with their tasks, what earlier meetings left over, and of all these the tasks that are not the reader's to open."""
    decisions = list(row.decisions.all())
    tasks = list(assignments.with_places().filter(decision__in=decisions).order_by("deadline", "pk"))
    is_coming = row.state in (MeetingState.DRAFT, MeetingState.HELD)
    left_over = meetings.left_over(row) if is_coming else None
    shown = [*tasks, *(left_over.rows if left_over else ())]
    return {
        "decisions": [
            {"decision": each, "tasks": [t for t in tasks if t.decision_id == each.pk]} for each in decisions
        ],
        "left_over": left_over,
        "unlinked": {each.pk for each in shown if not actor.may(Capability.VIEW, each.division)},
    }


def _steps(row: Meeting, invitations: list[Invitation]) -> list[Step]:
    found: list[Step] = []
    add = partial(_step, row)
    if row.state in (MeetingState.DRAFT, MeetingState.HELD) and row.on <= today_in_shanghai():
        fields = [field for each in invitations for field in _attended(each)]
        fields.append(
            Asked("minutes", "会议纪要", "area", is_needed=False, most=convening.MINUTES_MOST, value=row.minutes)
        )
        is_first = row.state == MeetingState.DRAFT
        title = "登记到会情况和纪要" if is_first else "修改到会情况和纪要"
        found.append(add("hold", title, "保存", fields, is_main=is_first))
    if row.state == MeetingState.HELD:
        note = "定稿后纪要和到会情况不再修改；议定事项的办理照常跟踪。"
        field = Asked("next_on", "下次会议日期", "day", is_needed=False)
        found.append(add("close", "纪要定稿", "定稿", [field], note))
    if row.state == MeetingState.CLOSED:
        found.append(add("reopen", "恢复修改纪要", "恢复修改", [Asked("reason", "恢复修改的理由", "area")]))
    if row.state == MeetingState.DRAFT:
        found.append(
            add(
                "cancel",
                "取消会议",
                "确认取消",
                [Asked("reason", "取消原因", "area")],
                "取消后不能恢复，可以另行召集。",
                is_dangerous=True,
                asks="取消这次会议？",
            )
        )
    return found


def _attended(invitation: Invitation) -> list[Asked]:
    states = {value for value, _ in FINAL}
    shown = invitation.attendance if invitation.attendance in states else ""
    guess = shown or (Attendance.ATTENDED if invitation.attendance == Attendance.COMING else "")
    return [
        Asked(f"came-{invitation.pk}", f"{invitation.who}", "choice", choices=FINAL, value=guess),
        Asked(
            f"people-{invitation.pk}", f"{invitation.who}参会人员", is_needed=False, most=100, value=invitation.people
        ),
    ]


def _step(
    row: Meeting,
    key: str,
    title: str,
    verb: str,
    fields: list[Asked] | None = None,
    note: str = "",
    *,
    is_main: bool = False,
    is_dangerous: bool = False,
    asks: str = "",
) -> Step:
    url = reverse("coordination:meeting_step", args=[row.pk, key])
    return Step(key, title, verb, url, row.revision, fields or (), note, is_main, is_dangerous, id=key, asks=asks)


def _answers(row: Meeting, invitation: Invitation, actor: Actor) -> list[Step]:
    """What an invited department may answer until the meeting is held."""
    if row.state != MeetingState.DRAFT or not standing.answers_for(actor, invitation.division_id, invitation.line):
        return []
    url = reverse("coordination:answer", args=[invitation.pk])
    coming = [Asked("people", "参会人员", most=100, value=invitation.people)]
    return [
        Step("coming", f"{invitation.who}：参加", "回复参加", url, 0, coming, is_main=True, id=f"coming-{invitation.pk}"),
        Step("apologies", f"{invitation.who}：请假", "请假", url, 0, [Asked("note", "请假原因", most=200, value=invitation.note)], id=f"apologies-{invitation.pk}"),
    ]  # fmt: skip


def _held(pk: UUID, typed: steps.Typed, by: Actor) -> str:
    attendance = {}
    for name, value in typed.values.items():
        if name.startswith("came-") and (key := common.uuid(name.removeprefix("came-"))):
            state = value if value in Attendance.values else Attendance.INVITED
            attendance[key] = (state, typed[f"people-{key}"])
    convening.hold(pk, attendance=attendance, minutes=typed["minutes"], revision=typed.revision, by=by)
    return "到会情况和纪要已保存。"


def _closed(pk: UUID, typed: steps.Typed, by: Actor) -> str:
    convening.close(pk, next_on=typed.day_or_none("next_on"), revision=typed.revision, by=by)
    return "纪要已定稿。"


def _reopened(pk: UUID, typed: steps.Typed, by: Actor) -> str:
    convening.reopen(pk, reason=typed["reason"], revision=typed.revision, by=by)
    return "可以修改纪要了。"


def _cancelled(pk: UUID, typed: steps.Typed, by: Actor) -> str:
    convening.cancel(pk, reason=typed["reason"], revision=typed.revision, by=by)
    return "会议已取消。"


STEPS: Mapping[str, common.Take] = {"hold": _held, "close": _closed, "reopen": _reopened, "cancel": _cancelled}


def _filters(request: HttpRequest) -> Filters:
    asked = request.GET
    return Filters(
        state=common.choice(asked.get("state", ""), MeetingState.values),
        year=common.number(asked.get("year", ""), 9999),
        word=asked.get("q", "").strip()[:60],
    )
