"""What two schemes differ in: nothing that acts goes unseen, and it reads like a list."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from greenhood.schemes import loading, printing
from greenhood.schemes.differences import groups
from greenhood.schemes.format import Scheme
from greenhood.schemes.problems import Position, place_text
from tests.schemes.files import LOWER, edited, write

CITED = {"source": "一"}
RICH: dict[str, Any] = {
    "id": "rich",
    "title": "方案",
    "issuer": "机关",
    "number": "1号",
    "issued": date(2021, 1, 1),
    "jurisdiction": 510000000000,
    "subjects": {
        "classes": [111],
        "parent_kinds": ["街道"],
        "include": [510104001001],
        "exclude": [510104001002],
        **CITED,
    },
    "roster": [{"year": 2021, "communities": ["甲"], **CITED}],
    "settings": [
        {
            "key": "mark",
            "title": "分数线",
            "default": 70,
            "at_least": 0,
            "at_most": 100,
            "unit": "分",
            "reason": "没有规定",
            **CITED,
        },
        {"key": "how", "title": "得法", "default": "share", "choices": ["share", "all"], "reason": "没有规定", **CITED},
    ],
    "goals": [
        {
            "key": "reached",
            "title": "达到",
            "measure": "reached",
            "by": date(2022, 12, 31),
            "share": Decimal("0.6"),
            "each": "county",
            **CITED,
        },
        {
            "key": "titled",
            "title": "命名",
            "measure": "titled",
            "by": date(2022, 12, 31),
            "count": 2,
            "count_to": 6,
            "award": "green",
            **CITED,
        },
    ],
    "phases": [
        {
            "key": "one",
            "title": "一",
            "begins": date(2021, 1, 1),
            "ends": date(2021, 12, 31),
            "tasks": [{"title": "动员", "text": "开会", **CITED}],
            **CITED,
        }
    ],
    "duties": [{"part": "一", "text": "职责", "guiding": ["住建"], "implementing": "街道", **CITED}],
    "standards": [
        {
            "title": "标准",
            "where": {"classes": [111], "within": [510000000000], "tags": ["老"]},
            "scoring": "points",
            "how": "share",
            "maximum": 100,
            "bonus_cap": 5,
            "levels": [
                {"key": "green", "title": "绿色", "at_least": 60, "each_part_at_least": Decimal("0.5"), "must": [1]},
                {
                    "key": "gold",
                    "title": "金",
                    "above": 80,
                    "floors": [{"part": "a", "at_least": 5}, {"part": "a", "share": Decimal("0.5")}],
                },
            ],
            "parts": [
                {
                    "key": "a",
                    "title": "部分",
                    "points": 100,
                    "weight": 2,
                    **CITED,
                    "criteria": [
                        {
                            "no": 1,
                            "title": "一",
                            "points": 50,
                            "how": "at-least",
                            "needed": 1,
                            "may_not_apply": True,
                            "applies_when": "老小区",
                            "veto_when": {"compare": "below", "value": 3, "unit": "%"},
                            "checks": [
                                {
                                    "text": "要求",
                                    "evidence": ["photo"],
                                    "points": 1,
                                    "lookback_years": 3,
                                    "sampling": {"count": 10, "of": "名居民"},
                                    "threshold": {
                                        "compare": "at_least",
                                        "value": 30,
                                        "unit": "%",
                                        "cases": [
                                            {"where": {"classes": [111]}, "begins": date(2022, 1, 1), "value": 40}
                                        ],
                                    },
                                },
                                {"text": "另一项", "points": 1},
                            ],
                            **CITED,
                        },
                        {
                            "no": 2,
                            "title": "二",
                            "points": 20,
                            "bands": [{"lower": 1, "upper": 2, "points": 3}],
                            **CITED,
                        },
                        {
                            "no": 3,
                            "title": "三",
                            "points": 20,
                            "grades": [{"key": "good", "title": "好", "points": 3}],
                            **CITED,
                        },
                        {
                            "no": 4,
                            "title": "四",
                            "points": 10,
                            "deducts": [
                                {"per": "step", "text": "差", "points": 1, "cap": 3, "target": 90, "step": 2},
                                {"per": "instance", "text": "次", "points": 1},
                            ],
                            **CITED,
                        },
                        {"no": 5, "title": "五", "kind": "bonus", "points": 10, "points_each": 2, **CITED},
                    ],
                }
            ],
            "scorers": [{"key": "self", "title": "自评", "weight": 1}],
            "factor": Decimal("0.9"),
            **CITED,
        }
    ],
    "composite": [{"standard": "standard", "weight": 1}],
    "titles": [
        {
            "key": "green",
            "title": "绿色社区",
            "level": "green",
            "valid_years": 3,
            "plaque": {"title": "牌"},
            "quotas": [
                {"kind": "share", "within": "city", "share": Decimal("0.1"), "years": 3, "text": "一成", **CITED},
                {"kind": "count", "within": "province", "count": 600, "text": "六百", **CITED},
            ],
            **CITED,
        },
        {
            "key": "street",
            "title": "绿色街道",
            "level": "gold",
            "requires": ["green"],
            "requires_count": 2,
            "from_children": {
                "level": "community",
                "all_hold": "green",
                "share_hold": "green",
                "share": Decimal("0.85"),
                **CITED,
            },
            **CITED,
        },
    ],
    "procedure": {
        "applicant": "居委会",
        "principle": "自愿",
        "batches": [{"title": "第一批", "declare_by": {"month": 6, "day": 30}}],
        "steps": [
            {"key": "declare", "title": "申报", "verb": "申报", "kind": "declare", "level": "community", **CITED},
            {
                "key": "review",
                "title": "审核",
                "verb": "审核",
                "kind": "review",
                "level": "county",
                "department": "住建局",
                "together_with": ["民政局"],
                "due": {"days": 15},
                **CITED,
            },
            {
                "key": "sample",
                "title": "抽验",
                "verb": "抽验",
                "kind": "sample",
                "level": "province",
                "share": Decimal("0.1"),
                "confidence": Decimal("0.95"),
                "tolerated": Decimal("0.1"),
                "stratify_by": "city",
                **CITED,
            },
            {
                "key": "panel",
                "title": "评审",
                "verb": "评审",
                "kind": "panel",
                "level": "city",
                "seats": [{"kind": "expert", "title": "专家", "count": 3}],
                **CITED,
            },
            {
                "key": "notice",
                "title": "公示",
                "verb": "公示",
                "kind": "notice",
                "level": "city",
                "days": 5,
                "answer_days": 5,
                **CITED,
            },
            {"key": "award", "title": "命名", "verb": "命名", "kind": "award", "level": "city", **CITED},
        ],
        **CITED,
    },
    "upkeep": {
        "reexamine_months": 12,
        "rectification_days": 60,
        "supervised_by": "county",
        "delist_by": "city",
        "text": "整改",
        **CITED,
    },
    "calendar": [
        {
            "key": key,
            "title": key,
            "frequency": frequency,
            "reporter": "city",
            "reporter_title": "市",
            "receiver": "province",
            "receiver_title": "省",
            "sections": [{"key": "done", "title": "进展"}],
            **due,
            **CITED,
        }
        for key, frequency, due in (
            ("annual", "annual", {"due_month": 11, "due_day": 20}),
            ("monthly", "monthly", {"due_day": 20}),
            ("once", "once", {"due_date": date(2021, 9, 20)}),
            ("quarterly", "quarterly", {"days_after_period": 10}),
        )
    ],
    "forms": [
        {
            "key": "form",
            "title": "表",
            "layout": "approval",
            "notes": ["双面"],
            "fields": [{"key": "profile", "label": "简介", "max_length": 1000}],
            "opinions": [{"title": "街道", "level": "street", "step": "review"}],
            **CITED,
        }
    ],
}
SILENT = {
    # cited, explained or matched by, not acting
    "source", "note", "reason", "key", "no", "id", "conflict", "effort", "refines", "hint", "ask", "review_due", "year",
    # said by another word: a step by its kind, a form by its fields, a task by its text
    "implements", "verb", "kind", "layout", "open", "per", "part", "by_text",
}  # fmt: skip


def leaves(value: Any, position: Position = ()) -> Iterator[tuple[Position, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key not in SILENT:
                yield from leaves(inner, (*position, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, (*position, index))
    else:
        yield position, value


def other(value: Any) -> list[Any]:
    """Values near to one; the first that the format takes is used."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, Enum):
        return [member for member in type(value) if member is not value]
    if isinstance(value, (int, Decimal)):
        return [value + 1, value / 2]
    if isinstance(value, date):
        return [value + timedelta(days=1)]
    words = (
        "points",
        "checklist",
        "down",
        "street",
        "above",
        "at_most",
        "村",
        "镇",
        "reached",
        "pilots",
        "median",
        "total",
        "none",
        "working",
        "once",
        "all",
        "document",
        "monthly",
        "county",
    )
    return [f"{value}改", *(word for word in words if word != value)]


