"""What is asked about people and posts."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, Prefetch, Q, QuerySet
from django.shortcuts import get_object_or_404

from greenhood.accounts import departments
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import CAPABILITIES, TITLES, Capability
from greenhood.accounts.models import Interest, Post, Role, User
from greenhood.divisions.models import Division, Level, code_at
from greenhood.kit.dates import today_in_shanghai

PAGE = 50
COUNT_UP_TO = 10_000


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


def holders(places: Iterable[Division], day: dt.date | None = None) -> dict[int, dict[str, list[Post]]]:
    """The posts with a department in some divisions, by division and line of work (``departments.line``). One query."""
    posts = (
        Post.objects.filter(
            valid_on(day or today_in_shanghai()), division__in=[each.pk for each in places], user__is_active=True
        )
        .exclude(department="")
        .select_related("user", "division")
        .defer("division__bigrams")
        .order_by("division_id", "department", "pk")
    )
    found: dict[int, dict[str, list[Post]]] = defaultdict(lambda: defaultdict(list))
    for post in posts:
        found[post.division_id][departments.line(post.department, post.division.name)].append(post)
    return found


@dataclass(frozen=True, slots=True)
class PostInWords:
    """A post, and what it may do."""

    post: Post
    capabilities: list[str]


def in_words(post: Post) -> PostInWords:
    held = CAPABILITIES[Role(post.role)]
    return PostInWords(post, [TITLES[capability] for capability in Capability if capability in held])


def interests_of(user: User) -> QuerySet[Interest]:
    return Interest.objects.filter(user=user).select_related("division", "recorded_by")


def demonstration_posts() -> list[Post]:
    """The first post of each of the demonstration's accounts, for the list on the sign-in page."""
    held = Post.objects.filter(valid_on(today_in_shanghai()), user__is_demonstration=True, user__is_active=True)
    firsts = held.select_related("user", "division").order_by("user", "pk").distinct("user")
    return sorted(firsts, key=lambda post: (post.division.level, post.division.code, post.role))


# The people whom an administrator sees


@dataclass(frozen=True, slots=True)
class PeopleFilter:
    text: str = ""
    role: str = ""
    state: str = ""
    division: Division | None = None


def people_for(actor: Actor) -> QuerySet[User]:
    """Those whose accounts are administered in the acting post's division, and those who hold a post in it."""
    if actor.is_system:
        return User.objects.all()
    may_see = actor.may(Capability.MANAGE_PEOPLE) or actor.may(Capability.GRANT_POSTS)
    if actor.post is None or not may_see:
        return User.objects.none()
    if actor.post.division.level == Level.NATION:
        return User.objects.all()
    return User.objects.filter(_belongs_to(actor.post.division))


def person_for(actor: Actor, pk: UUID) -> User:
    """A person whom the acting post administers or grants posts to, or 404."""
    return get_object_or_404(people_for(actor).select_related("managed_in"), pk=pk)


def is_seen_by(actor: Actor, user: User) -> bool:
    return people_for(actor).filter(pk=user.pk).exists()


def people_whose_interests_are_noted_by(actor: Actor) -> QuerySet[User]:
    """Those to whom the actor grants posts; for who runs panels, those who may sit on them.

    A county's panel takes experts of the county, of what lies in it, and of the city and province above it.
    """
    found = people_for(actor) if actor.may(Capability.GRANT_POSTS) else User.objects.none()
    if actor.post is None or not actor.may(Capability.RUN_PANEL):
        return found
    division = actor.post.division
    low, high = division.span
    above = [code_at(division.code, level) for level in range(division.level)]
    sitting = Post.objects.filter(
        Q(division__code__gte=low, division__code__lt=high) | Q(division__code__in=above),
        valid_on(today_in_shanghai()),
        role__in=[role for role, held in CAPABILITIES.items() if Capability.SIT_ON_PANEL in held],
    )
    return User.objects.filter(Q(pk__in=sitting.values("user")) | Q(pk__in=found.values("pk")))


def people(found: QuerySet[User], wanted: PeopleFilter) -> QuerySet[User]:
    """Those who match, by account name."""
    today = today_in_shanghai()
    held = Post.objects.filter(valid_on(today))
    if wanted.text:
        found = found.filter(Q(username__startswith=wanted.text) | Q(name__contains=wanted.text))
    if wanted.role:
        found = found.filter(pk__in=held.filter(role=wanted.role).values("user"))
    if wanted.division:
        low, high = wanted.division.span
        posts = held.filter(division__code__gte=low, division__code__lt=high)
        found = found.filter(Q(pk__in=posts.values("user")) | Q(managed_in=wanted.division))
    match wanted.state:
        case "active":
            found = found.filter(is_active=True)
        case "disabled":
            found = found.filter(is_active=False)
        case "fresh":
            found = found.filter(must_change_password=True)
        case "idle":
            found = found.exclude(pk__in=held.values("user"))
    return found.order_by("username")


@dataclass(frozen=True, slots=True)
class PeoplePage:
    people: Sequence[User]
    next: str
    previous: str


def page_of_people(found: QuerySet[User], *, after: str = "", before: str = "", size: int = PAGE) -> PeoplePage:
    """Some people with ``held_posts``, their posts of today: two queries, however many there are."""
    if before:
        rows = list(_with_posts(found.filter(username__lt=before).order_by("-username"))[: size + 1])
        has_earlier, rows = len(rows) > size, list(reversed(rows[:size]))
        return PeoplePage(rows, rows[-1].username if rows else "", rows[0].username if has_earlier else "")
    rows = list(_with_posts(found.filter(username__gt=after) if after else found)[: size + 1])
    has_later, rows = len(rows) > size, rows[:size]
    return PeoplePage(rows, rows[-1].username if has_later else "", rows[0].username if after and rows else "")


def count_people(found: QuerySet[User]) -> tuple[int, bool]:
    """How many there are, counted up to a limit, and whether there are more."""
    number = found.order_by()[: COUNT_UP_TO + 1].count()
    return min(number, COUNT_UP_TO), number > COUNT_UP_TO


def export_rows(found: QuerySet[User]) -> Iterator[tuple[object, ...]]:
    """One row per person for a workbook, in batches."""
    for user in _with_posts(found.select_related("managed_in")).iterator(chunk_size=1_000):
        posts = "；".join(str(post) for post in user.held_posts)  # type: ignore[attr-defined]
        managed = user.managed_in.name if user.managed_in else ""
        state = "启用" if user.is_active else "停用"
        yield (user.username, user.name, user.employer, user.phone, user.email, managed, posts, state)


def posts_of(user: User) -> list[Post]:
    """Every post that the person ever held, the present ones first."""
    today = today_in_shanghai()
    posts = Post.objects.filter(user=user).select_related("division").order_by("division__code", "role", "valid_from")
    return sorted(posts, key=lambda post: not post.is_held_on(today))


def _with_posts(found: QuerySet[User]) -> QuerySet[User]:
    held = Post.objects.filter(valid_on(today_in_shanghai())).select_related("division").order_by("division__code")
    return found.prefetch_related(Prefetch("posts", held, to_attr="held_posts"))


def _belongs_to(division: Division) -> Q:
    low, high = division.span
    here = Post.objects.filter(division__code__gte=low, division__code__lt=high)
    return Q(managed_in__code__gte=low, managed_in__code__lt=high) | Q(pk__in=here.values("user"))
