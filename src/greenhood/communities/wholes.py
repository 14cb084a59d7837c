"""Whether a whole community still adds up: greens within the land, households of grid cells within all households.

Each check takes community ids and a day, asks one query, and says what is wrong by community.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from django.db import connection

from greenhood.communities.mapping.provinces import REACH
from greenhood.facts.kinds import Check, Kind
from greenhood.kit import geodesy

# Drawn shapes overlap a little at their edges; typed areas are rounded.
TOLERANCE = "1.02"
# A place of a community may lie beyond its boundary, but not in another town; rectangles of provinces are rough.
FAR_OUTSIDE_M = 5_000
PROVINCE_MARGIN = 1.0

_TRUE_OF_DAY = "dated <= %(day)s and (until is null or until > %(day)s) and community_id = any(%(communities)s)"


def green_within_land(communities: Sequence[int], day: dt.date) -> Mapping[int, str]:
    """More green than land can't be. Roof greens stand on buildings and are left out."""
    return _compare(
        f"""select b.community_id, g.area, b.area from
            (select community_id, sum(area) as area from communities_greenspace
             where {_TRUE_OF_DAY} and green_type <> 'roof' group by 1) g
            join (select community_id, area from communities_boundary where {_TRUE_OF_DAY}) b using (community_id)
            where g.area > b.area * {TOLERANCE}""",
        communities,
        day,
        "各块绿地面积之和（{0:,.0f} 平方米）超过了辖区面积（{1:,.0f} 平方米）。请核对单位（1 公顷 = 10000 平方米，1 亩 ≈ 666.67 平方米）和是否重复登记。",
    )


def estates_within_land(communities: Sequence[int], day: dt.date) -> Mapping[int, str]:
    return _compare(
        f"""select b.community_id, e.area, b.area from
            (select community_id, sum(area) as area from communities_estate where {_TRUE_OF_DAY} group by 1) e
            join (select community_id, area from communities_boundary where {_TRUE_OF_DAY}) b using (community_id)
            where e.area > b.area * {TOLERANCE}""",
        communities,
        day,
        "各小区占地面积之和（{0:,.0f} 平方米）超过了辖区面积（{1:,.0f} 平方米）。请核对单位和是否重复登记。",
    )


def grid_households_within_population(communities: Sequence[int], day: dt.date) -> Mapping[int, str]:
    return _compare(
        f"""select p.community_id, g.households, p.households from
            (select community_id, sum(households) as households from communities_gridcell where {_TRUE_OF_DAY} group by 1) g
            join (select community_id, households from communities_population where {_TRUE_OF_DAY}) p using (community_id)
            where g.households > p.households""",
        communities,
        day,
        "各网格户数之和（{0} 户）超过了社区总户数（{1} 户）。请核对网格户数，或先更新“户数与人口”。",
    )


def within_reach(kind: Kind) -> Check | None:
    """Whether places lie where their community can be: not kilometres from its boundary, nor in another province.

    None for kinds without a place. A thing may lie a little beyond (a kindergarten next door), hence the margin.
    """
    if not kind.is_located:
        return None
    return partial(_out_of_reach, kind)


# Only what is out of reach leaves the database: a workbook of a city brings hundreds of thousands of places.
_OUT_OF_REACH = f"""
    with edge as (select community_id, longitude, latitude, area from communities_boundary where {_TRUE_OF_DAY}),
    reach as (
        select * from unnest(%(provinces)s::int[], %(west)s::float8[], %(south)s::float8[], %(east)s::float8[],
            %(north)s::float8[]) as reach(province, west, south, east, north)
    ),
    place as (
        select one.community_id, d.code / 10000000000 as province, one.name, one.longitude, one.latitude,
            111320 * sqrt(power((one.longitude - edge.longitude) * cos(radians(edge.latitude)), 2)
                + power(one.latitude - edge.latitude, 2)) - 2 * sqrt(edge.area::float8) as beyond
        from (
            select community_id, {{name}}::text as name, longitude, latitude from {{table}}
            where {_TRUE_OF_DAY} and longitude is not null
        ) one
        join divisions_division d on d.id = one.community_id
        left join edge on edge.community_id = one.community_id and %(is_within)s
    )
    select distinct on (place.community_id) place.community_id, place.name, place.longitude, place.latitude,
        case when beyond > %(far)s then beyond end, place.province
    from place left join reach using (province)
    where beyond > %(far)s or longitude not between west and east or latitude not between south and north
    order by place.community_id, beyond desc nulls last"""


def _out_of_reach(kind: Kind, communities: Sequence[int], day: dt.date) -> Mapping[int, str]:
    rectangles = [
        (province, west - PROVINCE_MARGIN, south - PROVINCE_MARGIN, east + PROVINCE_MARGIN, north + PROVINCE_MARGIN)
        for province, (_, west, south, east, north) in REACH.items()
    ]
    names = ("provinces", "west", "south", "east", "north")
    params: dict[str, Any] = dict(zip(names, map(list, zip(*rectangles, strict=True)), strict=True))
    params |= {
        "communities": list(communities),
        "day": day,
        "far": FAR_OUTSIDE_M,
        "is_within": kind.key != "boundary",
    }
    with connection.cursor() as cursor:
        cursor.execute(_OUT_OF_REACH.format(name=kind.name or "''", table=kind.table), params)
        rows = cursor.fetchall()
    return {community: _unreachable(kind, *row) for community, *row in rows}


def _unreachable(kind: Kind, name: str, longitude: float, latitude: float, beyond: float | None, province: int) -> str:
    where = f"“{name or kind.title}”的位置{geodesy.said((longitude, latitude))}"
    if beyond is None:
        return f"{where}不在{REACH[province][0]}。请核对经纬度和坐标系。"
    return f"{where}离辖区范围约 {beyond / 1000:,.0f} 千米。请核对经纬度和坐标系，或先核对辖区范围。"


def _compare(query: str, communities: Sequence[int], day: dt.date, sentence: str) -> Mapping[int, str]:
    with connection.cursor() as cursor:
        cursor.execute(query, {"communities": list(communities), "day": day})
        return {community: sentence.format(part, whole) for community, part, whole in cursor.fetchall()}
