"""The catalogue for everybody; figures of divisions and communities for the posts within whose division they lie."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterable, Sequence
from typing import IO

from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from greenhood.accounts import access
from greenhood.accounts.capabilities import Capability
from greenhood.divisions.models import Division, Level
from greenhood.facts.views.finding import community_for, day_in
from greenhood.indicators import actions, circle, pages, queries
from greenhood.indicators.catalogue import SECTIONS, Indicator, entries
from greenhood.indicators.figures import made_of, remarks, shown, span_words
from greenhood.indicators.measuring import query_of
from greenhood.indicators.spread import LEAST_TO_RANK
from greenhood.indicators.uses import uses_by_key, uses_of
from greenhood.kit import excel
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.public_pages import public_page
from greenhood.schemes.models import read_all
from greenhood.schemes.queries import newest

LARGE = 2**23
MOST_OUTSIDE = 100


@login_not_required
@require_safe
@public_page
def catalogue(request: HttpRequest) -> HttpResponse:
    """Every indicator with its definition, unit and source, by section; ``q`` narrows it down."""
    text = request.GET.get("q", "").strip()
    uses = uses_by_key(read_all(newest()))
    found = [one for one in entries().values() if _answers(one, text)]
    context = {
        "page_title": "指标",
        "frame": _frame(request),
        "q": text,
        "count": len(found),
        "sections": [
            (title, [(one, uses.get(one.key, [])) for one in found if one.section == title])
            for title in SECTIONS
            if any(one.section == title for one in found)
        ],
    }
    return render(request, "indicators/list.html", context)


@login_not_required
@require_safe
@public_page
def detail(request: HttpRequest, key: str) -> HttpResponse:
    """One indicator: what it is, who asks for it, and, within one's own division, how it stands."""
    one = _entry(key)
    division = _division(request)
    found = queries.overview_of(one, division) if division else None
    context = {
        "page_title": one.title,
        "frame": _frame(request),
        "indicator": one,
        "fresh_for": span_words(one.fresh_for),
        "uses": uses_of(one.key, read_all(newest())),
        "query": "" if one.compute else query_of(one),
        "overview": found,
        "may_export": division is not None and request.actor.may(Capability.EXPORT, division),
        "least_to_rank": LEAST_TO_RANK,
        **(_words(one, found) if found else {}),
    }
    if division:
        request.place = division
    return render(request, "indicators/detail.html", context)


@require_safe
def export(request: HttpRequest, key: str) -> FileResponse:
    """An indicator over a division as Excel: the divisions below, or the communities of a street."""
    one = _entry(key)
    division = _division(request)
    if division is None:
        # Such a post may export what it administers, but not figures that it may not look at.
        access.require(request, Capability.VIEW)
        raise Http404
    access.require(request, Capability.EXPORT, division)
    found = queries.overview_of(one, division)
    headings = [
        "代码",
        "名称",
        "社区数",
        "已知",
        "中位数",
        "下四分位",
        "上四分位",
        "名次",
        "数值",
        "未知原因",
        "数据截至",
    ]
    rows = (_lower_cells(one, row, found.as_of) for row in found.lower)
    return _workbook(request, division, f"{division.name}{one.title}", headings, rows, key=one.key)


@require_safe
def community(request: HttpRequest, code: int) -> HttpResponse:
    """All figures of one community on a day."""
    found, actor = community_for(request, code)
    day, problem = day_in(request)
    sheet = pages.sheet_of(found, day or today_in_shanghai())
    context = {
        "page_title": f"{found.name}指标",
        "community": found,
        "sheet": sheet,
        "day": day,
        "problem": problem,
        "today": today_in_shanghai(),
        "may_export": actor.may(Capability.EXPORT, found),
    }
    return render(request, "indicators/community.html", context)


@require_safe
def living_circle(request: HttpRequest, code: int) -> HttpResponse:
    """What is behind 十五分钟生活圈设施覆盖率: how far each kind of facility is, and from which buildings it is too far."""
    community, _ = community_for(request, code)
    day, problem = day_in(request)
    found = circle.details(community, day or today_in_shanghai(), most=MOST_OUTSIDE)
    context = {
        "page_title": f"{community.name}十五分钟生活圈",
        "community": community,
        "indicator": _entry("facility_coverage"),
        "found": found,
        "because": circle.UNKNOWN.get(found.because, ""),
        "most": MOST_OUTSIDE,
        "day": day,
        "problem": problem,
        "today": today_in_shanghai(),
    }
    return render(request, "indicators/circle.html", context)


