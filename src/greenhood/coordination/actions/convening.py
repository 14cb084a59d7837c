"""Joint meetings: convene, answer, hold, decide, minute, close."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from greenhood.accounts import departments
from greenhood.accounts.actor import Actor
from greenhood.coordination import standing
from greenhood.coordination.actions import assigning
from greenhood.coordination.actions.checking import day_ahead, words
from greenhood.coordination.errors import Overtaken, Refused
from greenhood.coordination.events import Event
from greenhood.coordination.models import (
    Attendance,
    Decision,
    Invitation,
    Meeting,
    MeetingState,
    Source,
)
from greenhood.divisions.models import Division
from greenhood.history import actions as history
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.ids import uuid7
from greenhood.schemes.models import SchemeVersion

TITLE_MOST, NAME_MOST, MINUTES_MOST, MOST_ITEMS, MOST_INVITED = 200, 60, 20_000, 30, 200


@dataclass(frozen=True, slots=True)
class Notice:
    """What the notice of a meeting says. ``agenda`` are pairs of a subject and who speaks to it."""

    title: str
    on: dt.date
    place: str
    chair: str
    at: str = ""
    agenda: Sequence[tuple[str, str]] = ()


@transaction.atomic
def convene(
    notice: Notice,
    invited: Sequence[assigning.To],
    *,
    division: Division,
    by: Actor,
    version: SchemeVersion | None = None,
    key: UUID | None = None,
    at: dt.datetime | None = None,
) -> Meeting:
    """Convene a joint meeting; a day that is over records one that was held without the platform. Raises Refused."""
    standing.require_giver(by, division)
    if key is not None and (before := Meeting.objects.filter(pk=key, division=division).first()):
        return before
    _check_invited(division, invited)
    meeting = Meeting(
        pk=key or uuid7(), division=division, version=version, created_at=at or timezone.now(), created_by=by.user,
        **_clean(notice),
    )  # fmt: skip
    try:
        with transaction.atomic():
            meeting.save(force_insert=True)
    except IntegrityError:
        return Meeting.objects.get(pk=meeting.pk)
    _invite(meeting, invited)
    details = {"日期": meeting.on, "地点": meeting.place, "主持人": meeting.chair, "参会": _listed(invited)}
    return _told(meeting, Event.CONVENED, by, details, at)


@transaction.atomic
def change(
    pk: UUID,
    notice: Notice,
    invited: Sequence[assigning.To],
    *,
    revision: int,
    by: Actor,
    at: dt.datetime | None = None,
) -> Meeting:
    """Change the notice of a meeting that wasn't held yet. Who is still invited keeps the answer given, unless the day moves."""
    held = _held(pk, revision, by, (MeetingState.DRAFT,))
    _check_invited(held.division, invited)
    values = _clean(notice)
    moved = (held.on, held.at) != (values["on"], values["at"])
    for name, value in values.items():
        setattr(held, name, value)
    wanted = {(each.division.pk, each.line) for each in invited}
    there = {(row.division_id, row.line): row for row in held.invitations.all()}
    held.invitations.filter(pk__in=[row.pk for key, row in there.items() if key not in wanted]).delete()
    _invite(held, [each for each in invited if (each.division.pk, each.line) not in there])
    if moved:
        held.invitations.update(attendance=Attendance.INVITED, people="", note="", answered_at=None)
    details = {"日期": held.on, "地点": held.place, "参会": _listed(invited)}
    return _kept(held, Event.CHANGED, by, details, at, *values)


def _clean(notice: Notice) -> dict[str, object]:
    agenda = [
        {
            "title": words("agenda", "议题", title, TITLE_MOST),
            "speaker": words("agenda", "汇报人", speaker, NAME_MOST, needed=False),
        }
        for title, speaker in notice.agenda
    ]
    if not agenda:
        raise Refused({"agenda": "请至少写一个议题。"})
    if len(agenda) > MOST_ITEMS:
        raise Refused({"agenda": f"议题不超过 {MOST_ITEMS} 个，现有 {len(agenda)} 个。"})
    return {
        "title": words("title", "会议名称", notice.title, TITLE_MOST),
        "on": notice.on,
        "at": words("at", "时间", notice.at, 5, needed=False),
        "place": words("place", "地点", notice.place, TITLE_MOST),
        "chair": words("chair", "主持人", notice.chair, NAME_MOST),
        "agenda": agenda,
    }


