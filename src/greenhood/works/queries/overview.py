"""项目和资金总览: a division's projects and money by lower division, by source and by state, as of a day. Five statements, whatever their number.

The state of a past day follows from the dates of a project (planned, begun, finished, accepted, halted), its money from the ledger up to that
day. A project counts where it is run; what covers a place and is run from above is counted there, above.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection

from greenhood.divisions import queries as divisions
from greenhood.divisions.models import DIGITS, Division, Level
from greenhood.kit.dates import today_in_shanghai
from greenhood.works.models import DONE, Kind, Origin, State
from greenhood.works.queries.projects import Filters, Sums

COUNTED = tuple(state for state in State if state is not State.DRAFT)


@dataclass(frozen=True, slots=True)
class Tally:
    """What a row of an overview counts. ``due`` should be finished by the day, ``late`` has a stage overdue, ``things`` are estates and buildings."""

    projects: int = 0
    states: dict[str, int] = field(default_factory=dict)
    due: int = 0
    late: int = 0
    communities: int = 0
    things: int = 0
    done_things: int = 0
    investment: Decimal = Decimal(0)
    year_amount: Decimal = Decimal(0)
    planned: Decimal | None = None
    actual: Decimal | None = None
    sums: Sums = field(default_factory=Sums)

    @property
    def finished(self) -> int:
        return sum(self.states.get(state, 0) for state in DONE)

    @property
    def arrived_share(self) -> Decimal | None:
        return self.sums.arrived / self.sums.budget if self.sums.budget else None

    @property
    def paid_share(self) -> Decimal | None:
        return self.sums.paid / self.sums.arrived if self.sums.arrived else None


@dataclass(frozen=True, slots=True)
class Place:
    """A lower division, or the division itself for what it runs by its own hand (``is_own``)."""

    division: Division
    is_own: bool
    tally: Tally


@dataclass(frozen=True, slots=True)
class Part:
    """Projects and money of one source, state or kind."""

    key: str
    title: str
    projects: int
    sums: Sums


@dataclass(frozen=True, slots=True)
class Overview:
    division: Division
    as_of: dt.date
    whole: Tally
    places: Sequence[Place]
    origins: Sequence[Part]
    states: Sequence[Part]
    kinds: Sequence[Part]


def overview(division: Division, filters: Filters, as_of: dt.date | None = None) -> Overview:
    """Everything of a division's page; ``as_of`` None is today, with what was reported until now."""
    below = [] if division.level >= Level.STREET else list(divisions.children(division))
    day = as_of or today_in_shanghai()
    values = _values(division, filters, day, below[0].level if below else division.level)
    sought = _sought(filters, is_past=as_of is not None)
    money = _MONEY_PAST if as_of else _MONEY
    money = money.format(origin=" and s.origin = %(origin)s" if filters.origin else "")
    counted = _fetch(sought + _COUNTS, values)
    sums = _fetch(sought + money + _SUMS, values)
    things = {row[0]: row[1:] for row in _fetch(sought + _THINGS, values)}
    shares = {
        row[0]: row[1:] for row in _fetch(sought + _SHARES.format(share="s.share" if as_of is None else "0"), values)
    }
    by_kind = _fetch(sought + money + _KINDS, values)
    places = {row[0] for row in counted}
    tallies = {place: _tally(place, counted, sums, things, shares) for place in (*places, None)}
    rows = [Place(division, True, tallies[division.code])] if division.code in places else []
    rows += [Place(each, False, tallies.get(each.code, Tally())) for each in below if each.code != division.code]
    return Overview(
        division,
        day,
        tallies[None],
        rows,
        _parts(Origin, [row for row in sums if row[1] is not None], 1, {}),
        _parts(State, [row for row in sums if row[2] is not None], 2, _by_state(counted)),
        [Part(key, Kind(key).label, count, Sums(*amounts)) for key, count, *amounts in by_kind],
    )


def _values(division: Division, filters: Filters, day: dt.date, level: int) -> dict[str, Any]:
    low, high = division.span
    return {
        "low": low,
        "high": high,
        "day": day,
        "width": 10 ** (12 - DIGITS[level]),
        "year": filters.year or 0,
        "kind": [filters.kind],
        "origin": filters.origin,
        "state": filters.state,
        "department": filters.department,
    }


# What a project was on a day, by its own dates.
_STATE_THEN = """case when p.halted_on <= %(day)s and p.state in ('suspended', 'cancelled') then p.state
        when p.accepted_on <= %(day)s then 'accepted' when p.actual_finish <= %(day)s then 'finished'
        when p.actual_start <= %(day)s then 'under-way' when p.planned_on <= %(day)s then 'planned' else 'draft' end"""


