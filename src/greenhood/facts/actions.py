"""What people do with facts: record a thing, replace its figures by newer ones, say that it is gone, bring it back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid5

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from greenhood.accounts.access import check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions.models import Division
from greenhood.facts import hooks, shapes
from greenhood.facts.errors import BadFact, Conflict
from greenhood.facts.events import Event
from greenhood.facts.kinds import COMMON, PLACE, Kind
from greenhood.facts.models import Fact, Source
from greenhood.facts.queries import belonging, last_state, latest
from greenhood.history import actions as history
from greenhood.kit.dates import today_in_shanghai

FIRST_DAY = dt.date(1949, 10, 1)
_SINGLE = UUID("5f1d2c1e-8a54-5c0b-9f43-2d0a6a8f6b11")


def thing_of(kind: Kind, community_id: int) -> UUID:
    """The lasting id of what a community has one of."""
    return uuid5(_SINGLE, f"{kind.key}/{community_id}")


@transaction.atomic
def record(
    kind: Kind,
    community: Division,
    values: Mapping[str, Any],
    *,
    dated: dt.date,
    by: Actor,
    thing: UUID | None = None,
    replaces: UUID | None = None,
    source: str = Source.TYPED,
    source_note: str = "",
    at: dt.datetime | None = None,
    is_demonstration: bool = False,
) -> Fact:
    """Write down a thing, or newer figures of it; the version now stored.

    ``values`` holds every column of the kind, clean, and ``geometry`` or ``longitude``/``latitude``/``captured_in`` for
    what has a place. ``replaces`` is the ``id`` of the version that the person saw: Conflict when another is the present
    one. A ``thing`` that isn't known yet is new under that id, so that a form sent twice records once. A day before the
    present version's fills in the past. Raises BadFact with a sentence by field. The same figures of the same day change
    nothing.
    """
    check(by, Capability.RECORD, community)
    thing = thing_of(kind, community.pk) if kind.is_single else thing
    _hold(kind, community)
    present = latest(kind, community, thing) if thing else None
    values = shapes.measured(kind, _only_columns(kind, values))
    if present is not None and _is_same(kind, present, values, dated, source):
        return present
    if (present.id if present else None) != replaces:
        raise Conflict(present, values)
    if found := dict(_problems(kind, values, dated)):
        raise BadFact(found)
    version = kind.model(
        community=community,
        **({"thing": thing} if thing else {}),
        dated=dated,
        source=source,
        source_note=source_note,
        recorded_at=at or timezone.now(),
        recorded_by=by.user,
        is_demonstration=is_demonstration,
        **values,
    )
    _into_place(kind, version)
    _check_whole(kind, community, dated)
    history.record(
        Event.REPLACED if present else Event.RECORDED,
        history.Subject(kind.subject_kind, str(version.thing), str(version)),
        by=by,
        division_code=community.code,
        details={"dated": dated.isoformat(), "source": source, "changes": changes(kind, present, version)},
        at=at,
    )
    hooks.changed(kind, [community.pk])
    return version


@transaction.atomic
def retire(
    kind: Kind, community: Division, thing: UUID, *, replaces: UUID, gone_on: dt.date, reason: str, by: Actor
) -> Fact:
    """Say that a thing is no longer there from a day on. Its past stays readable. Raises BadFact, Conflict."""
    check(by, Capability.RECORD, community)
    _hold(kind, community)
    present = latest(kind, community, thing)
    if present is None or present.id != replaces:
        raise Conflict(present, {})
    if gone_on < present.dated:
        raise BadFact({"gone_on": f"注销日期不能早于数据日期 {present.dated}。"})
    if gone_on > today_in_shanghai():
        raise BadFact({"gone_on": "注销日期不能晚于今天。"})
    if not reason.strip():
        raise BadFact({"reason": "请写明注销的原因，例如“已拆除”“重复登记”。"})
    if left := belonging(kind, community, thing):
        named = "、".join(f"{each.title} {number} 条" for each, number in left)
        raise BadFact(
            {"": f"还有登记在它名下的{named}。请先注销这些条目，或把它们改到别的{kind.title}名下，再注销它。"}
        )
    present.until = gone_on
    present.save(update_fields=["until"])
    history.record(
        Event.RETIRED,
        history.Subject(kind.subject_kind, str(thing), str(present)),
        by=by,
        division_code=community.code,
        details={"gone_on": gone_on.isoformat(), "reason": reason.strip()},
    )
    hooks.changed(kind, [community.pk])
    return present


@transaction.atomic
def restore(kind: Kind, community: Division, thing: UUID, *, by: Actor) -> Fact:
    """Take a retirement back: the last version is the present one again. Raises Conflict when it already is."""
    check(by, Capability.RECORD, community)
    _hold(kind, community)
    present = latest(kind, community, thing)
    last = last_state(kind, community, thing)
    if last is None or present is not None:
        raise Conflict(present, {})
    last.until = None
    last.save(update_fields=["until"])
    history.record(
        Event.RESTORED,
        history.Subject(kind.subject_kind, str(thing), str(last)),
        by=by,
        division_code=community.code,
    )
    hooks.changed(kind, [community.pk])
    return last


def note_export(division: Division, kinds: Sequence[Kind], form: str, *, by: Actor) -> None:
    """Write down that somebody took records away as a file (``form``: csv, xlsx)."""
    history.record(
        Event.EXPORTED,
        history.subject_of(division),
        by=by,
        division_code=division.code,
        details={"种类": [kind.title for kind in kinds], "格式": form},
    )


def changes(kind: Kind, before: Fact | None, after: Fact) -> dict[str, list[Any]]:
    """The columns that differ, as ``{column: [before, after]}`` in plain values."""
    found = {}
    for name in _names(kind):
        old, new = getattr(before, name, None), getattr(after, name)
        if old != new:
            found[name] = [_plain(old), _plain(new)]
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return "已绘制"
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _names(kind: Kind) -> list[str]:
    return [column.name for column in kind.columns] + (
        ["longitude", "latitude", "geometry", "captured_in"] if kind.is_located else []
    )


def _only_columns(kind: Kind, values: Mapping[str, Any]) -> dict[str, Any]:
    known = set(_names(kind))
    assert not values.keys() - known - COMMON - PLACE, f"{kind.key} has no {values.keys() - known}"
    return {name: value for name, value in values.items() if name in known}


def _is_same(kind: Kind, present: Fact, values: Mapping[str, Any], dated: dt.date, source: str) -> bool:
    return (
        present.dated == dated
        and present.source == source
        and all(getattr(present, name) == value for name, value in values.items())
    )


def _problems(kind: Kind, values: Mapping[str, Any], dated: dt.date) -> Any:
    today = today_in_shanghai()
    if dated > today:
        yield "dated", f"数据日期 {dated} 还没有到，不能晚于今天（{today}）。"
    if dated < FIRST_DAY:
        yield "dated", f"数据日期 {dated} 太早，请核对年份。"
    for column in kind.columns:
        if column.is_required and values.get(column.name) in (None, ""):
            yield column.name, f"请填写{column.title}。"
    yield from kind.within_itself(values)
    yield from shapes.problems(kind, values)


def _hold(kind: Kind, community: Division) -> None:
    """One writer at a time in a community: what is counted over its things stays true until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, %s)", [LOCK, community.pk % 2**31])
        # An import of many communities holds the table; what is read from here on must be what it leaves.
        cursor.execute(f"lock table {kind.table} in row exclusive mode")


LOCK = 20_2611


def _into_place(kind: Kind, version: Fact) -> None:
    """Insert a version among those of its thing, so that every day has one at most."""
    others = kind.model._default_manager.filter(community=version.community_id, thing=version.thing)
    standing = others.filter(dated__lte=version.dated).exclude(until__lte=version.dated).first()
    if standing is not None:
        version.until = standing.until
        standing.until = version.dated
        standing.save(update_fields=["until"])
    else:
        # A version with no day of its own was a mistake and ends nothing.
        later = others.filter(dated__gt=version.dated).exclude(until=F("dated")).order_by("dated").first()
        version.until = later.dated if later else None
    version.save(force_insert=True)


def _check_whole(kind: Kind, community: Division, day: dt.date) -> None:
    for one in kind.every_check:
        if wrong := one([community.pk], day).get(community.pk):
            raise BadFact({"": wrong})
