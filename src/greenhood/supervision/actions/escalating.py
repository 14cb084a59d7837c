"""督办: an overdue report, or an overdue re-check of one, goes up a level on the day after its term, and again after a stated
number of working days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import Q
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
    """Put every overdue report and re-check before the level that is due by today; how many steps are new. Run again it adds nothing.

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
    late = Q(state__in=Order.OWED, due_on__lt=today) | Q(state=Order.State.REPORTED, recheck_on__lt=today)
    overdue = Order.objects.select_for_update(of=("self",)).filter(late)
    if after is not None:
        overdue = overdue.filter(pk__gt=after)
    rows = list(overdue.select_related("recipient", "issuer").order_by("pk")[:AT_ONCE])
    ladders = ladders_of(row.owed_by for row in rows)
    done = set(Escalation.objects.filter(order__in=rows).values_list("order", "duty", "due_on", "step"))
    wanted = [
        one
        for row in rows
        for one in _steps(row, ladders[row.owed_by.pk], today)
        if (row.pk, one.duty, one.due_on, one.step) not in done
    ]
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
            {"duty": one.order.duty.label, "due_on": one.due_on, "to": one.division.name, "step": one.step},
            at=at,
        )
        for one in wanted
    )
    return len(wanted), rows[-1].pk if len(rows) == AT_ONCE else None


def _steps(order: Order, ladder: Sequence[Division], today: dt.date) -> list[Escalation]:
    """Every step of what is overdue now that is due by today. One that was late before goes on from where it had come to."""
    before = order.steps_before if order.duty == Order.Duty.REPORT else 0
    last = min(before + terms.step_on(order.day, today), len(ladder))
    return [
        Escalation(order=order, duty=order.duty, due_on=order.day, step=step, division=ladder[step - 1], on=today)
        for step in range(before + 1, last + 1)
    ]


@transaction.atomic
def urge(escalation: Escalation, *, by: Actor, note: str, at: dt.datetime | None = None) -> Escalation:
    """A supervising division says what is to be done; it stands on the order."""
    held = (
        Escalation.objects.select_for_update(of=("self",))
        .select_related("order__recipient", "order__issuer", "division")
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
