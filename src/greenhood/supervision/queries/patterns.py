"""What keeps coming back: the same finding in the same place, the checks most often not met, reviewers who are too kind.

Everything is counted over what the reader may see, in a fixed few queries, and nothing is named or ranked on less than a
stated number of cases. What is kind is a matter of measure: on the same criteria of the same communities, what the
community claimed and the reviewer gave is set against what an inspection saw.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, F, Max, Min, Q

from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.assessments.models import Assessment, Scorer
from greenhood.divisions.models import Division
from greenhood.kit.dates import SHANGHAI, today_in_shanghai
from greenhood.kit.paging import by_time, count, page
from greenhood.schemes.format import Kind
from greenhood.schemes.models import SchemeVersion, schemes_of
from greenhood.schemes.queries import newest_of
from greenhood.supervision import checks, seeing
from greenhood.supervision.models import Answer
from greenhood.supervision.queries.lists import Listed

# The same finding: two inspections at least, by the meaning of the word.
LEAST_TIMES = 2
# A share of fewer sheets than this says nothing: one more or less would move it by a fifth.
LEAST_SEEN = 5
# A mean over fewer communities than this is nobody's habit.
LEAST_CASES = 5
# A mean difference that is certain but smaller than this share of the points is of no consequence.
LEAST_GAP = 0.05
# A score and an inspection further apart than this are about different states of the place.
WINDOW = dt.timedelta(days=365)
MOST_ROWS = 100
MOST_REPEATS = 2000
MOST_CASES = 500

# Student's t, two-sided 95%, by degrees of freedom; beyond the table the normal value is within 2%.
T95 = {
    1: 12.71, 2: 4.30, 3: 3.18, 4: 2.78, 5: 2.57, 6: 2.45, 7: 2.36, 8: 2.31, 9: 2.26, 10: 2.23, 12: 2.18, 15: 2.13, 20: 2.09, 30: 2.04,
}  # fmt: skip

DEFINITIONS = {
    "repeats": f"同一社区、同一检查项，在所选期间内由 {LEAST_TIMES} 次以上不同的检查发现，算作重复问题；已撤销的问题和已取消的检查不计。",
    "criteria": f"不符合率是所选期间内检查结果为“不符合”的次数占“符合”和“不符合”合计的比例，“未能查看”不计；"
    f"查看不足 {LEAST_SEEN} 次的不排序。",
    "reviewers": "同一社区、同一标准项上，评分（满足为 1、不满足为 0，分数按占满分的比例）减去检查所见（该项查看的内容全部符合为 1，"
    "有一处不符合为 0），先按社区平均，再对社区求平均。评分交出与检查相隔超过一年的不比较，由数据自动计算、没有评分的项不比较。"
    f"少于 {LEAST_CASES} 个社区的不作判断。95% 区间按社区之间的差异计算，社区内各项相关，因此不按项数计算。"
    f"区间下限大于 0 且平均差在 {LEAST_GAP:.0%} 以上的，才称“偏宽”。",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look at: a division, a year or the last twelve months (0), one scheme or all."""

    division: Division
    year: int = 0
    scheme: str = ""

    @property
    def span(self) -> tuple[dt.date, dt.date]:
        today = today_in_shanghai()
        if self.year:
            return dt.date(self.year, 1, 1), dt.date(self.year, 12, 31)
        return today - WINDOW, today


@dataclass(frozen=True, slots=True)
class Repeat:
    community_code: str
    community: str
    clause: str
    version: SchemeVersion | None
    name: str
    text: str
    times: int
    findings: int
    first_on: dt.date
    last_on: dt.date
    scheme: str
    key: str


@dataclass(frozen=True, slots=True)
class Repeats:
    """Repeated findings, the most frequent first, and the communities with most of them. ``times`` counts inspections."""

    rows: Sequence[Repeat]
    communities: Sequence[tuple[str, str, int]]
    is_capped: bool


