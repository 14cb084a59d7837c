"""设计师、工程师进社区: the requests of communities, one request with its visits, and everything that is done about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from greenhood.accounts import access
from greenhood.accounts.access import NotAllowed
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions.models import Level
from greenhood.experts.actions import serving, visiting
from greenhood.experts.actions.serving import Result
from greenhood.experts.errors import Refused
from greenhood.experts.forms import (
    CloseForm,
    NewRequestForm,
    RequestFilterForm,
    RequestForm,
    VisitForm,
    request_initial,
)
from greenhood.experts.models import Document, Entry, RequestState, ServiceRequest, Visit
from greenhood.experts.queries import service as queries
from greenhood.experts.queries import waits
from greenhood.experts.queries.clauses import DESIGNERS, standard_for
from greenhood.experts.views.shared import (
    Steps,
    asked,
    carried_out,
    division_of,
    form_page,
    page_of,
    revision,
    take_files,
    take_step,
    workbook,
)
from greenhood.facts.kinds import kind
from greenhood.history.queries import timeline
from greenhood.kit import paging
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.uploads import with_uploads

MOST_WAITING = 50


@require_GET
def requests(request: HttpRequest) -> HttpResponse:
    """The requests within the post's division, and the visits that wait for the community's word."""
    actor = access.require(request, Capability.VIEW)
    form = RequestFilterForm(request.GET)
    filters = form.filters
    found = queries.listed(actor, filters)
    to_confirm = waits.to_confirm(actor)
    context = {
        "page_title": "设计师、工程师进社区",
        "form": form,
        "is_filtered": any(value for value in request.GET.values()),
        "page": queries.page(actor, filters, after=request.GET.get("after", ""), before=request.GET.get("before", "")),
        "count": paging.count(found),
        "to_confirm": []
        if to_confirm is None
        else to_confirm.select_related("request", "entry").order_by("day")[:MOST_WAITING],
        "may_ask": queries.speaks_for(actor, division_of(actor)),
        "may_export": actor.may(Capability.EXPORT),
        "asked": asked(actor, DESIGNERS),
        "today": today_in_shanghai(),
        "section": "requests",
    }
    return page_of(request, "experts/requests.html", context)


@require_GET
def export_requests(request: HttpRequest) -> HttpResponse:
    actor = access.require(request, Capability.EXPORT)
    found = queries.listed(actor, RequestFilterForm(request.GET).filters)
    return workbook(division_of(actor), "进社区服务需求", queries.EXPORT_HEADINGS, queries.export_rows(found), actor)


@require_http_methods(["GET", "HEAD", "POST"])
def new_request(request: HttpRequest) -> HttpResponse:
    """A community asks for designers or engineers."""
    actor = access.require(request, Capability.PLAN)
    place = division_of(actor)
    if not queries.speaks_for(actor, place):
        raise NotAllowed("服务需求由社区或所在街道提出。")
    standing = standard_for(place)
    initial: dict[str, Any] = {"criterion": standing.visits, "wished_from": today_in_shanghai()}
    if actor.user is not None:
        initial |= {"contact": actor.user.name, "phone": actor.user.phone}
    if place.level == Level.COMMUNITY:
        initial["community"] = f"{place.number} {place.name}"
    form = NewRequestForm(request.POST or None, initial=initial, standing=standing)
    form.fields["community"].within = place
    if request.method == "POST":
        made = carried_out(form, lambda: serving.make(form.cleaned_data["community"], form.wanted, by=actor))
        if made is not None:
            messages.success(request, "已提出，等待对接专家。")
            return redirect(made)
    context = {
        "page_title": "提出服务需求",
        "asked": asked(actor, DESIGNERS),
        "verb": "提出需求",
        "section": "requests",
    }
    return form_page(request, "experts/request_form.html", form, context)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_request(request: HttpRequest, pk: UUID) -> HttpResponse:
    actor: Actor = request.actor
    found, may = queries.request_for(actor, pk)
    if not may.is_community:
        raise NotAllowed("需求由提出的社区或所在街道修改。")
    form = RequestForm(request.POST or None, initial=request_initial(found), standing=standard_for(found.community))
    if request.method == "POST" and carried_out(
        form, lambda: serving.save(found, form.wanted, revision=revision(request), by=actor)
    ):
        messages.success(request, "已保存。")
        return redirect(found)
    context = {
        "page_title": f"修改：{found.title}",
        "found": found,
        "revision": request.POST.get("revision", found.revision),
        "asked": asked(actor, DESIGNERS, found.community),
        "verb": "保存",
        "section": "requests",
    }
    return form_page(request, "experts/request_form.html", form, context)


# --- one request -------------------------------------------------------------------------------------------------------


@require_GET
def request_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One request: what is needed, who serves it, the visits, what came of it, and its history."""
    found, may = queries.request_for(request.actor, pk)
    return _page(request, found, may)