def _check_invited(division: Division, invited: Sequence[assigning.To]) -> None:
    if not invited:
        raise Refused({"to": "请至少选择一个参会部门或下级。"})
    if len(invited) > MOST_INVITED:
        raise Refused({"to": f"参会单位不超过 {MOST_INVITED} 个。"})
    for each in invited:
        if not division.contains(each.division):
            raise Refused({"to": f"{each.division.name}不在{division.name}以内。"})
        if len(each.department) > NAME_MOST or departments.is_government(each.department):
            raise Refused({"to": f"“{each.department[:20]}”不是部门的名称。"})


def _invite(meeting: Meeting, invited: Iterable[assigning.To]) -> None:
    wanted = {(each.division.pk, each.line): each for each in invited}
    Invitation.objects.bulk_create(
        Invitation(meeting=meeting, division=each.division, department=each.department.strip(), line=line)
        for (_, line), each in wanted.items()
    )


@transaction.atomic
def answer(
    pk: UUID, *, is_coming: bool, people: str = "", note: str = "", by: Actor, at: dt.datetime | None = None
) -> Invitation:
    """An invited department or division says whom it sends, or why nobody comes. May be said again until the meeting."""
    held = Invitation.objects.select_for_update(of=("self",)).select_related("meeting__division", "division").get(pk=pk)
    standing.require_answer(by, held.division, held.line, f"{held.division.name}{held.department}")
    if held.meeting.state != MeetingState.DRAFT:
        raise Refused(f"会议{held.meeting.get_state_display()}，不再回复。")
    held.people = words("people", "参会人员", people, 100, needed=is_coming)
    held.note = words("note", "请假原因", note, 200, needed=not is_coming)
    held.attendance = Attendance.COMING if is_coming else Attendance.APOLOGIES
    held.answered_at = at or timezone.now()
    held.save(update_fields=["people", "note", "attendance", "answered_at"])
    details = {"单位": held.who, "回复": held.get_attendance_display(), "参会人员": held.people, "原因": held.note}
    _told(held.meeting, Event.ANSWERED, by, details, at)
    return held


@transaction.atomic
def hold(
    pk: UUID,
    *,
    attendance: Mapping[UUID, tuple[str, str]],
    minutes: str = "",
    revision: int,
    by: Actor,
    at: dt.datetime | None = None,
) -> Meeting:
    """Record that it was held and who came (state and people by invitation). Raises Refused before the day."""
    held = _held(pk, revision, by, (MeetingState.DRAFT, MeetingState.HELD))
    if held.on > today_in_shanghai(at):
        raise Refused(f"会议定在 {held.on}，还没有到这一天。提前召开的，请先修改会议日期。")
    rows = {row.pk: row for row in held.invitations.all()}
    final = {Attendance.ATTENDED, Attendance.APOLOGIES, Attendance.ABSENT}
    for key, row in rows.items():
        state, people = attendance.get(key, (row.attendance, row.people))
        if state not in final:
            raise Refused({"attendance": f"请登记{row.who}是否到会。"})
        row.attendance, row.people = state, words("attendance", "参会人员", people, 100, needed=False)
    Invitation.objects.bulk_update(rows.values(), ["attendance", "people"])
    was_held = held.state == MeetingState.HELD
    held.minutes = words("minutes", "会议纪要", minutes, MINUTES_MOST, needed=False)
    held.state, held.held_at = MeetingState.HELD, held.held_at or at or timezone.now()
    came = sum(row.attendance == Attendance.ATTENDED for row in rows.values())
    details = {"应到": len(rows), "实到": came}
    event = Event.CHANGED if was_held else Event.HELD
    return _kept(held, event, by, details, at, "minutes", "state", "held_at")


