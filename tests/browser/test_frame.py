"""The frame of every page in a real browser."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from tests.browser.conftest import SignIn
from tests.cast import Cast

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


def test_filters_unfold_on_demand_on_a_phone_and_stay_open_once_set(page: Page, sign_in: SignIn, cast: Cast) -> None:
    sign_in(cast.county_officer.user)
    field = page.get_by_label("改造类型")

    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(reverse("works:projects"))
    expect(field).to_be_hidden()
    page.locator(".filter-fold > summary").click()
    expect(field).to_be_visible()
    page.goto(f"{reverse('works:projects')}?kind=lift")
    expect(field).to_be_visible()
    expect(page.locator(".filter-fold")).to_have_count(0)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(reverse("works:projects"))
    expect(field).to_be_visible()
