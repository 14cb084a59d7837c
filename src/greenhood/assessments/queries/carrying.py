"""What an item has in common with other standards: which of their criteria it serves, and which files given there serve it.

The crosswalk of the schemes says so; the community's other assessments hold the files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from greenhood.assessments import standards
from greenhood.assessments.models import Assessment, Evidence
from greenhood.schemes.crosswalk import Crosswalk, Place, Related, crosswalk
from greenhood.schemes.format import Standard
from greenhood.schemes.models import SchemeVersion, scheme_of, schemes_of

# Nobody carries more at a click, and a page need not read more.
MOST = 300


@dataclass(frozen=True, slots=True)
class Served:
    """A criterion of another standard that the same facts and files serve."""

    scheme_title: str
    scheme_id: str
    no: int
    title: str
    relation: str


@dataclass(frozen=True, slots=True)
class Carriable:
    """A file of another assessment that can be used for an item, and for which of its checks (None: the whole)."""

    evidence: Evidence
    check_no: int | None
    source: str


def crosswalk_for(assessment: Assessment, newest: Iterable[SchemeVersion]) -> Crosswalk:
    """The newest version of every scheme beside the one that the assessment is made under."""
    chosen = {version.scheme_id: version.pk for version in newest}
    chosen[assessment.scheme_id] = assessment.version_id
    return _crosswalk(tuple(sorted(chosen.values())))


@lru_cache(maxsize=16)
def _crosswalk(versions: tuple[UUID, ...]) -> Crosswalk:
    found = schemes_of(versions)
    return crosswalk(found[pk] for pk in versions)


def served(assessment: Assessment, table: Crosswalk) -> dict[int, list[Served]]:
    """Which criteria of other standards each item serves."""
    return {
        no: [
            Served(
                one.line.scheme.title,
                one.line.scheme.id,
                one.line.criterion.no,
                one.line.criterion.title,
                one.relation_title,
            )
            for one in _related(assessment, table, no)
        ]
        for no in standards.lines(standards.standard_of(assessment))
    }


def carriable(
    assessment: Assessment, table: Crosswalk, present: Mapping[int, list[Evidence]]
) -> dict[int, list[Carriable]]:
    """The files of the community's other assessments that would serve an item and aren't there yet. One query."""
    others = list(
        Evidence.objects.filter(assessment__community=assessment.community_id, removed_at=None)
        .exclude(assessment=assessment.pk)
        .select_related("assessment", "blob")
        .order_by("-assessment__year", "-uploaded_at")[:MOST]
    )
    if not others:
        return {}
    by_place: dict[Place, list[Evidence]] = {}
    for one in others:
        place = one.assessment.scheme_id, one.assessment.standard_key, one.criterion
        by_place.setdefault(place, []).append(one)
    standard = standards.standard_of(assessment)
    found = {no: _for_item(assessment, standard, table, no, by_place, present.get(no, [])) for no in _numbers(standard)}
    return {no: pieces for no, pieces in found.items() if pieces}


def _numbers(standard: Standard) -> list[int]:
    return list(standards.lines(standard))


def _for_item(
    assessment: Assessment,
    standard: Standard,
    table: Crosswalk,
    no: int,
    by_place: Mapping[Place, list[Evidence]],
    present: list[Evidence],
) -> list[Carriable]:
    there = {piece.blob_id for piece in present}
    own = by_place.get((assessment.scheme_id, assessment.standard_key, no), [])
    checks = len(standards.lines(standard)[no].checks)
    pairs = [(one, one.check_no if one.check_no is not None and one.check_no <= checks else None) for one in own]
    for related in _related(assessment, table, no):
        pairs += [(one, _check_of(related, one)) for one in by_place.get(related.line.place, [])]
    found = []
    for one, check_no in pairs:
        if one.blob_id not in there:
            there.add(one.blob_id)
            found.append(Carriable(one, check_no, _source(one)))
    return found


def _related(assessment: Assessment, table: Crosswalk, no: int) -> tuple[Related, ...]:
    return table.related(assessment.scheme_id, no, assessment.standard_key)


def _check_of(related: Related, one: Evidence) -> int | None:
    """The check that a file proves here, where just one corresponds to the one that it proves there."""
    if one.check_no is None:
        return None
    numbers = {pair.number for pair in related.checks if pair.other_number == one.check_no}
    return numbers.pop() if len(numbers) == 1 else None


def _source(one: Evidence) -> str:
    scheme = scheme_of(one.assessment.version_id)
    return f"{one.assessment.year}年“{scheme.title}”第 {one.criterion} 项"
