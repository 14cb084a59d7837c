"""What is owed, what was filed, how complete and how timely, for a post, a division and every division below it."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import connection
from django.db.models import F, Q, QuerySet

from greenhood.accounts import waiting
from greenhood.accounts.access import scope
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.declarations.paging import Page, by_day, page
from greenhood.divisions.models import Division, Level, code_at, span
from greenhood.insight.queries import lower_divisions
from greenhood.kit.dates import today_in_shanghai
from greenhood.reporting.models import DOCUMENTS, DUTIES, OWED, ROUNDS, Kind, Obligation, State
from greenhood.schemes.models import schemes_of
from greenhood.schemes.queries import newest

SOON = dt.timedelta(days=30)
# Fewer obligations than this say nothing about who is better: shown, not ranked.
LEAST_RANKED = 3
CODE_LENGTH = 12
WITH_FILES = "reporting.obligation"
# What a list shows beside the states: as the figures of completeness count, and what came in late.
AS_COUNTED = {
    "due": "到期应报",
    "came_in": "到期已报",
    "on_time": "按时报送",
    "overdue": "逾期未报",
    "undone": "逾期未开展",
}
_LATE = Q(filed_at__date__gt=F("deadline"))


def with_places() -> QuerySet[Obligation]:
    """Reports with what a list says of them, without the words that are being written."""
    found = Obligation.objects.select_related("reporter", "receiver")
    return found.defer("reporter__bigrams", "receiver__bigrams", "texts", "typed", "returned", "reasons")


def with_version() -> QuerySet[Obligation]:
    """Reports with all that their own page needs; a scheme is read once a process, not with each of them."""
    found = Obligation.objects.select_related("reporter", "receiver", "version__jurisdiction")
    long = ("version__document", "version__source_text")
    return found.defer("reporter__bigrams", "receiver__bigrams", *long)


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of a year is narrowed to; empty values narrow nothing. ``entry`` is "scheme/entry", ``word`` is a name, or a code or its
    beginning, which stands for everything in that division.
    """

    year: int
    state: str = ""
    entry: str = ""
    level: int | None = None
    word: str = ""
    kind: str = ""


def of_division(actor: Actor, filters: Filters, *, after: str = "", before: str = "") -> Page[Obligation]:
    """What divisions in the post's scope owe in a year, by day."""
    return page(_listed(actor, filters), by_day("deadline"), after=after, before=before)


def to_export(actor: Actor, filters: Filters) -> Iterator[Obligation]:
    """The same list whole, read in pieces."""
    return _listed(actor, filters).order_by("deadline", "pk").iterator(chunk_size=2000)


def entries_of(division: Division) -> list[tuple[str, str]]:
    """The documents that the schemes above and within a division ask for: the filter's value and its words. Two queries."""
    versions = [
        version
        for version in newest().select_related("jurisdiction")
        if version.jurisdiction.contains(division) or division.contains(version.jurisdiction)
    ]
    schemes = schemes_of(version.pk for version in versions)
    found = [
        (f"{version.scheme_id}/{entry.key}", entry.title, version.jurisdiction.name)
        for version in versions
        for entry in schemes[version.pk].calendar
    ]
    titles = Counter(title for _, title, _ in found)
    return sorted((key, title if titles[title] == 1 else f"{title}（{place}）") for key, title, place in found)


def _listed(actor: Actor, filters: Filters) -> QuerySet[Obligation]:
    found = with_places().filter(scope(actor, field="reporter"), year=filters.year)
    if filters.state in State.values:
        found = found.filter(state=filters.state)
    elif filters.state in AS_COUNTED:
        found = found.filter(_as_counted(filters.state, today_in_shanghai()))
    elif filters.state == "late":
        found = found.filter(_LATE)
    if filters.entry:
        scheme, _, entry = filters.entry.partition("/")
        found = found.filter(scheme_id=scheme, entry=entry)
    if filters.kind in Kind.values:
        found = found.filter(kind=filters.kind)
    if filters.level is not None:
        found = found.filter(reporter__level=filters.level)
    return _named(found, filters.word.strip())


def _as_counted(state: str, today: dt.date) -> Q:
    """What a figure of ``Completeness`` counts until today."""
    is_over = Q(deadline__lt=today)
    if state == "undone":
        return Q(kind__in=DUTIES, filed_at=None) & is_over
    documents = Q(kind__in=DOCUMENTS)
    if state == "overdue":
        return documents & is_over & Q(filed_at=None)
    came_in = documents & Q(deadline__lte=today, filed_at__isnull=False)
    if state == "due":
        return came_in | documents & is_over
    return came_in & ~_LATE if state == "on_time" else came_in


def _named(found: QuerySet[Obligation], word: str) -> QuerySet[Obligation]:
    if not word:
        return found
    if word.isdecimal() and len(word) <= CODE_LENGTH:
        code = int(word.ljust(CODE_LENGTH, "0"))
        level = next(level for level in Level if code_at(code, level) == code)
        low, high = span(code, level)
        return found.filter(reporter__code__gte=low, reporter__code__lt=high)
    return found.filter(reporter__name__contains=word)


