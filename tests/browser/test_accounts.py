"""Accounts and history as people meet them: nothing for axe to find, at a desk and on a phone, and the flows by hand."""

from __future__ import annotations

import pytest
from django.urls import reverse

from greenhood.accounts import actions, second_factor
from greenhood.accounts.actor import Actor
from tests.browser.conftest import WIDTHS
from tests.cast import Cast

PAGES = {
    "sign-in": (None, lambda cast: reverse("accounts:sign_in")),
    "profile": ("county_officer", lambda cast: reverse("accounts:profile")),
    "password": ("county_officer", lambda cast: reverse("accounts:change_password")),
    "enrol": ("county_officer", lambda cast: reverse("accounts:enrol")),
    "people": ("system_admin", lambda cast: reverse("accounts:people")),
    "person-system": ("system_admin", lambda cast: reverse("accounts:person", args=[cast.worker.user.pk])),
    "person-security": ("security_admin", lambda cast: reverse("accounts:person", args=[cast.worker.user.pk])),
    "create": ("system_admin", lambda cast: reverse("accounts:create")),
    "import": ("system_admin", lambda cast: reverse("accounts:import")),
    "interests": ("security_admin", lambda cast: reverse("accounts:interests", args=[cast.worker.user.pk])),
    "history": ("audit_admin", lambda cast: reverse("history:list")),
}


@pytest.fixture
def cast(transactional_db: None, cast: Cast) -> Cast:
    actions.record_interest(cast.worker.user, by=Actor.system(), division=cast.community, reason="曾在该社区任职")
    return cast


@pytest.mark.django_db(transaction=True)
def test_pages_are_accessible_and_fit_a_phone(cast: Cast, page, sign_in, accessibility_problems, screenshot) -> None:
    found = {}
    for name, (role, url) in PAGES.items():
        page.context.clear_cookies()
        if role:
            sign_in(cast.actors[role].user, cast.actors[role].post)
        for width, (across, down) in WIDTHS.items():
            page.set_viewport_size({"width": across, "height": down})
            page.goto(url(cast))
            screenshot(page, f"accounts-{name}-{width}")
            if problems := accessibility_problems(page):
                found[name, width] = problems
            if (wide := page.evaluate("document.documentElement.scrollWidth")) > across:
                found[name, width, "too wide"] = wide

    assert found == {}


@pytest.mark.django_db(transaction=True)
def test_person_signs_in_with_a_password_and_out_again(cast: Cast, page) -> None:
    actions.change_password(cast.county_officer.user, by=Actor.system(), new_password="Lv-Se_She4Qu")

    page.goto(reverse("accounts:profile"))
    page.get_by_role("textbox", name="账号").fill("county_officer")
    page.locator("input[type=password]").fill("Lv-Se_She4Qu")
    page.get_by_role("button", name="登录").click()

    page.get_by_role("heading", name="账号与安全").wait_for()
    page.locator("summary", has_text="张敏").click()
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_url("**/")
    page.goto(reverse("accounts:profile"))
    assert "/sign-in" in page.url


@pytest.mark.django_db(transaction=True)
def test_division_is_picked_from_suggestions(cast: Cast, page, sign_in) -> None:
    sign_in(cast.security_admin.user, cast.security_admin.post)
    page.goto(reverse("accounts:person", args=[cast.county_officer.user.pk]))
    page.locator("summary", has_text="授予岗位").click()

    page.get_by_role("combobox", name="区划").press_sequentially("晋阳")
    option = page.locator("datalist option").first
    option.wait_for(state="attached")
    page.get_by_role("combobox", name="区划").fill(option.get_attribute("value"))
    page.get_by_label("角色").select_option("grid_worker")
    page.get_by_role("button", name="授予", exact=True).click()

    page.get_by_text("已授予“晋阳社区居委会 网格员”。").wait_for()


@pytest.mark.django_db(transaction=True)
def test_second_step_of_signing_in_is_accessible(cast: Cast, page, sign_in, accessibility_problems, screenshot) -> None:
    device = second_factor.enrolment_of(cast.county_officer.user)
    device.confirmed = True
    device.save()
    user = cast.county_officer.user
    user.second_factor_at = user.created_at
    user.save()
    sign_in(user, cast.county_officer.post)

    page.goto(reverse("accounts:profile"))

    assert "/verify" in page.url
    screenshot(page, "accounts-verify-desk")
    assert accessibility_problems(page) == []
