"""Check sheets on a phone, in a real browser: without a connection, sent once, in conflict, and blind to what is claimed."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, Route, expect

from greenhood.baseline.models import SyncedOperation
from greenhood.evidence.models import Attachment
from greenhood.supervision.actions import answering
from greenhood.supervision.actions.answering import Seen
from greenhood.supervision.models import Answer, Finding, Inspection
from tests.cast import Cast
from tests.supervision import stage

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = "/supervision/phone/"


@pytest.fixture(autouse=True)
def phone(context: BrowserContext) -> Iterator[None]:
    """Knows its place. What it is still asking when a test ends is answered before the tables are emptied."""
    context.grant_permissions(["geolocation"])
    context.set_geolocation({"longitude": 104.0635, "latitude": 30.6566, "accuracy": 12})
    yield
    for page in context.pages:
        page.wait_for_load_state("networkidle")


@pytest.fixture
def inspection(cast: Cast) -> Inspection:
    topics = ("入口有无公示栏", "垃圾桶是否满溢")
    people = [cast.county_officer.user, cast.expert.user]
    return stage.under_way(cast, kind="unannounced", topics=topics, inspectors=people)


def opened(page: Page) -> None:
    """The sheets as installed: the worker holds the shell."""
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(PHONE)
    page.locator("body[data-ready=yes]").wait_for()
    page.evaluate("navigator.serviceWorker.ready.then(() => 1)")
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    page.reload()
    page.locator("body[data-ready=yes]").wait_for()


def status(page: Page, text: str) -> None:
    expect(page.locator("[data-status]")).to_contain_text(text, timeout=20_000)


def photo() -> dict[str, Any]:
    file = BytesIO()
    Image.effect_noise((320, 240), 60).convert("RGB").save(file, "JPEG")
    return {"name": "入口.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}


def answer(page: Page, result: str, note: str = "", *, picture: dict[str, Any] | None = None) -> None:
    page.get_by_label(result, exact=True).check()
    page.get_by_label("看到的情况").fill(note)
    if picture:
        page.locator("#photo-camera").set_input_files(picture)
        expect(page.locator(".phone-photos li")).to_have_count(1)
        page.wait_for_timeout(300)
    page.get_by_role("button", name="保存").click()


def test_sheet_filled_in_without_a_connection_is_sent_once_when_it_is_back(
    page: Page, context: BrowserContext, sign_in, cast: Cast, inspection: Inspection, accessibility_problems, screenshot
) -> None:
    sign_in(cast.county_officer.user)
    opened(page)
    page.get_by_role("link", name="晋阳社区居委会").click()
    context.set_offline(True)
    page.get_by_role("link", name="入口有无公示栏").click()
    expect(page.get_by_role("heading", name="入口有无公示栏")).to_be_visible()
    assert accessibility_problems(page) == []
    screenshot(page, "inspect-check-390")
    answer(page, "不符合", "没有公示栏", picture=photo())
    expect(page.get_by_role("heading", name="垃圾桶是否满溢")).to_be_visible()
    answer(page, "符合")
    status(page, "未发送 3 条")
    page.reload()
    page.locator("body[data-ready=yes]").wait_for()
    status(page, "未发送 3 条")
    expect(page.locator("main")).to_contain_text("不符合（未发送）")
    assert accessibility_problems(page) == []
    screenshot(page, "inspect-sheet-offline-390")
    assert Answer.objects.count() == 0

    context.set_offline(False)
    status(page, "全部已发送")

    rows = {row.key: row for row in Answer.objects.all()}
    attachment = Attachment.objects.get()
    assert {key: row.result for key, row in rows.items()} == {"t1": "not_met", "t2": "met"}
    assert (attachment.subject_id, attachment.how, attachment.is_queued) == (rows["t1"].pk, "capture", True)
    assert attachment.community_id == cast.county.pk
    assert round(float(rows["t1"].longitude), 4) == 104.0635


def test_answer_that_was_lost_on_the_way_is_not_stored_twice(
    page: Page, sign_in, cast: Cast, inspection: Inspection
) -> None:
    sign_in(cast.county_officer.user)
    opened(page)
    page.get_by_role("link", name="晋阳社区居委会").click()
    page.get_by_role("link", name="入口有无公示栏").click()

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/supervision/phone/sync/", lose)
    answer(page, "符合")
    status(page, "网络不通")
    assert Answer.objects.count() == 1
    page.unroute("**/supervision/phone/sync/")
    page.get_by_role("button", name="立即发送").click()

    status(page, "全部已发送")
    assert (Answer.objects.get().revision, SyncedOperation.objects.count()) == (1, 1)


def test_conflict_shows_both_sides_and_overwrites_neither(
    page: Page, context: BrowserContext, sign_in, cast: Cast, inspection: Inspection, accessibility_problems, screenshot
) -> None:
    sign_in(cast.county_officer.user)
    opened(page)
    page.get_by_role("link", name="晋阳社区居委会").click()
    context.set_offline(True)
    page.get_by_role("link", name="入口有无公示栏").click()
    answer(page, "不符合", "没有公示栏")
    answering.answer(stage.sheet_of(inspection), Seen("t1", "met", "公示栏在侧门"), by=cast.expert)
    context.set_offline(False)

    status(page, "待处理 1 条")
    assert Answer.objects.get().result == "met"
    page.get_by_role("link", name="发送清单").click()
    page.get_by_role("link", name="比较并选择").click()
    expect(page.locator("main")).to_contain_text("公示栏在侧门")
    expect(page.locator("main")).to_contain_text("郑教授")
    assert accessibility_problems(page) == []
    screenshot(page, "inspect-conflict-390")
    page.get_by_role("button", name="用我的").click()

    status(page, "全部已发送")
    assert (Answer.objects.get().result, Answer.objects.get().revision) == ("not_met", 2)


def test_another_person_on_the_same_phone_sees_nothing_of_it(
    page: Page, context: BrowserContext, sign_in, cast: Cast, inspection: Inspection
) -> None:
    sign_in(cast.county_officer.user)
    opened(page)
    page.get_by_role("link", name="晋阳社区居委会").click()
    context.set_offline(True)
    page.get_by_role("link", name="入口有无公示栏").click()
    answer(page, "不符合", "没有公示栏")
    status(page, "未发送 1 条")
    context.clear_cookies()
    sign_in(cast.worker.user)
    page.close()
    context.set_offline(False)

    other = context.new_page()
    other.goto(PHONE + "#/queue")
    other.locator("body[data-ready=yes]").wait_for()

    expect(other.locator("main")).to_contain_text("另有 1 条由其他人或其他岗位填写")
    expect(other.locator("main")).not_to_contain_text("公示栏")
    assert Answer.objects.count() == 0


def test_survey_and_sheets_keep_their_queues_apart(
    page: Page, context: BrowserContext, sign_in, cast: Cast, inspection: Inspection
) -> None:
    sign_in(cast.county_officer.user)
    opened(page)
    page.get_by_role("link", name="晋阳社区居委会").click()
    context.set_offline(True)
    page.get_by_role("link", name="入口有无公示栏").click()
    answer(page, "符合")
    status(page, "未发送 1 条")
    page.route("**/supervision/phone/sync/", lambda route: route.abort())
    context.set_offline(False)
    page.goto("/baseline/phone/#/queue")
    page.locator("body[data-ready=yes]").wait_for()

    status(page, "没有待发送的内容")
    page.unroute("**/supervision/phone/sync/")


def test_place_of_a_finding_is_clicked_on_a_map(
    page: Page, sign_in, cast: Cast, inspection: Inspection, accessibility_problems, screenshot
) -> None:
    sign_in(cast.county_officer.user)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"/supervision/inspections/{inspection.pk}/finding/")
    page.get_by_label("社区", exact=True).select_option(str(cast.community.number))
    page.get_by_label("问题", exact=True).fill("路面塌陷")
    page.get_by_label("经度").fill("104.0635")
    page.get_by_label("纬度").fill("30.6566")
    page.get_by_text("在地图上点选位置").click()
    ground = page.locator("[data-point-ground]")
    expect(ground.locator(".leaflet-marker-draggable")).to_have_count(1)
    assert accessibility_problems(page) == []
    screenshot(page, "supervision-point-390")
    box = ground.bounding_box()
    ground.click(position={"x": box["width"] / 2 + 40, "y": box["height"] / 2 + 40})
    expect(page.get_by_label("经度")).not_to_have_value("104.0635")
    page.get_by_role("button", name="登记问题").click()
    page.get_by_role("heading", name="检查发现的问题").wait_for()

    row = Finding.objects.get()
    assert 0 < float(row.longitude) - 104.0635 < 0.01
    assert 0 < 30.6566 - float(row.latitude) < 0.01


def test_pages_of_supervision_read_well_on_a_phone_and_a_desk(
    page: Page, sign_in, cast: Cast, accessibility_problems, screenshot
) -> None:
    order = stage.ordered(cast)
    sign_in(cast.county_officer.user)
    addresses = {
        "list": "/supervision/", "plan": "/supervision/new/", "mine": "/supervision/mine/",
        "inspection": order.inspection.get_absolute_url(), "order": order.get_absolute_url(),
        "finding": order.findings.get().get_absolute_url(), "patterns": f"/supervision/patterns/{cast.county.code}/",
        "sheet": stage.sheet_of(order.inspection).get_absolute_url(),
    }  # fmt: skip
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        for name, address in addresses.items():
            page.goto(address)
            assert accessibility_problems(page) == [], name
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{name} {width}"
            screenshot(page, f"supervision-{name}-{width}")
