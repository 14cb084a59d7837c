"""What the pages of this room share: the list as a file, files that come in, the clauses behind a page."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from typing import IO, Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions.models import Division
from greenhood.evidence import filetypes
from greenhood.evidence.keeping import keep
from greenhood.evidence.models import Blob
from greenhood.evidence.store import StoreFull
from greenhood.experts.actions.applying import note_export
from greenhood.experts.queries import clauses
from greenhood.kit import excel
from greenhood.kit.dates import SHANGHAI
from greenhood.kit.uploads import clean_name, refused_uploads

LARGE = 2**23
RANGE_OF_REVISIONS = 2**31


def revision(request: HttpRequest) -> int:
    """The revision that the page showed; one that no row has where the field is missing or altered."""
    text = request.POST.get("revision", "")
    return int(text) if text.isdecimal() and int(text) < RANGE_OF_REVISIONS else -1


def workbook(
    division: Division, what: str, headings: list[str], rows: Iterable[Sequence[object]], actor: Actor
) -> FileResponse:
    """The rows as Excel, streamed; that they were taken is written down with how many there were."""
    file: IO[bytes] = tempfile.SpooledTemporaryFile(LARGE)  # noqa: SIM115 - the response closes it
    note_export(division, what=what, rows=excel.write_rows(file, headings, rows, title=what), by=actor)
    file.seek(0)
    day = timezone.now().astimezone(SHANGHAI).strftime("%Y%m%d")
    return FileResponse(file, as_attachment=True, filename=f"{division.name}{what}{day}.xlsx")


def take_files(request: HttpRequest, add: Callable[[Blob, str], object]) -> tuple[int, list[tuple[str, str]]]:
    """Keep every file that came in; how many, and of those that weren't taken the name and why."""
    problems = [(one.name, one.reason) for one in refused_uploads(request)]
    kept = 0
    for file in request.FILES.getlist("files"):
        name = clean_name(file.name or "")
        try:
            add(keep(file, name), name)
            kept += 1
        except (filetypes.Refused, StoreFull) as problem:
            problems.append((name, str(problem)))
    if not kept and not problems:
        problems.append(("没有收到文件", "请选择文件后再上传。"))
    return kept, problems


def asked(actor: Actor, feature: str, division: Division | None = None) -> list[clauses.Asked]:
    """The clauses behind a page where the post is; none for who holds no post."""
    place = division or (actor.post.division if actor.post else None)
    return clauses.asking(place, feature) if place is not None else []


def division_of(actor: Actor) -> Division:
    if actor.post is None:
        raise Http404
    return actor.post.division


def page_of(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """A page of the room, with the tabs that the actor may use."""
    return render(request, template, {"may_look": request.actor.may(Capability.VIEW), **context}, status=status)
