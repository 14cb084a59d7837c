"""What speaks against commending somebody: found when they are nominated, and again when they are reviewed. People decide."""

from __future__ import annotations

import unicodedata

from greenhood.declarations.models import Award, Rectification
from greenhood.divisions.models import Division
from greenhood.exemplars.models import Honour
from greenhood.exemplars.models.honours import Kind

RECTIFYING, DELISTED, UNTITLED, LATELY = "rectifying", "delisted", "untitled", "lately"
# What a reviewer has to answer in words before choosing all the same.
WEIGHTY = (RECTIFYING, DELISTED)


def identity_of(kind: str, name: str, unit: str = "", community: Division | None = None) -> str:
    """The same for the same one, however the name is spaced or written wide."""
    if community is not None:
        return f"division:{community.pk}"
    parts = [name, unit] if kind == Kind.PERSON else [name]
    return "|".join("".join(unicodedata.normalize("NFKC", part).split()).lower() for part in parts)[:160]


def flags_of(kind: str, identity: str, community: Division | None, *, year: int) -> list[dict[str, str]]:
    """The findings, each with its key and a sentence; three queries at most."""
    found = [] if community is None else _of_community(community)
    earlier = Honour.objects.filter(
        nomination__identity=identity, kind=kind, year__gte=year - 1, state=Honour.State.VALID
    ).select_related("round")
    found += [
        {"key": LATELY, "text": f"{one.year} 年已受“{one.round.title}”表扬"} for one in earlier.order_by("-year")[:3]
    ]
    return found


def _of_community(community: Division) -> list[dict[str, str]]:
    awards = list(Award.objects.filter(community=community).order_by("-awarded_on"))
    open_ = Rectification.objects.filter(award__community=community, result__in=["open", "reported"]).first()
    found = []
    if open_ is not None:
        found.append({"key": RECTIFYING, "text": f"正在限期整改，期限 {open_.due_on}"})
    if delisted := next((one for one in awards if one.state == Award.State.WITHDRAWN), None):
        found.append({"key": DELISTED, "text": f"“{delisted.title_name}”于 {delisted.withdrawn_on} 除名"})
    if not any(one.state in Award.IN_FORCE for one in awards):
        found.append({"key": UNTITLED, "text": "目前没有有效的称号"})
    return found


def is_weighty(flags: list[dict[str, str]]) -> bool:
    return any(one["key"] in WEIGHTY for one in flags)
