"""The self-assessment and the reviewer's page as people use them: saved as one goes, dropped files, two people, keys."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from greenhood.assessments import actions
from greenhood.assessments.answers import Fields
from greenhood.assessments.models import Answer, Assessment, Evidence, Score
from greenhood.assessments.queries.assessments import assessment_with_place
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes import actions as schemes
from tests.assessments.conftest import loaded
from tests.cast import Cast
from tests.declarations import stage
from tests.evidence import files

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def own_media(tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def assessment(transactional_db: None, cast: Cast, own_media: Path) -> Assessment:
    schemes.publish(loaded("national-2020"), chosen={}, by=None)
    schemes.publish(loaded("sichuan-2020"), chosen={}, by=None)
    started = actions.start(cast.community, year=today_in_shanghai().year, by=cast.worker)
    return assessment_with_place(started.pk)


def open_part(page: Page, assessment: Assessment, part: str = "mechanism") -> None:
    page.goto(f"/assessments/{assessment.pk}/?part={part}")


def drop(page: Page, selector: str, *named: tuple[str, bytes]) -> None:
    """Let files fall onto an element, as from the desktop."""
    sent = [[name, base64.b64encode(content).decode()] for name, content in named]
    transfer = page.evaluate_handle(
        """sent => { const all = new DataTransfer();
          for (const [name, text] of sent) {
            const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
            all.items.add(new File([bytes], name)); }
          return all; }""",
        sent,
    )
    for kind in ("dragover", "drop"):
        page.dispatch_event(selector, kind, {"dataTransfer": transfer})


def test_answer_is_saved_as_one_goes(
    page: Page, sign_in: Callable, cast: Cast, assessment: Assessment, screenshot
) -> None:
    sign_in(cast.worker.user, cast.worker.post)
    open_part(page, assessment)

    page.locator("#item-1 label.choice", has_text="满足").first.click()

    expect(page.locator("#item-1 [data-saved]")).to_contain_text("已保存")
    expect(page.locator("[data-summary] .summary-total strong")).to_have_text("2")
    expect(page.locator("[data-tabs] [aria-current]")).to_contain_text("1/6")
    assert Answer.objects.get().checks == [True]

    page.locator("#id-c1-note").fill("已成立领导小组")
    expect(page.locator("#item-1 [data-saved]")).to_contain_text("已保存")
    page.wait_for_function("() => !document.querySelector('#item-1 [data-saved]').textContent.includes('正在')")
    page.wait_for_timeout(1200)
    assert Answer.objects.get().note == "已成立领导小组"
    screenshot(page, "assessment-desk")


def test_not_applicable_waits_for_its_reason(page: Page, sign_in: Callable, cast: Cast, assessment: Assessment) -> None:
    sign_in(cast.worker.user, cast.worker.post)
    open_part(page, assessment, "infrastructure")
    expect(page.locator("#id-c13-reason")).to_be_hidden()

    page.locator("#id-c13-away").check()
    expect(page.locator("#id-c13-reason")).to_be_focused()
    page.keyboard.type("没有纳入改造任务的小区")

    expect(page.locator("#item-13 [data-saved]")).to_contain_text("已保存")
    assert Answer.objects.get().reason == "没有纳入改造任务的小区"


def test_error_stands_at_its_field(page: Page, sign_in: Callable, cast: Cast, assessment: Assessment) -> None:
    sign_in(cast.worker.user, cast.worker.post)
    open_part(page, assessment)

    page.locator("#item-6 .by-hand summary").click()
    page.locator("#id-c6-value-1").fill("很多")

    expect(page.locator("#id-c6-value-1-error")).to_contain_text("应为数字")
    expect(page.locator("#id-c6-value-1")).to_have_attribute("aria-invalid", "true")
    page.locator("#id-c6-value-1").fill("85")
    expect(page.locator("#item-6 [data-saved]")).to_contain_text("已保存")
    expect(page.locator("#id-c6-value-1-error")).to_be_hidden()


def test_dropped_files_are_stored_each_with_its_own_word(
    page: Page, sign_in: Callable, cast: Cast, assessment: Assessment, screenshot
) -> None:
    sign_in(cast.worker.user, cast.worker.post)
    open_part(page, assessment)

    drop(
        page,
        "#item-1",
        ("楼道.jpg", files.jpeg(1, gps=files.GPS)),
        ("计划.pdf", files.pdf()),
        ("假的.jpg", b"MZ\x90\0not a photo"),
    )

    expect(page.locator("#item-1 .piece")).to_have_count(2)
    expect(page.locator("#item-1 .upload-bad")).to_contain_text("假的.jpg")
    expect(page.locator("#item-1 .upload-bad")).to_contain_text("不接受这种文件")
    assert sorted(Evidence.objects.values_list("name", flat=True)) == ["楼道.jpg", "计划.pdf"]
    screenshot(page, "assessment-upload")

    page.locator("#item-1 .piece", has_text="计划.pdf").get_by_role("button", name="移除").click()
    expect(page.locator("#item-1 .piece")).to_have_count(1)
    page.locator("#item-1 [data-uploads]").get_by_role("button", name="撤销").click()
    expect(page.locator("#item-1 .piece")).to_have_count(2)


def test_two_people_on_one_item_lose_nothing(
    page: Page, sign_in: Callable, cast: Cast, assessment: Assessment, screenshot
) -> None:
    sign_in(cast.worker.user, cast.worker.post)
    open_part(page, assessment)
    actions.save_answer(assessment, criterion=1, fields=Fields(note="对方写的"), revision=0, by=cast.worker)

    page.locator("#id-c1-note").fill("我写的")

    expect(page.locator("#item-1 .conflict")).to_contain_text("对方写的")
    expect(page.locator("#id-c1-note")).to_have_value("我写的")
    assert Answer.objects.get().note == "对方写的"
    screenshot(page, "assessment-conflict")

    page.get_by_role("button", name="保存我的内容").click()
    expect(page.locator("#item-1 [data-saved]")).to_contain_text("已保存")
    expect(page.locator("#item-1 .conflict")).to_have_count(0)
    assert Answer.objects.get().note == "我写的"


def test_others_answer_can_be_taken_over(page: Page, sign_in: Callable, cast: Cast, assessment: Assessment) -> None:
    sign_in(cast.worker.user, cast.worker.post)
    open_part(page, assessment)
    actions.save_answer(assessment, criterion=1, fields=Fields(note="对方写的"), revision=0, by=cast.worker)
    page.locator("#id-c1-note").fill("我写的")

    page.locator("[data-take-theirs]").click()

    expect(page.locator("#id-c1-note")).to_have_value("对方写的")
    page.locator("#id-c1-note").fill("再改")
    expect(page.locator("#item-1 [data-saved]")).to_contain_text("已保存")
    page.wait_for_timeout(1200)
    assert Answer.objects.get().note == "再改"


def test_lost_network_keeps_the_text_and_tries_again(
    page: Page, sign_in: Callable, cast: Cast, assessment: Assessment
) -> None:
    sign_in(cast.worker.user, cast.worker.post)
    open_part(page, assessment)
    page.route("**/save/", lambda route: route.abort())

    page.locator("#id-c1-note").fill("断网时写的")
    expect(page.locator("#item-1 [data-saved]")).to_contain_text("网络不通")
    page.unroute("**/save/")

    expect(page.locator("#item-1 [data-saved]")).to_contain_text("已保存")
    assert Answer.objects.get().note == "断网时写的"


def test_everything_but_dragging_works_without_scripts(
    browser: Browser, live_server: Any, client: Any, cast: Cast, assessment: Assessment, tmp_path: Path
) -> None:
    from django.conf import settings as installed

    from tests.cast import sign_in as open_session

    open_session(client, cast.worker)
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False, locale="zh-CN", viewport=PHONE)
    name = installed.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
    page = context.new_page()
    photo = tmp_path / "楼道.jpg"
    photo.write_bytes(files.jpeg())
    open_part(page, assessment)

    page.locator("input[name=c1-check-1][value=yes]").check()
    page.locator("#id-c1-note").fill("有文件")
    page.locator("#c1-files").set_input_files(photo)
    page.locator("#item-1").get_by_role("button", name="保存本项").click()

    expect(page.locator(".message-success")).to_contain_text("已保存，新增 1 个文件")
    expect(page.locator("#item-1 .piece-name")).to_have_text("楼道.jpg")
    assert Answer.objects.get().checks == [True]

    page.locator("#item-6 .by-hand summary").click()
    page.locator("#id-c6-value-1").fill("很多")
    page.get_by_role("button", name="保存本部分").last.click()
    expect(page.locator(".problems")).to_contain_text("应为数字")
    expect(page.locator("#id-c6-value-1")).to_have_value("很多")

    page.locator("#item-1").get_by_role("button", name="移除").click()
    expect(page.locator(".problems")).to_contain_text("应为数字")
    page.locator("#id-c6-value-1").fill("85")
    page.locator("#item-1").get_by_role("button", name="移除").click()
    expect(page.locator("#item-1 .piece")).to_have_count(0)
    page.locator(".removed summary").click()
    page.get_by_role("button", name="恢复").click()
    expect(page.locator("#item-1 .piece")).to_have_count(1)
    context.close()


@pytest.fixture
def declared(cast: Cast, assessment: Assessment) -> Assessment:
    for no in (1, 4, 5):
        actions.save_answer(assessment, criterion=no, fields=Fields(checks=(True,)), revision=0, by=cast.worker)
    for seed in range(10):
        actions.attach(
            assessment, criterion=1, file=files.upload(files.jpeg(seed)), name=f"照片{seed}.jpg", by=cast.worker
        )
    actions.attach(assessment, criterion=4, file=files.upload(files.pdf()), name="会议记录.pdf", by=cast.worker)
    actions.lock(assessment, by=cast.worker)
    return assessment_with_place(assessment.pk)


def test_reviewer_works_by_keyboard(
    page: Page, sign_in: Callable, cast: Cast, declared: Assessment, screenshot
) -> None:
    sign_in(cast.county_officer.user, cast.county_officer.post)
    page.goto(f"/assessments/{declared.pk}/review/")

    page.keyboard.press("j")
    expect(page.locator("#item-1")).to_be_focused()
    page.keyboard.press("a")
    expect(page.locator("#item-1 [data-saved]")).to_contain_text("已保存")

    for _ in range(3):
        page.keyboard.press("j")
    page.keyboard.press("3")
    expect(page.locator("#id-s4-reason")).to_be_focused()
    page.keyboard.type("缺少照片")
    expect(page.locator("#item-4 [data-saved]")).to_contain_text("已保存")
    expect(page.locator("[data-own-total]")).to_have_text("5")
    assert list(Score.objects.order_by("criterion").values_list("criterion", "points", "reason")) == [
        (1, 2, ""),
        (4, 3, "缺少照片"),
    ]
    page.keyboard.press("Escape")
    page.keyboard.press("k")
    expect(page.locator("#item-3")).to_be_focused()
    screenshot(page, "review-desk")


def test_evidence_is_leafed_through(
    page: Page, sign_in: Callable, cast: Cast, declared: Assessment, screenshot
) -> None:
    sign_in(cast.county_officer.user, cast.county_officer.post)
    page.goto(f"/assessments/{declared.pk}/review/")

    page.keyboard.press("j")
    page.keyboard.press("e")
    expect(page.locator("[data-viewer-name]")).to_have_text("照片0.jpg（1 / 10）")
    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-viewer-name]")).to_have_text("照片1.jpg（2 / 10）")
    page.wait_for_function("() => document.querySelector('[data-viewer-image]').naturalWidth > 0")
    screenshot(page, "review-viewer")
    page.keyboard.press("Escape")
    expect(page.locator("#item-1")).to_be_focused()


@pytest.mark.parametrize("width", [1280, 390])
def test_pages_are_accessible_and_fit(
    page: Page, sign_in: Callable, cast: Cast, declared: Assessment, accessibility_problems, screenshot, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    actions.reopen_items(declared, {4: "请补充会议照片"}, by=cast.county_officer)
    found = []
    for who, path, name in [
        (cast.worker, f"/assessments/{declared.pk}/", "edit"),
        (cast.county_officer, f"/assessments/{declared.pk}/review/", "review"),
        (cast.county_officer, f"/assessments/{declared.pk}/comparison/", "comparison"),
        (cast.county_officer, "/assessments/", "list"),
        (cast.worker, f"/assessments/{declared.pk}/sheet/", "sheet"),
    ]:
        sign_in(who.user, who.post)
        page.goto(path)
        found += [f"{name}: {problem}" for problem in accessibility_problems(page)]
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            found.append(f"{name} is {wide} px wider than the window")
        screenshot(page, f"{name}-{width}")
    assert found == []


@pytest.fixture
def at_county(cast: Cast, assessment: Assessment) -> str:
    """The address of the county's desk for a declaration; 28 items, no evidence."""
    now = timezone.now()
    declaration = stage.declare(cast.community, cast.worker, at=now, year=assessment.year)
    stage.bring_to(declaration, "county-review", cast, at=now)
    return reverse("declarations:review", args=[declaration.pk])


