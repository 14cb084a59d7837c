"""How complete a campaign is, for programs: the same figures and permissions as on the pages."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from django.http import Http404, HttpRequest
from ninja import Query, Router, Schema

from greenhood.accounts.access import require
from greenhood.accounts.capabilities import Capability
from greenhood.baseline.models import Campaign
from greenhood.baseline.queries import campaigns, completeness
from greenhood.baseline.queries.completeness import SHOW, CommunityLine, Line
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division

router = Router(tags=["摸底"])


class LineOut(Schema):
    code: str
    name: str
    communities: int
    complete: int
    begun: int
    submitted: int
    accepted: int
    late: int
    share: float | None
    cells: int
    stale: int
    sections: dict[str, int]


class CompletenessOut(Schema):
    title: str
    state: str
    fresh_from: dt.date
    due_on: dt.date
    kinds: int
    whole: LineOut
    lower: list[LineOut]


class CommunityOut(Schema):
    code: str
    name: str
    state: str
    due_on: dt.date
    is_late: bool
    is_begun: bool
    kinds: int
    done: int
    cells: int
    stale: int


class CommunitiesOut(Schema):
    communities: list[CommunityOut]
    next: str | None


@router.get("/{pk}/completeness", response=CompletenessOut, summary="摸底完整度：合计和各下级")
def completeness_of(request: HttpRequest, pk: UUID, within: int | None = None) -> CompletenessOut:
    campaign, division = _found(request, pk, within)
    whole, lower = completeness.progress(campaign, division)
    return CompletenessOut(
        title=campaign.title,
        state=campaign.state,
        fresh_from=campaign.fresh_from,
        due_on=campaign.due_on,
        kinds=whole.kinds,
        whole=_line(whole),
        lower=[_line(line) for line in lower if line.communities],
    )


@router.get("/{pk}/communities", response=CommunitiesOut, summary="摸底进度：逐个社区")
def communities_of(
    request: HttpRequest,
    pk: UUID,
    within: int | None = None,
    show: str = "",
    after: int = 0,
    most: int = Query(500, ge=1, le=5000),
) -> CommunitiesOut:
    campaign, division = _found(request, pk, within)
    if show not in SHOW:
        raise Http404
    rows = completeness.by_community(campaign, division, show=show, after=after, most=most + 1)
    return CommunitiesOut(
        communities=[_community(row) for row in rows[:most]],
        next=f"{rows[most - 1].code:012d}" if len(rows) > most else None,
    )


def _found(request: HttpRequest, pk: UUID, within: int | None) -> tuple[Campaign, Division]:
    actor = require(request, Capability.VIEW)
    campaign = campaigns.campaign_for(actor, pk)
    seen = campaigns.seen_within(actor, campaign)
    division = seen if within is None else divisions.current().filter(code=within).first()
    if division is None or not seen.contains(division):
        raise Http404
    return campaign, division


def _line(line: Line) -> LineOut:
    return LineOut(
        code=line.division.number,
        name=line.division.name,
        communities=line.communities,
        complete=line.complete,
        begun=line.begun,
        submitted=line.submitted,
        accepted=line.accepted,
        late=line.late,
        share=line.share,
        cells=line.cells,
        stale=line.stale,
        sections={section.value: count for section, count in line.sections.items()},
    )


def _community(line: CommunityLine) -> CommunityOut:
    return CommunityOut(
        code=f"{line.code:012d}",
        name=line.name,
        state=line.state.value,
        due_on=line.due_on,
        is_late=line.is_late,
        is_begun=line.is_begun,
        kinds=line.kinds,
        done=line.done,
        cells=line.cells,
        stale=line.stale,
    )
