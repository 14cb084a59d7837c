"""The calendar of a scheme: what falls due in a year, and what falls due next. Plain days, no clock of its own."""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass

from greenhood.schemes.format import Frequency, Obligation, Scheme

MONTHS = range(1, 13)


@dataclass(frozen=True, slots=True)
class Due:
    """One day on which something of a scheme is due; ``period`` is what a report covers."""

    day: dt.date
    title: str
    kind: str
    who: str
    period: str
    source: str
    obligation: Obligation | None = None


def in_year(scheme: Scheme, year: int) -> list[Due]:
    """Everything that falls due within the year: reports and visits, days of the procedure, dates of goals, revisions."""
    dues = [
        *(due for obligation in scheme.calendar for due in of_obligation(obligation, year)),
        *_of_procedure(scheme, year),
        *_of_goals(scheme, year),
        *_of_standards(scheme, year),
    ]
    return sorted(dues, key=lambda due: due.day)


def next_due(obligation: Obligation, today: dt.date) -> Due | None:
    """The first day on or after today; None for what was due once and is past."""
    return next(
        (due for year in (today.year, today.year + 1) for due in of_obligation(obligation, year) if due.day >= today),
        None,
    )


def of_obligation(obligation: Obligation, year: int) -> list[Due]:
    """The days of one obligation within the year, in order. A day that a month lacks is the month's last."""
    return [
        Due(
            day,
            obligation.title,
            obligation.kind,
            obligation.reporter_title,
            period,
            obligation.source,
            obligation,
        )
        for day, period in _days(obligation, year)
    ]


def _days(obligation: Obligation, year: int) -> Iterator[tuple[dt.date, str]]:
    match obligation.frequency:
        case Frequency.ONCE:
            if obligation.due_date and obligation.due_date.year == year:
                yield obligation.due_date, "一次性"
        case Frequency.MONTHLY:
            for month in MONTHS:
                yield _day(year, month, obligation.due_day or 31), f"{year}年{month}月"
        case Frequency.QUARTERLY:
            yield from _quarters(obligation, year)
        case Frequency.ANNUAL:
            yield (
                _day(year, obligation.due_month or 12, obligation.due_day or 31),
                _year_covered(obligation, year),
            )


def _year_covered(obligation: Obligation, year: int) -> str:
    return f"{year + 1}年度" if obligation.kind == "plan" else f"{year}年度"


def _quarters(obligation: Obligation, year: int) -> Iterator[tuple[dt.date, str]]:
    """Quarters whose report falls due within the year: the fourth one's may fall into the next."""
    after = dt.timedelta(days=obligation.days_after_period or 0)
    for ends_in, quarter in ((year - 1, 4), (year, 1), (year, 2), (year, 3), (year, 4)):
        day = _day(ends_in, quarter * 3, 31) + after
        if day.year == year:
            yield day, f"{ends_in}年第{quarter}季度"


def _of_procedure(scheme: Scheme, year: int) -> Iterator[Due]:
    for batch in scheme.procedure.batches:
        due = batch.declare_by
        if due.month and due.day:
            day = _day(year, due.month, due.day)
            yield Due(
                day,
                f"{batch.title}：申报截止",
                "step",
                scheme.procedure.applicant,
                f"{year}年度",
                scheme.procedure.source,
            )
    declared = {(batch.declare_by.month, batch.declare_by.day) for batch in scheme.procedure.batches}
    for step in scheme.procedure.steps:
        due_by = step.due
        if due_by is None or not (due_by.month and due_by.day):
            continue
        if step.kind == "declare" and (due_by.month, due_by.day) in declared:
            continue
        day = _day(year, due_by.month, due_by.day)
        yield Due(day, step.title, "step", step.department or "", f"{year}年度", step.source)


def _of_goals(scheme: Scheme, year: int) -> Iterator[Due]:
    for goal in scheme.goals:
        if goal.by.year == year:
            yield Due(goal.by, goal.title, "goal", scheme.issuer, f"{year}年", goal.source)


def _of_standards(scheme: Scheme, year: int) -> Iterator[Due]:
    for standard in scheme.standards:
        due = standard.review_due
        if due is not None and due.year == year:
            yield Due(due, f"修订“{standard.title}”", "revision", scheme.issuer, f"{year}年", standard.source)


def _day(year: int, month: int, day: int) -> dt.date:
    return dt.date(year, month, min(day, monthrange(year, month)[1]))
