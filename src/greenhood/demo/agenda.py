"""What happens in the demonstration, in the order of time whatever community it concerns, up to now and no further.

Nothing says at which step a community is to wait: it declared so many working days ago, each office takes its time, and
what would come after now simply has not happened yet.
"""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Callable, Iterator
from itertools import count

from greenhood.kit import holidays
from greenhood.kit.dates import ONE_DAY, SHANGHAI, add_working_days, today_in_shanghai

Happens = Callable[[dt.datetime], None]


class Agenda:
    """Things to do, each at its time. Doing one may put more on the agenda, at that time or later."""

    def __init__(self, now: dt.datetime) -> None:
        self.now = now
        self._waiting: list[tuple[dt.datetime, int, Happens]] = []
        self._order = count()
        self._reached: dt.datetime | None = None

    def put(self, when: dt.datetime, what: Happens) -> None:
        assert self._reached is None or when >= self._reached, f"{when} is over"
        if when <= self.now:
            heapq.heappush(self._waiting, (when, next(self._order), what))

    def run(self) -> Iterator[dt.datetime]:
        """Do everything in turn; after each thing, when it was."""
        while self._waiting:
            self._reached, _, what = heapq.heappop(self._waiting)
            what(self._reached)
            yield self._reached


class Days:
    """Working days counted back from now: 0 is today, or the last working day where offices are closed today."""

    def __init__(self, now: dt.datetime) -> None:
        self._found = [on_or_before(today_in_shanghai(now))]

    def ago(self, number: int) -> dt.date:
        while len(self._found) <= number:
            self._found.append(on_or_before(self._found[-1] - ONE_DAY))
        return self._found[number]

    def at(self, number: int, minutes: int = 0) -> dt.datetime:
        """So many minutes after the offices open, that many working days ago."""
        return opening(self.ago(number), minutes)


def on_or_before(day: dt.date) -> dt.date:
    """The day itself if offices are open, else the last working day before it."""
    calendar = holidays.current()
    while not calendar.is_working_day(day):
        day -= ONE_DAY
    return day


def opening(day: dt.date, minutes: int = 0) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(9), SHANGHAI) + dt.timedelta(minutes=minutes)


def later(at: dt.datetime, working_days: int, minutes: int = 0) -> dt.datetime:
    """So many working days after that day, so many minutes after the offices open."""
    return opening(add_working_days(today_in_shanghai(at), working_days), minutes)
