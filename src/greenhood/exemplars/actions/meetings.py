"""What people do with on-site meetings: plan, announce to those invited, answer, hold with minutes, cancel."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from greenhood.accounts.actor import Actor
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division, Level
from greenhood.exemplars.actions.recording import TWICE, fit_for_public, hold, keep, make_once, reason_of, tell
from greenhood.exemplars.contents import private_numbers, wrong_phone
from greenhood.exemplars.curating import act_as_own
from greenhood.exemplars.errors import Refused
from greenhood.exemplars.events import Event
from greenhood.exemplars.models import Base, Invitation, LibraryEntry, Meeting, Shown
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.privacy import private_number

KIND = "exemplars.meeting"
MOST_MINUTES, MOST_PEOPLE, MOST_PRACTICES, MOST_INVITED = 10_000, 500, 20, 500
CAME = f"请填写 0 到 {MOST_PEOPLE} 的整数。"
PUBLIC_WORDS = ("title", "place", "agenda", "unit")
State = Meeting.State


@dataclass(frozen=True, slots=True)
class Plan:
    """What a meeting is planned as. ``invited`` are ids of divisions, ``practices`` keys in the order of the agenda."""

    kind: str
    title: str
    on: dt.date
    begins: dt.time
    place: str
    reply_by: dt.date
    unit: str
    phone: str
    agenda: str = ""
    base: UUID | None = None
    community: int | None = None
    practices: tuple[UUID, ...] = ()
    invited: tuple[int, ...] = ()


@transaction.atomic
def plan(
    division: Division, said: Plan, *, by: Actor, key: UUID | None = None, at: dt.datetime | None = None
) -> Meeting:
    """Plan a meeting for those below one's own division; sent twice under the same ``key`` it is one. Raises Refused."""
    act_as_own(by, division)
    if division.level == Level.COMMUNITY:
        raise Refused("现场会由街道（乡镇）以上组织。社区可以请上级在本社区召开。")
    _check(division, said, today_in_shanghai(at))
    is_demonstration = bool(by.user and by.user.is_demonstration)
    values = {"division": division, "edited_at": at or timezone.now(), "edited_by": by.user}
    row, is_new = make_once(Meeting, key, values | {"is_demonstration": is_demonstration} | _columns(said))
    if is_new:
        _set(row, said)
        tell(Event.MEETING_PLANNED, row, by, division, at, {"title": row.title, "on": row.on})
    elif _chosen(row) != (set(said.practices), set(said.invited)):
        raise Refused(TWICE)
    return row


@transaction.atomic
def change(meeting: Meeting, said: Plan, *, revision: int, by: Actor, at: dt.datetime | None = None) -> Meeting:
    """Change a plan; one that was announced keeps the answers of those who stay invited. Raises Refused, Overtaken."""
    row = hold(Meeting, meeting.pk, revision)
    act_as_own(by, row.division)
    _require(row, "修改", State.PLANNED, State.ANNOUNCED)
    _check(row.division, said, today_in_shanghai(at))
    columns = _columns(said)
    for name, value in columns.items():
        setattr(row, name, value)
    row.edited_at, row.edited_by = at or timezone.now(), by.user
    keep(row, *columns, "edited_at", "edited_by")
    _set(row, said)
    tell(Event.MEETING_PLANNED, row, by, row.division, at, {"title": row.title, "on": row.on})
    return row


@transaction.atomic
def announce(meeting: Meeting, *, revision: int, by: Actor, at: dt.datetime | None = None) -> Meeting:
    """Tell those invited; from now on everybody sees the meeting. Raises Refused, Overtaken."""
    row = hold(Meeting, meeting.pk, revision)
    act_as_own(by, row.division)
    _require(row, "通知", State.PLANNED)
    today = today_in_shanghai(at)
    if row.on < today:
        raise Refused({"on": f"会议日期 {row.on} 已过，请先修改。"})
    if row.reply_by < today:
        raise Refused({"reply_by": f"回复期限 {row.reply_by} 已过，通知后没有人能回复；请先修改回复期限。"})
    if private := _private(row):
        raise Refused(private)
    count = row.invitations.count()
    if not count:
        raise Refused({"invited": "请至少邀请一个单位。"})
    row.state, row.announced_at = State.ANNOUNCED, at or timezone.now()
    keep(row, "state", "announced_at")
    tell(Event.MEETING_ANNOUNCED, row, by, row.division, at, {"title": row.title, "on": row.on, "invited": count})
    return row


