"""The schemes' pages in a real browser: nothing for axe to find, nothing wider than a phone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from greenhood.schemes import actions
from tests.browser.conftest import WIDTHS
from tests.schemes.published import loaded, make_places

pytestmark = pytest.mark.django_db(transaction=True)
NAMES = ("national-2020", "sichuan-2020", "beijing-2021", "shanghai-qingpu-zhaoxiang-2021")


@pytest.fixture
def addresses(transactional_db: None) -> dict[str, str]:
    make_places()
    for name in NAMES:
        actions.publish(loaded(name), chosen={}, by=None)
    actions.publish(loaded("sichuan-2020"), chosen={"notice-days": 7}, by=None)
    pages = {
        name: reverse(f"schemes:{name}", args=["sichuan-2020", 2])
        for name in ("detail", "standard", "calendar", "coverage")
    }
    town = "shanghai-qingpu-zhaoxiang-2021"
    return {
        "list": reverse("schemes:list"),
        **pages,
        "town": reverse("schemes:detail", args=[town, 1]),
        "crosswalk": reverse("schemes:crosswalk"),
        "crosswalk-sichuan": reverse("schemes:crosswalk") + "?base=sichuan-2020&columns=national-2020",
        "diff": reverse("schemes:diff") + "?a=sichuan-2020/1&b=sichuan-2020/2",
        "diff-places": reverse("schemes:diff") + "?a=national-2020/1&b=sichuan-2020/1",
    }


@pytest.mark.parametrize("width", WIDTHS)
def test_pages_are_accessible_and_fit(
    page: Page,
    addresses: dict[str, str],
    accessibility_problems: Callable[[Page], list[str]],
    screenshot: Callable[..., Path],
    width: str,
) -> None:
    size = WIDTHS[width]
    page.set_viewport_size({"width": size[0], "height": size[1]})
    found: dict[str, Any] = {}
    for name, address in addresses.items():
        page.goto(address)
        screenshot(page, f"schemes-{name}-{width}")
        too_wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        if problems := [*accessibility_problems(page), *(["wider than the screen"] if too_wide else [])]:
            found[name] = problems

    assert found == {}


def test_a_clause_chip_leads_to_the_text_of_the_clause(page: Page, addresses: dict[str, str]) -> None:
    page.goto(addresses["standard"])

    page.locator("#criterion-16").get_by_role("link", name="附件1 #16").click()

    assert "社区绿地率达到25%" in page.locator(".clause-text:target").inner_text()


def test_a_publisher_goes_from_a_file_to_a_version(
    page: Page, cast: Any, addresses: dict[str, str], sign_in: Any
) -> None:
    sign_in(cast.province_officer.user, cast.province_officer.post)
    page.goto(reverse("schemes:list"))

    page.get_by_role("link", name="发布方案").click()
    page.get_by_label("平台自带的方案文件").select_option("sichuan-2020.yaml")
    page.get_by_role("button", name="核对").click()
    page.get_by_label("限期整改的天数").fill("30")
    page.get_by_label("我已核对").check()
    page.get_by_role("button", name="发布", exact=True).click()

    assert "第 3 版" in page.locator(".message").inner_text()
