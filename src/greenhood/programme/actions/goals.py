"""Set a goal for one's own division, pass one down, take one back. Each is a new version; none is overwritten."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from greenhood.accounts.access import check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions.models import Division, Level
from greenhood.history import actions as history
from greenhood.insight.queries import lower_divisions
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.ids import uuid7
from greenhood.programme import figures
from greenhood.programme.acting import act_as_own
from greenhood.programme.errors import Overtaken, Refused
from greenhood.programme.events import Event
from greenhood.programme.lines import Progress, needed, strictest
from greenhood.programme.models import OWN, Allotment, Issue, Measure
from greenhood.programme.queries.goals import sheet_of
from greenhood.programme.sharing import Amount, Unreadable, read_amount, read_day, read_share

LONGEST = 500
TITLE = "写明目标，如“今年再有 10 个社区达标”。"
KEY = re.compile("[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Typed:
    """What a person typed to set or pass down a goal. ``number`` is the version that they saw (0: none).

    ``key`` (32 hexadecimal digits) is that of the form in which a new goal is set, so that a second click sets no second goal.
    """

    number: int
    by: str
    amounts: Mapping[int, str] | None = None
    method: str = Issue.Method.TYPED
    gap_reason: str = ""
    reason: str = ""
    title: str = ""
    measure: str = ""
    amount: str = ""
    key: str = ""


@transaction.atomic
def set_own(
    division: Division, typed: Typed, *, by: Actor, scheme: str = OWN, entry: str = "", at: dt.datetime | None = None
) -> Issue:
    """A goal that a division sets for itself: a new one, a new version of it, or one of the scheme carried on beyond its day.

    The same form sent twice gives the goal of the first time. Raises Refused with the problems by field, Overtaken when somebody
    else has set another version meanwhile.
    """
    act_as_own(by, division)
    now = at or timezone.now()
    if not entry:
        entry = typed.key if KEY.fullmatch(typed.key) else uuid7().hex
        if made := _made(division, entry):
            return _same(made, typed)
    current = _held(division, Issue.Scope.SELF, scheme, entry, typed.number)
    sheet = sheet_of(division, today=today_in_shanghai(now))
    origin = strictest(sheet.of(scheme, entry)) if scheme != OWN else None
    problems: dict[str, str] = {}
    if scheme != OWN and origin is None:
        raise Refused("这里没有这个目标。")
    day = _day(typed.by, sheet.today, problems)
    measure = origin.line.measure if origin else _measure(typed.measure, problems)
    title = origin.line.title if origin else _words(typed.title, "title", TITLE, problems, most=200)
    amount = _amount(typed.amount, sheet.counts.subjects, problems)
    reason = _words(typed.reason, "reason", "写明为什么设定或调整这个目标。", problems)
    if problems or day is None or amount is None or measure is None:
        raise Refused(problems)
    issue = _issue(
        current, division, Issue.Scope.SELF, scheme, entry, by=by, at=now,
        version=origin.line.version if origin else sheet.version, source=origin.line.source if origin else "",
        title=title, measure=measure, by_day=day, share=amount.share, needed=amount.count, allotted=amount.count,
        subjects=sheet.counts.subjects, reason=reason,
    )  # fmt: skip
    Allotment.objects.create(
        issue=issue, division=division, count=amount.count, share=amount.share, subjects=sheet.counts.subjects
    )
    _record(Event.SET, issue, by, now)
    return issue


@transaction.atomic
def hand_down(
    division: Division, scheme: str, entry: str, typed: Typed, *, by: Actor, at: dt.datetime | None = None
) -> Issue:
    """Share a goal out among those directly below: a count or a share for each, by a day.

    What does not add up to the division's own goal is passed down only with a reason. Raises Refused, Overtaken.
    """
    act_as_own(by, division)
    if division.level >= Level.COMMUNITY:
        raise Refused("社区没有下级，不能再分解。")
    now = at or timezone.now()
    current = _held(division, Issue.Scope.LOWER, scheme, entry, typed.number)
    sheet = sheet_of(division, today=today_in_shanghai(now))
    row = strictest(sheet.binding_of(scheme, entry))
    if row is None:
        raise Refused("这个目标不由本级完成，没有可以分解的数。可以先设定本级目标，再分解。")
    places = lower_divisions(division)
    subjects = {pk: counts.subjects for pk, counts in figures.counts_for(places, sheet.versions).items()}
    problems: dict[str, str] = {}
    amounts = _amounts(places, subjects, typed.amounts or {}, problems)
    day = _day(typed.by, sheet.today, problems, latest=None if row.is_past else row.line.by)
    total = sum(each.count for each in amounts.values())
    gap_reason = _gap_reason(typed, total, row, problems)
    reason = _lower_reason(typed, current, row, problems)
    if problems or day is None:
        raise Refused(problems)
    issue = _issue(
        current, division, Issue.Scope.LOWER, scheme, entry, by=by, at=now, version=row.line.version, source=row.line.source,
        title=row.line.title, measure=row.line.measure, by_day=day, share=None, needed=row.needed, allotted=total,
        subjects=sum(subjects.values()), reason=reason, gap_reason=gap_reason,
        method=typed.method if typed.method in Issue.Method.values else Issue.Method.TYPED,
    )  # fmt: skip
    Allotment.objects.bulk_create(
        Allotment(issue=issue, division_id=pk, count=each.count, share=each.share, subjects=subjects[pk])
        for pk, each in amounts.items()
    )
    _record(Event.HANDED_DOWN, issue, by, now, lower=len(amounts))
    return issue


@transaction.atomic
def cancel(issue: Issue, *, reason: str, by: Actor, at: dt.datetime | None = None) -> None:
    """Take back a goal that a division set or passed down; it stays in the record. Raises Refused, Overtaken."""
    act_as_own(by, issue.division)
    if not reason.strip():
        raise Refused({"reason": "写明为什么撤销。"})
    now = at or timezone.now()
    if not Issue.objects.filter(pk=issue.pk, ended_at=None).update(ended_at=now):
        raise Overtaken
    details = {"goal": issue.title, "number": issue.number, "reason": reason.strip()[:LONGEST]}
    history.record(Event.CANCELLED, issue, by=by, division_code=issue.division.code, details=details, at=now)


def note_export(division: Division, *, rows: int, by: Actor) -> None:
    """Write down that somebody took the state of a goal, or the candidates for pilots, out of the system."""
    check(by, Capability.EXPORT, division)
    history.record(Event.EXPORTED, division, by=by, division_code=division.code, details={"行数": rows})


# --- what they ask --------------------------------------------------------------------------------------------------


def _held(division: Division, scope: Issue.Scope, scheme: str, entry: str, number: int) -> Issue | None:
    """The version in force, with the division held until the end, so that two people at once don't both make the next one."""
    _hold(division)
    current = Issue.objects.filter(division=division, scope=scope, scheme=scheme, entry=entry, ended_at=None).first()
    if (current.number if current else 0) != number:
        raise Overtaken
    return current


