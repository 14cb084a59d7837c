"""The map of a division: its communities where they lie, coloured by what is asked, with the same list beside it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from greenhood.accounts import access
from greenhood.accounts.capabilities import Capability
from greenhood.divisions.models import Level
from greenhood.insight import ground
from greenhood.insight.ground import Shade, Spot
from greenhood.insight.views.overviews import division_or_404
from greenhood.kit import geodesy

LEVELS = (Level.CITY, Level.COUNTY, Level.STREET)


@require_safe
def division_map(request: HttpRequest, code: int) -> HttpResponse:
    """Class by class; what colours them, the classes switched on and the words searched for live in the address."""
    division = division_or_404(code)
    access.require(request, Capability.VIEW, division)
    if division.level == Level.COMMUNITY:
        return redirect("communities:map", code)
    if division.level not in LEVELS:
        return redirect("insight:overview", code)
    by, words = _by(request), request.GET.get("q", "").strip()[:60]
    found = ground.map_of(division, by, places=False)
    request.place = division
    context = {
        "page_title": f"{division.name}社区分布",
        "division": division,
        "found": found,
        "groups": _groups(found.shades, [spot for spot in found.spots if words in spot.division.name], request),
        "choices": ground.choices(),
        "by": by,
        "q": words,
        "tianditu": settings.TIANDITU_KEY,
        "data_url": f"{reverse('insight:map_data', args=[code])}?by={by}",
    }
    return render(request, "insight/map.html", context)


@require_safe
def map_data(request: HttpRequest, code: int) -> HttpResponse:
    """The communities that have a place, as GeoJSON with simplified outlines."""
    division = division_or_404(code)
    access.require(request, Capability.VIEW, division)
    if division.level not in LEVELS:
        return redirect("insight:overview", code)
    found = ground.map_of(division, _by(request))
    features = [
        feature for spot in found.spots if spot.geometry for feature in _features(spot, spot.geometry, found.title)
    ]
    answer = {"type": "FeatureCollection", "features": features, "neighbours": []}
    return JsonResponse(answer, json_dumps_params={"ensure_ascii": False})


def _by(request: HttpRequest) -> str:
    by = request.GET.get("by", ground.STATE)
    return by if by in dict(ground.choices()) else ground.STATE


def _groups(shades: list[Shade], spots: list[Spot], request: HttpRequest) -> list[dict[str, Any]]:
    chosen = set(request.GET.getlist("layer")) if "chosen" in request.GET or "layer" in request.GET else None
    groups = [
        {
            "shade": shade,
            "spots": [spot for spot in spots if spot.shade is shade],
            "is_shown": chosen is None or shade.key in chosen,
        }
        for shade in shades
    ]
    return [group for group in groups if group["spots"]]


def _features(spot: Spot, geometry: geodesy.Geometry, title: str) -> list[dict[str, Any]]:
    """An outline carries its class's character at its centre, so that the colour is not the only sign."""
    properties = {
        "kind": spot.shade.key,
        "title": spot.shade.title,
        "name": spot.division.name,
        "sign": spot.shade.sign,
        "colour": spot.shade.colour,
        "frame": False,
        "fill": 0.45,
        "figures": [[title, spot.words]],
        "url": reverse("communities:map", args=[spot.division.code]),
        "link": "打开社区地图",
    }
    shapes = [geometry]
    if geometry["type"] != "Point":
        shapes.append({"type": "Point", "coordinates": list(geodesy.centre(geometry))})
    return [
        {"type": "Feature", "id": str(spot.division.pk), "geometry": each, "properties": properties} for each in shapes
    ]
