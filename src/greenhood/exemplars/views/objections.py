"""Objections to those on notice: what everybody may file and ask after, and what the handling body answers."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from greenhood.accounts.access import require
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.declarations.forms import AnswerForm, ObjectionForm, ReceiptForm
from greenhood.evidence import filetypes
from greenhood.evidence.keeping import keep_upload
from greenhood.evidence.store import StoreFull
from greenhood.exemplars.actions import objections as actions
from greenhood.exemplars.actions.objections import Complaint
from greenhood.exemplars.curating import act_as_own
from greenhood.exemplars.errors import Refused
from greenhood.exemplars.forms import add_problems
from greenhood.exemplars.models import Nomination, Objection, Round
from greenhood.exemplars.queries import honours as queries
from greenhood.exemplars.views.honours import nomination_in, round_for
from greenhood.kit import dates
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.uploads import say_refused, with_uploads


@login_not_required
@with_uploads()
@require_http_methods(["GET", "HEAD", "POST"])
def object_to(request: HttpRequest, pk: UUID, nomination_pk: UUID) -> HttpResponse:
    """The form for a real-name objection; the receipt number is shown once it is filed."""
    found = round_for(request, pk)
    nomination = nomination_in(found, nomination_pk)
    if found.state not in queries.NOTICED or nomination.state not in queries.SHOWN:
        raise Http404
    nomination.round = found
    form = ObjectionForm(request.POST, request.FILES) if request.method == "POST" else ObjectionForm()
    if request.method == "POST" and form.is_a_program:
        return redirect(found)
    say_refused(form, request)
    context = {"round": found, "nomination": nomination, "form": form, "page_title": f"对{nomination}提出异议"}
    if request.method == "POST" and form.is_valid():
        objection = _file(request, nomination, form)
        if objection is not None:
            filed = {**context, "objection": objection, "page_title": "异议已受理"}
            return render(request, "exemplars/objected.html", filed)
    context["is_over"] = found.state != Round.State.NOTICED or dates.has_passed(found.closes_on)
    return render(request, "exemplars/object.html", context, status=422 if form.errors else 200)


def _file(request: HttpRequest, nomination: Nomination, form: ObjectionForm) -> Objection | None:
    clean = form.cleaned_data
    try:
        actions.check_may_object(nomination, by=request.actor)
        proof, name = keep_upload(clean["proof"])
        complaint = Complaint(clean["name"], clean["contact"], clean["reason"])
        return actions.object_to(nomination, complaint, by=request.actor, proof=proof, proof_name=name)
    except (filetypes.Refused, StoreFull) as problem:
        form.add_error("proof", str(problem))
    except Refused as problem:
        add_problems(form, problem)
    return None


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def honour_receipt(request: HttpRequest) -> HttpResponse:
    """What became of my objection. Posted, so that no log has the receipt and the contact."""
    form = ReceiptForm(request.POST or None)
    objection = None
    if request.method == "POST" and form.is_valid():
        objection = queries.by_receipt(form.cleaned_data["receipt"], form.cleaned_data["contact"])
        if objection is None:
            form.add_error(None, "没有找到。请核对受理编号，以及提交时填写的联系方式。")
    context = {"page_title": "查询异议处理情况", "form": form, "objection": objection}
    return render(request, "exemplars/receipt.html", context, status=422 if form.errors else 200)


# --- the handling body ------------------------------------------------------------------------------------------------


@require_GET
def honour_objections(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The objections with the objectors' names, for the handling body alone."""
    found, _ = _handled(request, pk)
    return _page(request, found)


@require_POST
def answer_objection(request: HttpRequest, pk: UUID, objection_pk: UUID) -> HttpResponse:
    """Answer one; what was typed stays where it is refused."""
    found, actor = _handled(request, pk)
    objection = _objection(found, objection_pk)
    form = AnswerForm(request.POST, prefix=objection.receipt)
    if form.is_valid():
        upheld = form.cleaned_data["upheld"] == "yes"
        try:
            actions.answer(objection, answer=form.cleaned_data["answer"], upheld=upheld, by=actor)
        except Refused as problem:
            add_problems(form, problem)
        else:
            messages.success(request, "已答复。" + ("该对象已从拟表扬名单中取消。" if upheld else ""))
            return redirect("exemplars:honour_objections", pk)
    return _page(request, found, answering={objection.pk: form})


@require_GET
def objection_proof(request: HttpRequest, pk: UUID, objection_pk: UUID) -> FileResponse:
    """What the objector sent, as a download, for the handling body alone."""
    found, _ = _handled(request, pk)
    objection = _objection(found, objection_pk)
    if objection.proof is None:
        raise Http404
    return queries.proof_file(objection)


def _page(request: HttpRequest, found: Round, *, answering: dict[UUID, AnswerForm] | None = None) -> HttpResponse:
    forms = answering or {}
    rows = queries.objections_to(found)
    context = {
        "page_title": f"异议处理：{found.title}",
        "round": found,
        "objections": [(one, forms.get(one.pk) or AnswerForm(prefix=one.receipt)) for one in rows],
        "today": today_in_shanghai(),
    }
    return render(request, "exemplars/objections.html", context, status=422 if forms else 200)


def _objection(round_: Round, pk: UUID) -> Objection:
    found = queries.objection_to(round_, pk)
    if found is None:
        raise Http404
    return found


def _handled(request: HttpRequest, pk: UUID) -> tuple[Round, Actor]:
    """A round, for its handling body alone."""
    found = round_for(request, pk)
    actor = require(request, Capability.HANDLE_OBJECTION, found.division)
    act_as_own(actor, found.division, Capability.HANDLE_OBJECTION)
    return found, actor