def changed(position: Position, value: Any) -> Scheme | None:
    document = copy.deepcopy(RICH)
    inner: Any = document
    for step in position[:-1]:
        inner = inner[step]
    for attempt in other(value):
        inner[position[-1]] = attempt
        try:
            return Scheme.model_validate(document)
        except ValidationError:
            continue
    return None


LEAVES = list(leaves(RICH))


@pytest.mark.parametrize(("position", "value"), LEAVES, ids=[place_text(position) for position, _ in LEAVES])
def test_no_change_that_acts_goes_unseen(position: Position, value: Any) -> None:
    after = changed(position, value)

    assert after is not None
    assert groups(Scheme.model_validate(RICH), after) != []


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("scoring", "checklist"),
        ("rounding", {"places": 1, "mode": "down"}),
        ("scale_when_left_out", False),
        ("bonus_over_maximum", True),
        ("object", "estate"),
    ],
)
def test_rule_of_the_standard_that_changes_is_seen(words: str, value: Any) -> None:
    document = copy.deepcopy(RICH)
    document["standards"][0][words] = value

    found = groups(Scheme.model_validate(RICH), Scheme.model_validate(document))

    assert [group.title for group in found if group.title == "计分规则"] == ["计分规则"]


@pytest.mark.parametrize(
    ("step", "words", "value"),
    [
        (1, "scores", True),
        (1, "on_site", True),
        (1, "seal", True),
        (1, "outcomes", ["pass"]),
        (1, "return_items", False),
        (1, "needs_level", True),
        (2, "never_sampled_first", True),
        (3, "aggregate", "median"),
        (4, "day_kind", "working"),
        (4, "show_scores", "none"),
        (4, "real_name", False),
    ],
)
def test_step_that_changes_is_seen(step: int, words: str, value: Any) -> None:
    document = copy.deepcopy(RICH)
    document["procedure"]["steps"][step][words] = value

    found = groups(Scheme.model_validate(RICH), Scheme.model_validate(document))

    assert [(group.title, len(group.changes)) for group in found] == [("申报程序", 1)]


