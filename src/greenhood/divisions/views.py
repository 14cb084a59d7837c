"""The public pages of the divisions: find one, walk down the tree, see what became of a code. No sign-in is asked."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from greenhood.divisions import queries, succession
from greenhood.divisions.models import Division, DivisionList, Level
from greenhood.divisions.subjects import CommonRule

PAGE = 100
MOST_CODE = 999_999_999_999


@require_safe
@login_not_required
def divisions(request: HttpRequest) -> HttpResponse:
    """Search, and the provinces to begin with."""
    text = request.GET.get("q", "").strip()
    context: dict[str, Any] = {"page_title": "区划", "q": text, "lists": DivisionList.objects.all()[:3]}
    if text:
        context["found"] = _with_paths(queries.find(text, limit=50))
    else:
        context["provinces"] = queries.current().filter(level=Level.PROVINCE).defer("bigrams").order_by("code")
    # The room of people lies above this one; what the acting post may do is asked by the capability's name.
    if request.actor.may("confirm_divisions"):
        context["waiting"] = queries.waiting_changes().count()
    return _page(request, "divisions/list.html", context)


@require_safe
@login_not_required
def find(request: HttpRequest) -> JsonResponse:
    """What a search box asks while one types: at most 20 divisions, best first."""
    found = _with_paths(queries.find(request.GET.get("q", "")))
    return JsonResponse({"results": [described(division, path) for division, path in found]})


@require_safe
@login_not_required
def detail(request: HttpRequest, code: int) -> HttpResponse:
    """The present holder of a code; where there is none, whoever held it last, under its present code or as a closed unit."""
    division = held(code)
    if division.valid_to is not None:
        return redirect("divisions:by-id", pk=division.pk)
    if division.code != code:
        return led_on(reverse("divisions:detail", args=[division.code]), code)
    return _detail(request, division)


@require_safe
@login_not_required
def by_id(request: HttpRequest, pk: int) -> HttpResponse:
    """One unit by its lasting id, also when it is abolished."""
    return _detail(request, get_object_or_404(Division, pk=pk))


def held(code: int) -> Division:
    """Who holds a code now or held it last, or 404."""
    division = succession.holder(code) if code <= MOST_CODE else None
    if division is None:
        raise Http404
    return division


def led_on(address: str, code: int) -> HttpResponse:
    """On to the page of who has taken the place of a former code; ``arrival_words`` says so there."""
    return redirect(f"{address}?former={code:012d}")


def arrival_words(request: HttpRequest, division: Division) -> str:
    """What to tell somebody whom ``led_on`` brought to this division's page."""
    former = _number(request.GET.get("former", ""))
    return succession.arrival(former, division) if former > 0 else ""


def _detail(request: HttpRequest, division: Division) -> HttpResponse:
    rule = CommonRule()
    after = _number(request.GET.get("after", ""))
    lower = list(queries.children(division).filter(code__gt=after)[: PAGE + 1])
    shown = lower[:PAGE]
    counts = queries.count_subjects(rule, [division, *shown])
    context = {
        "page_title": division.name,
        "division": division,
        "path": queries.ancestors(division),
        "arrival": arrival_words(request, division),
        "codes": division.codes.all(),
        "successions": division.successions.select_related("successor"),
        "origins": division.origins.select_related("predecessor"),
        "lower": [(each, counts[each.pk]) for each in shown],
        "is_lowest": division.level >= Level.STREET,
        "next": str(shown[-1].code) if len(lower) > PAGE else None,
        "subjects": counts[division.pk],
        "rule": queries.describe(rule),
    }
    return _page(request, "divisions/detail.html", context)


def described(division: Division, path: list[Division]) -> dict[str, Any]:
    """A division as other programs see it. Codes are text: they are names, and some programs cut large numbers."""
    return {
        "id": str(division.pk),
        "code": division.number,
        "name": division.name,
        "level": division.level,
        "level_name": division.get_level_display(),
        "path": " / ".join(queries.spoken(path)),
        "url": reverse("divisions:detail", args=[division.code]),
    }


def _with_paths(found: list[Division]) -> list[tuple[Division, list[Division]]]:
    paths = queries.paths(found)
    return [(division, paths[division.pk]) for division in found]


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 12 else -1


def _page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """Within the frame of those who work here, or within the portal."""
    layout = "site/base.html" if request.user.is_authenticated else "site/public.html"
    return render(request, template, {"layout": layout, **context})
