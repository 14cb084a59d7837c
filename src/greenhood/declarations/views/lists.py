"""The to-do list, the list of all declarations, deciding on many at once, and exports."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from greenhood.accounts.access import require
from greenhood.accounts.capabilities import Capability
from greenhood.declarations.actions import awarding, deciding
from greenhood.declarations.actions.exporting import note_export
from greenhood.declarations.errors import Refused
from greenhood.declarations.forms import FilterForm, OpinionForm
from greenhood.declarations.models import Declaration
from greenhood.declarations.procedure import Awaits
from greenhood.declarations.queries import listing
from greenhood.declarations.queries.listing import Line
from greenhood.declarations.queries.waits import waits
from greenhood.declarations.views import exporting
from greenhood.declarations.views.finding import chosen, paging_keys
from greenhood.kit.dates import today_in_shanghai

HEADINGS = (
    "区划代码", "市（州）", "县（市、区）", "街道（乡镇）", "社区", "年度", "拟创建称号", "状态", "环节", "等待",
    "到达时间", "办理期限", "申报时自评总分", "申报时间",
)  # fmt: skip


@require_GET
def todo(request: HttpRequest) -> HttpResponse:
    """What waits for me, and on the second tab what I await."""
    if request.actor.may(Capability.SIT_ON_PANEL):  # type: ignore[attr-defined]
        return redirect("declarations:cases")
    actor = require(request, Capability.VIEW)
    is_awaited = request.GET.get("tab") == "awaited"
    form = FilterForm(listing.choices(actor), request.GET, without=("status",))
    waiting = waits(actor)
    # The frame shows the same number.
    request.waits = waiting  # type: ignore[attr-defined]
    if is_awaited:
        lines = listing.awaited(actor, form.filters, **paging_keys(request))
    else:
        lines = listing.todo(actor, form.filters, **paging_keys(request), count=waiting.declarations)
    context = {
        "page_title": "待办",
        "lines": lines,
        "form": form,
        "is_awaited": is_awaited,
        "waits": waiting,
        "today": today_in_shanghai(),
        "bulk_form": OpinionForm(),
        "can_pass": any(line.placed.awaits is Awaits.DECISION for line in lines.rows) and not is_awaited,
        "can_award": any(line.placed.awaits is Awaits.AWARD for line in lines.rows) and not is_awaited,
        "can_draw": any(line.placed.awaits is Awaits.DRAW for line in lines.rows),
        "can_seat": any(line.placed.awaits is Awaits.PANEL for line in lines.rows),
        "can_publish": any(line.placed.awaits is Awaits.NOTICE for line in lines.rows),
        "has_visits": any(line.placed.step and line.placed.step.on_site for line in lines.rows),
        "is_community": actor.may(Capability.DECLARE),
    }
    return render(request, "declarations/todo.html", context)


@require_GET
def declarations(request: HttpRequest) -> HttpResponse:
    """Every declaration within my division."""
    actor = require(request, Capability.VIEW)
    form = FilterForm(listing.choices(actor), request.GET)
    context = {
        "page_title": "创建申报",
        "lines": listing.declarations(actor, form.filters, **paging_keys(request)),
        "form": form,
        "may_export": actor.may(Capability.EXPORT),
        "may_declare": actor.may(Capability.DECLARE),
        "today": today_in_shanghai(),
    }
    return render(request, "declarations/list.html", context)


@require_GET
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    actor = require(request, Capability.EXPORT)
    filters = FilterForm(listing.choices(actor), request.GET).filters
    lines = listing.every_line(actor, filters)
    sent = exporting.send(kind, f"创建申报-{today_in_shanghai()}", HEADINGS, _rows(lines))
    note_export(kind=kind, filters=request.GET.urlencode(), by=actor)
    return sent


def _rows(lines: Iterator[Line]) -> Iterator[list[object]]:
    for line in lines:
        row = line.declaration
        # Municipalities have no prefecture between: the places are filled from the community upwards.
        city, county, street = ["", "", "", *line.path[1:-1]][-3:]
        yield [
            f"{row.community.code:012d}", city, county, street, row.community.name, row.year, line.title,
            row.get_status_display(), line.placed.step.title if line.placed.step else "", line.placed.words,
            timezone.localtime(row.since).strftime("%Y-%m-%d %H:%M"), row.due_on, row.declared_total,
            timezone.localtime(row.declared_at).strftime("%Y-%m-%d %H:%M"),
        ]  # fmt: skip


@require_POST
def bulk(request: HttpRequest) -> HttpResponse:
    """Pass, or award, everything ticked, with one shared opinion; say of each refused one why."""
    actor = require(request, Capability.DECIDE)
    seen, form = chosen(request), OpinionForm(request.POST)
    if not seen:
        messages.error(request, "没有选择申报。请在列表中勾选后再办理。")
        return redirect(_back(request))
    if not form.is_valid():
        messages.error(request, "；".join(error for errors in form.errors.values() for error in errors))
        return redirect(_back(request))
    clean = form.said
    try:
        if request.POST.get("verb") == "award":
            given = awarding.award_many(
                seen, by=actor, opinion=clean["opinion"], seal_date=clean["seal_date"], seen=seen
            )
            _say(request, "命名", len(given.awards), given.refused)
        else:
            done = deciding.pass_many(seen, by=actor, seen=seen, **clean)
            _say(request, "通过", len(done.decided), done.refused)
    except Refused as problem:
        messages.error(request, problem.reason)
    return redirect(_back(request))


def _say(request: HttpRequest, verb: str, count: int, refused: list[tuple[Declaration, str]]) -> None:
    if count:
        messages.success(request, f"已{verb} {count} 件，每件各有一条办理记录。")
    for row, reason in refused[:20]:
        messages.warning(request, f"{row.community.name}未办理：{reason}")
    if len(refused) > 20:
        messages.warning(request, f"另有 {len(refused) - 20} 件未办理，请在列表中逐件查看原因。")


def _back(request: HttpRequest) -> str:
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()})
    return wanted if wanted and is_ours else "declarations:todo"
