"""What is on the ground in the demonstration's communities: streets, estates, greens, facilities, and a year of activities.

The communities are real and near where they are shown; what is shown of them is made up, drawn as blocks between streets, and
marked. Some are recorded in full, some in half, one not at all; some figures are out of date and some fall short, so that a
reader sees what is met, what is not, and what isn't known.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from uuid import UUID, uuid5

from greenhood.communities.models import infrastructure
from greenhood.facts.actions import thing_of
from greenhood.facts.kinds import Kind, Section, kind
from greenhood.kit.geodesy import METRES_PER_DEGREE, Geometry

_THINGS = UUID("0d3a8a54-56b5-5f0e-9d57-6a3d8f1c2b40")

# A community is four by three blocks between streets: metres from the middle of one street to that of the next.
BLOCK_EAST, BLOCK_NORTH, STREET = 130.0, 125.0, 14.0
ACROSS, UP = 4, 3
EAST, NORTH = ACROSS * BLOCK_EAST, UP * BLOCK_NORTH

# About where the streets' offices are, degrees of CGCS2000, to a few hundred metres.
MIDDLES = {
    510107001: (104.0560, 30.6480), 510107004: (104.0830, 30.6340), 510107005: (104.0640, 30.6330),
    510107007: (104.0660, 30.6120), 510107009: (104.0330, 30.6380), 510107010: (104.0330, 30.6220),
    510107011: (104.0040, 30.6060), 510107012: (103.9960, 30.6390), 310118105: (121.2010, 31.1560),
}  # fmt: skip


class Kept(Enum):
    """How a community keeps its record."""

    FULL = "full"
    HALF = "half"
    OLD = "out of date"
    POOR = "falls short"
    NONE = "nothing recorded"


# What may fall short where most is well.
FLAWS = (
    "renovation",
    "lane",
    "trainings",
    "convention",
    "structure",
    "noise",
    "survey",
    "charging",
    "heritage",
    "problems",
)

# What those have recorded that have come half way.
HALF = frozenset({Section.BASICS, Section.ESTATES, Section.GREEN, Section.FACILITIES, Section.TRAFFIC})


@dataclass(frozen=True)
class Thing:
    """One version of one thing, as ``facts.actions.record`` takes it."""

    kind: Kind
    thing: UUID
    values: Mapping[str, Any]
    dated: dt.date


@dataclass
class Ground:
    """A community being drawn: where it is, how it keeps its record, and what falls short although most is well."""

    pk: int
    code: int
    name: str
    place: int
    today: dt.date
    kept: Kept
    draws_paths: bool = False
    # Recorded early enough to count in a declaration.
    is_early: bool = False
    flaws: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        chance = random.Random(f"ground-{self.code}")
        count = 0 if self.is_early or self.kept is not Kept.FULL else chance.choice((0, 1, 1, 2, 3))
        self.flaws = frozenset(chance.sample(FLAWS, count))

    def lacks(self, what: str) -> bool:
        """Whether this falls short here."""
        return self.is_poor or what in self.flaws

    @property
    def short(self) -> str:
        return self.name.removesuffix("居委会").removesuffix("社区")

    @property
    def is_poor(self) -> bool:
        return self.kept is Kept.POOR

    def origin(self) -> tuple[float, float]:
        """The south-west corner: communities of one street lie side by side, four in a row."""
        longitude, latitude = MIDDLES[self.code // 1000]
        row, column = divmod(self.place, 4)
        return (
            longitude + ((column - 2) * EAST) / (METRES_PER_DEGREE * 0.8595),
            latitude + ((row - 1) * NORTH) / METRES_PER_DEGREE,
        )

    def at(self, east: float, north: float) -> list[float]:
        """The place so many metres from the corner."""
        longitude, latitude = self.origin()
        return [
            round(longitude + east / (METRES_PER_DEGREE * 0.8595), 7),
            round(latitude + north / METRES_PER_DEGREE, 7),
        ]

    def point(self, east: float, north: float) -> dict[str, float]:
        longitude, latitude = self.at(east, north)
        return {"longitude": longitude, "latitude": latitude}

    def area(self, *corners: tuple[float, float]) -> dict[str, Geometry]:
        ring = [self.at(*corner) for corner in (*corners, corners[0])]
        return {"geometry": {"type": "Polygon", "coordinates": [ring]}}

    def line(self, *corners: tuple[float, float]) -> dict[str, Geometry]:
        return {"geometry": {"type": "LineString", "coordinates": [self.at(*corner) for corner in corners]}}

    def block(self, number: int, inset: float = STREET / 2) -> tuple[float, float, float, float]:
        """West, south, east, north of a block in metres, its streets left out."""
        row, column = divmod(number, ACROSS)
        west, south = column * BLOCK_EAST + inset, row * BLOCK_NORTH + inset
        return west, south, west + BLOCK_EAST - 2 * inset, south + BLOCK_NORTH - 2 * inset

    def within(self, number: int, east: float, north: float) -> tuple[float, float]:
        """A place in a block, 0 to 1 from its south-west corner."""
        left, low, right, high = self.block(number)
        return left + east * (right - left), low + north * (high - low)

    def rectangle(self, number: int, west: float = 0, south: float = 0, east: float = 1, north: float = 1) -> Any:
        corners = ((west, south), (east, south), (east, north), (west, north))
        return self.area(*(self.within(number, *corner) for corner in corners))

    def days_ago(self, days: int) -> dt.date:
        return self.today - dt.timedelta(days=days)

    def looked_on(self) -> dt.date:
        """When the record was last gone through: within half a year, or some years ago."""
        return self.days_ago(1500 if self.kept is Kept.OLD else 125 if self.is_early else 20 + self.code % 90)


def things_of(ground: Ground) -> Iterator[Thing]:
    """Everything that a community has recorded, in the order of the sections."""
    if ground.kept is Kept.NONE:
        return
    for key, parts in _EVERYTHING.items():
        of = kind(key)
        if ground.kept is Kept.HALF and of.section not in HALF:
            continue
        for number, (values, dated) in enumerate(parts(ground)):
            thing = thing_of(of, ground.pk) if of.is_single else _thing(key, ground, number)
            yield Thing(of, thing, values, dated or ground.looked_on())


def _thing(key: str, ground: Ground, number: int) -> UUID:
    """The same in every demonstration, so that an inspection can name what it looked at."""
    return uuid5(_THINGS, f"{key}/{ground.pk}/{number}")


Parts = Iterator[tuple[dict[str, Any], dt.date | None]]

# Which block is what: estates, the park, services, the square, a planted strip by the road.
ESTATES, PARK, SERVICES, SQUARE, STRIP = (0, 1, 2, 3, 4, 6, 8, 9), 5, 7, 10, 11
DWELLINGS = (180, 240, 150, 210, 320, 260, 190, 230)
PER_DWELLING = 2.4
ESTATE_NAMES = (
    "锦绣苑", "芙蓉里", "桂花苑", "建设新村", "蜀汉苑", "红光小区", "银杏苑", "民生苑", "竹园小区", "和平里", "梧桐苑", "清江花园",
)  # fmt: skip
OLD_ESTATES = (3, 5)


def _dwellings(g: Ground) -> list[int]:
    return [count + g.code % 7 * 5 for count in DWELLINGS]


def _population(g: Ground) -> Parts:
    households = sum(_dwellings(g)) - 20
    residents = round(households * PER_DWELLING)
    figures = {"elderly": residents * 22 // 100, "children": residents * 13 // 100}
    yield {"households": households, "residents": residents, **figures}, None


def _boundary(g: Ground) -> Parts:
    # Neighbours share their edges; this one bends inwards a little, as if a road did.
    corners = ((0, 0), (EAST, 0), (EAST, NORTH), (EAST / 2, NORTH - 5), (0, NORTH))
    yield g.area(*corners), None


def _committee(g: Ground) -> Parts:
    place = g.point(*g.within(SERVICES, 0.25, 0.75))
    yield (
        {"address": f"（演示）{g.short}路 18 号", "staff": 9, "office_area": 420, "has_leading_group": True, **place},
        None,
    )


def _grid_cells(g: Ground) -> Parts:
    households = sum(_dwellings(g)) - 20
    cells = 3 if g.is_poor else 4
    for number in range(cells):
        west, east = number * EAST / 4, (number + 1) * EAST / 4
        drawn = g.area((west, 0), (east, 0), (east, NORTH), (west, NORTH))
        yield {"name": f"第{number + 1}网格", "households": households // 4, "workers": 1, **drawn}, None


def _estate_name(g: Ground, number: int) -> str:
    return ESTATE_NAMES[(g.code + number) % len(ESTATE_NAMES)]


def _estates(g: Ground) -> Parts:
    for number, (block, dwellings) in enumerate(zip(ESTATES, _dwellings(g), strict=True)):
        is_old = number in OLD_ESTATES
        is_managed = number not in ((0, 2, 3, 5, 6, 7) if g.is_poor else (3,))
        yield {
            "name": _estate_name(g, number),
            "built_year": 1994 + number if is_old else 2003 + number,
            "buildings": 4,
            "dwellings": dwellings,
            "managed_dwellings": dwellings if is_managed else 0,
            "property_company": "（演示）锦安物业服务公司" if is_managed else "",
            "is_old": is_old,
            "renovation_year": g.looked_on().year if is_old else None,
            "renovation_planned": 4 if is_old else None,
            "renovation_finished": (2 if g.is_poor or (number == 5 and g.lacks("renovation")) else 4) if is_old else None,
            "sorts_waste": not (g.is_poor and number in (3, 5, 6)),
            "has_access_control": not is_old,
            "has_monitoring": not g.is_poor or not is_old,
            "saves_water": True,
            **g.rectangle(block),
        }, None  # fmt: skip


def _buildings(g: Ground) -> Parts:
    for number, (block, dwellings) in enumerate(zip(ESTATES, _dwellings(g), strict=True)):
        for part in range(4):
            own = dwellings // 4
            needs = number in OLD_ESTATES
            yield (
                {
                    "name": f"{_estate_name(g, number)}{part + 1}号楼",
                    "estate": _thing("estates", g, number),
                    "built_year": 1994 + number if needs else 2003 + number,
                    "floors": 6 if needs else 18,
                    "dwellings": own,
                    "residents": round(own * PER_DWELLING),
                    "energy_class": "" if needs else ("one-star" if number % 3 == 0 else "basic"),
                    "needs_retrofit": needs,
                    "is_retrofitted": needs and part < 2 and not g.is_poor,
                    "roof_pv": 30 if number == 4 and part == 0 else None,
                    "has_lift": not needs,
                    **g.point(*g.within(block, 0.25 + 0.5 * (part % 2), 0.25 + 0.5 * (part // 2))),
                },
                None,
            )


SYSTEMS = {
    infrastructure.System.WATER: (1800, "m"), infrastructure.System.DRAINAGE: (2100, "m"),
    infrastructure.System.POWER: (1900, "m"), infrastructure.System.WEAK_CURRENT: (1500, "m"),
    infrastructure.System.GAS: (1600, "m"), infrastructure.System.ROAD: (14_600, "m2"),
    infrastructure.System.FIRE: (46, "piece"), infrastructure.System.SANITATION: (38, "piece"),
    infrastructure.System.LIGHTING: (92, "lamp"), infrastructure.System.TELECOM: (1700, "m"),
}  # fmt: skip


def _infrastructure(g: Ground) -> Parts:
    for system, (quantity, unit) in SYSTEMS.items():
        is_lamp = system is infrastructure.System.LIGHTING
        broken = {infrastructure.System.ROAD: 0.12, infrastructure.System.DRAINAGE: 0.2} if g.is_poor else {}
        faulty = round(quantity * broken.get(system, 0.02 if is_lamp else 0))
        condition = "damaged" if system in broken else "worn" if faulty else "good"
        yield (
            {
                "name": f"{g.short}社区{system.label}",
                "system": system.value,
                "quantity": quantity,
                "quantity_unit": unit,
                "faulty": faulty,
                "saving": round(quantity * (0.4 if g.is_poor else 0.95)) if is_lamp else None,
                "renewable": round(quantity * (0.05 if g.is_poor else 0.35)) if is_lamp else None,
                "condition": condition,
                "defects": "（演示）部分路段破损、管道淤堵。" if system in broken else "",
            },
            None,
        )


def _fire_lanes(g: Ground) -> Parts:
    for number in range(4):
        blocked = (1 if number == 1 and g.lacks("lane") else 0) + (1 if number == 3 and g.is_poor else 0)
        north = number % 3 * BLOCK_NORTH + 4
        yield (
            {
                "name": f"{g.short}{number + 1}号通道",
                "length": round(EAST - 8),
                "width": 4.5,
                "obstructions": blocked,
                "obstruction_note": "（演示）夜间停车占用" if blocked else "",
                **g.line((4, north + number), (EAST - 4, north + number)),
            },
            None,
        )


def _parking(g: Ground) -> Parts:
    for number, (name, places) in enumerate((("地面停车场", 120), ("地下停车库", 260), ("路内停车位", 45))):
        charging = (0 if g.lacks("charging") else places // 6) if number < 2 else 0
        yield (
            {
                "name": f"{g.short}{name}",
                "places": places,
                "charging_places": charging,
                "charging_posts": charging,
                "accessible_places": max(1, places // 50),
                "bicycle_charging": 40 if number == 0 else None,
                **g.point(*g.within((STRIP, SQUARE, 4)[number], 0.6, 0.3)),
            },
            None,
        )


def _walking_paths(g: Ground) -> Parts:
    if not g.draws_paths:
        return
    for number in range(UP + 1):
        corners = [(step * BLOCK_EAST, number * BLOCK_NORTH) for step in range(ACROSS + 1)]
        yield {"name": f"{g.short}横{number + 1}路", "is_continuous": True, "is_accessible": number != 2, **g.line(*corners)}, None  # fmt: skip
    for number in range(ACROSS + 1):
        corners = [(number * BLOCK_EAST, step * BLOCK_NORTH) for step in range(UP + 1)]
        yield {"name": f"{g.short}纵{number + 1}路", "is_continuous": True, "is_accessible": True, **g.line(*corners)}, None  # fmt: skip


def _green_spaces(g: Ground) -> Parts:
    if not g.is_poor:
        drawn = g.rectangle(PARK)
        yield {"name": f"{g.short}游园", "green_type": "park", "is_public": True, "plants": 860, "dead_plants": 12, **drawn}, None  # fmt: skip
    drawn = g.rectangle(STRIP, 0, 0.4, 1, 1)
    yield {"name": "沿路绿地", "green_type": "road", "is_public": False, "plants": 420, "dead_plants": 60 if g.is_poor else 9, **drawn}, None  # fmt: skip
    for number, block in enumerate(ESTATES):
        share = 0.18 if g.is_poor else 0.46
        drawn = g.rectangle(block, 0, 0.02, 1, share)
        yield {"name": f"{_estate_name(g, number)}绿地", "green_type": "attached", "is_public": False, **drawn}, None  # fmt: skip


def _grounds(g: Ground) -> Parts:
    flags = {"has_fitness": True, "has_shade": True, "for_elderly": True, "for_children": not g.is_poor}
    yield {"name": f"{g.short}广场", **flags, **g.rectangle(SQUARE, 0.05, 0.35, 0.95, 0.95)}, None
    if not g.is_poor:
        yield {"name": "儿童游乐场", **flags, **g.rectangle(SERVICES, 0.05, 0.05, 0.4, 0.35)}, None


def _facilities(g: Ground) -> Parts:
    wanted = [
        ("service", "党群服务中心", 420), ("kindergarten", "幼儿园", 2300), ("clinic", "社区卫生服务站", 180),
        ("market", "生鲜市场", 900), ("culture", "文化活动室", 260), ("elderly-care", "日间照料中心", 350),
        ("sports", "健身场地", 600), ("toilet", "公共厕所", 60), ("parcel", "快递驿站", 40),
    ]  # fmt: skip
    for number, (facility_type, name, area) in enumerate(wanted):
        if g.is_poor and facility_type in {"kindergarten", "elderly-care", "culture"}:
            continue
        place = g.point(*g.within(SERVICES, 0.15 + 0.3 * (number % 3), 0.2 + 0.3 * (number // 3)))
        yield {"name": f"{g.short}{name}", "facility_type": facility_type, "area": area, "is_open": True,
               "is_barrier_free": not g.is_poor, **place}, None  # fmt: skip


def _barrier_free(g: Ground) -> Parts:
    places = ("entrance", "path", "ground", "service", "toilet", "stairs", "lift", "entrance")
    for number, place_type in enumerate(places):
        done = number not in ((1, 3, 5, 7) if g.is_poor else (5,))
        yield {"name": f"{g.short}{number + 1}号点位", "place_type": place_type, "is_barrier_free": done,
               "is_age_friendly": done, **g.point(*g.within(number % 12, 0.5, 0.02))}, None  # fmt: skip


def _sorting_points(g: Ground) -> Parts:
    for number, (block, dwellings) in enumerate(zip(ESTATES, _dwellings(g), strict=True)):
        if g.is_poor and number in (3, 5, 6):
            continue
        yield (
            {
                "name": f"{number + 1}号投放点",
                "estate": _thing("estates", g, number),
                "households": max(dwellings - 20, 1),
                "has_four_bins": True,
                "is_staffed": not g.is_poor,
                "sampled": 60,
                "sampled_right": 40 if g.is_poor else 55,
                **g.point(*g.within(block, 0.9, 0.1)),
            },
            None,
        )


def _sponge(g: Ground) -> Parts:
    if g.is_poor:
        return
    yield {"name": "广场透水铺装", "sponge_type": "paving", **g.rectangle(SQUARE, 0.05, 0.35, 0.95, 0.95)}, None
    yield {"name": "游园雨水花园", "sponge_type": "rain-garden", **g.rectangle(PARK, 0.2, 0.2, 0.7, 0.6)}, None


def _overhead(g: Ground) -> Parts:
    for number, line_type in enumerate(("power", "telecom")):
        length = round(EAST)
        buried = length * 3 // 10 if g.is_poor else length
        yield {"name": f"{g.short}{number + 1}号线路", "line_type": line_type, "length": length, "buried_length": buried,
               "is_tidy": True, **g.line((0, 2 + number), (EAST, 2 + number))}, None  # fmt: skip


def _noise_sources(g: Ground) -> Parts:
    for number, (name, level) in enumerate((("商铺空调外机群", 57), ("餐馆排风机", 66 if g.lacks("noise") else 58))):
        yield {"name": name, "noise_kind": "commercial", "level": level, "limit": 60, "is_over_limit": level > 60,
               "treatment": "" if level > 60 else "加装隔声罩", **g.point(*g.within(SERVICES, 0.8, 0.1 + 0.3 * number))}, None  # fmt: skip


def _environment(g: Ground) -> Parts:
    spots = {"waterlogging_points": 2, "illegal_structures": 3, "littered_spots": 6} if g.is_poor else {}
    if "structure" in g.flaws:
        spots = {"illegal_structures": 1}
    usual = {"waterlogging_points": 0, "illegal_structures": 0, "littered_spots": 0}
    yield {**usual, **spots, "noise_complaints": 14 if g.is_poor else 2, "green_families": 6 if g.is_poor else 32}, None


def _digital(g: Ground) -> Parts:
    households = sum(_dwellings(g)) - 20
    yield {"households": households, "platform_households": households * (4 if g.is_poor else 8) // 10,
           "five_g_households": households, "online_property_services": 6}, None  # fmt: skip


def _heritage(g: Ground) -> Parts:
    place = g.point(*g.within(PARK, 0.5, 0.8))
    yield {"name": f"{g.short}古银杏", "heritage_type": "tree", "protection_level": "county", "number": "（演示）YX-0001",
           "custodian": "（演示）区园林绿化所", "condition": "worn" if g.lacks("heritage") else "intact", "inspect_every": 6, **place}, None  # fmt: skip
    if g.code % 3 == 0:
        place = g.point(*g.within(6, 0.9, 0.9))
        yield {"name": "老水塔", "heritage_type": "building", "protection_level": "listed", "number": "",
               "custodian": "（演示）社区居委会", "condition": "intact", "inspect_every": 12, **place}, None  # fmt: skip


def _inspections(g: Ground) -> Parts:
    things = 2 if g.code % 3 == 0 else 1
    for days in (400, 260, *(() if g.is_poor else (70,))):
        for number in range(things):
            yield {"heritage": _thing("heritage", g, number), "condition": "intact",
                   "found": "（演示）保护标志完好，周边无违规建设。"}, g.days_ago(days)  # fmt: skip


def _publicity_sites(g: Ground) -> Parts:
    for number, name in enumerate(("社区宣传栏", "小区电子屏", "绿色微讲堂", "楼道宣传角")):
        if g.is_poor and number > 1:
            continue
        yield {"name": name, "is_electronic": number == 1, **g.point(*g.within((7, 4, 7, 2)[number], 0.5, 0.9))}, None


ACTIVITIES = (
    ("publicity-change", "宣传栏更换：垃圾分类进万家", 20), ("publicity-change", "宣传栏更换：节水在身边", 80),
    ("publicity-change", "宣传栏更换：绿色出行月", 140), ("publicity-change", "宣传栏更换：创建绿色社区", 200),
    ("publicity-change", "宣传栏更换：春季爱绿护绿", 260), ("publicity-change", "宣传栏更换：新年新风尚", 320),
    ("release", "社区公众号发布创建进展", 25), ("release", "社区公众号发布绿色生活公约", 95),
    ("release", "居民群发布旧衣回收通知", 170), ("release", "公布年度创建计划", 300),
    ("themed", "世界环境日主题活动", 168), ("themed", "旧物交换集市", 60), ("themed", "地球一小时", 238),
    ("themed", "阳台种植体验课", 115), ("training", "创建工作培训（一）", 290), ("training", "垃圾分类督导培训", 150),
    ("training", "网格员业务培训", 55), ("volunteering", "周末清洁日", 12), ("volunteering", "楼道整治志愿行动", 75),
    ("volunteering", "护绿认养志愿活动", 190), ("volunteering", "助老代扔垃圾行动", 250),
    ("joint-building", "与辖区学校共建绿色课堂", 130), ("joint-building", "与物业共建充电安全检查", 45),
    ("deliberation", "小区停车议事会", 35), ("deliberation", "加装电梯协商会", 120), ("deliberation", "游园改造方案讨论", 210),
    ("deliberation", "公共晾晒区选址商议", 280), ("joint-meeting", "物业、业委会、居委会联席会议（一季度）", 310),
    ("joint-meeting", "联席会议（二季度）", 220), ("joint-meeting", "联席会议（三季度）", 128), ("joint-meeting", "联席会议（四季度）", 30),
    ("designer-visit", "设计师进社区：口袋公园方案", 160), ("designer-visit", "工程师进社区：外墙节能咨询", 64),
    ("green-families", "“绿色家庭”评选", 90), ("cultural", "社区文化节", 50), ("cultural", "非遗进社区", 205),
)  # fmt: skip


def _activities(g: Ground) -> Parts:
    for number, (category, title, days) in enumerate(ACTIVITIES):
        if (g.is_poor and number % 3) or (g.lacks("trainings") and category == "training" and days > 60):
            continue
        figures = {"participants": 15 + (g.code + number * 7) % 60, "organiser": g.name, "summary": "（演示）"}
        # Those who let their record grow old have written down nothing for years.
        yield {"category": category, "title": title, **figures}, g.days_ago(days + (1400 if g.kept is Kept.OLD else 0))


def _volunteers(g: Ground) -> Parts:
    yield {"name": f"{g.short}绿色志愿服务队", "volunteers": 12 if g.is_poor else 68}, None


def _surveys(g: Ground) -> Parts:
    for topic, satisfied in (("management", 178), ("facilities", 171), ("property", 165)):
        yield {"topic": topic, "method": "household", "asked": 220, "answers": 200,
               "satisfied": satisfied - 40 if g.lacks("survey") else satisfied}, None  # fmt: skip


def _conventions(g: Ground) -> Parts:
    if "convention" in g.flaws:
        return
    text = "节约用水用电；垃圾分类投放；爱护花草树木；绿色出行；不乱停乱放；文明养犬。（演示）"
    yield {"name": f"{g.short}社区绿色生活公约", "households_signed": sum(_dwellings(g)) // 2, "text": text}, None


PROBLEMS = (
    ("environment", "单元门口堆放装修垃圾"), ("blocked", "消防通道停放车辆"), ("noise", "夜间广场舞音量过大"),
    ("facility", "路灯不亮"), ("parking", "电动车占用人行道"), ("green", "绿地被踩踏"), ("building", "楼顶搭建雨棚"),
    ("facility", "井盖松动"), ("environment", "公共楼道堆物"), ("other", "快递柜占道"),
)  # fmt: skip


def _problems(g: Ground) -> Parts:
    for number, (problem_kind, title) in enumerate(PROBLEMS):
        found = g.days_ago(8 + number * 30)
        is_late = number in ((0, 2, 4, 6) if g.lacks("problems") else () if g.is_early else (6,))
        is_open = number in ((0, 1) if g.is_poor else ())
        closed = None if is_open else found + dt.timedelta(days=15 if is_late else 3)
        yield (
            {
                "title": title,
                "problem_kind": problem_kind,
                "due_on": found + dt.timedelta(days=7),
                "closed_on": closed if closed is None or closed <= g.today else None,
                "outcome": "（演示）已现场处理，居民认可" if closed else "",
                "is_satisfied": True if closed else None,
                **g.point(*g.within(number, 0.6, 0.6)),
            },
            found,
        )


def _devices(g: Ground) -> Parts:
    kinds = ("camera", "camera", "gate", "smoke", "environment", "parking", "camera", "facility")
    for number, device_kind in enumerate(kinds):
        works = number not in ((1, 3, 6) if g.is_poor else (6,))
        yield {"name": f"{number + 1}号设备", "device_kind": device_kind, "is_working": works,
               **g.point(*g.within(number, 0.1, 0.95))}, None  # fmt: skip


def _noise(g: Ground) -> Parts:
    for number, (name, day, night) in enumerate((("居委会楼前", 53.2, 43.8), ("临街住宅", 58.4, 48.7))):
        louder = 6 if g.is_poor else 0
        days = 45 + 3 * number + (1400 if g.kept is Kept.OLD else 0)
        yield {"name": name, "zone": "12"[number], "day_level": day + louder, "night_level": night + louder,
               **g.point(*g.within((7, 0)[number], 0.3, 0.5))}, g.days_ago(days)  # fmt: skip


_EVERYTHING = {
    "population": _population, "boundary": _boundary, "committee": _committee, "grid-cells": _grid_cells,
    "estates": _estates, "buildings": _buildings, "infrastructure": _infrastructure, "fire-lanes": _fire_lanes,
    "parking": _parking, "walking-paths": _walking_paths, "green-spaces": _green_spaces, "activity-grounds": _grounds,
    "facilities": _facilities, "barrier-free-places": _barrier_free, "sorting-points": _sorting_points,
    "sponge-facilities": _sponge, "overhead-lines": _overhead, "noise-sources": _noise_sources,
    "environment": _environment, "digital-services": _digital, "heritage": _heritage,
    "heritage-inspections": _inspections, "publicity-sites": _publicity_sites, "activities": _activities,
    "volunteer-teams": _volunteers, "satisfaction-surveys": _surveys, "conventions": _conventions,
    "problems": _problems, "devices": _devices, "noise-measurements": _noise,
}  # fmt: skip
