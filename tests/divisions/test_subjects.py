"""Which communities count is the scheme's rule, as a condition and in words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pytest_django import DjangoAssertNumQueries

from greenhood.divisions import queries
from greenhood.divisions.models import Division
from greenhood.divisions.subjects import CommonRule, Rule, describe
from tests.divisions.conftest import Load

pytestmark = pytest.mark.django_db

LIST = """\
510000000000,,四川省
510100000000,,成都市
510107000000,,武侯区
510107001000,,街道甲
510107001001,,街道社区
510107001002,220,乡村社区
510107001003,111,城区社区
510107001201,111,城区村委会
510107001400,,园区社区
510107100000,,区里的镇
510107100001,,区镇社区
510121000000,,金堂县
510121100000,,赵镇
510121100001,,县城社区
510121101000,,另一镇
510121101001,,镇上社区
510121200000,,某乡
510121200001,,乡里社区
510121400000,,农场
510121400001,,农场社区
"""
RULE = CommonRule()


def counted(rule: Rule) -> list[str]:
    return list(queries.subjects(rule, queries.by_code(0)).order_by("code").values_list("name", flat=True))


@pytest.mark.parametrize(
    ("rule", "names"),
    [
        (RULE, ["街道社区", "城区社区", "区镇社区", "县城社区", "镇上社区"]),
        (replace(RULE, parent_kinds=("街道", "县城镇")), ["街道社区", "城区社区", "县城社区"]),
        (replace(RULE, parent_kinds=("街道",)), ["街道社区", "城区社区"]),
        (replace(RULE, parent_kinds=("乡", "其他")), ["城区社区", "乡里社区", "农场社区"]),
        (replace(RULE, parent_kinds=()), ["城区社区"]),
        (replace(RULE, classes=(220,), parent_kinds=()), ["乡村社区"]),
        (replace(RULE, classes=(), parent_kinds=()), []),
        (
            replace(RULE, village_codes=((1, 199), (400, 499)), parent_kinds=("街道",)),
            ["街道社区", "城区社区", "园区社区"],
        ),
        (replace(RULE, village_codes=((200, 399),)), ["城区村委会"]),
        (replace(RULE, parent_kinds=("街道",), include=(510121200001,)), ["街道社区", "城区社区", "乡里社区"]),
        (replace(RULE, parent_kinds=("街道",), exclude=(510107001001,)), ["城区社区"]),
    ],
)
def test_a_rule_chooses_by_class_where_known_and_by_kind_of_parent_otherwise(
    load: Load, rule: Rule, names: list[str]
) -> None:
    load(LIST)

    assert counted(rule) == names


def test_counts_of_many_divisions_of_any_level_are_one_query(
    load: Load, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    load(LIST)
    divisions = list(Division.objects.order_by("code"))

    with django_assert_num_queries(1):
        counts = queries.count_subjects(RULE, divisions)

    assert counts == {each.pk: queries.subjects(RULE, each).count() for each in divisions}
    assert (counts[0], counts[510107000000], counts[510121000000], counts[510121200000]) == (5, 3, 2, 0)
    assert queries.count_subjects(RULE, []) == {}


def test_an_abolished_community_counts_no_more(load: Load) -> None:
    load(LIST)
    Division.objects.filter(pk=510107001001).update(valid_to="2024-06-30")

    assert "街道社区" not in counted(RULE)


def test_the_rule_reads_as_a_sentence() -> None:
    assert describe(RULE) == (
        "村级代码为001–199的社区居民委员会；有城乡分类代码的，取111（主城区）、112（城乡结合区）、121（镇中心区）；"
        "没有城乡分类代码的，取上级为街道（乡级代码001–099）、镇（乡级代码100–199）的。"
    )
    assert describe(replace(RULE, classes=(), parent_kinds=("县城镇",), include=(1, 2), exclude=(3,))) == (
        "村级代码为001–199的社区居民委员会；没有城乡分类代码的，取上级为县城所在镇（县、自治县、旗的第一个镇，乡级代码100）的；"
        "按名单列入2个，按名单剔除1个。"
    )
