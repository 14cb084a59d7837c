"""Home, workbench, search, large type and error pages."""

from __future__ import annotations

import pytest
from django.test import Client, override_settings
from django.urls import reverse

from greenhood.accounts.models import Post
from greenhood.divisions import names
from greenhood.divisions.models import Division
from greenhood.insight.actions import refresh
from tests.cast import Cast, sign_in
from tests.declarations import stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def sichuan(cast: Cast):
    stage.publish("national-2020")
    return stage.publish("sichuan-2020")


def text_of(client: Client, name: str, *args: object, **query: str) -> str:
    response = client.get(reverse(name, args=args), query)
    assert response.status_code == 200, response
    return response.content.decode()


# The frame


def test_frame_offers_only_what_the_post_may_use(client: Client, cast: Cast) -> None:
    worker = text_of(sign_in(client, cast.worker), "site:workbench")
    admin = text_of(sign_in(client, cast.system_admin), "site:workbench")

    assert "社区自评" in worker
    assert "人员岗位" not in worker
    assert "人员岗位" in admin
    assert "社区自评" not in admin


def test_breadcrumb_leads_from_the_nation_to_the_post(client: Client, cast: Cast) -> None:
    text = text_of(sign_in(client, cast.worker), "site:workbench")

    path = text.split('aria-label="所在区划"')[1].split("</nav>")[0]
    names = ["全国", "四川省", "成都市", "武侯区", "浆洗街街道", "晋阳社区居委会"]
    places = [path.index(f">{name}<") for name in names]
    assert places == sorted(places)


def test_neighbours_are_listed_as_page_and_as_part(client: Client, cast: Cast) -> None:
    url = reverse("site:siblings", args=[cast.county.code])

    page, part = client.get(url).content.decode(), client.get(url, headers={"HX-Request": "true"}).content.decode()

    assert "锦江区" in page
    assert "锦江区" in part
    assert "<html" in page
    assert "<html" not in part


@pytest.mark.parametrize("name", ["site:workbench", "site:portal", "site:search"])
def test_demonstration_says_so_on_every_page(client: Client, cast: Cast, name: str) -> None:
    sign_in(client, cast.worker)

    with override_settings(DEMO=True):
        assert "演示环境" in text_of(client, name)
    with override_settings(DEMO=False):
        assert "演示环境" not in text_of(client, name)


def test_pages_have_no_inline_script_or_style(client: Client, cast: Cast, sichuan) -> None:
    sign_in(client, cast.county_officer)
    for name in ("site:workbench", "site:portal", "site:search", "site:components", "site:menu"):
        text = text_of(client, name)
        assert "<style" not in text
        assert " style=" not in text
        assert " onclick=" not in text
        assert "<script>" not in text


# Large type


def test_large_type_is_kept_in_a_cookie_and_can_be_turned_off(client: Client, cast: Cast) -> None:
    response = client.post(reverse("site:large_type"), {"large": "yes", "next": "/search/?q=a"})
    assert response.url == "/search/?q=a"
    assert 'data-type="large"' in text_of(client, "site:search")

    client.post(reverse("site:large_type"), {"large": "no"})
    assert 'data-type="large"' not in text_of(client, "site:search")


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_large_type_leads_nowhere_else(client: Client, back: str) -> None:
    response = client.post(reverse("site:large_type"), {"large": "yes", "next": back})

    assert response.url == "/"


# Home


def test_home_is_the_portal_for_visitors_and_the_workbench_for_people(client: Client, cast: Cast) -> None:
    assert "核验标识牌" in client.get("/").content.decode()

    response = sign_in(client, cast.worker).get("/")

    assert response.url == reverse("site:workbench")


def test_portal_shows_schemes_and_counts(client: Client, cast: Cast, sichuan) -> None:
    stage.declare(cast.community, cast.worker)
    refresh(full=True)

    text = text_of(client, "site:portal")

    assert "四川省绿色社区创建行动实施方案" in text
    assert "目前没有公示" in text


def test_portal_of_an_empty_installation_says_how_things_come_to_be(client: Client) -> None:
    text = text_of(client, "site:portal")

    assert "暂无已发布的方案" in text
    assert "暂无命名的社区" in text


# The workbench


def test_new_worker_sees_three_next_steps(client: Client, cast: Cast, sichuan) -> None:
    text = text_of(sign_in(client, cast.worker), "site:workbench")

    assert "接下来三步" in text
    assert reverse("assessments:start", args=[cast.community.code]) in text


