"""A plan as it was filed, and its papers."""

from __future__ import annotations

from urllib.parse import quote
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from greenhood.documents.files import paper_file
from greenhood.planning import drafting, papers, queries
from greenhood.planning.models import Plan, Submission
from greenhood.planning.views.finding import plan_of


@require_GET
def submission(request: HttpRequest, pk: UUID, number: int) -> HttpResponse:
    """A plan as it was filed, with how it stood to the higher scheme."""
    found, _ = plan_of(request, pk)
    filed = _submission(found, number)
    loaded = drafting.reloaded(filed.text, scheme_id=found.scheme_id, higher=filed.higher, chosen=filed.chosen)
    context = {
        "page_title": str(filed),
        "plan": found,
        "submission": filed,
        "version": None,
        "higher": filed.higher,
        "scheme": loaded.scheme,
        "reading": drafting.reading_of(loaded, found.division),
        "comparisons": [one for one in filed.comparison if one["outcome"] != "unchanged"],
    }
    request.place, request.place_version = found.division, found.higher
    return render(request, "planning/submission.html", context)


@require_GET
def plan_file(request: HttpRequest, pk: UUID, kind: str) -> HttpResponse:
    """The plan as PDF, Word, or the scheme file that it makes."""
    found, _ = plan_of(request, pk)
    draft = queries.looked_at(found).draft
    if kind == "yaml":
        name = quote(f"{found.title}.yaml")
        return HttpResponse(
            draft.text,
            content_type="application/yaml; charset=utf-8",
            headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"},
        )
    if draft.loaded is None:
        return HttpResponse("方案还有不能成文的地方，请先改正。", status=409, content_type="text/plain; charset=utf-8")
    writes = "standards" not in draft.loaded.inherited
    return paper_file(
        papers.LAYOUT, papers.plan_paper(found, draft.loaded.scheme, writes_standard=writes), found.title, kind
    )


def _submission(found: Plan, number: int) -> Submission:
    filed = queries.submission_of(found, number)
    if filed is None:
        raise Http404
    return filed
