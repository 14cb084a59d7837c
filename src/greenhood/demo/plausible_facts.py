"""What might be on the ground of so many communities, drawn at random: how many of each kind, and their figures.

Plain columns, no database. Communities differ by a ``quality``, so that figures hang together and every threshold is missed by
some. Nothing is calibrated on real places; every row is marked as simulated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

Column = pl.Series | pl.Expr

# Metres from one community's middle to the next, and how far its things lie from its middle.
SPACING = 640.0
REACH = 300.0
METRES_PER_DEGREE = 111_320.0

# Rough boxes of the provinces' peopled parts: west, south, east, north in degrees. The list of divisions has no positions.
BOXES = {
    11: (115.9, 39.6, 116.9, 40.3), 12: (116.9, 38.8, 117.9, 39.6), 13: (114.2, 36.5, 118.5, 40.5),
    14: (111.0, 35.0, 113.8, 39.8), 15: (107.0, 40.0, 121.0, 47.0), 21: (121.0, 39.5, 124.8, 42.5),
    22: (123.0, 42.0, 128.5, 45.0), 23: (124.0, 44.5, 131.0, 48.0), 31: (121.1, 30.9, 121.8, 31.5),
    32: (117.5, 31.0, 121.0, 34.5), 33: (118.8, 28.0, 121.6, 30.9), 34: (115.8, 30.0, 118.8, 33.8),
    35: (116.8, 24.5, 119.6, 27.6), 36: (114.2, 25.0, 117.6, 29.4), 37: (115.5, 35.0, 121.5, 37.6),
    41: (111.5, 32.3, 115.8, 36.0), 42: (109.8, 29.8, 115.5, 32.3), 43: (109.8, 25.5, 113.6, 29.3),
    44: (110.5, 21.8, 116.5, 24.8), 45: (106.8, 22.0, 111.3, 25.4), 46: (109.0, 18.6, 110.8, 19.8),
    50: (105.8, 28.8, 109.3, 31.3), 51: (101.5, 27.5, 107.5, 32.0), 52: (105.0, 25.2, 108.8, 28.4),
    53: (98.8, 23.5, 105.0, 27.5), 54: (86.0, 28.5, 97.0, 31.5), 61: (107.0, 32.5, 110.3, 38.0),
    62: (97.0, 33.5, 106.5, 39.5), 63: (96.0, 33.0, 102.5, 37.3), 64: (105.3, 35.6, 107.0, 38.8),
    65: (76.5, 38.0, 88.5, 46.5),
}  # fmt: skip
ELSEWHERE = (100.0, 25.0, 120.0, 40.0)


def laid_out(codes: pl.Series) -> pl.DataFrame:
    """``longitude`` and ``latitude`` of communities by their codes.

    Where they really are is not in the list of divisions. Counties are laid out on a grid in the box of their province, and
    the communities of a county close together around its middle, both in the order of their codes, so that those with near
    codes are neighbours.
    """
    code = codes.to_numpy()
    counties, county, number = np.unique(code // 10**6, return_inverse=True, return_counts=True)[0:3]
    middle = _county_middles(counties)
    first = np.concatenate([[0], np.cumsum(number)])[:-1]
    order = np.argsort(code, kind="stable")
    place = np.empty(len(code), np.int64)
    place[order] = np.arange(len(code))
    place -= first[county]
    across = np.ceil(np.sqrt(number))[county]
    east = (place % across - across / 2 + 0.5) * SPACING
    north = (place // across - across / 2 + 0.5) * SPACING
    return _moved(middle[county, 0], middle[county, 1], east, north)


def _county_middles(counties: NDArray[np.int64]) -> NDArray[np.float64]:
    middles = np.empty((len(counties), 2))
    for province in np.unique(counties // 10**4):
        mine = np.flatnonzero(counties // 10**4 == province)
        west, south, east, north = BOXES.get(int(province), ELSEWHERE)
        across = int(np.ceil(np.sqrt(len(mine))))
        place = np.arange(len(mine))
        middles[mine, 0] = west + (east - west) * (place % across + 0.5) / across
        middles[mine, 1] = south + (north - south) * (place // across + 0.5) / across
    return middles


def _moved(longitude: ArrayLike, latitude: ArrayLike, east: ArrayLike, north: ArrayLike) -> pl.DataFrame:
    """Places so many metres from others, good enough for made-up ones, rounded to a centimetre."""
    x, y = np.asarray(longitude, float), np.asarray(latitude, float)
    degrees = METRES_PER_DEGREE * np.cos(np.radians(y))
    return pl.DataFrame(
        {
            "longitude": np.round(x + np.asarray(east) / degrees, 7),
            "latitude": np.round(y + np.asarray(north) / METRES_PER_DEGREE, 7),
        }
    )


@dataclass
class Places:
    """Communities: ids, where they are, how good, how many households and residents, how large, as columns of one length."""

    random: np.random.Generator
    frame: pl.DataFrame

    @classmethod
    def of(cls, communities: pl.DataFrame, random: np.random.Generator) -> Places:
        """``communities``: columns ``id`` and ``code``, in the order of codes."""
        count = communities.height
        quality = random.standard_normal(count)
        for width, weight in ((10**8, 0.5), (10**6, 0.4)):
            place, index = np.unique(communities["code"].to_numpy() // width, return_inverse=True)
            quality += weight * random.standard_normal(len(place))[index]
        households = np.clip(np.exp(random.normal(np.log(1500), 0.5, count)), 200, 8000).astype(np.int64)
        columns = {
            "quality": quality,
            "households": households,
            "residents": (households * random.uniform(2.1, 2.9, count)).astype(np.int64),
            "width": np.round(random.uniform(380, 600, count), 1),
            "height": np.round(random.uniform(380, 600, count), 1),
        }
        return cls(random, communities.with_columns(**columns, **laid_out(communities["code"]).to_dict()))

    @cached_property
    def columns(self) -> dict[str, NDArray]:
        return {name: self.frame[name].to_numpy() for name in self.frame.columns}


@dataclass
class Things:
    """Rows to be filled, one per thing: ``owner`` is the place of its community, ``number`` counts in it from 1."""

    places: Places
    owner: NDArray[np.int64]
    number: NDArray[np.int64]
    # Of the kinds made before: (lasting ids, where each community's begin, how many each has).
    before: Mapping[str, tuple[pl.Series, NDArray[np.int64], NDArray[np.int64]]] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return len(self.owner)

    @property
    def random(self) -> np.random.Generator:
        return self.places.random

    def of(self, name: str) -> NDArray:
        """A column of the community of each thing."""
        return self.places.columns[name][self.owner]

    def chance(self, bias: float = 0.0, weight: float = 1.0) -> NDArray[np.bool_]:
        """True more often in good communities; ``bias`` 0 is half of all, 3 nearly all."""
        return self.random.random(self.count) < 1 / (1 + np.exp(-(bias + weight * self.of("quality"))))

    def whole(self, least: float, most: float) -> NDArray[np.int64]:
        return self.random.integers(int(least), int(most) + 1, self.count)

    def amount(self, least: float, most: float) -> NDArray[np.float64]:
        return np.round(self.random.uniform(least, most, self.count), 1)

    def pick(self, *values: str, weights: Sequence[float] | None = None) -> pl.Series:
        shares = None if weights is None else np.array(weights) / sum(weights)
        return pl.Series(np.array(values)[self.random.choice(len(values), self.count, p=shares)])

    def each_in_turn(self, *values: str) -> pl.Series:
        """The first thing of a community has the first value, the second the second."""
        return pl.Series(np.array(values)[(self.number - 1) % len(values)])

    def named(self, words: str) -> pl.Series:
        return pl.select(pl.format(words, pl.Series(self.number))).to_series()

    def one_of(self, kind: str) -> pl.Series:
        """A thing of another kind in the same community, or null where it has none."""
        ids, first, count = self.before[kind]
        chosen = first[self.owner] + (self.number - 1) % np.maximum(count[self.owner], 1)
        chosen = np.where(count[self.owner] > 0, chosen, len(ids))
        return pl.concat([ids, pl.Series([None], dtype=ids.dtype)])[chosen]

    def part_of(self, whole: NDArray, bias: float, weight: float = 0.8) -> NDArray:
        """All of it where things are well, else some."""
        share = np.where(self.chance(bias, weight), 1.0, self.random.random(self.count))
        return (whole * share).astype(whole.dtype) if whole.dtype.kind == "i" else np.round(whole * share, 1)

    def share_of(self, name: str, most: float = 1.0) -> NDArray[np.int64]:
        """A community's number spread evenly over its things."""
        total = np.bincount(self.owner, minlength=self.places.frame.height)[self.owner]
        return (self.of(name) * most / np.maximum(total, 1)).astype(np.int64)


