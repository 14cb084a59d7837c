"""The 15-minute living circle, against distances worked out by hand: straight lines, drawn paths, and what isn't known."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from greenhood.baseline.models import NothingThere
from greenhood.communities.models import Building, Facility, Population, WalkingPath
from greenhood.divisions.models import Division
from greenhood.indicators import circle
from greenhood.kit import geodesy
from tests.cast import Cast, sign_in

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 20)
DATED = dt.date(2026, 6, 30)
# On a meridian of the flat map, so that metres are metres.
ORIGIN = (104.0, 30.66)


def at(east: float, north: float, origin: tuple[float, float] = ORIGIN) -> tuple[float, float]:
    """The place so many metres from the origin."""
    longitude, latitude, _ = geodesy.ELLIPSOID.fwd(*origin, 0, north)
    longitude, latitude, _ = geodesy.ELLIPSOID.fwd(longitude, latitude, 90, east)
    return longitude, latitude


def add(model: type[Any], community: Division, where: tuple[float, float] | None = None, **values: Any) -> Any:
    place = dict(zip(("longitude", "latitude"), where, strict=True)) if where else {}
    given = {"dated": DATED, "recorded_at": timezone.now()} | place | values
    return model.objects.create(community=community, **given)


def building(
    community: Division, east: float, north: float = 0.0, residents: int | None = 100, **values: Any
) -> Building:
    return add(Building, community, at(east, north), residents=residents, **values)


def facility(community: Division, facility_type: str, east: float, north: float = 0.0, **values: Any) -> Facility:
    return add(Facility, community, at(east, north), facility_type=facility_type, name=facility_type, **values)


def path(community: Division, *corners: tuple[float, float], **values: Any) -> WalkingPath:
    places = [list(at(*corner)) for corner in corners]
    drawing = {"type": "LineString", "coordinates": places}
    return add(WalkingPath, community, tuple(np.mean(places, axis=0)), geometry=drawing, **values)


def everything(community: Division, east: float = 0.0, north: float = 0.0) -> None:
    for kind in ("kindergarten", "clinic", "market"):
        facility(community, kind, east, north)


def figure(community: Division, as_of: dt.date = TODAY) -> dict[str, Any]:
    return circle.by_kind([community.pk], as_of).row(0, named=True)


def shares(community: Division) -> tuple[float, float, float]:
    found = figure(community)
    return found["kindergarten"], found["clinic"], found["market"]


def test_a_straight_line_counts_thirteen_tenths(cast: Cast) -> None:
    building(cast.community, 0)
    # 700 × 1.3 = 910 m and 769 × 1.3 = 999.7 m are within 1000 m, 770 × 1.3 = 1001 m is beyond.
    facility(cast.community, "kindergarten", 700)
    facility(cast.community, "clinic", 0, 769)
    facility(cast.community, "market", -770)

    assert shares(cast.community) == (100, 100, 0)
    found = figure(cast.community)
    assert found["value"] == Decimal("66.66666667")
    assert (found["whole"], found["because"]) == (100, None)


def test_buildings_weigh_as_many_as_live_in_them(cast: Cast) -> None:
    everything(cast.community)
    building(cast.community, 100, residents=270)
    building(cast.community, 3000, residents=30)
    building(cast.community, 3000, residents=0)

    found = figure(cast.community)

    assert (found["value"], found["part"], found["whole"]) == (90, 270, 300)


def test_dwellings_stand_in_for_residents_by_the_household_of_the_community(cast: Cast) -> None:
    everything(cast.community)
    add(Population, cast.community, households=1000, residents=2500)
    building(cast.community, 0, residents=None, dwellings=40)
    building(cast.community, 3000, residents=300, dwellings=10)

    # 40 × 2.5 = 100 of 400.
    assert (figure(cast.community)["value"], figure(cast.community)["whole"]) == (25, 400)


def test_dwellings_alone_are_weights_of_their_own(cast: Cast) -> None:
    everything(cast.community)
    building(cast.community, 0, residents=None, dwellings=30)
    building(cast.community, 3000, residents=None, dwellings=10)

    assert figure(cast.community)["value"] == 75


def test_the_nearest_facility_may_lie_in_the_next_community(cast: Cast) -> None:
    building(cast.community, 0)
    facility(cast.community, "toilet", 0)
    everything(cast.neighbour_community, 500)

    assert figure(cast.community)["value"] == 100


def test_what_is_closed_serves_nobody(cast: Cast) -> None:
    building(cast.community, 0)
    everything(cast.community)
    Facility.objects.filter(facility_type="market").update(is_open=False)

    assert shares(cast.community) == (100, 100, 0)


def test_a_winding_path_counts_as_long_as_it_is(cast: Cast) -> None:
    building(cast.community, 0)
    everything(cast.community, 0, 500)
    # 500 m apart, 650 by the straight line's reckoning, but 350 + 500 + 350 = 1200 m to walk.
    path(cast.community, (0, 0), (350, 0), (350, 500), (0, 500))

    assert shares(cast.community) == (0, 0, 0)


def test_a_straight_path_counts_no_detour(cast: Cast) -> None:
    building(cast.community, 0, 30)
    everything(cast.community, 900, 40)
    # 900 × 1.3 = 1170 m without it; 30 + 900 + 40 = 970 m along it.
    path(cast.community, (-200, 0), (1200, 0))

    assert shares(cast.community) == (100, 100, 100)


def test_nobody_walks_over_a_river_without_a_bridge(cast: Cast) -> None:
    building(cast.community, 0)
    everything(cast.neighbour_community, 0, 300)
    facility(cast.community, "toilet", 0)
    path(cast.community, (-600, 0), (600, 0))
    path(cast.neighbour_community, (-600, 300), (600, 300))

    assert shares(cast.community) == (0, 0, 0)


def test_a_bridge_brings_the_other_bank_within_reach(cast: Cast) -> None:
    building(cast.community, 0)
    everything(cast.neighbour_community, 0, 300)
    facility(cast.community, "toilet", 0)
    path(cast.community, (-600, 0), (600, 0))
    path(cast.neighbour_community, (-600, 300), (600, 300))
    # It ends on either bank between drawn points: 340 + 300 + 340 = 980 m.
    path(cast.community, (340, 0), (340, 300))

    assert shares(cast.community) == (100, 100, 100)


def test_paths_that_cross_without_a_common_point_do_not_meet(cast: Cast) -> None:
    building(cast.community, -500)
    everything(cast.community, 0, 400)
    path(cast.community, (-600, 0), (600, 0))
    path(cast.community, (0, -600), (0, 600))

    assert shares(cast.community) == (0, 0, 0)


def test_a_path_drawn_by_both_neighbours_is_no_longer_for_it(cast: Cast) -> None:
    building(cast.community, 0)
    everything(cast.community, 900)
    for community in (cast.community, cast.neighbour_community):
        path(community, (0, 0), (450, 0), (1100, 0))

    assert shares(cast.community) == (100, 100, 100)


def test_a_facility_that_no_path_reaches_is_as_far_as_the_straight_line_says(cast: Cast) -> None:
    building(cast.community, 0)
    everything(cast.community, 500, 300)
    path(cast.community, (-600, 0), (600, 0))

    # √(500² + 300²) × 1.3 = 758 m.
    assert shares(cast.community) == (100, 100, 100)
    assert {kind.along for kind in circle.details(cast.community, TODAY).kinds} == {0}


def test_short_lanes_are_no_network(cast: Cast) -> None:
    building(cast.community, 0)
    everything(cast.community, 0, 500)
    path(cast.community, (-100, 0), (100, 0))
    path(cast.community, (-100, 500), (100, 500))

    assert shares(cast.community) == (100, 100, 100)


def test_a_flat_maps_edge_hides_no_facility(cast: Cast) -> None:
    seam = (104.4999, 30.66)
    add(Building, cast.community, seam, residents=10)
    for kind in ("kindergarten", "clinic", "market"):
        add(Facility, cast.community, at(700, 0, seam), facility_type=kind)

    assert figure(cast.community)["value"] == 100


def test_the_oldest_of_what_it_rests_on_dates_the_figure(cast: Cast) -> None:
    building(cast.community, 0, dated=dt.date(2026, 5, 1))
    everything(cast.community, 300)
    facility(cast.community, "market", 2000, dated=dt.date(2019, 1, 1))
    facility(cast.community, "clinic", 100, dated=dt.date(2025, 3, 1))

    assert figure(cast.community)["dated"] == dt.date(2025, 3, 1)


def test_another_day_is_measured_by_what_was_there(cast: Cast) -> None:
    building(cast.community, 0, dated=dt.date(2024, 1, 1))
    everything(cast.community)
    Facility.objects.update(dated=dt.date(2024, 1, 1))
    facility(cast.community, "toilet", 0, dated=dt.date(2024, 1, 1))
    Facility.objects.filter(facility_type="market").update(until=dt.date(2026, 1, 1))

    assert figure(cast.community, dt.date(2025, 12, 31))["value"] == 100
    assert figure(cast.community, dt.date(2026, 1, 1))["market"] == 0


def test_without_buildings_there_is_no_row(cast: Cast) -> None:
    everything(cast.community)

    assert circle.coverage([cast.community.pk], TODAY).is_empty()


@pytest.mark.parametrize(
    ("because", "buildings", "has_facilities"),
    [
        ("places", [{"residents": 100, "longitude": None, "latitude": None}], True),
        ("places", [{"residents": 79}, {"residents": 21, "longitude": None, "latitude": None}], True),
        (None, [{"residents": 80}, {"residents": 20, "longitude": None, "latitude": None}], True),
        ("residents", [{"residents": None}], True),
        ("residents", [{"residents": 0}], True),
        ("facilities", [{"residents": 100}], False),
    ],
)
def test_what_is_not_known_is_said_and_never_nought(
    cast: Cast, because: str | None, buildings: list[dict[str, Any]], has_facilities: bool
) -> None:
    for each in buildings:
        add(Building, cast.community, at(0, 0), **each) if "longitude" not in each else add(
            Building, cast.community, **each
        )
    everything(cast.community if has_facilities else cast.neighbour_community)

    found = figure(cast.community)

    assert found["because"] == because
    assert (found["value"] is None) == (because is not None)
    assert because is None or because in circle.UNKNOWN


def test_a_kind_that_a_community_does_not_have_counts_as_none(cast: Cast) -> None:
    building(cast.community, 0)
    facility(cast.community, "clinic", 0)

    assert figure(cast.community)["value"] == Decimal("33.33333333")


def test_who_confirmed_to_have_no_facility_has_looked(cast: Cast) -> None:
    building(cast.community, 0)
    facility(cast.neighbour_community, "clinic", 0)
    assert figure(cast.community)["because"] == "facilities"

    NothingThere.objects.create(community=cast.community, kind="facilities", dated=DATED, recorded_at=timezone.now())

    assert figure(cast.community)["value"] == Decimal("33.33333333")


def test_a_required_facility_without_a_place_leaves_the_figure_open(cast: Cast) -> None:
    building(cast.community, 0)
    facility(cast.community, "clinic", 0)
    facility(cast.community, "kindergarten", 0)
    add(Facility, cast.community, facility_type="market")

    assert figure(cast.community)["because"] == "unplaced"
    facility(cast.neighbour_community, "market", 100)
    assert figure(cast.community)["value"] == 100


def test_one_and_many_and_a_division_give_the_same(cast: Cast) -> None:
    for number, community in enumerate((cast.community, cast.other_community, cast.neighbour_community)):
        building(community, 600 * number)
        building(community, 600 * number, 900)
        facility(community, "clinic", 600 * number)
    ids = [cast.community.pk, cast.other_community.pk, cast.neighbour_community.pk]

    many = circle.coverage(ids, TODAY)

    assert many.height == 3
    assert many.equals(pl.concat([circle.coverage([pk], TODAY) for pk in sorted(ids)]).sort("community_id"))
    assert many.equals(circle.coverage(cast.city, TODAY))


def test_many_places_agree_with_distances_on_the_ellipsoid(cast: Cast) -> None:
    chance = np.random.default_rng(1)
    east, north = chance.uniform(-4000, 4000, (2, 300))
    for place in zip(east, north, strict=True):
        building(cast.community, *place, residents=1)
    kinds = np.array(["kindergarten", "clinic", "market"])[chance.integers(0, 3, 60)]
    where = chance.uniform(-4000, 4000, (2, 60))
    for kind, x, y in zip(kinds, *where, strict=True):
        facility(cast.community, kind, x, y)
    origins = np.array([at(*each) for each in zip(east, north, strict=True)])

    for kind, share in zip(("kindergarten", "clinic", "market"), shares(cast.community), strict=True):
        targets = np.array([at(*each) for each in where[:, kinds == kind].T])
        far = np.array([geodesy.distance_m(*targets.T, *origin).min() for origin in origins])
        assert share == pytest.approx(100 * np.mean(far * 1.3 <= 1000))


def test_the_number_of_queries_does_not_grow(cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for community in (cast.community, cast.other_community, cast.third_community):
        building(community, 0)
        everything(community)

    with django_assert_num_queries(5):
        circle.coverage([cast.community.pk], TODAY)
    with django_assert_num_queries(5):
        circle.coverage([cast.community.pk, cast.other_community.pk, cast.third_community.pk], TODAY)


def test_details_say_how_far_each_kind_is_and_who_has_too_far(cast: Cast) -> None:
    building(cast.community, 0, residents=60, name="1 栋")
    building(cast.community, 400, residents=30, name="2 栋")
    building(cast.community, 2000, residents=10, name="3 栋")
    add(Building, cast.community, residents=1, name="4 栋")
    facility(cast.community, "kindergarten", 200)
    facility(cast.community, "clinic", 0)

    found = circle.details(cast.community, TODAY)

    assert (found.residents, found.buildings, found.unplaced_buildings, found.with_all) == (100, 4, 1, 0)
    kindergarten, clinic, market = found.kinds
    assert (kindergarten.share, kindergarten.within_advised, kindergarten.outside) == (90, 90, 10)
    assert kindergarten.middle == pytest.approx(260, abs=0.1)
    assert (clinic.share, clinic.within_advised) == (90, 60)
    assert clinic.nearly_all == pytest.approx(520, abs=0.1)
    assert (market.share, market.middle) == (0, None)
    assert [(each.name, each.people) for each in found.outside] == [("1 栋", 60), ("2 栋", 30), ("3 栋", 10)]
    far = found.outside[2].reached
    assert far[0].distance == pytest.approx(2340, abs=0.5)
    assert [each.is_too_far for each in far] == [True, True, True]
    assert far[2].distance is None


def test_details_of_an_empty_community_say_what_is_missing(cast: Cast) -> None:
    found = circle.details(cast.community, TODAY)

    assert (found.value, found.because, found.kinds, found.outside) == (None, "missing", (), ())


def test_a_locality_sets_its_own_distances_from_a_day_on(cast: Cast, settings: Any, tmp_path: Path) -> None:
    building(cast.community, 0)
    everything(cast.community, 500)
    file = tmp_path / "circle.yaml"
    file.write_text(
        """
