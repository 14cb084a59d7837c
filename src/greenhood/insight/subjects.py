"""Which communities count, everywhere at once: each by the rule of the scheme in force where it lies."""

from __future__ import annotations

from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet

from greenhood.divisions.models import Division
from greenhood.divisions.subjects import CommonRule, condition
from greenhood.schemes.models import SchemeVersion, read_all
from greenhood.schemes.queries import newest


def versions_in_force() -> list[SchemeVersion]:
    """The newest scheme of each jurisdiction, the widest jurisdiction first."""
    by_place: dict[int, SchemeVersion] = {}
    for version in sorted(newest(), key=lambda version: version.published_at):
        by_place[version.jurisdiction_id] = version
    found = sorted(by_place.values(), key=lambda version: (version.jurisdiction.level, version.jurisdiction.code))
    return read_all(found)


def fingerprint(versions: list[SchemeVersion]) -> str:
    """Changes when another rule comes into force anywhere."""
    return " ".join(sorted(str(version.pk) for version in versions))


def counted(versions: list[SchemeVersion]) -> QuerySet[Division]:
    """Every subject of the nation: a community counts by the narrowest jurisdiction that it lies in."""
    if not versions:
        return Division.objects.filter(condition(CommonRule()))
    conditions = [
        _within(version.jurisdiction) & condition(version.scheme.subjects) & _outside_of(version, versions)
        for version in versions
    ]
    return Division.objects.filter(reduce(or_, conditions))


def _within(place: Division) -> Q:
    low, high = place.span
    return Q(code__gte=low, code__lt=high)


def _outside_of(version: SchemeVersion, versions: list[SchemeVersion]) -> Q:
    """Leaves out the jurisdictions inside this one, which have rules of their own."""
    place = version.jurisdiction
    inner = [each.jurisdiction for each in versions if each != version and place.contains(each.jurisdiction)]
    return reduce(lambda found, each: found & ~_within(each), inner, Q())
