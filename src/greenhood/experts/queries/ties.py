"""What ties experts to communities: interests that keep them away, and services that they gave."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db.models import Q

from greenhood.accounts.models import Interest, Post, Role
from greenhood.accounts.queries import valid_on
from greenhood.divisions.models import Division, Level, code_at
from greenhood.experts import ties
from greenhood.experts.models import Designer, Entry, RequestState, ServiceRequest, Visit
from greenhood.kit.dates import today_in_shanghai

NOWHERE = (0, 0)
# Posts of those who run a community; a grid worker's employer says nothing about an expert of the same street office.
_OF_PLACE = [Role.COMMUNITY_WORKER, Role.PROPERTY_MANAGER]


def conflicts(entries: Sequence[Entry], community: Division) -> dict[UUID, list[str]]:
    """Why which entry must not serve a community; only those with a reason. Four queries for any number."""
    users = [entry.user_id for entry in entries if entry.user_id]
    communities: dict[UUID, list[int]] = defaultdict(list)
    own = Post.objects.filter(valid_on(today_in_shanghai()), user__in=users, division__level=Level.COMMUNITY)
    for user, code in own.values_list("user", "division__code"):
        communities[user].append(code)
    interests = _interests(users)
    places = _places_of(entries)
    there = Post.objects.filter(valid_on(today_in_shanghai()), division=community, role__in=_OF_PLACE)
    employers = set(there.exclude(user__employer="").values_list("user__employer", flat=True))
    place = ties.Place(community.code, community.name, employers)
    found = {}
    for entry in entries:
        mine = [
            ties.Interest(places.get(one["division"], NOWHERE), one["employer"], one["reason"])
            for one in entry.interests
        ]
        known = ties.Known(
            {entry.name if entry.is_firm else entry.employer},
            communities[entry.user_id] if entry.user_id else [],
            [*mine, *(interests[entry.user_id] if entry.user_id else [])],
        )
        if why := ties.reasons(known, place):
            found[entry.pk] = why
    return found


def _interests(users: Iterable[UUID]) -> dict[UUID, list[ties.Interest]]:
    found: dict[UUID, list[ties.Interest]] = defaultdict(list)
    for interest in Interest.objects.filter(user__in=list(users)).select_related("division"):
        span = interest.division.span if interest.division else NOWHERE
        found[interest.user_id].append(ties.Interest(span, interest.employer, interest.reason))
    return found


def _places_of(entries: Iterable[Entry]) -> dict[int, tuple[int, int]]:
    wanted = {one["division"] for entry in entries for one in entry.interests if one["division"]}
    return {place.pk: place.span for place in Division.objects.filter(pk__in=wanted)} if wanted else {}


def ties_of(entries: Iterable[Entry], communities: Iterable[Division]) -> dict[tuple[UUID, int], list[str]]:
    """What services tie which entry to which community, so that it can't judge there: by (entry, id). Three queries.

    Visits and services under way count whenever they were; a designer's post counts while it lasts and after it.
    """
    members, places = list(entries), list(communities)
    pks = [entry.pk for entry in members]
    found: dict[tuple[UUID, int], list[str]] = defaultdict(list)
    codes = {code_at(place.code, level) for place in places for level in (Level.STREET, Level.COMMUNITY)}
    posts = Designer.objects.filter(entry__in=pks, division__code__in=codes).select_related("division")
    for post in posts:
        for place in places:
            if post.division.contains(place) and post.entry_id:
                found[post.entry_id, place.pk].append(f"担任{post.division.name}的社区设计师")
    ids = [place.pk for place in places]
    visits = Visit.objects.filter(entry__in=pks, community__in=ids, state=Visit.State.COMPLETED)
    served = set(visits.values_list("entry", "community").distinct())
    under_way = ServiceRequest.objects.filter(Q(state__in=[RequestState.TAKEN]), entry__in=pks, community__in=ids)
    served |= set(under_way.values_list("entry", "community").distinct())
    for entry, community in served:
        found[entry, community].append("为该社区提供过咨询服务")
    return {pair: list(dict.fromkeys(why)) for pair, why in found.items()}