- {from: 2026-08-01, norm: 某市导则, clause: "12", detour: 1.3, snap: 80, join: 2, least_network: 1000, least_placed: 0.8,
   kinds: [{type: market, walk: 500}]}
""",
        encoding="utf-8",
    )
    settings.LIVING_CIRCLE_FILE = str(file)

    # 650 m are within the norm's 1000 and beyond the city's 500.
    assert figure(cast.community, dt.date(2026, 7, 31))["value"] == 100
    assert figure(cast.community, dt.date(2026, 8, 1))["value"] == 0


@pytest.mark.parametrize(
    "text",
    ["- {from: 2026-08-01}", "kinds: [", "- 1", "- {from: yes, norm: a, clause: b, detour: 1, snap: 1, join: 1, "
     "least_network: 1, least_placed: 1, kinds: [{type: castle, walk: 1}]}"],
)  # fmt: skip
def test_a_file_that_can_not_be_used_is_named(settings: Any, tmp_path: Path, text: str) -> None:
    file = tmp_path / "circle.yaml"
    file.write_text(text, encoding="utf-8")
    settings.LIVING_CIRCLE_FILE = str(file)

    with pytest.raises(circle.CircleError, match=r"circle\.yaml"):
        circle.edition_on(TODAY)


def test_the_page_says_how_far_each_kind_is_and_from_where_it_is_too_far(client: Client, cast: Cast) -> None:
    building(cast.community, 0, residents=80, name="近楼", dated=dt.date(2025, 1, 1))
    building(cast.community, 2000, residents=20, name="远楼", dated=dt.date(2025, 1, 1))
    everything(cast.community, 200)
    Facility.objects.update(dated=dt.date(2025, 1, 1))
    sign_in(client, cast.worker)

    text = client.get(reverse("indicators:circle", args=[cast.community.code])).content.decode()

    assert "设施覆盖率 80%" in text
    assert "2340 米" in text
    assert "远楼" in text
    assert "近楼" not in text


def test_the_page_of_a_community_without_buildings_says_what_to_record(client: Client, cast: Cast) -> None:
    sign_in(client, cast.worker)

    text = client.get(reverse("indicators:circle", args=[cast.community.code])).content.decode()

    assert circle.UNKNOWN["missing"] in text


def test_a_stranger_sees_no_circle(client: Client, cast: Cast) -> None:
    sign_in(client, cast.neighbour_worker)

    assert client.get(reverse("indicators:circle", args=[cast.community.code])).status_code == 404
