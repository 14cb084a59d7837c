"""Which period a report covers, from the words of the calendar. Plain days."""

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
WRITTEN = frozenset({"report", "plan", "evaluation"})
"""The kinds of a calendar's entries that end in a document; visits and samples are supervision."""


@dataclass(frozen=True, slots=True)
class Period:
    """One time that an entry of a calendar falls due: what it covers, and the day."""

    entry: Obligation
    label: str
    begins_on: dt.date
    ends_on: dt.date
    due_on: dt.date


def in_year(scheme: Scheme, year: int) -> list[Period]:
    """Every document that falls due within a year under a scheme, by day."""
    found = [
        _period(entry, due.period, due.day)
        for entry in scheme.calendar
        if entry.kind in WRITTEN
        for due in of_obligation(entry, year)
    ]
    return sorted(found, key=lambda period: (period.due_on, period.entry.key))


def _period(entry: Obligation, label: str, due_on: dt.date) -> Period:
    begins_on, ends_on = _span(label, due_on)
    return Period(entry, label, begins_on, ends_on, due_on)


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
