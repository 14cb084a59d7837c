"""The record of what happened, for auditors and the audit administrator: read, filtered, exported, never changed."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET

from greenhood.accounts.access import require
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.accounts.events import Event
from greenhood.accounts.forms import HistoryFilterForm
from greenhood.accounts.views.downloads import workbook
from greenhood.history import events, queries
from greenhood.history.actions import record
from greenhood.history.models import Entry
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.excel import MOST_ROWS, write_rows

HEADINGS = ("时间", "事件", "结果", "对象", "区划代码", "人员", "岗位", "来源地址", "内容", "链", "序号", "散列")


@require_GET
def entries(request: HttpRequest) -> HttpResponse:
    actor = require(request, Capability.READ_HISTORY)
    form, found = _found(request, actor)
    page = queries.page(found, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    total, is_capped = queries.count(found)
    context = {
        "page_title": "操作记录",
        "form": form,
        "page": page,
        "total": total,
        "is_capped": is_capped,
        "is_filtered": any(value for key, value in request.GET.items() if key not in {"after", "before"}),
        "division": actor.post.division,
    }
    name = "accounts/history.html#rows" if request.htmx else "accounts/history.html"
    return render(request, name, context)


@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """Everything that the filters find: as CSV without limit, as Excel up to what a sheet holds."""
    actor = require(request, Capability.READ_HISTORY)
    _, found = _found(request, actor)
    record(Event.HISTORY_EXPORTED, by=actor, details={"条件": request.GET.urlencode()})
    name = f"操作记录 {today_in_shanghai()}"
    if request.GET.get("format") == "xlsx":
        rows = _rows(found[:MOST_ROWS])
        return workbook(name, lambda file: write_rows(file, HEADINGS, rows, title="操作记录"))
    disposition = content_disposition_header(True, f"{name}.csv")
    return StreamingHttpResponse(
        _csv(found), content_type="text/csv; charset=utf-8", headers={"Content-Disposition": disposition}
    )


def _found(request: HttpRequest, actor: Actor) -> tuple[HistoryFilterForm, Any]:
    form = HistoryFilterForm(events.titles(), request.GET or None)
    form.is_valid()
    # What can be read still counts; the field says what is wrong with the rest.
    cleaned = getattr(form, "cleaned_data", {})
    division = cleaned.get("division")
    wanted = queries.Filter(
        person=cleaned.get("person", ""),
        event=cleaned.get("event", ""),
        result=cleaned.get("result", ""),
        subject=cleaned.get("subject", ""),
        span=division.span if division else None,
        first_day=cleaned.get("first_day"),
        last_day=cleaned.get("last_day"),
    )
    return form, queries.entries(wanted, within=actor.post.division.span)


def _rows(found: Any) -> Iterator[tuple[Any, ...]]:
    for entry in found.iterator(chunk_size=2_000):
        yield _row(entry)


def _row(entry: Entry) -> tuple[Any, ...]:
    details = "；".join(f"{name}：{text}" for name, text in entry.every_detail)
    return (
        entry.at,
        entry.event_title,
        entry.result_title,
        entry.subject_title,
        f"{entry.division_code:012d}",
        entry.person_name,
        entry.post_title,
        entry.address,
        details,
        entry.chain,
        entry.number,
        entry.hash,
    )


class _Echo:
    """A file whose writes are handed back at once."""

    def write(self, value: str) -> str:
        return value


def _csv(found: Any) -> Iterator[str]:
    writer = csv.writer(_Echo())
    # The mark by which Excel knows UTF-8.
    yield "\ufeff" + writer.writerow(HEADINGS)
    for at, *rest in _rows(found):
        yield writer.writerow([f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}", *(_harmless(value) for value in rest)])


def _harmless(value: Any) -> Any:
    # A text that begins like a formula would be run by Excel.
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
