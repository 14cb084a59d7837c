"""The pool: its list, applications, one entry with everything that is done about it, and an expert's own page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from greenhood.accounts import access
from greenhood.accounts.access import NotAllowed
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.accounts.forms import InterestForm
from greenhood.experts.actions import applying, vetting
from greenhood.experts.errors import Refused
from greenhood.experts.forms import EntryForm, NewEntryForm, PoolFilterForm, day_of, entry_initial
from greenhood.experts.models import ACCEPTED, MOST_YEARS, OVER, WRITTEN, Entry, State
from greenhood.experts.queries import pool as queries
from greenhood.experts.queries import service, waits
from greenhood.experts.queries.clauses import DESIGNERS, POOL
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
from greenhood.history.queries import timeline
from greenhood.kit import paging
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.uploads import with_uploads

MOST_WAITING = 50


@require_GET
def pool(request: HttpRequest) -> HttpResponse:
    """Everybody in the pools that the post sees, and what waits for who keeps one. Others are led to their own page."""
    actor: Actor = request.actor
    if not actor.may(Capability.VIEW):
        return redirect("experts:mine")
    form = PoolFilterForm(request.GET, pools=queries.pools(actor))
    filters = form.filters
    found = queries.listed(actor, filters)
    vet, expiring = waits.to_vet(actor), waits.expiring(actor)
    context = {
        "page_title": "专家服务库",
        "form": form,
        "is_filtered": any(value for value in request.GET.values()),
        "page": queries.page(actor, filters, after=request.GET.get("after", ""), before=request.GET.get("before", "")),
        "count": paging.count(found),
        "keeps": actor.may(Capability.KEEP_POOL),
        "to_vet": [] if vet is None else vet.select_related("pool").order_by("submitted_at")[:MOST_WAITING],
        "expiring": [] if expiring is None else expiring.select_related("pool").order_by("valid_to")[:MOST_WAITING],
        "may_export": actor.may(Capability.EXPORT),
        "asked": asked(actor, POOL),
        "today": today_in_shanghai(),
        "section": "pool",
    }
    return page_of(request, "experts/pool.html", context)


@require_GET
def export_pool(request: HttpRequest) -> HttpResponse:
    actor = access.require(request, Capability.EXPORT)
    found = queries.listed(actor, PoolFilterForm(request.GET, pools=queries.pools(actor)).filters)
    rows = queries.export_rows(found, actor)
    return workbook(division_of(actor), "专家服务库", queries.EXPORT_HEADINGS, rows, actor)


# --- applying ----------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def apply(request: HttpRequest) -> HttpResponse:
    """A signed-in person's own application."""
    actor: Actor = request.actor
    user = actor.user
    if user is None:
        raise NotAllowed("请先登录，再申请入库。")
    initial = {
        "name": user.name,
        "employer": user.employer,
        "phone": user.phone,
        "email": user.email,
        "pool": request.GET.get("pool", ""),
    }
    return _new(request, actor, initial, applying.begin, title="申请加入专家服务库", is_own=True)


@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    """Who keeps a pool enters somebody without an account."""
    actor = access.require(request, Capability.KEEP_POOL)
    place = division_of(actor)
    initial = {"pool": f"{place.number} {place.name}", "regions": f"{place.number} {place.name}"}
    return _new(request, actor, initial, applying.enter, title="登记专家或机构", is_own=False)


