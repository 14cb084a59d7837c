"""What people do on the map: put a thing there, draw it anew, bring in a file of things."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from greenhood.accounts.access import check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.communities.errors import BadEntries, Misplaced, Unconfirmed
from greenhood.communities.mapping.exchange import Entry, in_order
from greenhood.communities.mapping.measures import drawn_figure
from greenhood.communities.mapping.placing import placing
from greenhood.communities.mapping.reading import Item
from greenhood.divisions.models import Division
from greenhood.facts import actions as facts
from greenhood.facts.errors import BadFact, Conflict
from greenhood.facts.events import Event
from greenhood.facts.kinds import Kind
from greenhood.facts.models import CoordinateSystem, Fact, Source
from greenhood.history import actions as history
from greenhood.kit.geodesy import Geometry


@transaction.atomic
def draw(
    kind: Kind,
    community: Division,
    values: Mapping[str, Any],
    geometry: Geometry,
    *,
    dated: dt.date,
    by: Actor,
    thing: UUID | None = None,
    replaces: UUID | None = None,
    source: str = Source.MEASURED,
    source_note: str = "",
    captured_in: str = CoordinateSystem.CGCS2000,
    confirmed: bool = False,
) -> Fact:
    """Store a thing with the shape drawn for it, in CGCS2000; the version now stored.

    ``values`` are the thing's other columns; the area or length of the drawing stands in for a typed one. A sound shape in the wrong place raises Misplaced, one in an unusual place
    Unconfirmed unless ``confirmed``; then as ``facts.actions.record``: BadFact, Conflict.
    """
    check(by, Capability.RECORD, community)
    judged = placing(kind, community, geometry, day=dated, thing=thing or facts.thing_of(kind, community.pk))
    if judged.refusals:
        raise Misplaced(judged.refusals)
    if judged.warnings and not confirmed:
        raise Unconfirmed(judged.warnings)
    return facts.record(
        kind,
        community,
        {**values, **drawn_figure(kind, geometry), **position(geometry), "captured_in": captured_in},
        dated=dated,
        by=by,
        thing=thing,
        replaces=replaces,
        source=source,
        source_note=source_note,
    )


def position(geometry: Geometry) -> dict[str, Any]:
    """The columns that hold a shape: a point needs its longitude and latitude only."""
    if geometry["type"] == "Point":
        longitude, latitude = geometry["coordinates"][:2]
        return {"geometry": None, "longitude": longitude, "latitude": latitude}
    return {"geometry": geometry}


@transaction.atomic
def bring_in(
    entries: Iterable[Entry],
    community: Division,
    seen: Mapping[str, str],
    *,
    dated: dt.date,
    note: str,
    system: str,
    by: Actor,
) -> int:
    """Store the features of a file, all of them or none; how many were. ``seen``: the version of each thing that was shown.

    Raises BadEntries with what stands against which feature.
    """
    check(by, Capability.RECORD, community)
    problems: dict[int, str] = {}
    stored = 0
    for entry in in_order(entries):
        assert entry.kind is not None
        try:
            with transaction.atomic():
                _store(entry, community, seen, dated=dated, note=note, system=system, by=by)
        except BadFact as problem:
            problems[entry.number] = "".join(problem.problems.values())
        except Conflict:
            problems[entry.number] = "预览之后他人已改过。请重新预览。"
        stored += 1
    if problems:
        raise BadEntries(problems)
    history.record(
        Event.IMPORTED,
        history.Subject("communities.map", community.number, f"{community.name}地图"),
        by=by,
        division_code=community.code,
        details={"format": "GeoJSON", "count": stored, "dated": dated.isoformat(), "system": system},
    )
    return stored


def _store(
    entry: Entry, community: Division, seen: Mapping[str, str], *, dated: dt.date, note: str, system: str, by: Actor
) -> None:
    assert entry.kind is not None
    version = seen.get(str(entry.thing))
    place = position(entry.geometry) if entry.geometry else position_of(entry.present)
    facts.record(
        entry.kind,
        community,
        {**entry.values, **place, "captured_in": system if entry.geometry else CoordinateSystem.CGCS2000},
        dated=dated,
        by=by,
        thing=entry.thing,
        replaces=UUID(version) if version else None,
        source=Source.IMPORTED,
        source_note=note,
    )


def position_of(present: Item | None) -> dict[str, Any]:
    """The columns that hold the position of what is recorded."""
    if present is None or present.geometry is None:
        return {"geometry": None, "longitude": None, "latitude": None}
    return position(present.geometry)


def note_export(community: Division, *, rows: int, kind: str, by: Actor) -> None:
    """Write down that things of a community were given out as a file."""
    check(by, Capability.EXPORT, community)
    history.record(
        Event.EXPORTED,
        history.Subject("communities.map", community.number, f"{community.name}地图"),
        by=by,
        division_code=community.code,
        details={"format": "GeoJSON", "rows": rows, "kind": kind},
    )
