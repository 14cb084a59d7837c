"""What the pages of this room share: their frame and tabs, and how a refusal is said."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse

from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division
from greenhood.exemplars.errors import Refused
from greenhood.kit.ids import uuid7
from greenhood.schemes.models import SchemeVersion
from greenhood.schemes.queries import scheme_for

TABS = (
    ("practices", "经验做法", "exemplars:practices"),
    ("bases", "教育基地", "exemplars:bases"),
    ("meetings", "现场会", "exemplars:meetings"),
    ("honours", "表扬", "exemplars:honours"),
)


def frame(request: HttpRequest, tab: str) -> dict[str, Any]:
    """The frame that a page for everybody stands in, and the tabs above it."""
    tabs = [(title, reverse(name), key == tab) for key, title, name in TABS]
    return {"frame": "site/base.html" if request.actor.user else "site/public.html", "tabs": tabs}


def place_of(actor: Actor) -> Division:
    """Whose scheme a page goes by: the post's own division, for everybody else the nation."""
    return actor.post.division if actor.post else divisions.by_code(0)


def version_of(actor: Actor) -> SchemeVersion | None:
    try:
        return scheme_for(place_of(actor))
    except Division.DoesNotExist:
        return None


def revision(request: HttpRequest) -> int:
    """The revision that the page showed; one that no row has where the field is missing or altered."""
    text = request.POST.get("revision", "")
    return int(text) if text.isdecimal() and len(text) < 10 else -1


def form_key(request: HttpRequest) -> UUID:
    """The key that a form for something new was handed out with: sent twice it makes one thing. A new one for a new form."""
    try:
        return UUID(request.POST.get("key", ""))
    except ValueError:
        return uuid7()


def page_number(request: HttpRequest) -> int:
    text = request.GET.get("page", "")
    return max(int(text), 1) if text.isdecimal() and len(text) < 4 else 1


def chosen(request: HttpRequest, name: str = "photos") -> list[UUID]:
    """The boxes ticked under a name; what is no key is left out."""
    found = []
    for text in request.POST.getlist(name):
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def code_in(text: str) -> int | None:
    """A code or its beginning (5101): everything in that division. A name stands for the division found first."""
    text = text.strip().replace("\x00", "")
    if text.isdecimal() and len(text) in (2, 4, 6, 9, 12):
        return int(text.ljust(12, "0"))
    found = divisions.find(text, limit=1) if text and not text.isdecimal() else []
    return found[0].code if found else None


def place_at(code: int | None) -> Division | None:
    return divisions.current().filter(code=code).first() if code else None


def is_insider(actor: Actor, division: Division) -> bool:
    return actor.user is not None and actor.may(Capability.VIEW, division)


@contextmanager
def saying(request: HttpRequest, done: str) -> Iterator[None]:
    """Do something, and say that it was done or why it was refused."""
    try:
        yield
    except Refused as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, done)
