"""Reminders before and after the day: whom, when, and that nobody gets the same one twice."""

from __future__ import annotations

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from greenhood.accounts.capabilities import CAPABILITIES, Capability
from greenhood.accounts.models import Post
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.ids import uuid7
from greenhood.reporting.channels import Channel, channels
from greenhood.reporting.messages import Message
from greenhood.reporting.models import OWED, Kind, Obligation, Reminder, State

logger = logging.getLogger("greenhood.reporting")

DAYS_BEFORE = (7, 3, 1, 0)
EVERY_AFTER = 7
"""Once the day is over: on the next day and every week, for half a year."""
LONGEST_AFTER = 182
MOST_NAMED = 20
_LOCK = 7_203_415


def remind(*, at: dt.datetime | None = None, through: Mapping[str, Channel] | None = None) -> int:
    """Send today's reminders; about how many obligations. Run again on the same day it sends nothing new.

    The rows are written before anything is sent: after a crash somebody may miss one reminder, but nobody gets it twice.
    """
    now = at or timezone.now()
    today = today_in_shanghai(now)
    through = channels() if through is None else through
    with transaction.atomic():
        _one_at_a_time()
        due = _noted(_due(today), today, now)
    if not due:
        return 0
    messages = _messages(due, today)
    sent = {name: _sent(name, channel, messages) for name, channel in through.items()}
    Reminder.objects.filter(day=today, obligation__in=[row.pk for row in due], sent={}).update(sent=sent)
    logger.info("reminded of %s reports, %s messages: %s", len(due), len(messages), sent)
    return len(due)


def _one_at_a_time() -> None:
    """Of two runs at once the second finds everything noted by the first."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [_LOCK])


def _due(today: dt.date) -> list[Obligation]:
    days = [today + dt.timedelta(days=number) for number in DAYS_BEFORE]
    days += [today - dt.timedelta(days=number) for number in range(1, LONGEST_AFTER, EVERY_AFTER)]
    found = Obligation.objects.filter(Q(deadline__in=days), state__in=OWED, begins_on__lte=today)
    return list(found.select_related("reporter", "receiver").order_by("deadline", "pk"))


def _noted(rows: Sequence[Obligation], today: dt.date, now: dt.datetime) -> list[Obligation]:
    """Those among the rows that nobody was reminded of today, now noted."""
    already = set(Reminder.objects.filter(day=today).values_list("obligation_id", flat=True))
    new = [row for row in rows if row.pk not in already]
    Reminder.objects.bulk_create(
        [Reminder(id=uuid7(), obligation=row, day=today, days_left=(row.deadline - today).days, at=now) for row in new],
        batch_size=2000,
    )
    return new


def _messages(rows: Iterable[Obligation], today: dt.date) -> list[Message]:
    """One message a person, however much their division owes."""
    by_division: dict[int, list[Obligation]] = defaultdict(list)
    for row in rows:
        by_division[row.reporter_id].append(row)
    roles = [role for role, held in CAPABILITIES.items() if Capability.REPORT in held]
    posts = (
        Post.objects.filter(division__in=list(by_division), role__in=roles, user__is_active=True, valid_from__lte=today)
        .filter(Q(valid_to=None) | Q(valid_to__gte=today))
        .select_related("user")
    )
    return [_message(post, by_division[post.division_id], today) for post in posts]


def _message(post: Post, rows: Sequence[Obligation], today: dt.date) -> Message:
    first = rows[0]
    title = f"{first.reporter.name}：{first.heading}，{_when(first, today)}"
    if len(rows) > 1:
        title += f"等 {len(rows)} 份"
    lines = [_line(row, today) for row in rows[:MOST_NAMED]]
    text = "\n".join([f"{post.user.name}：", *lines, "请登录绿色社区创建平台办理。已经报送的请忽略。"])
    told = [f"{first.reporter.name}：{line}" for line in lines]
    return Message(post.user.name, post.user.phone, post.user.email, title, text, told, first.reporter.code)


def _line(row: Obligation, today: dt.date) -> str:
    what = "开展" if row.is_round else f"{'考核' if row.kind == Kind.APPRAISAL else '报'}{row.receiver.name}"
    return (
        f"{row.heading}，{what}，期限 {row.deadline}，{_when(row, today)}。{settings.SITE_URL}{row.get_absolute_url()}"
    )


def _when(row: Obligation, today: dt.date) -> str:
    if row.state == State.RETURNED:
        return "已退回，等待修改"
    left = (row.deadline - today).days
    if left < 0:
        return f"已逾期 {-left} 天"
    return "今天到期" if left == 0 else f"还有 {left} 天到期"


def _sent(name: str, channel: Channel, messages: Sequence[Message]) -> int:
    """How many a channel took; one that fails altogether stops none of the others."""
    try:
        return channel.send(messages)
    except Exception:
        logger.exception("channel %s failed", name)
        return 0
