"""Goals as they bind a division, as plain values: what has to be reached by when, and whether it is on course.

A goal of a scheme binds its whole jurisdiction, or each division of a level in it (``each``). What an upper government
has passed down and what a division set for itself stand beside it as lines of their own; none replaces another.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum

from greenhood.divisions.models import Division, Level
from greenhood.divisions.subjects import KINDS
from greenhood.insight.progress import LEVEL_OF, Counts
from greenhood.programme.models import Base, Issue, Measure
from greenhood.schemes import format as scheme_format
from greenhood.schemes.format import Goal, Scheme
from greenhood.schemes.models import SchemeVersion
from greenhood.schemes.reasons import percent


class Origin(StrEnum):
    """Where a line comes from. An ``EACH`` line is met below, one by one; a ``WHOLE`` line is an upper division's."""

    SCHEME = "scheme"
    HANDED = "handed"
    OWN = "own"
    EACH = "each"
    WHOLE = "whole"


ORIGINS = {
    Origin.SCHEME: "方案规定",
    Origin.HANDED: "上级下达",
    Origin.OWN: "本级自定",
    Origin.EACH: "下级各自完成",
    Origin.WHOLE: "上级整体目标",
}
# Those that the division itself answers for.
BINDING = (Origin.SCHEME, Origin.HANDED, Origin.OWN)


class State(StrEnum):
    """How a line stands today."""

    MET = "met"
    COURSE = "course"
    BEHIND = "behind"
    COMING = "coming"
    MISSED = "missed"
    LATE = "late"
    EMPTY = "empty"
    OPEN = "open"


