"""Who reviews what comes from a division: the nearest government above it whose posts curate."""

from __future__ import annotations

from greenhood.accounts.access import NotAllowed, check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division, Level

LEVELS = (Level.COUNTY, Level.CITY, Level.PROVINCE)


def curators(division: Division) -> list[Division]:
    """The governments that keep a library for a division, the nearest first: itself where it is one, then those above."""
    path = [*divisions.ancestors(division), division]
    return [each for each in reversed(path) if each.level in LEVELS and not each.is_placeholder]


def curator_of(division: Division) -> Division | None:
    """Who reviews what the division hands in; None for the nation, which hands in nothing."""
    return next(iter(curators(division)), None)


def curator_above(division: Division) -> Division | None:
    """The next library above a government's own."""
    return next((each for each in curators(division) if each.pk != division.pk), None)


def act_as_own(by: Actor, division: Division, capability: Capability = Capability.SHARE) -> None:
    """The division itself writes, hands in and records; a higher post sees it and doesn't."""
    check(by, capability, division)
    if by.post is not None and by.post.division_id != division.pk:
        raise NotAllowed(f"这一步由{division.name}自己办理。")


def act_as_curator(by: Actor, division: Division | None) -> None:
    """Only the government at which something waits reviews it."""
    if division is None:
        raise NotAllowed("现在没有需要审核的内容，请刷新页面。")
    act_as_own(by, division, Capability.CURATE)
