"""The page of one report: what it holds, what it rests on, what whoever looks at it may do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.declarations.procedure import LEVELS
from greenhood.divisions.models import Level
from greenhood.history.models import Entry
from greenhood.history.queries import timeline
from greenhood.kit.dates import today_in_shanghai
from greenhood.reporting import chains, figures, queries
from greenhood.reporting.errors import Overtaken, Refused
from greenhood.reporting.events import Event
from greenhood.reporting.models import DOCUMENTS, OWED, Filing, Kind, Obligation, State
from greenhood.reporting.sheets import Sheet, sheet_of
from greenhood.reporting.views import asked

# A street has some dozen communities, a province some twenty cities; the rest is a link away.
MOST_LOWER = 30


def page(
    request: HttpRequest,
    obligation: Obligation,
    actor: Actor,
    *,
    typed_in: Mapping[str, Any] | None = None,
    problem: Refused | Overtaken | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page as it stands; refused, with what was typed and why."""
    sheet, today = sheet_of(obligation), today_in_shanghai()
    problems = problem.problems if isinstance(problem, Refused) else {"": asked.TAKEN} if problem else {}
    own = actor.post.division_id if actor.post else None
    is_reporter = actor.may(Capability.REPORT, obligation.reporter) and own == obligation.reporter_id
    is_receiver = actor.may(Capability.REPORT, obligation.receiver) and own == obligation.receiver_id
    is_readable = asked.may_read(obligation, actor)
    # Nothing was filed as long as nobody has done anything with it.
    filings = list(obligation.filings.select_related("filed_by")) if obligation.revision > 1 else []
    context = {
        "page_title": obligation.heading,
        "obligation": obligation,
        "version": obligation.version,
        "entry": sheet.entry,
        "receiver": sheet.receiver_name,
        "today": today,
        "problems": problems,
        "signed_by": request.POST.get("signed_by", ""),
        "typed_extension": {"to": request.POST.get("to", ""), "reason": request.POST.get("reason", "")},
        "typed_withdrawal": request.POST.get("reason", ""),
        "filings": filings,
        "reminders": list(obligation.reminders.all()),
        "entries": _told(obligation, is_own=own == obligation.reporter_id),
        "is_overdue": obligation.filed_at is None and obligation.deadline < today,
        "may_export": is_readable and actor.may(Capability.EXPORT),
        **_written(sheet, typed_in or {}, problems, is_readable=is_readable),
        **_beside(sheet, today),
        **_open_steps(sheet, filings, today, is_reporter=is_reporter, is_receiver=is_receiver),
    }
    request.place, request.place_version = obligation.reporter, obligation.version
    return render(request, "reporting/report.html", context, status=status)


def _written(
    sheet: Sheet, typed_in: Mapping[str, Any], problems: Mapping[str, str], *, is_readable: bool
) -> dict[str, object]:
    """Texts, figures, reasons and the grade, as they are kept or were typed just now; of what isn't filed others see live figures alone."""
    values = _values(sheet, typed_in.get("typed", {}), problems)
    return {
        "is_readable": is_readable,
        "sections": _sections(sheet, typed_in.get("texts", {}), problems),
        "values": [one for one in values if is_readable or not one["value"].is_typed],
        "differences": _differences(sheet, typed_in.get("reasons", {}), problems) if is_readable else [],
        "grade": typed_in.get("grade") or sheet.obligation.grade,
    }


def _told(obligation: Obligation, *, is_own: bool) -> list[Entry]:
    """What happened; how it was written is told to those alone who write it."""
    return [one for one in timeline(obligation) if is_own or one.event not in (Event.SAVED, Event.DRAWN_UP)]


def _beside(sheet: Sheet, today: dt.date) -> dict[str, object]:
    """What a report rests on: figures of an evaluation, the reports below, the chain that it is a link of."""
    obligation = sheet.obligation
    return {
        "basis": sheet.basis,
        "overview_url": reverse("insight:overview", args=[obligation.subject.code]),
        "completeness_url": f"{reverse('reporting:completeness', args=[obligation.subject.code])}?year={obligation.year}",
        "grades": sheet.entry.grades,
        "lower": sheet.lower[:MOST_LOWER],
        "more_lower": max(len(sheet.lower) - MOST_LOWER, 0),
        "chain": chains.chain(obligation, sheet.lower, today=today),
        "charge": chains.charge(obligation, sheet.lower, today=today),
        "is_as_asked": obligation.reporter.level == LEVELS[sheet.entry.reporter],
        "is_appraisal": obligation.kind == Kind.APPRAISAL,
    }


def _open_steps(
    sheet: Sheet, filings: Sequence[Filing], today: dt.date, *, is_reporter: bool, is_receiver: bool
) -> dict[str, object]:
    """What whoever looks at the page may do, and what is still missing for it."""
    obligation = sheet.obligation
    may_write = is_reporter and obligation.state in OWED and not obligation.is_plan
    return {
        "may_write": may_write,
        "missing": sheet.missing() if may_write else {},
        "drafts": len(sheet.drafts) if may_write else 0,
        "together": queries.due_together(obligation) if is_reporter else [],
        "may_hand_down": may_write
        and obligation.kind in DOCUMENTS
        and not sheet.lower
        and obligation.reporter.level < Level.COMMUNITY,
        "suggested": chains.suggested(obligation.deadline, today),
        "may_withdraw": is_reporter and obligation.state == State.FILED and not filings[0].follows_a_return,
        "may_receive": is_receiver,
        "may_extend": is_receiver and obligation.state in OWED and obligation.kind != Kind.APPRAISAL,
    }


def _sections(sheet: Sheet, texts: Mapping[str, str], problems: Mapping[str, str]) -> list[dict[str, object]]:
    kept = sheet.obligation.texts
    return [
        {
            "section": section,
            "text": texts.get(section.key, kept.get(section.key, "")),
            "is_open": section.key in sheet.open_sections,
            "returned": sheet.obligation.returned.get(section.key, ""),
            "problem": problems.get(f"text-{section.key}", ""),
        }
        for section in sheet.sections
    ]


def _values(sheet: Sheet, typed: Mapping[str, str], problems: Mapping[str, str]) -> list[dict[str, Any]]:
    kept = sheet.obligation.typed
    return [
        {
            "value": value,
            "typed": typed.get(value.key, kept.get(value.key, "")),
            "problem": problems.get(f"figure-{value.key}", ""),
        }
        for value in sheet.values
    ]


def _differences(sheet: Sheet, reasons: Mapping[str, str], problems: Mapping[str, str]) -> list[dict[str, object]]:
    kept = sheet.obligation.reasons
    return [
        {
            "one": one,
            "url": figures.known()[one.key].url_of(sheet.obligation.subject),
            "reason": reasons.get(one.key, kept.get(one.key, "")),
            "problem": problems.get(f"reason-{one.key}", ""),
        }
        for one in sheet.differences
    ]
