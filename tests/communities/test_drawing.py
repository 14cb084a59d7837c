"""Drawing: measured before it is saved, refused or asked about at its place, a new version each time, two people at once."""

import datetime as dt
import json

import pytest
from django.urls import reverse

from greenhood.communities import actions
from greenhood.communities.errors import Misplaced, Unconfirmed
from greenhood.communities.mapping.placing import placing
from greenhood.communities.models import Boundary, Facility, FireLane, GreenSpace
from greenhood.facts import actions as facts
from greenhood.facts.errors import BadFact
from greenhood.facts.kinds import kind
from greenhood.kit import geodesy
from greenhood.kit.dates import today_in_shanghai
from tests.cast import sign_in
from tests.communities.shapes import (
    BOUNDARY,
    BOW,
    DAY,
    EAST,
    GREEN,
    GREEN_VALUES,
    NORTH,
    OUTSIDE,
    record_boundary,
    record_facility,
    record_green,
    square,
)

pytestmark = pytest.mark.django_db


def url(name, cast, key, *more):
    return reverse(f"communities:{name}", args=[cast.community.code, key, *more])


def sent(geometry=None, **more):
    shape = {"geometry": json.dumps(geometry)} if geometry else {}
    return {"system": "cgcs2000", "dated": "2026-03-01", "source": "measured", "do": "save"} | shape | more


GREEN_FIELDS = {"c-name": "河边游园", "c-green_type": "park", "c-is_public": "yes"}


# The page


def test_a_boundary_is_drawn_and_its_area_follows(client, cast):
    sign_in(client, cast.worker)

    answer = client.post(url("draw", cast, "boundary"), sent(BOUNDARY), follow=True)

    assert "已保存“辖区范围”：1,062,802.2 平方米（106.28 公顷）" in answer.content.decode()
    stored = Boundary.objects.get()
    assert (stored.geometry, stored.dated, stored.source) == (geodesy.tidy(BOUNDARY), DAY, "measured")
    assert float(stored.area) == pytest.approx(geodesy.area_m2(BOUNDARY), abs=0.01)
    assert geodesy.contains(BOUNDARY, stored.longitude, stored.latitude)


def test_checking_shows_the_area_and_stores_nothing(client, cast):
    sign_in(client, cast.worker)

    page = client.post(url("draw", cast, "boundary"), sent(BOUNDARY, do="check")).content.decode()

    assert "1,062,802.2 平方米（106.28 公顷）" in page
    assert "CGCS2000 椭球面" in page
    assert not Boundary.objects.exists()


def test_a_new_green_needs_its_figures_and_takes_them(client, cast):
    record_boundary(cast.community, cast.worker)
    sign_in(client, cast.worker)

    missing = client.post(url("draw", cast, "green-spaces"), sent(GREEN))
    assert missing.status_code == 422
    assert "请填写绿地名称" in missing.content.decode()

    client.post(url("draw", cast, "green-spaces"), sent(GREEN, **GREEN_FIELDS))
    stored = GreenSpace.objects.get()
    assert (stored.name, stored.green_type, stored.is_public) == ("河边游园", "park", True)
    assert float(stored.area) == pytest.approx(10628.3, abs=0.1)


def test_a_shape_drawn_anew_is_a_new_version_and_leaves_the_other_figures(client, cast):
    first = record_green(cast.community, cast.worker)
    sign_in(client, cast.worker)
    form = client.get(url("redraw", cast, "green-spaces", first.thing)).context["form"]

    wider = square(0.002, 0.002, 0.002)
    client.post(
        url("redraw", cast, "green-spaces", first.thing),
        sent(wider, dated="2026-04-01", replaces=form.initial["replaces"], thing=first.thing),
    )

    old, new = GreenSpace.objects.order_by("dated")
    assert (old.geometry, old.until, new.geometry) == (GREEN, dt.date(2026, 4, 1), geodesy.tidy(wider))
    assert (new.name, new.plants, new.is_public) == (old.name, old.plants, old.is_public)
    assert new.area > old.area * 3


def test_a_thing_without_a_place_gets_one(client, cast):
    facility = record_facility(cast.community, cast.worker, (None, None))
    sign_in(client, cast.worker)

    client.post(
        url("redraw", cast, "facilities", facility.thing),
        sent(position="104.0335, 30.6335", replaces=facility.id, thing=facility.thing),
    )

    stored = Facility.objects.get(until=None)
    assert (stored.longitude, stored.latitude, stored.geometry) == (104.0335, 30.6335, None)


