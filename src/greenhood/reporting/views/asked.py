"""What a request asks for: the obligation, the division, the year, the day; and files as answers."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from django.http import Http404, HttpRequest

from greenhood.accounts import access
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division
from greenhood.reporting import queries
from greenhood.reporting.errors import Overtaken, Refused
from greenhood.reporting.models import OWED, Obligation

FIRST_YEAR = 2020
TAKEN = "这份报告刚被他人修改。您填写的内容还在下面，请核对后再保存。"


def obligation_of(request: HttpRequest, pk: UUID) -> tuple[Obligation, Actor]:
    """404 for strangers to the reporter, the receiver and the place whose scheme asks for it."""
    found = queries.with_version().filter(pk=pk).first()
    actor: Actor = request.actor
    if found is None or not any(actor.may(Capability.VIEW, place) for place in found.concerned):
        raise Http404
    return found, actor


def may_read(obligation: Obligation, actor: Actor) -> bool:
    """Whether one reads what is written: what isn't filed yet is for those alone who write it."""
    is_own = actor.post is not None and actor.post.division_id == obligation.reporter_id
    return is_own or obligation.state not in OWED


def division_of(request: HttpRequest, code: int, capability: Capability) -> Division:
    try:
        division = divisions.by_code(code)
    except Division.DoesNotExist:
        raise Http404 from None
    access.require(request, capability, division)
    return division


def years(today: dt.date) -> range:
    return range(today.year + 1, FIRST_YEAR - 1, -1)


def year_of(request: HttpRequest, today: dt.date) -> int:
    year = number(request.GET.get("year", ""))
    return year if FIRST_YEAR <= year <= today.year + 1 else today.year


def day(text: str) -> dt.date | None:
    """A day as browsers send it; None for none, or one that doesn't exist."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def said(problem: Refused | Overtaken) -> str:
    return str(problem) if isinstance(problem, Refused) else "这一项刚被他人办理，请刷新页面查看。"
