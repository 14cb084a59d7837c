"""Public notices: what waits for one is shown to everybody for so many days; objections are answered; then it moves on."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from greenhood.accounts.access import NotAllowed, check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.assessments.models import Assessment
from greenhood.declarations import procedure
from greenhood.declarations.actions import moving
from greenhood.declarations.actions.awarding import ALPHABET
from greenhood.declarations.actions.moving import Move
from greenhood.declarations.errors import Refused
from greenhood.declarations.events import Event
from greenhood.declarations.models import Declaration, Notice, NoticeEntry, Objection, Outcome, Status
from greenhood.declarations.queries import scores
from greenhood.evidence.models import Blob
from greenhood.history.actions import Happening, record_many
from greenhood.kit import dates
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes.format import Scheme, Step, StepKind
from greenhood.schemes.models import scheme_of

MOST_A_DAY = 5
PASSED = "公示期满，无未处理的异议"


@transaction.atomic
def publish(
    ids: Iterable[UUID],
    *,
    by: Actor,
    contact: str,
    title: str = "",
    opens_on: dt.date | None = None,
    at: dt.datetime | None = None,
) -> Notice:
    """Publish a notice of declarations that wait for one at the same step of the same scheme.

    It begins on the day after publication unless a later day is named: the first day doesn't count.
    """
    now = at or timezone.now()
    rows = moving.lock(ids)
    scheme, step = _common_step(rows, by)
    today = today_in_shanghai(now)
    if opens_on is not None and opens_on < today:
        raise Refused(f"公示开始日期不能早于今天（{today}）。", field="opens_on")
    if not contact.strip():
        raise Refused("请写明受理异议的联系方式（部门、电话、地址）。", field="contact")
    begins, ends = procedure.notice_days(step, opens_on or today + dates.ONE_DAY)
    assert by.post is not None
    notice = Notice.objects.create(
        version_id=rows[0].version_id,
        step=step.key,
        division=by.post.division,
        title=title.strip() or f"关于{begins.year}年拟命名{_titles(scheme, rows)}的公示",
        opens_on=begins,
        closes_on=ends,
        days=step.days or 0,
        day_kind=step.day_kind,
        show_scores=step.show_scores,
        contact=contact.strip(),
        published_at=now,
        published_by=by.user,
        is_simulated=all(row.is_simulated for row in rows),
        is_demonstration=all(row.is_demonstration for row in rows),
    )
    _enter(notice, rows, step, now)
    communities = sorted(row.community.code for row in rows)
    details = {"entries": len(rows), "opens_on": begins, "closes_on": ends, "communities": communities}
    record_many([Happening(Event.NOTICE_PUBLISHED, notice, by, by.post.division.code, details, at=at)])
    return notice


def _titles(scheme: Scheme, rows: list[Declaration]) -> str:
    return "、".join(scheme.title_of(key).title for key in sorted({row.title for row in rows}))


def _common_step(rows: list[Declaration], by: Actor) -> tuple[Scheme, Step]:
    if not rows:
        raise Refused("请选择要公示的申报。", field="ids")
    if by.post is None:
        raise NotAllowed("须由经办人员发布公示。")
    for row in rows:
        check(by, Capability.PUBLISH_NOTICE, row.community)
    if len({(row.version_id, row.step) for row in rows}) > 1:
        raise Refused("所选申报属于不同的方案或环节，请分开公示。", field="ids")
    scheme = scheme_of(rows[0].version_id)
    step = scheme.step(rows[0].step)
    reason = procedure.stranger(step, level=by.post.division.level, department=by.post.department, allowed=True)
    if reason:
        raise NotAllowed(reason)
    if step.kind is not StepKind.NOTICE:
        raise Refused(f"所选申报现处“{step.title}”环节，还不能公示{procedure.cited(step)}。", field="ids")
    on_notice = set(
        NoticeEntry.objects.filter(declaration__in=rows, ended_at=None).values_list("declaration", flat=True)
    )
    for row in rows:
        if row.status != Status.ACTIVE or row.pk in on_notice:
            why = "已在公示中" if row.pk in on_notice else "不在办理中"
            raise Refused(f"{row.community.name}{why}，请刷新页面后重新选择。", field="ids")
    return scheme, step


def _enter(notice: Notice, rows: list[Declaration], step: Step, now: dt.datetime) -> None:
    """The declarations in the notice; from now on everybody sees the photos that their communities marked as public.

    That has no entry of its own in history: the notice's says when, by whom, and of which communities.
    """
    shown = scores.counting(rows) if step.show_scores != "none" else {}
    NoticeEntry.objects.bulk_create(
        NoticeEntry(
            notice=notice,
            declaration=row,
            total=shown[row.pk].total if row.pk in shown else None,
            parts=shown[row.pk].parts if step.show_scores == "parts" else {},
        )
        for row in sorted(rows, key=lambda row: row.community.code)
    )
    ids = {row.assessment_id for row in rows}
    Assessment.objects.filter(pk__in=ids, public_from=None).update(public_from=now)


# --- the end of a notice ----------------------------------------------------------------------------------------------


@transaction.atomic
def close(notice: Notice, *, by: Actor, at: dt.datetime | None = None) -> list[Declaration]:
    """After the last day: what nobody objected to moves on; what has an objection waits for the answer."""
    now = at or timezone.now()
    if not by.is_system:
        check(by, Capability.PUBLISH_NOTICE, notice.division)
    if not dates.has_passed(notice.closes_on, now):
        raise Refused(f"公示期到 {notice.closes_on} 结束，期满之前不能办结。")
    held = Notice.objects.select_for_update(of=("self",)).select_related("division").get(pk=notice.pk)
    moves = _release(NoticeEntry.objects.filter(notice=held, ended_at=None), by, now)
    told = [moving.happening(scheme_of(held.version_id), move, by, at) for move in moves]
    if held.closed_at is None:
        held.closed_at = now
        held.save(update_fields=["closed_at"])
        details = {"passed": len(moves)}
        told.append(Happening(Event.NOTICE_CLOSED, held, by, held.division.code, details, at=at))
    record_many(told)
    return [move.declaration for move in moves]


def close_due(*, at: dt.datetime | None = None) -> int:
    """Close every notice whose last day has passed; how many. Called by the clock, safe to call again."""
    today = today_in_shanghai(at)
    due = list(Notice.objects.filter(closed_at=None, closes_on__lt=today).order_by("closes_on", "pk"))
    for notice in due:
        close(notice, by=Actor.system(), at=at)
    return len(due)


def _release(entries: QuerySet[NoticeEntry], by: Actor, now: dt.datetime) -> list[Move]:
    """Move on the entries without an open or an upheld objection."""
    locked = moving.lock(entries.values_list("declaration", flat=True))
    # Read after the rows are held: an objection that came in meanwhile counts.
    free = set(
        NoticeEntry.objects.filter(declaration__in=locked, ended_at=None)
        .exclude(objections__in=Objection.objects.filter(answered_at=None))
        .exclude(objections__in=Objection.objects.filter(upheld=True))
        .values_list("declaration", flat=True)
    )
    moves = [Move(row, Outcome.PASS, PASSED) for row in locked if row.pk in free and row.status == Status.ACTIVE]
    moving.make(moves, by=by, at=now)
    return moves


# --- objections -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Complaint:
    """What an objector writes: the real name and how to reach them, and the reason; clean already."""

    name: str
    contact: str
    reason: str


@transaction.atomic
def object_to(
    entry: NoticeEntry,
    complaint: Complaint,
    *,
    by: Actor,
    proof: Blob | None = None,
    proof_name: str = "",
    at: dt.datetime | None = None,
) -> Objection:
    """File a real-name objection while the notice runs. Holds the award until it is answered."""
    now = at or timezone.now()
    row = moving.lock([entry.declaration_id])[0]
    entry = NoticeEntry.objects.select_related("notice").get(pk=entry.pk)
    _check_open(entry, now)
    for name, label, most in (("name", "真实姓名", 60), ("contact", "联系方式", 100), ("reason", "异议内容", 2000)):
        value = getattr(complaint, name).strip()
        if not value:
            raise Refused(f"请填写{label}。", field=name)
        if len(value) > most:
            raise Refused(f"{label}不超过 {most} 字。", field=name)
    sender = sender_of(by.address)
    _check_not_flooding(sender, now)
    step = scheme_of(row.version_id).step(entry.notice.step)
    objection = Objection.objects.create(
        entry=entry,
        receipt=_receipt(now),
        name=complaint.name.strip(),
        contact=complaint.contact.strip(),
        reason=complaint.reason.strip(),
        proof=proof,
        proof_name=proof_name[:200],
        received_at=now,
        sender=sender,
        due_on=dates.add_working_days(today_in_shanghai(now), step.answer_days) if step.answer_days else None,
    )
    # The objector's name stays with the objection: history says that one came in, not from whom.
    details = {"receipt": objection.receipt, "community": row.community.name}
    visitor = Actor.anonymous(by.address)
    record_many([Happening(Event.OBJECTION_FILED, row, visitor, row.community.code, details, at=at)])
    return objection


def check_may_object(entry: NoticeEntry, *, by: Actor, at: dt.datetime | None = None) -> None:
    """Whether the notice runs and the sender isn't flooding it: asked before a file is stored."""
    now = at or timezone.now()
    _check_open(entry, now)
    _check_not_flooding(sender_of(by.address), now)


