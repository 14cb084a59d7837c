"""How the demonstration's communities record what is on the ground: two of them thing by thing, the others from one file.

Recorded late, after what was declared had been declared: what it declared stays as it was.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from greenhood.accounts.actor import Actor
from greenhood.demo import ground
from greenhood.demo.ground import Ground, Kept, Thing
from greenhood.divisions.models import Division
from greenhood.facts import actions, hooks, shapes
from greenhood.facts.events import Event
from greenhood.facts.kinds import Kind, kind
from greenhood.facts.models import Fact, Source
from greenhood.history import actions as history

WORKED = 510107001004
# What the worked example has not come to yet.
NOT_YET = frozenset({"noise-measurements", "heritage-inspections", "overhead-lines", "satisfaction-surveys"})
NOTE = "演示数据，按街区示意绘制"


def thing_by_thing(place: Ground, community: Division, *, by: Actor, at: dt.datetime) -> int:
    """Record a community through the same action as its page does; how many things."""
    count = 0
    for one in ground.things_of(place):
        if one.kind.key in NOT_YET or one.dated > at.date():
            continue
        actions.record(
            one.kind,
            community,
            _whole(one),
            dated=one.dated,
            by=by,
            thing=None if one.kind.is_single else one.thing,
            source=Source.SURVEYED,
            source_note=NOTE,
            at=at,
            is_demonstration=True,
        )
        count += 1
    return count


def from_a_file(
    places: Iterable[tuple[Ground, Division]], *, by: Actor, at: dt.datetime, after: dt.date = dt.date.min
) -> int:
    """Record many communities at once, as a file from a county does; how many things. One entry of history each.

    Of the things that are true of that day already, those dated ``after`` another.

    The rows are written by kind rather than one by one, which would take a minute; they are those of ``record``.
    """
    rows: dict[Kind, list[Fact]] = defaultdict(list)
    for place, community in places:
        count = 0
        for one in ground.things_of(place):
            if not after < one.dated <= at.date():
                continue
            rows[one.kind].append(_row(one, community, by, at))
            count += 1
        if count:
            history.record(
                Event.IMPORTED,
                history.Subject("facts.import", community.number, f"{community.name}信息（演示）"),
                by=by,
                division_code=community.code,
                details={"count": count, "source": Source.IMPORTED.value},
                at=at,
            )
    for of, made in rows.items():
        of.model._default_manager.bulk_create(made)
        hooks.changed(of, {row.community_id for row in made})
    return sum(map(len, rows.values()))


def correct(community: Division, key: str, changes: dict[str, Any], *, by: Actor, at: dt.datetime) -> Fact:
    """Replace the figures of one thing of a kind by newer ones, as of that day."""
    of = kind(key)
    present = of.model._default_manager.filter(community=community, until=None).order_by("name", "id")[0]
    names = [column.name for column in of.columns] + [
        "longitude",
        "latitude",
        "geometry",
        "captured_in",
    ] * of.is_located
    values = {name: getattr(present, name) for name in names} | changes
    return actions.record(
        of,
        community,
        values,
        dated=at.date(),
        by=by,
        thing=present.thing,
        replaces=present.id,
        source=Source.MEASURED,
        source_note=NOTE,
        at=at,
        is_demonstration=True,
    )


def _whole(one: Thing) -> dict[str, Any]:
    """Every column, those that nobody filled in with their default."""
    blank = {column.name: column.field.get_default() for column in one.kind.columns if column.field is not None}
    return blank | dict(one.values)


def _row(one: Thing, community: Division, by: Actor, at: dt.datetime) -> Fact:
    return one.kind.model(
        community=community,
        thing=one.thing,
        dated=one.dated,
        source=Source.IMPORTED,
        source_note=NOTE,
        recorded_at=at,
        recorded_by=by.user,
        is_demonstration=True,
        **shapes.measured(one.kind, _whole(one)),
    )


__all__ = ["Ground", "Kept", "correct", "from_a_file", "thing_by_thing"]
