"""Every mistake that a scheme file can hold is found at its line, with what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from greenhood.schemes.checking import check, errors
from greenhood.schemes.problems import Problem
from tests.schemes.files import HIGHER, LOWER, edited, line_of, write

Edit = tuple[str, str]


def found(folder: Path, *edits: Edit) -> list[Problem]:
    return check(write(folder, edited(LOWER, *edits)))


def test_sound_file_has_nothing_wrong(tmp_path: Path) -> None:
    assert found(tmp_path) == []
    assert check(tmp_path / "upper.yaml") == []


LEVEL = "- {key: green, title: 绿色社区, at_least: {setting: pass-mark}}"
FIRST = 'points: 40, how: {setting: method}, refines: [1], source: "附件 #1", checks: [{text: 有}, {text: 好}]}'
SECOND = "deducts: [{per: instance, text: 投诉, points: 5}]"
UNIT = 'threshold: {compare: at_least, value: 40, unit: "%"}'


@pytest.mark.parametrize(
    ("edit", "at", "message", "hint"),
    [
        # words of the format
        (("issuer: 本级", "isuer: 本级"), "isuer", "方案格式里没有“isuer”，是不是“issuer”？", "这里可以写："),
        (("points: 60\n", "pionts: 60\n"), "pionts", "方案格式里没有“pionts”，是不是“points”？", "这里可以写："),
        (
            ("scoring: points", "scoring: point"),
            "scoring",
            "“scoring”不能是“point”，是不是“points”？",
            "只能写：checklist、points",
        ),
        (("maximum: 100", "maximum: 一百"), "maximum", "“maximum”要写数字，现在是“一百”", "写成 5 或 2.5"),
        (("maximum: 100", "maximum: 100.00001"), "maximum", "“maximum”要写数字，现在是 100.00001", "小数最多 4 位"),
        (("no: 3\n", "no: 0\n"), "no: 0", "“no”要不小于 1，现在是 0", "改成范围内的数"),
        (("title: 第二部分", "title: [第二部分]"), "[第二部分]", "“title”要写文字，现在是一列", "加引号"),
        (("text: 覆盖面不低于40%", "evidence: 照片"), "evidence", "“evidence”要写一列，现在是“照片”", "每一项前面加"),
        (("id: lower", "id: 本级"), "id", "“id”不能是“本级”", "只用小写字母"),
        (("key: second", "key: Second"), "Second", "“key”不能是“Second”", "只用小写字母"),
        (
            ("how: all", "how: ratio"),
            "how: ratio",
            "纯比值公式（如 Q/L）不在方案格式的范围内",
            "改用分段（how: bands）",
        ),
        (("how: all", "formula: Q/L"), "formula", "纯比值公式（如 Q/L）不在方案格式的范围内", "改用分段（how: bands）"),
        (('source: "附件 #3"', 'source: ""'), 'source: ""', "“source”不能空着", "写上内容"),
        (('source: "附件 #3"', 'source: " "'), 'source: " "', "出处是空的", "写明条款"),
        (('            source: "附件 #3"\n', ""), "- no: 3", "缺少“source”", "补上这一项"),
        # sums
        (("maximum: 100", "maximum: 90"), "maximum", "满分写 90，各部分合计 100（60 + 40）", "核对各部分分值"),
        (
            ("points: 60\n", "points: 65\n"),
            "points: 65",
            "“第一部分”写 65 分，各项合计 60 分（40 + 20）",
            "对照原表核对",
        ),
        (
            ("points: 40\n            how", "points: 40.005\n            how"),
            "points: 40.005",
            "分值的小数多于标准的 2 位",
            "rounding.places",
        ),
        # levels
        (
            ("default: 70", "default: 100.5"),
            "pass-mark, title",
            "默认值不合自己的范围：“分数线”：不能大于 100，现为 100.5",
            "改默认值",
        ),
        ((LEVEL, LEVEL.replace("{setting: pass-mark}", "101")), "101", "101 分超过满分 100 分", "没有人能达到"),
        (
            (LEVEL, LEVEL.replace("at_least: {setting: pass-mark}", "above: 100")),
            "above: 100",
            "100 分超过满分 100 分",
            "没有人能达到",
        ),
        (
            (LEVEL, f"{LEVEL}\n      - {{key: low, title: 低, at_least: 60}}"),
            "key: low",
            "等级没有从低到高写：60 分在 70 分之后",
            "从低到高",
        ),
        ((LEVEL, f"{LEVEL}\n      - {{key: green, title: 高, at_least: 90}}"), "title: 高", "“green”重复", "换一个"),
        ((LEVEL, LEVEL.replace("}}", "}, above: 5}")), "above: 5", "at_least 和 above 只能写一个", "“达到”写 at_least"),
        ((LEVEL, "- {key: green, title: 绿色社区}"), "key: green", "“绿色社区”没有条件，人人都能达到", "写 at_least"),
        ((LEVEL, LEVEL.replace("}}", "}, must: [9]}")), "must", "没有第 9 项", "写标准里的项号"),
        ((LEVEL, LEVEL.replace("}}", "}, all_met: true}")), "all_met", "all_met 没有可指的项", "must"),
        (
            (LEVEL, LEVEL.replace("}}", "}, floors: [{part: frist, share: 0.6}]}")),
            "frist",
            "没有部分“frist”，是不是“first”？",
            "写 parts 里的 key",
        ),
        (
            (LEVEL, LEVEL.replace("}}", "}, floors: [{part: first, at_least: 61}]}")),
            "61",
            "超过该部分的 60 分",
            "没有人能达到",
        ),
        (
            (LEVEL, LEVEL.replace("}}", "}, floors: [{part: first}]}")),
            "floors",
            "最低要求要写 at_least 或 share 中的一个",
            "得分率写 share",
        ),
        (
            (LEVEL, LEVEL.replace("}}", "}, each_part_at_least: 60}")),
            "each_part",
            "“each_part_at_least”要不大于 1，现在是 60",
            "60% 写 0.6",
        ),
        # criteria
        (("no: 2, title", "no: 1, title"), "投诉", "第 1 项重复", "自己的序号"),
        ((SECOND, "how: bands"), "how: bands", "how: bands 要有 bands", "逐段写出"),
        (
            (SECOND, "bands: [{lower: 0, upper: 60, points: 0}, {lower: 70, points: 20}]"),
            "bands",
            "“0（含）至 60”与“70 及以上”之间有空档",
            "上一段的上限等于下一段的下限",
        ),
        (
            (SECOND, "bands: [{lower: 0, upper: 60, points: 0}, {lower: 50, points: 20}]"),
            "bands",
            "“0（含）至 60”与“50 及以上”重叠",
            "上一段的上限等于下一段的下限",
        ),
        ((SECOND, "bands: [{lower: 60, upper: 60, points: 0}]"), "bands", "这一段是空的：60 至 60", "下限要小于上限"),
        ((SECOND, "bands: [{lower: 0, points: 21}]"), "bands", "21 分超过本项的 20 分", "核对分值"),
        (
            (SECOND, "grades: [{key: a, title: 好, points: 20}, {key: a, title: 差, points: 0}]"),
            "grades",
            "“a”重复",
            "换一个",
        ),
        ((SECOND, "grades: [{key: a, title: 好, points: 25}]"), "grades", "25 分超过本项的 20 分", "核对分值"),
        (
            (SECOND, "deducts: [{per: step, text: 差距, points: 1}]"),
            "per: step",
            "按差距扣分要有目标和步长",
            "补上 target 和 step",
        ),
        (
            (SECOND, "deducts: [{per: missing, text: 缺项, points: 1}]"),
            "per: missing",
            "按缺项扣分，但没有列出各小项",
            "补上 checks",
        ),
        ((SECOND, "deducts: [{per: fixed, text: 无, points: -5}]"), "points: -5", "扣分写正数", "points: 2"),
        (
            (SECOND, "deducts: [{per: instance, text: 投诉, points: 5, cap: 3}]"),
            "cap: 3",
            "扣分上限小于一次的扣分",
            "核对 cap",
        ),
        (
            (SECOND, "deducts: [{per: range, text: 一, points: 1}, {per: range, text: 二, points: 1}]"),
            "deducts",
            "一项里只能有一条酌扣（per: range）",
            "拆成两项",
        ),
        ((SECOND, "needed: 2, checks: [{text: 一}]"), "needed", "只有 1 项要求，不能要求满足 2 项", "改 needed"),
        (
            (SECOND, "checks: [{text: 一, points: 12}, {text: 二, points: 9}]"),
            "no: 2",
            "第 2 项 20 分，各小项合计 21 分",
            "核对各小项分值",
        ),
        (
            (SECOND, "checks: [{text: 一, points: 20}, {text: 二}]"),
            "no: 2",
            "这一小项没有分值",
            "每一小项都要写 points",
        ),
        (("投诉, points: 20,", "投诉, kind: veto, points: 20,"), "kind: veto", "一票否决项没有分值", "veto_when"),
        # indicators and thresholds
        (
            ("indicator: property_coverage", "indicator: property_covrage"),
            "property_covrage",
            "没有指标“property_covrage”，是不是“property_coverage”？",
            "指标目录",
        ),
        ((UNIT, UNIT.replace('"%"', "户")), "unit: 户", "“物业管理覆盖面”的单位是 %，不是 户", 'unit: "%"'),
        ((UNIT, UNIT.replace("40", "140")), "140", "“不低于 140%”不可能达到，最多 100", "核对数值和单位"),
        (
            (UNIT, UNIT.replace("at_least, value: 40", "above, value: 100")),
            "above",
            "“大于 100%”不可能达到，最多 100",
            "核对数值和单位",
        ),
        (
            (UNIT, UNIT.replace("at_least, value: 40", "below, value: 0")),
            "below",
            "“小于 0%”不可能，最少 0",
            "核对数值和单位",
        ),
        ((f"                {UNIT}\n", ""), "indicator", "写了指标，没有写要求的数值", "补上 threshold"),
        (
            (UNIT, UNIT.replace("}", ", cases: [{value: 50}]}")),
            "cases",
            "没有写这个数值适用于谁、从何时起",
            "补上 where 或 begins",
        ),
        (
            (UNIT, UNIT.replace("}", ", cases: [{begins: 2022-01-01, value: 250}]}")),
            "cases",
            "“不低于 250%”不可能达到，最多 100",
            "核对",
        ),
        (
            (UNIT, UNIT.replace("}", ", cases: [{begins: 2022-07-01, value: 50}, {begins: 2022-01-01, value: 60}]}")),
            "cases",
            "逐期的数值没有按时间先后写",
            "从早到晚",
        ),
        # the head
        (
            ("jurisdiction: 510000000000", "jurisdiction: 51"),
            "jurisdiction",
            "区划代码 51 不是 12 位",
            "四川省 510000000000",
        ),
        (
            ("jurisdiction: 510000000000", "jurisdiction: 990000000000"),
            "jurisdiction",
            "没有以 99 开头的区划代码",
            "核对前两位",
        ),
        (("refines: [2]", "refines: [5]"), "refines: [5]", "上级标准没有第 5 项", "1 至 2"),
    ],
)
def test_mistake_is_found_with_line_and_remedy(edit: Edit, at: str, message: str, hint: str, tmp_path: Path) -> None:
    text = edited(LOWER, edit)

    assert_found(errors(check(write(tmp_path, text))), line_of(text, at), message, hint)


def assert_found(problems: list[Problem], line: int, message: str, hint: str) -> None:
    """The finding is there; what else is found follows from it (a misspelt word is missing, a sum is off)."""
    hints = {(problem.line, problem.message): problem.hint for problem in problems}
    assert hint in hints[line, message]
    assert len(problems) <= 3


DECLARE = "- {key: declare, title: 申报, verb: 申报, kind: declare, level: community, outcomes: [pass], source: 三}"
NOTICE = (
    "- {key: notice, title: 公示, verb: 公示, kind: notice, level: county, days: {setting: notice-days}, source: 三}"
)
AWARD = "- {key: award, title: 命名, verb: 命名, kind: award, level: city, source: 三}"
TITLE = "- {key: green-community, title: 绿色社区, level: green, source: 一}"
GOAL = "- {key: reached, title: 六成达到, measure: reached, by: 2022-12-31, share: 0.6, source: 一}"
DUE = "    due_month: 11\n    due_day: 30\n"


def step(key: str, kind: str, level: str, more: str = "") -> str:
    return f"- {{key: {key}, title: {key}, verb: 办, kind: {kind}, level: {level}, source: 三{more}}}"


@pytest.mark.parametrize(
    ("edit", "at", "message", "hint"),
    [
        # titles
        ((TITLE, TITLE.replace("level: green", "level: gren")), "gren,", "没有等级“gren”，是不是“green”？", "等级 key"),
        (
            (TITLE, TITLE.replace("source", "requires: [model], source")),
            "requires",
            "没有称号“model”",
            "titles 里的 key",
        ),
        (
            (TITLE, TITLE.replace("source", "requires: [green-community], source")),
            "requires",
            "“绿色社区”要先有自己，绕成一圈",
            "去掉一个",
        ),
        (
            (TITLE, TITLE.replace("source", "quotas: [{kind: share, within: city, text: 一成, source: 三}], source")),
            "quotas",
            "按比例的名额没有写比例",
            "补上 share",
        ),
        (
            (
                TITLE,
                TITLE.replace(
                    "source", "quotas: [{kind: share, within: city, share: 10, text: 一成, source: 三}], source"
                ),
            ),
            "quotas",
            "“share”要不大于 1，现在是 10",
            "60% 写 0.6",
        ),
        (
            (TITLE, TITLE.replace("source", "quotas: [{kind: count, within: city, text: 六百, source: 三}], source")),
            "quotas",
            "按个数或名次的名额没有写数",
            "补上 count",
        ),
        (
            (TITLE, TITLE.replace("source", "requires_count: 2, source")),
            "requires_count",
            "没有写要先有哪个称号",
            "补上 requires",
        ),
        (
            (
                TITLE,
                TITLE.replace(
                    "source", "from_children: {level: street, share_hold: green-community, source: 三}, source"
                ),
            ),
            "from_children",
            "share_hold 和 share 要一起写",
            "share: 0.85",
        ),
        # procedure
        (
            (DECLARE, DECLARE.replace("kind: declare", "kind: review")),
            "key: declare",
            "第一步要是申报",
            "kind: declare",
        ),
        ((AWARD, AWARD.replace("kind: award", "kind: review")), "key: award", "最后一步要是命名", "kind: award"),
        ((AWARD, f"{step('again', 'declare', 'city')}\n    {AWARD}"), "again", "申报只能是第一步", "kind: review"),
        ((NOTICE, f"{step('early', 'award', 'county')}\n    {NOTICE}"), "early", "命名只能是最后一步", "移到最后"),
        ((NOTICE, NOTICE.replace("days: {setting: notice-days}", "days: 0")), "days: 0", "公示天数要大于 0", "正整数"),
        (
            (NOTICE, f"{step('city', 'review', 'city')}\n    {step('county', 'review', 'county')}\n    {NOTICE}"),
            "key: county,",
            "“county”回到了更低的县级",
            "由下而上",
        ),
        ((NOTICE, f"{step('draw', 'sample', 'province')}\n    {NOTICE}"), "draw", "抽验没有写抽多少", "补上 share"),
        (
            (NOTICE, f"{step('draw', 'sample', 'province', ', share: 10')}\n    {NOTICE}"),
            "draw",
            "“share”要不大于 1，现在是 10",
            "60% 写 0.6",
        ),
        (
            (NOTICE, f"{step('draw', 'sample', 'province', ', share: 0.1, stratify_by: nation')}\n    {NOTICE}"),
            "draw",
            "分层的级别要低于抽验的级别",
            "city 或 county",
        ),
        ((NOTICE, f"{step('panel', 'panel', 'city')}\n    {NOTICE}"), "panel", "评审没有写席位", "seats"),
        (
            (NOTICE, f"{step('street', 'review', 'street', ', outcomes: [return]')}\n    {NOTICE}"),
            "key: street",
            "没有“通过”，走不下去",
            "加上 pass",
        ),
        (
            (NOTICE, f"{step('street', 'review', 'street', ', due: {month: 2, day: 30}')}\n    {NOTICE}"),
            "key: street",
            "没有 2 月 30 日这一天（或不是每年都有）",
            "2 月写 28",
        ),
        ((NOTICE, f"{step('declare', 'review', 'street')}\n    {NOTICE}"), "title: declare", "“declare”重复", "换一个"),
        # calendar, goals
        ((DUE, "    due_month: 2\n    due_day: 31\n"), "due_day", "没有 2 月 31 日这一天（或不是每年都有）", "月底前"),
        ((DUE, "    due_month: 13\n    due_day: 1\n"), "due_month", "“due_month”要不大于 12，现在是 13", "范围内"),
        ((DUE, "    due_month: 11\n"), "key: annual", "每年的报送只写了月份", "补上 due_day"),
        ((DUE, ""), "key: annual", "每年的报送没有写到期日", "补上 due_month"),
        (
            (DUE, f"{DUE}    from_month: 2\n    from_day: 31\n"),
            "from_day",
            "没有 2 月 31 日这一天（或不是每年都有）",
            "月底前",
        ),
        ((DUE, f"{DUE}    from_month: 12\n    from_day: 1\n"), "from_month", "开始日晚于到期日", "11月下旬"),
        ((DUE, f"{DUE}    from_month: 11\n"), "key: annual", "开始日没有写全", "一起写"),
        ((DUE, f"{DUE}    phase: extend\n"), "phase: extend", "没有阶段“extend”", "phases 里的 key"),
        (
            ("frequency: annual\n", "frequency: yearly\n"),
            "yearly",
            "“frequency”不能是“yearly”",
            "只能写：once、monthly、quarterly、annual",
        ),
        (
            ("    receiver: province", "    receiver: street"),
            "receiver: street",
            "报送对象比报送人级别低",
            "核对 reporter",
        ),
        ((GOAL, GOAL.replace("share: 0.6", "share: 60")), "share: 60", "“share”要不大于 1，现在是 60", "60% 写 0.6"),
        ((GOAL, GOAL.replace(" share: 0.6,", "")), "key: reached", "目标“六成达到”没有数", "share（比例"),
        ((GOAL, GOAL.replace("2022-12-31", "2022-13-31")), "key: reached", "没有 2022-13-31 这一天", "写成 2022-12-31"),
        (
            (GOAL, GOAL.replace("share: 0.6", "count: 2, count_to: 1")),
            "count_to",
            "count_to 要不小于 count",
            "count_to: 2",
        ),
        (
            (GOAL, GOAL.replace("reached, by", "titled, by")),
            "key: reached",
            "按称号计数的目标没有写是哪个称号",
            "award",
        ),
        # settings, clauses
        (
            ("default: 5,", "default: 50,"),
            "notice-days, title",
            "默认值不合自己的范围：“公示天数”：不能大于 30，现为 50",
            "改默认值",
        ),
        (
            ("calendar:\n", "clauses: [{ref: 一, text: 原文, works_in: [assesment]}]\ncalendar:\n"),
            "assesment",
            "没有功能“assesment”，是不是“assessment”？",
            "功能登记表",
        ),
        (
            (
                "calendar:\n",
                "upkeep: {rectification_days: 0, supervised_by: county, delist_by: city, text: 整改, source: 五}\ncalendar:\n",
            ),
            "upkeep",
            "整改天数要大于 0",
            "正整数",
        ),
        (("  classes: [111, 112, 121]\n", "  classes: [111, 999]\n"), "999", "没有城乡分类代码 999", "121"),
    ],
)
def test_mistake_in_titles_procedure_and_calendar_is_found(
    edit: Edit, at: str, message: str, hint: str, tmp_path: Path
) -> None:
    text = edited(HIGHER, edit)
    write(tmp_path, higher=text)

    assert_found(errors(check(tmp_path / "upper.yaml")), line_of(text, at), message, hint)


SHADOWED = """\
  - title: 另一标准
    key: other
    scoring: checklist
    source: 附件
    levels: [{key: green, title: 绿色社区, all_met: true}]
    parts: [{key: all, title: 全部, source: 附件, criteria: [{no: 1, title: 计划, kind: met, source: 一}]}]
