"""Goals, phases and the calendar: figures that are there, days that exist, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from greenhood.schemes.checking.findings import DEPTH, Findings, keys_of, real_day
from greenhood.schemes.format import AdminLevel, Frequency, Goal, Measure, Obligation, Scheme
from greenhood.schemes.messages import nearest
from greenhood.schemes.problems import Position
from greenhood.schemes.reasons import number
from greenhood.schemes.rules import code_range


def goals(scheme: Scheme) -> Findings:
    for index, goal in enumerate(scheme.goals):
        position: Position = ("goals", index)
        if goal.share is None and goal.count is None and goal.measure is not Measure.DUTY:
            yield position, f"目标“{goal.title}”没有数", "写 share（比例，如 0.6）或 count（个数）"
        if goal.count_to is not None and (goal.count is None or goal.count_to < goal.count):
            yield (*position, "count_to"), "count_to 要不小于 count", "1 至 2 个写 count: 1、count_to: 2"
        if goal.count is not None and goal.count < 0:
            yield (*position, "count"), "个数不能是负数", "写 0 或正数"
        if goal.award is not None and goal.award not in {title.key for title in scheme.titles}:
            yield (
                (*position, "award"),
                f"没有称号“{goal.award}”{nearest(goal.award, keys_of(scheme.titles))}",
                "写 titles 里的 key",
            )
        if goal.measure is Measure.TITLED and goal.award is None:
            yield position, "按称号计数的目标没有写是哪个称号", "补上 award: 称号的 key"
    yield from _kinds(scheme.goals)
    yield from _falling_goals(scheme.goals)


def _kinds(goals: Sequence[Goal]) -> Findings:
    for index, goal in enumerate(goals):
        if goal.kinds and goal.each is not AdminLevel.STREET:
            yield ("goals", index, "kinds"), "kinds 只用于每个街道（镇）的目标", "写 each: street，或删去 kinds"


def _falling_goals(goals: Sequence[Goal]) -> Findings:
    for index, goal in enumerate(goals):
        for earlier in goals[:index]:
            same = (earlier.measure, earlier.each, earlier.award) == (goal.measure, goal.each, goal.award)
            if same and goal.share and earlier.share and earlier.by < goal.by and earlier.share > goal.share:
                message = f"目标随时间变低：{earlier.by} 前 {number(earlier.share * 100)}%，{goal.by} 前 {number(goal.share * 100)}%"
                yield ("goals", index, "share"), message, "核对两处的日期和比例", "notice"


def phases(scheme: Scheme) -> Findings:
    previous: date | None = None
    for index, phase in enumerate(scheme.phases):
        if phase.begins and phase.ends and phase.begins > phase.ends:
            yield ("phases", index, "ends"), "结束早于开始", "核对两个日期"
        if phase.begins and previous and phase.begins < previous:
            yield ("phases", index, "begins"), "这一阶段早于上一阶段开始", "按时间先后写"
        previous = phase.begins or previous


def calendar(scheme: Scheme) -> Findings:
    for index, obligation in enumerate(scheme.calendar):
        position: Position = ("calendar", index)
        yield from _due(position, obligation)
        yield from _span(position, obligation)
        if obligation.phase is not None and obligation.phase not in keys_of(scheme.phases):
            message = f"没有阶段“{obligation.phase}”{nearest(obligation.phase, keys_of(scheme.phases))}"
            yield (*position, "phase"), message, "写 phases 里的 key"
        upwards = obligation.kind in ("report", "plan")
        if upwards and DEPTH[obligation.reporter] < DEPTH[obligation.receiver]:
            yield (*position, "receiver"), "报送对象比报送人级别低", "核对 reporter 和 receiver"


def _span(position: Position, obligation: Obligation) -> Findings:
    """The first day of a span such as 11月下旬, which lies before the last one in the same year."""
    first, last = (obligation.from_month, obligation.from_day), (obligation.due_month, obligation.due_day)
    if first == (None, None):
        return
    if None in first or None in last or obligation.frequency is not Frequency.ANNUAL:
        yield position, "开始日没有写全", "每年一次的，from_month、from_day 和 due_month、due_day 一起写"
        return
    yield from real_day(position, *first, "from_day")  # type: ignore[arg-type]
    if first > last:
        yield (*position, "from_month"), "开始日晚于到期日", "核对两个日期；“11月下旬”写 11 月 21 日至 11 月 30 日"


def _due(position: Position, obligation: Obligation) -> Findings:
    match obligation.frequency:
        case Frequency.ANNUAL if obligation.due_month is None:
            yield position, "每年的报送没有写到期日", "补上 due_month 和 due_day"
        case Frequency.ANNUAL if obligation.due_day is None:
            yield position, "每年的报送只写了月份", "补上 due_day；“月底前”写该月最后一天"
        case Frequency.MONTHLY if obligation.due_day is None:
            yield position, "每月的报送没有写到期日", "补上 due_day，如 25"
        case Frequency.QUARTERLY if obligation.days_after_period is None:
            yield position, "每季度的报送没有写期限", "补上 days_after_period（季度结束后几天内）"
        case Frequency.ONCE if obligation.due_date is None and obligation.due_month is None:
            yield position, "一次性的报送没有写到期日", "补上 due_date，如 2020-08-31"
    if obligation.due_month is not None and obligation.due_day is not None:
        yield from real_day(position, obligation.due_month, obligation.due_day, "due_day")
    if obligation.frequency is Frequency.MONTHLY and (obligation.due_day or 0) > 28:
        yield (*position, "due_day"), f"不是每个月都有 {obligation.due_day} 日", "写 28 以内的日期"


def local_plan(scheme: Scheme) -> Findings:
    """What a plan says beside its goals: years within its time, communities within its place."""
    plan = scheme.plan
    if plan is None:
        return
    if plan.begins and plan.ends and plan.begins > plan.ends:
        yield ("plan", "ends"), "规划期结束早于开始", "核对两个日期"
    for index, task in enumerate(plan.yearly):
        early, late = plan.begins and task.year < plan.begins.year, plan.ends and task.year > plan.ends.year
        if early or late:
            yield ("plan", "yearly", index, "year"), f"{task.year} 年不在规划期内", "改年度，或改规划期"
        if task.by and task.by.year != task.year:
            yield ("plan", "yearly", index, "by"), f"完成日期 {task.by} 不在 {task.year} 年", "核对年度和日期"
    low, high = code_range(scheme.jurisdiction)
    for index, project in enumerate(plan.key_projects):
        for at, code in enumerate(project.codes):
            if not low <= code < high:
                yield ("plan", "key_projects", index, "codes", at), f"{code} 不在本方案的辖区内", "只列本辖区的社区"
    known = {department.title for department in scheme.departments}
    named = [("yearly", index, task.department) for index, task in enumerate(plan.yearly)]
    named += [("key_projects", index, project.department) for index, project in enumerate(plan.key_projects)]
    for section, index, name in named:
        if name and known and name not in known:
            message = f"参与单位里没有“{name}”{nearest(name, known)}"
            yield ("plan", section, index, "department"), message, "先列入参与单位，或改用已列的名称", "notice"