def anywhere(things: Things) -> pl.DataFrame:
    """Positions within the communities."""
    east, north = things.random.uniform(-REACH, REACH, (2, things.count))
    return _moved(things.of("longitude"), things.of("latitude"), east, north)


Fill = Callable[[Things], Mapping[str, object]]


@dataclass(frozen=True)
class Plan:
    """How many things of a kind a community has, and what they are like.

    ``least`` to ``most`` in every community that has any; ``missing``: the share that recorded none of the kind;
    ``earlier``: the share with an earlier version, whose ``worse`` columns are so many times as much; ``gone``: the share no
    longer there.
    """

    kind: str
    least: int
    most: int
    fill: Fill
    missing: float = 0.05
    earlier: float = 0.0
    worse: Mapping[str, float] = field(default_factory=dict)
    gone: float = 0.0


def _population(t: Things) -> Mapping[str, object]:
    residents = t.of("residents")
    return {
        "households": t.of("households"),
        "residents": residents,
        "elderly": (residents * t.amount(0.12, 0.35)).astype(np.int64),
        "children": (residents * t.amount(0.08, 0.2)).astype(np.int64),
    }


def _boundary(t: Things) -> Mapping[str, object]:
    width, height = t.of("width"), t.of("height")
    return {"area": np.round(width * height, 1), "geometry": _rectangles(t, width, height)}


