"""What a post has to do about practices: what its division wrote, has to review, and published."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from greenhood.accounts.access import require
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.exemplars.actions import exporting
from greenhood.exemplars.models import Practice
from greenhood.exemplars.queries import desk as queries
from greenhood.exemplars.views.shared import code_in, frame, place_at
from greenhood.insight.views.overviews import workbook
from greenhood.kit.dates import today_in_shanghai

HEADINGS = [
    "标题", "撰写单位", "区划代码", "状态", "等谁办理", "报送日期", "修改日期", "发布在", "采用的社区数", "理由", "地址",
]  # fmt: skip


@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """The three lists one under the other, the first rows of each."""
    actor = require(request, Capability.SHARE)
    context = {
        **frame(request, "practices"),
        "page_title": "撰写和审核经验",
        "heads": queries.heads(actor),
        "division": actor.post.division,
    }
    return render(request, "exemplars/mine.html", context)


@require_GET
def desk(request: HttpRequest, which: str) -> HttpResponse:
    """One of the lists whole, filtered and paged."""
    actor = require(request, Capability.SHARE)
    filters = _filters(request)
    found = _rows(actor, which, filters)
    context = {
        **frame(request, "practices"),
        "page_title": queries.TITLES[which],
        "name": which,
        "lists": [(key, title) for key, title in queries.TITLES.items() if queries.rows(actor, key) is not None],
        "listed": queries.listed(
            found, which, after=request.GET.get("after", ""), before=request.GET.get("before", "")
        ),
        "filters": filters,
        "within": request.GET.get("within", ""),
        "place": place_at(filters.within),
        "states": Practice.State.choices,
        "is_narrowed": filters != queries.Filters(),
        "may_export": actor.may(Capability.EXPORT),
        "division": actor.post.division,
    }
    return render(request, "exemplars/desk.html", context)


@require_GET
def export_desk(request: HttpRequest, which: str) -> HttpResponseBase:
    """The list as it is filtered, as Excel."""
    actor = require(request, Capability.SHARE)
    require(request, Capability.EXPORT)
    found = _rows(actor, which, _filters(request))
    title = queries.TITLES[which]
    rows = (_line(request, row) for row in queries.every(found, which))
    return workbook(title, HEADINGS, rows, partial(exporting.note, title, by=actor))


def _line(request: HttpRequest, row: Practice) -> list[Any]:
    return [
        row.title, row.division.name, row.division.number, row.get_state_display(), row.waits_at.name if row.waits_at else "",
        today_in_shanghai(row.submitted_at) if row.submitted_at else None, today_in_shanghai(row.edited_at),
        row.published_in.name if row.published_in else "", row.entry.adopted if hasattr(row, "entry") else None, row.reason,
        request.build_absolute_uri(reverse("exemplars:practice", args=[row.pk])),
    ]  # fmt: skip


def _rows(actor: Actor, name: str, filters: queries.Filters) -> Any:
    found = queries.rows(actor, name)
    if found is None:
        raise Http404
    return queries.narrowed(found, filters)


def _filters(request: HttpRequest) -> queries.Filters:
    asked = request.GET
    return queries.Filters(
        text=asked.get("q", "").strip()[:40].replace("\x00", ""),
        state=asked.get("state", "") if asked.get("state") in Practice.State.values else "",
        within=code_in(asked.get("within", "")),
    )
