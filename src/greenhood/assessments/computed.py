"""Checks that follow from recorded facts: what a figure says of a threshold, and which of several claims counts.

A check that names an indicator and a threshold is computed. Its figure counts, unless the community has claimed
otherwise with a reason and proof (``Override``); where the figure is unknown, what a person filled in counts, and is
marked as such. Unknown never counts as zero. Plain values, no database.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal

from greenhood.assessments import answers
from greenhood.assessments.answers import Fields
from greenhood.assessments.models import Override
from greenhood.indicators.figures import Figure
from greenhood.schemes import engine
from greenhood.schemes.format import Check, Criterion, Standard, Threshold

Key = tuple[int, int]
"""A check: the number of its criterion and its own, from 1."""

Verdict = Literal["met", "not_met", "unknown"]
PLACES = (1, 2, 4, 8)


@dataclass(frozen=True, slots=True)
class Counted:
    """A figure with the day that it was computed for."""

    figure: Figure
    as_of: dt.date


@dataclass(frozen=True, slots=True)
class Grounds:
    """What the computed checks of one assessment rest on: the figures that count, and the community's own claims.

    ``figures`` are those of the declaration where an item is locked, today's where it is open. ``frozen`` says which.
    """

    figures: Mapping[Key, Counted] = field(default_factory=dict)
    claims: Mapping[Key, Override] = field(default_factory=dict)
    frozen: frozenset[Key] = frozenset()

    def known(self, key: Key) -> Figure | None:
        """The figure that is there and counts as data; None where it is unknown."""
        counted = self.figures.get(key)
        return counted.figure if counted is not None and counted.figure.is_known else None

    def claim(self, key: Key) -> Override | None:
        """The claim that stands in for the figure. One that reviewers refused stays in what was declared, and no longer
        counts once the item is open again."""
        claim = self.claims.get(key)
        if claim is None or (claim.ruling == Override.Ruling.REFUSED and key not in self.frozen):
            return None
        return claim


def is_computed(check: Check) -> bool:
    return check.indicator is not None and check.threshold is not None


def of_line(line: Criterion) -> list[tuple[Key, Check]]:
    """The computed checks of one criterion."""
    return [((line.no, number), check) for number, check in enumerate(line.checks, 1) if is_computed(check)]


def of_standard(standard: Standard) -> Iterator[tuple[Key, Check]]:
    for part in standard.parts:
        for line in part.criteria:
            yield from of_line(line)


def indicators(standard: Standard) -> tuple[str, ...]:
    """The indicators that a standard asks for, each once."""
    return tuple(dict.fromkeys(str(check.indicator) for _, check in of_standard(standard)))


def threshold_here(threshold: Threshold, place: engine.Place) -> Threshold:
    """The threshold as it holds for a community on the day of its assessment: the last variant that fits."""
    value = threshold.value
    for case in threshold.cases:
        fits = case.where is None or engine.matches(case.where, place)
        begun = case.begins is None or (place.on is not None and place.on >= case.begins)
        if fits and begun:
            value = case.value
    return threshold.model_copy(update={"value": value, "cases": []})


def verdict(threshold: Threshold, value: Decimal | None) -> Verdict:
    """What a figure says of a threshold as it holds here (without variants)."""
    if value is None:
        return "unknown"
    return "met" if answers.holds(threshold, value) else "not_met"


def effective(line: Criterion, given: Fields, grounds: Grounds) -> Fields:
    """The answer as the engine scores it: a claim with proof, else the figure, else what a person filled in."""
    pairs = of_line(line)
    if not pairs:
        return given
    checks = _as_long(given.checks, len(line.checks))
    values = _as_long(given.values, len(line.checks))
    for key, check in pairs:
        at = key[1] - 1
        if claim := grounds.claim(key):
            checks[at], values[at] = (claim.met, None) if claim.value is None else (None, claim.value)
            # Whoever claims the figure answers for the rest of the sentence too.
            checks[at] = True if check.besides and claim.met is None else checks[at]
        elif figure := grounds.known(key):
            checks[at], values[at] = checks[at] if check.besides else None, figure.value
    return replace(given, checks=tuple(checks), values=tuple(values))


def without_computed(line: Criterion, given: Fields, before: Fields, grounds: Grounds) -> Fields:
    """What a person sent, with the checks that are computed as they were: nobody types over a figure."""
    closed = [key[1] - 1 for key, check in of_line(line) if is_closed(key, check, grounds)]
    if not closed:
        return given
    checks, values = _as_long(given.checks, len(line.checks)), _as_long(given.values, len(line.checks))
    kept, figures = _as_long(before.checks, len(line.checks)), _as_long(before.values, len(line.checks))
    for at in closed:
        checks[at], values[at] = kept[at], figures[at]
    return replace(given, checks=tuple(checks), values=tuple(values))


def is_closed(key: Key, check: Check, grounds: Grounds) -> bool:
    """Whether a check can't be filled in by hand: a figure says all of it, or a claim stands in the place of one."""
    return (grounds.known(key) is not None and not check.besides) or grounds.claim(key) is not None


def shown(value: Decimal, threshold: Threshold | None = None) -> str:
    """A figure for reading: as many decimals as it takes not to look as if it were on the other side of the threshold."""
    for places in PLACES:
        rounded = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
        if threshold is None or answers.holds(threshold, rounded) is answers.holds(threshold, value):
            break
    return f"{_plain(rounded):,f}"


def with_unit(value: Decimal, unit: str, threshold: Threshold | None = None) -> str:
    return f"{shown(value, threshold)}{unit if unit in {'%', '％'} else f' {unit}'}"


def _plain(number: Decimal) -> Decimal:
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize()


def _as_long(values: tuple[Any, ...], length: int) -> list[Any]:
    return [*values[:length], *[None] * (length - len(values))]


# --- figures as they are stored with a declaration ----------------------------------------------------------------------


def stored(counted: Counted) -> dict[str, Any]:
    """A figure as it is kept: numbers as text, days as ISO dates."""
    figure = counted.figure
    return {
        "key": figure.key,
        "value": _text(figure.value),
        "part": _text(figure.part),
        "whole": _text(figure.whole),
        "dated": figure.dated.isoformat() if figure.dated else None,
        "because": figure.because,
        "stale": _text(figure.stale),
        "interval": [_text(bound) for bound in figure.interval] if figure.interval else None,
        "note": figure.note,
        "as_of": counted.as_of.isoformat(),
    }


def read_stored(kept: Mapping[str, Any]) -> Counted:
    interval = kept.get("interval")
    figure = Figure(
        kept["key"],
        _number(kept["value"]),
        part=_number(kept["part"]),
        whole=_number(kept["whole"]),
        dated=dt.date.fromisoformat(kept["dated"]) if kept["dated"] else None,
        because=kept["because"],
        stale=_number(kept["stale"]),
        interval=(Decimal(interval[0]), Decimal(interval[1])) if interval else None,
        note=kept.get("note", ""),
    )
    return Counted(figure, dt.date.fromisoformat(kept["as_of"]))


def name_of(key: Key) -> str:
    """``16.3``: how a check is called in stored figures."""
    return f"{key[0]}.{key[1]}"


def key_of(name: str) -> Key:
    no, _, check = name.partition(".")
    return int(no), int(check)


def _text(number: Decimal | None) -> str | None:
    return None if number is None else f"{number:f}"


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
