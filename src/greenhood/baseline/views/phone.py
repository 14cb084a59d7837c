"""The survey's form that works on a phone without a connection: what it keeps, and where it sends its queue."""

from __future__ import annotations

from functools import cache
from io import BytesIO

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_GET, require_POST
from PIL import Image, ImageDraw

from greenhood.accounts.access import require
from greenhood.accounts.capabilities import Capability
from greenhood.baseline import operations
from greenhood.baseline.actions import syncing
from greenhood.baseline.queries import phone
from greenhood.baseline.views import shells
from greenhood.baseline.views.shells import GREEN, SIZES, WHITE, Shell
from greenhood.divisions.models import Division, Level
from greenhood.kit.uploads import with_uploads

SHELL = Shell("survey", "baseline", "绿色社区摸底", "社区摸底", "baseline/phone.html", "js/phone.js")
MISSING = "没有这个社区的权限，或社区不存在。"


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
    """Take one record, statement or confirmation; the answers are those of ``shells.take``."""
    return shells.take(request, lambda body: syncing.take(operations.read(body), by=request.actor), missing=MISSING)


@with_uploads()
@require_POST
@never_cache
def sync_photo(request: HttpRequest) -> JsonResponse:
    """Take one photo of a record that was sent before."""
    return shells.take_photo(
        request, lambda photo, file: syncing.take_photo(photo, file, by=request.actor), missing=MISSING
    )


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
