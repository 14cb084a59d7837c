"""Who could be a pilot: every subject of a division with what is known of it, in one statement.

Old and new: an estate counts as old when it is marked 老旧小区 or was built by the end of 2000 (the meaning that the
records give the word); a community is old when at least half of its dwellings with a known age lie in old estates.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from greenhood.divisions.models import Division
from greenhood.insight.subjects import counted, versions_in_force
from greenhood.programme.models import Pilot

PAGE = 50
OLD_UNTIL = 2000

AGES = {"": "全部", "old": "老社区", "new": "新社区", "unknown": "建成年份不详"}
SORTS = {
    "code": "区划顺序",
    "total": "自评总分高的在前",
    "satisfaction": "居民满意度高的在前",
    "kinds": "登记资料全的在前",
    "households": "户数多的在前",
    "oldest": "建成早的在前",
}
_ORDERS = {
    "code": "code",
    "total": "total desc nulls last, code",
    "satisfaction": "satisfaction desc nulls last, code",
    "kinds": "kinds desc, code",
    "households": "households desc nulls last, code",
    "oldest": "first_year nulls last, code",
}
KINDS = (
    ("户数与人口", "communities_population"),
    ("小区", "communities_estate"),
    ("社区居委会", "communities_committee"),
    ("网格", "communities_gridcell"),
    ("绿地", "communities_greenspace"),
    ("公共服务设施", "communities_facility"),
)
"""The kinds of baseline record that are counted here, and their tables."""


@dataclass(frozen=True, slots=True)
class Filters:
    age: str = ""
    street: int | None = None
    show: str = ""
    sort: str = "code"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A community and what speaks for or against it; None where nothing is recorded."""

    id: int
    code: int
    name: str
    street: str
    age: Pilot.Age
    first_year: int | None
    last_year: int | None
    estates: int
    old_estates: int
    households: int | None
    kinds: int
    satisfaction: Decimal | None
    answers: int | None
    deliberations: int
    state: str
    total: Decimal | None
    reached: bool
    pilot: str

    @property
    def years(self) -> str:
        if self.first_year is None:
            return "—"
        return f"{self.first_year}" if self.first_year == self.last_year else f"{self.first_year}–{self.last_year}"

    @property
    def kinds_of(self) -> str:
        return f"{self.kinds}/{len(KINDS)}"

    @property
    def age_label(self) -> str:
        return str(self.age.label)

    @property
    def has_willingness(self) -> bool:
        """Whether anything recorded says that residents want it: a survey or a deliberation within the year."""
        return self.satisfaction is not None or self.deliberations > 0

    @property
    def state_label(self) -> str:
        return STATES.get(self.state, "尚未参与")

    def as_facts(self) -> dict[str, Any]:
        """What is kept with a pilot: the facts as they were when it was chosen."""
        return {
            "建成年份": self.years,
            "小区": self.estates,
            "其中老旧小区": self.old_estates,
            "户数": self.households,
            "已登记资料": self.kinds_of,
            "管理满意度": f"{self.satisfaction:.1f}%（有效回答 {self.answers} 份）"
            if self.satisfaction is not None
            else None,
            "一年内议事协商": self.deliberations,
            "创建状态": self.state_label,
            "自评总分": f"{self.total:f}" if self.total is not None else None,
        }


STATES = {
    "assessing": "自评中", "declared": "申报办理中", "returned": "退回修改", "rejected": "未通过", "reached": "已命名",
    "rectifying": "限期整改", "delisted": "已除名",
}  # fmt: skip

