"""What waits for a post: sheets to fill in, orders to answer, reports to re-check, overdue ones to supervise."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from greenhood.accounts import departments, waiting
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.kit.dates import today_in_shanghai
from greenhood.supervision.models import Escalation, Inspection, Inspector, Order, Sheet


def sheets_to_fill(actor: Actor) -> QuerySet[Sheet] | None:
    """Open sheets of inspections under way that the person is named for, whatever post they hold."""
    if actor.user is None:
        return None
    named = Inspector.objects.filter(user=actor.user, inspection__state=Inspection.State.UNDER_WAY)
    return Sheet.objects.filter(inspection__in=named.values("inspection"), finished_at=None)


def orders_to_answer(actor: Actor) -> QuerySet[Order] | None:
    """Orders that the post's own division, or its department in it, has to acknowledge or report on."""
    if actor.post is None or not actor.may(Capability.RESPOND):
        return None
    own = departments.line(actor.post.department, actor.post.division.name)
    return Order.objects.filter(recipient=actor.post.division, state__in=Order.OWED, line__in={"", own})


def orders_to_recheck(actor: Actor) -> QuerySet[Order] | None:
    if actor.post is None or not actor.may(Capability.INSPECT):
        return None
    return Order.objects.filter(issuer=actor.post.division, state=Order.State.REPORTED)


def orders_to_watch(actor: Actor) -> QuerySet[Order] | None:
    """What has come up to the post's own division (督办): overdue reports until they are in, overdue re-checks until they are done."""
    if actor.post is None or not actor.may(Capability.INSPECT):
        return None
    mine = Escalation.objects.filter(division=actor.post.division)
    reports = Q(state__in=Order.OWED, pk__in=mine.filter(duty=Order.Duty.REPORT).values("order"))
    rechecks = Q(state=Order.State.REPORTED, pk__in=mine.filter(duty=Order.Duty.RECHECK).values("order"))
    return Order.objects.filter(reports | rechecks, watcher__isnull=False)


def is_late() -> Q:
    """Orders whose report, or whose re-check, is overdue today."""
    today = today_in_shanghai()
    return Q(state__in=Order.OWED, due_on__lt=today) | Q(recheck_on__lt=today)


WAITING = (
    waiting.Kind("sheets_to_fill", "等我现场检查", "份", "supervision:mine", sheets_to_fill, anchor="sheets"),
    waiting.Kind(
        "orders_to_answer",
        "等我整改",
        "件",
        "supervision:mine",
        orders_to_answer,
        late=lambda: Q(due_on__lt=today_in_shanghai()),
        anchor="orders",
    ),
    waiting.Kind(
        "orders_to_recheck", "等我复查", "件", "supervision:mine", orders_to_recheck, late=is_late, anchor="recheck"
    ),
    waiting.Kind(
        "orders_to_watch",
        "督办",
        "件",
        "supervision:mine",
        orders_to_watch,
        late=is_late,
        anchor="watch",
    ),
)
