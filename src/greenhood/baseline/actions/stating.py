"""What a community says without typing: it is still so, there is nothing of this kind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from greenhood.accounts.access import check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.baseline.errors import NotPossible
from greenhood.baseline.events import Event
from greenhood.baseline.models import NothingThere
from greenhood.divisions.models import Division
from greenhood.facts import actions as facts
from greenhood.facts import hooks
from greenhood.facts.errors import Conflict
from greenhood.facts.kinds import Kind
from greenhood.facts.models import Fact, Source
from greenhood.facts.queries import current, latest
from greenhood.history import actions as history
from greenhood.kit.dates import today_in_shanghai

RECORDED_SINCE = "后来登记了此类信息"


def whole_of(fact: Fact) -> dict[str, Any]:
    """Every value of a version as ``facts.actions.record`` takes them, its place and drawing included."""
    names = [column.name for column in fact.kind.columns]
    if fact.kind.is_located:
        names += ["longitude", "latitude", "geometry", "captured_in"]
    return {name: getattr(fact, name) for name in names}


def confirm(
    kind: Kind, community: Division, thing: UUID, *, replaces: UUID | None, by: Actor, dated: dt.date | None = None
) -> Fact:
    """仍然如此: the figures of a thing are true of a day (today) too. Raises facts.Conflict when they were replaced meanwhile.

    A thing whose present version is of that day or later already is left as it is.
    """
    check(by, Capability.RECORD, community)
    day = dated or today_in_shanghai()
    present = latest(kind, community, thing)
    if present is None or (present.id != replaces and present.dated < day):
        raise Conflict(present, {})
    if present.dated >= day:
        return present
    return facts.record(
        kind, community, whole_of(present), dated=day, by=by, thing=thing, replaces=replaces, source=Source.SURVEYED
    )


@transaction.atomic
def state_nothing(
    kind: Kind, community: Division, *, by: Actor, dated: dt.date | None = None, note: str = ""
) -> NothingThere:
    """本社区没有此类, as of a day (today). Said again it is dated anew. Raises NotPossible where something is recorded."""
    check(by, Capability.RECORD, community)
    day = dated or today_in_shanghai()
    if day > today_in_shanghai():
        raise NotPossible(f"确认日期 {day} 还没有到，不能晚于今天。", field="dated")
    if kind.is_single:
        raise NotPossible(f"“{kind.title}”每个社区都有，请填写。")
    Division.objects.select_for_update(no_key=True).get(pk=community.pk)
    if count := current(kind, [community.pk]).count():
        raise NotPossible(f"本社区已登记 {count} 处{kind.title}。确已没有的，请先逐处注销，再确认没有此类。")
    standing = NothingThere.objects.filter(community=community, kind=kind.key, ended_at=None).first()
    if standing is not None and standing.dated >= day:
        return standing
    if standing is not None:
        _end(standing, by, "重新确认")
    row = NothingThere.objects.create(
        community=community,
        kind=kind.key,
        dated=day,
        note=note.strip()[:200],
        recorded_at=timezone.now(),
        recorded_by=by.user,
    )
    _record(Event.NOTHING_THERE, row, kind, by, {"dated": day.isoformat(), "note": row.note})
    hooks.changed(kind, [community.pk])
    return row


@transaction.atomic
def take_back_nothing(kind: Kind, community: Division, *, by: Actor, reason: str = "") -> None:
    """Take the statement back, because it was wrong or because something is recorded now. Nothing to take back is no error."""
    check(by, Capability.RECORD, community)
    standing = (
        NothingThere.objects.select_for_update().filter(community=community, kind=kind.key, ended_at=None).first()
    )
    if standing is None:
        return
    _end(standing, by, reason.strip()[:200] or "说明有误")
    _record(Event.NOTHING_TAKEN_BACK, standing, kind, by, {"reason": standing.end_reason})
    hooks.changed(kind, [community.pk])


def end_contradicted(kind: Kind, communities: Collection[int]) -> None:
    """End the statements of communities that have a thing of the kind now: called when facts change, whoever changes them."""
    standing = NothingThere.objects.filter(community__in=communities, kind=kind.key, ended_at=None)
    rows = list(standing.select_related("community").order_by("pk"))
    if not rows:
        return
    present = set(current(kind, [row.community_id for row in rows]).values_list("community_id", flat=True))
    ended = [row for row in rows if row.community_id in present]
    now = timezone.now()
    NothingThere.objects.filter(pk__in=[row.pk for row in ended]).update(ended_at=now, end_reason=RECORDED_SINCE)
    details = {"kind": kind.key, "reason": RECORDED_SINCE}
    history.record_many(
        [
            history.Happening(Event.NOTHING_TAKEN_BACK, _subject(row, kind), None, row.community.code, details)
            for row in ended
        ]
    )


def _end(row: NothingThere, by: Actor, reason: str) -> None:
    row.ended_at, row.ended_by, row.end_reason = timezone.now(), by.user, reason
    row.save(update_fields=["ended_at", "ended_by", "end_reason"])


def _subject(row: NothingThere, kind: Kind) -> history.Subject:
    return history.Subject(row._meta.label_lower, str(row.pk), f"{row.community.name}：没有{kind.title}")


def _record(event: Event, row: NothingThere, kind: Kind, by: Actor, details: dict[str, Any]) -> None:
    history.record(
        event, _subject(row, kind), by=by, division_code=row.community.code, details={"kind": kind.key, **details}
    )
