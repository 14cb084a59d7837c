"""A community's map: everything on it is in the list too, as of a day, in few queries, for those who may see it."""

import datetime as dt

import pytest
from django.urls import reverse

from greenhood.communities.mapping.layers import STYLES, layers
from greenhood.facts import actions as facts
from greenhood.facts.kinds import kind, located
from tests.cast import sign_in
from tests.communities.shapes import BOUNDARY, DAY, record_boundary, record_facility, record_green, square
from tests.test_settings import start

pytestmark = pytest.mark.django_db


@pytest.fixture
def address(cast):
    return reverse("communities:map", args=[cast.community.code])


@pytest.fixture
def data(cast):
    return reverse("communities:map-data", args=[cast.community.code])


@pytest.fixture
def recorded(cast):
    record_boundary(cast.community, cast.worker)
    record_facility(cast.community, cast.worker)
    return record_green(cast.community, cast.worker)


def test_map_lists_each_thing_with_its_figures_date_source_and_measure(client, cast, address, recorded):
    sign_in(client, cast.worker)

    page = client.get(address).content.decode()

    for words in ("河边游园", "公园绿地、社区游园", "晋阳幼儿园", "2026-03-01", "人工填报；李芳", "10,6", "椭球面"):
        assert words in page
    assert f'data-thing="{recorded.thing}"' in page


def test_data_hold_every_placed_thing_with_what_its_popup_says(client, cast, data, recorded):
    sign_in(client, cast.worker)

    answer = client.get(data).json()

    assert {each["properties"]["kind"] for each in answer["features"]} == {"boundary", "green-spaces", "facilities"}
    green = next(each for each in answer["features"] if each["properties"]["kind"] == "green-spaces")
    assert green["id"] == str(recorded.thing)
    assert green["geometry"]["type"] == "Polygon"
    assert ["公共绿地", "是"] in green["properties"]["figures"]
    assert green["properties"]["measured"].startswith("10,6")


def test_things_without_a_place_are_in_the_list_only(client, cast, address, data):
    values = {"name": "华西苑", "dwellings": 300}
    facts.record(kind("estates"), cast.community, values, dated=DAY, by=cast.worker)
    sign_in(client, cast.worker)

    assert "没有位置" in client.get(address).content.decode()
    assert client.get(data).json()["features"] == []


def test_map_shows_what_was_so_on_the_day_in_the_address(client, cast, address, data):
    first = record_green(cast.community, cast.worker, name="旧名游园")
    later = dt.date(2026, 5, 1)
    record_green(cast.community, cast.worker, name="新名游园", dated=later, thing=first.thing, replaces=first.id)
    sign_in(client, cast.worker)

    before = client.get(address, {"as_of": "2026-04-30"}).content.decode()
    after = client.get(address, {"as_of": "2026-05-01"}).content.decode()

    assert ("旧名游园" in before, "新名游园" in before) == (True, False)
    assert ("旧名游园" in after, "新名游园" in after) == (False, True)
    [feature] = client.get(data, {"as_of": "2026-04-30"}).json()["features"]
    assert feature["properties"]["name"] == "旧名游园"


def test_an_earlier_day_is_looked_at_and_not_drawn_on(client, cast, address):
    record_green(cast.community, cast.worker)
    sign_in(client, cast.worker)
    draw = f"/communities/{cast.community.code}/map/draw/"

    assert draw in client.get(address).content.decode()
    assert draw not in client.get(address, {"as_of": "2026-04-30"}).content.decode()


def test_layers_switched_off_in_the_address_are_hidden_in_the_list(client, cast, address, recorded):
    sign_in(client, cast.worker)

    page = client.get(address, {"chosen": "1", "layer": "facilities"}).content.decode()

    assert '<section class="map-group" data-layer="green-spaces" hidden>' in page
    assert '<section class="map-group" data-layer="facilities">' in page


def test_a_search_narrows_the_list(client, cast, address, recorded):
    sign_in(client, cast.worker)

    page = client.get(address, {"q": "游园"}).content.decode()

    assert "河边游园" in page
    assert "晋阳幼儿园" not in page


def test_neighbours_nearby_are_drawn_around(client, cast, data, recorded):
    record_boundary(cast.other_community, cast.other_worker, square(0.01, 0, 0.01))
    record_boundary(cast.third_community, cast.county_officer, square(0.5, 0, 0.01))
    sign_in(client, cast.worker)

    around = client.get(data).json()["neighbours"]

    assert [each["name"] for each in around] == ["广福桥社区居委会"]


def test_every_kind_with_a_place_can_be_put_on_the_map_and_has_a_sign_of_its_own(client, cast, address):
    sign_in(client, cast.worker)

    page = client.get(address).content.decode()

    for each in located():
        assert reverse("communities:draw", args=[cast.community.code, each.key]) in page
    assert {layer.sign for layer in layers()} == {sign for _, sign in STYLES.values()}
    assert len(layers()) == len(STYLES)


@pytest.mark.parametrize("name", ["map", "map-data"])
def test_strangers_to_the_place_learn_nothing(client, cast, name, recorded):
    sign_in(client, cast.neighbour_worker)

    assert client.get(reverse(f"communities:{name}", args=[cast.community.code])).status_code == 404


def test_unknown_communities_and_broken_days_are_met_calmly(client, cast, address, recorded):
    sign_in(client, cast.worker)

    assert client.get(reverse("communities:map", args=[510107009999])).status_code == 404
    assert client.get(reverse("communities:map", args=[cast.county.code])).status_code == 404
    assert "河边游园" in client.get(address, {"as_of": "2026-13-45"}).content.decode()


def test_map_and_data_take_few_queries_however_much_is_recorded(
    client, cast, address, data, recorded, django_assert_max_num_queries
):
    for number in range(30):
        record_green(cast.community, cast.worker, square(number * 0.0003, 0.005, 0.0002), name=f"绿地{number}")
        record_facility(cast.community, cast.worker, name=f"设施{number}")
    sign_in(client, cast.worker)
    client.get(address)

    with django_assert_max_num_queries(16):
        client.get(address)
    with django_assert_max_num_queries(10):
        client.get(data)


def test_plain_ground_needs_nothing_from_elsewhere_and_a_key_brings_tiles(client, cast, address, settings):
    sign_in(client, cast.worker)
    assert "没有设置底图服务" in client.get(address).content.decode()

    settings.TIANDITU_KEY = "abc123"

    assert 'data-tianditu="abc123"' in client.get(address).content.decode()


def test_the_content_policy_lets_the_tiles_in_only_with_a_key(tmp_path):
    policy = "settings.CONTENT_SECURITY_POLICY['DIRECTIVES']['img-src']"

    without, with_key = start(tmp_path, policy), start(tmp_path, policy, GREENHOOD_TIANDITU_KEY="abc123")

    assert "tianditu" not in without.stdout
    assert "'https://*.tianditu.gov.cn'" in with_key.stdout


def test_boundary_of_the_day_is_the_recorded_one(cast):
    version = record_boundary(cast.community, cast.worker)
    assert version.geometry == BOUNDARY
    assert 1_060_000 < version.area < 1_070_000
