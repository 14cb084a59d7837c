"""Lists of divisions and what became of a community, at both widths and for screen readers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from greenhood.accounts.models import Role
from greenhood.declarations.actions import awarding
from greenhood.divisions.models import Change
from tests.browser.conftest import WIDTHS, SignIn
from tests.cast import Cast, appoint
from tests.declarations import stage
from tests.divisions.test_page import NEWER
from tests.divisions.test_split import DIVIDED
from tests.divisions.test_succession import merge

pytestmark = pytest.mark.django_db(transaction=True)

Problems = Callable[[Page], list[str]]


@pytest.fixture(params=WIDTHS)
def sized(request: pytest.FixtureRequest, page: Page) -> Page:
    width, height = WIDTHS[request.param]
    page.set_viewport_size({"width": width, "height": height})
    return page


def is_within_its_width(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def seen(page: Page, heading: str) -> None:
    """Wait for the page with this heading."""
    page.get_by_role("heading", level=1, name=heading, exact=True).wait_for()


def upload(page: Page, text: str) -> None:
    page.goto("/divisions/changes/upload/")
    page.get_by_label("名单文件").set_input_files({"name": "四川.csv", "mimeType": "text/csv", "buffer": text.encode()})
    page.get_by_label("名单的截止日期").fill("2024-06-30")
    page.get_by_role("button", name="上传并核对").click()


def test_a_list_is_brought_checked_and_decided_on(
    sized: Page, cast: Cast, sign_in: SignIn, accessibility_problems: Problems, screenshot: Callable[..., Path]
) -> None:
    admin = appoint("省管理", "province_admin", Role.SYSTEM_ADMIN, cast.province)
    assert admin.user
    sign_in(admin.user, admin.post)
    width = sized.viewport_size["width"] if sized.viewport_size else 0
    said = []
    for name, text in (("wrong", NEWER + "51010700,111,短\n510107001002,999,广福桥社区\n"), ("ready", DIVIDED)):
        upload(sized, text)
        seen(sized, {"wrong": "名单有错误，没有读入", "ready": "核对区划名单"}[name])
        screenshot(sized, f"list-{name}-{width}")
        said += [*accessibility_problems(sized), *([] if is_within_its_width(sized) else [name])]
    sized.get_by_role("button", name="读入").click()
    seen(sized, "区划变更")
    screenshot(sized, f"changes-{width}")
    said += accessibility_problems(sized)
    sized.get_by_role("link", name="不是分设").click()
    seen(sized, "晋阳社区居委会分设以后")
    screenshot(sized, f"split-{width}")
    said += accessibility_problems(sized)
    sized.get_by_label("由晋阳东社区居委会").check()
    sized.get_by_role("button", name="保存").click()
    seen(sized, "区划变更")

    assert said == []
    assert Change.objects.get(division=cast.community.pk).kind == "renamed"


def test_a_merged_community_is_remembered_where_it_went(
    sized: Page, cast: Cast, accessibility_problems: Problems, screenshot: Callable[..., Path]
) -> None:
    stage.publish("national-2020")
    stage.publish("sichuan-2020")
    waiting = stage.bring_to(stage.declare(cast.community, cast.worker), "award", cast)
    award = awarding.award(waiting, by=cast.province_officer, revision=waiting.revision, opinion="同意命名。")
    merge(cast)
    width = sized.viewport_size["width"] if sized.viewport_size else 0
    said = []
    for name, address in (
        ("heir", f"/community/{cast.community.code}/"),
        ("plaque", award.get_absolute_url()),
        ("record", f"/divisions/{cast.community.code}/"),
        ("register", "/register/"),
    ):
        sized.goto(address)
        screenshot(sized, f"{name}-{width}")
        said += [*accessibility_problems(sized), *([] if is_within_its_width(sized) else [name])]

    assert said == []
