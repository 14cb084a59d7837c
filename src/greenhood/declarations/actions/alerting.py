"""Open an alert where an awarded community has fallen below the mark, close it when it recovers or somebody has dealt with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import connection, transaction
from django.utils import timezone

from greenhood.accounts.access import check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.declarations import watching
from greenhood.declarations.errors import Refused
from greenhood.declarations.events import Event
from greenhood.declarations.models import Alert, Award
from greenhood.divisions.models import Division
from greenhood.history.actions import Happening, record_many
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.ids import uuid7

LONGEST_NOTE = 1000
_LOCK = 7_203_414


@transaction.atomic
def watch(within: Division, *, by: Actor, at: dt.datetime | None = None) -> tuple[int, int]:
    """Look over every award in a division; how many alerts were opened and how many closed by themselves.

    Nothing else changes: a title is only ever taken away by people. Run again, it finds nothing new to say.
    """
    check(by, Capability.SUPERVISE, within)
    now = at or timezone.now()
    _one_at_a_time()
    looked = watching.look(within, on=today_in_shanghai(now))
    if looked.measured_on is None:
        return 0, 0
    low, high = within.span
    standing = {
        alert.award_id: alert
        for alert in Alert.objects.select_for_update(of=("self",))
        .filter(state=Alert.State.OPEN, award__community__code__gte=low, award__community__code__lt=high)
        .select_related("award__community")
    }
    fallen = {one.award_id: one for one in looked.fallen}
    opened = _open([one for key, one in fallen.items() if key not in standing], looked.measured_on, now)
    # An award that could not be looked at keeps its alert; one that ended needs none.
    ended = {key for key, alert in standing.items() if alert.award.state not in Award.IN_FORCE}
    recovered = [alert for key, alert in standing.items() if key in (looked.awards | ended) - fallen.keys()]
    Alert.objects.filter(pk__in=[alert.pk for alert in recovered]).update(
        state=Alert.State.RECOVERED, closed_at=now, note="按最新数据重新达到命名时的等级，或称号已终止。"
    )
    _tell(Event.ALERT_OPENED, opened, by, at)
    _tell(Event.ALERT_RECOVERED, recovered, by, at)
    return len(opened), len(recovered)


@transaction.atomic
def handle(alert: Alert, *, by: Actor, note: str, at: dt.datetime | None = None) -> None:
    """Close an alert with what was found and done. Raises Refused without words, or when it is closed already."""
    check(by, Capability.SUPERVISE, alert.award.community)
    if not note.strip():
        raise Refused("请写明核实的情况和处理结果。", field="note")
    if len(note) > LONGEST_NOTE:
        raise Refused(f"处理情况最多 {LONGEST_NOTE} 字。", field="note")
    changed = Alert.objects.filter(pk=alert.pk, state=Alert.State.OPEN).update(
        state=Alert.State.HANDLED, closed_at=at or timezone.now(), closed_by=by.user, note=note.strip()
    )
    if not changed:
        raise Refused("这条预警已经办结，请刷新页面查看。")
    alert.note = note.strip()
    _tell(Event.ALERT_HANDLED, [alert], by, at)


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [_LOCK])


def _open(fallen: Iterable[watching.Fallen], measured_on: dt.date, now: dt.datetime) -> list[Alert]:
    found = list(fallen)
    awards = Award.objects.select_related("community").in_bulk([one.award_id for one in found])
    return Alert.objects.bulk_create(
        Alert(
            id=uuid7(),
            award=awards[one.award_id],
            opened_at=now,
            measured_on=measured_on,
            level=one.level,
            declared_total=one.declared_total,
            total=one.total,
            drops=list(one.drops),
        )
        for one in found
    )


def _tell(event: Event, alerts: Iterable[Alert], by: Actor, at: dt.datetime | None) -> None:
    record_many(
        Happening(
            event,
            alert.award,
            by,
            alert.award.community.code,
            {"declared_total": alert.declared_total, "total": alert.total, "drops": alert.drops, "note": alert.note},
            at=at,
        )
        for alert in alerts
    )