def test_declared_community_waits_for_the_street_and_is_awaited_by_the_county(
    client: Client, cast: Cast, sichuan
) -> None:
    stage.declare(cast.community, cast.worker)

    street = text_of(sign_in(client, cast.street_officer), "site:workbench")
    county = text_of(sign_in(client, cast.county_officer), "site:workbench")

    assert "等我办理（1）" in street
    assert "等我办理（0）" in county
    assert "我在等别人办（1）" in county
    assert "接下来三步" not in street


def test_person_without_a_post_is_told_whom_to_ask(client: Client, cast: Cast) -> None:
    assert "还没有岗位" in text_of(sign_in(client, cast.stranger), "site:workbench")


def test_every_role_has_a_workbench(client: Client, cast: Cast) -> None:
    for post in Post.objects.select_related("user").order_by("role").distinct("role"):
        actor = next(actor for actor in cast.actors.values() if actor.user == post.user)
        assert "工作台" in text_of(sign_in(client, actor), "site:workbench")


def test_workbench_costs_the_same_for_one_and_three_declarations(
    client: Client, cast: Cast, sichuan, django_assert_max_num_queries
) -> None:
    stage.declare(cast.community, cast.worker)
    sign_in(client, cast.street_officer)
    text_of(client, "site:workbench")
    with django_assert_max_num_queries(30) as first:
        text_of(client, "site:workbench")
    stage.declare(cast.other_community, cast.other_worker)

    with django_assert_max_num_queries(len(first)):
        text_of(client, "site:workbench")


# Search


@pytest.fixture
def named(cast: Cast) -> None:
    for each in Division.objects.all():
        each.bigrams = names.pairs(each.name)
        each.save(update_fields=["bigrams"])


def test_search_finds_places_schemes_and_titles(client: Client, cast: Cast, sichuan, named) -> None:
    assert cast.community.name in text_of(client, "site:search", q="晋阳")
    assert reverse("insight:community", args=[cast.community.code]) in text_of(client, "site:search", q="510107001001")
    assert "四川省绿色社区创建行动实施方案" in text_of(client, "site:search", q="四川省绿色社区")


def test_search_finds_pages_that_the_person_may_open(client: Client, cast: Cast) -> None:
    assert reverse("accounts:people") in text_of(sign_in(client, cast.system_admin), "site:search", q="人员")
    assert "没有找到" in text_of(sign_in(client, cast.worker), "site:search", q="人员")


@pytest.mark.parametrize("words", ["", "   ", "不存在的东西", "'; drop table", "%", "a" * 500, "\x00", "<b>", "1" * 13])
def test_search_takes_any_words(client: Client, cast: Cast, words: str) -> None:
    assert "<b>" not in text_of(client, "site:search", q=words)


# Errors


def test_reader_is_told_why_not(client: Client, cast: Cast, sichuan) -> None:
    response = sign_in(client, cast.worker).get(reverse("accounts:people"))

    assert response.status_code == 403
    assert "晋阳社区居委会 社区工作者" in response.content.decode()
    assert "没有任何内容被改动" in response.content.decode()


def test_unknown_page_says_what_to_do(client: Client, cast: Cast) -> None:
    response = client.get("/nowhere/")

    assert response.status_code == 404
    assert "没有找到这个页面" in response.content.decode()


def test_expired_form_says_that_nothing_was_done(cast: Cast) -> None:
    client = sign_in(Client(enforce_csrf_checks=True), cast.worker)

    response = client.post(reverse("accounts:sign_out"))

    assert response.status_code == 403
    assert "页面已过期，这次提交没有执行" in response.content.decode()


def test_wrong_host_gets_the_page_for_bad_requests(client: Client) -> None:
    response = client.get("/", headers={"host": "evil.example"})

    assert response.status_code == 400
    assert "请求有误" in response.content.decode()


def test_failure_gets_a_page_that_needs_no_database(client: Client, monkeypatch) -> None:
    def fail(*args: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("greenhood.site.views.portal", fail)
    client.raise_request_exception = False

    response = client.get("/")

    assert response.status_code == 500
    assert "系统出错了，这次操作没有完成" in response.content.decode()


def test_gallery_is_closed_to_visitors_outside_demonstration(client: Client) -> None:
    with override_settings(DEMO=False, DEBUG=False):
        assert client.get(reverse("site:components")).status_code == 404
    with override_settings(DEMO=True):
        assert client.get(reverse("site:components")).status_code == 200