def _check_not_flooding(sender: str, now: dt.datetime) -> None:
    recent = Objection.objects.filter(sender=sender, received_at__gt=now - dt.timedelta(days=1)).count()
    if sender and recent >= MOST_A_DAY:
        raise Refused("同一网络地址一天内提交的异议过多，请明天再试，或按公示中的联系方式直接反映。")


def _check_open(entry: NoticeEntry, now: dt.datetime) -> None:
    notice = entry.notice
    if dates.has_passed(notice.closes_on, now):
        raise Refused(f"公示期已于 {notice.closes_on} 结束，不再受理异议。可按公示中的联系方式向主管部门反映。")
    if entry.ended_at is not None:
        raise Refused("该社区已不在公示中，不再受理异议。")


def sender_of(address: str) -> str:
    """A keyed hash of a network address: enough to count, not enough to find the person."""
    if not address:
        return ""
    return hmac.new(settings.SECRET_KEY.encode(), address.encode(), hashlib.sha256).hexdigest()


def _receipt(now: dt.datetime) -> str:
    return f"YY{today_in_shanghai(now):%Y%m%d}" + "".join(secrets.choice(ALPHABET) for _ in range(8))


def cannot_handle(notice: Notice, by: Actor) -> str | None:
    """Why this post isn't the handling body of a notice, or None. Only the handling body learns who objects."""
    if not by.may(Capability.HANDLE_OBJECTION, notice.division) or by.post is None:
        return "异议由发布公示的单位处理。"
    step = scheme_of(notice.version_id).step(notice.step)
    return procedure.stranger(step, level=by.post.division.level, department=by.post.department, allowed=True)


