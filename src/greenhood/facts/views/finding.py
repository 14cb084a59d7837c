"""Every view's first line: find the community and the thing, and see whether the post may see them."""

from __future__ import annotations

import datetime as dt

from django.http import Http404, HttpRequest

from greenhood.accounts.access import require
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions.models import Division, Level
from greenhood.facts.kinds import Kind, kind
from greenhood.kit.dates import today_in_shanghai


class KindConverter:
    """The key of a kind in an address; another word is no such address."""

    regex = "[a-z][a-z-]*"

    def to_python(self, value: str) -> Kind:
        try:
            return kind(value)
        except KeyError:
            raise ValueError from None

    def to_url(self, value: Kind | str) -> str:
        return value.key if isinstance(value, Kind) else kind(value).key


def community_for(request: HttpRequest, code: int, capability: Capability = Capability.VIEW) -> tuple[Division, Actor]:
    """404 for strangers and for what doesn't exist, 403 with the reason for readers."""
    found = Division.objects.filter(code=code, level=Level.COMMUNITY, valid_to=None).defer("bigrams").first()
    if found is None:
        raise Http404
    request.place = found  # type: ignore[attr-defined]
    return found, require(request, capability, found)


def division_for(request: HttpRequest, capability: Capability = Capability.VIEW) -> tuple[Division, Actor]:
    """The division that a list is narrowed to (``within`` in the address), or the post's own."""
    actor = require(request, capability)
    if actor.post is None:
        raise Http404
    text = request.GET.get("within", "")
    if not text.isdecimal() or len(text) > 12:
        return actor.post.division, actor
    found = Division.objects.filter(code=int(text), valid_to=None).defer("bigrams").first()
    if found is None:
        raise Http404
    request.place = found  # type: ignore[attr-defined]
    return found, require(request, capability, found)


def day_in(request: HttpRequest) -> tuple[dt.date | None, str]:
    """The day whose state the address asks for (None: today), and what is wrong with it."""
    text = request.GET.get("as_of", "").strip()
    if not text:
        return None, ""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None, f"日期“{text[:20]}”格式不正确，例如 2026-06-30。以下为今天的情况。"
    today = today_in_shanghai()
    if day > today:
        return None, f"{day} 还没有到，以下为今天（{today}）的情况。"
    return (None if day == today else day), ""
