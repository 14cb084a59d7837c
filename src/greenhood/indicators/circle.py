"""The 15-minute living circle (十五分钟生活圈): which share of the residents has each required facility within a walk.

Every building with a place is an origin and weighs as many people as live in it. For each required kind of facility it is
reached or not, by the nearest open one, whichever community has it. A kind's share is that of the residents reached; the figure
is the mean of the kinds' shares, each kind weighing the same (docs/decisions/0008). Kinds, distances and how a
walk is measured are data: ``living_circle.yaml``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import polars as pl
import shapely
from django.conf import settings
from django.db import connection
from numpy.typing import NDArray
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from greenhood.baseline.models import NothingThere
from greenhood.communities.models import Building, Facility, Population, WalkingPath
from greenhood.communities.models.facilities import FacilityType
from greenhood.divisions.models import Division, Level
from greenhood.indicators.walking import Floats, Manner, Nearest, Network, Targets, nearest_of_each
from greenhood.kit import geodesy
from greenhood.kit.bulk import copy_numbers_out

# Communities measured at once: some 200,000 buildings, so that memory stays the same for a nation.
AT_ONCE = 5_000
SHIPPED = Path(__file__).parent / "living_circle.yaml"
COLUMNS = ("community_id", "value", "part", "whole", "dated", "because")
# How far a page looks for the nearest facility of a kind that isn't within reach.
FARTHEST = 5_000

DEFINITION = (
    "常住居民中，步行距离内有某类必备设施的比例，对各类必备设施取平均。"
    "居民按楼栋计；楼栋没有登记人口的，按住宅套数乘以本社区户均人口推算。正常使用的设施都计入，不分属哪个社区。"
    "登记的步行路网同时通达楼栋和设施的，按路网距离；否则按直线距离乘以绕行系数。"
)
FORMULA = "（Σ 各类设施步行距离内的居民 ÷ 居民总数）÷ 必备设施类数 × 100%"
REMEDY = "再让 {short}（按各类必备设施平均）步行可达"
UNKNOWN = {
    "missing": "还没有登记楼栋。",
    "places": "登记了位置的楼栋太少，步行距离无法测算。请在地图上标出楼栋。",
    "residents": "楼栋没有登记居住人口，也没有登记住宅套数，或无法由套数推算人口。",
    "facilities": "本社区还没有登记任何公共服务设施。没有登记，不等于没有设施。",
    "unplaced": "登记了必备设施，但没有标出位置，步行距离无法测算。",
}


# What is asked for


class CircleError(Exception):
    """The file of the living circle can't be used; the text says where it is wrong."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A required kind of facility: the walk that decides, and the radius that the norm advises for siting, in metres."""

    type: str
    walk: float
    advised: float | None = None

    @property
    def title(self) -> str:
        return str(FacilityType(self.type).label)


@dataclass(frozen=True, slots=True)
class Edition:
    """What holds from a day on."""

    since: dt.date
    norm: str
    clause: str
    kinds: tuple[Wanted, ...]
    manner: Manner
    least_placed: float

    @property
    def farthest(self) -> float:
        return max(kind.walk for kind in self.kinds)


def edition_on(day: dt.date) -> Edition:
    """The edition of a day; the first one for days before it."""
    editions = load(settings.LIVING_CIRCLE_FILE)
    return next((each for each in reversed(editions) if each.since <= day), editions[0])


@cache
def load(path: str = "") -> tuple[Edition, ...]:
    """The shipped editions, and those of the file; one of the same day takes the place of the shipped one."""
    found = {each.since: each for file in (SHIPPED, *([Path(path)] if path else [])) for each in _read(file)}
    return tuple(found[day] for day in sorted(found))


def _read(path: Path) -> list[Edition]:
    try:
        return [_edition(entry) for entry in YAML(typ="safe").load(path.read_text(encoding="utf-8"))]
    except (OSError, YAMLError) as problem:
        raise CircleError(f"生活圈设置 {path} 读不出来：{problem}") from problem
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise CircleError(f"生活圈设置 {path} 有一版缺项或填错：{problem}。样式见 living_circle.yaml。") from problem


