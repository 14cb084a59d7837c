"""What the scheme in force says about coordination itself: the clause that asks for something, or that none does."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from greenhood.schemes.models import SchemeVersion
from greenhood.schemes.queries import newest_of

WHISTLE = ("吹哨",)
# Joint meetings of communities are a criterion, and another thing than the departments' own mechanism.
MEETING = ("部门协作机制", "协调机制", "定期研究", "沟通相关工作情况")
MOST_LEVELS = 5
_EVERY = {"每月": 12, "每两月": 6, "每季度": 4, "每季": 4, "每半年": 2}
_TIMES = re.compile(r"每年(?:至少|不少于)?(?:召开)?(?:至少|不少于)?([1-9一二两三四五六])次")
_DIGITS = {sign: number for number, sign in enumerate("一二三四五六", 1)} | {"两": 2}


@dataclass(frozen=True, slots=True)
class Saying:
    """A clause, and the sentence of it that asks."""

    version: SchemeVersion
    source: str
    sentence: str

    @property
    def times_a_year(self) -> int | None:
        """How often the sentence asks for it in a year; None where it only says 定期, or nothing."""
        if found := _TIMES.search(self.sentence):
            return _DIGITS.get(found[1]) or int(found[1])
        return next((times for word, times in _EVERY.items() if word in self.sentence), None)


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
