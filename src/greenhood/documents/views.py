"""Official forms of a declaration and of a self-assessment, as PDF or Word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from greenhood.accounts.access import require
from greenhood.accounts.capabilities import Capability
from greenhood.assessments import standards
from greenhood.assessments.models import Assessment
from greenhood.declarations.models import Declaration
from greenhood.documents import content
from greenhood.documents.files import paper_file
from greenhood.schemes.format import Form


@require_GET
def declaration_forms(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The forms that belong to a declaration, each to look at, print or fill further in Word."""
    declaration = _declaration(request, pk)
    return render(
        request,
        "documents/forms.html",
        {"declaration": declaration, "community": declaration.community, "forms": declaration.version.scheme.forms},
    )


@require_GET
def form_of_declaration(request: HttpRequest, pk: UUID, key: str, kind: str) -> HttpResponse:
    declaration = _declaration(request, pk)
    form = _form(declaration.version.scheme.forms, key)
    if form.layout == "score-sheet":
        return _file(form, content.score_sheet(declaration.assessment, form), declaration.community.name, kind)
    fill = content.approval if form.layout == "approval" else content.application_report
    return _file(form, fill(declaration, form), declaration.community.name, kind)


@require_GET
def form_of_assessment(request: HttpRequest, pk: UUID, kind: str) -> HttpResponse:
    """自测评分表: the scheme's own where it has one, otherwise one named after the standard."""
    assessment = get_object_or_404(Assessment.objects.select_related("community", "version"), pk=pk)
    require(request, Capability.VIEW, assessment.community)
    scheme = assessment.version.scheme
    standard = standards.standard_of(assessment)
    title = f"{standard.title}自测评分表"
    default = Form(key="score-sheet", title=title, layout="score-sheet", source=standard.source)
    form = next((form for form in scheme.forms if form.layout == "score-sheet"), default)
    return _file(form, content.score_sheet(assessment, form), assessment.community.name, kind)


def _declaration(request: HttpRequest, pk: UUID) -> Declaration:
    rows = Declaration.objects.select_related("community", "version", "assessment__community")
    declaration = get_object_or_404(rows, pk=pk)
    require(request, Capability.VIEW, declaration.community)
    return declaration


def _form(forms: list[Form], key: str) -> Form:
    for form in forms:
        if form.key == key:
            return form
    raise Http404


def _file(form: Form, data: Mapping[str, Any], community: str, kind: str) -> HttpResponse:
    return paper_file(form.layout, data, f"{community}-{form.title}", kind)
