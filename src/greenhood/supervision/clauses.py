"""What the scheme in force says about supervision: the clauses that ask for it, or that none does."""

from __future__ import annotations

from dataclasses import dataclass

from greenhood.schemes.models import SchemeVersion
from greenhood.schemes.queries import newest_of

# How schemes mark the clauses that this room carries out.
CARRIED_OUT = {"supervision", "rectification"}
MOST_LEVELS = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """A clause that asks for supervision, and the scheme that it stands in."""

    version: SchemeVersion
    source: str


def asked_of(version: SchemeVersion | None) -> list[Asked]:
    """The clauses of a scheme, then of those that it carries out. One query for each scheme above."""
    found: list[Asked] = []
    for _ in range(MOST_LEVELS):
        if version is None:
            break
        found += [Asked(version, clause.ref) for clause in version.scheme.clauses if CARRIED_OUT & set(clause.works_in)]
        above = version.scheme.implements
        version = newest_of(above) if above else None
    return found
