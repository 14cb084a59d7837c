"""How a community of the demonstration fills in its self-assessment: answers, figures that fit them, and drawn photos."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO

from greenhood.accounts.actor import Actor
from greenhood.assessments import answers, standards
from greenhood.assessments.actions import answers as answering
from greenhood.assessments.actions import evidence
from greenhood.assessments.answers import Fields
from greenhood.assessments.models import Assessment
from greenhood.demo import drawing
from greenhood.divisions.models import Division
from greenhood.schemes.format import Check, Criterion, Proof, Standard, Threshold

PHOTOS = 2
# What is measured in any amount; everything else is counted.
MEASURED = ("%", "平方米/人")
DONE = "（演示说明）本项要求已落实，情况见证明材料。"
TO_DO = "（演示说明）部分要求还在落实，预计下季度完成。"


@dataclass(frozen=True)
class Manner:
    """How well a community does and how far it has filled in; ``borrows`` names one whose photo it uses again."""

    quality: float = 0.95
    is_complete: bool = True
    photos: int = PHOTOS
    borrows: Division | None = None


def start(community: Division, *, year: int, by: Actor, at: dt.datetime) -> Assessment:
    assessment = answering.start(community, year=year, by=by, at=at)
    # Before anything rests on it: declarations and awards take the mark from here.
    Assessment.objects.filter(pk=assessment.pk).update(is_demonstration=True)
    return Assessment.objects.select_related("community", "version").get(pk=assessment.pk)


def fill_in(assessment: Assessment, manner: Manner, *, by: Actor, at: dt.datetime) -> None:
    chance = random.Random(f"{assessment.community.code}-{assessment.year}")
    standard = standards.standard_of(assessment)
    given = {
        no: (_fields(standard, line, manner.quality, chance), 0)
        for no, line in standards.lines(standard).items()
        if manner.is_complete or chance.random() < 0.75
    }
    _, refused = answering.save_answers(assessment, filled=given, by=by, at=at)
    assert not refused, refused


def _fields(standard: Standard, line: Criterion, quality: float, chance: random.Random) -> Fields:
    asked = answers.asked(standard, line)
    good = [chance.random() < quality for _ in line.checks] or [chance.random() < quality]
    share = Decimal(sum(good)) / len(good)
    return Fields(
        met=all(good) if "met" in asked else None,
        checks=tuple(good) if "checks" in asked and line.checks else (),
        claimed=((line.points or Decimal(0)) * share).quantize(Decimal("0.5")) if "claimed" in asked else None,
        values=tuple(_figure(check, fits) for check, fits in zip(line.checks, good, strict=False)),
        note=(DONE if all(good) else TO_DO) if chance.random() < 0.4 else "",
    )


def _figure(check: Check, fits: bool) -> Decimal | None:
    """A figure on the right side of the threshold, where there is one that holds for every community."""
    threshold = check.threshold
    if threshold is None or threshold.cases:
        return None
    return next((figure for figure in _candidates(threshold) if answers.holds(threshold, figure) is fits), None)


def _candidates(threshold: Threshold) -> list[Decimal]:
    if threshold.unit in MEASURED:
        near = [threshold.value * factor for factor in (Decimal("1.1"), Decimal(1), Decimal("0.8"), Decimal("1.3"))]
        return [figure.quantize(Decimal("0.1")) for figure in (*near, Decimal(20)) if _is_possible(threshold, figure)]
    return [figure for figure in (threshold.value, threshold.value + 1, threshold.value - 1) if figure >= 0]


def _is_possible(threshold: Threshold, figure: Decimal) -> bool:
    return threshold.unit != "%" or figure <= 100


def photograph(assessment: Assessment, manner: Manner, *, by: Actor, at: dt.datetime) -> None:
    """Attach the photos, the first of them for the public to see once there is a notice or an award."""
    answered = set(assessment.answer_rows.values_list("criterion", flat=True))
    every = standards.lines(standards.standard_of(assessment))
    lines = {no: line for no, line in every.items() if no in answered}
    taken = at - dt.timedelta(days=1, minutes=35)
    for number, no in enumerate(_photographed(lines, manner.photos)):
        title = lines[no].title
        if number == 0 and manner.borrows is not None:
            photo = drawing.copied(_photo(title, manner.borrows, no, taken), taken=taken)
        else:
            photo = _photo(title, assessment.community, no, taken)
        name = f"{title[:20]}.jpg"
        piece = evidence.attach(assessment, criterion=no, file=BytesIO(photo), name=name, by=by, at=at).evidence
        if number == 0:
            caption = f"{title[:40]}（{drawing.WORDS}）"
            evidence.describe_evidence(piece, caption=caption, is_public=True, by=by, at=at)


def _photographed(lines: dict[int, Criterion], count: int) -> list[int]:
    """Items that a photo can prove, spread over the standard: the same wherever all are answered."""
    fitting = [no for no, line in lines.items() if any(Proof.PHOTO in check.evidence for check in line.checks)]
    chosen = fitting or sorted(lines)
    return chosen[:: max(1, len(chosen) // count)][:count]


def _photo(title: str, place: Division, no: int, taken: dt.datetime) -> bytes:
    return drawing.scene(title, place.name, seed=f"{place.code}-{no}-{taken.year}", taken=taken)
