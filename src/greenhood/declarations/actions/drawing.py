"""Spot checks: the frame is frozen and published, then a seed is drawn, and the seed alone says who is checked."""

from __future__ import annotations

import datetime as dt
import secrets
from collections import Counter
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from greenhood.accounts.access import NotAllowed, check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.declarations import procedure, sampling
from greenhood.declarations.actions import moving
from greenhood.declarations.actions.moving import Move
from greenhood.declarations.errors import Refused
from greenhood.declarations.events import Event
from greenhood.declarations.models import Declaration, Draw, DrawMember, Outcome, Status
from greenhood.declarations.versions import scheme_of
from greenhood.divisions.models import Division, code_at
from greenhood.history.actions import Happening, record_many
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes.format import Step


@transaction.atomic
def freeze(version_id: UUID, step_key: str, *, by: Actor, at: dt.datetime | None = None) -> Draw:
    """Freeze the frame: everything that waits for the draw at this step, within the post's division."""
    step = _step(version_id, step_key, by)
    assert by.post is not None
    rows = waiting(version_id, step_key, by.post.division)
    if not rows:
        raise Refused(f"没有等待“{step.title}”抽取的申报。")
    now = at or timezone.now()
    draw = Draw(
        version_id=version_id,
        step=step_key,
        division=by.post.division,
        year=today_in_shanghai(now).year,
        frame_size=len(rows),
        method=_method(step),
        frozen_at=now,
        frozen_by=by.user,
        is_simulated=all(row.is_simulated for row in rows),
    )
    members = _members(draw, rows, step)
    draw.frame_hash = sampling.frame_hash(frame(members))
    try:
        with transaction.atomic():
            draw.save(force_insert=True)
    except IntegrityError as error:
        raise Refused("本环节已有固定的抽样框，请先抽取，再建立新的抽样框。") from error
    DrawMember.objects.bulk_create(members)
    details = {"step": step.title, "size": len(rows), "frame_hash": draw.frame_hash}
    record_many([Happening(Event.FRAME_FROZEN, draw, by, by.post.division.code, details, at=at)])
    return draw


@transaction.atomic
def draw(frozen: Draw, *, by: Actor, seed: str = "", seed_source: str = "", at: dt.datetime | None = None) -> Draw:
    """Draw the seed, or take one that was announced elsewhere, and let it choose. The others pass on."""
    held = Draw.objects.select_for_update(of=("self",)).select_related("division").get(pk=frozen.pk)
    step = _step(held.version_id, held.step, by, held.division)
    if held.drawn_at is not None:
        raise Refused(f"已于 {timezone.localtime(held.drawn_at):%Y-%m-%d %H:%M} 抽取，不能重抽。")
    seed = seed.strip()
    if seed and not seed_source.strip():
        raise Refused("自行公布的种子须写明来源，例如某期彩票开奖号码。", field="seed_source")
    now = at or timezone.now()
    members = list(DrawMember.objects.filter(draw=held).order_by("position"))
    assert sampling.frame_hash(frame(members)) == held.frame_hash, "the frame was altered after it was frozen"
    held.seed = seed or secrets.token_hex(16)
    held.seed_source = seed_source.strip() or "系统安全随机数"
    outcome = sampling.draw(frame(members), method_of(held), held.seed)
    held.method |= {"size": outcome.size, "allocation": outcome.allocation}
    held.drawn_at, held.drawn_by = now, by.user
    held.save(update_fields=["seed", "seed_source", "method", "drawn_at", "drawn_by"])
    moves = _apply(held, members, set(outcome.selected), by, now)
    drawn = Happening(
        Event.DRAWN, held, by, held.division.code, {"seed": held.seed, "selected": outcome.selected}, at=at
    )
    schemes = {held.version_id: scheme_of(held.version_id)}
    told = [moving.happening(schemes[held.version_id], move, by, at) for move in moves]
    record_many([drawn, *told])
    assert step.key == held.step
    return held


