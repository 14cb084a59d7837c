"""Orders to put things right: the list, a new one, one of them with its rounds, its paper."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Case, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from greenhood.accounts.access import require
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.declarations.actions import upkeep
from greenhood.declarations.models import Award
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division, Level, code_at
from greenhood.documents.files import paper_file
from greenhood.history import queries as history
from greenhood.insight.views.overviews import workbook
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes.models import scheme_of
from greenhood.supervision import papers, seeing, terms
from greenhood.supervision.actions import escalating, exporting, ordering, photos
from greenhood.supervision.actions.ordering import Demands
from greenhood.supervision.errors import Overtaken, Refused
from greenhood.supervision.models import Escalation, Finding, Inspection, Order
from greenhood.supervision.queries import lists, offices, record
from greenhood.supervision.views.finding import filters, keys, narrowed, once, problems_of, revision, text, uuids

STATES = [
    ("", "全部"),
    ("live", "未办结"),
    ("overdue", "逾期未报"),
    ("unchecked", "逾期未复查"),
    ("watched", "督办中"),
    *Order.State.choices,
]
MOST_OPEN = 500
HEADINGS = [
    "编号", "发出单位", "责任单位代码", "责任单位", "责任部门", "整改要求", "依据条款", "期限", "轮次", "状态", "发出日期", "签收日期", "复查期限", "办结日期", "督办单位",
]  # fmt: skip


@require_GET
def orders(request: HttpRequest) -> HttpResponse:
    actor = require(request, Capability.VIEW)
    wanted = filters(request)
    today = today_in_shanghai()
    context = {
        "page_title": "整改通知",
        "filters": wanted,
        "narrowed": narrowed(request, wanted),
        "listed": lists.orders(actor, wanted, **keys(request)),
        "states": STATES,
        "years": lists.years(today),
        "may_export": actor.may(Capability.EXPORT),
        "division": actor.post.division if actor.post else None,
        "today": today,
    }
    return render(request, "supervision/orders.html", context)


@require_GET
def export(request: HttpRequest) -> HttpResponse:
    actor = require(request, Capability.EXPORT)
    rows = (
        [
            row.number, row.issuer.name, row.recipient.number, row.recipient.name, row.department, row.demands, row.clause,
            row.due_on, row.round, row.get_state_display(), today_in_shanghai(row.issued_at),
            row.acknowledged_at and today_in_shanghai(row.acknowledged_at), row.recheck_on, row.closed_at and today_in_shanghai(row.closed_at),
            row.watcher.name if row.watcher else "",
        ]
        for row in lists.orders_to_export(actor, filters(request))
    )  # fmt: skip
    return workbook("整改通知", HEADINGS, rows, partial(exporting.note_export, by=actor, what="整改通知"))


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Order findings of one inspection to be put right: ticked, worded, addressed, with a term."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    inspection = seeing.inspection_for(actor, pk)
    seeing.check_office(actor, inspection.division)
    sent = request.POST if request.method == "POST" else request.GET
    ticked = set(uuids(sent.getlist("finding")))
    open_ones, number_open = _open_ones(actor, inspection, ticked)
    today = today_in_shanghai()
    suggestion = terms.suggested(scheme_of(inspection.version_id) if inspection.version_id else None, today)
    problem: Refused | Overtaken | None = None
    if request.method == "POST":
        try:
            order = _issue(
                request, inspection, [one for one in open_ones if one.pk in ticked], suggestion.clause, actor
            )
            messages.success(request, f"已向{order.recipient.name}{order.department}发出整改通知 {order.number}。")
            return redirect(order)
        except (Refused, Overtaken) as refused:
            problem = refused
    chosen = [one for one in open_ones if one.pk in ticked]
    recipients = _recipients(inspection.division, chosen or open_ones)
    context = {
        "page_title": "发出整改通知",
        "inspection": inspection,
        "version": inspection.version,
        "findings": open_ones,
        "number_open": number_open,
        "ticked": ticked,
        "recipients": recipients,
        "offices": offices.answering([one for one in recipients if one.level < Level.COMMUNITY]),
        "suggestion": suggestion,
        "typed": request.POST
        if request.method == "POST"
        else {"due_on": suggestion.day.isoformat(), "demands": _wording(chosen), "recipient": _first(chosen)},
        "problems": problems_of(problem),
        "is_hidden": inspection.is_hidden,
        "once": once(request),
        "today": today,
    }
    request.place = inspection.division  # type: ignore[attr-defined]
    return render(request, "supervision/order_new.html", context, status=422 if problem else 200)


def _open_ones(actor: Actor, inspection: Inspection, ticked: set[UUID]) -> tuple[list[Finding], int]:
    """Findings that an order can be about, by community, those that were ticked first; and how many there are. Two queries."""
    rows = seeing.findings(actor).filter(inspection=inspection, withdrawn_at=None)
    rows = rows.exclude(order__state__in=Order.LIVE).select_related("community", "order")
    first = Case(When(pk__in=ticked, then=0), default=1)
    found = list(rows.order_by(first, "community__code", "criterion", "pk")[:MOST_OPEN])
    return found, rows.count() if len(found) == MOST_OPEN else len(found)


def _issue(request: HttpRequest, inspection: Inspection, chosen: list[Finding], clause: str, actor: Actor) -> Order:
    code = request.POST.get("recipient", "")
    recipient = (
        divisions.within(inspection.division)
        .filter(code=int(code) if code.isdecimal() and len(code) <= 12 else -1)
        .first()
    )
    if recipient is None:
        raise Refused({"recipient": "请选择责任单位。", **({"findings": "请选择要整改的问题。"} if not chosen else {})})
    wanted = Demands(
        recipient=recipient,
        demands=text(request, "demands", 6000),
        due_on=terms.read_day(request.POST.get("due_on", "")),
        department=text(request, "department", 120),
        clause=clause,
    )
    return ordering.issue(
        chosen, wanted, issuer=inspection.division, by=actor, version=inspection.version, key=once(request)
    )


def _recipients(division: Division, findings: list[Finding]) -> list[Division]:
    """The communities of the findings, and what lies above them up to the inspecting division. One query."""
    codes = {
        code_at(one.community.code, level) for one in findings for level in range(division.level, Level.COMMUNITY + 1)
    }
    return list(divisions.within(division).filter(code__in=codes).defer("bigrams").order_by("-level", "code"))


def _wording(findings: list[Finding]) -> str:
    return "\n".join(f"{number}. {one.text}" for number, one in enumerate(findings, 1))


def _first(findings: list[Finding]) -> str:
    places = {one.community.number for one in findings}
    return places.pop() if len(places) == 1 else ""


@require_GET
def order(request: HttpRequest, pk: UUID) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return _page(request, actor, seeing.order_for(actor, pk))


@require_POST
def step(request: HttpRequest, pk: UUID, verb: str) -> HttpResponse:
    """What is done about an order, by whoever it waits for."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = seeing.order_for(actor, pk)
    try:
        done = _do(request, verb, found, actor)
    except (Refused, Overtaken) as problem:
        return _page(request, actor, seeing.order_for(actor, pk), problem, verb)
    messages.success(request, done)
    return redirect(found)


