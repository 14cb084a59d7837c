"""Panels: seats filled by kind, recusals found and declared, scores given apart, then brought together by the scheme."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from greenhood.accounts.access import NotAllowed, check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.assessments.models import Scorer, ScoreSheet
from greenhood.declarations import procedure
from greenhood.declarations.actions import moving
from greenhood.declarations.errors import Refused
from greenhood.declarations.events import Event
from greenhood.declarations.models import Declaration, Panel, PanelCase, PanelSeat, Recusal
from greenhood.declarations.queries import seats as seat_queries
from greenhood.declarations.queries.placing import Placed, placed
from greenhood.declarations.queries.seats import ROLES_OF, Progress
from greenhood.history.actions import Happening, record_many
from greenhood.schemes import engine
from greenhood.schemes.format import Scheme, Standard, Step, StepKind
from greenhood.schemes.models import scheme_of


@dataclass(frozen=True, slots=True)
class Sitter:
    """A person and the kind of seat that they take."""

    user_id: UUID
    kind: str


@transaction.atomic
def open_panel(
    ids: Iterable[UUID],
    sitters: Sequence[Sitter],
    *,
    by: Actor,
    title: str = "",
    at: dt.datetime | None = None,
) -> Panel:
    """Put declarations of one step before a panel. Who must not judge what is found now and recorded."""
    now = at or timezone.now()
    rows = moving.lock(ids)
    _scheme, step = _common_step(placed(rows), by)
    assert by.post is not None
    _check_seats(step, sitters)
    panel = Panel.objects.create(
        version_id=rows[0].version_id,
        step=step.key,
        division=by.post.division,
        title=title.strip() or f"{rows[0].year}年{step.title}",
        opened_at=now,
        opened_by=by.user,
    )
    PanelSeat.objects.bulk_create(PanelSeat(panel=panel, user_id=one.user_id, kind=one.kind) for one in sitters)
    try:
        with transaction.atomic():
            PanelCase.objects.bulk_create(PanelCase(panel=panel, declaration=row) for row in rows)
    except IntegrityError as error:
        raise Refused("有申报已在另一个评审组，请刷新页面后重新选择。", field="ids") from error
    recusals = _find_recusals(panel, rows, [one.user_id for one in sitters], now)
    _check_every_kind_judges(panel)
    _lay_out_sheets(panel, now)
    details = {"cases": len(rows), "seats": dict(Counter(one.kind for one in sitters))}
    told = [Happening(Event.PANEL_OPENED, panel, by, by.post.division.code, details, at=at)]
    record_many(told + [_recused(recusal, by, at) for recusal in recusals])
    return panel


def _common_step(at_steps: list[Placed], by: Actor) -> tuple[Scheme, Step]:
    if not at_steps:
        raise Refused("请选择要评审的申报。", field="ids")
    if by.post is None:
        raise NotAllowed("须由经办人员组织评审。")
    for at_step in at_steps:
        check(by, Capability.RUN_PANEL, at_step.declaration.community)
    first = at_steps[0]
    if len({(one.declaration.version_id, one.declaration.step) for one in at_steps}) > 1:
        raise Refused("所选申报属于不同的方案或环节，请分开组织评审。", field="ids")
    step = first.step
    if step is None or step.kind is not StepKind.PANEL:
        raise Refused(f"所选申报现处“{step.title if step else ''}”环节，不作评审。", field="ids")
    reason = procedure.stranger(step, level=by.post.division.level, department=by.post.department, allowed=True)
    if reason:
        raise NotAllowed(reason)
    for at_step in at_steps:
        if at_step.awaits is not procedure.Awaits.PANEL:
            raise Refused(f"{at_step.declaration.community.name}：{at_step.words}，不能再交评审组。", field="ids")
    return first.scheme, step


def common_step(rows: Sequence[Declaration], by: Actor) -> tuple[Scheme, Step]:
    """The panel step at which all of these declarations wait for this post. Raises Refused."""
    return _common_step(placed(list(rows)), by)


def _check_seats(step: Step, sitters: Sequence[Sitter]) -> None:
    if len({one.user_id for one in sitters}) < len(sitters):
        raise Refused("同一人不能占两个席位。", field="seats")
    given = Counter(one.kind for one in sitters)
    wanted = {seat.kind: seat.count for seat in step.seats}
    for seat in step.seats:
        if given[seat.kind] != seat.count:
            raise Refused(
                f"“{seat.title}”应为 {seat.count} 席，现选 {given[seat.kind]} 人{procedure.cited(step)}。",
                field="seats",
            )
    if extra := sorted(given.keys() - wanted.keys()) if wanted else []:
        raise Refused(f"方案没有设“{'、'.join(extra)}”席位{procedure.cited(step)}。", field="seats")
    if not sitters:
        raise Refused("请选择评审成员。", field="seats")
    roles = seat_queries.held_roles([one.user_id for one in sitters])
    for one in sitters:
        if not ROLES_OF.get(one.kind, set()) & roles.get(one.user_id, set()):
            raise Refused("所选人员没有与席位相应的有效岗位，请重新选择。", field="seats")


def _find_recusals(panel: Panel, rows: list[Declaration], users: list[UUID], now: dt.datetime) -> list[Recusal]:
    seats = {seat.user_id: seat for seat in panel.seats.filter(user__in=users)}
    cases = {case.declaration_id: case for case in panel.cases.select_related("declaration__community")}
    known = seat_queries.conflicts_of(users, rows, panel.division.level)
    return Recusal.objects.bulk_create(
        Recusal(seat=seats[user], case=cases[row], found_by="system", reason="；".join(why)[:200], at=now)
        for (user, row), why in known.items()
    )


def _check_every_kind_judges(panel: Panel) -> None:
    for one in seat_queries.progress(panel):
        left = {seat.kind for seat in one.judges}
        gone = {recusal.seat.kind for recusal in one.recusals} - left
        if gone:
            step = scheme_of(panel.version_id).step(panel.step)
            titles = "、".join(seat.title for seat in step.seats if seat.kind in gone) or "全部成员"
            why = "；".join(f"{recusal.seat.user}：{recusal.reason}" for recusal in one.recusals)
            raise Refused(
                f"{one.case.declaration.community.name}的“{titles}”席位都须回避（{why}），请调换成员。", field="seats"
            )


def _lay_out_sheets(panel: Panel, now: dt.datetime) -> None:
    """A sheet for each judge and case: it is what opens the case's evidence to a member.

    A declaration that came back is scored anew: its earlier sheets are opened again, not thrown away.
    """
    pairs = [(one.case.declaration.assessment_id, seat) for one in seat_queries.progress(panel) for seat in one.judges]
    ScoreSheet.objects.filter(
        assessment__in={assessment for assessment, _ in pairs},
        step=panel.step,
        by__in={seat.user_id for _, seat in pairs},
    ).update(handed_in_at=None)
    ScoreSheet.objects.bulk_create(
        [
            ScoreSheet(
                assessment_id=assessment, scorer=Scorer.PANEL, step=panel.step, by_id=seat.user_id, started_at=now
            )
            for assessment, seat in pairs
        ],
        ignore_conflicts=True,
    )


def _recused(recusal: Recusal, by: Actor, at: dt.datetime | None) -> Happening:
    row = recusal.case.declaration
    details = {"member": str(recusal.seat.user), "found_by": recusal.found_by, "reason": recusal.reason}
    return Happening(Event.PANEL_RECUSED, row, by, row.community.code, details, at=at)


@transaction.atomic
def recuse(case: PanelCase, *, by: Actor, reason: str, at: dt.datetime | None = None) -> Recusal:
    """A member stands back from a case before handing in scores for it."""
    held, seat = seat_queries.case_for(by, case.pk)
    panel = Panel.objects.select_for_update().get(pk=held.panel_id)
    if panel.closed_at is not None or held.ended_at is not None:
        raise Refused("评审已经结束，不能再申请回避。")
    if not reason.strip():
        raise Refused("请写明回避的情形。", field="reason")
    sheet = ScoreSheet.objects.filter(assessment=held.declaration.assessment_id, step=panel.step, by=seat.user)
    if sheet.filter(handed_in_at__isnull=False).exists():
        raise Refused("已经交分，不能再申请回避。如确有利害关系，请告知组织评审的单位。")
    sheet.delete()
    recusal = Recusal.objects.create(
        seat=seat, case=held, found_by="member", reason=reason.strip()[:200], at=at or timezone.now()
    )
    record_many([_recused(recusal, by, at)])
    return recusal


@transaction.atomic
def add_member(panel: Panel, sitter: Sitter, *, by: Actor, at: dt.datetime | None = None) -> PanelSeat:
    """Seat a substitute where a recusal left a case without a judge of that kind."""
    held = _open_panel(panel, by)
    step = scheme_of(held.version_id).step(held.step)
    rows = seat_queries.progress(held)
    lacking = [one for one in rows if sitter.kind not in {seat.kind for seat in one.judges}]
    if not lacking:
        raise Refused("该席位没有空缺，不需要补充成员。", field="seats")
    if not ROLES_OF.get(sitter.kind, set()) & seat_queries.held_roles([sitter.user_id]).get(sitter.user_id, set()):
        raise Refused("所选人员没有与席位相应的有效岗位，请重新选择。", field="seats")
    try:
        with transaction.atomic():
            seat = PanelSeat.objects.create(panel=held, user_id=sitter.user_id, kind=sitter.kind)
    except IntegrityError as error:
        raise Refused("该人员已在评审组。", field="seats") from error
    now = at or timezone.now()
    judged = {one.case.pk for one in lacking}
    declarations = [one.case.declaration for one in rows]
    recusals = _find_recusals(held, declarations, [sitter.user_id], now)
    # A substitute judges only what lacked a judge.
    out = {recusal.case_id for recusal in recusals}
    Recusal.objects.bulk_create(
        Recusal(seat=seat, case=one.case, found_by="system", reason="补充成员，只评审空缺的申报", at=now)
        for one in rows
        if one.case.pk not in judged and one.case.pk not in out
    )
    ScoreSheet.objects.bulk_create(
        [
            ScoreSheet(
                assessment_id=one.case.declaration.assessment_id,
                scorer=Scorer.PANEL,
                step=held.step,
                by_id=sitter.user_id,
                started_at=now,
            )
            for one in lacking
            if one.case.pk not in out
        ],
        ignore_conflicts=True,
    )
    record_many(
        [
            Happening(
                Event.PANEL_OPENED,
                held,
                by,
                held.division.code,
                {"substitute": str(seat.user), "step": step.title},
                at=at,
            )
        ]
    )
    return seat


@transaction.atomic
def close_panel(panel: Panel, *, by: Actor, at: dt.datetime | None = None) -> list[PanelCase]:
    """Bring the scores together. Only now does anybody see another member's."""
    held = _open_panel(panel, by)
    rows = [one for one in seat_queries.progress(held) if one.case.ended_at is None]
    _check_all_scored(rows)
    scheme = scheme_of(held.version_id)
    step = scheme.step(held.step)
    now = at or timezone.now()
    cases = [_aggregate(one, scheme, step, now) for one in rows]
    PanelCase.objects.bulk_update(cases, ["total", "spread", "level", "scores", "decided_at"])
    held.closed_at, held.closed_by = now, by.user
    held.save(update_fields=["closed_at", "closed_by"])
    details = {
        "totals": {case.declaration.community.name: case.total for case in cases},
        "aggregate": step.aggregate,
    }
    record_many([Happening(Event.PANEL_CLOSED, held, by, held.division.code, details, at=at)])
    return cases


