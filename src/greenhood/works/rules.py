"""The rules of projects and money that need no database: steps, shares, stated defaults, what a scheme says about either.

A default that no scheme gives stands here once, with its reason.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from greenhood.schemes.format import Clause, Criterion, Scheme
from greenhood.works.events import Event
from greenhood.works.models import Kind, Origin, State


@dataclass(frozen=True, slots=True)
class Default:
    """A figure that no scheme gives: what is taken for it, and why."""

    value: int
    unit: str
    reason: str


IDLE = Default(
    6, "个月", "方案要求“提高资金使用效率”，没有写期限。工程款一般按季度结算，到位半年仍未支付的，列为疑点。"
)
SLOW = Default(6, "个月", "方案没有写资金多久应当到位。下达半年仍没有到位的，列为疑点，供催拨。")
SOON = 14

# Title and weight in percent: the weights of work that most contracts are paid by. Nothing in a scheme says them.
USUAL_STAGES = (("设计", 10), ("招标", 10), ("施工", 70), ("验收", 10))
WEIGHTS_REASON = (
    "方案没有规定各阶段的权重。默认设计 10%、招标 10%、施工 70%、验收 10%，可按合同付款比例修改，合计应为 100%。"
)


class Staged(Protocol):
    @property
    def title(self) -> str: ...
    @property
    def actual_finish(self) -> dt.date | None: ...


def unfinished(stages: Iterable[Staged]) -> list[str]:
    """The stages that have to be over before a project is finished, and are not. The acceptance (验收) at the end comes afterwards."""
    rows = list(stages)
    if rows and "验收" in rows[-1].title:
        rows.pop()
    return [row.title for row in rows if row.actual_finish is None]


@dataclass(frozen=True, slots=True)
class Step:
    """A step that a project can take: its words, from where, to where; ``asks`` a day or a reason."""

    key: str
    verb: str
    before: tuple[State, ...]
    after: State | None
    event: Event
    says: str
    day: str = ""
    reasoned: bool = False


STEPS = {
    step.key: step
    for step in (
        Step("plan", "列入计划", (State.DRAFT,), State.PLANNED, Event.PLANNED, "列入计划后，下级和被覆盖的社区可以看到，不能再删除。"),
        Step("start", "开工", (State.PLANNED,), State.UNDER_WAY, Event.STARTED, "登记实际开工日期。", day="开工日期"),
        Step("finish", "完工", (State.UNDER_WAY,), State.FINISHED, Event.FINISHED, "登记实际完工日期，各阶段按实际情况填写。", day="完工日期"),
        Step("accept", "验收", (State.FINISHED,), State.ACCEPTED, Event.ACCEPTED, "登记验收日期。", day="验收日期"),
        Step("suspend", "暂停", (State.PLANNED, State.UNDER_WAY), State.SUSPENDED, Event.SUSPENDED, "暂停期间不再提示逾期，可以恢复。", reasoned=True),
        Step("resume", "恢复", (State.SUSPENDED, State.CANCELLED), None, Event.RESUMED, "回到暂停或取消以前的状态。"),
        Step("cancel", "取消", (State.PLANNED, State.UNDER_WAY, State.SUSPENDED), State.CANCELLED, Event.CANCELLED, "取消后不计入计划；已登记的资金保留，可以恢复。", reasoned=True),
        Step("reopen", "撤回完工", (State.FINISHED, State.ACCEPTED), State.UNDER_WAY, Event.RESUMED, "完工或验收登记有误时撤回，回到实施中。", reasoned=True),
    )
}  # fmt: skip


def steps_from(state: str) -> list[Step]:
    """What may be done with a project in this state."""
    return [step for step in STEPS.values() if state in step.before]


# How far the work is


class Planned(Protocol):
    weight: int
    planned_start: dt.date | None
    planned_finish: dt.date | None
    actual_finish: dt.date | None
    share: Decimal


def planned_share(stages: Iterable[Planned], day: dt.date) -> Decimal:
    """How much of the whole should be done by the end of a day: each stage evenly over its planned days, by weight."""
    return _weighed((stage, _planned_part(stage, day)) for stage in stages)


def actual_share(stages: Iterable[Planned]) -> Decimal:
    """How much of the whole is done, by weight: a finished stage counts in full, another as far as it was reported."""
    return _weighed((stage, Decimal(1) if stage.actual_finish else stage.share) for stage in stages)


def _weighed(parts: Iterable[tuple[Planned, Decimal]]) -> Decimal:
    listed = list(parts)
    whole = sum(stage.weight for stage, _ in listed)
    done = sum((stage.weight * share for stage, share in listed), Decimal(0))
    return (done / whole).quantize(Decimal("0.0001")) if whole else Decimal(0)


def _planned_part(stage: Planned, day: dt.date) -> Decimal:
    if stage.planned_finish is None:
        return Decimal(0)
    if day >= stage.planned_finish:
        return Decimal(1)
    begins = stage.planned_start or stage.planned_finish
    if day < begins:
        return Decimal(0)
    return Decimal((day - begins).days + 1) / Decimal((stage.planned_finish - begins).days + 1)


# What a scheme says

WORDS: dict[Kind, tuple[str, ...]] = {
    Kind.OLD_ESTATE: ("老旧小区",),
    Kind.ENERGY: ("节能改造", "节能", "既有建筑", "建筑绿色"),
    Kind.GREEN_BUILDING: ("绿色建筑", "绿色建材", "建筑绿色"),
    Kind.SPONGE: ("海绵",),
    Kind.PIPES: ("管网", "管线", "供水", "排水", "供电", "市政基础设施", "雨污"),
    Kind.ROADS: ("道路",),
    Kind.LIFT: ("电梯", "老旧小区"),
    Kind.BARRIER_FREE: ("无障碍", "适老", "特殊人群"),
    Kind.CHARGING: ("充电",),
    Kind.PARKING: ("停车",),
    Kind.WASTE: ("垃圾",),
    Kind.GREENING: ("绿化", "绿地", "公共空间", "公园"),
    Kind.SAFETY: ("消防", "安防", "生命通道", "安全设施"),
    Kind.FACILITIES: ("公共服务设施", "活动场地", "服务设施"),
    Kind.SMART: ("智慧", "智能", "信息基础设施", "信息化"),
    Kind.HERITAGE: ("历史文化", "古树", "文化资源"),
    Kind.OTHER: (),
}


def criteria_of(scheme: Scheme) -> list[tuple[str, list[Criterion]]]:
    """The criteria of a scheme's standard, by the title of their part."""
    return [(part.title, part.criteria) for part in scheme.standard.parts]


