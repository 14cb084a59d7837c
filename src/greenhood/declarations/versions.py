"""The schemes of many declarations at once, without reading again what this process has read: versions never change."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from greenhood.schemes.format import Scheme
from greenhood.schemes.models import SchemeVersion

_met: dict[UUID, Scheme] = {}


def scheme_of(version_id: UUID) -> Scheme:
    return schemes_of([version_id])[version_id]


def schemes_of(version_ids: Iterable[UUID]) -> dict[UUID, Scheme]:
    """The schemes of these versions, with one query for those not met before."""
    wanted = set(version_ids)
    if missing := wanted - _met.keys():
        for version in SchemeVersion.objects.defer(None).defer("source_text").filter(pk__in=missing):
            _met[version.pk] = version.scheme
    return {pk: _met[pk] for pk in wanted}
