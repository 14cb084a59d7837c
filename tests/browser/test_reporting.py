"""The pages of reports in a browser: nothing wrong for assistive technology, nothing wider than a phone, and nothing typed is lost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from greenhood.accounts.actor import Actor
from greenhood.insight.actions import refresh
from greenhood.kit.dates import today_in_shanghai
from greenhood.reporting import actions
from greenhood.reporting.models import Obligation
from tests.browser.conftest import WIDTHS, SignIn
from tests.cast import Cast
from tests.declarations import stage

pytestmark = pytest.mark.django_db(transaction=True)

TEXTS = {"carried-out": "开展了培训。", "effect": "环境改善。", "progress": "两个社区申报。"}


@pytest.fixture
def owed(cast: Cast) -> Obligation:
    """Chengdu's report of this year, above it the province's; three quarters of the way to a full page."""
    national, sichuan = stage.publish("national-2020"), stage.publish("sichuan-2020")
    year = today_in_shanghai().year
    actions.plan(sichuan, year, by=cast.province_officer)
    actions.plan(national, year, by=Actor.system())
    refresh(full=True)
    past = today_in_shanghai() - dt.timedelta(days=3)
    Obligation.objects.filter(reporter=cast.city).update(due_on=past, deadline=past)
    return Obligation.objects.select_related("reporter", "receiver", "version").get(reporter=cast.city)


def test_words_are_saved_while_one_writes_and_filed_with_the_rest(
    page: Page, cast: Cast, owed: Obligation, sign_in: SignIn
) -> None:
    sign_in(cast.city_officer.user, cast.city_officer.post)
    page.goto(owed.get_absolute_url())

    page.get_by_label("实施效果").fill("环境改善。")
    expect(page.get_by_text("已自动保存")).to_be_visible()
    page.get_by_label("创建行动开展情况").fill("开展了培训。")
    page.get_by_label("创建进展成效").fill("两个社区申报。")
    page.get_by_label("签发人姓名").fill("陈静")
    page.get_by_label("已核对文字和数字").check()
    page.get_by_role("button", name="确认报送").click()

    expect(page.get_by_text("已报送给四川省，迟报 3 天")).to_be_visible()
    assert owed.filings.get().texts == TEXTS


def test_every_page_is_sound_and_fits_a_phone(
    page: Page,
    cast: Cast,
    owed: Obligation,
    sign_in: SignIn,
    accessibility_problems: Callable[[Page], list[str]],
    screenshot: Callable[..., Path],
) -> None:
    sign_in(cast.city_officer.user, cast.city_officer.post)
    addresses = {"list": reverse("reporting:reports"), "write": owed.get_absolute_url()}
    look(page, addresses, accessibility_problems, screenshot)

    row = actions.save(owed, texts=TEXTS, typed={}, revision=1, by=cast.city_officer)
    actions.file(row, signed_by="陈静", revision=row.revision, by=cast.city_officer)
    stage.declare(cast.community, cast.worker)
    refresh(full=True)
    sign_in(cast.province_officer.user, cast.province_officer.post)
    upper = Obligation.objects.get(reporter=cast.province, entry="annual-report")
    look(
        page,
        {
            "receive": owed.get_absolute_url(),
            "differences": upper.get_absolute_url(),
            "filing": reverse("reporting:filing", args=[owed.pk, 1]),
            "completeness": reverse("reporting:completeness", args=[cast.province.code]),
            "bulletin": reverse("reporting:bulletin", args=[cast.province.code]),
            "none": reverse("reporting:reports") + "?q=没有",
        },
        accessibility_problems,
        screenshot,
    )
    row = Obligation.objects.get(pk=owed.pk)
    actions.give_back(row, reasons={"effect": "请写明数据来源。"}, revision=row.revision, by=cast.province_officer)
    sign_in(cast.city_officer.user, cast.city_officer.post)
    look(page, {"returned": owed.get_absolute_url()}, accessibility_problems, screenshot)


def look(
    page: Page,
    addresses: dict[str, str],
    accessibility_problems: Callable[[Page], list[str]],
    screenshot: Callable[..., Path],
) -> None:
    for name, address in addresses.items():
        for width, size in WIDTHS.items():
            page.set_viewport_size({"width": size[0], "height": size[1]})
            page.goto(address)
            screenshot(page, f"reporting-{name}-{width}")
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (name, width)
        assert accessibility_problems(page) == [], name
