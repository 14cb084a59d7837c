"""Who must not be asked about whom, as plain values: own community, own employer, interests on record."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Interest:
    """An interest on record: the span of codes that it covers (empty: none), an employer, or both."""

    span: tuple[int, int]
    employer: str
    reason: str


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an expert: employers, the codes of own posts in communities, interests."""

    employers: Collection[str]
    communities: Collection[int]
    interests: Collection[Interest]


@dataclass(frozen=True, slots=True)
class Place:
    """A community: its code, and who works for or in it."""

    code: int
    name: str
    employers: Collection[str]


def reasons(known: Known, place: Place) -> list[str]:
    """Every reason why this expert must not be sent to this community."""
    there = {_plain(name) for name in (*place.employers, place.name)}
    found = []
    if place.code in known.communities:
        found.append(f"在{place.name}任职")
    for employer in known.employers:
        if employer and _plain(employer) in there:
            found.append(f"同一工作单位（{employer}）")
    for interest in known.interests:
        low, high = interest.span
        if low <= place.code < high:
            found.append(f"已登记的利害关系：{interest.reason}")
        elif interest.employer and _plain(interest.employer) in there:
            found.append(f"已登记的利害关系：{interest.reason}（{interest.employer}）")
    return list(dict.fromkeys(found))


def in_outline(found: Collection[str]) -> list[str]:
    """The reasons as the other side is told them: that an interest is on record, and not which (it may be a relative's)."""
    return list(dict.fromkeys(one.partition("：")[0] for one in found))


def _plain(name: str) -> str:
    return "".join(name.split())
