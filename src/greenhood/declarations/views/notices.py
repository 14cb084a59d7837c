"""Public notices and objections: what everybody sees and may file, and what the handling body answers."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from greenhood.accounts.access import NotAllowed, require
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.declarations.actions import noticing
from greenhood.declarations.actions.noticing import Complaint
from greenhood.declarations.errors import Refused
from greenhood.declarations.forms import AnswerForm, NoticeForm, ObjectionForm, ReceiptForm
from greenhood.declarations.models import Notice, NoticeEntry, Objection
from greenhood.declarations.queries import notices as queries
from greenhood.declarations.views.finding import chosen, code_in, notice_of, paging_keys, saying
from greenhood.evidence import filetypes
from greenhood.evidence.keeping import keep_upload
from greenhood.evidence.store import StoreFull
from greenhood.kit import dates, holidays
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.public_pages import public_page
from greenhood.kit.uploads import say_refused, with_uploads
from greenhood.schemes.models import scheme_of


@login_not_required
@require_GET
@public_page
def notices(request: HttpRequest) -> HttpResponse:
    """Every notice, those that end last first."""
    context = {
        "page_title": "公示",
        "page": queries.notices(code=code_in(request), **paging_keys(request)),
        "today": today_in_shanghai(),
        "receipt_form": ReceiptForm(),
    }
    return render(request, "declarations/notices.html", context)


@login_not_required
@require_GET
@public_page
def notice(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One notice as everybody reads it; the handling body finds the way to the objections."""
    found = notice_of(pk)
    actor: Actor = request.actor  # type: ignore[attr-defined]
    today = today_in_shanghai()
    context = {
        "page_title": found.title,
        "notice": found,
        "shown": queries.shown(found),
        "step": scheme_of(found.version_id).step(found.step),
        "today": today,
        "is_over": dates.has_passed(found.closes_on),
        "holiday_note": holidays.note(found.opens_on, found.closes_on) if found.day_kind == "working" else "",
        "may_handle": noticing.cannot_handle(found, actor) is None,
        "may_close": found.closed_at is None
        and dates.has_passed(found.closes_on)
        and actor.may(Capability.PUBLISH_NOTICE, found.division),
    }
    return render(request, "declarations/notice.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new_notice(request: HttpRequest) -> HttpResponse:
    """Publish a notice of what waits for one at my level."""
    actor = require(request, Capability.PUBLISH_NOTICE)
    form = NoticeForm(request.POST or None)
    seen = chosen(request)
    problem = ""
    if request.method == "POST" and form.is_valid():
        clean = form.cleaned_data
        try:
            published = noticing.publish(
                seen, by=actor, contact=clean["contact"], title=clean["title"], opens_on=clean["opens_on"]
            )
        except Refused as refused:
            if refused.field in form.fields:
                form.add_error(refused.field, refused.reason)
            else:
                problem = refused.reason
        else:
            messages.success(request, "公示已发布。期满且没有未处理的异议时，自动进入下一环节。")
            return redirect(published)
    context = {
        "page_title": "发布公示",
        "form": form,
        "groups": queries.waiting(actor),
        "chosen": {str(pk) for pk in seen},
        "problem": problem,
    }
    return render(request, "declarations/notice_new.html", context, status=422 if form.errors or problem else 200)


@require_POST
def close(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = notice_of(pk)
    actor = require(request, Capability.PUBLISH_NOTICE, found.division)
    with saying(request, "已办结公示。没有异议的已进入下一环节。"):
        noticing.close(found, by=actor)
    return redirect(found)


# --- objections -------------------------------------------------------------------------------------------------------


@login_not_required
@with_uploads()
@require_http_methods(["GET", "HEAD", "POST"])
def object_to(request: HttpRequest, pk: UUID, entry_pk: UUID) -> HttpResponse:
    """The form for a real-name objection; the receipt number is shown once it is filed."""
    found = notice_of(pk)
    entry = queries.entry_of(found, entry_pk)
    form = ObjectionForm(request.POST, request.FILES) if request.method == "POST" else ObjectionForm()
    if request.method == "POST" and form.is_a_program:
        return redirect(found)
    say_refused(form, request)
    if request.method == "POST" and form.is_valid():
        objection = _file(request, entry, form)
        if objection is not None:
            context = {"page_title": "异议已受理", "objection": objection, "notice": found, "entry": entry}
            return render(request, "declarations/objection_filed.html", context)
    context = {
        "page_title": f"对{entry.declaration.community.name}提出异议",
        "notice": found,
        "entry": entry,
        "form": form,
        "is_over": dates.has_passed(found.closes_on) or entry.ended_at is not None,
    }
    return render(request, "declarations/objection_new.html", context, status=422 if form.errors else 200)


def _file(request: HttpRequest, entry: NoticeEntry, form: ObjectionForm) -> Objection | None:
    clean = form.cleaned_data
    try:
        noticing.check_may_object(entry, by=request.actor)  # type: ignore[attr-defined]
        proof, name = keep_upload(clean["proof"])
        return noticing.object_to(
            entry,
            Complaint(clean["name"], clean["contact"], clean["reason"]),
            by=request.actor,  # type: ignore[attr-defined]
            proof=proof,
            proof_name=name,
        )
    except (filetypes.Refused, StoreFull) as problem:
        form.add_error("proof", str(problem))
    except Refused as problem:
        form.add_error(problem.field if problem.field in form.fields else None, problem.reason)
    return None


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def receipt(request: HttpRequest) -> HttpResponse:
    """What became of my objection, for who has the receipt number and gave the contact. Posted, so that no log has it."""
    form = ReceiptForm(request.POST or None)
    objection = None
    if request.method == "POST" and form.is_valid():
        objection = queries.by_receipt(form.cleaned_data["receipt"], form.cleaned_data["contact"])
        if objection is None:
            form.add_error(None, "没有找到。请核对受理编号，以及提交时填写的联系方式。")
    context = {"page_title": "查询异议处理情况", "form": form, "objection": objection}
    return render(request, "declarations/receipt.html", context, status=422 if form.errors else 200)


def _handled(request: HttpRequest, pk: UUID) -> tuple[Notice, Actor]:
    """A notice, for its handling body alone."""
    found = notice_of(pk)
    actor = require(request, Capability.HANDLE_OBJECTION, found.division)
    if reason := noticing.cannot_handle(found, actor):
        raise NotAllowed(reason)
    return found, actor


@require_GET
def objections(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The objections with the objectors' names, for the handling body alone."""
    found, _actor = _handled(request, pk)
    return _objections(request, found)


def _objections(request: HttpRequest, notice: Notice, refused: AnswerForm | None = None) -> HttpResponse:
    """The list, with the answer that was refused as it was typed."""
    forms = {refused.prefix: refused} if refused is not None else {}
    context = {
        "page_title": f"异议处理：{notice.title}",
        "notice": notice,
        "objections": [
            (objection, forms.get(objection.receipt) or AnswerForm(prefix=objection.receipt))
            for objection in queries.objections_to(notice)
        ],
        "today": today_in_shanghai(),
    }
    return render(request, "declarations/objections.html", context, status=422 if refused is not None else 200)


@require_POST
def answer(request: HttpRequest, pk: UUID, objection_pk: UUID) -> HttpResponse:
    found, actor = _handled(request, pk)
    objection = queries.objection_to(found, objection_pk)
    form = AnswerForm(request.POST, prefix=objection.receipt)
    if not form.is_valid():
        return _objections(request, found, form)
    upheld = form.cleaned_data["upheld"] == "yes"
    with saying(request, "已答复。" + ("请对该申报作出退回或不予通过的决定。" if upheld else "")):
        noticing.answer(objection, by=actor, answer=form.cleaned_data["answer"], upheld=upheld)
    return redirect("declarations:objections", pk)


@require_GET
def proof(request: HttpRequest, pk: UUID, objection_pk: UUID) -> HttpResponse:
    """The objector's proof as a download, for the handling body alone."""
    found, _actor = _handled(request, pk)
    objection = queries.objection_to(found, objection_pk)
    if objection.proof is None:
        raise Http404
    return queries.proof_file(objection)
