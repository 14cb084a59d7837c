"""Reminders of tasks that fall due, through the same channels as reports: on some days before, weekly after."""

from __future__ import annotations

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from greenhood.accounts.capabilities import CAPABILITIES, Capability
from greenhood.accounts.models import Post
from greenhood.coordination.models import Assignment
from greenhood.coordination.queries import assignments
from greenhood.coordination.standing import lines_of
from greenhood.kit.dates import today_in_shanghai
from greenhood.reporting.channels import Channel, Message, channels
from greenhood.reporting.reminding import DAYS_BEFORE, EVERY_AFTER, LONGEST_AFTER, MOST_NAMED

logger = logging.getLogger("greenhood.coordination")


def remind(*, at: dt.datetime | None = None, through: Mapping[str, Channel] | None = None) -> int:
    """Send today's reminders; of how many tasks. Run again on the same day it sends nothing new.

    The day is noted before anything is sent: after a crash somebody may miss one reminder, but nobody gets it twice.
    """
    today = today_in_shanghai(at or timezone.now())
    through = channels() if through is None else through
    due = _noted(today)
    if not due:
        return 0
    messages = _messages(due, today)
    for name, channel in through.items():
        try:
            channel.send(messages)
        except Exception:
            logger.exception("channel %s failed", name)
    logger.info("reminded of %s tasks, %s messages", len(due), len(messages))
    return len(due)


@transaction.atomic
def _noted(today: dt.date) -> list[Assignment]:
    days = [today + dt.timedelta(days=number) for number in DAYS_BEFORE]
    days += [today - dt.timedelta(days=number) for number in range(1, LONGEST_AFTER, EVERY_AFTER)]
    due = list(assignments.due_on(days, today).select_for_update(of=("self",)))
    Assignment.objects.filter(pk__in=[row.pk for row in due]).update(reminded_on=today)
    return due


def _messages(rows: Iterable[Assignment], today: dt.date) -> list[Message]:
    """One message a person, however much is theirs to do."""
    by_place: dict[tuple[int, str], list[Assignment]] = defaultdict(list)
    for row in rows:
        by_place[row.division_id, row.line].append(row)
    roles = [role for role, held in CAPABILITIES.items() if Capability.RESPOND in held]
    divisions = {division for division, _ in by_place}
    posts = (
        Post.objects.filter(division__in=divisions, role__in=roles, user__is_active=True, valid_from__lte=today)
        .filter(Q(valid_to=None) | Q(valid_to__gte=today))
        .select_related("user", "division")
        .defer("division__bigrams")
        .order_by("pk")
    )
    found = ((post, [row for line in lines_of(post) for row in by_place[post.division_id, line]]) for post in posts)
    return [_message(post, theirs, today) for post, theirs in found if theirs]


def _message(post: Post, rows: Sequence[Assignment], today: dt.date) -> Message:
    first = min(rows, key=lambda row: row.deadline)
    title = f"{first.who}：{first.title}，{_when(first, today)}"
    if len(rows) > 1:
        title += f"等 {len(rows)} 件"
    lines = [
        f"{row.title}，{row.assigner.name}交办，期限 {row.deadline}，{_when(row, today)}。{settings.SITE_URL}{row.get_absolute_url()}"
        for row in rows[:MOST_NAMED]
    ]
    text = "\n".join([f"{post.user.name}：", *lines, "请登录绿色社区创建平台办理。已经提交的请忽略。"])
    return Message(post.user.name, post.user.phone, post.user.email, title, text)


def _when(row: Assignment, today: dt.date) -> str:
    left = (row.deadline - today).days
    if left < 0:
        return f"已逾期 {-left} 天"
    return "今天到期" if left == 0 else f"还有 {left} 天到期"
