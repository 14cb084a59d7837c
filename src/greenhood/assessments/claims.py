"""What a self-assessment claims for each item, and whether a reviewer's score says the same. Plain values, no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from greenhood.assessments import standards
from greenhood.assessments.models import Score
from greenhood.schemes import engine
from greenhood.schemes.format import Criterion, Kind, Standard


@dataclass(frozen=True, slots=True)
class Mark:
    """What somebody says of one item: points (taken off, for a deduction), or met / not met, or that it doesn't apply."""

    points: Decimal | None = None
    met: bool | None = None
    applies: bool = True

    @property
    def is_blank(self) -> bool:
        return self.applies and self.points is None and self.met is None

    @property
    def in_words(self) -> str:
        if not self.applies:
            return "不适用"
        if self.met is not None:
            return "满足" if self.met else "不满足"
        return "未评" if self.points is None else f"{plain(self.points)} 分"


def mark_of(score: Score) -> Mark:
    """A stored score: neither points nor met means that the item doesn't apply."""
    return Mark(score.points, score.met, applies=score.points is not None or score.met is not None)


def plain(points: Decimal) -> str:
    """Points without trailing zeros: 12.5, 8, 0."""
    text = f"{points:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def claims(standard: Standard, result: engine.Result) -> dict[int, Mark]:
    """What the answers come to, item by item, in the terms that a reviewer scores in."""
    lines = standards.lines(standard)
    return {line.no: _claim(standard, lines[line.no], line) for line in result.criteria}


def _claim(standard: Standard, line: Criterion, given: engine.CriterionResult) -> Mark:
    if given.state == "not_applicable":
        return Mark(applies=False)
    if standards.is_met_or_not(standard, line):
        return Mark(met=None if given.state == "unanswered" else given.state == "met")
    if given.state == "unanswered":
        return Mark()
    return Mark(points=abs(given.points) if line.kind is Kind.DEDUCTION else given.points)


def most_points(line: Criterion) -> Decimal | None:
    """The most a reviewer may give (or take off); None where the scheme sets no limit."""
    return line.points


def differs(claim: Mark, given: Mark) -> bool:
    """Whether the score needs a reason: anything but what was claimed; nothing claimed counts as nothing earned."""
    if claim.is_blank:
        return bool(given.points) or bool(given.met) or not given.applies
    return (claim.points, claim.met, claim.applies) != (given.points, given.met, given.applies)


def deviates(claim: Mark, given: Mark, possible: Decimal | None, share: Decimal) -> bool:
    """Whether a score is far from the claim: by ``share`` of what the item can give, or the other way about."""
    if given.is_blank:
        return False
    if claim.applies != given.applies:
        return True
    if given.met is not None or claim.met is not None:
        return bool(claim.met) != bool(given.met)
    gap = abs((claim.points or Decimal(0)) - (given.points or Decimal(0)))
    # An item without a maximum is measured by the claim itself.
    whole = possible or claim.points or given.points
    return bool(gap and whole and gap >= share * whole)


def engine_answers(marks: Mapping[int, Mark], values: Mapping[int, Decimal | None]) -> dict[int, engine.Answer]:
    """Marks as the engine reads a score sheet; ``values`` are measured figures, which only the claim has."""
    return {
        no: engine.Answer(applies=mark.applies, met=mark.met, claimed=mark.points, value=values.get(no))
        for no, mark in marks.items()
    }
