"""What the actions of this room share: a row held against two people at once, and its line in history."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, Protocol, TypeVar
from uuid import UUID

from django.db import models

from greenhood.accounts.actor import Actor
from greenhood.divisions.models import Division
from greenhood.evidence.queries import attachments_of
from greenhood.exemplars.errors import Overtaken, Refused
from greenhood.exemplars.events import Event
from greenhood.history import actions as history

LONGEST_REASON = 500


class Revised(Protocol):
    revision: int


Row = TypeVar("Row", bound=models.Model)


def hold(model: type[Row], pk: UUID, revision: int | None = None, *related: str) -> Row:
    """The row, held until the transaction ends. Raises Overtaken where it isn't at the revision that the page showed."""
    found: Row = model._default_manager.select_for_update(of=("self",)).select_related("division", *related).get(pk=pk)
    if revision is not None and found.revision != revision:  # type: ignore[attr-defined]
        raise Overtaken
    return found


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
