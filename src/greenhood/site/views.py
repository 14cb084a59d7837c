"""Home, workbench, search, the switch between neighbouring divisions, large type, and the gallery of components."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from greenhood.divisions.models import Division
from greenhood.kit.public_pages import LARGE_TYPE_COOKIE, public_page
from greenhood.site import finding, gallery
from greenhood.site.context import Site
from greenhood.site.desk import desk_of
from greenhood.site.places import siblings_of
from greenhood.site.portal import portal

ONE_YEAR = 365 * 24 * 3600


@login_not_required
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The portal for everyone; who has signed in goes on to their workbench."""
    if request.user.is_authenticated:
        return redirect("site:workbench")
    return public_portal(request)


@login_not_required
@require_GET
@public_page
def public_portal(request: HttpRequest) -> HttpResponse:
    """What the programme is, schemes, notices, register, verification."""
    return render(request, "site/home.html", {"page_title": "绿色社区创建行动", "portal": portal()})


@require_GET
def workbench(request: HttpRequest) -> HttpResponse:
    """What waits for the post, what it awaits, the figures of its division."""
    desk = desk_of(request.actor)
    # The frame shows the same number.
    request.waits = desk.waits
    return render(request, "site/workbench.html", {"page_title": "工作台", "desk": desk})


@require_GET
def menu(request: HttpRequest) -> HttpResponse:
    """Every page that the post may use, for a phone."""
    return render(request, "site/menu.html", {"page_title": "全部功能"})


@login_not_required
@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """Search over everything that anybody may find, and over the pages that this person may open."""
    frame = Site(request)
    text = request.GET.get("q", "").replace("\x00", "").strip()
    pages = [(link.title, link.url) for link in frame.nav or frame.public_nav]
    context = {
        "page_title": f"搜索“{text}”" if text else "搜索",
        "text": text,
        "groups": finding.search(text, pages),
        "frame": "site/base.html" if request.actor.user else "site/public.html",
        "is_cut": len(text) > finding.MOST_CHARACTERS,
        "most": finding.MOST_CHARACTERS,
    }
    return render(request, "site/search.html", context)


@login_not_required
def siblings(request: HttpRequest, code: int) -> HttpResponse:
    """The neighbours of a division, as a list in the frame or as a page of its own."""
    division = get_object_or_404(Division, code=code, valid_to=None)
    name = "site/siblings.html#list" if request.htmx else "site/siblings.html"
    return render(
        request,
        name,
        {
            "page_title": f"与{division.name}同级的区划",
            "division": division,
            "places": siblings_of(division),
        },
    )


@require_POST
@login_not_required
@csrf_exempt
def large_type(request: HttpRequest) -> HttpResponse:
    """Turn large type on or off for this browser, and go back to where the person was.

    It changes nothing but a cookie of no secrecy, so it needs no token, and public pages stay the same for everyone.
    """
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = "/"
    response = HttpResponseRedirect(back)
    if request.POST.get("large") == "yes":
        response.set_cookie(
            LARGE_TYPE_COOKIE,
            "yes",
            max_age=ONE_YEAR,
            samesite="Lax",
            secure=request.is_secure(),
        )
    else:
        response.delete_cookie(LARGE_TYPE_COOKIE, samesite="Lax")
    return response


@login_not_required
def components(request: HttpRequest) -> HttpResponse:
    """Every component in every state, for those who build and check pages."""
    if not (settings.DEMO or settings.DEBUG or request.user.is_authenticated):
        raise Http404
    return render(request, "site/components.html", {"page_title": "组件", **gallery.examples()})
