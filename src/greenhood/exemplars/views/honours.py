"""Commendations: the public list, notices and objections, the rounds, nominations, the decision, certificates."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from greenhood.accounts.access import NotAllowed, require
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions.models import Division
from greenhood.documents.files import paper_file
from greenhood.evidence.showing import strips_of
from greenhood.exemplars import clauses, noticing, papers
from greenhood.exemplars.actions import exporting
from greenhood.exemplars.actions import honours as actions
from greenhood.exemplars.actions.honours import Nominee, Terms
from greenhood.exemplars.curating import act_as_own
from greenhood.exemplars.eligibility import unanswered
from greenhood.exemplars.errors import Refused
from greenhood.exemplars.forms import DecideForm, NominationForm, NoticeForm, RoundForm, add_problems, number_in
from greenhood.exemplars.models import Honour, Nomination, Round
from greenhood.exemplars.models.honours import Kind
from greenhood.exemplars.queries import honours as queries
from greenhood.exemplars.views.shared import code_in, frame, is_insider, place_at, revision, saying, version_of
from greenhood.history.queries import timeline
from greenhood.insight.queries import lower_divisions
from greenhood.insight.views.overviews import workbook
from greenhood.kit import dates, holidays
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.public_pages import public_page
from greenhood.schemes.queries import scheme_for

State = Round.State


# --- what everybody sees ----------------------------------------------------------------------------------------------


@login_not_required
@require_GET
@public_page
def honours(request: HttpRequest) -> HttpResponse:
    """Who was commended, and what is on notice."""
    actor: Actor = request.actor
    filters = _filters(request)
    context = {
        **frame(request, "honours"),
        "page_title": "表扬",
        "page": queries.listed(filters, after=request.GET.get("after", ""), before=request.GET.get("before", "")),
        "filters": filters,
        "kinds": Kind.choices,
        "states": Honour.State.choices,
        "years": range(today_in_shanghai().year + 1, 2019, -1),
        "within": request.GET.get("within", ""),
        "place": place_at(filters.within),
        "on_notice": queries.on_notice(),
        "today": today_in_shanghai(),
        "asking": clauses.asking(version_of(actor), clauses.HONOURS),
        "may_share": actor.may(Capability.SHARE),
        "may_export": actor.may(Capability.EXPORT),
        "is_narrowed": any(request.GET.get(name) for name in ("q", "kind", "year", "within", "state")),
    }
    return render(request, "exemplars/honours.html", context)


@require_GET
def export_honours(request: HttpRequest) -> HttpResponseBase:
    actor = require(request, Capability.EXPORT)
    headings = [
        "证书编号",
        "类别",
        "名称或姓名",
        "所在单位",
        "表扬",
        "作出单位",
        "年度",
        "表扬日期",
        "状态",
        "撤销日期",
    ]
    rows = (
        [
            row.number, row.get_kind_display(), row.name, row.unit, row.round.title, row.division.name, row.year,
            row.honoured_on, row.get_state_display(), row.withdrawn_on,
        ]
        for row in queries.every(_filters(request))
    )  # fmt: skip
    return workbook("表扬名单", headings, rows, partial(exporting.note, "表扬名单", by=actor))


@login_not_required
@require_GET
@public_page
def round_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One commendation: its notice or decision for everybody, its nominations for those who nominate and review."""
    return _page(request, round_for(request, pk))


# --- rounds -----------------------------------------------------------------------------------------------------------