def due_together(obligation: Obligation) -> list[Obligation]:
    """What the same reporter owes the same receiver by the same day: a year's report and the next year's plan."""
    found = with_places().filter(
        reporter=obligation.reporter_id,
        receiver=obligation.receiver_id,
        due_on=obligation.due_on,
        scheme_id=obligation.scheme_id,
        kind__in=DOCUMENTS,
    )
    return list(found.exclude(pk=obligation.pk).order_by("entry")[:5]) if obligation.kind in DOCUMENTS else []


def to_carry_out(actor: Actor, *, today: dt.date) -> list[Obligation]:
    """The visits and samples that the post's own division has to carry out: overdue, or due within 30 days."""
    found = _to_carry_out(actor, today, with_places())
    return [] if found is None else list(found.order_by("deadline", "pk")[:50])


def is_round_of(division: Division, pk: UUID) -> bool:
    """Whether a division carries out such a visit or sample: files go with it."""
    return Obligation.objects.filter(pk=pk, reporter=division, kind__in=ROUNDS).exists()


def carried_out_at(division: Division, *, year: int) -> list[Obligation]:
    """The visits, samples and appraisals of a year that are about a division or its own scheme, by day."""
    found = with_places().filter(year=year, kind__in=DUTIES)
    about = Q(receiver=division) | Q(version__jurisdiction=division)
    return list(found.filter(about).exclude(reporter=division).order_by("deadline", "pk")[:50])


def owed_by(actor: Actor, *, today: dt.date) -> list[Obligation]:
    """What the post's own division has to file: overdue, returned, or due within 30 days."""
    found = _owed(actor, today, with_places())
    return [] if found is None else list(found.order_by("deadline", "pk")[:50])


def to_receive(actor: Actor) -> list[Obligation]:
    """What was filed with the post's own division and waits to be looked at, the first filed first."""
    found = _received(actor, with_places())
    return [] if found is None else list(found.order_by("filed_at", "pk")[:50])


def _owed(actor: Actor, today: dt.date, of: QuerySet[Obligation] | None = None) -> QuerySet[Obligation] | None:
    if actor.post is None or not actor.may(Capability.REPORT):
        return None
    rows = Obligation.objects.all() if of is None else of
    found = rows.filter(reporter=actor.post.division, state__in=OWED, begins_on__lte=today)
    return found.exclude(kind__in=ROUNDS).filter(Q(deadline__lte=today + SOON) | Q(state=State.RETURNED))


def _to_carry_out(actor: Actor, today: dt.date, of: QuerySet[Obligation] | None = None) -> QuerySet[Obligation] | None:
    if actor.post is None or not actor.may(Capability.REPORT):
        return None
    rows = Obligation.objects.all() if of is None else of
    return rows.filter(
        reporter=actor.post.division,
        state=State.OPEN,
        kind__in=ROUNDS,
        begins_on__lte=today,
        deadline__lte=today + SOON,
    )


def _received(actor: Actor, of: QuerySet[Obligation] | None = None) -> QuerySet[Obligation] | None:
    if actor.post is None or not actor.may(Capability.REPORT):
        return None
    rows = Obligation.objects.all() if of is None else of
    return rows.filter(receiver=actor.post.division, state=State.FILED)


WAITING = (
    waiting.Kind(
        "reports_to_file",
        "等我报送",
        "份",
        "reporting:reports",
        lambda actor: _owed(actor, today_in_shanghai()),
        late=lambda: Q(filed_at=None, deadline__lt=today_in_shanghai()),
        anchor="owed",
    ),
    waiting.Kind(
        "rounds_to_carry_out",
        "等我开展的考察、抽样",
        "项",
        "reporting:reports",
        lambda actor: _to_carry_out(actor, today_in_shanghai()),
        late=lambda: Q(filed_at=None, deadline__lt=today_in_shanghai()),
        anchor="rounds",
    ),
    waiting.Kind(
        "reports_to_receive",
        "等我接收的报告",
        "份",
        "reporting:reports",
        _received,
        anchor="receive",
    ),
)


@dataclass(frozen=True, slots=True)
class Completeness:
    """How many documents one division and everything below it owed by a day, and what had come of them by then.

    What is due on a day that isn't over is owed once it was filed: nobody is overdue on the last day.
    ``excused`` were filed late only because reports from below came in late; those below are charged with it. ``duties`` are the visits,
    samples and appraisals to carry out, counted apart: ``carried_out`` of them were, ``carried_out_in_time`` by their day.
    """

    division: Division
    owed: int
    filed: int
    on_time: int
    excused: int
    returned: int
    overdue: int
    duties: int = 0
    carried_out: int = 0
    carried_out_in_time: int = 0

    @property
    def duties_overdue(self) -> int:
        return self.duties - self.carried_out

    @property
    def complete(self) -> Decimal | None:
        return None if not self.owed else Decimal(self.filed) / self.owed

    @property
    def timely(self) -> Decimal | None:
        return None if not self.owed else Decimal(self.on_time + self.excused) / self.owed

    @property
    def merit(self) -> tuple[Decimal, Decimal]:
        """What ranks go by: timeliness, then completeness."""
        return self.timely or Decimal(0), self.complete or Decimal(0)

    @property
    def is_ranked(self) -> bool:
        return self.owed >= LEAST_RANKED


