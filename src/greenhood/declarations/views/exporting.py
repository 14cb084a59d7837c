"""Tables sent as files: CSV as it is read from the database, Excel through a temporary file."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.http import FileResponse, Http404, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header

from greenhood.kit import excel

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What Excel would take for a formula.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


class _Echo:
    def write(self, line: str) -> str:
        return line


def send(kind: str, name: str, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponseBase:
    """The rows as ``csv`` or ``xlsx``."""
    if kind == "csv":
        response = StreamingHttpResponse(_lines(headings, rows), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = content_disposition_header(True, f"{name}.csv") or ""
        return response
    if kind != "xlsx":
        raise Http404
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    excel.write_rows(file, headings, rows, title=name)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX)


def _lines(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    # The mark by which Excel knows UTF-8.
    yield "\ufeff" + writer.writerow(headings)
    for row in rows:
        yield writer.writerow([_plain(value) for value in row])


def _plain(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(FORMULA_SIGNS):
        return f"'{value}"
    return "" if value is None else value
