"""Requests of communities: made, matched or taken, given back, closed with what came of it, taken back and opened again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from greenhood.accounts.access import NotAllowed, check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions.models import Division, Level
from greenhood.experts.actions.changing import said
from greenhood.experts.errors import Overtaken, Refused
from greenhood.experts.events import Event
from greenhood.experts.fields import known
from greenhood.experts.models import Entry, Offer, Outcome, RequestState, ServiceRequest, Visit
from greenhood.experts.queries import ties
from greenhood.experts.queries.clauses import standard_for
from greenhood.experts.queries.pool import codes_above
from greenhood.experts.queries.service import fitting_entries, speaks_for
from greenhood.facts.kinds import kind
from greenhood.facts.queries import has_thing
from greenhood.history import actions as history
from greenhood.kit.dates import today_in_shanghai

LONGEST_REASON = 500
RATINGS = range(1, 6)


@dataclass(frozen=True, slots=True)
class Need:
    """What a community asks for. ``criterion`` is a number of the standard in force there, 0 for none."""

    title: str
    need: str
    fields: Sequence[str]
    wished_from: dt.date
    wished_to: dt.date
    contact: str
    phone: str
    criterion: int = 0


@transaction.atomic
def make(
    community: Division, need: Need, *, by: Actor, at: dt.datetime | None = None, is_demonstration: bool = False
) -> ServiceRequest:
    """A community asks for designers or engineers. Raises Refused."""
    _for_community(by, community)
    if community.level != Level.COMMUNITY or community.valid_to is not None:
        raise Refused("服务需求由现有的社区提出，请选择社区。", field="community")
    now = at or timezone.now()
    request = ServiceRequest(
        community=community,
        made_at=now,
        made_by=by.user,
        changed_at=now,
        is_demonstration=is_demonstration,
        **_columns(community, need, today_in_shanghai(at)),
    )
    request.save(force_insert=True)
    _tell(Event.REQUEST_MADE, request, by, {"专业领域": request.field_words}, at)
    return request


@transaction.atomic
def save(
    request: ServiceRequest, need: Need, *, revision: int, by: Actor, at: dt.datetime | None = None
) -> ServiceRequest:
    """Write a request anew while nobody serves it."""
    held = hold(request.pk, revision)
    _for_community(by, held.community)
    if held.state != RequestState.OPEN:
        raise Refused(f"现在是“{held.get_state_display()}”，不能修改需求。")
    changes = {
        name: value
        for name, value in _columns(held.community, need, today_in_shanghai(held.made_at)).items()
        if getattr(held, name) != value
    }
    for name, value in changes.items():
        setattr(held, name, value)
    _touch(held, at, *changes)
    _tell(
        Event.REQUEST_SAVED,
        held,
        by,
        {"修改": [*said(held, {name: None for name in changes if name != "version"})]},
        at,
    )
    return held


def _columns(community: Division, need: Need, today: dt.date) -> dict[str, Any]:
    if not need.title.strip():
        raise Refused("请用一句话写明需求。", field="title")
    if not need.need.strip():
        raise Refused("请写明具体情况，便于安排合适的专家。", field="need")
    if not known(need.fields):
        raise Refused("请至少选择一个专业领域。", field="fields")
    if need.wished_to < need.wished_from:
        raise Refused("希望到访的截止日期不能早于起始日期。", field="wished_to")
    if need.wished_to < today:
        raise Refused(f"希望到访的日期 {need.wished_to} 已经过去，应不早于今天（{today}）。", field="wished_to")
    if not need.contact.strip() or not need.phone.strip():
        raise Refused("请填写社区联系人和联系电话。", field="contact" if not need.contact.strip() else "phone")
    standard = standard_for(community)
    if need.criterion and need.criterion not in standard.lines:
        raise Refused("现行方案的标准里没有这一项，请重新选择。", field="criterion")
    return {
        "title": need.title.strip()[:100],
        "need": need.need.strip()[:2000],
        "fields": known(need.fields),
        "version": standard.version,
        "criterion": need.criterion,
        "wished_from": need.wished_from,
        "wished_to": need.wished_to,
        "contact": need.contact.strip()[:60],
        "phone": need.phone.strip()[:30],
    }


@transaction.atomic
def withdraw(
    request: ServiceRequest, *, reason: str, revision: int, by: Actor, at: dt.datetime | None = None
) -> ServiceRequest:
    """A community needs nobody any more. Refused once somebody has been there: that service is closed instead."""
    held = hold(request.pk, revision)
    _for_community(by, held.community)
    if held.state not in (RequestState.OPEN, RequestState.OFFERED, RequestState.TAKEN):
        raise Refused(f"现在是“{held.get_state_display()}”，不能撤回。")
    if held.visits.filter(state__in=[Visit.State.REPORTED, Visit.State.COMPLETED]).exists():
        raise Refused("专家已经到访，不能撤回；请写明落实情况，办结这次服务。")
    _end_offer(held, at)
    held.state, held.reason, held.entry = RequestState.WITHDRAWN, _reason(reason), None
    _touch(held, at, "state", "reason", "entry")
    _tell(Event.REQUEST_WITHDRAWN, held, by, {"理由": held.reason}, at)
    return held


@transaction.atomic
def reopen(request: ServiceRequest, *, revision: int, by: Actor, at: dt.datetime | None = None) -> ServiceRequest:
    """Take a withdrawal or a closing back."""
    held = hold(request.pk, revision)
    _for_community(by, held.community)
    match held.state:
        case RequestState.WITHDRAWN:
            held.state, held.reason = RequestState.OPEN, ""
        case RequestState.CLOSED:
            held.state, held.closed_at, held.rating, held.rating_text = RequestState.TAKEN, None, None, ""
            held.outcome, held.outcome_text, held.record_kind, held.record_thing = "", "", "", None
        case _:
            raise Refused(f"现在是“{held.get_state_display()}”，不需要恢复。")
    _touch(
        held, at, "state", "reason", "closed_at", "rating", "rating_text", "outcome", "outcome_text", "record_kind", "record_thing"
    )  # fmt: skip
    _tell(Event.REQUEST_REOPENED, held, by, {}, at)
    return held


# --- matching ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def offer(request: ServiceRequest, entry: Entry, *, revision: int, by: Actor, at: dt.datetime | None = None) -> Offer:
    """Who keeps a pool asks an expert to serve a request. Raises Refused for who is not valid or has a conflict."""
    held = hold(request.pk, revision)
    check(by, Capability.KEEP_POOL, held.community)
    _require_open(held)
    member = _fit_for(held, entry, at)
    held.state, held.entry = RequestState.OFFERED, member
    _touch(held, at, "state", "entry")
    made = _ask(held, member, Offer.State.OPEN, by, at)
    _tell(Event.REQUEST_OFFERED, held, by, {"专家": member.name, "专家库": member.pool.name}, at)
    return made


@transaction.atomic
def take_back(
    request: ServiceRequest, *, reason: str, revision: int, by: Actor, at: dt.datetime | None = None
) -> ServiceRequest:
    """End an invitation, or a service in which nobody came, so that somebody else can be asked."""
    held = hold(request.pk, revision)
    check(by, Capability.KEEP_POOL, held.community)
    if held.state not in (RequestState.OFFERED, RequestState.TAKEN):
        raise Refused(f"现在是“{held.get_state_display()}”，没有要收回的邀请。")
    if held.visits.filter(state__in=[Visit.State.REPORTED, Visit.State.COMPLETED]).exists():
        raise Refused("专家已经到访，不能再换人；请由社区办结这次服务，另提新的需求。")
    name = held.entry.name if held.entry else ""
    _end_offer(held, at)
    held.state, held.entry = RequestState.OPEN, None
    _touch(held, at, "state", "entry")
    _tell(Event.OFFER_TAKEN_BACK, held, by, {"专家": name, "理由": _reason(reason)}, at)
    return held


@transaction.atomic
def take(request: ServiceRequest, *, revision: int, by: Actor, at: dt.datetime | None = None) -> ServiceRequest:
    """The invited expert accepts. For a member without an account the inviting office says so after a call."""
    held = hold(request.pk, revision)
    _answers(by, held)
    if held.state != RequestState.OFFERED:
        raise Refused(f"现在是“{held.get_state_display()}”，不需要再答复。")
    assert held.entry is not None
    # An interest may have been declared since the invitation.
    _fit_for(held, held.entry, at)
    _answer(held, Offer.State.TAKEN, "", at)
    held.state = RequestState.TAKEN
    _touch(held, at, "state")
    _tell(Event.REQUEST_TAKEN, held, by, {"专家": held.entry.name}, at)
    return held


@transaction.atomic
def come_forward(request: ServiceRequest, *, revision: int, by: Actor, at: dt.datetime | None = None) -> ServiceRequest:
    """An expert takes an open request in their fields and regions without being invited."""
    held = hold(request.pk, revision)
    check(by, Capability.SERVE)
    _require_open(held)
    assert by.user is not None
    entry = next(iter(fitting_entries(by.user, held)), None)
    if entry is None:
        raise Refused("这件需求不在您的专业领域或服务地区内，或有须回避的情形，不能接单。")
    held.state, held.entry = RequestState.TAKEN, entry
    _touch(held, at, "state", "entry")
    _ask(held, entry, Offer.State.TAKEN, by, at, is_own=True)
    _tell(Event.REQUEST_TAKEN, held, by, {"专家": entry.name, "方式": "专家自荐"}, at)
    return held


@transaction.atomic
def decline(
    request: ServiceRequest, *, reason: str, revision: int, by: Actor, at: dt.datetime | None = None
) -> ServiceRequest:
    """The invited expert declines, or gives a request back before the first visit, with the reason."""
    held = hold(request.pk, revision)
    _answers(by, held)
    if held.state not in (RequestState.OFFERED, RequestState.TAKEN):
        raise Refused(f"现在是“{held.get_state_display()}”，不需要再答复。")
    if held.visits.filter(state__in=[Visit.State.REPORTED, Visit.State.COMPLETED]).exists():
        raise Refused("已经到访过，不能退回；请与社区办结这次服务。")
    name = held.entry.name if held.entry else ""
    why = _reason(reason)
    _answer(held, Offer.State.DECLINED, why, at)
    held.state, held.entry = RequestState.OPEN, None
    _touch(held, at, "state", "entry")
    _tell(Event.REQUEST_DECLINED, held, by, {"专家": name, "理由": why}, at)
    return held


def _answers(by: Actor, held: ServiceRequest) -> None:
    entry = held.entry
    is_own = entry is not None and by.user is not None and entry.user_id == by.user.pk and by.may(Capability.SERVE)
    speaks = entry is not None and entry.user_id is None and by.may(Capability.KEEP_POOL, held.community)
    if not (is_own or speaks or by.is_system):
        raise NotAllowed("由受邀的专家本人答复；没有账号的专家，由发出邀请的单位联系后代为登记。")


def _require_open(held: ServiceRequest) -> None:
    if held.state != RequestState.OPEN:
        raise Refused(f"这件需求刚由他人办理，现在是“{held.get_state_display()}”。")


def _fit_for(held: ServiceRequest, entry: Entry, at: dt.datetime | None) -> Entry:
    """The entry as it is now, once it is known that it may serve the community."""
    member = Entry.objects.select_related("pool", "user").get(pk=entry.pk)
    if not member.is_valid_on(today_in_shanghai(at)):
        raise Refused(
            f"{member.name}现在不在有效期内（{_standing(member)}），请选择其他专家，或先办理续期。", field="entry"
        )
    if member.pool.code not in codes_above(held.community):
        raise Refused(f"{member.name}在{member.pool.name}的专家库，{held.community.name}不在其范围内。", field="entry")
    if why := ties.conflicts([member], held.community).get(member.pk):
        raise Refused(f"{member.name}须回避{held.community.name}：{'；'.join(why)}。请选择其他专家。", field="entry")
    return member


def _standing(member: Entry) -> str:
    return "已到期" if member.is_expired else member.get_state_display()


def _ask(
    held: ServiceRequest, entry: Entry, state: str, by: Actor, at: dt.datetime | None, *, is_own: bool = False
) -> Offer:
    now = at or timezone.now()
    try:
        with transaction.atomic():
            return Offer.objects.create(
                request=held,
                entry=entry,
                state=state,
                is_own=is_own,
                offered_at=now,
                offered_by=by.user,
                answered_at=None if state == Offer.State.OPEN else now,
            )
    except IntegrityError as error:
        raise Overtaken("需求") from error


def _answer(held: ServiceRequest, state: str, reason: str, at: dt.datetime | None) -> None:
    open_or_taken = held.offers.filter(state__in=[Offer.State.OPEN, Offer.State.TAKEN])
    open_or_taken.update(state=state, reason=reason, answered_at=at or timezone.now())


def _end_offer(held: ServiceRequest, at: dt.datetime | None) -> None:
    _answer(held, Offer.State.ENDED, "", at)


# --- what came of it ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a service, as the community says. ``record`` is "kind/thing" of something on its record, or empty."""

    outcome: str
    text: str
    rating: int
    rating_text: str = ""
    record: str = ""


