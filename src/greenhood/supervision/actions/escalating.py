"""督办: an overdue order goes up a level on the day after its term, and again after a stated number of working days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from greenhood.accounts.access import NotAllowed
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division
from greenhood.history.actions import Happening, record, record_many
from greenhood.kit.dates import today_in_shanghai
from greenhood.supervision import terms
from greenhood.supervision.errors import Overtaken, Refused
from greenhood.supervision.events import Event
from greenhood.supervision.models import Escalation, Order

AT_ONCE = 2000


def escalate(*, at: dt.datetime | None = None) -> int:
    """Put every overdue order before the level that is due by today; how many steps are new. Run again it adds nothing.

    A handful of queries for some thousand orders. A run that comes late makes up the steps in between, each dated today.
    """
    today, added, last = today_in_shanghai(at), 0, None
    while True:
        new, last = _some(today, last, at)
        added += new
        if last is None:
            return added


@transaction.atomic
def _some(today: dt.date, after: UUID | None, at: dt.datetime | None) -> tuple[int, UUID | None]:
    """Some of the overdue orders, and the last of them where there are more."""
    overdue = Order.objects.select_for_update(of=("self",)).filter(state__in=Order.OWED, due_on__lt=today)
    if after is not None:
        overdue = overdue.filter(pk__gt=after)
    rows = list(overdue.select_related("recipient").order_by("pk")[:AT_ONCE])
    ladders = ladders_of(row.recipient for row in rows)
    done = set(Escalation.objects.filter(order__in=rows).values_list("order", "due_on", "step"))
    wanted = []
    for row in rows:
        ladder = ladders[row.recipient_id]
        for step in range(1, min(terms.step_on(row.due_on, today), len(ladder)) + 1):
            if (row.pk, row.due_on, step) not in done:
                wanted.append(Escalation(order=row, due_on=row.due_on, step=step, division=ladder[step - 1], on=today))
    Escalation.objects.bulk_create(wanted)
    highest = {one.order_id: one for one in wanted}
    for row in rows:
        if row.pk in highest:
            row.watcher, row.escalated_on = highest[row.pk].division, today
            row.revision += 1
    changed = [row for row in rows if row.pk in highest]
    Order.objects.bulk_update(changed, ["watcher", "escalated_on", "revision"], batch_size=500)
    system = Actor.system()
    record_many(
        Happening(
            Event.ESCALATED,
            one.order,
            system,
            one.order.recipient.code,
            {"due_on": one.order.due_on, "to": one.division.name, "step": one.step},
            at=at,
        )
        for one in wanted
    )
    return len(wanted), rows[-1].pk if len(rows) == AT_ONCE else None


@transaction.atomic
def urge(escalation: Escalation, *, by: Actor, note: str, at: dt.datetime | None = None) -> Escalation:
    """A supervising division says what is to be done; it stands on the order."""
    held = (
        Escalation.objects.select_for_update(of=("self",))
        .select_related("order__recipient", "division")
        .get(pk=escalation.pk)
    )
    if by.post is None or not by.may(Capability.INSPECT, held.division) or by.post.division_id != held.division_id:
        raise NotAllowed(f"督办意见由{held.division.name}提出。")
    if not held.order.is_live:
        raise Overtaken("这份整改通知已办结，不需要再督办。")
    if not note.strip():
        raise Refused({"note": "请写明督办意见。"})
    if held.noted_at is not None:
        raise Overtaken("督办意见刚由本级其他人员提出，见下面。")
    held.note, held.noted_at, held.noted_by = note.strip()[:1000], at or timezone.now(), by.user
    held.save(update_fields=["note", "noted_at", "noted_by"])
    details = {"note": held.note, "division": held.division.name}
    record(Event.URGED, held.order, by=by, division_code=held.order.recipient.code, details=details, at=at)
    return held


def ladders_of(places: Iterable[Division]) -> dict[int, list[Division]]:
    """Of each division, by id, who supervises it: one level up, then the next, up to the province. One query."""
    asked = list({place.pk: place for place in places}.values())
    paths = divisions.paths(asked) if asked else {}
    return {
        place.pk: [
            one for one in reversed(paths[place.pk][:-1]) if one.level >= terms.HIGHEST and not one.is_placeholder
        ]
        for place in asked
    }
