"""Overviews of divisions and the public page of a community."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from greenhood.divisions.models import Division


@login_not_required
def overview_nation(request: HttpRequest) -> HttpResponse:
    return redirect("insight:overview", 0)


def overview_mine(request: HttpRequest) -> HttpResponse:
    """The overview of the post's own division."""
    actor = request.actor
    return redirect("insight:overview", actor.post.division.code if actor.post else 0)


@login_not_required
def overview(request: HttpRequest, code: int) -> HttpResponse:
    division = get_object_or_404(Division, code=code, valid_to=None)
    return render(
        request,
        "insight/overview.html",
        {"page_title": f"{division.name}总览", "division": division},
    )


@login_not_required
def community(request: HttpRequest, code: int) -> HttpResponse:
    division = get_object_or_404(Division, code=code, valid_to=None)
    return render(
        request,
        "insight/community.html",
        {"page_title": division.name, "division": division},
    )
