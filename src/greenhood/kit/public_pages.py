"""Public pages under load: what everyone sees is made once in a while, not once for each visitor.

Each process keeps its own pages for `PUBLIC_PAGE_SECONDS`. When that time is over one request makes the page anew, and those
that come meanwhile get the old one; nobody queues behind a page that somebody else is making.
"""

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
MOST_PAGES = 2000
# How often a page may be handed out after its time while it is being made anew.
MOST_STALE = 4

View = Callable[..., HttpResponse]
Key = tuple[str, ...]


@dataclass(slots=True)
class Kept:
    made_at: float
    kind: str
    body: bytes
    tag: str
    is_being_made: bool = False


_kept: OrderedDict[Key, Kept] = OrderedDict()
_lock = Lock()


def seconds() -> int:
    """How long a page is kept; 0 keeps none."""
    return getattr(settings, "PUBLIC_PAGE_SECONDS", 30)


def public_page(view: View) -> View:
    """Keep a page's answer to visitors without sign-in for a while, and let browsers ask by ETag whether it changed.

    A page with a form's token, a message or a cookie to set is made for each visitor: it carries something of theirs.
    """

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not seconds() or not is_for_everyone(request):
            return view(request, *args, **kwargs)
        key = (request.get_full_path(), request.COOKIES.get(LARGE_TYPE_COOKIE, ""))
        if kept := _usable(key):
            return _reply(request, kept)
        response = view(request, *args, **kwargs)
        if carries_something_personal(request, response):
            return response
        return _reply(request, _keep(key, response))

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
    """Drop what this process keeps."""
    with _lock:
        _kept.clear()


def _usable(key: Key) -> Kept | None:
    """The page if it is fresh, or an old one that another request is making anew; None makes the caller make it."""
    with _lock:
        kept = _kept.get(key)
        if kept is None:
            return None
        age = time.monotonic() - kept.made_at
        if age < seconds() or (kept.is_being_made and age < MOST_STALE * seconds()):
            return kept
        kept.is_being_made = True
    return None


def _keep(key: Key, response: HttpResponse) -> Kept:
    body = response.content
    kept = Kept(time.monotonic(), response["Content-Type"], body, f'"{sha256(body).hexdigest()[:32]}"')
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
