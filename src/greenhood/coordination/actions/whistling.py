"""街乡吹哨、部门报到: call departments, respond, report, confirm, press, rate."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from greenhood.accounts import departments
from greenhood.accounts.actor import Actor
from greenhood.coordination import standing, terms
from greenhood.coordination.actions.checking import words
from greenhood.coordination.errors import Overtaken, Refused
from greenhood.coordination.events import Event
from greenhood.coordination.models import GRADES, Call, CallState, Urgency, Whistle, WhistleState
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division, Level
from greenhood.gridwork.models import Problem
from greenhood.history import actions as history
from greenhood.kit.dates import SHANGHAI
from greenhood.kit.ids import uuid7
from greenhood.schemes.models import SchemeVersion

TITLE_MOST, TEXT_MOST, NAME_MOST, MOST_CALLED = 200, 4000, 60, 20
WHISTLERS = (Level.STREET, Level.COUNTY)


@dataclass(frozen=True, slots=True)
class Blast:
    """What the whistle is about. ``respond_by`` is the urgency's own term unless given. Degrees are CGCS2000."""

    title: str
    place: str
    text: str = ""
    urgency: str = Urgency.USUAL
    community: Division | None = None
    longitude: Decimal | None = None
    latitude: Decimal | None = None
    problem: UUID | None = None
    respond_by: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class To:
    """A department of the whistling division or of one above it."""

    division: Division
    department: str

    @property
    def line(self) -> str:
        return departments.line(self.department, self.division.name)


@transaction.atomic
def blow(
    blast: Blast,
    to: Sequence[To],
    *,
    division: Division,
    by: Actor,
    version: SchemeVersion | None = None,
    clause: str = "",
    key: UUID | None = None,
    at: dt.datetime | None = None,
) -> Whistle:
    """Blow the whistle. ``key`` is made by the page: the same sent twice is one whistle. Raises Refused."""
    standing.require_giver(by, division)
    if key is not None and (before := Whistle.objects.filter(pk=key, division=division).first()):
        return before
    if division.level not in WHISTLERS:
        raise Refused("吹哨由街道（乡镇）或县（市、区）发起。")
    now = at or timezone.now()
    _check_to(division, to)
    term = _term(blast, now)
    whistle = _blown(blast, division, by, now)
    whistle.pk, whistle.version, whistle.clause = key or uuid7(), version, clause
    try:
        with transaction.atomic():
            whistle.save(force_insert=True)
    except IntegrityError:
        return Whistle.objects.get(pk=whistle.pk)
    _call(whistle, to, term)
    details = {
        "呼叫": "、".join(each.department.strip() for each in to), "紧急程度": whistle.get_urgency_display(),
        "报到期限": _moment(term),
    }  # fmt: skip
    history.record(Event.BLOWN, whistle, by=by, division_code=division.code, details=details, at=at)
    return whistle


def _blown(blast: Blast, division: Division, by: Actor, now: dt.datetime) -> Whistle:
    return Whistle(
        division=division,
        community=_community(blast, division),
        title=words("title", "问题", blast.title, TITLE_MOST),
        text=words("text", "情况", blast.text, TEXT_MOST, needed=False),
        place=words("place", "地点", blast.place, TITLE_MOST),
        problem=_problem(blast),
        urgency=blast.urgency,
        blown_at=now,
        blown_by=by.user,
        **_point(blast),
    )


def _call(whistle: Whistle, to: Sequence[To], term: dt.datetime) -> None:
    """A call for each department; who doesn't come is pressed by the division above the caller that somebody speaks for."""
    caller = whistle.division
    upper = next(each for each in reversed(divisions.ancestors(caller)) if not each.is_placeholder)
    Call.objects.bulk_create(
        Call(
            whistle=whistle, caller=caller, upper=upper, division=each.division, department=each.department.strip(),
            line=each.line, respond_by=term, called_at=whistle.blown_at,
        )
        for each in to
    )  # fmt: skip


def _check_to(division: Division, to: Sequence[To]) -> None:
    if not to:
        raise Refused({"to": "请至少选择一个部门。"})
    if len(to) > MOST_CALLED:
        raise Refused({"to": f"一次最多呼叫 {MOST_CALLED} 个部门。"})
    seen: set[tuple[int, str]] = set()
    for each in to:
        name = each.department.strip()
        if not name or len(name) > NAME_MOST or departments.is_government(name):
            raise Refused({"to": f"“{name[:20]}”不是部门的名称。"})
        if not each.division.contains(division):
            raise Refused({"to": f"{each.division.name}不是{division.name}的上级，不能呼叫它的部门。"})
        if (each.division.pk, each.line) in seen:
            raise Refused({"to": f"“{name}”选了两次。"})
        seen.add((each.division.pk, each.line))


def _term(blast: Blast, now: dt.datetime) -> dt.datetime:
    if blast.urgency not in Urgency.values:
        raise Refused({"urgency": "请选择紧急程度。"})
    term = blast.respond_by or terms.respond_by(blast.urgency, now)
    if term <= now:
        raise Refused({"respond_by": f"报到期限 {_moment(term)} 已经过去，应晚于现在。"})
    if term > now + terms.LONGEST:
        raise Refused({"respond_by": f"报到期限不超过 {terms.LONGEST.days} 天。"})
    return term


