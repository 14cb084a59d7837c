"""What was bought for a project."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from greenhood.accounts.actor import Actor
from greenhood.kit.dates import today_in_shanghai
from greenhood.works.actions.holding import hold, record
from greenhood.works.errors import NotPossible
from greenhood.works.events import Event
from greenhood.works.models import Procurement, Project


@transaction.atomic
def procure(
    project: Project,
    *,
    product: str,
    amount: Decimal,
    dated: dt.date,
    is_green: bool,
    by: Actor,
    standard: str = "",
    quantity: str = "",
    supplier: str = "",
    key: UUID | None = None,
    at: dt.datetime | None = None,
) -> Procurement:
    """Write down what was bought. Green is what has a certificate or standard to show. Raises NotPossible."""
    held = hold(project, by)
    if key and (made := Procurement.objects.filter(pk=key, project=held).first()):
        return made
    row = Procurement(
        project=held,
        product=product.strip(),
        standard=standard.strip(),
        quantity=quantity.strip(),
        amount=amount,
        supplier=supplier.strip(),
        dated=dated,
        is_green=is_green,
        recorded_at=at or timezone.now(),
        recorded_by=by.user,
    )
    _check(row, today_in_shanghai(at))
    if key:
        row.pk = key
    row.save(force_insert=True)
    said = {"产品": row.product, "金额（元）": str(row.amount), "绿色产品": "是" if is_green else "否"}
    record(Event.PROCURED, held, by, at, details=said)
    return row


def _check(row: Procurement, today: dt.date) -> None:
    if not row.product:
        raise NotPossible("请填写采购的产品或服务。", field="product")
    if row.amount <= 0:
        raise NotPossible("金额应大于 0。", field="amount")
    if row.dated > today:
        raise NotPossible("采购日期不能晚于今天。", field="dated")
    if row.is_green and not row.standard:
        raise NotPossible("绿色产品请写明认证或标准，例如“中国绿色产品认证”“GB/T 35607”。", field="standard")


@transaction.atomic
def remove_procurement(row: Procurement, *, by: Actor, restores: bool = False) -> Procurement:
    """Take a purchase back that was a mistake, or (``restores``) bring it back. Asked twice it is done once."""
    project = hold(row.project, by)
    held = Procurement.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if (held.removed_at is None) == restores:
        return held
    held.removed_at = None if restores else timezone.now()
    held.save(update_fields=["removed_at"])
    record(Event.PROCURED if restores else Event.PROCUREMENT_REMOVED, project, by, details={"产品": held.product})
    return held
