"""Places and shapes on the ground: coordinate systems, what is wrong with a drawn shape and where, areas and distances.

Everything is kept in CGCS2000, the national system: longitude then latitude, in degrees, as GeoJSON writes them. WGS 84, which
satellites give, differs from it by less than a metre and is taken as the same. GCJ-02 (高德, 腾讯, 微信) and BD-09 (百度) are moved
by some hundred metres and are moved back here.

Lengths are in metres and areas in square metres on the ellipsoid of CGCS2000. Functions that take ``longitude`` and ``latitude``
take numbers or numpy arrays of any size alike. Shapes are GeoJSON geometries; a fault is told in Chinese with its place.
"""

from __future__ import annotations

import json
import math
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import Geod, Proj
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

Geometry = dict[str, Any]
Place = tuple[float, float]
Places = NDArray[np.float64]

# CGCS2000: GB 22021-2008 and the announcement of 2008-07-01.
ELLIPSOID = Geod(a=6378137.0, rf=298.257222101)
# Longitude and latitude of the land and the waters of China, rounded outwards.
CHINA = (73.0, 3.0, 136.0, 54.0)
# Where maps with moved coordinates move them at all.
MOVED = (72.004, 0.8293, 137.8347, 55.8271)
# About a centimetre.
DECIMALS = 7
METRES_PER_DEGREE = 111_320
MOST_POINTS = 20_000
MOST_PROBLEMS = 5
# Smaller than any green space or building: what is left of a polygon whose points lie on one line.
LEAST_AREA = 0.1
# Reading: longer text holds no coordinates.
MOST_CHARACTERS = 200


class System(StrEnum):
    """In which system coordinates were taken; the words are those that people know it by."""

    CGCS2000 = "cgcs2000"
    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"

    @property
    def label(self) -> str:
        return SYSTEM_LABELS[self]


SYSTEM_LABELS = {
    System.CGCS2000: "CGCS2000（国家大地坐标系、天地图）",
    System.WGS84: "WGS 84（手机定位、GPS 设备）",
    System.GCJ02: "GCJ-02（高德、腾讯、微信）",
    System.BD09: "BD-09（百度）",
}


class GeodesyError(ValueError):
    """A place or shape can't be used; the text says what is wrong, where, and what to do."""


@dataclass(frozen=True)
class Problem:
    """What is wrong with a shape. ``at`` is the place to mark on a map, where there is one."""

    text: str
    at: Place | None = None


# Coordinate systems


def to_cgcs2000(longitude: ArrayLike, latitude: ArrayLike, system: str) -> tuple[Places, Places]:
    """Coordinates taken in ``system``, in CGCS2000, to better than a centimetre of what was moved."""
    east, north = np.asarray(longitude, float), np.asarray(latitude, float)
    if system == System.BD09:
        east, north = _undone(_gcj02_to_bd09, east, north)
    if system in {System.BD09, System.GCJ02}:
        east, north = _undone(_cgcs2000_to_gcj02, east, north)
    return east, north


def from_cgcs2000(longitude: ArrayLike, latitude: ArrayLike, system: str) -> tuple[Places, Places]:
    """Coordinates as a map in ``system`` would show them."""
    east, north = np.asarray(longitude, float), np.asarray(latitude, float)
    if system in {System.BD09, System.GCJ02}:
        east, north = _cgcs2000_to_gcj02(east, north)
    if system == System.BD09:
        east, north = _gcj02_to_bd09(east, north)
    return east, north


def place_in_cgcs2000(longitude: float, latitude: float, system: str) -> tuple[Place, float]:
    """One place in CGCS2000, rounded to a centimetre, and by how many metres it was moved for that."""
    east, north = to_cgcs2000(longitude, latitude, system)
    moved = float(distance_m(longitude, latitude, east, north))
    return (round(float(east), DECIMALS), round(float(north), DECIMALS)), moved


def geometry_in_cgcs2000(geometry: Geometry, system: str) -> Geometry:
    """A shape whose points were taken in ``system``, in CGCS2000."""
    if system in {System.CGCS2000, System.WGS84}:
        return geometry
    moved = shapely.transform(
        _shape(geometry), lambda points: np.column_stack(to_cgcs2000(points[:, 0], points[:, 1], system))
    )
    return tidy(mapping(moved))


