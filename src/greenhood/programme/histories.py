"""How many communities were how far on a past day: from the days of self-assessments, declarations, awards and pilots.

A community takes part from its first self-assessment or declaration on. It has reached the standard while a title is in
force: from the award to the delisting, or to the end of the title's validity. All of it is one statement for any number
of places and days. Subjects are those of today's rules: who was one at the time is not kept.
"""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db import connection

from greenhood.divisions.models import DIGITS, Division, Level
from greenhood.insight.progress import Counts
from greenhood.insight.subjects import counted
from greenhood.programme.models import MonthEnd, Pilot
from greenhood.schemes.models import SchemeVersion

STORED = Level.CITY
"""Down to this level the ends of months are stored; below it there are so few communities that they are counted when asked."""

_AT = """
with subject as materialized ({subjects}),
day as (select unnest(%s::date[]) as day),
begun as materialized (
    select community_id, min(began) as began from (
        select a.community_id, (a.started_at at time zone 'Asia/Shanghai')::date as began
        from assessments_assessment a join subject s on s.id = a.community_id
        union all
        select d.community_id, (d.declared_at at time zone 'Asia/Shanghai')::date
        from declarations_declaration d join subject s on s.id = d.community_id
    ) first group by community_id
),
taking as (
    select s.code / %s * %s as place, day.day, count(*) as participating
    from begun b join subject s on s.id = b.community_id join day on b.began <= day.day
    group by 1, 2
),
holding as (
    select s.code / %s * %s as place, day.day, count(distinct w.community_id) as reached,
        count(distinct w.community_id) filter (where w.is_advanced) as demonstration
    from declarations_award w join subject s on s.id = w.community_id
    join day on w.awarded_on <= day.day and (w.withdrawn_on is null or w.withdrawn_on > day.day)
        and (w.valid_until is null or w.valid_until >= day.day)
    group by 1, 2
)
select coalesce(t.place, h.place), coalesce(t.day, h.day), coalesce(t.participating, 0), coalesce(h.reached, 0),
    coalesce(h.demonstration, 0)
from taking t full join holding h on h.place = t.place and h.day = t.day
"""

Dated = dict[dt.date, Counts]


def counted_at(
    place: Division, level: int, days: Iterable[dt.date], versions: Sequence[SchemeVersion]
) -> dict[int, Dated]:
    """Of each division at a level in a place, by code: the counts on these days; nothing where nobody took part. One query."""
    asked = sorted(set(days))
    if not asked:
        return {}
    low, high = place.span
    subjects = counted(list(versions)).filter(code__gte=low, code__lt=high).order_by().values_list("id", "code")
    text, values = subjects.query.sql_with_params()
    width = 10 ** (12 - DIGITS[level])
    found: dict[int, Dated] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(_AT.replace("{subjects}", text), [*values, asked, *[width] * 4])
        for code, day, participating, reached, demonstration in cursor.fetchall():
            found[code][day] = Counts(0, participating, reached, demonstration)
    return found


def on_days(division: Division, days: Iterable[dt.date], versions: Sequence[SchemeVersion]) -> Dated:
    """The counts of a division on each of these days; of large ones those of the month's end before. One query."""
    asked = sorted(set(days))
    if not asked:
        return {}
    if division.level <= STORED:
        ends = list(MonthEnd.objects.filter(division=division, month__lte=asked[-1]).order_by("month"))
        return {day: _last(ends, day) for day in asked}
    found = counted_at(division, division.level, asked, versions).get(division.code, {})
    return {day: found.get(day, Counts()) for day in asked}


def below_on(
    division: Division, lower: Sequence[Division], day: dt.date, versions: Sequence[SchemeVersion]
) -> dict[int, Counts]:
    """The counts of the divisions directly below on a day, by id. One query for each level among them."""
    found: dict[int, Counts] = {}
    stored = [each.pk for each in lower if each.level <= STORED]
    if stored:
        rows = MonthEnd.objects.filter(division__in=stored, month__lte=day)
        for row in rows.order_by("division", "-month").distinct("division"):
            found[row.division_id] = _counts(row)
    for level in {each.level for each in lower if each.level > STORED}:
        counts = counted_at(division, level, [day], versions)
        for each in lower:
            if each.level == level:
                found[each.pk] = counts.get(each.code, {}).get(day, Counts())
    return found


def _last(ends: Sequence[MonthEnd], day: dt.date) -> Counts:
    return next((_counts(row) for row in reversed(ends) if row.month <= day), Counts())


def _counts(row: MonthEnd) -> Counts:
    return Counts(row.subjects or 0, row.participating, row.reached, row.demonstration)


def pilots_on(division: Division, days: Iterable[dt.date], key: tuple[str, str] | None = None) -> dict[dt.date, int]:
    """How many communities of a division were pilots on each day, of one goal or of any. One query."""
    low, high = division.span
    rows = Pilot.objects.filter(community__code__gte=low, community__code__lt=high, confirmed_on__isnull=False)
    if key is not None:
        rows = rows.filter(scheme=key[0], entry=key[1])
    terms = list(rows.values_list("community_id", "confirmed_on", "removed_on"))
    return {
        day: len({who for who, since, until in terms if since and since <= day and (until is None or until > day)})
        for day in days
    }


def month_ends(first: dt.date, last: dt.date) -> list[dt.date]:
    """The last days of the months from ``first`` on that lie before ``last``."""
    found, year, month = [], first.year, first.month
    while (end := dt.date(year, month, monthrange(year, month)[1])) < last:
        found.append(end)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return found


def months_before(day: dt.date, count: int) -> dt.date:
    """The first day of the month so many months earlier."""
    index = day.year * 12 + day.month - 1 - count
    return dt.date(index // 12, index % 12 + 1, 1)
