"""Who must not judge whom: the cases of recusal (回避), as plain values. Every reason is recorded with the panel."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from greenhood.divisions.models import span


@dataclass(frozen=True, slots=True)
class Place:
    code: int
    level: int
    name: str

    def contains(self, code: int) -> bool:
        low, high = span(self.code, self.level)
        return low <= code < high


@dataclass(frozen=True, slots=True)
class Recorded:
    """An interest on record: a place, an employer, or both, and what it is."""

    place: Place | None
    employer: str
    reason: str


@dataclass(frozen=True, slots=True)
class Member:
    """A panel member: employer, the divisions of all posts held, interests on record."""

    employer: str
    posts: Collection[Place]
    interests: Collection[Recorded]


@dataclass(frozen=True, slots=True)
class Case:
    """A community before the panel: its code, who works for or serves it, and who decided on it before."""

    code: int
    employers: Collection[str]


def reasons(member: Member, case: Case, panel_level: int, *, decided_before: bool) -> list[str]:
    """Every reason why this member must not judge this case.

    A member is of the same place if a post of theirs lies below the panel's own level and covers the community: a county
    expert on a city's panel doesn't judge that county, the city's own experts do.
    """
    found = []
    if member.employer and _plain(member.employer) in {_plain(name) for name in case.employers}:
        found.append(f"同一工作单位（{member.employer}）")
    for post in member.posts:
        if post.level > panel_level and post.contains(case.code):
            found.append(f"在{post.name}任职")
    if decided_before:
        found.append("曾参与本申报前面环节的办理")
    for interest in member.interests:
        if interest.place is not None and interest.place.contains(case.code):
            found.append(f"已登记的利害关系：{interest.reason}")
        elif interest.employer and _plain(interest.employer) in {_plain(name) for name in case.employers}:
            found.append(f"已登记的利害关系：{interest.reason}（{interest.employer}）")
    return list(dict.fromkeys(found))


def _plain(name: str) -> str:
    return "".join(name.split())
