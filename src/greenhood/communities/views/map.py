"""A community's map with the same things as a list beside it, and the data that the map draws."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from greenhood.accounts.capabilities import Capability
from greenhood.communities.mapping import layers, measures, reading
from greenhood.communities.mapping.layers import Layer
from greenhood.communities.mapping.reading import Item
from greenhood.communities.views import rows
from greenhood.communities.views.rows import Addresses
from greenhood.divisions.models import Division
from greenhood.facts.views.finding import community_for, day_in
from greenhood.kit.dates import today_in_shanghai


@dataclass(frozen=True)
class Group:
    """One layer with its things: switched on or off, and how many have no place yet."""

    layer: Layer
    items: list[Item]
    is_shown: bool
    rows: SafeString

    @property
    def total(self) -> str:
        """All drawn areas or lengths of the layer together."""
        found = [item.measure for item in self.items]
        area, length = sum(each.area for each in found), sum(each.length for each in found if not each.area)
        parts = [measures.area_words(area)] if area else []
        return "，".join([*parts, *([f"长 {measures.length_words(length)}"] if length else [])])


@require_safe
def community_map(request: HttpRequest, code: int) -> HttpResponse:
    """Layers, day and words searched for live in the address; without scripts the list alone shows everything."""
    community, _ = community_for(request, code)
    day, wrong = _day(request)
    words = request.GET.get("q", "").strip()[:60]
    found = [item for item in reading.items(community, day) if words in item.name]
    # What was so on an earlier day is looked at; a drawing replaces what is so now.
    may_record = day >= today_in_shanghai() and request.actor.may(Capability.RECORD, community)
    groups = _groups(community, found, _shown(request), may_record=may_record)
    context = {
        "page_title": f"{community.name}地图",
        "community": community,
        "groups": groups,
        "present": [group for group in groups if group.items],
        "absent": [group for group in groups if not group.items],
        "count": len(found),
        "day": day,
        "today": today_in_shanghai(),
        "wrong_day": wrong,
        "q": words,
        "method": measures.METHOD,
        "has_boundary": reading.boundary_of(found) is not None,
        "may_record": may_record,
        "may_export": request.actor.may(Capability.EXPORT, community),
        "tianditu": settings.TIANDITU_KEY,
        "data_url": f"{reverse('communities:map-data', args=[code])}?as_of={day.isoformat()}",
    }
    return render(request, "communities/map.html", context)


@require_safe
def map_data(request: HttpRequest, code: int) -> JsonResponse:
    """Everything that has a place, as GeoJSON, and the boundaries around."""
    community, _ = community_for(request, code)
    day, _ = _day(request)
    found = reading.items(community, day)
    around = reading.neighbours(community, reading.middle(found), day)
    answer = {
        "type": "FeatureCollection",
        "features": _features(found, community),
        "neighbours": [{"name": each.name, "geometry": each.geometry} for each in around],
    }
    return JsonResponse(answer, json_dumps_params={"ensure_ascii": False})


def _groups(community: Division, found: list[Item], shown: set[str] | None, *, may_record: bool) -> list[Group]:
    by_kind: dict[str, list[Item]] = {}
    for item in found:
        by_kind.setdefault(item.kind.key, []).append(item)
    groups = []
    for layer in reversed(layers.layers()):
        listed = by_kind.get(layer.key, [])
        is_shown = shown is None or layer.key in shown
        groups.append(Group(layer, listed, is_shown, rows.items(listed, community, may_record=may_record)))
    return groups


def _shown(request: HttpRequest) -> set[str] | None:
    """The layers switched on; None for all. ``chosen`` tells a choice of none from no choice."""
    return set(request.GET.getlist("layer")) if "layer" in request.GET or "chosen" in request.GET else None


def _features(found: list[Item], community: Division) -> list[dict[str, Any]]:
    addresses = {item.kind: Addresses("facts:record", community, item.kind) for item in found}
    return [_feature(item, addresses[item.kind].of(item.thing)) for item in found if item.geometry]


def _feature(item: Item, url: str) -> dict[str, Any]:
    layer = item.layer
    properties = {
        "kind": item.kind.key,
        "title": item.kind.title,
        "name": item.name,
        "sign": layer.sign,
        "colour": layer.colour,
        "frame": layer.is_frame,
        "figures": item.figures,
        "measured": item.measure.words,
        "dated": item.dated.isoformat(),
        "source": item.source_words,
        "person": item.recorded_by,
        "url": url,
    }
    return {"type": "Feature", "id": str(item.thing), "geometry": item.geometry, "properties": properties}


def _day(request: HttpRequest) -> tuple[dt.date, str]:
    """The day that the address asks for, today unless it says so, and what is wrong with it."""
    day, wrong = day_in(request)
    return day or today_in_shanghai(), wrong