def height(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollHeight"))


def test_pages_stay_short(
    page: Page, sign_in: Callable, cast: Cast, assessment: Assessment, at_county: str, screenshot
) -> None:
    sign_in(cast.county_officer.user, cast.county_officer.post)
    page.goto(at_county)
    expect(page.locator(".review-item")).to_have_count(28)
    screenshot(page, "review-short")
    # Every computed check without data and filled in by hand: the longest that a desk can be. 9,140 with Noto.
    assert height(page) <= 9600

    empty = actions.start(cast.communities[1], year=assessment.year, by=cast.other_worker)
    sign_in(cast.other_worker.user, cast.other_worker.post)
    page.goto(f"/assessments/{empty.pk}/?part=mechanism")
    expect(page.locator(".item")).to_have_count(6)
    screenshot(page, "edit-short")
    # 3,280 with Noto; other fonts are a little taller.
    assert height(page) <= 3450


def test_reason_for_sending_back_appears_with_its_tick(
    page: Page, sign_in: Callable, cast: Cast, at_county: str, screenshot
) -> None:
    sign_in(cast.county_officer.user, cast.county_officer.post)
    page.goto(at_county)
    reason = page.get_by_role("textbox", name="退回理由")
    expect(reason).to_have_count(0)

    page.keyboard.press("j")
    page.keyboard.press("t")

    expect(page.locator("#return-1-reason")).to_be_focused()
    page.keyboard.type("请补充照片。" * 40)
    expect(reason).to_have_count(1)
    assert page.locator("#return-1-reason").bounding_box()["height"] > 60
    screenshot(page, "review-return")


def test_reason_for_sending_back_needs_no_script(
    browser: Browser, live_server: Any, client: Any, cast: Cast, at_county: str
) -> None:
    from django.conf import settings as installed

    from tests.cast import sign_in as open_session

    open_session(client, cast.county_officer)
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False, locale="zh-CN", viewport=PHONE)
    name = installed.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
    page = context.new_page()
    page.goto(at_county)
    expect(page.locator("#return-2-reason")).to_be_hidden()

    page.locator("input[name=return-2]").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("请补充照片。")

    expect(page.locator("#return-2-reason")).to_have_value("请补充照片。")
    context.close()
