"""Whistles: lists, what waits, and the rates of response, resolution and satisfaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, Max, OuterRef, Prefetch, Q, QuerySet
from django.db.models.functions import TruncMonth
from django.utils import timezone

from greenhood.accounts.access import scope
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.coordination import standing
from greenhood.coordination.models import ANSWERABLE, Call, CallState, Whistle, WhistleState
from greenhood.declarations.paging import Count as Counted
from greenhood.declarations.paging import Page, by_time, count, page
from greenhood.divisions.models import Division
from greenhood.gridwork.models import Problem
from greenhood.kit.dates import SHANGHAI, start_of_day
from greenhood.kit.paging import First, first

# Fewer calls than this say nothing about who is better: shown, not ranked.
LEAST_RANKED = 5
SATISFIED = 4
MOST_PROBLEMS = 100
MOST_CALLERS = 200
FIRST_YEAR = 2020


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to; empty values narrow nothing. ``months`` are the first day and the one after the last.

    ``within`` is the span of codes of a division: whistles blown in it.
    """

    state: str = ""
    call: str = ""
    line: str = ""
    division: int | None = None
    caller: int | None = None
    word: str = ""
    months: tuple[dt.date, dt.date] | None = None
    within: tuple[int, int] | None = None


CALLS = {
    "mine": "呼叫我部门的",
    "waiting": "等我报到、处置或确认的",
    "press": "超时未报到，等本级督办的",
    "late": "超时未报到",
    "not_on_time": "没有按时报到（未报到或超时才报到）",
    "unsolved": "未解决",
    "dissatisfied": "评价不满意",
    "pressed": "已督办",
}


def listed(actor: Actor, filters: Filters, *, after: str = "", before: str = "") -> Page[Whistle]:
    """Whistles in the post's scope, the newest first, with their calls. Three queries at most."""
    order = by_time("blown_at", is_descending=True)
    return page(_found(actor, filters).prefetch_related(_CALLS), order, after=after, before=before)


def counted(actor: Actor, filters: Filters) -> Counted:
    return count(_found(actor, filters))


def to_export(actor: Actor, filters: Filters) -> Iterator[Call]:
    """A row for each call of the whistles on the list, read in pieces."""
    wanted = _found(actor, filters).order_by().values("pk")
    found = Call.objects.filter(whistle__in=wanted).select_related("whistle", "division", "caller")
    yield from (
        found.defer("division__bigrams", "caller__bigrams").order_by("-called_at", "pk").iterator(chunk_size=2000)
    )


def whole() -> QuerySet[Whistle]:
    found = Whistle.objects.select_related("division", "community", "version__jurisdiction", "blown_by")
    return found.defer(
        "division__bigrams", "community__bigrams", "version__document", "version__source_text",
        "version__jurisdiction__bigrams",
    ).prefetch_related(_CALLS)  # fmt: skip


_CALLS = Prefetch("calls", Call.objects.select_related("division").defer("division__bigrams"))


def in_scope(actor: Actor) -> Q:
    """What the post may see: of its division, and of a community what concerns it."""
    seen = scope(actor, field="division")
    if actor.post is not None and actor.may(Capability.VIEW):
        seen |= Q(community=actor.post.division)
    return seen


def callers(actor: Actor) -> list[Division]:
    """The streets and counties that have blown the whistle, for the filter."""
    asked = Whistle.objects.filter(division=OuterRef("pk"))
    found = Division.objects.filter(scope(actor, field="")).filter(Exists(asked)).defer("bigrams")
    return list(found.order_by("code")[:MOST_CALLERS])


