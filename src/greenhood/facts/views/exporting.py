"""Every record of a kind in a division as a file, streamed."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from greenhood.accounts.capabilities import Capability
from greenhood.accounts.views.downloads import workbook
from greenhood.facts import actions, listing, sheets
from greenhood.facts.kinds import Kind
from greenhood.facts.layout import Layout
from greenhood.facts.views.finding import day_in, division_for
from greenhood.facts.views.listing import filters_in
from greenhood.kit import excel

COMMUNITY_HEADINGS = (
    "社区代码", "所在", "社区", "已登记种类", "全部种类", "条目", "还需填写（格）", "系统已填（格）", "待确认（条）", "最近更新",
)  # fmt: skip


class _Echo:
    def write(self, line: str) -> str:
        return line


@require_safe
def export_csv(request: HttpRequest, kind: Kind) -> HttpResponseBase:
    """The present records, or those of the day in the address, as CSV: sent while they are read."""
    division, actor = division_for(request, Capability.EXPORT)
    day, _ = day_in(request)
    rows = sheets.rows(kind, division, day)
    response = StreamingHttpResponse(_lines(Layout(kind).headings, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, f"{division.name}{kind.title}.csv") or ""
    actions.note_export(division, [kind], "csv", by=actor)
    return response


@require_safe
def export_xlsx(request: HttpRequest, kind: Kind) -> HttpResponseBase:
    division, actor = division_for(request, Capability.EXPORT)
    day, _ = day_in(request)
    sent = workbook(
        f"{division.name}{kind.title}",
        lambda file: excel.write_rows(
            file, Layout(kind).headings, sheets.rows(kind, division, day), title=Layout(kind).title
        ),
    )
    actions.note_export(division, [kind], "xlsx", by=actor)
    return sent


@require_safe
def export_communities(request: HttpRequest) -> HttpResponseBase:
    """The list of communities as it is narrowed, with how complete and how fresh each is."""
    division, actor = division_for(request, Capability.EXPORT)
    lines = listing.every_line(division, filters_in(request))
    rows = (
        [
            line.community.number,
            " ".join(line.path),
            line.community.name,
            line.recorded,
            line.kinds,
            line.things,
            line.burden.to_type,
            line.burden.filled,
            line.burden.stale,
            line.newest,
        ]
        for line in lines
    )
    sent = workbook(
        f"{division.name}社区库", lambda file: excel.write_rows(file, COMMUNITY_HEADINGS, rows, title="社区库")
    )
    actions.note_export(division, [], "xlsx", by=actor)
    return sent


def _lines(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    # The mark by which Excel knows UTF-8.
    yield "\ufeff" + writer.writerow(headings)
    for row in rows:
        yield writer.writerow([_plain(value) for value in row])


def _plain(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(excel.FORMULA_SIGNS):
        return f"'{value}"
    return "" if value is None else value