def _rectangles(t: Things, width: NDArray, height: NDArray) -> pl.Series:
    low = _moved(t.of("longitude"), t.of("latitude"), -width / 2, -height / 2)
    high = _moved(t.of("longitude"), t.of("latitude"), width / 2, height / 2)
    west, south, east, north = (*(low[name] for name in low.columns), *(high[name] for name in high.columns))
    ring = ",".join(["[{},{}]"] * 5)
    return pl.select(
        pl.format(
            '{{"type":"Polygon","coordinates":[[' + ring + "]]}}",
            west, south, east, south, east, north, west, north, west, south,
        )
    ).to_series()  # fmt: skip


def _committee(t: Things) -> Mapping[str, object]:
    return {
        "address": t.named("模拟路{}号"),
        "staff": t.whole(5, 20),
        "office_area": t.amount(200, 1500),
        "has_leading_group": t.chance(2.5),
    }


def _grid_cells(t: Things) -> Mapping[str, object]:
    return {"name": t.named("第{}网格"), "households": t.part_of(t.share_of("households"), 3), "workers": t.whole(1, 3)}


def _estates(t: Things) -> Mapping[str, object]:
    dwellings, year = np.maximum(t.share_of("households"), 20), t.whole(1978, 2022)
    is_old = year <= 2000
    planned = np.where(is_old & t.chance(0.5), t.whole(2, 12), 0)
    in_plan = planned > 0
    managed = t.part_of(dwellings, 1.2)
    return {
        "name": t.named("模拟小区{}"),
        "built_year": year,
        "area": np.maximum(t.of("width") * t.of("height") * t.amount(0.04, 0.09), 500).round(1),
        "buildings": t.whole(3, 14),
        "dwellings": dwellings,
        "managed_dwellings": managed,
        "property_company": pl.Series(np.where(managed > 0, "模拟物业服务公司", "")),
        "is_old": is_old,
        "renovation_year": pl.Series(np.where(in_plan, 2026, 0)).replace(0, None),
        "renovation_planned": pl.Series(np.where(in_plan, planned, -1)).replace(-1, None),
        "renovation_finished": pl.Series(np.where(in_plan, t.part_of(planned, 1.0), -1)).replace(-1, None),
        "sorts_waste": t.chance(2.2),
        "has_access_control": t.chance(1.6),
        "has_monitoring": t.chance(2.0),
        "saves_water": t.chance(1.0),
    }