def _hold(division: Division) -> None:
    Division.objects.select_for_update(no_key=True).only("pk").get(pk=division.pk)


def _made(division: Division, entry: str) -> Issue | None:
    """The goal that a form has already set, with the division held, so that two clicks at once come one after the other."""
    _hold(division)
    made = Issue.objects.filter(division=division, scope=Issue.Scope.SELF, scheme=OWN, entry=entry)
    return made.select_related("division").order_by("number").first()


def _same(made: Issue, typed: Typed) -> Issue:
    """The goal of the first click; where the form says something else by now, that is not lost without a word. Raises Refused."""
    amount = _amount(typed.amount, made.subjects, {})
    said = (
        typed.title.strip(),
        typed.measure,
        typed.by.strip(),
        amount and amount.share,
        amount and amount.count,
        typed.reason.strip(),
    )
    if said == (made.title, made.measure, made.by.isoformat(), made.share, made.needed, made.reason):
        return made
    raise Refused(
        f"这张表已经设定了目标“{made.title}”。要改它，请到该目标页点“调整本级目标”；要另设一个，请重新打开“设定本级目标”。"
    )


def _issue(
    current: Issue | None, division: Division, scope: Issue.Scope, scheme: str, entry: str, *, by: Actor, at: dt.datetime,
    by_day: dt.date, **fields: Any,
) -> Issue:  # fmt: skip
    last = Issue.objects.filter(division=division, scope=scope, scheme=scheme, entry=entry).order_by("-number").first()
    if current is not None:
        Issue.objects.filter(pk=current.pk).update(ended_at=at)
    return Issue.objects.create(
        division=division, scope=scope, scheme=scheme, entry=entry, number=(last.number if last else 0) + 1, by=by_day,
        counted_on=today_in_shanghai(at), issued_at=at, issued_by=by.user, issued_post=by.post,
        is_demonstration=bool(by.user and by.user.is_demonstration), **fields,
    )  # fmt: skip


