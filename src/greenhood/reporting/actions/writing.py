"""What the reporter does: save, draw up, file, withdraw."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from greenhood.accounts.actor import Actor
from greenhood.history.queries import timeline
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.hashing import digest
from greenhood.reporting import chains
from greenhood.reporting.actions.holding import LONGEST_REASON, act_for, held_of, require_filed, require_owed, tell
from greenhood.reporting.errors import Overtaken, Refused
from greenhood.reporting.events import Event
from greenhood.reporting.models import Filing, Obligation, State
from greenhood.reporting.sheets import Sheet, entry_of, sheet_of

LONGEST_NAME = 60
MOST_OF_A_SITTING = 50
SITTING = dt.timedelta(minutes=30)


@transaction.atomic
def save(
    obligation: Obligation,
    *,
    texts: Mapping[str, str],
    typed: Mapping[str, str],
    reasons: Mapping[str, str] | None = None,
    grade: str | None = None,
    revision: int,
    by: Actor,
    at: dt.datetime | None = None,
) -> Obligation:
    """Keep a draft as it is; without a grade that one stays. Raises Overtaken when somebody else saved meanwhile, Refused when nothing may be written."""
    held = _open(obligation, revision, by)
    sheet = sheet_of(held)
    if found := sheet.problems(texts, typed, reasons or {}):
        raise Refused(found)
    before = {name: getattr(held, name) for name in _WRITTEN}
    kept = {key: text.strip().replace("\r\n", "\n") for key, text in texts.items() if key in sheet.open_sections}
    held.texts = {**held.texts, **kept}
    held.typed = {**held.typed, **{key: value.strip() for key, value in typed.items() if key in sheet.typed_keys}}
    known = {value.key for value in sheet.values}
    held.reasons = {**held.reasons, **{key: reason.strip() for key, reason in (reasons or {}).items() if key in known}}
    if grade is not None and grade in ("", *sheet.entry.grades) and held.state == State.OPEN:
        held.grade = grade
    _keep(held, _WRITTEN, by, at)
    _tell_changes(sheet, before, by, at)
    return held


@transaction.atomic
def draw_up(obligation: Obligation, *, revision: int, by: Actor, at: dt.datetime | None = None) -> Obligation:
    """Fill the empty sections of an evaluation with drafts from today's figures. What is written stays. Raises Refused, Overtaken."""
    held = _open(obligation, revision, by)
    sheet = sheet_of(held, today=today_in_shanghai(at))
    drafts = sheet.drafts
    if not drafts:
        raise Refused("没有可以拟稿的空白部分；已经写好的不会改动。")
    held.texts = {**held.texts, **drafts}
    _keep(held, ["texts"], by, at)
    drafted = [section.title for section in sheet.sections if section.key in drafts]
    tell(Event.DRAWN_UP, held, by, {"parts": drafted}, at)
    return held


@transaction.atomic
def file(obligation: Obligation, *, signed_by: str, revision: int, by: Actor, at: dt.datetime | None = None) -> Filing:
    """Sign off and file: a frozen copy with today's figures. Late is allowed, and said.

    Raises Refused where a section, a figure or the reason for one that doesn't add up is missing, the period has not begun, or it is filed already; Overtaken.
    """
    held = _open(obligation, revision, by)
    now = at or timezone.now()
    today = today_in_shanghai(now)
    if today < held.begins_on:
        raise Refused(f"{held.period}从 {held.begins_on} 开始（方案 {entry_of(held).source}），现在还不能报送。")
    sheet = sheet_of(held, today=today)
    problems = sheet.missing() | ({} if signed_by.strip() else {"signed_by": "请填写签发人姓名。"})
    if problems:
        raise Refused(problems)
    filing = _frozen(sheet, signed_by.strip()[:LONGEST_NAME], by, now)
    held.state, held.returned = State.FILED, {}
    held.filed_at = held.filed_at or now
    held.revision += 1
    held.save(update_fields=["state", "returned", "filed_at", "revision"])
    details = {
        "number": filing.number,
        "digest": filing.digest,
        "late_days": filing.late_days,
        "signed_by": filing.signed_by,
    }
    tell(Event.FILED, held, by, details, at)
    return filing


