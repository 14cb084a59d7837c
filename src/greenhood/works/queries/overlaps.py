"""重复安排资金: which projects are paid for the same place in the same years, told in words; parts of the one statement of ``flags``.

The same estate or building needs no more than a kind of work in common, and money on both sides. Where one place only holds the other (a whole
community, an estate in it, a building of the estate) the two may well do different things there: so they must share a kind that says what
is done, and the same public fund too.
"""

from __future__ import annotations

from greenhood.works.models import Kind, Origin

PUBLIC = (Origin.CENTRAL, Origin.PROVINCIAL, Origin.CITY, Origin.COUNTY, Origin.STREET)

_PUBLIC = ", ".join(f"'{origin.value}'" for origin in PUBLIC)
_LABELS = " ".join(f"when '{origin.value}' then '{origin.label}'" for origin in PUBLIC)
_COMMUNITY = "整个社区"


def _funds(of: str) -> str:
    """The public funds of rows of sources, None where there is no money at all."""
    return f"array_agg(distinct {of}.origin) filter (where {of}.origin in ({_PUBLIC}))"


def _building(alias: str, of: str) -> str:
    """The building that a covered row is, as it is known today: it says which estate it belongs to."""
    return (
        f"left join communities_building {alias} on {of}.kind = 'buildings' and {alias}.community_id = {of}.community_id"
        f" and {alias}.thing = {of}.thing and {alias}.until is null"
    )


def _pairs(how: str, join: str) -> str:
    return f"""
    select c.project_id, c.id as covered, c.community_id, c.thing, c.name, e.project_id as other, e.id as there, e.name as there_name,
        '{how}' as how
    from spots c join works_covered e on e.project_id <> c.project_id and {join}"""


# Each way in which two covered places overlap, as an equality that an index or a hash can serve.
_MET = " union all".join(
    (
        _pairs("same", "e.thing = c.thing and e.community_id = c.community_id"),
        _pairs("both", "e.community_id = c.community_id and e.thing is null where c.thing is null"),
        _pairs("holds all", "e.community_id = c.community_id and e.thing is not null where c.thing is null"),
        _pairs("in all", "e.community_id = c.community_id and e.thing is null where c.thing is not null"),
        _pairs("in estate", "e.community_id = c.community_id and e.thing = c.estate where c.estate is not null"),
        _pairs(
            "holds building",
            "e.community_id = c.community_id and e.kind = 'buildings'"
            " join communities_building b on b.community_id = e.community_id and b.thing = e.thing and b.until is null"
            " and b.estate = c.thing where c.kind = 'estates'",
        ),
    )
)

# ``met`` keeps, of what two projects share in a community, only what is nearest: who meets at an estate isn't told of the community too.
PARTS = f"""
funded as materialized (
    select p.id, p.kinds, p.first_year, p.last_year, f.public
    from sought p join (
        select m.project_id, {_funds("m")} as public from money m where m.budget > 0 group by 1
    ) f on f.project_id = p.id where p.state <> 'cancelled'
), spots as materialized (
    select c.*, b.estate from funded p join works_covered c on c.project_id = p.id {_building("b", "c")}
), met as (
    select *, min(distance) over (partition by project_id, other, community_id) as nearest from (
        select m.*, q.name as other_name, q.number,
            case m.how when 'same' then 1 when 'both' then 2 else 3 end as distance,
            array(select unnest(p.public) intersect select unnest(o.public) order by 1) as shared
        from ({_MET}
        ) m join funded p on p.id = m.project_id
        join works_project q on q.id = m.other and q.state not in ('draft', 'cancelled')
            and q.first_year <= p.last_year and q.last_year >= p.first_year and q.kinds && p.kinds
            and (m.how = 'same' or q.kinds && array_remove(p.kinds, '{Kind.OTHER.value}'))
        join lateral (
            select {_funds("s")} as public from works_source s where s.project_id = q.id and s.budget > 0 having count(*) > 0
        ) o on m.how = 'same' or o.public && p.public
    ) every
), told_of as (
    select project_id, how, other_name, number, shared,
        case when how = 'same' then thing when how like 'in%%' then there else covered end as about,
        case when how in ('both', 'holds all') then (select d.name from divisions_division d where d.id = community_id) || '（{_COMMUNITY}）'
            else min(name) || case when count(distinct covered) > 1 then '等 ' || count(distinct covered) || ' 处' else '' end end as place,
        min(there_name) || case when count(distinct there) > 1 then '等 ' || count(distinct there) || ' 处' else '' end as there
    from met where distance = nearest
    group by project_id, how, other, other_name, number, shared, community_id,
        case when how = 'same' then thing when how like 'in%%' then there else covered end
), overlapping as (
    select project_id, about, place || '|' || string_agg(distinct other_name || '（' || number || case how
            when 'same' then '' when 'both' then '，也覆盖{_COMMUNITY}' when 'in all' then '，覆盖{_COMMUNITY}'
            when 'in estate' then '，覆盖所在的小区“' || there || '”' else '，覆盖其中的“' || there || '”' end
        || case when how = 'same' then '' else '，同用' || (
            select string_agg(case fund {_LABELS} end, '、') from unnest(shared) fund) end
        || '）', '、') as words
    from told_of group by project_id, about, place
)"""
