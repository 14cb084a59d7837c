"""Spot checks: the frame is frozen and published, with where the seed will come from; the seed alone says who is checked."""

from __future__ import annotations

import datetime as dt
import re
import secrets
import unicodedata
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
from greenhood.divisions.models import Division, code_at
from greenhood.history.actions import Happening, record_many
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes.format import Step
from greenhood.schemes.models import scheme_of

SYSTEM = "系统安全随机数"
SOURCE_MOST = 200
SEED_MOST = 64
# What stands between the figures of a drawn number as people write it.
_BETWEEN = re.compile(r"[\s,，、.．·;；:：/+-]+")


@transaction.atomic
def freeze(version_id: UUID, step_key: str, *, by: Actor, seed_source: str = "", at: dt.datetime | None = None) -> Draw:
    """Freeze the frame: everything that waited for the draw at this step by then, within the post's division.

    ``seed_source`` announces a number that others will draw later, out of anybody's hands here; without it the system
    makes the seed at the draw.
    """
    step = _step(version_id, step_key, by)
    assert by.post is not None
    now = at or timezone.now()
    rows = waiting(version_id, step_key, by.post.division, now)
    if not rows:
        raise Refused(f"没有等待“{step.title}”抽取的申报。")
    if len(seed_source.strip()) > SOURCE_MOST:
        raise Refused(f"种子来源不超过 {SOURCE_MOST} 字。", field="seed_source")
    draw = Draw(
        version_id=version_id,
        step=step_key,
        division=by.post.division,
        year=today_in_shanghai(now).year,
        frame_size=len(rows),
        method=_method(step),
        frozen_at=now,
        frozen_by=by.user,
        seed_source=seed_source.strip(),
        is_simulated=all(row.is_simulated for row in rows),
        is_demonstration=all(row.is_demonstration for row in rows),
    )
    members = _members(draw, rows, step)
    draw.frame_hash = sampling.frame_hash(frame(members))
    try:
        with transaction.atomic():
            draw.save(force_insert=True)
    except IntegrityError as error:
        raise Refused("本环节已有固定的抽样框，请先抽取，再建立新的抽样框。") from error
    DrawMember.objects.bulk_create(members)
    details = {
        "step": step.title,
        "size": len(rows),
        "frame_hash": draw.frame_hash,
        "seed_source": draw.seed_source or SYSTEM,
    }
    record_many([Happening(Event.FRAME_FROZEN, draw, by, by.post.division.code, details, at=at)])
    return draw


@transaction.atomic
def draw(frozen: Draw, *, by: Actor, seed: str = "", seed_source: str = "", at: dt.datetime | None = None) -> Draw:
    """Let the seed choose: the number from the source announced with the frame, else one that the system makes now.

    ``seed_source`` may only say again what was announced. Those not drawn pass on.
    """
    held = Draw.objects.select_for_update(of=("self",)).select_related("division").get(pk=frozen.pk)
    _step(held.version_id, held.step, by, held.division)
    if held.drawn_at is not None:
        raise Refused(f"已于 {timezone.localtime(held.drawn_at):%Y-%m-%d %H:%M} 抽取，不能重抽。")
    held.seed = _seed(held, seed, seed_source)
    held.seed_source = held.seed_source or SYSTEM
    now = at or timezone.now()
    members = list(DrawMember.objects.filter(draw=held).order_by("position"))
    assert sampling.frame_hash(frame(members)) == held.frame_hash, "the frame was altered after it was frozen"
    outcome = sampling.draw(frame(members), method_of(held), held.seed)
    held.method |= {"size": outcome.size, "allocation": outcome.allocation}
    held.drawn_at, held.drawn_by = now, by.user
    held.save(update_fields=["seed", "seed_source", "method", "drawn_at", "drawn_by"])
    moves = _apply(held, members, set(outcome.selected), by, now)
    details = {"seed": held.seed, "seed_source": held.seed_source, "selected": outcome.selected}
    drawn = Happening(Event.DRAWN, held, by, held.division.code, details, at=at)
    scheme = scheme_of(held.version_id)
    record_many([drawn, *(moving.happening(scheme, move, by, at) for move in moves)])
    return held


def _seed(held: Draw, seed: str, seed_source: str) -> str:
    """The seed of a draw. The frame is public by now: a seed of one's own could have been tried out before."""
    if seed_source.strip() not in ("", held.seed_source):
        announced = f"“{held.seed_source}”" if held.seed_source else SYSTEM
        raise Refused(f"固定抽样框时公布的种子来源是{announced}，不能改用其他来源。", field="seed_source")
    if not held.seed_source:
        if seed.strip():
            raise Refused("固定抽样框时没有公布种子来源，种子由系统在抽取时产生，不能自行填写。", field="seed")
        return secrets.token_hex(16)
    figures = _BETWEEN.sub("", unicodedata.normalize("NFKC", seed))
    if not figures:
        raise Refused(f"请填写“{held.seed_source}”公布的号码。", field="seed")
    # Figures alone: else the way of writing would leave a choice between several seeds.
    if not (figures.isascii() and figures.isdecimal()) or len(figures) > SEED_MOST:
        raise Refused(f"种子只写公布的号码，只用数字，不超过 {SEED_MOST} 位。", field="seed")
    return figures


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


def waiting(version_id: UUID, step_key: str, division: Division, at: dt.datetime) -> list[Declaration]:
    """What had come to wait for the draw at a step within a division by then, in the order of the communities' codes."""
    low, high = division.span
    found = Declaration.objects.filter(
        version=version_id,
        step=step_key,
        status=Status.ACTIVE,
        sampled=None,
        since__lte=at,
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
