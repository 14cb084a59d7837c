"""Practices, bases, meetings and commendations in a browser: sound for assistive technology, and no wider than a phone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from greenhood.exemplars.actions import bases, meetings
from tests.browser.conftest import WIDTHS, SignIn
from tests.cast import Cast
from tests.declarations import stage as schemes
from tests.exemplars import stage

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def addresses(cast: Cast) -> list[str]:
    """A page of each kind, with something on it."""
    schemes.publish("national-2020")
    schemes.publish("sichuan-2020")
    practice = stage.published(cast, criteria=("sichuan-2020/15",))
    waiting = stage.submitted(cast, title="等待审核的经验")
    base = bases.apply(cast.community, stage.BASE, by=cast.worker)
    meeting = meetings.plan(cast.county, stage.plan_of_meeting(cast), by=cast.county_officer)
    meeting = meetings.announce(meeting, revision=meeting.revision, by=cast.county_officer)
    row = stage.noticed(cast, "绿色社区创建行动表扬")
    names = (
        "practices",
        "mine",
        "new",
        "bases",
        "new_base",
        "meetings",
        "new_meeting",
        "honours",
        "rounds",
        "new_round",
    )
    return [
        *(reverse(f"exemplars:{name}") for name in names),
        f"{reverse('exemplars:practices')}?q=口袋公园",
        *(one.get_absolute_url() for one in (practice, waiting, base, meeting, row)),
        reverse("exemplars:for_community", args=[cast.community.code]),
        reverse("exemplars:nomination", args=[row.pk, row.nominations.get().pk]),
    ]


def test_every_page_is_sound_and_fits_a_phone(
    page: Page,
    cast: Cast,
    addresses: list[str],
    sign_in: SignIn,
    accessibility_problems: Callable[[Page], list[str]],
    screenshot: Callable[..., Path],
) -> None:
    sign_in(cast.county_officer.user, cast.county_officer.post)
    wrong: dict[str, object] = {}
    for number, address in enumerate(addresses):
        for name, (width, height) in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": height})
            page.goto(address)
            screenshot(page, f"exemplars-{number:02d}-{name}")
            if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
                wrong[f"{address} {name}"] = page.evaluate("document.documentElement.scrollWidth")
        if found := accessibility_problems(page):
            wrong[address] = found

    assert wrong == {}


def test_reviewer_publishes_and_everybody_finds_it(page: Page, cast: Cast, sign_in: SignIn) -> None:
    row = stage.submitted(cast)
    sign_in(cast.county_officer.user, cast.county_officer.post)

    page.goto(row.get_absolute_url())
    page.get_by_role("button", name="发布").click()
    page.goto(reverse("exemplars:practices"))
    page.get_by_label("词语").fill("口袋公园")
    page.get_by_role("button", name="查找").click()

    expect(page.locator("mark").first).to_have_text("口袋公园")