@transaction.atomic
def withdraw(obligation: Obligation, *, reason: str, revision: int, by: Actor, at: dt.datetime | None = None) -> None:
    """Take back what was filed and the receiver has neither accepted nor returned, with a reason.

    The frozen copy stays, marked as withdrawn; until it is filed again it counts as not filed. Raises Refused, Overtaken.
    """
    held = held_of(obligation.pk)
    act_for(by, held.reporter)
    require_filed(held, revision)
    filing = held.filings.select_for_update().order_by("-number")[0]
    if filing.follows_a_return:
        # Filed anew after a return: the parts that came back are the receiver's word, and are not undone.
        raise Refused(f"{held.receiver.name}已经退回过其中的部分，改后报送的不能再整份撤回；还要修改的，请对方再退回。")
    if not reason.strip():
        raise Refused({"withdrawal": "请写明撤回的理由，接收单位能看到。"})
    if len(reason.strip()) > LONGEST_REASON:
        raise Refused({"withdrawal": f"撤回的理由最多 {LONGEST_REASON} 字。"})
    filing.withdrawn_at, filing.withdrawn_by, filing.withdrawn_reason = at or timezone.now(), by.user, reason.strip()
    filing.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
    held.state, held.filed_at, held.returned = State.OPEN, None, {}
    held.revision += 1
    held.save(update_fields=["state", "filed_at", "returned", "revision"])
    tell(Event.WITHDRAWN, held, by, {"number": filing.number, "reason": reason.strip()}, at)


_WRITTEN = ("texts", "typed", "reasons", "grade")


def _open(obligation: Obligation, revision: int, by: Actor) -> Obligation:
    """The report held for whoever owes it, as long as it is still to be written."""
    held = held_of(obligation.pk)
    act_for(by, held.reporter)
    require_owed(held)
    if held.revision != revision:
        raise Overtaken
    return held


def _keep(held: Obligation, fields: Iterable[str], by: Actor, at: dt.datetime | None) -> None:
    held.revision += 1
    held.edited_at, held.edited_by = at or timezone.now(), by.user
    held.save(update_fields=[*fields, "revision", "edited_at", "edited_by"])


def _tell_changes(sheet: Sheet, before: Mapping[str, Any], by: Actor, at: dt.datetime | None) -> None:
    """Figures and the grade with every new value. Of sections and reasons that they changed, once a sitting of one person: a page saves
    itself every few seconds while somebody writes.
    """
    held, titles = sheet.obligation, {value.key: value.named.title for value in sheet.values}
    told = _told_lately(held, by, at)
    parts = [
        section.title
        for section in sheet.sections
        if held.texts.get(section.key, "") != before["texts"].get(section.key, "")
    ]
    parts += [
        f"“{title}”不一致的原因"
        for key, title in titles.items()
        if held.reasons.get(key, "") != before["reasons"].get(key, "")
    ]
    figures = [
        f"{titles[key]}：{before['typed'].get(key) or '空'} → {value or '空'}"
        for key, value in held.typed.items()
        if value != before["typed"].get(key, "")
    ]
    details = {
        "parts": [part for part in parts if part not in told],
        "figures": figures,
        "grade": f"{before['grade'] or '空'} → {held.grade or '空'}" if held.grade != before["grade"] else "",
    }
    if any(details.values()):
        tell(Event.SAVED, held, by, {key: value for key, value in details.items() if value}, at)


def _told_lately(held: Obligation, by: Actor, at: dt.datetime | None) -> set[str]:
    """The parts that history says this person changed within the last half hour."""
    since = (at or timezone.now()) - SITTING
    return {
        part
        for entry in timeline(held, most=MOST_OF_A_SITTING)
        if entry.event == Event.SAVED and entry.person_id == by.person_id and entry.at > since
        for part in entry.details.get("parts", ())
    }


def _frozen(sheet: Sheet, signed_by: str, by: Actor, now: dt.datetime) -> Filing:
    """The report as it stands, for good."""
    held = sheet.obligation
    frozen, differing = sheet.frozen(), sheet.frozen_differences()
    rests_on = sheet.basis.frozen() if sheet.basis else {}
    return Filing.objects.create(
        obligation=held,
        number=held.filings.count() + 1,
        texts=held.texts,
        figures=frozen,
        differences=differing,
        basis=rests_on,
        grade=held.grade,
        as_of=now,
        digest=_digest(held.texts, frozen, differing, rests_on, held.grade),
        # What came in time stays so when a part of it comes back.
        late_days=chains.days_late(held, sheet.today),
        signed_by=signed_by,
        filed_at=now,
        filed_by=by.user,
        filed_post=by.post,
    )


def _digest(
    texts: Mapping[str, str],
    figures: list[dict[str, Any]],
    differences: list[dict[str, Any]],
    basis: dict[str, Any],
    grade: str,
) -> str:
    """Over all that is frozen; what only evaluations have is left out of the others."""
    content: dict[str, object] = {"texts": texts, "figures": figures, "differences": differences}
    if basis:
        content |= {"basis": basis, "grade": grade}
    return digest(json.dumps(content, ensure_ascii=False, sort_keys=True).encode())
