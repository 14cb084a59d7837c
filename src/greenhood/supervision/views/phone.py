"""The check sheets on a phone without a connection: their shell, what the phone keeps, and where it sends its queue.

The shell holds nothing of anybody. The queue is the survey's own (``js/phone-queue.js``), kept apart under another name.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_GET, require_POST

from greenhood.accounts.access import NotAllowed
from greenhood.baseline import operations
from greenhood.baseline.actions.syncing import Answer, Photo
from greenhood.baseline.errors import NotPossible
from greenhood.baseline.models import SyncedOperation
from greenhood.baseline.operations import Malformed
from greenhood.evidence.store import StoreFull
from greenhood.kit.hashing import digest
from greenhood.kit.uploads import clean_name, refused_uploads, with_uploads
from greenhood.supervision.actions import syncing
from greenhood.supervision.queries import phone

STATUS = {
    SyncedOperation.Status.STORED: 200,
    SyncedOperation.Status.REFUSED: 422,
    SyncedOperation.Status.CONFLICT: 409,
}
STYLES = (
    "css/layers.css",
    "vendor/tabler/tabler.min.css",
    "css/tokens.css",
    "css/base.css",
    "css/components.css",
    "css/phone.css",
    "css/supervision.css",
)
SCRIPTS = ("js/inspect.js", "js/phone-queue.js", "js/phone-form.js")
GREEN, WHITE = "#19713f", "#ffffff"


@login_not_required
@require_GET
@never_cache
def shell(request: HttpRequest) -> HttpResponse:
    """The page of the sheets, the same for everyone; who one is and what there is to do comes afterwards."""
    scripts = {name.removeprefix("js/").removesuffix(".js").replace("-", "_"): static(name) for name in SCRIPTS}
    return render(request, "supervision/phone.html", {"styles": [static(name) for name in STYLES], "scripts": scripts})


@login_not_required
@require_GET
@cache_control(public=True, max_age=3600)
def manifest(request: HttpRequest) -> JsonResponse:
    """What a phone needs to put the sheets on its home screen."""
    answer = {
        "name": "绿色社区现场检查",
        "short_name": "现场检查",
        "lang": "zh-CN",
        "id": reverse("supervision:phone"),
        "start_url": reverse("supervision:phone"),
        "scope": reverse("supervision:phone"),
        "display": "standalone",
        "background_color": WHITE,
        "theme_color": GREEN,
        "icons": [
            {
                "src": reverse("baseline:icon", args=[size]),
                "sizes": f"{size}x{size}",
                "type": "image/png",
                "purpose": "any",
            }
            for size in (192, 512)
        ],
    }
    return JsonResponse(answer, content_type="application/manifest+json", json_dumps_params={"ensure_ascii": False})


@login_not_required
@require_GET
def service_worker(request: HttpRequest) -> HttpResponse:
    """The worker that keeps the shell. It lies beside the shell, and so sees the shell's own addresses and no others."""
    files = [] if settings.DEBUG else [static(name) for name in (*STYLES, *SCRIPTS, "img/leaf.svg")]
    version = digest(repr((files, settings.STATIC_URL)).encode(), algorithm="sha256")[7:23]
    context = {"files": files, "version": version}
    response = render(request, "supervision/service-worker.js", context, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


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
    """Take one answer: 200 stored, 409 another one stored, 422 refused with a sentence by field, 400 unreadable, 403 not allowed."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > operations.MOST_BYTES:
        return _problem(f"一条记录不能超过 {operations.MOST_BYTES // 1024} KB。", 413)
    try:
        return _answer(syncing.take(syncing.read(request.body), by=request.actor))  # type: ignore[attr-defined]
    except Malformed as problem:
        return _problem(str(problem), 400)
    except NotAllowed as problem:
        return _problem(problem.reason, 403)
    except Http404:
        return _problem("没有这份检查表，或检查已取消。", 404)
    except NotPossible as problem:
        return _problem(problem.reason, 422)


@with_uploads()
@require_POST
@never_cache
def sync_photo(request: HttpRequest) -> JsonResponse:
    """Take one photo of an answer that was sent before; the answers are as of ``sync``, 503 when the store is full."""
    if refused := refused_uploads(request):
        return _problem(refused[0].reason, 422)
    file = request.FILES.get("photo")
    if file is None:
        return _problem("没有收到照片。", 400)
    try:
        return _answer(syncing.take_photo(_photo(request, file), file, by=request.actor))  # type: ignore[attr-defined]
    except Malformed as problem:
        return _problem(str(problem), 400)
    except NotAllowed as problem:
        return _problem(problem.reason, 403)
    except Http404:
        return _problem("没有这份检查表，或检查已取消。", 404)
    except NotPossible as problem:
        return _problem(problem.reason, 422)
    except StoreFull as problem:
        return _problem(str(problem), 503)


def _answer(answer: Answer) -> JsonResponse:
    return JsonResponse(dict(answer.body), status=STATUS[answer.status], json_dumps_params={"ensure_ascii": False})


def _problem(reason: str, status: int) -> JsonResponse:
    return JsonResponse({"problem": reason}, status=status, json_dumps_params={"ensure_ascii": False})


def _photo(request: HttpRequest, file: Any) -> Photo:
    sent = {name: request.POST.get(name, "") for name in ("operation", "person", "post", "record")}
    try:
        keys = {name: UUID(value) for name, value in sent.items()}
    except ValueError as error:
        raise Malformed("照片缺少编号。") from error
    return Photo(
        id=keys["operation"],
        person=keys["person"],
        post=keys["post"],
        record=keys["record"],
        name=clean_name(file.name or "照片.jpg"),
        caption="",
        capture={name: value[:1000] for name, value in request.POST.items() if name.startswith("capture-")},
        digest=digest(repr((sorted(sent.items()), file.size)).encode(), algorithm="sha256"),
    )
