"""A published scheme laid out for a reader: sections in the order of the document, each entry with its open settings.

Views and the API show what is built here; nothing here asks the database.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel

from greenhood.schemes import coverage, opens, reasons, rules, timetable, words
from greenhood.schemes.format import (
    Check,
    Clause,
    Criterion,
    Duty,
    Goal,
    KeyProject,
    Level,
    Obligation,
    Part,
    Quota,
    Scheme,
    Standard,
    Step,
    Title,
    YearTask,
)
from greenhood.schemes.known_indicators import known
from greenhood.schemes.models import SchemeVersion
from greenhood.schemes.opens import Open

SECTIONS = {
    "departments": "参与单位",
    "subjects": "创建对象",
    "goals": "创建目标",
    "duties": "职责分工",
    "standards": "创建标准",
    "composite": "综合评分",
    "titles": "称号与名额",
    "procedure": "申报程序",
    "upkeep": "动态管理",
    "calendar": "报送与检查",
    "forms": "表格",
}


@dataclass(frozen=True, slots=True)
class Text:
    """One clause of the document. ``anchors`` are further references that lead here: ``三(二)`` leads to ``三(二)1·1``."""

    clause: Clause
    anchors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CheckLine:
    """A check as read: ``indicator`` is the title of the figure that decides it, "" where none does."""

    check: Check
    threshold: str
    proofs: str
    indicator: str
    opens: tuple[Open, ...]


@dataclass(frozen=True, slots=True)
class CriterionLine:
    """A criterion as read; ``opens`` without those that its checks show themselves."""

    criterion: Criterion
    how: str
    points: str
    effort: str
    checks: tuple[CheckLine, ...]
    opens: tuple[Open, ...]
    refines: str


@dataclass(frozen=True, slots=True)
class PartLines:
    part: Part
    points: str
    lines: tuple[CriterionLine, ...]


@dataclass(frozen=True, slots=True)
class LevelLine:
    level: Level
    terms: str
    opens: tuple[Open, ...]


@dataclass(frozen=True, slots=True)
class StandardSheet:
    standard: Standard
    parts: tuple[PartLines, ...]
    levels: tuple[LevelLine, ...]
    count: int
    maximum: str


@dataclass(frozen=True, slots=True)
class GoalLine:
    goal: Goal
    measure: str
    amount: str
    scope: str
    opens: tuple[Open, ...]


@dataclass(frozen=True, slots=True)
class TitleLine:
    title: Title
    level: str
    requires: tuple[str, ...]
    quotas: tuple[tuple[Quota, str], ...]


@dataclass(frozen=True, slots=True)
class StepLine:
    number: int
    step: Step
    level: str
    terms: tuple[str, ...]
    opens: tuple[Open, ...]


@dataclass(frozen=True, slots=True)
class ObligationLine:
    obligation: Obligation
    kind: str
    frequency: str
    due: str
    next_day: dt.date | None
    opens: tuple[Open, ...]


@dataclass(frozen=True, slots=True)
class RosterLine:
    name: str
    code: int | None


@dataclass(frozen=True, slots=True)
class Month:
    number: int
    dues: tuple[timetable.Due, ...]


class Reading:
    """One version laid out. ``today`` decides which day is the next one due; ``higher`` is the version taken over from."""

    def __init__(self, version: SchemeVersion, today: dt.date, higher: SchemeVersion | None = None) -> None:
        self.version = version
        self.today = today
        self.higher = higher
        self.scheme: Scheme = version.scheme

    # settings

    @property
    def settings(self) -> list[Open]:
        return list(opens.of(self.version).values())

    def opens_at(self, place: str) -> tuple[Open, ...]:
        return opens.at(self.version, place)

    # the head

    @property
    def inherited(self) -> dict[str, bool]:
        return {name: name in self.version.inherited for name in SECTIONS}

    @property
    def inherited_titles(self) -> list[str]:
        return [SECTIONS[name] for name in self.version.inherited if name in SECTIONS]

    # sections

    @property
    def goals(self) -> list[GoalLine]:
        return [
            GoalLine(
                goal,
                words.MEASURES[goal.measure],
                words.goal_amount(goal),
                words.goal_scope(goal),
                self.opens_at(f"goals[{index}]"),
            )
            for index, goal in enumerate(self.scheme.goals)
        ]

    @property
    def duties(self) -> Sequence[Duty]:
        return self.scheme.duties

    @property
    def plan_span(self) -> str:
        return words.span(self.scheme.plan.begins, self.scheme.plan.ends) if self.scheme.plan else ""

    @property
    def plan_years(self) -> list[tuple[int, list[YearTask]]]:
        """The yearly tasks of a local plan, by year."""
        tasks = self.scheme.plan.yearly if self.scheme.plan else []
        years = sorted({task.year for task in tasks})
        return [(year, [task for task in tasks if task.year == year]) for year in years]

    @property
    def key_projects(self) -> list[tuple[KeyProject, str]]:
        """The key projects of a local plan, each with its money in words."""
        return [(one, words.money(one.money)) for one in self.scheme.plan.key_projects] if self.scheme.plan else []

    @property
    def subject_rule(self) -> list[str]:
        """Who counts, in sentences (norms of statistics: class codes first, else village code and kind of parent)."""
        rule = self.scheme.subjects
        ranges = "、".join(f"{low:03d}–{high:03d}" for low, high in rule.village_codes)
        sentences = [
            f"有城乡分类代码的：代码为 {'、'.join(map(str, rule.classes))} 的居民委员会。",
            f"没有城乡分类代码的：上级为{'、'.join(rule.parent_kinds)}，且代码末三位为 {ranges} 的居民委员会。",
        ]
        if rule.include:
            sentences.append(f"另外计入 {len(rule.include)} 个。")
        if rule.exclude:
            sentences.append(f"不计入 {len(rule.exclude)} 个。")
        return sentences

    @property
    def titles(self) -> list[TitleLine]:
        names = {title.key: title.title for title in self.scheme.titles}
        levels = {level.key: level.title for standard in self.scheme.standards for level in standard.levels}
        return [
            TitleLine(
                title,
                levels.get(title.level, title.level),
                tuple(names.get(key, key) for key in title.requires),
                tuple((limit, words.quota(limit)) for limit in title.quotas),
            )
            for title in self.scheme.titles
        ]

    @property
    def steps(self) -> list[StepLine]:
        return [
            StepLine(
                index + 1,
                step,
                words.LEVELS[step.level],
                tuple(step_terms(step)),
                self.opens_at(f"procedure.steps[{index}]"),
            )
            for index, step in enumerate(self.scheme.procedure.steps)
        ]

    @property
    def upkeep(self) -> list[str]:
        return words.upkeep(self.scheme.upkeep) if self.scheme.upkeep else []

    @property
    def upkeep_opens(self) -> tuple[Open, ...]:
        return self.opens_at("upkeep")

    @property
    def obligations(self) -> list[ObligationLine]:
        return [
            ObligationLine(
                obligation,
                words.KINDS[obligation.kind],
                words.FREQUENCIES[obligation.frequency],
                words.obligation_day(obligation),
                due.day if (due := timetable.next_due(obligation, self.today)) else None,
                self.opens_at(f"calendar[{index}]"),
            )
            for index, obligation in enumerate(self.scheme.calendar)
        ]

    @property
    def roster(self) -> list[tuple[int, str, list[RosterLine]]]:
        """(year, clause, communities by the document's names, with their codes where known)."""
        return [
            (
                entry.year,
                entry.source,
                [
                    RosterLine(name, entry.codes[index] if index < len(entry.codes) else None)
                    for index, name in enumerate(entry.communities)
                ],
            )
            for entry in self.scheme.roster
        ]

    # the standard

    @property
    def sheets(self) -> list[StandardSheet]:
        return [self._sheet(index, standard) for index, standard in enumerate(self.scheme.standards)]

    def _sheet(self, index: int, standard: Standard) -> StandardSheet:
        place = f"standards[{index}]"
        return StandardSheet(
            standard,
            tuple(self._part(standard, part, f"{place}.parts[{at}]") for at, part in enumerate(standard.parts)),
            tuple(
                LevelLine(level, level_terms(level, part_titles(standard)), self.opens_at(f"{place}.levels[{at}]"))
                for at, level in enumerate(standard.levels)
            ),
            sum(len(part.criteria) for part in standard.parts),
            words.points(standard.maximum),
        )

    def _part(self, standard: Standard, part: Part, place: str) -> PartLines:
        lines = tuple(
            self._line(standard, criterion, f"{place}.criteria[{at}]") for at, criterion in enumerate(part.criteria)
        )
        return PartLines(part, words.points(part.points), lines)

    def _line(self, standard: Standard, criterion: Criterion, place: str) -> CriterionLine:
        how = "" if standard.scoring == "checklist" else words.HOWS[rules.method(standard, criterion)]
        checks = tuple(
            _check(check, self.opens_at(f"{place}.checks[{at}]")) for at, check in enumerate(criterion.checks)
        )
        within = {open_.setting.key for check in checks for open_ in check.opens}
        return CriterionLine(
            criterion,
            how if len(criterion.checks) != 1 else "",
            words.points(criterion.points),
            words.EFFORTS[criterion.effort] if criterion.effort else "",
            checks,
            tuple(open_ for open_ in self.opens_at(place) if open_.setting.key not in within),
            "、".join(f"第 {number} 项" for number in criterion.refines),
        )

    @property
    def efforts(self) -> list[tuple[str, str, str]]:
        """The effort classes: word, what it stands for, weight."""
        weights = self.scheme.efforts
        return [
            (title, words.EFFORT_MEANINGS[key], reasons.number(weights.weight(key)))
            for key, title in words.EFFORTS.items()
        ]

    # the text

    @property
    def texts(self) -> list[Text]:
        return texts(self.scheme.clauses)

    @property
    def texts_above(self) -> list[Text]:
        """The clauses of the higher document that sections taken over from it cite, where this one has none of that number."""
        if self.higher is None:
            return []
        own = {ref for text in self.texts for ref in (text.clause.ref, *text.anchors)}
        cited = self._cited_above() - own
        return [
            Text(text.clause, tuple(ref for ref in text.anchors if ref in cited))
            for text in texts(self.higher.scheme.clauses)
            if text.clause.ref not in own and cited & {text.clause.ref, *text.anchors}
        ]

    def _cited_above(self) -> set[str]:
        """The clauses that sections taken over cite, and the open settings that came along with them."""
        names = [name for name in self.version.inherited if name in SECTIONS]
        cited = {source for name in names for source in _sources(getattr(self.scheme, name))}
        came_along = {
            setting.source
            for setting in self.scheme.settings
            if (places := self.version.effects.get(setting.key))
            and all(place.partition(".")[0].partition("[")[0] in names for place in places)
        }
        return cited | came_along

    @property
    def conflicts(self) -> list[tuple[str, str]]:
        """Where the document contradicts itself: clause and decision."""
        found = [(clause.ref, clause.conflict) for clause in self.scheme.clauses if clause.conflict]
        found += [(goal.source, goal.conflict) for goal in self.scheme.goals if goal.conflict]
        found += [
            (criterion.source, criterion.conflict)
            for standard in self.scheme.standards
            for part in standard.parts
            for criterion in part.criteria
            if criterion.conflict
        ]
        return list(dict.fromkeys(found))

    # the year

    def months(self, year: int) -> list[Month]:
        dues = timetable.in_year(self.scheme, year)
        return [Month(number, tuple(due for due in dues if due.day.month == number)) for number in timetable.MONTHS]

    def covered(self) -> list[coverage.Coverage]:
        return coverage.coverage(self.scheme)


def texts(clauses: Iterable[Clause]) -> list[Text]:
    """The clauses with the references that lead to each: its own, and those above it that no earlier one has taken."""
    taken: set[str] = {clause.ref for clause in clauses}
    found = []
    for clause in clauses:
        above = [ref for ref in refs_above(clause.ref) if ref not in taken]
        taken.update(above)
        found.append(Text(clause, tuple(above)))
    return found


def _sources(value: object) -> Iterable[str]:
    if isinstance(value, list):
        for entry in value:
            yield from _sources(entry)
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            part = getattr(value, name)
            if name == "source" and isinstance(part, str):
                yield part
            else:
                yield from _sources(part)


def refs_above(ref: str) -> list[str]:
    """``三(二)1·1`` → ``三(二)1``, ``三(二)``, ``三``: the references of what contains a clause."""
    above = []
    for cut in ("·", ")", "("):
        head, found, _ = ref.rpartition(cut)
        if found and cut == ")":
            head += ")"
        if found and head and head not in above and head != ref:
            above.append(head)
            ref = head
    return above


def level_terms(level: Level, part_titles: Mapping[str, str] | None = None) -> str:
    """What a level asks for, in one sentence; ``part_titles`` names the parts that have floors."""
    terms = []
    if level.at_least is not None:
        terms.append(f"总分不低于 {words.points(level.at_least)} 分")
    if level.above is not None:
        terms.append(f"总分高于 {words.points(level.above)} 分")
    if level.all_met:
        terms.append("各项全部达到（不涉及的除外）")
    if level.each_part_at_least is not None:
        terms.append(f"每一部分不低于该部分分值的 {reasons.percent(level.each_part_at_least)}")
    if level.must:
        terms.append(f"第 {'、'.join(map(str, level.must))} 项必须做到")
    for floor in level.floors:
        least = f"{words.points(floor.at_least)} 分" if floor.at_least is not None else ""
        share = f"该部分分值的 {reasons.percent(floor.share)}" if floor.share is not None else ""
        terms.append(f"“{(part_titles or {}).get(floor.part, floor.part)}”不低于{f' {least}' if least else share}")
    if not level.no_veto:
        terms.append("有一票否决也可以")
    return "；".join(terms)


def part_titles(standard: Standard) -> dict[str, str]:
    return {part.key: part.title for part in standard.parts}


def _check(check: Check, opened: tuple[Open, ...]) -> CheckLine:
    measured = known(check.indicator or "")
    return CheckLine(
        check,
        reasons.threshold(check.threshold) if check.threshold else "",
        "、".join(words.PROOFS[proof] for proof in check.evidence),
        measured.title if measured else check.indicator or "",
        opened,
    )


def step_terms(step: Step) -> Iterable[str]:
    if step.department:
        yield step.department + (f"会同{'、'.join(step.together_with)}" if step.together_with else "")
    if step.due:
        yield words.due_day(step.due)
    if step.days is not None:
        yield f"公示 {step.days} {words.DAY_KINDS[step.day_kind]}"
    if step.answer_days is not None:
        yield f"异议 {step.answer_days} {words.DAY_KINDS[step.day_kind]}内答复"
    if step.share is not None:
        yield f"抽取 {reasons.percent(step.share)}"
    if step.stratify_by:
        yield f"按{words.LEVELS[step.stratify_by]}分层"
    if step.never_sampled_first:
        yield "从未抽过的优先"
    if step.seats:
        yield "考评组：" + "、".join(words.seat(seat) for seat in step.seats)
        yield f"各自独立评分后{words.AGGREGATES[step.aggregate]}"
    yield from (word for name, word in words.FEATURES_OF_STEP if getattr(step, name))
    if step.kind in ("review", "award", "panel"):
        yield "结果：" + "、".join(words.OUTCOMES[outcome] for outcome in step.outcomes)
