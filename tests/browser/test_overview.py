"""Charts are drawn from their tables; without scripts the tables are what one sees."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page

from greenhood.insight.actions import refresh
from tests.browser.conftest import SignIn
from tests.cast import Cast
from tests.declarations import stage

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def city_page(cast: Cast) -> str:
    stage.publish("national-2020")
    stage.publish("sichuan-2020")
    stage.declare(cast.community, cast.worker)
    refresh(full=True)
    return reverse("insight:overview", args=[cast.city.code])


def test_every_chart_is_drawn_and_keeps_its_table(page: Page, cast: Cast, city_page: str, sign_in: SignIn) -> None:
    sign_in(cast.city_officer.user, cast.city_officer.post)
    page.goto(city_page)

    charts = page.locator("[data-chart]")
    assert charts.count() == 4
    assert page.locator("[data-chart] canvas").count() == 4
    assert page.locator("[data-chart] table").count() == 4


def test_ranking_leads_down_to_the_community(page: Page, cast: Cast, city_page: str, sign_in: SignIn) -> None:
    sign_in(cast.city_officer.user, cast.city_officer.post)
    page.goto(city_page)

    for name in (cast.county.name, cast.street_division.name, cast.community.name):
        page.get_by_role("table").get_by_role("link", name=name, exact=True).first.click()

    assert page.get_by_role("heading", level=1).inner_text() == cast.community.name


def test_breadcrumb_switches_to_a_neighbour(page: Page, cast: Cast, city_page: str) -> None:
    page.goto(reverse("insight:overview", args=[cast.county.code]))

    page.get_by_role("link", name=f"切换与{cast.county.name}同级的区划").click()
    page.locator("#siblings").get_by_role("link", name=cast.neighbour_county.name).click()

    assert cast.neighbour_county.name in page.get_by_role("heading", level=1).inner_text()


def test_tables_are_open_without_scripts(browser: Browser, live_server, cast: Cast, city_page: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()

    page.goto(f"{live_server.url}{city_page}?by=participating")

    assert page.get_by_role("cell", name="25%").first.is_visible()
    context.close()
