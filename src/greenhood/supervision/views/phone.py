"""The check sheets on a phone without a connection: what the phone keeps, and where it sends its queue.

Shell and taking in are the survey's (``baseline.views.shells``); the queue is kept apart from the survey's under another name.
"""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_GET, require_POST

from greenhood.baseline.views import shells
from greenhood.baseline.views.shells import Shell
from greenhood.kit.uploads import with_uploads
from greenhood.supervision.actions import syncing
from greenhood.supervision.queries import phone

SHELL = Shell(
    "inspection",
    "supervision",
    "绿色社区现场检查",
    "现场检查",
    "supervision/phone.html",
    "js/inspect.js",
    ("css/supervision.css",),
)
MISSING = "没有这份检查表，或检查已取消。"


@login_not_required
@require_GET
@never_cache
def shell(request: HttpRequest) -> HttpResponse:
    return shells.page(request, SHELL)


@login_not_required
@require_GET
@cache_control(public=True, max_age=3600)
def manifest(request: HttpRequest) -> JsonResponse:
    return shells.manifest(SHELL)


@login_not_required
@require_GET
def service_worker(request: HttpRequest) -> HttpResponse:
    return shells.service_worker(request, SHELL)


@require_GET
@never_cache
def me(request: HttpRequest) -> JsonResponse:
    """Who is signed in, under which post, with the token that sending asks for."""
    return JsonResponse({**phone.who(request.actor), "token": get_token(request)})  # type: ignore[attr-defined]


@require_GET
@never_cache
def known(request: HttpRequest) -> JsonResponse:
    """The sheets of the person, for the phone to keep."""
    return JsonResponse(phone.known(request.actor), json_dumps_params={"ensure_ascii": False})  # type: ignore[attr-defined]


@require_POST
@never_cache
def sync(request: HttpRequest) -> JsonResponse:
    """Take one answer; a conflict is another answer that was stored meanwhile."""
    by = request.actor  # type: ignore[attr-defined]
    return shells.take(request, lambda body: syncing.take(syncing.read(body), by=by), missing=MISSING)


@with_uploads()
@require_POST
@never_cache
def sync_photo(request: HttpRequest) -> JsonResponse:
    """Take one photo of an answer that was sent before."""
    by = request.actor  # type: ignore[attr-defined]
    return shells.take_photo(request, lambda photo, file: syncing.take_photo(photo, file, by=by), missing=MISSING)
