"""Where a thing is: its position or drawing checked, measured on the ellipsoid, and kept in CGCS2000."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from greenhood.facts.kinds import Kind, Shape
from greenhood.kit import geodesy

DRAWN = {
    Shape.LINE: ("LineString", "MultiLineString"),
    Shape.AREA: ("Polygon", "MultiPolygon"),
    Shape.POINT: ("Point",),
    Shape.ANY: ("Point", "LineString", "MultiLineString", "Polygon", "MultiPolygon"),
}


def measured(kind: Kind, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with what follows from a sound drawing: a point within it, and the area in 平方米 that it covers."""
    geometry = values.get("geometry")
    if not geometry or any(problems(kind, values)):
        return dict(values)
    longitude, latitude = geodesy.centre(geometry)
    found: dict[str, Any] = {**values, "longitude": longitude, "latitude": latitude}
    if kind.area and geometry["type"] in DRAWN[Shape.AREA]:
        found[kind.area] = Decimal(geodesy.area_m2(geometry)).quantize(Decimal("0.01"))
    return found


def problems(kind: Kind, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(field, sentence) for a drawing or a position that can't be so."""
    geometry = values.get("geometry")
    if geometry:
        yield from (("geometry", problem.text) for problem in geodesy.check_geometry(geometry, DRAWN[kind.shape]))
    longitude, latitude = values.get("longitude"), values.get("latitude")
    if (longitude is None) != (latitude is None):
        yield "longitude", "经度和纬度要一起填写。"
    elif longitude is not None and latitude is not None:
        point = {"type": "Point", "coordinates": [longitude, latitude]}
        yield from (("longitude", problem.text) for problem in geodesy.check_point(point))