def _community(blast: Blast, division: Division) -> Division | None:
    if blast.community is not None and not division.contains(blast.community):
        raise Refused({"community": f"{blast.community.name}不在{division.name}。"})
    return blast.community


def _problem(blast: Blast) -> UUID | None:
    if blast.problem is None:
        return None
    found = blast.community is not None and Problem.objects.filter(
        community=blast.community, thing=blast.problem, until=None
    )
    if not found:
        raise Refused({"problem": "所选社区没有这条问题处置记录。"})
    return blast.problem


def _point(blast: Blast) -> dict[str, Decimal | None]:
    if (blast.longitude is None) != (blast.latitude is None):
        raise Refused({"longitude": "经度和纬度要一起填写。"})
    if blast.longitude is None or blast.latitude is None:
        return {}
    if not (73 <= blast.longitude <= 136 and 3 <= blast.latitude <= 54):
        raise Refused({"longitude": "位置不在我国境内，请核对经度（73–136）和纬度（3–54）。"})
    return {"longitude": blast.longitude, "latitude": blast.latitude}


# --- the departments --------------------------------------------------------------------------------------------------


@transaction.atomic
def respond(
    pk: UUID,
    *,
    comer: str,
    contact: str = "",
    handling: str = "",
    revision: int,
    by: Actor,
    at: dt.datetime | None = None,
) -> Call:
    """报到: who comes and what is intended. Late is allowed, and said. Raises Refused, Overtaken."""
    held = _for_department(pk, revision, by, (CallState.CALLED,))
    held.comer = words("comer", "到场人员", comer, 100)
    held.contact = words("contact", "联系方式", contact, NAME_MOST, needed=False)
    held.handling = words("handling", "处置打算", handling, 500, needed=False)
    held.state, held.responded_at = CallState.RESPONDED, at or timezone.now()
    details = {
        "部门": held.department, "到场人员": held.comer, "处置打算": held.handling,
        "按时": "是" if held.is_on_time else f"否，超时 {_late(held.late_by)}",
    }  # fmt: skip
    return _kept(held, Event.RESPONDED, by, details, at, "comer", "contact", "handling", "state", "responded_at")


@transaction.atomic
def report(pk: UUID, *, result: str, revision: int, by: Actor, at: dt.datetime | None = None) -> Call:
    """Report the result; photos and files at the call are its proof."""
    held = _for_department(pk, revision, by, (CallState.RESPONDED, CallState.REOPENED))
    held.result = words("result", "处置结果", result, TEXT_MOST)
    held.state, held.reported_at = CallState.REPORTED, at or timezone.now()
    details = {"部门": held.department, "结果": held.result}
    return _kept(held, Event.REPORTED, by, details, at, "result", "state", "reported_at")


# --- the caller -------------------------------------------------------------------------------------------------------


@transaction.atomic
def confirm(pk: UUID, *, revision: int, by: Actor, at: dt.datetime | None = None) -> Call:
    """Confirm that it is solved; the whistle ends with its last call."""
    held = _for_caller(pk, revision, by, (CallState.REPORTED,))
    now = at or timezone.now()
    held.state, held.solved_at = CallState.SOLVED, now
    _kept(held, Event.SOLVED, by, {"部门": held.department}, at, "state", "solved_at")
    _close_if_done(held.whistle, now)
    return held


@transaction.atomic
def reopen(pk: UUID, *, reason: str, revision: int, by: Actor, at: dt.datetime | None = None) -> Call:
    """Say that it isn't solved: the department goes on."""
    held = _for_caller(pk, revision, by, (CallState.REPORTED,))
    held.state, held.reopened_reason = CallState.REOPENED, words("reason", "未解决的情况", reason)
    held.reopened += 1
    details = {"部门": held.department, "未解决的情况": held.reopened_reason}
    return _kept(held, Event.REOPENED, by, details, at, "state", "reopened_reason", "reopened")


@transaction.atomic
def withdraw(pk: UUID, *, reason: str, revision: int, by: Actor, at: dt.datetime | None = None) -> Whistle:
    """Take a whistle back before anything was solved: calls still open end with it and count nowhere."""
    whistle = Whistle.objects.select_for_update(of=("self",)).select_related("division").get(pk=pk)
    standing.require_giver(by, whistle.division)
    if whistle.revision != revision:
        raise Overtaken
    if whistle.state != WhistleState.OPEN:
        raise Refused(f"这次吹哨{whistle.get_state_display()}，不能撤回。")
    calls = list(Call.objects.select_for_update().filter(whistle=whistle).order_by("pk"))
    if any(call.state != CallState.CALLED for call in calls):
        raise Refused("已经有部门报到，不能撤回。问题已不存在的，请在部门报告结果后确认解决。")
    whistle.withdrawn_for = words("reason", "撤回理由", reason)
    whistle.state, whistle.closed_at = WhistleState.WITHDRAWN, at or timezone.now()
    whistle.revision += 1
    whistle.save(update_fields=["withdrawn_for", "state", "closed_at", "revision"])
    Call.objects.filter(whistle=whistle).update(state=CallState.WITHDRAWN)
    details = {"理由": whistle.withdrawn_for}
    history.record(Event.WITHDRAWN, whistle, by=by, division_code=whistle.division.code, details=details, at=at)
    return whistle


