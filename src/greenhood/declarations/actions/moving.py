"""Moves declarations from step to step: the one place where a declaration's state changes.

The rows are locked first, in the order of their keys, and changed by compare-and-set on the revision that was read. A
decision takes the next revision and is unique by it, so that two clicks never make two decisions. History comes last,
because it holds the chain of the city until the transaction ends.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from greenhood.accounts.actor import Actor
from greenhood.assessments.models import Assessment
from greenhood.declarations import procedure, standing
from greenhood.declarations.errors import AlreadyDecided
from greenhood.declarations.events import Event
from greenhood.declarations.models import Award, Decision, Declaration, NoticeEntry, Outcome, PanelCase, Status
from greenhood.divisions.models import Level
from greenhood.history.actions import Happening, record_many
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.ids import uuid7_batch
from greenhood.schemes.format import Scheme, Step, StepKind
from greenhood.schemes.models import schemes_of

EVENTS = {
    Outcome.DECLARE: Event.DECLARED,
    Outcome.PASS: Event.PASSED,
    Outcome.RETURN: Event.RETURNED,
    Outcome.REJECT: Event.REJECTED,
    Outcome.WITHDRAW: Event.WITHDRAWN,
    Outcome.RESUBMIT: Event.RESUBMITTED,
    Outcome.SKIP: Event.SKIPPED,
}
TURNED_DOWN = {Outcome.RETURN, Outcome.REJECT, Outcome.WITHDRAW}
ENDS = {Outcome.REJECT: Status.REJECTED, Outcome.WITHDRAW: Status.WITHDRAWN}


@dataclass(frozen=True, slots=True)
class Joint:
    """What a department said with which the step is decided together (会同)."""

    department: str
    opinion: str
    on: dt.date | None


@dataclass(frozen=True, slots=True)
class Move:
    """One decision about a locked declaration. ``items`` are criteria sent back alone, each with the reason.

    ``visited_on`` and ``visitors`` tell of the visit where the step asks for one; ``joint`` of other departments.
    """

    declaration: Declaration
    outcome: Outcome
    opinion: str = ""
    seal_date: dt.date | None = None
    items: Sequence[tuple[int, str]] = ()
    visited_on: dt.date | None = None
    visitors: str = ""
    joint: Sequence[Joint] = ()

    @property
    def joint_data(self) -> list[dict[str, str]]:
        """The joint opinions as they are stored: department, opinion and ISO day."""
        return [{"department": one.department, "opinion": one.opinion, "on": str(one.on)} for one in self.joint]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a move leads."""

    status: str
    step: str
    level: int
    department: str
    due_on: dt.date | None
    sampled: bool | None


def lock(ids: Iterable[UUID]) -> list[Declaration]:
    """The declarations, held until the transaction ends, always taken in the same order."""
    rows = Declaration.objects.select_for_update(of=("self",)).filter(pk__in=set(ids))
    return list(rows.select_related("community").order_by("pk"))


def lock_one(pk: UUID, revision: int) -> Declaration:
    """One declaration, held, as long as nobody decided since ``revision``."""
    row = lock([pk])[0]
    if row.revision != revision:
        raise already_decided(row)
    return row


def already_decided(row: Declaration) -> AlreadyDecided:
    """Says who was quicker, and what they decided."""
    return AlreadyDecided(last_decisions([row])[row.pk])


def last_decisions(rows: Iterable[Declaration]) -> dict[UUID, str]:
    """What became of each declaration last, in a sentence for somebody who clicks once more."""
    ids = [row.pk for row in rows]
    said = dict.fromkeys(ids, "该申报的状态已经改变，请刷新页面后再办理。")
    last = Decision.objects.filter(declaration__in=ids).order_by("declaration", "-revision").distinct("declaration")
    for decision in last:
        who = f"{decision.post_title} {decision.person_name}".strip()
        said[decision.declaration_id] = (
            f"已由{who}于{timezone.localtime(decision.at):%Y-%m-%d %H:%M}办理：{decision.step_title}，"
            f"{decision.get_outcome_display()}。无需重复办理。"
        )
    return said


def make(moves: Sequence[Move], *, by: Actor, at: dt.datetime | None = None) -> list[Decision]:
    """Carry out the moves, each as its own decision, in a handful of queries for any number of them."""
    assert transaction.get_connection().in_atomic_block, "moves belong into the action's transaction"
    if not moves:
        return []
    now = at or timezone.now()
    schemes = schemes_of({move.declaration.version_id for move in moves})
    places = [_destination(schemes[move.declaration.version_id], move, now) for move in moves]
    decisions = [_decision(schemes[m.declaration.version_id], m, by, now) for m in moves]
    _compare_and_set(moves, places, now)
    Decision.objects.bulk_create(decisions)
    for kind, rows in ((StepKind.NOTICE, NoticeEntry), (StepKind.PANEL, PanelCase)):
        if left := [move.declaration.pk for move in moves if _leaves(schemes[move.declaration.version_id], move, kind)]:
            rows.objects.filter(declaration__in=left, ended_at=None).update(ended_at=now)
    if turned_down := [move.declaration.assessment_id for move in moves if move.outcome in TURNED_DOWN]:
        hide_untitled(turned_down)
    standing.update([move.declaration.community_id for move in moves], now=now)
    return decisions


