"""Set a goal for one's own division, pass one down, take one back."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from greenhood.accounts import access
from greenhood.accounts.capabilities import Capability
from greenhood.divisions.models import Level
from greenhood.insight.queries import lower_divisions
from greenhood.kit.ids import uuid7
from greenhood.programme import figures
from greenhood.programme.actions import goals as actions
from greenhood.programme.actions.goals import Typed
from greenhood.programme.errors import Overtaken, Refused
from greenhood.programme.lines import Progress, count_of, strictest
from greenhood.programme.models import OWN, Issue, Measure
from greenhood.programme.queries import lower
from greenhood.programme.queries.goals import Sheet, sheet_of
from greenhood.programme.sharing import largest_remainder
from greenhood.programme.views import finding

TAKEN = "这个目标刚被他人调整。您填写的内容还在下面，请核对新的一版后再下达。"
# The columns of the three proposals, short enough for a table.
COLUMNS = ("按对象数", "按未达到数", "平均")


@require_http_methods(["GET", "HEAD", "POST"])
def hand_down(request: HttpRequest, code: int, scheme: str, entry: str) -> HttpResponse:
    """Share a goal out among those directly below: a proposal to start from, every number may be changed."""
    division, actor = finding.own_place(request, code)
    sheet = sheet_of(division)
    row = strictest(sheet.binding_of(scheme, entry))
    if row is None or division.level >= Level.COMMUNITY:
        raise Http404
    problems: dict[str, str] = {}
    if request.method == "POST":
        typed = _typed(request)
        try:
            issue = actions.hand_down(division, scheme, entry, typed, by=actor)
        except Refused as refused:
            problems = refused.problems
        except Overtaken:
            problems = {"": TAKEN}
        else:
            said = f"已下达（第 {issue.number} 版），合计 {issue.allotted} 个{_beside_needed(issue, row)}。"
            messages.success(request, f"{said}下级在自己的目标页上看到“上级下达”。")
            return redirect(issue)
    context = _hand_down_page(request, sheet, row, problems)
    return render(request, "programme/hand_down.html", context, status=422 if problems else 200)


def _beside_needed(issue: Issue, row: Progress) -> str:
    if issue.allotted < issue.needed:
        return f"，比应完成的少 {issue.needed - issue.allotted} 个"
    most = max(issue.needed, row.line.count_to or 0)
    return f"，比应完成的多 {issue.allotted - most} 个" if issue.allotted > most else ""


def _hand_down_page(request: HttpRequest, sheet: Sheet, row: Progress, problems: dict[str, str]) -> dict[str, object]:
    division = sheet.division
    current = lower.current_issue(division, row.line.key)
    places = lower_divisions(division)
    counts = figures.counts_for(places, sheet.versions)
    subjects = [counts[each.pk].subjects for each in places]
    pilots = figures.pilots_for(places, key=row.line.key) if row.line.measure is Measure.PILOTS else {}
    now = [pilots.get(each.pk, 0) or count_of(row.line.measure, counts[each.pk]) for each in places]
    proposals = {
        Issue.Method.SUBJECTS: largest_remainder(row.needed, subjects, subjects),
        Issue.Method.NEED: _by_need(row.needed, now, subjects),
        Issue.Method.EQUAL: largest_remainder(row.needed, [1 if each else 0 for each in subjects], subjects),
    }
    method = request.POST.get("method") or request.GET.get("method", "")
    if method not in Issue.Method.values:
        method = Issue.Method.TYPED if current else Issue.Method.SUBJECTS
    held = {each.division_id: each for each in current.allotments.all()} if current else {}
    rows = []
    for place, number, done, *proposed in zip(places, subjects, now, *proposals.values(), strict=True):
        if request.method == "POST":
            value = request.POST.get(f"amount-{place.code}", "")
        elif method in proposals:
            value = str(proposed[list(proposals).index(Issue.Method(method))]) if number else ""
        else:
            value = _written(held.get(place.pk))
        rows.append({
            "division": place, "subjects": number, "now": done, "proposed": list(zip(COLUMNS, proposed, strict=True)), "value": value,
            "held": held.get(place.pk), "problem": problems.get(f"amount-{place.code}", ""),
        })  # fmt: skip
    default_day = current.by if current else (row.line.by if not row.is_past else None)
    return {
        "page_title": f"分解目标：{row.line.title}", "division": division, "row": row, "line": row.line, "rows": rows,
        "current": current, "number": current.number if current else 0, "method": method, "methods": Issue.Method.choices,
        "problems": problems, "typed": request.POST, "total": sum(subjects), "version": row.line.version or sheet.version,
        "day": request.POST.get("by", default_day.isoformat() if default_day else ""), "today": sheet.today,
        "may_be_short": bool(problems.get("gap_reason") or request.POST.get("gap_reason") or (current and current.gap_reason)),
        "gap_reason": request.POST.get("gap_reason", current.gap_reason if current else ""),
        "shortfall": row.needed - sum(subjects) if sum(subjects) < row.needed else 0,
    }  # fmt: skip


def _by_need(needed: int, now: list[int], subjects: list[int]) -> list[int]:
    """What each has already, and the rest shared out by how many of its subjects are not there yet."""
    rest = [whole - done for whole, done in zip(subjects, now, strict=True)]
    if sum(now) >= needed:
        return largest_remainder(needed, now, subjects)
    more = largest_remainder(needed - sum(now), rest, rest)
    return [done + extra for done, extra in zip(now, more, strict=True)]


def _written(allotment: object) -> str:
    if allotment is None:
        return ""
    share = allotment.share  # type: ignore[attr-defined]
    return f"{(share * 100).normalize():f}%" if share is not None else str(allotment.count)  # type: ignore[attr-defined]


def _typed(request: HttpRequest) -> Typed:
    amounts = {
        int(name.removeprefix("amount-")): finding.typed(request, name)
        for name in request.POST
        if name.startswith("amount-") and name.removeprefix("amount-").isdecimal() and len(name) < 30
    }
    names = ("by", "gap_reason", "reason", "title", "measure", "amount", "key")
    return Typed(
        number=finding.number(request.POST.get("number", "")),
        amounts=amounts,
        method=request.POST.get("method", Issue.Method.TYPED),
        **{name: finding.typed(request, name) for name in names},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def own(request: HttpRequest, code: int, scheme: str = OWN, entry: str = "") -> HttpResponse:
    """A goal that the division sets for itself: a new one, or one of the scheme carried on."""
    division, actor = finding.own_place(request, code)
    sheet = sheet_of(division)
    current = lower.current_issue(division, (scheme, entry), Issue.Scope.SELF) if entry else None
    origin = strictest(sheet.of(scheme, entry)) if entry else None
    if entry and origin is None:
        raise Http404
    problems: dict[str, str] = {}
    if request.method == "POST":
        try:
            issue = actions.set_own(division, _typed(request), by=actor, scheme=scheme, entry=entry)
        except Refused as refused:
            problems = refused.problems
        except Overtaken:
            problems = {"": TAKEN}
        else:
            messages.success(request, f"已设定本级目标（第 {issue.number} 版）。可以再分解到下级。")
            return redirect(issue)
    context = {
        "page_title": "调整本级目标" if current else "设定本级目标",
        "division": division,
        "sheet": sheet,
        "origin": origin if scheme != OWN else None,
        "current": current,
        "number": current.number if current else 0,
        "key": request.POST.get("key", "") or uuid7().hex,
        "measures": Measure.choices,
        "problems": problems,
        "values": _own_values(request, current),
        "version": origin.line.version if origin else sheet.version,
        "today": sheet.today,
    }
    return render(request, "programme/own.html", context, status=422 if problems else 200)


def _own_values(request: HttpRequest, current: Issue | None) -> dict[str, str]:
    if request.method == "POST":
        return {name: request.POST.get(name, "") for name in ("title", "measure", "by", "amount", "reason")}
    if current is None:
        return {}
    share = current.share
    amount = f"{(share * 100).normalize():f}%" if share is not None else str(current.needed)
    return {"title": current.title, "measure": current.measure, "by": current.by.isoformat(), "amount": amount}


@require_POST
def cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take a goal back."""
    found = Issue.objects.select_related("division").filter(pk=pk).first()
    if found is None:
        raise Http404
    actor = access.require(request, Capability.PLAN, found.division)
    try:
        actions.cancel(found, reason=finding.typed(request, "reason"), by=actor)
        messages.success(request, "已撤销，记录还在。")
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect(found)
    except Overtaken:
        messages.error(request, "这一版已经不是现行的一版，没有撤销。")
    return redirect("programme:goals_of", found.division.code)
