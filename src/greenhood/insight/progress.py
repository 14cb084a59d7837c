"""How far a division is, as plain values: the three rates, the goal of each, and what is missing.

Participation, reaching the standard and demonstration are three different figures: a community that takes part may not
have reached the standard, and one that has reached it may not be a demonstration.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from greenhood.divisions.models import Level
from greenhood.schemes.format import AdminLevel, Goal, Measure, Scheme

# With fewer subjects one community moves a share by more than twenty points: such a share ranks nobody.
LEAST_TO_RANK = 5

LEVEL_OF = {
    AdminLevel.NATION: Level.NATION,
    AdminLevel.PROVINCE: Level.PROVINCE,
    AdminLevel.CITY: Level.CITY,
    AdminLevel.COUNTY: Level.COUNTY,
    AdminLevel.STREET: Level.STREET,
    AdminLevel.COMMUNITY: Level.COMMUNITY,
}

TITLES = {"participating": "参与率", "reached": "达标率", "demonstration": "示范率"}
DEFINITIONS = {
    "participating": "已开始自评或已申报的社区数 ÷ 创建对象社区总数。参与不等于达标。",
    "reached": "现在持有称号（含限期整改中）的社区数 ÷ 创建对象社区总数。已除名的不计。",
    "demonstration": "现在持有更高一级称号（以先取得另一称号为前提，如示范）的社区数 ÷ 创建对象社区总数。",
}


@dataclass(frozen=True)
class Counts:
    """Communities of one division: the object of the programme, and how many of them are how far."""

    subjects: int = 0
    participating: int = 0
    reached: int = 0
    demonstration: int = 0

    def share(self, measure: str) -> Decimal | None:
        """The ratio of a measure to the subjects, to four places; None where there are no subjects."""
        if not self.subjects:
            return None
        return (Decimal(getattr(self, measure)) / self.subjects).quantize(Decimal("0.0001"))


@dataclass(frozen=True)
class Target:
    """A goal as it applies to one division."""

    title: str
    source: str
    by: dt.date
    share: Decimal | None
    needed: int
    missing: int
    is_of_whole: bool
    each: str
    conflict: str

    @property
    def is_met(self) -> bool:
        return self.missing == 0


@dataclass(frozen=True)
class Rate:
    """One of the three figures with its goal."""

    measure: str
    title: str
    definition: str
    count: int
    subjects: int
    share: Decimal | None
    target: Target | None

    @property
    def width(self) -> str:
        """The length of the bar in hundredths, as SVG writes it."""
        return f"{min(self.share or Decimal(0), Decimal(1)) * 100:.1f}"

    @property
    def goal_at(self) -> str | None:
        """Where the goal stands on the bar; None where it is no ratio that fits on it."""
        if self.target is None or not self.subjects or self.target.needed > self.subjects:
            return None
        return f"{Decimal(self.target.needed) / self.subjects * 100:.1f}"


def rates(counts: Counts, scheme: Scheme | None, level: int, jurisdiction_level: int, today: dt.date) -> list[Rate]:
    """The three figures of a division of this level, under the scheme in force there."""
    return [
        Rate(
            measure,
            title,
            DEFINITIONS[measure],
            getattr(counts, measure),
            counts.subjects,
            counts.share(measure),
            _target(counts, measure, scheme, level, jurisdiction_level, today) if scheme else None,
        )
        for measure, title in TITLES.items()
    ]


def goals_for(measure: str, scheme: Scheme) -> list[Goal]:
    """The scheme's goals that this measure counts towards, by date."""
    return sorted((goal for goal in scheme.goals if _measure_of(goal, scheme) == measure), key=lambda goal: goal.by)


def _measure_of(goal: Goal, scheme: Scheme) -> str | None:
    if goal.measure is Measure.TITLED:
        requires = {title.key: title.requires for title in scheme.titles}
        return "demonstration" if goal.award and requires.get(goal.award) else "reached"
    return {Measure.PARTICIPATING: "participating", Measure.REACHED: "reached"}.get(goal.measure)


def _target(
    counts: Counts, measure: str, scheme: Scheme, level: int, jurisdiction_level: int, today: dt.date
) -> Target | None:
    """The next goal that is still to come, or the last one; counts bind only the division that they are set for."""
    goals = [goal for goal in goals_for(measure, scheme) if _binds(goal, level, jurisdiction_level)]
    goal = next((goal for goal in goals if goal.by >= today), goals[-1] if goals else None)
    return _target_of(goal, counts, measure, level, jurisdiction_level) if goal else None


def targets(counts: Counts, scheme: Scheme, level: int, jurisdiction_level: int) -> list[tuple[str, Target]]:
    """Every goal that binds a division of this level, with the measure that it counts, by date."""
    found = [
        (measure, _target_of(goal, counts, measure, level, jurisdiction_level))
        for measure in TITLES
        for goal in goals_for(measure, scheme)
        if _binds(goal, level, jurisdiction_level)
    ]
    return sorted(found, key=lambda one: one[1].by)


def _target_of(goal: Goal, counts: Counts, measure: str, level: int, jurisdiction_level: int) -> Target:
    needed = _needed(goal, counts.subjects)
    return Target(
        title=goal.title,
        source=goal.source,
        by=goal.by,
        share=goal.share,
        needed=needed,
        missing=max(0, needed - getattr(counts, measure)),
        is_of_whole=goal.each is None and level > jurisdiction_level,
        each=LEVEL_OF[goal.each].label if goal.each and level < LEVEL_OF[goal.each] else "",
        conflict=goal.conflict or "",
    )


def _binds(goal: Goal, level: int, jurisdiction_level: int) -> bool:
    if goal.share is not None:
        return True
    return level == (LEVEL_OF[goal.each] if goal.each else jurisdiction_level)


def _needed(goal: Goal, subjects: int) -> int:
    """How many communities the goal asks for: a share of the subjects rounded up, or a plain count."""
    if goal.share is not None:
        return int((goal.share * subjects).to_integral_value(ROUND_CEILING))
    return goal.count or 0


def ranks(shares: Sequence[tuple[Decimal | None, int]]) -> list[int | None]:
    """The place of each (share, subjects), equal shares in the same place; None where there are too few subjects."""
    ranked = sorted((share for share, subjects in shares if _is_ranked(share, subjects)), reverse=True)  # type: ignore[type-var]
    first = {share: ranked.index(share) + 1 for share in set(ranked)}
    return [first[share] if _is_ranked(share, subjects) else None for share, subjects in shares]


def _is_ranked(share: Decimal | None, subjects: int) -> bool:
    return share is not None and subjects >= LEAST_TO_RANK


def mean(pair: Iterable[object] | None) -> Decimal | None:
    """The mean of a stored [sum, number], to two places."""
    if not pair:
        return None
    total, number = pair
    return (Decimal(str(total)) / int(str(number))).quantize(Decimal("0.01")) if number else None