@pytest.mark.parametrize("system", ["gcj02", "bd09"])
def test_coordinates_of_other_maps_are_converted_and_the_shift_is_said(client, cast, system):
    sign_in(client, cast.worker)
    moved = geodesy.from_cgcs2000(104.0335, 30.6335, system)
    typed = f"{float(moved[1])}, {float(moved[0])}"

    fields = {"c-name": "晋阳幼儿园", "c-facility_type": "kindergarten"}
    page = client.post(
        url("draw", cast, "facilities"), sent(position=typed, **fields, system=system), follow=True
    ).content.decode()

    stored = Facility.objects.get()
    assert float(geodesy.distance_m(stored.longitude, stored.latitude, 104.0335, 30.6335)) < 0.5
    assert stored.captured_in == system
    assert "换算为 CGCS2000，移动了" in page
    assert "米" in page


def test_a_shape_may_be_typed_a_place_a_line(client, cast):
    sign_in(client, cast.worker)
    corners = "104.030, 30.630\n30.630 104.040\n\n东经104.040 北纬30.640\n104°01′48″ 30°38′24″"

    client.post(url("draw", cast, "boundary"), sent(geometry=None) | {"geometry": corners})
    client.post(
        url("draw", cast, "fire-lanes"),
        sent() | {"geometry": "104.031, 30.631\n104.032, 30.631", "c-name": "东门", "c-obstructions": "0"},
    )

    assert Boundary.objects.get().geometry == geodesy.tidy(BOUNDARY)
    assert float(FireLane.objects.get().length) == pytest.approx(95.9, abs=0.1)
    assert FireLane.objects.get().geometry == {
        "type": "LineString",
        "coordinates": [[104.031, 30.631], [104.032, 30.631]],
    }


def test_a_crossing_is_refused_at_its_place_and_nothing_is_stored(client, cast):
    sign_in(client, cast.worker)

    answer = client.post(url("draw", cast, "green-spaces"), sent(BOW, **GREEN_FIELDS))

    assert answer.status_code == 422
    assert "边线在（104.032500, 30.632500）处自相交" in answer.content.decode()
    assert answer.context["drawing"]["faults"][0]["at"] == (104.0325, 30.6325)
    assert not GreenSpace.objects.exists()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "请先绘制图形"),
        ({"geometry": "{"}, "不是完整的 GeoJSON 文本"),
        ({"geometry": '{"a":' * 50_000}, "不是完整的 GeoJSON 文本"),
        ({"geometry": "104.03, 30.63\n104.04\n104.04, 30.64"}, "第 2 行：没有读出"),
        ({"geometry": "104.03, 30.63\n104.04, 30.63"}, "至少要 3 个"),
        ({"geometry": json.dumps({"type": "Point", "coordinates": [104, 30]})}, "图形类型是 Point"),
        ({"geometry": json.dumps({"type": "FeatureCollection", "features": []})}, "只能放一个图形"),
        ({"geometry": json.dumps(GREEN), "dated": "2999-01-01"}, "不能晚于今天"),
        ({"geometry": json.dumps(GREEN), "dated": ""}, "这个字段是必填项"),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_field(client, cast, fields, words):
    sign_in(client, cast.worker)

    answer = client.post(url("draw", cast, "green-spaces"), sent(**GREEN_FIELDS) | fields)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not GreenSpace.objects.exists()


def test_two_people_at_once_see_both_shapes_and_nothing_is_overwritten(client, cast):
    first = record_boundary(cast.community, cast.worker)
    theirs = record_boundary(cast.community, cast.street_officer, square(size=0.012), replaces=first.id)
    sign_in(client, cast.worker)
    mine = square(size=0.009)

    answer = client.post(url("draw", cast, "boundary"), sent(mine, replaces=first.id))

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "没有保存：他人已改过" in page
    assert "王强" in page
    assert answer.context["drawing"]["theirs"] == theirs.geometry
    assert Boundary.objects.get(until=None).geometry == theirs.geometry

    client.post(url("draw", cast, "boundary"), sent(mine, dated=str(today_in_shanghai()), replaces=theirs.id))
    assert Boundary.objects.get(until=None).geometry == geodesy.tidy(mine)