def _edition(entry: dict[str, Any]) -> Edition:
    kinds = tuple(
        Wanted(FacilityType(each["type"]).value, float(each["walk"]), each.get("advised")) for each in entry["kinds"]
    )
    manner = Manner(**{name: float(entry[name]) for name in ("detour", "snap", "join", "least_network")})
    if not kinds or len({kind.type for kind in kinds}) < len(kinds):
        raise ValueError("设施类别为空或重复")
    if min(kind.walk for kind in kinds) <= 0 or manner.detour < 1 or manner.join <= 0:
        raise ValueError("步行距离应大于 0，绕行系数应不小于 1")
    since = entry["from"]
    if not isinstance(since, dt.date):
        raise TypeError(f"from 应为日期，写的是 {since}")
    return Edition(since, str(entry["norm"]), str(entry["clause"]), kinds, manner, float(entry["least_placed"]))


# The figure, for any number of communities


def coverage(communities: Sequence[int] | Division, as_of: dt.date) -> pl.DataFrame:
    """``community_id, value, part, whole, dated, because`` of these communities (ids), or of all in a division.

    ``value`` in percent; ``whole`` the residents counted, ``part`` the mean over the kinds of those within reach; ``dated``
    the oldest date among the buildings and the facilities that are nearest to them. Where ``value`` is null, ``because`` is
    a key of ``UNKNOWN``; communities without a row have no buildings ("missing").
    """
    return by_kind(communities, as_of).select(COLUMNS)


def by_kind(communities: Sequence[int] | Division, as_of: dt.date) -> pl.DataFrame:
    """As ``coverage``, with one more column for each required kind: its share in percent, named by the kind."""
    edition = edition_on(as_of)
    return pl.concat([_empty(edition), *(_measured(edition, each, as_of) for each in _portions(communities))])


