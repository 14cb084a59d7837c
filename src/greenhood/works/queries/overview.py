"""项目和资金总览: a division's projects and money by lower division, by source and by state, as of a day. One statement, whatever their number.

The state of a past day follows from the dates of a project (planned, begun, finished, accepted, halted), its money from the ledger up to that
day. A project counts where it is run; what covers a place and is run from above is counted there, above.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import TextChoices

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
    found = _found(filters, _values(division, filters, day, below[0].level if below else division.level), as_of)
    places, works = {row.place for row in found["counts"]}, _counts(found["works"])
    tallies = {place: _tally(place, found) for place in (*places, None)}
    rows = [Place(division, True, tallies[division.code])] if division.code in places else []
    rows += [Place(each, False, tallies.get(each.code, Tally())) for each in below if each.code != division.code]
    return Overview(
        division,
        day,
        tallies[None],
        rows,
        _parts(Origin, found["money"], "other", _counts(found["origins"])),
        _parts(State, found["money"], "key", tallies[None].states),
        [Part(row.key, Kind(row.key).label, works[row.key], _sums([row])) for row in found["kinds"]],
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


# Each source of the projects with its money.
_MONEY = """
    select s.project_id, s.origin, s.budget, s.arrived, s.paid, p.place, p.state, p.kinds
    from works_source s join sought p on p.id = s.project_id where true{origin}"""
_MONEY_PAST = """
    select s.project_id, s.origin, m.budget, m.arrived, m.paid, p.place, p.state, p.kinds
    from works_source s join sought p on p.id = s.project_id join (
        select source_id, coalesce(sum(amount) filter (where kind = 'budget'), 0) as budget,
            coalesce(sum(amount) filter (where kind = 'arrival'), 0) as arrived,
            coalesce(sum(amount) filter (where kind = 'payment'), 0) as paid
        from works_movement where dated <= %(day)s group by 1
    ) m on m.source_id = s.id where true{origin}"""

_ADDED = """, added as materialized (
    select place, state, origin, kinds, sum(budget) as budget, sum(arrived) as arrived, sum(paid) as paid from money group by 1, 2, 3, 4
)"""

# What is counted, each part in the same columns, so that the projects are looked for once and their money is added up once;
# how many projects share in it is counted apart, over the keys alone.
# In the shares each project counts alike; a stage counts by its weight, evenly over its planned days.
_PARTS = """
select 'counts' as part, s.place, s.state as key, null as other, count(*) as one,
    count(*) filter (where s.planned_finish <= %(day)s and s.state <> 'cancelled') as two,
    count(*) filter (where s.next_due_on < %(day)s and s.state in ('planned', 'under-way')) as three,
    sum(s.investment) as first, coalesce(sum(y.amount), 0) as second, 0::numeric as third
from sought s left join works_yearplan y on y.project_id = s.id and y.year = %(year)s group by s.place, s.state
union all
select 'money', place, state, origin, 0, 0, 0, sum(budget), sum(arrived), sum(paid) from added group by place, state, origin
union all
select 'origins', null, origin, null, count(*), 0, 0, 0, 0, 0 from (select distinct project_id, origin from money) m group by origin
union all
select 'kinds', null, kind, null, 0, 0, 0, sum(budget), sum(arrived), sum(paid) from added cross join unnest(kinds) as kind group by kind
union all
select 'works', null, kind, null, count(*), 0, 0, 0, 0, 0
from sought s cross join unnest(s.kinds) as kind where s.id in (select project_id from money) group by kind
union all
select 'things', s.place, null, null, count(distinct c.community_id), count(distinct c.thing),
    count(distinct c.thing) filter (where s.state in ('finished', 'accepted')), 0, 0, 0
from sought s join works_covered c on c.project_id = s.id where s.state <> 'cancelled' group by grouping sets ((s.place), ())
union all
select 'shares', place, null, null, 0, 0, 0, avg(planned)::numeric, avg(actual)::numeric, 0 from (
    select p.id, p.place,
        sum(s.weight * case when s.planned_finish is null or coalesce(s.planned_start, s.planned_finish) > %(day)s then 0
            when s.planned_finish <= %(day)s then 1
            else (%(day)s - s.planned_start + 1)::float8 / (s.planned_finish - s.planned_start + 1) end)
            / nullif(sum(s.weight), 0) as planned,
        sum(s.weight * case when s.actual_finish <= %(day)s then 1 else {share} end) / nullif(sum(s.weight), 0) as actual
    from sought p join works_stage s on s.project_id = p.id where p.state <> 'cancelled' group by 1, 2
) shares group by grouping sets ((place), ())"""


PARTS = ("counts", "money", "origins", "kinds", "works", "things", "shares")


class Row(NamedTuple):
    """A row of a part: what it counts, and three amounts or shares."""

    part: str
    place: int | None
    key: str
    other: str
    one: int
    two: int
    three: int
    first: Decimal
    second: Decimal
    third: Decimal


def _found(filters: Filters, values: dict[str, Any], as_of: dt.date | None) -> dict[str, list[Row]]:
    """The rows of each part; those of kinds by their money, the most first."""
    money = (_MONEY_PAST if as_of else _MONEY).format(origin=" and s.origin = %(origin)s" if filters.origin else "")
    sought = _sought(filters, is_past=as_of is not None)
    parts = _PARTS.format(share="0::float8" if as_of else "s.share::float8")
    found: dict[str, list[Row]] = {part: [] for part in PARTS}
    with connection.cursor() as cursor:
        cursor.execute(f"{sought}, money as materialized ({money}){_ADDED}{parts}", values)
        for row in map(Row._make, cursor.fetchall()):
            found[row.part].append(row)
    found["kinds"].sort(key=lambda row: (-row.first, row.key))
    return found


def _tally(place: int | None, found: dict[str, list[Row]]) -> Tally:
    """One row; the place None is the whole."""
    mine = [row for row in found["counts"] if place is None or row.place == place]
    states: dict[str, int] = {}
    for row in mine:
        states[row.key] = states.get(row.key, 0) + row.one
    things = next((row for row in found["things"] if row.place == place), None)
    shares = next((row for row in found["shares"] if row.place == place), None)
    return Tally(
        projects=sum(states.values()),
        states=states,
        due=sum(row.two for row in mine),
        late=sum(row.three for row in mine),
        communities=things.one if things else 0,
        things=things.two if things else 0,
        done_things=things.three if things else 0,
        investment=sum((row.first for row in mine), Decimal(0)),
        year_amount=sum((row.second for row in mine), Decimal(0)),
        planned=shares.first if shares else None,
        actual=shares.second if shares else None,
        sums=_sums(row for row in found["money"] if place is None or row.place == place),
    )


def _counts(rows: Iterable[Row]) -> dict[str, int]:
    return {row.key: row.one for row in rows}


def _sums(rows: Iterable[Row]) -> Sums:
    budget = arrived = paid = Decimal(0)
    for row in rows:
        budget, arrived, paid = budget + row.first, arrived + row.second, paid + row.third
    return Sums(budget, arrived, paid)


def _parts(names: type[TextChoices], rows: Sequence[Row], column: str, counts: dict[str, int]) -> list[Part]:
    """In the order of the names; without money too where there are projects."""
    found = []
    for name in names:
        mine = [row for row in rows if getattr(row, column) == name.value]
        count = counts.get(name.value, 0)
        if count or mine:
            found.append(Part(name.value, name.label, count, _sums(mine)))
    return found
