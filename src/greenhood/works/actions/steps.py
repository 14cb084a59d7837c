"""The steps of a project: put on the plan, begun, finished, accepted; halted, cancelled and taken up again."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db import transaction

from greenhood.accounts.actor import Actor
from greenhood.kit.dates import today_in_shanghai
from greenhood.works import rules
from greenhood.works.actions.holding import FIRST_DAY, hold, record, save
from greenhood.works.actions.investing import need_investment
from greenhood.works.actions.stages import follow_stages
from greenhood.works.errors import NotPossible
from greenhood.works.models import Project, State


@transaction.atomic
def move(
    project: Project,
    step: str,
    *,
    revision: int,
    by: Actor,
    day: dt.date | None = None,
    reason: str = "",
    investment: Decimal | None = None,
    at: dt.datetime | None = None,
) -> Project:
    """Take one of ``rules.STEPS``; ``investment`` is asked when a project without any is planned. Raises NotPossible."""
    held, taken = hold(project, by, revision), rules.STEPS[step]
    if held.state not in taken.before:
        raise NotPossible(f"项目{held.get_state_display()}，不能{taken.verb}。")
    today = today_in_shanghai(at)
    day = day or today
    if day > today:
        raise NotPossible(f"{taken.day or '日期'} {day} 还没有到，不能晚于今天（{today}）。", field="day")
    if day < FIRST_DAY:
        raise NotPossible(f"{taken.day or '日期'} {day} 太早，请核对年份。", field="day")
    if taken.reasoned and not reason.strip():
        raise NotPossible(f"请写明{taken.verb}的原因。", field="reason")
    _STEPS[step](held, day, reason.strip()[:300])
    if step == "plan":
        need_investment(held, investment, "列入计划", by=by, at=at)
    if step in {"finish", "reopen"}:
        follow_stages(held)
    save(held)
    details = {taken.day: day.isoformat()} if taken.day else {}
    record(taken.event, held, by, at, details={**details, **({"原因": reason.strip()} if reason.strip() else {})})
    return held


def _plan(project: Project, day: dt.date, reason: str) -> None:
    if not project.covered.exists():
        raise NotPossible("请先选择项目覆盖的社区或小区，再列入计划。")
    project.state, project.planned_on = State.PLANNED, day


def _start(project: Project, day: dt.date, reason: str) -> None:
    project.state, project.actual_start = State.UNDER_WAY, day


def _finish(project: Project, day: dt.date, reason: str) -> None:
    assert project.actual_start is not None
    if day < project.actual_start:
        raise NotPossible(f"完工日期不能早于开工日期 {project.actual_start}。", field="day")
    open_ = rules.unfinished(project.stages.all())
    if open_:
        raise NotPossible(f"“{'、'.join(open_)}”还没有登记实际完成日期，请先更新阶段再登记完工。")
    project.state, project.actual_finish = State.FINISHED, day


def _accept(project: Project, day: dt.date, reason: str) -> None:
    assert project.actual_finish is not None
    if day < project.actual_finish:
        raise NotPossible(f"验收日期不能早于完工日期 {project.actual_finish}。", field="day")
    project.state, project.accepted_on = State.ACCEPTED, day
    for stage in project.stages.filter(actual_finish=None):
        stage.actual_start, stage.actual_finish = stage.actual_start or min(day, project.actual_finish), day
        stage.save(update_fields=["actual_start", "actual_finish"])
    follow_stages(project)


def _halt(project: Project, day: dt.date, reason: str, to: State) -> None:
    if project.state != State.SUSPENDED:
        project.halted_from = project.state
    project.state, project.halted_on, project.reason = to, day, reason


def _suspend(project: Project, day: dt.date, reason: str) -> None:
    _halt(project, day, reason, State.SUSPENDED)


def _cancel(project: Project, day: dt.date, reason: str) -> None:
    _halt(project, day, reason, State.CANCELLED)


def _resume(project: Project, day: dt.date, reason: str) -> None:
    project.state, project.halted_from, project.halted_on, project.reason = project.halted_from, "", None, ""


def _reopen(project: Project, day: dt.date, reason: str) -> None:
    project.state, project.actual_finish, project.accepted_on = State.UNDER_WAY, None, None


_STEPS = {
    "plan": _plan,
    "start": _start,
    "finish": _finish,
    "accept": _accept,
    "suspend": _suspend,
    "cancel": _cancel,
    "resume": _resume,
    "reopen": _reopen,
}
