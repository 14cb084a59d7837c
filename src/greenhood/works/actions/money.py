"""What people do with money: name a source, grant and cut it, say what arrived and what was paid, reverse a mistake, explain a flag.

The database refuses the same as these do, so that two payments at once can't overspend either.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from greenhood.accounts.actor import Actor
from greenhood.kit.dates import today_in_shanghai
from greenhood.works import rules
from greenhood.works.actions.holding import FIRST_DAY, LARGEST, hold, record
from greenhood.works.actions.investing import need_investment
from greenhood.works.errors import NotPossible
from greenhood.works.events import Event
from greenhood.works.models import Explanation, Movement, Origin, Project, Source, State
from greenhood.works.queries.flags import TITLES, Flag, flags_of

KINDS = {
    Movement.Kind.BUDGET: Event.BUDGETED,
    Movement.Kind.ARRIVAL: Event.ARRIVED,
    Movement.Kind.PAYMENT: Event.PAID,
}


@transaction.atomic
def add_source(
    project: Project,
    *,
    origin: str,
    by: Actor,
    channel: str = "",
    budget: Decimal = Decimal(0),
    dated: dt.date | None = None,
    document: str = "",
    investment: Decimal | None = None,
    key: UUID | None = None,
    at: dt.datetime | None = None,
) -> Source:
    """Name a source of a project's money, with what it grants; ``investment`` is asked where the project has none.

    Sent twice under the same ``key`` it is one. Raises NotPossible.
    """
    held = hold(project, by)
    if key and (made := Source.objects.filter(pk=key, project=held).first()):
        return made
    channel = channel.strip()
    _check_source(held, origin, channel)
    if budget > 0:
        need_investment(held, investment, "下达资金", by=by, at=at)
    source = Source(project=held, origin=origin, channel=channel, added_at=at or timezone.now())
    if key:
        source.pk = key
    source.save(force_insert=True)
    record(Event.SOURCE_ADDED, held, by, at, details={"来源": str(source)})
    if budget:
        day = dated or today_in_shanghai(at)
        enter(source, Movement.Kind.BUDGET, amount=budget, dated=day, document=document, by=by, at=at)
    return source


def _check_source(project: Project, origin: str, channel: str) -> None:
    if origin not in Origin.values:
        raise NotPossible("请选择资金来源。", field="origin")
    if origin == Origin.OTHER and not channel:
        raise NotPossible("其他来源请写明资金渠道。", field="channel")
    if project.sources.filter(origin=origin, channel=channel).exists():
        raise NotPossible("这个项目已有相同的资金来源和渠道，请在原来源上追加下达。", field="channel")


@transaction.atomic
def enter(
    source: Source,
    kind: str,
    *,
    amount: Decimal,
    dated: dt.date,
    by: Actor,
    document: str = "",
    payee: str = "",
    purpose: str = "",
    reason: str = "",
    investment: Decimal | None = None,
    key: UUID | None = None,
    at: dt.datetime | None = None,
) -> Movement:
    """Write a line of the ledger: granted (or cut, below 0, with a reason), arrived, paid; ``investment`` is asked of a first grant.

    Sent twice under the same ``key`` it is one. Raises NotPossible with the clause behind it: more arrives than was granted, more is
    paid than was granted or has arrived.
    """
    project = hold(source.project, by)
    if key and (made := Movement.objects.filter(pk=key, source=source).first()):
        return made
    if kind == Movement.Kind.BUDGET and amount > 0:
        need_investment(project, investment, "追加下达", by=by, at=at)
    held = Source.objects.select_for_update(of=("self",)).get(pk=source.pk)
    said = {"document": document, "payee": payee, "purpose": purpose, "reason": reason}
    row = Movement(source=held, kind=kind, dated=dated, amount=amount, recorded_by=by.user)
    row.recorded_at = at or timezone.now()
    for name, text in said.items():
        setattr(row, name, text.strip())
    if key:
        row.pk = key
    _check_line(project, row, today_in_shanghai(at))
    _check_sums(project, held, row)
    _write(project, held, row, by, at)
    return row


@transaction.atomic
def reverse(movement: Movement, *, reason: str, by: Actor, at: dt.datetime | None = None) -> Movement:
    """Take a line back by one of the opposite amount; both stay. Raises NotPossible."""
    project = hold(movement.source.project, by)
    held = Source.objects.select_for_update(of=("self",)).get(pk=movement.source_id)
    first = Movement.objects.get(pk=movement.pk)
    if first.reverses_id:
        raise NotPossible("这一笔本身是冲销，不能再冲销；需要时请重新登记。")
    if Movement.objects.filter(reverses=first).exists():
        raise NotPossible("这一笔已经冲销过了。")
    if not reason.strip():
        raise NotPossible("请写明冲销的原因，例如“金额录入错误”“退回拨款单位”。", field="reason")
    row = Movement(
        source=held,
        kind=first.kind,
        dated=max(first.dated, today_in_shanghai(at)),
        amount=-first.amount,
        document=first.document,
        payee=first.payee,
        purpose=first.purpose,
        reason=reason.strip()[:300],
        reverses=first,
        recorded_at=at or timezone.now(),
        recorded_by=by.user,
    )
    _check_reversal(project, held, row)
    _write(project, held, row, by, at)
    return row


def _check_line(project: Project, row: Movement, today: dt.date) -> None:
    """What can be said of a line by itself."""
    kind = Movement.Kind(row.kind)
    if project.state == State.CANCELLED and kind != Movement.Kind.BUDGET:
        raise NotPossible("项目已取消，不能再登记到位和支付；需要核减时请调整下达。")
    if row.amount == 0 or (row.amount < 0 and kind != Movement.Kind.BUDGET):
        raise NotPossible("金额应大于 0。记错的请用“冲销”更正。", field="amount")
    if abs(row.amount) >= LARGEST:
        raise NotPossible("金额太大，请核对单位：这里填元，不是万元。", field="amount")
    if row.amount != row.amount.quantize(Decimal("0.01")):
        raise NotPossible("金额最多两位小数（到分）。", field="amount")
    if row.amount < 0 and not row.reason:
        raise NotPossible("核减下达请写明原因。", field="reason")
    if row.dated > today:
        raise NotPossible(f"日期 {row.dated} 还没有到，不能晚于今天（{today}）。", field="dated")
    if row.dated < FIRST_DAY:
        raise NotPossible(f"日期 {row.dated} 太早，请核对年份。", field="dated")
    if kind == Movement.Kind.ARRIVAL and not row.document:
        raise NotPossible("请填写到位的文号或凭证号。", field="document")
    if kind == Movement.Kind.PAYMENT:
        if not row.payee:
            raise NotPossible("请填写收款单位。", field="payee")
        if not row.purpose:
            raise NotPossible("请填写用途。", field="purpose")


def _check_sums(project: Project, held: Source, row: Movement) -> None:
    """Whether the source bears it."""
    if text := over(held.budget, held.arrived, held.paid, row.kind, row.amount):
        raise _refused(project, held, text, "amount")


def over(budget: Decimal, arrived: Decimal, paid: Decimal, kind: str, amount: Decimal) -> str:
    """Why a source with these sums can't bear another line; empty where it can."""
    if kind == Movement.Kind.BUDGET:
        if budget + amount < 0:
            return f"核减 {rules.yuan(-amount)}，超过已下达的 {rules.yuan(budget)}。"
        return ""
    if kind == Movement.Kind.ARRIVAL:
        if arrived + amount > budget:
            return (
                f"到位 {rules.yuan(amount)} 后合计 {rules.yuan(arrived + amount)}，超过下达的 {rules.yuan(budget)}，"
                f"最多还可到位 {rules.yuan(max(budget - arrived, Decimal(0)))}。追加资金请先登记下达。"
            )
        return ""
    if paid + amount > budget:
        return (
            f"支付 {rules.yuan(amount)} 后合计 {rules.yuan(paid + amount)}，超过预算（下达）{rules.yuan(budget)}，"
            f"最多还可支付 {rules.yuan(max(min(budget, arrived) - paid, Decimal(0)))}。"
        )
    if paid + amount > arrived:
        return (
            f"支付 {rules.yuan(amount)} 后合计 {rules.yuan(paid + amount)}，超过已到位的 {rules.yuan(arrived)}，"
            f"最多还可支付 {rules.yuan(arrived - paid)}。请先登记到位。"
        )
    return ""


