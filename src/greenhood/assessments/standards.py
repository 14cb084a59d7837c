"""The standard that an assessment is made under, compiled once. A published version never changes, so it is kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

from greenhood.assessments import answers, computed
from greenhood.assessments.computed import Grounds
from greenhood.assessments.errors import NoStandard, UnknownCriterion
from greenhood.assessments.grounds import grounds_of
from greenhood.assessments.models import Answer, Assessment
from greenhood.divisions.models import Division
from greenhood.schemes import advice, engine
from greenhood.schemes.format import Criterion, Deduct, How, Kind, Part, Standard, Threshold
from greenhood.schemes.models import SchemeVersion, scheme_of

# A deduction whose scheme sets no limit; the engine stops at zero by itself.
UNLIMITED = 100_000


def standard_of(assessment: Assessment) -> Standard:
    return _standard(assessment.version_id, assessment.standard_key)


@lru_cache(maxsize=64)
def _standard(version_id: UUID, key: str) -> Standard:
    return next(standard for standard in scheme_of(version_id).standards if standard.key == key)


@lru_cache(maxsize=64)
def _compiled(version_id: UUID, key: str) -> engine.Compiled:
    return engine.compile_standard(_standard(version_id, key))


@lru_cache(maxsize=64)
def _compiled_for_scoring(version_id: UUID, key: str) -> engine.Compiled:
    return engine.compile_standard(as_scored(_standard(version_id, key)))


def lines(standard: Standard) -> dict[int, Criterion]:
    return {line.no: line for part in standard.parts for line in part.criteria}


def line_of(assessment: Assessment, criterion: int, check_no: int | None = None) -> Criterion:
    """The item of this number; raises UnknownCriterion for one, or a check of it, that the standard doesn't have."""
    line = lines(standard_of(assessment)).get(criterion)
    if line is None:
        raise UnknownCriterion(criterion)
    if check_no is not None and not 1 <= check_no <= len(line.checks):
        raise UnknownCriterion(criterion, check_no)
    return line


def part_of(standard: Standard, key: str | None) -> Part:
    """The part of this key, or the first one."""
    return next((part for part in standard.parts if part.key == key), standard.parts[0])


def standard_for(version: SchemeVersion, community: Division, tags: Iterable[str] = ()) -> Standard:
    """The standard of a version that judges this community. Raises NoStandard."""
    place = engine.Place(community.urban_rural_class, community.code, frozenset(tags))
    standard = engine.standard_for(scheme_of(version.pk), place)
    if standard is None:
        raise NoStandard(f"“{version.title}”没有适用于{community.name}的标准。请联系县（市、区）审核人核对社区类别。")
    return standard


def place_of(assessment: Assessment) -> engine.Place:
    return engine.Place(
        assessment.community.urban_rural_class,
        assessment.community.code,
        frozenset(assessment.tags),
        on=dt.date(assessment.year, 12, 31),
    )


def threshold_at(assessment: Assessment, threshold: Threshold) -> Threshold:
    """A threshold as it holds for this community: of its variants the one that fits."""
    return computed.threshold_here(threshold, place_of(assessment))


def result_of(assessment: Assessment, rows: Mapping[int, Answer], grounds: Grounds | None = None) -> engine.Result:
    """What the engine says of these answers and of the figures behind them: those of the declaration where the item is
    locked, today's where it is open. Answers to items that the standard doesn't have are left aside.

    ``grounds`` spares two queries where the caller has them.
    """
    given = effective_answers(assessment, rows, grounds)
    return _compiled(assessment.version_id, assessment.standard_key).score(given, place_of(assessment))


def effective_answers(
    assessment: Assessment, rows: Mapping[int, Answer], grounds: Grounds | None = None
) -> dict[int, engine.Answer]:
    """What the engine is given, item by item: figures and claims in the place of what was filled in."""
    standard = standard_of(assessment)
    if grounds is None:
        grounds = grounds_of(assessment, standard, rows)
    return {
        no: answers.for_engine(computed.effective(line, answers.fields_of(rows.get(no)), grounds))
        for no, line in lines(standard).items()
    }


def advice_for(
    assessment: Assessment, rows: Mapping[int, Answer], grounds: Grounds | None = None
) -> list[advice.Advice]:
    """For each level that is not reached, the items with the least effort that would reach it."""
    scheme, compiled = scheme_of(assessment.version_id), _compiled(assessment.version_id, assessment.standard_key)
    given, place = effective_answers(assessment, rows, grounds), place_of(assessment)
    found = (advice.advise(scheme, compiled, given, place, level=level.key) for level in compiled.standard.levels)
    return [one for one in found if one is not None]


def scored_result(assessment: Assessment, given: Mapping[int, engine.Answer]) -> engine.Result:
    """The total of a reviewer's sheet: points as given, added up by the standard's own rules."""
    return _compiled_for_scoring(assessment.version_id, assessment.standard_key).score(given, place_of(assessment))


def as_scored(standard: Standard) -> Standard:
    """The standard as a reviewer applies it: a line is met or not, or gets points, whatever the claim was made of."""
    parts = [
        part.model_copy(update={"criteria": [_line_as_scored(standard, line) for line in part.criteria]})
        for part in standard.parts
    ]
    return standard.model_copy(update={"parts": parts})


def _line_as_scored(standard: Standard, line: Criterion) -> Criterion:
    plain: dict[str, Any] = {
        "checks": [],
        "bands": [],
        "grades": [],
        "deducts": [],
        "needed": None,
        "points_each": None,
    }
    if is_met_or_not(standard, line):
        return line.model_copy(update=plain | {"how": How.ALL, "veto_when": None})
    if line.kind is Kind.DEDUCTION:
        most = line.points if line.points is not None else UNLIMITED
        return line.model_copy(update=plain | {"deducts": [Deduct(per="range", text=line.title, points=most)]})
    return line.model_copy(update=plain | {"how": How.CLAIMED})


def is_met_or_not(standard: Standard, line: Criterion) -> bool:
    """Whether a reviewer says met or not met of this line, rather than points."""
    return standard.scoring == "checklist" or line.kind is Kind.VETO or (line.points is None and line.kind is Kind.MET)
