"""The sections of a plan as a form asks for them, and what is typed there as clean values. Plain values, no database.

A draft keeps what was typed as text, row by row; what can't be (a share over 100 %, 31 February) is refused at its field.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from greenhood.schemes import words
from greenhood.schemes.format import AdminLevel, Frequency, Goal, Measure, Scheme

LONGEST_LINE, LONGEST_TEXT = 200, 4000
MOST_ROWS = 60
FIRST_YEAR, LAST_YEAR = 2019, 2100
LARGEST = Decimal(10) ** 9
DAY = re.compile(r"\s*(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日?\s*")

Row = dict[str, str]
Problems = dict[str, str]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a row. ``kind`` says how it is typed and read: line, text, day, year, money, amount, whole, choice, hidden."""

    name: str
    label: str
    kind: str = "line"
    is_required: bool = False
    help: str = ""
    choices: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the plan, with the words by which a calendar's sections are told to be about it."""

    key: str
    title: str
    fields: Sequence[Field]
    lead: str = ""
    about: Sequence[str] = ()
    row: str = ""
    is_single: bool = False

    @property
    def this_row(self) -> str:
        """``一条目标`` → ``这条目标``."""
        return self.row.replace("一", "这", 1)


MEASURES = [(measure.value, words.MEASURES[measure]) for measure in Measure]
LEVELS = [(level.value, f"每个{words.LEVELS[level]}") for level in AdminLevel]
FREQUENCIES = [
    (one.value, words.FREQUENCIES[one])
    for one in (Frequency.ANNUAL, Frequency.QUARTERLY, Frequency.MONTHLY, Frequency.ONCE)
]
KINDS = [("report", "报告"), ("plan", "计划"), ("evaluation", "评估")]

