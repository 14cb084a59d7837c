"""Finding the plan that a page is about, and reading what a form says."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest

from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.planning import queries
from greenhood.planning.models import Plan

TAKEN = "这一部分刚被他人修改。您填写的内容还在下面，请核对后再保存。"


def plan_of(request: HttpRequest, pk: UUID) -> tuple[Plan, Actor]:
    """404 for strangers to both the division and the receiver."""
    found = queries.with_all().filter(pk=pk).first()
    actor: Actor = request.actor
    if found is None or not _may_see(actor, found):
        raise Http404
    return found, actor


def _may_see(actor: Actor, found: Plan) -> bool:
    receiver = found.obligation.receiver if found.obligation else found.receiver
    return actor.may(Capability.VIEW, found.division) or (receiver is not None and actor.may(Capability.VIEW, receiver))


def revision(request: HttpRequest) -> int:
    return number(request.POST.get("revision", ""))


def number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def uuid_or_none(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
