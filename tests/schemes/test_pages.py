"""The public pages of the schemes."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from greenhood.divisions.models import Division
from greenhood.schemes import actions, differences, models
from greenhood.schemes.coverage import FEATURES
from greenhood.schemes.models import SchemeVersion
from tests.schemes.published import five, loaded, places

__all__ = ["five", "places"]

NAMES = ["beijing-2021", "hubei-2021", "national-2020", "shanghai-qingpu-zhaoxiang-2021", "sichuan-2020"]
PAGES = ["detail", "standard", "calendar", "coverage"]


def page(client: Client, name: str, scheme: str, version: int = 1, **query: Any) -> str:
    response = client.get(reverse(f"schemes:{name}", args=[scheme, version]), query)
    assert response.status_code == 200
    return unescape(response.content.decode())


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("scheme", NAMES)
def test_every_page_of_every_scheme_opens_without_sign_in(
    client: Client, five: dict[str, SchemeVersion], name: str, scheme: str
) -> None:
    assert five[scheme].title in page(client, name, scheme)


def test_the_list_shows_the_newest_version_of_each_with_its_place(
    client: Client, five: dict[str, SchemeVersion]
) -> None:
    actions.publish(loaded("sichuan-2020"), chosen={"notice-days": 7}, by=None)

    response = client.get(reverse("schemes:list"))

    assert f'href="{reverse("schemes:schema")}"' in response.content.decode()
    assert [(each.scheme_id, each.version) for each in response.context["versions"]] == [
        ("national-2020", 1),
        ("beijing-2021", 1),
        ("hubei-2021", 1),
        ("sichuan-2020", 2),
        ("shanghai-qingpu-zhaoxiang-2021", 1),
    ]


def test_the_list_costs_the_same_for_one_and_for_five(
    client: Client, places: dict[int, Division], django_assert_max_num_queries: Any
) -> None:
    actions.publish(loaded("national-2020"), chosen={}, by=None)
    actions.publish(loaded("sichuan-2020"), chosen={}, by=None)
    models._read.clear()
    with django_assert_max_num_queries(2) as one:
        client.get(reverse("schemes:list"))
    for name in ("beijing-2021", "hubei-2021", "shanghai-qingpu-zhaoxiang-2021"):
        actions.publish(loaded(name), chosen={}, by=None)
    models._read.clear()

    with django_assert_max_num_queries(2) as five:
        client.get(reverse("schemes:list"))

    assert len(one) == len(five)


def test_without_a_scheme_the_list_says_how_to_begin(client: Client, db: None) -> None:
    assert "暂无已发布的方案" in client.get(reverse("schemes:list")).content.decode()


def test_every_clause_link_on_the_pages_leads_to_an_id(client: Client, five: dict[str, SchemeVersion]) -> None:
    """Also those of a section that is taken over: the clauses of the higher document stand on the same page."""
    for scheme in NAMES:
        shown = page(client, "detail", scheme)
        ids = set(re.findall(r'id="(clause-[^"]+)"', shown))
        links = set(re.findall(r'href="[^"]*#(clause-[^"]+)"', shown))
        links |= set(re.findall(r'href="[^"]*#(clause-[^"]+)"', page(client, "standard", scheme)))

        assert links - ids == set()
        assert len(links) > 10


def test_no_id_stands_twice_on_a_document(client: Client, five: dict[str, SchemeVersion]) -> None:
    for scheme in NAMES:
        ids = re.findall(r'\bid="([^"]+)"', page(client, "detail", scheme))

        assert sorted(ids) == sorted(set(ids))


def test_open_settings_show_where_they_take_effect(client: Client, five: dict[str, SchemeVersion]) -> None:
    shown = page(client, "detail", "sichuan-2020")

    steps = shown[shown.index('id="s-procedure"') : shown.index('id="s-upkeep"')]
    assert "公示工作日数：5 个工作日" in steps
    assert "省级抽验的比例：10%" in steps
    upkeep = shown[shown.index('id="s-upkeep"') : shown.index('id="s-calendar"')]
    assert "限期整改的天数：60 天" in upkeep


def test_chosen_values_show_beside_their_defaults(client: Client, five: dict[str, SchemeVersion]) -> None:
    actions.publish(loaded("sichuan-2020"), chosen={"notice-days": 7}, by=None)

    shown = page(client, "detail", "sichuan-2020", 2)

    assert "<strong>7 个工作日</strong>（发布时选定；默认 5 个工作日）" in shown
    assert "公示 7 个工作日" in shown


def test_the_standard_shows_points_thresholds_and_what_may_not_apply(
    client: Client, five: dict[str, SchemeVersion]
) -> None:
    shown = page(client, "standard", "sichuan-2020")

    assert shown.count('id="criterion-') == 28
    assert "大于 80%" in shown
    assert "不低于 1 平方米/人" in shown
    assert "只适用于“有条件的社区；社区内新建建筑”" in shown


def test_the_standard_shows_what_is_decided_by_data_and_what_it_takes(
    client: Client, five: dict[str, SchemeVersion]
) -> None:
    shown = page(client, "standard", "sichuan-2020")

    assert shown.count("由数据判定：") == 37
    item = shown[shown.index('id="criterion-3"') : shown.index('id="criterion-4"')]
    assert f'由数据判定：<a href="{reverse("indicators:detail", args=["joint_meetings"])}">联席会议</a>' in item
    assert "不低于 2 次/年" in item
    assert item.count("要求“定期”的工作，一年至少几次：2 次") == 1
    assert '补齐难度：<a href="#efforts">需要一段时间</a>' in item
    assert "约一个季度，要几个单位配合，或要少量资金。权重 3" in shown


def test_an_inherited_standard_says_so(client: Client, five: dict[str, SchemeVersion]) -> None:
    assert "沿用上级方案" in page(client, "standard", "beijing-2021")
    assert "沿用上级方案" not in page(client, "standard", "hubei-2021")


def test_an_inherited_standard_cites_the_higher_document(client: Client, five: dict[str, SchemeVersion]) -> None:
    shown = page(client, "standard", "beijing-2021")

    assert f'href="{five["national-2020"].get_absolute_url()}#clause-附件-12"' in shown
    assert f'href="{five["beijing-2021"].get_absolute_url()}#clause-' not in shown


def test_the_calendar_of_a_year_has_monthly_days(client: Client, five: dict[str, SchemeVersion]) -> None:
    response = client.get(reverse("schemes:calendar", args=["hubei-2021", 1]), {"year": "2026"})

    days = [due.day.isoformat() for month in response.context["months"] for due in month.dues if due.kind == "report"]
    assert days[:2] == ["2026-01-25", "2026-02-25"]
    assert len(days) == 13


@pytest.mark.parametrize("year", ["", "abc", "0", "99999", "-1", "２０２６"])
def test_a_strange_year_shows_a_calendar_all_the_same(
    client: Client, five: dict[str, SchemeVersion], year: str
) -> None:
    assert "12 月" in page(client, "calendar", "beijing-2021", year=year)


def test_coverage_is_honest_about_what_is_not_built(client: Client, five: dict[str, SchemeVersion]) -> None:
    shown = page(client, "coverage", "sichuan-2020")

    honours = shown[shown.index("优先支持申报其他创建") :][:60]
    assert "尚未建成" in honours


def test_coverage_can_be_narrowed_to_one_state(client: Client, five: dict[str, SchemeVersion]) -> None:
    response = client.get(reverse("schemes:coverage", args=["sichuan-2020", 1]), {"state": "not-built"})

    assert {entry.state for entry in response.context["covered"]} == {"not-built"}


def test_the_roster_is_listed_by_year(client: Client, five: dict[str, SchemeVersion]) -> None:
    shown = page(client, "detail", "shanghai-qingpu-zhaoxiang-2021")

    assert "2021 年（8 个）" in shown
    assert "佳福东居委会" in shown
    assert "310118105008" in shown


def test_the_file_comes_back_as_it_was(client: Client, five: dict[str, SchemeVersion]) -> None:
    response = client.get(reverse("schemes:source", args=["national-2020", 1]))

    assert response.content.decode() == loaded("national-2020").text


@pytest.mark.parametrize("address", ["/schemes/nowhere-2020/", "/schemes/nowhere-2020/1/", "/schemes/sichuan-2020/9/"])
def test_what_was_never_published_is_not_found(client: Client, five: dict[str, SchemeVersion], address: str) -> None:
    assert client.get(address).status_code == 404


def test_a_scheme_without_a_version_leads_to_the_newest(client: Client, five: dict[str, SchemeVersion]) -> None:
    newest = actions.publish(loaded("sichuan-2020"), chosen={"notice-days": 7}, by=None)

    assert client.get("/schemes/sichuan-2020/")["Location"] == newest.get_absolute_url()


# Differences


def test_two_versions_differ_in_what_was_chosen(client: Client, five: dict[str, SchemeVersion]) -> None:
    actions.publish(loaded("sichuan-2020"), chosen={"notice-days": 7, "pass-mark-green": 75}, by=None)

    response = client.get(reverse("schemes:diff"), {"a": "sichuan-2020/1", "b": "sichuan-2020/2"})

    found = [
        (group.title, change.kind, change.title) for group in response.context["groups"] for change in group.changes
    ]
    assert found == [("等级", "changed", "四川省绿色社区"), ("申报程序", "changed", "公示")]


def test_a_lower_scheme_is_compared_by_what_it_refines() -> None:
    found = differences.groups(loaded("national-2020").scheme, loaded("sichuan-2020").scheme)

    (standard,) = [group for group in found if group.title == "创建标准"]
    kinds = [change.kind for change in standard.changes]
    assert (kinds.count("changed"), kinds.count("removed")) == (16, 0)
    assert kinds.count("added") == sum(
        not line.refines for part in loaded("sichuan-2020").scheme.standard.parts for line in part.criteria
    )


def test_a_scheme_does_not_differ_from_itself() -> None:
    for name in NAMES:
        assert differences.groups(loaded(name).scheme, loaded(name).scheme) == []


@pytest.mark.parametrize("query", [{}, {"a": "sichuan-2020/1"}, {"a": "x/1", "b": "y"}, {"a": "'", "b": "<b>"}])
def test_choosing_nothing_or_nonsense_asks_again(
    client: Client, five: dict[str, SchemeVersion], query: dict[str, str]
) -> None:
    assert "请选择两个方案" in client.get(reverse("schemes:diff"), query).content.decode()


# The API


def test_the_api_lists_schemes_and_gives_the_document(client: Client, five: dict[str, SchemeVersion]) -> None:
    listed = client.get("/api/schemes/").json()
    document = client.get("/api/schemes/sichuan-2020/1").json()["document"]

    assert [each["scheme_id"] for each in listed] == [
        "national-2020", "beijing-2021", "hubei-2021", "sichuan-2020", "shanghai-qingpu-zhaoxiang-2021",
    ]  # fmt: skip
    assert len(document["standards"][0]["parts"]) == 5


def test_the_api_gives_the_days_of_a_year(client: Client, five: dict[str, SchemeVersion]) -> None:
    dues = client.get("/api/schemes/sichuan-2020/1/calendar/2026").json()

    assert [(due["day"], due["title"]) for due in dues] == [("2026-11-10", "年度总结评估报告")]


def test_the_api_knows_no_unpublished_scheme(client: Client, db: None) -> None:
    assert client.get("/api/schemes/nowhere").status_code == 404


def test_every_built_feature_has_a_page() -> None:
    """A feature that claims to work names a page that exists, whatever it takes to reach it."""
    named = {feature.url_name for feature in FEATURES.values() if feature.url_name}

    assert {name for name in named if not _exists(name)} == set()


def _exists(name: str) -> bool:
    room, _, page = name.partition(":")
    rooms = get_resolver().namespace_dict
    return room in rooms and page in rooms[room][1].reverse_dict


def test_a_built_feature_is_linked_from_the_coverage_page(client: Client, five: dict[str, SchemeVersion]) -> None:
    shown = page(client, "coverage", "sichuan-2020")

    assert f'<a href="{reverse("schemes:standard", args=["sichuan-2020", 1])}">创建标准</a>' in shown
    assert f'<a href="{reverse("declarations:register")}">' in shown
