"""The pages of surveys at both widths: readable, accessible, nothing wider than the screen."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from greenhood.baseline.actions import replying, stating
from greenhood.facts.kinds import kind
from tests.baseline import stage
from tests.browser.conftest import WIDTHS
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("width", WIDTHS)
def test_pages_of_the_office_and_of_the_worker(
    page: Page, sign_in, cast: Cast, accessibility_problems, screenshot, width: str
) -> None:
    campaign = stage.opened(cast, reason="选取试点前摸清底数", instructions="以 9 月 30 日的台账为准。")
    stage.recorded(cast.worker, cast.community, "population", days_ago=90)
    stage.recorded(cast.worker, cast.community, "estates")
    stating.state_nothing(kind("heritage"), cast.community, by=cast.worker)
    stage.filled(cast.other_worker, cast.other_community)
    reply = replying.submit(stage.reply_of(campaign, cast.other_community), by=cast.other_worker)
    page.set_viewport_size(dict(zip(("width", "height"), WIDTHS[width], strict=True)))
    shown = {
        "list": (cast.county_officer, reverse("baseline:campaigns")),
        "new": (cast.county_officer, reverse("baseline:new")),
        "campaign": (cast.county_officer, campaign.get_absolute_url()),
        "street": (cast.street_officer, campaign.get_absolute_url()),
        "check": (cast.street_officer, reply.get_absolute_url()),
        "community": (cast.worker, reverse("baseline:community", args=[campaign.pk, cast.community.code])),
        "worker-list": (cast.worker, reverse("baseline:campaigns")),
    }

    wrong = {}
    for name, (actor, url) in shown.items():
        sign_in(actor.user)
        answer = page.goto(url)
        assert answer is not None
        assert answer.status == 200, name
        screenshot(page, f"survey-{name}-{width}")
        too_wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        if found := [*accessibility_problems(page), *(["wider than the screen"] if too_wide else [])]:
            wrong[name] = found

    assert wrong == {}


def test_opening_is_confirmed_and_then_seen_by_the_worker(page: Page, sign_in, cast: Cast) -> None:
    sign_in(cast.county_officer.user)
    page.goto(reverse("baseline:new"))
    page.get_by_label("任务名称").fill("底数摸底")
    page.get_by_role("button", name="保存草稿").click()
    page.locator("summary", has_text="下发").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("4 个社区的工作台会出现这项任务")
    dialog.get_by_role("button", name="下发").click()
    expect(page.get_by_role("status").first).to_contain_text("已下发")

    sign_in(cast.worker.user)
    page.goto(reverse("site:workbench"))
    page.get_by_role("link", name="摸底", exact=True).last.click()
    page.get_by_role("link", name="底数摸底").first.click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("晋阳社区居委会：底数摸底")