# The steps of a request, by the word in the address, with what is said when it is done.
STEPS: Steps = {
    "withdraw": (serving.withdraw, "已撤回，可以恢复。"),
    "reopen": (serving.reopen, "已恢复办理。"),
    "offer": (serving.offer, "已发出邀请，等待专家答复。"),
    "take-back": (serving.take_back, "已收回，可以另行对接。"),
    "take": (serving.take, "已接受。请与社区约定到访时间，到访后登记。"),
    "come-forward": (serving.come_forward, "已接单。请与社区约定到访时间，到访后登记。"),
    "decline": (serving.decline, "已谢绝，需求回到待对接。"),
}
NEEDS_REASON = {"withdraw", "take-back", "decline"}


@require_POST
def request_step(request: HttpRequest, pk: UUID, step: str) -> HttpResponse:
    """Take one step with a request; what was typed stays on the page where it is refused."""
    found, may = queries.request_for(request.actor, pk)
    problem = take_step(request, STEPS, step, found, lambda: _given(request, step, found))
    if problem is not None:
        found, may = queries.request_for(request.actor, pk)
        return _page(request, found, may, step=step, problem=problem)
    # Who declined has nothing more to see here.
    return redirect("experts:mine") if step == "decline" and not may.matches else redirect(found)


def _given(request: HttpRequest, step: str, found: ServiceRequest) -> dict[str, Any]:
    if step in NEEDS_REASON:
        return {"reason": request.POST.get("reason", "")}
    return {"entry": _invited(request, found)} if step == "offer" else {}


def _invited(request: HttpRequest, found: ServiceRequest) -> Entry:
    access.check(request.actor, Capability.KEEP_POOL, found.community)
    try:
        return Entry.objects.get(pk=UUID(request.POST.get("entry", "")))
    except (ValueError, Entry.DoesNotExist):
        raise Refused("请选择要邀请的专家。", field="entry") from None


@require_POST
def record_visit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Write down that somebody was there."""
    found, may = queries.request_for(request.actor, pk)
    if not (may.is_community or may.serves):
        raise NotAllowed("到访由服务的专家或社区登记。")
    form = VisitForm(request.POST)
    visit = carried_out(form, lambda: visiting.record(found, form.report, by=request.actor))
    if visit is not None:
        said = "已登记，并计入社区的进社区活动。" if visit.is_by_community else "已登记，等待社区确认。"
        messages.success(request, f"{said}可以接着上传照片和文件。")
        return redirect(visit)
    return _page(request, found, may, visit_form=form)


@require_POST
def close_request(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What came of it, and how good it was."""
    found, may = queries.request_for(request.actor, pk)
    if not may.is_community:
        raise NotAllowed("服务由提出需求的社区或所在街道办结。")
    form = CloseForm(request.POST, records=queries.records_of(found.community))
    if carried_out(
        form, lambda: serving.close(found, Result(**form.cleaned_data), revision=revision(request), by=request.actor)
    ):
        messages.success(request, "已办结。发现有误的，可以恢复办理。")
        return redirect(found)
    return _page(request, found, may, close_form=form)


VISIT_STEPS: Steps = {
    "confirm": (visiting.confirm, "已确认，并计入社区的进社区活动。"),
    "dispute": (visiting.dispute, "已提出异议，这次到访不再计入。"),
    "retract": (visiting.retract, "已撤销，这次到访不再计入。"),
}


@require_POST
def visit_step(request: HttpRequest, pk: UUID, step: str) -> HttpResponse:
    visit, may = queries.visit_for(request.actor, pk)
    given = {} if step == "confirm" else {"reason": request.POST.get("reason", "")}
    problem = take_step(request, VISIT_STEPS, step, visit, lambda: given)
    if problem is None:
        return redirect(visit)
    found, may = queries.request_for(request.actor, visit.request_id)
    return _page(request, found, may, step=f"{step}-{visit.pk}", problem=problem)


@with_uploads()
@require_POST
def add_visit_documents(request: HttpRequest, pk: UUID) -> HttpResponse:
    visit, may = queries.visit_for(request.actor, pk)
    try:
        visiting.check_documents(visit, request.actor)
        kept, problems = take_files(
            request, lambda blob, name: visiting.add_document(visit, blob, name, by=request.actor)
        )
    except Refused as problem:
        return _page(request, visit.request, may, problem=problem)
    if problems:
        return _page(request, visit.request, may, upload_problems=problems, upload_to=visit.pk)
    messages.success(request, f"已上传 {kept} 个文件。")
    return redirect(visit)


