"""What a signed-in person must still do before any post acts: a new password, the second factor.

Until then they reach nothing but the pages marked here, and act under no post.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TypeVar

from django.conf import settings
from django.http import HttpRequest

from greenhood.accounts.capabilities import AWARD_GIVING
from greenhood.accounts.models import Post, User

View = TypeVar("View", bound=Callable[..., object])


class Hurdle(Enum):
    """What is still to be done; the value is the name of the page where it is done."""

    PASSWORD = "accounts:change_password"
    VERIFY = "accounts:verify"
    ENROL = "accounts:enrol"


def reachable_before(view: View) -> View:
    """Mark a view as reachable while a hurdle stands."""
    view.reachable_before_hurdles = True  # type: ignore[attr-defined]
    return view


def is_reachable_before(view: Callable[..., object]) -> bool:
    return getattr(view, "reachable_before_hurdles", False) or not getattr(view, "login_required", True)


def hurdle_before(user: User, post: Post | None, *, is_verified: bool) -> Hurdle | None:
    """The first thing to be done before ``post`` may act; None where nothing stands in the way."""
    if not is_verified and user.second_factor_at:
        return Hurdle.VERIFY
    if user.must_change_password:
        return Hurdle.PASSWORD
    if settings.REQUIRE_TOTP and not is_verified and post is not None and post.role in AWARD_GIVING:
        return Hurdle.ENROL
    return None


def hurdle_of(request: HttpRequest) -> Hurdle | None:
    return getattr(request, "hurdle", None)
