"""The map of a division: each community where it lies, in its class; the list has them all; few queries."""

import datetime as dt

import pytest
from django.urls import reverse

from greenhood.communities.models import Boundary
from greenhood.facts import actions as facts
from greenhood.facts.kinds import kind
from greenhood.indicators.models import Catalogue, Measured
from greenhood.insight import ground
from greenhood.kit import geodesy
from greenhood.kit.dates import today_in_shanghai
from tests.cast import sign_in
from tests.communities.shapes import EAST, NORTH, record_boundary, record_green, square

pytestmark = pytest.mark.django_db


@pytest.fixture
def address(cast):
    return reverse("insight:map", args=[cast.county.code])


@pytest.fixture
def data(cast):
    return reverse("insight:map_data", args=[cast.county.code])


@pytest.fixture
def placed(cast):
    """One community with a boundary, one with a committee's place, one with estates, one with nothing."""
    record_boundary(cast.community, cast.worker)
    facts.record(
        kind("committee"),
        cast.other_community,
        {"address": "广福桥街 8 号", "longitude": EAST + 0.02, "latitude": NORTH},
        dated=dt.date(2026, 3, 1),
        by=cast.other_worker,
    )
    facts.record(
        kind("estates"),
        cast.third_community,
        {"name": "桐梓苑", "dwellings": 300, "geometry": square(0.03, 0, 0.002)},
        dated=dt.date(2026, 3, 1),
        by=cast.county_officer,
    )


def features(answer):
    return {(each["properties"]["name"][:3], each["geometry"]["type"]) for each in answer["features"]}


def test_communities_lie_where_their_boundary_committee_or_estates_are(client, cast, data, placed):
    sign_in(client, cast.county_officer)

    answer = client.get(data).json()

    assert features(answer) == {("晋阳社", "Polygon"), ("广福桥", "Point"), ("桐梓林", "Point")}
    [outlined] = [each for each in answer["features"] if each["geometry"]["type"] == "Polygon"]
    assert geodesy.contains(outlined["geometry"], *outlined["properties"]["at"])


def test_the_list_has_every_community_also_without_a_place(client, cast, address, placed):
    sign_in(client, cast.county_officer)

    page = client.get(address).content.decode()

    for community in cast.communities:
        assert community.name in page
    assert page.count("没有位置") == 1
    assert "其中 1 个还没有辖区范围或位置" in page


def test_completeness_colours_by_kinds_recorded(cast, placed):
    record_green(cast.community, cast.worker)

    found = ground.map_of(cast.county, ground.COMPLETENESS)

    words = {spot.division.name[:3]: spot.words for spot in found.spots}
    assert words["晋阳社"].startswith("2/")
    assert words["长寿苑"].startswith("0/")
    assert sum(found.counts.values()) == 4


def test_an_indicator_makes_classes_and_unknown_is_one_of_its_own(cast, placed):
    catalogue = Catalogue.objects.filter(keys__contains=["green_space_ratio"]).first()
    if catalogue is None:
        catalogue = Catalogue.objects.create(id="0" * 32, keys=["green_space_ratio"])
    at = catalogue.keys.index("green_space_ratio")
    for community, value in zip(cast.communities[:2], (25, 40), strict=True):
        figures: list[int | None] = [None] * len(catalogue.keys)
        figures[at] = value * 100_000_000
        Measured.objects.create(
            community=community,
            catalogue=catalogue,
            as_of=today_in_shanghai(),
            figures=figures,
            reasons=[0] * len(catalogue.keys),
            measured_at=dt.datetime.now(dt.UTC),
        )

    found = ground.map_of(cast.county, "green_space_ratio")

    assert {spot.division.name[:3]: spot.shade.key for spot in found.spots} == {
        "晋阳社": "v0",
        "广福桥": "v1",
        "桐梓林": "unknown",
        "长寿苑": "unknown",
    }


@pytest.mark.parametrize("by", ["state", "completeness", "green_space_ratio", "nonsense"])
def test_map_and_data_take_few_queries_whatever_colours_them(
    client, cast, address, data, placed, by, django_assert_max_num_queries
):
    sign_in(client, cast.county_officer)
    client.get(address)

    with django_assert_max_num_queries(18):
        assert client.get(address, {"by": by}).status_code == 200
    with django_assert_max_num_queries(14):
        assert client.get(data, {"by": by}).status_code == 200


def test_outlines_are_simplified(client, cast):
    ring = [[EAST + n / 100_000, NORTH + (n % 2) * 0.000005] for n in range(1000)]
    shape = {"type": "Polygon", "coordinates": [[*ring, [EAST + 0.005, NORTH + 0.01], ring[0]]]}
    record_boundary(cast.community, cast.worker, shape)
    sign_in(client, cast.city_officer)

    answer = client.get(reverse("insight:map_data", args=[cast.city.code])).json()

    assert len(answer["features"][0]["geometry"]["coordinates"][0]) < 10
    assert len(Boundary.objects.get().geometry["coordinates"][0]) > 1000


def test_other_levels_lead_to_their_own_pages(client, cast):
    sign_in(client, cast.province_officer)
    assert client.get(reverse("insight:map", args=[cast.community.code])).url == reverse(
        "communities:map", args=[cast.community.code]
    )
    assert client.get(reverse("insight:map", args=[cast.province.code])).url == reverse(
        "insight:overview", args=[cast.province.code]
    )


def test_strangers_to_the_division_learn_nothing(client, cast, address, data):
    sign_in(client, cast.neighbour_officer)
    assert client.get(address).status_code == 404
    assert client.get(data).status_code == 404
