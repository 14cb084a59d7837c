"""What the clock counts: the denominators of goals, frozen on their day, and the ends of months."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone

from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division, Level, code_at
from greenhood.insight.models import Rollup
from greenhood.insight.progress import LEVEL_OF, Counts
from greenhood.insight.queries import in_force
from greenhood.insight.subjects import versions_in_force
from greenhood.kit.dates import ONE_DAY, today_in_shanghai
from greenhood.programme import figures, histories
from greenhood.programme.lines import count_of, measure_of
from greenhood.programme.models import Allotment, Base, Issue, Measure, MonthEnd
from greenhood.programme.queries.goals import bound_divisions
from greenhood.schemes.models import SchemeVersion

MONTHS_BACK = 24
_LOCK = 7_203_414
STORED = [Level.NATION, Level.PROVINCE, Level.CITY]


@dataclass(frozen=True, slots=True)
class Goal:
    """One goal with everybody whom it binds."""

    key: tuple[str, str]
    measure: Measure
    by: dt.date
    places: list[Division]


@transaction.atomic
def count(*, now: dt.datetime | None = None) -> tuple[int, int]:
    """Count the denominators of all goals and the ends of months; how many rows of each. Run again, it says the same."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
    now = now or timezone.now()
    versions = versions_in_force()
    return count_bases(versions, now), keep_months(versions, now)


def count_bases(versions: Sequence[SchemeVersion], now: dt.datetime) -> int:
    """Follow the denominators of goals until their day, and freeze them then. A few queries for each goal."""
    today = today_in_shanghai(now)
    return sum(_follow(goal, versions, today, now) for goal in [*_of_schemes(versions), *_of_issues()])


def _of_schemes(versions: Sequence[SchemeVersion]) -> Iterable[Goal]:
    for version in versions:
        for goal in [] if "goals" in version.inherited else version.scheme.goals:
            measure = measure_of(goal, version.scheme)
            if measure is None:
                continue
            places = (
                [version.jurisdiction] if goal.each is None
                else list(bound_divisions(LEVEL_OF[goal.each], version.jurisdiction, goal.kinds).defer("bigrams"))
            )  # fmt: skip
            yield Goal((version.scheme_id, goal.key), measure, goal.by, places)


def _of_issues() -> Iterable[Goal]:
    found: dict[tuple[str, str, str, dt.date], dict[int, Division]] = defaultdict(dict)
    rows = Allotment.objects.filter(issue__ended_at=None).select_related("issue", "division").defer("division__bigrams")
    for row in rows:
        issue: Issue = row.issue
        # What is passed down and what is set for oneself may fall on one day: one denominator serves both.
        found[issue.scheme, issue.entry, issue.measure, issue.by][row.division_id] = row.division
    for (scheme, entry, measure, by), places in found.items():
        yield Goal((scheme, entry), Measure(measure), by, list(places.values()))


def _follow(goal: Goal, versions: Sequence[SchemeVersion], today: dt.date, now: dt.datetime) -> int:
    kept = Base.objects.filter(scheme=goal.key[0], entry=goal.key[1], by=goal.by, frozen_at__isnull=False)
    frozen = set(kept.values_list("division_id", flat=True))
    places = [each for each in goal.places if each.pk not in frozen]
    if not places:
        return 0
    is_past = today > goal.by
    counts = figures.counts_for(places, versions)
    numbers = _numbers(goal, places, counts, versions, is_past)
    rows = [
        Base(
            division=each, scheme=goal.key[0], entry=goal.key[1], by=goal.by, version=in_force(each, versions),
            first_on=today, first_subjects=counts[each.pk].subjects, counted_on=today, subjects=counts[each.pk].subjects,
            count=numbers[each.pk], frozen_at=now if is_past else None, is_late=is_past and today > goal.by + ONE_DAY,
        )
        for each in places
    ]  # fmt: skip
    if is_past:
        # What was followed up to the day keeps that day's denominator; only its count on the day is settled now.
        return _freeze(rows, now)
    Base.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["division", "scheme", "entry", "by"],
        update_fields=["counted_on", "subjects", "count", "version"],
    )  # fmt: skip
    return len(rows)