@transaction.atomic
def decide(
    pk: UUID,
    *,
    text: str,
    to: Sequence[assigning.To],
    due_on: dt.date | None,
    revision: int,
    by: Actor,
    at: dt.datetime | None = None,
) -> Decision:
    """Record a decision; with owners and a day it becomes tasks at once. Raises Refused, Overtaken."""
    held = _held(pk, revision, by, (MeetingState.HELD,))
    decision = Decision.objects.create(
        meeting=held,
        number=held.decisions.count() + 1,
        text=words("text", "议定事项", text, 500),
        made_at=at or timezone.now(),
        made_by=by.user,
    )
    if to and due_on is None:
        raise Refused({"due_on": "有责任单位的，请填写完成期限。"})
    if due_on is not None:
        if not to:
            raise Refused({"to": "有期限的，请选择责任单位。"})
        task = assigning.Task(
            title=decision.text[: assigning.TITLE_MOST], text=f"{held.title}（{held.on}）议定：{decision.text}", due_on=due_on,
            source=Source.DECISION, decision=decision, version=held.version,
        )  # fmt: skip
        assigning.assign(task, to, assigner=held.division, by=by, at=at)
    details = {"事项": decision.text, "责任单位": _listed(to), "期限": due_on}
    _kept(held, Event.DECIDED, by, details, at)
    return decision


@transaction.atomic
def close(
    pk: UUID, *, next_on: dt.date | None = None, revision: int, by: Actor, at: dt.datetime | None = None
) -> Meeting:
    """Settle the minutes: they change no more, unless reopened. The day of the next meeting may be said."""
    held = _held(pk, revision, by, (MeetingState.HELD,))
    if not held.minutes.strip():
        raise Refused({"minutes": "请先写好会议纪要，再定稿。"})
    if next_on is not None:
        day_ahead("next_on", "下次会议日期", next_on, at)
        if next_on <= held.on:
            raise Refused({"next_on": f"下次会议应晚于本次（{held.on}）。"})
    held.next_on, held.state, held.closed_at = next_on, MeetingState.CLOSED, at or timezone.now()
    return _kept(held, Event.CLOSED, by, {"下次会议": next_on}, at, "next_on", "state", "closed_at")


@transaction.atomic
def reopen(pk: UUID, *, reason: str, revision: int, by: Actor, at: dt.datetime | None = None) -> Meeting:
    """Take up settled minutes again, with the reason."""
    held = _held(pk, revision, by, (MeetingState.CLOSED,))
    reason = words("reason", "恢复修改的理由", reason)
    held.state, held.closed_at = MeetingState.HELD, None
    return _kept(held, Event.REOPENED_MINUTES, by, {"理由": reason}, at, "state", "closed_at")


@transaction.atomic
def cancel(pk: UUID, *, reason: str, revision: int, by: Actor, at: dt.datetime | None = None) -> Meeting:
    """Call off a meeting that wasn't held, with the reason."""
    held = _held(pk, revision, by, (MeetingState.DRAFT,))
    held.cancelled_for, held.state = words("reason", "取消原因", reason), MeetingState.CANCELLED
    return _kept(held, Event.MEETING_CANCELLED, by, {"原因": held.cancelled_for}, at, "cancelled_for", "state")


def _held(pk: UUID, revision: int, by: Actor, states: Iterable[str]) -> Meeting:
    held = Meeting.objects.select_for_update(of=("self",)).select_related("division", "version").get(pk=pk)
    standing.require_giver(by, held.division)
    if held.revision != revision:
        raise Overtaken
    if held.state not in states:
        raise Refused(f"会议{held.get_state_display()}，现在不能这样办。")
    return held


def _kept(
    held: Meeting, event: Event, by: Actor, details: Mapping[str, object], at: dt.datetime | None, *fields: str
) -> Meeting:
    held.revision += 1
    held.save(update_fields=[*fields, "revision"])
    return _told(held, event, by, details, at)


def _told(held: Meeting, event: Event, by: Actor, details: Mapping[str, object], at: dt.datetime | None) -> Meeting:
    said = {name: value for name, value in details.items() if value not in ("", None)}
    history.record(event, held, by=by, division_code=held.division.code, details=said, at=at)
    return held


def _listed(to: Iterable[assigning.To]) -> str:
    return "、".join(each.department.strip() or each.division.name for each in to)
