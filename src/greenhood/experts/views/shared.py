"""What the pages of this room share: the list as a file, files that come in, the clauses behind a page."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import IO, Any, TypeVar

from django.contrib import messages
from django.db.models import Model
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
from greenhood.experts.errors import Refused
from greenhood.experts.forms import SayingForm
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


Made = TypeVar("Made")


def carried_out(form: SayingForm, act: Callable[[], Made]) -> Made | None:
    """What an action made of a valid form; None where form or action refuses, which then stands at the field."""
    if not form.is_valid():
        return None
    try:
        return act()
    except Refused as problem:
        form.refuse(problem.reason, problem.field)
        return None


# An action and what is said when it is done, by the word in the address.
Steps = Mapping[str, tuple[Callable[..., Any], str]]


def take_step(
    request: HttpRequest, steps: Steps, word: str, row: Model, given: Callable[[], Mapping[str, Any]]
) -> Refused | None:
    """Take the step of an address with a row as the page showed it: said to be done, or the refusal. 404 for no such step.

    ``given`` reads what the step needs besides; it may refuse, too.
    """
    if word not in steps:
        raise Http404
    action, done = steps[word]
    try:
        action(row, **given(), revision=revision(request), by=request.actor)
    except Refused as problem:
        return problem
    messages.success(request, done)
    return None


def form_page(request: HttpRequest, template: str, form: SayingForm, context: dict[str, Any]) -> HttpResponse:
    """A page with a form; 422 where something in it was refused."""
    return page_of(request, template, {"form": form, **context}, status=422 if form.errors else 200)


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
