"""The map in a browser: what is recorded is drawn, a boundary is drawn by hand and saved, a crossing is marked where it is."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from greenhood.communities.models import Boundary, GreenSpace
from tests.browser.conftest import WIDTHS
from tests.communities.shapes import BOUNDARY, GREEN, record_boundary, record_facility, record_green, square

pytestmark = pytest.mark.django_db(transaction=True)


def open_map(page, address):
    page.goto(address)
    page.wait_for_selector(".map[data-ready]")


def places(page, *points):
    """Clicks on the map, in shares of its width and height."""
    box = page.locator("#map").bounding_box()
    for x, y in points:
        page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])


def test_what_is_recorded_is_drawn_and_found_from_the_list(page, sign_in, cast, screenshot, accessibility_problems):
    record_boundary(cast.community, cast.worker)
    record_boundary(cast.other_community, cast.other_worker, square(0.01, 0, 0.01))
    record_facility(cast.community, cast.worker)
    green = record_green(cast.community, cast.worker)
    sign_in(cast.worker.user)
    address = reverse("communities:map", args=[cast.community.code])

    open_map(page, address)
    assert page.locator(".map-badge").count() == 1
    row = page.locator(f"[data-thing='{green.thing}']")
    row.get_by_role("button", name="在图上看河边游园").click()
    expect(page.locator(".leaflet-popup-content")).to_contain_text("河边游园")
    expect(page.locator(".leaflet-popup-content")).to_contain_text("李芳登记")
    page.get_by_role("checkbox", name="公共服务设施").uncheck()
    expect(page.locator(".map-badge")).to_have_count(0)
    assert "layer=green-spaces" in page.url
    assert "layer=facilities" not in page.url
    page.reload()
    page.wait_for_selector(".map[data-ready]")
    expect(page.locator(".map-badge")).to_have_count(0)
    page.goto(address)
    page.wait_for_selector(".map[data-ready]")
    for name, (width, height) in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(400)
        screenshot(page, f"map-{name}")
        assert accessibility_problems(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_division_is_coloured_and_each_class_switched(page, sign_in, cast, screenshot, accessibility_problems):
    record_boundary(cast.community, cast.worker)
    record_boundary(cast.other_community, cast.other_worker, square(0.012, 0, 0.01))
    record_facility(cast.community, cast.worker)
    sign_in(cast.county_officer.user)

    open_map(page, reverse("insight:map", args=[cast.county.code]) + "?by=completeness")
    expect(page.locator(".map-badge")).to_have_count(2)
    page.get_by_role("button", name="在图上看晋阳社区居委会").click()
    expect(page.locator(".leaflet-popup-content")).to_contain_text("2/")
    for name, (width, height) in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(400)
        screenshot(page, f"map-division-{name}")
        assert accessibility_problems(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="全部隐藏").click()
    expect(page.locator(".map-badge")).to_have_count(0)


def test_a_file_of_shapes_is_brought_in_after_a_look(page, sign_in, cast, screenshot, accessibility_problems):
    record_boundary(cast.community, cast.worker)
    sign_in(cast.worker.user)
    properties = {"kind": "green-spaces", "name": "东游园", "green_type": "park", "is_public": True}
    features = [
        {"type": "Feature", "properties": properties, "geometry": square(0.0094, 0.002, 0.001)},
        {"type": "Feature", "properties": {**properties, "name": "西游园"}, "geometry": GREEN},
    ]
    content = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    page.goto(reverse("communities:geojson", args=[cast.community.code]))
    file = {"name": "map.geojson", "mimeType": "application/geo+json", "buffer": content}
    page.get_by_label("GeoJSON 文件").set_input_files(file)
    page.get_by_role("button", name="预览").click()

    expect(page.get_by_role("heading", name="导入前请核对")).to_be_visible()
    for name, (width, height) in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        screenshot(page, f"map-geojson-{name}")
        assert accessibility_problems(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="确认导入").click()

    expect(page.locator(".message-success")).to_contain_text("新增 2 项")
    assert GreenSpace.objects.count() == 2


def test_a_boundary_is_drawn_measured_and_saved(page, sign_in, cast, screenshot, accessibility_problems):
    record_boundary(cast.other_community, cast.other_worker, square(0.012, 0, 0.01))
    sign_in(cast.worker.user)
    open_map(page, reverse("communities:draw", args=[cast.community.code, "boundary"]))

    page.get_by_role("button", name="画面").click()
    places(page, (0.1, 0.3), (0.25, 0.3), (0.25, 0.6), (0.4, 0.9))
    page.get_by_role("button", name="撤销").click()
    places(page, (0.1, 0.6), (0.1, 0.3))
    expect(page.locator("[data-result]")).to_contain_text("平方米")
    for name, (width, height) in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(400)
        screenshot(page, f"map-draw-{name}")
        assert accessibility_problems(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_role("button", name="保存").click()
    page.wait_for_selector(".map[data-ready]")

    expect(page.locator(".message-success")).to_contain_text("已保存")
    stored = Boundary.objects.get(community=cast.community)
    assert len(stored.geometry["coordinates"][0]) == 5
    assert stored.area > 10_000


def test_names_are_shown_as_they_are_typed(page, sign_in, cast):
    record_boundary(cast.community, cast.worker)
    record_green(cast.community, cast.worker, square(0.002, 0.002, 0.001), name="<img src=x id=typed>园")
    green = record_green(cast.community, cast.worker, square(0.0025, 0.002, 0.001), name="东园")
    sign_in(cast.worker.user)

    open_map(page, reverse("communities:redraw", args=[cast.community.code, "green-spaces", green.thing]))
    page.locator("#id_geometry").evaluate("field => field.dispatchEvent(new Event('change'))")
    page.locator(".map-fault").hover()
    expect(page.locator(".map-fault-words")).to_contain_text("<img src=x id=typed>园")
    open_map(page, reverse("communities:map", args=[cast.community.code]))
    page.get_by_role("button", name="在图上看<img src=x id=typed>园").click()
    expect(page.locator(".leaflet-popup-content")).to_contain_text("<img src=x id=typed>园")
    assert page.locator("#typed").count() == 0


def test_two_drawings_at_once_show_both(page, sign_in, cast, screenshot, accessibility_problems):
    first = record_boundary(cast.community, cast.worker)
    sign_in(cast.worker.user)
    open_map(page, reverse("communities:draw", args=[cast.community.code, "boundary"]))
    record_boundary(cast.community, cast.street_officer, square(size=0.012), replaces=first.id)
    page.get_by_role("button", name="保存").click()
    page.wait_for_selector(".map[data-ready]")

    expect(page.get_by_role("heading", name="没有保存：他人已改过")).to_be_visible()
    page.wait_for_timeout(400)
    screenshot(page, "map-conflict")
    assert accessibility_problems(page) == []
    page.get_by_role("button", name="以我的为准").click()
    expect(page.locator(".message-success")).to_contain_text("已保存")
    assert Boundary.objects.get(until=None).geometry == BOUNDARY


def test_a_crossing_is_marked_on_the_map_and_can_be_undone(page, sign_in, cast, screenshot):
    record_boundary(cast.community, cast.worker)
    green = record_green(cast.community, cast.worker, GREEN)
    sign_in(cast.worker.user)
    open_map(page, reverse("communities:redraw", args=[cast.community.code, "green-spaces", green.thing]))

    corner = page.locator(".marker-icon:not(.marker-icon-middle)").first
    box = page.locator("#map").bounding_box()
    at = corner.bounding_box()
    page.mouse.move(at["x"] + at["width"] / 2, at["y"] + at["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.95, box["y"] + box["height"] * 0.45, steps=8)
    page.mouse.up()
    expect(page.locator("[data-findings]")).to_contain_text("自相交")
    expect(page.locator(".map-fault")).to_have_count(1)
    screenshot(page, "map-crossing")
    page.get_by_role("button", name="撤销").click()
    expect(page.locator(".map-fault")).to_have_count(0)
    expect(page.locator("[data-result]")).to_contain_text("平方米")

    assert GreenSpace.objects.count() == 1
