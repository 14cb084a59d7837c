"""What is written down of sign-ins, and until when a name is locked."""

from __future__ import annotations

import datetime as dt

from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.db.models import Max

from greenhood.accounts.actor import Actor
from greenhood.accounts.events import Event
from greenhood.accounts.models import Post, User
from greenhood.accounts.queries import valid_posts
from greenhood.history.actions import Subject, record
from greenhood.history.models import Entry, Result

SESSION_EVENTS = (
    Event.SIGNED_IN,
    Event.SIGN_IN_FAILED,
    Event.LOCKED_OUT,
    Event.SIGNED_OUT,
    Event.POST_SWITCHED,
    Event.VERIFIED,
    Event.VERIFICATION_FAILED,
    Event.RECOVERY_CODE_USED,
)


def record_sign_in(*, by: Actor) -> Entry:
    return record(Event.SIGNED_IN, by.user, by=by)


def record_sign_out(*, by: Actor) -> Entry:
    return record(Event.SIGNED_OUT, by.user, by=by)


def record_failure(username: str, *, by: Actor, is_locked: bool) -> Entry:
    """A wrong name or password, or an attempt while locked. Of names that nobody has only the beginning is kept, since
    people sometimes type their password there."""
    user = User.objects.filter(username=username).first()
    post = valid_posts(user).first() if user else None
    return record(
        Event.LOCKED_OUT if is_locked else Event.SIGN_IN_FAILED,
        user or Subject("", "", f"{username[:2]}***"),
        by=by,
        division_code=post.division.code if post else 0,
        result=Result.REFUSED if is_locked else Result.FAILED,
    )


def record_switch(before: Post | None, *, by: Actor) -> Entry:
    return record(Event.POST_SWITCHED, by.user, by=by, details={"原岗位": str(before or ""), "现岗位": by.post_title})


def own_sessions(user: User, *, most: int = 20) -> list[Entry]:
    """The person's sign-ins and attempts at their account, the latest first."""
    about = Entry.objects.filter(subject_kind=User._meta.label_lower, subject_id=str(user.pk))
    return list(about.filter(event__in=SESSION_EVENTS).order_by("-at", "-id")[:most])


def locked_until(username: str, address: str) -> dt.datetime | None:
    """When the name, as tried from this address, opens again."""
    attempts = AccessAttempt.objects.filter(username=username, ip_address=address or None)
    latest = attempts.aggregate(latest=Max("attempt_time"))["latest"]
    cool_off = get_cool_off()
    return latest + cool_off if latest and cool_off else None
