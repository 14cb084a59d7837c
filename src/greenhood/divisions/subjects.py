"""Which communities are the object of a programme, and so the denominator of its shares, by a rule that a scheme states.

The rule is the scheme's (``subjects`` of a scheme file); this module reads it as a condition on divisions and in words.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Protocol

from django.db.models import F, Q
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual

from greenhood.divisions.models import COMMITTEES, Level, village_code_between


class Rule(Protocol):
    """What a rule must say: classes, village codes and kinds of parent; communities included and excluded by code."""

    @property
    def classes(self) -> Sequence[int]: ...
    @property
    def village_codes(self) -> Sequence[tuple[int, int]]: ...
    @property
    def parent_kinds(self) -> Sequence[str]: ...
    @property
    def include(self) -> Sequence[int]: ...
    @property
    def exclude(self) -> Sequence[int]: ...


@dataclass(frozen=True)
class CommonRule:
    """The object of the national plan (各城市社区居民委员会所辖空间区域), where no scheme is at hand."""

    classes: Sequence[int] = (111, 112, 121)
    village_codes: Sequence[tuple[int, int]] = ((1, 199),)
    parent_kinds: Sequence[str] = ("街道", "镇")
    include: Sequence[int] = ()
    exclude: Sequence[int] = ()


# Kinds of parent by digits 7-9 of the code (GB/T 10114), with the words that explain them.
KINDS: dict[str, tuple[int, int, str]] = {
    "街道": (1, 99, "街道（乡级代码001–099）"),
    "镇": (100, 199, "镇（乡级代码100–199）"),
    "县城镇": (100, 100, "县城所在镇（县、自治县、旗的第一个镇，乡级代码100）"),
    "乡": (200, 399, "乡（乡级代码200–399）"),
    "其他": (400, 599, "开发区、农场等类似乡级单位（乡级代码400–599）"),
}

# 统计上划分城乡的规定 (国函〔2008〕60号)
CLASSES = {
    111: "主城区",
    112: "城乡结合区",
    121: "镇中心区",
    122: "镇乡结合区",
    123: "特殊区域",
    210: "乡中心区",
    220: "村庄",
}


def condition(rule: Rule) -> Q:
    """The rule as a filter on divisions."""
    committee = _any(village_code_between(low, high) for low, high in rule.village_codes)
    if _are_committees(rule.village_codes):
        # Says nothing new; it lets the planner take the small index of committees.
        committee &= _any(village_code_between(low, high) for low, high in COMMITTEES)
    unclassed = Q(urban_rural_class=None) & _any(_parent_is(kind) for kind in rule.parent_kinds)
    chosen = committee & (Q(urban_rural_class__in=list(rule.classes)) | unclassed)
    if rule.include:
        chosen |= _listed(rule.include)
    if rule.exclude:
        chosen &= ~_listed(rule.exclude)
    return Q(level=Level.COMMUNITY, valid_to=None) & chosen


def describe(rule: Rule) -> str:
    """The rule as one reads it beside a share."""
    codes = "、".join(f"{low:03d}–{high:03d}" for low, high in rule.village_codes)
    classes = "、".join(f"{each}（{CLASSES[each]}）" if each in CLASSES else str(each) for each in rule.classes)
    kinds = "、".join(KINDS[kind][2] for kind in rule.parent_kinds)
    sentences = [f"村级代码为{codes}的社区居民委员会"]
    if classes:
        sentences.append(f"有城乡分类代码的，取{classes}")
    if kinds:
        sentences.append(f"没有城乡分类代码的，取上级为{kinds}的")
    lists = [f"按名单列入{len(rule.include)}个"] * bool(rule.include)
    lists += [f"按名单剔除{len(rule.exclude)}个"] * bool(rule.exclude)
    return "；".join([*sentences, *(["，".join(lists)] if lists else [])]) + "。"


def _any(conditions: Iterable[Q]) -> Q:
    found = list(conditions)
    return reduce(or_, found) if found else Q(pk__in=[])


def _are_committees(ranges: Sequence[tuple[int, int]]) -> bool:
    return all(any(low <= first and last <= high for low, high in COMMITTEES) for first, last in ranges)


def _parent_is(kind: str) -> Q:
    low, high, _words = KINDS[kind]
    street = F("code") / 1000 % 1000
    is_kind = Q(GreaterThanOrEqual(street, low)) & Q(LessThanOrEqual(street, high))
    if kind == "县城镇":
        # Digits 5-6: 21-80 are counties and banners; districts and county-level cities have no county town.
        county = F("code") / 1_000_000 % 100
        is_kind &= Q(GreaterThanOrEqual(county, 21)) & Q(LessThanOrEqual(county, 80))
    return is_kind


def _listed(codes: Sequence[int]) -> Q:
    """By present code or by lasting id, so that a list in a scheme survives a change of code."""
    return Q(code__in=list(codes)) | Q(pk__in=list(codes))
