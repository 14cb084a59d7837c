"""Places and shapes: moved coordinates come back, areas are those of the ellipsoid, faults are told at their place."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenhood.kit import geodesy
from greenhood.kit.geodesy import GeodesyError, System

LONGITUDES = st.floats(73.5, 135.0)
LATITUDES = st.floats(3.5, 53.5)
SQUARE = [(103.80, 30.50), (103.81, 30.50), (103.81, 30.51), (103.80, 30.51), (103.80, 30.50)]
HOLE = [(103.802, 30.502), (103.808, 30.502), (103.808, 30.508), (103.802, 30.508), (103.802, 30.502)]


def polygon(*rings):
    return {"type": "Polygon", "coordinates": [[list(place) for place in ring] for ring in rings]}


def texts(geometry):
    return [problem.text for problem in geodesy.check_polygon(geometry)]


# Coordinate systems


def test_gcj02_and_bd09_are_those_that_maps_show():
    assert geodesy.from_cgcs2000(116.404, 39.915, System.GCJ02) == pytest.approx(
        (116.41024449916938, 39.91640428150164)
    )
    place = geodesy.to_cgcs2000(116.404, 39.915, System.GCJ02)
    assert geodesy.from_cgcs2000(*place, System.BD09) == pytest.approx((116.41036949371029, 39.92133699351021))


@given(LONGITUDES, LATITUDES, st.sampled_from(System))
def test_moved_coordinates_come_back_within_a_centimetre(longitude, latitude, system):
    there = geodesy.from_cgcs2000(longitude, latitude, system)

    back = geodesy.to_cgcs2000(*there, system)

    assert geodesy.distance_m(longitude, latitude, *back) < 0.01


@pytest.mark.parametrize("system", System)
def test_coordinates_outside_china_stay_as_they_are(system):
    assert geodesy.to_cgcs2000(2.35, 48.85, system) == (2.35, 48.85)
    assert geodesy.from_cgcs2000(2.35, 48.85, system) == (2.35, 48.85)


def test_many_places_are_moved_as_each_one_is():
    east, north = np.array([103.8, 121.1, 2.35]), np.array([30.5, 31.2, 48.85])

    together = geodesy.to_cgcs2000(east, north, System.GCJ02)

    for number in range(3):
        alone = geodesy.to_cgcs2000(east[number], north[number], System.GCJ02)
        assert [each[number] for each in together] == pytest.approx([float(each) for each in alone], abs=1e-12)


def test_a_place_says_by_how_far_it_was_moved():
    place, moved = geodesy.place_in_cgcs2000(103.8, 30.5, System.GCJ02)

    assert 300 < moved < 700
    assert moved == pytest.approx(float(geodesy.distance_m(103.8, 30.5, *place)), abs=0.02)
    assert geodesy.place_in_cgcs2000(103.8, 30.5, System.WGS84) == ((103.8, 30.5), 0)


def test_a_moved_shape_comes_back_point_by_point():
    moved = [tuple(map(float, geodesy.from_cgcs2000(*place, System.BD09))) for place in SQUARE]

    back = geodesy.geometry_in_cgcs2000(polygon(moved), System.BD09)

    assert back == geodesy.tidy(polygon(SQUARE))


# Reading coordinates


@pytest.mark.parametrize(
    "text",
    [
        "103.8230556, 30.5711111",
        "30.5711111 103.8230556",
        "103.8230556，30.5711111",
        "[103.8230556, 30.5711111]",
        "geo:30.5711111,103.8230556",
        "东经103°49′23″ 北纬30°34′16″",
        "30°34'16\"N, 103°49'23\"E",
        "103度49分23秒，30度34分16秒",
        "N30.5711111 E103.8230556",
        "经度：103.8230556 纬度：30.5711111",
    ],
)
def test_coordinates_are_read_as_maps_and_people_write_them(text):
    assert geodesy.parse_coordinates(text) == pytest.approx((103.8230556, 30.5711111), abs=1e-7)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "没有读出"),
        ("103.8", "没有读出"),
        ("103.8, 30.5, 400", "没有读出"),
        ("华秀社区", "没有读出"),
        ("E103.8 E30.5", "都注明为经度"),
        ("103°70′ 30°", "不小于 60"),
        ("3435000, 400000", "以米为单位"),
        ("1, 2", "不在中国范围内"),
        ("-103.8, 30.5", "不在中国范围内"),
        ("1" * 5000, "没有读出"),
    ],
)
def test_what_is_no_place_in_china_is_refused_with_the_reason(text, words):
    with pytest.raises(GeodesyError, match=words):
        geodesy.parse_coordinates(text)


# What is wrong with a shape


def test_possible_polygons_have_no_problems():
    assert texts(polygon(SQUARE)) == []
    assert texts(polygon(SQUARE, HOLE)) == []
    assert texts(polygon(reversed(SQUARE))) == []
    far = [(east + 0.02, north) for east, north in SQUARE]
    assert texts({"type": "MultiPolygon", "coordinates": [[SQUARE, HOLE], [far]]}) == []


def test_a_polygon_that_crosses_itself_says_where():
    [problem] = geodesy.check_polygon(polygon([SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3], SQUARE[0]]))

    assert problem.at == pytest.approx((103.805, 30.505))
    assert problem.text == (
        "边线在（103.805000, 30.505000）处自相交：第 1–2 点之间的边与第 3–4 点之间的边相交。请移动其中的点。"
    )


def test_each_crossing_is_told():
    zigzag = [(103.80, 30.5), (103.84, 30.5), (103.83, 30.51), (103.82, 30.49), (103.81, 30.51), (103.80, 30.5)]

    places = {problem.at for problem in geodesy.check_polygon(polygon(zigzag))}

    assert places == {(103.825, 30.5), (103.815, 30.5)}


def test_an_edge_that_runs_back_is_told_at_its_place():
    spike = [*SQUARE[:3], (103.81, 30.52), (103.81, 30.51), *SQUARE[3:]]

    [problem] = geodesy.check_polygon(polygon(spike))

    assert problem.at == (103.81, 30.51)


@pytest.mark.parametrize(
    ("geometry", "words"),
    [
        (polygon([SQUARE[0], SQUARE[1], SQUARE[0]]), "只有 2 个不同的点"),
        (polygon([]), "只有 0 个不同的点"),
        (polygon([(103.80, 30.50), (103.81, 30.51), (103.82, 30.52), (103.80, 30.50)]), "面积为零"),
        (polygon(SQUARE[:4]), "没有闭合"),
        (
            polygon([(north, east) for east, north in SQUARE]),
            "第 1 点的坐标（30.500000, 103.800000）的经度与纬度写反了",
        ),
        (polygon([*SQUARE[:2], (2.3, 48.8), *SQUARE[2:]]), "第 3 点的坐标（2.300000, 48.800000）不在中国范围内"),
        (polygon([(400_000, 3_375_000), (401_000, 3_375_000), (401_000, 3_376_000)]), "以米为单位"),
        (polygon([(float("nan"), 30.5), *SQUARE]), "不是数字"),
        (polygon(SQUARE, [(east + 0.02, north) for east, north in HOLE]), "洞在外圈之外"),
        (polygon(SQUARE, HOLE[:4]), "第 1 个洞没有闭合"),
        ({"type": "MultiPolygon", "coordinates": [[SQUARE], [SQUARE]]}, "重叠"),
        ({"type": "Point", "coordinates": [103.8, 30.5]}, "图形类型是 Point，应为面"),
        ({"type": "Polygon", "coordinates": []}, "没有点"),
        ({"type": "Polygon", "coordinates": [[["103.8", "30.5"]]]}, "写法不符合"),
        ({"type": "Polygon", "coordinates": [[[10**400, 1]]]}, "写法不符合"),
        ({"type": "Polygon", "coordinates": 7}, "写法不符合"),
        ({"type": "Polygon"}, "写法不符合"),
        ({"type": ["Polygon"]}, "不是 GeoJSON"),
        ("POLYGON((0 0))", "不是 GeoJSON"),
        (None, "不是 GeoJSON"),
    ],
)
def test_an_impossible_polygon_is_refused_with_the_reason(geometry, words):
    first, *_ = texts(geometry)
    assert words in first


def test_a_polygon_of_too_many_points_is_refused_before_anything_is_computed():
    assert "最多 20,000 个" in texts(polygon([(103.8, 30.5)] * 20_001))[0]


def test_no_more_than_five_faults_are_told():
    comb = [(103.8 + number / 1000, 30.5 + (0.01 if number % 2 else -0.01)) for number in range(40)]
    assert len(texts(polygon([(103.7, 30.5), (103.9, 30.5), *reversed(comb), (103.7, 30.5)]))) == 5


def test_lines_and_points_are_checked_too():
    assert geodesy.check_line({"type": "LineString", "coordinates": SQUARE[:2]}) == []
    [problem] = geodesy.check_line({"type": "LineString", "coordinates": [SQUARE[0], SQUARE[0]]})
    assert "至少要 2 个" in problem.text
    assert geodesy.check_point({"type": "Point", "coordinates": [103.8, 30.5]}) == []
    [problem] = geodesy.check_point({"type": "Point", "coordinates": [30.5, 103.8]})
    assert "写反了" in problem.text


def test_an_open_ring_can_be_closed_and_a_shape_tidied():
    assert texts(geodesy.closed(polygon(SQUARE[:4]))) == []
    crowded = polygon(
        [(103.80, 30.50, 512.0), (103.80, 30.50), (103.80, 30.51), (103.81, 30.510000000049), (103.80, 30.50)]
    )

    tidy = geodesy.tidy(crowded)

    assert tidy == polygon([(103.80, 30.50), (103.81, 30.51), (103.80, 30.51), (103.80, 30.50)])


# Areas, lengths, distances


def test_area_is_that_of_the_ellipsoid_with_holes_taken_off():
    # A degree cell between two meridians and two parallels, by the closed formula for the ellipsoid.
    def cell(south, north, width):
        e = np.sqrt(geodesy.ELLIPSOID.es)

        def q(latitude):
            s = np.sin(np.radians(latitude))
            return s / (1 - (e * s) ** 2) + np.log((1 + e * s) / (1 - e * s)) / (2 * e)

        return geodesy.ELLIPSOID.b**2 / 2 * np.radians(width) * (q(north) - q(south))

    square, hole = cell(30.50, 30.51, 0.01), cell(30.502, 30.508, 0.006)

    assert geodesy.area_m2(polygon(SQUARE)) == pytest.approx(square, rel=1e-5)
    assert geodesy.area_m2(polygon(SQUARE, HOLE)) == pytest.approx(square - hole, rel=1e-5)
    assert geodesy.area_m2(polygon(reversed(SQUARE), HOLE)) == pytest.approx(square - hole, rel=1e-5)
    assert geodesy.area_m2({"type": "Point", "coordinates": [103.8, 30.5]}) == 0


def test_length_is_measured_along_lines_and_around_polygons():
    side = float(geodesy.distance_m(103.80, 30.50, 103.81, 30.50))
    assert side == pytest.approx(959.99, abs=0.5)
    assert geodesy.length_m({"type": "LineString", "coordinates": SQUARE[:2]}) == pytest.approx(side)
    assert geodesy.length_m(polygon(SQUARE)) == pytest.approx(4137.1, abs=0.1)


def test_distances_on_the_flat_map_are_those_on_the_ellipsoid():
    rng = np.random.default_rng(3)
    east, north = rng.uniform(103.6, 104.4, 50), rng.uniform(30.2, 31.0, 50)

    x, y = geodesy.plane(104.0)(east, north)

    flat = np.hypot(x - x[0], y - y[0])
    assert flat == pytest.approx(geodesy.distance_m(east[0], north[0], east, north), rel=5e-5, abs=0.01)


def test_distance_to_a_polygon_is_to_its_edge_and_zero_within():
    distances = geodesy.distances_to_m(polygon(SQUARE), [103.805, 103.82], [30.505, 30.505])

    assert distances[0] == 0
    assert distances[1] == pytest.approx(float(geodesy.distance_m(103.81, 30.505, 103.82, 30.505)), abs=0.1)
    assert geodesy.distance_to_m(polygon(SQUARE), 103.82, 30.505) == distances[1]


def test_centre_lies_within_also_where_the_centroid_does_not():
    assert geodesy.centre(polygon(SQUARE)) == pytest.approx((103.805, 30.505))
    crescent = polygon(
        [(103.80, 30.50), (103.84, 30.50), (103.84, 30.54), (103.839, 30.501), (103.80, 30.501), (103.80, 30.50)]
    )
    assert geodesy.contains(crescent, *geodesy.centre(crescent))


# What lies within what


def test_places_within_a_polygon_are_found_edges_included_and_holes_not():
    found = geodesy.contains(
        polygon(SQUARE, HOLE), [103.801, 103.80, 103.805, 103.82], [30.501, 30.505, 30.505, 30.505]
    )
    assert found.tolist() == [True, True, False, False]


def test_each_place_finds_the_polygon_that_contains_it():
    east = polygon([(each + 0.01, north) for each, north in SQUARE])

    found = geodesy.find_containing([polygon(SQUARE), east], [103.805, 103.815, 103.9, 103.81], [30.505] * 4)

    assert found.tolist() == [0, 1, -1, 0]


def test_a_shape_lies_within_another_up_to_a_tolerance():
    inner, outer = polygon(HOLE), polygon(SQUARE)
    beyond = polygon([(east + 0.00805, north) for east, north in HOLE])
    assert geodesy.lies_within(inner, outer)
    assert not geodesy.lies_within(outer, inner)
    assert not geodesy.lies_within(beyond, outer, tolerance=5)
    assert geodesy.lies_within(beyond, outer, tolerance=1000)
    assert geodesy.lies_within({"type": "Point", "coordinates": [103.81, 30.505]}, outer)


def test_the_share_outside_is_a_ratio_of_area_length_or_the_place():
    half = polygon([(103.80, 30.50), (103.805, 30.50), (103.805, 30.51), (103.80, 30.51), (103.80, 30.50)])
    assert geodesy.share_outside(polygon(SQUARE), half) == pytest.approx(0.5, abs=1e-4)
    assert geodesy.share_outside(half, polygon(SQUARE)) == 0
    assert geodesy.share_outside({"type": "LineString", "coordinates": SQUARE[:2]}, half) == pytest.approx(
        0.5, abs=1e-4
    )
    assert geodesy.share_outside({"type": "Point", "coordinates": [103.9, 30.5]}, half) == 1
    assert geodesy.overlap_m2(polygon(SQUARE), half) == pytest.approx(geodesy.area_m2(half), rel=1e-6)


def test_a_simplified_shape_stays_near_and_valid():
    angles = np.linspace(0, 2 * np.pi, 2001)[:-1]
    ring = [(103.8 + 0.01 * np.cos(a), 30.5 + 0.01 * np.sin(a)) for a in angles]
    circle = polygon([*ring, ring[0]])

    simple = geodesy.simplified(circle, 10)

    assert len(simple["coordinates"][0]) < 100
    assert texts(simple) == []
    assert geodesy.area_m2(simple) == pytest.approx(geodesy.area_m2(circle), rel=0.01)


def test_many_outlines_are_simplified_at_once_each_with_a_place_within():
    crescent = polygon(
        [(103.80, 30.50), (103.84, 30.50), (103.84, 30.54), (103.839, 30.501), (103.80, 30.501), (103.80, 30.50)]
    )
    texts_of = [json.dumps(each) for each in (polygon(SQUARE, HOLE), crescent)]

    found = geodesy.outlines(texts_of, 1)

    assert [outline for outline, _ in found] == [polygon(SQUARE, HOLE), crescent]
    assert all(geodesy.contains(outline, *place) for outline, place in found)
    assert geodesy.outlines([], 1) == []