def repeats(actor: Actor, wanted: Wanted) -> Repeats:
    """Three queries."""
    low, high = wanted.division.span
    first, last = wanted.span
    found = seeing.findings(actor).filter(
        community__code__gte=low, community__code__lt=high, found_on__range=(first, last), withdrawn_at=None
    )
    found = found.exclude(key="").exclude(inspection__state="cancelled")
    if wanted.scheme:
        found = found.filter(inspection__version__scheme_id=wanted.scheme)
    # An inspection's own questions are the same only within it.
    found = found.exclude(criterion=None)
    grouped = (
        found.values(
            "community__code", "community__name", "criterion", "key", scheme=F("inspection__version__scheme_id")
        )
        .annotate(
            times=Count("inspection", distinct=True),
            number=Count("pk", distinct=True),
            first=Min("found_on"),
            last=Max("found_on"),
            newest=Max("inspection__version__version"),
        )
        .filter(times__gte=LEAST_TIMES)
        .order_by("-times", "community__code", "criterion", "key")[:MOST_REPEATS]
    )
    rows = list(grouped)
    lines, versions = _lines({(row["scheme"], row["newest"]) for row in rows})
    named = [
        Repeat(
            f"{row['community__code']:012d}", row["community__name"],
            *_words(lines, versions, row["scheme"], row["newest"], row["key"], row["criterion"]),
            row["times"], row["number"], row["first"], row["last"], row["scheme"], row["key"],
        )
        for row in rows
    ]  # fmt: skip
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for one in named:
        counts[one.community_code, one.community] += 1
    most = sorted(counts.items(), key=lambda each: (-each[1], each[0][0]))
    return Repeats(named, [(*place, number) for place, number in most[:20]], len(rows) == MOST_REPEATS)


@dataclass(frozen=True, slots=True)
class Missed:
    """One check: how often it was looked at and how often not met. ``share`` is None on too few."""

    clause: str
    version: SchemeVersion | None
    name: str
    text: str
    seen: int
    not_met: int
    criterion: int | None
    scheme: str
    key: str

    @property
    def share(self) -> float | None:
        return self.not_met / self.seen if self.seen >= LEAST_SEEN else None


def criteria(actor: Actor, wanted: Wanted) -> list[Missed]:
    """Checks by how often they are not met, the worst first; those seen too seldom last. Two queries."""
    rows = list(
        _answers(actor, wanted)
        .exclude(criterion=None)
        .values("criterion", "key", scheme=F("sheet__inspection__version__scheme_id"))
        .annotate(
            seen=Count("pk"),
            wrong=Count("pk", filter=Q(result=Answer.Result.NOT_MET)),
            newest=Max("sheet__inspection__version__version"),
        )
        .order_by("criterion", "key")
    )
    lines, versions = _lines({(row["scheme"], row["newest"]) for row in rows})
    found = [
        Missed(
            *_words(lines, versions, row["scheme"], row["newest"], row["key"], row["criterion"]),
            row["seen"], row["wrong"], row["criterion"], row["scheme"], row["key"],
        )
        for row in rows
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.share is None, -(one.share or 0), -one.not_met, one.criterion or 0))


def looks(actor: Actor, wanted: Wanted, key: str, result: str = "", *, after: str = "", before: str = "") -> Listed:
    """The answers that the figures of one check are made of, the latest first; of one result or of both. Two queries."""
    found = _answers(actor, wanted).exclude(criterion=None).filter(key=key)
    if result in {Answer.Result.MET, Answer.Result.NOT_MET}:
        found = found.filter(result=result)
    found = found.select_related("sheet__community", "sheet__inspection", "by").defer("sheet__community__bigrams")
    order = by_time("seen_at", is_descending=True)
    return Listed(page(found, order, after=after, before=before), count(found))


def named(scheme: str, key: str) -> tuple[str, str]:
    """How the newest version of a scheme words one check: its name and text; its bare key where none has it. Two queries at most."""
    version = newest_of(scheme) if scheme else None
    if version is None:
        return key, ""
    lines, _ = _lines({(scheme, version.version)})
    line = lines.get((scheme, version.version, key))
    return (line.name, line.text) if line else (key, "")