def _check_reversal(project: Project, held: Source, row: Movement) -> None:
    if row.kind == Movement.Kind.ARRIVAL and held.arrived + row.amount < held.paid:
        raise _refused(
            project,
            held,
            f"冲销后到位只剩 {rules.yuan(held.arrived + row.amount)}，少于已支付的 {rules.yuan(held.paid)}。请先冲销支付。",
        )
    if row.kind == Movement.Kind.BUDGET and held.budget + row.amount < 0:
        raise _refused(project, held, "冲销后下达会小于零，请先冲销后来的核减。")


def _refused(project: Project, source: Source, text: str, field: str = "") -> NotPossible:
    scheme = project.version.scheme if project.version else None
    return NotPossible(f"{source}：{text}", field=field, clause=rules.clause_of(scheme, source.origin))


def _write(project: Project, source: Source, row: Movement, by: Actor, at: dt.datetime | None) -> None:
    with _said_by_database(project, source):
        row.save(force_insert=True)
    record(event_of(row), project, by, at, details=details_of(source, row))


def event_of(row: Movement) -> Event:
    return Event.REVERSED if row.reverses_id else KINDS[Movement.Kind(row.kind)]


def details_of(source: Source, row: Movement) -> dict[str, str]:
    """What history says of a line of the ledger."""
    details = {"来源": str(source), "金额（元）": str(row.amount), "日期": row.dated.isoformat()}
    for name, title in (("document", "文号"), ("payee", "收款单位"), ("purpose", "用途"), ("reason", "原因")):
        if getattr(row, name):
            details[title] = getattr(row, name)
    return details


