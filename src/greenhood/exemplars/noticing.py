"""How long a commendation is on notice: as the notice step of the scheme in force says, or a stated default."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from greenhood.kit import dates
from greenhood.schemes.format import Step, StepKind
from greenhood.schemes.models import SchemeVersion, scheme_of

# 评比达标表彰 is put on notice for no less than five working days; where a scheme says nothing, that is what is done.
DEFAULT_DAYS = 5
NO_STEP = "所执行的方案没有规定公示环节，采用默认的 5 个工作日：各地评比表彰的公示通行做法不少于 5 个工作日。发布方案时规定了公示环节的，从其规定。"
NO_SCHEME = "没有执行中的方案，采用默认的 5 个工作日：各地评比表彰的公示通行做法不少于 5 个工作日。"


@dataclass(frozen=True, slots=True)
class Rule:
    """The days of a notice and of an answer to an objection (in working days), and where they come from.

    ``step`` is None where no scheme says so and the default counts.
    """

    days: int
    day_kind: str
    answer_days: int | None
    reason: str
    version: SchemeVersion | None = None
    step: Step | None = None


def rule_of(version: SchemeVersion | None) -> Rule:
    """What the scheme's own procedure asks of a notice before a decision."""
    if version is None:
        return Rule(DEFAULT_DAYS, "working", DEFAULT_DAYS, NO_SCHEME)
    step = next(
        (one for one in scheme_of(version.pk).procedure.steps if one.kind is StepKind.NOTICE and one.days), None
    )
    if step is None or step.days is None:
        return Rule(DEFAULT_DAYS, "working", DEFAULT_DAYS, NO_STEP, version)
    said = f"按《{version.title}》{step.source}“{step.title}”环节的规定"
    return Rule(step.days, step.day_kind, step.answer_days or DEFAULT_DAYS, said, version, step)


def span_of(days: int, day_kind: str, opens: dt.date) -> tuple[dt.date, dt.date]:
    """First and last day of a notice that begins on ``opens`` at the earliest: so many full days, the first included."""
    if day_kind == "calendar":
        return opens, dates.add_calendar_days(opens, days - 1)
    begins = dates.add_working_days(opens - dates.ONE_DAY, 1)
    return begins, dates.add_working_days(begins, days - 1)
