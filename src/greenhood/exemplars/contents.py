"""What a practice says, as clean values, and what is wrong with it or still missing. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal

from greenhood.exemplars.vocabulary import CommunityType, Topic
from greenhood.kit.privacy import private_number

LIMITS = {
    "title": ("标题", 60), "summary": ("摘要", 200), "problem": ("解决什么问题", 1000), "done": ("做法", 3000),
    "result": ("成效", 2000), "conditions": ("推广条件", 1000), "unit": ("联系单位", 60), "phone": ("办公电话", 30),
}  # fmt: skip
NEEDED = ("title", "summary", "problem", "done", "result", "conditions", "unit", "phone")
TEXTS = tuple(name for name in LIMITS if name != "phone")
MOST_FIGURES, MOST_CRITERIA, MOST_TOPICS = 6, 8, 5
MOST_COST, MOST_MONTHS = Decimal(10) ** 11, 240
# An office's number: a landline with its area code, a hotline. Somebody's own mobile number is not for the public.
OFFICE_PHONE = re.compile(r"^(0\d{2,3}-?\d{7,8}(-\d{1,6})?|400-?\d{3}-?\d{4}|12345|\d{7,8})$")
MOBILE = re.compile(r"^1[3-9]\d{9}$")


@dataclass(frozen=True, slots=True)
class Content:
    """The fields of ``models.practices.Written``; ``figures`` are rows of name, before, after, unit."""

    title: str = ""
    summary: str = ""
    problem: str = ""
    done: str = ""
    result: str = ""
    figures: tuple[Mapping[str, str], ...] = ()
    cost: Decimal | None = None
    months: int | None = None
    conditions: str = ""
    criteria: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    unit: str = ""
    phone: str = ""

    @property
    def columns(self) -> dict[str, object]:
        """As the rows keep it."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


def problems(content: Content, known: Collection[str]) -> dict[str, str]:
    """What can't be kept even in a draft, by field. ``known`` are the tags of all criteria in force."""
    found = {
        name: f"{label}最多 {most} 字，现有 {len(getattr(content, name))} 字。"
        for name, (label, most) in LIMITS.items()
        if len(getattr(content, name)) > most
    }
    if not content.title:
        found["title"] = "请填写标题。"
    return found | private_numbers(content, TEXTS) | dict(_wrong(content, known))


def _wrong(content: Content, known: Collection[str]) -> Iterator[tuple[str, str]]:
    if phone := wrong_phone(content.phone):
        yield "phone", phone
    if unknown := [tag for tag in content.criteria if tag not in known]:
        yield "criteria", f"所选的标准项有 {len(unknown)} 个已不在各地现行的标准中，请去掉后重新选择。"
    if len(content.criteria) > MOST_CRITERIA:
        yield "criteria", f"最多选 {MOST_CRITERIA} 个标准项，现在选了 {len(content.criteria)} 个；请只留最相关的。"
    if len(content.topics) > MOST_TOPICS:
        yield "topics", f"最多选 {MOST_TOPICS} 个主题。"
    if set(content.topics) - set(Topic.values) or set(content.types) - set(CommunityType.values):
        yield "topics", "请从列出的主题和类型中选择。"
    if content.cost is not None and not 0 <= content.cost <= MOST_COST:
        yield "cost", "投入资金应在 0 到 1000 亿元之间，以元为单位。"
    if content.months is not None and not 0 <= content.months <= MOST_MONTHS:
        yield "months", f"用时应在 0 到 {MOST_MONTHS} 个月之间。"
    if len(content.figures) > MOST_FIGURES:
        yield "figures", f"数据对比最多 {MOST_FIGURES} 行。"
    elif any(not all(row.get(part) for part in ("name", "before", "after")) for row in content.figures):
        yield "figures", "数据对比每行都要有名称、之前和之后；不用的行请整行留空。"


def private_numbers(said: object, names: Collection[str]) -> dict[str, str]:
    """The texts of something that name somebody's mobile or identity number, by field: they are for everybody to read."""
    return {name: text for name in names if (text := private_number(getattr(said, name)))}


def wrong_phone(phone: str) -> str:
    """Why a number can't be shown to the public; "" where it can, or where there is none."""
    plain = re.sub(r"[\s—–]+", "", phone)
    if not plain or OFFICE_PHONE.match(plain):
        return ""
    if MOBILE.match(plain):
        return "这里会公开，请填写办公电话，不要填写个人手机号。"
    return "电话号码不完整。固定电话请加区号，例如 028-85551234。"


def missing(content: Content) -> dict[str, str]:
    """What must be written before it is handed in, by field."""
    found = {name: f"请填写{LIMITS[name][0]}。" for name in NEEDED if not getattr(content, name)}
    if not content.criteria and not content.topics:
        found["criteria"] = "请至少选择一个标准项或主题，别的社区才找得到。"
    return found
