"""One community's part in a campaign: what is done and missing, the small answers, handing in, checking."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from greenhood.accounts.access import require
from greenhood.accounts.capabilities import Capability
from greenhood.baseline.actions import campaigning, replying, stating
from greenhood.baseline.errors import NotPossible
from greenhood.baseline.forms import UntilForm
from greenhood.baseline.models import Campaign, Reply, SectionCheck
from greenhood.baseline.queries import campaigns as found
from greenhood.baseline.queries import things
from greenhood.divisions.models import Division, Level
from greenhood.facts.errors import BadFact, Conflict
from greenhood.facts.kinds import Kind, Section
from greenhood.facts.kinds import kind as kind_of
from greenhood.kit.dates import today_in_shanghai


@require_GET
def community(request: HttpRequest, pk: UUID, code: int) -> HttpResponse:
    """The worker's page: sections with what is done and missing; for the street the check."""
    return _show(request, _reply(request, pk, code), UntilForm(auto_id="extend-%s"))


@require_POST
def hand_in(request: HttpRequest, pk: UUID, code: int, verb: str) -> HttpResponse:
    """Submit the community's reply, or take it back."""
    reply = _reply(request, pk, code)
    actor = require(request, Capability.DECLARE, reply.community)
    try:
        if verb == "submit":
            replying.submit(reply, by=actor)
            messages.success(request, "已提交，等待街道（乡镇）核对。")
        else:
            replying.withdraw(reply, by=actor)
            messages.success(request, "已撤回，可以继续修改。")
    except NotPossible as problem:
        messages.error(request, problem.reason)
    return redirect(reply)


@require_POST
def settle(request: HttpRequest, pk: UUID, code: int) -> HttpResponse:
    """Accept a reply, or send the ticked sections back."""
    reply = _reply(request, pk, code)
    actor = require(request, Capability.DECIDE, reply.community)
    returned = {
        section: request.POST.get(f"reason-{section.name}", "")
        for section in Section
        if f"return-{section.name}" in request.POST
    }
    revision = request.POST.get("revision", "")
    try:
        replying.settle(
            reply, returned, revision=int(revision) if revision.isascii() and revision.isdecimal() else -1, by=actor
        )
    except NotPossible as problem:
        if problem.field:
            return _show(request, reply, UntilForm(auto_id="extend-%s"), 422, problem=problem)
        messages.error(request, problem.reason)
    else:
        messages.success(request, "已退回所选部分。" if returned else "已核对通过。")
    return redirect(reply)


@require_POST
def extend(request: HttpRequest, pk: UUID, code: int) -> HttpResponse:
    """Give this community longer."""
    reply = _reply(request, pk, code)
    actor = require(request, Capability.SURVEY, reply.campaign.division)
    form = UntilForm(request.POST, auto_id="extend-%s")
    if form.is_valid():
        try:
            campaigning.extend(reply, by=actor, **form.cleaned_data)
        except NotPossible as problem:
            form.add_error(problem.field if problem.field in form.fields else None, problem.reason)
        else:
            messages.success(request, "已延长期限。")
            return redirect(reply)
    return _show(request, reply, form, 422)


@require_POST
def confirm(request: HttpRequest, code: int, kind: str, thing: UUID) -> HttpResponse:
    """仍然如此."""
    community, kind_ = _place(code), _kind(kind)
    actor = require(request, Capability.RECORD, community)
    try:
        fact = stating.confirm(kind_, community, thing, replaces=_version(request), by=actor)
    except Conflict:
        messages.error(request, "这条信息刚刚被他人更新或注销，请核对后再确认。")
    except BadFact as problem:
        messages.error(request, f"不能直接确认，请先补正：{problem}")
    else:
        messages.success(request, f"已确认“{fact}”截至 {fact.dated} 仍然如此。")
    return redirect(_back(request))


@require_POST
def nothing(request: HttpRequest, code: int, kind: str, verb: str) -> HttpResponse:
    """本社区没有此类, or that this was wrong."""
    community, kind_ = _place(code), _kind(kind)
    actor = require(request, Capability.RECORD, community)
    try:
        if verb == "state":
            stating.state_nothing(kind_, community, by=actor)
            messages.success(request, f"已确认本社区没有{kind_.title}。")
        else:
            stating.take_back_nothing(kind_, community, by=actor)
            messages.success(request, f"已撤销“没有{kind_.title}”。")
    except NotPossible as problem:
        messages.error(request, problem.reason)
    return redirect(_back(request))


def _reply(request: HttpRequest, pk: UUID, code: int) -> Reply:
    community = _place(code)
    require(request, Capability.VIEW, community)
    campaign = found.campaign_for(request.actor, pk)
    if campaign.state == Campaign.State.DRAFT:
        raise Http404
    request.place = community
    return found.reply_for(campaign, community)


def _place(code: int) -> Division:
    community = Division.objects.filter(code=code, level=Level.COMMUNITY, valid_to=None).first()
    if community is None:
        raise Http404
    return community


def _kind(key: str) -> Kind:
    try:
        return kind_of(key)
    except KeyError:
        raise Http404 from None


def _version(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.POST.get("replaces", ""))
    except ValueError:
        return None


def _back(request: HttpRequest) -> str:
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return back if is_ours else reverse("baseline:campaigns")


def _show(
    request: HttpRequest, reply: Reply, form: UntilForm, status: int = 200, problem: NotPossible | None = None
) -> HttpResponse:
    actor = request.actor
    campaign = reply.campaign
    checks = {check.section: check for check in reply.checks.all()}
    to_do = things.to_do(campaign, reply.community)
    is_own = actor.post is not None and actor.post.division.level == Level.COMMUNITY
    context = {
        "page_title": f"{reply.community.name}：{campaign.title}",
        "reply": reply,
        "campaign": campaign,
        "to_do": to_do,
        "left": len(to_do.kinds) - to_do.done,
        "total_note": f"共 {len(to_do.kinds)} 类",
        "parts": [
            {
                "section": part,
                "check": checks.get(part.section.name),
                "is_returned": (check := checks.get(part.section.name)) is not None
                and check.result == SectionCheck.Result.RETURNED,
                "typed": request.POST.get(f"reason-{part.section.name}", ""),
                "is_ticked": f"return-{part.section.name}" in request.POST,
                "problem": problem.reason if problem and problem.field == f"reason-{part.section.name}" else "",
            }
            for part in to_do.sections
        ],
        "problem": problem,
        "may_record": actor.may(Capability.RECORD, reply.community),
        "may_submit": campaign.is_open and actor.may(Capability.DECLARE, reply.community) and reply.is_with_community,
        "may_withdraw": campaign.is_open
        and actor.may(Capability.DECLARE, reply.community)
        and reply.state == Reply.State.SUBMITTED,
        "may_check": campaign.is_open
        and reply.state == Reply.State.SUBMITTED
        and actor.may(Capability.DECIDE, reply.community)
        and not is_own,
        "may_extend": campaign.is_open and reply.is_with_community and actor.may(Capability.SURVEY, campaign.division),
        "extend_form": form,
        "is_late": reply.is_with_community and campaign.is_open and reply.due < today_in_shanghai(),
        "today": today_in_shanghai(),
    }
    return render(request, "baseline/community.html", context, status=status)
