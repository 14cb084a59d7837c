"""街乡吹哨、部门报到: the list, and a whistle with its calls."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.coordination import clauses, files, standing, steps, terms
from greenhood.coordination.actions import assigning, whistling
from greenhood.coordination.errors import Refused
from greenhood.coordination.forms import WhistleForm
from greenhood.coordination.models import ANSWERABLE, GRADES, Call, CallState, Urgency, Whistle, WhistleState
from greenhood.coordination.queries import offices, whistles
from greenhood.coordination.queries.whistles import Filters
from greenhood.coordination.steps import Asked, Step
from greenhood.coordination.views import common
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division, Level
from greenhood.evidence.showing import Strip, strips_of
from greenhood.history.queries import timeline
from greenhood.insight.views.overviews import workbook
from greenhood.kit.dates import SHANGHAI
from greenhood.kit.ids import uuid7
from greenhood.schemes.queries import scheme_for

HEADINGS = [
    "问题", "吹哨单位", "地点", "紧急程度", "吹哨时间", "呼叫部门", "部门所在", "报到期限", "报到时间", "按时", "到场人员",
    "处置结果", "状态", "退回次数", "督办时间", "吹哨方评价", "评语", "部门评价", "部门评语",
]  # fmt: skip
GRADE_CHOICES = [(str(grade), f"{grade} 分，{word}") for grade, word in GRADES.items()]
NO_CLAUSE = "现行方案没有写“街乡吹哨、部门报到”，各地可以自行采用。"


@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """Whistles in the post's scope; on top what the level above has to press."""
    actor, division = common.own(request)
    filters = filters_of(request)
    found = whistles.listed(actor, filters, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    context = {
        "page_title": "街乡吹哨、部门报到",
        "tabs": common.tabs("whistles"),
        "division": division,
        "said": clauses.saying(scheme_for(division), clauses.WHISTLE),
        "no_clause": NO_CLAUSE,
        "overdue": whistles.overdue_below(actor),
        "waiting": whistles.waiting_for(actor),
        "page": found,
        "total": whistles.counted(actor, filters),
        "filters": filters,
        "states": [("", "全部"), *WhistleState.choices],
        "calls": [("", "不限"), *whistles.CALLS.items()],
        "callers": whistles.callers(actor),
        "most_callers": whistles.MOST_CALLERS,
        "line": whistles.named(actor, filters.line, filters.division) if filters.line else "",
        "within": common.asked_division(request),
        "month": request.GET.get("from", ""),
        "month_to": request.GET.get("to", ""),
        "now": dt.datetime.now(SHANGHAI),
        "may_blow": _may_blow(actor, division),
        "may_export": actor.may(Capability.EXPORT),
    }
    return render(request, "coordination/whistles.html", context)


@require_GET
def export_whistles(request: HttpRequest) -> HttpResponse:
    actor, division = common.own(request, Capability.EXPORT)
    rows = (
        [
            call.whistle.title, call.caller.name, call.whistle.place, call.whistle.get_urgency_display(),
            _local(call.called_at), call.department, call.division.name, _local(call.respond_by),
            _local(call.responded_at), _punctual(call), call.comer, call.result, call.get_state_display(), call.reopened,
            _local(call.pressed_at), call.grade, call.comment, call.return_grade, call.return_comment,
        ]
        for call in whistles.to_export(actor, filters_of(request))
    )  # fmt: skip
    note = partial(assigning.note_export, division, "吹哨报到", by=actor)
    return workbook(f"{division.name}吹哨报到", HEADINGS, rows, note)


def _punctual(call: Call) -> str:
    if call.responded_at is None:
        return "超时未报到" if call.is_overdue else ""
    return "是" if call.is_on_time else "否"


def _local(moment: dt.datetime | None) -> str | None:
    return moment and f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


@require_http_methods(["GET", "HEAD", "POST"])
def new_whistle(request: HttpRequest) -> HttpResponse:
    actor, division = common.own(request)
    standing.require_giver(actor, division)
    if not _may_blow(actor, division):
        raise Http404
    version = scheme_for(division)
    places = offices.reachable(division, version)
    # All of them: a street or a county has some hundreds at most.
    communities = list(divisions.within(division).filter(level=Level.COMMUNITY).defer("bigrams").order_by("code"))
    sent = request.POST if request.method == "POST" else request.GET
    found = whistles.open_problems(division, common.uuid(sent.get("problem", "").rpartition("/")[2]))
    problems = [
        (f"{each.community.code}/{each.thing}", f"{each.community.name}：{each.title}（{each.dated}）")
        for each in found
    ]
    initial = {"key": uuid7(), "urgency": Urgency.USUAL, "problem": request.GET.get("problem", "")}
    form = WhistleForm(places, communities, problems, request.POST or None, initial=initial)
    said = clauses.saying(version, clauses.WHISTLE)
    if request.method == "POST" and form.is_valid():
        try:
            whistle = whistling.blow(
                form.blast, form.called, division=division, by=actor, version=said.version if said else None,
                clause=said.source if said else "", key=form.cleaned_data["key"],
            )  # fmt: skip
        except Refused as problem:
            form.refuse(problem)
        else:
            messages.success(request, f"已吹哨，{len(form.called)} 个部门已收到。")
            return redirect(whistle)
    context = {
        "page_title": "吹哨", "tabs": common.tabs("whistles"), "form": form, "said": said, "why": terms.WHY,
        "no_clause": NO_CLAUSE, "division": division, "most_problems": whistles.MOST_PROBLEMS,
        "are_cut": len(found) >= whistles.MOST_PROBLEMS,
    }  # fmt: skip
    return render(request, "coordination/new_whistle.html", context, status=422 if form.errors else 200)


def _may_blow(actor: Actor, division: Division) -> bool:
    return division.level in whistling.WHISTLERS and standing.gives_for(actor, division.pk)


@require_GET
def whistle(request: HttpRequest, pk: UUID) -> HttpResponse:
    row, actor = _whistle(request, pk)
    return _page(request, row, actor)


@require_POST
def whistle_step(request: HttpRequest, pk: UUID, step: str) -> HttpResponse:
    row, actor = _whistle(request, pk)

    def again(key: str, typed: Mapping[str, str], problem: Refused) -> HttpResponse:
        return _page(request, _whistle(request, pk)[0], actor, tried=(row.pk, key), typed=typed, problem=problem)

    return common.take(request, {"withdraw": _withdrawn}, step, pk, again, row.get_absolute_url())


@require_POST
def call_step(request: HttpRequest, pk: UUID, step: str) -> HttpResponse:
    called = Call.objects.filter(pk=pk).first()
    if called is None:
        raise Http404
    row, actor = _whistle(request, called.whistle_id)

    def again(key: str, typed: Mapping[str, str], problem: Refused) -> HttpResponse:
        return _page(request, _whistle(request, row.pk)[0], actor, tried=(pk, key), typed=typed, problem=problem)

    return common.take(request, CALL_STEPS, step, pk, again, f"{row.get_absolute_url()}#call-{pk}")


def _whistle(request: HttpRequest, pk: UUID) -> tuple[Whistle, Actor]:
    """404 for strangers."""
    actor: Actor = request.actor
    row = whistles.whole().filter(whistles.in_scope(actor), pk=pk).first()
    if row is None:
        raise Http404
    return row, actor


def _page(
    request: HttpRequest,
    row: Whistle,
    actor: Actor,
    *,
    tried: tuple[UUID, str] | None = None,
    typed: Mapping[str, str] | None = None,
    problem: Refused | None = None,
) -> HttpResponse:
    is_caller = standing.gives_for(actor, row.division_id)
    calls = list(row.calls.all())
    by_call = {
        call.pk: _call_steps(call, actor, is_theirs=_is_theirs(call, actor), is_caller=is_caller) for call in calls
    }
    found = steps.refused({row.pk: _whistle_steps(row, calls, is_caller=is_caller), **by_call}, tried, typed, problem)
    strip, proofs = _strips(row, calls, actor, is_caller=is_caller)
    context = {
        "page_title": row.title,
        "tabs": common.tabs("whistles"),
        "whistle": row,
        "problem_record": whistles.problem_of(row),
        "calls": [{"call": call, "steps": found[call.pk], "strip": proofs.get(call.pk)} for call in calls],
        "steps": found[row.pk],
        "strip": strip,
        "problem": problem,
        "entries": timeline(row),
        "why": terms.WHENCE,
        "no_clause": NO_CLAUSE,
    }
    request.place, request.place_version = row.division, row.version
    return render(request, "coordination/whistle.html", context, status=422 if problem else 200)


def _is_theirs(call: Call, actor: Actor) -> bool:
    return standing.answers_for(actor, call.division_id, call.line)


def _strips(
    row: Whistle, calls: list[Call], actor: Actor, *, is_caller: bool
) -> tuple[Strip | None, dict[UUID, Strip | None]]:
    """The photos of the place, and by call the proof of what was done; open to whoever may still add some."""
    if not actor.may(Capability.VIEW, row.division):
        return None, {}
    back = row.get_absolute_url()
    strip = strips_of(row.division, files.WHISTLE, [row.pk], actor=actor, back=back, title="现场照片")[row.pk]
    if not is_caller or row.state != WhistleState.OPEN:
        strip = common.as_shown(strip)
    proofs: dict[UUID, Strip | None] = {}
    found = strips_of(row.division, files.CALL, [call.pk for call in calls], actor=actor, back=back, title="处置证明")
    for call in calls:
        proof = found[call.pk]
        if _is_theirs(call, actor) and call.state in ANSWERABLE and call.responded_at:
            proofs[call.pk] = proof
        elif proof.pieces:
            proofs[call.pk] = common.as_shown(proof)
    return strip, proofs


def _whistle_steps(row: Whistle, calls: list[Call], *, is_caller: bool) -> list[Step]:
    if not is_caller or row.state != WhistleState.OPEN or any(call.state != CallState.CALLED for call in calls):
        return []
    note = "还没有部门报到时可以撤回；撤回的不计入各项比率，不能恢复。"
    url = f"{row.get_absolute_url()}withdraw/"
    fields = [Asked("reason", "撤回理由", "area")]
    asks = "撤回这次吹哨？"
    return [
        Step(
            "withdraw",
            "撤回吹哨",
            "确认撤回",
            url,
            row.revision,
            fields,
            note,
            is_dangerous=True,
            id="withdraw",
            asks=asks,
        )
    ]


def _call_steps(call: Call, actor: Actor, *, is_theirs: bool, is_caller: bool) -> list[Step]:
    add, found = partial(_call_step, call), []
    if is_theirs and call.state == CallState.CALLED:
        fields = [
            Asked("comer", "到场人员", most=100, help="谁来、什么职务。"),
            Asked("contact", "联系方式", is_needed=False, most=60),
            Asked("handling", "处置打算", "area", is_needed=False, most=500),
        ]
        found.append(add("respond", "报到", "报到", fields, is_main=True))
    if is_theirs and call.state in (CallState.RESPONDED, CallState.REOPENED):
        note = "处置照片先在上面“处置证明”里上传，再报告结果。"
        field = Asked("result", "处置结果", "area", most=whistling.TEXT_MOST)
        found.append(add("report", "报告处置结果", "报告结果", [field], note, is_main=True))
    if is_caller and call.state == CallState.REPORTED:
        found.append(
            add(
                "confirm",
                "确认解决",
                "确认解决",
                note="确认后不能再退回；双方可以互相评价，各评一次。",
                is_main=True,
                asks=f"{call.department}已经把问题解决了？",
            )
        )
        fields = [Asked("reason", "未解决的情况", "area")]
        found.append(add("reopen", "没有解决，请继续办理", "退回继续办理", fields, is_dangerous=True))
    if call.state == CallState.SOLVED:
        fields = [
            Asked("grade", "评价", "choice", choices=GRADE_CHOICES),
            Asked("comment", "评语（不满意的请写明原因）", "area", is_needed=False),
        ]
        rate = partial(add, verb="提交评价", fields=fields, note="评价只做一次，提交后不能修改。", is_main=True)
        if is_caller and call.grade is None:
            found.append(rate("rate", f"评价{call.department}", asks=f"对{call.department}这次报到和处置怎么评价？"))
        if is_theirs and call.return_grade is None:
            found.append(rate("rate_back", f"评价{call.caller.name}", asks=f"对{call.caller.name}这次吹哨怎么评价？"))
    if call.is_overdue and call.pressed_at is None and standing.gives_for(actor, call.upper_id):
        found.append(add("press", "督办", "督办", [Asked("note", "督办意见", "area")], is_main=True))
    return found


def _call_step(
    call: Call,
    key: str,
    title: str,
    verb: str,
    fields: list[Asked] | None = None,
    note: str = "",
    *,
    is_main: bool = False,
    is_dangerous: bool = False,
    asks: str = "",
) -> Step:
    url = reverse("coordination:call_step", args=[call.pk, key])
    return Step(
        key,
        title,
        verb,
        url,
        call.revision,
        fields or (),
        note,
        is_main,
        is_dangerous,
        id=f"{key}-{call.pk}",
        asks=asks,
    )


def _withdrawn(pk: UUID, typed: steps.Typed, by: Actor) -> str:
    whistling.withdraw(pk, reason=typed["reason"], revision=typed.revision, by=by)
    return "已撤回。"


def _responded(pk: UUID, typed: steps.Typed, by: Actor) -> str:
    call = whistling.respond(
        pk, comer=typed["comer"], contact=typed["contact"], handling=typed["handling"], revision=typed.revision, by=by
    )
    return "已报到。" if call.is_on_time else "已报到，已超过报到期限。"


def _reported(pk: UUID, typed: steps.Typed, by: Actor) -> str:
    call = whistling.report(pk, result=typed["result"], revision=typed.revision, by=by)
    return f"已报告结果，等{call.caller.name}确认。"


def _confirmed(pk: UUID, typed: steps.Typed, by: Actor) -> str:
    whistling.confirm(pk, revision=typed.revision, by=by)
    return "已确认解决，请评价。"


def _reopened(pk: UUID, typed: steps.Typed, by: Actor) -> str:
    whistling.reopen(pk, reason=typed["reason"], revision=typed.revision, by=by)
    return "已退回继续办理。"


def _rated(pk: UUID, typed: steps.Typed, by: Actor) -> str:
    whistling.rate(pk, grade=typed.number("grade"), comment=typed["comment"], by=by)
    return "评价已提交。"


def _rated_back(pk: UUID, typed: steps.Typed, by: Actor) -> str:
    whistling.rate_back(pk, grade=typed.number("grade"), comment=typed["comment"], by=by)
    return "评价已提交。"


def _pressed(pk: UUID, typed: steps.Typed, by: Actor) -> str:
    call = whistling.press(pk, note=typed["note"], by=by)
    return f"已督办{call.department}。"


CALL_STEPS: Mapping[str, common.Take] = {
    "respond": _responded, "report": _reported, "confirm": _confirmed, "reopen": _reopened, "rate": _rated,
    "rate_back": _rated_back, "press": _pressed,
}  # fmt: skip


# --- rates ------------------------------------------------------------------------------------------------------------


def filters_of(request: HttpRequest) -> Filters:
    asked = request.GET
    return Filters(
        state=common.choice(asked.get("state", ""), WhistleState.values),
        call=common.choice(asked.get("call", ""), tuple(whistles.CALLS)),
        line=asked.get("line", "")[:60],
        division=common.number(asked.get("division", ""), 10**12),
        caller=common.number(asked.get("caller", ""), 10**12),
        word=asked.get("q", "").strip()[:60],
        months=_months(asked.get("from", ""), asked.get("to", "")),
        within=within.span if (within := common.asked_division(request)) else None,
    )


def _months(first: str, last: str) -> tuple[dt.date, dt.date] | None:
    """From the first day of one month to the first day after another; an edited address narrows nothing."""
    try:
        begins = dt.date.fromisoformat(f"{first or last}-01")
        ends = dt.date.fromisoformat(f"{last or first}-01")
    except ValueError:
        return None
    after = dt.date(ends.year + ends.month // 12, ends.month % 12 + 1, 1)
    return (begins, after) if begins < after else None
