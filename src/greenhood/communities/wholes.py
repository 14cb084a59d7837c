"""Whether a whole community still adds up: greens within the land, households of grid cells within all households.

Each check takes community ids and a day, asks one query, and says what is wrong by community.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from django.db import connection

# Drawn shapes overlap a little at their edges; typed areas are rounded.
TOLERANCE = "1.02"

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


def _compare(query: str, communities: Sequence[int], day: dt.date, sentence: str) -> Mapping[int, str]:
    with connection.cursor() as cursor:
        cursor.execute(query, {"communities": list(communities), "day": day})
        return {community: sentence.format(part, whole) for community, part, whole in cursor.fetchall()}
