"""疑点: what about projects and their money wants a second look. One statement finds them all, whatever the number of projects.

Each says its figures and why. Its digest is made of those figures, so that an explanation holds until they change.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from greenhood.divisions.models import Division
from greenhood.kit.dates import today_in_shanghai
from greenhood.works import proofs
from greenhood.works.models import Origin
from greenhood.works.queries import overlaps
from greenhood.works.rules import IDLE, SLOW, wan

UNSPENT, OVERSPENT, DOUBLE, TWICE = "unspent", "overspent", "double", "twice"
EARLY, SLOWLY, UNPROVEN, OVER_TOTAL, NO_TOTAL = "early", "slow", "unproven", "over-total", "no-total"

TITLES = {
    UNSPENT: "到位未支付",
    OVERSPENT: "超支",
    OVER_TOTAL: "超批复总投资",
    NO_TOTAL: "总投资未填",
    DOUBLE: "重复安排资金",
    TWICE: "同一凭证登记两次",
    EARLY: "先支付后到位",
    SLOWLY: "下达后未到位",
    UNPROVEN: "完工无对比照片",
}
WHY = {
    UNSPENT: f"资金到位 {IDLE.value} 个月仍没有支付完，或项目已完工、取消仍有结余。{IDLE.reason}",
    OVERSPENT: "已支付或已到位超过下达的资金，通常是下达被核减后没有收回。",
    OVER_TOTAL: "各来源下达合计或支付合计超过批复的总投资。",
    NO_TOTAL: "项目已列入计划或已下达资金，没有填写批复总投资，看不出资金合计是否超过批复。在项目“修改”里补填后消失。",
    DOUBLE: (
        "同一小区（楼栋）在同一年度由两个同类项目安排了资金；或者两个同类项目的范围相互包含（整个社区、其中的小区、小区里的楼栋），"
        "又用了同一级的财政资金。"
    ),
    TWICE: "文号（凭证号）、金额和收款单位都相同的到位或支付登记了两次。",
    EARLY: "按日期看，有一天累计支付多于累计到位。",
    SLOWLY: f"资金下达 {SLOW.value} 个月仍没有全部到位。{SLOW.reason}",
    UNPROVEN: "项目已完工，没有改造前或改造后的照片。",
}
PAGE = 50


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag of a project; ``about`` is the source, movement or thing it speaks of, ``explained`` why it is in order."""

    project: UUID
    name: str
    division: str
    code: str
    about: UUID
    digest: str
    says: str
    explained: str = ""
    explained_by: str = ""
    explanation: UUID | None = None

    @property
    def title(self) -> str:
        return TITLES[self.code]

    @property
    def why(self) -> str:
        return WHY[self.code]


# Each part: project, code, about, one figure, another, words. Days are no part of what is digested: they pass by themselves.
# ``sought`` are the projects asked for; the other project of a pair may be any.
_FOUND = f"""
with sought as materialized (
    select p.id, p.name, p.number, p.state, p.kinds, p.first_year, p.last_year, p.investment, p.division_id, d.name as division_name
    from works_project p join divisions_division d on d.id = p.division_id
    where p.state <> 'draft' and {{where}}
), money as materialized (
    select s.*, p.state as project_state, p.investment
    from works_source s join sought p on p.id = s.project_id
), totals as (
    select project_id, sum(budget) as budget, sum(paid) as paid, min(investment) as investment from money group by 1
), {overlaps.PARTS}, flagged as (
    select project_id, '{UNSPENT}' as code, id as about, arrived as one, paid as other, origin || '|' || channel as words
    from money where arrived > paid
        and (project_state in ('accepted', 'finished', 'cancelled') or arrived_on < %(idle)s)
    union all
    select project_id, '{OVERSPENT}', id, greatest(paid, arrived), budget, origin || '|' || channel
    from money where paid > budget or arrived > budget
    union all
    select project_id, '{OVER_TOTAL}', project_id, greatest(budget, paid), investment, ''
    from totals where investment > 0 and greatest(budget, paid) > investment
    union all
    select p.id, '{NO_TOTAL}', p.id, coalesce(t.budget, 0), 0, ''
    from sought p left join totals t on t.project_id = p.id where p.investment = 0 and p.state <> 'cancelled'
    union all
    select project_id, '{EARLY}', id, short, arrived, origin || '|' || channel from money where short > 0
    union all
    select project_id, '{SLOWLY}', id, budget, arrived, origin || '|' || channel
    from money where budget > arrived and budgeted_on < %(slow)s and project_state not in ('cancelled', 'suspended')
    union all
    select project_id, '{DOUBLE}', about, 0, 0, words from overlapping
    union all
    select s.project_id, '{TWICE}', m.id, m.amount, 0, m.document || '|' || (
        select q.name || '（' || q.number || '）' from works_movement o
        join works_source t on t.id = o.source_id join works_project q on q.id = t.project_id
        where {{same}} order by o.id limit 1)
    from money s join works_movement m on m.source_id = s.id
    where m.document <> '' and m.kind <> 'budget' and m.reverses_id is null
        and not exists (select from works_movement r where r.reverses_id = m.id)
        and exists (select from works_movement o where {{same}})
    union all
    select p.id, '{UNPROVEN}', p.id, 0, 0, ''
    from sought p where p.state in ('finished', 'accepted') and not (
        exists (select from works_stage g join evidence_attachment a on a.subject_id = g.before
            where g.project_id = p.id and a.community_id = p.division_id and a.subject_kind = '{proofs.BEFORE}' and a.removed_at is null)
        and exists (select from works_stage g join evidence_attachment a on a.subject_id = g.after
            where g.project_id = p.id and a.community_id = p.division_id and a.subject_kind = '{proofs.AFTER}' and a.removed_at is null))
), told as (
    select f.*, f.one::text || '|' || f.other::text || '|' || md5(f.words) as digest from flagged f
)
"""
_SAME = (
    "o.document = m.document and o.amount = m.amount and o.kind = m.kind and o.payee = m.payee and o.id <> m.id"
    " and o.reverses_id is null and not exists (select from works_movement r where r.reverses_id = o.id)"
)
_ROWS = """
select t.project_id, p.name, p.division_name, t.code, t.about, t.digest, t.one, t.other, t.words, x.reason, x.person, x.id
from told t join sought p on p.id = t.project_id
left join works_explanation x on x.project_id = t.project_id and x.code = t.code and x.about = t.about and x.digest = t.digest
"""