def _buildings(t: Things) -> Mapping[str, object]:
    dwellings = np.maximum(t.share_of("households", 1.05), 6)
    residents = np.maximum((dwellings * t.amount(1.8, 2.8)).astype(np.int64), 1)
    needs = t.chance(-0.5, -0.3)
    return {
        "name": t.named("{}号楼"),
        "estate": t.one_of("estates"),
        "built_year": t.whole(1978, 2022),
        "floors": t.whole(4, 33),
        "dwellings": dwellings,
        # Every tenth says how many dwellings it has and not how many live there.
        "residents": pl.Series(np.where(t.random.random(t.count) < 0.1, -1, residents)).replace(-1, None),
        "energy_class": t.pick("", "none", "basic", "one-star", "two-star", weights=[30, 40, 15, 10, 5]),
        "needs_retrofit": needs,
        "is_retrofitted": needs & t.chance(0.3),
        "has_lift": t.chance(0),
    }


_SYSTEMS = ("water", "drainage", "power", "weak-current", "road", "gas", "fire", "sanitation", "lighting", "telecom")
_UNITS = ("m", "m", "m", "m", "m2", "m", "piece", "piece", "lamp", "m")


def _infrastructure(t: Things) -> Mapping[str, object]:
    quantity = t.amount(20, 2000).round(0)
    faulty = np.where(t.chance(1.5), 0.0, (quantity * t.amount(0, 0.2)).round(0))
    return {
        "name": t.named("模拟设施{}"),
        "system": t.each_in_turn(*_SYSTEMS),
        "quantity": quantity,
        "quantity_unit": t.each_in_turn(*_UNITS),
        "faulty": faulty,
        "saving": t.part_of(quantity, 0.5),
        "renewable": (quantity * t.amount(0, 0.3)).round(0),
        "condition": pl.Series(np.where(faulty > quantity * 0.1, "damaged", np.where(faulty > 0, "worn", "good"))),
    }


def _fire_lanes(t: Things) -> Mapping[str, object]:
    return {
        "name": t.named("生命通道{}"),
        "length": t.amount(60, 400),
        "width": t.amount(3.5, 7),
        "obstructions": np.where(t.chance(1.8), 0, t.whole(1, 3)),
    }


def _parking(t: Things) -> Mapping[str, object]:
    places = t.whole(20, 300)
    return {
        "name": t.named("停车场{}"),
        "places": places,
        "charging_places": (places * t.amount(0, 0.35)).astype(np.int64),
        "charging_posts": (places * t.amount(0, 0.3)).astype(np.int64),
        "accessible_places": (places * 0.02).astype(np.int64),
        "bicycle_charging": t.whole(0, 60),
    }


def _greens(t: Things) -> Mapping[str, object]:
    plants = t.whole(100, 4000)
    # The first is the square or garden of the whole community.
    public = t.number == 1
    share = np.where(public, t.amount(0.03, 0.14), t.amount(0.01, 0.06)) * (1 + 0.15 * np.clip(t.of("quality"), -3, 3))
    return {
        "name": t.named("模拟绿地{}"),
        "green_type": pl.Series(np.where(public, "park", np.where(t.number % 4 == 0, "road", "attached"))),
        "is_public": public,
        "area": np.maximum(t.of("width") * t.of("height") * share, 20).round(1),
        "plants": plants,
        "dead_plants": (plants * t.amount(0, 0.1) * ~t.chance(0)).astype(np.int64),
    }