@transaction.atomic
def swap(panel: Panel, seat: PanelSeat, user: UUID, *, by: Actor, at: dt.datetime | None = None) -> PanelSeat:
    """Put a drawn expert in the place of one who declined, before any score of theirs is handed in."""
    held = _open_panel(panel, by)
    now = at or timezone.now()
    kind = seat.kind
    seat.delete()
    made = PanelSeat.objects.create(panel=held, user_id=user, kind=kind)
    recusals = _find_recusals(held, [one.case.declaration for one in seat_queries.progress(held)], [user], now)
    _check_every_kind_judges(held)
    ScoreSheet.objects.bulk_create(
        [
            ScoreSheet(
                assessment_id=one.case.declaration.assessment_id,
                scorer=Scorer.PANEL,
                step=held.step,
                by_id=user,
                started_at=now,
            )
            for one in seat_queries.progress(held)
            if made.pk in {judge.pk for judge in one.judges}
        ],
        ignore_conflicts=True,
    )
    record_many([_recused(recusal, by, at) for recusal in recusals])
    return made


def open_panel_of(panel: Panel, by: Actor) -> Panel:
    """The panel, held, where this post organises it and it isn't closed. Raises Refused, NotAllowed."""
    return _open_panel(panel, by)


def _open_panel(panel: Panel, by: Actor) -> Panel:
    held = Panel.objects.select_for_update(of=("self",)).select_related("division").get(pk=panel.pk)
    check(by, Capability.RUN_PANEL, held.division)
    if by.post is None or by.post.division_id != held.division_id:
        raise NotAllowed(f"评审由{held.division.name}组织。")
    if held.closed_at is not None:
        raise Refused(f"评审已于 {timezone.localtime(held.closed_at):%Y-%m-%d %H:%M} 结束。")
    return held