def _undone(
    move: Callable[[Places, Places], tuple[Places, Places]], longitude: Places, latitude: Places
) -> tuple[Places, Places]:
    """The inverse of a movement that changes slowly: what is still missing is added until nothing is."""
    east, north = longitude, latitude
    for _ in range(8):
        there_east, there_north = move(east, north)
        east, north = east + (longitude - there_east), north + (latitude - there_north)
    return np.where(_is_moved(longitude, latitude), east, longitude), np.where(
        _is_moved(longitude, latitude), north, latitude
    )


def _is_moved(longitude: Places, latitude: Places) -> NDArray[np.bool_]:
    west, south, east, north = MOVED
    return (longitude >= west) & (longitude <= east) & (latitude >= south) & (latitude <= north)


def _cgcs2000_to_gcj02(longitude: Places, latitude: Places) -> tuple[Places, Places]:
    """The movement of GCJ-02 as it has been known since 2010: sums of sines on the ellipsoid of Krassovsky 1940."""
    semi_major, eccentricity = 6378245.0, 0.00669342162296594323
    x, y = longitude - 105.0, latitude - 35.0
    root, pi = np.sqrt(np.abs(x)), math.pi
    common = (20.0 * np.sin(6.0 * x * pi) + 20.0 * np.sin(2.0 * x * pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + common
    north += (20.0 * np.sin(y * pi) + 40.0 * np.sin(y / 3.0 * pi)) * 2.0 / 3.0
    north += (160.0 * np.sin(y / 12.0 * pi) + 320.0 * np.sin(y * pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + common
    east += (20.0 * np.sin(x * pi) + 40.0 * np.sin(x / 3.0 * pi)) * 2.0 / 3.0
    east += (150.0 * np.sin(x / 12.0 * pi) + 300.0 * np.sin(x / 30.0 * pi)) * 2.0 / 3.0
    radians = np.radians(latitude)
    magic = 1 - eccentricity * np.sin(radians) ** 2
    north = np.degrees(north) / (semi_major * (1 - eccentricity) / magic**1.5)
    east = np.degrees(east) / (semi_major / np.sqrt(magic) * np.cos(radians))
    moved = _is_moved(longitude, latitude)
    return np.where(moved, longitude + east, longitude), np.where(moved, latitude + north, latitude)


def _gcj02_to_bd09(longitude: Places, latitude: Places) -> tuple[Places, Places]:
    """What 百度 adds to GCJ-02: a turn, a stretch and a constant."""
    turn = math.pi * 3000.0 / 180.0
    radius = np.hypot(longitude, latitude) + 0.00002 * np.sin(latitude * turn)
    angle = np.arctan2(latitude, longitude) + 0.000003 * np.cos(longitude * turn)
    moved = _is_moved(longitude, latitude)
    east, north = radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006
    return np.where(moved, east, longitude), np.where(moved, north, latitude)


# Reading what people type

# 103°49'23.5", 103.823°, 103度49分23.5秒, 103.823
ANGLE = re.compile(
    r"(?P<before>东经|西经|北纬|南纬|经度|纬度|[EWNS])?[:：]?\s*(?P<sign>[-+])?(?P<degrees>\d+(?:\.\d+)?)\s*"
    r"(?:[°度]\s*(?:(?P<minutes>\d+(?:\.\d+)?)\s*['′‘’分]\s*)?(?:(?P<seconds>\d+(?:\.\d+)?)\s*(?:[\"″“”秒]|'')\s*)?)?"
    r"(?(before)|(?P<after>[EWNS])?)",
    re.IGNORECASE,
)
LONGITUDE_WORDS = {"东经", "西经", "经度", "E", "W"}
LATITUDE_WORDS = {"北纬", "南纬", "纬度", "N", "S"}
NEGATIVE_WORDS = {"西经", "南纬", "W", "S"}


def parse_coordinates(text: str) -> Place:
    """Longitude and latitude from what maps and phones show, in either order; raises GeodesyError.

    ``103.8231, 30.5712``, ``30.5712 103.8231``, ``东经103°49′23″ 北纬30°34′16″``, ``geo:30.57,103.82`` and ``[103.82, 30.57]``
    are read. Within China the larger number is the longitude, so the order needs no question.
    """
    found = list(ANGLE.finditer(text[:MOST_CHARACTERS].removeprefix("geo:")))
    if len(found) != 2:
        raise GeodesyError(
            f"没有读出一个经度和一个纬度：“{text[:60]}”。请按“103.823100, 30.571200”的样式填写，或逐度分秒填写。"
        )
    place = _ordered([_angle(match) for match in found])
    if problem := _misplaced(place):
        raise GeodesyError(problem)
    return place


def _angle(match: re.Match[str]) -> tuple[str, float]:
    parts = match.groupdict()
    word = (parts["before"] or parts["after"] or "").upper()
    minutes, seconds = float(parts["minutes"] or 0), float(parts["seconds"] or 0)
    if minutes >= 60 or seconds >= 60:
        raise GeodesyError(f"“{match[0].strip()}”的分或秒不小于 60，请核对。")
    value = float(parts["degrees"]) + minutes / 60 + seconds / 3600
    is_negative = parts["sign"] == "-" or word in NEGATIVE_WORDS
    kind = "longitude" if word in LONGITUDE_WORDS else "latitude" if word in LATITUDE_WORDS else ""
    return kind, -value if is_negative else value


def _ordered(angles: list[tuple[str, float]]) -> Place:
    (first_kind, first), (second_kind, second) = angles
    if first_kind and first_kind == second_kind:
        raise GeodesyError("两个数都注明为经度或都注明为纬度，请核对。")
    is_swapped = first_kind == "latitude" or second_kind == "longitude"
    if not first_kind and not second_kind:
        is_swapped = _is_swapped((first, second))
    return (second, first) if is_swapped else (first, second)


def is_in_china(longitude: ArrayLike, latitude: ArrayLike) -> NDArray[np.bool_]:
    """Whether places lie in the rectangle around China."""
    west, south, east, north = CHINA
    x, y = np.asarray(longitude, float), np.asarray(latitude, float)
    return (x >= west) & (x <= east) & (y >= south) & (y <= north)


def _is_swapped(place: Place) -> bool:
    return not is_in_china(*place) and bool(is_in_china(place[1], place[0]))


def _misplaced(place: Place, where: str = "") -> str:
    """What is wrong with the figures of a place; nothing where they may be one in China."""
    if not (math.isfinite(place[0]) and math.isfinite(place[1])):
        return f"{where}坐标不是数字。"
    if max(map(abs, place)) > 360:
        return f"{where}坐标（{place[0]:g}, {place[1]:g}）像是以米为单位的平面坐标。请先转换为以度为单位的经纬度。"
    if _is_swapped(place):
        return f"{where}坐标{said(place)}的经度与纬度写反了。请把经度写在前面。"
    if not is_in_china(*place):
        return f"{where}坐标{said(place)}不在中国范围内。请核对经纬度和坐标系。"
    return ""


def said(place: Place) -> str:
    """A place as messages write it, to about ten centimetres."""
    return f"（{place[0]:.6f}, {place[1]:.6f}）"


# What is wrong with a shape


def check_polygon(geometry: object) -> list[Problem]:
    """What makes a Polygon or MultiPolygon impossible, each fault at its place; an empty list where nothing does."""
    return check_geometry(geometry, {"Polygon", "MultiPolygon"})


def check_line(geometry: object) -> list[Problem]:
    return check_geometry(geometry, {"LineString", "MultiLineString"})


def check_point(geometry: object) -> list[Problem]:
    return check_geometry(geometry, {"Point"})


SHAPE_LABELS = {
    "Point": "点",
    "LineString": "线",
    "MultiLineString": "多条线",
    "Polygon": "面",
    "MultiPolygon": "多个面",
}


def check_geometry(geometry: object, types: Iterable[str] = SHAPE_LABELS) -> list[Problem]:
    """What makes a shape of one of these GeoJSON types impossible, at most five faults."""
    allowed = sorted(types, key=list(SHAPE_LABELS).index)
    wanted = "或".join(f"{SHAPE_LABELS[each]}（{each}）" for each in allowed)
    if not isinstance(geometry, dict) or not isinstance(geometry.get("type"), str):
        return [Problem(f"不是 GeoJSON 几何图形。应为{wanted}。")]
    if geometry["type"] not in allowed:
        return [Problem(f"图形类型是 {str(geometry['type'])[:40]}，应为{wanted}。")]
    try:
        parts = list(_parts(geometry))
    except (TypeError, ValueError, OverflowError):
        return [Problem(f"坐标的写法不符合 GeoJSON 的 {geometry['type']}。每个点应为 [经度, 纬度]。")]
    if not parts:
        return [Problem("图形中没有点。请重新绘制。")]
    if (count := sum(len(part.points) for part in parts)) > MOST_POINTS:
        return [Problem(f"图形有 {count:,} 个点，最多 {MOST_POINTS:,} 个。请先简化。")]
    problems = [problem for part in parts for problem in _problems_of_points(part)]
    if not problems and geometry["type"] in {"Polygon", "MultiPolygon"}:
        problems = _problems_of_rings(parts) or _problems_of_area(geometry, parts)
    elif not problems and geometry["type"] != "Point":
        problems = _problems_of_lines(parts)
    return problems[:MOST_PROBLEMS]


@dataclass(frozen=True)
class _Part:
    """One row of points of a shape: a ring, a line, or a single point. ``words`` name it in messages."""

    words: str
    points: list[Place]
    piece: int = 0

    def point(self, number: int) -> str:
        return f"{self.words}第 {number + 1} 点"


def _parts(geometry: Geometry) -> Iterator[_Part]:
    coordinates = geometry.get("coordinates")
    if geometry["type"] == "Point":
        yield _Part("", [_place(coordinates)])
    elif geometry["type"] == "LineString":
        yield _Part("", _row(coordinates))
    elif geometry["type"] == "MultiLineString":
        yield from (_Part(f"第 {number} 条线", _row(row), number) for number, row in enumerate(_list(coordinates), 1))
    else:
        is_many = geometry["type"] == "MultiPolygon"
        for number, rings in enumerate(_list(coordinates) if is_many else [coordinates], 1):
            for ring_number, ring in enumerate(_list(rings)):
                words = f"第 {number} 个面" if is_many else ""
                words += f"第 {ring_number} 个洞" if ring_number else "外圈" if words else ""
                yield _Part(words, _row(ring), number)


def _list(value: object) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise TypeError
    return list(value)


def _row(value: object) -> list[Place]:
    return [_place(each) for each in _list(value)]


def _place(value: object) -> Place:
    numbers = _list(value)
    if not 2 <= len(numbers) <= 4 or any(
        isinstance(each, bool) or not isinstance(each, int | float) for each in numbers
    ):
        raise TypeError
    return float(numbers[0]), float(numbers[1])


def _problems_of_points(part: _Part) -> list[Problem]:
    """The first point that can't be one in China: the others are mostly wrong in the same way."""
    for number, place in enumerate(part.points):
        if problem := _misplaced(place, f"{part.point(number)}的"):
            return [Problem(problem)]
    return []


def _problems_of_rings(parts: list[_Part]) -> list[Problem]:
    problems = []
    for part in parts:
        first = part.points[0] if part.points else None
        if len(set(part.points)) < 3:
            problems.append(
                Problem(f"{part.words or '图形'}只有 {len(set(part.points))} 个不同的点，围成面至少要 3 个。", first)
            )
        elif part.points[0] != part.points[-1]:
            problems.append(
                Problem(
                    f"{part.words or '图形'}没有闭合：最后一点{said(part.points[-1])}应与第 1 点{said(part.points[0])}相同。",
                    part.points[-1],
                )
            )
    return problems


def _problems_of_area(geometry: Geometry, parts: list[_Part]) -> list[Problem]:
    whole = _shape(geometry)
    outer = [part for part in parts if "洞" not in part.words]
    for part in outer:
        # In degrees, where points on one drawn line lie on one line; on the ellipsoid a straight line encloses something.
        if shapely.MultiPoint(part.points).convex_hull.area * METRES_PER_DEGREE**2 < LEAST_AREA:
            words = part.words.removesuffix("外圈") or "图形"
            return [Problem(f"{words}的面积为零：各点在一条线上。请重新绘制。", part.points[0])]
    if shapely.is_valid(whole):
        return []
    return _crossings(parts) or [_explained(whole)]


def _problems_of_lines(parts: list[_Part]) -> list[Problem]:
    for part in parts:
        if len(set(part.points)) < 2:
            first = part.points[0] if part.points else None
            return [Problem(f"{part.words or '线'}只有 {len(set(part.points))} 个不同的点，至少要 2 个。", first)]
    return []


def _crossings(parts: list[_Part]) -> list[Problem]:
    """Where edges of the rings cross, touch or run back over each other, which a valid polygon's don't."""
    edges = [
        (part, number, shapely.LineString([one, other]))
        for part in parts
        for number, (one, other) in enumerate(pairwise(part.points))
        if one != other
    ]
    lines = [line for _, _, line in edges]
    first, second = shapely.STRtree(lines).query(lines, predicate="intersects")
    problems: dict[Place, Problem] = {}
    for one, other in sorted(zip(first.tolist(), second.tolist(), strict=True)):
        if one < other and (problem := _crossing(edges[one], edges[other])) and problem.at:
            problems.setdefault(problem.at, problem)
            if len(problems) == MOST_PROBLEMS:
                break
    return list(problems.values())


def _crossing(one: tuple[_Part, int, BaseGeometry], other: tuple[_Part, int, BaseGeometry]) -> Problem | None:
    part, number, line = one
    other_part, other_number, other_line = other
    common = shapely.intersection(line, other_line)
    if common.is_empty:
        return None
    is_overlap = common.geom_type != "Point"
    if part is other_part:
        gap = other_number - number
        if not is_overlap and (gap == 1 or gap == len(part.points) - 2):
            return None
    elif not is_overlap and not shapely.crosses(line, other_line):
        # Rings may touch at a point.
        return None
    place = shapely.get_coordinates(common)[0]
    at = (round(float(place[0]), DECIMALS), round(float(place[1]), DECIMALS))
    edge, other_edge = _edge(part, number), _edge(other_part, other_number)
    done = "重叠" if is_overlap else "相交"
    return Problem(f"边线在{said(at)}处自相交：{edge}与{other_edge}{done}。请移动其中的点。", at)


def _edge(part: _Part, number: int) -> str:
    last = len(part.points) - 1
    return f"{part.words}第 {number + 1}–{(number + 1) % last + 1} 点之间的边"


# As GEOS names them.
REASONS = {
    "Hole lies outside shell": "洞在外圈之外",
    "Nested holes": "一个洞在另一个洞之中",
    "Holes are nested": "一个洞在另一个洞之中",
    "Nested shells": "一个面在另一个面之中",
    "Interior is disconnected": "洞把面分成了不相连的几块",
    "Duplicate Rings": "有两个圈完全相同",
    "Self-intersection": "边线自相交或几个面重叠",
    "Ring Self-intersection": "边线自相交",
}


def _explained(whole: BaseGeometry) -> Problem:
    reason, _, place = shapely.is_valid_reason(whole).partition("[")
    words = REASONS.get(reason, "图形不成立")
    numbers = [float(each) for each in place.rstrip("]").split()[:2]]
    if len(numbers) < 2:
        return Problem(f"{words}。请重新绘制。")
    at = (numbers[0], numbers[1])
    return Problem(f"{words}，在{said(at)}处。请修改。", at)


# Shapes


def shape_of(geometry: Geometry) -> BaseGeometry:
    """The shape for shapely, in degrees; raises GeodesyError with the first fault."""
    if problems := check_geometry(geometry):
        raise GeodesyError(problems[0].text)
    return _shape(geometry)


def _shape(geometry: Geometry) -> BaseGeometry:
    return shape({"type": geometry["type"], "coordinates": _flat(geometry["coordinates"])})


def _flat(value: Any) -> Any:
    """Coordinates without heights, of which some points may have one and others none."""
    return [_flat(each) for each in value] if value and isinstance(value[0], list | tuple) else value[:2]


def tidy(geometry: Geometry) -> Geometry:
    """The same shape to be stored: to a centimetre, without heights and repeated points, rings in the order of RFC 7946."""
    whole = _shape(geometry)
    rounded = shapely.transform(whole, lambda points: np.round(points, DECIMALS))
    single = shapely.remove_repeated_points(rounded)
    return as_geojson(shapely.orient_polygons(single))


def closed(geometry: Geometry) -> Geometry:
    """A polygon whose rings end where they begin, as drawing programs often leave them open."""
    rings = geometry["coordinates"]
    if geometry["type"] == "Polygon":
        return {"type": "Polygon", "coordinates": [_closed_ring(ring) for ring in rings]}
    if geometry["type"] == "MultiPolygon":
        return {"type": "MultiPolygon", "coordinates": [[_closed_ring(ring) for ring in each] for each in rings]}
    return geometry


def _closed_ring(ring: Sequence[Any]) -> list[Any]:
    return [*ring, ring[0]] if ring and ring[0] != ring[-1] else list(ring)


def as_geojson(whole: BaseGeometry) -> Geometry:
    """A shape of shapely as GeoJSON of lists, as it comes back from the database."""
    if hasattr(whole, "geoms") and whole.geom_type == "GeometryCollection":
        return {"type": whole.geom_type, "geometries": [as_geojson(each) for each in whole.geoms]}
    return {"type": whole.geom_type, "coordinates": _as_lists(mapping(whole)["coordinates"])}


def _as_lists(value: Any) -> Any:
    return [_as_lists(each) for each in value] if isinstance(value, list | tuple) else value


def simplified(geometry: Geometry, metres: float) -> Geometry:
    """A shape for a small map: no point of it is moved by more than so many metres. It stays a valid one."""
    return tidy(mapping(shapely.simplify(_shape(geometry), metres / METRES_PER_DEGREE)))


def outlines(texts: Sequence[str], metres: float) -> list[tuple[Geometry, Place]]:
    """Of many shapes, as GeoJSON text, each simplified and a place in it that stands for it. For thousands at once."""
    if not texts:
        return []
    wholes = shapely.force_2d(shapely.from_geojson(np.array(texts, dtype=object)))
    simple = shapely.simplify(wholes, metres / METRES_PER_DEGREE)
    # Ten centimetres are enough for what was simplified.
    rounded = shapely.transform(simple, lambda points: np.round(points, DECIMALS - 1))
    inside = shapely.get_coordinates(shapely.point_on_surface(rounded)).round(DECIMALS).tolist()
    return [
        (json.loads(text), (east, north))
        for text, (east, north) in zip(shapely.to_geojson(rounded).tolist(), inside, strict=True)
    ]


def bounds(geometries: Iterable[Geometry]) -> tuple[float, float, float, float] | None:
    """West, south, east, north of all shapes together."""
    shapes = [_shape(each) for each in geometries]
    if not shapes:
        return None
    west, south, east, north = shapely.total_bounds(shapes).tolist()
    return west, south, east, north


def centre(geometry: Geometry) -> Place:
    """A place within the shape that stands for it: the centroid, or where that lies outside, a point inside."""
    whole = _shape(geometry)
    point = whole.centroid
    if whole.geom_type in {"Polygon", "MultiPolygon"} and not whole.covers(point):
        point = whole.representative_point()
    return round(point.x, DECIMALS), round(point.y, DECIMALS)


# Areas, lengths, distances


def area_m2(geometry: Geometry | BaseGeometry) -> float:
    """The area on the ellipsoid, holes taken off; 0 for points and lines."""
    return measured(geometry)[0]


def length_m(geometry: Geometry | BaseGeometry) -> float:
    """The length on the ellipsoid: of lines as such, of polygons around all rings."""
    return measured(geometry)[1]


def measured(geometry: Geometry | BaseGeometry) -> tuple[float, float]:
    """Area and length together, which costs no more than one of them."""
    found = as_geojson(geometry) if isinstance(geometry, BaseGeometry) else geometry
    parts = found.get("geometries")
    if parts is not None:
        return sum(measured(each)[0] for each in parts), sum(measured(each)[1] for each in parts)
    kind, coordinates = found["type"], found["coordinates"]
    if kind in {"Polygon", "MultiPolygon"}:
        polygons = [coordinates] if kind == "Polygon" else coordinates
        rings = [(number, *_ring(ring)) for rings in polygons for number, ring in enumerate(rings)]
        return sum(-area if number else area for number, area, _ in rings), sum(length for _, _, length in rings)
    if kind in {"LineString", "MultiLineString"}:
        lines = [coordinates] if kind == "LineString" else coordinates
        return 0.0, sum(_line(line) for line in lines)
    return 0.0, 0.0


def _ring(ring: Sequence[Sequence[float]]) -> tuple[float, float]:
    area, length = ELLIPSOID.polygon_area_perimeter([place[0] for place in ring], [place[1] for place in ring])
    return abs(area), length


def _line(line: Sequence[Sequence[float]]) -> float:
    return ELLIPSOID.line_length([place[0] for place in line], [place[1] for place in line])


def distance_m(
    longitude: ArrayLike, latitude: ArrayLike, other_longitude: ArrayLike, other_latitude: ArrayLike
) -> Places:
    """The shortest way on the ellipsoid between places, pair by pair; one place against many works too."""
    points = np.broadcast_arrays(longitude, latitude, other_longitude, other_latitude)
    east, north, other_east, other_north = (np.asarray(each, float) for each in points)
    _, _, metres = ELLIPSOID.inv(east.ravel(), north.ravel(), other_east.ravel(), other_north.ravel())
    return np.asarray(metres, float).reshape(east.shape)


class _Planes(threading.local):
    """A projection is not made for several threads at once, so each has its own."""

    def __init__(self) -> None:
        self.made: dict[int, Proj] = {}


_planes = _Planes()


def plane(longitude: float) -> Callable[[ArrayLike, ArrayLike], tuple[Places, Places]]:
    """Metres on a flat map around a longitude (Gauss-Krüger, as surveys use it): call it with longitudes and latitudes.

    Within half a degree lengths are right to 3 cm a kilometre, so that a whole city can be measured in it at once.
    """
    meridian = round(longitude)
    if meridian not in _planes.made:
        _planes.made[meridian] = Proj(
            proj="tmerc", lat_0=0, lon_0=meridian, k=1, x_0=500_000, a=ELLIPSOID.a, b=ELLIPSOID.b, units="m"
        )
    project = _planes.made[meridian]

    def in_metres(east: ArrayLike, north: ArrayLike) -> tuple[Places, Places]:
        x, y = project(np.asarray(east, float), np.asarray(north, float))
        return np.asarray(x, float), np.asarray(y, float)

    return in_metres


def in_metres(whole: BaseGeometry, longitude: float | None = None) -> BaseGeometry:
    """A shape on the flat map around a longitude, of itself where none is given."""
    project = plane(whole.centroid.x if longitude is None else longitude)
    return shapely.transform(whole, lambda points: np.column_stack(project(points[:, 0], points[:, 1])))


def distances_to_m(geometry: Geometry | BaseGeometry, longitude: ArrayLike, latitude: ArrayLike) -> Places:
    """How far places are from a shape, in metres: 0 within a polygon."""
    whole = geometry if isinstance(geometry, BaseGeometry) else _shape(geometry)
    flat = in_metres(whole)
    x, y = plane(whole.centroid.x)(longitude, latitude)
    shapely.prepare(flat)
    return np.asarray(shapely.distance(flat, shapely.points(x, y)), float)


def distance_to_m(geometry: Geometry | BaseGeometry, longitude: float, latitude: float) -> float:
    """How far a place is from a shape, in metres: 0 within a polygon."""
    return float(distances_to_m(geometry, longitude, latitude))


# What lies within what


def contains(geometry: Geometry | BaseGeometry, longitude: ArrayLike, latitude: ArrayLike) -> NDArray[np.bool_]:
    """Whether places lie in a polygon or on its edge."""
    whole = geometry if isinstance(geometry, BaseGeometry) else _shape(geometry)
    shapely.prepare(whole)
    return np.asarray(shapely.intersects_xy(whole, np.asarray(longitude, float), np.asarray(latitude, float)))


def find_containing(
    polygons: Sequence[Geometry | BaseGeometry], longitude: ArrayLike, latitude: ArrayLike
) -> NDArray[np.int64]:
    """For each place, the number of the first polygon that contains it, or -1. For tens of thousands at once."""
    wholes = [each if isinstance(each, BaseGeometry) else _shape(each) for each in polygons]
    x, y = np.atleast_1d(np.asarray(longitude, float)), np.atleast_1d(np.asarray(latitude, float))
    places, found = shapely.STRtree(wholes).query(shapely.points(x, y), predicate="intersects")
    first = np.full(x.shape, len(wholes), np.int64)
    np.minimum.at(first, places, found)
    return np.where(first == len(wholes), -1, first)


def share_outside(inner: Geometry, outer: Geometry) -> float:
    """Which part of a shape lies outside another, as a ratio: of a polygon's area, a line's length; a point is in or out."""
    one = _shape(inner)
    outside = shapely.difference(one, _shape(outer))
    measure = area_m2 if one.area else length_m
    size = measure(one)
    return measure(outside) / size if size else float(not outside.is_empty)


def lies_within(inner: Geometry, outer: Geometry, *, tolerance: float = 0.0) -> bool:
    """Whether a shape lies in a polygon that is wider by so many metres on all sides."""
    one, other = _shape(inner), _shape(outer)
    if not tolerance:
        return bool(other.covers(one))
    longitude = other.centroid.x
    return bool(in_metres(other, longitude).buffer(tolerance).covers(in_metres(one, longitude)))


def overlap_m2(one: Geometry, other: Geometry) -> float:
    """The area that two shapes have in common."""
    common = shapely.intersection(_shape(one), _shape(other))
    return area_m2(common)
