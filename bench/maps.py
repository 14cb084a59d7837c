"""A community's map with 388 things and the map of a city of 500 communities, with their data, as a signed-in officer gets them."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Iterator
from typing import Any

from bench.facts_excel import COMMUNITIES, community_code, ground
from bench.overview import p95, queries_of
from bench.rows import Row
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from greenhood.accounts.middleware import POST_KEY
from greenhood.accounts.models import Post, User
from greenhood.divisions.models import Division
from greenhood.facts.kinds import Shape, kind
from greenhood.kit import geodesy
from greenhood.kit.geodesy import Geometry

DAY = dt.date(2026, 5, 1)
EAST, NORTH = 104.0, 30.4
STEP = 0.012
# What a community of ten thousand people has, by kind.
THINGS = {
    "estates": 12, "green-spaces": 30, "buildings": 120, "facilities": 40, "infrastructure": 60, "fire-lanes": 20,
    "walking-paths": 60, "parking": 15, "sorting-points": 30,
}  # fmt: skip
CORNERS, CORNERS_OF_THINGS = 120, 20
TIMES = 100


def run() -> list[Row]:
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    with ground():
        user = User.objects.get(username="bench_facts")
        communities = {each.code: each for each in Division.objects.filter(level=5)}
        for place in range(COMMUNITIES):
            fill("boundary", communities[community_code(place)], user, [outline(*middle(place), 0.005, CORNERS)])
        first = communities[community_code(0)]
        for key, count in THINGS.items():
            fill(key, first, user, list(shapes(kind(key).shape, count)))
        return list(measured(signed_in(user), first))


def measured(client: Client, community: Division) -> Iterator[Row]:
    city, code = community.code // 10**8 * 10**8, community.code
    count = sum(THINGS.values()) + 1
    pages = [
        (f"a community's map, {count} things", reverse("communities:map", args=[code])),
        ("  its data", reverse("communities:map-data", args=[code])),
        ("drawing a green", reverse("communities:draw", args=[code, "green-spaces"])),
        (f"the map of a city, {COMMUNITIES} communities", reverse("insight:map", args=[city])),
        ("  its data", reverse("insight:map_data", args=[city])),
        ("  its data by completeness", reverse("insight:map_data", args=[city]) + "?by=completeness"),
    ]
    floor = p95(lambda: client.get(reverse("site:menu")))
    for title, url in pages:
        figure = p95(lambda url=url: client.get(url))
        yield Row(f"{title}, p95 of {TIMES}; floor: the frame alone", figure, floor, "ms", "≤ 200 ms")
        yield Row("  its queries", queries_of(client, url), None, "queries", "≤ 20")
    drawn = {"geometry": json.dumps(outline(*middle(0), 0.0003, 12)), "system": "cgcs2000"}
    address = reverse("communities:measure", args=[code, "green-spaces"])
    yield Row("what is said of a drawing", p95(lambda: client.post(address, drawn)), floor, "ms", "≤ 200 ms")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session[POST_KEY] = str(Post.objects.get(user=user).pk)
    session.save()
    return client


def middle(place: int) -> geodesy.Place:
    return EAST + place % 25 * STEP, NORTH + place // 25 * STEP


def outline(east: float, north: float, radius: float, corners: int) -> Geometry:
    """A round shape with bays, as boundaries have."""
    ring = []
    for number in range(corners):
        angle = 2 * math.pi * number / corners
        reach = radius * (1 + 0.1 * math.sin(7 * angle))
        ring.append([round(east + reach * math.cos(angle), 7), round(north + reach * math.sin(angle), 7)])
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


def shapes(shape: Shape, count: int) -> Iterator[Geometry]:
    for number in range(count):
        east, north = EAST + number % 20 * 0.0003 - 0.003, NORTH + number // 20 * 0.0003 - 0.003
        if shape is Shape.AREA:
            yield outline(east, north, 0.0001, CORNERS_OF_THINGS)
        elif shape is Shape.LINE:
            yield {"type": "LineString", "coordinates": [[east, north], [east + 0.001, north + 0.0005]]}
        else:
            yield {"type": "Point", "coordinates": [east, north]}


def fill(key: str, community: Division, user: User, drawn: list[Geometry]) -> None:
    """Things of a kind, each with its shape and whatever its columns need."""
    found = kind(key)
    found.model._default_manager.bulk_create(
        found.model(
            community=community,
            dated=DAY,
            recorded_at=timezone.now(),
            recorded_by=user,
            **figures(key, number),
            **place_of(shape),
        )
        for number, shape in enumerate(drawn, 1)
    )


def figures(key: str, number: int) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for column in kind(key).columns:
        if column.type == "choice":
            values[column.name] = column.choices[0][0]
        elif column.name == "name":
            values[column.name] = f"{column.title}{number}"
        elif column.is_required and column.type in {"count", "amount"}:
            values[column.name] = 40
        elif column.is_required and column.type == "yes-no":
            values[column.name] = True
    return values


def place_of(shape: Geometry) -> dict[str, Any]:
    east, north = geodesy.centre(shape)
    return {"longitude": east, "latitude": north, "geometry": None if shape["type"] == "Point" else shape}
