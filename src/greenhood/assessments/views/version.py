"""A newer version of the scheme: what differs, what has to be filled in again, and taking it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from greenhood.accounts.capabilities import Capability
from greenhood.assessments import actions, standards, switching
from greenhood.assessments.errors import Closed, NoStandard
from greenhood.assessments.queries.assessments import newer_version, rows_of
from greenhood.assessments.views.finding import assessment_for


@require_http_methods(["GET", "HEAD", "POST"])
def version(request: HttpRequest, pk: UUID) -> HttpResponse:
    assessment, actor = assessment_for(request, pk, Capability.ASSESS)
    newer = newer_version(assessment)
    if newer is None:
        messages.info(request, "本次自评使用的已是最新版本，或已申报锁定，不需要切换。")
        return redirect(assessment)
    try:
        if request.method == "POST":
            # Only the version that the person has seen, should a still newer one have come meanwhile.
            if request.POST.get("to") != str(newer.pk):
                messages.error(request, "方案刚刚又发布了新版本，请重新查看差异后再切换。")
                return redirect(request.path)
            plan = actions.switch_version(assessment, to=newer, by=actor)
            again = "、".join(str(item.no) for item in plan.again)
            tail = f"请重新填写第 {again} 项中标出的内容。" if again else "已填写的内容全部保留。"
            messages.success(request, f"已改用第 {newer.version} 版。{tail}")
            return redirect(assessment)
        new = standards.standard_for(newer, assessment.community, assessment.tags)
    except (Closed, NoStandard) as problem:
        messages.error(request, str(problem))
        return redirect(assessment)
    plan = switching.plan(standards.standard_of(assessment), new, rows_of(assessment))
    context = {
        "page_title": f"方案新版本：第 {assessment.version.version} 版 → 第 {newer.version} 版",
        "assessment": assessment,
        "newer": newer,
        "plan": plan,
    }
    return render(request, "assessments/version.html", context)
