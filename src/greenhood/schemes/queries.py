"""What is asked about published schemes."""

from __future__ import annotations

from django.db.models import QuerySet

from greenhood.divisions.models import DIGITS, Division, code_at
from greenhood.schemes.models import SchemeVersion


def versions() -> QuerySet[SchemeVersion]:
    """Every published version with its jurisdiction: the nation first, the newest version of a scheme first."""
    return SchemeVersion.objects.select_related("jurisdiction").order_by("jurisdiction__code", "scheme_id", "-version")


def newest() -> QuerySet[SchemeVersion]:
    """The newest version of every scheme, higher jurisdictions first."""
    latest = SchemeVersion.objects.order_by("scheme_id", "-version").distinct("scheme_id").values("pk")
    return (
        SchemeVersion.objects.filter(pk__in=latest)
        .select_related("jurisdiction")
        .order_by("jurisdiction__level", "jurisdiction__code", "scheme_id")
    )


def newest_of(scheme_id: str) -> SchemeVersion | None:
    return versions().filter(scheme_id=scheme_id).first()


def scheme_for(division: Division) -> SchemeVersion | None:
    """The newest version of the most specific scheme whose jurisdiction contains the division. One query.

    Of one place the scheme published last is in force: a later scheme replaces an earlier.
    """
    return (
        SchemeVersion.objects.filter(jurisdiction__code__in=_codes_above(division))
        .select_related("jurisdiction")
        .order_by("-jurisdiction__level", "-published_at", "-version")
        .first()
    )


def _codes_above(division: Division) -> set[int]:
    """The codes of the division and of everything that it lies within."""
    return {code_at(division.code, level) for level in range(min(division.level, len(DIGITS) - 1) + 1)}
