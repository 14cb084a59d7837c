"""Tasks: the list, giving one, and a task's own page with its steps."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.accounts.queries import holders
from greenhood.coordination import duties, files, stages, standing, steps
from greenhood.coordination.actions import assigning
from greenhood.coordination.actions.assigning import Task
from greenhood.coordination.errors import Refused
from greenhood.coordination.forms import TaskForm
from greenhood.coordination.models import Assignment, Source, State
from greenhood.coordination.queries import assignments, meetings, offices
from greenhood.coordination.queries.assignments import Filters
from greenhood.coordination.steps import Asked, Step
from greenhood.coordination.views import common
from greenhood.evidence.queries import seals_of
from greenhood.evidence.showing import strips_of
from greenhood.history.queries import timeline
from greenhood.insight.queries import lower_divisions
from greenhood.insight.views.overviews import workbook
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.ids import uuid7
from greenhood.schemes.models import SchemeVersion
from greenhood.schemes.queries import newest_of, scheme_for

HEADINGS = [
    "任务", "来源", "条款", "交办单位", "承办单位代码", "承办单位", "承办部门", "跟办人", "交办日期", "期限", "延期理由",
    "状态", "最近情况", "首次提交", "办结", "催办次数",
]  # fmt: skip


@require_GET
def tasks(request: HttpRequest) -> HttpResponse:
    """The tasks in the post's scope."""
    actor, division = common.own(request)
    filters = _filters(request)
    found = assignments.listed(actor, filters, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    version = scheme_for(division)
    context = {
        "page_title": "任务协同",
        "tabs": common.tabs("tasks"),
        "waiting": assignments.waiting_for(actor),
        "page": found,
        "total": assignments.counted(actor, filters),
        "filters": filters,
        "states": [
            ("", "全部"),
            ("counted", "没有取消的"),
            ("running", "没有办结的"),
            ("overdue", "逾期未办结"),
            *State.choices,
        ],
        "sources": [("", "全部"), *Source.choices],
        "phases": [(phase.key, phase.title) for phase in version.scheme.phases] if version else [],
        "lines": [(assignments.WHOLE, "交给下级整体的"), *assignments.lines_given(actor)],
        "most_lines": assignments.MOST_LINES,
        "whose": [
            ("", "全部"),
            (assignments.MINE, "交给本岗位的"),
            (assignments.WAITING, "等我处理的"),
            (assignments.GIVEN, "本级交办的"),
        ],
        "item": _named(filters, version),
        "within": common.asked_division(request),
        "giver": common.division_called(filters.giver),
        "kept": [(name, request.GET[name]) for name in ("item", "scheme", "within", "giver") if request.GET.get(name)],
        "today": today_in_shanghai(),
        "may_give": standing.gives_for(actor, division.pk),
        "may_export": actor.may(Capability.EXPORT),
    }
    return render(request, "coordination/tasks.html", context)


def _named(filters: Filters, version: SchemeVersion | None) -> str:
    """What the scheme calls the task of a phase or the duty that the list is narrowed to."""
    if not filters.item:
        return ""
    of = newest_of(filters.scheme) if filters.scheme else version
    if of is None:
        return "方案的一项"
    if found := stages.task_of(of.scheme, filters.item):
        return found[1].task.title
    duty = duties.keyed(of.scheme).get(filters.item)
    return duty.part if duty else "方案的一项"


@require_GET
def export_tasks(request: HttpRequest) -> HttpResponse:
    actor, division = common.own(request, Capability.EXPORT)
    rows = (
        [
            row.title, row.get_source_display(), row.clause, row.assigner.name, row.division.number, row.division.name,
            row.department, row.follower, today_in_shanghai(row.created_at), row.deadline, row.extended_reason,
            row.get_state_display(), row.last_word, row.handed_in_at and today_in_shanghai(row.handed_in_at),
            row.accepted_at and today_in_shanghai(row.accepted_at), row.urged,
        ]
        for row in assignments.to_export(actor, _filters(request))
    )  # fmt: skip
    note = partial(assigning.note_export, division, "交办任务", by=actor)
    return workbook(f"{division.name}交办任务", HEADINGS, rows, note)


@require_http_methods(["GET", "HEAD", "POST"])
def new_task(request: HttpRequest) -> HttpResponse:
    """Give a task: of one's own, from a phase (``phase``) or from a duty (``duty``, perhaps a ``line``) of the scheme."""
    actor, division = common.own(request)
    standing.require_giver(actor, division)
    version = scheme_for(division)
    asked = _asked(version, request.GET if request.method != "POST" else request.POST)
    places = offices.own(division, version)
    initial = {"batch": uuid7(), **asked.initial(places)}
    form = TaskForm(division, places, lower_divisions(division), request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        clean = form.cleaned_data
        task = Task(
            title=clean["title"], text=clean["text"], due_on=clean["due_on"], follower=clean["follower"],
            **asked.came_from,
        )  # fmt: skip
        try:
            rows = assigning.assign(task, form.to, assigner=division, by=actor, batch=clean["batch"])
        except Refused as problem:
            form.refuse(problem)
        else:
            messages.success(request, f"已交办，共 {len(rows)} 份。")
            return redirect(rows[0] if len(rows) == 1 else "coordination:tasks")
    context = {
        "page_title": "交办任务", "tabs": common.tabs("tasks"), "form": form, "asked": asked, "version": version,
        "division": division,
    }  # fmt: skip
    return render(request, "coordination/new_task.html", context, status=422 if form.errors else 200)


class _Asked:
    """What of the scheme a new task comes from, and how its form begins."""

    def __init__(self, version: SchemeVersion | None, words: Mapping[str, str]) -> None:
        self.phase_key, self.duty_key, self.line = (words.get(name, "") for name in ("phase", "duty", "line"))
        self.title = self.text = self.clause = self.note = ""
        self.due = None
        self.came_from: dict[str, Any] = {"version": version}
        if version is None:
            return
        if found := stages.task_of(version.scheme, self.phase_key):
            phase, asked = found
            self.title, self.text, self.clause, self.due = (
                asked.task.title,
                asked.task.text,
                asked.task.source,
                asked.due,
            )
            self.came_from |= {"source": Source.PHASE, "item": asked.key, "phase": phase.key, "clause": self.clause}
        elif duty := duties.keyed(version.scheme).get(self.duty_key):
            self.title, self.text, self.clause = duty.part, duty.text or duty.part, duty.source
            self.came_from |= {"source": Source.DUTY, "item": self.duty_key, "clause": self.clause}
        if self.due is not None and self.due < today_in_shanghai():
            self.note = f"方案写的时间是 {self.due}，已经过去，请另定期限。"
            self.due = None

    def initial(self, places: list[offices.Office]) -> dict[str, object]:
        own = [each.title for each in places if self.line and each.line == self.line]
        return {"title": self.title, "text": self.text, "due_on": self.due, "own": own}


_asked = _Asked


@require_GET
def task(request: HttpRequest, pk: UUID) -> HttpResponse:
    row, actor = _task(request, pk)
    return _page(request, row, actor)


@require_POST
def task_step(request: HttpRequest, pk: UUID, step: str) -> HttpResponse:
    row, actor = _task(request, pk)

    def again(key: str, typed: Mapping[str, str], problem: Refused) -> HttpResponse:
        return _page(request, _task(request, pk)[0], actor, key=key, typed=typed, problem=problem)

    return common.take(request, STEPS, step, pk, again, row.get_absolute_url())


def _task(request: HttpRequest, pk: UUID) -> tuple[Assignment, Actor]:
    """404 for strangers."""
    row = assignments.whole().filter(pk=pk).first()
    actor: Actor = request.actor
    if row is None or not actor.may(Capability.VIEW, row.division):
        raise Http404
    return row, actor


def _page(
    request: HttpRequest,
    row: Assignment,
    actor: Actor,
    *,
    key: str = "",
    typed: Mapping[str, str] | None = None,
    problem: Refused | None = None,
) -> HttpResponse:
    is_theirs = standing.answers_for(actor, row.division_id, row.line)
    strip = strips_of(row.division, files.TASK, [row.pk], actor=actor, back=row.get_absolute_url(), title="证明材料")[
        row.pk
    ]
    found = _steps(row, is_theirs=is_theirs, is_giver=standing.gives_for(actor, row.assigner_id))
    if problem is not None:
        found = steps.tried(found, key, typed or {}, problem)
    context = {
        "page_title": row.title,
        "tabs": common.tabs("tasks"),
        "task": row,
        "today": today_in_shanghai(),
        "steps": found,
        "problem": problem,
        "strip": strip if is_theirs and row.is_owed else common.as_shown(strip),
        "sees_meeting": row.decision is not None and meetings.is_open_to(actor, row.decision.meeting),
        "entries": timeline(row),
        "seals": list(seals_of(row.division_id, files.TASK, row.pk)) if row.state == State.ACCEPTED else [],
        "holders": holders([row.division])[row.division_id].get(row.line, []) if row.line else [],
    }
    request.place, request.place_version = row.division, row.version
    return render(request, "coordination/task.html", context, status=422 if problem else 200)


def _steps(row: Assignment, *, is_theirs: bool, is_giver: bool) -> list[Step]:
    found: list[Step] = []
    add = partial(_step, row)
    if is_theirs and row.state == State.OPEN:
        found.append(add("take", "签收", "签收", is_main=True))
    if is_theirs and row.is_owed:
        text = Asked("text", "办理结果", "area", most=assigning.TEXT_MOST, value=row.result)
        note = "证明材料先在上面“证明材料”里上传，再提交。提交后由交办单位验收。"
        found.append(add("hand_in", "提交办理结果", "提交验收", [text], note, is_main=row.state != State.OPEN))
        found.append(
            add("progress", "报告进展", "保存进展", [Asked("text", "进展情况", "area", most=assigning.WORD_MOST)])
        )
    if is_giver and row.state == State.HANDED_IN:
        found.append(
            add("accept", "验收", "验收办结", note="看过结果和证明材料后办结，证明材料的清单随之封存。", is_main=True)
        )
        found.append(add("return", "退回补办", "退回", [Asked("reason", "退回理由", "area")], is_dangerous=True))
    if is_giver and row.is_owed:
        if row.urged_on != today_in_shanghai():
            note = "一天最多催办一次；承办人在工作台和待办里看到。"
            found.append(add("urge", "催办", "催办", [Asked("note", "催办说明", is_needed=False)], note))
        to = Asked("to", "新的期限", "day")
        found.append(add("extend", "延长期限", "延长", [to, Asked("reason", "延期理由", "area")]))
    if is_giver and row.is_running:
        note = "取消后承办单位不再办理；取消错了可以恢复。"
        found.append(
            add("cancel", "取消任务", "取消任务", [Asked("reason", "取消理由", "area")], note, is_dangerous=True)
        )
    if is_giver and row.state == State.ACCEPTED:
        fields = [Asked("reason", "重新打开的理由", "area")]
        found.append(add("reopen", "重新打开", "重新打开", fields, "办结后发现问题的，打开后由承办单位补办。"))
    if is_giver and row.state == State.CANCELLED:
        found.append(add("reinstate", "恢复任务", "恢复", is_main=True))
    return found


def _step(
    row: Assignment,
    key: str,
    title: str,
    verb: str,
    fields: list[Asked] | None = None,
    note: str = "",
    *,
    is_main: bool = False,
    is_dangerous: bool = False,
) -> Step:
    url = f"{row.get_absolute_url()}{key}/"
    return Step(key, title, verb, url, row.revision, fields or (), note, is_main, is_dangerous, id=key)


def _taken(pk: UUID, typed: steps.Typed, by: Actor) -> str:
    assigning.take(pk, revision=typed.revision, by=by)
    return "已签收。"


def _progressed(pk: UUID, typed: steps.Typed, by: Actor) -> str:
    assigning.progress(pk, text=typed["text"], revision=typed.revision, by=by)
    return "进展已保存。"


def _handed_in(pk: UUID, typed: steps.Typed, by: Actor) -> str:
    row = assigning.hand_in(pk, text=typed["text"], revision=typed.revision, by=by)
    return f"已提交，等{row.assigner.name}验收。"


def _accepted(pk: UUID, typed: steps.Typed, by: Actor) -> str:
    assigning.accept(pk, revision=typed.revision, by=by)
    return "已验收办结。"


def _returned(pk: UUID, typed: steps.Typed, by: Actor) -> str:
    assigning.give_back(pk, reason=typed["reason"], revision=typed.revision, by=by)
    return "已退回补办。"


def _extended(pk: UUID, typed: steps.Typed, by: Actor) -> str:
    to = typed.day("to", "新的期限")
    assigning.extend(pk, to=to, reason=typed["reason"], revision=typed.revision, by=by)
    return f"期限已延长至 {to}。"


def _urged(pk: UUID, typed: steps.Typed, by: Actor) -> str:
    row = assigning.urge(pk, note=typed["note"], by=by)
    return f"已催办，这是第 {row.urged} 次。"


def _cancelled(pk: UUID, typed: steps.Typed, by: Actor) -> str:
    assigning.cancel(pk, reason=typed["reason"], revision=typed.revision, by=by)
    return "任务已取消，可以恢复。"


def _reopened(pk: UUID, typed: steps.Typed, by: Actor) -> str:
    assigning.reopen(pk, reason=typed["reason"], revision=typed.revision, by=by)
    return "已重新打开，等承办单位补办。"


def _reinstated(pk: UUID, typed: steps.Typed, by: Actor) -> str:
    assigning.reinstate(pk, revision=typed.revision, by=by)
    return "任务已恢复。"


STEPS: Mapping[str, common.Take] = {
    "take": _taken, "progress": _progressed, "hand_in": _handed_in, "accept": _accepted, "return": _returned,
    "extend": _extended, "urge": _urged, "cancel": _cancelled, "reopen": _reopened, "reinstate": _reinstated,
}  # fmt: skip


def _filters(request: HttpRequest) -> Filters:
    asked = request.GET
    return Filters(
        whose=common.choice(asked.get("whose", ""), (assignments.MINE, assignments.GIVEN, assignments.WAITING)),
        state=common.choice(asked.get("state", ""), ("counted", "running", "overdue", *State.values)),
        source=common.choice(asked.get("source", ""), Source.values),
        item=asked.get("item", "")[:80],
        phase=asked.get("phase", "")[:60],
        line=asked.get("line", "")[:60],
        word=asked.get("q", "").strip()[:60],
        scheme=asked.get("scheme", "")[:80],
        within=within.span if (within := common.asked_division(request)) else None,
        giver=common.number(asked.get("giver", ""), 10**12),
    )