@transaction.atomic
def answer(
    invitation: Invitation,
    *,
    is_coming: bool,
    people: int | None = None,
    note: str = "",
    by: Actor,
    at: dt.datetime | None = None,
) -> Invitation:
    """Say whether one's own division comes, and with how many; said again until the meeting it is corrected. Raises Refused."""
    row = Invitation.objects.select_for_update(of=("self",)).select_related("meeting", "division").get(pk=invitation.pk)
    act_as_own(by, row.division)
    if row.meeting.state != State.ANNOUNCED:
        raise Refused(f"会议{row.meeting.get_state_display()}，不能再回复。")
    if row.meeting.reply_by < today_in_shanghai(at):
        raise Refused(f"回复期限 {row.meeting.reply_by} 已过，请直接联系{row.meeting.unit}（{row.meeting.phone}）。")
    if is_coming and not 1 <= (people or 0) <= MOST_PEOPLE:
        raise Refused({"people": f"请填写参加人数，1 到 {MOST_PEOPLE} 人。"})
    row.answer = Invitation.Answer.COMING if is_coming else Invitation.Answer.DECLINED
    row.people, row.note = (people or 0) if is_coming else 0, note.strip()[:200]
    row.answered_at, row.answered_by = at or timezone.now(), by.user
    row.save(update_fields=["answer", "people", "note", "answered_at", "answered_by"])
    details = {"division": row.division.name, "answer": row.get_answer_display(), "people": row.people}
    tell(Event.MEETING_ANSWERED, row.meeting, by, row.division, at, details)
    return row


@transaction.atomic
def close(
    meeting: Meeting,
    *,
    minutes: str,
    came: Mapping[int, int],
    revision: int,
    by: Actor,
    photos: Iterable[UUID] = (),
    are_checked: bool = False,
    at: dt.datetime | None = None,
) -> Meeting:
    """After the day: who came (people by the id of the division; one that isn't named did not come), and what was said.

    ``photos`` are the materials that everybody may see; ``are_checked`` says that somebody looked at them.

    Raises Refused, Overtaken.
    """
    row = hold(Meeting, meeting.pk, revision)
    act_as_own(by, row.division)
    _require(row, "登记", State.ANNOUNCED)
    if row.on > today_in_shanghai(at):
        raise Refused(f"会议定在 {row.on}，开过以后再登记。")
    if not minutes.strip():
        raise Refused({"minutes": "请写纪要。"})
    if len(minutes.strip()) > MOST_MINUTES:
        raise Refused({"minutes": f"纪要最多 {MOST_MINUTES} 字。"})
    invitations = {one.division_id: one for one in row.invitations.all()}
    if set(came) - invitations.keys():
        raise Refused({"came": "到会单位不在邀请名单里，请刷新页面。"})
    if wrong := [division for division, number in came.items() if not 0 <= number <= MOST_PEOPLE]:
        raise Refused({f"came-{division}": CAME for division in wrong})
    if private := private_number(minutes):
        raise Refused({"minutes": private})
    row.photos = fit_for_public(row.division, KIND, row.pk, photos, are_checked=are_checked)
    row.minutes, row.state, row.held_at = minutes.strip(), State.HELD, at or timezone.now()
    keep(row, "photos", "minutes", "state", "held_at")
    for division, one in invitations.items():
        one.came = came.get(division, 0)
    Invitation.objects.bulk_update(invitations.values(), ["came"])
    attended = [number for number in came.values() if number]
    tell(Event.MEETING_HELD, row, by, row.division, at, {"divisions": len(attended), "people": sum(attended)})
    return row


