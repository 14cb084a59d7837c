"""What is asked about people and posts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db.models import F, Q, QuerySet

from greenhood.accounts.models import Post, User
from greenhood.kit.dates import today_in_shanghai


def valid_on(day: dt.date) -> Q:
    """A filter of posts that are held on the day, both ends included."""
    return Q(valid_from__lte=day) & (Q(valid_to=None) | Q(valid_to__gte=day))


def held_on(first: dt.date, last: dt.date | None) -> Q:
    """A filter of posts that are held on any day of the span (open without ``last``)."""
    begun = Q() if last is None else Q(valid_from__lte=last)
    ended_before_it_began = Q(valid_to__lt=F("valid_from"))
    return begun & (Q(valid_to=None) | Q(valid_to__gte=first)) & ~ended_before_it_began


def valid_posts(user: User, day: dt.date | None = None) -> QuerySet[Post]:
    """The posts that the person holds on the day (today), with their divisions, highest division first."""
    held = Post.objects.filter(valid_on(day or today_in_shanghai()), user=user)
    return held.select_related("division").order_by("division__code", "role", "pk")


def chosen_post(posts: Sequence[Post], wanted: object) -> Post | None:
    """The post with this id, if it is among them; else the first."""
    return next(
        (post for post in posts if str(post.pk) == str(wanted)),
        posts[0] if posts else None,
    )
