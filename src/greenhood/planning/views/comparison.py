"""How a plan stands to the higher scheme, and the reasons for what it loosens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from greenhood.accounts import access
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.planning import actions, explaining, queries
from greenhood.planning.errors import Overtaken, Refused
from greenhood.planning.models import Plan
from greenhood.planning.views.finding import TAKEN, plan_of, revision
from greenhood.schemes import differences


@require_http_methods(["GET", "HEAD", "POST"])
def compare(request: HttpRequest, pk: UUID) -> HttpResponse:
    """How a plan stands to the higher scheme: what it loosens with the reasons, then everything, then the difference in words."""
    found, actor = plan_of(request, pk)
    if request.method != "POST":
        return _compare_page(request, found, actor, {})
    access.check(actor, Capability.PLAN, found.division)
    given = {name.removeprefix("reason-"): text for name, text in request.POST.items() if name.startswith("reason-")}
    try:
        actions.save_reasons(found, given, revision=revision(request), by=actor)
    except (Refused, Overtaken) as problem:
        problems = problem.problems if isinstance(problem, Refused) else {"": TAKEN}
        return _compare_page(request, found, actor, given, problems=problems, status=422)
    messages.success(request, "已保存理由。")
    return redirect("planning:compare", found.pk)


def _compare_page(
    request: HttpRequest,
    found: Plan,
    actor: Actor,
    given: Mapping[str, str],
    *,
    problems: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    looked = queries.looked_at(found)
    loaded = looked.draft.loaded
    last = found.based_on
    against_last = request.GET.get("with") == "last" and last is not None
    before = last.scheme if against_last and last else (loaded.higher.scheme if loaded and loaded.higher else None)
    own = actor.post.division_id if actor.post else None
    context = {
        "page_title": f"与上级方案对照：{found.title}",
        "plan": found,
        "version": found.higher,
        "looked": looked,
        "loosened": [
            {
                "one": one,
                "reason": given.get(one.key, one.reason),
                "earlier": "" if one.reason else explaining.told(found.content, one.key),
                "problem": (problems or {}).get(f"reason-{one.key}", ""),
            }
            for one in _by_key(looked)
        ],
        "groups": differences.groups(before, loaded.scheme) if before and loaded else [],
        "last": last,
        "is_with_last": against_last,
        "problems": problems or {},
        "is_editable": found.is_open and actor.may(Capability.PLAN, found.division) and own == found.division_id,
    }
    request.place, request.place_version = found.division, found.higher
    return render(request, "planning/compare.html", context, status=status)


def _by_key(looked: queries.Looked) -> list[Any]:
    """One field per reason: what is loosened in one line of the standard has one reason."""
    found: dict[str, Any] = {}
    for one in looked.loosened:
        found.setdefault(one.key, one)
    return list(found.values())
