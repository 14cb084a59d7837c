"""The arithmetic of the rollups: one statement for the streets, one for each level above them.

A street is counted from its communities, everything above from the rollups of its children. All of it follows the
parent links, so a city without counties and a county with a single street need no case of their own.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from greenhood.divisions.models import Division, Level

_FROM_COMMUNITIES = """
with subject as materialized ({subjects}),
-- Both sides are read whole: the planner takes the rule of the subjects for far more selective than it is.
standing as materialized (
    select d.parent_id, s.*, subject.id is not null as counts
    from declarations_standing s
    join divisions_division d on d.id = s.community_id and d.valid_to is null
    left join subject on subject.id = s.community_id
    where {wanted}
),
heads as (
    select parent_id, count(*) as subjects, 0 as participating, 0 as reached, 0 as demonstration, 0 as outside,
        0 as simulated
    from subject group by parent_id
    union all
    select parent_id, 0, count(*) filter (where counts and participating), count(*) filter (where counts and reached),
        count(*) filter (where counts and demonstration), count(*) filter (where not counts),
        count(*) filter (where counts and is_simulated)
    from standing group by parent_id
),
state_rows as (
    select parent_id, state as key, count(*) as number from standing where counts group by 1, 2
),
-- What a community says before it has declared is a draft: unanswered items would count as missed.
scored as (
    select * from standing where counts and state <> 'assessing' and total is not null
),
total_rows as (
    select parent_id, scheme_id as scheme, sum(total) as points, count(*) as number from scored group by 1, 2
),
part_rows as (
    select parent_id, scheme_id as scheme, part.key as part, sum(part.value::numeric) as points, count(*) as number
    from scored cross join jsonb_each_text(scored.parts) as part group by 1, 2, 3
),
missed_rows as (
    select parent_id, scheme_id as scheme, item.value as criterion, count(*) as number
    from scored cross join jsonb_array_elements_text(scored.missed) as item group by 1, 2, 3
)
"""

_FROM_CHILDREN = """
with child as materialized (
    select d.parent_id, r.*
    from insight_rollup r join divisions_division d on d.id = r.division_id and d.valid_to is null
    join divisions_division p on p.id = d.parent_id and p.level = %(level)s
    where {wanted}
),
heads as (
    select parent_id, subjects, participating, reached, demonstration, outside, simulated from child
),
state_rows as (
    select parent_id, state.key, sum(state.value::int) as number
    from child cross join jsonb_each_text(child.states) as state group by 1, 2
),
total_rows as (
    select parent_id, total.key as scheme, sum((total.value ->> 0)::numeric) as points,
        sum((total.value ->> 1)::int) as number
    from child cross join jsonb_each(child.totals) as total group by 1, 2
),
part_rows as (
    select parent_id, by_scheme.key as scheme, part.key as part, sum((part.value ->> 0)::numeric) as points,
        sum((part.value ->> 1)::int) as number
    from child cross join jsonb_each(child.parts) as by_scheme cross join jsonb_each(by_scheme.value) as part
    group by 1, 2, 3
),
missed_rows as (
    select parent_id, by_scheme.key as scheme, item.key as criterion, sum(item.value::int) as number
    from child cross join jsonb_each(child.missed) as by_scheme cross join jsonb_each_text(by_scheme.value) as item
    group by 1, 2, 3
)
"""

_WRITE = """,
head as (
    select parent_id, sum(subjects) as subjects, sum(participating) as participating, sum(reached) as reached,
        sum(demonstration) as demonstration, sum(outside) as outside, sum(simulated) as simulated
    from heads group by parent_id
),
states as (
    select parent_id, jsonb_object_agg(key, number) as value from state_rows group by parent_id
),
totals as (
    select parent_id, jsonb_object_agg(scheme, jsonb_build_array(points, number)) as value
    from total_rows group by parent_id
),
parts as (
    select parent_id, jsonb_object_agg(scheme, by_part) as value
    from (
        select parent_id, scheme, jsonb_object_agg(part, jsonb_build_array(points, number)) as by_part
        from part_rows group by parent_id, scheme
    ) by_scheme group by parent_id
),
missed as (
    select parent_id, jsonb_object_agg(scheme, by_criterion) as value
    from (
        select parent_id, scheme, jsonb_object_agg(criterion, number) as by_criterion
        from missed_rows group by parent_id, scheme
    ) by_scheme group by parent_id
)
insert into insight_rollup
    (division_id, subjects, participating, reached, demonstration, outside, simulated, states, totals, parts, missed,
     refreshed_at)
select head.parent_id, head.subjects, head.participating, head.reached, head.demonstration, head.outside,
    head.simulated, coalesce(states.value, '{}'), coalesce(totals.value, '{}'), coalesce(parts.value, '{}'),
    coalesce(missed.value, '{}'), %(now)s
from head
join divisions_division place on place.id = head.parent_id and place.valid_to is null
left join states on states.parent_id = head.parent_id
left join totals on totals.parent_id = head.parent_id
left join parts on parts.parent_id = head.parent_id
left join missed on missed.parent_id = head.parent_id
order by head.parent_id
on conflict (division_id) do update set
    subjects = excluded.subjects, participating = excluded.participating, reached = excluded.reached,
    demonstration = excluded.demonstration, outside = excluded.outside, simulated = excluded.simulated,
    states = excluded.states, totals = excluded.totals, parts = excluded.parts, missed = excluded.missed,
    refreshed_at = excluded.refreshed_at
"""

_CHANGED = """
select distinct d.parent_id
from declarations_standing s join divisions_division d on d.id = s.community_id
where s.changed_at >= %(since)s and d.parent_id is not null
"""


def clear() -> None:
    with connection.cursor() as cursor:
        cursor.execute("delete from insight_rollup")


def changed_since(since: dt.datetime) -> list[int]:
    """The ids of the streets in which a standing has changed."""
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED, {"since": since})
        return [street for (street,) in cursor.fetchall()]


def parents_of(divisions: Sequence[int]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select distinct parent_id from divisions_division where id = any(%s) and parent_id is not null",
            [list(divisions)],
        )
        return [parent for (parent,) in cursor.fetchall()]


def write_streets(subjects: QuerySet[Division], streets: Sequence[int] | None, *, now: dt.datetime) -> int:
    """Count these streets (all of them for None) from their communities; how many rows were written."""
    chosen = subjects if streets is None else subjects.filter(parent_id__in=list(streets))
    compiled, values = chosen.order_by().values_list("id", "parent_id").query.sql_with_params()
    names = iter(named := {f"subject_{number}": value for number, value in enumerate(values)})
    text = re.sub(r"%[%s]", lambda sign: f"%({next(names)})s" if sign[0] == "%s" else sign[0], compiled)
    statement = (_FROM_COMMUNITIES + _WRITE).replace("{subjects}", text)
    return _run(statement, "d.parent_id", streets, now=now, **named)


def write_level(level: Level, divisions: Sequence[int] | None, *, now: dt.datetime) -> int:
    """Count the divisions of one level (these, or all for None) from their children's rollups."""
    return _run(_FROM_CHILDREN + _WRITE, "d.parent_id", divisions, now=now, level=int(level))


def _run(statement: str, column: str, wanted: Sequence[int] | None, **values: Any) -> int:
    condition = "true" if wanted is None else f"{column} = any(%(wanted)s)"
    with connection.cursor() as cursor:
        cursor.execute(statement.replace("{wanted}", condition), {**values, "wanted": list(wanted or [])})
        return cursor.rowcount
