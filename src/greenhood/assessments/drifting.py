"""Where today's facts say otherwise than the figures that an assessment was declared with. The declared score stays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from greenhood.assessments import computed, standards
from greenhood.assessments.computed import Grounds, Key, Verdict
from greenhood.assessments.models import Assessment
from greenhood.indicators.figures import Figure

Kept = dict[str, dict[str, str]]
"""As it is stored: check -> ``{"since": ISO day, "now": verdict}``."""

WORDS: dict[Verdict, str] = {"met": "现在达到", "not_met": "不再达到", "unknown": "现在无法计算"}


@dataclass(frozen=True, slots=True)
class Drift:
    """A check on which today's figure decides otherwise than the declared one. ``since`` is when that was first seen."""

    key: Key
    declared: Figure
    now: Figure
    verdict: Verdict
    since: dt.date

    @property
    def words(self) -> str:
        return WORDS[self.verdict]


def drift_of(
    assessment: Assessment, grounds: Grounds, present: Mapping[str, Figure], today: dt.date
) -> dict[Key, Drift]:
    """The locked checks whose verdict has changed since the declaration. ``present`` are today's figures by indicator."""
    found: dict[Key, Drift] = {}
    for key, check in computed.of_standard(standards.standard_of(assessment)):
        counted, now = grounds.figures.get(key), present.get(str(check.indicator))
        if key not in grounds.frozen or counted is None or now is None or check.threshold is None:
            continue
        threshold = standards.threshold_at(assessment, check.threshold)
        verdict = computed.verdict(threshold, now.value)
        if verdict != computed.verdict(threshold, counted.figure.value):
            found[key] = Drift(key, counted.figure, now, verdict, _since(assessment, key, verdict, today))
    return found


def kept(drifts: Mapping[Key, Drift]) -> Kept | None:
    """As it is stored for lists; None where nothing has changed."""
    found = {
        computed.name_of(key): {"since": one.since.isoformat(), "now": one.verdict}
        for key, one in sorted(drifts.items())
    }
    return found or None


def _since(assessment: Assessment, key: Key, verdict: Verdict, today: dt.date) -> dt.date:
    before = (assessment.drift or {}).get(computed.name_of(key))
    return dt.date.fromisoformat(before["since"]) if before and before["now"] == verdict else today