# --- reviewers ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Gap:
    """A mean over communities of one difference, with its 95% interval; none on too few."""

    mean: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Reviewer:
    """What a division (or a person of it) gave at one step against what was claimed and what was seen, as shares of the points."""

    division: str
    code: int
    scorer: str
    person: str
    person_id: str
    communities: int
    pairs: int
    over_self: Gap | None
    over_seen: Gap
    self_over_seen: Gap | None

    @property
    def step(self) -> str:
        return str(Scorer(self.scorer).label)

    @property
    def is_judged(self) -> bool:
        return self.communities >= LEAST_CASES

    @property
    def verdict(self) -> str:
        """What the figures say, in a word."""
        gap = self.over_seen
        if not self.is_judged or gap.low is None or gap.high is None:
            return "样本不足"
        if gap.low > 0 and gap.mean >= LEAST_GAP:
            return "偏宽"
        if gap.high < 0 and gap.mean <= -LEAST_GAP:
            return "偏严"
        return "看不出偏差"


def reviewers(actor: Actor, wanted: Wanted, *, by_person: bool = False) -> list[Reviewer]:
    """Reviewing divisions within the reader's own, or people of divisions below it; the kindest first. Two queries."""
    if actor.post is None and not actor.is_system:
        return []
    if by_person and not may_see_people(actor):
        return []
    rows = _run(
        _GROUPED.format(person=", p.person, p.person_name" if by_person else ", '' as person, '' as person_name"),
        actor,
        wanted,
        by_person,
    )
    found = [_reviewer(row) for row in rows]
    return sorted(found, key=lambda one: (not one.is_judged, -one.over_seen.mean, one.code))


def may_see_people(actor: Actor) -> bool:
    """People are named only to those who supervise them: posts above theirs that inspect."""
    return actor.is_system or (actor.post is not None and actor.may(Capability.INSPECT))


@dataclass(frozen=True, slots=True)
class Case:
    """One criterion of one community: claimed, given, seen, as shares of its points."""

    community_code: str
    community: str
    assessment: UUID
    sheet: UUID
    criterion: int
    title: str
    own: float | None
    given: float
    seen: float


def cases(actor: Actor, wanted: Wanted, *, code: int, scorer: str, person: str = "") -> list[Case]:
    """What a reviewer's figure is made of, the widest differences first. Two queries."""
    rows = _run(_CASES, actor, wanted, bool(person), code=code, scorer=scorer, person=person)
    if not rows:
        return []
    versions = dict(Assessment.objects.filter(pk__in={row["assessment"] for row in rows}).values_list("pk", "version"))
    schemes = schemes_of(versions.values())
    titles = {
        (version, line.no): line.title
        for version, scheme in schemes.items()
        for standard in scheme.standards
        for part in standard.parts
        for line in part.criteria
    }
    return [
        Case(
            f"{row['code']:012d}", row["name"], row["assessment"], row["sheet"], row["criterion"],
            titles.get((versions[row["assessment"]], row["criterion"]), ""), row["own"], row["given"], row["seen"],
        )
        for row in rows
    ]  # fmt: skip


def _reviewer(row: Mapping[str, Any]) -> Reviewer:
    number = row["communities"]
    return Reviewer(
        row["division"], row["code"], row["scorer"], row["person_name"], str(row["person"]), number, row["pairs"],
        _gap(row["self_mean"], row["self_sd"], row["self_number"]),
        _gap(row["seen_mean"], row["seen_sd"], number) or Gap(0.0, None, None),
        _gap(row["own_mean"], row["own_sd"], row["self_number"]),
    )  # fmt: skip


def _gap(mean: float | None, deviation: float | None, number: int) -> Gap | None:
    if mean is None or not number:
        return None
    if number < 2 or deviation is None:
        return Gap(float(mean), None, None)
    half = _t(number - 1) * float(deviation) / math.sqrt(number)
    return Gap(float(mean), float(mean) - half, float(mean) + half)


