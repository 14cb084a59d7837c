"""What speaks against commending somebody: found when they are nominated, and again at the review, the notice and the
decision. People decide.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable
from uuid import UUID

from greenhood.declarations.models import Award, Rectification
from greenhood.divisions.models import Division
from greenhood.exemplars.models import Honour, Nomination
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
    found = [] if community is None else _of_communities([community.pk])[community.pk]
    earlier = Honour.objects.filter(
        nomination__identity=identity, kind=kind, year__gte=year - 1, state=Honour.State.VALID
    ).select_related("round")
    found += [
        {"key": LATELY, "text": f"{one.year} 年已受“{one.round.title}”表扬"} for one in earlier.order_by("-year")[:3]
    ]
    return found


def unanswered(chosen: Iterable[Nomination]) -> dict[UUID, list[str]]:
    """What weighs against those chosen and was not there when the reviewer chose them, by nomination. Two queries."""
    rows = list(chosen)
    now = _of_communities({row.community_id for row in rows if row.community_id is not None})
    found = {
        row.pk: [flag["text"] for flag in now[row.community_id] if flag["key"] in WEIGHTY and flag not in row.flags]
        for row in rows
        if row.community_id is not None
    }
    return {pk: texts for pk, texts in found.items() if texts}


def _of_communities(communities: Collection[int]) -> dict[int, list[dict[str, str]]]:
    """The findings of every community asked for. Two queries."""
    awards: dict[int, list[Award]] = defaultdict(list)
    for award in Award.objects.filter(community__in=communities).order_by("-awarded_on"):
        awards[award.community_id].append(award)
    open_ = Rectification.objects.filter(award__community__in=communities, result__in=["open", "reported"])
    # The one that is due last is written last, and stands.
    due_on = dict(open_.order_by("due_on").values_list("award__community", "due_on"))
    found: dict[int, list[dict[str, str]]] = {}
    for community in communities:
        own = awards[community]
        flags = found[community] = []
        if community in due_on:
            flags.append({"key": RECTIFYING, "text": f"正在限期整改，期限 {due_on[community]}"})
        if delisted := next((one for one in own if one.state == Award.State.WITHDRAWN), None):
            flags.append({"key": DELISTED, "text": f"“{delisted.title_name}”于 {delisted.withdrawn_on} 除名"})
        if not any(one.state in Award.IN_FORCE for one in own):
            flags.append({"key": UNTITLED, "text": "目前没有有效的称号"})
    return found


def is_weighty(flags: list[dict[str, str]]) -> bool:
    return any(one["key"] in WEIGHTY for one in flags)
