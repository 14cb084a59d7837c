"""What the pages of coordination share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from greenhood.accounts import access
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.coordination.errors import Refused
from greenhood.coordination.steps import Typed
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division
from greenhood.evidence.showing import Strip

TABS = (
    ("tasks", "任务", "coordination:tasks"),
    ("duties", "责任分工", "coordination:duties_mine"),
    ("phases", "阶段", "coordination:phases_mine"),
    ("whistles", "吹哨报到", "coordination:whistles"),
    ("meetings", "联席会议", "coordination:meetings"),
)


def tabs(current: str) -> list[dict[str, object]]:
    return [{"title": title, "url": reverse(name), "is_current": key == current} for key, title, name in TABS]


def own(request: HttpRequest, capability: Capability = Capability.VIEW) -> tuple[Actor, Division]:
    """The acting post and its division; 404 or 403 without."""
    actor = access.require(request, capability)
    assert actor.post is not None
    return actor, actor.post.division


def division_at(request: HttpRequest, code: int, capability: Capability = Capability.VIEW) -> Division:
    try:
        division = divisions.by_code(code)
    except Division.DoesNotExist:
        raise Http404 from None
    access.require(request, capability, division)
    request.place = division
    return division


Take = Callable[[UUID, Typed, Actor], str]


def take(
    request: HttpRequest,
    steps: Mapping[str, Take],
    key: str,
    pk: UUID,
    again: Callable[[str, Mapping[str, str], Refused], HttpResponse],
    back: str,
) -> HttpResponse:
    """Take one step and go back to the page; refused, the page again with what was typed."""
    if key not in steps:
        raise Http404
    typed = request.POST.dict()
    try:
        messages.success(request, steps[key](pk, Typed(typed), request.actor))
    except Refused as problem:
        return again(key, typed, problem)
    return redirect(back)


def choice(value: str, values: Sequence[str]) -> str:
    """A value of the address where it is one that there is."""
    return value if value in values else ""


def number(text: str, most: int = 10**9) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 13 and int(text) <= most else None


def uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def asked_division(request: HttpRequest) -> Division | None:
    """The division that a list is narrowed to by its address (``within``); the scope of the post narrows it as well."""
    return division_called(number(request.GET.get("within", ""), 10**12))


def division_called(code: int | None) -> Division | None:
    return None if code is None else Division.objects.filter(code=code).defer("bigrams").first()


def as_shown(strip: Strip) -> Strip:
    """The files of a record to look at only."""
    return replace(strip, may_change=False, removed=())
