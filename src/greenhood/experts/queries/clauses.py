"""What the schemes in force ask of experts and designers where somebody is: no code knows a place by name."""

from __future__ import annotations

from dataclasses import dataclass

from greenhood.divisions.models import Division
from greenhood.schemes.format import Clause, Criterion
from greenhood.schemes.models import SchemeVersion, schemes_of
from greenhood.schemes.queries import newest, scheme_for

# The keys by which clauses say what carries them out (schemes.coverage).
POOL, DESIGNERS = "experts", "designers"
# The indicator that visits of designers and engineers are counted for.
VISITS = "designer_visits"


@dataclass(frozen=True, slots=True)
class Asked:
    """A clause, and the scheme version that it stands in."""

    version: SchemeVersion
    clause: Clause


def asking(division: Division, feature: str) -> list[Asked]:
    """The clauses on a feature in the schemes that hold for a division, the most specific scheme first. Two queries."""
    versions = [version for version in newest() if version.jurisdiction.contains(division)]
    versions.sort(key=lambda version: -version.jurisdiction.level)
    schemes = schemes_of(version.pk for version in versions)
    return [
        Asked(version, clause)
        for version in versions
        for clause in schemes[version.pk].clauses
        if feature in clause.works_in
    ]


@dataclass(frozen=True, slots=True)
class Standing:
    """The lines of the standard in force for a community, and which of them visits are counted for (0: none)."""

    version: SchemeVersion | None
    lines: dict[int, Criterion]
    visits: int


def standard_for(community: Division) -> Standing:
    version = scheme_for(community)
    if version is None:
        return Standing(None, {}, 0)
    standard = schemes_of([version.pk])[version.pk].standards[0]
    lines = {line.no: line for part in standard.parts for line in part.criteria}
    counted = (no for no, line in lines.items() if any(check.indicator == VISITS for check in line.checks))
    return Standing(version, lines, next(counted, 0))
