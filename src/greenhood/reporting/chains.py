"""Chains of deadlines: a report upward rests on the reports from below, and lateness is charged to the link that caused it.

A report's lower links are those that its reporter receives for the same period of the same year, its upper link the one that its receiver
owes in turn. The time between the lower day and the upper one is what the schemes leave for putting together. Periods of different length
don't join: a month's report says how the month went, and a year's that needs parts from below is handed down (``actions.hand_down``).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q

from greenhood.kit import holidays
from greenhood.kit.dates import ONE_DAY, today_in_shanghai
from greenhood.reporting.models import DOCUMENTS, Kind, Obligation

WORKING_DAYS_BEFORE = 10


@dataclass(frozen=True, slots=True)
class Charge:
    """Whose lateness it is. ``days`` late in all, ``own`` of them by the reporter itself; ``causes`` came in too late below."""

    days: int
    own: int
    causes: Sequence[Obligation] = ()

    @property
    def below(self) -> int:
        return self.days - self.own

    @property
    def is_excused(self) -> bool:
        """Late only because of others."""
        return self.days > 0 and self.own == 0


@dataclass(frozen=True, slots=True)
class Link:
    """One step of a chain, the lowest first: how many reports, by which day, and how many days the next step has after it."""

    title: str
    receiver: str
    deadline: dt.date
    owed: int
    filed: int
    late: int
    slack: int | None
    is_this: bool = False

    @property
    def is_too_tight(self) -> bool:
        """The step above falls due before this one does."""
        return self.slack is not None and self.slack < 0

    @property
    def slack_before(self) -> int:
        """By how many days the step above falls due too early."""
        return max(-(self.slack or 0), 0)


def suggested(deadline: dt.date, today: dt.date) -> dt.date | None:
    """The day to suggest for those below an upper day: ten working days before it; None where there is no time left."""
    day, left = deadline, WORKING_DAYS_BEFORE
    while left:
        day -= ONE_DAY
        left -= holidays.current().is_working_day(day)
    return max(day, today) if today < deadline else None


def below(obligation: Obligation) -> list[Obligation]:
    """What the reporter receives of the same sort for the same period, by day. One query; none for what isn't filed upward."""
    if obligation.kind not in DOCUMENTS:
        return []
    found = Obligation.objects.filter(
        _same_sort(obligation.kind),
        receiver=obligation.reporter_id,
        period=obligation.period,
        year=obligation.year,
    ).exclude(reporter=obligation.reporter_id)
    brief = found.select_related("reporter", "receiver").defer("reporter__bigrams", "receiver__bigrams", "texts")
    return list(brief.order_by("deadline", "reporter__code"))


def above(obligation: Obligation) -> Obligation | None:
    """What the receiver owes in turn for the same period, the first due of several. One query at most."""
    if obligation.kind not in DOCUMENTS:
        return None
    found = Obligation.objects.filter(
        _same_sort(obligation.kind),
        reporter=obligation.receiver_id,
        period=obligation.period,
        year=obligation.year,
    ).exclude(receiver=obligation.receiver_id)
    return found.select_related("reporter", "receiver").order_by("deadline", "pk").first()


def _same_sort(kind: str) -> Q:
    """Plans rest on plans; reports and evaluations on one another."""
    return Q(kind=Kind.PLAN) if kind == Kind.PLAN else Q(kind__in=[Kind.REPORT, Kind.EVALUATION])


def chain(obligation: Obligation, lower: Sequence[Obligation], *, today: dt.date) -> list[Link]:
    """The steps that a report stands among, the lowest first; only itself where nobody else has to do with it."""
    upper = above(obligation)
    by_entry: dict[tuple[str, str], list[Obligation]] = defaultdict(list)
    for row in lower:
        by_entry[row.scheme_id, row.entry].append(row)
    links = [_link(rows, today, next_on=obligation.deadline) for rows in by_entry.values()]
    links.append(_link([obligation], today, next_on=upper.deadline if upper else None, is_this=True))
    if upper:
        links.append(_link([upper], today, next_on=None))
    return links


def _link(rows: Sequence[Obligation], today: dt.date, *, next_on: dt.date | None, is_this: bool = False) -> Link:
    # A day extended for one division alone doesn't move the step.
    deadline = rows[0].deadline if len(rows) == 1 else min(row.due_on for row in rows)
    first = rows[0]
    who = first.reporter.name if len(rows) == 1 else f"{len(rows)} 个下级"
    return Link(
        title=f"{who}报送{first.title}",
        receiver=first.receiver.name,
        deadline=deadline,
        owed=len(rows),
        filed=sum(row.filed_at is not None for row in rows),
        late=sum(days_late(row, today) > 0 for row in rows),
        slack=(next_on - deadline).days if next_on else None,
        is_this=is_this,
    )


def days_late(row: Obligation, today: dt.date) -> int:
    """Days after the deadline until it was first filed, or until today where it was not."""
    return max((_came_in(row, today) - row.deadline).days, 0)


def charges(rows: Iterable[Obligation], *, today: dt.date) -> dict[object, Charge]:
    """Of the late ones among these reports, by key, whose lateness it is. One query, whatever their number."""
    late = {row.pk: row for row in rows if days_late(row, today) and row.kind in DOCUMENTS}
    if not late:
        return {}
    wanted = {(row.reporter_id, row.period, row.year) for row in late.values()}
    found = Obligation.objects.filter(
        receiver__in={receiver for receiver, _, _ in wanted},
        period__in={period for _, period, _ in wanted},
        year__in={year for _, _, year in wanted},
        kind__in=DOCUMENTS,
    ).filter(Q(filed_at=None, deadline__lt=today) | Q(filed_at__isnull=False))
    lower: dict[tuple[int, str, int], list[Obligation]] = defaultdict(list)
    for each in found.select_related("reporter"):
        lower[each.receiver_id, each.period, each.year].append(each)
    return {pk: charge(row, lower[row.reporter_id, row.period, row.year], today=today) for pk, row in late.items()}


def charge(row: Obligation, lower: Iterable[Obligation], *, today: dt.date) -> Charge:
    """Whose lateness a late report is.

    Below are charged those that were themselves late and came in after the upper day (or have not). After the last of them the reporter has
    as many days as the schemes leave between the two days; what goes beyond is its own.
    """
    days = days_late(row, today)
    causes = [
        each
        for each in lower
        if each.pk != row.pk
        and (each.kind == Kind.PLAN) == (row.kind == Kind.PLAN)
        and each.deadline <= row.deadline
        and days_late(each, today)
        and _came_in(each, today) > row.deadline
    ]
    if not days or not causes:
        return Charge(days, days)
    ready = max(_came_in(each, today) + (row.deadline - each.deadline) for each in causes)
    return Charge(days, max((_came_in(row, today) - ready).days, 0), tuple(causes))


def _came_in(row: Obligation, today: dt.date) -> dt.date:
    return today_in_shanghai(row.filed_at) if row.filed_at else today
