"""A lower scheme beside the higher one that it carries out, entry by entry: added, tightened, unchanged, loosened, or other.

A lower government may add and tighten. What it loosens is allowed only with a reason, which its file gives under
``replaces``: ``"#5"`` for a line of the standard, ``goals.reached-2022`` for an entry of a section, or the section's name.
Pure: two schemes with their settings resolved in, comparisons out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from greenhood.schemes import crosswalk, reading, words
from greenhood.schemes.format import (
    AdminLevel,
    Criterion,
    Frequency,
    Goal,
    Kind,
    Level,
    Measure,
    Obligation,
    Relation,
    Scheme,
    Standard,
    Step,
    Threshold,
)

DEPTH = {level: depth for depth, level in enumerate(AdminLevel)}


class Outcome(StrEnum):
    """How an entry of the lower scheme stands to the higher one's."""

    LOOSENED = "loosened"
    TIGHTENED = "tightened"
    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


OUTCOMES = {
    Outcome.LOOSENED: "放宽",
    Outcome.TIGHTENED: "收紧",
    Outcome.ADDED: "新增",
    Outcome.CHANGED: "改动",
    Outcome.UNCHANGED: "不变",
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """One entry of the two. ``source`` is the higher clause, "" for what is added; ``key`` is what a reason for it is filed
    under; ``reason`` the one that is given."""

    outcome: Outcome
    section: str
    title: str
    key: str
    source: str = ""
    higher: str = ""
    lower: str = ""
    reason: str = ""

    @property
    def outcome_title(self) -> str:
        return OUTCOMES[self.outcome]

    @property
    def lacks_reason(self) -> bool:
        return self.outcome is Outcome.LOOSENED and not self.reason


def compare(higher: Scheme, lower: Scheme) -> list[Comparison]:
    """Every entry of the two schemes that bears on what communities are asked, in the order of a scheme."""
    found = [
        *_subjects(higher, lower),
        *_goals(higher, lower),
        *_standard(higher, lower),
        *_standards_beside(higher, lower),
        *_levels(higher, lower),
        *_titles(higher, lower),
        *_steps(higher, lower),
        *_upkeep(higher, lower),
        *_calendar(higher, lower),
    ]
    return [_with_reason(one, lower) for one in found]


def loosened(comparisons: list[Comparison]) -> list[Comparison]:
    return [one for one in comparisons if one.outcome is Outcome.LOOSENED]


def _with_reason(one: Comparison, lower: Scheme) -> Comparison:
    section = "standards" if one.key.startswith(("#", "levels.")) else one.key.partition(".")[0]
    reason = lower.replaces.get(one.key) or lower.replaces.get(section) or ""
    if not reason:
        return one
    return Comparison(one.outcome, one.section, one.title, one.key, one.source, one.higher, one.lower, reason)


# --- the object and the goals ------------------------------------------------------------------------------------------


def _subjects(higher: Scheme, lower: Scheme) -> Iterator[Comparison]:
    theirs, mine = higher.subjects, lower.subjects
    title = "创建对象"
    if theirs == mine:
        yield Comparison(Outcome.UNCHANGED, title, title, "subjects", theirs.source, theirs.title, mine.title)
        return
    missing = [f"城乡分类 {code}" for code in sorted(set(theirs.classes) - set(mine.classes))]
    missing += [f"{kind}的居委会" for kind in theirs.parent_kinds if kind not in mine.parent_kinds]
    missing += [str(code) for code in sorted(set(mine.exclude) - set(theirs.exclude))]
    if missing:
        said = f"少了{'、'.join(missing)}，比例的分母会变小"
        yield Comparison(Outcome.LOOSENED, title, title, "subjects", theirs.source, theirs.title, said)
    else:
        yield Comparison(Outcome.CHANGED, title, title, "subjects", theirs.source, theirs.title, mine.title)


def _goals(higher: Scheme, lower: Scheme) -> Iterator[Comparison]:
    matched: set[str] = set()
    for goal in higher.goals:
        if not binds(goal, lower):
            continue
        mine = [own for own in lower.goals if _same_kind(goal, own)]
        matched |= {own.key for own in mine}
        yield _goal(goal, mine, lower)
    for own in lower.goals:
        if own.key not in matched:
            yield Comparison(Outcome.ADDED, "创建目标", own.title, f"goals.{own.key}", lower=goal_words(own))


def binds(goal: Goal, lower: Scheme) -> bool:
    """Whether a goal of the higher scheme says something of a place within it.

    A share holds for each part as for the whole. A count of the whole is not any one part's; a count in each division of a
    level binds places of that level and those that contain some.
    """
    if goal.measure is Measure.DUTY:
        return False
    depth = depth_of(lower.jurisdiction)
    if goal.share is not None:
        return goal.each is None or DEPTH[goal.each] >= depth
    return goal.each is not None and DEPTH[goal.each] >= depth


def depth_of(code: int) -> int:
    """The depth of a division in the tree, from its code: 0 the nation, 5 a community."""
    if code == 0:
        return 0
    sizes = (10**10, 10**8, 10**6, 10**3)
    return next((depth for depth, size in enumerate(sizes, 1) if code % size == 0), len(sizes) + 1)


def _same_kind(goal: Goal, own: Goal) -> bool:
    return (
        own.measure is goal.measure
        and (goal.award is None or own.award == goal.award)
        and ((goal.share is None) == (own.share is None))
    )


def _goal(goal: Goal, mine: list[Goal], lower: Scheme) -> Comparison:
    key, said = f"goals.{goal.key}", goal_words(goal)
    begins = lower.plan.begins if lower.plan else None
    # A day that was over before the plan began can't be kept any more; the figure still binds.
    is_past = begins is not None and goal.by < begins
    level = next((one for one in AdminLevel if DEPTH[one] == depth_of(lower.jurisdiction)), None)

    def reaches(own: Goal) -> bool:
        in_each = goal.each in (None, level) or own.each == goal.each
        return in_each and _amount(own) >= _amount(goal) and (is_past or own.by <= goal.by)

    good = [own for own in mine if reaches(own)]
    if good:
        best = max(good, key=_amount)
        is_same = _amount(best) == _amount(goal) and (best.by == goal.by or is_past)
        outcome = Outcome.UNCHANGED if is_same else Outcome.TIGHTENED
        return Comparison(outcome, "创建目标", goal.title, key, goal.source, said, goal_words(best))
    nearest = max(mine, key=_amount, default=None)
    shown = goal_words(nearest) if nearest else "没有写"
    return Comparison(Outcome.LOOSENED, "创建目标", goal.title, key, goal.source, said, shown)


def _amount(goal: Goal) -> Decimal:
    return goal.share if goal.share is not None else Decimal(goal.count or 0)


def goal_words(goal: Goal) -> str:
    """``各县（市、区）60%以上，2022-12-31 前``."""
    scope = words.goal_scope(goal) if goal.each else ""
    return f"{scope}{words.goal_amount(goal)}，{goal.by.isoformat()} 前"


# --- the standard ------------------------------------------------------------------------------------------------------


def _standard(higher: Scheme, lower: Scheme) -> Iterator[Comparison]:
    carried: dict[int, list[tuple[Standard, Criterion]]] = {}
    numbers = crosswalk.carried_numbers(lower, higher)
    beside = {standard.key for standard in higher.standards[1:]}
    for line in crosswalk.lines_of(lower):
        if line.standard.key in beside:
            continue
        for no in numbers[line.place]:
            carried.setdefault(no, []).append((line.standard, line.criterion))
        if not numbers[line.place] and line.standard.object == "community":
            title = f"第 {line.criterion.no} 项 {line.criterion.title}"
            said = "；".join(crosswalk.asks(line.criterion))
            kind = words.LINES[line.criterion.kind]
            yield Comparison(Outcome.ADDED, "创建标准", title, f"#{line.criterion.no}", lower=f"{kind}：{said}")
    for above in crosswalk.lines_of(higher):
        if above.standard.key == higher.standard.key:
            found = carried.get(above.criterion.no, [])
            yield from _criterion(above.standard, above.criterion, found, "创建标准", f"#{above.criterion.no}")


def _standards_beside(higher: Scheme, lower: Scheme) -> Iterator[Comparison]:
    """The standards that stand beside the first (of estates, of streets, of new communities): by their keys, line by line."""
    own = {standard.key: standard for standard in lower.standards}
    for theirs in higher.standards[1:]:
        mine, section, key = own.get(theirs.key), f"创建标准：{theirs.title}", f"standards.{theirs.key}"
        if mine is None:
            yield Comparison(Outcome.LOOSENED, section, theirs.title, key, theirs.source, theirs.title, "没有这套标准")
            continue
        lines = {line.no: line for part in mine.parts for line in part.criteria}
        for above in (line for part in theirs.parts for line in part.criteria):
            found = [(mine, lines.pop(above.no))] if above.no in lines else []
            yield from _criterion(theirs, above, found, section, f"{key}.{above.no}")
        for line in lines.values():
            said = f"{words.LINES[line.kind]}：{'；'.join(crosswalk.asks(line))}"
            yield Comparison(Outcome.ADDED, section, f"第 {line.no} 项 {line.title}", f"{key}.{line.no}", lower=said)
        numbers = {line.no: (line.no,) for part in mine.parts for line in part.criteria}
        yield from _levels_of(theirs, mine, numbers, section, key)


def _criterion(
    standard: Standard, higher: Criterion, lines: list[tuple[Standard, Criterion]], section: str, key: str
) -> Iterator[Comparison]:
    title = f"第 {higher.no} 项 {higher.title}"
    if not lines:
        yield Comparison(Outcome.LOOSENED, section, title, key, higher.source, higher.title, "取消了这一项")
        return
    found = [
        Comparison(outcome, section, title, key, higher.source, before, after)
        for outcome, before, after in _line(standard, higher, lines)
    ]
    same = Comparison(Outcome.UNCHANGED, section, title, key, higher.source)
    yield from found or [same]


Said = tuple[Outcome, str, str]


def _line(standard: Standard, higher: Criterion, lines: list[tuple[Standard, Criterion]]) -> Iterator[Said]:
    kept: set[int] = set()
    for own_standard, line in lines:
        pairs = crosswalk.check_pairs(higher, line)
        kept |= {one for one, _ in pairs}
        for (one, two), relation in sorted(pairs.items()):
            yield from _pair(higher, line, one, two, relation)
        if standard.scoring == own_standard.scoring and len(lines) == 1:
            yield from _rules(higher, line)
        carrying = {two for _, two in pairs}
        for at, check in enumerate(line.checks, 1):
            if at not in carrying and (pairs or not check.refines):
                yield Outcome.ADDED, "", _asked(check.text, check.threshold)
    for at, text in enumerate(crosswalk.asks(higher), 1):
        # Lines that say nothing check by check are somebody's own wording of the whole.
        if at not in kept and kept:
            yield Outcome.LOOSENED, text, "取消了这一小项"
    if not higher.may_not_apply and all(line.may_not_apply for _, line in lines):
        yield Outcome.LOOSENED, "没有“不涉及”", "允许填“不涉及”"


def _pair(higher: Criterion, line: Criterion, one: int, two: int, relation: Relation) -> Iterator[Said]:
    above = higher.checks[one - 1] if higher.checks else None
    below = line.checks[two - 1] if line.checks else None
    before = _asked(above.text, above.threshold) if above else higher.title
    after = _asked(below.text, below.threshold) if below else line.title
    match relation:
        case Relation.NARROWER:
            yield Outcome.TIGHTENED, before, after
        case Relation.WIDER if above and below and above.threshold and above.indicator == below.indicator:
            yield Outcome.LOOSENED, before, after
        # A part of what is asked above, said so by the file: other lines may carry the rest.
        case Relation.WIDER | Relation.RELATED:
            yield Outcome.CHANGED, before, after


def _asked(text: str, mark: Threshold | None) -> str:
    return f"{text.rstrip('；。')}（{words.mark(mark)}）" if mark else text.rstrip("；。")


def _rules(higher: Criterion, line: Criterion) -> Iterator[Said]:
    if (higher.kind is Kind.VETO) != (line.kind is Kind.VETO):
        outcome = Outcome.LOOSENED if higher.kind is Kind.VETO else Outcome.TIGHTENED
        yield outcome, words.LINES[higher.kind], words.LINES[line.kind]
    if higher.needed and line.needed and higher.needed != line.needed:
        outcome = Outcome.LOOSENED if line.needed < higher.needed else Outcome.TIGHTENED
        yield outcome, f"做到 {higher.needed} 项", f"做到 {line.needed} 项"
    if higher.points != line.points:
        yield Outcome.CHANGED, f"{words.points(higher.points)} 分", f"{words.points(line.points)} 分"


def _levels(higher: Scheme, lower: Scheme) -> Iterator[Comparison]:
    numbers = crosswalk.carried_numbers(lower, higher)
    beside = {standard.key for standard in higher.standards[1:]}
    carried = {
        line.criterion.no: numbers[line.place] for line in crosswalk.lines_of(lower) if line.standard.key not in beside
    }
    yield from _levels_of(higher.standard, lower.standard, carried, "等级", "levels")


def _levels_of(
    first: Standard, second: Standard, carried: Mapping[int, tuple[int, ...]], section: str, prefix: str
) -> Iterator[Comparison]:
    if first.scoring != second.scoring or first.maximum != second.maximum:
        return
    own = {level.key: level for level in second.levels}
    for level in first.levels:
        key = f"{prefix}.{level.key}"
        before = reading.level_terms(level, reading.part_titles(first))
        source = level.source or first.source
        if level.key not in own:
            yield Comparison(Outcome.LOOSENED, section, level.title, key, source, before, "取消了这一等级")
            continue
        mine = own[level.key]
        after = reading.level_terms(mine, reading.part_titles(second))
        kept = {no for must in mine.must for no in carried.get(must, ())}
        outcome = _level(level, mine, missing=set(level.must) - kept - set(mine.must))
        yield Comparison(outcome, section, level.title, key, source, before, after)
    for level in second.levels:
        if level.key not in {one.key for one in first.levels}:
            after = reading.level_terms(level, reading.part_titles(second))
            yield Comparison(Outcome.ADDED, section, level.title, f"{prefix}.{level.key}", lower=after)


def _level(higher: Level, mine: Level, *, missing: set[int]) -> Outcome:
    asked = [(one.at_least, one.above, one.each_part_at_least) for one in (higher, mine)]
    looser = (
        any((after or 0) < (before or 0) for before, after in zip(_marks(higher), _marks(mine), strict=True))
        or bool(missing)
        or (higher.no_veto and not mine.no_veto)
        or (higher.all_met and not mine.all_met)
        or any(floor not in mine.floors for floor in higher.floors)
    )
    if looser:
        return Outcome.LOOSENED
    is_same = asked[0] == asked[1] and len(mine.must) == len(higher.must) and mine.floors == higher.floors
    return Outcome.UNCHANGED if is_same else Outcome.TIGHTENED


def _marks(level: Level) -> tuple[Decimal | None, Decimal | None]:
    mark = level.at_least if level.at_least is not None else level.above
    return mark, level.each_part_at_least


# --- titles, procedure, upkeep -----------------------------------------------------------------------------------------


def _titles(higher: Scheme, lower: Scheme) -> Iterator[Comparison]:
    own = {title.key: title for title in lower.titles}
    for title in higher.titles:
        mine = own.get(title.key)
        if mine is None or mine == title:
            continue
        before = "；".join(words.quota(quota) for quota in title.quotas)
        after = "；".join(words.quota(quota) for quota in mine.quotas)
        is_looser = (
            not set(title.requires) <= set(mine.requires)
            or len(mine.quotas) < len(title.quotas)
            or any(
                (mine_.share or 0) > (quota.share or 0) or (mine_.count or 0) > (quota.count or 0)
                for quota, mine_ in zip(title.quotas, mine.quotas, strict=False)
            )
        )
        outcome = Outcome.LOOSENED if is_looser else Outcome.CHANGED
        yield Comparison(outcome, "称号与名额", title.title, f"titles.{title.key}", title.source, before, after)


def _steps(higher: Scheme, lower: Scheme) -> Iterator[Comparison]:
    own = {step.key: step for step in lower.procedure.steps}
    if own.keys().isdisjoint(step.key for step in higher.procedure.steps):
        return  # a procedure of its own
    for step in higher.procedure.steps:
        before = "；".join(reading.step_terms(step))
        mine = own.get(step.key)
        if mine is None:
            yield Comparison(
                Outcome.LOOSENED, "申报程序", step.title, f"steps.{step.key}", step.source, before, "取消了这一步"
            )
        elif mine != step:
            after = "；".join(reading.step_terms(mine))
            outcome = _step(step, mine)
            if before != after or outcome is not Outcome.CHANGED:
                yield Comparison(outcome, "申报程序", step.title, f"steps.{step.key}", step.source, before, after)


def _step(step: Step, mine: Step) -> Outcome:
    pairs = [(step.days, mine.days), (step.share, mine.share), (len(step.seats), len(mine.seats))]
    if any((after or 0) < (before or 0) for before, after in pairs) or (step.scores and not mine.scores):
        return Outcome.LOOSENED
    if any((after or 0) > (before or 0) for before, after in pairs):
        return Outcome.TIGHTENED
    return Outcome.CHANGED


def _upkeep(higher: Scheme, lower: Scheme) -> Iterator[Comparison]:
    theirs, mine = higher.upkeep, lower.upkeep
    if theirs is None or theirs == mine:
        return
    before = "；".join(words.upkeep(theirs))
    if mine is None:
        yield Comparison(Outcome.LOOSENED, "动态管理", "动态管理", "upkeep", theirs.source, before, "没有写")
        return
    pairs = [(theirs.reexamine_months, mine.reexamine_months), (theirs.rectification_days, mine.rectification_days)]
    looser = any(before_ and (after_ or 10**6) > before_ for before_, after_ in pairs)
    outcome = Outcome.LOOSENED if looser else Outcome.TIGHTENED
    after = "；".join(words.upkeep(mine))
    yield Comparison(outcome, "动态管理", "动态管理", "upkeep", theirs.source, before, after)


# --- reporting ---------------------------------------------------------------------------------------------------------


def _calendar(higher: Scheme, lower: Scheme) -> Iterator[Comparison]:
    """Dates for divisions below must leave time before the day on which this place itself owes the same upwards."""
    if lower.calendar == higher.calendar:
        return
    depth = depth_of(lower.jurisdiction)
    for own in lower.calendar:
        if any(own.key == one.key and own == one for one in higher.calendar):
            continue
        key, after = f"calendar.{own.key}", words.obligation_day(own)
        upper = [one for one in higher.calendar if _same_report(one, own) and DEPTH[one.reporter] <= depth]
        late = [one for one in upper if _falls_late(own, one, lower)]
        for one in late:
            yield Comparison(
                Outcome.LOOSENED, "报送期限", own.title, key, one.source, f"{one.title}：{words.obligation_day(one)}", f"{after}，晚于或等于本级向上报送的期限"
            )  # fmt: skip
        if upper and not late:
            one = upper[0]
            yield Comparison(
                Outcome.TIGHTENED, "报送期限", own.title, key, one.source, f"{one.title}：{words.obligation_day(one)}", after
            )  # fmt: skip
        if not upper:
            yield Comparison(Outcome.ADDED, "报送期限", own.title, key, lower=after)


def _same_report(one: Obligation, own: Obligation) -> bool:
    """Whether what those below report goes into what this place reports: plans into plans, the rest into the rest."""
    same_kind = (one.kind == "plan") == (own.kind == "plan") and one.kind not in ("visit", "sample")
    return same_kind and one.frequency is own.frequency and DEPTH[own.reporter] > DEPTH[one.reporter]


def _falls_late(own: Obligation, upper: Obligation, lower: Scheme) -> bool:
    match own.frequency:
        case Frequency.ANNUAL if own.due_month and upper.due_month:
            return (own.due_month, own.due_day or 31) >= (upper.due_month, upper.due_day or 31)
        case Frequency.MONTHLY:
            return (own.due_day or 31) >= (upper.due_day or 31)
        case Frequency.QUARTERLY if upper.days_after_period is not None:
            return (own.days_after_period or 0) >= upper.days_after_period
        case Frequency.ONCE if own.due_date and upper.due_date:
            # What was over before this scheme was made is no day to be earlier than.
            begins = (lower.plan.begins if lower.plan else None) or lower.issued
            return own.due_date >= upper.due_date and not (begins and upper.due_date < begins)
    return False
