"""The pilots that divisions chose, and whether a list is as the scheme asks: old and new, over the streets, as many as it says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from greenhood.declarations.models import Standing
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division, Level, code_at
from greenhood.insight.progress import LEVEL_OF
from greenhood.insight.subjects import versions_in_force
from greenhood.programme import figures
from greenhood.programme.lines import is_meant, measure_of
from greenhood.programme.models import Measure, Pilot
from greenhood.programme.queries.goals import bound_divisions, bound_levels
from greenhood.schemes.format import Goal
from greenhood.schemes.models import SchemeVersion

MOST_NAMED = 12


@dataclass(frozen=True, slots=True)
class Choice:
    """A goal for pilots that a division may choose for: it is set for the division itself or for each of a level in it."""

    version: SchemeVersion
    goal: Goal

    @property
    def value(self) -> str:
        return f"{self.version.scheme_id}/{self.goal.key}"


@dataclass(frozen=True, slots=True)
class Row:
    pilot: Pilot
    street: str
    standing: Standing | None


@dataclass(frozen=True, slots=True)
class Tally:
    """One division that a goal for pilots is set for: how many it has, and whether that is as many as asked."""

    division: Division
    count: int
    least: int
    most: int | None

    @property
    def words(self) -> str:
        if self.count < self.least:
            return f"少 {self.least - self.count} 个"
        if self.most is not None and self.count > self.most:
            return f"比 {self.most} 个多 {self.count - self.most} 个"
        return "符合"


@dataclass(frozen=True, slots=True)
class Check:
    """Whether the pilots of a goal are as many as asked, each place by itself."""

    choice: Choice
    tallies: list[Tally]

    @property
    def short(self) -> list[Tally]:
        return [each for each in self.tallies if each.count < each.least]

    @property
    def over(self) -> list[Tally]:
        return [each for each in self.tallies if each.most is not None and each.count > each.most]

    @property
    def sentences(self) -> list[str]:
        found = []
        if self.short:
            found.append(f"没有达到“{self.choice.goal.title}”（{self.choice.goal.source}）的：{_named(self.short)}。")
        if self.over:
            found.append(
                f"多于“{self.choice.goal.title}”（{self.choice.goal.source}）所说个数的：{_named(self.over)}。"
            )
        return found


def _named(tallies: Sequence[Tally]) -> str:
    first = "、".join(f"{each.division.name} {each.count} 个" for each in tallies[:MOST_NAMED])
    return first + (f"等 {len(tallies)} 个单位" if len(tallies) > MOST_NAMED else "")


def choices(division: Division) -> list[Choice]:
    """The goals for pilots that a division may choose communities for: its own, and those of the divisions in it."""
    bound = bound_levels(division)
    found = []
    for version in reversed(versions_in_force()):
        if not version.jurisdiction.contains(division):
            continue
        for goal in version.scheme.goals:
            if "goals" in version.inherited or measure_of(goal, version.scheme) is not Measure.PILOTS:
                continue
            if not is_meant(goal.kinds, division):
                continue
            is_own = division.pk == version.jurisdiction_id if goal.each is None else LEVEL_OF[goal.each] in bound
            is_below = goal.each is not None and LEVEL_OF[goal.each] > division.level
            if is_own or is_below:
                found.append(Choice(version, goal))
    return found


def check(division: Division, choice: Choice) -> Check:
    """How many pilots each place has that a goal is set for, counting proposed ones too. Two queries."""
    goal = choice.goal
    places = (
        [division] if goal.each is None or LEVEL_OF[goal.each] in bound_levels(division)
        else list(bound_divisions(LEVEL_OF[goal.each], division, goal.kinds).defer("bigrams").order_by("code"))
    )  # fmt: skip
    counts = figures.counts_for(places, versions_in_force())
    places = [each for each in places if counts[each.pk].subjects]
    key = (choice.version.scheme_id, goal.key)
    numbers = _numbers(places, key)
    return Check(choice, [Tally(each, numbers[each.pk], goal.count or 0, goal.count_to) for each in places])


def _numbers(places: Sequence[Division], key: tuple[str, str]) -> dict[int, int]:
    if not places:
        return {}
    low, high = min(each.code for each in places), max(each.span[1] for each in places)
    rows = Pilot.objects.filter(scheme=key[0], entry=key[1], community__code__gte=low, community__code__lt=high)
    rows = rows.exclude(state=Pilot.State.REMOVED)
    codes = sorted({(code, pk) for pk, code in rows.values_list("community_id", "community__code")})
    return {
        each.pk: sum(each.span[0] <= code < each.span[1] for code, _ in codes) if len(places) < 2 else 0
        for each in places
    } | (_spread(places, [code for code, _ in codes]) if len(places) > 1 else {})


def _spread(places: Sequence[Division], codes: Iterable[int]) -> dict[int, int]:
    by_place = {(each.level, each.code): each.pk for each in places}
    levels = {each.level for each in places}
    numbers = {each.pk: 0 for each in places}
    for code in codes:
        for level in levels:
            pk = by_place.get((level, code_at(code, level)))
            if pk is not None:
                numbers[pk] += 1
    return numbers


def in_division(division: Division, *, state: str = "", chooser: str = "", word: str = "") -> QuerySet[Pilot]:
    """The pilots within a division, whoever chose them; removed ones only when asked for."""
    low, high = division.span
    rows = Pilot.objects.filter(community__code__gte=low, community__code__lt=high)
    rows = rows.filter(state=state) if state in Pilot.State.values else rows.exclude(state=Pilot.State.REMOVED)
    if chooser == "own":
        rows = rows.filter(division=division)
    if word:
        rows = rows.filter(Q(community__name__contains=word) | Q(division__name__contains=word))
    return rows.select_related("community", "division", "version__jurisdiction").defer(
        "community__bigrams", "division__bigrams"
    )


def rows_of(pilots: Iterable[Pilot]) -> list[Row]:
    """Pilots with their streets and where they stand. Two queries."""
    found = list(pilots)
    paths = divisions.paths(each.community for each in found)
    standings = Standing.objects.in_bulk([each.community_id for each in found])
    return [Row(each, _street(paths[each.community_id]), standings.get(each.community_id)) for each in found]


def _street(path: Sequence[Division]) -> str:
    return next((each.name for each in path if each.level == Level.STREET), "")


@dataclass(frozen=True, slots=True)
class Mix:
    """Old and new among the pilots that a division chose, and over how many streets they lie."""

    old: int
    new: int
    unknown: int
    streets: int
    streets_below: int

    @property
    def total(self) -> int:
        return self.old + self.new + self.unknown

    @property
    def has_both(self) -> bool:
        return self.old > 0 and self.new > 0

    @property
    def sentences(self) -> list[str]:
        found = []
        if self.total > 1 and not self.has_both:
            lacks = (
                "老社区"
                if self.old == 0 and self.new
                else "新社区"
                if self.new == 0 and self.old
                else "新、老社区（建成年份没有登记）"
            )
            found.append(f"新老社区没有兼顾：名单里没有{lacks}。")
        if self.total > 1 and self.streets == 1 and self.streets_below > 1:
            found.append(f"试点都在同一个街道（镇），本级有 {self.streets_below} 个。")
        return found


def mix_of(division: Division) -> Mix:
    """The list of a division, proposed ones included. Two queries."""
    rows = list(
        Pilot.objects.filter(division=division).exclude(state=Pilot.State.REMOVED).values_list("age", "community__code")
    )
    ages = [age for age, _ in rows]
    low, high = division.span
    below = divisions.current().filter(level=Level.STREET, code__gte=low, code__lt=high).count()
    streets = {code_at(code, Level.STREET) for _, code in rows}
    return Mix(ages.count(Pilot.Age.OLD), ages.count(Pilot.Age.NEW), ages.count(Pilot.Age.UNKNOWN), len(streets), below)


def is_pilot(communities: Iterable[int], *, on: dt.date | None = None) -> set[int]:
    """Those of these communities that are pilots of anybody, for the badge on lists. One query."""
    rows = Pilot.objects.filter(community__in=list(communities), state=Pilot.State.CONFIRMED)
    if on is not None:
        rows = rows.filter(confirmed_on__lte=on)
    return set(rows.values_list("community_id", flat=True))
