"""Which period an entry of a calendar covers, from its words. Plain days."""

from __future__ import annotations

import datetime as dt
import re
from calendar import monthrange
from dataclasses import dataclass

from greenhood.schemes.format import Obligation, Scheme
from greenhood.schemes.timetable import of_obligation

MONTH = re.compile(r"(\d{4})年(\d{1,2})月")
QUARTER = re.compile(r"(\d{4})年第(\d)季度")
YEAR = re.compile(r"(\d{4})年度")


@dataclass(frozen=True, slots=True)
class Period:
    """One time that an entry of a calendar falls due: what it covers, and the day, or the days from ``from_on`` until then."""

    entry: Obligation
    label: str
    begins_on: dt.date
    ends_on: dt.date
    due_on: dt.date
    from_on: dt.date | None = None


def in_year(scheme: Scheme, year: int) -> list[Period]:
    """Everything that falls due within a year under a scheme, by day."""
    found = [
        _period(scheme, entry, due.period, due.day) for entry in scheme.calendar for due in of_obligation(entry, year)
    ]
    return sorted(found, key=lambda period: (period.due_on, period.entry.key))


def _period(scheme: Scheme, entry: Obligation, label: str, due_on: dt.date) -> Period:
    phase = next((phase for phase in scheme.phases if phase.key == entry.phase), None)
    if phase is not None:
        begins_on = min(phase.begins or dt.date(due_on.year, 1, 1), due_on)
        return Period(entry, phase.title[:40], begins_on, phase.ends or due_on, due_on)
    begins_on, ends_on = _span(label, due_on)
    return Period(entry, label, begins_on, ends_on, due_on, _from(entry, due_on))


def _from(entry: Obligation, due_on: dt.date) -> dt.date | None:
    """The first day of a span: 11月下旬 begins on 11-21."""
    if entry.from_month is None or entry.from_day is None:
        return None
    return dt.date(due_on.year, entry.from_month, entry.from_day)


def _span(label: str, due_on: dt.date) -> tuple[dt.date, dt.date]:
    if found := MONTH.fullmatch(label):
        return _months(int(found[1]), int(found[2]), 1)
    if found := QUARTER.fullmatch(label):
        return _months(int(found[1]), int(found[2]) * 3 - 2, 3)
    if found := YEAR.fullmatch(label):
        return dt.date(int(found[1]), 1, 1), dt.date(int(found[1]), 12, 31)
    # Due once: from the beginning of its year.
    return dt.date(due_on.year, 1, 1), due_on


def _months(year: int, first: int, count: int) -> tuple[dt.date, dt.date]:
    last = first + count - 1
    return dt.date(year, first, 1), dt.date(year, last, monthrange(year, last)[1])
