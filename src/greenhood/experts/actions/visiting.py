"""Visits: recorded by either side, standing once the community confirms, and then counted as the fact that scores.

The fact (an activity 设计师、工程师进社区) carries the visit's own id, so that it is recorded once however often somebody
clicks, and goes when the visit does.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from greenhood.accounts.access import NotAllowed
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.activities.models import Category
from greenhood.evidence.models import Blob
from greenhood.experts.actions import filing
from greenhood.experts.actions.serving import hold as hold_request
from greenhood.experts.errors import Overtaken, Refused
from greenhood.experts.events import Event
from greenhood.experts.models import Document, Entry, RequestState, ServiceRequest, Visit
from greenhood.experts.queries import service
from greenhood.experts.queries.pool import terms_of
from greenhood.experts.queries.service import speaks_for
from greenhood.facts import actions as facts
from greenhood.facts.errors import BadFact
from greenhood.facts.kinds import kind
from greenhood.facts.queries import latest
from greenhood.history import actions as history
from greenhood.kit.dates import today_in_shanghai

MOST_RESIDENTS = 100_000


@dataclass(frozen=True, slots=True)
class Report:
    """What took place on one day."""

    day: dt.date
    residents: int
    advice: str
    people: str = ""
    next_step: str = ""


@transaction.atomic
def record(
    request: ServiceRequest, report: Report, *, by: Actor, at: dt.datetime | None = None, is_demonstration: bool = False
) -> Visit:
    """Write a visit down. By the community it stands at once; by the expert once the community confirms. Raises Refused."""
    held = hold_request(request.pk, None)
    is_by_community = speaks_for(by, held.community)
    if not is_by_community and not _is_expert(by, held):
        raise NotAllowed("到访由服务的专家或社区登记。")
    if held.state != RequestState.TAKEN:
        raise Refused(f"现在是“{held.get_state_display()}”，不能登记到访。专家接受之后、办结之前可以登记。")
    _check(held, report, today_in_shanghai(at))
    assert held.entry is not None
    _check_expert(held, held.entry, report.day, by)
    now = at or timezone.now()
    visit = Visit(
        request=held,
        community=held.community,
        entry=held.entry,
        day=report.day,
        residents=report.residents,
        people=report.people.strip()[:300],
        advice=report.advice.strip()[:3000],
        next_step=report.next_step.strip()[:1000],
        is_by_community=is_by_community,
        recorded_at=now,
        recorded_by=by.user,
        is_demonstration=is_demonstration,
        **({"state": Visit.State.COMPLETED, "confirmed_at": now, "confirmed_by": by.user} if is_by_community else {}),
    )
    try:
        with transaction.atomic():
            visit.save(force_insert=True)
    except IntegrityError as error:
        raise Refused(f"{report.day} 的到访已经登记过了，一天只登记一次。请在原记录里补充。", field="day") from error
    _tell(Event.VISIT_RECORDED, visit, by, {"日期": visit.day, "到场居民": visit.residents}, at)
    if is_by_community:
        _count(visit, by, at)
    return visit


def _check(held: ServiceRequest, report: Report, today: dt.date) -> None:
    if report.day > today:
        raise Refused(f"到访日期 {report.day} 还没有到，不能晚于今天（{today}）。", field="day")
    if not 0 <= report.residents <= MOST_RESIDENTS:
        raise Refused(f"到场居民应为 0 至 {MOST_RESIDENTS} 人。", field="residents")
    if not report.advice.strip():
        raise Refused("请写明提出的意见建议。", field="advice")


def _check_expert(held: ServiceRequest, entry: Entry, day: dt.date, by: Actor) -> None:
    """Whether a visit may count: the expert stood in the pool on that day, and nothing ties them to the community.

    Looked at when a visit is recorded and when it is confirmed: an interest may have been noted since the request was taken.
    """
    terms = terms_of(entry)
    if not any(first <= day <= last for first, last in terms):
        said = "、".join(f"{first} 至 {last}" for first, last in terms)
        raise Refused(f"{day} 不在{entry.name}的有效期（{said}）内，请核对日期。", field="day")
    if why := service.barred(held, by):
        raise Refused(
            f"{entry.name}须回避{held.community.name}（{'；'.join(why)}），这次到访不能计入。已登记的请由社区提出异议；"
            "没有确认过的到访的，由管理专家库的单位收回邀请，另请专家。"
        )


@transaction.atomic
def confirm(visit: Visit, *, revision: int, by: Actor, at: dt.datetime | None = None) -> Visit:
    """The community stands to what the expert recorded. From now on it counts."""
    held = _held(visit, revision)
    _for_community(by, held)
    if held.state != Visit.State.REPORTED:
        raise Refused(f"这次到访{held.get_state_display()}，不需要再确认。")
    _check_expert(held.request, held.entry, held.day, by)
    held.state, held.confirmed_at, held.confirmed_by = Visit.State.COMPLETED, at or timezone.now(), by.user
    _touch(held, "state", "confirmed_at", "confirmed_by")
    _tell(Event.VISIT_CONFIRMED, held, by, {"日期": held.day}, at)
    _count(held, by, at)
    return held


@transaction.atomic
def dispute(visit: Visit, *, reason: str, revision: int, by: Actor, at: dt.datetime | None = None) -> Visit:
    """The other side says that it was not so: the visit counts no longer until it is recorded anew."""
    held = _held(visit, revision)
    is_other_side = _is_expert(by, held.request) if held.is_by_community else speaks_for(by, held.community)
    if not is_other_side:
        raise NotAllowed("由没有登记的一方提出异议；登记有误的，由登记的一方撤销。")
    if held.state not in (Visit.State.REPORTED, Visit.State.COMPLETED):
        raise Refused(f"这次到访{held.get_state_display()}，不能再提出异议。")
    return _undo(held, Visit.State.DISPUTED, Event.VISIT_DISPUTED, reason, by, at)


@transaction.atomic
def retract(visit: Visit, *, reason: str, revision: int, by: Actor, at: dt.datetime | None = None) -> Visit:
    """Who recorded a visit takes it back, or the community one that it confirmed; what it counted for goes with it."""
    held = _held(visit, revision)
    recorder = speaks_for(by, held.community) if held.is_by_community else _is_expert(by, held.request)
    if not (recorder or (held.state == Visit.State.COMPLETED and speaks_for(by, held.community))):
        raise NotAllowed("由登记这次到访的一方撤销。")
    if held.state not in (Visit.State.REPORTED, Visit.State.COMPLETED):
        raise Refused(f"这次到访{held.get_state_display()}，不能再撤销。")
    return _undo(held, Visit.State.RETRACTED, Event.VISIT_RETRACTED, reason, by, at)


def _undo(held: Visit, state: str, event: Event, reason: str, by: Actor, at: dt.datetime | None) -> Visit:
    if held.request.state == RequestState.CLOSED:
        raise Refused("服务已经办结。请先由社区恢复办理，再更正到访记录。")
    if not reason.strip():
        raise Refused("请写明理由。", field="reason")
    counted = held.state == Visit.State.COMPLETED
    held.state, held.reason = state, reason.strip()[:500]
    _touch(held, "state", "reason")
    _tell(event, held, by, {"日期": held.day, "理由": held.reason}, at)
    if counted:
        _uncount(held, by)
    return held


# --- the fact that scores ----------------------------------------------------------------------------------------------


def _count(visit: Visit, by: Actor, at: dt.datetime | None) -> None:
    assert visit.entry_id is not None
    values = {
        "category": Category.DESIGNER_VISIT,
        "title": visit.request.title[:120],
        "participants": visit.residents,
        "organiser": visit.entry.name[:120],
        "summary": visit.advice[:1000],
    }
    try:
        facts.record(
            kind("activities"),
            visit.community,
            values,
            dated=visit.day,
            by=by,
            thing=visit.pk,
            source_note="专家服务到访记录",
            at=at,
            is_demonstration=visit.is_demonstration,
        )
    except BadFact as problem:
        raise Refused("；".join(problem.problems.values()), field="day") from problem


def _uncount(visit: Visit, by: Actor) -> None:
    activities = kind("activities")
    present = latest(activities, visit.community, visit.pk)
    if present is None:
        return
    # An expert who disputes a visit may not write a community's record; that it falls away is the system's doing then.
    may = by if by.may(Capability.RECORD, visit.community) else Actor.system()
    facts.retire(
        activities,
        visit.community,
        visit.pk,
        replaces=present.id,
        gone_on=present.dated,
        reason=f"到访记录{visit.get_state_display()}：{visit.reason}"[:200],
        by=may,
    )


# --- files -------------------------------------------------------------------------------------------------------------


@transaction.atomic
def add_document(visit: Visit, blob: Blob, name: str, *, by: Actor, at: dt.datetime | None = None) -> Document:
    """Put a kept file (``evidence.keeping.keep``) with a visit. The same file again is the same document."""
    held = _held(visit, None)
    check_documents(held, by)
    document, is_new = filing.put(blob, name, by=by, at=at, visit=held)
    if is_new:
        _tell(Event.DOCUMENT_ADDED, held, by, {"文件": document.name, "sha256": document.blob_id}, at)
    return document


@transaction.atomic
def remove_document(document: Document, *, by: Actor, restore: bool = False) -> Document:
    """Take a file of a visit away, or bring it back; it stays in the history."""
    visit = document.visit
    assert visit is not None
    held = _held(visit, None)
    check_documents(held, by)
    row = Document.objects.select_for_update().get(pk=document.pk)
    if filing.turn(row, is_removed=not restore):
        _tell(Event.DOCUMENT_RESTORED if restore else Event.DOCUMENT_REMOVED, held, by, {"文件": row.name}, None)
    return row


def check_documents(held: Visit, by: Actor) -> None:
    """Raise unless the actor may add and remove the files of a visit now."""
    if not (speaks_for(by, held.community) or _is_expert(by, held.request)):
        raise NotAllowed("到访的照片和文件由服务的专家或社区上传。")
    if held.state not in (Visit.State.REPORTED, Visit.State.COMPLETED) or held.request.state == RequestState.CLOSED:
        raise Refused("这次到访已经结束办理，不能增减文件。")


# --- shared ------------------------------------------------------------------------------------------------------------


def _is_expert(by: Actor, request: ServiceRequest) -> bool:
    entry = request.entry
    return entry is not None and by.user is not None and entry.user_id == by.user.pk and by.may(Capability.SERVE)


def _for_community(by: Actor, held: Visit) -> None:
    if not speaks_for(by, held.community):
        raise NotAllowed(f"这一步由{held.community.name}或所在街道办理。")


def _held(visit: Visit, revision: int | None) -> Visit:
    """The visit, held after its request (always in this order), as the actor saw it. Raises Overtaken."""
    request = hold_request(visit.request_id, None)
    held = Visit.objects.select_for_update(of=("self",)).select_related("community", "entry").get(pk=visit.pk)
    held.request = request
    if revision is not None and held.revision != revision:
        raise Overtaken("到访记录")
    return held


def _touch(held: Visit, *columns: str) -> None:
    held.revision += 1
    held.save(update_fields=[*columns, "revision"])


def _tell(event: Event, visit: Visit, by: Actor, details: Mapping[str, Any], at: dt.datetime | None) -> None:
    """A visit's story is told with its request, on one line of events."""
    history.record(event, visit.request, by=by, division_code=visit.community.code, details=details, at=at)
