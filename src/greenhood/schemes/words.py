"""The words in which pages, messages and prints say what a scheme's entries mean."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from greenhood.schemes import reasons
from greenhood.schemes.format import (
    AdminLevel,
    DueDay,
    EffortClass,
    Frequency,
    Goal,
    How,
    Kind,
    Measure,
    Obligation,
    Outcome,
    Proof,
    Quota,
    Relation,
    Seat,
    StepKind,
    Threshold,
    ThresholdCase,
    Upkeep,
    Where,
)
from greenhood.schemes.reasons import number, percent

LEVELS = {
    AdminLevel.NATION: "国家",
    AdminLevel.PROVINCE: "省（自治区、直辖市）",
    AdminLevel.CITY: "市（州）",
    AdminLevel.COUNTY: "县（市、区）",
    AdminLevel.STREET: "街道（镇）",
    AdminLevel.COMMUNITY: "社区",
}

MEASURES = {
    Measure.PARTICIPATING: "参与创建的社区",
    Measure.REACHED: "达到创建要求的社区",
    Measure.TITLED: "获得称号的社区",
    Measure.PILOTS: "试点社区",
    Measure.DUTY: "工作任务",
}

PROOFS = {
    Proof.PHOTO: "照片",
    Proof.DOCUMENT: "文件资料",
    Proof.RECORD: "工作记录",
    Proof.ON_SITE: "实地查看",
    Proof.INDICATOR: "指标数据",
}

HOWS = {
    How.CLAIMED: "由评分人在分值内给分",
    How.ALL: "全部做到得满分，否则不得分",
    How.SHARE: "按做到的小项比例得分",
    How.EACH: "各小项分别计分",
    How.AT_LEAST: "做到规定的小项数得满分",
    How.BANDS: "按数值所在的档次得分",
    How.GRADES: "按评定的等次得分",
    How.DEDUCT: "从满分中扣减",
    How.COUNT: "按次数得分",
}

STEPS = {
    StepKind.DECLARE: "申报",
    StepKind.REVIEW: "审核",
    StepKind.SAMPLE: "抽验",
    StepKind.PANEL: "考评组评审",
    StepKind.NOTICE: "公示",
    StepKind.AWARD: "命名",
}

OUTCOMES = {Outcome.PASS: "通过", Outcome.RETURN: "退回", Outcome.REJECT: "不予通过"}

FREQUENCIES = {
    Frequency.ONCE: "一次",
    Frequency.MONTHLY: "每月",
    Frequency.QUARTERLY: "每季度",
    Frequency.ANNUAL: "每年",
}

KINDS = {
    "report": "报送",
    "plan": "计划",
    "visit": "实地考察",
    "sample": "抽样考评",
    "evaluation": "评估考核",
}

LINES = {
    Kind.MET: "须满足",
    Kind.POINTS: "计分",
    Kind.DEDUCTION: "扣分",
    Kind.BONUS: "加分",
    Kind.VETO: "一票否决",
}

LEFT_OUT = {"leave_out": "不计入总分", "full": "按满分计", "zero": "按零分计"}

ROUNDINGS = {"half-up": "四舍五入", "half-even": "四舍六入五成双", "down": "舍去", "up": "进一"}

OBJECTS = {"community": "社区", "estate": "小区", "street": "街道", "county": "县（市、区）"}

SHOWN_SCORES = {"none": "不公开", "total": "公开总分", "parts": "公开各部分得分"}

EFFORTS: dict[EffortClass, str] = {"low": "容易补上", "middle": "需要一段时间", "high": "需要工程或资金"}

RELATIONS = {
    Relation.EQUAL: "等同",
    Relation.NARROWER: "更具体或更严",
    Relation.WIDER: "只含其中一部分",
    Relation.RELATED: "相关",
}

EFFORT_MEANINGS: dict[EffortClass, str] = {
    "low": "几周之内，靠组织活动、整理资料就能补上，不用专项资金",
    "middle": "约一个季度，要几个单位配合，或要少量资金",
    "high": "半年以上，要工程建设或专项资金",
}

DAY_KINDS = {"calendar": "个自然日", "working": "个工作日"}

AGGREGATES = {
    "mean": "取平均",
    "trimmed-mean": "去掉最高、最低后取平均",
    "median": "取中位数",
}

FEATURES_OF_STEP = (("scores", "评分"), ("on_site", "实地"), ("seal", "盖章"))

SETTING_WORDS = {
    **{level.value: title for level, title in LEVELS.items()},
    **{how.value: title for how, title in HOWS.items()},
    "True": "是",
    "False": "否",
}

# Units that are counted with a measure word.
COUNTED = {"工作日": "个工作日", "月": "个月"}


def setting_value(value: object, unit: str | None = None) -> str:
    """A setting's value as people write it: ``5 个工作日``, ``10%``, ``市（州）``."""
    if unit == "比例":
        return percent(Decimal(str(value)))
    if unit == "%":
        return f"{number(Decimal(str(value)))}%"
    word = SETTING_WORDS.get(str(value), str(value))
    return f"{word} {COUNTED.get(unit, unit)}" if unit else word


