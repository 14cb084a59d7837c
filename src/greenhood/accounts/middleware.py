"""Puts ``request.actor`` on every request, and keeps back who still has a hurdle to take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, resolve_url
from django.utils import timezone

from greenhood.accounts.actor import Actor
from greenhood.accounts.address import client_address
from greenhood.accounts.hurdles import hurdle_before, hurdle_of, is_reachable_before
from greenhood.accounts.queries import chosen_post, valid_posts

POST_KEY = "post"
SEEN_KEY = "seen"
# A session lasts so long after it was last seen; seeing it once a minute is exact enough and spares a write on every page.
SEEN_EVERY = 60


class ActorMiddleware:
    """``request.actor``: the person, the post chosen in this session (or the first valid today), the address.

    Also ``request.posts``, the person's posts of today, and ``request.hurdle``, what they must do before acting.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        take_part(request)
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., HttpResponseBase],
        args: Any,
        kwargs: Any,
    ) -> HttpResponseBase | None:
        hurdle = hurdle_of(request)
        if hurdle is None or is_reachable_before(view):
            return None
        url = resolve_url(hurdle.value)
        if request.method == "GET" and "HX-Request" not in request.headers:
            url = f"{url}?{urlencode({'next': request.get_full_path()})}"
        return to_page(request, url)


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Every page asks for sign-in unless it opts out; a part of a page asked for by script moves the whole page there."""

    def process_view(self, request: HttpRequest, view_func: Any, view_args: Any, view_kwargs: Any) -> Any:
        # The API asks for sign-in itself, operation by operation, and answers 401 instead of leading to a page.
        if is_api(request):
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponseBase:
        response = super().handle_no_permission(request, view_func)
        return to_page(request, response["Location"]) if "HX-Request" in request.headers else response


def take_part(request: HttpRequest) -> None:
    """Set ``request.actor``, ``request.posts`` and ``request.hurdle`` by the session as it is now."""
    address = client_address(request)
    if not request.user.is_authenticated:
        request.actor, request.posts, request.hurdle = (
            Actor.anonymous(address),
            [],
            None,
        )
        return
    _keep_alive(request)
    posts = list(valid_posts(request.user))
    post = chosen_post(posts, request.session.get(POST_KEY))
    request.hurdle = hurdle_before(request.user, post, is_verified=_is_verified(request.user))
    # Under no post nothing may be done, whatever page is reached.
    request.actor = Actor(request.user, None if request.hurdle else post, address)
    request.posts = posts


def _keep_alive(request: HttpRequest) -> None:
    now = int(timezone.now().timestamp())
    if now - request.session.get(SEEN_KEY, 0) >= SEEN_EVERY:
        request.session[SEEN_KEY] = now


def _is_verified(user: Any) -> bool:
    # Right after sign-in the user hasn't passed django_otp's middleware yet.
    return getattr(user, "otp_device", None) is not None


def to_page(request: HttpRequest, url: str) -> HttpResponseBase:
    if is_api(request):
        return JsonResponse({"detail": f"请先在网页上完成登录的后续步骤：{url}"}, status=403)
    if "HX-Request" in request.headers:
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return redirect(url)


def is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")
