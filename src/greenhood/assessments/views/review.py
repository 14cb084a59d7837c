"""The reviewer's page: claim, evidence and earlier scores beside one's own, by keyboard or pointer."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods

from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.assessments import actions, forms, standards
from greenhood.assessments.claims import plain
from greenhood.assessments.desk import Desk, officer_desk
from greenhood.assessments.errors import BadScore, Closed, Incomplete
from greenhood.assessments.models import Assessment, ScoreSheet
from greenhood.assessments.pages import SelfAssessment
from greenhood.assessments.queries.scores import compare
from greenhood.assessments.reviewing import Review
from greenhood.assessments.views.finding import assessment_for, assessment_to_score
from greenhood.evidence.flags import Sign
from greenhood.kit.uploads import wants_json


@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, pk: UUID) -> HttpResponse:
    """An officer's own desk. The declarations room shows its desks with ``page`` under its own addresses."""
    assessment, actor = assessment_for(request, pk, Capability.VIEW)
    return page(request, assessment, officer_desk(actor, assessment))


def page(
    request: HttpRequest, assessment: Assessment, desk: Desk, *, marked: dict[int, str] | None = None
) -> HttpResponse:
    """Show a desk (GET), or save what was scored on it (POST). The caller has seen that the actor may sit at it.

    ``marked`` are items with reasons that were to be sent back and couldn't be, shown again as typed. ``assessment`` comes with
    its ``community`` and ``version``.
    """
    if request.method == "POST":
        return _take(request, assessment, desk)
    since = actions.note_visit(assessment, by=desk.actor)
    return _show(request, Review(assessment, desk, since=since, marked=marked, only=_only(request)))


def _only(request: HttpRequest) -> str:
    """Which evidence the page is filtered to: ``?flag=`` ``any`` or a sign; nothing for all."""
    wanted = request.GET.get("flag", "")
    return wanted if wanted == "any" or wanted in set(Sign) else ""


def _show(request: HttpRequest, shown: Review, *, status: int = 200) -> HttpResponse:
    context = {
        "page_title": f"{shown.assessment.community.name} {shown.assessment.year} 年自评审核",
        "assessment": shown.assessment,
        "version": shown.assessment.version,
        "review": shown,
        "desk": shown.desk,
        "own": shown.own,
        "problem_items": [item for item in shown.items if item.problems],
        "share": shown.comparison.share,
    }
    return render(request, "assessments/review.html", context, status=status)


def _take(request: HttpRequest, assessment: Assessment, desk: Desk) -> HttpResponse:
    if not desk.may_score or desk.scorer is None:
        messages.error(request, desk.why_not or "现在不能评分。")
        return redirect(request.get_full_path())
    sheet = actions.open_sheet(assessment, scorer=desk.scorer, step=desk.step, by=desk.actor)
    verb = request.POST.get("do", "save")
    try:
        filled, problems = _save(request, assessment, sheet, desk.actor)
        if wants_json(request):
            return _answer(request, assessment, desk, problems)
        if problems:
            messages.error(request, "有的评分没有保存，请改正下面标出的内容。")
            return _show(request, Review(assessment, desk, filled=filled, problems=problems), status=422)
        _do(request, sheet, verb, desk.actor)
    except (Closed, Incomplete) as problem:
        if wants_json(request):
            return JsonResponse({"problem": str(problem)}, status=423)
        messages.error(request, str(problem))
    return redirect(_next(request))


def _save(
    request: HttpRequest, assessment: Assessment, sheet: ScoreSheet, by: Actor
) -> tuple[dict[int, forms.FilledScore], dict[int, dict[str, str]]]:
    sent = forms.sent_scores(request.POST, standards.lines(standards.standard_of(assessment)))
    problems = {one.no: dict(one.problems) for one in sent if one.problems}
    given = {one.no: (one.mark, one.reason) for one in sent if not one.problems}
    refused: dict[int, BadScore] = {}
    if given:
        _, refused = actions.save_scores(sheet, given=given, by=by)
    problems |= {no: problem.problems for no, problem in refused.items()}
    return {one.no: one for one in sent if one.no in problems}, problems


def _do(request: HttpRequest, sheet: ScoreSheet, verb: str, by: Actor) -> None:
    if verb == "agree":
        count = actions.agree_with_rest(sheet, by=by)
        messages.success(request, f"其余 {count} 项已按自评记分。")
    elif verb == "hand-in":
        done = actions.hand_in(sheet, by=by)
        total = "" if done.total is None else f"，总分 {plain(done.total)}"
        messages.success(request, f"评分表已交出{total}。")
    else:
        messages.success(request, "已保存评分。")


def _answer(
    request: HttpRequest, assessment: Assessment, desk: Desk, problems: dict[int, dict[str, str]]
) -> JsonResponse:
    fresh = Review(assessment, desk)
    own = fresh.own
    count = sum(len(part.criteria) for part in fresh.standard.parts)
    body = {
        "problems": {str(no): wrong for no, wrong in problems.items()},
        "total": plain(own.total) if own and own.total is not None else "—",
        "scored": fresh.scored,
        "asked": count,
    }
    return JsonResponse(body, status=422 if problems else 200)


def _next(request: HttpRequest) -> str:
    wanted = request.POST.get("next", "")
    if wanted and url_has_allowed_host_and_scheme(wanted, {request.get_host()}):
        return wanted
    anchor = request.POST.get("do", "").partition(":")[2]
    return request.get_full_path() + (f"#item-{anchor}" if anchor.isdecimal() else "")


@require_GET
def pieces(request: HttpRequest, pk: UUID, no: int) -> HttpResponse:
    """All evidence of one item: as a part of the reviewer's page, or as a page."""
    assessment, actor = assessment_to_score(request, pk)
    line = standards.lines(standards.standard_of(assessment)).get(no)
    if line is None:
        raise Http404
    context = {
        "page_title": f"第 {no} 项证明材料",
        "assessment": assessment,
        "pieces": Review(assessment, Desk(actor), only=_only(request)).pieces_of(no),
    }
    part = "#strip" if "HX-Request" in request.headers else ""
    return render(request, f"assessments/pieces.html{part}", context)


@require_GET
def comparison(request: HttpRequest, pk: UUID) -> HttpResponse:
    """All scores of one assessment in one table."""
    assessment, actor = assessment_for(request, pk, Capability.VIEW)
    sheet = SelfAssessment(assessment, actor)
    # The community sees what reviewers gave once they have handed it in, as everybody does.
    context = {
        "page_title": f"{assessment.community.name} {assessment.year} 年评分对照",
        "assessment": assessment,
        "version": assessment.version,
        "comparison": compare(assessment, rows=sheet.rows, grounds=sheet.grounds),
        "changed": sheet.changed,
    }
    return render(request, "assessments/comparison.html", context)
