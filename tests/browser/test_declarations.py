"""The pages of declarations in a browser: accessible at both widths, the count while typing, the draw replayed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from greenhood.accounts.actor import Actor
from greenhood.declarations.actions import drawing, noticing, upkeep
from greenhood.declarations.models import Declaration
from greenhood.schemes.format import Outcome
from greenhood.schemes.models import SchemeVersion
from tests.browser.conftest import WIDTHS, SignIn
from tests.cast import Cast
from tests.declarations import stage
from tests.declarations.test_awards import add_communities, hold
from tests.declarations.test_concurrency import at_the_street

pytestmark = pytest.mark.django_db(transaction=True)
AT = stage.moment(2026, 3, 2)


@pytest.fixture
def sichuan(cast: Cast) -> SchemeVersion:
    stage.publish("national-2020")
    return stage.publish("sichuan-2020")


def address(name: str, *args: object) -> str:
    return reverse(f"declarations:{name}", args=args)


@pytest.fixture
def look(
    page: Page, accessibility_problems: Callable[[Page], list[str]], screenshot: Callable[..., Path]
) -> Callable[..., None]:
    """Open a page at both widths, keep a picture of it, and see that nothing hinders anybody."""

    def run(url: str, name: str) -> None:
        for width, size in WIDTHS.items():
            page.set_viewport_size({"width": size[0], "height": size[1]})
            page.goto(url)
            screenshot(page, f"declarations-{name}-{width}")
            assert accessibility_problems(page) == []
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{name} is wider than the {width}"

    return run


def test_the_officers_pages(cast: Cast, sichuan: SchemeVersion, sign_in: SignIn, look: Callable[..., None]) -> None:
    rows = at_the_street(cast, add_communities(cast, 3), sichuan)
    Declaration.objects.filter(pk=rows[1].pk).update(due_on=AT.date())
    returned = stage.declare(cast.other_community, cast.other_worker, at=AT)
    stage.decide(returned, Outcome.RETURN, cast.street_officer, opinion="", items=[(8, "缺整治后照片")], at=AT)
    sign_in(cast.street_officer.user)
    look(address("todo"), "todo")
    look(address("list"), "list")
    look(address("detail", rows[0].pk), "detail")
    look(address("detail", returned.pk), "returned")
    Declaration.objects.filter(pk__in=[row.pk for row in rows]).update(
        step="province-sample", level=1, department="", sampled=None
    )
    sign_in(cast.province_officer.user)
    look(address("draws"), "draws")
    draw = drawing.freeze(sichuan.pk, "province-sample", by=cast.province_officer, at=AT)
    look(draw.get_absolute_url(), "draw-frozen")
    Declaration.objects.filter(pk__in=[row.pk for row in rows]).update(step="notice")
    look(address("new_notice"), "notice-new")
    notice = noticing.publish([rows[0].pk], by=cast.province_officer, contact="028-12345678")
    noticing.object_to(
        notice.entries.get(),
        noticing.Complaint("赵先生", "13800138000", "设施没有全覆盖。"),
        by=Actor.anonymous("10.1.1.1"),
    )
    look(address("objections", notice.pk), "objections")
    award = hold(cast.third_community, sichuan, "green-community", AT.date(), "P00000000001")
    sign_in(cast.county_officer.user)
    look(address("award_page", award.pk), "award")
    upkeep.order(award, by=cast.county_officer, demands="清理消防通道。", criteria=[17])
    look(address("award_page", award.pk), "award-rectifying")
    look(address("upkeep"), "upkeep")


def test_the_public_pages(cast: Cast, sichuan: SchemeVersion, look: Callable[..., None], page: Page) -> None:
    rows = at_the_street(cast, add_communities(cast, 11), sichuan)
    Declaration.objects.update(step="province-sample", level=1, department="", sampled=None)
    draw = drawing.draw(
        drawing.freeze(sichuan.pk, "province-sample", by=cast.province_officer, at=AT), by=cast.province_officer, at=AT
    )
    look(draw.get_absolute_url(), "draw")
    page.get_by_role("button", name="重新计算").click()
    expect(page.locator(".replay-result")).to_contain_text("抽样框校验值一致。")
    expect(page.locator(".replay-result")).to_contain_text("抽中名单一致：应抽 2 个")
    Declaration.objects.update(step="notice")
    notice = noticing.publish([row.pk for row in rows[:4]], by=cast.province_officer, contact="028-12345678")
    look(address("notices"), "notices")
    look(notice.get_absolute_url(), "notice")
    look(address("object", notice.pk, notice.entries.first().pk), "objection-new")
    page.get_by_role("button", name="提交异议").click()
    expect(page.get_by_role("alert")).to_contain_text("请填写真实姓名")
    look(address("receipt"), "receipt")
    award = hold(cast.third_community, sichuan, "green-community", AT.date(), "P00000000001")
    look(address("register"), "register")
    look(address("verify_form"), "verify-form")
    look(award.get_absolute_url(), "verify")


def test_the_profile_is_counted_while_typing(
    cast: Cast,
    sichuan: SchemeVersion,
    sign_in: SignIn,
    look: Callable[..., None],
    page: Page,
) -> None:
    assessment = stage.complete(cast.community, cast.worker)
    sign_in(cast.worker.user)
    look(address("new", assessment.pk), "declare")
    profile = page.get_by_label("社区基本情况")
    profile.fill("字" * 999 + "\n尾")
    expect(page.locator(".character-count")).to_have_text("1001 / 1000 字，超出 1 字")
    profile.fill("字" * 998 + "\n尾")
    expect(page.locator(".character-count")).to_have_text("1000 / 1000 字")
    page.get_by_label("拟创建称号").select_option(label="四川省绿色社区")
    page.get_by_label("社区负责人姓名").fill("李芳")
    page.get_by_label("负责人联系电话").fill("028-85551234")
    page.get_by_label("社区居委会地址").fill("浆洗街 1 号")
    page.get_by_role("button", name="申报", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("已申报。下一步：待推荐。")