def _found(actor: Actor, filters: Filters) -> QuerySet[Whistle]:
    found = Whistle.objects.select_related("division", "community").defer("division__bigrams", "community__bigrams")
    found = found.filter(in_scope(actor))
    if filters.state in WhistleState.values:
        found = found.filter(state=filters.state)
    if filters.caller is not None:
        found = found.filter(division=filters.caller)
    if filters.within is not None:
        low, high = filters.within
        found = found.filter(division__code__gte=low, division__code__lt=high)
    if filters.months:
        first, after = filters.months
        found = found.filter(blown_at__gte=start_of_day(first), blown_at__lt=start_of_day(after))
    if calls := _calls(actor, filters):
        found = found.filter(Exists(Call.objects.filter(calls, whistle=OuterRef("pk"))))
    if filters.word:
        about = Q(title__contains=filters.word) | Q(place__contains=filters.word)
        found = found.filter(about | Q(division__name__contains=filters.word))
    return found


def _calls(actor: Actor, filters: Filters) -> Q:
    wanted = Q()
    if filters.line:
        wanted &= Q(line=filters.line)
    if filters.division is not None:
        wanted &= Q(division=filters.division)
    match filters.call:
        case "mine":
            wanted &= _mine(actor)
        case "waiting":
            wanted &= _waiting(actor)
        case "press":
            wanted &= Q(pk__in=_keys(to_press(actor)))
        case "late":
            wanted &= Q(state=CallState.CALLED) & late()
        case "not_on_time":
            wanted &= Q(responded_at__gt=F("respond_by")) | Q(state=CallState.CALLED) & late()
        case "unsolved":
            wanted &= ~Q(state__in=[CallState.SOLVED, CallState.WITHDRAWN])
        case "dissatisfied":
            wanted &= Q(grade__lt=SATISFIED - 1)
        case "pressed":
            wanted &= Q(pressed_at__isnull=False)
    return wanted


def open_problems(division: Division, wanted: UUID | None = None) -> list[Problem]:
    """Recorded problems of a division that are not closed, the latest first: what a whistle may be about.

    At most ``MOST_PROBLEMS``; the ``wanted`` thing is among them even where it is older.
    """
    low, high = division.span
    found = Problem.objects.filter(community__code__gte=low, community__code__lt=high, until=None, closed_on=None)
    found = found.select_related("community").defer("community__bigrams")
    rows = list(found.order_by("-dated", "id")[:MOST_PROBLEMS])
    if wanted is not None and all(row.thing != wanted for row in rows):
        rows += found.filter(thing=wanted)
    return rows


def problem_of(whistle: Whistle) -> Problem | None:
    """The present version of the record that a whistle is about."""
    if whistle.problem is None or whistle.community_id is None:
        return None
    return Problem.objects.filter(community=whistle.community_id, thing=whistle.problem, until=None).first()


# --- what waits -------------------------------------------------------------------------------------------------------


def late() -> Q:
    return Q(respond_by__lt=timezone.now())


def to_answer(actor: Actor) -> QuerySet[Call] | None:
    """Calls that the post's department has to respond to or report on."""
    if actor.post is None or not actor.may(Capability.RESPOND):
        return None
    return Call.objects.filter(_mine(actor), state__in=ANSWERABLE)


def to_confirm(actor: Actor) -> QuerySet[Call] | None:
    """Results that the caller has to confirm."""
    if actor.post is None or not actor.may(Capability.COORDINATE):
        return None
    return Call.objects.filter(caller=actor.post.division, state=CallState.REPORTED)


def to_press(actor: Actor) -> QuerySet[Call] | None:
    """Calls below that nobody responded to in time, and nobody has pressed yet: the upper level's list."""
    if actor.post is None or not actor.may(Capability.COORDINATE):
        return None
    return Call.objects.filter(late(), upper=actor.post.division, state=CallState.CALLED, pressed_at=None)


def overdue_below(actor: Actor, most: int = 50) -> First[Call]:
    """The upper level's list itself, the longest overdue first."""
    found = to_press(actor)
    return First((), 0) if found is None else _first(found, most)


def waiting_for(actor: Actor, most: int = 20) -> First[Call]:
    """The calls that the post has to answer or to confirm, the most urgent first. One query, two where there are more."""
    return _first(Call.objects.filter(_waiting(actor)), most)


def _first(found: QuerySet[Call], most: int) -> First[Call]:
    rows = found.select_related("whistle", "division", "caller").defer("division__bigrams", "caller__bigrams")
    return first(rows, "respond_by", "pk", most=most)


