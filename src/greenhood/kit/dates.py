"""Days and deadlines. A deadline is a date in Asia/Shanghai and lasts until the end of that day there."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from django.utils import timezone

from greenhood.kit import holidays

SHANGHAI = ZoneInfo("Asia/Shanghai")
ONE_DAY = dt.timedelta(days=1)


def today_in_shanghai(now: dt.datetime | None = None) -> dt.date:
    return (now or timezone.now()).astimezone(SHANGHAI).date()


def start_of_day(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.min, SHANGHAI)


def end_of_day(day: dt.date) -> dt.datetime:
    """The first moment after the day: compare with `<`."""
    return start_of_day(day + ONE_DAY)


def has_passed(deadline: dt.date, now: dt.datetime | None = None) -> bool:
    return today_in_shanghai(now) > deadline


def add_calendar_days(day: dt.date, count: int) -> dt.date:
    """The last of so many calendar days that begin the day after."""
    return day + dt.timedelta(days=count)


def add_working_days(day: dt.date, count: int) -> dt.date:
    """The last of so many working days that begin the day after; the day itself for none.

    Years without a published arrangement count Monday to Friday; `holidays.note` says so to people.
    """
    calendar = holidays.current()
    while count > 0:
        day += ONE_DAY
        count -= calendar.is_working_day(day)
    return day


def working_days_between(first: dt.date, last: dt.date) -> int:
    """How many working days lie in the span, both ends included; 0 where it is empty."""
    calendar = holidays.current()
    days = (last - first).days + 1
    return sum(calendar.is_working_day(first + dt.timedelta(days=number)) for number in range(days))