def _new(
    request: HttpRequest, actor: Actor, initial: dict[str, Any], make: Callable[..., Entry], *, title: str, is_own: bool
) -> HttpResponse:
    form = NewEntryForm(request.POST or None, initial=initial)
    if request.method == "POST":
        made = carried_out(form, lambda: make(form.cleaned_data["pool"], form.particulars, by=actor))
        if made is not None:
            said = (
                "已保存为草稿。上传证明文件后，点“提交审核”。"
                if is_own
                else "已登记，待审核。可以上传证明文件后审核入库。"
            )
            messages.success(request, said)
            return redirect(made)
    context = {
        "page_title": title,
        "is_own": is_own,
        "pools": queries.pools_on_offer(actor) if is_own else [],
        "asked": asked(actor, POOL),
        "section": "apply" if is_own else "pool",
        "verb": "保存草稿" if is_own else "登记",
    }
    return form_page(request, "experts/entry_form.html", form, context)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_entry(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Write an application anew, or keep an entry up to date."""
    actor: Actor = request.actor
    entry, may = queries.entry_for(actor, pk)
    if not (may.is_own or may.keeps):
        raise NotAllowed("只有本人和专家库的管理单位可以修改。")
    form = EntryForm(request.POST or None, initial=entry_initial(entry))
    if request.method == "POST" and carried_out(
        form, lambda: applying.save(entry, form.particulars, revision=revision(request), by=actor)
    ):
        messages.success(request, "已保存。")
        return redirect(entry)
    context = {
        "page_title": f"修改：{entry.name}",
        "entry": entry,
        "revision": request.POST.get("revision", entry.revision),
        "asked": asked(actor, POOL, entry.pool),
        "verb": "保存",
        "is_vetted": may.is_own and entry.state in ACCEPTED,
    }
    return form_page(request, "experts/entry_form.html", form, context)


# --- one entry ---------------------------------------------------------------------------------------------------------


@require_GET
def entry(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One entry: what it says, its files, what can be done about it, and its history."""
    found, may = queries.entry_for(request.actor, pk)
    return _entry_page(request, found, may)


# The steps of an entry, by the word in the address, with what is said when it is done.
STEPS: Steps = {
    "submit": (applying.submit, "已提交，等待专家库管理单位审核。"),
    "withdraw": (applying.withdraw, "已撤回。"),
    "ask-renewal": (applying.ask_renewal, "已申请续期，等待管理单位办理。"),
    "accept": (vetting.accept, "已审核入库。"),
    "return": (vetting.give_back, "已退回修改。"),
    "refuse": (vetting.refuse, "已决定不予入库。"),
    "renew": (vetting.renew, "已续期。"),
    "suspend": (vetting.suspend, "已暂停服务，可以随时恢复。"),
    "resume": (vetting.resume, "已恢复服务。"),
    "remove": (vetting.remove, "已移出专家库，可以恢复。"),
    "restore": (vetting.restore, "已恢复在库。"),
    "link": (vetting.link, "已关联账号。"),
}
NEEDS_REASON = {"return", "refuse", "suspend", "remove"}


@require_POST
def entry_step(request: HttpRequest, pk: UUID, step: str) -> HttpResponse:
    """Take one step with an entry; what was typed stays on the page where it is refused."""
    found, may = queries.entry_for(request.actor, pk)
    problem = take_step(request, STEPS, step, found, lambda: _given(request, step))
    if problem is None:
        return redirect(found)
    found, may = queries.entry_for(request.actor, pk)
    return _entry_page(request, found, may, step=step, problem=problem)


def _given(request: HttpRequest, step: str) -> dict[str, Any]:
    if step in NEEDS_REASON:
        return {"reason": request.POST.get("reason", "")}
    if step == "link":
        return {"username": request.POST.get("username", "")}
    if step == "accept":
        return {"valid_from": _day(request, "valid_from"), "valid_to": _day(request, "valid_to")}
    return {"valid_to": _day(request, "valid_to")} if step == "renew" else {}


def _day(request: HttpRequest, name: str) -> dt.date:
    day = day_of(request.POST.get(name, ""))
    if day is None:
        raise Refused("请填写存在的日期，例如 2026-11-10；没有的日子（如 2 月 31 日）不能填。", field=name)
    return day


@require_POST
def entry_interest(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Note what the expert must not be asked about."""
    found, may = queries.entry_for(request.actor, pk)
    form = InterestForm(request.POST)
    if form.is_valid():
        try:
            applying.note_interest(found, revision=revision(request), by=request.actor, **form.cleaned_data)
        except Refused as problem:
            form.add_error(problem.field if problem.field in form.fields else None, problem.reason)
        else:
            messages.success(request, "已登记，抽取和对接时自动回避。")
            return redirect(found)
    elif not (may.is_own or may.keeps):
        raise NotAllowed("只有本人和专家库的管理单位可以登记利害关系。")
    return _entry_page(request, found, may, interest_form=form)


@with_uploads()
@require_POST
def add_entry_documents(request: HttpRequest, pk: UUID) -> HttpResponse:
    found, may = queries.entry_for(request.actor, pk)
    try:
        applying.check_documents(found, request.actor)
        kept, problems = take_files(
            request, lambda blob, name: applying.add_document(found, blob, name, by=request.actor)
        )
    except Refused as problem:
        return _entry_page(request, found, may, problem=problem)
    if problems:
        return _entry_page(request, found, may, upload_problems=problems)
    messages.success(request, f"已上传 {kept} 个文件。")
    return redirect(found)


def _entry_page(
    request: HttpRequest,
    found: Entry,
    may: queries.Rights,
    *,
    step: str = "",
    problem: Refused | None = None,
    interest_form: InterestForm | None = None,
    upload_problems: list[tuple[str, str]] | None = None,
) -> HttpResponse:
    actor: Actor = request.actor
    today = today_in_shanghai()
    first = max(today, found.valid_to or today)
    documents = queries.documents_of(found) if may.is_own or may.keeps else []
    sees_all = may.is_own or actor.may(Capability.KEEP_POOL, found.pool)
    context = {
        "page_title": found.name,
        "entry": found,
        "may": may,
        "sees_all": sees_all,
        "documents": [one for one in documents if one.removed_at is None],
        "removed": [one for one in documents if one.removed_at is not None],
        "may_upload": (may.is_own or may.keeps) and found.state not in OVER,
        "may_edit": (may.keeps and found.state not in OVER) or (may.is_own and found.state in (*WRITTEN, *ACCEPTED)),
        "is_written": found.state in WRITTEN,
        "is_accepted": found.state in ACCEPTED,
        "may_be_removed": found.state in ACCEPTED,
        "earlier_terms": found.earlier_terms.all(),
        "regions": [row.division for row in found.regions.select_related("division")],
        "interests": queries.interests_of(found) if sees_all else [],
        "interest_form": interest_form or InterestForm(),
        "load": queries.load_of(found) if sees_all else None,
        "lacks_post": found.state == State.VALID
        and not found.is_firm
        and found.user is not None
        and not queries.holds_expert_post(found.user),
        "entries": timeline(found) if sees_all else [],
        "asked": asked(actor, POOL, found.pool),
        "today": today,
        "suggested_from": today,
        "suggested_to": _years_on(today, found.years),
        "renew_to": _years_on(first, found.years),
        "most_years": MOST_YEARS,
        "step": step,
        "typed": request.POST if step else {},
        "problem": problem,
        "upload_problems": upload_problems or [],
        "section": "mine" if may.is_own else "pool",
    }
    request.place = found.pool
    status = 422 if problem or upload_problems or (interest_form and interest_form.errors) else 200
    return page_of(request, "experts/entry.html", context, status=status)


def _years_on(day: dt.date, years: int) -> dt.date:
    """The last day of so many years that begin on a day."""
    try:
        return day.replace(year=day.year + years) - dt.timedelta(days=1)
    except ValueError:  # 29 February
        return dt.date(day.year + years, 2, 28)


@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """An expert's own page: entries, what is asked, what is served, and what could be taken."""
    actor: Actor = request.actor
    if actor.user is None:
        raise NotAllowed("请先登录。")
    serves = actor.may(Capability.SERVE)
    entries = queries.own_entries(actor.user)
    offers = service.offered_to(actor.user).select_related("request__community", "request") if serves else []
    context = {
        "page_title": "我的专家服务",
        "own": entries,
        "serves": serves,
        "offers": list(offers),
        "served": service.served_by(actor.user) if serves else [],
        "open": service.open_for(actor.user) if serves else [],
        "posts": [post for one in entries for post in one.appointments.select_related("division")],
        "lacks_post": not serves and any(one.state == State.VALID for one in entries),
        "asked": asked(actor, DESIGNERS),
        "today": today_in_shanghai(),
        "section": "mine",
    }
    return page_of(request, "experts/mine.html", context)
