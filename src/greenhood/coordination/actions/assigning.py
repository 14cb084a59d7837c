"""Give tasks, do them, accept them: who may take which step, and what it leaves behind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from greenhood.accounts import departments
from greenhood.accounts.access import check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.coordination import files, standing
from greenhood.coordination.actions.checking import day_ahead, words
from greenhood.coordination.errors import Overtaken, Refused
from greenhood.coordination.events import Event
from greenhood.coordination.models import OWED, Assignment, Decision, Source, State
from greenhood.divisions.models import Division
from greenhood.evidence import actions as evidence
from greenhood.evidence import sealing
from greenhood.evidence.models import Attachment
from greenhood.evidence.sealing import Entry
from greenhood.history import actions as history
from greenhood.history.actions import Happening
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.ids import uuid7
from greenhood.schemes.models import SchemeVersion

TITLE_MOST, TEXT_MOST, WORD_MOST, NAME_MOST = 200, 4000, 500, 60
MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Task:
    """What is asked: its words, where it comes from, and by when.

    ``item`` is the key of the phase's task or of the duty, ``phase`` the phase's key, ``decision`` the meeting's decision.
    """

    title: str
    due_on: dt.date
    text: str = ""
    source: str = Source.OWN
    version: SchemeVersion | None = None
    item: str = ""
    phase: str = ""
    clause: str = ""
    decision: Decision | None = None
    follower: str = ""


@dataclass(frozen=True, slots=True)
class To:
    """Whom a task is given to: a division as a whole, or a department of it."""

    division: Division
    department: str = ""

    @property
    def line(self) -> str:
        return departments.line(self.department, self.division.name)

    @property
    def who(self) -> str:
        return f"{self.division.name}{self.department}"


@transaction.atomic
def assign(
    task: Task,
    to: Sequence[To],
    *,
    assigner: Division,
    by: Actor,
    batch: UUID | None = None,
    at: dt.datetime | None = None,
) -> list[Assignment]:
    """Give a task: a row for each department of the own division or division below. Raises Refused.

    ``batch`` is made by the page: the same sent twice (a double click) is given once.
    """
    standing.require_giver(by, assigner)
    if batch is not None and (before := list(Assignment.objects.filter(batch=batch, assigner=assigner))):
        return before
    now = at or timezone.now()
    _check_to(assigner, to)
    batch = batch or uuid7()
    rows = _rows(task, to, batch, assigner, by, now)
    try:
        with transaction.atomic():
            Assignment.objects.bulk_create(rows)
    except IntegrityError:
        return list(Assignment.objects.filter(batch=batch, assigner=assigner))
    history.record_many(
        Happening(
            Event.ASSIGNED, row, by, row.division.code,
            {"交给": row.who, "期限": row.deadline, "来源": row.get_source_display(), "条款": row.clause}, at=at,
        )
        for row in rows
    )  # fmt: skip
    return rows


def _rows(
    task: Task, to: Sequence[To], batch: UUID, assigner: Division, by: Actor, now: dt.datetime
) -> list[Assignment]:
    clean = {
        "title": words("title", "任务名称", task.title, TITLE_MOST),
        "text": words("text", "要求", task.text, TEXT_MOST, needed=False),
        "follower": words("follower", "跟办人", task.follower, NAME_MOST, needed=False),
        "due_on": day_ahead("due_on", "完成期限", task.due_on, now),
        "deadline": task.due_on,
    }
    came_from = {
        "source": task.source, "version": task.version, "item": task.item, "phase": task.phase, "clause": task.clause,
        "decision": task.decision,
    }  # fmt: skip
    return [
        Assignment(
            batch=batch, assigner=assigner, division=each.division, department=each.department.strip(), line=each.line,
            created_at=now, created_by=by.user, **clean, **came_from,
        )
        for each in to
    ]  # fmt: skip


def _check_to(assigner: Division, to: Sequence[To]) -> None:
    if not to:
        raise Refused({"to": "请至少选择一个部门或下级。"})
    if len(to) > MOST_AT_ONCE:
        raise Refused({"to": f"一次最多交给 {MOST_AT_ONCE} 个，现有 {len(to)} 个。"})
    seen: dict[tuple[int, str], str] = {}
    for each in to:
        if not assigner.contains(each.division):
            raise Refused({"to": f"{each.division.name}不在{assigner.name}以内，不能交办。"})
        if each.division.pk == assigner.pk and not each.department.strip():
            raise Refused({"to": "交给本级的，请写明是哪个部门。"})
        if len(each.department.strip()) > NAME_MOST:
            raise Refused({"to": f"部门名称不超过 {NAME_MOST} 字。"})
        if departments.is_government(each.department):
            raise Refused({"to": f"“{each.department}”是一级政府，不是部门。"})
        key = (each.division.pk, each.line)
        if key in seen:
            raise Refused({"to": f"“{each.who}”与“{seen[key]}”是同一个部门，不能重复。"})
        seen[key] = each.who


# --- the assignee -----------------------------------------------------------------------------------------------------


@transaction.atomic
def take(pk: UUID, *, revision: int, by: Actor, at: dt.datetime | None = None) -> Assignment:
    """Take note of a task. Raises Refused, Overtaken."""
    held = _for_assignee(pk, revision, by, (State.OPEN,))
    held.state, held.taken_at = State.TAKEN, at or timezone.now()
    return _kept(held, Event.TAKEN, by, {}, at, "state", "taken_at")


@transaction.atomic
def progress(pk: UUID, *, text: str, revision: int, by: Actor, at: dt.datetime | None = None) -> Assignment:
    """Say how far it is. Taking note is implied."""
    held = _for_assignee(pk, revision, by, OWED)
    now = at or timezone.now()
    held.last_word, held.last_word_at = words("text", "进展情况", text, WORD_MOST), now
    _imply_taken(held, now)
    fields = ("last_word", "last_word_at", "state", "taken_at")
    return _kept(held, Event.PROGRESSED, by, {"进展": held.last_word}, at, *fields)


@transaction.atomic
def hand_in(pk: UUID, *, text: str, revision: int, by: Actor, at: dt.datetime | None = None) -> Assignment:
    """Say that it is done, with the result; files at the task are its proof. Raises Refused, Overtaken."""
    held = _for_assignee(pk, revision, by, OWED)
    now = at or timezone.now()
    held.result = words("text", "办理结果", text, TEXT_MOST)
    held.last_word, held.last_word_at = held.result[:WORD_MOST], now
    _imply_taken(held, now)
    held.state, held.returned_reason = State.HANDED_IN, ""
    held.handed_in_at = held.handed_in_at or now
    proofs = proofs_of(held).count()
    late = (today_in_shanghai(now) - held.deadline).days
    details = {"结果": held.result, "证明材料": f"{proofs} 件", **({"超期": f"{late} 天"} if late > 0 else {})}
    fields = ("result", "last_word", "last_word_at", "state", "taken_at", "handed_in_at", "returned_reason")
    return _kept(held, Event.HANDED_IN, by, details, at, *fields)


def proofs_of(held: Assignment) -> QuerySet[Attachment]:
    """The files at a task."""
    return Attachment.objects.filter(
        community=held.division_id, subject_kind=files.TASK, subject_id=held.pk, removed_at=None
    )


# --- the assigner -----------------------------------------------------------------------------------------------------


@transaction.atomic
def accept(pk: UUID, *, revision: int, by: Actor, at: dt.datetime | None = None) -> Assignment:
    """Take a task as done. The list of its proof is sealed."""
    held = _for_assigner(pk, revision, by, (State.HANDED_IN,))
    held.state, held.accepted_at = State.ACCEPTED, at or timezone.now()
    if entries := [_entry(proof) for proof in proofs_of(held).select_related("blob")]:
        evidence.seal(
            entries, community=held.division, subject_kind=files.TASK, subject_id=held.pk, occasion="任务验收办结", by=by, at=at
        )  # fmt: skip
    return _kept(held, Event.ACCEPTED, by, {}, at, "state", "accepted_at")


def _entry(proof: Attachment) -> Entry:
    return sealing.entry_of(proof, proof.blob, heading="证明材料", name=proof.name, uploaded_at=proof.uploaded_at)


@transaction.atomic
def reopen(pk: UUID, *, reason: str, revision: int, by: Actor, at: dt.datetime | None = None) -> Assignment:
    """Open an accepted task again, with the reason, where something was found afterwards."""
    held = _for_assigner(pk, revision, by, (State.ACCEPTED,))
    held.state, held.accepted_at = State.RETURNED, None
    held.returned_reason = words("reason", "重新打开的理由", reason)
    details = {"理由": held.returned_reason}
    return _kept(held, Event.TAKEN_UP, by, details, at, "state", "accepted_at", "returned_reason")


@transaction.atomic
def give_back(pk: UUID, *, reason: str, revision: int, by: Actor, at: dt.datetime | None = None) -> Assignment:
    """Return what was handed in, with the reason. Raises Refused, Overtaken."""
    held = _for_assigner(pk, revision, by, (State.HANDED_IN,))
    held.state, held.returned_reason = State.RETURNED, words("reason", "退回理由", reason)
    return _kept(held, Event.RETURNED, by, {"理由": held.returned_reason}, at, "state", "returned_reason")


@transaction.atomic
def extend(
    pk: UUID, *, to: dt.date, reason: str, revision: int, by: Actor, at: dt.datetime | None = None
) -> Assignment:
    """Give a later day, with the reason."""
    held = _for_assigner(pk, revision, by, OWED)
    if to <= held.deadline:
        raise Refused({"to": f"新的期限应晚于现在的期限 {held.deadline}。"})
    before, held.deadline = held.deadline, day_ahead("to", "新的期限", to, at)
    held.extended_reason = words("reason", "延期理由", reason)
    details = {"原期限": before, "新期限": to, "理由": held.extended_reason}
    return _kept(held, Event.EXTENDED, by, details, at, "deadline", "extended_reason")


@transaction.atomic
def urge(pk: UUID, *, note: str = "", by: Actor, at: dt.datetime | None = None) -> Assignment:
    """催办: at most once a day, whoever of the assigner's posts does it."""
    held = _for_assigner(pk, None, by, OWED)
    today = today_in_shanghai(at)
    if held.urged_on == today:
        raise Refused("今天已经催办过，一天最多一次。")
    held.urged_on, held.urged = today, held.urged + 1
    details = {"第几次": held.urged, "说明": words("note", "催办说明", note, needed=False)}
    return _kept(held, Event.URGED, by, details, at, "urged_on", "urged")


