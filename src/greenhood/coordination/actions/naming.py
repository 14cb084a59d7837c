"""A division says which of its departments answer for a part, where the scheme leaves that to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.utils import timezone

from greenhood.accounts import departments
from greenhood.accounts.actor import Actor
from greenhood.coordination import duties, standing
from greenhood.coordination.actions.checking import words
from greenhood.coordination.errors import Overtaken, Refused
from greenhood.coordination.events import Event
from greenhood.coordination.models import Naming
from greenhood.divisions.models import Division
from greenhood.history import actions as history
from greenhood.schemes.models import SchemeVersion

NAME_MOST, MOST_DEPARTMENTS = 60, 20


@transaction.atomic
def name(
    division: Division,
    version: SchemeVersion,
    duty: str,
    departments_: Iterable[str],
    *,
    reason: str = "",
    number: int,
    by: Actor,
    at: dt.datetime | None = None,
) -> Naming:
    """Name the departments for one duty anew; none takes the naming back. ``number`` is the last one seen, 0 for none.

    Raises Refused for a duty that the scheme doesn't have or a naming that changes nothing, Overtaken.
    """
    standing.require_giver(by, division)
    known = duties.keyed(version.scheme).get(duty)
    if known is None:
        raise Refused(f"《{version.title}》没有这一项职责，请刷新页面后重试。")
    named = _clean(departments_, division)
    last = _last_seen(division, version, duty, number)
    if named == (last.departments if last else []):
        raise Refused({"departments": "责任部门没有变化。" if named else "请填写责任部门的名称。"})
    row = Naming(
        division=division,
        scheme_id=version.scheme_id,
        duty=duty,
        part=known.part,
        number=number + 1,
        departments=named,
        reason=words("reason", "说明", reason, needed=False),
        named_at=at or timezone.now(),
        named_by=by.user,
    )
    _insert(row)
    _tell(row, last, known.source, by, at)
    return row


def _last_seen(division: Division, version: SchemeVersion, duty: str, number: int) -> Naming | None:
    """The naming in force, which is the one that whoever names anew has seen. Raises Overtaken."""
    rows = Naming.objects.filter(division=division, scheme_id=version.scheme_id, duty=duty)
    last = rows.order_by("-number").first()
    if (last.number if last else 0) != number:
        raise Overtaken
    return last


def _insert(row: Naming) -> None:
    """Raises Overtaken where another has the same number."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise Overtaken from error


def _tell(row: Naming, last: Naming | None, source: str, by: Actor, at: dt.datetime | None) -> None:
    details = {
        "部分": row.part, "条款": source, "责任部门": "、".join(row.departments) or "（取消）",
        "原责任部门": "、".join(last.departments) if last else "", "说明": row.reason,
    }  # fmt: skip
    history.record(Event.NAMED, row, by=by, division_code=row.division.code, details=details, at=at)


def _clean(names: Iterable[str], division: Division) -> list[str]:
    found: dict[str, str] = {}
    for each in names:
        if not (plain := each.strip()):
            continue
        if len(plain) > NAME_MOST:
            raise Refused({"departments": f"部门名称不超过 {NAME_MOST} 字：“{plain[:20]}…”。"})
        if departments.is_government(plain):
            raise Refused({"departments": f"“{plain}”是一级政府，不是部门。请填写部门名称。"})
        line = departments.line(plain, division.name)
        if line in found:
            raise Refused({"departments": f"“{plain}”与“{found[line]}”是同一个部门，不能重复。"})
        found[line] = plain
    if len(found) > MOST_DEPARTMENTS:
        raise Refused({"departments": f"责任部门不超过 {MOST_DEPARTMENTS} 个。"})
    return list(found.values())
