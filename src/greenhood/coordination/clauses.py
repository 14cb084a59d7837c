"""What the scheme in force says about coordination itself: the clause that asks for something, or that none does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from greenhood.schemes.models import SchemeVersion
from greenhood.schemes.queries import newest_of

WHISTLE = ("吹哨",)
# Joint meetings of communities are a criterion, and another thing than the departments' own mechanism.
MEETING = ("部门协作机制", "协调机制", "定期研究", "沟通相关工作情况")
MOST_LEVELS = 5


@dataclass(frozen=True, slots=True)
class Saying:
    """A clause, and the sentence of it that asks."""

    version: SchemeVersion
    source: str
    sentence: str


def saying(version: SchemeVersion | None, words: Iterable[str]) -> Saying | None:
    """The first clause of a scheme, or else of those that it carries out, with one of the words."""
    asked = tuple(words)
    for each in line_of(version):
        for clause in each.scheme.clauses:
            if word := next((word for word in asked if word in clause.text), ""):
                return Saying(each, clause.ref, _sentence(clause.text, word))
    return None


def line_of(version: SchemeVersion | None) -> list[SchemeVersion]:
    """The version and the newest of each scheme above that it carries out."""
    found: list[SchemeVersion] = []
    while version is not None and len(found) < MOST_LEVELS:
        found.append(version)
        above = version.scheme.implements
        version = newest_of(above) if above else None
    return found


def _sentence(text: str, word: str) -> str:
    return next((f"{part}。" for part in text.split("。") if word in part), text)
