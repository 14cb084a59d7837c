"""Campaigns: the list, the form, and one campaign with its progress by division."""

from __future__ import annotations

import tempfile
from typing import IO
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from greenhood.accounts.access import require
from greenhood.accounts.capabilities import Capability
from greenhood.baseline import asking
from greenhood.baseline.actions import campaigning
from greenhood.baseline.actions.exporting import note_export
from greenhood.baseline.errors import NotPossible
from greenhood.baseline.forms import CampaignForm, UntilForm
from greenhood.baseline.models import Campaign
from greenhood.baseline.queries import campaigns as found
from greenhood.baseline.queries import completeness, sheets
from greenhood.baseline.queries.completeness import SHOW
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division, Level
from greenhood.kit import excel
from greenhood.kit.dates import today_in_shanghai

LARGE = 2**23


@require_GET
def campaigns(request: HttpRequest) -> HttpResponse:
    """The campaigns that concern the post, the newest first; of a community also what it still has to fill in."""
    actor = require(request, Capability.VIEW)
    rows = list(found.campaigns_for(actor)[:100])
    context = {
        "page_title": "摸底",
        "campaigns": rows,
        "waiting": found.on_desk(actor, most=20),
        "may_open": actor.may(Capability.SURVEY),
        "own": actor.post.division if actor.post and actor.post.division.level == Level.COMMUNITY else None,
        "today": today_in_shanghai(),
    }
    return render(request, "baseline/campaigns.html", context)


