"""What is done with people and posts. Each action checks the acting post, takes one transaction and is recorded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils import timezone

from greenhood.accounts import access, grants, passwords
from greenhood.accounts.access import NotAllowed
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.accounts.events import Event
from greenhood.accounts.models import Interest, Post, Role, User
from greenhood.accounts.problems import Refused
from greenhood.accounts.queries import held_on, is_seen_by, people_whose_interests_are_noted_by
from greenhood.divisions.models import Division
from greenhood.history.actions import Happening, record, record_many
from greenhood.kit.dates import today_in_shanghai

EDITABLE = ("name", "employer", "phone", "email")


@dataclass(frozen=True, slots=True)
class NewPerson:
    """What is known of a person who is to have an account; ``division`` where it isn't administered with the others."""

    username: str
    name: str
    employer: str = ""
    phone: str = ""
    email: str = ""
    division: Division | None = None


@dataclass(frozen=True, slots=True)
class Created:
    """A new account and its one-time password, which is stored nowhere and shown once."""

    user: User
    one_time_password: str


# Accounts


def create_user(
    *,
    by: Actor,
    username: str,
    name: str,
    employer: str = "",
    phone: str = "",
    email: str = "",
    division: Division | None = None,
) -> Created:
    """Open an account, administered in ``division``, else in the acting post's. Its password must be changed at once."""
    person = NewPerson(username, name, employer, phone, email)
    return create_users([person], by=by, division=division)[0]


@transaction.atomic
def create_users(
    people: Sequence[NewPerson],
    *,
    by: Actor,
    division: Division | None = None,
    password: str = "",
    at: dt.datetime | None = None,
) -> list[Created]:
    """Open accounts for all or, where one of them can't have one, for none.

    ``password`` is for demonstrations alone: one that everybody knows, which need not be changed.
    """
    assert settings.DEMO or not password, "shared passwords are for demonstrations"
    managed_in = division or (by.post.division if by.post else None)
    for place in {managed_in, *(person.division or managed_in for person in people)}:
        access.check(by, Capability.MANAGE_PEOPLE, place)
    taken = set(
        User.objects.filter(username__in=[person.username for person in people]).values_list("username", flat=True)
    )
    if taken:
        raise Refused(f"账号已被使用：{'、'.join(sorted(taken))}。请换一个。", "username")
    created = []
    # Hashing is slow on purpose; what everybody knows needs no salt of its own.
    shared = make_password(password) if password else ""
    for person in people:
        user = User(
            username=person.username,
            name=person.name,
            employer=person.employer,
            phone=person.phone,
            email=person.email,
            managed_in=person.division or managed_in,
            must_change_password=not shared,
            is_demonstration=bool(shared),
        )
        own = password or passwords.one_time_password(user)
        user.password = shared or make_password(own)
        created.append(Created(user, own))
    try:
        with transaction.atomic():
            User.objects.bulk_create([one.user for one in created], batch_size=1_000)
    except IntegrityError as error:
        raise Refused("有账号刚刚被他人使用，或同一账号出现两次。请核对后重试。", "username") from error
    record_many(
        Happening(
            Event.USER_CREATED,
            one.user,
            by,
            one.user.managed_in.code if one.user.managed_in else 0,
            {"账号": one.user.username},
            at=at,
        )
        for one in created
    )
    return created


@transaction.atomic
def change_user(user: User, *, by: Actor, **changes: str) -> None:
    """Correct what is known of a person: name, employer, phone, email."""
    assert set(changes) <= set(EDITABLE), changes
    locked = _managed(user, by)
    changed = {field: value for field, value in changes.items() if getattr(locked, field) != value}
    if not changed:
        return
    before = {field: getattr(locked, field) for field in changed}
    User.objects.filter(pk=locked.pk).update(**changed)
    _record_of(Event.USER_CHANGED, user, by, {"原": before, "现": changed})


