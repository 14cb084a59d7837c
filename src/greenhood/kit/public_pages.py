"""Public pages under load: what everyone sees is made once in a while, not once for each visitor."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from hashlib import sha256
from threading import Lock
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.cache import patch_vary_headers

LARGE_TYPE_COOKIE = "large-type"
MOST_PAGES = 500


def seconds() -> int:
    return getattr(settings, "PUBLIC_PAGE_SECONDS", 15)


@dataclass(frozen=True)
class Kept:
    made_at: float
    status: int
    kind: str
    body: bytes
    tag: str


_kept: OrderedDict[tuple[str, ...], Kept] = OrderedDict()
_lock = Lock()


def public_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Keep a page's answer to visitors without sign-in for a few seconds (`PUBLIC_PAGE_SECONDS`), in this process, and let browsers ask by ETag.

    A page with a form, a message or a cookie to set is made anew: it carries something of one visitor.
    """

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not seconds() or not is_for_everyone(request):
            return view(request, *args, **kwargs)
        key = (request.get_full_path(), request.COOKIES.get(LARGE_TYPE_COOKIE, ""))
        kept = _found(key)
        if kept is None:
            response = view(request, *args, **kwargs)
            if carries_something_personal(request, response):
                return response
            kept = _keep(key, response)
        return _reply(request, kept)

    return answer


def is_for_everyone(request: HttpRequest) -> bool:
    return (
        request.method in {"GET", "HEAD"}
        and settings.SESSION_COOKIE_NAME not in request.COOKIES
        and "messages" not in request.COOKIES
        and "HX-Request" not in request.headers
    )


def carries_something_personal(request: HttpRequest, response: HttpResponse) -> bool:
    """Whether the answer holds a form's token or sets a cookie, or isn't a plain page at all."""
    has_token = bool(request.META.get("CSRF_COOKIE_NEEDS_UPDATE"))
    return has_token or response.status_code != 200 or response.streaming or bool(response.cookies)


def forget() -> None:
    """Drop what is kept: tests and actions that must be seen at once call this."""
    with _lock:
        _kept.clear()


def _found(key: tuple[str, ...]) -> Kept | None:
    with _lock:
        kept = _kept.get(key)
    return kept if kept and time.monotonic() - kept.made_at < seconds() else None


def _keep(key: tuple[str, ...], response: HttpResponse) -> Kept:
    body = response.content
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    kept = Kept(time.monotonic(), response.status_code, response["Content-Type"], body, tag)
    with _lock:
        _kept[key] = kept
        _kept.move_to_end(key)
        while len(_kept) > MOST_PAGES:
            _kept.popitem(last=False)
    return kept


def _reply(request: HttpRequest, kept: Kept) -> HttpResponse:
    if kept.tag in request.headers.get("If-None-Match", ""):
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = HttpResponse(kept.body, content_type=kept.kind)
    response["ETag"] = kept.tag
    response["Cache-Control"] = f"public, max-age={seconds()}"
    patch_vary_headers(response, ["Cookie"])
    return response
