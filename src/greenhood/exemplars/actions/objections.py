"""Objections to a list of those to be commended: filed by anybody under a real name, answered by who published the notice."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.declarations.actions.awarding import ALPHABET
from greenhood.declarations.actions.noticing import MOST_A_DAY, sender_of
from greenhood.evidence.models import Blob
from greenhood.exemplars.actions.honours import hold_nomination
from greenhood.exemplars.actions.recording import keep, tell
from greenhood.exemplars.curating import act_as_own
from greenhood.exemplars.errors import Refused
from greenhood.exemplars.events import Event
from greenhood.exemplars.models import Nomination, Objection, Round
from greenhood.kit import dates
from greenhood.kit.dates import today_in_shanghai


@dataclass(frozen=True, slots=True)
class Complaint:
    """What an objector writes: the real name, how to reach them, the reason; clean already."""

    name: str
    contact: str
    reason: str


def check_may_object(nomination: Nomination, *, by: Actor, at: dt.datetime | None = None) -> None:
    """Whether the one is on a notice that runs, and the sender isn't flooding it: asked before a file is stored."""
    now = at or timezone.now()
    _check_open(nomination, now)
    _check_not_flooding(sender_of(by.address), now)


@transaction.atomic
def object_to(
    nomination: Nomination,
    complaint: Complaint,
    *,
    by: Actor,
    proof: Blob | None = None,
    proof_name: str = "",
    at: dt.datetime | None = None,
) -> Objection:
    """File a real-name objection while the notice runs; nothing is decided before it is answered. Raises Refused."""
    now = at or timezone.now()
    row = hold_nomination(nomination)
    _check_open(row, now)
    for name, label, most in (("name", "真实姓名", 60), ("contact", "联系方式", 100), ("reason", "异议内容", 2000)):
        value = getattr(complaint, name).strip()
        if not value or len(value) > most:
            raise Refused({name: f"请填写{label}。" if not value else f"{label}不超过 {most} 字。"})
    sender = sender_of(by.address)
    _check_not_flooding(sender, now)
    days = row.round.answer_days
    objection = Objection.objects.create(
        nomination=row,
        receipt=f"BY{today_in_shanghai(now):%Y%m%d}" + "".join(secrets.choice(ALPHABET) for _ in range(8)),
        name=complaint.name.strip(),
        contact=complaint.contact.strip(),
        reason=complaint.reason.strip(),
        proof=proof,
        proof_name=proof_name[:200],
        received_at=now,
        sender=sender,
        due_on=dates.add_working_days(today_in_shanghai(now), days) if days else None,
    )
    # The objector's name stays with the objection: history says that one came in, not from whom.
    visitor = Actor.anonymous(by.address)
    tell(Event.HONOUR_OBJECTED, row.round, visitor, row.round.division, at, {"receipt": objection.receipt})
    return objection


def _check_open(row: Nomination, now: dt.datetime) -> None:
    if row.round.state != Round.State.NOTICED or row.state != Nomination.State.CHOSEN:
        raise Refused("该对象已不在公示中，不再受理异议。")
    assert row.round.closes_on is not None, "a notice has its days"
    if dates.has_passed(row.round.closes_on, now):
        raise Refused(f"公示期已于 {row.round.closes_on} 结束，不再受理异议。可按公示中的联系方式向主管部门反映。")


def _check_not_flooding(sender: str, now: dt.datetime) -> None:
    recent = Objection.objects.filter(sender=sender, received_at__gt=now - dt.timedelta(days=1)).count()
    if sender and recent >= MOST_A_DAY:
        raise Refused("同一网络地址一天内提交的异议过多，请明天再试，或按公示中的联系方式直接反映。")


@transaction.atomic
def answer(objection: Objection, *, answer: str, upheld: bool, by: Actor, at: dt.datetime | None = None) -> Objection:
    """Answer an objection; upheld, the one it is about leaves the list. Raises Refused."""
    row = hold_nomination(Nomination(pk=objection.nomination_id))
    act_as_own(by, row.round.division, Capability.HANDLE_OBJECTION)
    if not answer.strip():
        raise Refused({"answer": "请写明处理答复。"})
    changed = Objection.objects.filter(pk=objection.pk, answered_at=None).update(
        answer=answer.strip()[:2000], upheld=upheld, answered_at=at or timezone.now(), answered_by=by.user
    )
    if not changed:
        raise Refused("该异议已经答复，无需重复办理。")
    if upheld and row.state == Nomination.State.CHOSEN:
        row.state, row.opinion = Nomination.State.REFUSED, f"异议成立（{objection.receipt}）。"
        keep(row, "state", "opinion")
    details = {"receipt": objection.receipt, "upheld": upheld, "answer": answer.strip()}
    tell(Event.HONOUR_OBJECTION_ANSWERED, row.round, by, row.round.division, at, details)
    return Objection.objects.get(pk=objection.pk)
