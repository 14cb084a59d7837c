"""Lists of inspections, findings and orders, filtered by the address, page by page or whole."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet

from greenhood.accounts.actor import Actor
from greenhood.divisions.models import DIGITS, Division, Level, code_at, span
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.paging import Count, First, Page, by_day, count, first, page
from greenhood.supervision import seeing
from greenhood.supervision.models import Finding, Inspection, Order
from greenhood.supervision.queries import waits

Row = TypeVar("Row", bound=Model)
MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; empty values narrow nothing. ``word`` is a name, or a code or its beginning.

    ``scheme``, ``key``, ``first`` and ``last`` narrow to findings of one check within a span of days (both included), of
    inspections to those that found them; ``whose`` to the orders that wait for the post (``my_orders``).
    """

    state: str = ""
    kind: str = ""
    year: int = 0
    word: str = ""
    severity: str = ""
    criterion: int = 0
    community: int = 0
    inspection: UUID | None = None
    scheme: str = ""
    key: str = ""
    first: dt.date | None = None
    last: dt.date | None = None
    whose: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of a list and how many rows there are in all, up to a limit."""

    page: Page[Any]
    total: Count


def inspections(actor: Actor, filters: Filters, *, after: str = "", before: str = "") -> Listed:
    """The latest first. Two queries."""
    return _listed(_inspections(actor, filters), "begins_on", after, before)


def findings(actor: Actor, filters: Filters, *, after: str = "", before: str = "") -> Listed:
    return _listed(_findings(actor, filters), "found_on", after, before)


def orders(actor: Actor, filters: Filters, *, after: str = "", before: str = "") -> Listed:
    """The first to fall due first."""
    return _listed(_orders(actor, filters), "due_on", after, before, is_descending=False)


def inspections_to_export(actor: Actor, filters: Filters) -> Iterator[Inspection]:
    return _inspections(actor, filters).order_by("-begins_on", "-pk").iterator(chunk_size=2000)


def findings_to_export(actor: Actor, filters: Filters) -> Iterator[Finding]:
    return _findings(actor, filters).order_by("-found_on", "-pk").iterator(chunk_size=2000)


def orders_to_export(actor: Actor, filters: Filters) -> Iterator[Order]:
    return _orders(actor, filters).order_by("due_on", "pk").iterator(chunk_size=2000)


def _listed(found: QuerySet[Row], column: str, after: str, before: str, *, is_descending: bool = True) -> Listed:
    order = by_day(column, is_descending=is_descending)
    return Listed(page(found, order, after=after, before=before), count(found))


def _inspections(actor: Actor, filters: Filters) -> QuerySet[Inspection]:
    found = seeing.inspections(actor).select_related("division", "lead")
    found = found.defer("division__bigrams", "drawn", "checks", "topics")
    if filters.state in Inspection.State.values:
        found = found.filter(state=filters.state)
    if filters.kind in Inspection.Kind.values:
        found = found.filter(kind=filters.kind)
    if filters.year:
        found = found.filter(begins_on__year=filters.year)
    if filters.word:
        found = found.filter(Q(title__contains=filters.word) | Q(division__name__contains=filters.word))
    if filters.key:
        of_check = Filters(
            community=filters.community, scheme=filters.scheme, key=filters.key, first=filters.first, last=filters.last
        )
        found = found.filter(pk__in=_findings(actor, of_check).values("inspection"))
    return found


def _findings(actor: Actor, filters: Filters) -> QuerySet[Finding]:
    found = seeing.findings(actor).select_related("inspection", "community", "order", "inspection__version")
    found = found.exclude(inspection__state=Inspection.State.CANCELLED).defer("community__bigrams")
    if filters.state == "open":
        found = found.filter(Q(order=None) | Q(order__state=Order.State.WITHDRAWN), withdrawn_at=None)
    elif filters.state == "ordered":
        found = found.filter(order__state__in=Order.LIVE, withdrawn_at=None)
    elif filters.state == "done":
        found = found.filter(order__state=Order.State.PASSED, withdrawn_at=None)
    elif filters.state == "withdrawn":
        found = found.filter(withdrawn_at__isnull=False)
    else:
        found = found.filter(withdrawn_at=None)
    if filters.severity in Finding.Severity.values:
        found = found.filter(severity=filters.severity)
    if filters.criterion:
        found = found.filter(criterion=filters.criterion)
    if filters.year:
        found = found.filter(found_on__year=filters.year)
    return _placed(_of_check(found, filters), "community", filters)


def _of_check(found: QuerySet[Finding], filters: Filters) -> QuerySet[Finding]:
    wanted = {
        "inspection": filters.inspection,
        "inspection__version__scheme_id": filters.scheme,
        "key": filters.key,
        "found_on__gte": filters.first,
        "found_on__lte": filters.last,
    }
    return found.filter(**{name: value for name, value in wanted.items() if value})


def _orders(actor: Actor, filters: Filters) -> QuerySet[Order]:
    found = seeing.orders(actor).select_related("issuer", "recipient", "watcher")
    found = found.defer("issuer__bigrams", "recipient__bigrams", "watcher__bigrams")
    today = today_in_shanghai()
    if filters.state in Order.State.values:
        found = found.filter(state=filters.state)
    elif filters.state == "live":
        found = found.filter(state__in=Order.LIVE)
    elif filters.state == "overdue":
        found = found.filter(state__in=Order.OWED, due_on__lt=today)
    elif filters.state == "unchecked":
        found = found.filter(recheck_on__lt=today)
    elif filters.state == "watched":
        found = found.filter(state__in=Order.LIVE, watcher__isnull=False)
    if filters.year:
        found = found.filter(year=filters.year)
    if filters.whose:
        waiting = _waiting(actor, filters.whose)
        found = found.none() if waiting is None else found.filter(pk__in=waiting.values("pk"))
    return _placed(found, "recipient", filters)


def _placed(found: QuerySet[Row], field: str, filters: Filters) -> QuerySet[Row]:
    if filters.community:
        found = found.filter(**{f"{field}__code": filters.community})
    word = filters.word
    if not word:
        return found
    if word.isdecimal() and len(word) <= DIGITS[-1]:
        code = int(word.ljust(DIGITS[-1], "0"))
        low, high = span(code, next(level for level in Level if code_at(code, level) == code))
        return found.filter(**{f"{field}__code__gte": low, f"{field}__code__lt": high})
    return found.filter(**{f"{field}__name__contains": word})


# --- one's own ----------------------------------------------------------------------------------------------------------


def my_sheets(actor: Actor) -> First[Any]:
    found = waits.sheets_to_fill(actor)
    return _mine(found, ("inspection", "community"), ("inspection__ends_on", "community__code"))


def my_orders(actor: Actor, which: str) -> First[Any]:
    """What waits for the post: ``answer``, ``recheck`` or ``watch``; the first to fall due first."""
    return _mine(_waiting(actor, which), ("issuer", "recipient", "watcher"), ("due_on", "pk"))


def _waiting(actor: Actor, which: str) -> QuerySet[Order] | None:
    kinds = {"answer": waits.orders_to_answer, "recheck": waits.orders_to_recheck, "watch": waits.orders_to_watch}
    return kinds[which](actor)


def _mine(found: QuerySet[Any] | None, related: Sequence[str], order: Sequence[str]) -> First[Any]:
    return latest(None if found is None else found.select_related(*related), *order)


def latest(found: QuerySet[Any] | None, *order: str) -> First[Any]:
    """What a page that isn't a list shows of one."""
    return first(found, *order, most=MOST_SHOWN)


# --- for rooms and pages above --------------------------------------------------------------------------------------------


def open_orders(community: Division) -> QuerySet[Order]:
    """Orders to this division that are not done, the first to fall due first. The caller has seen that the actor may look."""
    return Order.objects.filter(recipient=community, state__in=Order.LIVE).order_by("due_on", "pk")


def years(today: dt.date) -> range:
    return range(today.year + 1, 2019, -1)