def _check_all_scored(rows: list[Progress]) -> None:
    unjudged = [one.case.declaration.community.name for one in rows if not one.judges]
    if unjudged:
        raise Refused(f"{'、'.join(unjudged)}没有可以评审的成员，请补充成员。")
    waiting = [
        f"{one.case.declaration.community.name}（{'、'.join(str(seat.user) for seat in one.missing)}）"
        for one in rows
        if one.missing
    ]
    if waiting:
        shown = "；".join(waiting[:5]) + ("等" if len(waiting) > 5 else "")
        raise Refused(f"还有 {len(waiting)} 件没有交齐评分：{shown}。")


def _aggregate(one: Progress, scheme: Scheme, step: Step, now: dt.datetime) -> PanelCase:
    case = one.case
    standard = procedure.standard_of(scheme, case.declaration.assessment.standard_key)
    sheets: Mapping[UUID, ScoreSheet] = one.sheets
    totals = [sheet.total or Decimal(0) for sheet in sheets.values()]
    case.total = engine.aggregate(totals, step.aggregate, standard.factor, standard.rounding)
    case.spread = max(totals) - min(totals)
    case.level = joint_level(standard, case.total, [sheet.level for sheet in sheets.values()])
    kinds = {seat.user_id: seat.kind for seat in one.judges}
    case.scores = sorted(
        (
            {"kind": kinds[user], "total": f"{sheet.total or 0:f}", "level": sheet.level}
            for user, sheet in sheets.items()
        ),
        key=lambda score: (score["kind"], Decimal(score["total"])),
    )
    case.decided_at = now
    return case


def joint_level(standard: Standard, total: Decimal, reached: Sequence[str]) -> str:
    """The highest level whose points the joint total has and which more than half of the members found reached.

    What a level asks besides points (no veto, floors, named items) is in the members' own findings.
    """
    ranks = {level.key: rank for rank, level in enumerate(standard.levels)}
    best = ""
    for rank, level in enumerate(standard.levels):
        agreeing = sum(ranks.get(key, -1) >= rank for key in reached)
        enough = (level.at_least is None or total >= level.at_least) and (level.above is None or total > level.above)
        if enough and agreeing * 2 > len(reached):
            best = level.key
    return best