def suggested(scheme: Scheme, kinds: Collection[str]) -> dict[int, list[Kind]]:
    """The criteria whose words name what these kinds renovate, each with the kinds that do."""
    found: dict[int, list[Kind]] = {}
    for _, criteria in criteria_of(scheme):
        for criterion in criteria:
            said = "".join([criterion.title, *(check.text for check in criterion.checks)])
            named = [kind for kind in Kind if kind in kinds and any(word in said for word in WORDS[kind])]
            if named:
                found[criterion.no] = named
    return found


FUNDS, PROJECTS = "funds", "projects"

# By which words a clause speaks of a source.
SAYS: dict[Origin, tuple[str, ...]] = {
    Origin.BANK: ("信贷", "银行"),
    Origin.SOCIAL: ("社会资本", "社会力量"),
    Origin.PAID_USE: ("有偿使用",),
    Origin.ASSETS: ("资产权益",),
}
EFFICIENCY = ("资金使用效率", "统筹用好")
CHANNELS = (
    "城镇老旧小区改造",
    "“美丽家园”",
    "绿色建筑",
    "既有建筑绿色化改造",
    "海绵城市建设",
    "智慧城市建设",
    "“改造+运营+物业”",
    "政府采购",
    "新增设施有偿使用",
    "落实资产权益",
)


def clauses(scheme: Scheme | None) -> list[Clause]:
    """What a scheme says about projects and money."""
    if scheme is None:
        return []
    return [clause for clause in scheme.clauses if {FUNDS, PROJECTS} & set(clause.works_in)]


def clause_of(scheme: Scheme | None, origin: str = "") -> str:
    """The clause behind a rule of money; that which speaks of the origin where there is one. Empty where nothing is said."""
    found = clauses(scheme)
    wanted = (SAYS.get(Origin(origin), ()) if origin else ()) or EFFICIENCY
    for words in (wanted, EFFICIENCY):
        for clause in found:
            if any(word in clause.text for word in words):
                return clause.ref
    return next((clause.ref for clause in found if FUNDS in clause.works_in), "")


def channels(scheme: Scheme | None) -> Sequence[str]:
    """The funds and ways that the scheme in force names, to choose from; another may be typed."""
    said = "".join(clause.text for clause in clauses(scheme))
    return [name for name in CHANNELS if name.strip("“”") in said]


# Money as people read it

WAN = Decimal(10_000)


def yuan(amount: Decimal) -> str:
    """1,234,567.00 元."""
    return f"{amount:,.2f} 元"


def wan(amount: Decimal) -> str:
    """万元 with two decimals, rounded half up: 123.46."""
    return f"{(amount / WAN).quantize(Decimal('0.01'), 'ROUND_HALF_UP'):,}"
