"""Random draws as everybody may see them, and what waits for one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet

from greenhood.accounts.access import scope
from greenhood.accounts.actor import Actor
from greenhood.declarations import procedure, sampling
from greenhood.declarations.actions import drawing
from greenhood.declarations.models import Declaration, Draw, DrawMember, Status
from greenhood.schemes.format import Step
from greenhood.schemes.models import scheme_of


@dataclass(frozen=True, slots=True)
class WaitingStep:
    """A step at which so many declarations wait for the draw."""

    version_id: UUID
    scheme_title: str
    step: Step
    count: int


@dataclass(frozen=True, slots=True)
class Shown:
    """A draw with its step, its method in words, where its seed comes from, its members and what became of those drawn."""

    draw: Draw
    step: Step
    words: str
    seed_source: str
    members: list[DrawMember]
    chosen: list[DrawMember]
    passed: int
    failed: int
    conclusion: str


def waiting_steps(actor: Actor) -> list[WaitingStep]:
    """The steps of the post's own level at which declarations wait for a draw and no frame is frozen yet."""
    if actor.post is None:
        return []
    found = (
        Declaration.objects.filter(scope(actor), status=Status.ACTIVE, level=actor.post.division.level, sampled=None)
        .exclude(draws__draw__drawn_at=None, draws__isnull=False)
        .values_list("version", "step")
        .annotate(count=Count("pk"))
        .order_by("version", "step")
    )
    steps = []
    for version, key, count in found:
        scheme = scheme_of(version)
        step = procedure.find(scheme, key)
        if step is not None and procedure.is_drawn(step):
            steps.append(WaitingStep(version, scheme.title, step, count))
    return steps


def of_division(actor: Actor) -> QuerySet[Draw]:
    """The draws made within the post's division, newest first."""
    return Draw.objects.filter(scope(actor, field="division")).select_related("division", "version")[:100]


def shown(draw: Draw) -> Shown:
    """Three queries for any number of members."""
    scheme = scheme_of(draw.version_id)
    step = scheme.step(draw.step)
    members = list(
        DrawMember.objects.filter(draw=draw)
        .select_related("declaration")
        .defer("declaration__profile")
        .order_by("position")
    )
    method = drawing.method_of(draw)
    strata = {member.stratum for member in members}
    size = sampling.sample_size(len(members), method, len(strata))
    planned = sampling.Draw(size, draw.method.get("allocation", {}), [])
    level = procedure.LEVELS[step.stratify_by].label if step.stratify_by else ""
    chosen = [member for member in members if member.selected]
    passed, failed = _outcomes(draw, chosen)
    return Shown(
        draw=draw,
        step=step,
        words=sampling.words(method, len(members), planned, level),
        seed_source=draw.seed_source or drawing.SYSTEM,
        members=members,
        chosen=chosen,
        passed=passed,
        failed=failed,
        conclusion=_conclusion(method, len(chosen), passed, failed),
    )


def _outcomes(draw: Draw, chosen: list[DrawMember]) -> tuple[int, int]:
    """How many of those drawn have passed the step, and how many were rejected at it."""
    failed = sum(
        member.declaration.status == Status.REJECTED and member.declaration.step == draw.step for member in chosen
    )
    gone = (Status.ACTIVE, Status.AWARDED)
    passed = sum(member.declaration.status in gone and member.declaration.step != draw.step for member in chosen)
    return passed, failed


def _conclusion(method: sampling.Method, size: int, passed: int, failed: int) -> str:
    if not size or passed + failed < size:
        return ""
    if method.confidence is None or method.tolerated is None:
        return f"抽中的 {size} 个中，{passed} 个通过，{failed} 个未通过。"
    share = f"{method.tolerated * 100:g}%"
    if failed:
        return f"抽中的 {size} 个中有 {failed} 个未通过，不能推断总体不合格的低于 {share}，建议扩大抽查。"
    return f"抽中的 {size} 个全部通过：有 {method.confidence * 100:g}% 的把握，总体中不合格的低于 {share}。"


def as_data(shown: Shown) -> dict[str, Any]:
    """Everything that a replay needs. Keys are the declarations' own; the order is that of the frame."""
    draw = shown.draw
    return {
        "division": draw.division.name,
        "step": shown.step.title,
        "year": draw.year,
        "frame_hash": draw.frame_hash,
        "frozen_at": draw.frozen_at.isoformat(),
        "seed": draw.seed,
        "seed_source": shown.seed_source,
        "drawn_at": draw.drawn_at.isoformat() if draw.drawn_at else None,
        "method": draw.method,
        "words": shown.words,
        "members": [
            {
                "key": str(member.declaration_id),
                "community": member.community_name,
                "code": f"{member.community_code:012d}",
                "stratum": member.stratum,
                "stratum_name": member.stratum_name,
                "times_sampled": member.times_sampled,
                "selected": member.selected,
            }
            for member in shown.members
        ],
    }


def rows(shown: Shown) -> Iterator[list[object]]:
    for member in shown.members:
        key = str(member.declaration_id)
        yield [
            member.position, key, f"{member.community_code:012d}", member.community_name, member.stratum,
            member.stratum_name, member.times_sampled, sampling.rank(shown.draw.seed, key) if shown.draw.seed else "",
            {True: "抽中", False: "未抽中", None: ""}[member.selected],
        ]  # fmt: skip