def _grounds(t: Things) -> Mapping[str, object]:
    return {
        "name": t.named("活动场地{}"),
        "area": t.amount(80, 2000),
        "has_fitness": t.chance(1.5),
        "has_shade": t.chance(0.5),
        "for_elderly": t.chance(1),
        "for_children": t.chance(0.8),
    }


_FACILITIES = ("service", "kindergarten", "clinic", "culture", "market", "sports", "elderly-care", "toilet", "pharmacy")


def _facilities(t: Things) -> Mapping[str, object]:
    # The better a community is, the fewer of the list it lacks: what it lacks is another parcel room.
    has = (t.number == 1) | t.chance(0.6, 0.8)
    return {
        "name": t.named("模拟服务设施{}"),
        "facility_type": pl.Series(np.where(has, t.each_in_turn(*_FACILITIES).to_numpy(), "parcel")),
        "area": t.amount(50, 3000),
        "is_open": t.chance(4, 0.5),
        "is_barrier_free": t.chance(1),
    }


def _barrier_free(t: Things) -> Mapping[str, object]:
    return {
        "name": t.named("模拟点位{}"),
        "place_type": t.each_in_turn("entrance", "path", "ground", "service", "toilet", "stairs"),
        "is_barrier_free": t.chance(1.2),
        "is_age_friendly": t.chance(0.8),
    }


def _sorting(t: Things) -> Mapping[str, object]:
    sampled = t.whole(20, 200)
    return {
        "name": t.named("投放点{}"),
        "estate": t.one_of("estates"),
        "households": t.part_of(np.maximum(t.share_of("households"), 1), 2),
        "has_four_bins": t.chance(2.2),
        "is_staffed": t.chance(1),
        "sampled": sampled,
        "sampled_right": (sampled * t.amount(0.6, 1)).astype(np.int64),
    }


def _sponge(t: Things) -> Mapping[str, object]:
    return {
        "name": t.named("海绵设施{}"),
        "sponge_type": t.pick("paving", "rain-garden", "green-roof", "storage"),
        "area": t.amount(100, 6000),
    }


def _overhead(t: Things) -> Mapping[str, object]:
    length = t.amount(80, 900)
    return {
        "name": t.named("架空线{}"),
        "line_type": t.pick("power", "telecom", "television", "mixed"),
        "length": length,
        "buried_length": t.part_of(length, 0.3),
        "is_tidy": t.chance(1),
    }


def _noise_sources(t: Things) -> Mapping[str, object]:
    limit, is_over = np.full(t.count, 60.0), ~t.chance(1.6)
    return {
        "name": t.named("噪声源{}"),
        "noise_kind": t.pick("commercial", "life", "equipment", "traffic", weights=[4, 2, 2, 1]),
        "level": np.where(is_over, limit + t.amount(0.5, 8), limit - t.amount(0.5, 12)).round(1),
        "limit": limit,
        "is_over_limit": is_over,
    }


def _environment(t: Things) -> Mapping[str, object]:
    def few(bias: float) -> NDArray[np.int64]:
        return np.where(t.chance(bias), 0, t.whole(1, 6))

    return {
        "waterlogging_points": few(1.5),
        "illegal_structures": few(1.2),
        "littered_spots": few(0.8),
        "noise_complaints": t.whole(0, 20),
        "green_families": t.whole(0, 40),
    }


def _digital(t: Things) -> Mapping[str, object]:
    households = t.of("households")
    return {
        "households": households,
        "platform_households": (households * t.amount(0.3, 0.95)).astype(np.int64),
        "five_g_households": (households * t.amount(0.6, 1)).astype(np.int64),
        "online_property_services": t.whole(0, 12),
    }


