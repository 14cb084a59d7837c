"""Which division and which goal a page is about."""

from __future__ import annotations

from django.http import Http404, HttpRequest

from greenhood.accounts import access
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division
from greenhood.programme.acting import act_as_own
from greenhood.programme.lines import Progress, strictest
from greenhood.programme.queries.goals import Sheet, sheet_of


def place(request: HttpRequest, code: int, capability: Capability = Capability.VIEW) -> tuple[Division, Actor]:
    """The division with a code, for a post that may do this there: 404 for strangers, 403 for readers."""
    try:
        division = divisions.by_code(code)
    except Division.DoesNotExist:
        raise Http404 from None
    actor = access.require(request, capability, division)
    request.place = division
    return division, actor


def own_place(request: HttpRequest, code: int) -> tuple[Division, Actor]:
    """The division with a code, for a post of its own that plans: 404 for strangers, 403 with the reason for all others."""
    division, actor = place(request, code, Capability.PLAN)
    act_as_own(actor, division)
    return division, actor


def typed(request: HttpRequest, name: str) -> str:
    """What a field of a form holds, without null characters, which PostgreSQL's text can't keep."""
    return request.POST.get(name, "").replace("\x00", "")


def goal(division: Division, scheme: str, entry: str) -> tuple[Sheet, list[Progress], Progress]:
    """The lines of one goal for a division, and the one that counts; 404 where there is none."""
    sheet = sheet_of(division)
    rows = sheet.of(scheme, entry)
    main = strictest(rows)
    if main is None:
        raise Http404
    return sheet, rows, main


def number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