def _portions(communities: Sequence[int] | Division) -> Iterator[list[int]]:
    """Communities that lie together, in portions that fit into memory."""
    if isinstance(communities, Division):
        communities = _with_buildings(communities)
    for _, province in groupby(sorted(set(communities)), lambda community: community // 10**10):
        ids = list(province)
        for start in range(0, len(ids), AT_ONCE):
            yield ids[start : start + AT_ONCE]


def _with_buildings(within: Division) -> list[int]:
    query = f"select distinct community_id from {Building._meta.db_table}"
    if within.level != Level.NATION:
        query += " where community_id in (select id from divisions_division where code >= %(low)s and code < %(high)s)"
    low, high = within.span
    return copy_numbers_out(query, {"low": low, "high": high}, {"community_id": "int"})["community_id"].to_list()


def _empty(edition: Edition) -> pl.DataFrame:
    types = (pl.Int64(), *[pl.Decimal(30, 8)] * 3, pl.Date(), pl.String())
    return pl.DataFrame(
        schema=dict(zip(COLUMNS, types, strict=True)) | {each.type: pl.Float64() for each in edition.kinds}
    )


def _measured(edition: Edition, ids: list[int], as_of: dt.date) -> pl.DataFrame:
    buildings = _buildings(ids, as_of)
    if buildings.is_empty():
        return _empty(edition)
    people = _with_people(buildings, _households(ids, as_of))
    placed = people.filter("is_placed")
    around = _around(edition, placed, as_of, limit=edition.farthest)
    reached = placed.with_columns(
        pl.Series(kind.type, one.distance <= kind.walk) for kind, one in zip(edition.kinds, around.nearest, strict=True)
    ).with_columns(nearest_dated=around.oldest())
    return _summed(edition, people, reached, _registers(edition, ids, as_of))


def _summed(edition: Edition, people: pl.DataFrame, reached: pl.DataFrame, registers: pl.DataFrame) -> pl.DataFrame:
    """One row per community with buildings."""
    types = [kind.type for kind in edition.kinds]
    weight = pl.col("people").fill_null(0)
    all_ = people.group_by("community_id").agg(
        buildings=pl.len(),
        unweighed=pl.col("people").is_null().all(),
        everybody=weight.sum(),
        placed=weight.filter("is_placed").sum(),
        placed_buildings=pl.col("is_placed").sum(),
    )
    within = reached.group_by("community_id").agg(
        whole=weight.sum(),
        dated=pl.min_horizontal(pl.col("dated").min(), pl.col("nearest_dated").min(), pl.col("households_dated").min()),
        **{name: weight.filter(name).sum() for name in types},
    )
    rows = all_.join(within, on="community_id", how="left").join(registers, on="community_id", how="left")
    is_short = [pl.col(f"unplaced {name}").fill_null(False) & (pl.col(name) < pl.col("whole")) for name in types]
    because = (
        pl.when(pl.col("placed_buildings") == 0).then(pl.lit("places"))
        .when("unweighed").then(pl.lit("residents"))
        .when(pl.col("everybody") == 0).then(pl.lit("residents"))
        .when(pl.col("placed") < pl.col("everybody") * edition.least_placed).then(pl.lit("places"))
        .when(pl.col("registered").fill_null(0) == 0).then(pl.lit("facilities"))
        .when(pl.any_horizontal(is_short)).then(pl.lit("unplaced"))
    )  # fmt: skip
    part = pl.mean_horizontal(types)
    return (
        rows.with_columns(because=because, part=part)
        .with_columns(
            # Rounded, so that a share of people that just reaches a threshold isn't a hair below it.
            value=pl.when(pl.col("because").is_null()).then((100 * pl.col("part") / pl.col("whole")).round(8)),
            **{name: pl.when(pl.col("whole") > 0).then(100 * pl.col(name) / pl.col("whole")) for name in types},
        )
        .with_columns(
            pl.when(pl.col("because").is_null()).then(pl.col(name).round(8)).alias(name) for name in ("part", "whole")
        )
        .select(_empty(edition).columns)
        .cast(_empty(edition).schema)
        .sort("community_id")
    )


# What is recorded

_TRUE = "dated <= %(as_of)s and (until is null or until > %(as_of)s)"
_MINE = f"community_id = any(%(ids)s) and {_TRUE}"


def _buildings(ids: list[int], as_of: dt.date) -> pl.DataFrame:
    """Buildings where people live; figures that nobody gave are null."""
    query = f"""select community_id, coalesce(longitude, 'NaN') as longitude, coalesce(latitude, 'NaN') as latitude,
            coalesce(residents, -1) as residents, coalesce(dwellings, -1) as dwellings, dated
        from {Building._meta.db_table} where {_MINE}"""
    columns = {"community_id": "int", "longitude": "float", "latitude": "float", "residents": "int", "dwellings": "int",
               "dated": "date"}  # fmt: skip
    found = copy_numbers_out(query, {"ids": ids, "as_of": as_of}, columns)
    return found.with_columns(
        pl.when(pl.col(name) >= 0).then(pl.col(name)).alias(name) for name in ("residents", "dwellings")
    )


def _households(ids: list[int], as_of: dt.date) -> pl.DataFrame:
    """Residents per household, where the population is recorded."""
    query = f"""select community_id, residents::float8 / households as per_household, dated as households_dated
        from {Population._meta.db_table} where {_MINE} and households > 0 and residents is not null"""
    columns = {"community_id": "int", "per_household": "float", "households_dated": "date"}
    return copy_numbers_out(query, {"ids": ids, "as_of": as_of}, columns)


def _with_people(buildings: pl.DataFrame, households: pl.DataFrame) -> pl.DataFrame:
    """``people`` of each building: its residents; else its dwellings × residents per household of the community, else of
    those buildings that say both. Where no building says how many live in it and the population isn't recorded either,
    dwellings themselves are the weight: a share doesn't depend on how many live in each."""
    both = pl.col("residents").is_not_null() & (pl.col("dwellings") > 0)
    own = pl.col("residents").filter(both).sum() / pl.col("dwellings").filter(both).sum()
    counts_dwellings = pl.col("residents").is_null().all()
    joined = buildings.join(households, on="community_id", how="left", maintain_order="left").with_columns(
        own=pl.when(both.any()).then(own).over("community_id"),
        plain=pl.when(counts_dwellings).then(1.0).over("community_id"),
    )
    guessed = pl.col("dwellings") * pl.coalesce("per_household", "own", "plain")
    return joined.with_columns(
        people=pl.coalesce(pl.col("residents").cast(pl.Float64), guessed),
        households_dated=pl.when(pl.col("residents").is_null()).then("households_dated"),
        is_placed=pl.col("longitude").is_not_nan() & pl.col("latitude").is_not_nan(),
    ).drop("own", "plain", "per_household")


def _registers(edition: Edition, ids: list[int], as_of: dt.date) -> pl.DataFrame:
    """How many facilities of any kind each community has recorded, and whether required ones lack a place.

    One that has confirmed that there are none counts as having looked.
    """
    marks = [
        f"count(*) filter (where facility_type = '{kind.type}' and is_open is not false and longitude is null) as k{number}"
        for number, kind in enumerate(edition.kinds)
    ]
    query = f"""select community_id, sum(registered) as registered, {", ".join(f"sum(k{n}) as k{n}" for n in range(len(marks)))}
        from (
            select community_id, count(*) as registered, {", ".join(marks)}
            from {Facility._meta.db_table} where {_MINE} group by community_id
            union all
            select community_id, 1, {", ".join("0" for _ in marks)} from {NothingThere._meta.db_table}
            where community_id = any(%(ids)s) and kind = 'facilities' and dated <= %(as_of)s
                and (ended_at is null or (ended_at at time zone 'Asia/Shanghai')::date > %(as_of)s)
        ) r group by community_id"""
    marked = {f"k{number}": f"unplaced {kind.type}" for number, kind in enumerate(edition.kinds)}
    columns = {"community_id": "int", "registered": "int"} | dict.fromkeys(marked, "int")
    found = copy_numbers_out(query, {"ids": ids, "as_of": as_of}, columns)
    return found.with_columns((pl.col(name) > 0).alias(mark) for name, mark in marked.items())


@dataclass(frozen=True)
class Around:
    """What lies around origins: by kind the nearest facility, and the days that facilities were recorded for."""

    nearest: list[Nearest]
    facility_days: NDArray[np.int64]

    def oldest(self) -> pl.Series:
        """By origin the oldest day among its nearest facilities; null where it has none."""
        none = np.iinfo(np.int64).max
        days = np.append(self.facility_days, none)
        oldest = np.minimum.reduce([days[one.target] for one in self.nearest])
        # A column of days; what is none of them becomes null.
        return pl.select(
            pl.when(pl.lit(pl.Series(oldest != none))).then(pl.lit(pl.Series(np.where(oldest == none, 0, oldest))))
            .cast(pl.Int32).cast(pl.Date)
        ).to_series()  # fmt: skip


def _around(edition: Edition, origins: pl.DataFrame, as_of: dt.date, *, limit: float) -> Around:
    """The nearest facilities of origins with ``longitude`` and ``latitude``; numbers of targets are rows of the facilities."""
    longitude, latitude = origins["longitude"].to_numpy(), origins["latitude"].to_numpy()
    if not len(longitude):
        return Around([_none(0) for _ in edition.kinds], np.empty(0, np.int64))
    box = _box(longitude, latitude, limit)
    facilities = _facilities(edition, box, as_of)
    lines = _lines(box, as_of)
    found = [_none(len(longitude)) for _ in edition.kinds]
    # A flat map is true around its own meridian only.
    meridian = np.round(longitude)
    for degree in np.unique(meridian):
        here = np.flatnonzero(meridian == degree)
        near = np.abs(facilities["longitude"].to_numpy() - degree) <= 0.5 + _degrees(limit, latitude)
        some = facilities.filter(pl.Series(near))
        numbers = np.flatnonzero(near)
        targets = Targets(_flat(degree, some), some["kind"].to_numpy(), len(edition.kinds))
        paths = _network(lines, degree, edition.manner)
        nearest = nearest_of_each(
            _flat_places(degree, longitude[here], latitude[here]),
            targets,
            edition.manner,
            limit=limit + 0.001,
            paths=paths,
        )
        for whole, one in zip(found, nearest, strict=True):
            whole.distance[here], whole.is_along[here] = one.distance, one.is_along
            whole.target[here] = np.where(one.target >= 0, numbers[one.target] if len(numbers) else -1, -1)
    return Around(found, facilities["dated"].cast(pl.Int32).cast(pl.Int64).to_numpy())


def _none(count: int) -> Nearest:
    return Nearest(np.full(count, np.inf), np.full(count, -1, np.int64), np.zeros(count, bool))


def _flat(degree: float, places: pl.DataFrame) -> Floats:
    return _flat_places(degree, places["longitude"].to_numpy(), places["latitude"].to_numpy())


def _flat_places(degree: float, longitude: Floats, latitude: Floats) -> Floats:
    return np.column_stack(geodesy.plane(float(degree))(longitude, latitude))


def _degrees(metres: float, latitude: Floats) -> float:
    """How many degrees of longitude so many metres are at most."""
    return float(metres / (geodesy.METRES_PER_DEGREE * np.cos(np.radians(np.abs(latitude).max()))))


def _box(longitude: Floats, latitude: Floats, limit: float) -> dict[str, float]:
    wide, high = _degrees(limit, latitude), limit / geodesy.METRES_PER_DEGREE
    return {
        "west": float(longitude.min()) - wide,
        "east": float(longitude.max()) + wide,
        "south": float(latitude.min()) - high,
        "north": float(latitude.max()) + high,
    }


_THERE = f"latitude between %(south)s and %(north)s and longitude between %(west)s and %(east)s and {_TRUE}"


def _facilities(edition: Edition, box: dict[str, float], as_of: dt.date) -> pl.DataFrame:
    """Facilities of the required kinds in a box, of whichever community, unless they are said to be closed."""
    types = [kind.type for kind in edition.kinds]
    query = f"""select array_position(%(types)s, facility_type) - 1 as kind, longitude, latitude, dated
        from {Facility._meta.db_table}
        where {_THERE} and facility_type = any(%(types)s) and is_open is not false"""
    columns = {"kind": "int", "longitude": "float", "latitude": "float", "dated": "date"}
    return copy_numbers_out(query, {**box, "types": types, "as_of": as_of}, columns)


def _lines(box: dict[str, float], as_of: dt.date) -> NDArray[Any]:
    """Drawn walking paths whose middle lies in a box, in degrees."""
    query = f"select geometry::text from {WalkingPath._meta.db_table} where {_THERE} and geometry is not null"
    with connection.cursor() as cursor:
        cursor.execute(query, {**box, "as_of": as_of})
        drawn = [text for (text,) in cursor.fetchall()]
    lines: NDArray[Any] = shapely.from_geojson(np.array(drawn, dtype=object), on_invalid="ignore")
    return shapely.force_2d(lines[~shapely.is_missing(lines)])


def _network(lines: NDArray[Any], degree: float, manner: Manner) -> Network | None:
    if not len(lines):
        return None
    middle = shapely.get_x(shapely.centroid(lines))
    # A little wider than the meridian's own degree, so that ways may leave it.
    some = lines[np.abs(middle - degree) <= 0.6]
    project = geodesy.plane(float(degree))
    flat = shapely.transform(some, lambda points: np.column_stack(project(points[:, 0], points[:, 1])))
    return Network(flat, manner)


# One community, for pages


@dataclass(frozen=True, slots=True)
class KindDetail:
    """One required kind seen from a community's residents. Shares in percent, distances in metres of walking.

    ``middle`` and ``nearly_all``: half and nine tenths of the residents have no more than this to walk; None where so many
    have none within five kilometres. ``outside``: residents beyond the walk. ``along``: the share whose way follows drawn
    paths, the others' is a straight line × the detour factor.
    """

    wanted: Wanted
    share: Decimal
    within_advised: Decimal | None
    middle: float | None
    nearly_all: float | None
    outside: float
    along: Decimal

    @property
    def title(self) -> str:
        return self.wanted.title


@dataclass(frozen=True, slots=True)
class Reached:
    """How far the nearest of a kind is from a building: None beyond five kilometres."""

    wanted: Wanted
    distance: float | None

    @property
    def is_too_far(self) -> bool:
        return self.distance is None or self.distance > self.wanted.walk


@dataclass(frozen=True, slots=True)
class Outside:
    """A building from which some required kind is too far, with all of them."""

    thing: UUID
    name: str
    people: float
    reached: tuple[Reached, ...]


@dataclass(frozen=True, slots=True)
class Details:
    """What is behind the figure of one community. ``with_all``: the share (%) that has every required kind within reach."""

    edition: Edition
    value: Decimal | None
    because: str
    residents: float
    buildings: int
    unplaced_buildings: int
    with_all: Decimal | None
    kinds: tuple[KindDetail, ...]
    outside: tuple[Outside, ...]


def details(community: Division, as_of: dt.date, *, most: int = 100) -> Details:
    """How far residents of a community have to each required kind, and who has too far (``most`` buildings, most people
    first). Nine queries."""
    edition, ids = edition_on(as_of), [community.pk]
    figure = _measured(edition, ids, as_of)
    value, because = figure.select("value", "because").row(0) if figure.height else (None, "missing")
    named = _named_buildings(community, as_of)
    people = _with_people(named, _households(ids, as_of))
    placed = people.filter(pl.col("is_placed") & (pl.col("people") > 0))
    whole = float(placed["people"].sum())
    around = _around(edition, placed, as_of, limit=FARTHEST)
    weight = placed["people"].to_numpy()
    kinds = tuple(_kind_detail(*each, weight) for each in zip(edition.kinds, around.nearest, strict=True))
    within = np.array([one.distance <= kind.walk for kind, one in zip(edition.kinds, around.nearest, strict=True)])
    has_all = np.logical_and.reduce(within)
    return Details(
        edition,
        value,
        because or "",
        whole,
        people.height,
        people.filter(~pl.col("is_placed")).height,
        _percent(weight[has_all].sum(), whole) if whole else None,
        kinds if whole else (),
        tuple(_outside(edition, placed, around, ~has_all, most)) if whole else (),
    )


def _named_buildings(community: Division, as_of: dt.date) -> pl.DataFrame:
    query = f"""select community_id, thing::text as thing, name, longitude, latitude, residents::bigint as residents,
            dwellings::bigint as dwellings, dated
        from {Building._meta.db_table} where {_MINE} order by name, id"""
    with connection.cursor() as cursor:
        cursor.execute(query, {"ids": [community.pk], "as_of": as_of})
        rows = cursor.fetchall()
    schema = {
        "community_id": pl.Int64, "thing": pl.String, "name": pl.String, "longitude": pl.Float64, "latitude": pl.Float64,
        "residents": pl.Int64, "dwellings": pl.Int64, "dated": pl.Date,
    }  # fmt: skip
    found = pl.DataFrame(rows, schema=schema, orient="row")
    return found.with_columns(pl.col("longitude", "latitude").fill_null(float("nan")))


def _kind_detail(wanted: Wanted, nearest: Nearest, weight: Floats) -> KindDetail:
    whole = weight.sum() or 1.0
    within = nearest.distance <= wanted.walk
    closer = nearest.distance <= wanted.advised if wanted.advised else None
    return KindDetail(
        wanted,
        _percent(weight[within].sum(), whole),
        None if closer is None else _percent(weight[closer].sum(), whole),
        _quantile(nearest.distance, weight, 0.5),
        _quantile(nearest.distance, weight, 0.9),
        float(weight[~within].sum()),
        _percent(weight[nearest.is_along].sum(), whole),
    )


def _percent(part: float, whole: float) -> Decimal:
    return Decimal(round(100 * float(part) / float(whole), 8)).quantize(Decimal("0.00000001"))


def _quantile(distance: Floats, weight: Floats, share: float) -> float | None:
    if not len(distance):
        return None
    order = np.argsort(distance)
    reached = np.cumsum(weight[order])
    found = distance[order][np.searchsorted(reached, share * reached[-1] * (1 - 1e-9))]
    return float(found) if np.isfinite(found) else None


def _outside(
    edition: Edition, placed: pl.DataFrame, around: Around, is_outside: NDArray[np.bool_], most: int
) -> Iterator[Outside]:
    people = placed["people"].to_numpy()
    numbers = np.flatnonzero(is_outside)
    for number in numbers[np.argsort(-people[numbers], kind="stable")][:most].tolist():
        row = placed.row(number, named=True)
        far = tuple(
            Reached(kind, float(one.distance[number]) if np.isfinite(one.distance[number]) else None)
            for kind, one in zip(edition.kinds, around.nearest, strict=True)
        )
        yield Outside(UUID(row["thing"]), row["name"], row["people"], far)
