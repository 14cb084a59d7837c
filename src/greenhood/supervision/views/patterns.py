"""What keeps coming back, for a division; what a figure is made of; the tables as Excel."""

from __future__ import annotations

from functools import partial

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from greenhood.accounts.access import require
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.assessments.models import Scorer
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division
from greenhood.insight.views.overviews import workbook
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes.queries import newest
from greenhood.supervision.actions import exporting
from greenhood.supervision.models import Answer
from greenhood.supervision.queries import lists
from greenhood.supervision.queries import patterns as queries
from greenhood.supervision.queries.patterns import Gap, Wanted
from greenhood.supervision.views.finding import number


@require_GET
def patterns(request: HttpRequest, code: int) -> HttpResponse:
    actor, wanted = _wanted(request, code, Capability.VIEW)
    sees_people = queries.may_see_people(actor)
    by_person = sees_people and request.GET.get("by") == "person"
    context = {
        "page_title": f"{wanted.division.name}：问题规律",
        "division": wanted.division,
        "wanted": wanted,
        "years": lists.years(today_in_shanghai()),
        "schemes": _schemes(wanted.division),
        "repeats": queries.repeats(actor, wanted),
        "criteria": queries.criteria(actor, wanted),
        "most": queries.MOST_ROWS,
        "first": wanted.span[0],
        "last": wanted.span[1],
        "reviewers": queries.reviewers(actor, wanted, by_person=by_person),
        "by_person": by_person,
        "sees_people": sees_people,
        "definitions": queries.DEFINITIONS,
        "least_cases": queries.LEAST_CASES,
        "least_seen": queries.LEAST_SEEN,
        "may_export": actor.may(Capability.EXPORT, wanted.division),
    }
    request.place = wanted.division  # type: ignore[attr-defined]
    return render(request, "supervision/patterns.html", context)


@require_GET
def looks(request: HttpRequest, code: int) -> HttpResponse:
    """The looks at one check that its figures are made of."""
    actor, wanted = _wanted(request, code, Capability.VIEW)
    key, result = request.GET.get("key", "")[:20], request.GET.get("result", "")
    name, words = queries.named(wanted.scheme, key)
    context = {
        "page_title": f"{wanted.division.name}：{name}的检查结果",
        "division": wanted.division,
        "wanted": wanted,
        "words": words,
        "result": result if result == Answer.Result.NOT_MET else "",
        "listed": queries.looks(
            actor, wanted, key, result, after=request.GET.get("after", ""), before=request.GET.get("before", "")
        ),
        "first": wanted.span[0],
        "last": wanted.span[1],
    }
    request.place = wanted.division  # type: ignore[attr-defined]
    return render(request, "supervision/looks.html", context)


@require_GET
def cases(request: HttpRequest, code: int) -> HttpResponse:
    """The cases behind one reviewer's figure."""
    actor, wanted = _wanted(request, code, Capability.VIEW)
    scorer, reviewer = request.GET.get("scorer", ""), number(request.GET.get("reviewer", ""), most=12)
    person = request.GET.get("person", "")[:40]
    if scorer not in Scorer.values or (person and not queries.may_see_people(actor)):
        raise Http404
    context = {
        "page_title": "评分和检查所见的逐项对照",
        "division": wanted.division,
        "step": Scorer(scorer).label,
        "cases": queries.cases(actor, wanted, code=reviewer, scorer=scorer, person=person),
        "most": queries.MOST_CASES,
        "definition": queries.DEFINITIONS["reviewers"],
    }
    request.place = wanted.division  # type: ignore[attr-defined]
    return render(request, "supervision/cases.html", context)


@require_GET
def export(request: HttpRequest, code: int, table: str) -> HttpResponse:
    actor, wanted = _wanted(request, code, Capability.EXPORT)
    name, note = wanted.division.name, partial(exporting.note_export, by=actor, what=f"问题规律（{table}）")
    if table == "repeats":
        headings = ["社区代码", "社区", "检查项", "内容", "检查次数", "问题数", "首次发现", "最近发现", "口径"]
        rows = (
            [
                one.community_code,
                one.community,
                one.name,
                one.text,
                one.times,
                one.findings,
                one.first_on,
                one.last_on,
                queries.DEFINITIONS[table],
            ]
            for one in queries.repeats(actor, wanted).rows
        )
        return workbook(f"{name}重复问题", headings, rows, note)
    if table == "criteria":
        headings = ["检查项", "内容", "查看次数", "不符合次数", "不符合率", "口径"]
        found = queries.criteria(actor, wanted)
        listed = ([one.name, one.text, one.seen, one.not_met, one.share, queries.DEFINITIONS[table]] for one in found)
        return workbook(f"{name}常见问题", headings, listed, note)
    if table != "reviewers":
        raise Http404
    by_person = request.GET.get("by") == "person" and queries.may_see_people(actor)
    headings = [
        "评分单位", "环节", "评分人", "社区数", "项数", "评分减自评", "评分减检查", "区间下限", "区间上限", "自评减检查", "判断", "口径",
    ]  # fmt: skip
    given = (
        [
            one.division, one.step, one.person, one.communities, one.pairs, _mean(one.over_self), one.over_seen.mean,
            one.over_seen.low, one.over_seen.high, _mean(one.self_over_seen), one.verdict, queries.DEFINITIONS[table],
        ]
        for one in queries.reviewers(actor, wanted, by_person=by_person)
    )  # fmt: skip
    return workbook(f"{name}评分对照", headings, given, note)


def _mean(gap: Gap | None) -> float | None:
    return None if gap is None else gap.mean


def _wanted(request: HttpRequest, code: int, capability: Capability) -> tuple[Actor, Wanted]:
    try:
        division = divisions.by_code(code)
    except Division.DoesNotExist:
        raise Http404 from None
    actor = require(request, capability, division)
    year = number(request.GET.get("year", ""))
    year = year if year in lists.years(today_in_shanghai()) else 0
    return actor, Wanted(division, year, request.GET.get("scheme", "")[:80])


def _schemes(division: Division) -> list[tuple[str, str]]:
    """Schemes that hold in the division or for a part of it."""
    return [
        (version.scheme_id, version.title)
        for version in newest()
        if version.jurisdiction.contains(division) or division.contains(version.jurisdiction)
    ]
