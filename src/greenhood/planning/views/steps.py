"""The steps that a plan takes upward and back: filed, received, put in force, put away, taken up again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from greenhood.accounts import access
from greenhood.accounts.capabilities import Capability
from greenhood.planning import actions, filing
from greenhood.planning.errors import Overtaken, Refused
from greenhood.planning.views.finding import plan_of, revision
from greenhood.planning.views.plans import page_of


@require_POST
def submit(request: HttpRequest, pk: UUID) -> HttpResponse:
    found, actor = plan_of(request, pk)
    access.check(actor, Capability.PLAN, found.division)
    try:
        filed = filing.submit(found, signed_by=request.POST.get("signed_by", ""), revision=revision(request), by=actor)
    except (Refused, Overtaken) as problem:
        return _refused(request, pk, problem)
    late = f"，迟报 {filed.late_days} 天" if filed.late_days else ""
    messages.success(request, f"已报送{late}，等待上级备案。备案前可以撤回。")
    return redirect(found)


@require_POST
def withdraw(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _step(request, pk, Capability.PLAN, "已撤回，可以继续修改。", lambda found, actor: filing.withdraw(
        found, reason=request.POST.get("reason", ""), revision=revision(request), by=actor
    ))  # fmt: skip


@require_POST
def receive(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take a plan on file, or return single sections of it."""
    found, actor = plan_of(request, pk)
    receiver = found.obligation.receiver if found.obligation else found.receiver
    if receiver is None:
        raise Http404
    access.check(actor, Capability.REPORT, receiver)
    try:
        if request.POST.get("outcome") == "accept":
            filing.accept(found, revision=revision(request), by=actor)
            messages.success(request, "已备案。")
        else:
            given = {
                name.removeprefix("return-"): text for name, text in request.POST.items() if name.startswith("return-")
            }
            filing.give_back(found, reasons=given, revision=revision(request), by=actor)
            messages.success(request, "已退回所填部分，其余部分保持不变。")
    except (Refused, Overtaken) as problem:
        return _refused(request, pk, problem)
    return redirect(found)


@require_POST
def publish(request: HttpRequest, pk: UUID) -> HttpResponse:
    found, actor = plan_of(request, pk)
    access.check(actor, Capability.PUBLISH_SCHEME, found.division)
    try:
        version = filing.publish(
            found,
            confirmed=bool(request.POST.get("confirmed")),
            approval=request.POST.get("approval", ""),
            revision=revision(request),
            by=actor,
        )
    except (Refused, Overtaken) as problem:
        return _refused(request, pk, problem)
    messages.success(request, f"已发布《{version.title}》第 {version.version} 版，今后开始的自评和申报按它办理。")
    return redirect(found)


@require_POST
def discard(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _step(request, pk, Capability.PLAN, "已放弃这份草稿；需要时可以恢复。", lambda found, actor: actions.discard(
        found, revision=revision(request), by=actor
    ))  # fmt: skip


@require_POST
def restore(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _step(request, pk, Capability.PLAN, "已恢复草稿。", lambda found, actor: actions.restore(
        found, revision=revision(request), by=actor
    ))  # fmt: skip


@require_POST
def rebase(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _step(request, pk, Capability.PLAN, "已改按上级新版对照。", lambda found, actor: actions.follow_newest(
        found, revision=revision(request), by=actor
    ))  # fmt: skip


@require_POST
def take_up_again(request: HttpRequest, pk: UUID) -> HttpResponse:
    done = "已按上级新版重新打开，改好后请重新报送。"
    return _step(request, pk, Capability.PLAN, done, lambda found, actor: filing.take_up_again(
        found, revision=revision(request), by=actor
    ))  # fmt: skip


def _step(request: HttpRequest, pk: UUID, capability: Capability, done: str, step: Any) -> HttpResponse:
    found, actor = plan_of(request, pk)
    access.check(actor, capability, found.division)
    try:
        step(found, actor)
    except (Refused, Overtaken) as problem:
        return _refused(request, pk, problem)
    messages.success(request, done)
    return redirect(found)


def _refused(request: HttpRequest, pk: UUID, problem: Refused | Overtaken) -> HttpResponse:
    """The page again, with what stood in the way and what was typed."""
    found, actor = plan_of(request, pk)
    problems = problem.problems if isinstance(problem, Refused) else {"": str(problem)}
    return page_of(request, found, actor, problems=problems, status=422)