STATES = {
    State.MET: "已达到",
    State.COURSE: "进度正常",
    State.BEHIND: "落后于进度",
    State.COMING: "尚未开始",
    State.MISSED: "期限已过，未达到",
    State.LATE: "期限已过后达到",
    State.EMPTY: "没有创建对象",
    State.OPEN: "没有分解到本级",
}
TONES = {
    State.MET: "good", State.COURSE: "good", State.BEHIND: "attend", State.MISSED: "bad", State.LATE: "attend", State.COMING: "wait",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """What one goal asks of one division. Of ``share`` and ``count`` one is given; ``count_to`` is the upper end of a span."""

    division: Division
    origin: Origin
    scheme: str
    entry: str
    title: str
    measure: Measure
    by: dt.date
    share: Decimal | None
    count: int | None
    begins: dt.date
    begins_why: str
    source: str = ""
    version: SchemeVersion | None = None
    count_to: int | None = None
    conflict: str = ""
    each: Level | None = None
    kinds: Sequence[str] = ()
    issue: Issue | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.scheme, self.entry

    @property
    def is_binding(self) -> bool:
        return self.origin in BINDING

    @property
    def origin_title(self) -> str:
        return ORIGINS[self.origin]

    @property
    def amount(self) -> str:
        """``60%以上``, ``2–3 个``, ``12 个``."""
        if self.share is not None:
            return f"{percent(self.share)}以上"
        if self.count is None:
            return ""
        return f"{self.count}–{self.count_to} 个" if self.count_to else f"{self.count} 个"

    def needed(self, subjects: int) -> int:
        return needed(self.share, self.count, subjects)


def is_meant(kinds: Collection[str], division: Division) -> bool:
    """Whether a goal for streets of these kinds may mean a division: all but streets of other kinds. Empty means every kind."""
    if not kinds or division.level != Level.STREET:
        return True
    number = division.code // 1000 % 1000
    return any(KINDS[kind][0] <= number <= KINDS[kind][1] for kind in kinds)


def needed(share: Decimal | None, count: int | None, subjects: int) -> int:
    """How many communities: a share of the subjects rounded up, as every 以上 includes its figure, or a plain count."""
    if share is not None:
        return int((share * subjects).to_integral_value(ROUND_CEILING))
    return count or 0


@dataclass(frozen=True, slots=True)
class Progress:
    """A line with its figures. ``at_start`` is the count on the first day, ``at_end`` on the goal's day once that is past."""

    line: Line
    subjects: int
    counted_on: dt.date
    now: int
    at_start: int
    today: dt.date
    base: Base | None = None

    @property
    def is_past(self) -> bool:
        return self.today > self.line.by

    @property
    def at_end(self) -> int | None:
        return self.base.count if self.is_past and self.base is not None and self.base.frozen_at else None

    @property
    def needed(self) -> int:
        return self.line.needed(self.subjects)

    @property
    def missing(self) -> int:
        return max(0, self.needed - self.now)

    @property
    def short_at_end(self) -> int:
        """How many were missing on the goal's day."""
        return max(0, self.needed - (self.at_end or 0))

    @property
    def over(self) -> int:
        """How many more than the upper end of a span."""
        return max(0, self.now - self.line.count_to) if self.line.count_to else 0

    @property
    def share_now(self) -> Decimal | None:
        return (Decimal(self.now) / self.subjects).quantize(Decimal("0.0001")) if self.subjects else None

    @property
    def expected(self) -> Decimal:
        """Where the straight line from the first day to the goal's day is today."""
        return straight(self.line.begins, self.at_start, self.line.by, self.needed, self.today)

    @property
    def state(self) -> State:
        if self.line.origin is Origin.WHOLE and self.line.share is None:
            return State.OPEN
        if self.line.share is not None and not self.subjects:
            return State.EMPTY
        if self.is_past:
            end = self.at_end
            if end is not None and end >= self.needed:
                return State.MET
            return State.LATE if self.now >= self.needed else State.MISSED
        if self.now >= self.needed:
            return State.MET
        if self.today < self.line.begins:
            return State.COMING
        return State.COURSE if self.now >= self.expected else State.BEHIND

    @property
    def state_title(self) -> str:
        return STATES[self.state]

    @property
    def tone(self) -> str:
        """Quiet for what is only a comparison with an upper division's goal."""
        if self.line.origin is Origin.WHOLE:
            return "none"
        return TONES.get(self.state, "")

    @property
    def is_behind(self) -> bool:
        return self.state in (State.BEHIND, State.MISSED)

    @property
    def subjects_changed(self) -> int:
        """How many subjects more (or fewer) than when the goal was first counted."""
        return self.subjects - self.base.first_subjects if self.base is not None else 0

    @property
    def needed_at_first(self) -> int:
        return self.line.needed(self.base.first_subjects) if self.base is not None else self.needed


def straight(first: dt.date, at_first: int, last: dt.date, at_last: int, day: dt.date) -> Decimal:
    """The value of the straight line through both points on a day; before and after them it is level."""
    if day <= first or last <= first:
        return Decimal(at_first if day < last else at_last)
    if day >= last:
        return Decimal(at_last)
    return at_first + Decimal(at_last - at_first) * (day - first).days / (last - first).days


def count_of(measure: Measure, counts: Counts) -> int:
    """The figure that a measure counts, except pilots, which are counted by goal."""
    return 0 if measure is Measure.PILOTS else int(getattr(counts, measure.value))


def measure_of(goal: Goal, scheme: Scheme) -> Measure | None:
    """What a goal counts; None for a duty, of which there is no number. A title that needs another one first is demonstration."""
    match goal.measure:
        case scheme_format.Measure.TITLED:
            requires = {title.key: title.requires for title in scheme.titles}
            return Measure.DEMONSTRATION if goal.award and requires.get(goal.award) else Measure.REACHED
        case scheme_format.Measure.PARTICIPATING:
            return Measure.PARTICIPATING
        case scheme_format.Measure.REACHED:
            return Measure.REACHED
        case scheme_format.Measure.PILOTS:
            return Measure.PILOTS
    return None


def beginning(goal: Goal, scheme: Scheme) -> tuple[dt.date, str]:
    """From which day the straight line to a goal is drawn, and why: its phase, the scheme's date, or the year of its day."""
    within = [one for one in scheme.phases if one.begins and one.begins <= goal.by and (one.ends or goal.by) >= goal.by]
    if within:
        phase = within[-1]
        assert phase.begins is not None
        return phase.begins, f"方案“{phase.title}”开始之日（{phase.source}）"
    if scheme.issued and scheme.issued < goal.by:
        return scheme.issued, "方案印发之日"
    return dt.date(goal.by.year, 1, 1), "方案没有写阶段的起始日期，从目标年度的 1 月 1 日起算"


def of_scheme(division: Division, version: SchemeVersion, bound: Collection[Level]) -> list[Line]:
    """The lines of a scheme for a division in its jurisdiction. ``bound`` are the levels as which ``each`` means it."""
    if "goals" in version.inherited:
        return []  # the higher scheme's own lines say it, for its own jurisdiction
    lines = []
    for goal in version.scheme.goals:
        measure = measure_of(goal, version.scheme)
        if measure is None or not is_meant(goal.kinds, division):
            continue
        begins, why = beginning(goal, version.scheme)
        lines.append(
            Line(
                division, _origin(goal, division, version, bound), version.scheme_id, goal.key, goal.title, measure, goal.by,
                goal.share, goal.count, begins, why, goal.source, version, goal.count_to, goal.conflict or "",
                LEVEL_OF[goal.each] if goal.each else None, tuple(goal.kinds),
            )
        )  # fmt: skip
    return lines


def _origin(goal: Goal, division: Division, version: SchemeVersion, bound: Collection[Level]) -> Origin:
    if goal.each is None:
        return Origin.SCHEME if division.pk == version.jurisdiction_id else Origin.WHOLE
    level = LEVEL_OF[goal.each]
    if level in bound:
        return Origin.SCHEME
    return Origin.EACH if division.level < level else Origin.WHOLE


def of_issue(division: Division, issue: Issue, share: Decimal | None, count: int, day: dt.date) -> Line:
    """The line of what was passed down to a division, or of what it set for itself."""
    origin = Origin.OWN if issue.scope == Issue.Scope.SELF else Origin.HANDED
    return Line(
        division, origin, issue.scheme, issue.entry, issue.title, Measure(issue.measure), issue.by,
        share, None if share is not None else count, min(day, issue.by), "目标下达（设定）之日", issue.source, issue.version, issue=issue,
    )  # fmt: skip


def strictest(found: Sequence[Progress]) -> Progress | None:
    """Of the lines of one goal, the binding one that asks most; the first where none binds."""
    binding = [one for one in found if one.line.is_binding]
    return max(binding, key=lambda one: (one.line.by, one.needed)) if binding else next(iter(found), None)