def _do(request: HttpRequest, verb: str, found: Order, actor: Actor) -> str:
    seen, day = revision(request), terms.read_day(request.POST.get("due_on", ""))
    opinion, reason = text(request, "opinion", 2000), text(request, "reason", 500)
    if verb == "acknowledge":
        ordering.acknowledge(found, by=actor, revision=seen)
        return "已签收。请在期限前整改，并报送整改情况和照片。"
    if verb == "report":
        reported = ordering.report(found, by=actor, revision=seen, text=text(request, "text", 6000))
        return f"已报送，{found.issuer.name}应在 {reported.recheck_on} 前复查。"
    if verb == "accept":
        ordering.accept(found, by=actor, revision=seen, opinion=opinion)
        return "复查合格，整改已办结。"
    if verb == "reject":
        ordering.reject(found, by=actor, revision=seen, opinion=opinion, due_on=day)
        return "复查不合格，已重新给出期限。"
    if verb == "extend":
        ordering.extend(found, by=actor, revision=seen, due_on=day, reason=reason)
        return "已延长整改期限。"
    if verb == "withdraw":
        ordering.withdraw(found, by=actor, revision=seen, reason=reason)
        return "已撤销整改通知，问题可以重新发出。"
    if verb == "title":
        award = get_object_or_404(Award.objects.select_related("community"), pk=_uuid(request.POST.get("award", "")))
        criteria = sorted({one for one in found.findings.values_list("criterion", flat=True) if one})
        ordering.put_title_at_stake(found, award, by=actor, revision=seen, criteria=criteria)
        return "已责令限期整改并与本通知关联，核验页面同时公开。"
    raise Http404


@require_POST
def urge(request: HttpRequest, pk: UUID) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    escalation = get_object_or_404(Escalation.objects.select_related("order"), pk=pk)
    found = seeing.order_for(actor, escalation.order_id)
    try:
        escalating.urge(escalation, by=actor, note=text(request, "note", 1000))
    except (Refused, Overtaken) as problem:
        return _page(request, actor, seeing.order_for(actor, found.pk), problem, "urge")
    messages.success(request, "已提出督办意见。")
    return redirect(found)


