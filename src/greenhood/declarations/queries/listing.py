"""Lists of declarations: what waits for a post, what it awaits, and everything within its division."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.db.models import DateTimeField, F, Q, QuerySet, Value
from django.db.models.functions import Cast, Coalesce

from greenhood.accounts.access import scope
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.declarations import paging, procedure
from greenhood.declarations.models import LIVE, Declaration, Status
from greenhood.declarations.paging import Count, Page
from greenhood.declarations.queries.placing import Placed, at_steps, with_facts
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import DIGITS, Division, Level, span
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes.format import Scheme
from greenhood.schemes.models import SchemeVersion, schemes_of

# What has no due day comes after all that has, by its arrival.
AGES = dt.timedelta(days=365_000)
ACTING = (Capability.DECIDE, Capability.DECLARE)


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; empty values leave it open."""

    status: str = ""
    step: str = ""
    title: str = ""
    year: int | None = None
    within: int | None = None
    scheme: str = ""
    overdue: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a list: the declaration at its step, and where the community lies."""

    placed: Placed
    path: list[str]

    @property
    def declaration(self) -> Declaration:
        return self.placed.declaration

    @property
    def arrived_on(self) -> str:
        """The day on which it came to its step, in Asia/Shanghai."""
        return today_in_shanghai(self.declaration.since).isoformat()

    @property
    def title(self) -> str:
        return self.placed.scheme.title_of(self.declaration.title).title

    @property
    def drifted(self) -> int:
        """On how many checks today's data decide otherwise than when it was declared."""
        return len(self.declaration.drift or {})  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Lines:
    """A page of a list with its count."""

    rows: list[Line]
    page: Page[Declaration]
    count: Count


# --- what waits -------------------------------------------------------------------------------------------------------


def waiting_for(actor: Actor) -> QuerySet[Declaration]:
    """The declarations that wait for this post: at its level, within its division, for its department."""
    if actor.post is None or not any(actor.may(capability) for capability in ACTING):
        return Declaration.objects.none()
    level = actor.post.division.level
    at_level = Declaration.objects.filter(scope(actor), level=level)
    if level == Level.COMMUNITY:
        return at_level.filter(status=Status.RETURNED)
    return at_level.filter(for_department(actor), status=Status.ACTIVE)


def for_department(actor: Actor, field: str = "department") -> Q:
    """Keeps the rows of the post's own department, in whatever words a scheme names it."""
    assert actor.post is not None
    if not actor.post.department:
        return Q()
    schemes = schemes_of(SchemeVersion.objects.values_list("pk", flat=True))
    return Q(**{f"{field}__in": procedure.departments_of(schemes.values(), actor.post.department)})


def awaited_by(actor: Actor) -> QuerySet[Declaration]:
    """Live declarations within the post's division that wait for somebody else."""
    if actor.post is None or not any(actor.may(capability) for capability in ACTING):
        return Declaration.objects.none()
    return Declaration.objects.filter(scope(actor), status__in=LIVE).exclude(level=actor.post.division.level)


def todo(actor: Actor, filters: Filters, *, after: str = "", before: str = "", count: Count | None = None) -> Lines:
    """What waits for the post, by due day, then by age. ``count`` is how many in all, where that is known already."""
    known = count if filters == Filters() else None
    return _by_turn(_filtered(waiting_for(actor), filters), after, before, known)


def awaited(actor: Actor, filters: Filters, *, after: str = "", before: str = "") -> Lines:
    """What the post waits for others to do."""
    return _by_turn(_filtered(awaited_by(actor), filters), after, before)


def _by_turn(found: QuerySet[Declaration], after: str, before: str, count: Count | None = None) -> Lines:
    turn = Coalesce(Cast("due_on", DateTimeField()), F("since") + Value(AGES), output_field=DateTimeField())
    return _lines(found.annotate(turn=turn), paging.by_time("turn"), after, before, count)


# --- everything -------------------------------------------------------------------------------------------------------


def all_within(actor: Actor, filters: Filters) -> QuerySet[Declaration]:
    return _filtered(Declaration.objects.filter(scope(actor)), filters)


def declarations(actor: Actor, filters: Filters, *, after: str = "", before: str = "") -> Lines:
    """Every declaration within the post's division, newest first."""
    return _lines(all_within(actor, filters), paging.by_time("declared_at", is_descending=True), after, before)


def every_line(actor: Actor, filters: Filters, *, chunk: int = 1000) -> Iterator[Line]:
    """Every row of the list for an export, a chunk at a time."""
    order = paging.by_time("declared_at", is_descending=True)
    after = ""
    while True:
        page = paging.page(_with_place(all_within(actor, filters)), order, after=after, size=chunk)
        yield from _as_lines(page.rows)
        if not page.next:
            return
        after = page.next


def _filtered(found: QuerySet[Declaration], filters: Filters) -> QuerySet[Declaration]:
    exact = {
        "status": filters.status,
        "step": filters.step,
        "title": filters.title,
        "year": filters.year,
        "scheme_id": filters.scheme,
    }
    found = found.filter(**{name: value for name, value in exact.items() if value})
    if filters.within:
        found = found.filter(**within(filters.within))
    if filters.overdue:
        found = found.filter(due_on__lt=today_in_shanghai(), status=Status.ACTIVE)
    if filters.text:
        found = found.filter(community__name__contains=filters.text)
    return found


def within(code: int, field: str = "community") -> dict[str, int]:
    """The code range of the division with this 12-digit code, its level read off its zeros."""
    low, high = span(code, level_of_code(code))
    return {f"{field}__code__gte": low, f"{field}__code__lt": high}


def level_of_code(code: int) -> int:
    return next(level for level, digits in enumerate(DIGITS) if code % 10 ** (12 - digits) == 0)


def _lines(
    found: QuerySet[Declaration], order: paging.Order, after: str, before: str, count: Count | None = None
) -> Lines:
    page = paging.page(_with_place(found), order, after=after, before=before)
    return Lines(_as_lines(page.rows), page, count or paging.count(found))


def _with_place(found: QuerySet[Declaration]) -> QuerySet[Declaration]:
    found = with_facts(found).annotate(drift=F("assessment__drift"))
    return found.select_related("community").defer("profile", "community__bigrams")


def _as_lines(rows: Iterable[Declaration]) -> list[Line]:
    rows = list(rows)
    paths = divisions.paths(row.community for row in rows)
    return [Line(one, divisions.spoken(paths[one.declaration.community_id])) for one in at_steps(rows)]


# --- what can be filtered by ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Choices:
    """The words of the filters: steps and titles of the schemes that apply here, the divisions one level down."""

    steps: dict[str, str] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    schemes: dict[str, str] = field(default_factory=dict)
    places: list[Division] = field(default_factory=list)


def choices(actor: Actor) -> Choices:
    if actor.post is None:
        return Choices()
    division = actor.post.division
    newest = SchemeVersion.objects.order_by("scheme_id", "-version").distinct("scheme_id").values_list("pk", flat=True)
    near = [scheme for scheme in schemes_of(newest).values() if _applies(scheme, division)]
    places = [] if division.level == Level.COMMUNITY else list(divisions.children(division).defer("bigrams"))
    return Choices(
        {step.key: step.title for scheme in near for step in scheme.procedure.steps[1:]},
        {title.key: title.title for scheme in near for title in scheme.titles},
        {scheme.id: scheme.title for scheme in near},
        places,
    )


def _applies(scheme: Scheme, division: Division) -> bool:
    low, high = division.span
    from_code, to_code = span(scheme.jurisdiction, level_of_code(scheme.jurisdiction))
    return from_code < high and low < to_code
