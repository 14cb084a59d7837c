"""The path of divisions from the nation to a place, and the neighbours at each step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from greenhood.divisions.models import Division, Level, code_at


@dataclass(frozen=True)
class Place:
    """One part of the path."""

    code: int
    name: str
    level: int
    url: str


def path_to(division: Division) -> list[Place]:
    """From the nation down to the division itself; one query. Abolished ancestors are left out."""
    codes = {code_at(division.code, level) for level in range(division.level)}
    above = Division.objects.filter(code__in=codes, level__lt=division.level, valid_to=None).only(
        "code", "name", "level", "parent_id"
    )
    return [place_of(each) for each in [*sorted(above, key=lambda each: each.level), division]]


def siblings_of(division: Division) -> Sequence[Place]:
    """The divisions under the same parent, in the order of their codes."""
    if division.parent_id is None:
        return [place_of(division)]
    found = Division.objects.filter(parent_id=division.parent_id, valid_to=None).order_by("code")
    return [place_of(each) for each in found.only("code", "name", "level", "parent_id")]


def place_of(division: Division) -> Place:
    return Place(
        division.code,
        division.name,
        division.level,
        place_url(division.code, division.level),
    )


def place_url(code: int, level: int) -> str:
    """The page that shows a division: a community's own page, or an overview."""
    if level == Level.COMMUNITY:
        return reverse("insight:community", args=[code])
    return reverse("insight:overview", args=[code])
