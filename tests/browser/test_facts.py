"""The community library in a browser: accessible at both widths, empty, full and with errors; a form and a file sent by hand."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from playwright.sync_api import Page, expect

from greenhood.facts.kinds import kind, kinds
from greenhood.facts.layout import Layout
from tests.browser.conftest import WIDTHS, SignIn
from tests.cast import Cast
from tests.facts.samples import make

pytestmark = pytest.mark.django_db(transaction=True)
LONG = "成都市武侯区浆洗街街道晋阳社区锦官新城二期及配套商业服务用房"


@pytest.fixture(autouse=True)
def storage(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def look(
    page: Page, accessibility_problems: Callable[[Page], list[str]], screenshot: Callable[..., Path]
) -> Callable[..., None]:
    """Open an address at both widths: no problem of accessibility, nothing wider than the screen."""

    def run(url: str, name: str) -> None:
        for width, (wide, high) in WIDTHS.items():
            page.set_viewport_size({"width": wide, "height": high})
            if url:
                page.goto(url)
            assert accessibility_problems(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= wide
            screenshot(page, f"facts-{name}-{width}")

    return run


def fill(cast: Cast) -> Any:
    """Some of every kind, with long names."""
    make("boundary", cast.community, cast.worker, area=Decimal(10**6))
    estate = None
    for each in kinds():
        if each.is_single and each.key != "boundary":
            make(each.key, cast.community, cast.worker, households=1830) if each.key == "population" else make(
                each.key, cast.community, cast.worker
            )
        elif not each.is_single:
            for number in range(6):
                chosen: dict[str, Any] = {each.name: f"{LONG}第{number + 1}"} if each.name else {}
                if each.key == "grid-cells":
                    chosen["households"] = 10
                made = make(each.key, cast.community, cast.worker, **chosen)
                estate = made if each.key == "estates" else estate
    return estate


def test_pages_are_accessible_empty_full_and_with_errors(
    cast: Cast, page: Page, sign_in: SignIn, look: Callable[..., None]
) -> None:
    sign_in(cast.worker.user, cast.worker.post)
    here = f"/communities/{cast.community.code}/"
    look("/communities/", "list")
    look(here, "empty")
    look(f"{here}estates/", "records-empty")
    look(f"{here}estates/new/", "form")
    look(f"/communities/sheets/?within={cast.community.code}", "sheets")

    estate = fill(cast)

    look(here, "full")
    look(f"{here}?as_of=2020-01-01", "then")
    look(f"{here}estates/", "records")
    look(f"{here}estates/{estate.thing}/", "record")
    page.goto(f"{here}estates/new/")
    page.get_by_label("住宅套数").fill("约八百")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("不是数字")
    look("", "errors")


def test_an_area_in_mu_is_chosen_saved_and_told(cast: Cast, page: Page, sign_in: SignIn) -> None:
    sign_in(cast.worker.user, cast.worker.post)
    page.goto(f"/communities/{cast.community.code}/activity-grounds/new/")

    page.get_by_label("场地名称").fill("小广场")
    page.get_by_label("面积").fill("6")
    page.locator("select[name=area_unit]").select_option("亩")
    page.get_by_role("button", name="保存", exact=True).click()

    expect(page.get_by_text("6 亩 = 4,000 平方米")).to_be_visible()


def test_a_faulty_file_is_told_cell_by_cell(cast: Cast, page: Page, sign_in: SignIn, look: Callable[..., None]) -> None:
    sign_in(cast.worker.user, cast.worker.post)
    plan = Layout(kind("estates"))
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = plan.title
    sheet.append(plan.headings)
    sheet.append([None, cast.community.number, None, "甲苑", None, None, None, "约八百"])
    file = BytesIO()
    book.save(file)
    page.goto(f"/communities/sheets/?within={cast.community.code}")

    page.get_by_label("填好的 Excel 文件").set_input_files(
        {"name": "表.xlsx", "mimeType": "application/octet-stream", "buffer": file.getvalue()}
    )
    page.get_by_role("button", name="上传并核对").click()

    expect(page.get_by_role("link", name="下载标出错误的文件")).to_be_visible()
    expect(page.get_by_role("rowheader", name="小区 H2")).to_be_visible()
    look("", "import-refused")
