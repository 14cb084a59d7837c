"""Experts drawn from the pool for a panel: who can be drawn, who must stand back and why, and whose turn it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from greenhood.accounts.actor import Actor
from greenhood.accounts.models import Role
from greenhood.declarations import conflicts, sampling
from greenhood.declarations.models import Declaration, DrawnExpert, ExpertDraw
from greenhood.declarations.queries import seats
from greenhood.divisions.models import Division
from greenhood.experts.models import Entry
from greenhood.experts.queries import members_for, ties_of
from greenhood.schemes.format import Step

NO_ACCOUNT = "没有账号：请先开通账号，并在专家库里关联"
NO_POST = "没有本级可用的“专家”岗位：请安全管理员授予后再抽取"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A valid member of the pool, and every reason why they can't be drawn for these cases."""

    entry: Entry
    reasons: list[str]


def expert_kinds(step: Step) -> list[tuple[str, str, int]]:
    """The seats of a step that experts take: kind, title, how many."""
    found = [(seat.kind, seat.title, seat.count) for seat in step.seats]
    wanted = found or [("expert", "专家", 3)]
    return [one for one in wanted if Role.EXPERT in seats.ROLES_OF.get(one[0], set())]


def candidates(
    division: Division,
    rows: Sequence[Declaration],
    *,
    fields: Iterable[str] = (),
    region: Division | None = None,
    seated: Iterable[UUID] = (),
) -> list[Candidate]:
    """The members that a division may draw on, each with what stands against them. Fifteen queries at most for any number.

    Recusal is that of panels (``conflicts``), and besides: who served or designed for a community doesn't judge it.
    """
    members = list(members_for(division, fields=fields, region=region))
    users = [entry.user_id for entry in members if entry.user_id]
    able = set(seats.candidates(division).filter(role=Role.EXPERT, user__in=users).values_list("user", flat=True))
    against = _against(members, rows, division)
    present = set(seated)
    found = []
    for entry in members:
        reasons = [] if entry.user_id else [NO_ACCOUNT]
        if entry.user_id and entry.user_id not in able:
            reasons.append(NO_POST)
        if entry.user_id in present:
            reasons.append("已在评审组")
        found.append(Candidate(entry, [*reasons, *against.get(entry.pk, [])]))
    return found


def _against(members: Sequence[Entry], rows: Sequence[Declaration], division: Division) -> dict[UUID, list[str]]:
    """By entry: ``社区：情形`` for every case that the member must not judge."""
    found: dict[UUID, list[str]] = defaultdict(list)
    known = seats.conflicts_of([entry.user_id for entry in members if entry.user_id], rows, division.level)
    tied = ties_of(members, [row.community for row in rows])
    cases = seats.cases_of(rows)
    for entry in members:
        # What the pool knows of the employer may be newer than the account.
        by_entry = conflicts.Member(entry.employer, (), ())
        for row in rows:
            why = [
                *(known.get((entry.user_id, row.pk), []) if entry.user_id else []),
                *conflicts.reasons(by_entry, cases[row.pk], division.level, decided_before=False),
                *tied.get((entry.pk, row.community_id), []),
            ]
            if why:
                found[entry.pk].append(f"{row.community.name}：{'；'.join(dict.fromkeys(why))}")
    return found


def frame(members: Iterable[DrawnExpert]) -> list[sampling.Member]:
    """Those who could be drawn, in the order of their keys, as the hash was taken over them."""
    drawable = [sampling.Member(str(one.entry_id), str(one.pool_code)) for one in members if one.order is not None]
    return sorted(drawable, key=lambda member: member.key)


@dataclass(frozen=True, slots=True)
class Shown:
    """A draw as it stands: who has a seat now, who is next, who declined, who was left out and why."""

    draw: ExpertDraw
    chosen: list[DrawnExpert]
    waiting: list[DrawnExpert]
    declined: list[DrawnExpert]
    excluded: list[DrawnExpert]
    ranked: list[tuple[DrawnExpert, str]]
    is_replayed: bool


def shown(draw: ExpertDraw) -> Shown:
    """One query. ``is_replayed``: hash and order follow from what is stored, computed anew."""
    members = list(draw.members.select_related("user"))
    drawn = [one for one in members if one.order is not None]
    standing = [one for one in drawn if one.declined_at is None]
    rows = frame(members)
    order = [member.key for member in sampling.ordered(rows, draw.seed, never_sampled_first=False)]
    return Shown(
        draw,
        standing[: draw.seats],
        standing[draw.seats :],
        [one for one in drawn if one.declined_at is not None],
        [one for one in members if one.order is None],
        [(one, sampling.rank(draw.seed, str(one.entry_id))) for one in drawn],
        sampling.frame_hash(rows) == draw.frame_hash and order == [str(one.entry_id) for one in drawn],
    )


def of_division(actor: Actor) -> QuerySet[ExpertDraw]:
    if actor.post is None:
        return ExpertDraw.objects.none()
    low, high = actor.post.division.span
    return ExpertDraw.objects.filter(division__code__gte=low, division__code__lt=high)


def draw_for(actor: Actor, pk: UUID) -> ExpertDraw:
    """A draw of the actor's division or below; 404 for everybody else."""
    found = (
        of_division(actor).select_related("division", "version", "panel", "region", "drawn_by").filter(pk=pk).first()
    )
    if found is None:
        raise Http404
    return found
