"""What those do who keep a pool: accept, return, refuse, renew, suspend, take out, link an account. Each with its reason."""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils import timezone

from greenhood.accounts import actions as accounts
from greenhood.accounts.access import NotAllowed
from greenhood.accounts.actor import Actor
from greenhood.accounts.models import User
from greenhood.divisions.models import Division
from greenhood.experts.actions.applying import hold, tell, touch
from greenhood.experts.errors import Refused
from greenhood.experts.events import Event
from greenhood.experts.models import ACCEPTED, MOST_YEARS, EarlierTerm, Entry, RequestState, ServiceRequest, State
from greenhood.experts.queries.pool import rights
from greenhood.kit.dates import today_in_shanghai

LONGEST_REASON = 500


@transaction.atomic
def accept(
    entry: Entry, *, valid_from: dt.date, valid_to: dt.date, revision: int, by: Actor, at: dt.datetime | None = None
) -> Entry:
    """Take an applicant into the pool from a day to a day. Raises Refused."""
    held = _to_decide(entry, revision, by)
    _check_term(valid_from, valid_to, today_in_shanghai(at))
    held.state, held.reason = State.VALID, ""
    held.valid_from, held.valid_to, held.decided_at = valid_from, valid_to, at or timezone.now()
    touch(held, at, "state", "reason", "valid_from", "valid_to", "decided_at")
    tell(Event.ENTRY_ACCEPTED, held, by, {"有效期自": valid_from, "有效期至": valid_to}, at)
    return held


@transaction.atomic
def give_back(entry: Entry, *, reason: str, revision: int, by: Actor, at: dt.datetime | None = None) -> Entry:
    """Return an application to be corrected, with the reason."""
    return _decide(entry, State.RETURNED, Event.ENTRY_RETURNED, reason, revision, by, at)


@transaction.atomic
def refuse(entry: Entry, *, reason: str, revision: int, by: Actor, at: dt.datetime | None = None) -> Entry:
    """Turn an application down for good, with the reason. The person may apply anew."""
    return _decide(entry, State.REFUSED, Event.ENTRY_REFUSED, reason, revision, by, at)


def _decide(
    entry: Entry, state: State, event: Event, reason: str, revision: int, by: Actor, at: dt.datetime | None
) -> Entry:
    held = _to_decide(entry, revision, by)
    if held.user_id is None and state == State.RETURNED:
        raise Refused("这份登记没有关联账号，无人可以修改；请直接修改，或不予入库。")
    held.state, held.reason, held.decided_at = state, _reason(reason), at or timezone.now()
    touch(held, at, "state", "reason", "decided_at")
    tell(event, held, by, {"理由": held.reason}, at)
    return held


@transaction.atomic
def renew(entry: Entry, *, valid_to: dt.date, revision: int, by: Actor, at: dt.datetime | None = None) -> Entry:
    """Let a member stay until a later day."""
    held = _kept(entry, revision, by, ACCEPTED)
    today = today_in_shanghai(at)
    if held.valid_to is not None and valid_to <= held.valid_to:
        raise Refused(f"新的有效期应晚于现在的有效期 {held.valid_to}。", field="valid_to")
    _check_term(max(today, held.valid_to or today), valid_to, today)
    before = held.valid_to
    # Between the old term and a late renewal the expert was in no pool, and the history says so.
    if held.valid_from is not None and before is not None and before < today:
        EarlierTerm.objects.create(entry=held, valid_from=held.valid_from, valid_to=before)
        held.valid_from = today
    held.valid_to, held.renewal_asked_at = valid_to, None
    touch(held, at, "valid_from", "valid_to", "renewal_asked_at")
    tell(Event.ENTRY_RENEWED, held, by, {"原有效期至": before, "现有效期至": valid_to}, at)
    return held


@transaction.atomic
def suspend(entry: Entry, *, reason: str, revision: int, by: Actor, at: dt.datetime | None = None) -> Entry:
    """Let nobody ask this expert for a while; what is under way goes on."""
    held = _kept(entry, revision, by, (State.VALID,))
    return _turn(held, State.SUSPENDED, Event.ENTRY_SUSPENDED, reason, by, at)


@transaction.atomic
def resume(entry: Entry, *, revision: int, by: Actor, at: dt.datetime | None = None) -> Entry:
    """Take a suspension back."""
    held = _kept(entry, revision, by, (State.SUSPENDED,))
    held.state, held.reason = State.VALID, ""
    touch(held, at, "state", "reason")
    tell(Event.ENTRY_RESUMED, held, by, {}, at)
    return held


