"""What an office does with a campaign: draft, change, open, extend, take in who is missing, close, reopen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from greenhood.accounts.access import check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.baseline import asking
from greenhood.baseline.errors import NotPossible
from greenhood.baseline.events import Event
from greenhood.baseline.models import Campaign, Reply
from greenhood.baseline.queries import campaigns as found
from greenhood.divisions.models import Division, Level
from greenhood.history import actions as history
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.ids import uuid7_batch
from greenhood.schemes.models import SchemeVersion

FIRST_DAY = dt.date(2000, 1, 1)
MOST_CHOSEN = 2000


@dataclass(frozen=True, slots=True)
class Terms:
    """What an office says of a campaign. ``communities`` are those chosen where it doesn't cover all subjects."""

    title: str
    fresh_from: dt.date
    due_on: dt.date
    asked: Mapping[str, Sequence[str]] = field(default_factory=asking.usual)
    covers: str = Campaign.Covers.SUBJECTS
    communities: Sequence[Division] = ()
    version: SchemeVersion | None = None
    clause: str = ""
    reason: str = ""
    instructions: str = ""


@transaction.atomic
def draft(
    division: Division, terms: Terms, *, by: Actor, is_demonstration: bool = False, at: dt.datetime | None = None
) -> Campaign:
    """Write a campaign that nobody below sees yet. Raises NotPossible."""
    check(by, Capability.SURVEY, division)
    campaign = Campaign(
        division=division, drafted_at=at or timezone.now(), drafted_by=by.user, is_demonstration=is_demonstration
    )
    _take(campaign, terms)
    campaign.save(force_insert=True)
    _choose(campaign, terms)
    _record(Event.DRAFTED, campaign, by, at)
    return campaign


@transaction.atomic
def change(campaign: Campaign, terms: Terms, *, revision: int, by: Actor) -> Campaign:
    """Change a draft. Raises NotPossible, also when somebody else changed it meanwhile."""
    held = _hold(campaign, by, revision)
    if held.state != Campaign.State.DRAFT:
        raise NotPossible("任务已经下发，内容不能再改。需要调整时，可以延长个别社区的期限，或结束后另发任务。")
    _take(held, terms)
    _save(held)
    _choose(held, terms)
    _record(Event.CHANGED, held, by)
    return held


@transaction.atomic
def discard(campaign: Campaign, *, by: Actor) -> None:
    """Throw a draft away. Raises NotPossible for what was opened."""
    held = _hold(campaign, by)
    if held.state != Campaign.State.DRAFT:
        raise NotPossible("任务已经下发，不能删除；可以结束任务。")
    _record(Event.DISCARDED, held, by)
    held.delete()


@transaction.atomic
def open_(campaign: Campaign, *, by: Actor, at: dt.datetime | None = None) -> Campaign:
    """Send a draft to its communities. Opening an open campaign again changes nothing. Raises NotPossible."""
    held = _hold(campaign, by)
    if held.state == Campaign.State.OPEN:
        return held
    if held.state == Campaign.State.CLOSED:
        raise NotPossible("任务已经结束。需要继续时，请写明原因重新开启。")
    if held.due_on < today_in_shanghai():
        raise NotPossible(f"截止日期 {held.due_on} 已过，请先修改草稿。", field="due_on")
    if held.covers == Campaign.Covers.SUBJECTS:
        _include(held)
    count = held.replies.count()
    if not count:
        raise NotPossible("任务范围内没有社区，请检查区划和范围。", field="covers")
    held.state, held.opened_at = Campaign.State.OPEN, at or timezone.now()
    _save(held)
    _record(Event.OPENED, held, by, at, communities=count)
    return held


@transaction.atomic
def close(campaign: Campaign, *, by: Actor) -> Campaign:
    """End a campaign: nothing more is submitted or checked under it. Closing twice changes nothing. Raises NotPossible."""
    held = _hold(campaign, by)
    if held.state == Campaign.State.CLOSED:
        return held
    if held.state == Campaign.State.DRAFT:
        raise NotPossible("任务还没有下发，草稿可以直接删除。")
    held.state, held.closed_at = Campaign.State.CLOSED, timezone.now()
    _save(held)
    _record(Event.CLOSED, held, by)
    return held


@transaction.atomic
def reopen(campaign: Campaign, *, due_on: dt.date, reason: str, by: Actor) -> Campaign:
    """Open an ended campaign again until another day, for a reason. Raises NotPossible."""
    held = _hold(campaign, by)
    if held.state != Campaign.State.CLOSED:
        raise NotPossible("只有已结束的任务可以重新开启。")
    _due(due_on, held.fresh_from)
    if not reason.strip():
        raise NotPossible("请写明重新开启的原因。", field="reason")
    held.state, held.closed_at, held.due_on = Campaign.State.OPEN, None, due_on
    _save(held)
    _record(Event.REOPENED, held, by, due_on=due_on.isoformat(), reason=reason.strip())
    return held


@transaction.atomic
def take_in(campaign: Campaign, *, by: Actor) -> int:
    """Add the subjects that are no part of an open campaign yet, for instance new communities; how many."""
    held = _hold(campaign, by)
    if held.state != Campaign.State.OPEN:
        raise NotPossible("只有进行中的任务可以补入社区。")
    added = _include(held) if held.covers == Campaign.Covers.SUBJECTS else 0
    if added:
        _record(Event.COMMUNITIES_ADDED, held, by, communities=added)
    return added


