"""The public pages of the schemes: to be read, printed and compared by anyone, without signing in."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import IO, Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe

from greenhood.kit import excel
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.public_pages import public_page
from greenhood.schemes import differences, queries, side_by_side, words
from greenhood.schemes.coverage import STATE_TITLES, Coverage, Feature, State, summary
from greenhood.schemes.format import Clause
from greenhood.schemes.json_schema import json_schema
from greenhood.schemes.models import SchemeVersion, read_all
from greenhood.schemes.reading import Reading
from greenhood.schemes.side_by_side import Sheet

FIRST_YEAR, LAST_YEAR = 2019, 2100


@require_safe
@login_not_required
@public_page
def schemes(request: HttpRequest) -> HttpResponse:
    context = {
        "page_title": "制度方案",
        "versions": read_all(queries.newest()),
        # The room of people lies above this one; what the acting post may do is asked by the capability's name.
        "may_publish": request.actor.may("publish_scheme"),
    }
    return _page(request, "schemes/list.html", context)


@require_safe
@login_not_required
def newest(request: HttpRequest, scheme_id: str) -> HttpResponse:
    version = queries.newest_of(scheme_id)
    if version is None:
        raise Http404
    return redirect(version)


@require_safe
@login_not_required
@public_page
def detail(request: HttpRequest, scheme_id: str, version: int) -> HttpResponse:
    found = _version(scheme_id, version)
    context = {"higher": _higher(found), "others": queries.versions().filter(scheme_id=scheme_id)}
    return _reading_page(request, "schemes/detail.html", found, "", context)


@require_safe
@login_not_required
@public_page
def standard(request: HttpRequest, scheme_id: str, version: int) -> HttpResponse:
    found = _version(scheme_id, version)
    higher = _higher(found) if "standards" in found.inherited else None
    return _reading_page(request, "schemes/standard.html", found, "创建标准", {"cited": higher or found})


@require_safe
@login_not_required
@public_page
def calendar(request: HttpRequest, scheme_id: str, version: int) -> HttpResponse:
    found = _version(scheme_id, version)
    year = _year(request)
    reading = Reading(found, today_in_shanghai())
    context = {"year": year, "months": reading.months(year), "previous": year - 1, "next": year + 1}
    return _reading_page(request, "schemes/calendar.html", found, "工作日历", context)


@require_safe
@login_not_required
@public_page
def coverage(request: HttpRequest, scheme_id: str, version: int) -> HttpResponse:
    found = _version(scheme_id, version)
    covered = Reading(found, today_in_shanghai()).covered()
    asked = request.GET.get("state", "")
    wanted = asked if asked in {*State} else ""
    counts = [(state, STATE_TITLES[state], count) for state, count in summary(covered).items()]
    shown = [entry for entry in covered if entry.state == wanted] if wanted else covered
    context = {
        "covered": _linked(shown, found),
        "counts": counts,
        "wanted": wanted,
        "total": len(covered),
    }
    return _reading_page(request, "schemes/coverage.html", found, "逐条对照", context)


@require_safe
@login_not_required
@public_page
def schema(request: HttpRequest) -> HttpResponse:
    """The JSON Schema of scheme files, for editors."""
    document = {"$id": f"{settings.SITE_URL}{request.path}", **json_schema()}
    return HttpResponse(
        json.dumps(document, ensure_ascii=False, indent=2), content_type="application/schema+json; charset=utf-8"
    )


@require_safe
@login_not_required
def source(request: HttpRequest, scheme_id: str, version: int) -> HttpResponse:
    """The file exactly as it was published."""
    found = _version(scheme_id, version)
    name = f"{found.scheme_id}-v{found.version}.yaml"
    return HttpResponse(
        found.source_text,
        content_type="application/yaml; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@require_safe
@login_not_required
def diff(request: HttpRequest) -> HttpResponse:
    """What differs between two versions, or between the schemes of two places. ``a`` and ``b`` are ``id/version``."""
    versions = list(queries.versions())
    a, b = (_chosen(versions, request.GET.get(name, "")) for name in ("a", "b"))
    context: dict[str, Any] = {"page_title": "方案比较", "versions": versions, "a": a, "b": b}
    if a and b:
        context["groups"] = differences.groups(a.scheme, b.scheme)
    return _page(request, "schemes/diff.html", context)


@require_safe
@login_not_required
@public_page
def crosswalk(request: HttpRequest) -> HttpResponse:
    """The standards side by side: ``base`` in the rows, the ``columns`` chosen beside it."""
    versions = read_all(queries.newest())
    context = {
        "page_title": "标准对照",
        "versions": versions,
        "sheet": _side_by_side(request, versions),
        "relations": words.RELATIONS,
    }
    return _page(request, "schemes/crosswalk.html", context)


@require_safe
@login_not_required
def crosswalk_workbook(request: HttpRequest) -> HttpResponse | FileResponse:
    """What the page shows, a row for every pair of checks."""
    sheet = _side_by_side(request, read_all(queries.newest()))
    if sheet is None:
        raise Http404
    file: IO[bytes] = BytesIO()
    excel.write_rows(file, side_by_side.HEADINGS, sheet.lines, title="标准对照")
    file.seek(0)
    day = today_in_shanghai().strftime("%Y%m%d")
    return FileResponse(file, as_attachment=True, filename=f"标准对照{day}.xlsx")


def _side_by_side(request: HttpRequest, versions: list[SchemeVersion]) -> Sheet | None:
    return side_by_side.sheet(versions, request.GET.get("base", ""), request.GET.getlist("columns"))


@dataclass(frozen=True)
class LinkedCoverage:
    """One clause with what carries it out, and where to see that: "" where it is not built or has no page of its own."""

    clause: Clause
    state: State
    state_title: str
    features: list[tuple[Feature, str]]


def _linked(covered: Iterable[Coverage], version: SchemeVersion) -> list[LinkedCoverage]:
    @cache
    def address(name: str) -> str:
        for arguments in ([version.scheme_id, version.version], []):
            with suppress(NoReverseMatch):
                return reverse(name, args=arguments)
        return ""

    return [
        LinkedCoverage(
            entry.clause,
            entry.state,
            entry.state_title,
            [(feature, address(feature.url_name) if feature.url_name else "") for feature in entry.features],
        )
        for entry in covered
    ]


def _version(scheme_id: str, version: int) -> SchemeVersion:
    return get_object_or_404(queries.versions(), scheme_id=scheme_id, version=version)


def _higher(version: SchemeVersion) -> SchemeVersion | None:
    implements = version.scheme.implements
    return queries.newest_of(implements) if implements else None


def _chosen(versions: list[SchemeVersion], key: str) -> SchemeVersion | None:
    return next((version for version in versions if f"{version.scheme_id}/{version.version}" == key), None)


def _year(request: HttpRequest) -> int:
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) == 4 else today_in_shanghai().year
    return min(max(year, FIRST_YEAR), LAST_YEAR)


def _reading_page(
    request: HttpRequest, template: str, version: SchemeVersion, part: str, context: dict[str, Any] | None = None
) -> HttpResponse:
    given = context or {}
    reading = Reading(version, today_in_shanghai(), given.get("higher"))
    title = f"{version.title} · {part}" if part else version.title
    shown = {"page_title": title, "part": part, "version": version, "scheme": version.scheme, "reading": reading}
    return _page(request, template, shown | given)


def _page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """Within the frame of those who work here, or within the portal."""
    layout = "site/base.html" if request.user.is_authenticated else "site/public.html"
    return render(request, template, {"layout": layout, **context})
