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
from greenhood.communities.views import rows
from greenhood.divisions.models import Level
from greenhood.insight import ground
from greenhood.insight.ground import Outline, Shade, Spot
from greenhood.insight.views.overviews import division_or_404

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
    before, _, after = reverse("communities:map", args=[0]).rpartition("0")
    features = [
        _feature(spot, spot.outline, found.title, f"{before}{spot.division.code}{after}")
        for spot in found.spots
        if spot.outline
    ]
    answer = {"type": "FeatureCollection", "features": features, "neighbours": []}
    return JsonResponse(answer, json_dumps_params={"ensure_ascii": False})


def _by(request: HttpRequest) -> str:
    by = request.GET.get("by", ground.STATE)
    return by if by in dict(ground.choices()) else ground.STATE


def _groups(shades: list[Shade], spots: list[Spot], request: HttpRequest) -> list[dict[str, Any]]:
    chosen = set(request.GET.getlist("layer")) if "chosen" in request.GET or "layer" in request.GET else None
    groups = []
    for shade in shades:
        listed = [spot for spot in spots if spot.shade is shade]
        if listed:
            said = ((spot.division, spot.words.removeprefix(shade.title), spot.outline is not None) for spot in listed)
            is_shown = chosen is None or shade.key in chosen
            groups.append({"shade": shade, "spots": listed, "is_shown": is_shown, "rows": rows.communities(said)})
    return groups


def _feature(spot: Spot, outline: Outline, title: str, url: str) -> dict[str, Any]:
    """An outline carries its class's character at a place within (``at``), so that the colour is not the only sign."""
    geometry, place = outline
    properties = {
        "kind": spot.shade.key,
        "title": spot.shade.title,
        "name": spot.division.name,
        "sign": spot.shade.sign,
        "colour": spot.shade.colour,
        "fill": 0.45,
        "figures": [[title, spot.words]],
        "url": url,
        "link": "打开社区地图",
    }
    if geometry is None:
        geometry = {"type": "Point", "coordinates": list(place)}
    else:
        properties["at"] = list(place)
    return {"type": "Feature", "id": str(spot.division.pk), "geometry": geometry, "properties": properties}
