"""The gallery shows every component; its pictures are what a designer looks at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import WIDTHS

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("width", WIDTHS)
def test_gallery_fits_its_width_and_axe_finds_nothing(
    page: Page, accessibility_problems: Callable[[Page], list[str]], screenshot: Callable[..., Path], width: str
) -> None:
    page.set_viewport_size({"width": WIDTHS[width][0], "height": WIDTHS[width][1]})
    page.goto("/components/")

    screenshot(page, f"components-{width}")

    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[width][0]
    assert accessibility_problems(page) == []


def test_confirmation_says_what_will_happen_and_can_be_cancelled(page: Page) -> None:
    page.goto("/components/")

    page.get_by_text("除名", exact=True).first.click()
    dialog = page.get_by_role("dialog")

    assert "不能撤回" in dialog.inner_text()
    dialog.get_by_role("button", name="取消").click()
    assert page.get_by_role("dialog").count() == 0
