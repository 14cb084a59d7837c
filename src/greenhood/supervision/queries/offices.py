"""Departments that an order can go to: those that somebody answers for on the platform."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from greenhood.accounts.capabilities import CAPABILITIES, Capability
from greenhood.accounts.models import Role
from greenhood.accounts.queries import holders
from greenhood.divisions.models import Division


@dataclass(frozen=True, slots=True)
class Office:
    """A department of a division by its name there, its line of work, and who answers for it."""

    division: Division
    title: str
    line: str
    people: str


def answering(places: Iterable[Division]) -> list[Office]:
    """The departments of some divisions with a post that answers orders, the first division first. One query."""
    wanted = list(places)
    held = holders(wanted)
    found = []
    for place in wanted:
        for line, posts in held[place.pk].items():
            able = [post for post in posts if Capability.RESPOND in CAPABILITIES[Role(post.role)]]
            if able:
                people = "、".join(dict.fromkeys(post.user.name for post in able))
                found.append(Office(place, able[0].department, line, people))
    return found