def _t(freedom: int) -> float:
    """Rounded to fewer degrees of freedom, so that an interval is never too narrow."""
    return T95[max(each for each in T95 if each <= freedom)] if freedom <= 60 else 2.0


def _run(sql: str, actor: Actor, wanted: Wanted, by_person: bool, **more: object) -> list[dict[str, Any]]:
    seen = _answers(actor, wanted).exclude(criterion=None)
    seen_sql, seen_parameters = seen.order_by().values_list(
        "sheet__community_id", "sheet__inspection__version__scheme_id", "sheet_id", "criterion", "result", "seen_at"
    ).query.sql_with_params()  # fmt: skip
    points = _points(wanted)
    low, high = actor.post.division.span if actor.post else (0, 10**12)
    level = actor.post.division.level if actor.post else -1
    named: dict[str, Any] = {
        "least": level + 1 if by_person else 0,
        "low": low, "high": high, "window": WINDOW,
        "versions": [row[0] for row in points], "standards": [row[1] for row in points],
        "numbers": [row[2] for row in points], "most": [row[3] for row in points],
        **more,
    }  # fmt: skip
    # The visible answers come as Django writes them, with its own unnamed parameters: all are given names.
    parts = seen_sql.split("%s")
    assert len(parts) == len(seen_parameters) + 1, "a parameter of the visible answers was not recognised"
    visible = "".join(f"{part}%(seen{number})s" for number, part in enumerate(parts[:-1])) + parts[-1]
    named |= {f"seen{number}": value for number, value in enumerate(seen_parameters)}
    with connection.cursor() as cursor:
        cursor.execute(_PAIRS.replace("/* visible */", visible) + sql, named)
        columns = [column.name for column in cursor.description or ()]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def _points(wanted: Wanted) -> list[tuple[str, str, int, str]]:
    """What each criterion of the schemes can give: version, standard, number, points. Only lines that give points or are met or not."""
    rows = SchemeVersion.objects.all()
    if wanted.scheme:
        rows = rows.filter(scheme_id=wanted.scheme)
    found = []
    for pk, scheme in schemes_of(rows.values_list("pk", flat=True)).items():
        for standard in scheme.standards:
            for part in standard.parts:
                for line in part.criteria:
                    if line.kind in {Kind.POINTS, Kind.MET}:
                        found.append((str(pk), standard.key, line.no, str(line.points or 0)))
    return found


# Latest look at each criterion of a community; the last score of each scorer; the two side by side with the claim.
_PAIRS = """
with visible as (/* visible */),
named (community_id, scheme_id, sheet_id, criterion, result, seen_at) as (select * from visible),
looked as materialized (
    select distinct on (community_id, scheme_id, criterion) community_id, scheme_id, sheet_id, criterion, seen, seen_at
    from (
        select community_id, scheme_id, sheet_id, criterion, bool_and(result = 'met')::int::numeric as seen, max(seen_at) as seen_at
        from named group by community_id, scheme_id, sheet_id, criterion
    ) each
    order by community_id, scheme_id, criterion, seen_at desc, sheet_id
),
possible as (
    select * from unnest(%(versions)s::uuid[], %(standards)s::text[], %(numbers)s::int[], %(most)s::numeric[])
        as t (version_id, standard_key, criterion, points)
),
p as materialized (
    select c.code as community_code, c.name as community_name, c.id as community_id, a.id as assessment, l.sheet_id as sheet,
        l.criterion, d.code, d.name as division, s.scorer, s.by_id as person, u.name as person_name,
        case when g.met is not null then g.met::int when m.points > 0 then g.points / m.points end as given,
        case when o.met is not null then o.met::int when o.claimed is not null and m.points > 0 then o.claimed / m.points
            else (select avg((tick = 'true')::int) from jsonb_array_elements_text(o.checks) tick where tick is not null)
        end as own,
        l.seen
    from looked l
    join divisions_division c on c.id = l.community_id
    join assessments_assessment a on a.community_id = l.community_id and a.scheme_id = l.scheme_id
    join assessments_scoresheet s on s.assessment_id = a.id and s.handed_in_at is not null
        and s.handed_in_at between l.seen_at - %(window)s and l.seen_at + %(window)s
    join assessments_score g on g.sheet_id = s.id and g.criterion = l.criterion
    join possible m on m.version_id = a.version_id and m.standard_key = a.standard_key and m.criterion = l.criterion
    join accounts_post post on post.id = s.post_id
    join divisions_division d on d.id = post.division_id
    join accounts_user u on u.id = s.by_id
    left join assessments_answer o on o.assessment_id = a.id and o.criterion = l.criterion and o.applies
    where d.code >= %(low)s and d.code < %(high)s and d.level >= %(least)s
        and (g.met is not null or (g.points is not null and m.points > 0))
)
"""

