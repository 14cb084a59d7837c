"""What is recorded: the present state, that of any day, and how a thing came to be as it is. One query each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from greenhood.divisions.models import Division
from greenhood.facts.kinds import Kind
from greenhood.facts.models import Fact


def on(day: dt.date) -> Q:
    """The versions that are true of a day."""
    return Q(dated__lte=day) & (Q(until=None) | Q(until__gt=day))


def current(kind: Kind, communities: Iterable[int]) -> QuerySet[Any]:
    """The present versions in these communities (ids)."""
    return kind.model._default_manager.filter(community_id__in=list(communities), until=None)


def as_of(kind: Kind, communities: Iterable[int], day: dt.date) -> QuerySet[Any]:
    """What was so on a day in these communities (ids), by what is known today."""
    return kind.model._default_manager.filter(on(day), community_id__in=list(communities))


def versions(kind: Kind, community: Division, thing: UUID) -> QuerySet[Any]:
    """Every version of a thing, the newest day first, corrected ones included."""
    return (
        kind.model._default_manager.filter(community=community, thing=thing)
        .select_related("recorded_by")
        .order_by("-dated", "-recorded_at")
    )


def latest(kind: Kind, community: Division, thing: UUID) -> Fact | None:
    """The present version of a thing; None when it is gone or was never there."""
    return kind.model._default_manager.filter(community=community, thing=thing, until=None).first()
