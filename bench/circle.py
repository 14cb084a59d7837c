"""The 15-minute circle of a made-up city, from the recorded facts to a figure per community, beside bare k-d trees.

500 communities of 600 × 600 m in a grid, 20,000 buildings, 3,000 facilities; once without drawn paths and once with a street every
100 m. The floor is what the nearest facilities cost alone, given the places in metres as arrays.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import polars as pl
from bench.nation import connect
from bench.rows import Row, best_of
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone
from scipy.spatial import cKDTree

from greenhood.__main__ import use_embedded_database
from greenhood.communities.models import Building, Facility, WalkingPath
from greenhood.divisions.models import Division, Level
from greenhood.indicators import circle
from greenhood.kit import geodesy
from greenhood.kit.bulk import copy_in, keys

DATABASE = "greenhood_bench_city"
TODAY = dt.date(2026, 11, 20)
COMMUNITIES, BUILDINGS, FACILITIES = 500, 20_000, 3_000
ACROSS, CELL, STREET = 25, 600.0, 100.0
CENTRE = (104.0, 30.6)
FIRST = 510199001001


def run() -> list[Row]:
    with city() as ids:
        edition = circle.edition_on(TODAY)
        origins, targets = places(ids, edition)
        floor = best_of(3, lambda: trees(origins, targets, edition))
        without = best_of(3, lambda: circle.coverage(ids, TODAY))
        draw_streets(ids)
        along = best_of(3, lambda: circle.coverage(ids, TODAY))
        lines = WalkingPath.objects.count()
        one = best_of(10, lambda: circle.details(Division.objects.get(pk=ids[250]), TODAY))
    what = f"15-minute circle, {COMMUNITIES} communities, {BUILDINGS:,} buildings, {FACILITIES:,} facilities"
    return [
        Row(f"{what}, straight lines; floor: k-d trees alone", without, floor, "s", "≤ 5 s"),
        Row(f"{what}, along {lines:,} paths; floor: k-d trees alone", along, floor, "s", "≤ 5 s"),
        Row("  who has how far, one community along paths, for its page", one * 1000, None, "ms", "≤ 200 ms"),
    ]


def places(ids: list[int], edition: circle.Edition) -> tuple[np.ndarray, list[np.ndarray]]:
    flat = geodesy.plane(CENTRE[0])
    origins = np.array(Building.objects.values_list("longitude", "latitude"))
    kinds = [
        np.array(Facility.objects.filter(facility_type=kind.type).values_list("longitude", "latitude"))
        for kind in edition.kinds
    ]
    return np.column_stack(flat(*origins.T)), [np.column_stack(flat(*each.T)) for each in kinds]


def trees(origins: np.ndarray, targets: list[np.ndarray], edition: circle.Edition) -> list[np.ndarray]:
    most = max(kind.walk for kind in edition.kinds) / edition.manner.detour
    return [cKDTree(each).query(origins, distance_upper_bound=most, workers=2)[0] for each in targets]


@contextmanager
def city() -> Iterator[list[int]]:
    """A database of its own with the city; the ids of its communities."""
    use_embedded_database()
    main = settings.DATABASES["default"]["NAME"]
    with connection.cursor() as cursor:
        cursor.execute(f"drop database if exists {DATABASE} with (force)")
        cursor.execute(f"create database {DATABASE} template template0")
    connect(DATABASE)
    try:
        call_command("migrate", verbosity=0)
        yield fill()
    finally:
        connect(main)
        with connection.cursor() as cursor:
            cursor.execute(f"drop database if exists {DATABASE} with (force)")


@transaction.atomic
def fill(seed: int = 1) -> list[int]:
    chance = np.random.default_rng(seed)
    nation = Division.objects.create(id=0, code=0, level=Level.NATION, name="全国")
    ids = [FIRST + number for number in range(COMMUNITIES)]
    Division.objects.bulk_create(
        Division(id=pk, code=pk, level=Level.COMMUNITY, parent=nation, name=f"第{pk}社区", urban_rural_class=111)
        for pk in ids
    )
    community = np.repeat(np.arange(COMMUNITIES), BUILDINGS // COMMUNITIES)
    at = corner(community) + chance.uniform(0, CELL, (len(community), 2))
    buildings = rows(ids, community, at).with_columns(residents=pl.Series(chance.integers(20, 300, len(community))))
    copy_in(Building, buildings)
    community = chance.integers(0, COMMUNITIES, FACILITIES)
    at = corner(community) + chance.uniform(0, CELL, (FACILITIES, 2))
    types = np.array(["kindergarten", "clinic", "market", "toilet", "sports"])[chance.integers(0, 5, FACILITIES)]
    copy_in(Facility, rows(ids, community, at).with_columns(facility_type=pl.Series(types)))
    analyse()
    return ids


def draw_streets(ids: list[int]) -> None:
    """A street every 100 m both ways through each community, with a point at every crossing."""
    steps = np.arange(0, CELL + 1, STREET)
    drawn, middle, owner = [], [], []
    for number in range(COMMUNITIES):
        for across in steps[:-1]:
            for line in (
                np.column_stack([steps, np.full(len(steps), across)]),
                np.column_stack([np.full(len(steps), across), steps]),
            ):
                degrees = np.column_stack(in_degrees(corner(np.array([number])) + line))
                drawn.append(json.dumps({"type": "LineString", "coordinates": degrees.round(7).tolist()}))
                middle.append((corner(np.array([number])) + line).mean(axis=0))
                owner.append(number)
    with transaction.atomic():
        copy_in(WalkingPath, rows(ids, np.array(owner), np.array(middle)).with_columns(geometry=pl.Series(drawn)))
        analyse()


def corner(number: np.ndarray) -> np.ndarray:
    return np.column_stack([number % ACROSS, number // ACROSS]) * CELL


def in_degrees(metres: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Roughly where a place so many metres from the centre is: the same streets meet in the same degrees."""
    north = CENTRE[1] + metres[:, 1] / 110_850
    return CENTRE[0] + metres[:, 0] / (111_320 * np.cos(np.radians(CENTRE[1]))), north


def rows(ids: list[int], community: np.ndarray, metres: np.ndarray) -> pl.DataFrame:
    longitude, latitude = in_degrees(metres)
    return pl.DataFrame(
        {
            "id": keys(len(community), seed=1),
            "thing": keys(len(community), seed=2),
            "community_id": np.array(ids)[community],
            "longitude": longitude,
            "latitude": latitude,
        }
    ).with_columns(dated=pl.lit(dt.date(2026, 6, 30)), recorded_at=pl.lit(timezone.now()))


def analyse() -> None:
    with connection.cursor() as cursor:
        cursor.execute("analyze")