def _waiting(actor: Actor) -> Q:
    waits = Q(pk__in=[])
    if actor.may(Capability.RESPOND):
        waits |= _mine(actor) & Q(state__in=ANSWERABLE)
    if actor.may(Capability.COORDINATE) and actor.post is not None:
        waits |= Q(caller=actor.post.division, state=CallState.REPORTED)
    return waits


def _keys(found: QuerySet[Call] | None) -> QuerySet[Call, Any]:
    return Call.objects.none().values("pk") if found is None else found.values("pk")


def _mine(actor: Actor) -> Q:
    if actor.post is None:
        return Q(pk__in=[])
    return Q(division=actor.post.division, line__in=standing.lines_of(actor.post))


# --- rates ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rates:
    """Of calls of one department, street or month: counts, and the rates made of them.

    ``due`` are calls that were responded to or whose term is over; those still within it say nothing yet.
    """

    calls: int
    due: int
    on_time: int
    solved: int
    graded: int
    satisfied: int
    return_graded: int = 0
    return_satisfied: int = 0

    @property
    def response(self) -> Decimal | None:
        return _share(self.on_time, self.due)

    @property
    def resolution(self) -> Decimal | None:
        return _share(self.solved, self.due)

    @property
    def satisfaction(self) -> Decimal | None:
        return _share(self.satisfied, self.graded)

    @property
    def return_satisfaction(self) -> Decimal | None:
        return _share(self.return_satisfied, self.return_graded)

    @property
    def is_ranked(self) -> bool:
        return self.due >= LEAST_RANKED

    @property
    def merit(self) -> tuple[Decimal, Decimal, Decimal]:
        """What ranks go by: response, then resolution, then satisfaction."""
        nothing = Decimal(0)
        return self.response or nothing, self.resolution or nothing, self.satisfaction or nothing


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table of rates: what it is of, and the values by which the list of whistles finds its calls."""

    title: str
    rates: Rates
    query: dict[str, Any]
    rank: int | None = None


DEFINITION = (
    "按时报到率 = 在期限内报到的 ÷（已报到的 + 期限已过仍未报到的）；解决率 = 吹哨方确认解决的 ÷ 同一分母；"
    "满意率 = 评价为满意、很满意的 ÷ 已评价的。已撤回的不计，还在期限内、尚未报到的不计。"
)


def rates(within: Division, first: dt.date, after: dt.date) -> tuple[Rates, list[Line], list[Line], list[Line]]:
    """Calls of a span of days made within a division: the whole, by department, by caller and by month. Three queries."""
    found = _counted_calls(within, first, after)
    months = [
        Line(f"{month:%Y-%m}", Rates(*numbers), {"from": f"{month:%Y-%m}", "to": f"{month:%Y-%m}"})
        for month, *numbers in _by(found.annotate(month=TruncMonth("called_at", tzinfo=SHANGHAI)), "month")
    ]
    departments = [
        Line(f"{place}{name}" if place else name, Rates(*numbers), {"line": line, "division": division})
        for division, line, place, name, *numbers in _named(found)
    ]
    callers_ = [
        Line(name, Rates(*numbers), {"caller": pk}) for pk, name, *numbers in _by(found, "caller_id", "caller__name")
    ]
    return _sum(line.rates for line in months), ranked(departments), ranked(callers_), months


def ranked(lines: Iterable[Line]) -> list[Line]:
    """The best first, equals with the same rank; then without a rank those with too few calls to say anything of."""
    rows = list(lines)
    judged = sorted((row for row in rows if row.rates.is_ranked), key=lambda row: (_less(row.rates), row.title))
    merits = [row.rates.merit for row in judged]
    return [
        *(Line(row.title, row.rates, row.query, merits.index(row.rates.merit) + 1) for row in judged),
        *sorted((row for row in rows if not row.rates.is_ranked), key=lambda row: (-row.rates.calls, row.title)),
    ]


def _less(one: Rates) -> tuple[Decimal, ...]:
    return tuple(-value for value in one.merit)


# What a figure of the rates counts, by its name in the address. Each is narrowed to one line of a table as well.
COUNTED = {
    "calls": "全部呼叫",
    "due": "应报到的",
    "on_time": "按时报到的",
    "not_on_time": "没有按时报到的",
    "solved": "解决的",
    "unsolved": "没有解决的",
    "graded": "已评价的",
}


@dataclass(frozen=True, slots=True)
class Of:
    """What calls are looked at behind a figure of the rates: within a division and a span of days, of one line of a table."""

    within: Division
    first: dt.date
    after: dt.date
    which: str = "calls"
    line: str = ""
    division: int | None = None
    caller: int | None = None


def calls_of(of: Of, *, after: str = "", before: str = "") -> Page[Call]:
    """The calls that a figure of the rates counts, the latest first."""
    rows = _calls_of(of).select_related("whistle", "division", "caller").defer("division__bigrams", "caller__bigrams")
    return page(rows, by_time("called_at", is_descending=True), after=after, before=before)


def count_calls_of(of: Of) -> Counted:
    return count(_calls_of(of))


def _calls_of(of: Of) -> QuerySet[Call]:
    found = _counted_calls(of.within, of.first, of.after).filter(_which()[of.which])
    for name in ("line", "division", "caller"):
        if value := getattr(of, name):
            found = found.filter(**{name: value})
    return found


def _which() -> dict[str, Q]:
    on_time, due = Q(responded_at__lte=F("respond_by")), Q(responded_at__isnull=False) | late()
    return {
        "calls": Q(),
        "due": due,
        "on_time": on_time,
        "not_on_time": Q(responded_at__gt=F("respond_by")) | Q(responded_at=None) & late(),
        "solved": Q(state=CallState.SOLVED),
        "unsolved": ~Q(state=CallState.SOLVED),
        "graded": Q(grade__isnull=False),
    }


def named(actor: Actor, line: str, division: int | None) -> str:
    """What a department is called that whistles in the post's scope called by this line of work; the line where none did."""
    found = Call.objects.filter(line=line, **({"division": division} if division is not None else {}))
    found = found.filter(whistle__in=Whistle.objects.filter(in_scope(actor)))
    row = found.values_list("division__name", "department").order_by("-called_at").first()
    if row is None:
        return line
    place, name = row
    return f"{place}{name}" if division is not None else name


