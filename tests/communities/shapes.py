"""Shapes in 武侯区 and what is recorded of them, for the tests of the map."""

import datetime as dt

from greenhood.facts import actions as facts
from greenhood.facts.kinds import kind

DAY = dt.date(2026, 3, 1)
EAST, NORTH = 104.030, 30.630


def square(x=0.0, y=0.0, size=0.004):
    """A square whose south-west corner lies so many degrees from the corner of the community."""
    west, south = EAST + x, NORTH + y
    ring = [[west, south], [west + size, south], [west + size, south + size], [west, south + size], [west, south]]
    return {"type": "Polygon", "coordinates": [[[round(east, 7), round(north, 7)] for east, north in ring]]}


BOUNDARY = square(size=0.01)
GREEN = square(0.002, 0.002, 0.001)
OUTSIDE = square(0.03, 0.002, 0.001)
BOW = {
    "type": "Polygon",
    "coordinates": [
        [
            [EAST + 0.002, NORTH + 0.002],
            [EAST + 0.003, NORTH + 0.003],
            [EAST + 0.003, NORTH + 0.002],
            [EAST + 0.002, NORTH + 0.003],
            [EAST + 0.002, NORTH + 0.002],
        ]
    ],
}
GREEN_VALUES = {"name": "河边游园", "green_type": "park", "is_public": True, "plants": None, "dead_plants": None}


def record_boundary(community, by, geometry=BOUNDARY, *, dated=DAY, replaces=None):
    return facts.record(kind("boundary"), community, {"geometry": geometry}, dated=dated, by=by, replaces=replaces)


def record_green(community, by, geometry=GREEN, *, name="河边游园", dated=DAY, thing=None, replaces=None):
    values = {**GREEN_VALUES, "name": name, "geometry": geometry}
    return facts.record(kind("green-spaces"), community, values, dated=dated, by=by, thing=thing, replaces=replaces)


def record_facility(community, by, place=(EAST + 0.005, NORTH + 0.005), *, name="晋阳幼儿园"):
    values = {"name": name, "facility_type": "kindergarten", "longitude": place[0], "latitude": place[1]}
    return facts.record(kind("facilities"), community, values, dated=DAY, by=by)