@transaction.atomic
def extend(reply: Reply, *, due_on: dt.date, reason: str, by: Actor) -> Reply:
    """Give one community longer than the others, for a reason. Raises NotPossible."""
    held = (
        Reply.objects.select_for_update(of=("self",)).select_related("campaign__division", "community").get(pk=reply.pk)
    )
    check(by, Capability.SURVEY, held.campaign.division)
    if not held.campaign.is_open:
        raise NotPossible("任务不在进行中，不能延期。")
    if not held.is_with_community:
        raise NotPossible(f"该社区{held.get_state_display()}，不需要延期。")
    if due_on <= held.campaign.due_on:
        raise NotPossible(f"延长后的日期要晚于任务的截止日期 {held.campaign.due_on}。", field="due_on")
    if due_on < today_in_shanghai():
        raise NotPossible("延长后的日期不能早于今天。", field="due_on")
    if not reason.strip():
        raise NotPossible("请写明延期的原因。", field="reason")
    held.due_on, held.extension_reason = due_on, reason.strip()[:300]
    held.revision += 1
    held.save(update_fields=["due_on", "extension_reason", "revision"])
    history.record(
        Event.EXTENDED,
        held,
        by=by,
        division_code=held.community.code,
        details={"due_on": due_on.isoformat(), "reason": held.extension_reason},
    )
    return held


def _take(campaign: Campaign, terms: Terms) -> None:
    """Put the terms into a draft, once they hold."""
    if not terms.title.strip():
        raise NotPossible("请填写任务名称。", field="title")
    if not terms.asked:
        raise NotPossible("请至少选择一类要摸底的内容。", field="kinds")
    _due(terms.due_on, terms.fresh_from)
    if terms.fresh_from < FIRST_DAY:
        raise NotPossible("“数据日期不早于”填得太早，请核对年份。", field="fresh_from")
    if terms.fresh_from > today_in_shanghai():
        raise NotPossible("“数据日期不早于”不能晚于今天，否则今天的数据也不算数。", field="fresh_from")
    if campaign.division.level == Level.COMMUNITY:
        raise NotPossible("摸底任务由县级以上下发。")
    for name in ("title", "covers", "version", "clause", "reason", "instructions", "fresh_from", "due_on"):
        value = getattr(terms, name)
        setattr(campaign, name, value.strip() if isinstance(value, str) else value)
    campaign.asked = {key: list(columns) for key, columns in terms.asked.items()}


def _due(due_on: dt.date, fresh_from: dt.date) -> None:
    if due_on < today_in_shanghai():
        raise NotPossible(f"截止日期 {due_on} 已过，请改为今天或以后的日期。", field="due_on")
    if due_on < fresh_from:
        raise NotPossible("截止日期不能早于“数据日期不早于”的日期。", field="due_on")


def _choose(campaign: Campaign, terms: Terms) -> None:
    """Make the chosen communities those of the draft."""
    campaign.replies.all().delete()
    if terms.covers != Campaign.Covers.CHOSEN:
        return
    chosen = {each.pk: each for each in terms.communities}
    if not chosen:
        raise NotPossible("请写明要摸底的社区。", field="communities")
    if len(chosen) > MOST_CHOSEN:
        raise NotPossible(f"一次最多指定 {MOST_CHOSEN} 个社区；更多的请按区划下发。", field="communities")
    for each in chosen.values():
        if each.level != Level.COMMUNITY or not campaign.division.contains(each):
            raise NotPossible(f"{each.name}（{each.number}）不是{campaign.division.name}的社区。", field="communities")
    Reply.objects.bulk_create([Reply(campaign=campaign, community=each) for each in chosen.values()])


def _include(campaign: Campaign) -> int:
    """Give every subject that has none a part in the campaign; how many. Two statements, whatever their number."""
    missing = list(found.uncovered(campaign).order_by("code").values_list("pk", flat=True))
    keys = uuid7_batch(len(missing))
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into baseline_reply (id, campaign_id, community_id, state, extension_reason, revision)"
            " select new.id, %s, new.community, 'filling', '', 0 from unnest(%s::uuid[], %s::bigint[]) as new (id, community)"
            " on conflict (campaign_id, community_id) do nothing",
            [campaign.pk, keys, missing],
        )
        return cursor.rowcount


def _hold(campaign: Campaign, by: Actor, revision: int | None = None) -> Campaign:
    """The campaign, held until the transaction ends, once it is known that the post may handle it."""
    held = (
        Campaign.objects.select_for_update(of=("self",))
        .select_related("division", "version")
        .filter(pk=campaign.pk)
        .first()
    )
    if held is None:
        raise NotPossible("这项任务已被删除。")
    check(by, Capability.SURVEY, held.division)
    if revision is not None and held.revision != revision:
        raise NotPossible("这项任务已被他人修改，请核对后再改。")
    return held


def _save(campaign: Campaign) -> None:
    campaign.revision += 1
    campaign.save()


def _record(event: Event, campaign: Campaign, by: Actor, at: dt.datetime | None = None, **details: Any) -> None:
    terms = {
        "fresh_from": campaign.fresh_from.isoformat(),
        "due_on": campaign.due_on.isoformat(),
        "kinds": sorted(campaign.asked),
    }
    history.record(event, campaign, by=by, division_code=campaign.division.code, details={**terms, **details}, at=at)