@require_safe
def export_community(request: HttpRequest, code: int) -> FileResponse:
    found, _ = community_for(request, code, Capability.EXPORT)
    day, _ = day_in(request)
    sheet = pages.sheet_of(found, day or today_in_shanghai())
    headings = [
        "部分",
        "指标",
        "数值",
        "单位",
        "构成",
        "数据日期",
        "说明",
        "定义",
        "依据",
        *(f"{end:%Y} 年末" for end in sheet.years),
    ]
    rows = (_community_cells(row) for row in sheet.rows)
    return _workbook(request, found, f"{found.name}指标", headings, rows, as_of=sheet.day.isoformat())


def _frame(request: HttpRequest) -> str:
    return "site/base.html" if request.actor.user else "site/public.html"


def _entry(key: str) -> Indicator:
    found = entries().get(key)
    if found is None:
        raise Http404
    return found


def _answers(one: Indicator, text: str) -> bool:
    """Whether all words occur in what the entry says."""
    said = f"{one.title} {one.definition} {one.norm.title} {one.norm.clause} {one.key} {one.section}".lower()
    return all(word in said for word in text.lower().split())


def _division(request: HttpRequest) -> Division | None:
    """The division asked for (``within``) or the post's own; None for visitors and posts that may not look."""
    actor = request.actor
    if actor.post is None or not actor.may(Capability.VIEW, actor.post.division):
        return None
    text = request.GET.get("within", "")
    if not text:
        return actor.post.division
    found = None
    if text.isdecimal() and len(text) <= 12:
        found = Division.objects.filter(code=int(text), valid_to=None).defer("bigrams").first()
    if found is None:
        raise Http404
    access.require(request, Capability.VIEW, found)
    return found


def _words(one: Indicator, found: queries.Overview) -> dict[str, object]:
    """The words beside the figures of a division."""
    place = found.spread.whole
    words: dict[str, object] = {
        "is_street": found.division.level == Level.STREET,
        "known_share": _of(place.known, place.total, "创建对象"),
    }
    if place.quantiles:
        words["middle"] = shown(one, place.quantiles.middle)
        low, high = (shown(one, each) for each in (place.quantiles.quarter, place.quantiles.three_quarters))
        words["middle_half"] = f"一半社区在 {low} 至 {high} 之间"
    if found.asked and place.met is not None and place.known:
        words["asked_label"] = f"{found.asked.asks}的社区"
        words["met_share"] = (
            f"{_of(place.met, place.known, '有数据的社区')}；{found.asked.version.title}第 {found.asked.criterion.no} 项"
        )
    return words


def _of(part: int, whole: int, what: str) -> str:
    return f"占{what}的 {100 * part / whole:.1f}%" if whole else ""


def _lower_cells(one: Indicator, row: queries.Lower, as_of: dt.date | None) -> list[object]:
    quantiles = row.place.quantiles
    middle = [quantiles.middle, quantiles.quarter, quantiles.three_quarters] if quantiles else [None] * 3
    is_community = row.division.level == Level.COMMUNITY
    return [
        row.division.number, row.division.name, row.place.total, row.place.known,
        *([None] * 3 if is_community else middle), row.rank, row.figure, row.because, as_of,
    ]  # fmt: skip


def _community_cells(row: pages.Row) -> list[object]:
    one, found = row.indicator, row.figure
    said = found.because or remarks(found)
    if found.stale is not None:
        said = f"{said}原为 {shown(one, found.stale)}。"
    earlier = [each.value if each else None for _, each in row.earlier]
    return [
        one.section, one.title, found.value, one.unit, made_of(one, found), found.dated, said, one.definition,
        f"{one.norm.title} {one.norm.clause}", *earlier,
    ]  # fmt: skip


def _workbook(
    request: HttpRequest,
    division: Division,
    title: str,
    headings: Sequence[str],
    rows: Iterable[Sequence[object]],
    **details: object,
) -> FileResponse:
    file: IO[bytes] = tempfile.SpooledTemporaryFile(LARGE)  # noqa: SIM115 - the response closes it
    count = excel.write_rows(file, list(headings), rows, title=title)
    actions.note_export(division, rows=count, details=details, by=request.actor)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{title}{today_in_shanghai():%Y%m%d}.xlsx")
