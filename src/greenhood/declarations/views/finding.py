"""Every view's first line: find the thing, and see whether the post may see it; and what is said when something is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest

from greenhood.accounts.access import require
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.declarations.errors import Refused
from greenhood.declarations.models import Award, Declaration, Draw, Notice, Panel

RANGE_OF_REVISIONS = 2**31


def declaration_for(
    request: HttpRequest, pk: UUID, capability: Capability = Capability.VIEW
) -> tuple[Declaration, Actor]:
    """404 for strangers and for what doesn't exist, 403 with the reason for readers."""
    found = Declaration.objects.select_related("community", "version", "assessment__community")
    declaration = found.filter(pk=pk).first()
    if declaration is None:
        raise Http404
    request.place = declaration.community  # type: ignore[attr-defined]
    return declaration, require(request, capability, declaration.community)


def award_for(request: HttpRequest, pk: UUID, capability: Capability = Capability.VIEW) -> tuple[Award, Actor]:
    award = Award.objects.select_related("community", "version", "declaration").filter(pk=pk).first()
    if award is None:
        raise Http404
    request.place = award.community  # type: ignore[attr-defined]
    return award, require(request, capability, award.community)


def panel_for(request: HttpRequest, pk: UUID) -> tuple[Panel, Actor]:
    """A panel, for those who may see everything in its division."""
    panel = Panel.objects.select_related("division", "version").filter(pk=pk).first()
    if panel is None:
        raise Http404
    return panel, require(request, Capability.RUN_PANEL, panel.division)


def notice_of(pk: UUID) -> Notice:
    """A notice is public."""
    notice = Notice.objects.select_related("division", "version").filter(pk=pk).first()
    if notice is None:
        raise Http404
    return notice


def draw_of(pk: UUID) -> Draw:
    """A draw is public."""
    draw = Draw.objects.select_related("division", "version", "frozen_by", "drawn_by").filter(pk=pk).first()
    if draw is None:
        raise Http404
    return draw


@contextmanager
def saying(request: HttpRequest, done: str = "") -> Iterator[None]:
    """Do something, and say that it was done or why it was refused."""
    try:
        yield
    except Refused as problem:
        messages.error(request, problem.reason)
    else:
        if done:
            messages.success(request, done)


def revision(request: HttpRequest) -> int:
    """The revision that the page showed; one that no row has where the field is missing or altered."""
    text = request.POST.get("revision", "")
    return int(text) if text.isdecimal() and int(text) < RANGE_OF_REVISIONS else -1


def chosen(request: HttpRequest) -> dict[UUID, int]:
    """The rows ticked on a list, each ``id:revision`` as the page showed it; what makes no sense is left out."""
    found = {}
    for text in request.POST.getlist("chosen"):
        pk, _, seen = text.partition(":")
        try:
            found[UUID(pk)] = int(seen)
        except ValueError:
            continue
    return found


def paging_keys(request: HttpRequest) -> Mapping[str, str]:
    return {"after": request.GET.get("after", ""), "before": request.GET.get("before", "")}


def code_in(request: HttpRequest, name: str = "within") -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isdecimal() and len(text) <= 12 else None
