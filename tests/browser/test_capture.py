"""Taking a photo in the page: camera and position allowed, refused, and no connection while it is sent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from greenhood.assessments import actions
from greenhood.assessments.models import Assessment, Evidence
from greenhood.assessments.queries.assessments import assessment_with_place
from greenhood.evidence.models import How
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes import actions as schemes
from tests.assessments.conftest import loaded
from tests.cast import Cast

HERE = {"latitude": 30.6571, "longitude": 104.0665, "accuracy": 15}


@pytest.fixture
def assessment(transactional_db: None, cast: Cast, tmp_path: Path, settings: Any) -> Assessment:
    settings.MEDIA_ROOT = tmp_path / "media"
    schemes.publish(loaded("national-2020"), chosen={}, by=None)
    schemes.publish(loaded("sichuan-2020"), chosen={}, by=None)
    started = actions.start(cast.community, year=today_in_shanghai().year, by=cast.worker)
    return assessment_with_place(started.pk)


@pytest.fixture
def dialog(page: Page, assessment: Assessment, cast: Cast, sign_in: Callable[..., None]) -> Callable[[], Any]:
    """Opens the camera at the first item."""

    def opened() -> Any:
        sign_in(cast.worker.user)
        page.goto(f"/assessments/{assessment.pk}/?part=mechanism")
        page.locator("#item-1").get_by_role("button", name="现场拍照").click()
        return page.get_by_role("dialog", name="现场拍照")

    return opened


def test_photo_taken_in_the_page_has_time_and_place(
    page: Page,
    context: BrowserContext,
    assessment: Assessment,
    dialog: Callable[[], Any],
    accessibility_problems: Callable[[Page], list[str]],
    screenshot: Callable[..., None],
) -> None:
    context.grant_permissions(["camera", "geolocation"])
    context.set_geolocation(HERE)
    camera = dialog()
    expect(camera.get_by_text("位置 30.65710, 104.06650，误差 ±15 米")).to_be_visible()
    assert accessibility_problems(page) == []

    camera.get_by_role("button", name="拍照", exact=True).click()
    screenshot(page, "capture")
    camera.get_by_role("button", name="使用这张照片").click()

    expect(page.locator("#item-1").get_by_text("现场拍摄 · ")).to_be_visible()
    row = Evidence.objects.get(assessment=assessment)
    assert (row.how, float(row.captured_latitude), row.captured_accuracy) == (How.CAPTURE, 30.6571, 15)
    assert row.name.startswith("现场拍照-")
    screenshot(page, "captured")


def test_refused_camera_and_position_are_said_and_the_plain_upload_works(
    page: Page,
    context: BrowserContext,
    assessment: Assessment,
    dialog: Callable[[], Any],
    screenshot: Callable[..., None],
) -> None:
    context.clear_permissions()
    page.add_init_script(
        """navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("no", "NotAllowedError"));
        navigator.geolocation.watchPosition = (ok, refused) => { refused({ code: 1 }); return 1; };"""
    )
    camera = dialog()

    expect(camera.get_by_role("alert")).to_contain_text("没有允许使用摄像头")
    expect(camera.get_by_text("没有允许定位")).to_be_visible()
    expect(camera.get_by_text("用系统相机拍照", exact=True)).to_be_visible()
    screenshot(page, "capture-refused")
    camera.get_by_role("button", name="取消").click()
    expect(page.locator("#c1-files")).to_be_visible()


def test_photo_taken_without_a_connection_is_sent_later_and_says_so(
    page: Page, context: BrowserContext, assessment: Assessment, dialog: Callable[[], Any]
) -> None:
    context.grant_permissions(["camera", "geolocation"])
    context.set_geolocation(HERE)
    page.route("**/evidence/capture/", lambda route: route.abort("internetdisconnected"))
    page.route("**/items/1/evidence/", lambda route: route.abort("internetdisconnected"))
    camera = dialog()
    expect(camera.get_by_role("alert")).to_contain_text("网络不通")
    camera.get_by_role("button", name="拍照", exact=True).click()
    camera.get_by_role("button", name="使用这张照片").click()
    expect(page.locator("#item-1").get_by_text("网络不通，没有保存")).to_be_visible()

    page.unroute("**/items/1/evidence/")
    page.locator("#item-1").get_by_role("button", name="重试").click()

    expect(page.locator("#item-1").get_by_text("现场拍摄（离线） · ")).to_be_visible()
    assert Evidence.objects.get(assessment=assessment).is_queued
