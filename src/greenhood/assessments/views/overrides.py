"""Claim otherwise than the data, take it back, and rule on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from greenhood.accounts.access import NotAllowed, require
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.assessments import actions, computed, forms, standards
from greenhood.assessments.errors import BadAnswer, Closed
from greenhood.assessments.models import Assessment, Override
from greenhood.assessments.pages import SelfAssessment
from greenhood.assessments.queries.assessments import assessment_with_place
from greenhood.assessments.views.finding import assessment_for
from greenhood.evidence import filetypes
from greenhood.evidence.store import StoreFull
from greenhood.kit.uploads import refused_uploads, with_uploads

TRUTH = {"yes": True, "no": False}


@dataclass
class Sent:
    """A claim as the page sent it, and a sentence per field where something is wrong with it."""

    kind: str = Override.Kind.DISPUTE
    met: str = ""
    value: str = ""
    reason: str = ""
    problems: dict[str, str] = field(default_factory=dict)

    def number(self) -> Decimal | None:
        text = forms.plain_number(self.value)
        if not text:
            return None
        if not forms.is_number(text):
            self.problems["claim"] = f"数值应为数字，例如 26.5，您填的是“{self.value.strip()[:20]}”。"
            return None
        return Decimal(text)


@with_uploads()
@require_http_methods(["GET", "HEAD", "POST"])
def dispute(request: HttpRequest, pk: UUID, no: int, check: int) -> HttpResponse:
    """Say that the data of a check are wrong, or that something else holds, with a reason and proof."""
    assessment, actor = assessment_for(request, pk, Capability.ASSESS)
    if (no, check) not in dict(computed.of_standard(standards.standard_of(assessment))):
        raise Http404
    if request.method != "POST":
        return _form(request, assessment, actor, no, check, Sent())
    sent = Sent(
        request.POST.get("kind", ""),
        request.POST.get("met", ""),
        request.POST.get("value", ""),
        request.POST.get("reason", ""),
    )
    value = sent.number()
    if sent.kind not in Override.Kind:
        sent.problems["kind"] = "请选择是数据有误，还是另有依据。"
    _take_files(request, assessment, actor, no, check, sent)
    if not sent.problems:
        try:
            actions.dispute(
                assessment,
                criterion=no,
                check_no=check,
                kind=Override.Kind(sent.kind),
                met=TRUTH.get(sent.met),
                value=value,
                reason=sent.reason,
                by=actor,
            )
        except BadAnswer as problem:
            sent.problems = {
                name.rpartition(f"dispute-{check}")[2].strip("-"): s for name, s in problem.problems.items()
            }
        except Closed as problem:
            sent.problems[""] = problem.reason
        else:
            messages.success(request, "已记下，自评按您的主张计分；审核人会同时看到数据、主张、理由和证明。")
            return redirect(_back(assessment, no))
    return _form(request, assessment_with_place(pk), actor, no, check, sent, status=422)


def _take_files(request: HttpRequest, assessment: Assessment, actor: Actor, no: int, check: int, sent: Sent) -> None:
    """What was sent along is kept as proof of the check, whether or not the claim is made in the end."""
    refused = [f"{one.name}：{one.reason}" for one in refused_uploads(request)]
    for file in request.FILES.getlist("files"):
        try:
            actions.attach(assessment, criterion=no, check_no=check, file=file, name=file.name or "", by=actor)
        except (filetypes.Refused, StoreFull, Closed) as problem:
            refused.append(f"{file.name}：{problem}")
    if refused:
        sent.problems["files"] = "；".join(refused)


def _form(
    request: HttpRequest,
    assessment: Assessment,
    actor: Actor,
    no: int,
    check: int,
    sent: Sent,
    status: int = 200,
) -> HttpResponse:
    sheet = SelfAssessment(assessment, actor)
    line = standards.lines(sheet.standard)[no]
    data = sheet.explained(line)[check]
    context = {
        "page_title": f"对“{data.title}”的数据有异议",
        "assessment": assessment,
        "version": assessment.version,
        "line": line,
        "check": line.checks[check - 1],
        "check_no": check,
        "data": data,
        "sent": sent,
        "kinds": [(kind.value, kind.label, kind.value == sent.kind) for kind in Override.Kind],
        "choices": [(value, label, value == sent.met) for value, label in (("yes", "满足"), ("no", "不满足"))],
        "pieces": [piece for piece in sheet.pieces(no) if piece.check_no in (None, check)],
        "is_open": sheet.is_open(no),
        "back": _back(assessment, no),
        "accept": filetypes.ACCEPT,
        "welcome": filetypes.WELCOME,
    }
    return render(request, "assessments/dispute.html", context, status=status)


def _back(assessment: Assessment, no: int) -> str:
    standard = standards.standard_of(assessment)
    part = next((part.key for part in standard.parts for line in part.criteria if line.no == no), "")
    return f"{reverse('assessments:edit', args=[assessment.pk])}?part={part}#item-{no}"


@require_POST
def rule(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take a claim or not, from the reviewer's page."""
    made = Override.objects.select_related("assessment__community").filter(pk=pk).first()
    if made is None:
        raise Http404
    actor = require(request, Capability.SCORE, made.assessment.community)
    ruling = request.POST.get("ruling", "")
    try:
        if ruling not in Override.Ruling:
            raise BadAnswer(made.criterion, {"ruling": "请选择采纳或不采纳。"})
        actions.rule(made, ruling=Override.Ruling(ruling), reason=request.POST.get("reason", ""), by=actor)
        messages.success(request, f"第 {made.criterion} 项的主张已认定为“{Override.Ruling(ruling).label}”。")
    except (BadAnswer, Closed, NotAllowed) as problem:
        messages.error(request, str(problem))
    return redirect(_next(request, made))


def _next(request: HttpRequest, made: Override) -> str:
    wanted = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(wanted, {request.get_host()}):
        wanted = reverse("assessments:review", args=[made.assessment_id])
    return f"{wanted.partition('#')[0]}#item-{made.criterion}"
