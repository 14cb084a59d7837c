"""What every form on a phone has in common: a shell that opens without a connection, and the taking in of its queue.

A shell holds nothing of anybody, so that a shared phone keeps nothing of the one in the view of the other. The worker keeps
every file of it; a form adds its own script and style. What is sent is taken in one by one, each answer with a status of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse

from greenhood.accounts.access import NotAllowed
from greenhood.baseline import operations
from greenhood.baseline.actions.syncing import Answer, Photo
from greenhood.baseline.errors import NotPossible
from greenhood.baseline.models import SyncedOperation
from greenhood.baseline.operations import Malformed
from greenhood.evidence.store import StoreFull
from greenhood.kit.hashing import digest
from greenhood.kit.uploads import clean_name, refused_uploads

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
)
SCRIPTS = ("js/phone-app.js", "js/phone-queue.js", "js/phone-form.js", "js/phone-photos.js")
SIZES = (192, 512)
GREEN, WHITE = "#19713f", "#ffffff"
LONGEST_CAPTION = 300


@dataclass(frozen=True, slots=True)
class Shell:
    """One form: ``key`` names what its worker keeps, ``room`` its addresses, ``script`` and ``styles`` are its own files."""

    key: str
    room: str
    name: str
    short_name: str
    template: str
    script: str
    styles: tuple[str, ...] = ()

    @property
    def files(self) -> tuple[str, ...]:
        return (*STYLES, *self.styles, self.script, *SCRIPTS)


def page(request: HttpRequest, shell: Shell) -> HttpResponse:
    """The page of the form, the same for everyone; who one is and what there is to do comes afterwards."""
    names = {name: name.removeprefix("js/").removesuffix(".js").replace("-", "_") for name in SCRIPTS}
    context = {
        "styles": [static(name) for name in (*STYLES, *shell.styles)],
        "script": static(shell.script),
        "scripts": {names[name]: static(name) for name in SCRIPTS},
    }
    return render(request, shell.template, context)


def manifest(shell: Shell) -> JsonResponse:
    """What a phone needs to put the form on its home screen."""
    start = reverse(f"{shell.room}:phone")
    answer = {
        "name": shell.name,
        "short_name": shell.short_name,
        "lang": "zh-CN",
        "id": start,
        "start_url": start,
        "scope": start,
        "display": "standalone",
        "background_color": WHITE,
        "theme_color": GREEN,
        "icons": [
            {
                "src": reverse("baseline:icon", args=[size]),
                "sizes": f"{size}x{size}",
                "type": "image/png",
                "purpose": purpose,
            }
            for size in SIZES
            for purpose in ("any", "maskable")
        ],
    }
    return JsonResponse(answer, content_type="application/manifest+json", json_dumps_params={"ensure_ascii": False})


def service_worker(request: HttpRequest, shell: Shell) -> HttpResponse:
    """The worker that keeps the shell. It lies beside the shell, and so sees the shell's own addresses and no others."""
    # In debug mode names carry no hash, and what is kept would never be replaced.
    files = [] if settings.DEBUG else [static(name) for name in (*shell.files, "img/leaf.svg")]
    context = {
        "key": shell.key,
        "shell": reverse(f"{shell.room}:phone"),
        "files": files,
        "version": digest(repr((files, settings.STATIC_URL)).encode(), algorithm="sha256")[7:23],
    }
    response = render(request, "baseline/service-worker.js", context, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


def take(request: HttpRequest, taken: Callable[[bytes], Answer], *, missing: str) -> JsonResponse:
    """Take one operation: 200 stored, 409 conflict with theirs, 422 refused with a sentence by field, 400 unreadable, 403 not
    allowed, 404 (``missing`` says of what)."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > operations.MOST_BYTES:
        return _problem(f"一条记录不能超过 {operations.MOST_BYTES // 1024} KB。", 413)
    return _answered(lambda: taken(request.body), missing)


def take_photo(request: HttpRequest, taken: Callable[[Photo, Any], Answer], *, missing: str) -> JsonResponse:
    """Take one photo of a record that was sent before; the answers are as of ``take``, 503 when the store is full."""
    if refused := refused_uploads(request):
        return _problem(refused[0].reason, 422)
    file = request.FILES.get("photo")
    if file is None:
        return _problem("没有收到照片。", 400)
    try:
        return _answered(lambda: taken(_photo(request, file), file), missing)
    except StoreFull as problem:
        return _problem(str(problem), 503)


def _answered(taken: Callable[[], Answer], missing: str) -> JsonResponse:
    try:
        answer = taken()
    except Malformed as problem:
        return _problem(str(problem), 400)
    except NotAllowed as problem:
        return _problem(problem.reason, 403)
    except Http404:
        return _problem(missing, 404)
    except NotPossible as problem:
        return _problem(problem.reason, 422)
    return JsonResponse(dict(answer.body), status=STATUS[answer.status], json_dumps_params={"ensure_ascii": False})


def _problem(reason: str, status: int) -> JsonResponse:
    return JsonResponse({"problem": reason}, status=status, json_dumps_params={"ensure_ascii": False})


def _photo(request: HttpRequest, file: Any) -> Photo:
    sent = {name: request.POST.get(name, "") for name in ("operation", "person", "post", "record", "caption")}
    if len(sent["caption"]) > LONGEST_CAPTION:
        raise Malformed(f"照片说明不超过 {LONGEST_CAPTION} 字。")
    keys = {name: _uuid(sent[name], name) for name in ("operation", "person", "post", "record")}
    capture = {name: value[:1000] for name, value in request.POST.items() if name.startswith("capture-")}
    return Photo(
        id=keys["operation"],
        person=keys["person"],
        post=keys["post"],
        record=keys["record"],
        name=clean_name(file.name or "照片.jpg"),
        caption=sent["caption"],
        capture=capture,
        digest=digest(repr((sorted(sent.items()), file.size)).encode(), algorithm="sha256"),
    )


def _uuid(text: str, name: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Malformed(f"“{name}”不是编号。") from error
