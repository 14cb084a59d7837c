"""The goals of a division with their figures: of its scheme, of the higher ones, passed down, and its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual

from greenhood.divisions.models import Division, Level
from greenhood.divisions.subjects import KINDS, CommonRule, describe
from greenhood.insight.progress import Counts
from greenhood.insight.queries import in_force, refreshed_through
from greenhood.insight.subjects import versions_in_force
from greenhood.kit.dates import today_in_shanghai
from greenhood.programme import figures, histories
from greenhood.programme.lines import Line, Origin, Progress, count_of, of_issue, of_scheme
from greenhood.programme.models import Allotment, Base, Issue, Measure
from greenhood.schemes.models import SchemeVersion

_ORDER = {Origin.SCHEME: 0, Origin.HANDED: 1, Origin.OWN: 2, Origin.EACH: 3, Origin.WHOLE: 4}


@dataclass(frozen=True)
class Sheet:
    """Everything about the goals of one division. ``rule`` says who is a subject here."""

    division: Division
    version: SchemeVersion | None
    versions: list[SchemeVersion]
    chain: list[SchemeVersion]
    counts: Counts
    rows: list[Progress]
    as_of: dt.datetime | None
    today: dt.date

    @property
    def rule(self) -> str:
        return describe(self.version.scheme.subjects if self.version else CommonRule())

    @property
    def binding(self) -> list[Progress]:
        return [row for row in self.rows if row.line.is_binding]

    @property
    def each(self) -> list[Progress]:
        return [row for row in self.rows if row.line.origin is Origin.EACH]

    @property
    def whole(self) -> list[Progress]:
        return [row for row in self.rows if row.line.origin is Origin.WHOLE]

    def of(self, scheme: str, entry: str) -> list[Progress]:
        return [row for row in self.rows if row.line.key == (scheme, entry)]

    def binding_of(self, scheme: str, entry: str) -> list[Progress]:
        return [row for row in self.of(scheme, entry) if row.line.is_binding]


def sheet_of(division: Division, *, today: dt.date | None = None) -> Sheet:
    """The goals of a division, nearest day first: those still to come, then the past ones."""
    today = today or today_in_shanghai()
    versions = versions_in_force()
    chain = [each for each in reversed(versions) if each.jurisdiction.contains(division)]
    lines = lines_of(division, chain)
    counts = figures.counts_for([division], versions)[division.pk]
    rows = _with_figures(lines, counts, versions, today)
    rows.sort(
        key=lambda row: (
            row.is_past,
            row.line.by if not row.is_past else dt.date.max - (row.line.by - dt.date.min),
            _ORDER[row.line.origin],
            row.line.title,
        )
    )
    return Sheet(division, in_force(division, versions), versions, chain, counts, rows, refreshed_through(), today)


def lines_of(division: Division, chain: Iterable[SchemeVersion]) -> list[Line]:
    """What every scheme over a division, its upper governments and it itself have set. Three queries."""
    bound = bound_levels(division)
    lines = [line for version in chain for line in of_scheme(division, version, bound)]
    handed = Allotment.objects.filter(division=division, issue__ended_at=None, issue__scope=Issue.Scope.LOWER)
    own = Allotment.objects.filter(division=division, issue__ended_at=None, issue__scope=Issue.Scope.SELF)
    for row in (handed | own).select_related("issue__division", "issue__version__jurisdiction"):
        lines.append(of_issue(division, row.issue, row.share, row.count, today_in_shanghai(row.issue.issued_at)))
    return lines


def _with_figures(
    lines: Sequence[Line], counts: Counts, versions: Sequence[SchemeVersion], today: dt.date
) -> list[Progress]:
    if not lines:
        return []
    division = lines[0].division
    kept = Base.objects.filter(division=division).select_related("version")
    bases = {(row.scheme, row.entry, row.by): row for row in kept}
    starts = {line.begins for line in lines if line.by >= today and line.begins <= today}
    before = histories.on_days(division, starts, versions)
    has_pilots = any(line.measure is Measure.PILOTS for line in lines)
    pilots = figures.pilots_by_goal(division) if has_pilots else {}
    return [
        progress_of(
            line, counts, pilots.get(line.key, 0), count_of(line.measure, before.get(line.begins, Counts())),
            bases.get((*line.key, line.by)), today,
        )
        for line in lines
    ]  # fmt: skip


def progress_of(line: Line, counts: Counts, pilots: int, at_start: int, base: Base | None, today: dt.date) -> Progress:
    """A line with its figures; the denominator is the frozen one once the goal's day is past, else today's."""
    is_frozen = base is not None and base.frozen_at is not None
    subjects, counted_on = (
        (base.subjects, base.counted_on) if base is not None and is_frozen else (counts.subjects, today)
    )
    now = pilots if line.measure is Measure.PILOTS else count_of(line.measure, counts)
    return Progress(line, subjects, counted_on, now, at_start, today, base)


# Whom "each" means


def bound_levels(division: Division) -> frozenset[Level]:
    """The levels as which a goal for each division of a level means this one: a county right under its province is like a
    city, a city without counties like a county. One query."""
    levels = {Level(division.level)}
    if division.level == Level.COUNTY and division.parent_id is not None:
        parent = Division.objects.filter(pk=division.parent_id, level=Level.CITY, name__contains="直辖县级")
        levels |= {Level.CITY} if parent.exists() else set()
    elif division.level == Level.CITY and not division.is_placeholder:
        counties = Division.objects.filter(parent=division, level=Level.COUNTY, valid_to=None)
        levels |= set() if counties.exists() else {Level.COUNTY}
    return frozenset(levels)


def bound_divisions(level: Level, within: Division, kinds: Sequence[str] = ()) -> QuerySet[Division]:
    """Every division within another that a goal for each division of a level (and of these kinds of street) means."""
    return _current(within).filter(_meant(level, kinds))


def _current(within: Division) -> QuerySet[Division]:
    low, high = within.span
    return Division.objects.filter(valid_to=None, code__gte=low, code__lt=high)


def _meant(level: Level, kinds: Sequence[str]) -> Q:
    found = Q(level=level)
    if level == Level.STREET and kinds:
        number = F("code") / 1000 % 1000
        spans = [KINDS[kind][:2] for kind in kinds]
        found &= reduce(
            or_, (Q(GreaterThanOrEqual(number, low)) & Q(LessThanOrEqual(number, high)) for low, high in spans)
        )
    if level == Level.CITY:
        found &= ~Q(name__in=["市辖区", "县"]) & ~Q(name__contains="直辖县级")
        found |= Q(level=Level.COUNTY, parent__name__contains="直辖县级")
    if level == Level.COUNTY:
        counties = Division.objects.filter(parent=OuterRef("pk"), level=Level.COUNTY, valid_to=None)
        whole = Q(level=Level.CITY) & ~Q(name__in=["市辖区", "县"]) & ~Q(name__contains="直辖县级")
        found |= whole & Q(~Exists(counties))
    return found


@dataclass(frozen=True, slots=True)
class Below:
    """Of the divisions that each have to reach a goal: how many there are, and how many have."""

    bound: int
    met: int
    without_subjects: int = 0

    @property
    def missing(self) -> int:
        return self.bound - self.met


def met_below(lines: Sequence[Line], within: Division) -> list[Below]:
    """How many of the divisions within another have reached each of these goals, in their order; each is set for a level below.

    Five queries at most, however many goals.
    """
    if not lines:
        return []
    whom = list(dict.fromkeys(_whom(line) for line in lines))
    marks = {f"is_meant_{at}": ExpressionWrapper(_meant(*one), BooleanField()) for at, one in enumerate(whom)}
    bound = _current(within).filter(reduce(or_, (_meant(*one) for one in whom)))
    places = list(bound.annotate(**marks).only("code", "level"))
    counts = figures.counts_for(places, ())
    pilots = figures.pilots_of_goals(places, {line.key for line in lines if line.measure is Measure.PILOTS})
    return [
        _met(line, [each for each in places if getattr(each, f"is_meant_{whom.index(_whom(line))}")], counts, pilots)
        for line in lines
    ]


def _whom(line: Line) -> tuple[Level, tuple[str, ...]]:
    assert line.each is not None
    return line.each, tuple(line.kinds)


def _met(
    line: Line, places: Sequence[Division], counts: dict[int, Counts], pilots: Mapping[tuple[tuple[str, str], int], int]
) -> Below:
    met = empty = 0
    for place in places:
        own = counts[place.pk]
        if not own.subjects:
            empty += 1
            continue
        now = pilots.get((line.key, place.pk), 0) if line.measure is Measure.PILOTS else count_of(line.measure, own)
        met += now >= line.needed(own.subjects)
    return Below(len(places) - empty, met, empty)