# --- both sides, and the level above ----------------------------------------------------------------------------------


@transaction.atomic
def rate(pk: UUID, *, grade: int, comment: str = "", by: Actor, at: dt.datetime | None = None) -> Call:
    """The caller's rating of the department, once. Raises Refused."""
    held = _held(pk)
    standing.require_giver(by, held.caller)
    _require_ratable(held, grade, held.grade)
    held.grade, held.comment = grade, _comment(grade, comment)
    held.graded_at = at or timezone.now()
    details = {"对象": held.department, "评价": held.grade_word, "评语": held.comment}
    return _kept(held, Event.RATED, by, details, at, "grade", "comment", "graded_at")


@transaction.atomic
def rate_back(pk: UUID, *, grade: int, comment: str = "", by: Actor, at: dt.datetime | None = None) -> Call:
    """The department's rating of the caller, once. Raises Refused."""
    held = _held(pk)
    _require_department(held, by)
    _require_ratable(held, grade, held.return_grade)
    held.return_grade, held.return_comment = grade, _comment(grade, comment)
    held.return_graded_at = at or timezone.now()
    details = {"对象": held.caller.name, "评价": held.return_grade_word, "评语": held.return_comment}
    return _kept(held, Event.RATED, by, details, at, "return_grade", "return_comment", "return_graded_at")


@transaction.atomic
def press(pk: UUID, *, note: str, by: Actor, at: dt.datetime | None = None) -> Call:
    """督办: the level above presses a department that didn't respond in time. Once a call."""
    held = _held(pk)
    standing.require_giver(by, held.upper)
    now = at or timezone.now()
    if held.state != CallState.CALLED or held.respond_by >= now:
        raise Refused("这个部门没有超时未报到，不需要督办。")
    if held.pressed_at is not None:
        raise Refused("已经督办过。")
    held.pressed_at, held.pressed_note = now, words("note", "督办意见", note)
    details = {"部门": held.department, "督办意见": held.pressed_note}
    return _kept(held, Event.PRESSED, by, details, at, "pressed_at", "pressed_note")


# --- shared -----------------------------------------------------------------------------------------------------------


def _held(pk: UUID) -> Call:
    return (
        Call.objects.select_for_update(of=("self",))
        .select_related("whistle__division", "division", "caller", "upper")
        .defer("division__bigrams", "caller__bigrams", "upper__bigrams", "whistle__division__bigrams")
        .get(pk=pk)
    )


def _for_department(pk: UUID, revision: int, by: Actor, states: Iterable[str]) -> Call:
    held = _held(pk)
    _require_department(held, by)
    return _required(held, revision, states)


def _require_department(held: Call, by: Actor) -> None:
    who = f"{held.division.name}{held.department}"
    standing.require_answer(by, held.division, held.line, who, seen_in=held.caller)


def _for_caller(pk: UUID, revision: int, by: Actor, states: Iterable[str]) -> Call:
    held = _held(pk)
    standing.require_giver(by, held.caller)
    return _required(held, revision, states)


def _required(held: Call, revision: int, states: Iterable[str]) -> Call:
    if held.revision != revision:
        raise Overtaken
    if held.state not in states:
        raise Refused(f"{held.department}{held.get_state_display()}，现在不能这样办。")
    return held


def _require_ratable(held: Call, grade: int, given: int | None) -> None:
    if held.state != CallState.SOLVED:
        raise Refused("确认解决后才能评价。")
    if given is not None:
        raise Refused("已经评价过，评价只做一次。")
    if grade not in GRADES:
        raise Refused({"grade": "请选择 1 到 5 中的一个评价。"})


def _comment(grade: int, comment: str) -> str:
    return words("comment", "评语（不满意的请写明原因）", comment, needed=grade < 3)


def _close_if_done(whistle: Whistle, now: dt.datetime) -> None:
    # Held, so that of two last confirmations at once one sees the other.
    held = Whistle.objects.select_for_update().get(pk=whistle.pk)
    if held.state == WhistleState.OPEN and not held.calls.exclude(state=CallState.SOLVED).exists():
        held.state, held.closed_at = WhistleState.SOLVED, now
        held.revision += 1
        held.save(update_fields=["state", "closed_at", "revision"])


def _kept(
    held: Call, event: Event, by: Actor, details: Mapping[str, object], at: dt.datetime | None, *fields: str
) -> Call:
    held.revision += 1
    held.save(update_fields=[*fields, "revision"])
    said = {name: value for name, value in details.items() if value not in ("", None)}
    history.record(event, held.whistle, by=by, division_code=held.caller.code, details=said, at=at)
    return held


def _moment(at: dt.datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def _late(by: dt.timedelta) -> str:
    hours = int(by.total_seconds() // 3600)
    return f"{hours // 24} 天" if hours >= 48 else f"{max(hours, 1)} 小时"
