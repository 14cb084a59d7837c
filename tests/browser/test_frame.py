"""The frame of every page in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.django_db(transaction=True)


def test_home_opens_without_sign_in(page: Page) -> None:
    page.goto("/")

    assert page.locator("main h1").count() == 1


def test_large_type_survives_to_the_next_page(page: Page) -> None:
    page.goto("/")
    before = page.evaluate("getComputedStyle(document.body).fontSize")

    page.get_by_role("button", name="大字").click()
    page.goto("/search/")

    assert float(page.evaluate("getComputedStyle(document.body).fontSize")[:-2]) >= float(before[:-2]) * 1.2
    assert page.get_by_role("button", name="大字").get_attribute("aria-pressed") == "true"


def test_skip_link_is_the_first_stop_and_leads_to_the_content(page: Page) -> None:
    page.goto("/")

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "main"