def _sought(filters: Filters, *, is_past: bool) -> str:
    """The projects that count: those that a day knows, narrowed by the filters."""
    wanted = "".join(
        text
        for text, is_asked in (
            (" and p.first_year <= %(year)s and p.last_year >= %(year)s", filters.year),
            (" and p.kinds @> %(kind)s::varchar[]", filters.kind),
            (" and p.department = %(department)s", filters.department),
            (
                " and exists (select from works_source f where f.project_id = p.id and f.origin = %(origin)s)",
                filters.origin,
            ),
        )
        if is_asked
    )
    state = _STATE_THEN if is_past else "p.state"
    narrowed = " and state = %(state)s" if filters.state in State.values else ""
    if filters.state == "late":
        narrowed = " and state in ('planned', 'under-way') and next_due_on < %(day)s"
    return f"""with sought as materialized (
        select * from (
            select p.id, d.code / %(width)s * %(width)s as place, {state} as state, p.planned_finish, p.next_due_on, p.investment, p.kinds
            from works_project p join divisions_division d on d.id = p.division_id
            where d.code >= %(low)s and d.code < %(high)s and p.state <> 'draft'{wanted}
        ) then_so where state <> 'draft'{narrowed}
    )"""


_COUNTS = """
select s.place, s.state, count(*), count(*) filter (where s.planned_finish <= %(day)s and s.state <> 'cancelled'),
    count(*) filter (where s.next_due_on < %(day)s and s.state in ('planned', 'under-way')), sum(s.investment),
    coalesce(sum(y.amount), 0)
from sought s left join works_yearplan y on y.project_id = s.id and y.year = %(year)s
group by 1, 2"""

_MONEY = """, money as materialized (
    select s.project_id, s.origin, s.budget, s.arrived, s.paid, p.place, p.state, p.kinds
    from works_source s join sought p on p.id = s.project_id where true{origin}
)"""
_MONEY_PAST = """, money as materialized (
    select s.project_id, s.origin, p.place, p.state, p.kinds,
        coalesce(sum(m.amount) filter (where m.kind = 'budget'), 0) as budget,
        coalesce(sum(m.amount) filter (where m.kind = 'arrival'), 0) as arrived,
        coalesce(sum(m.amount) filter (where m.kind = 'payment'), 0) as paid
    from works_source s join sought p on p.id = s.project_id
    join works_movement m on m.source_id = s.id and m.dated <= %(day)s where true{origin}
    group by s.id, s.project_id, s.origin, p.place, p.state, p.kinds
)"""
_SUMS = """
select place, origin, state, count(distinct project_id), sum(budget), sum(arrived), sum(paid)
from money group by grouping sets ((place), (origin), (state))"""
_KINDS = """
select kind, count(distinct project_id), sum(budget), sum(arrived), sum(paid)
from money cross join unnest(kinds) as kind group by 1 order by 3 desc, 1"""
_THINGS = """
select s.place, count(distinct c.community_id), count(distinct c.thing),
    count(distinct c.thing) filter (where s.state in ('finished', 'accepted'))
from sought s join works_covered c on c.project_id = s.id where s.state <> 'cancelled'
group by grouping sets ((s.place), ())"""
# Each project counts alike; a stage counts by its weight, evenly over its planned days.
_SHARES = """
select place, avg(planned), avg(actual) from (
    select p.id, p.place,
        sum(s.weight * case when s.planned_finish is null or coalesce(s.planned_start, s.planned_finish) > %(day)s then 0
            when s.planned_finish <= %(day)s then 1
            else (%(day)s - s.planned_start + 1)::numeric / (s.planned_finish - s.planned_start + 1) end)
            / nullif(sum(s.weight), 0) as planned,
        sum(s.weight * case when s.actual_finish <= %(day)s then 1 else {share} end) / nullif(sum(s.weight), 0) as actual
    from sought p join works_stage s on s.project_id = p.id where p.state <> 'cancelled' group by 1, 2
) shares group by grouping sets ((place), ())"""


def _tally(
    place: int | None, counted: Sequence[Any], sums: Sequence[Any], things: dict[Any, Any], shares: dict[Any, Any]
) -> Tally:
    """One row; the place None is the whole."""
    mine = [row for row in counted if place is None or row[0] == place]
    states: dict[str, int] = {}
    for row in mine:
        states[row[1]] = states.get(row[1], 0) + row[2]
    money = [row[4:] for row in sums if row[0] is not None and (place is None or row[0] == place)]
    communities, covered, done = things.get(place, (0, 0, 0))
    planned, actual = shares.get(place, (None, None))
    return Tally(
        sum(states.values()),
        states,
        sum(row[3] for row in mine),
        sum(row[4] for row in mine),
        communities,
        covered,
        done,
        sum((row[5] for row in mine), Decimal(0)),
        sum((row[6] for row in mine), Decimal(0)),
        planned,
        actual,
        Sums(*(sum((row[at] for row in money), Decimal(0)) for at in range(3))),
    )


def _by_state(counted: Sequence[Any]) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in counted:
        found[row[1]] = found.get(row[1], 0) + row[2]
    return found


def _parts(names: Any, rows: Sequence[Any], at: int, counts: dict[str, int]) -> list[Part]:
    """In the order of the names; without money too where there are projects."""
    held = {row[at]: row for row in rows}
    found = []
    for name in names:
        row = held.get(name.value)
        count = counts.get(name.value, row[3] if row else 0)
        if count or row:
            found.append(Part(name.value, name.label, count, Sums(*row[4:]) if row else Sums()))
    return found


def _fetch(query: str, values: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall()