@transaction.atomic
def disable_user(user: User, *, by: Actor, reason: str) -> None:
    """Close an account; its sessions end with the next request. Posts and history stay."""
    _managed(user, by)
    if by.user is not None and by.user.pk == user.pk:
        raise Refused("不能停用自己的账号。请由另一名系统管理员办理。")
    if not User.objects.filter(pk=user.pk, is_active=True).update(is_active=False):
        raise Refused("该账号已经停用。")
    _record_of(Event.USER_DISABLED, user, by, {"原因": reason})


@transaction.atomic
def enable_user(user: User, *, by: Actor, reason: str) -> None:
    """Open a closed account again; the old password still holds."""
    _managed(user, by)
    if not User.objects.filter(pk=user.pk, is_active=False).update(is_active=True):
        raise Refused("该账号没有停用。")
    _record_of(Event.USER_ENABLED, user, by, {"原因": reason})


@transaction.atomic
def reset_password(user: User, *, by: Actor) -> str:
    """Give the person a one-time password, which is returned here and stored nowhere; it must be changed at sign-in."""
    locked = _managed(user, by)
    if by.user is not None and by.user.pk == user.pk:
        raise Refused("不能重置自己的密码。请使用“修改密码”。")
    password = passwords.one_time_password(locked)
    User.objects.filter(pk=user.pk).update(password=make_password(password), must_change_password=True)
    _record_of(Event.PASSWORD_RESET, user, by, {})
    return password


@transaction.atomic
def change_password(user: User, *, by: Actor, new_password: str) -> None:
    """A person takes a new password; raises PasswordRefused with every rule it breaks."""
    assert by.is_system or (by.user is not None and by.user.pk == user.pk), "everyone changes their own"
    if user.check_password(new_password):
        raise Refused("新密码不能与原密码相同。", "new_password")
    passwords.check(new_password, user)
    user.password = make_password(new_password)
    user.must_change_password = False
    user.password_changed_at = timezone.now()
    user.save(update_fields=["password", "must_change_password", "password_changed_at"])
    _record_of(Event.PASSWORD_CHANGED, user, by, {})


# Posts


@transaction.atomic
def grant_post(
    user: User,
    *,
    by: Actor,
    role: Role,
    division: Division,
    department: str = "",
    valid_from: dt.date | None = None,
    valid_to: dt.date | None = None,
    at: dt.datetime | None = None,
) -> Post:
    """Let a person act in a role for a division, from a day (today) to a day (open)."""
    access.check(by, Capability.GRANT_POSTS, division)
    if by.user is not None and by.user.pk == user.pk:
        raise NotAllowed("不能给自己授予岗位。请由另一名安全管理员办理。")
    if not is_seen_by(by, user):
        raise Http404
    start = valid_from or today_in_shanghai()
    role = Role(role)
    # Held until the end, so that two grants at once can't unite what must stay apart.
    person = User.objects.select_for_update().get(pk=user.pk)
    if not person.is_active:
        raise Refused("该账号已停用，不能授予岗位。", "user")
    if division.valid_to is not None and division.valid_to < start:
        raise Refused(
            f"“{division.name}”已于 {division.valid_to} 停用，请选用其承接区划。",
            "division",
        )
    if valid_to is not None and valid_to < start:
        raise Refused("离任日期不能早于任职日期。", "valid_to")
    if problem := grants.problem_of_place(role, division):
        raise Refused(problem, "division")
    held = Post.objects.filter(held_on(start, valid_to), user=person)
    if problem := grants.problem_of_union(role, [Role(post.role) for post in held]):
        raise Refused(problem, "role")
    if held.filter(role=role, division=division, department=department).exists():
        raise Refused("此人在同一时期已有相同的岗位。", "role")
    post = Post.objects.create(
        user=person,
        division=division,
        role=role,
        department=department,
        valid_from=start,
        valid_to=valid_to,
    )
    details = {"岗位": str(post), "任职日期": start, "离任日期": valid_to}
    record(Event.POST_GRANTED, person, by=by, division_code=division.code, details=details, at=at)
    return post