def _counted_calls(within: Division, first: dt.date, after: dt.date) -> QuerySet[Call]:
    low, high = within.span
    found = Call.objects.filter(caller__code__gte=low, caller__code__lt=high).exclude(state=CallState.WITHDRAWN)
    return found.filter(called_at__gte=start_of_day(first), called_at__lt=start_of_day(after))


def _named(found: QuerySet[Call]) -> list[tuple[Any, ...]]:
    """By department, whatever it was called by: the name used last in the alphabet stands for all."""
    rows = found.order_by("division_id", "line").values_list("division_id", "line")
    named = rows.annotate(place=Max("division__name"), name=Max("department"), **_numbers())
    return list(named.values_list("division_id", "line", "place", "name", *_numbers()))


def _by(found: QuerySet[Call], *columns: str) -> list[tuple[Any, ...]]:
    return list(found.order_by(*columns).values_list(*columns).annotate(**_numbers()))


def _numbers() -> dict[str, Count]:
    which = _which()
    return {
        "calls": Count("pk"),
        **{name: Count("pk", filter=which[name]) for name in ("due", "on_time", "solved", "graded")},
        "satisfied": Count("pk", filter=Q(grade__gte=SATISFIED)),
        "return_graded": Count("pk", filter=Q(return_grade__isnull=False)),
        "return_satisfied": Count("pk", filter=Q(return_grade__gte=SATISFIED)),
    }


def _sum(of: Iterable[Rates]) -> Rates:
    rows: Sequence[Rates] = list(of)
    return Rates(**{name: sum(getattr(row, name) for row in rows) for name in Rates.__slots__})


def _share(part: int, whole: int) -> Decimal | None:
    return Decimal(part) / whole if whole else None