HEAD = Section(
    "head",
    "文件",
    (
        Field("title", "方案名称", is_required=True),
        Field("number", "发文字号", help="还没有编号的先留空。"),
        Field("issuer", "发文单位", is_required=True),
        Field("issued", "印发日期", "day", help="如 2026-03-01；还没有印发的先留空。"),
        Field("begins", "规划期开始", "day", is_required=True),
        Field("ends", "规划期结束", "day", is_required=True),
        Field("departments", "参与单位", "text", help="每行一个，职责、任务和项目里用同样的名称。"),
        Field("basis", "依据文件", "text", help="每行一个；上级方案自动列入。"),
    ),
    is_single=True,
)
ENTRY_POINTS = Section(
    "entry_points",
    "创建切入点",
    (
        Field(
            "community_type", "社区类型", is_required=True, help="如老旧小区集中的社区、新建小区、村改居、单位家属院。"
        ),
        Field("problem", "突出问题", "text", is_required=True),
        Field("approach", "切入点", "text", is_required=True),
    ),
    lead="不同类型的社区各有什么突出问题，从哪里入手。",
    about=("切入", "摸底", "基本"),
    row="一类社区",
)
GOALS = Section(
    "goals",
    "创建目标",
    (
        Field("key", "", "hidden"),
        Field("award", "", "hidden"),
        Field("count_to", "", "hidden"),
        Field("conflict", "", "hidden"),
        Field("title", "目标", is_required=True),
        Field("measure", "统计什么", "choice", is_required=True, choices=MEASURES),
        Field("each", "范围", "choice", choices=[("", "全部辖区"), *LEVELS]),
        Field("unit", "按", "choice", is_required=True, choices=[("share", "比例（%）"), ("count", "个数")]),
        Field("amount", "数", "amount", is_required=True),
        Field("by", "期限", "day", is_required=True),
    ),
    lead="可以高于、早于上级目标；低于的会列出来，须写明理由。",
    about=("目标",),
    row="一条目标",
)
PHASES = Section(
    "phases",
    "实施步骤",
    (
        Field("title", "阶段", is_required=True),
        Field("begins", "开始", "day"),
        Field("ends", "结束", "day"),
        Field("text", "主要任务", "text"),
    ),
    about=("步骤", "时序", "阶段"),
    row="一个阶段",
)
YEARLY = Section(
    "yearly",
    "年度计划",
    (
        Field("year", "年度", "year", is_required=True),
        Field("title", "任务", is_required=True),
        Field("text", "内容", "text"),
        Field("department", "责任单位"),
        Field("by", "完成日期", "day"),
    ),
    about=("时序", "计划", "进度", "年度"),
    row="一项任务",
)
PROJECTS = Section(
    "projects",
    "重点项目",
    (
        Field("title", "项目", is_required=True),
        Field("text", "内容", "text"),
        Field("communities", "涉及社区", help="社区名称之间用顿号；名称对得上的会与区划对应。"),
        Field("codes", "", "hidden"),
        Field("money", "资金（万元）", "money"),
        Field("funds", "资金来源"),
        Field("department", "责任单位"),
        Field("by", "完成日期", "day"),
    ),
    about=("项目", "资金"),
    row="一个项目",
)
MEASURES_ = Section(
    "measures",
    "实施措施",
    (
        Field("title", "措施", is_required=True),
        Field("text", "内容", "text"),
        Field("part", "所属创建内容", "choice"),
    ),
    about=("措施", "办法", "保障"),
    row="一条措施",
)
DUTIES = Section(
    "duties",
    "职责分工",
    (
        Field("part", "创建内容", is_required=True),
        Field("text", "职责", "text"),
        Field("guiding", "指导、牵头单位", help="多个单位之间用顿号。"),
        Field("implementing", "组织实施"),
    ),
    about=("分工", "职责", "责任"),
    row="一项分工",
)
CALENDAR = Section(
    "calendar",
    "报送安排",
    (
        Field("key", "", "hidden"),
        Field("title", "报送什么", is_required=True),
        Field("kind", "种类", "choice", is_required=True, choices=KINDS),
        Field("reporter", "由谁报给本级", "choice", is_required=True),
        Field("frequency", "频次", "choice", is_required=True, choices=FREQUENCIES),
        Field("month", "月", "whole", help="每年一次的填月、日。"),
        Field("day", "日", "whole", help="每月一次的只填日；每季度的填季度结束后的天数。"),
        Field("on", "日期", "day", help="只报一次的填日期。"),
        Field("asks", "要写明的部分", help="各部分名称之间用顿号。"),
    ),
    lead="要求下级报给本级的材料。期限应早于本级向上报送的期限，好留出汇总的时间。",
    about=("报送", "信息"),
    row="一项报送",
)
STANDARD = Section(
    "standard",
    "创建标准",
    (),
    lead="可以收紧数值、增加小项和项目、提高等级线；删去的须写明理由。",
    about=("标准", "指标"),
)
SETTINGS = Section("settings", "开放设置", (), lead="上级方案没有规定、留给地方选定的数字。", about=("标准", "指标"))

SECTIONS = (
    HEAD, ENTRY_POINTS, GOALS, PHASES, YEARLY, PROJECTS, MEASURES_, DUTIES, STANDARD, CALENDAR, SETTINGS,
)  # fmt: skip
BY_KEY = {section.key: section for section in SECTIONS}
TITLES = {**{section.key: section.title for section in SECTIONS}, "reasons": "放宽的理由"}
NUMERALS = dict(
    zip((section.key for section in SECTIONS if section not in (HEAD, SETTINGS)), "一二三四五六七八九", strict=True)
)
"""The number that a section has in the document: a row's clause is ``二·3``."""


def section_fields(section: Section, higher: Scheme, level: AdminLevel) -> list[Field]:
    """The fields of a section with the choices that depend on the place and on the higher scheme."""
    parts = [(part.title, part.title) for part in higher.standard.parts]
    below = [
        (value, words.LEVELS[AdminLevel(value)]) for value in list(AdminLevel)[list(AdminLevel).index(level) + 1 :]
    ]
    given: dict[tuple[str, str], Sequence[tuple[str, str]]] = {
        ("measures", "part"): [("", "不分"), *parts],
        ("calendar", "reporter"): below,
        ("goals", "each"): [
            ("", "全部辖区"),
            *((value, f"每个{title}") for value, title in below if value != "community"),
        ],
    }
    return [
        Field(one.name, one.label, one.kind, one.is_required, one.help, given.get((section.key, one.name), one.choices))
        for one in section.fields
    ]


