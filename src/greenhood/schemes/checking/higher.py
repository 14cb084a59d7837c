"""What a scheme does to the higher one that it carries out: what it drops, loosens or contradicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from greenhood.schemes import against, crosswalk, rules, words
from greenhood.schemes.checking.criteria import Spot, spots
from greenhood.schemes.checking.findings import DEPTH, Findings, short
from greenhood.schemes.format import AdminLevel, Check, Criterion, Frequency, Goal, Relation, Scheme
from greenhood.schemes.known_indicators import INDICATORS
from greenhood.schemes.loading import Loaded
from greenhood.schemes.problems import Position
from greenhood.schemes.reasons import number, threshold


def against_higher(loaded: Loaded) -> Findings:
    if loaded.higher is None:
        yield from _no_higher(loaded.scheme)
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
    yield from _loosened_elsewhere(higher, scheme)


def _place_within(higher: Scheme, scheme: Scheme) -> Findings:
    lower, upper = rules.code_range(higher.jurisdiction)
    if not lower <= scheme.jurisdiction < upper:
        yield ("jurisdiction",), f"不在上级方案 {higher.id} 的辖区内", "核对区划代码和 implements"


def _no_higher(scheme: Scheme) -> Findings:
    for index, standard in enumerate(scheme.standards):
        for spot in spots(("standards", index), standard):
            if spot.criterion.refines or any(check.refines for check in spot.criterion.checks):
                yield spot.at("refines"), "没有上级方案，refines 没有所指", "写 implements，或删去 refines"


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
            yield from _check_references(spot, numbers)
    for no, lines in carried.items():
        if not lines:
            reason = crosswalk.reason_for_leaving_out(scheme, no)
            why = f"理由：{reason}" if reason else f"在细化它的项上写 refines: [{no}]，或在 replaces 里写明理由"
            yield ("standards",), f"没有细化上级标准第 {no} 项“{short(numbers[no].title)}”", why, "notice"
        else:
            yield from _loosened(numbers[no], lines)
            yield from _uncarried(numbers[no], lines)


def _check_references(spot: Spot, numbers: Mapping[int, Criterion]) -> Findings:
    for index, check in enumerate(spot.criterion.checks):
        at = spot.at("checks", index, "refines")
        for key, relation in check.refines.items():
            no, _, number = key.partition(".")
            above = numbers.get(int(no))
            if above is None or int(number) > len(crosswalk.asks(above)):
                yield at, f"上级标准没有第 {no} 项第 {number} 小项", "核对上级标准的项号和小项号"
            elif int(no) not in spot.criterion.refines:
                yield at, f"小项写了细化上级第 {no} 项，这一项的 refines 没有写", f"在这一项写 refines: [{no}]"
            elif above.checks:
                yield from _relation_holds(at, key, relation, above.checks[int(number) - 1], check)


def _relation_holds(at: Position, key: str, relation: Relation, above: Check, check: Check) -> Findings:
    """What is written about a check must agree with the figures, where both measure the same."""
    if above.threshold is None or check.threshold is None or above.indicator != check.indicator:
        return
    found = crosswalk.strictness(above.threshold, check.threshold)
    kept = {Relation.EQUAL: {Relation.EQUAL}, Relation.NARROWER: {Relation.EQUAL, Relation.NARROWER}}
    if found not in kept.get(relation, {found}):
        figures = f"上级{threshold(above.threshold)}，本方案{threshold(check.threshold)}"
        message = f"写作“{words.RELATIONS[relation]}”上级第 {key} 小项，数值不是这样：{figures}"
        yield at, message, "改关系，或改数值", "notice"


def _loosened(higher: Criterion, lines: list[tuple[Position, Criterion]]) -> Findings:
    for position, line in lines:
        for index, check in enumerate(line.checks):
            for above in higher.checks:
                if above.indicator and above.indicator == check.indicator:
                    yield from _weaker((*position, "checks", index), higher.no, above, check)
    if not higher.may_not_apply and all(line.may_not_apply for _, line in lines):
        position, _ = lines[0]
        message = f"放宽了上级标准第 {higher.no} 项：上级没有“不涉及”，本方案允许"
        yield (*position, "may_not_apply"), message, "核对原文", "notice"
    measured = {check.indicator for check in higher.checks if check.indicator and check.threshold}
    kept = {check.indicator for _, line in lines for check in line.checks if check.threshold}
    for indicator in sorted(measured - kept - _kept_in_words(higher, lines)):
        message = f"上级标准第 {higher.no} 项对“{INDICATORS[indicator].title if indicator in INDICATORS else indicator}”的数值要求没有写进来"
        yield lines[0][0], message, "写成 threshold，或说明依据", "notice"


def _kept_in_words(higher: Criterion, lines: list[tuple[Position, Criterion]]) -> set[str]:
    """The indicators of checks that a lower check carries in words, beside another figure of its own."""
    carried = _carried_checks(higher, lines)
    return {check.indicator for at, check in enumerate(higher.checks, 1) if check.indicator and at in carried}


def _uncarried(higher: Criterion, lines: list[tuple[Position, Criterion]]) -> Findings:
    """Checks above that nothing carries, in standards that say check by check what they make of them."""
    if not any(crosswalk.check_pairs(higher, line) for _, line in lines):
        return
    for at in sorted({*range(1, len(higher.checks) + 1)} - _carried_checks(higher, lines)):
        message = f"没有细化上级标准第 {higher.no} 项第 {at} 小项“{short(higher.checks[at - 1].text)}”"
        yield lines[0][0], message, f'在细化它的小项写 refines: {{"{higher.no}.{at}": narrower}}', "notice"


def _carried_checks(higher: Criterion, lines: list[tuple[Position, Criterion]]) -> set[int]:
    pairs = (pair for _, line in lines for pair in crosswalk.check_pairs(higher, line).items())
    return {one for (one, _), relation in pairs if relation in (Relation.EQUAL, Relation.NARROWER)}


def _weaker(at: Position, no: int, above: Check, check: Check) -> Findings:
    if above.threshold is None or check.threshold is None:
        return
    match crosswalk.strictness(above.threshold, check.threshold):
        case Relation.WIDER:
            message = f"放宽了上级标准第 {no} 项：上级{threshold(above.threshold)}，本方案{threshold(check.threshold)}"
            yield at, message, "收紧，或写明依据", "notice"
        case Relation.RELATED:
            message = (
                f"与上级标准第 {no} 项不能相比：上级{threshold(above.threshold)}，本方案{threshold(check.threshold)}"
            )
            yield at, message, "核对比较的方向和单位", "notice"


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
        elif not any(own.share >= goal.share and (own.by <= goal.by or _is_over(goal, scheme)) for _, own in mine):  # type: ignore[operator]
            index, own = max(mine, key=lambda entry: entry[1].share or 0)
            message = f"低于上级目标：上级 {goal.by} 前 {number(goal.share * 100)}%，本方案 {own.by} 前 {number((own.share or Decimal(0)) * 100)}%"
            yield ("goals", index), message, "提高比例或提前日期，或说明依据", "notice"


def _is_over(goal: Goal, scheme: Scheme) -> bool:
    """Whether the day of a higher goal had passed before a plan began: its figure binds, its day no longer can."""
    return scheme.plan is not None and scheme.plan.begins is not None and goal.by < scheme.plan.begins


def _dropped_reports(higher: Scheme, scheme: Scheme) -> Findings:
    own = {(duty.reporter, duty.receiver) for duty in scheme.calendar}
    for duty in higher.calendar:
        binds = DEPTH[duty.reporter] >= _jurisdiction_depth(scheme.jurisdiction)
        if binds and duty.frequency is not Frequency.ONCE and (duty.reporter, duty.receiver) not in own:
            message = f"上级要求的“{duty.title}”（{duty.reporter_title}报{duty.receiver_title}）没有写进日历"
            yield ("calendar",), message, "上级方案的日历仍然有效；需要在本方案里提醒的，照写一条", "notice"


_PLACES = {
    "standards": "standards",
    "levels": "standards",
    "titles": "titles",
    "steps": "procedure",
    "upkeep": "upkeep",
    "calendar": "calendar",
}


def _loosened_elsewhere(higher: Scheme, scheme: Scheme) -> Findings:
    """What ``against`` finds loosened outside the lines of the standard and the goals, which are looked at above."""
    for one in against.loosened(against.compare(higher, scheme)):
        place = _PLACES.get(one.key.partition(".")[0])
        if place is not None:
            message = f"放宽了上级方案（{one.source}）：{one.title}，上级{short(one.higher)}，本方案{short(one.lower)}"
            why = f"理由：{one.reason}" if one.reason else f"改回，或在 replaces 里以 {one.key} 写明理由"
            yield (place,), message, why, "notice"


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