def test_same_scheme_has_no_difference() -> None:
    assert groups(Scheme.model_validate(RICH), Scheme.model_validate(RICH)) == []


def test_difference_reads_like_a_list(tmp_path: Path) -> None:
    before = loading.load(write(tmp_path)).scheme
    text = edited(
        LOWER,
        ("default: 70", "default: 75"),
        ("points: 40, how", "points: 35, how"),
        ("points: 20, source", "points: 25, source"),
        ("value: 40", "value: 45"),
    )
    after = loading.load(write(tmp_path, text)).scheme

    assert printing.difference(groups(before, after)).splitlines() == [
        "# 开放设置",
        "修改  分数线",
        "    - 默认值：70",
        "    + 默认值：75",
        "",
        "# 创建标准",
        "修改  第 1 项 计划",
        "    - 分值：40",
        "    + 分值：35",
        "修改  第 2 项 投诉",
        "    - 分值：20",
        "    + 分值：25",
        "修改  第 3 项 物业覆盖",
        "    - 要求：覆盖面不低于40%（不低于 40%，指标“物业管理覆盖面”，文件资料）；",
        "    + 要求：覆盖面不低于40%（不低于 45%，指标“物业管理覆盖面”，文件资料）；",
        "",
        "# 等级",
        "修改  绿色社区",
        "    - 要求：总分不低于 70 分",
        "    + 要求：总分不低于 75 分",
    ]


def test_no_difference_is_said(tmp_path: Path) -> None:
    scheme = loading.load(write(tmp_path)).scheme

    assert printing.difference(groups(scheme, scheme)) == "没有差别。"
