"""What the demonstration says of itself: its accounts, and what there is to see with each."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from greenhood.demo import people


@require_safe
@login_not_required
def accounts(request: HttpRequest) -> HttpResponse:
    """Everyone's sign-in name and the password of all; there is no such page outside a demonstration."""
    if not settings.DEMO:
        raise Http404
    context = {"page_title": "演示账号", "people": people.PEOPLE, "password": people.PASSWORD}
    return render(request, "demo/accounts.html", context)