def new(request: HttpRequest) -> HttpResponse:
    """Draft a campaign for the post's division or one below it."""
    actor = require(request, Capability.SURVEY)
    form = CampaignForm(actor.post.division, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            campaign = campaigning.draft(form.cleaned_data["division"], form.terms(), by=actor)
        except NotPossible as problem:
            form.add_error(problem.field if problem.field in form.fields else None, problem.reason)
        else:
            messages.success(request, "已保存草稿。核对范围和内容后，点“下发”。")
            return redirect(campaign)
    status = 422 if form.is_bound else 200
    return render(request, "baseline/edit.html", {"page_title": "新建摸底任务", "form": form}, status=status)


def edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Change a draft."""
    campaign = _campaign(request, pk)
    actor = require(request, Capability.SURVEY, campaign.division)
    form = CampaignForm(actor.post.division, request.POST or None, campaign=campaign)
    if request.method == "POST" and form.is_valid():
        try:
            campaigning.change(campaign, form.terms(), revision=form.cleaned_data["revision"] or 0, by=actor)
        except NotPossible as problem:
            form.add_error(problem.field if problem.field in form.fields else None, problem.reason)
        else:
            messages.success(request, "已保存草稿。")
            return redirect(campaign)
    context = {"page_title": f"修改“{campaign.title}”", "form": form, "campaign": campaign}
    return render(request, "baseline/edit.html", context, status=422 if form.is_bound else 200)


@require_GET
def campaign(request: HttpRequest, pk: UUID) -> HttpResponse:
    """How far a campaign is: in figures, by lower division, and in a street by community."""
    campaign = _campaign(request, pk)
    return _show(request, campaign, UntilForm(auto_id="reopen-%s"))


@require_POST
def step(request: HttpRequest, pk: UUID, verb: str) -> HttpResponse:
    """Open, close or discard a campaign, or take in the communities that are missing."""
    campaign = _campaign(request, pk)
    actor = require(request, Capability.SURVEY, campaign.division)
    try:
        match verb:
            case "open":
                campaigning.open_(campaign, by=actor)
                messages.success(request, "已下发。社区在工作台和“摸底”里可以看到。")
            case "close":
                campaigning.close(campaign, by=actor)
                messages.success(request, "任务已结束。")
            case "take_in":
                count = campaigning.take_in(campaign, by=actor)
                messages.success(request, f"已补入 {count} 个社区。" if count else "没有需要补入的社区。")
            case "discard":
                campaigning.discard(campaign, by=actor)
                messages.success(request, f"已删除草稿“{campaign.title}”。")
                return redirect("baseline:campaigns")
    except NotPossible as problem:
        messages.error(request, problem.reason)
    return redirect(campaign)


@require_POST
def reopen(request: HttpRequest, pk: UUID) -> HttpResponse:
    campaign = _campaign(request, pk)
    actor = require(request, Capability.SURVEY, campaign.division)
    form = UntilForm(request.POST, auto_id="reopen-%s")
    if form.is_valid():
        try:
            campaigning.reopen(campaign, by=actor, **form.cleaned_data)
        except NotPossible as problem:
            form.add_error(problem.field if problem.field in form.fields else None, problem.reason)
        else:
            messages.success(request, "任务已重新开启。")
            return redirect(campaign)
    return _show(request, campaign, form, 422)


@require_GET
def export(request: HttpRequest, pk: UUID) -> FileResponse:
    """The result as Excel: a row for each community, with the state of every kind."""
    campaign = _campaign(request, pk)
    actor = require(request, Capability.EXPORT)
    within = _within(request, campaign)
    file: IO[bytes] = tempfile.SpooledTemporaryFile(LARGE)  # noqa: SIM115 - the response closes it
    rows = excel.write_rows(file, sheets.headings(campaign), sheets.rows(campaign, within), title="摸底进度")
    note_export(campaign, within, rows=rows, by=actor)
    file.seek(0)
    name = f"{campaign.title}-{within.name}{today_in_shanghai():%Y%m%d}.xlsx"
    return FileResponse(file, as_attachment=True, filename=name)


def _campaign(request: HttpRequest, pk: UUID) -> Campaign:
    require(request, Capability.VIEW)
    campaign = found.campaign_for(request.actor, pk)
    request.place = found.seen_within(request.actor, campaign)
    return campaign


def _within(request: HttpRequest, campaign: Campaign) -> Division:
    """The division that is looked at: the post's part of the campaign, or one within it by ``?within=``."""
    seen = found.seen_within(request.actor, campaign)
    code = request.GET.get("within", "")
    if not code:
        return seen
    if not (code.isascii() and code.isdecimal() and len(code) <= 12):
        raise Http404
    within = divisions.current().filter(code=int(code)).first()
    if within is None or not seen.contains(within):
        raise Http404
    return within


def _show(request: HttpRequest, campaign: Campaign, form: UntilForm, status: int = 200) -> HttpResponse:
    within = _within(request, campaign)
    if within.level == Level.COMMUNITY:
        return redirect("baseline:community", campaign.pk, within.code)
    request.place = within
    show = request.GET.get("show", "")
    after = request.GET.get("after", "")
    is_street = within.level == Level.STREET
    lists = is_street or (show in SHOW and show != "")
    rows = _communities(campaign, within, show if show in SHOW else "", after) if lists else []
    may_survey = request.actor.may(Capability.SURVEY, campaign.division)
    asked = asking.read(campaign.asked)
    whole, lines = completeness.progress(campaign, within, lower=[] if is_street else None)
    context = {
        "page_title": campaign.title,
        "campaign": campaign,
        "within": within,
        "within_code": str(within.code),
        "seen": found.seen_within(request.actor, campaign),
        "whole": whole,
        "lines": [line for line in lines if line.communities],
        "communities": rows[: completeness.PAGE],
        "next": rows[completeness.PAGE - 1].code if len(rows) > completeness.PAGE else None,
        "lists": lists,
        "show": show,
        "shows": SHOW,
        "sections": asking.sections(asked),
        "cells": sum(len(one.columns) for one in asked),
        "uncovered": found.uncovered(campaign).count() if may_survey and campaign.is_open else 0,
        "planned": _planned(campaign) if campaign.state == Campaign.State.DRAFT else None,
        "may_survey": may_survey,
        "may_export": request.actor.may(Capability.EXPORT),
        "reopen_form": form,
        "today": today_in_shanghai(),
    }
    return render(request, "baseline/campaign.html", context, status=status)


def _communities(campaign: Campaign, within: Division, show: str, after: str) -> list[completeness.CommunityLine]:
    start = int(after) if after.isascii() and after.isdecimal() and len(after) <= 12 else 0
    return completeness.by_community(campaign, within, show=show, after=start, most=completeness.PAGE + 1)


def _planned(campaign: Campaign) -> int:
    """How many communities a draft would go to."""
    if campaign.covers == Campaign.Covers.CHOSEN:
        return campaign.replies.count()
    return found.subjects_of(campaign).count()
