"""The survey form on a phone, in a real browser: without a connection, half sent, sent twice, in conflict, on a shared phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, Route, expect

from greenhood.baseline.actions import stating
from greenhood.baseline.models import SyncedOperation
from greenhood.evidence.models import Attachment
from greenhood.facts import actions as facts
from greenhood.facts.kinds import kind
from greenhood.facts.models import Fact
from greenhood.kit.dates import today_in_shanghai
from tests.baseline import stage
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = "/baseline/phone/"
SECTION = "/baseline/phone/#/510107001001/s/ESTATES"
KNOWN = "**/baseline/phone/510107001001/"
SYNC = "**/baseline/sync/"
ESTATES = kind("estates").model.objects


@pytest.fixture(autouse=True)
def phone(context: BrowserContext) -> Iterator[None]:
    """Knows its place. What it is still asking when a test ends is answered before the tables are emptied."""
    context.grant_permissions(["geolocation"])
    context.set_geolocation({"longitude": 104.0635, "latitude": 30.6566, "accuracy": 12})
    yield
    for page in context.pages:
        page.wait_for_load_state("networkidle")


def opened(page: Page, path: str = SECTION) -> None:
    """The form as installed: the worker holds the shell."""
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(PHONE)
    page.locator("body[data-ready=yes]").wait_for()
    page.evaluate("navigator.serviceWorker.ready.then(() => 1)")
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    page.goto(path)
    page.reload()
    page.locator("body[data-ready=yes]").wait_for()


def status(page: Page, text: str) -> None:
    expect(page.locator("[data-status]")).to_contain_text(text, timeout=20_000)


def photo() -> dict[str, Any]:
    file = BytesIO()
    Image.effect_noise((320, 240), 60).convert("RGB").save(file, "JPEG")
    return {"name": "大门.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}


def record(page: Page, name: str, dwellings: str, *, picture: dict[str, Any] | None = None) -> None:
    page.get_by_role("link", name=re.compile(r"登记一处\s*：小区$")).click()
    page.get_by_label("小区名称").fill(name)
    page.get_by_label("住宅套数（套）").fill(dwellings)
    if picture:
        page.locator("#photo-camera").set_input_files(picture)
        expect(page.locator(".phone-photos li")).to_have_count(1)
        page.wait_for_timeout(300)
    page.get_by_role("button", name="保存", exact=True).click()
    page.get_by_role("heading", name="小区与房屋").wait_for()


def change(page: Page, name: str, dwellings: str) -> None:
    page.get_by_role("link", name=name, exact=True).click()
    page.get_by_label("住宅套数（套）").fill(dwellings)
    page.get_by_role("button", name="保存", exact=True).click()
    page.get_by_role("heading", name="小区与房屋").wait_for()


def test_section_filled_without_a_connection_is_sent_when_it_is_back(
    page: Page, context: BrowserContext, sign_in, cast: Cast, accessibility_problems, screenshot
) -> None:
    stage.opened(cast)
    sign_in(cast.worker.user)
    opened(page)

    context.set_offline(True)
    record(page, "锦绣苑", "800", picture=photo())
    status(page, "离线")
    status(page, "未发送 2 条")
    page.reload()
    page.locator("body[data-ready=yes]").wait_for()
    status(page, "未发送 2 条")
    expect(page.get_by_role("link", name="锦绣苑")).to_be_visible()
    assert ESTATES.count() == 0
    assert accessibility_problems(page) == []
    screenshot(page, "phone-section-offline-390")

    context.set_offline(False)
    status(page, "全部已发送")

    estate = ESTATES.get()
    attachment = Attachment.objects.get()
    assert (estate.name, estate.dwellings, estate.source) == ("锦绣苑", 800, "surveyed")
    assert (attachment.subject_id, attachment.how, attachment.is_queued) == (estate.thing, "capture", True)
    assert round(float(attachment.captured_longitude), 4) == 104.0635


def test_queue_survives_closing_the_browser_window(page: Page, context: BrowserContext, sign_in, cast: Cast) -> None:
    sign_in(cast.worker.user)
    opened(page)
    context.set_offline(True)
    record(page, "锦绣苑", "800")
    page.close()

    again = context.new_page()
    again.goto(SECTION)
    again.locator("body[data-ready=yes]").wait_for()
    status(again, "未发送 1 条")
    context.set_offline(False)

    status(again, "全部已发送")
    assert ESTATES.count() == 1


def test_answer_that_was_lost_on_the_way_does_not_record_twice(page: Page, sign_in, cast: Cast) -> None:
    sign_in(cast.worker.user)
    opened(page)

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/baseline/sync/", lose)
    record(page, "锦绣苑", "800")
    status(page, "网络不通")
    status(page, "未发送 1 条")
    assert ESTATES.count() == 1
    page.unroute("**/baseline/sync/")
    page.get_by_role("button", name="立即发送").click()

    status(page, "全部已发送")
    assert (ESTATES.count(), SyncedOperation.objects.count()) == (1, 1)


def test_half_sent_queue_goes_on_where_it_broke_off(page: Page, context: BrowserContext, sign_in, cast: Cast) -> None:
    sign_in(cast.worker.user)
    opened(page)
    context.set_offline(True)
    for number in range(3):
        record(page, f"{number + 1}号院", "10")
    status(page, "未发送 3 条")
    heard: list[str] = []

    def only_first(route: Route) -> None:
        heard.append(route.request.url)
        if len(heard) > 1:
            route.abort()
        else:
            route.continue_()

    page.route("**/baseline/sync/", only_first)
    context.set_offline(False)
    status(page, "未发送 2 条 网络不通")
    assert [row.name for row in ESTATES.all()] == ["1号院"]
    page.unroute("**/baseline/sync/")
    page.get_by_role("button", name="立即发送").click()

    status(page, "全部已发送")
    assert sorted(row.name for row in ESTATES.all()) == ["1号院", "2号院", "3号院"]


def test_correcting_what_was_stored_unheard_is_one_thing_with_the_newer_figure(page: Page, sign_in, cast: Cast) -> None:
    sign_in(cast.worker.user)
    opened(page)

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/baseline/sync/", lose)
    record(page, "锦绣苑", "800")
    status(page, "网络不通")
    page.unroute("**/baseline/sync/")
    change(page, "锦绣苑", "820")

    status(page, "全部已发送")
    assert [row.dwellings for row in ESTATES.filter(until=None)] == [820]


def test_refused_record_says_where_and_is_corrected(page: Page, sign_in, cast: Cast, screenshot) -> None:
    sign_in(cast.worker.user)
    opened(page)
    record(page, "锦绣苑", "八百8")

    status(page, "待处理 1 条")
    page.get_by_role("link", name="发送清单").click()
    expect(page.locator("main")).to_contain_text("住宅套数")
    screenshot(page, "phone-refused-390")
    page.get_by_role("link", name="修改").click()
    expect(page.locator("[data-error=dwellings]")).to_be_visible()
    page.get_by_label("住宅套数（套）").fill("800")
    page.get_by_role("button", name="保存", exact=True).click()

    status(page, "全部已发送")
    assert ESTATES.get().dwellings == 800


def changed_by_the_street(cast: Cast, fact: Fact) -> None:
    facts.record(
        kind("estates"),
        cast.community,
        stating.whole_of(fact) | {"dwellings": 700, "built_year": 1999},
        dated=today_in_shanghai(),
        by=cast.street_officer,
        thing=fact.thing,
        replaces=fact.id,
    )


def test_conflict_is_shown_field_by_field_and_nothing_is_overwritten(
    page: Page, context: BrowserContext, sign_in, cast: Cast, accessibility_problems, screenshot
) -> None:
    fact = stage.recorded(cast.worker, cast.community, "estates", days_ago=5)
    sign_in(cast.worker.user)
    opened(page)
    context.set_offline(True)
    change(page, "锦绣苑", "820")
    changed_by_the_street(cast, fact)
    context.set_offline(False)

    status(page, "待处理 1 条")
    assert ESTATES.get(until=None).dwellings == 700
    page.get_by_role("link", name="发送清单").click()
    page.get_by_role("link", name="比较并选择").click()
    dwellings = page.get_by_role("group", name="住宅套数")
    expect(dwellings).to_contain_text("我的：820 套")
    expect(dwellings).to_contain_text("对方的：700 套")
    expect(page.locator("main")).to_contain_text("王强")
    assert accessibility_problems(page) == []
    screenshot(page, "phone-conflict-390")
    page.get_by_role("button", name="按选择保存").click()
    expect(page.get_by_role("alert")).to_contain_text("请选择：建成年份、住宅套数")
    dwellings.get_by_label("我的：820 套").check()
    page.get_by_role("group", name="建成年份").get_by_label("对方的").check()
    page.get_by_role("button", name="按选择保存").click()

    status(page, "全部已发送")
    present = ESTATES.get(until=None)
    assert (present.dwellings, present.built_year, present.recorded_by) == (820, 1999, cast.worker.user)


def test_taking_theirs_drops_one_s_own(page: Page, context: BrowserContext, sign_in, cast: Cast) -> None:
    fact = stage.recorded(cast.worker, cast.community, "estates", days_ago=5)
    sign_in(cast.worker.user)
    opened(page)
    context.set_offline(True)
    change(page, "锦绣苑", "820")
    changed_by_the_street(cast, fact)
    context.set_offline(False)
    status(page, "待处理 1 条")
    page.get_by_role("link", name="发送清单").click()
    page.get_by_role("link", name="比较并选择").click()
    page.get_by_role("button", name="采用对方的，放弃我的").click()

    status(page, "没有待发送的内容")
    assert ESTATES.get(until=None).dwellings == 700


def test_expired_sign_in_is_said_and_the_queue_is_kept(
    page: Page, context: BrowserContext, sign_in, cast: Cast
) -> None:
    sign_in(cast.worker.user)
    opened(page)
    context.clear_cookies()
    record(page, "锦绣苑", "800")

    status(page, "登录已过期，没有发送的都保存在本机。请重新登录后发送。")
    status(page, "未发送 1 条")
    assert ESTATES.count() == 0
    sign_in(cast.worker.user)
    page.get_by_role("button", name="立即发送").click()

    status(page, "全部已发送")
    assert ESTATES.count() == 1


def test_another_person_on_the_same_phone_neither_sees_nor_sends_the_queue(
    page: Page, context: BrowserContext, sign_in, cast: Cast
) -> None:
    sign_in(cast.worker.user)
    opened(page)
    context.set_offline(True)
    record(page, "锦绣苑", "800")
    context.set_offline(False)
    status(page, "全部已发送")
    context.set_offline(True)
    record(page, "桃园", "300")
    status(page, "未发送 1 条")

    context.clear_cookies()
    sign_in(cast.grid_worker.user)
    page.close()
    context.set_offline(False)
    other = context.new_page()
    other.goto(PHONE + "#/queue")
    other.locator("body[data-ready=yes]").wait_for()
    status(other, "没有待发送的内容")
    expect(other.locator("main")).not_to_contain_text("桃园")
    expect(other.locator("main")).to_contain_text("另有 1 条由其他人或其他岗位填写")
    assert [row.name for row in ESTATES.all()] == ["锦绣苑"]

    sign_in(cast.worker.user)
    other.reload()
    status(other, "全部已发送")
    assert sorted(row.name for row in ESTATES.all()) == ["桃园", "锦绣苑"]


def test_signed_out_phone_shows_nothing_of_what_waits(page: Page, context: BrowserContext, sign_in, cast: Cast) -> None:
    sign_in(cast.worker.user)
    opened(page)
    context.set_offline(True)
    record(page, "锦绣苑", "800")
    context.clear_cookies()
    page.close()
    context.set_offline(False)

    again = context.new_page()
    again.goto(SECTION)

    expect(again.get_by_role("heading", name="请登录")).to_be_visible()
    expect(again.locator("main")).to_contain_text("还有 1 条没有发送")
    expect(again.locator("main")).not_to_contain_text("锦绣苑")


def test_what_has_not_changed_is_confirmed_and_what_is_absent_said_with_one_touch(
    page: Page, context: BrowserContext, sign_in, cast: Cast
) -> None:
    stage.opened(cast)
    stage.recorded(cast.worker, cast.community, "estates", days_ago=90)
    sign_in(cast.worker.user)
    opened(page)
    context.set_offline(True)
    page.get_by_role("button", name="仍然如此").click()
    page.goto("/baseline/phone/#/510107001001/s/HERITAGE")
    page.get_by_role("button", name=re.compile(r"本社区没有此类\s*：历史文化资源$")).click()
    status(page, "未发送 2 条")
    expect(page.locator("main")).to_contain_text("已确认没有")
    context.set_offline(False)

    status(page, "全部已发送")
    assert [(row.dwellings, row.dated == today_in_shanghai()) for row in ESTATES.filter(until=None)] == [(800, True)]


def test_form_half_typed_is_there_after_closing(page: Page, context: BrowserContext, sign_in, cast: Cast) -> None:
    sign_in(cast.worker.user)
    opened(page)
    page.get_by_role("link", name=re.compile(r"登记一处\s*：小区$")).click()
    page.get_by_label("小区名称").fill("锦绣苑")
    page.wait_for_timeout(200)
    context.set_offline(True)
    page.reload()

    expect(page.get_by_label("小区名称")).to_have_value("锦绣苑")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("请填写住宅套数。")
    status(page, "没有待发送的内容")


# Every answer of the phone's own store takes this long, as on a slow phone.
SLOW_STORE = """
const own = Object.getOwnPropertyDescriptor(IDBTransaction.prototype, "oncomplete");
const slow = (handler) => function (event) { setTimeout(() => handler.call(this, event), 200); };
Object.defineProperty(IDBTransaction.prototype, "oncomplete", { ...own, set(handler) { own.set.call(this, slow(handler)); } });
"""


def test_form_opened_while_sending_ends_keeps_what_is_typed(
    page: Page, context: BrowserContext, sign_in, cast: Cast
) -> None:
    sign_in(cast.worker.user)
    page.add_init_script(SLOW_STORE)
    opened(page)
    context.set_offline(True)
    record(page, "锦绣苑", "800")
    status(page, "未发送 1 条")
    held: list[Route] = []
    page.route(KNOWN, lambda route: held.append(route))  # noqa: PLW0108 (a builtin takes no mark of Playwright's)
    with page.expect_request(KNOWN):
        context.set_offline(False)
    page.get_by_role("link", name=re.compile(r"登记一处\s*：小区$")).click()
    # The last answer of the sending comes while the form is being drawn.
    held[0].continue_()
    page.unroute(KNOWN)
    page.get_by_label("小区名称").fill("桃园")
    form = page.locator("form[data-fill]").element_handle()
    page.wait_for_timeout(2_000)

    assert form.evaluate("form => form.isConnected")
    page.get_by_label("住宅套数（套）").fill("300")
    page.get_by_role("button", name="保存", exact=True).click()
    page.get_by_role("heading", name="小区与房屋").wait_for()
    status(page, "全部已发送")
    assert sorted(row.name for row in ESTATES.all()) == ["桃园", "锦绣苑"]


def test_correction_typed_while_the_first_is_being_sent_is_no_conflict(
    page: Page, context: BrowserContext, sign_in, cast: Cast
) -> None:
    sign_in(cast.worker.user)
    opened(page)
    context.set_offline(True)
    record(page, "锦绣苑", "800")
    held: list[Route] = []
    page.route(SYNC, lambda route: held.append(route))  # noqa: PLW0108 (a builtin takes no mark of Playwright's)
    with page.expect_request(SYNC):
        context.set_offline(False)
    page.get_by_role("link", name="锦绣苑", exact=True).click()
    page.get_by_label("住宅套数（套）").fill("820")
    held[0].continue_()
    page.unroute(SYNC)
    status(page, "全部已发送")
    page.get_by_role("button", name="保存", exact=True).click()
    page.get_by_role("heading", name="小区与房屋").wait_for()

    status(page, "全部已发送")
    assert [row.dwellings for row in ESTATES.filter(until=None)] == [820]


def test_shell_is_installable_and_the_pages_read_well(
    page: Page, sign_in, cast: Cast, accessibility_problems, screenshot
) -> None:
    stage.opened(cast)
    sign_in(cast.worker.user)
    opened(page, PHONE)
    session = page.context.new_cdp_session(page)

    # A test's browser keeps nothing on disk, which is all that keeps it from installing.
    found = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [error["errorId"] for error in found] == ["in-incognito"]
    screenshot(page, "phone-community-390")
    assert accessibility_problems(page) == []
    page.goto("/baseline/phone/#/510107001001/k/estates/new")
    page.get_by_role("heading", name="登记小区").wait_for()
    screenshot(page, "phone-form-390")
    assert accessibility_problems(page) == []
