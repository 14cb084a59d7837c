"""The designers of streets and communities: appointed from a day to a day, one at a time unless a reason is given."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from greenhood.accounts.access import check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions.models import Division, Level
from greenhood.experts.actions.changing import said
from greenhood.experts.errors import Overtaken, Refused
from greenhood.experts.events import Event
from greenhood.experts.models import Designer, Entry
from greenhood.experts.queries.designers import overlapping
from greenhood.history import actions as history
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.privacy import private_number


@dataclass(frozen=True, slots=True)
class Terms:
    """Who is appointed and for what. With ``entry`` the name and employer are those of the pool."""

    contact: str
    scope: str
    valid_from: dt.date
    valid_to: dt.date | None = None
    name: str = ""
    employer: str = ""
    beside: str = ""


@transaction.atomic
def appoint(
    division: Division,
    terms: Terms,
    *,
    by: Actor,
    entry: Entry | None = None,
    at: dt.datetime | None = None,
    is_demonstration: bool = False,
) -> Designer:
    """Make somebody the designer of a street or community. Another one at the same time needs a reason. Raises Refused."""
    check(by, Capability.KEEP_POOL, division)
    if division.level not in (Level.STREET, Level.COMMUNITY) or division.valid_to is not None:
        raise Refused("社区设计师按街道（乡镇）或社区聘任，请选择现有的街道或社区。", field="division")
    # One appointment at a time in a place: what was counted as free stays free until this one is written.
    Division.objects.select_for_update().get(pk=division.pk)
    name, employer = terms.name.strip(), terms.employer.strip()
    if entry is not None:
        if not entry.is_valid_on(today_in_shanghai(at)):
            raise Refused(f"{entry.name}不在专家库的有效期内，请先办理入库或续期。", field="entry")
        name, employer = entry.name, entry.employer
    if not name:
        raise Refused("请从专家库选择，或填写姓名（机构名称）。", field="name")
    _check(division, terms)
    now = at or timezone.now()
    made = Designer.objects.create(
        division=division,
        entry=entry,
        name=name[:120],
        employer=employer[:120],
        contact=terms.contact.strip()[:120],
        scope=terms.scope.strip()[:1000],
        valid_from=terms.valid_from,
        valid_to=terms.valid_to,
        beside=terms.beside.strip()[:300],
        appointed_at=now,
        appointed_by=by.user,
        changed_at=now,
        is_demonstration=is_demonstration,
    )
    details = {"范围": division.name, "聘任自": made.valid_from, "聘任至": made.valid_to}
    _tell(Event.DESIGNER_APPOINTED, made, by, details, at)
    return made


def _check(division: Division, terms: Terms, *, but: UUID | None = None) -> None:
    if not terms.contact.strip():
        raise Refused("请填写向居民公开的联系方式，例如办公电话。", field="contact")
    if not terms.scope.strip():
        raise Refused("请写明职责范围。", field="scope")
    for field in ("contact", "scope"):
        if problem := private_number(getattr(terms, field)):
            raise Refused(problem, field=field)
    if terms.valid_to is not None and terms.valid_to < terms.valid_from:
        raise Refused("聘任的截止日期不能早于起始日期。", field="valid_to")
    others = overlapping(division, terms.valid_from, terms.valid_to, but=but)
    if others and not terms.beside.strip():
        named = "；".join(f"{one.name}（{one.valid_from} 至 {one.valid_to or '长期'}）" for one in others)
        raise Refused(
            f"{division.name}在这段时间已有社区设计师：{named}。请先结束原任期，或写明同时聘任的理由。", field="beside"
        )


@transaction.atomic
def change(designer: Designer, terms: Terms, *, revision: int, by: Actor, at: dt.datetime | None = None) -> Designer:
    """Correct contact, scope and dates. Another person is another appointment."""
    held = _held(designer, revision, by)
    _check(held.division, terms, but=held.pk)
    wanted = {
        "contact": terms.contact.strip()[:120],
        "scope": terms.scope.strip()[:1000],
        "valid_from": terms.valid_from,
        "valid_to": terms.valid_to,
        "beside": terms.beside.strip()[:300],
    }
    changes = {name: value for name, value in wanted.items() if getattr(held, name) != value}
    before = {name: getattr(held, name) for name in changes}
    for name, value in changes.items():
        setattr(held, name, value)
    _touch(held, at, *changes)
    _tell(Event.DESIGNER_CHANGED, held, by, {"原": said(held, before), "现": said(held, changes)}, at)
    return held


@transaction.atomic
def end(
    designer: Designer, *, on: dt.date, reason: str, revision: int, by: Actor, at: dt.datetime | None = None
) -> Designer:
    """End a post: ``on`` is its last day. A post that hasn't begun by then was never held."""
    held = _held(designer, revision, by)
    if held.valid_to is not None and held.valid_to <= on:
        raise Refused(f"任期本来就到 {held.valid_to} 为止。", field="on")
    if not reason.strip():
        raise Refused("请写明结束的原因。", field="reason")
    held.valid_to = max(on, held.valid_from - dt.timedelta(days=1))
    held.ended_reason = reason.strip()[:300]
    _touch(held, at, "valid_to", "ended_reason")
    _tell(Event.DESIGNER_ENDED, held, by, {"聘任至": held.valid_to, "原因": held.ended_reason}, at)
    return held


def _held(designer: Designer, revision: int, by: Actor) -> Designer:
    found = Designer.objects.select_related("division").get(pk=designer.pk)
    check(by, Capability.KEEP_POOL, found.division)
    Division.objects.select_for_update().get(pk=found.division_id)
    held = Designer.objects.select_for_update(of=("self",)).select_related("division").get(pk=designer.pk)
    if held.revision != revision:
        raise Overtaken("聘任信息")
    return held


def _touch(held: Designer, at: dt.datetime | None, *columns: str) -> None:
    held.changed_at = at or timezone.now()
    held.revision += 1
    held.save(update_fields=[*columns, "changed_at", "revision"])


def _tell(event: Event, held: Designer, by: Actor, details: Mapping[str, Any], at: dt.datetime | None) -> None:
    history.record(event, held, by=by, division_code=held.division.code, details=details, at=at)