@transaction.atomic
def close(
    request: ServiceRequest, result: Result, *, revision: int, by: Actor, at: dt.datetime | None = None
) -> ServiceRequest:
    """The community says what came of the advice and rates the service. Raises Refused before a visit is confirmed."""
    held = hold(request.pk, revision)
    _for_community(by, held.community)
    if held.state != RequestState.TAKEN:
        raise Refused(f"现在是“{held.get_state_display()}”，不能办结。")
    states = set(held.visits.values_list("state", flat=True))
    if Visit.State.REPORTED in states:
        raise Refused("有专家登记的到访还没有确认，请先确认或提出异议，再办结。")
    if Visit.State.COMPLETED not in states:
        raise Refused("还没有确认过的到访，不能办结。没有人到访的，可以撤回需求。")
    if result.outcome not in Outcome.values:
        raise Refused("请选择落实情况。", field="outcome")
    if not result.text.strip():
        raise Refused("请写明落实了什么，或没有落实的原因。", field="text")
    if result.rating not in RATINGS:
        raise Refused("请评价 1 至 5 分。", field="rating")
    held.record_kind, held.record_thing = _recorded(held.community, result.record)
    held.state, held.closed_at = RequestState.CLOSED, at or timezone.now()
    held.outcome, held.outcome_text = Outcome(result.outcome), result.text.strip()[:2000]
    held.rating, held.rating_text = result.rating, result.rating_text.strip()[:500]
    _touch(
        held, at, "state", "closed_at", "outcome", "outcome_text", "rating", "rating_text", "record_kind", "record_thing"
    )  # fmt: skip
    _tell(Event.REQUEST_CLOSED, held, by, {"落实情况": held.get_outcome_display(), "评价": held.rating}, at)
    return held