def due_day(due: DueDay) -> str:
    """``每年 10 月 30 日前`` or ``15 个工作日内``."""
    if due.month and due.day:
        return f"每年 {due.month} 月 {due.day} 日前"
    return f"{due.days} {DAY_KINDS[due.day_kind]}内" if due.days is not None else ""


def obligation_day(obligation: Obligation) -> str:
    """When it is due, in the terms of the text: ``每月 25 日前``, ``2021 年 9 月 30 日前``."""
    match obligation.frequency:
        case Frequency.ONCE if obligation.due_date:
            day = obligation.due_date
            return f"{day.year} 年 {day.month} 月 {day.day} 日前"
        case Frequency.MONTHLY if obligation.due_day:
            return f"每月 {obligation.due_day} 日前"
        case Frequency.QUARTERLY if obligation.days_after_period is not None:
            return f"每季度结束后 {obligation.days_after_period} 天内"
        case Frequency.ANNUAL if obligation.due_month and obligation.due_day:
            last = f"{obligation.due_month} 月 {obligation.due_day} 日"
            if obligation.from_month and obligation.from_day:
                return f"每年 {obligation.from_month} 月 {obligation.from_day} 日至 {last}"
            return f"每年 {last}前"
    return FREQUENCIES[obligation.frequency]


def goal_amount(goal: Goal) -> str:
    """``60%以上``, ``2–3 个``, ``600 个``; every share of these documents includes its own figure (以上)."""
    if goal.share is not None:
        return f"{percent(goal.share)}以上"
    if goal.count is None:
        return ""
    return f"{goal.count}–{goal.count_to} 个" if goal.count_to else f"{goal.count} 个"


def goal_scope(goal: Goal) -> str:
    if goal.kinds:
        return f"各{'、'.join(goal.kinds)}"
    return f"各{LEVELS[goal.each]}" if goal.each else "全部辖区"


def mark(threshold: Threshold) -> str:
    """``不低于 25%``, with its variants: ``不低于 25%；城乡分类 111 的不低于 30%``."""
    variants = [f"{case_when(case)}{reasons.threshold(threshold, case.value)}" for case in threshold.cases]
    return "；".join([reasons.threshold(threshold), *variants])


def case_when(case: ThresholdCase) -> str:
    """For which communities, and from when, a variant of a figure counts: ``城乡分类 111 的``, ``2027-01-01 起``."""
    where = case.where or Where()
    said = [
        f"城乡分类 {'、'.join(map(str, where.classes))} 的" if where.classes else "",
        f"{'、'.join(map(str, where.within))} 内的" if where.within else "",
        f"标为“{'、'.join(where.tags)}”的" if where.tags else "",
        f"{case.begins} 起" if case.begins else "",
    ]
    return "，".join(filter(None, said))


def quota(limit: Quota) -> str:
    """What the quota allows, in one phrase."""
    within = f"每个{LEVELS[limit.within]}"
    years = f"，连续 {limit.years} 年累计" if limit.years else ""
    if limit.share is not None:
        return f"{within}不超过创建对象的 {percent(limit.share)}{years}"
    if limit.kind == "rank":
        return f"{within}每批取前 {limit.count} 名{years}"
    return f"{within}不超过 {limit.count} 个{years}"


def seat(seat: Seat) -> str:
    return f"{seat.title} {seat.count} 人"


def upkeep(rule: Upkeep) -> list[str]:
    """The terms of what follows an award, one sentence each."""
    terms = [f"限期整改 {rule.rectification_days} {DAY_KINDS[rule.rectification_day_kind]}"]
    if rule.reexamine_months:
        terms.insert(0, f"每 {rule.reexamine_months} 个月复查一次")
    return [
        *terms,
        f"由{LEVELS[rule.supervised_by]}监督",
        f"由{LEVELS[rule.delist_by]}按照程序除名",
    ]


def points(value: Decimal | None) -> str:
    return "" if value is None else number(value)


def money(amount: Decimal | None) -> str:
    """An amount in 万元, as plans write it; "" where none is given."""
    return "" if amount is None else f"{number(amount)} 万元"


def span(begins: date | None, ends: date | None) -> str:
    """``2026-01-01 至 2027-12-31``; an open end is left open."""
    if begins is None and ends is None:
        return ""
    return f"{begins.isoformat() if begins else ''} 至 {ends.isoformat() if ends else ''}".strip()