_GROUPED = """, p_by as (
    select p.division, p.code, p.scorer {person}, p.community_id, count(*) as pairs,
        avg(given - own) as over_self, avg(given - seen) as over_seen, avg(own - seen) as self_over
    from p group by 1, 2, 3, 4, 5, 6
)
select division, code, scorer, person, person_name, count(*) as communities, sum(pairs)::int as pairs,
    avg(over_self)::float as self_mean, stddev_samp(over_self)::float as self_sd, count(over_self) as self_number,
    avg(over_seen)::float as seen_mean, stddev_samp(over_seen)::float as seen_sd,
    avg(self_over)::float as own_mean, stddev_samp(self_over)::float as own_sd
from p_by group by 1, 2, 3, 4, 5
"""

_CASES = f"""
select community_code as code, community_name as name, assessment, sheet, criterion, own::float, given::float, seen::float
from p where code = %(code)s and scorer = %(scorer)s and (%(person)s = '' or person::text = %(person)s)
order by given - seen desc, community_code, criterion limit {MOST_CASES}
"""


# --- shared -----------------------------------------------------------------------------------------------------------------


def _answers(actor: Actor, wanted: Wanted) -> Any:
    low, high = wanted.division.span
    first, last = wanted.span
    begins = dt.datetime.combine(first, dt.time.min, SHANGHAI)
    ends = dt.datetime.combine(last + dt.timedelta(days=1), dt.time.min, SHANGHAI)
    found = seeing.answers(actor).filter(
        sheet__community__code__gte=low, sheet__community__code__lt=high, seen_at__gte=begins, seen_at__lt=ends
    )
    if wanted.scheme:
        found = found.filter(sheet__inspection__version__scheme_id=wanted.scheme)
    return found.exclude(result=Answer.Result.UNSEEN)


_Lines = dict[tuple[str, int, str], checks.Line]


def _lines(wanted: set[tuple[str, int]]) -> tuple[_Lines, dict[tuple[str, int], SchemeVersion]]:
    """The checks of these versions of schemes, by scheme, version and key; and the versions. One query."""
    rows = SchemeVersion.objects.filter(scheme_id__in={scheme for scheme, _ in wanted}).select_related("jurisdiction")
    versions = {(row.scheme_id, row.version): row for row in rows if (row.scheme_id, row.version) in wanted}
    schemes = schemes_of(row.pk for row in versions.values())
    lines = {
        (*at, line.key): line
        for at, row in versions.items()
        for standard in checks.standards_of(schemes[row.pk])
        for part in checks.parts_of(standard)
        for line in part.lines
    }
    return lines, versions


def _words(
    lines: _Lines,
    versions: Mapping[tuple[str, int], SchemeVersion],
    scheme: str,
    version: int,
    key: str,
    criterion: int | None,
) -> tuple[str, SchemeVersion | None, str, str]:
    line = lines.get((scheme, version, key))
    if line is None:
        return "", None, f"第 {criterion} 项", ""
    return line.clause, versions.get((scheme, version)), line.name, line.text
