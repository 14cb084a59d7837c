"""Findings: what was seen that is not as it should be, from a sheet's "not met" or by itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from greenhood.accounts.actor import Actor
from greenhood.divisions.models import Division
from greenhood.facts import queries as facts
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.ids import uuid7
from greenhood.supervision.actions.telling import tell
from greenhood.supervision.errors import Overtaken, Refused
from greenhood.supervision.events import Event
from greenhood.supervision.models import Answer, Finding, Inspection
from greenhood.supervision.queries.record import lines_of
from greenhood.supervision.seeing import check_office, is_named

LONGEST_TEXT = 2000
LONGEST_PLACE = 200
REFERABLE = ("estates", "facilities")


@dataclass(frozen=True, slots=True)
class Words:
    """What a finding says. ``key`` is a check of the inspection or empty; ``thing`` an estate or facility, ``estates/<id>``."""

    text: str
    severity: str = Finding.Severity.MINOR
    key: str = ""
    place: str = ""
    longitude: Decimal | None = None
    latitude: Decimal | None = None
    thing: str = ""


@transaction.atomic
def from_answer(answer: Answer, *, by: Actor, at: dt.datetime | None = None) -> Finding:
    """Make a finding of a check that was not met; asked twice, it is the same finding."""
    row = (
        Answer.objects.select_for_update(of=("self",))
        .select_related("sheet__inspection__division", "sheet__community")
        .get(pk=answer.pk)
    )
    inspection, community = row.sheet.inspection, row.sheet.community
    _check_finder(by, inspection)
    if row.result != Answer.Result.NOT_MET:
        raise Refused("只有“不符合”的检查项能生成问题。")
    if present := Finding.objects.filter(answer=row, withdrawn_at=None).first():
        return present
    finding = Finding(
        inspection=inspection,
        answer=row,
        community=community,
        key=row.key,
        criterion=row.criterion,
        text=row.note,
        longitude=row.longitude,
        latitude=row.latitude,
        found_on=today_in_shanghai(row.seen_at),
    )
    return _add(finding, by, at)


@transaction.atomic
def record(
    inspection: Inspection,
    community: Division,
    words: Words,
    *,
    by: Actor,
    key: UUID | None = None,
    at: dt.datetime | None = None,
) -> Finding:
    """A finding of its own in a community of the inspection. ``key`` is made by the page: the same sent twice is one finding."""
    held = Inspection.objects.select_related("division", "version").get(pk=inspection.pk)
    _check_finder(by, held)
    if key is not None and (before := Finding.objects.filter(pk=key, inspection=held).first()):
        return before
    if not held.sheets.filter(community=community).exists():
        raise Refused({"community": f"{community.name}不在本次检查的范围内。"})
    finding = Finding(pk=key or uuid7(), inspection=held, community=community, found_on=today_in_shanghai(at))
    _say(finding, words)
    return _add(finding, by, at)


@transaction.atomic
def change(finding: Finding, words: Words, *, by: Actor, revision: int, at: dt.datetime | None = None) -> Finding:
    """Correct a finding that is not under an order."""
    held = _held(finding, by, revision)
    _say(held, words)
    held.revision += 1
    held.save()
    tell(Event.FINDING_CHANGED, held, held.inspection, by=by, community=held.community, details=_said(held), at=at)
    return held


@transaction.atomic
def withdraw(finding: Finding, *, by: Actor, revision: int, reason: str, at: dt.datetime | None = None) -> Finding:
    """The finding was a mistake; it stays to be read and counts nowhere."""
    held = _held(finding, by, revision)
    if not reason.strip():
        raise Refused({"reason": "请写明撤销的原因。"})
    held.withdrawn_at, held.withdrawn_by = at or timezone.now(), by.user
    held.withdrawn_reason = reason.strip()[:500]
    held.revision += 1
    held.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason", "revision"])
    details = {"reason": held.withdrawn_reason}
    tell(Event.FINDING_WITHDRAWN, held, held.inspection, by=by, community=held.community, details=details, at=at)
    return held


def things_of(community: Division) -> dict[str, str]:
    """The estates and facilities that a finding may refer to: ``estates/<id>`` -> its name."""
    found: dict[str, str] = {}
    for kind in REFERABLE:
        found |= {f"{kind}/{pk}": name for pk, name in facts.names_of(community.pk, [kind]).items()}
    return found


def _check_finder(by: Actor, inspection: Inspection) -> None:
    if not by.is_system and not is_named(by, inspection):
        check_office(by, inspection.division)
    if inspection.state not in {Inspection.State.UNDER_WAY, Inspection.State.CLOSED}:
        raise Refused(f"这次检查{inspection.get_state_display()}，不能再登记问题。")


def _held(finding: Finding, by: Actor, revision: int) -> Finding:
    related = ("inspection__division", "community")
    held = Finding.objects.select_for_update(of=("self",)).select_related(*related).get(pk=finding.pk)
    _check_finder(by, held.inspection)
    if held.revision != revision or held.withdrawn_at is not None:
        raise Overtaken("这个问题刚由他人修改或撤销，请核对下面的最新情况后再办。")
    if held.order is not None and held.order.is_live:
        raise Refused(f"已就这个问题发出整改通知（{held.order.number}），不能再改；确有错误的，先撤销整改通知。")
    return held


def _say(finding: Finding, words: Words) -> None:
    lines = {line.key: line for line in lines_of(finding.inspection)}
    problems: dict[str, str] = {}
    if not words.text.strip():
        problems["text"] = "请写明发现的问题。"
    elif len(words.text.strip()) > LONGEST_TEXT:
        problems["text"] = f"问题不超过 {LONGEST_TEXT} 字。"
    if words.severity not in Finding.Severity.values:
        problems["severity"] = "请选择程度。"
    if words.key and words.key not in lines:
        problems["key"] = "本次检查没有这一项。"
    if (words.longitude is None) != (words.latitude is None):
        problems["place"] = "经度和纬度要一起填写。"
    problems |= _refer(finding, words)
    if problems:
        raise Refused(problems)
    line = lines.get(words.key)
    finding.text, finding.severity = words.text.strip(), words.severity
    finding.key, finding.criterion = words.key, line.criterion if line else None
    finding.place = words.place.strip()[:LONGEST_PLACE]
    finding.longitude, finding.latitude = words.longitude, words.latitude


def _refer(finding: Finding, words: Words) -> dict[str, str]:
    if not words.thing:
        finding.fact_kind, finding.fact_thing, finding.fact_name = "", None, ""
        return {}
    name = things_of(finding.community).get(words.thing)
    if name is None:
        return {"thing": "本社区没有登记这个小区或设施，可能已注销，请重新选择。"}
    kind, _, pk = words.thing.partition("/")
    finding.fact_kind, finding.fact_thing, finding.fact_name = kind, UUID(pk), name[:200]
    return {}


def _add(finding: Finding, by: Actor, at: dt.datetime | None) -> Finding:
    finding.found_at, finding.found_by = at or timezone.now(), by.user
    try:
        with transaction.atomic():
            finding.save(force_insert=True)
    except IntegrityError:
        # The other click was the first: of the same answer, or of the same form.
        if finding.answer_id is None:
            return Finding.objects.get(pk=finding.pk, inspection=finding.inspection_id)
        return Finding.objects.get(answer=finding.answer_id, withdrawn_at=None)
    tell(Event.FOUND, finding, finding.inspection, by=by, community=finding.community, details=_said(finding), at=at)
    return finding


def _said(finding: Finding) -> Mapping[str, object]:
    return {
        "text": finding.text,
        "severity": finding.get_severity_display(),
        "check": finding.key,
        "place": finding.place,
        "thing": finding.fact_name,
    }
