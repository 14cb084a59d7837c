"""Divisions are found by what people type, and the tree is walked by the digits of the code."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from greenhood.divisions import actions, queries
from greenhood.divisions.models import Change, Division
from tests.divisions.conftest import LIST, Load

pytestmark = pytest.mark.django_db


def found(text: str, **options: object) -> list[str]:
    return [division.name for division in queries.find(text, **options)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("华秀社区居委会", ["华秀社区居委会"]),
        ("华秀居委会", ["华秀社区居委会"]),
        ("华秀社区居民委员会", ["华秀社区居委会"]),
        ("秀社", ["华秀社区居委会"]),
        ("崧", ["崧涵社区居委会", "崧泽村村委会"]),
        ("青", ["青浦区", "青安社区居委会", "青松社区居委会"]),
        ("新村", ["新村乡", "新村社区居委会"]),
        ("huaxiu", ["华秀社区居委会"]),
        ("HXSQ", ["华秀社区居委会"]),
        ("zhao xiang", ["赵巷镇"]),
        ("zhaoxiang", ["赵巷镇"]),
        ("qingpu huaxiu", ["华秀社区居委会"]),
        ("青浦 华秀", ["华秀社区居委会"]),
        ("崇明 华秀", []),
        ("青浦区赵巷镇华秀居委会", ["华秀社区居委会"]),
        ("310118105012", ["华秀社区居委会"]),
        ("310151", ["崇明区", "城桥镇", "新村乡", "花园弄社区居委会", "新村社区居委会"]),
        ("9", []),
        ("1234567890123", []),
        ("", []),
        ("   ", []),
        ("没有这样的地方", []),
        ("'%_\\", []),
        ("村委会", ["城东村村委会", "崧泽村村委会"]),
    ],
)
def test_what_people_type_finds_what_they_mean(load: Load, text: str, names: list[str]) -> None:
    load()

    assert found(text) == names


def test_a_search_can_be_kept_within_a_division_and_to_a_level(load: Load) -> None:
    load()

    assert found("社区", within=queries.by_code(310151000000)) == ["花园弄社区居委会", "新村社区居委会"]
    assert found("新村", level=4) == ["新村乡"]
    assert found("新村", limit=1) == ["新村乡"]


def test_a_former_code_finds_the_unit_and_an_abolished_unit_is_not_found(load: Load) -> None:
    load()
    load(LIST.replace("310118105012,,华秀", "310118001003,,华秀").replace("310151100001,,花园弄社区居委会\n", ""))
    actions.confirm(Change.objects.all(), by=None)

    assert found("310118105012") == ["华秀社区居委会"]
    assert found("花园弄") == []


def test_the_path_leaves_out_what_nobody_says(load: Load) -> None:
    load()
    community = queries.by_code(310118105012)

    assert [each.name for each in queries.ancestors(community)] == ["全国", "上海市", "市辖区", "青浦区", "赵巷镇"]
    assert queries.path_names(community) == ["上海市", "青浦区", "赵巷镇", "华秀社区居委会"]
    assert queries.path_names(queries.by_code(0)) == ["全国"]


def test_a_city_without_counties_stands_once_in_the_path(load: Load) -> None:
    load("440000000000,,广东省\n441900000000,,东莞市\n441900003000,,东城街道\n441900003001,,岗贝社区\n")
    community = queries.by_code(441900003001)

    assert queries.path_names(community) == ["广东省", "东莞市", "东城街道", "岗贝社区"]
    assert queries.by_code(441900003000).parent_id == 441900000000


def test_paths_of_many_are_one_query(load: Load, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    load()
    communities = list(Division.objects.filter(level=5))

    with django_assert_num_queries(1):
        paths = queries.paths(communities)

    assert {len(path) for path in paths.values()} == {6}


def test_children_and_siblings_come_in_order(load: Load) -> None:
    load()
    town = queries.by_code(310118105000)

    assert [each.name for each in queries.children(town)] == ["崧涵社区居委会", "华秀社区居委会", "崧泽村村委会"]
    assert [each.name for each in queries.children(town, by="pinyin")] == [
        "华秀社区居委会",
        "崧涵社区居委会",
        "崧泽村村委会",
    ]
    assert [each.name for each in queries.siblings(town)] == ["夏阳街道", "赵巷镇"]
    assert queries.within(town).count() == 4


def test_a_name_is_found_among_more_than_are_ranked(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "MOST_RANKED", 20)
    many = "".join(
        f"310118001{number},,{sign}南山村村委会\n"
        for number, sign in zip(
            range(202, 232), "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥天地玄黄宇宙洪荒", strict=False
        )
    )
    load(LIST + many + "310151200250,,南山村村委会\n310151300000,,南山村镇\n")

    listed = found("南山村")

    assert (listed[:2], len(listed)) == (["南山村村委会", "南山村镇"], 20)