def test_what_was_retired_meanwhile_is_said_and_the_drawing_stays_on_the_page(client, cast):
    first = record_green(cast.community, cast.worker)
    kept = {"replaces": first.id, "gone_on": today_in_shanghai(), "reason": "已建楼", "by": cast.street_officer}
    facts.retire(kind("green-spaces"), cast.community, first.thing, **kept)
    sign_in(client, cast.worker)
    wider = square(0.002, 0.002, 0.002)

    answer = client.post(
        url("redraw", cast, "green-spaces", first.thing), sent(wider, replaces=first.id, thing=first.thing)
    )

    assert answer.status_code == 409
    assert "已被他人注销" in answer.content.decode()
    assert answer.context["form"]["geometry"].value() == json.dumps(wider)
    assert GreenSpace.objects.count() == 1


def test_a_drawing_is_of_the_thing_in_its_address(client, cast):
    one, other = record_green(cast.community, cast.worker), record_green(cast.community, cast.worker, OUTSIDE)
    sign_in(client, cast.worker)

    answer = client.post(
        url("redraw", cast, "green-spaces", one.thing), sent(GREEN, replaces=other.id, thing=other.thing)
    )

    assert answer.status_code == 404


def test_the_same_drawing_sent_twice_is_stored_once(client, cast):
    sign_in(client, cast.worker)
    thing = client.get(url("draw", cast, "green-spaces")).context["form"].initial["thing"]

    for _ in range(2):
        client.post(url("draw", cast, "green-spaces"), sent(GREEN, **GREEN_FIELDS, thing=thing))

    assert GreenSpace.objects.count() == 1


def test_more_green_than_land_is_refused(client, cast):
    record_boundary(cast.community, cast.worker, square(0.002, 0.002, 0.0005))
    with pytest.raises(BadFact, match="超过了辖区面积"):
        actions.draw(
            kind("green-spaces"), cast.community, GREEN_VALUES, square(0.00199, 0.00199, 0.00065), dated=DAY,
            by=cast.worker, confirmed=True,
        )  # fmt: skip
    assert not GreenSpace.objects.exists()


@pytest.mark.parametrize("name", ["draw", "measure"])
def test_readers_may_not_draw_and_strangers_learn_nothing(client, cast, name):
    address = url(name, cast, "boundary")
    sign_in(client, cast.auditor)
    assert client.post(address, sent(BOUNDARY)).status_code == 403
    sign_in(client, cast.neighbour_worker)
    assert client.post(address, sent(BOUNDARY)).status_code == 404
    assert not Boundary.objects.exists()


def test_kinds_without_a_place_have_no_such_page(client, cast):
    sign_in(client, cast.worker)
    assert client.get(url("draw", cast, "population")).status_code == 404
    assert client.get(url("draw", cast, "nothing")).status_code == 404


# What is said before saving


def test_measuring_answers_area_faults_and_warnings_as_data(client, cast):
    record_boundary(cast.community, cast.worker)
    sign_in(client, cast.worker)

    good = client.post(
        url("measure", cast, "green-spaces"), {"geometry": json.dumps(GREEN), "system": "cgcs2000"}
    ).json()
    bad = client.post(url("measure", cast, "green-spaces"), {"geometry": json.dumps(BOW), "system": "cgcs2000"}).json()
    away = client.post(
        url("measure", cast, "green-spaces"), {"geometry": json.dumps(OUTSIDE), "system": "cgcs2000"}
    ).json()

    assert good["words"].startswith("10,628.3 平方米（1.06 公顷），周长")
    assert (good["refusals"], good["warnings"]) == ([], [])
    assert bad["refusals"][0]["at"] == [104.0325, 30.6325]
    assert "100%" in away["refusals"][0]["text"]


def test_measuring_takes_few_queries_however_much_is_recorded(client, cast, django_assert_max_num_queries):
    record_boundary(cast.community, cast.worker)
    for number in range(20):
        record_green(cast.community, cast.worker, square(number * 0.0003, 0.005, 0.0002), name=f"绿地{number}")
    sign_in(client, cast.worker)
    client.get("/")

    with django_assert_max_num_queries(9):
        client.post(url("measure", cast, "green-spaces"), {"geometry": json.dumps(GREEN), "system": "cgcs2000"})


# Where a shape may lie


def judged(cast, key, geometry, **more):
    found = placing(kind(key), cast.community, geometry, day=today_in_shanghai(), **more)
    return [each.text for each in found.refusals], [each.text for each in found.warnings]


def test_a_green_mostly_outside_the_boundary_is_refused_and_a_little_is_asked_about(cast):
    record_boundary(cast.community, cast.worker)

    refused, _ = judged(cast, "green-spaces", square(0.0096, 0.002, 0.001))
    assert "有 60%" in refused[0]
    assert "在社区的辖区范围之外" in refused[0]
    none, asked = judged(cast, "green-spaces", square(0.0094, 0.002, 0.001))
    assert none == []
    assert "有 40%" in asked[0]
    assert judged(cast, "green-spaces", square(0.009, 0.002, 0.00105)) == ([], [])