@require_GET
def paper(request: HttpRequest, pk: UUID, kind: str) -> HttpResponse:
    """The order as an official document, Word or PDF."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = seeing.order_for(actor, pk)
    made = paper_file(papers.LAYOUT, papers.notice(found), str(found), kind)
    if made.status_code == HTTPStatus.OK:
        exporting.note_export(rows=1, by=actor, what=str(found))
    return made


def _page(
    request: HttpRequest,
    actor: Actor,
    found: Order,
    problem: Refused | Overtaken | None = None,
    verb: str = "",
) -> HttpResponse:
    today = today_in_shanghai()
    rounds = list(found.rounds.select_related("reported_by", "checked_by"))
    after = record.photos_of(found.recipient, photos.ROUND, [one.pk for one in rounds])
    findings = list(
        found.findings.select_related("community", "inspection__division", "inspection__version").order_by("pk")
    )
    before = _before(findings)
    is_office = seeing.is_office(actor, found.issuer)
    is_recipient = ordering.is_recipient(actor, found)
    is_inside = actor.may(Capability.VIEW, found.issuer)
    escalations = list(found.escalations.select_related("division", "noted_by"))
    own = actor.post.division_id if actor.post else None
    current = rounds[-1]
    context = {
        "page_title": f"整改通知 {found.number}",
        "order": found,
        "version": found.version,
        "findings": [(one, before.get(one.pk, ())) for one in findings],
        "rounds": [(one, after.get(one.pk, ())) for one in reversed(rounds)],
        "current": current,
        "before": [photo for one in findings for photo in before.get(one.pk, ())],
        "after": after.get(current.pk, ()),
        "removed": record.removed_photos_of(found.recipient, photos.ROUND, current.pk) if is_recipient else [],
        "escalations": escalations,
        "may_urge": [
            one for one in escalations
            if one.noted_at is None and found.is_live and one.duty == found.duty and one.division_id == own and actor.may(Capability.INSPECT, one.division)
        ],
        "escalation_reasons": _reasons(escalations, says_recheck=is_office and found.recheck_on is not None),
        "recheck_reason": terms.RECHECK_REASON,
        "is_office": is_office,
        "is_recipient": is_recipient,
        "is_unheld": bool(found.line) and found.is_owed
        and all(one.line != found.line for one in offices.answering([found.recipient])),
        "is_overdue": found.is_overdue(today),
        "working_days": terms.working_days(today, found.day) if found.day > today else 0,
        "suggestion": terms.suggested(scheme_of(found.version_id) if found.version_id else None, today),
        "titles": _titles(found, findings, actor) if is_office and found.is_live and found.rectification is None else [],
        "entries": history.timeline(found) if is_inside or is_recipient else [],
        "problems": problems_of(problem),
        "verb": verb,
        "refused": {verb: True} if problem else {},
        "typed": request.POST,
        "today": today,
    }  # fmt: skip
    request.place = found.recipient  # type: ignore[attr-defined]
    return render(request, "supervision/order.html", context, status=422 if problem else 200)


def _reasons(escalations: list[Escalation], *, says_recheck: bool) -> list[str]:
    """Why it went up: of reports, and of re-checks unless the page says so already."""
    words = {Order.Duty.REPORT: terms.ESCALATE_REASON, Order.Duty.RECHECK: "" if says_recheck else terms.RECHECK_REASON}
    return [
        words[Order.Duty(duty)] for duty in dict.fromkeys(one.duty for one in escalations) if words[Order.Duty(duty)]
    ]


def _before(findings: list[Finding]) -> Mapping[UUID, list[Any]]:
    """The photos of what was found, by finding. Two queries."""
    if not findings:
        return {}
    division = findings[0].inspection.division
    of_answers = record.photos_of(division, photos.ANSWER, [one.answer_id for one in findings if one.answer_id])
    own = record.photos_of(division, photos.FINDING, [one.pk for one in findings])
    return {
        one.pk: [*(of_answers.get(one.answer_id, ()) if one.answer_id else ()), *own.get(one.pk, ())]
        for one in findings
    }


def _titles(found: Order, findings: list[Finding], actor: Actor) -> list[Award]:
    """Titles that are at stake and that this post may order to be put right under the scheme."""
    places = {one.community_id for one in findings} | {found.recipient_id}
    kept = []
    for award in ordering.awards_at_stake(sorted(places)):
        if scheme_of(award.version_id).upkeep is not None and upkeep.cannot_supervise(award, actor) is None:
            kept.append(award)
    return kept


def _uuid(sent: str) -> UUID:
    try:
        return UUID(sent)
    except ValueError:
        raise Http404 from None
