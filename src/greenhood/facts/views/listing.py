"""The community library: the communities of a division, what is recorded of each, how complete and how fresh."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from greenhood.accounts.capabilities import Capability
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Level
from greenhood.facts import listing
from greenhood.facts.kinds import kind, kinds
from greenhood.facts.listing import Filters
from greenhood.facts.views.finding import division_for


@require_safe
def communities(request: HttpRequest) -> HttpResponse:
    division, actor = division_for(request)
    filters = filters_in(request)
    lines = listing.communities(
        division, filters, after=request.GET.get("after", ""), before=request.GET.get("before", "")
    )
    assert actor.post is not None
    context = {
        "page_title": "社区库",
        "division": division,
        "own": actor.post.division,
        "places": [] if division.level == Level.COMMUNITY else list(divisions.children(division)[:500]),
        "filters": filters,
        "is_narrowed": bool(filters.text or filters.state or division != actor.post.division),
        "states": listing.STATES,
        "kinds": kinds(),
        "lines": lines,
        "may_export": actor.may(Capability.EXPORT, division),
        "may_record": actor.may(Capability.RECORD, division),
    }
    return render(request, "facts/communities.html", context)


def filters_in(request: HttpRequest) -> Filters:
    """What the address narrows to; words that mean nothing are left out."""
    state = request.GET.get("state", "")
    try:
        chosen = kind(request.GET.get("kind", ""))
    except KeyError:
        chosen = None
    return Filters(" ".join(request.GET.get("q", "").split())[:60], chosen, state if state in listing.STATES else "")
