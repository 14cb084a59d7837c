"""What the policy leaves open is shown as such wherever it takes effect, with the default and what was chosen."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from greenhood.assessments import actions as assessments
from greenhood.declarations.actions import noticing, upkeep
from greenhood.declarations.models import Award, Notice
from greenhood.schemes.models import SchemeVersion
from tests.cast import Cast, sign_in
from tests.declarations import stage
from tests.declarations.test_awards import give, waiting_for_award

pytestmark = pytest.mark.django_db
AT = stage.moment(2026, 3, 2)
CHOSEN: dict[str, object] = {
    "notice-days": 7,
    "rectification-days": 45,
    "sample-share": "0.5",
    "pass-mark-green": 75,
    "sub-items": "all",
}
RECTIFICATION = "默认 60 天（本地选定 45 天）"
Shown = Callable[..., str]


@pytest.fixture
def version(cast: Cast) -> SchemeVersion:
    stage.publish("national-2020")
    return stage.publish("sichuan-2020", **CHOSEN)


@pytest.fixture
def notice(cast: Cast, version: SchemeVersion) -> Notice:
    declaration = stage.declare(cast.community, cast.worker, at=AT)
    stage.bring_to(declaration, "notice", cast, at=AT)
    return noticing.publish([declaration.pk], by=cast.province_officer, contact="028-12345678", at=AT)


@pytest.fixture
def award(cast: Cast, version: SchemeVersion) -> Award:
    return give(waiting_for_award(cast, cast.community, "green-community", version), cast, AT)


@pytest.fixture
def shown(client: Client) -> Shown:
    """The words of a page, without its tags."""

    def words(name: str, *args: object) -> str:
        response = client.get(reverse(name, args=args))
        assert response.status_code == 200
        return re.sub(r"<[^>]+>", "", response.content.decode())

    return words


def test_notice_and_draw_show_days_and_share(notice: Notice, shown: Shown) -> None:
    assert "开放设置：默认 5 个工作日（本地选定 7 个工作日）" in shown("declarations:notice", notice.pk)

    draw = notice.entries.get().declaration.draws.get().draw
    assert "开放设置：默认 10%（本地选定 50%）" in shown("declarations:draw", draw.pk)


def test_the_handling_body_sees_the_days_to_answer(notice: Notice, cast: Cast, client: Client, shown: Shown) -> None:
    sign_in(client, cast.province_officer)

    page = shown("declarations:objections", notice.pk)
    assert "开放设置：默认 5 个工作日" in page
    assert "按默认办理" in page


def test_award_upkeep_and_verification_show_the_term_of_rectification(
    award: Award, cast: Cast, client: Client, shown: Shown
) -> None:
    sign_in(client, cast.county_officer)
    assert RECTIFICATION in shown("declarations:award_page", award.pk)
    upkeep.order(award, by=cast.county_officer, demands="清理消防通道。")

    assert RECTIFICATION in shown("declarations:award_page", award.pk)
    assert RECTIFICATION in shown("declarations:upkeep")
    client.logout()
    assert RECTIFICATION in shown("declarations:verify", award.code)


def test_the_self_assessment_shows_the_pass_mark_and_how_sub_items_score(
    version: SchemeVersion, cast: Cast, client: Client, shown: Shown
) -> None:
    empty = assessments.start(cast.community, year=stage.YEAR, by=cast.worker)
    sign_in(client, cast.worker)
    gaps = shown("assessments:edit", empty.pk)
    assert "开放设置：默认 70 分（本地选定 75 分）" in gaps
    sub_items = "一项标准下的各小项怎样得分：默认 按做到的小项比例得分（本地选定 全部做到得满分，否则不得分）"
    assert f"开放设置 {sub_items}" in gaps
    assert "开放设置 要求“定期”的工作，一年至少几次：默认 2 次" in gaps

    full = stage.complete(cast.community, cast.worker)
    reached = shown("assessments:edit", full.pk)
    assert full.level == "demonstration"
    assert "开放设置：默认 85 分" in reached
    assert "默认 70 分" not in reached
