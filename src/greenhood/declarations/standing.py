"""Where each community stands today: one row per community, computed anew from what is recorded.

Every action ends with ``update`` for the communities that it touched, and self-assessments are followed as they change;
``catch_up`` finds those that were written in bulk.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import connection, transaction
from django.utils import timezone

from greenhood.assessments.models import Assessment

# A title in force outranks a pending declaration; a pending one outranks a delisting, since a delisted community may
# declare again.
_UPSERT = """
with wanted as (select distinct id from unnest(%(communities)s::bigint[]) as w (id)),
self as (
    select distinct on (a.community_id) a.*
    from assessments_assessment a join wanted on wanted.id = a.community_id
    order by a.community_id, a.year desc, a.started_at desc, a.id desc
),
latest as (
    select distinct on (d.community_id) d.community_id, d.assessment_id, d.version_id, d.scheme_id, d.year, d.status,
        d.step, d.is_simulated
    from declarations_declaration d join wanted on wanted.id = d.community_id
    order by d.community_id, d.status in ('active', 'returned') desc, d.declared_at desc, d.id desc
),
held as (
    select w.community_id,
        bool_or(w.state = 'rectifying') as rectifying,
        bool_or(w.state in ('valid', 'rectifying')) as reached,
        bool_or(w.state in ('valid', 'rectifying') and w.is_advanced) as demonstration,
        min(w.awarded_on) filter (where w.state in ('valid', 'rectifying')) as reached_on,
        max(w.withdrawn_on) as withdrawn_on
    from declarations_award w join wanted on wanted.id = w.community_id
    group by w.community_id
)
insert into declarations_standing as standing
    (community_id, scheme_id, version_id, year, state, step, participating, reached, reached_on, demonstration,
     total, parts, missed, changed_at, is_simulated)
select wanted.id,
    coalesce(self.scheme_id, latest.scheme_id), coalesce(self.version_id, latest.version_id),
    coalesce(self.year, latest.year),
    case
        when held.rectifying then 'rectifying'
        when held.reached then 'reached'
        when latest.status = 'active' then 'declared'
        when latest.status = 'returned' then 'returned'
        when held.withdrawn_on is not null
            and (self.started_at is null or (self.started_at at time zone 'Asia/Shanghai')::date <= held.withdrawn_on)
            then 'delisted'
        when latest.status = 'rejected' and (self.id is null or latest.assessment_id = self.id) then 'rejected'
        else 'assessing'
    end,
    case when latest.status in ('active', 'returned') then latest.step else '' end,
    true, coalesce(held.reached, false), held.reached_on, coalesce(held.demonstration, false),
    self.total, coalesce(self.parts, '{}'), coalesce(self.missed, '[]'), %(now)s,
    coalesce(self.is_simulated, latest.is_simulated, false)
from wanted
left join self on self.community_id = wanted.id
left join latest on latest.community_id = wanted.id
left join held on held.community_id = wanted.id
where self.id is not null or latest.community_id is not null
order by wanted.id
on conflict (community_id) do update set
    scheme_id = excluded.scheme_id, version_id = excluded.version_id, year = excluded.year, state = excluded.state,
    step = excluded.step, reached = excluded.reached, reached_on = excluded.reached_on,
    demonstration = excluded.demonstration, total = excluded.total, parts = excluded.parts, missed = excluded.missed,
    changed_at = excluded.changed_at, is_simulated = excluded.is_simulated
"""

_BEHIND = """
select self.community_id
from (
    select distinct on (community_id) community_id, version_id, year, total, missed
    from assessments_assessment order by community_id, year desc, started_at desc, id desc
) self
left join declarations_standing standing on standing.community_id = self.community_id
where standing.community_id is null
    or (standing.version_id, standing.year) is distinct from (self.version_id, self.year)
    or standing.total is distinct from self.total or standing.missed is distinct from self.missed
"""


@transaction.atomic(savepoint=False)
def update(communities: Iterable[int], *, now: dt.datetime | None = None) -> int:
    """Compute the standings of these communities anew, in one statement; how many were written."""
    with connection.cursor() as cursor:
        cursor.execute(_UPSERT, {"communities": list(communities), "now": now or timezone.now()})
        return cursor.rowcount


def follow(assessment: Assessment) -> None:
    """Keep step with one self-assessment; the assessments room calls this within its own transaction."""
    update([assessment.community_id])


def catch_up(*, now: dt.datetime | None = None) -> int:
    """Follow the self-assessments that were started or changed since the last look; how many moved."""
    with connection.cursor() as cursor:
        cursor.execute(_BEHIND)
        behind = [community for (community,) in cursor.fetchall()]
    return update(behind, now=now) if behind else 0
