"""Files at a record of the community: dropped, taken away, brought back, with and without a script."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from greenhood.communities.models import Boundary
from greenhood.evidence.models import Attachment
from tests.browser.conftest import WIDTHS
from tests.cast import Cast
from tests.evidence import files


@pytest.fixture
def address(transactional_db: None, cast: Cast, tmp_path: Path, settings: Any) -> str:
    """The page of a record."""
    settings.MEDIA_ROOT = tmp_path / "media"
    row = Boundary.objects.create(
        community=cast.community, dated=dt.date(2026, 1, 1), area=900_000, recorded_at=timezone.now()
    )
    return reverse("facts:record", args=[cast.community.code, row.kind.key, row.thing])


def photo(name: str = "古树.jpg") -> dict[str, Any]:
    return {"name": name, "mimeType": "image/jpeg", "buffer": files.jpeg()}


def test_file_is_attached_removed_and_brought_back(
    page: Page,
    cast: Cast,
    address: str,
    sign_in: Callable[..., None],
    accessibility_problems: Callable[[Page], list[str]],
    screenshot: Callable[..., Path],
) -> None:
    sign_in(cast.worker.user)
    page.goto(address)
    strip = page.locator(".attachments")
    expect(strip.get_by_role("button", name="现场拍照")).to_be_visible()

    strip.get_by_label("选择文件").set_input_files(photo())
    expect(strip.locator(".piece")).to_have_count(1)
    expect(strip.get_by_text("无拍摄时间和位置")).to_be_visible()
    assert accessibility_problems(page) == []
    for name, (width, height) in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        screenshot(page, f"attachments-{name}")

    strip.get_by_role("button", name="移除").click()
    expect(strip.locator(".piece")).to_have_count(0)
    strip.get_by_role("button", name="撤销").click()
    expect(strip.locator(".piece")).to_have_count(1)
    assert Attachment.objects.get().removed_at is None


def test_everything_works_without_scripts(
    browser: Browser, live_server: Any, cast: Cast, address: str, sign_in: Callable[..., None], context: Any
) -> None:
    sign_in(cast.worker.user)
    plain = browser.new_context(
        base_url=live_server.url, java_script_enabled=False, storage_state=context.storage_state()
    )
    page = plain.new_page()
    page.goto(address)
    strip = page.locator(".attachments")
    assert not strip.get_by_role("button", name="现场拍照").is_visible()

    strip.get_by_label("选择文件").set_input_files(photo())
    strip.get_by_role("button", name="上传").click()
    expect(page.get_by_text("已保存 1 个文件")).to_be_visible()
    assert page.url.endswith(address)

    page.get_by_role("button", name="移除").click()
    page.get_by_text("已移除 1 件，可以恢复").click()
    page.locator(".removed-pieces").get_by_role("button", name="恢复").click()
    expect(page.locator(".piece")).to_have_count(1)
    plain.close()
