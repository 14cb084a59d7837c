"""The form that works on a phone without a connection: its shell, what it keeps, and where it sends its queue.

The shell holds nothing of anybody, so that a shared phone keeps nothing of the one in the view of the other.
"""

from __future__ import annotations

from functools import cache
from io import BytesIO
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
from PIL import Image, ImageDraw

from greenhood.accounts.access import NotAllowed, require
from greenhood.accounts.capabilities import Capability
from greenhood.baseline import operations
from greenhood.baseline.actions import syncing
from greenhood.baseline.actions.syncing import Answer, Photo
from greenhood.baseline.errors import NotPossible
from greenhood.baseline.models import SyncedOperation
from greenhood.baseline.operations import Malformed
from greenhood.baseline.queries import phone
from greenhood.divisions.models import Division, Level
from greenhood.evidence.store import StoreFull
from greenhood.kit.hashing import digest
from greenhood.kit.uploads import clean_name, refused_uploads, with_uploads

STATUS = {
    SyncedOperation.Status.STORED: 200,
    SyncedOperation.Status.REFUSED: 422,
    SyncedOperation.Status.CONFLICT: 409,
}
SIZES = (192, 512)
GREEN, WHITE = "#19713f", "#ffffff"
# What the shell is made of; the worker keeps all of it.
STYLES = (
    "css/layers.css",
    "vendor/tabler/tabler.min.css",
    "css/tokens.css",
    "css/base.css",
    "css/components.css",
    "css/phone.css",
)
SCRIPTS = ("js/phone.js", "js/phone-queue.js", "js/phone-form.js")


@login_not_required
@require_GET
@never_cache
def shell(request: HttpRequest) -> HttpResponse:
    """The page of the form, the same for everyone; who one is and what there is to do comes afterwards."""
    scripts = {name.removeprefix("js/").removesuffix(".js").replace("-", "_"): static(name) for name in SCRIPTS}
    return render(request, "baseline/phone.html", {"styles": [static(name) for name in STYLES], "scripts": scripts})


@login_not_required
@require_GET
@cache_control(public=True, max_age=3600)
def manifest(request: HttpRequest) -> JsonResponse:
    """What a phone needs to put the form on its home screen."""
    answer = {
        "name": "绿色社区摸底",
        "short_name": "社区摸底",
        "lang": "zh-CN",
        "id": reverse("baseline:phone"),
        "start_url": reverse("baseline:phone"),
        "scope": reverse("baseline:phone"),
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


@login_not_required
@require_GET
def service_worker(request: HttpRequest) -> HttpResponse:
    """The worker that keeps the shell. It lies beside the shell, and so sees the shell's own addresses and no others."""
    # In debug mode names carry no hash, and what is kept would never be replaced.
    files = [] if settings.DEBUG else [static(name) for name in (*STYLES, *SCRIPTS, "img/leaf.svg")]
    context = {"files": files, "version": digest(repr((files, settings.STATIC_URL)).encode(), algorithm="sha256")[7:23]}
    response = render(request, "baseline/service-worker.js", context, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


@login_not_required
@require_GET
@cache_control(public=True, max_age=30 * 86400)
def icon(request: HttpRequest, size: int) -> HttpResponse:
    """The icon on a phone's home screen: a leaf on green, within the part that every mask leaves."""
    if size not in SIZES:
        raise Http404
    return HttpResponse(_drawn(size), content_type="image/png")


@require_GET
@never_cache
def me(request: HttpRequest) -> JsonResponse:
    """Who is signed in, under which post, with the token that sending asks for."""
    return JsonResponse({**phone.identity(request.actor), "token": get_token(request)})


@require_GET
@cache_control(private=True, max_age=60)
def definitions(request: HttpRequest) -> JsonResponse:
    """The sections, kinds and columns that can be filled in."""
    return JsonResponse(phone.definitions(), json_dumps_params={"ensure_ascii": False})


@require_GET
@never_cache
def community_data(request: HttpRequest, code: int) -> JsonResponse:
    """What one community has recorded, for the phone to keep."""
    community = Division.objects.filter(code=code, level=Level.COMMUNITY, valid_to=None).first()
    if community is None:
        raise Http404
    require(request, Capability.RECORD, community)
    return JsonResponse(phone.known(community), json_dumps_params={"ensure_ascii": False})


@require_POST
@never_cache
def sync(request: HttpRequest) -> JsonResponse:
    """Take one operation: 200 stored, 409 conflict with theirs, 422 refused with a sentence by field, 400 unreadable, 403 not allowed."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > operations.MOST_BYTES:
        return _problem(f"一条记录不能超过 {operations.MOST_BYTES // 1024} KB。", 413)
    try:
        return _answer(syncing.take(operations.read(request.body), by=request.actor))
    except Malformed as problem:
        return _problem(str(problem), 400)
    except NotAllowed as problem:
        return _problem(problem.reason, 403)
    except Http404:
        return _problem("没有这个社区的权限，或社区不存在。", 404)
    except NotPossible as problem:
        return _problem(problem.reason, 422)


@with_uploads()
@require_POST
@never_cache
def sync_photo(request: HttpRequest) -> JsonResponse:
    """Take one photo of a record that was sent before; the answers are as of ``sync``, 503 when the store is full."""
    if refused := refused_uploads(request):
        return _problem(refused[0].reason, 422)
    file = request.FILES.get("photo")
    if file is None:
        return _problem("没有收到照片。", 400)
    try:
        return _answer(syncing.take_photo(_photo(request, file), file, by=request.actor))
    except Malformed as problem:
        return _problem(str(problem), 400)
    except NotAllowed as problem:
        return _problem(problem.reason, 403)
    except Http404:
        return _problem("没有这个社区的权限，或社区不存在。", 404)
    except NotPossible as problem:
        return _problem(problem.reason, 422)
    except StoreFull as problem:
        return _problem(str(problem), 503)


def _answer(answer: Answer) -> JsonResponse:
    return JsonResponse(dict(answer.body), status=STATUS[answer.status], json_dumps_params={"ensure_ascii": False})


def _problem(reason: str, status: int) -> JsonResponse:
    return JsonResponse({"problem": reason}, status=status, json_dumps_params={"ensure_ascii": False})


def _photo(request: HttpRequest, file: Any) -> Photo:
    sent = {name: request.POST.get(name, "") for name in ("operation", "person", "post", "record", "caption")}
    if len(sent["caption"]) > 300:
        raise Malformed("照片说明不超过 300 字。")
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


@cache
def _drawn(size: int) -> bytes:
    """A leaf of two arcs with its vein, drawn four times as large and scaled down, so that edges are smooth."""
    large = size * 4
    image = Image.new("RGB", (large, large), GREEN)
    mask = Image.new("L", (large, large), 0)
    one, other = Image.new("L", (large, large), 0), Image.new("L", (large, large), 0)
    radius = large * 0.42
    for layer, x, y in ((one, 0.34, 0.34), (other, 0.66, 0.66)):
        centre = (large * x, large * y)
        box = (centre[0] - radius, centre[1] - radius, centre[0] + radius, centre[1] + radius)
        ImageDraw.Draw(layer).ellipse(box, fill=255)
    mask.paste(one, (0, 0), other)
    image.paste(Image.new("RGB", (large, large), WHITE), (0, 0), mask)
    vein = [(large * 0.22, large * 0.78), (large * 0.62, large * 0.38)]
    ImageDraw.Draw(image).line(vein, fill=GREEN, width=large // 36)
    file = BytesIO()
    image.resize((size, size), Image.Resampling.LANCZOS).save(file, "PNG", optimize=True)
    return file.getvalue()
