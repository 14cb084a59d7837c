"""The communities that a scheme names for a year, and where each stands; and those that an upper government named by passing down."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from greenhood.declarations.models import Award, Standing, State
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division, Level
from greenhood.divisions.names import core
from greenhood.insight.subjects import versions_in_force
from greenhood.programme.lines import needed
from greenhood.schemes.format import RosterYear, Scheme
from greenhood.schemes.models import SchemeVersion

UNDER_WAY = (State.DECLARED, State.RETURNED)


@dataclass(frozen=True, slots=True)
class Named:
    """One community of a roster. ``division`` is None where the name was not found among the divisions."""

    year: int
    name: str
    division: Division | None
    standing: Standing | None
    award: Award | None
    is_subject: bool
    today: dt.date

    @property
    def is_reached(self) -> bool:
        return self.standing is not None and self.standing.reached

    @property
    def reached_on(self) -> dt.date | None:
        return self.award.awarded_on if self.award else None

    @property
    def is_late(self) -> bool:
        """Reached, but after its year."""
        return self.reached_on is not None and self.reached_on.year > self.year

    @property
    def is_behind(self) -> bool:
        """Its year is over and it has not reached the standard, or the last quarter has begun and it has not declared."""
        if self.is_reached:
            return False
        if self.today.year > self.year:
            return True
        is_last_quarter = self.today >= dt.date(self.year, 10, 1)
        return self.today.year == self.year and is_last_quarter and not self.is_declared

    @property
    def is_declared(self) -> bool:
        return self.standing is not None and self.standing.state in UNDER_WAY

    @property
    def state(self) -> str:
        return self.standing.state if self.standing else "none"

    @property
    def state_label(self) -> str:
        if self.division is None:
            return "名称没有对上区划名录"
        return self.standing.get_state_display() if self.standing else "尚未参与"

    @property
    def behind_words(self) -> str:
        if not self.is_behind:
            return ""
        if self.today.year > self.year:
            return f"{self.year} 年应达标，逾期 {self.today.year - self.year} 年"
        return f"{self.year} 年应达标，至今没有申报"


@dataclass(frozen=True, slots=True)
class Year:
    """One year of a roster."""

    version: SchemeVersion
    roster: RosterYear
    rows: list[Named]

    @property
    def reached(self) -> int:
        return sum(row.is_reached for row in self.rows)

    @property
    def behind(self) -> list[Named]:
        return [row for row in self.rows if row.is_behind]


def rosters_of(division: Division, *, today: dt.date) -> list[Year]:
    """Every roster that names communities in a division, of its own scheme or one inside it; the named ones within it alone."""
    versions = [
        each for each in versions_in_force()
        if each.scheme.roster and "roster" not in each.inherited and (each.jurisdiction.contains(division) or division.contains(each.jurisdiction))
    ]  # fmt: skip
    found = [year for version in versions for year in _years(version, today)]
    low, high = division.span
    kept = [
        Year(
            year.version,
            year.roster,
            [row for row in year.rows if row.division is None or low <= row.division.code < high],
        )
        for year in found
    ]
    return [year for year in kept if any(row.division is not None for row in year.rows)]


def _years(version: SchemeVersion, today: dt.date) -> list[Year]:
    """The years of one scheme's roster. Five queries."""
    place, scheme = version.jurisdiction, version.scheme
    low, high = place.span
    inside = list(
        divisions.current()
        .filter(level=Level.COMMUNITY, code__gte=low, code__lt=high)
        .defer("bigrams")
        .order_by("code")
    )
    by_code = {key: each for each in inside for key in (each.pk, each.code)}
    by_name = {core(each.name): each for each in inside}
    chosen = {
        (roster.year, index): by_code.get(roster.codes[index]) if index < len(roster.codes) else by_name.get(core(name))
        for roster in scheme.roster
        for index, name in enumerate(roster.communities)
    }
    ids = {each.pk for each in chosen.values() if each}
    standings = Standing.objects.in_bulk(ids)
    awards = {
        row.community_id: row
        for row in Award.objects.filter(community__in=ids, state__in=Award.IN_FORCE).order_by("-awarded_on")
    }
    subjects = set(divisions.subjects(scheme.subjects, place).filter(pk__in=ids).values_list("pk", flat=True))
    return [Year(version, roster, [_named(roster, index, name, chosen, standings, awards, subjects, today) for index, name in enumerate(roster.communities)]) for roster in scheme.roster]  # fmt: skip


def _named(
    roster: RosterYear, index: int, name: str, chosen: dict[tuple[int, int], Division | None],
    standings: dict[int, Standing], awards: dict[int, Award], subjects: set[int], today: dt.date,
) -> Named:  # fmt: skip
    division = chosen[roster.year, index]
    pk = division.pk if division else 0
    return Named(roster.year, name, division, standings.get(pk), awards.get(pk), pk in subjects, today)


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A goal of a scheme that its own roster can't reach, even when every named community does."""

    title: str
    source: str
    by: dt.date
    named: int
    needed: int
    subjects: int

    @property
    def gap(self) -> int:
        return self.needed - self.named

    @property
    def share(self) -> Decimal:
        return Decimal(self.named) / self.subjects if self.subjects else Decimal(0)


def shortfalls(scheme: Scheme, subjects: int) -> list[Shortfall]:
    """Goals by share or count that the roster up to their year can't reach with so many subjects."""
    found = []
    for goal in scheme.goals:
        if goal.each is not None or goal.measure != "reached" or not scheme.roster:
            continue
        named = sum(len(one.communities) for one in scheme.roster if one.year <= goal.by.year)
        asked = needed(goal.share, goal.count, subjects)
        if named and named < asked:
            found.append(Shortfall(goal.title, goal.source, goal.by, named, asked, subjects))
    return found


def all_behind(years: Sequence[Year]) -> list[Named]:
    return [row for year in years for row in year.behind]
