"""The public register, and the page to which a plaque's QR code leads."""

from __future__ import annotations

from collections.abc import Iterator

import segno
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from greenhood.declarations.forms import RegisterForm
from greenhood.declarations.models import Award
from greenhood.declarations.queries import register as queries
from greenhood.declarations.queries.register import Entry
from greenhood.declarations.views import exporting
from greenhood.declarations.views.finding import paging_keys
from greenhood.divisions import queries as divisions
from greenhood.divisions import succession
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.public_pages import public_page
from greenhood.schemes.models import scheme_of

HEADINGS = (
    "标识牌编号", "称号", "社区", "区划代码", "所在地", "命名日期", "有效期至", "状态", "除名日期", "社区现状", "核验地址",
)  # fmt: skip


@login_not_required
@require_GET
@public_page
def register(request: HttpRequest) -> HttpResponse:
    form = RegisterForm(queries.titles(), request.GET)
    context = {
        "page_title": "绿色社区名录",
        "form": form,
        "entries": queries.entries(form.filters, **paging_keys(request)),
    }
    return render(request, "declarations/register.html", context)


@login_not_required
@require_GET
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    filters = RegisterForm(queries.titles(), request.GET).filters
    return exporting.send(kind, f"绿色社区名录-{today_in_shanghai()}", HEADINGS, _rows(queries.every_entry(filters)))


def _rows(entries: Iterator[Entry]) -> Iterator[list[object]]:
    for entry in entries:
        award = entry.award
        yield [
            award.number, award.title_name, award.community.name, f"{award.community.code:012d}",
            "".join(entry.path[:-1]), award.awarded_on, award.valid_until, award.get_state_display(),
            award.withdrawn_on, entry.fate, address_of(award),
        ]  # fmt: skip


def address_of(award: Award) -> str:
    """The address that the QR code holds."""
    return f"{settings.SITE_URL}{reverse('declarations:verify', args=[award.code])}"


@login_not_required
@require_GET
def verify_form(request: HttpRequest) -> HttpResponse:
    """Type the code of a plaque."""
    code = request.GET.get("code", "").strip()
    if code:
        plain = "".join(sign for sign in code.upper() if sign.isalnum())[:16]
        return redirect("declarations:verify", plain) if plain else redirect("declarations:verify_form")
    return render(request, "declarations/verify_form.html", {"page_title": "核验标识牌"})


@login_not_required
@require_GET
@cache_control(no_store=True)
def verify(request: HttpRequest, code: str) -> HttpResponse:
    """Whether a plaque is genuine and what it is worth today. Never cached: a delisting shows at once."""
    try:
        award = queries.by_code(code)
    except Award.DoesNotExist:
        context = {"page_title": "没有这块标识牌", "code": code}
        return render(request, "declarations/verify_form.html", context, status=404)
    scheme = scheme_of(award.version_id)
    context = {
        "page_title": f"{award.community.name} {award.title_name}",
        "award": award,
        "version": award.version,
        "title": scheme.title_of(award.title),
        "upkeep": scheme.upkeep,
        "path": divisions.path_names(award.community),
        "name_then": succession.name_on(award.community, award.awarded_on),
        "fate": succession.fate(award.community),
        "heirs": succession.heirs(award.community) if award.community.valid_to else [],
        "rectification": award.rectifications.filter(result__in=["open", "reported"]).first(),
        "today": today_in_shanghai(),
    }
    return render(request, "declarations/verify.html", context)


@login_not_required
@require_GET
@cache_control(public=True, max_age=86400)
def qr(request: HttpRequest, code: str) -> HttpResponse:
    """The QR code of a plaque as SVG; error correction H, since plaques hang outdoors."""
    try:
        award = queries.by_code(code)
    except Award.DoesNotExist as error:
        raise Http404 from error
    image = segno.make(address_of(award), error="h", micro=False).svg_inline(scale=8, border=4)
    image = image.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1) if "xmlns" not in image else image
    return HttpResponse(image, content_type="image/svg+xml")