def typed_rows(section: Section, post: Mapping[str, str]) -> list[Row]:
    """The rows that stand on a page, without empty ones and those that are ticked to go."""
    found = []
    for index in sorted(_indexes(section, post)):
        row = {
            one.name: str(post.get(f"{section.key}-{index}-{one.name}", "")).replace("\r\n", "\n").strip()
            for one in section.fields
        }
        is_dropped = bool(post.get(f"{section.key}-{index}-drop"))
        if not is_dropped and is_filled(section, row):
            found.append(row)
    return found


def is_filled(section: Section, row: Row) -> bool:
    """Whether somebody typed something: choices always have a value, and say nothing by themselves."""
    return any(row.get(one.name) for one in section.fields if one.kind not in ("choice", "hidden"))


def _indexes(section: Section, post: Mapping[str, str]) -> set[int]:
    pattern = re.compile(rf"{section.key}-(\d{{1,3}})-\w+")
    return {int(found[1]) for name in post if (found := pattern.fullmatch(name))}


def problems_of(section: Section, rows: Sequence[Row], fields: Iterable[Field], higher: Scheme) -> Problems:
    """What can't be kept even as a draft: a sentence by field."""
    found: Problems = {}
    fields = list(fields)
    if len(rows) > MOST_ROWS:
        found[""] = f"“{section.title}”最多 {MOST_ROWS} 行，现在有 {len(rows)} 行。"
    for index, row in enumerate(rows[:MOST_ROWS]):
        problems = {one.name: problem for one in fields if (problem := _problem(one, row.get(one.name, "")))}
        # How the fields of a row fit together is asked of those that can be read.
        problems = {**_row_problems(section, {**row, **dict.fromkeys(problems, "")}, higher), **problems}
        found |= {f"{section.key}-{index}-{name}": problem for name, problem in problems.items()}
    return found


def _problem(one: Field, text: str) -> str:
    if not text:
        return f"请填写“{one.label}”。" if one.is_required else ""
    longest = LONGEST_TEXT if one.kind == "text" else LONGEST_LINE
    if len(text) > longest:
        return f"“{one.label}”最多 {longest} 字，现在有 {len(text)} 字。"
    if "\x00" in text:
        return f"“{one.label}”里有不能保存的字符，请删去后重新填写。"
    match one.kind:
        case "day":
            return day_problem(text)
        case "year" if not (text.isdecimal() and FIRST_YEAR <= int(text[:5]) <= LAST_YEAR):
            return f"年度写 {FIRST_YEAR} 到 {LAST_YEAR} 之间的四位数字，现在是“{text[:20]}”。"
        case "money" | "amount" if (value := number(text)) is None or value < 0:
            return f"“{one.label}”要写不小于 0 的数字，现在是“{text[:20]}”。"
        case "whole" if not (text.isdecimal() and len(text) <= 3):
            return f"“{one.label}”要写整数，现在是“{text[:20]}”。"
        case "choice" if one.choices and text not in {value for value, _ in one.choices}:
            return f"“{one.label}”没有这个选项，请重新选择。"
    return ""


def _row_problems(section: Section, row: Row, higher: Scheme) -> Problems:
    if section is GOALS:
        return _goal_problems(row, higher)
    if section is CALENDAR:
        return _calendar_problems(row)
    if section in (HEAD, PHASES):
        begins, ends = day(row.get("begins", "")), day(row.get("ends", ""))
        if begins and ends and ends < begins:
            return {"ends": f"结束日期 {ends} 早于开始日期 {begins}。"}
    if section is YEARLY:
        by = day(row.get("by", ""))
        if by and row.get("year", "").isdecimal() and by.year != int(row["year"]):
            return {"by": f"完成日期 {by} 不在 {row['year']} 年。"}
    return {}