@transaction.atomic
def end_post(post: Post, *, by: Actor, reason: str = "", on: dt.date | None = None) -> Post:
    """End a post: ``on`` is its last day; without one it ends at once, so that yesterday was its last day."""
    access.check(by, Capability.GRANT_POSTS, post.division)
    locked = Post.objects.select_for_update().select_related("division", "user").get(pk=post.pk)
    if by.user is not None and by.user.pk == locked.user_id:
        raise NotAllowed("不能终止自己的岗位。请由另一名安全管理员办理。")
    today = today_in_shanghai()
    last = on or today - dt.timedelta(days=1)
    if locked.valid_to is not None and locked.valid_to <= last:
        raise Refused(f"该岗位已于 {locked.valid_to} 终止。")
    details = {
        "岗位": str(locked),
        "任职日期": locked.valid_from,
        "离任日期": last,
        "原因": reason,
    }
    # A post that hasn't begun by then ends the day before its first: nobody acted or will act under it.
    locked.valid_to = max(last, locked.valid_from - dt.timedelta(days=1))
    locked.save(update_fields=["valid_to"])
    record(
        Event.POST_ENDED,
        locked.user,
        by=by,
        division_code=locked.division.code,
        details=details,
    )
    return locked


# Interests


@transaction.atomic
def record_interest(
    user: User,
    *,
    by: Actor,
    reason: str,
    division: Division | None = None,
    employer: str = "",
    at: dt.datetime | None = None,
) -> Interest:
    """Note why a person must not judge what lies in a division or belongs to an employer.

    Everyone declares their own; whoever grants posts or runs panels notes those of others.
    """
    if by.user is None or by.user.pk != user.pk:
        _check_may_note_interests(by, user)
    if division is None and not employer:
        raise Refused("请填写涉及的区划或单位，至少一项。", "division")
    interest = Interest.objects.create(
        user=user,
        division=division,
        employer=employer,
        reason=reason,
        recorded_by_id=by.user.pk if by.user else None,
    )
    details = {
        "涉及": str(interest),
        "情形": reason,
        "本人申报": interest.is_self_declared,
    }
    record(Event.INTEREST_RECORDED, user, by=by, details=details, at=at)
    return interest


@transaction.atomic
def remove_interest(interest: Interest, *, by: Actor, reason: str) -> None:
    """Take back a noted interest. Nobody takes back their own, since it would let them judge again."""
    if by.user is not None and by.user.pk == interest.user_id:
        raise NotAllowed("不能撤销涉及本人的登记。请由安全管理员核实后办理。")
    access.check(by, Capability.GRANT_POSTS)
    if not is_seen_by(by, interest.user):
        raise Http404
    user, details = (
        interest.user,
        {"涉及": str(interest), "情形": interest.reason, "撤销原因": reason},
    )
    deleted, _ = Interest.objects.filter(pk=interest.pk).delete()
    if not deleted:
        raise Refused("该登记已经撤销。")
    record(Event.INTEREST_REMOVED, user, by=by, details=details)


def _check_may_note_interests(by: Actor, user: User) -> None:
    if not by.may(Capability.RUN_PANEL):
        access.check(by, Capability.GRANT_POSTS)
    if not people_whose_interests_are_noted_by(by).filter(pk=user.pk).exists():
        raise Http404


def _managed(user: User, by: Actor) -> User:
    """The person's row, held, if the acting post administers the account; else 404 or the reason why not."""
    access.check(by, Capability.MANAGE_PEOPLE)
    locked = User.objects.select_for_update(of=("self",)).select_related("managed_in").get(pk=user.pk)
    if by.post is None:
        return locked
    if locked.managed_in is None:
        if by.post.division.level == 0:
            return locked
        raise Http404
    access.check(by, Capability.MANAGE_PEOPLE, locked.managed_in)
    return locked


def _record_of(event: Event, user: User, by: Actor, details: dict[str, object]) -> None:
    record(
        event,
        user,
        by=by,
        division_code=user.managed_in.code if user.managed_in else 0,
        details=details,
    )