"""


def test_standard_that_no_community_reaches_is_found(tmp_path: Path) -> None:
    text = LOWER + SHADOWED

    (problem,) = errors(check(write(tmp_path, text)))

    assert (problem.line, problem.message) == (
        line_of(text, "另一标准"),
        "轮不到“另一标准”：前面的“本级标准”对谁都适用",
    )


def test_several_standards_by_class_are_fine_while_the_one_for_all_comes_last(tmp_path: Path) -> None:
    where = ("  - title: 本级标准\n", "  - title: 本级标准\n    where: {classes: [111]}\n")

    assert errors(check(write(tmp_path, edited(LOWER, where) + SHADOWED))) == []


@pytest.mark.parametrize(
    "criterion",
    [
        "bands: [{upper: 60, points: 0}, {lower: 80, points: 20}, {lower: 60, upper: 80, points: 10}]",
        "grades: [{key: a, title: 好, points: 20}, {key: b, title: 差, points: 0}]",
        "deducts: [{per: step, text: 差距, points: 0.5, target: 90, step: 1, cap: 10}, {per: range, text: 酌扣, points: 5}]",
        "needed: 2, checks: [{text: 一}, {text: 二}, {text: 三}]",
        "checks: [{text: 一, points: 12}, {text: 二, points: 8}]",
        "points_each: 2",
        "may_not_apply: true, not_applicable: full",
    ],
)
def test_sound_criterion_has_nothing_wrong(criterion: str, tmp_path: Path) -> None:
    assert found(tmp_path, (SECOND, criterion)) == []


@pytest.mark.parametrize(
    "steps",
    [
        [step("one", "review", "county"), step("two", "review", "county")],
        [
            step("panel", "panel", "province", ", seats: [{kind: expert, title: 专家, count: 3}]"),
            step("review", "review", "county"),
        ],
        [step("draw", "sample", "province", ", share: 0.1, stratify_by: city")],
        [
            step("review", "review", "county", ", due: {month: 11, day: 30}"),
            step("next", "review", "city", ", due: {days: 15}"),
        ],
    ],
)
def test_sound_procedure_has_nothing_wrong(steps: list[str], tmp_path: Path) -> None:
    write(tmp_path, higher=edited(HIGHER, (NOTICE, "\n    ".join([*steps, NOTICE]))))

    assert check(tmp_path / "upper.yaml") == []


def test_circle_of_titles_is_found(tmp_path: Path) -> None:
    ring = "- {key: a, title: 甲, level: green, requires: [b], source: 一}\n  - {key: b, title: 乙, level: green, requires: [a], source: 一}"
    text = edited(HIGHER, (TITLE, ring))
    write(tmp_path, higher=text)

    assert [problem.message for problem in check(tmp_path / "upper.yaml")] == [
        "“甲”要先有自己，绕成一圈",
        "“乙”要先有自己，绕成一圈",
    ]


# --- notices ---------------------------------------------------------------------------------------------------------


def notices(folder: Path, *edits: Edit) -> list[tuple[int, str]]:
    problems = found(folder, *edits)
    assert errors(problems) == []
    return [(problem.line, problem.message) for problem in problems]


def test_higher_criterion_that_nobody_refines_is_reported_as_dropped(tmp_path: Path) -> None:
    assert notices(tmp_path, ("refines: [1], ", "")) == [
        (line_of(LOWER, "standards:"), "没有细化上级标准第 1 项“计划”")
    ]


def test_reason_for_dropping_is_shown(tmp_path: Path) -> None:
    (problem,) = found(tmp_path, ("refines: [1], ", ""), ("settings:\n", 'replaces: {"#1": 本地另有计划}\nsettings:\n'))

    assert problem.hint == "理由：本地另有计划"


@pytest.mark.parametrize(
    ("threshold", "said"),
    [
        ('{compare: at_least, value: 29.9, unit: "%"}', "不低于 29.9%"),
        ('{compare: at_least, value: 20, unit: "%"}', "不低于 20%"),
    ],
)
def test_weaker_threshold_is_reported_as_loosened(threshold: str, said: str, tmp_path: Path) -> None:
    edit = (UNIT, f"threshold: {threshold}")

    assert notices(tmp_path, edit) == [
        (line_of(LOWER, "text: 覆盖面"), f"放宽了上级标准第 2 项：上级不低于 30%，本方案{said}")
    ]


@pytest.mark.parametrize(
    "threshold", ['{compare: at_least, value: 30, unit: "%"}', '{compare: above, value: 30, unit: "%"}']
)
def test_equal_or_stricter_threshold_is_no_notice(threshold: str, tmp_path: Path) -> None:
    assert notices(tmp_path, (UNIT, f"threshold: {threshold}")) == []


def test_figure_of_the_higher_scheme_that_is_left_out_is_reported(tmp_path: Path) -> None:
    gone = (f"                indicator: property_coverage\n                {UNIT}\n", "")

    assert notices(tmp_path, gone) == [
        (line_of(LOWER, "- no: 3"), "上级标准第 2 项对“物业管理覆盖面”的数值要求没有写进来")
    ]


CHECK = "              - text: 覆盖面不低于40%\n"
REFINES = "                refines: "


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ('{"2.2": equal}', "上级标准没有第 2 项第 2 小项"),
        ('{"7.1": equal}', "上级标准没有第 7 项第 1 小项"),
        ('{"1.1": equal}', "小项写了细化上级第 1 项，这一项的 refines 没有写"),
    ],
)
def test_check_that_refines_nothing_is_an_error(written: str, message: str, tmp_path: Path) -> None:
    problems = found(tmp_path, (CHECK, f"{CHECK}{REFINES}{written}\n"))

    assert [(problem.message, problem.line) for problem in errors(problems)] == [
        (message, line_of(LOWER, "text: 覆盖面") + 1)
    ]


@pytest.mark.parametrize(
    ("relation", "value", "said"),
    [("equal", 40, "等同"), ("narrower", 20, "更具体或更严")],
)
def test_relation_that_the_figures_deny_is_reported(relation: str, value: int, said: str, tmp_path: Path) -> None:
    edits = ((CHECK, f'{CHECK}{REFINES}{{"2.1": {relation}}}\n'), ("value: 40", f"value: {value}"))

    figures = f"上级不低于 30%，本方案不低于 {value}%"
    assert f"写作“{said}”上级第 2.1 小项，数值不是这样：{figures}" in [text for _, text in notices(tmp_path, *edits)]


def test_relation_that_the_figures_bear_out_is_no_notice(tmp_path: Path) -> None:
    assert notices(tmp_path, (CHECK, f'{CHECK}{REFINES}{{"2.1": narrower}}\n')) == []


def test_check_of_the_higher_scheme_that_nothing_carries_is_reported(tmp_path: Path) -> None:
    higher = edited(
        HIGHER,
        (
            "              - text: 覆盖面不低于30%\n",
            "              - text: 有物业\n              - text: 覆盖面不低于30%\n",
        ),
    )
    lower = edited(LOWER, (CHECK, f'{CHECK}{REFINES}{{"2.2": narrower}}\n'))

    assert [problem.message for problem in check(write(tmp_path, lower, higher))] == [
        "没有细化上级标准第 2 项第 1 小项“有物业”"
    ]


def test_figure_in_the_other_direction_is_reported(tmp_path: Path) -> None:
    assert notices(tmp_path, ("compare: at_least, value: 40", "compare: at_most, value: 40")) == [
        (line_of(LOWER, "text: 覆盖面"), "与上级标准第 2 项不能相比：上级不低于 30%，本方案不超过 40%")
    ]


def test_refining_without_a_higher_scheme_is_an_error(tmp_path: Path) -> None:
    higher = edited(HIGHER, ("no: 1, title: 计划, kind: met", "no: 1, title: 计划, kind: met, refines: [1]"))
    write(tmp_path, higher=higher)

    assert [problem.message for problem in errors(check(tmp_path / "upper.yaml"))] == ["没有上级方案，refines 没有所指"]


def test_weights_of_effort_rise(tmp_path: Path) -> None:
    (problem,) = found(tmp_path, ("settings:\n", "efforts: {low: 5, middle: 3}\nsettings:\n"))

    assert (problem.message, problem.severity) == ("补齐难度的权重要从低到高", "error")


def test_new_way_out_is_reported_as_loosened(tmp_path: Path) -> None:
    assert notices(tmp_path, ("how: all", "may_not_apply: true")) == [
        (line_of(LOWER, "how: all"), "放宽了上级标准第 2 项：上级没有“不涉及”，本方案允许")
    ]


def test_lower_goal_and_fewer_subjects_are_reported(tmp_path: Path) -> None:
    own = "goals:\n  - {key: half, title: 五成, measure: reached, by: 2022-12-31, share: 0.5, source: 二}\nsubjects: {classes: [111, 112], source: 一}\nstandards:\n"

    assert [message for _, message in notices(tmp_path, ("standards:\n", own))] == [
        "低于上级目标：上级 2022-12-31 前 60%，本方案 2022-12-31 前 50%",
        "创建对象比上级少了城乡分类 121",
    ]


def test_unused_setting_is_reported(tmp_path: Path) -> None:
    assert notices(tmp_path, ("{setting: method}", "share")) == [
        (line_of(LOWER, "{key: method"), "开放设置“小项得分”没有用到")
    ]


STANDARD = "    scoring: points\n"
OTHER = """\
  - key: street-standard
    title: 街道标准
    object: street
    scoring: checklist
    source: 附件
    levels: [{key: done, title: 达标, all_met: true}]
    parts: [{key: all, title: 全部, source: 附件, criteria: [{no: 1, title: 做到, kind: met, source: 附件}]}]
