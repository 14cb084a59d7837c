"""The second factor: time-based one-time codes (RFC 6238), and recovery codes for a lost phone."""

from __future__ import annotations

import secrets

from django.db import transaction
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from greenhood.accounts import access
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.accounts.events import Event
from greenhood.accounts.models import RecoveryCode, User
from greenhood.accounts.problems import Refused
from greenhood.history.actions import record
from greenhood.history.models import Result
from greenhood.kit.hashing import digest

RECOVERY_CODES = 10
# 10 signs of 31: 49 bits, typed in two groups from paper.
SIGNS = "23456789abcdefghjkmnpqrstuvwxyz"
WRONG_CODE = "动态口令不正确或已用过。请输入手机应用中当前显示的 6 位数字；如总是不对，请核对手机的时间。"


def device_of(user: User) -> TOTPDevice | None:
    """The device that the person has confirmed."""
    return TOTPDevice.objects.filter(user=user, confirmed=True).order_by("pk").first()


def enrolment_of(user: User) -> TOTPDevice:
    """The device that the person is about to confirm; its secret stays the same until then."""
    device = TOTPDevice.objects.filter(user=user, confirmed=False).order_by("pk").first()
    return device or TOTPDevice.objects.create(user=user, name="动态口令", confirmed=False)


def enrol(*, by: Actor, token: str) -> tuple[TOTPDevice, list[str]]:
    """Confirm the device with a code that it shows. Returns it with the recovery codes, which are shown once."""
    user = _person(by)
    with transaction.atomic():
        # Held, so that two answers from two windows can't both confirm.
        User.objects.select_for_update().get(pk=user.pk)
        if device_of(user):
            raise Refused("已经启用了动态口令。")
        device = enrolment_of(user)
        problem = _problem_before(device)
        is_right = device.verify_token(token)
        if is_right:
            device.confirmed = True
            device.save(update_fields=["confirmed"])
            User.objects.filter(pk=user.pk).update(second_factor_at=timezone.now())
            codes = _new_codes(user)
            record(Event.SECOND_FACTOR_ENROLLED, user, by=by)
    # The throttle of a wrong guess stays written.
    if not is_right:
        raise Refused(problem or WRONG_CODE, "token")
    return device, codes


def verify(*, by: Actor, token: str) -> TOTPDevice:
    """The device, if it shows this code now and the code wasn't used before; guesses are slowed down."""
    user = _person(by)
    with transaction.atomic():
        device = _held(user)
        problem = _problem_before(device)
        is_right = device.verify_token(token)
        _record_verification(by, Event.VERIFIED, is_right=is_right)
    if not is_right:
        raise Refused(problem or WRONG_CODE, "token")
    return device


def recover(*, by: Actor, code: str) -> TOTPDevice:
    """The device, if this is one of the person's unused recovery codes, which is then used up."""
    user = _person(by)
    with transaction.atomic():
        device = _held(user)
        problem = _problem_before(device)
        unused = RecoveryCode.objects.filter(user=user, hash=_hash(user, code), used_at=None)
        is_right = not problem and bool(unused.update(used_at=timezone.now()))
        if is_right:
            device.throttle_reset()
        elif not problem:
            device.throttle_increment()
        _record_verification(by, Event.RECOVERY_CODE_USED, is_right=is_right)
    if not is_right:
        raise Refused(problem or "恢复码不正确或已用过。", "code")
    return device


@transaction.atomic
def renew_recovery_codes(*, by: Actor) -> list[str]:
    """New recovery codes, shown once; the old ones no longer work."""
    user = _person(by)
    _held(user)
    codes = _new_codes(user)
    record(Event.RECOVERY_CODES_RENEWED, user, by=by)
    return codes


@transaction.atomic
def remove(user: User, *, by: Actor) -> None:
    """Take the second factor away: one's own, or that of a person who lost phone and codes, by their administrator."""
    if by.user is None or by.user.pk != user.pk:
        access.check(by, Capability.MANAGE_PEOPLE, user.managed_in)
    deleted, _ = TOTPDevice.objects.filter(user=user).delete()
    RecoveryCode.objects.filter(user=user).delete()
    User.objects.filter(pk=user.pk).update(second_factor_at=None)
    if not deleted:
        raise Refused("没有启用动态口令。")
    code = user.managed_in.code if user.managed_in else 0
    record(Event.SECOND_FACTOR_REMOVED, user, by=by, division_code=code)


def unused_recovery_codes(user: User) -> int:
    return RecoveryCode.objects.filter(user=user, used_at=None).count()


def _person(by: Actor) -> User:
    assert by.user is not None, "the second factor is a person's own"
    return by.user


def _held(user: User) -> TOTPDevice:
    device = TOTPDevice.objects.select_for_update().filter(user=user, confirmed=True).order_by("pk").first()
    if device is None:
        raise Refused("没有启用动态口令。")
    return device


def _problem_before(device: TOTPDevice) -> str:
    """Why no code is taken just now, however right: guesses are slowed down, more with each wrong one."""
    allowed, why = device.verify_is_allowed()
    if allowed:
        return ""
    return f"错误次数较多，请在 {timezone.localtime(why['locked_until']):%H:%M:%S} 之后再试。"


def _new_codes(user: User) -> list[str]:
    codes = ["".join(secrets.choice(SIGNS) for _ in range(10)) for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.filter(user=user).delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, hash=_hash(user, code)) for code in codes)
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def _hash(user: User, code: str) -> str:
    # Random codes need no slow hash; the person's id keeps equal codes apart.
    plain = "".join(sign for sign in code.lower() if sign in SIGNS)
    return digest(f"{user.pk}:{plain}".encode())


def _record_verification(by: Actor, event: Event, *, is_right: bool) -> None:
    if is_right:
        record(event, by.user, by=by)
    else:
        record(Event.VERIFICATION_FAILED, by.user, by=by, result=Result.FAILED)
