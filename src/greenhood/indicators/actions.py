"""Keep the stored figures in step with the facts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from greenhood.accounts.access import check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions.models import Division
from greenhood.facts.kinds import Kind
from greenhood.history import actions as history
from greenhood.indicators import storing
from greenhood.indicators.catalogue import entries
from greenhood.indicators.events import Event
from greenhood.indicators.models import Changed, Measured
from greenhood.kit.dates import today_in_shanghai

BATCH = 2_000
_LOCK = 7_203_412


@transaction.atomic
def measure_all(within: Division, as_of: dt.date | None = None) -> int:
    """Measure every community of a division of which a fact is known, and store it; how many.

    One run at a time. What was stored of a community without any fact left goes.
    """
    _one_at_a_time()
    now, day = timezone.now(), as_of or today_in_shanghai()
    indicators = list(entries().values())
    low, high = within.span
    here = {"community__code__gte": low, "community__code__lt": high}
    seen = _waiting(Changed.objects.filter(**here)) if day == today_in_shanghai() else {}
    Measured.objects.filter(**here).delete()
    written = storing.write(storing.Asked(within, day), indicators, storing.catalogue_of(indicators), now=now)
    _done(seen)
    return written


@transaction.atomic
def measure_changed(*, most: int = BATCH) -> int:
    """Measure the communities anew whose facts have changed, the longest waiting first; how many."""
    _one_at_a_time()
    now = timezone.now()
    waiting = _waiting(Changed.objects.order_by("since")[:most])
    if waiting:
        _measure(list(waiting), now)
        _done(waiting)
    return len(waiting)


def note_change(kind: Kind, communities: Collection[int]) -> None:
    """Facts of these communities have changed: what is stored of them is due again."""
    rows = [Changed(community_id=each, since=timezone.now()) for each in sorted(communities)]
    Changed.objects.bulk_create(rows, update_conflicts=True, unique_fields=["community"], update_fields=["since"])


def note_export(division: Division, *, rows: int, details: Mapping[str, object], by: Actor) -> None:
    """Write down that somebody took figures of a division out of the system."""
    check(by, Capability.EXPORT, division)
    history.record(Event.EXPORTED, division, by=by, division_code=division.code, details={"行数": rows, **details})


def _measure(communities: Sequence[int], now: dt.datetime) -> None:
    indicators = list(entries().values())
    asked = storing.Asked(communities, today_in_shanghai())
    storing.write(asked, indicators, storing.catalogue_of(indicators), now=now)


def _waiting(rows: QuerySet[Changed]) -> dict[int, dt.datetime]:
    """Who waits, and since when. What is read from here on knows of these changes."""
    return dict(rows.values_list("pk", "since"))


def _done(seen: Mapping[int, dt.datetime]) -> None:
    """Take these from those that wait. Whoever records a fact meanwhile is not held up, and stays waiting.

    A change of another moment than was seen stays too: it may have been written down before the measuring, but stored
    after it.
    """
    free = Changed.objects.filter(pk__in=seen).select_for_update(skip_locked=True, of=("self",)).order_by("pk")
    same = [pk for pk, since in free.values_list("pk", "since") if since == seen[pk]]
    Changed.objects.filter(pk__in=same).delete()


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
