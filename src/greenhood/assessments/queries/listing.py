"""How far the communities of a post are with their self-assessments."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import (
    BooleanField,
    Case,
    Count,
    Exists,
    F,
    FilteredRelation,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Mod

from greenhood.accounts.access import scope
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.assessments.models import Answer, Evidence
from greenhood.divisions.models import Division, Level, span

PAGE = 50
MOST_COUNTED = 10_000
STATES = {
    "none": "未开始",
    "open": "填写中",
    "complete": "已填完，未申报",
    "returned": "退回修改",
    "locked": "已申报锁定",
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to; empty means any. ``under`` is the 12-digit code of a division."""

    year: int
    state: str = ""
    reached: str = ""
    under: Division | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One community and its self-assessment of the year, if begun."""

    community: int
    code: int
    name: str
    street: str
    county: str
    assessment: UUID | None
    total: Decimal | None
    maximum: Decimal | None
    reached: str
    answered: int
    asked: int
    missed: list[int] | None
    drift: dict[str, object] | None
    locked_at: dt.datetime | None
    is_returned: bool
    is_simulated: bool
    is_demonstration: bool
    evidence: int = 0

    @property
    def state(self) -> str:
        if self.assessment is None:
            return "none"
        if self.is_returned:
            return "returned"
        if self.locked_at:
            return "locked"
        return "complete" if self.asked and self.answered >= self.asked else "open"

    @property
    def drifted(self) -> int:
        """On how many checks today's data decide otherwise than when it was declared."""
        return len(self.drift or {})

    @property
    def state_title(self) -> str:
        return STATES[self.state]


@dataclass(frozen=True, slots=True)
class Page:
    """Lines in the order of codes; ``next`` and ``previous`` are codes to page by, ``total`` is counted up to a cap."""

    lines: list[Line]
    next: int | None
    previous: int | None
    total: int
    is_capped: bool


def communities(by: Actor, filters: Filters, *, after: int = 0, before: int = 0) -> Page:
    """One page of the communities within the post's division. Three queries whatever the size."""
    rows = _filtered(by, filters)
    if before:
        picked = list(_fields(rows.filter(code__lt=before).order_by("-code"))[: PAGE + 1])[::-1]
        has_previous, has_next = len(picked) > PAGE, True
        picked = picked[-PAGE:]
    else:
        picked = list(_fields(rows.filter(code__gt=after).order_by("code"))[: PAGE + 1])
        has_previous, has_next = bool(after), len(picked) > PAGE
        picked = picked[:PAGE]
    counted = rows[: MOST_COUNTED + 1].count()
    lines = _with_evidence([Line(**row) for row in picked])
    return Page(
        lines,
        next=lines[-1].code if lines and has_next else None,
        previous=lines[0].code if lines and has_previous else None,
        total=min(counted, MOST_COUNTED),
        is_capped=counted > MOST_COUNTED,
    )


def all_lines(by: Actor, filters: Filters) -> Iterator[Line]:
    """Every community of the list, for an export; read as it is written."""
    for row in _fields(_filtered(by, filters).order_by("code")).iterator(chunk_size=2000):
        yield Line(**row)


def _filtered(by: Actor, filters: Filters) -> QuerySet[Division]:
    rows = Division.objects.filter(scope(by, Capability.VIEW, ""), level=Level.COMMUNITY, valid_to=None).annotate(
        own=FilteredRelation("assessments", condition=Q(assessments__year=filters.year)),
        committee=Mod(F("code"), 1000, output_field=IntegerField()),
    )
    # A village committee is no object of the programme; one that takes part all the same is shown.
    rows = rows.filter(Q(own__isnull=False) | _is_urban())
    if filters.under is not None:
        low, high = span(filters.under.code, filters.under.level)
        rows = rows.filter(code__gte=low, code__lt=high)
    if filters.name:
        rows = rows.filter(name__contains=filters.name)
    if filters.reached:
        rows = rows.filter(~Q(own__level="") if filters.reached == "yes" else Q(own__level=""), own__isnull=False)
    returned = Exists(Answer.objects.filter(assessment=OuterRef("own__id"), reopened_at__isnull=False))
    rows = rows.annotate(
        is_returned=Case(
            When(own__locked_at__isnull=False, then=returned), default=Value(False), output_field=BooleanField()
        )
    )
    return rows.filter(_in_state(filters.state)) if filters.state in STATES else rows


def _is_urban() -> Q:
    """A residents' committee (001–199 in the last three digits) whose class, where it is known, is urban (1xx)."""
    return Q(committee__range=(1, 199)) & (Q(urban_rural_class=None) | Q(urban_rural_class__range=(100, 199)))


def _in_state(state: str) -> Q:
    begun = Q(own__isnull=False)
    match state:
        case "none":
            return Q(own__isnull=True)
        case "returned":
            return Q(is_returned=True)
        case "locked":
            return begun & Q(own__locked_at__isnull=False, is_returned=False)
        case "complete":
            return begun & Q(own__locked_at=None, own__asked__gt=0, own__answered__gte=F("own__asked"))
        case _:
            return begun & Q(own__locked_at=None) & (Q(own__asked=0) | Q(own__answered__lt=F("own__asked")))


def _fields(rows: QuerySet[Division]) -> QuerySet[Division, dict[str, Any]]:
    # The plug-in doesn't see annotations that were made elsewhere.
    return rows.values(  # type: ignore[misc]
        "code",
        "name",
        "is_returned",
        community=F("pk"),
        street=F("parent__name"),
        county=F("parent__parent__name"),
        assessment=F("own__id"),
        total=F("own__total"),
        maximum=F("own__maximum"),
        reached=F("own__level"),
        answered=F("own__answered"),
        asked=F("own__asked"),
        missed=F("own__missed"),
        drift=F("own__drift"),
        locked_at=F("own__locked_at"),
        is_simulated=F("own__is_simulated"),
        is_demonstration=F("own__is_demonstration"),
    )


def _with_evidence(lines: list[Line]) -> list[Line]:
    counts = dict(
        Evidence.objects.filter(assessment__in=[line.assessment for line in lines if line.assessment], removed_at=None)
        .values_list("assessment")
        .annotate(Count("pk"))
    )
    return [replace(line, evidence=counts.get(line.assessment, 0)) for line in lines]