def _page(
    request: HttpRequest,
    found: ServiceRequest,
    may: queries.Rights,
    *,
    step: str = "",
    problem: Refused | None = None,
    visit_form: VisitForm | None = None,
    close_form: CloseForm | None = None,
    upload_problems: list[tuple[str, str]] | None = None,
    upload_to: UUID | None = None,
) -> HttpResponse:
    actor: Actor = request.actor
    standing = standard_for(found.community)
    visits = queries.visits_of(found)
    has_standing = any(visit.state in (Visit.State.REPORTED, Visit.State.COMPLETED) for visit in visits)
    barred = queries.barred(found, actor)
    sees_place = actor.may(Capability.VIEW, found.community)
    problems_of = {upload_to: upload_problems or []} if upload_to else {}
    line = (
        standing.lines.get(found.criterion) if found.version_id == (standing.version and standing.version.pk) else None
    )
    record_url, record_name = queries.record_link(found)
    context = {
        "page_title": found.title,
        "found": found,
        "may": may,
        "line": line,
        "version": found.version,
        "visits": [
            _shown(visit, found, may, sees_place, problems_of.get(visit.pk, []), is_barred=bool(barred))
            for visit in visits
        ],
        "has_standing": has_standing,
        "barred": barred,
        "sees_place": sees_place,
        "offers": queries.offers_of(found),
        **_suggestions(found, may),
        "sees_phone": may.is_community or may.matches or may.serves or may.is_offered,
        "speaks_for_expert": may.matches and found.entry is not None and found.entry.user_id is None,
        "visit_form": visit_form or VisitForm(initial={"day": today_in_shanghai()}),
        "may_record": (may.is_community or may.serves) and found.state == RequestState.TAKEN and not barred,
        "close_form": close_form
        or (CloseForm(records=queries.records_of(found.community)) if _may_close(found, may) else None),
        **_steps_of_community(found, may, has_standing=has_standing),
        "record_url": record_url,
        "record_name": record_name,
        "entries": timeline(found),
        "asked": asked(actor, DESIGNERS, found.community),
        "today": today_in_shanghai(),
        "step": step,
        "typed": request.POST if step else {},
        "problem": problem,
        "section": "requests" if sees_place else "mine",
    }
    if sees_place:
        request.place = found.community
    bad = problem or upload_problems or (visit_form and visit_form.errors) or (close_form and close_form.errors)
    return page_of(request, "experts/request.html", context, status=422 if bad else 200)


def _suggestions(found: ServiceRequest, may: queries.Rights) -> dict[str, object]:
    """Who could be invited, for whoever matches an open request: fitting ones, others, and those that can't be."""
    is_asked = may.matches and found.state == RequestState.OPEN
    rows = queries.suggestions(found) if is_asked else []
    return {
        "suggested": [one for one in rows if one.is_suggested],
        "others": [one for one in rows if not one.is_suggested and not one.conflicts and not one.declined],
        "excluded": [one for one in rows if one.conflicts or one.declined],
    }


def _steps_of_community(found: ServiceRequest, may: queries.Rights, *, has_standing: bool) -> dict[str, object]:
    """What the community that asked may do next."""
    is_live = found.state in (RequestState.OPEN, RequestState.OFFERED, RequestState.TAKEN)
    return {
        "may_close": _may_close(found, may),
        "may_reopen": may.is_community and found.state in (RequestState.WITHDRAWN, RequestState.CLOSED),
        "may_withdraw": may.is_community and is_live and not has_standing,
    }


def _may_close(found: ServiceRequest, may: queries.Rights) -> bool:
    return may.is_community and found.state == RequestState.TAKEN


@dataclass(frozen=True, slots=True)
class ShownVisit:
    """A visit with its files, where it counts, and which steps the reader may take."""

    visit: Visit
    tone: str
    files: list[Document]
    fact_url: str
    steps: tuple[str, ...]
    may_upload: bool
    problems: list[tuple[str, str]]

    @property
    def dispute_word(self) -> str:
        return f"dispute-{self.visit.pk}"

    @property
    def retract_word(self) -> str:
        return f"retract-{self.visit.pk}"


TONES = {
    Visit.State.REPORTED: "attend",
    Visit.State.COMPLETED: "good",
    Visit.State.DISPUTED: "bad",
    Visit.State.RETRACTED: "none",
}


def _shown(
    visit: Visit,
    found: ServiceRequest,
    may: queries.Rights,
    sees_place: bool,
    problems: list[tuple[str, str]],
    *,
    is_barred: bool,
) -> ShownVisit:
    stands = visit.state in (Visit.State.REPORTED, Visit.State.COMPLETED) and found.state == RequestState.TAKEN
    fact_url = ""
    if visit.state == Visit.State.COMPLETED and sees_place:
        fact_url = reverse("facts:record", args=[found.community.code, kind("activities"), visit.pk])
    return ShownVisit(
        visit,
        TONES[Visit.State(visit.state)],
        visit.kept,
        fact_url,
        tuple(_steps(visit, may, is_barred)) if stands else (),
        stands and (may.is_community or may.serves),
        problems,
    )


def _steps(visit: Visit, may: queries.Rights, is_barred: bool) -> list[str]:
    is_reported = visit.state == Visit.State.REPORTED
    found = ["confirm"] if is_reported and may.is_community and not is_barred else []
    if may.serves if visit.is_by_community else may.is_community and is_reported:
        found.append("dispute")
    if (may.is_community and not is_reported) or (may.serves and not visit.is_by_community):
        found.append("retract")
    return found