def test_a_facility_next_door_is_asked_about_and_one_in_another_town_refused(cast):
    record_boundary(cast.community, cast.worker)

    near, far = [EAST + 0.012, NORTH], [EAST + 0.2, NORTH]
    assert judged(cast, "facilities", {"type": "Point", "coordinates": [EAST, NORTH]}) == ([], [])
    refused, asked = judged(cast, "facilities", {"type": "Point", "coordinates": near})
    assert refused == []
    assert "之外 191" in asked[0]
    refused, _ = judged(cast, "facilities", {"type": "Point", "coordinates": far})
    assert "之外 18.2" in refused[0]


def test_what_overlaps_its_like_is_asked_about(cast):
    record_boundary(cast.community, cast.worker)
    green = record_green(cast.community, cast.worker)

    _, asked = judged(cast, "green-spaces", square(0.0025, 0.002, 0.001))
    assert "与“河边游园”重叠" in asked[0]
    assert "占本图形的 50%" in asked[0]
    assert judged(cast, "green-spaces", square(0.0025, 0.002, 0.001), thing=green.thing) == ([], [])


def test_a_boundary_over_the_neighbours_is_asked_about_or_refused(cast):
    record_boundary(cast.other_community, cast.other_worker, square(0.01, 0, 0.01))

    assert judged(cast, "boundary", BOUNDARY) == ([], [])
    refused, asked = judged(cast, "boundary", square(0.002, 0, 0.01))
    assert refused == []
    assert "与“广福桥社区居委会”的辖区范围重叠" in asked[0]
    refused, _ = judged(cast, "boundary", square(0.008, 0, 0.01))
    assert "请确认画的是本社区" in refused[0]


def test_a_boundary_that_leaves_out_what_is_recorded_is_asked_about(cast):
    record_facility(cast.community, cast.worker, (EAST + 0.02, NORTH))

    _, asked = judged(cast, "boundary", BOUNDARY)

    assert asked == ["已登记的晋阳幼儿园在新范围之外。请核对边线或这些位置。"]


def test_a_place_in_another_province_or_far_from_the_county_is_refused(cast):
    shanghai = [[121.4, 31.2], [121.41, 31.2], [121.41, 31.21], [121.4, 31.2]]
    refused, _ = judged(cast, "boundary", {"type": "Polygon", "coordinates": [shanghai]})
    assert "不在四川省" in refused[0]

    assert judged(cast, "boundary", square(1.5, 0, 0.01)) == ([], [])
    record_boundary(cast.third_community, cast.county_officer, square(0.05, 0, 0.01))
    refused, _ = judged(cast, "boundary", square(1.5, 0, 0.01))
    assert "不在本县范围内" in refused[0]
    refused, asked = judged(cast, "boundary", square(0.5, 0, 0.01))
    assert refused == []
    assert "最近也有 4" in asked[0]


def test_an_unusual_place_is_stored_once_the_very_warning_is_confirmed(client, cast):
    record_boundary(cast.community, cast.worker)
    sign_in(client, cast.worker)
    beyond = square(0.0094, 0.002, 0.001)

    asked = client.post(url("draw", cast, "green-spaces"), sent(beyond, **GREEN_FIELDS))
    assert asked.status_code == 422
    mark = asked.context["asks"]
    other = square(0.0093, 0.002, 0.001)
    again = client.post(url("draw", cast, "green-spaces"), sent(other, **GREEN_FIELDS, confirmed=mark))
    assert again.status_code == 422
    assert not GreenSpace.objects.exists()

    client.post(url("draw", cast, "green-spaces"), sent(beyond, **GREEN_FIELDS, confirmed=mark))
    assert GreenSpace.objects.count() == 1


def test_the_action_refuses_and_asks_by_itself(cast):
    record_boundary(cast.community, cast.worker)
    draw = {"dated": DAY, "by": cast.worker}
    with pytest.raises(Misplaced):
        actions.draw(kind("green-spaces"), cast.community, GREEN_VALUES, OUTSIDE, **draw)
    with pytest.raises(Unconfirmed):
        actions.draw(kind("green-spaces"), cast.community, GREEN_VALUES, square(0.0094, 0.002, 0.001), **draw)
    assert not GreenSpace.objects.exists()