def _amounts(
    places: Sequence[Division],
    subjects: Mapping[int, int],
    typed: Mapping[int, str],
    problems: dict[str, str],
) -> dict[int, Amount]:
    """The amount of each lower division by id; those left empty get none."""
    found: dict[int, Amount] = {}
    for place in places:
        text = typed.get(place.code, "").strip()
        if not text:
            continue
        try:
            found[place.pk] = read_amount(text, subjects[place.pk])
        except Unreadable as wrong:
            problems[f"amount-{place.code}"] = f"{place.name}：{wrong}"
    if not found and not problems:
        problems[""] = "还没有给任何一个下级填写个数。"
    return found


def _gap_reason(typed: Typed, total: int, row: Progress, problems: dict[str, str]) -> str:
    if total >= row.needed:
        return ""
    said = typed.gap_reason.strip()
    if len(said) > LONGEST:
        problems["gap_reason"] = f"原因不要超过 {LONGEST} 个字，现在 {len(said)} 个。"
    if not said:
        clause = f"（依据：{row.line.source}，{row.line.title}）" if row.line.source else ""
        problems["gap_reason"] = (
            f"合计 {total} 个，比应完成的 {row.needed} 个少 {row.needed - total} 个，下级全部完成也达不到{clause}。请调整个数，或写明原因后下达。"
        )
    return said


def _lower_reason(typed: Typed, current: Issue | None, row: Progress, problems: dict[str, str]) -> str:
    """Why a goal is passed down anew, or after its day; may be empty at first."""
    reason = typed.reason.strip()
    if len(reason) > LONGEST:
        problems["reason"] = f"理由不要超过 {LONGEST} 个字，现在 {len(reason)} 个。"
    elif row.is_past and not reason:
        problems["reason"] = f"本级的期限 {row.line.by} 已过，继续分解要写明理由。"
    elif current is not None and not reason:
        problems["reason"] = "这是对已下达目标的调整，请写明理由；旧的一版留在记录里。"
    return reason


def _day(text: str, today: dt.date, problems: dict[str, str], latest: dt.date | None = None) -> dt.date | None:
    try:
        day = read_day(text)
    except Unreadable as wrong:
        problems["by"] = str(wrong)
        return None
    if day <= today:
        problems["by"] = f"期限要在今天（{today}）之后。"
    elif latest is not None and day > latest:
        problems["by"] = f"下级的期限不能晚于本级的期限 {latest}，否则本级不能按期达到。"
    elif day.year > today.year + 10:
        problems["by"] = f"期限不要晚于 {today.year + 10} 年。"
    return day


def _measure(text: str, problems: dict[str, str]) -> Measure | None:
    if text in Measure.values:
        return Measure(text)
    problems["measure"] = "选择计什么：参与、达标、示范还是试点，四个数字不混用。"
    return None


def _amount(text: str, subjects: int, problems: dict[str, str]) -> Amount | None:
    try:
        if "%" in text or "％" in text:
            share = read_share(text)
            return Amount(needed(share, None, subjects), share)
        found = read_amount(text, subjects)
        if found.count == 0:
            raise Unreadable("目标要大于 0。")
        return found
    except Unreadable as wrong:
        problems["amount"] = str(wrong)
        return None


def _words(text: str, name: str, what: str, problems: dict[str, str], most: int = LONGEST) -> str:
    said = text.strip()
    if not said:
        problems[name] = what
    elif len(said) > most:
        problems[name] = f"不要超过 {most} 个字，现在 {len(said)} 个。"
    return said


def _record(event: Event, issue: Issue, by: Actor, at: dt.datetime, **more: object) -> None:
    details = {
        "goal": issue.title, "measure": issue.measure, "number": issue.number, "by": issue.by.isoformat(), "needed": issue.needed,
        "allotted": issue.allotted, "subjects": issue.subjects, "reason": issue.reason or issue.gap_reason, **more,
    }  # fmt: skip
    history.record(event, issue, by=by, division_code=issue.division.code, details=details, at=at)
