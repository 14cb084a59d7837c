"""What a password must be, and passwords made for one use."""

from __future__ import annotations

import secrets

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from greenhood.accounts.models import User
from greenhood.accounts.problems import PasswordRefused

# Without the characters that are mistaken for each other when read from paper: 0 O o, 1 l I.
LETTERS = "abcdefghijkmnpqrstuvwxyz"
CAPITALS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
DIGITS = "23456789"
SIGNS = "-+*=#"
ONE_TIME_LENGTH = 12
LEAST_KINDS = 3


class ComplexityValidator:
    """Three of four kinds of characters, and neither the account nor the person's name in it (等保 level 3)."""

    def validate(self, password: str, user: User | None = None) -> None:
        problems = []
        if kinds(password) < LEAST_KINDS:
            problems.append("密码须含大写字母、小写字母、数字、其他符号中的至少三种。")
        if any(own and own.lower() in password.lower() for own in _own_words(user)):
            problems.append("密码不能包含账号或姓名。")
        if problems:
            raise ValidationError(problems)

    def get_help_text(self) -> str:
        return "密码须含大写字母、小写字母、数字、其他符号中的至少三种，且不能包含账号或姓名。"


def kinds(password: str) -> int:
    """How many of the four kinds of characters occur; Chinese characters count as other signs."""
    found = {
        "capital"
        if "A" <= char <= "Z"
        else "small"
        if "a" <= char <= "z"
        else "digit"
        if "0" <= char <= "9"
        else "other"
        for char in password
    }
    return len(found)


def check(password: str, user: User) -> None:
    """Raise PasswordRefused with every reason why the person can't take this password."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise PasswordRefused(error.messages) from error


def one_time_password(user: User) -> str:
    """A random password that meets every rule; about 65 bits, to be changed at first sign-in."""
    while True:
        chosen = [secrets.choice(kind) for kind in (LETTERS, CAPITALS, DIGITS, SIGNS)]
        everything = LETTERS + CAPITALS + DIGITS
        chosen += [secrets.choice(everything) for _ in range(ONE_TIME_LENGTH - len(chosen))]
        secrets.SystemRandom().shuffle(chosen)
        password = "".join(chosen)
        try:
            check(password, user)
        except PasswordRefused:
            continue
        return password


def _own_words(user: User | None) -> tuple[str, ...]:
    return (user.username, user.name) if user else ()
