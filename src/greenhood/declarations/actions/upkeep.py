"""After the award: re-examination, rectification by a day, and delisting when nothing was put right."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from greenhood.accounts.access import NotAllowed, check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.declarations import procedure, standing
from greenhood.declarations.actions import moving
from greenhood.declarations.actions.awarding import months_later
from greenhood.declarations.errors import Refused
from greenhood.declarations.events import Event
from greenhood.declarations.models import Award, Declaration, Rectification, Reexamination
from greenhood.divisions.models import Level
from greenhood.history.actions import Happening, record_many
from greenhood.kit import dates
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes.format import AdminLevel, Scheme, Upkeep
from greenhood.schemes.models import scheme_of

OPEN = (Rectification.Result.OPEN, Rectification.Result.REPORTED)


def upkeep_of(award: Award) -> Upkeep:
    upkeep = scheme_of(award.version_id).upkeep
    if upkeep is None:
        raise Refused("本方案没有规定命名后的复查、整改和除名。")
    return upkeep


@transaction.atomic
def pass_reexamination(
    reexamination: Reexamination, *, by: Actor, findings: str, at: dt.datetime | None = None
) -> Reexamination:
    """The community keeps its title; the next re-examination is planned."""
    held, award, upkeep = _reexamination(reexamination, by, findings)
    held = _finish(held, by, findings, Reexamination.Result.KEPT, at)
    _plan_next(award, upkeep, at)
    _tell(Event.REEXAMINED, award, by, {"result": held.get_result_display(), "findings": findings}, at)
    return held


@transaction.atomic
def fail_reexamination(
    reexamination: Reexamination,
    *,
    by: Actor,
    findings: str,
    demands: str,
    criteria: Sequence[int] = (),
    at: dt.datetime | None = None,
) -> Rectification:
    """The community fell behind the standard: it is ordered to put things right."""
    held, award, upkeep = _reexamination(reexamination, by, findings)
    _finish(held, by, findings, Reexamination.Result.RECTIFY, at)
    _plan_next(award, upkeep, at)
    return order(award, by=by, demands=demands, criteria=criteria, at=at)


def _reexamination(reexamination: Reexamination, by: Actor, findings: str) -> tuple[Reexamination, Award, Upkeep]:
    award = _held(reexamination.award_id)
    upkeep = upkeep_of(award)
    _check_supervisor(award, by)
    held = Reexamination.objects.select_for_update().get(pk=reexamination.pk)
    if held.done_at is not None:
        raise Refused(f"本次复查已于 {timezone.localtime(held.done_at):%Y-%m-%d} 办结。")
    if award.state not in Award.IN_FORCE:
        raise Refused(f"该称号{award.get_state_display()}，不再复查。")
    if not findings.strip():
        raise Refused("请写明复查情况。", field="findings")
    return held, award, upkeep


def _finish(held: Reexamination, by: Actor, findings: str, result: str, at: dt.datetime | None) -> Reexamination:
    held.done_at, held.done_by = at or timezone.now(), by.user
    held.findings, held.result = findings.strip(), result
    held.save(update_fields=["done_at", "done_by", "findings", "result"])
    return held


def _plan_next(award: Award, upkeep: Upkeep, at: dt.datetime | None) -> None:
    if upkeep.reexamine_months:
        due_on = months_later(today_in_shanghai(at), upkeep.reexamine_months)
        Reexamination.objects.get_or_create(award=award, due_on=due_on)


# --- rectification ----------------------------------------------------------------------------------------------------


@transaction.atomic
def order(
    award: Award, *, by: Actor, demands: str, criteria: Sequence[int] = (), at: dt.datetime | None = None
) -> Rectification:
    """Order an awarded community to put things right by the day that the scheme gives."""
    held = _held(award.pk)
    upkeep = upkeep_of(held)
    _check_supervisor(held, by)
    if held.state == Award.State.RECTIFYING:
        raise Refused("该社区已在限期整改中，不能重复责令整改。")
    if held.state != Award.State.VALID:
        raise Refused(f"该称号{held.get_state_display()}，不能责令整改。")
    if not demands.strip():
        raise Refused("请写明整改要求。", field="demands")
    known = {line.no for standard in _scheme(held).standards for part in standard.parts for line in part.criteria}
    if unknown := sorted(set(criteria) - known):
        raise Refused(f"标准中没有第 {'、'.join(map(str, unknown))} 项。", field="criteria")
    now = at or timezone.now()
    rectification = Rectification.objects.create(
        award=held,
        demands=demands.strip(),
        criteria=sorted(set(criteria)),
        ordered_at=now,
        ordered_by=by.user,
        due_on=_due_on(upkeep, today_in_shanghai(now)),
    )
    _set_state(held, Award.State.RECTIFYING, now)
    details = {"demands": demands.strip(), "criteria": rectification.criteria, "due_on": rectification.due_on}
    _tell(Event.RECTIFICATION_ORDERED, held, by, details, at)
    return rectification


def _due_on(upkeep: Upkeep, day: dt.date) -> dt.date:
    working = upkeep.rectification_day_kind == "working"
    add = dates.add_working_days if working else dates.add_calendar_days
    return add(day, upkeep.rectification_days)


@transaction.atomic
def report(rectification: Rectification, *, by: Actor, revision: int, text: str, at: dt.datetime | None = None) -> None:
    """The community reports what it put right; it can report again until the re-check."""
    award = _held(rectification.award_id)
    check(by, Capability.DECLARE, award.community)
    if not text.strip():
        raise Refused("请写明整改情况。", field="text")
    now = at or timezone.now()
    _change(rectification, revision, result=Rectification.Result.REPORTED, report=text.strip(), reported_at=now)
    _tell(Event.RECTIFICATION_REPORTED, award, by, {"report": text.strip()}, at)


@transaction.atomic
def lift(
    rectification: Rectification, *, by: Actor, revision: int, opinion: str, at: dt.datetime | None = None
) -> None:
    """The re-check found everything put right: the title is valid again."""
    award = _held(rectification.award_id)
    _check_supervisor(award, by)
    if not opinion.strip():
        raise Refused("请写明核查意见。", field="opinion")
    now = at or timezone.now()
    _close(rectification, revision, Rectification.Result.LIFTED, by, opinion, now)
    _set_state(award, Award.State.VALID, now)
    _tell(Event.RECTIFICATION_LIFTED, award, by, {"opinion": opinion.strip()}, at)


@transaction.atomic
def extend(
    rectification: Rectification,
    *,
    by: Actor,
    revision: int,
    due_on: dt.date,
    opinion: str,
    at: dt.datetime | None = None,
) -> None:
    """The re-check found it not put right yet: more time, with the reason."""
    award = _held(rectification.award_id)
    _check_supervisor(award, by)
    now = at or timezone.now()
    current = Rectification.objects.get(pk=rectification.pk)
    if due_on <= max(current.due_on, today_in_shanghai(now)):
        raise Refused("新的期限须晚于今天和原期限。", field="due_on")
    if not opinion.strip():
        raise Refused("请写明延期的理由。", field="opinion")
    said = {
        "on": today_in_shanghai(now).isoformat(),
        "from": current.due_on.isoformat(),
        "to": due_on.isoformat(),
        "opinion": opinion.strip(),
        "by": f"{by.post_title} {by.person_name}".strip(),
    }
    _change(
        rectification,
        revision,
        due_on=due_on,
        result=Rectification.Result.OPEN,
        extensions=[*current.extensions, said],
    )
    _tell(Event.RECTIFICATION_EXTENDED, award, by, said, at)


@transaction.atomic
def delist(
    rectification: Rectification, *, by: Actor, revision: int, reason: str, at: dt.datetime | None = None
) -> Award:
    """Withdraw the title of a community that did not put things right in time. It may declare again later."""
    award = _held(rectification.award_id)
    upkeep = upkeep_of(award)
    check(by, Capability.SUPERVISE, award.community)
    if why_not := cannot_delist(award, by):
        raise NotAllowed(why_not)
    now = at or timezone.now()
    current = Rectification.objects.get(pk=rectification.pk)
    if not dates.has_passed(current.due_on, now):
        raise Refused(f"整改期限到 {current.due_on}，逾期不能整改的才能除名（依据：{upkeep.source}）。")
    if not reason.strip():
        raise Refused("请写明除名的理由。", field="reason")
    _close(rectification, revision, Rectification.Result.DELISTED, by, reason, now)
    award.state = Award.State.WITHDRAWN
    award.withdrawn_on = today_in_shanghai(now)
    award.withdrawn_reason = reason.strip()[:500]
    award.revision += 1
    award.save(update_fields=["state", "withdrawn_on", "withdrawn_reason", "revision"])
    Reexamination.objects.filter(award=award, done_at=None).delete()
    moving.hide_untitled([award.declaration.assessment_id])
    standing.update([award.community_id], now=now)
    _tell(Event.DELISTED, award, by, {"reason": reason.strip(), "number": award.number}, at)
    return award


@transaction.atomic
def expire(*, at: dt.datetime | None = None) -> int:
    """End the titles whose years are over; how many. Called by the clock, safe to call again."""
    now = at or timezone.now()
    today = today_in_shanghai(now)
    over = Award.objects.select_for_update(of=("self",)).filter(valid_until__lt=today, state__in=Award.IN_FORCE)
    awards = list(over.select_related("community").order_by("pk"))
    if not awards:
        return 0
    ids = [award.pk for award in awards]
    Award.objects.filter(pk__in=ids).update(state=Award.State.EXPIRED, revision=F("revision") + 1)
    Reexamination.objects.filter(award__in=ids, done_at=None).delete()
    Rectification.objects.filter(award__in=ids, result__in=OPEN).update(
        result=Rectification.Result.ENDED, closed_at=now, revision=F("revision") + 1
    )
    moving.hide_untitled(Declaration.objects.filter(award__in=ids).values_list("assessment_id", flat=True))
    standing.update([award.community_id for award in awards], now=now)
    system = Actor.system()
    record_many(
        Happening(
            Event.EXPIRED,
            award,
            system,
            award.community.code,
            {"number": award.number, "valid_until": award.valid_until},
            at=at,
        )
        for award in awards
    )
    return len(awards)


# --- shared -----------------------------------------------------------------------------------------------------------


def _held(award_id: UUID) -> Award:
    held = Award.objects.select_for_update(of=("self",)).select_related("community")
    return held.get(pk=award_id)


def _scheme(award: Award) -> Scheme:
    return scheme_of(award.version_id)


def cannot_supervise(award: Award, by: Actor) -> str | None:
    """Why this post doesn't supervise an award, or None."""
    upkeep = upkeep_of(award)
    return _cannot(award, upkeep.supervised_by, upkeep, by, "动态管理")