def _heritage(t: Things) -> Mapping[str, object]:
    return {
        "name": t.named("模拟保护对象{}"),
        "heritage_type": t.pick("relic", "building", "tree", weights=[2, 3, 5]),
        "protection_level": t.pick("province", "city", "county", "listed", weights=[1, 2, 3, 4]),
        "custodian": pl.Series(np.full(t.count, "模拟管护单位")),
        "condition": pl.Series(np.where(t.chance(2), "intact", np.where(t.chance(2), "worn", "endangered"))),
        "inspect_every": t.pick("3", "6", "12").cast(pl.Int32),
    }


def _inspections(t: Things) -> Mapping[str, object]:
    return {
        "heritage": t.one_of("heritage"),
        "condition": pl.Series(np.where(t.chance(2), "intact", "worn")),
        "found": pl.Series(np.full(t.count, "模拟巡查记录")),
    }


_CATEGORIES = (
    "publicity-change", "themed", "training", "volunteering", "deliberation", "publicity-change", "joint-meeting", "release",
    "themed", "joint-building", "publicity-change", "volunteering", "deliberation", "training", "cultural", "release",
    "publicity-change", "green-families", "designer-visit", "volunteering",
)  # fmt: skip


def _activities(t: Things) -> Mapping[str, object]:
    return {
        "category": t.each_in_turn(*_CATEGORIES),
        "title": t.named("模拟活动{}"),
        "participants": t.whole(8, 200),
        "organiser": pl.Series(np.full(t.count, "模拟社区居委会")),
    }


def _publicity(t: Things) -> Mapping[str, object]:
    return {"name": t.named("宣传栏{}"), "is_electronic": t.chance(-1)}


def _volunteers(t: Things) -> Mapping[str, object]:
    return {"name": t.named("模拟志愿队{}"), "volunteers": t.whole(10, 200)}


def _surveys(t: Things) -> Mapping[str, object]:
    answers = t.whole(60, 400)
    share = np.clip(0.83 + 0.05 * t.of("quality") + 0.03 * t.random.standard_normal(t.count), 0.3, 1)
    return {
        "topic": t.each_in_turn("management", "facilities", "property"),
        "method": t.pick("household", "online", "phone", "street"),
        "asked": answers + t.whole(0, 100),
        "answers": answers,
        "satisfied": (answers * share).astype(np.int64),
    }


def _conventions(t: Things) -> Mapping[str, object]:
    return {"name": t.named("绿色生活公约（模拟）{}"), "households_signed": t.part_of(t.of("households"), 0)}


def _days(count: NDArray[np.int64]) -> pl.Expr:
    return pl.duration(days=pl.lit(pl.Series(count)))


def _problems(t: Things) -> Mapping[str, object]:
    """``due_on`` and ``closed_on`` are days after ``dated``; null where the problem is still open."""
    due, is_closed, is_late = t.whole(3, 15), t.chance(2), ~t.chance(1.5)
    closed = np.where(is_late, due + t.whole(1, 20), np.maximum(due - t.whole(0, 12), 0))
    return {
        "title": t.named("模拟问题{}"),
        "problem_kind": t.pick("environment", "noise", "parking", "blocked", "building", "facility", "green", "other"),
        "due_on": pl.col("dated") + _days(due),
        "closed_on": pl.when(pl.Series(is_closed)).then(pl.col("dated") + _days(closed)),
        "is_satisfied": pl.when(pl.Series(is_closed)).then(pl.Series(t.chance(1.5))),
    }


def _devices(t: Things) -> Mapping[str, object]:
    return {
        "name": t.named("模拟设备{}"),
        "device_kind": t.each_in_turn("camera", "gate", "camera", "smoke", "environment", "parking"),
        "is_working": t.chance(2.5),
    }


