"""Keep the rollups in step with the standings."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone

from greenhood.accounts.access import check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.declarations import standing
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division, Level
from greenhood.history.actions import record
from greenhood.insight import rollups
from greenhood.insight.events import Event
from greenhood.insight.models import Refresh
from greenhood.insight.subjects import counted, fingerprint, versions_in_force
from greenhood.schemes.models import SchemeVersion

KEY = "standings"
# A standing carries the time of its action, but is seen only when that action commits, possibly after a later one. Looking
# back further than any action takes costs a recount of a few streets; the same count twice does no harm.
OVERLAP = dt.timedelta(minutes=5)
LEVELS = (Level.COUNTY, Level.CITY, Level.PROVINCE, Level.NATION)
_LOCK = 7_203_411


@dataclass(frozen=True)
class Outcome:
    """How many divisions were counted anew, and whether all of them were."""

    divisions: int
    is_full: bool


def note_export(event: Event, division: Division, *, rows: int, by: Actor) -> None:
    """Write down that somebody took the overview, or the communities, of a division out of the system."""
    check(by, Capability.EXPORT, division)
    record(event, division, by=by, division_code=division.code, details={"行数": rows})


@transaction.atomic
def refresh(*, full: bool = False, now: dt.datetime | None = None) -> Outcome:
    """Count what has changed since the last time: streets from communities, then each level above from its children.

    Everything is counted where ``full`` is asked for, nothing was counted yet, another rule of what counts as a subject
    has come into force, or divisions have changed: a merger takes numerator and denominator together. One refresh runs at a time; a second waits and then finds little to do.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
    now = now or timezone.now()
    versions = versions_in_force()
    rules = f"{fingerprint(versions)} {divisions.last_change()}".strip()
    last, _ = Refresh.objects.get_or_create(key=KEY)
    is_full = full or last.through is None or last.rules != rules
    standing.catch_up(now=now)
    if is_full:
        rollups.clear()
    streets = None if is_full or last.through is None else rollups.changed_since(last.through - OVERLAP)
    count = 0 if streets == [] else _count(streets, versions, now)
    Refresh.objects.filter(key=KEY).update(through=now, rules=rules, finished_at=timezone.now())
    return Outcome(count, is_full)


def _count(streets: list[int] | None, versions: list[SchemeVersion], now: dt.datetime) -> int:
    written = rollups.write_streets(counted(versions), streets, now=now)
    below = streets
    for level in LEVELS:
        if below is not None:
            # Kept besides their parents: a city's street without a county is its child two levels on.
            below = [*below, *rollups.parents_of(below)]
        written += rollups.write_level(level, below, now=now)
    return written