def cannot_delist(award: Award, by: Actor) -> str | None:
    """Why this post can't delist, or None."""
    upkeep = upkeep_of(award)
    return _cannot(award, upkeep.delist_by, upkeep, by, "除名")


def _cannot(award: Award, wanted: AdminLevel, upkeep: Upkeep, by: Actor, what: str) -> str | None:
    level = procedure.LEVELS[wanted]
    if by.post is None or not by.may(Capability.SUPERVISE, award.community) or by.post.division.level > level:
        return f"{what}由{Level(level).label}办理（依据：{upkeep.source}）。"
    return None


def _check_supervisor(award: Award, by: Actor) -> None:
    check(by, Capability.SUPERVISE, award.community)
    if reason := cannot_supervise(award, by):
        raise NotAllowed(reason)


def _set_state(award: Award, state: str, now: dt.datetime) -> None:
    award.state = state
    award.revision += 1
    award.save(update_fields=["state", "revision"])
    standing.update([award.community_id], now=now)


def _close(rectification: Rectification, revision: int, result: str, by: Actor, opinion: str, now: dt.datetime) -> None:
    _change(rectification, revision, result=result, closed_at=now, closed_by=by.user, closing_opinion=opinion.strip())


def _change(rectification: Rectification, revision: int, **values: object) -> None:
    """Compare-and-set: nothing happens twice, and nothing on top of what the person hasn't seen."""
    changed = Rectification.objects.filter(pk=rectification.pk, revision=revision, result__in=OPEN).update(
        revision=revision + 1, **values
    )
    if not changed:
        raise Refused("该整改已办结，或已由他人办理，请刷新页面查看。")


def _tell(event: Event, award: Award, by: Actor, details: Mapping[str, object], at: dt.datetime | None) -> None:
    record_many([Happening(event, award, by, award.community.code, details, at=at)])
