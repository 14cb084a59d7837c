"""Draw experts from the pool for a panel: who must stand back is left out with the reason, the rest go by lot.

The frame, its hash, the seed and the whole order are kept, so that anybody can replay the draw; who declines is followed by
the next in the drawn order, never by a choice.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from greenhood.accounts.access import NotAllowed, check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.assessments.models import ScoreSheet
from greenhood.declarations import procedure, sampling
from greenhood.declarations.actions import moving, seating
from greenhood.declarations.actions.seating import Sitter
from greenhood.declarations.errors import AlreadyDecided, Refused
from greenhood.declarations.events import Event
from greenhood.declarations.models import Declaration, DrawnExpert, ExpertDraw, Panel, PanelSeat
from greenhood.declarations.queries import expert_draws as queries
from greenhood.declarations.queries.expert_draws import Candidate
from greenhood.divisions.models import Division
from greenhood.experts.fields import known, words
from greenhood.history.actions import Happening, record_many
from greenhood.schemes.format import Step
from greenhood.schemes.models import scheme_of

MOST_SEATS = 30


@transaction.atomic
def draw(
    ids: Iterable[UUID],
    kind: str,
    seats: int,
    *,
    by: Actor,
    fields: Sequence[str] = (),
    region: Division | None = None,
    panel: Panel | None = None,
    seed: str = "",
    at: dt.datetime | None = None,
) -> ExpertDraw:
    """Draw so many experts for a kind of seat. With ``panel`` for one that is open, else for declarations that wait.

    ``seed`` is for replays alone; otherwise the system makes it now. Raises Refused where too few can be drawn, with the
    reasons of those left out.
    """
    check(by, Capability.RUN_PANEL)
    if by.post is None:
        raise NotAllowed("须由经办人员抽取。")
    version_id, step, rows = _cases(ids, panel, by)
    _check_wanted(step, kind, seats)
    wanted = known(fields)
    seated = list(panel.seats.values_list("user", flat=True)) if panel else []
    found = queries.candidates(by.post.division, rows, fields=wanted, region=region, seated=seated)
    free = [one for one in found if not one.reasons]
    if len(free) < seats:
        raise Refused(_too_few(found, free, seats, step), field="seats")
    key = seed or secrets.token_hex(16)
    frame = [sampling.Member(str(one.entry.pk), str(one.entry.pool.code)) for one in free]
    frame.sort(key=lambda member: member.key)
    order = {
        member.key: place for place, member in enumerate(sampling.ordered(frame, key, never_sampled_first=False), 1)
    }
    made = ExpertDraw.objects.create(
        version_id=version_id,
        step=step.key,
        division=by.post.division,
        panel=panel,
        kind=kind,
        seats=seats,
        fields=wanted,
        region=region,
        declarations=[str(row.pk) for row in rows],
        frame_hash=sampling.frame_hash(frame),
        seed=key,
        drawn_at=at or timezone.now(),
        drawn_by=by.user,
    )
    DrawnExpert.objects.bulk_create(_member(made, one, order.get(str(one.entry.pk))) for one in found)
    details = {
        "席位": kind, "人数": seats, "专业领域": words(wanted), "候选": len(free), "回避和排除": len(found) - len(free),
        "校验值": made.frame_hash, "种子": key,
    }  # fmt: skip
    record_many([Happening(Event.EXPERTS_DRAWN, made, by, by.post.division.code, details, at=at)])
    return made


def _member(made: ExpertDraw, one: Candidate, order: int | None) -> DrawnExpert:
    return DrawnExpert(
        draw=made,
        entry=one.entry,
        user_id=one.entry.user_id,
        name=one.entry.name,
        employer=one.entry.employer,
        pool_code=one.entry.pool.code,
        order=order,
        excluded=one.reasons,
    )


def _cases(ids: Iterable[UUID], panel: Panel | None, by: Actor) -> tuple[UUID, Step, list[Declaration]]:
    """The scheme version, the step, and the declarations before the panel."""
    if panel is None:
        rows = moving.lock(ids)
        _, step = seating.common_step(rows, by)
        return rows[0].version_id, step, rows
    held = seating.open_panel_of(panel, by)
    cases = held.cases.filter(ended_at=None).select_related("declaration__community").order_by("pk")
    return held.version_id, scheme_of(held.version_id).step(held.step), [case.declaration for case in cases]


def _check_wanted(step: Step, kind: str, seats: int) -> None:
    if kind not in {one for one, _, _ in queries.expert_kinds(step)}:
        raise Refused(f"这一环节没有可由专家担任的这种席位{procedure.cited(step)}。", field="kind")
    if not 1 <= seats <= MOST_SEATS:
        raise Refused(f"抽取人数应为 1 至 {MOST_SEATS}。", field="seats")


def _too_few(found: Sequence[Candidate], free: Sequence[Candidate], seats: int, step: Step) -> str:
    out = [f"{one.entry.name}（{'；'.join(one.reasons)}）" for one in found if one.reasons]
    left_out = f"不能抽取的：{'、'.join(out[:6])}{'等' if len(out) > 6 else ''}。" if out else ""
    return (
        f"符合条件的专家有 {len(free)} 人，不足 {seats} 人{procedure.cited(step)}。{left_out}"
        "请放宽专业领域或地区，或先在专家库补充专家。"
    )


@transaction.atomic
def open_drawn(
    ids: Iterable[UUID],
    sitters: Sequence[Sitter],
    draws: Iterable[ExpertDraw],
    *,
    by: Actor,
    title: str = "",
    at: dt.datetime | None = None,
) -> Panel:
    """Open a panel with drawn experts. Refused where somebody else sits in a drawn seat, or a drawn expert is tied to a case."""
    chosen, used = list(ids), list(draws)
    for one in used:
        held = _held(one.pk)
        if held.panel_id is not None:
            raise AlreadyDecided("这次抽取的结果已经用于一个评审组，请刷新页面。")
        _check_drawn(held, sitters)
        _check_free(held, chosen, by)
    panel = seating.open_panel(chosen, sitters, by=by, title=title, at=at)
    ExpertDraw.objects.filter(pk__in=[one.pk for one in used]).update(panel=panel)
    return panel


def _check_drawn(held: ExpertDraw, sitters: Sequence[Sitter]) -> None:
    wanted = {one.user_id for one in queries.shown(held).chosen}
    given = {one.user_id for one in sitters if one.kind == held.kind}
    if given != wanted:
        raise Refused(
            "抽取的席位须由抽中的专家担任，不能另选；本人不能参加的，请登记谢绝，由下一位递补。", field="seats"
        )


def _check_free(held: ExpertDraw, chosen: Sequence[UUID], by: Actor) -> None:
    """What was declared since the draw, or a case that was added, may tie a drawn expert after all."""
    rows = list(Declaration.objects.filter(pk__in=chosen).select_related("community"))
    drawn = {one.entry_id for one in queries.shown(held).chosen}
    step = scheme_of(held.version_id).step(held.step)
    for one in queries.candidates(held.division, rows):
        if one.entry.pk in drawn and one.reasons:
            raise Refused(
                f"{one.entry.name}须回避——{'；'.join(one.reasons)}{procedure.cited(step)}。请登记谢绝，由下一位递补。",
                field="seats",
            )


@transaction.atomic
def decline(
    member: DrawnExpert, *, reason: str, revision: int, by: Actor, at: dt.datetime | None = None
) -> DrawnExpert | None:
    """A drawn expert can't come: the next in the drawn order takes the place, on the panel too where one is open. Who it is.

    Raises Refused where nobody is left on an open panel, or scores are handed in already.
    """
    held = _held(member.draw_id)
    check(by, Capability.RUN_PANEL, held.division)
    if by.post is None or by.post.division_id != held.division_id:
        raise NotAllowed(f"抽取由{held.division.name}组织。")
    if held.revision != revision:
        raise AlreadyDecided("抽取结果刚被他人更新，请核对后再办理。")
    before = queries.shown(held)
    row = next((one for one in before.chosen if one.pk == member.pk), None)
    if row is None:
        raise Refused("只有现在抽中的专家可以登记谢绝。")
    if not reason.strip():
        raise Refused("请写明谢绝的理由。", field="reason")
    row.declined_at, row.declined_reason = at or timezone.now(), reason.strip()[:200]
    row.save(update_fields=["declined_at", "declined_reason"])
    held.revision += 1
    held.save(update_fields=["revision"])
    following = next(iter(before.waiting), None)
    if held.panel is not None:
        _replace_on_panel(held, row, following, by, at)
    details = {"谢绝": row.name, "理由": row.declined_reason, "递补": following.name if following else "无"}
    record_many([Happening(Event.EXPERT_DECLINED, held, by, held.division.code, details, at=at)])
    return following


def _replace_on_panel(
    held: ExpertDraw, row: DrawnExpert, following: DrawnExpert | None, by: Actor, at: dt.datetime | None
) -> None:
    assert held.panel is not None
    panel = seating.open_panel_of(held.panel, by)
    seat = PanelSeat.objects.filter(panel=panel, user=row.user_id).first()
    if seat is None:
        return
    if following is None or following.user_id is None:
        raise Refused("备选的专家已经用完，请在评审组页面再抽取一次，补充成员后再登记谢绝。")
    sheets = ScoreSheet.objects.filter(
        assessment__in=panel.cases.values("declaration__assessment"), step=panel.step, by=row.user_id
    )
    if sheets.filter(handed_in_at__isnull=False).exists():
        raise Refused(f"{row.name}已经交分，不能更换。")
    sheets.delete()
    seating.swap(panel, seat, following.user_id, by=by, at=at)


@transaction.atomic
def seat(one: ExpertDraw, *, by: Actor, at: dt.datetime | None = None) -> list[PanelSeat]:
    """Seat those drawn for an open panel where a seat of that kind lacks a judge. Raises Refused."""
    held = _held(one.pk)
    if held.panel is None:
        raise Refused("这次抽取不是为已经组成的评审组作的，请在组成评审组的页面使用。")
    present = set(held.panel.seats.values_list("user", flat=True))
    new = [one for one in queries.shown(held).chosen if one.user_id not in present]
    if not new:
        raise AlreadyDecided("抽中的专家都已在评审组。")
    return [seating.add_member(held.panel, Sitter(one.user_id, held.kind), by=by, at=at) for one in new if one.user_id]


def _held(pk: UUID) -> ExpertDraw:
    return ExpertDraw.objects.select_for_update(of=("self",)).select_related("division", "panel").get(pk=pk)