@transaction.atomic
def answer(objection: Objection, *, by: Actor, answer: str, upheld: bool, at: dt.datetime | None = None) -> Objection:
    """Answer an objection. If it isn't upheld and the notice is over, the declaration moves on."""
    now = at or timezone.now()
    entry = NoticeEntry.objects.select_related("notice__division").get(pk=objection.entry_id)
    if reason := cannot_handle(entry.notice, by):
        raise NotAllowed(reason)
    row = moving.lock([entry.declaration_id])[0]
    if not answer.strip():
        raise Refused("请写明处理答复。", field="answer")
    changed = Objection.objects.filter(pk=objection.pk, answered_at=None).update(
        answer=answer.strip(), upheld=upheld, answered_at=now, answered_by=by.user
    )
    if not changed:
        raise Refused("该异议已经答复，无需重复办理。")
    details = {"receipt": objection.receipt, "upheld": upheld, "answer": answer.strip()}
    told = [Happening(Event.OBJECTION_ANSWERED, row, by, row.community.code, details, at=at)]
    if dates.has_passed(entry.notice.closes_on, now):
        moves = _release(NoticeEntry.objects.filter(pk=entry.pk, ended_at=None), by, now)
        told += [moving.happening(scheme_of(row.version_id), move, by, at) for move in moves]
    record_many(told)
    return Objection.objects.get(pk=objection.pk)