_ROWS = """
with subject as materialized ({subjects}),
estate as (
    select e.community_id, min(built_year) as first_year, max(built_year) as last_year, count(*) as estates,
        count(*) filter (where is_old or built_year <= {old}) as old_estates,
        sum(greatest(coalesce(dwellings, 1), 1)) filter (where is_old or built_year <= {old}) as old_dwellings,
        sum(greatest(coalesce(dwellings, 1), 1)) filter (where is_old is not null or built_year is not null) as aged_dwellings
    from communities_estate e join subject s on s.id = e.community_id where e.until is null group by 1
),
people as (
    select p.community_id, max(households) as households from communities_population p
    join subject s on s.id = p.community_id where p.until is null group by 1
),
kind as (
    select community_id, count(distinct kind) as kinds from ({kinds}) recorded group by 1
),
survey as (
    select distinct on (v.community_id) v.community_id, v.satisfied * 100.0 / v.answers as satisfaction, v.answers
    from participation_satisfactionsurvey v join subject s on s.id = v.community_id
    where v.until is null and v.topic = 'management' and v.answers > 0 and v.satisfied is not null
    order by v.community_id, v.dated desc
),
talks as (
    select a.community_id, count(*) as deliberations from activities_activity a join subject s on s.id = a.community_id
    where a.until is null and a.category = 'deliberation' and a.dated > %s group by 1
),
chosen as (
    select distinct on (p.community_id) p.community_id, p.state from programme_pilot p
    where p.division_id = %s and p.state <> 'removed' order by p.community_id
),
found as (
    select s.id, s.code, d.name, street.name as street, street.code as street_code,
        case when coalesce(estate.aged_dwellings, 0) = 0 then 'unknown'
             when coalesce(estate.old_dwellings, 0) * 2 >= estate.aged_dwellings then 'old' else 'new' end as age,
        estate.first_year, estate.last_year, coalesce(estate.estates, 0), coalesce(estate.old_estates, 0),
        people.households, coalesce(kind.kinds, 0) as kinds, survey.satisfaction, survey.answers,
        coalesce(talks.deliberations, 0) as deliberations, coalesce(standing.state, 'none') as state, standing.total,
        coalesce(standing.reached, false) as reached, coalesce(chosen.state, '') as pilot
    from subject s join divisions_division d on d.id = s.id
    left join divisions_division street on street.id = d.parent_id
    left join estate on estate.community_id = s.id left join people on people.community_id = s.id
    left join kind on kind.community_id = s.id left join survey on survey.community_id = s.id
    left join talks on talks.community_id = s.id left join chosen on chosen.community_id = s.id
    left join declarations_standing standing on standing.community_id = s.id
)
select * from found where true
"""
_COLUMNS = (
    "id", "code", "name", "street", "age", "first_year", "last_year", "estates", "old_estates", "households", "kinds",
    "satisfaction", "answers", "deliberations", "state", "total", "reached", "pilot",
)  # fmt: skip


def candidates(
    division: Division, filters: Filters, *, today: dt.date, offset: int = 0, most: int | None = PAGE
) -> list[Candidate]:
    """A page of the subjects of a division that are no pilots of it yet, in the order asked for. One query.

    The order may be by any column, so pages are counted from the start; a division that chooses pilots has some hundreds.
    """
    conditions = [" and pilot = ''"]
    values: list[Any] = []
    if filters.age in AGES and filters.age:
        conditions.append(" and age = %s")
        values.append(filters.age)
    if filters.street:
        conditions.append(" and street_code = %s")
        values.append(filters.street)
    if filters.show == "willing":
        conditions.append(" and (satisfaction is not null or deliberations > 0)")
    if filters.show == "founded":
        conditions.append(" and (reached or total is not null)")
    order = _ORDERS.get(filters.sort, "code")
    limit = "" if most is None else " limit %s offset %s"
    rows = _fetch(
        division,
        "".join(conditions) + f" order by {order}{limit}",
        [*values, *([] if most is None else [most, offset])],
        today,
    )
    return [_candidate(row) for row in rows]


def candidate(division: Division, community: Division, *, today: dt.date) -> Candidate | None:
    """One community as a candidate of a division; None where it is no subject there. One query."""
    rows = _fetch(division, " and id = %s", [community.pk], today, within=community)
    return _candidate(rows[0]) if rows else None


def _candidate(row: Sequence[Any]) -> Candidate:
    by_name = dict(zip(_COLUMNS, [*row[:4], *row[5:]], strict=True))
    return Candidate(**{**by_name, "age": Pilot.Age(by_name["age"])})


def _fetch(
    division: Division, tail: str, values: Sequence[Any], today: dt.date, *, within: Division | None = None
) -> list[Sequence[Any]]:
    low, high = (within or division).span
    subjects = counted(versions_in_force()).filter(code__gte=low, code__lt=high).order_by().values_list("id", "code")
    text, first = subjects.query.sql_with_params()
    kinds = " union all ".join(
        f"select f.community_id, {number} as kind from {table} f join subject s on s.id = f.community_id where f.until is null"
        for number, (_, table) in enumerate(KINDS)
    )
    statement = _ROWS.replace("{old}", str(OLD_UNTIL)).replace("{kinds}", kinds).replace("{subjects}", text)
    with connection.cursor() as cursor:
        cursor.execute(statement + tail, [*first, today - dt.timedelta(days=365), division.pk, *values])
        return cursor.fetchall()