@require_GET
def rounds(request: HttpRequest) -> HttpResponse:
    """The commendations in which the post nominates or decides."""
    actor = require(request, Capability.SHARE)
    context = {
        **frame(request, "honours"),
        "page_title": "表扬的推荐和审核",
        "page": queries.rounds_for(actor, after=request.GET.get("after", ""), before=request.GET.get("before", "")),
        "today": today_in_shanghai(),
        "may_curate": actor.may(Capability.CURATE),
    }
    return render(request, "exemplars/rounds.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new_round(request: HttpRequest) -> HttpResponse:
    """Open a commendation; the rule of its notice is shown before."""
    actor = require(request, Capability.CURATE)
    division = actor.post.division
    version = scheme_for(division)
    asking = clauses.asking(version, clauses.HONOURS)
    today = today_in_shanghai()
    bases = [(one.clause.ref, f"{one.version.title} {one.clause.ref}") for one in asking]
    form = RoundForm(request.POST or None, bases=bases, initial={"year": today.year})
    lower = lower_divisions(division)
    if request.method == "POST" and form.is_valid():
        clean = form.cleaned_data
        try:
            made = actions.open_round(division, Terms(**{"basis": "", **clean}), quotas=form.quotas(), by=actor)
        except Refused as problem:
            add_problems(form, problem)
        else:
            messages.success(request, "已开始推荐，下级可以推荐社区、单位和个人。")
            return redirect(made)
    context = {
        "page_title": "开始一次表扬",
        "form": form,
        "division": division,
        "version": version,
        "asking": asking,
        "rule": noticing.rule_of(version),
        "kinds": Kind.choices,
        "lower": [
            (one, [(kind, label, request.POST.get(f"quota-{one.pk}-{kind}", "")) for kind, label in Kind.choices])
            for one in lower
        ],
    }
    return render(request, "exemplars/round_new.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def nominate(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = round_for(request, pk)
    actor = require(request, Capability.SHARE)
    if not found.division.contains(actor.post.division):
        raise NotAllowed(f"这次表扬由{found.division.name}及其下级推荐。")
    form = NominationForm(request.POST or None, communities=queries.communities_for(actor))
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.nominate(found, _nominee(form), by=actor)
        except Refused as problem:
            add_problems(form, problem)
        else:
            messages.success(request, "已推荐。可以上传证明材料。")
            return redirect("exemplars:nomination", found.pk, made.pk)
    context = {
        "page_title": "推荐表扬对象",
        "form": form,
        "round": found,
        "nomination": None,
        "today": today_in_shanghai(),
    }
    return render(request, "exemplars/nominate.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def nomination(request: HttpRequest, pk: UUID, nomination_pk: UUID) -> HttpResponse:
    """One nomination with its proof, for who nominated and who reviews; returned, it is corrected here."""
    found = round_for(request, pk)
    row = nomination_in(found, nomination_pk)
    actor: Actor = request.actor
    is_own = actor.post is not None and actor.post.division_id == row.division_id and actor.may(Capability.SHARE)
    if not (is_insider(actor, row.division) or queries.is_host(found, actor)):
        raise Http404
    may_correct = is_own and row.state == Nomination.State.RETURNED and found.state == State.OPEN
    form = None
    if may_correct:
        form = NominationForm(request.POST or None, communities=queries.communities_for(actor), initial=_initial(row))
    if request.method == "POST":
        act_as_own(actor, row.division)
        if form is not None and form.is_valid():
            try:
                actions.supplement(row, _nominee(form), revision=revision(request), by=actor)
            except Refused as problem:
                add_problems(form, problem)
            else:
                messages.success(request, "已补充并重新提交。")
                return redirect("exemplars:nomination", found.pk, row.pk)
    host = queries.is_host(found, actor)
    is_noticed_here = found.state == State.NOTICED and row.state == Nomination.State.CHOSEN
    news = unanswered([row]).get(row.pk, []) if host and row.state == Nomination.State.CHOSEN else []
    strip = strips_of(row.division, actions.KIND, [row.pk], actor=actor, back=request.path, title="证明材料")[row.pk]
    context = {
        "page_title": f"推荐：{row}",
        "round": found,
        "nomination": row,
        "form": form,
        "strip": strip,
        "is_own": is_own,
        "may_recall": is_own and found.state == State.OPEN and row.state in ("submitted", "returned", "chosen"),
        "may_review": host
        and ((found.state == State.OPEN and row.state in ("submitted", "chosen")) or is_noticed_here),
        "may_choose": found.state == State.OPEN or bool(news),
        "news": news,
        "entries": timeline(row),
    }
    request.place = row.division
    return render(
        request, "exemplars/nomination.html", context, status=422 if form is not None and form.errors else 200
    )


@require_POST
def review(request: HttpRequest, pk: UUID, nomination_pk: UUID) -> HttpResponse:
    found = round_for(request, pk)
    row = nomination_in(found, nomination_pk)
    actor = require(request, Capability.CURATE, found.division)
    with saying(request, "已审核。"):
        actions.review(
            row,
            request.POST.get("outcome", ""),
            opinion=request.POST.get("opinion", ""),
            revision=revision(request),
            by=actor,
        )
    return redirect("exemplars:nomination", found.pk, row.pk)


@require_POST
def recall_nomination(request: HttpRequest, pk: UUID, nomination_pk: UUID) -> HttpResponse:
    found = round_for(request, pk)
    row = nomination_in(found, nomination_pk)
    actor = require(request, Capability.SHARE, row.division)
    with saying(request, "已撤回推荐。"):
        actions.recall(row, revision=revision(request), by=actor)
    return redirect(found)


@require_POST
def publish_notice(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = round_for(request, pk)
    actor = require(request, Capability.PUBLISH_NOTICE, found.division)
    form = NoticeForm(request.POST)
    if form.is_valid():
        try:
            actions.publish_notice(found, opens_on=form.cleaned_data["opens_on"], revision=revision(request), by=actor)
        except Refused as problem:
            add_problems(form, problem)
        else:
            messages.success(request, "公示已发布，任何人都可以查看并实名提出异议。")
            return redirect(found)
    return _page(request, found, noticing_form=form, status=422)


@require_POST
def decide(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = round_for(request, pk)
    actor = require(request, Capability.CURATE, found.division)
    with saying(request, "已公布表扬决定，名单任何人都可以查看。"):
        actions.decide(found, document=request.POST.get("document", ""), revision=revision(request), by=actor)
    return redirect(found)


@require_POST
def cancel_round(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = round_for(request, pk)
    actor = require(request, Capability.CURATE, found.division)
    with saying(request, "已终止。"):
        actions.cancel_round(found, reason=request.POST.get("reason", ""), revision=revision(request), by=actor)
    return redirect("exemplars:rounds")


@require_POST
def withdraw_honour(request: HttpRequest, pk: UUID) -> HttpResponse:
    honour = queries.honour_by_pk(pk)
    if honour is None:
        raise Http404
    actor = require(request, Capability.CURATE, honour.division)
    with saying(request, "已撤销，名单上标明。"):
        actions.withdraw(honour, reason=request.POST.get("reason", ""), by=actor)
    return redirect(honour.round)


@require_GET
def certificate(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A certificate as PDF, for who gave it, who nominated, and those above."""
    honour = queries.honour_by_pk(pk)
    if honour is None:
        raise Http404
    actor: Actor = request.actor
    if not (actor.may(Capability.VIEW, honour.division) or _nominated(honour, actor)):
        raise Http404
    return paper_file(papers.CERTIFICATE, papers.certificate(honour), f"表扬证书-{honour.name}", "pdf")


def _nominated(honour: Honour, actor: Actor) -> bool:
    return (
        actor.post is not None
        and actor.may(Capability.SHARE)
        and honour.nomination.division_id == actor.post.division_id
    )


# --- shared -----------------------------------------------------------------------------------------------------------


def _page(
    request: HttpRequest, found: Round, *, noticing_form: NoticeForm | None = None, status: int = 200
) -> HttpResponse:
    actor: Actor = request.actor
    today = today_in_shanghai()
    host, insider = queries.is_host(found, actor), is_insider(actor, found.division)
    is_over = found.closes_on is not None and dates.has_passed(found.closes_on)
    rows = queries.nominations(found, actor) if actor.user else []
    news = (
        unanswered(row for row in rows if row.state == Nomination.State.CHOSEN) if host and not found.decided_at else {}
    )
    context = {
        **frame(request, "honours"),
        "page_title": found.title,
        "round": found,
        "today": today,
        "version": found.version,
        "cites_clause": queries.cites_clause(found),
        "is_public": found.state in queries.NOTICED,
        "is_over": is_over,
        "shown": queries.shown(found) if found.state in queries.NOTICED else [],
        "holiday_note": holidays.note(found.opens_on, found.closes_on)
        if found.opens_on and found.day_kind == "working"
        else "",
        "nominations": rows,
        "waiting": sum(row.state == Nomination.State.SUBMITTED for row in rows),
        "chosen": sum(row.state == Nomination.State.CHOSEN for row in rows),
        "news": [(row, "、".join(news[row.pk])) for row in rows if row.pk in news],
        "quotas": queries.quotas(found) if actor.user else [],
        "host": host,
        "insider": insider,
        "may_nominate": actor.post is not None
        and actor.may(Capability.SHARE)
        and found.state == State.OPEN
        and found.nominate_by >= today
        and found.division.contains(actor.post.division),
        "may_notice": host and found.state == State.OPEN and actor.may(Capability.PUBLISH_NOTICE),
        "may_handle": host and actor.may(Capability.HANDLE_OBJECTION) and found.state in queries.NOTICED,
        "may_decide": host and found.state == State.NOTICED and is_over,
        "may_cancel": host and found.state in (State.OPEN, State.NOTICED),
        "may_withdraw": actor.user is not None and actor.may(Capability.CURATE, found.division),
        "noticing": noticing_form or NoticeForm(),
        "deciding": DecideForm(initial={"document": found.document}),
        "entries": timeline(found) if insider else [],
    }
    return render(request, "exemplars/round.html", context, status=status)


def round_for(request: HttpRequest, pk: UUID) -> Round:
    found = queries.by_pk(pk)
    if found is None or not queries.may_read(found, request.actor):
        raise Http404
    return found


def nomination_in(round_: Round, pk: UUID) -> Nomination:
    found = queries.nomination_of(round_, pk)
    if found is None:
        raise Http404
    return found


def _filters(request: HttpRequest) -> queries.Filters:
    asked = request.GET
    return queries.Filters(
        text=asked.get("q", "").strip()[:40].replace("\x00", ""),
        kind=asked.get("kind", ""),
        year=number_in(asked.get("year", ""), most_digits=4),
        within=code_in(asked.get("within", "")),
        state=asked.get("state", ""),
    )


def _nominee(form: NominationForm) -> Nominee:
    clean: dict[str, Any] = dict(form.cleaned_data)
    community = (
        Division.objects.get(pk=int(clean.pop("community"))) if clean["community"] else clean.pop("community") or None
    )
    return Nominee(community=community, **clean)


def _initial(row: Nomination) -> dict[str, Any]:
    return {
        "kind": row.kind, "community": str(row.community_id or ""), "name": "" if row.community_id else row.name, "unit": row.unit,
        "consented_on": row.consented_on, "reasons": row.reasons,
    }  # fmt: skip
