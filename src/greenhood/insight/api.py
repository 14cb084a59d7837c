"""The figures of an overview for other systems: to each the same that they see on the page."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.http import Http404, HttpRequest
from ninja import Query, Router, Schema

from greenhood.accounts.capabilities import Capability
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division, Level
from greenhood.insight import progress, queries
from greenhood.insight.progress import Rate
from greenhood.kit.dates import today_in_shanghai

router = Router(tags=["总览"])


class TargetOut(Schema):
    """方案目标：按该区划折算的社区数和差额。"""

    title: str
    source: str
    by: dt.date
    share: Decimal | None
    needed: int
    missing: int


class RateOut(Schema):
    """一项比例：社区数、比例（0 到 1）、口径和目标。"""

    measure: str
    title: str
    definition: str
    count: int
    share: Decimal | None
    target: TargetOut | None


class LowerOut(Schema):
    """一个下级区划；创建对象太少的不排名（rank 为空）。"""

    code: str
    name: str
    level: str
    subjects: int
    participating: int
    reached: int
    demonstration: int
    share: Decimal | None
    rank: int | None


class StateOut(Schema):
    state: str
    label: str
    count: int


class OverviewOut(Schema):
    """states 和 average 只给本区划的经办人员；其他人得到空值。"""

    code: str
    name: str
    level: str
    scheme: str | None
    rule: str
    subjects: int
    simulated: int
    as_of: dt.datetime | None
    rates: list[RateOut]
    ranked_by: str
    lower: list[LowerOut]
    states: list[StateOut] | None
    average: Decimal | None


class Choice(Schema):
    """按哪一项排名：participating 参与率、reached 达标率、demonstration 示范率。"""

    by: str = "reached"


@router.get("/overview/{code}", response=OverviewOut, auth=None, url_name="overview", summary="一个区划的创建总览")
def overview(request: HttpRequest, code: int, choice: Query[Choice]) -> OverviewOut:
    try:
        division = divisions.by_code(code)
    except Division.DoesNotExist:
        raise Http404(f"没有代码为 {code} 的区划。") from None
    if division.level == Level.COMMUNITY:
        raise Http404("社区没有总览，请用街道（乡镇）及以上的代码。")
    sees_all = request.actor.may(Capability.VIEW, division)  # type: ignore[attr-defined]
    by = choice.by if choice.by in progress.TITLES else "reached"
    found = queries.overview_of(division, today=today_in_shanghai(), by=by)
    return OverviewOut(
        code=f"{division.code:012d}",
        name=division.name,
        level=division.get_level_display(),
        scheme=found.version.scheme_id if found.version else None,
        rule=found.rule,
        subjects=found.counts.subjects,
        simulated=found.simulated,
        as_of=found.as_of,
        rates=[_rate(rate) for rate in found.rates],
        ranked_by=by,
        lower=[_lower(row) for row in found.lower],
        states=[StateOut(state=each.state, label=each.label, count=each.count) for each in found.states]
        if sees_all
        else None,
        average=found.average if sees_all else None,
    )


def _rate(rate: Rate) -> RateOut:
    target = rate.target
    return RateOut(
        measure=rate.measure,
        title=rate.title,
        definition=rate.definition,
        count=rate.count,
        share=rate.share,
        target=TargetOut(
            title=target.title, source=target.source, by=target.by, share=target.share, needed=target.needed,
            missing=target.missing,
        )
        if target
        else None,
    )  # fmt: skip


def _lower(row: queries.Lower) -> LowerOut:
    return LowerOut(
        code=f"{row.division.code:012d}",
        name=row.division.name,
        level=row.division.get_level_display(),
        subjects=row.counts.subjects,
        participating=row.counts.participating,
        reached=row.counts.reached,
        demonstration=row.counts.demonstration,
        share=row.share,
        rank=row.rank,
    )
