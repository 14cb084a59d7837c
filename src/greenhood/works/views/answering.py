"""How the forms of a project answer: saved, or the page again with the reason at its field and what was typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from greenhood.works.actions.holding import OVERTAKEN
from greenhood.works.errors import NotPossible
from greenhood.works.models import Project, Source

EDITS = require_http_methods(["GET", "HEAD", "POST"])


def form_page(
    request: HttpRequest,
    project: Project,
    form,
    title: str,
    says: str,
    *,
    source: Source | None = None,
    verb: str = "保存",
) -> HttpResponse:
    """A page with one small form."""
    context = {"page_title": title, "project": project, "form": form, "says": says, "source": source, "verb": verb}
    return render(request, "works/form.html", context, status=422 if form.errors else 200)


def tried(form, what: Callable[[], Any], project: Project | None = None) -> Any:
    """What an action gives; None where it refuses, with the reason at the field and the clause for the page.

    Whoever was told that somebody was quicker gets the revision of ``project`` as it is now, and may save after a look.
    """
    try:
        return what()
    except NotPossible as problem:
        form.add_error(problem.field if problem.field in form.fields else None, problem.reason)
        form.clause = problem.clause
        if project is not None and problem.reason == OVERTAKEN:
            form.data = form.data.copy()
            form.data["revision"] = str(project.revision)
        return None


def revision_for(request: HttpRequest, project: Project, refused: str = "") -> int:
    """What the page carries when it comes again: the revision of now for whoever was told that somebody was quicker, else that it came with."""
    if request.method != "POST" or refused == OVERTAKEN:
        return project.revision
    return revision_in(request)


def revision_in(request: HttpRequest) -> int:
    return number(request.POST.get("revision", ""))


def number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else 0