def _recorded(community: Division, record: str) -> tuple[str, UUID | None]:
    if not record:
        return "", None
    key, _, thing = record.partition("/")
    try:
        found = kind(key), UUID(thing)
    except (KeyError, ValueError):
        raise Refused("没有这条社区登记，请重新选择。", field="record") from None
    if not has_thing(found[0], community, found[1]):
        raise Refused("没有这条社区登记，请重新选择。", field="record")
    return key, found[1]


# --- shared ------------------------------------------------------------------------------------------------------------


def _for_community(by: Actor, community: Division) -> None:
    check(by, Capability.PLAN, community)
    if not speaks_for(by, community):
        raise NotAllowed(f"这一步由{community.name}或所在街道办理。")


def hold(pk: UUID, revision: int | None) -> ServiceRequest:
    """The request, held until the transaction ends, as the actor saw it. Raises Overtaken."""
    held = (
        ServiceRequest.objects.select_for_update(of=("self",))
        .select_related("community", "entry", "entry__pool")
        .get(pk=pk)
    )
    if revision is not None and held.revision != revision:
        raise Overtaken("需求")
    return held


def _touch(held: ServiceRequest, at: dt.datetime | None, *columns: str) -> None:
    held.changed_at = at or timezone.now()
    held.revision += 1
    held.save(update_fields=[*columns, "changed_at", "revision"])


def _reason(text: str) -> str:
    if not text.strip():
        raise Refused("请写明理由。", field="reason")
    return text.strip()[:LONGEST_REASON]


def _tell(event: Event, held: ServiceRequest, by: Actor, details: Mapping[str, Any], at: dt.datetime | None) -> None:
    history.record(event, held, by=by, division_code=held.community.code, details=details, at=at)