def _noise(t: Things) -> Mapping[str, object]:
    return {
        "name": t.named("监测点{}"),
        "zone": t.pick("1", "2", "4a", weights=[4, 5, 1]),
        "day_level": (56 - 2 * t.of("quality") + 3 * t.random.standard_normal(t.count)).round(1),
        "night_level": (46 - 2 * t.of("quality") + 3 * t.random.standard_normal(t.count)).round(1),
    }


def _paths(t: Things) -> Mapping[str, object]:
    """Streets from one end of a community's square to the other, four each way, that go on in the next one."""
    step = (np.arange(4) - 1.5) * SPACING / 4
    at = step[(t.number - 1) % 4]
    along = np.linspace(-SPACING / 2, SPACING / 2, 9)
    # The crossings are drawn points of both streets, those at the edges belong to both communities.
    is_east = t.number <= 4
    corners = []
    for place in along:
        east, north = np.where(is_east, place, at), np.where(is_east, at, place)
        corners += list(_moved(t.of("longitude"), t.of("latitude"), east, north))
    row = ",".join(["[{},{}]"] * len(along))
    drawn = pl.select(pl.format('{{"type":"LineString","coordinates":[' + row + "]}}", *corners))
    return {"name": t.named("模拟步行路{}"), "is_continuous": t.chance(2), "is_accessible": t.chance(1), "geometry": drawn.to_series()}  # fmt: skip


PLANS = (
    Plan("population", 1, 1, _population, missing=0.02, earlier=0.8, worse={"residents": 0.98, "households": 0.98, "elderly": 0.9, "children": 0.9}),
    Plan("boundary", 1, 1, _boundary, missing=0.04),
    Plan("committee", 1, 1, _committee),
    Plan("grid-cells", 2, 6, _grid_cells, earlier=0.1),
    Plan("estates", 3, 9, _estates, missing=0.03, earlier=0.3, worse={"managed_dwellings": 0.7, "renovation_finished": 0.5}),
    Plan("buildings", 36, 64, _buildings, missing=0.08, earlier=0.02, gone=0.005),
    Plan("infrastructure", 12, 14, _infrastructure, missing=0.04, earlier=0.1),
    Plan("fire-lanes", 2, 5, _fire_lanes),
    Plan("parking", 3, 7, _parking, earlier=0.1, worse={"charging_places": 0.5, "charging_posts": 0.5}),
    Plan("green-spaces", 5, 10, _greens, missing=0.04, earlier=0.1),
    Plan("activity-grounds", 1, 4, _grounds),
    Plan("facilities", 8, 11, _facilities, missing=0.03, gone=0.01),
    Plan("barrier-free-places", 5, 9, _barrier_free),
    Plan("sorting-points", 5, 11, _sorting, earlier=0.05),
    Plan("sponge-facilities", 0, 3, _sponge, missing=0.2),
    Plan("overhead-lines", 0, 3, _overhead, missing=0.1),
    Plan("noise-sources", 0, 3, _noise_sources, missing=0.1),
    Plan("environment", 1, 1, _environment, earlier=0.5, worse={"littered_spots": 2}),
    Plan("digital-services", 1, 1, _digital, missing=0.1),
    Plan("heritage", 0, 2, _heritage, missing=0.2),
    Plan("heritage-inspections", 0, 6, _inspections),
    Plan("activities", 20, 34, _activities, missing=0.03),
    Plan("publicity-sites", 1, 5, _publicity),
    Plan("volunteer-teams", 1, 2, _volunteers),
    Plan("satisfaction-surveys", 2, 3, _surveys, missing=0.1),
    Plan("conventions", 1, 1, _conventions, missing=0.1),
    Plan("problems", 6, 16, _problems),
    Plan("devices", 5, 10, _devices, missing=0.1),
    Plan("noise-measurements", 1, 3, _noise, missing=0.15),
    # One county in twenty has drawn its paths.
    Plan("walking-paths", 8, 8, _paths, missing=0.0),
)  # fmt: skip
