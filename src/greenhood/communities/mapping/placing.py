"""Whether a drawing lies where it can: within its community, apart from its like, in its county.

What can't be so is refused; what is unusual is asked about, and the person confirms it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from uuid import UUID

import numpy as np
import shapely
from shapely.geometry import shape

from greenhood.communities.mapping import measures, reading
from greenhood.communities.mapping.measures import area_words, length_words, plain
from greenhood.communities.mapping.provinces import REACH
from greenhood.communities.mapping.reading import Item, Neighbour, is_area
from greenhood.communities.models import Boundary, Committee, Estate
from greenhood.communities.wholes import FAR_OUTSIDE_M, PROVINCE_MARGIN
from greenhood.divisions.models import Division, Level, code_at, span
from greenhood.facts.kinds import Kind, Shape
from greenhood.kit import geodesy
from greenhood.kit.geodesy import Geometry, Place, Places, Problem

# Hand-drawn edges: what lies this far over the line lies on it.
EDGE_M = 20
SHARE_ASKED = 0.02
SHARE_REFUSED = 0.5
# From the nearest known place of the same county.
FAR_ASKED_M = 30_000
FAR_REFUSED_M = 100_000
MOST_KNOWN = 3_000
# Their like must lie apart, or land is counted twice.
APART = {"green-spaces", "estates", "grid-cells", "activity-grounds"}
MOST_NAMED = 3


@dataclass(frozen=True)
class Placing:
    """What is wrong with where a drawing lies, and what is unusual about it; each with a place to mark."""

    refusals: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)


class Ground:
    """What lies around a drawing, read once for any number of drawings of one community."""

    def __init__(self, community: Division, day: dt.date) -> None:
        self.community, self.day = community, day

    @cached_property
    def items(self) -> list[Item]:
        return reading.items(self.community, self.day)

    @cached_property
    def known(self) -> Places:
        return _known_places(self.community)


def placing(kind: Kind, community: Division, geometry: Geometry, *, day: dt.date, thing: UUID | None = None) -> Placing:
    """Judge one sound drawing. ``thing`` is the one that it replaces. At most three queries."""
    return placed(kind, geometry, Ground(community, day), thing=thing)


def placed(
    kind: Kind, geometry: Geometry, ground: Ground, *, thing: UUID | None = None, boundary: Geometry | None = None
) -> Placing:
    """Judge a sound drawing against the ground; ``boundary`` takes the place of the one that is recorded."""
    found = [item for item in ground.items if item.thing != thing]
    if kind.key == "boundary":
        around = reading.neighbours(ground.community, geodesy.centre(geometry), ground.day)
        parts = [_beside(geometry, around), _left_outside(geometry, found), _far(ground, geometry)]
    else:
        edge = boundary or reading.boundary_of(found)
        parts = [
            _within(kind, geometry, edge) if edge else _far(ground, geometry),
            _apart(kind, geometry, found),
        ]
    judged = [each for part in parts for each in part]
    return Placing(
        [problem for is_refused, problem in judged if is_refused],
        [problem for is_refused, problem in judged if not is_refused],
    )


Judged = Iterator[tuple[bool, Problem]]


def _within(kind: Kind, geometry: Geometry, boundary: Geometry) -> Judged:
    """Land belongs to the community; a point or line may lie a little beyond."""
    if geodesy.lies_within(geometry, boundary, tolerance=EDGE_M):
        return
    share = geodesy.share_outside(geometry, boundary)
    at = _outermost(geometry, boundary)
    if is_area(geometry) and kind.shape is Shape.AREA:
        outside = area_words(share * geodesy.area_m2(geometry))
        words = f"有 {share:.0%}（{outside}）在社区的辖区范围之外"
        if share > SHARE_REFUSED:
            yield (
                True,
                Problem(f"图形{words}，最远处在{geodesy.said(at)}。请在本社区范围内重新绘制，或先核对辖区范围。", at),
            )
        elif share > SHARE_ASKED:
            yield False, Problem(f"图形{words}，最远处在{geodesy.said(at)}。请核对边线。", at)
        return
    distance = geodesy.distance_to_m(boundary, *at)
    words = f"{geodesy.said(at)}在社区的辖区范围之外 {length_words(distance)}"
    if distance > FAR_OUTSIDE_M:
        yield True, Problem(f"{words}。请核对位置和坐标系，或先核对辖区范围。", at)
    else:
        yield False, Problem(f"{words}。确实属于本社区或服务本社区的，请确认。", at)


def _outermost(geometry: Geometry, boundary: Geometry) -> Place:
    """The point of a shape that is farthest from the polygon."""
    points = shapely.get_coordinates(shape(geometry))
    farthest = points[int(np.argmax(geodesy.distances_to_m(boundary, points[:, 0], points[:, 1])))]
    return float(farthest[0]), float(farthest[1])


def _apart(kind: Kind, geometry: Geometry, found: Sequence[Item]) -> Judged:
    if kind.key not in APART or not is_area(geometry):
        return
    size = geodesy.area_m2(geometry)
    for item in found:
        if item.kind is not kind or item.geometry is None or not is_area(item.geometry):
            continue
        common = geodesy.overlap_m2(geometry, item.geometry)
        if common > SHARE_ASKED * min(size, item.measure.area):
            at = _common_place(geometry, item.geometry)
            yield (
                False,
                Problem(
                    f"与“{item.name}”重叠 {area_words(common)}（占本图形的 {common / size:.0%}），面积会重复计算。", at
                ),
            )


def _beside(geometry: Geometry, around: Sequence[Neighbour]) -> Judged:
    """A boundary beside those of the neighbours."""
    size = geodesy.area_m2(geometry)
    for each in around:
        common = geodesy.overlap_m2(geometry, each.geometry)
        if common <= SHARE_ASKED * size:
            continue
        at = _common_place(geometry, each.geometry)
        words = f"与“{each.name}”的辖区范围重叠 {area_words(common)}（占本图形的 {common / size:.0%}）"
        if common > SHARE_REFUSED * size:
            yield True, Problem(f"{words}。请确认画的是本社区，或先请对方核对其辖区范围。", at)
        else:
            yield False, Problem(f"{words}。请与相邻社区核对边线。", at)


def _left_outside(geometry: Geometry, found: Sequence[Item]) -> Judged:
    """What the community has recorded and the new boundary leaves out."""
    left = [
        item
        for item in found
        if item.kind.key != "boundary"
        and item.geometry
        and geodesy.distance_to_m(geometry, *geodesy.centre(item.geometry)) > EDGE_M
    ]
    if left:
        names = "、".join(f"{item.name}" for item in left[:MOST_NAMED])
        more = f"等 {len(left)} 处" if len(left) > MOST_NAMED else ""
        first = left[0].geometry
        assert first is not None
        yield False, Problem(f"已登记的{names}{more}在新范围之外。请核对边线或这些位置。", geodesy.centre(first))


def _far(ground: Ground, geometry: Geometry) -> Judged:
    """Far from everything known in the county, or not even in the province."""
    east, north = place = geodesy.centre(geometry)
    province = ground.community.code // 10**10
    if province in REACH:
        name, west, south, right, top = REACH[province]
        inside = (west - PROVINCE_MARGIN <= east <= right + PROVINCE_MARGIN) and (
            south - PROVINCE_MARGIN <= north <= top + PROVINCE_MARGIN
        )
        if not inside:
            yield True, Problem(f"位置{geodesy.said(place)}不在{name}。请核对经纬度和坐标系。", place)
            return
    known = ground.known
    if not len(known):
        return
    nearest = float(np.min(geodesy.distance_m(east, north, known[:, 0], known[:, 1])))
    words = f"位置{geodesy.said(place)}离本县（市、区）其他社区已登记的位置最近也有 {plain(nearest / 1000)} 千米"
    if nearest > FAR_REFUSED_M:
        yield True, Problem(f"{words}，不在本县范围内。请核对经纬度和坐标系。", place)
    elif nearest > FAR_ASKED_M:
        yield False, Problem(f"{words}。请核对位置。", place)


def _known_places(community: Division) -> Places:
    """Positions known in the county: of boundaries, committees and estates, the community's own included. One query."""
    low, high = span(code_at(community.code, Level.COUNTY), Level.COUNTY)
    queries = [
        model.objects.filter(
            community__code__gte=low, community__code__lt=high, until=None, longitude__isnull=False
        ).values_list("longitude", "latitude")
        for model in (Boundary, Committee, Estate)
    ]
    return np.array(list(queries[0].union(*queries[1:], all=True)[:MOST_KNOWN]), float).reshape(-1, 2)


def _common_place(one: Geometry, other: Geometry) -> Place:
    point = shapely.intersection(shape(one), shape(other)).representative_point()
    return round(point.x, geodesy.DECIMALS), round(point.y, geodesy.DECIMALS)


def measure_words(geometry: Geometry) -> str:
    """What is shown before saving."""
    words = measures.measure(geometry).words
    if words:
        return f"{words}（{measures.METHOD}）"
    return f"位置{geodesy.said(geodesy.centre(geometry))}"