@transaction.atomic
def remove(entry: Entry, *, reason: str, revision: int, by: Actor, at: dt.datetime | None = None) -> Entry:
    """Take a member out of the pool, with the reason. Refused while communities still count on them."""
    held = _kept(entry, revision, by, ACCEPTED)
    under_way = ServiceRequest.objects.filter(entry=held, state__in=[RequestState.OFFERED, RequestState.TAKEN]).count()
    if under_way:
        raise Refused(f"还有 {under_way} 件社区服务没有办结，请先办结或另行对接，再移出专家库。")
    return _turn(held, State.REMOVED, Event.ENTRY_REMOVED, reason, by, at)


@transaction.atomic
def restore(entry: Entry, *, revision: int, by: Actor, at: dt.datetime | None = None) -> Entry:
    """Take a removal back: the entry stands as it did, with its term."""
    held = _kept(entry, revision, by, (State.REMOVED,))
    held.state, held.reason = State.VALID, ""
    try:
        with transaction.atomic():
            touch(held, at, "state", "reason")
    except IntegrityError as error:
        raise Refused("此人（机构）在本库已另有一份申请或登记，不能再恢复这一份。") from error
    tell(Event.ENTRY_RESTORED, held, by, {}, at)
    return held


def _turn(held: Entry, state: State, event: Event, reason: str, by: Actor, at: dt.datetime | None) -> Entry:
    held.state, held.reason = state, _reason(reason)
    touch(held, at, "state", "reason")
    tell(event, held, by, {"理由": held.reason}, at)
    return held


@transaction.atomic
def link(entry: Entry, *, username: str, revision: int, by: Actor, at: dt.datetime | None = None) -> Entry:
    """Join an entry that an officer made with the account that the person got later. Their interests go with it."""
    held = _kept(entry, revision, by, (State.SUBMITTED, *ACCEPTED))
    if held.user_id is not None:
        raise Refused("已经关联了账号。", field="username")
    user = User.objects.filter(username=username.strip(), is_active=True).first()
    # One answer for both, so that nobody learns here which accounts there are.
    if user is None or user.name != (held.contact if held.is_firm else held.name):
        raise Refused("没有这个账号，或账号的姓名与登记的不一致。请与本人核对账号名称。", field="username")
    places = Division.objects.in_bulk([one["division"] for one in held.interests if one["division"]])
    for one in held.interests:
        accounts.record_interest(
            user,
            by=Actor.system(),
            division=places.get(one["division"]),
            employer=one["employer"],
            reason=one["reason"],
            at=at,
        )
    held.user, held.interests = user, []
    try:
        with transaction.atomic():
            touch(held, at, "user", "interests")
    except IntegrityError as error:
        raise Refused("这个账号在本库已有一份申请或登记，不能再关联。", field="username") from error
    tell(Event.ENTRY_LINKED, held, by, {"账号": user.username}, at)
    return held


def _to_decide(entry: Entry, revision: int, by: Actor) -> Entry:
    return _kept(entry, revision, by, (State.SUBMITTED,))


def _kept(entry: Entry, revision: int, by: Actor, from_: tuple[State, ...]) -> Entry:
    """The entry, held, where this post keeps its pool and it stands where this step begins."""
    held = hold(entry.pk, revision)
    may = rights(by, held)
    if may.is_own:
        raise NotAllowed("不能办理自己的申请，请由同一单位的其他人员办理。")
    if not may.keeps:
        raise NotAllowed(f"{held.pool.name}的专家库由{held.pool.name}管理。")
    if held.state not in from_:
        raise Refused(f"现在是“{held.get_state_display()}”，不能办理这一步。")
    return held


def _check_term(first: dt.date, last: dt.date, today: dt.date) -> None:
    if last < first:
        raise Refused("有效期的截止日期不能早于起始日期。", field="valid_to")
    if last < today:
        raise Refused(f"有效期至 {last} 已经过去，应晚于今天（{today}）。", field="valid_to")
    if (last - first).days > MOST_YEARS * 366:
        raise Refused(f"一次有效期最长 {MOST_YEARS} 年，到期可以续期。", field="valid_to")


def _reason(text: str) -> str:
    if not text.strip():
        raise Refused("请写明理由。", field="reason")
    return text.strip()[:LONGEST_REASON]