"""
GOALS = """\
goals:
  - {key: reached, title: 六成达到, measure: reached, by: 2022-12-31, share: 0.6, source: 一}
  - {key: pilots, title: 试点社区, measure: pilots, by: 2021-12-31, count: 3, source: 一}
  - {key: work, title: 各部门出台办法, measure: duty, by: 2021-12-31, source: 一}
standards:
"""
TITLES = """\
titles:
  - {key: green-community, title: 绿色社区, level: green, source: 一}
  - key: green-street
    title: 绿色街道
    level: green
    source: 一
    from_children: {level: community, all_hold: green-community, source: 一}
standards:
"""


@pytest.mark.parametrize(
    ("edits", "said"),
    [
        (
            (("standards:\n", GOALS),),
            ["系统暂不统计工作任务的进度（“各部门出台办法”）"],
        ),
        ((("standards:\n", TITLES),), ["系统暂不办理由下级情况认定的称号“绿色街道”"]),
        (
            (
                (
                    STANDARD,
                    STANDARD
                    + "    scorers: [{key: self, title: 自评, weight: 0.4}, {key: county, title: 县级, weight: 0.6}]\n",
                ),
            ),
            ["系统暂不按评分人的权重合成总分"],
        ),
        ((("standards:\n", "standards:\n" + OTHER),), ["系统暂不办理对街道的评价（“街道标准”）"]),
        (
            (("standards:\n", "composite: [{standard: standard, weight: 1}]\nstandards:\n"),),
            ["系统暂不合成几张评分表的总分"],
        ),
    ],
    ids=["goals", "title of a parent", "scorers", "other objects", "composite"],
)
def test_what_the_product_does_not_act_on_yet_is_said(edits: tuple[Edit, ...], said: list[str], tmp_path: Path) -> None:
    messages = [message for _, message in notices(tmp_path, *edits) if message.startswith("系统暂不")]

    assert len(messages) == len(said)
    assert all(message.startswith(words) for message, words in zip(messages, said, strict=True))


def test_place_outside_the_higher_jurisdiction_is_refused(tmp_path: Path) -> None:
    higher = edited(HIGHER, ("jurisdiction: 0", "jurisdiction: 420000000000"))

    problems = check(write(tmp_path, higher=higher))

    assert [problem.message for problem in problems] == ["不在上级方案 upper 的辖区内"]


def test_mistake_in_an_inherited_section_names_the_higher_file(tmp_path: Path) -> None:
    path = write(tmp_path, higher=edited(HIGHER, ("outcomes: [pass]", "outcomes: [pass, reject]")))

    (problem,) = check(path)

    assert (problem.path.name, problem.line) == ("upper.yaml", line_of(HIGHER, "key: declare"))
