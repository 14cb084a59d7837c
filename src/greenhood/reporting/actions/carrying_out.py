"""Visits and samples: marked as carried out, and taken back."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone

from greenhood.accounts.actor import Actor
from greenhood.kit.dates import SHANGHAI, today_in_shanghai
from greenhood.reporting import chains
from greenhood.reporting.actions.holding import LONGEST_REASON, act_for, held_of, tell
from greenhood.reporting.errors import Overtaken, Refused
from greenhood.reporting.events import Event
from greenhood.reporting.models import Obligation, State
from greenhood.reporting.sheets import entry_of

LONGEST_OUTCOME = 2000


@transaction.atomic
def carry_out(
    obligation: Obligation,
    *,
    text: str,
    done_on: dt.date | None = None,
    url: str = "",
    revision: int | None = None,
    by: Actor,
    at: dt.datetime | None = None,
) -> Obligation:
    """Mark a visit or a sample as carried out, on a day (today where none is given), with what came of it.

    For whoever carries it out by hand, and for rooms that know that it was: ``url`` is the address in the system of what was done (an
    inspection). Without a ``revision`` nobody is asked whether somebody else was quicker. Raises Refused, Overtaken.
    """
    held = held_of(obligation.pk)
    act_for(by, held.reporter)
    today = today_in_shanghai(at)
    day = done_on or today
    if problems := _why_not_carried_out(held, day, today, text.strip(), url):
        raise Refused(problems)
    if revision is not None and held.revision != revision:
        raise Overtaken
    held.state, held.filed_at = State.DONE, dt.datetime.combine(day, dt.time(12), SHANGHAI)
    held.outcome, held.outcome_url = text.strip(), url
    held.edited_at, held.edited_by = at or timezone.now(), by.user
    held.revision += 1
    held.save(update_fields=["state", "filed_at", "outcome", "outcome_url", "edited_at", "edited_by", "revision"])
    details = {"done_on": day, "text": held.outcome, "url": url, "late_days": chains.days_late(held, today)}
    tell(Event.CARRIED_OUT, held, by, details, at)
    return held


def _why_not_carried_out(held: Obligation, day: dt.date, today: dt.date, text: str, url: str) -> dict[str, str]:
    if not held.is_round:
        return {"": f"这是{held.get_kind_display()}，写好后报送，不能只标记为已开展。"}
    if held.state != State.OPEN:
        return {"": f"{held.done_on} 已经登记为开展，不能再登记一次。需要更正的，先撤回原来的登记。"}
    found = {}
    if day > today:
        found["done_on"] = "开展日期不能晚于今天。"
    elif day < held.begins_on:
        source = entry_of(held).source
        found["done_on"] = f"{held.period}从 {held.begins_on} 开始（方案 {source}），开展日期不能更早。"
    if not text:
        found["text"] = "请写明开展情况：考察、抽取了哪些社区，结果怎样。"
    elif len(text) > LONGEST_OUTCOME:
        found["text"] = f"开展情况最多 {LONGEST_OUTCOME} 字，现在有 {len(text)} 字。"
    if url and (not url.startswith("/") or url.startswith("//") or len(url) > LONGEST_REASON):
        found["url"] = "开展记录应是本平台内的网址，以 / 开头。"
    return found


@transaction.atomic
def take_back(obligation: Obligation, *, reason: str, revision: int, by: Actor, at: dt.datetime | None = None) -> None:
    """Open again what was marked as carried out by mistake; history keeps what was said. Raises Refused, Overtaken."""
    held = held_of(obligation.pk)
    act_for(by, held.reporter)
    if held.state != State.DONE:
        raise Refused("还没有登记为已开展，没有可以撤回的。")
    if held.revision != revision:
        raise Overtaken
    if not reason.strip():
        raise Refused({"reason": "请写明撤回的理由。"})
    details = {"done_on": held.done_on, "text": held.outcome, "reason": reason.strip()[:LONGEST_REASON]}
    held.state, held.filed_at, held.outcome, held.outcome_url = State.OPEN, None, "", ""
    held.revision += 1
    held.save(update_fields=["state", "filed_at", "outcome", "outcome_url", "revision"])
    tell(Event.REOPENED, held, by, details, at)