@transaction.atomic
def cancel(pk: UUID, *, reason: str, revision: int, by: Actor, at: dt.datetime | None = None) -> Assignment:
    """Withdraw a task, with the reason; ``reinstate`` brings it back."""
    held = _for_assigner(pk, revision, by, (*OWED, State.HANDED_IN))
    held.state, held.returned_reason = State.CANCELLED, words("reason", "取消理由", reason)
    return _kept(held, Event.CANCELLED, by, {"理由": held.returned_reason}, at, "state", "returned_reason")


@transaction.atomic
def reinstate(pk: UUID, *, revision: int, by: Actor, at: dt.datetime | None = None) -> Assignment:
    """Bring a cancelled task back to where it was."""
    held = _for_assigner(pk, revision, by, (State.CANCELLED,))
    held.state = State.HANDED_IN if held.handed_in_at else State.TAKEN if held.taken_at else State.OPEN
    held.returned_reason = ""
    return _kept(held, Event.REINSTATED, by, {}, at, "state", "returned_reason")


def note_export(division: Division, what: str, *, rows: int, by: Actor) -> None:
    """Write down that somebody took a table out of the system."""
    check(by, Capability.EXPORT, division)
    history.record(Event.EXPORTED, division, by=by, division_code=division.code, details={"内容": what, "行数": rows})


