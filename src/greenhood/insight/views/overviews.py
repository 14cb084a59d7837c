"""Overviews of divisions and the public page of a community."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import IO

from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from greenhood.accounts import access
from greenhood.accounts.capabilities import Capability
from greenhood.divisions import queries as divisions
from greenhood.divisions import succession
from greenhood.divisions.models import Division, Level
from greenhood.divisions.views import arrival_words, held, led_on
from greenhood.insight import progress, queries, wording
from greenhood.insight.actions import note_export
from greenhood.insight.events import Event
from greenhood.kit import excel
from greenhood.kit.dates import SHANGHAI, today_in_shanghai
from greenhood.kit.public_pages import public_page

LARGE = 2**23


@login_not_required
@require_GET
def overview_nation(request: HttpRequest) -> HttpResponse:
    return redirect("insight:overview", 0)


@require_GET
def overview_mine(request: HttpRequest) -> HttpResponse:
    """The overview of the post's own division."""
    post = request.actor.post
    return redirect("insight:overview", post.division.code if post else 0)


@login_not_required
@require_GET
@public_page
def overview(request: HttpRequest, code: int) -> HttpResponse:
    """How far a division is: everything for the posts within whose division it lies, counts and titles for everyone."""
    division = held(code)
    if away := _taken_over(division, code):
        return away
    if division.valid_to is not None:
        return redirect("divisions:by-id", division.pk)
    if division.level == Level.COMMUNITY:
        return redirect("insight:community", code)
    by = request.GET.get("by", "reached")
    if by not in progress.TITLES:
        by = "reached"
    found = queries.overview_of(division, today=today_in_shanghai(), by=by, scheme_id=request.GET.get("scheme"))
    sees_all = request.actor.may(Capability.VIEW, division)
    context = {
        "page_title": f"{division.name}创建总览",
        "frame": "site/base.html" if request.actor.user else "site/public.html",
        "arrival": arrival_words(request, division),
        "overview": found,
        "today": today_in_shanghai(),
        "by": by,
        "by_title": progress.TITLES[by],
        "measures": progress.TITLES,
        "sees_all": sees_all,
        "may_export": request.actor.may(Capability.EXPORT, division),
        "awarded": [] if sees_all else queries.awarded_in(division)[:20],
        **wording.of(found, by),
    }
    request.place, request.place_version = division, found.version
    return render(request, "insight/overview.html", context)


@require_GET
def export_overview(request: HttpRequest, code: int) -> FileResponse:
    """The lower divisions of an overview as Excel, ranked as on the page."""
    division = exportable(request, code)
    found = queries.overview_of(division, today=today_in_shanghai())
    headings = [
        "代码",
        "名称",
        "层级",
        "创建对象社区",
        "参与",
        "达标",
        "示范",
        "参与率",
        "达标率",
        "示范率",
        "达标率排名",
    ]
    rows = ([*_figures(row.division, row.counts), row.rank] for row in found.lower)
    own = [*_figures(division, found.counts), None]
    note = partial(note_export, Event.EXPORTED, division, by=request.actor)
    return workbook(f"{division.name}创建总览", headings, [own, *rows], note)


@require_GET
def export_communities(request: HttpRequest, code: int) -> FileResponse:
    """Every community of a division that takes part, as Excel."""
    division = exportable(request, code)
    headings = ["代码", "社区", "街道（乡镇）", "状态", "自评总分", "命名日期", "备注"]
    note = partial(note_export, Event.COMMUNITIES_EXPORTED, division, by=request.actor)
    return workbook(f"{division.name}社区名单", headings, queries.communities_to_export(division), note)


@login_not_required
@require_GET
@public_page
def community(request: HttpRequest, code: int) -> HttpResponse:
    """A community's own page: where it stands, its titles, the notices about it, what it shows of its evidence.

    A closed community whose place several others took, or none, is shown as it was.
    """
    division = held(code)
    if away := _taken_over(division, code):
        return away
    if division.level != Level.COMMUNITY:
        return redirect("insight:overview", code)
    profile = queries.profile_of(division, today=today_in_shanghai())
    request.place, request.place_version, request.place_path = division, profile.version, profile.path
    context = {
        "page_title": division.name,
        "frame": "site/base.html" if request.actor.user else "site/public.html",
        "sees_all": request.actor.may(Capability.VIEW, division),
        "arrival": arrival_words(request, division),
        "profile": profile,
        "public_state": queries.PUBLIC_STATES[profile.public_state],
    }
    return render(request, "insight/community.html", context)


def division_or_404(code: int) -> Division:
    try:
        return divisions.by_code(code)
    except Division.DoesNotExist:
        raise Http404 from None


def _taken_over(division: Division, code: int) -> HttpResponse | None:
    """On to the one unit that a former code means now; None where the code is present, or nobody or several took its place."""
    heirs = succession.heirs(division)
    if len(heirs) != 1 or (heirs[0] == division and division.code == code):
        return None
    view = "insight:community" if heirs[0].level == Level.COMMUNITY else "insight:overview"
    return led_on(reverse(view, args=[heirs[0].code]), code)


def exportable(request: HttpRequest, code: int) -> Division:
    """The division, or 404 for strangers to it and 403 with the reason for those who may only look."""
    division = division_or_404(code)
    access.require(request, Capability.EXPORT, division)
    return division


def _figures(division: Division, counts: progress.Counts) -> list[object]:
    shares = [counts.share(measure) for measure in progress.TITLES]
    return [
        f"{division.code:012d}", division.name, division.get_level_display(), counts.subjects, counts.participating,
        counts.reached, counts.demonstration, *shares,
    ]  # fmt: skip


def workbook(
    title: str, headings: list[str], rows: Iterable[Sequence[object]], note: Callable[..., None]
) -> FileResponse:
    """The rows as Excel; ``note`` is told how many ``rows``."""
    file: IO[bytes] = tempfile.SpooledTemporaryFile(LARGE)  # noqa: SIM115 - the response closes it
    note(rows=excel.write_rows(file, headings, rows, title=title))
    file.seek(0)
    day = timezone.now().astimezone(SHANGHAI).strftime("%Y%m%d")
    return FileResponse(file, as_attachment=True, filename=f"{title}{day}.xlsx")