def flags_of(projects: Iterable[UUID]) -> list[Flag]:
    """Every flag of these projects, explained ones too. One query."""
    ids = list(projects)
    if not ids:
        return []
    return _flags("p.id = any(%(ids)s)", {"ids": ids}, " order by t.code, t.about")


def flags_within(
    division: Division,
    *,
    code: str = "",
    is_explained: bool = False,
    department: str = "",
    after: str = "",
    most: int | None = PAGE + 1,
) -> list[Flag]:
    """A page of the flags of what a division and everything in it runs, the newest project first; all with ``most`` None. One query."""
    low, high = division.span
    where = "d.code >= %(low)s and d.code < %(high)s" + (" and p.department = %(department)s" if department else "")
    key = _key(after)
    narrowed = " where x.id is " + ("not null" if is_explained else "null")
    narrowed += " and t.code = %(code)s" if code else ""
    narrowed += " and (t.project_id, t.code, t.about) < (%(project)s, %(last)s, %(about)s)" if key else ""
    values = {"low": low, "high": high, "code": code, "department": department, "most": most}
    values |= dict(zip(("project", "last", "about"), key, strict=True)) if key else {}
    return _flags(where, values, f"{narrowed} order by t.project_id desc, t.code desc, t.about desc limit %(most)s")


def key_of(flag: Flag) -> str:
    """By which the page after a flag is asked for."""
    return f"{flag.project}_{flag.code}_{flag.about}"


def counts_within(division: Division, *, department: str = "") -> dict[str, int]:
    """How many flags of each kind stand unexplained. One query."""
    low, high = division.span
    where = "d.code >= %(low)s and d.code < %(high)s" + (" and p.department = %(department)s" if department else "")
    with connection.cursor() as cursor:
        cursor.execute(
            _query(where)
            + """select t.code, count(*) from told t
                where not exists (select from works_explanation x where x.project_id = t.project_id and x.code = t.code
                    and x.about = t.about and x.digest = t.digest) group by 1""",
            {**_days(), "low": low, "high": high, "department": department},
        )
        found = dict(cursor.fetchall())
    return {code: found[code] for code in TITLES if code in found}


def _flags(where: str, values: dict[str, Any], rest: str) -> list[Flag]:
    with connection.cursor() as cursor:
        cursor.execute(_query(where) + _ROWS + rest, {**_days(), **values})
        return [_flag(row) for row in cursor.fetchall()]


def _query(where: str) -> str:
    return _FOUND.format(where=where, same=_SAME)


def _days() -> dict[str, dt.date]:
    today = today_in_shanghai()
    return {"idle": months_before(today, IDLE.value), "slow": months_before(today, SLOW.value)}


def months_before(day: dt.date, months: int) -> dt.date:
    """The same day so many months earlier; the last of the month where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    last = (dt.date(year + (month == 11), (month + 1) % 12 + 1, 1) - dt.timedelta(days=1)).day
    return dt.date(year, month + 1, min(day.day, last))


def _flag(row: Sequence[Any]) -> Flag:
    project, name, division, code, about, digest, one, other, words, reason, person, explanation = row
    says = _says(code, Decimal(one), Decimal(other), words)
    return Flag(project, name, division, code, about, digest, says, reason or "", person or "", explanation)


def _says(code: str, one: Decimal, other: Decimal, words: str) -> str:
    first, _, rest = words.partition("|")
    where = ""
    if code in {UNSPENT, OVERSPENT, EARLY, SLOWLY}:
        where = Origin(first).label + (f"·{rest}" if rest else "")
    match code:
        case "unspent":
            return f"{where}到位 {wan(one)} 万元，支付 {wan(other)} 万元，结余 {wan(one - other)} 万元。"
        case "overspent":
            return f"{where}已用 {wan(one)} 万元，下达 {wan(other)} 万元，超出 {wan(one - other)} 万元。"
        case "over-total":
            return f"资金合计 {wan(one)} 万元，批复总投资 {wan(other)} 万元，超出 {wan(one - other)} 万元。"
        case "no-total":
            return f"没有填写批复总投资，各来源已下达 {wan(one)} 万元。"
        case "early":
            return f"{where}最多一天先于到位支付 {wan(one)} 万元。"
        case "slow":
            return f"{where}下达 {wan(one)} 万元，到位 {wan(other)} 万元，还差 {wan(one - other)} 万元。"
        case "double":
            return f"“{first}”同年还由 {rest} 安排。"
        case "twice":
            return f"凭证 {first}，{wan(one)} 万元，另见 {rest}。"
    return "改造前、改造后的照片不全。"


def _key(text: str) -> tuple[UUID, str, UUID] | None:
    project, _, rest = text.partition("_")
    code, _, about = rest.partition("_")
    try:
        return (UUID(project), code, UUID(about)) if text and code in TITLES else None
    except ValueError:
        return None
