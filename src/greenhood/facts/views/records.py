"""A community's record, the things of one kind, and one thing with how it came to be as it is."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from greenhood.accounts.capabilities import Capability
from greenhood.evidence.showing import strips_of
from greenhood.facts import pages, queries, showing
from greenhood.facts.forms import RetireForm
from greenhood.facts.kinds import Kind, Shape
from greenhood.facts.views.finding import community_for, day_in
from greenhood.kit.dates import today_in_shanghai

PAGE = 100


@require_safe
def community(request: HttpRequest, code: int) -> HttpResponse:
    """Everything recorded of a community, by section, on any day."""
    found, actor = community_for(request, code)
    day, problem = day_in(request)
    context = {
        "page_title": found.name,
        "community": found,
        "record": pages.record_of(found, day),
        "day": day,
        "problem": problem,
        "today": today_in_shanghai(),
        "may_record": actor.may(Capability.RECORD, found) and day is None,
        "may_export": actor.may(Capability.EXPORT, found),
    }
    return render(request, "facts/community.html", context)


@require_safe
def records(request: HttpRequest, code: int, kind: Kind) -> HttpResponse:
    """The things of one kind with their totals, in the order in which they were first recorded; events latest first."""
    found, actor = community_for(request, code)
    day, problem = day_in(request)
    rows = queries.as_of(kind, [found.pk], day)
    page, following = _page(rows, kind, request.GET.get("after", ""))
    names = {}
    for known in pages.things_to_refer_to(kind, found).values():
        names |= known
    context = {
        "page_title": kind.title,
        "community": found,
        "kind": kind,
        "things": list(
            showing.as_things(page, day=day or today_in_shanghai(), names=names, people=pages.people_of(page))
        ),
        "count": rows.count(),
        "sums": pages.sums(kind, rows),
        "next": following,
        "day": day,
        "problem": problem,
        "today": today_in_shanghai(),
        "may_record": actor.may(Capability.RECORD, found) and day is None,
        "may_export": actor.may(Capability.EXPORT, found),
    }
    return render(request, "facts/records.html", context)


def _page(rows, kind: Kind, after: str):  # type: ignore[no-untyped-def]
    order = ("-dated", "-id") if kind.is_event else ("thing",)
    rows = rows.order_by(*order)
    if kind.is_located:
        rows = rows.defer("geometry")
    start = int(after) if after.isdecimal() and len(after) < 7 else 0
    found = list(rows[start : start + PAGE + 1])
    return found[:PAGE], str(start + PAGE) if len(found) > PAGE else ""


@require_safe
def record(request: HttpRequest, code: int, kind: Kind, thing: UUID) -> HttpResponse:
    """One thing: its figures, where it is, its files, and every version with what changed."""
    found, actor = community_for(request, code)
    versions = list(queries.versions(kind, found, thing))
    if not versions:
        raise Http404
    day, problem = day_in(request)
    present = next((each for each in versions if each.until is None), None)
    shown = next((each for each in versions if day and _is_true(each, day)), None) if day else present
    names = {}
    for known in pages.things_to_refer_to(kind, found).values():
        names |= known
    last = shown or max(versions, key=lambda each: (each.until or each.dated, each.dated, each.recorded_at))
    may_record = actor.may(Capability.RECORD, found)
    context = {
        "page_title": showing.name(last, names),
        "community": found,
        "kind": kind,
        "thing": thing,
        "present": present,
        "shown": shown,
        "last": last,
        "figures": showing.figures(last, names),
        "place": pages.place(last),
        "is_stale": present is not None and showing.is_stale(kind, present.dated, today_in_shanghai()),
        "missing": showing.missing(last),
        "timeline": pages.timeline(versions, names),
        "day": day,
        "problem": problem,
        "today": today_in_shanghai(),
        "may_record": may_record,
        "may_draw": may_record and kind.is_located and kind.shape is not Shape.NONE,
        "retire_form": RetireForm(initial={"replaces": present.id, "gone_on": today_in_shanghai()})
        if present
        else None,
        "strip": strips_of(found, kind.subject_kind, [thing], actor=actor, back=request.get_full_path())[thing],
    }
    return render(request, "facts/record.html", context)


def _is_true(version, day) -> bool:  # type: ignore[no-untyped-def]
    return version.dated <= day and (version.until is None or version.until > day)
