"""What a community's map shows: every thing that has a place, as of a day, in one query whatever the number of kinds."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db import connection

from greenhood.communities.mapping import measures
from greenhood.communities.mapping.layers import Layer, layer, layers
from greenhood.communities.mapping.measures import Measure
from greenhood.communities.models import Boundary
from greenhood.divisions.models import Division, Level, code_at, span
from greenhood.facts.kinds import Column, Kind, kind
from greenhood.facts.models import Source
from greenhood.kit import geodesy
from greenhood.kit.geodesy import Geometry

# Degrees around a community within which neighbours are drawn: about five kilometres.
AROUND = 0.05
MOST_NEIGHBOURS = 60
NEIGHBOUR_DETAIL_M = 5


@dataclass(frozen=True)
class Item:
    """One thing as the map and the list beside it show it. ``values`` are those of its columns, plain."""

    kind: Kind
    id: UUID
    thing: UUID
    dated: dt.date
    source: str
    source_note: str
    recorded_by: str
    values: dict[str, Any]
    geometry: Geometry | None
    names: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def name(self) -> str:
        named = str(self.values.get(self.kind.name) or "") if self.kind.name else ""
        return named or self.kind.title

    @property
    def layer(self) -> Layer:
        return layer(self.kind)

    @cached_property
    def measure(self) -> Measure:
        return measures.measure(self.geometry)

    @property
    def source_words(self) -> str:
        words = str(Source(self.source).label)
        return f"{words}（{self.source_note}）" if self.source_note else words

    @property
    def figures(self) -> list[tuple[str, str]]:
        """(title, value) of what is filled in, as people read it, without the name."""
        found = ((column.title, self._said(column)) for column in self.kind.columns if column.name != self.kind.name)
        return [(title, words) for title, words in found if words]

    def _said(self, column: Column) -> str:
        value = self.values.get(column.name)
        if value is None or value == "":
            return ""
        if column.type == "reference":
            return self.names.get(str(value), "")
        if column.type == "choice":
            return dict(column.choices).get(str(value), str(value))
        if column.type == "yes-no":
            return "是" if value else "否"
        if column.type == "amount" and column.unit == "平方米":
            return measures.area_words(float(value))
        # A year has no thousands separator.
        words = str(value) if column.unit == "年" or isinstance(value, str) else measures.plain(float(value))
        return f"{words} {column.unit}".strip()


def items(community: Division, day: dt.date, *, only: Iterable[Kind] | None = None) -> list[Item]:
    """Every thing of the located kinds that is true of the day, by layer and name. One query."""
    shown = [each.kind for each in layers()] if only is None else list(only)
    if not shown:
        return []
    parts = " union all ".join(
        f"select %s as kind, to_jsonb(f) as row, f.recorded_by_id from {each.table} f"
        " where f.community_id = %s and f.dated <= %s and (f.until is null or f.until > %s)"
        for each in shown
    )
    parameters = [value for each in shown for value in (each.key, community.pk, day, day)]
    with connection.cursor() as cursor:
        cursor.execute(
            f"select u.kind, u.row, p.name from ({parts}) u left join accounts_user p on p.id = u.recorded_by_id",
            parameters,
        )
        rows = [(kind(key), _loaded(row), person or "") for key, row, person in cursor.fetchall()]
    names = {row["thing"]: str(row.get(each.name) or "") for each, row, _ in rows if each.name}
    order = {each: number for number, each in enumerate(shown)}
    found = [_item(each, row, person, names) for each, row, person in rows]
    return sorted(found, key=lambda item: (order[item.kind], item.name, str(item.thing)))


def _loaded(row: Any) -> dict[str, Any]:
    return json.loads(row) if isinstance(row, str) else row


def _item(kind: Kind, row: dict[str, Any], person: str, names: dict[str, str]) -> Item:
    return Item(
        kind=kind,
        id=UUID(row["id"]),
        thing=UUID(row["thing"]),
        dated=dt.date.fromisoformat(row["dated"]),
        source=row["source"],
        source_note=row["source_note"],
        recorded_by=person,
        values={column.name: row[column.name] for column in kind.columns},
        geometry=row["geometry"] or _point(row),
        names=names,
    )


def _point(row: dict[str, Any]) -> Geometry | None:
    if row["longitude"] is None or row["latitude"] is None:
        return None
    return {"type": "Point", "coordinates": [row["longitude"], row["latitude"]]}


@dataclass(frozen=True)
class Neighbour:
    name: str
    code: int
    geometry: Geometry


def neighbours(community: Division, place: geodesy.Place | None, day: dt.date) -> list[Neighbour]:
    """Boundaries of other communities near a place of this one; those of its street where it has no place yet. One query."""
    low, high = span(
        code_at(community.code, Level.COUNTY if place else Level.STREET), Level.COUNTY if place else Level.STREET
    )
    found = (
        Boundary.objects.filter(community__code__gte=low, community__code__lt=high, dated__lte=day)
        .exclude(community_id=community.pk)
        .exclude(until__lte=day)
        .exclude(geometry=None)
        .values_list("community__name", "community__code", "geometry")
    )
    if place:
        found = found.filter(
            longitude__range=(place[0] - AROUND, place[0] + AROUND),
            latitude__range=(place[1] - AROUND, place[1] + AROUND),
        )
    return [
        Neighbour(name, code, geodesy.simplified(geometry, NEIGHBOUR_DETAIL_M))
        for name, code, geometry in found.order_by("community__code")[:MOST_NEIGHBOURS]
        if geometry
    ]


def boundary_of(found: Sequence[Item]) -> Geometry | None:
    """The drawn boundary among a community's things."""
    return next((item.geometry for item in found if item.kind.key == "boundary" and is_area(item.geometry)), None)


def is_area(geometry: Geometry | None) -> bool:
    return geometry is not None and geometry["type"] in {"Polygon", "MultiPolygon"}


def middle(found: Sequence[Item]) -> geodesy.Place | None:
    """Where a community is, by its boundary or what it has recorded; None where nothing has a place."""
    if boundary := boundary_of(found):
        return geodesy.centre(boundary)
    box = geodesy.bounds(item.geometry for item in found if item.geometry)
    return box and ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
