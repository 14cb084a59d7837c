"""What the actions of this room share: a row held against two people at once, and its line in history."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, Protocol, TypeVar
from uuid import UUID

from django.db import IntegrityError, models, transaction

from greenhood.accounts.actor import Actor
from greenhood.divisions.models import Division
from greenhood.evidence.queries import attachments_of
from greenhood.exemplars.errors import Overtaken, Refused
from greenhood.exemplars.events import Event
from greenhood.history import actions as history

LONGEST_REASON = 500
_OF_THE_MOMENT = frozenset({"created_at", "edited_at", "edited_by", "waits_at"})


TWICE = (
    "这一页刚才已经保存过，现在的内容与那次不同。请返回列表，打开已保存的那一份再修改；要另写一份的，请重新打开填写页。"
)


class Revised(Protocol):
    revision: int


Row = TypeVar("Row", bound=models.Model)


def hold(model: type[Row], pk: UUID, revision: int | None = None, *related: str) -> Row:
    """The row, held until the transaction ends. Raises Overtaken where it isn't at the revision that the page showed."""
    found: Row = model._default_manager.select_for_update(of=("self",)).select_related("division", *related).get(pk=pk)
    if revision is not None and found.revision != revision:  # type: ignore[attr-defined]
        raise Overtaken
    return found


def make_once(model: type[Row], key: UUID | None, values: Mapping[str, Any]) -> tuple[Row, bool]:
    """A new row, and whether it is new: sent twice under the same ``key``, which the page made, it is one.

    Raises Refused where the same page is sent again with other words: they would be lost.
    """
    if key is None:
        return model._default_manager.create(**values), True
    try:
        with transaction.atomic():
            return model._default_manager.create(pk=key, **values), True
    except IntegrityError:
        made = model._default_manager.filter(pk=key).select_related("division").first()
        if made is None:
            raise
    said = {name: value for name, value in values.items() if name not in _OF_THE_MOMENT}
    if any(getattr(made, name) != value for name, value in said.items()):
        raise Refused(TWICE)
    return made, False


def keep(row: models.Model, *fields: str) -> None:
    """Write these fields, at the next revision."""
    row.revision += 1  # type: ignore[attr-defined]
    row.save(update_fields=[*fields, "revision"])


def reason_of(text: str, what: str) -> str:
    """A reason as it is kept. Raises Refused where there is none, or too long a one."""
    reason = text.strip()
    if not reason:
        raise Refused({"reason": f"请写明{what}的理由。"})
    if len(reason) > LONGEST_REASON:
        raise Refused({"reason": f"理由最多 {LONGEST_REASON} 字。"})
    return reason


def tell(
    event: Event,
    row: models.Model,
    by: Actor,
    place: Division,
    at: dt.datetime | None,
    details: Mapping[str, Any] | None = None,
) -> None:
    history.record(event, row, by=by, division_code=place.code, details=details or {}, at=at)


def fit_for_public(division: Division, kind: str, pk: UUID, chosen: Iterable[UUID], *, are_checked: bool) -> list[UUID]:
    """The attachments of a record that are to be shown to everybody. Raises Refused where nobody looked at them first.

    Faces, number plates and papers with names are for nobody to see who did not agree (norms on personal information).
    """
    wanted = set(chosen)
    there = [one.pk for one in attachments_of(division, kind, [pk]).get(pk, [])]
    if wanted - set(there):
        raise Refused({"photos": "所选的照片或文件已被移除，请刷新页面后重新选择。"})
    if wanted and not are_checked:
        raise Refused({"photos": "请先核对所选照片和文件：没有未经同意的人像、车牌、电话和身份信息，再勾选“已核对”。"})
    return [one for one in there if one in wanted]