def _freeze(rows: Sequence[Base], now: dt.datetime) -> int:
    counts = {row.division_id: row for row in rows}
    first = rows[0]
    followed = list(
        Base.objects.filter(division__in=counts, scheme=first.scheme, entry=first.entry, by=first.by, frozen_at=None)
    )
    for row in followed:
        row.count, row.frozen_at = counts.pop(row.division_id).count, now
    Base.objects.bulk_update(followed, ["count", "frozen_at"])
    Base.objects.bulk_create(list(counts.values()))
    return len(rows)


def _numbers(
    goal: Goal, places: Sequence[Division], counts: dict[int, Counts], versions: Sequence[SchemeVersion], is_past: bool
) -> dict[int, int]:
    """The goal's figure of each place: of today, or of the goal's day where that is past."""
    if goal.measure is Measure.PILOTS:
        return figures.pilots_for(places, key=goal.key, on=goal.by if is_past else None)
    if not is_past:
        return {each.pk: count_of(goal.measure, counts[each.pk]) for each in places}
    nation = divisions.by_code(0)
    found: dict[int, int] = {}
    for level in {each.level for each in places}:
        dated = histories.counted_at(nation, level, [goal.by], versions)
        found |= {
            each.pk: count_of(goal.measure, dated.get(each.code, {}).get(goal.by, Counts()))
            for each in places
            if each.level == level
        }
    return found


# --- the ends of months ---------------------------------------------------------------------------------------------


def keep_months(versions: Sequence[SchemeVersion], now: dt.datetime) -> int:
    """Yesterday's counts as those of its month so far; where no month is kept yet, the last two years from the days of things."""
    written = 0 if MonthEnd.objects.exists() else _look_back(versions, now)
    yesterday = today_in_shanghai(now) - ONE_DAY
    month = histories.month_ends(yesterday.replace(day=1), yesterday + dt.timedelta(days=40))[0]
    rollups = Rollup.objects.filter(division__level__in=STORED, division__valid_to=None).select_related("division")
    places = [row.division for row in rollups]
    pilots = figures.pilots_for(places)
    return written + _keep(
        MonthEnd(
            division_id=row.division_id, month=month, subjects=row.subjects, participating=row.participating, reached=row.reached,
            demonstration=row.demonstration, pilots=pilots.get(row.division_id, 0), counted_at=now,
        )
        for row in rollups
    )  # fmt: skip


def _keep(rows: Iterable[MonthEnd]) -> int:
    made = MonthEnd.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["division", "month"],
        update_fields=["subjects", "participating", "reached", "demonstration", "pilots", "counted_at"], batch_size=5000,
    )  # fmt: skip
    return len(made)


def _look_back(versions: Sequence[SchemeVersion], now: dt.datetime) -> int:
    """The ends of past months, counted by city in one statement and added up to provinces and the nation."""
    today = today_in_shanghai(now)
    days = histories.month_ends(histories.months_before(today, MONTHS_BACK), today.replace(day=1))
    by_city = histories.counted_at(divisions.by_code(0), Level.CITY, days, versions)
    sums: dict[tuple[int, int], dict[dt.date, list[int]]] = defaultdict(lambda: {day: [0, 0, 0] for day in days})
    for code, dated in by_city.items():
        for day, counts in dated.items():
            for level in STORED:
                cell = sums[level, code_at(code, level)][day]
                cell[0] += counts.participating
                cell[1] += counts.reached
                cell[2] += counts.demonstration
    places = divisions.current().filter(level__in=STORED).defer("bigrams")
    return _keep(
        MonthEnd(division=place, month=day, participating=one[0], reached=one[1], demonstration=one[2], counted_at=now)
        for place in places
        if (place.level, place.code) in sums
        for day, one in sums[place.level, place.code].items()
    )