# --- shared -----------------------------------------------------------------------------------------------------------


def _held(pk: UUID) -> Assignment:
    return (
        Assignment.objects.select_for_update(of=("self",))
        .select_related("division", "assigner")
        .defer("division__bigrams", "assigner__bigrams")
        .get(pk=pk)
    )


def _for_assignee(pk: UUID, revision: int, by: Actor, states: Iterable[str]) -> Assignment:
    held = _held(pk)
    standing.require_answer(by, held.division, held.line, held.who)
    return _required(held, revision, states)


def _for_assigner(pk: UUID, revision: int | None, by: Actor, states: Iterable[str]) -> Assignment:
    held = _held(pk)
    standing.require_giver(by, held.assigner)
    return _required(held, revision, states)


def _required(held: Assignment, revision: int | None, states: Iterable[str]) -> Assignment:
    if revision is not None and held.revision != revision:
        raise Overtaken
    if held.state not in states:
        raise Refused(f"这项任务{held.get_state_display()}，现在不能这样办。")
    return held


def _imply_taken(held: Assignment, now: dt.datetime) -> None:
    if held.state == State.OPEN:
        held.state = State.TAKEN
    held.taken_at = held.taken_at or now


def _kept(
    held: Assignment, event: Event, by: Actor, details: Mapping[str, object], at: dt.datetime | None, *fields: str
) -> Assignment:
    held.revision += 1
    held.save(update_fields=[*fields, "revision"])
    said = {name: value for name, value in details.items() if value not in ("", None)}
    history.record(event, held, by=by, division_code=held.division.code, details=said, at=at)
    return held