def completeness(within: Division, *, year: int, by: dt.date) -> tuple[Completeness, list[Completeness]]:
    """What fell due in a year until a day: a division as a whole, and each one directly below it. Three queries."""
    lower = lower_divisions(within)
    # Counted by the leading digits that tell the lower ones apart, and put together by place here.
    depth = max((each.level for each in lower), default=within.level)
    found: dict[int | None, dict[str, int]] = defaultdict(lambda: dict(_NOTHING))
    ends = [each.span[1] for each in lower]
    for code, *numbers in _counted(within, year, by, depth):
        nearest = bisect_right(ends, code)
        place = lower[nearest].pk if nearest < len(lower) and code >= lower[nearest].code else None
        for name, number in zip(_NOTHING, numbers, strict=True):
            found[place][name] += number
    whole = {name: sum(row[name] for row in found.values()) for name in _NOTHING}
    return Completeness(within, **whole), [Completeness(each, **found[each.pk]) for each in lower]


def completeness_of(division: Division, *, year: int, by: dt.date) -> Completeness:
    """What fell due in a year until a day for a division and everything below it. One query."""
    rows = _counted(division, year, by, division.level)
    sums = [sum(column) for column in zip(*(numbers for _, *numbers in rows), strict=True)] or [0] * len(_NOTHING)
    return Completeness(division, **dict(zip(_NOTHING, sums, strict=True)))


def ranked(rows: Iterable[Completeness]) -> list[tuple[int | None, Completeness]]:
    """The best first, equals with the same rank; then without a rank those that owed too little to say anything of."""
    owing = [row for row in rows if row.owed]
    judged = sorted(
        (row for row in owing if row.is_ranked), key=lambda row: (-row.merit[0], -row.merit[1], row.division.code)
    )
    merits = [row.merit for row in judged]
    return [
        *((merits.index(row.merit) + 1, row) for row in judged),
        *((None, row) for row in owing if not row.is_ranked),
    ]


def _counted(within: Division, year: int, by: dt.date, depth: int) -> list[tuple[int, ...]]:
    """By the code of a division at a level: the numbers of ``Completeness``. One query."""
    low, high = within.span
    _, width = span(0, depth)
    over = by + dt.timedelta(days=1) if by < today_in_shanghai() else by
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, {"year": year, "by": by, "over": over, "low": low, "high": high, "width": width})
        return cursor.fetchall()


# An id is a division's first code, and few have another by now: reading those spares a join with all divisions.
# A division's own reports (its code is the lowest within) count for it, not for the first of those below.
_COUNTS = """
    with moved as materialized (
        select distinct d.id, d.code from divisions_divisioncode c join divisions_division d on d.id = c.division_id
    ), due as (
        select o.*, coalesce(m.code, o.reporter_id) as code, o.kind in ('appraisal', 'visit', 'sample') as is_duty,
            case when (o.filed_at at time zone 'Asia/Shanghai')::date <= %(by)s
                then (o.filed_at at time zone 'Asia/Shanghai')::date end as came_in
        from reporting_obligation o left join moved m on m.id = o.reporter_id
        where o.year = %(year)s and o.deadline <= %(by)s
    ), owed as (
        select * from due where deadline < %(over)s or came_in is not null
    )
    select case when o.code = %(low)s then -1 else o.code / %(width)s * %(width)s end as place,
        count(*) filter (where not is_duty), count(o.came_in) filter (where not is_duty),
        count(*) filter (where not is_duty and o.came_in <= o.deadline),
        count(*) filter (where case when o.came_in > o.deadline and not is_duty then exists (
            select from reporting_obligation l
            where l.receiver_id = o.reporter_id and l.period = o.period and l.year = o.year and l.id <> o.id
                and l.kind in ('report', 'plan', 'evaluation') and (l.kind = 'plan') = (o.kind = 'plan')
                and l.deadline <= o.deadline
                and coalesce((l.filed_at at time zone 'Asia/Shanghai')::date, %(by)s) > o.deadline
                and coalesce((l.filed_at at time zone 'Asia/Shanghai')::date, %(by)s) + (o.deadline - l.deadline) >= o.came_in
        ) end),
        count(*) filter (where not is_duty and o.state = 'returned'),
        count(*) filter (where not is_duty and o.came_in is null),
        count(*) filter (where is_duty), count(o.came_in) filter (where is_duty),
        count(*) filter (where is_duty and o.came_in <= o.deadline)
    from owed o
    where o.code >= %(low)s and o.code < %(high)s
    group by place"""

_NOTHING = dict.fromkeys(
    ("owed", "filed", "on_time", "excused", "returned", "overdue", "duties", "carried_out", "carried_out_in_time"), 0
)