# What the trigger of the ledger refuses, should anything get so far.
DATABASE_SAYS = {
    "movement_over_budget": "超过下达的资金，没有保存。",
    "movement_over_arrival": "超过已到位的资金，没有保存。",
    "movement_already_paid": "到位会少于已支付，没有保存。",
    "movement_below_zero": "下达会小于零，没有保存。",
    "movement_reversal": "冲销与原记录不符，没有保存。",
}


@contextmanager
def _said_by_database(project: Project, source: Source) -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        said = _constraint_of(error)
        if said not in DATABASE_SAYS:
            raise
        raise _refused(project, source, DATABASE_SAYS[said], "amount") from error


def _constraint_of(error: IntegrityError) -> str:
    diagnosis: Any = getattr(error.__cause__, "diag", None)
    return str(getattr(diagnosis, "constraint_name", "") or "")


@transaction.atomic
def explain(
    project: Project, *, code: str, about: UUID, digest: str, reason: str, by: Actor, at: dt.datetime | None = None
) -> Flag:
    """Say why a flag is in order; it comes back as soon as its figures are others. Raises NotPossible."""
    held = hold(project, by)
    found = next((flag for flag in flags_of([held.pk]) if flag.code == code and flag.about == about), None)
    if found is None:
        raise NotPossible("这个疑点已经不在了，不需要说明。")
    if found.digest != digest:
        raise NotPossible("这个疑点的数字刚有变化，请按现在的数字重新说明。")
    if not reason.strip():
        raise NotPossible("请写明原因。", field="reason")
    Explanation.objects.update_or_create(
        project=held,
        code=code,
        about=about,
        digest=digest,
        defaults={"reason": reason.strip()[:300], "at": at or timezone.now(), "by": by.user, "person": by.person_name},
    )
    record(Event.EXPLAINED, held, by, at, details={"疑点": found.title, "数字": found.says, "说明": reason.strip()})
    return found


@transaction.atomic
def take_explanation_back(explanation: Explanation, *, by: Actor) -> None:
    """Let the flag stand again. Asked twice it is done once."""
    project = hold(explanation.project, by)
    held = Explanation.objects.filter(pk=explanation.pk).first()
    if held is None:
        return
    held.delete()
    record(Event.EXPLAINED, project, by, details={"疑点": TITLES[held.code], "撤回说明": held.reason})