@transaction.atomic
def cancel(meeting: Meeting, *, reason: str, revision: int, by: Actor, at: dt.datetime | None = None) -> Meeting:
    """Call a meeting off, with the reason; who was invited sees it. Raises Refused, Overtaken."""
    row = hold(Meeting, meeting.pk, revision)
    act_as_own(by, row.division)
    _require(row, "取消", State.PLANNED, State.ANNOUNCED)
    row.reason = reason_of(reason, "取消")
    row.state = State.CANCELLED
    keep(row, "reason", "state")
    tell(Event.MEETING_CANCELLED, row, by, row.division, at, {"title": row.title, "reason": row.reason})
    return row


def _columns(said: Plan) -> dict[str, object]:
    return {
        "kind": said.kind,
        "title": said.title.strip(),
        "on": said.on,
        "begins": said.begins,
        "place": said.place.strip(),
        "reply_by": said.reply_by,
        "unit": said.unit.strip(),
        "phone": said.phone.strip(),
        "agenda": said.agenda.strip(),
        "base_id": said.base,
        "community_id": said.community,
    }


def _check(division: Division, said: Plan, today: dt.date) -> None:
    problems = {name: "请填写。" for name in ("title", "place", "unit", "phone") if not getattr(said, name).strip()}
    problems |= _private(said)
    if said.kind not in Meeting.Kind.values:
        problems["kind"] = "请选择形式。"
    if said.on < today:
        problems["on"] = f"会议日期不能早于今天（{today}）。"
    if said.reply_by > said.on:
        problems["reply_by"] = "回复期限不能晚于会议日期。"
    elif said.reply_by < today:
        problems["reply_by"] = f"回复期限不能早于今天（{today}）。"
    if len(said.practices) > MOST_PRACTICES:
        problems["practices"] = f"一次会议最多展示 {MOST_PRACTICES} 篇经验。"
    if len(said.invited) > MOST_INVITED:
        problems["invited"] = f"一次会议最多邀请 {MOST_INVITED} 个单位。"
    problems |= _unknown(division, said)
    if problems:
        raise Refused(problems)


def _private(said: Plan | Meeting) -> dict[str, str]:
    """What must not be said to everybody."""
    found = private_numbers(said, PUBLIC_WORDS)
    if phone := wrong_phone(said.phone):
        found["phone"] = phone
    return found


def _unknown(division: Division, said: Plan) -> dict[str, str]:
    """What was chosen and isn't there, or lies elsewhere."""
    found = {}
    in_force = Base.objects.filter(state=Base.State.DESIGNATED, valid_until__gte=said.on)
    if said.base and not in_force.filter(pk=said.base).exists():
        found["base"] = f"这个基地到会议日期（{said.on}）已不在有效名单里，请重新选择。"
    inside = set(
        divisions.within(division).filter(pk__in=[*said.invited, said.community or -1]).values_list("pk", flat=True)
    )
    if said.community and said.community not in inside:
        found["community"] = f"请选择{division.name}内的社区。"
    if set(said.invited) - inside:
        found["invited"] = f"只能邀请{division.name}内的单位。"
    if LibraryEntry.objects.filter(pk__in=said.practices).count() < len(set(said.practices)):
        found["practices"] = "有的经验已撤下，请重新选择。"
    return found


def _chosen(row: Meeting) -> tuple[Set[UUID], Set[int]]:
    practices, invited = (
        row.shown.values_list("practice", flat=True),
        row.invitations.values_list("division", flat=True),
    )
    return set(practices), set(invited)


def _set(row: Meeting, said: Plan) -> None:
    """The practices shown and the divisions invited, as planned now."""
    row.shown.all().delete()
    Shown.objects.bulk_create(
        Shown(meeting=row, practice_id=pk, place=place) for place, pk in enumerate(dict.fromkeys(said.practices), 1)
    )
    row.invitations.exclude(division__in=said.invited).delete()
    kept = set(row.invitations.values_list("division", flat=True))
    Invitation.objects.bulk_create(
        Invitation(meeting=row, division_id=pk) for pk in dict.fromkeys(said.invited) if pk not in kept
    )


def _require(row: Meeting, what: str, *states: str) -> None:
    if row.state not in states:
        raise Refused(f"会议{row.get_state_display()}，不能{what}。请刷新页面。")
