"""What a scheme does to the higher one that it carries out: what it drops, loosens or contradicts."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from greenhood.schemes import rules
from greenhood.schemes.checking.criteria import spots
from greenhood.schemes.checking.findings import DEPTH, Findings, short
from greenhood.schemes.format import AdminLevel, Criterion, Frequency, Scheme, Threshold
from greenhood.schemes.known_indicators import INDICATORS
from greenhood.schemes.loading import Loaded
from greenhood.schemes.problems import Position
from greenhood.schemes.reasons import number, threshold


def against_higher(loaded: Loaded) -> Findings:
    if loaded.higher is None:
        return
    higher, scheme = loaded.higher.scheme, loaded.scheme
    yield from _place_within(higher, scheme)
    if "standards" not in loaded.inherited:
        yield from _refinements(higher, scheme)
    if "subjects" not in loaded.inherited:
        yield from _narrower(higher, scheme)
    if "goals" not in loaded.inherited:
        yield from _lower_goals(higher, scheme)
    if "calendar" not in loaded.inherited:
        yield from _dropped_reports(higher, scheme)


def _place_within(higher: Scheme, scheme: Scheme) -> Findings:
    lower, upper = rules.code_range(higher.jurisdiction)
    if not lower <= scheme.jurisdiction < upper:
        yield ("jurisdiction",), f"不在上级方案 {higher.id} 的辖区内", "核对区划代码和 implements"


def _refinements(higher: Scheme, scheme: Scheme) -> Findings:
    numbers = {line.no: line for line in _lines(higher)}
    carried: dict[int, list[tuple[Position, Criterion]]] = {no: [] for no in numbers}
    for index, standard in enumerate(scheme.standards):
        for spot in spots(("standards", index), standard):
            for at, no in enumerate(spot.criterion.refines):
                if no not in numbers:
                    yield (
                        spot.at("refines", at),
                        f"上级标准没有第 {no} 项",
                        f"上级方案 {higher.id} 的项号是 1 至 {max(numbers, default=0)}",
                    )
                else:
                    carried[no].append((spot.position, spot.criterion))
    for no, lines in carried.items():
        if not lines:
            reason = scheme.replaces.get(f"#{no}") or scheme.replaces.get(str(no)) or scheme.replaces.get("standards")
            why = f"理由：{reason}" if reason else f"在细化它的项上写 refines: [{no}]，或在 replaces 里写明理由"
            yield ("standards",), f"没有细化上级标准第 {no} 项“{short(numbers[no].title)}”", why, "notice"
        else:
            yield from _loosened(numbers[no], lines)


def _loosened(higher: Criterion, lines: list[tuple[Position, Criterion]]) -> Findings:
    for position, line in lines:
        for index, check in enumerate(line.checks):
            for above in higher.checks:
                if above.indicator and above.indicator == check.indicator and _weaker(above.threshold, check.threshold):
                    assert above.threshold
                    mine = threshold(check.threshold) if check.threshold else "没有数值"
                    message = f"放宽了上级标准第 {higher.no} 项：上级{threshold(above.threshold)}，本方案{mine}"
                    yield (*position, "checks", index), message, "收紧，或写明依据", "notice"
    if not higher.may_not_apply and all(line.may_not_apply for _, line in lines):
        position, _ = lines[0]
        message = f"放宽了上级标准第 {higher.no} 项：上级没有“不涉及”，本方案允许"
        yield (*position, "may_not_apply"), message, "核对原文", "notice"
    measured = {check.indicator for check in higher.checks if check.indicator and check.threshold}
    kept = {check.indicator for _, line in lines for check in line.checks if check.threshold}
    for indicator in sorted(measured - kept):
        message = f"上级标准第 {higher.no} 项对“{INDICATORS[indicator].title if indicator in INDICATORS else indicator}”的数值要求没有写进来"
        yield lines[0][0], message, "写成 threshold，或说明依据", "notice"


def _weaker(higher: Threshold | None, lower: Threshold | None) -> bool:
    if higher is None or lower is None:
        return False
    upwards = {"at_least": 0, "above": 1}
    downwards = {"at_most": 0, "below": 1}
    if higher.compare in upwards and lower.compare in upwards:
        return (lower.value, upwards[lower.compare]) < (higher.value, upwards[higher.compare])
    if higher.compare in downwards and lower.compare in downwards:
        return (-lower.value, downwards[lower.compare]) < (-higher.value, downwards[higher.compare])
    return False


def _narrower(higher: Scheme, scheme: Scheme) -> Findings:
    mine, theirs = scheme.subjects, higher.subjects
    if missing := sorted(set(theirs.classes) - set(mine.classes)):
        shown = "、".join(map(str, missing))
        yield ("subjects", "classes"), f"创建对象比上级少了城乡分类 {shown}", "核对原文；比例的分母会变小", "notice"
    if missing_kinds := sorted(set(theirs.parent_kinds) - set(mine.parent_kinds)):
        yield (
            ("subjects", "parent_kinds"),
            f"创建对象比上级少了{'、'.join(missing_kinds)}的居委会",
            "核对原文；比例的分母会变小",
            "notice",
        )


def _lower_goals(higher: Scheme, scheme: Scheme) -> Findings:
    for goal in higher.goals:
        if goal.share is None:
            continue
        mine = [
            (index, own)
            for index, own in enumerate(scheme.goals)
            if own.measure is goal.measure and own.share is not None
        ]
        if not mine:
            yield ("goals",), f"没有对应上级目标“{short(goal.title)}”", "写出本地的目标", "notice"
        elif not any(own.share >= goal.share and own.by <= goal.by for _, own in mine):  # type: ignore[operator]
            index, own = max(mine, key=lambda entry: entry[1].share or 0)
            message = f"低于上级目标：上级 {goal.by} 前 {number(goal.share * 100)}%，本方案 {own.by} 前 {number((own.share or Decimal(0)) * 100)}%"
            yield ("goals", index), message, "提高比例或提前日期，或说明依据", "notice"


def _dropped_reports(higher: Scheme, scheme: Scheme) -> Findings:
    own = {(duty.reporter, duty.receiver) for duty in scheme.calendar}
    for duty in higher.calendar:
        binds = DEPTH[duty.reporter] >= _jurisdiction_depth(scheme.jurisdiction)
        if binds and duty.frequency is not Frequency.ONCE and (duty.reporter, duty.receiver) not in own:
            message = f"上级要求的“{duty.title}”（{duty.reporter_title}报{duty.receiver_title}）没有写进日历"
            yield ("calendar",), message, "上级方案的日历仍然有效；需要在本方案里提醒的，照写一条", "notice"


def _jurisdiction_depth(code: int) -> int:
    if code == 0:
        return DEPTH[AdminLevel.NATION]
    sizes = (
        (10**10, AdminLevel.PROVINCE),
        (10**8, AdminLevel.CITY),
        (10**6, AdminLevel.COUNTY),
        (10**3, AdminLevel.STREET),
    )
    level = next((level for size, level in sizes if code % size == 0), AdminLevel.COMMUNITY)
    return DEPTH[level]


def _lines(scheme: Scheme) -> Iterator[Criterion]:
    for part in scheme.standard.parts:
        yield from part.criteria