def hide_untitled(assessments: Iterable[UUID]) -> None:
    """Take evidence back from the public where neither a notice nor a title in force gives a reason to show it."""
    titled = Award.objects.filter(state__in=Award.IN_FORCE).values("declaration__assessment")
    Assessment.objects.filter(pk__in=list(assessments)).exclude(pk__in=titled).update(public_from=None)


def _leaves(scheme: Scheme, move: Move, kind: StepKind) -> bool:
    return move.outcome is not Outcome.DECLARE and _decided_step(scheme, move.declaration).kind is kind


def tell(moves: Sequence[Move], *, by: Actor, at: dt.datetime | None = None) -> None:
    """Write the moves into history; the last thing that an action does."""
    schemes = schemes_of({move.declaration.version_id for move in moves})
    record_many(happening(schemes[move.declaration.version_id], move, by, at) for move in moves)


def happening(scheme: Scheme, move: Move, by: Actor, at: dt.datetime | None) -> Happening:
    row = move.declaration
    step = procedure.first(scheme) if move.outcome is Outcome.DECLARE else _decided_step(scheme, row)
    details: dict[str, Any] = {"step": step.title, "scheme": row.scheme_id, "title": row.title}
    if move.opinion:
        details["opinion"] = move.opinion
    if move.visited_on:
        details |= {"visited_on": move.visited_on, "visitors": move.visitors}
    if move.joint:
        details["joint"] = move.joint_data
    if move.items:
        details["items"] = {str(criterion): reason for criterion, reason in move.items}
    return Happening(EVENTS[move.outcome], row, by, row.community.code, details, at=at)


def _decided_step(scheme: Scheme, row: Declaration) -> Step:
    return procedure.find(scheme, row.step) or procedure.first(scheme)


def _decision(scheme: Scheme, move: Move, by: Actor, now: dt.datetime) -> Decision:
    row = move.declaration
    step = procedure.first(scheme) if move.outcome is Outcome.DECLARE else _decided_step(scheme, row)
    return Decision(
        pk=uuid7_batch(1)[0],
        declaration=row,
        revision=row.revision if move.outcome is Outcome.DECLARE else row.revision + 1,
        step=step.key,
        step_title=step.title,
        outcome=move.outcome,
        opinion=move.opinion,
        seal_date=move.seal_date,
        visited_on=move.visited_on,
        visitors=move.visitors,
        joint=move.joint_data,
        at=now,
        by=by.user,
        post=by.post,
        person_name=by.person_name,
        post_title=by.post_title,
    )


def _destination(scheme: Scheme, move: Move, now: dt.datetime) -> _Place:
    row = move.declaration
    step = _decided_step(scheme, row)
    if move.outcome is Outcome.RETURN:
        return _Place(Status.RETURNED, row.step, Level.COMMUNITY, "", None, row.sampled)
    if move.outcome in ENDS:
        return _Place(ENDS[move.outcome], row.step, row.level, row.department, None, row.sampled)
    if move.outcome in (Outcome.DECLARE, Outcome.RESUBMIT):
        return arrival(step, row, now, sampled=row.sampled)
    following = procedure.after(scheme, row.step)
    if following is None:
        return _Place(Status.AWARDED, row.step, row.level, row.department, None, row.sampled)
    chosen = False if move.outcome is Outcome.SKIP else row.sampled
    return arrival(following, row, now, sampled=None if procedure.is_drawn(following) else chosen)


def arrival(step: Step, row: Declaration, now: dt.datetime, *, sampled: bool | None) -> _Place:
    """Waiting at a step from now on."""
    due_on = procedure.due_on(step, today_in_shanghai(now), row.year)
    return _Place(Status.ACTIVE, step.key, procedure.level_of(step), step.department or "", due_on, sampled)


_MOVE = """
update declarations_declaration as row set
    status = new.status, step = new.step, level = new.level, department = new.department, due_on = new.due_on,
    sampled = new.sampled, since = %(now)s, revision = row.revision + 1
from unnest(%(ids)s::uuid[], %(revisions)s::int[], %(status)s::text[], %(step)s::text[], %(level)s::int[],
    %(department)s::text[], %(due_on)s::date[], %(sampled)s::bool[])
    as new (id, revision, status, step, level, department, due_on, sampled)
where row.id = new.id and row.revision = new.revision
returning row.id
"""


def _compare_and_set(moves: Sequence[Move], places: Sequence[_Place], now: dt.datetime) -> None:
    pairs = [(m.declaration, p) for m, p in zip(moves, places, strict=True) if m.outcome is not Outcome.DECLARE]
    if not pairs:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _MOVE,
            {
                "now": now,
                "ids": [row.pk for row, _ in pairs],
                "revisions": [row.revision for row, _ in pairs],
                **{
                    column: [getattr(place, column) for _, place in pairs]
                    for column in ("status", "step", "level", "department", "due_on", "sampled")
                },
            },
        )
        moved = {pk for (pk,) in cursor.fetchall()}
    for row, _ in pairs:
        if row.pk not in moved:
            raise already_decided(row)
