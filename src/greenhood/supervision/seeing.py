"""Who may see which inspections, sheets, findings and orders. Every page, list, count, export and file asks here.

Inside are posts of the inspecting division and of those above it, and whoever is named to inspect. Below it, an
unannounced inspection (暗访) does not exist until it is over, and what was found is seen once it is published.
"""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from django.http import Http404

from greenhood.accounts.access import NotAllowed
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions.models import Division
from greenhood.supervision.models import Answer, Finding, Inspection, Inspector, Order, Round, Sheet

Row = TypeVar("Row", bound=Model)

NOWHERE = Q(pk__in=[])


def is_inside(actor: Actor, inspection: Inspection) -> bool:
    """Whether the actor is with those who inspect."""
    return actor.may(Capability.VIEW, inspection.division) or is_named(actor, inspection)


def is_named(actor: Actor, inspection: Inspection) -> bool:
    if actor.user is None:
        return False
    return Inspector.objects.filter(inspection=inspection, user=actor.user).exists()


def shows_results(actor: Actor, inspection: Inspection) -> bool:
    """Whether answers and findings are open to the actor."""
    return inspection.state == Inspection.State.PUBLISHED or is_inside(actor, inspection)


def inspections(actor: Actor) -> QuerySet[Inspection]:
    """What the actor may know of."""
    if actor.is_system:
        return Inspection.objects.all()
    return Inspection.objects.filter(_inside(actor, "") | _named(actor, "pk") | _below(actor))


def sheets(actor: Actor) -> QuerySet[Sheet]:
    """Sheets whose existence the actor may know of; whether their answers are open is ``shows_results``."""
    if actor.is_system:
        return Sheet.objects.all()
    own = _within(actor, "community__code")
    told = ~Q(inspection__kind=Inspection.Kind.UNANNOUNCED) | Q(inspection__state__in=Inspection.OVER)
    return Sheet.objects.filter(_inside(actor, "inspection__") | _named(actor, "inspection") | own & told)


def findings(actor: Actor) -> QuerySet[Finding]:
    """Findings open to the actor: from inside, published ones of one's own place, and those one was ordered to put right."""
    if actor.is_system:
        return Finding.objects.all()
    published = _within(actor, "community__code") & Q(inspection__state=Inspection.State.PUBLISHED)
    ordered = Q(order__isnull=False) & _within(actor, "order__recipient__code")
    return Finding.objects.filter(_inside(actor, "inspection__") | _named(actor, "inspection") | published | ordered)


def answers(actor: Actor) -> QuerySet[Answer]:
    """Answers open to the actor, without those of inspections that were called off."""
    found = Answer.objects.exclude(sheet__inspection__state=Inspection.State.CANCELLED)
    if actor.is_system:
        return found
    published = _within(actor, "sheet__community__code") & Q(sheet__inspection__state=Inspection.State.PUBLISHED)
    return found.filter(_inside(actor, "sheet__inspection__") | _named(actor, "sheet__inspection") | published)


def orders(actor: Actor) -> QuerySet[Order]:
    """Orders given or received within the actor's division."""
    if actor.is_system:
        return Order.objects.all()
    return Order.objects.filter(
        _within(actor, "issuer__code") | _within(actor, "recipient__code") | _named(actor, "inspection")
    )


def inspection_for(actor: Actor, pk: UUID) -> Inspection:
    """The inspection, or 404: somebody who must not know of it learns nothing."""
    found = inspections(actor).select_related("division", "version__jurisdiction", "lead", "obligation").filter(pk=pk)
    return _one(found.distinct().first())


def sheet_for(actor: Actor, pk: UUID) -> Sheet:
    related = ("inspection__division", "inspection__version__jurisdiction", "community", "finished_by")
    return _one(sheets(actor).select_related(*related).filter(pk=pk).first())


def finding_for(actor: Actor, pk: UUID) -> Finding:
    related = (
        "inspection__division",
        "inspection__version__jurisdiction",
        "community",
        "found_by",
        "order",
        "answer__sheet",
    )
    return _one(findings(actor).select_related(*related).filter(pk=pk).first())


def order_for(actor: Actor, pk: UUID) -> Order:
    related = (
        "issuer",
        "recipient",
        "inspection__division",
        "version__jurisdiction",
        "watcher",
        "rectification__award",
    )
    return _one(
        orders(actor).select_related(*related, "issued_by", "issued_post", "acknowledged_by").filter(pk=pk).first()
    )


def round_for(actor: Actor, pk: UUID) -> Round:
    found = Round.objects.select_related("order__recipient", "order__issuer").filter(pk=pk).first()
    if found is None or not orders(actor).filter(pk=found.order_id).exists():
        raise Http404
    return found


def check_office(actor: Actor, division: Division) -> None:
    """Raise unless the actor inspects for this very division; those above look on."""
    if actor.is_system:
        return
    if not actor.may(Capability.INSPECT, division):
        if not actor.may(Capability.VIEW, division):
            raise Http404
        raise NotAllowed(f"您当前的岗位（{actor.post}）没有“督导检查”的权限。")
    if actor.post is None or actor.post.division_id != division.pk:
        raise NotAllowed(f"由{division.name}的督导岗位办理；上级岗位可以查看、督办。")


def is_office(actor: Actor, division: Division) -> bool:
    return actor.is_system or (
        actor.post is not None and actor.post.division_id == division.pk and actor.may(Capability.INSPECT, division)
    )


def _one(row: Row | None) -> Row:
    if row is None:
        raise Http404
    return row


def _within(actor: Actor, field: str) -> Q:
    if actor.post is None or not actor.may(Capability.VIEW):
        return NOWHERE
    low, high = actor.post.division.span
    return Q(**{f"{field}__gte": low, f"{field}__lt": high})


def _inside(actor: Actor, path: str) -> Q:
    return _within(actor, f"{path}division__code")


def _named(actor: Actor, field: str) -> Q:
    if actor.user is None:
        return NOWHERE
    return Q(**{f"{field}__in": Inspector.objects.filter(user=actor.user).values("inspection")})


def _below(actor: Actor) -> Q:
    """Those that came, or announced that they will come, to the actor's own place."""
    if actor.post is None or not actor.may(Capability.VIEW):
        return NOWHERE
    there = Sheet.objects.filter(_within(actor, "community__code")).values("inspection")
    return Q(pk__in=there) & (~Q(kind=Inspection.Kind.UNANNOUNCED) | Q(state__in=Inspection.OVER))
