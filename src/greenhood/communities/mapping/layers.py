"""How each kind looks on a map. A colour is never the only sign: every point carries a character, every layer its words."""

from __future__ import annotations

from dataclasses import dataclass

from greenhood.facts import kinds
from greenhood.facts.kinds import Kind, Shape

# Colours that bear white characters (contrast of 4.5 and more), and the character.
STYLES = {
    "boundary": ("#1d2620", "界"),
    "grid-cells": ("#55605a", "网"),
    "estates": ("#8a4b08", "居"),
    "buildings": ("#6b4f2a", "楼"),
    "green-spaces": ("#19713f", "绿"),
    "activity-grounds": ("#4c6b00", "场"),
    "facilities": ("#0b57d0", "设"),
    "committee": ("#b3261e", "委"),
    "fire-lanes": ("#c4320a", "消"),
    "walking-paths": ("#5a5a5a", "步"),
    "parking": ("#3f51a5", "停"),
    "infrastructure": ("#4d5b6b", "市"),
    "sorting-points": ("#00695c", "分"),
    "sponge-facilities": ("#00718a", "雨"),
    "overhead-lines": ("#7b3f8c", "线"),
    "noise-sources": ("#a01a58", "噪"),
    "barrier-free-places": ("#005f8f", "障"),
    "heritage": ("#7a1f5c", "文"),
    "publicity-sites": ("#9a3412", "宣"),
    "problems": ("#b3261e", "问"),
    "devices": ("#37506b", "感"),
    "noise-measurements": ("#7d1f4d", "测"),
}
OTHER = ("#444444", "点")
# Large areas lie below small ones and lines, points on top.
ORDER = (
    "boundary", "grid-cells", "estates", "green-spaces", "activity-grounds", "sponge-facilities", "parking",
    "infrastructure", "walking-paths", "fire-lanes", "overhead-lines", "buildings", "facilities", "committee",
    "sorting-points", "barrier-free-places", "noise-sources", "heritage", "publicity-sites", "devices",
    "noise-measurements", "problems",
)  # fmt: skip


@dataclass(frozen=True)
class Layer:
    """One kind on the map: its colour, the character on its points, and whether it is a frame without a fill."""

    kind: Kind
    colour: str
    sign: str

    @property
    def key(self) -> str:
        return self.kind.key

    @property
    def title(self) -> str:
        return self.kind.title

    @property
    def is_frame(self) -> bool:
        return self.key in {"boundary", "grid-cells"}

    @property
    def is_drawn(self) -> bool:
        """Whether it may be a line or an area, rather than a place only."""
        return self.kind.shape in {Shape.LINE, Shape.AREA, Shape.ANY}


def layers() -> list[Layer]:
    """Every kind that has a place, from the ground upwards."""
    place = {key: number for number, key in enumerate(ORDER)}
    found = sorted(kinds.located(), key=lambda kind: place.get(kind.key, len(place)))
    return [layer(kind) for kind in found]


def layer(kind: Kind) -> Layer:
    colour, sign = STYLES.get(kind.key, OTHER)
    return Layer(kind, colour, sign)