def _goal_problems(row: Row, higher: Scheme) -> Problems:
    amount = number(row.get("amount", ""))
    if amount is None:
        return {}
    if row.get("unit") == "share" and amount > 100:
        return {"amount": f"比例不能超过 100%，现在是 {amount:f}%。{_above(row, higher)}"}
    if row.get("unit") == "count" and amount != amount.to_integral_value():
        return {"amount": "个数要写整数。"}
    return {}


def _above(row: Row, higher: Scheme) -> str:
    """The higher goal and its clause, to be said beside a figure that can't be."""
    same = [one for one in higher.goals if one.measure == row.get("measure") and one.share is not None]
    goal = max(same, key=lambda one: one.by, default=None)
    return f"上级目标是“{goal.title}”（{goal.source}）。" if goal else ""


def _calendar_problems(row: Row) -> Problems:
    match row.get("frequency"):
        case "annual":
            if not (row.get("month") and row.get("day")):
                return {"month" if not row.get("month") else "day": "每年一次的报送要写月和日。"}
            if not _exists(int(row["month"]), int(row["day"])):
                return {"day": f"没有 {row['month']} 月 {row['day']} 日这一天（或不是每年都有）。"}
        case "monthly" if not 1 <= int(row.get("day") or 0) <= 28:
            return {"day": "每月一次的报送写 1 到 28 之间的日子，每个月都有的才算。"}
        case "quarterly" if not 1 <= int(row.get("day") or 0) <= 90:
            return {"day": "每季度的报送写季度结束后多少天内（1 到 90）。"}
        case "once" if not row.get("on"):
            return {"on": "只报一次的要写日期。"}
    return {}


def _exists(month: int, of_month: int) -> bool:
    try:
        dt.date(2001, month, of_month)
    except ValueError:
        return False
    return True


# --- values ----------------------------------------------------------------------------------------------------------


def day(text: str) -> dt.date | None:
    """A typed day, in any of the usual ways; None where it is none."""
    found = DAY.fullmatch(text)
    if not found:
        return None
    try:
        return dt.date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None


def day_problem(text: str) -> str:
    value = day(text)
    if value is None:
        if found := DAY.fullmatch(text):
            return f"没有 {found[1]} 年 {int(found[2])} 月 {int(found[3])} 日这一天，请核对月份和日期。"
        return f"日期写成 2026-12-31 的样子，现在是“{text[:20]}”。"
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        return f"日期应在 {FIRST_YEAR} 年到 {LAST_YEAR} 年之间，现在是 {value}。"
    return ""


def number(text: str) -> Decimal | None:
    """A typed figure; a percent sign and separators are no part of it. None where it is none, or absurdly large."""
    try:
        value = Decimal(text.strip().rstrip("%％").replace(",", "").replace("，", ""))
    except InvalidOperation:
        return None
    # ``abs`` would round, and overflow for ``1e99999999``.
    if not value.is_finite() or value.copy_abs() >= LARGEST:
        return None
    exponent = value.as_tuple().exponent
    return value if isinstance(exponent, int) and exponent >= -4 else None


def names(text: str) -> list[str]:
    """``甲、乙，丙`` as a list."""
    return [name for name in re.split(r"[、，,；;\s]+", text) if name]


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def goal_row(goal: Goal, key: str, *, each: str) -> Row:
    """A goal as its form shows it."""
    is_share = goal.share is not None
    amount = (goal.share or Decimal(0)) * 100 if is_share else Decimal(goal.count or 0)
    return {
        "key": key,
        "title": goal.title,
        "measure": goal.measure.value,
        "each": each,
        "unit": "share" if is_share else "count",
        "amount": f"{amount.normalize():f}",
        "by": goal.by.isoformat(),
        "count_to": str(goal.count_to or ""),
        "conflict": goal.conflict or "",
    }
