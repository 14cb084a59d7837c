"""How many things wait for a post, of every kind: the number on top of every page and what the to-do page lists."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Exists, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse

from greenhood.accounts import waiting
from greenhood.accounts.access import scope
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.accounts.models import Post
from greenhood.assessments.models import Assessment, ScoreSheet
from greenhood.baseline.models import Reply
from greenhood.baseline.queries import campaigns
from greenhood.declarations.models import Alert, Award, Objection, PanelCase, Rectification, Reexamination
from greenhood.declarations.paging import MOST_COUNTED, Count
from greenhood.declarations.queries.listing import for_department, waiting_for
from greenhood.kit.dates import today_in_shanghai


@dataclass(frozen=True, slots=True)
class Other:
    """How many things of a kind that another room registered wait, and how many of them are overdue."""

    kind: waiting.Kind
    number: int
    late: int

    @property
    def url(self) -> str:
        return reverse(self.kind.url_name) + (f"#{self.kind.anchor}" if self.kind.anchor else "")


@dataclass(frozen=True, slots=True)
class Waits:
    """What waits for a post. ``notice`` is the notice whose objection is to be answered first, if there is one."""

    declarations: Count = field(default_factory=lambda: Count(0, False))
    objections: int = 0
    notice: UUID | None = None
    rectifications: int = 0
    reexaminations: int = 0
    alerts: int = 0
    assessments: int = 0
    surveys: int = 0
    cases: int = 0
    others: tuple[Other, ...] = ()

    @property
    def besides(self) -> int:
        """How many things that aren't declarations."""
        upkeep = self.rectifications + self.reexaminations + self.alerts
        own = self.objections + upkeep + self.assessments + self.surveys + self.cases
        return own + sum(other.number for other in self.others)

    @property
    def total(self) -> int:
        return self.declarations.number + self.besides


def todo_count(actor: Actor) -> int:
    """How many things wait for the post in all."""
    return waits(actor, is_timed=False).total


def waits(actor: Actor, *, is_timed: bool = True) -> Waits:
    """What waits for the post, each kind counted up to 10,000, in one query; what is overdue only if ``is_timed``.

    A post of a department asks one more for each kind that departments share out.
    """
    if actor.post is None:
        return Waits()
    own, others = _own(actor), _others(actor)
    asked: dict[str, Subquery] = {name: _CountOf(_some(rows)) for name, rows in own.items()}
    if "objections" in asked:
        first = own["objections"].order_by("due_on", "received_at", "pk")
        asked["notice"] = Subquery(first.values("entry__notice")[:1])
    for kind, rows in others:
        asked[f"number_{kind.key}"] = _CountOf(_some(rows))
        if is_timed and kind.late is not None:
            asked[f"late_{kind.key}"] = _CountOf(_some(rows.filter(kind.late())))
    if not asked:
        return Waits()
    # Each is a value beside the post's own row.
    found: dict[str, Any] = dict(Post.objects.filter(pk=actor.post.pk).values(**asked).get())
    counted = tuple(
        Other(kind, number, found.pop(f"late_{kind.key}", 0))
        for kind, _ in others
        if (number := found.pop(f"number_{kind.key}"))
    )
    number = found.pop("declarations", 0)
    values = {name: value for name, value in found.items() if not name.startswith("late_")}
    return Waits(Count(min(number, MOST_COUNTED), number > MOST_COUNTED), others=counted, **values)


def _others(actor: Actor) -> list[tuple[waiting.Kind, QuerySet[Any]]]:
    """What other rooms have for the post."""
    found = ((kind, kind.rows(actor)) for kind in waiting.kinds())
    return [(kind, rows.order_by()) for kind, rows in found if rows is not None]


def _some(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Keys alone, no more than are counted: naming every column of thirty models took half the time of the count."""
    return rows.values("pk")[: MOST_COUNTED + 1]


class _CountOf(Subquery):
    """The number of rows of a query, which may be cut off."""

    template = "(select count(*) from (%(subquery)s) as counted)"
    output_field = IntegerField()
    # Where no row can be, Django asks nothing and takes this.
    empty_result_set_value = 0


def _own(actor: Actor) -> dict[str, QuerySet[Any]]:
    """By kind, the rows of declarations and what goes with them that wait for what the post may do."""
    if actor.may(Capability.SIT_ON_PANEL):
        return {"cases": _cases(actor)}
    if actor.may(Capability.DECLARE):
        return {
            "declarations": waiting_for(actor),
            "rectifications": _to_carry_out(actor),
            "assessments": _unfinished(actor),
            "surveys": _surveys(actor),
        }
    kinds = {
        "declarations": (Capability.DECIDE, waiting_for),
        "objections": (Capability.HANDLE_OBJECTION, _objections),
        "rectifications": (Capability.SUPERVISE, _to_recheck),
        "reexaminations": (Capability.SUPERVISE, _reexaminations),
        "alerts": (Capability.SUPERVISE, _alerts),
    }
    found = {name: rows(actor) for name, (capability, rows) in kinds.items() if actor.may(capability)}
    return found | ({"surveys": _surveys(actor)} if campaigns.checks(actor) else {})


def _cases(actor: Actor) -> QuerySet[PanelCase]:
    """The panel cases that this member still has to score."""
    assert actor.user is not None
    scored = ScoreSheet.objects.filter(
        by=actor.user,
        assessment=OuterRef("declaration__assessment"),
        step=OuterRef("panel__step"),
        handed_in_at__isnull=False,
    )
    mine = PanelCase.objects.filter(panel__seats__user=actor.user, panel__closed_at=None, ended_at=None)
    return mine.exclude(recusals__seat__user=actor.user).exclude(Exists(scored)).order_by()


def _objections(actor: Actor) -> QuerySet[Objection]:
    """Unanswered objections to the notices of the post's own division and department."""
    assert actor.post is not None
    found = Objection.objects.filter(entry__notice__division=actor.post.division, answered_at=None)
    return found.filter(for_department(actor, "entry__declaration__department")).order_by()


def _to_carry_out(actor: Actor) -> QuerySet[Rectification]:
    """What a community was ordered to put right and has not reported."""
    return _rectifying(actor).filter(result=Rectification.Result.OPEN)


def _to_recheck(actor: Actor) -> QuerySet[Rectification]:
    """What was reported, or has not been in time."""
    return _rectifying(actor).filter(
        Q(result=Rectification.Result.REPORTED) | Q(result=Rectification.Result.OPEN, due_on__lt=today_in_shanghai())
    )


def _rectifying(actor: Actor) -> QuerySet[Rectification]:
    within = scope(actor, field="award__community")
    return Rectification.objects.filter(within, award__state=Award.State.RECTIFYING).order_by()


def _reexaminations(actor: Actor) -> QuerySet[Reexamination]:
    within = scope(actor, field="award__community")
    return Reexamination.objects.filter(within, done_at=None, due_on__lte=today_in_shanghai()).order_by()


def _unfinished(actor: Actor) -> QuerySet[Assessment]:
    """This year's self-assessments that are begun and not declared."""
    assert actor.post is not None
    year = today_in_shanghai().year
    return Assessment.objects.filter(community=actor.post.division, year=year, locked_at=None).order_by()


def _alerts(actor: Actor) -> QuerySet[Alert]:
    """Awarded communities below the mark that nobody has looked into."""
    return Alert.objects.filter(scope(actor, field="award__community"), state=Alert.State.OPEN).order_by()


def _surveys(actor: Actor) -> QuerySet[Reply]:
    """Surveys that the community has to fill in, or that the street has to check."""
    return campaigns.waiting(actor).order_by()