def _apply(held: Draw, members: list[DrawMember], selected: set[str], by: Actor, now: dt.datetime) -> list[Move]:
    for member in members:
        member.selected = str(member.declaration_id) in selected
    DrawMember.objects.bulk_update(members, ["selected"], batch_size=2000)
    # Whoever left the step since (withdrew, for instance) stays in the record of the draw, and is not moved.
    waits = [
        row
        for row in moving.lock(member.declaration_id for member in members)
        if row.status == Status.ACTIVE and row.step == held.step and row.sampled is None
    ]
    drawn = [row.pk for row in waits if str(row.pk) in selected]
    Declaration.objects.filter(pk__in=drawn).update(sampled=True)
    opinion = f"{held.year}年随机抽取，未抽中"
    moves = [Move(row, Outcome.SKIP, opinion) for row in waits if str(row.pk) not in selected]
    moving.make(moves, by=by, at=now)
    return moves


def waiting(version_id: UUID, step_key: str, division: Division) -> list[Declaration]:
    """What waits for the draw at a step within a division, in the order of the communities' codes."""
    low, high = division.span
    found = Declaration.objects.filter(
        version=version_id,
        step=step_key,
        status=Status.ACTIVE,
        sampled=None,
        community__code__gte=low,
        community__code__lt=high,
    ).exclude(draws__draw__step=step_key, draws__draw__drawn_at=None)
    return list(found.select_related("community").order_by("community__code", "pk"))


def frame(members: list[DrawMember]) -> list[sampling.Member]:
    return [sampling.Member(str(member.declaration_id), member.stratum, member.times_sampled) for member in members]


def method_of(held: Draw) -> sampling.Method:
    def ratio(name: str) -> Decimal | None:
        value = held.method.get(name)
        return None if value is None else Decimal(value)

    return sampling.Method(
        ratio("share"), ratio("confidence"), ratio("tolerated"), held.method.get("never_sampled_first", False)
    )


def _method(step: Step) -> dict[str, Any]:
    return {
        "share": None if step.share is None else str(step.share),
        "confidence": None if step.confidence is None else str(step.confidence),
        "tolerated": None if step.tolerated is None else str(step.tolerated),
        "stratify_by": step.stratify_by,
        "never_sampled_first": step.never_sampled_first,
    }


def _members(draw: Draw, rows: list[Declaration], step: Step) -> list[DrawMember]:
    level = None if step.stratify_by is None else procedure.LEVELS[step.stratify_by]
    strata = {row.pk: draw.division.code if level is None else code_at(row.community.code, level) for row in rows}
    names = dict(Division.objects.filter(code__in=set(strata.values()), valid_to=None).values_list("code", "name"))
    before = Counter(
        DrawMember.objects.filter(
            selected=True, declaration__community__in=[row.community_id for row in rows]
        ).values_list("declaration__community", flat=True)
    )
    return [
        DrawMember(
            draw=draw,
            declaration=row,
            position=position,
            community_code=row.community.code,
            community_name=row.community.name,
            stratum=str(strata[row.pk]),
            stratum_name=names.get(strata[row.pk], ""),
            times_sampled=before[row.community_id],
        )
        for position, row in enumerate(rows, 1)
    ]


def _step(version_id: UUID, step_key: str, by: Actor, division: Division | None = None) -> Step:
    """The step, once it is known that it is drawn and that this post draws."""
    check(by, Capability.DRAW, division)
    step = procedure.find(scheme_of(version_id), step_key)
    if step is None or not procedure.is_drawn(step):
        raise Refused("该环节不作随机抽取。")
    if by.post is None:
        raise NotAllowed("须由经办人员抽取。")
    reason = procedure.stranger(step, level=by.post.division.level, department=by.post.department, allowed=True)
    if reason:
        raise NotAllowed(reason)
    return step
