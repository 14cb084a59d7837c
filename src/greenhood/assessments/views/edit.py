"""The self-assessment page: a part at a time, saved as one goes, and item by item or as a whole without JavaScript."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from greenhood.accounts.access import require
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.assessments import actions, forms, items, standards
from greenhood.assessments.drifting import kept
from greenhood.assessments.errors import BadAnswer, Closed, Conflict, NoStandard, UnknownCriterion
from greenhood.assessments.models import Assessment, Evidence
from greenhood.assessments.pages import SelfAssessment
from greenhood.assessments.queries.assessments import assessment_with_place
from greenhood.assessments.views.finding import assessment_for
from greenhood.divisions.models import Division
from greenhood.evidence import capture, filetypes
from greenhood.evidence.showing import shown_time
from greenhood.evidence.store import StoreFull
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.uploads import refused_uploads, wants_json, with_uploads
from greenhood.schemes.format import Criterion, Part


@dataclass
class Outcome:
    """What came of a sent page: per item what stood in its way, and sentences about files."""

    filled: dict[int, forms.Filled] = field(default_factory=dict)
    problems: dict[int, Exception] = field(default_factory=dict)
    files: list[tuple[int, str, str]] = field(default_factory=list)
    saved: int = 0
    stored: int = 0

    @property
    def is_clean(self) -> bool:
        return not self.problems and not self.files and not any(one.problems for one in self.filled.values())


@require_POST
def start(request: HttpRequest, code: int) -> HttpResponse:
    """Begin this year's self-assessment of a community, or go to the one begun."""
    community = Division.objects.filter(code=code, valid_to=None).first()
    if community is None:
        raise Http404
    actor = require(request, Capability.ASSESS, community)
    year = request.POST.get("year", "")
    tags = request.POST.getlist("tag")
    try:
        chosen = int(year) if year.isdecimal() and len(year) == 4 else today_in_shanghai().year
        assessment = actions.start(community, year=chosen, by=actor, tags=tags)
    except NoStandard as problem:
        messages.error(request, str(problem))
        return redirect("assessments:list")
    return redirect(assessment)


@with_uploads()
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    capability = Capability.ASSESS if request.method == "POST" else Capability.VIEW
    assessment, actor = assessment_for(request, pk, capability)
    part = standards.part_of(standards.standard_of(assessment), request.GET.get("part"))
    if request.method != "POST":
        return _page(request, assessment, actor, part, Outcome())
    outcome = _take(request, assessment, actor)
    if not outcome.is_clean:
        return _page(request, assessment_with_place(pk), actor, part, outcome, status=422)
    _do(request, assessment, actor)
    if outcome.stored:
        messages.success(request, f"已保存，新增 {outcome.stored} 个文件。")
    elif "save" in request.POST.get("do", "save"):
        messages.success(request, "已保存。")
    return redirect(f"{reverse('assessments:edit', args=[pk])}?part={part.key}{_anchor(request)}")


def _anchor(request: HttpRequest) -> str:
    no = request.POST.get("do", "").partition(":")[2]
    return f"#item-{no}" if no.isdecimal() else ""


def _take(request: HttpRequest, assessment: Assessment, actor: Actor) -> Outcome:
    """Files first: a browser can't show them again. Then every item that the page sent."""
    standard = standards.standard_of(assessment)
    outcome = Outcome({one.no: one for one in forms.sent_items(request.POST, standard)})
    _take_files(request, assessment, actor, outcome)
    whole = {no: (one.fields, one.revision) for no, one in outcome.filled.items() if not one.problems}
    saved, refused = actions.save_answers(assessment, filled=whole, by=actor)
    outcome.saved, outcome.problems = len(saved), dict(refused)
    _describe(request, assessment, actor)
    return outcome


def _take_files(request: HttpRequest, assessment: Assessment, actor: Actor, outcome: Outcome) -> None:
    for refused in refused_uploads(request):
        outcome.files.append((_item_of(refused.field), refused.name, refused.reason))
    for name in request.FILES:
        for file in request.FILES.getlist(name):
            no = _item_of(name)
            check = request.POST.get(f"c{no}-file-check", "")
            try:
                actions.attach(
                    assessment,
                    criterion=no,
                    check_no=int(check) if check.isdecimal() and len(check) < 4 else None,
                    file=file,
                    name=file.name or "",
                    by=actor,
                    capture=capture.read(request.POST, by=actor, now=timezone.now()),
                )
                outcome.stored += 1
            except (filetypes.Refused, StoreFull, Closed, UnknownCriterion) as problem:
                outcome.files.append((no, file.name or "", str(problem)))


def _item_of(name: str) -> int:
    """``c7-files`` → 7; 0 for a field that no page of ours has."""
    no = name.removeprefix("c").partition("-")[0]
    return int(no) if no.isdecimal() and len(no) < 5 else 0


def _describe(request: HttpRequest, assessment: Assessment, actor: Actor) -> None:
    sent = {
        name.removesuffix("-caption").removeprefix("e-")
        for name in request.POST
        if name.startswith("e-") and name.endswith("-caption")
    }
    if not sent:
        return
    for evidence in Evidence.objects.filter(assessment=assessment, removed_at=None).select_related("blob"):
        key = str(evidence.pk)
        if key not in sent:
            continue
        caption, is_public = request.POST.get(f"e-{key}-caption", "").strip(), f"e-{key}-public" in request.POST
        if (caption, is_public) == (evidence.caption, evidence.is_public):
            continue
        try:
            actions.describe_evidence(evidence, caption=caption, is_public=is_public, by=actor)
        except Closed as problem:
            messages.error(request, f"{evidence.name}：{problem}")


def _do(request: HttpRequest, assessment: Assessment, actor: Actor) -> None:
    """The button that was pressed, where it was more than saving: ``remove:<id>``, ``carry:<item>`` …"""
    verb, _, key = request.POST.get("do", "").partition(":")
    try:
        match verb:
            case "remove" | "restore":
                _change(request, assessment, actor, verb, _uuid(key))
            case "carry" | "uncarry" if key.isdecimal() and len(key) < 5:
                _carry(request, assessment, actor, verb, int(key))
            case "withdraw":
                _withdraw(request, assessment, actor, _uuid(key))
    except (Closed, UnknownCriterion) as problem:
        messages.error(request, str(problem))


def _change(request: HttpRequest, assessment: Assessment, actor: Actor, verb: str, key: UUID | None) -> None:
    evidence = Evidence.objects.filter(assessment=assessment, pk=key).first()
    if evidence is None:
        raise Http404
    if verb == "remove":
        actions.remove_evidence(evidence, by=actor)
        messages.success(request, f"已移除“{evidence.name}”，可在本页下方恢复。")
    else:
        actions.restore_evidence(evidence, by=actor)
        messages.success(request, f"已恢复“{evidence.name}”。")


def _carry(request: HttpRequest, assessment: Assessment, actor: Actor, verb: str, no: int) -> None:
    if verb == "carry":
        count = len(actions.carry_evidence(assessment, criterion=no, by=actor))
        messages.success(request, f"第 {no} 项已沿用 {count} 份材料，可以撤销。")
    else:
        count = actions.undo_carrying(assessment, criterion=no, by=actor)
        messages.success(request, f"第 {no} 项已撤销沿用的 {count} 份材料。")


def _withdraw(request: HttpRequest, assessment: Assessment, actor: Actor, key: UUID | None) -> None:
    made = assessment.overrides.filter(pk=key).first()
    if made is None:
        raise Http404
    actions.withdraw_override(made, by=actor)
    messages.success(request, f"第 {made.criterion} 项的主张已撤回，按数据计分。")


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _page(
    request: HttpRequest, assessment: Assessment, actor: Actor, part: Part, outcome: Outcome, status: int = 200
) -> HttpResponse:
    sheet = SelfAssessment(assessment, actor)
    shown = sheet.items_of(part, outcome.filled, outcome.problems)
    if sheet.follows_facts:
        actions.refresh(assessment, sheet.result, kept(sheet.drifts))
    context = _context(sheet, part, outcome.problems) | {
        "items": shown,
        "file_problems": outcome.files,
        "problem_items": [one for one in shown if one.problems or one.differences],
        "accept": filetypes.ACCEPT,
        "welcome": filetypes.WELCOME,
        "removed": [items.piece(piece) for piece in sheet.removed] if sheet.may_edit else [],
        "is_open_part": any(one.is_open for one in shown),
    }
    return render(request, "assessments/edit.html", context, status=status)


def _context(sheet: SelfAssessment, part: Part, problems: Mapping[int, object] | None = None) -> dict[str, object]:
    """What the head of the page and its parts show; every answer to a script holds these anew."""
    keys = [one.key for one in sheet.standard.parts]
    at = keys.index(part.key)
    return {
        "page_title": f"{sheet.assessment.community.name} {sheet.assessment.year} 年自评",
        "assessment": sheet.assessment,
        "version": sheet.assessment.version,
        "standard": sheet.standard,
        "sheet": sheet,
        "result": sheet.result,
        "part": part,
        "tabs": sheet.tabs(part.key, problems),
        "next_part": sheet.standard.parts[at + 1] if at + 1 < len(keys) else None,
        "missing": sheet.missing,
    }


@require_POST
def save_item(request: HttpRequest, pk: UUID, no: int) -> HttpResponse:
    """One item, as a script saves it: the new revision and what the answer comes to, or what is wrong."""
    assessment, actor = assessment_for(request, pk, Capability.ASSESS)
    standard = standards.standard_of(assessment)
    part, line = _line(assessment, no)
    filled = forms.read_item(request.POST, standard, line)
    if filled.problems:
        return JsonResponse({"problems": filled.problems}, status=422)
    try:
        answer = actions.save_answer(assessment, criterion=no, fields=filled.fields, revision=filled.revision, by=actor)
    except BadAnswer as problem:
        return JsonResponse({"problems": problem.problems}, status=422)
    except Closed as problem:
        return JsonResponse({"problem": problem.reason}, status=423)
    except Conflict as problem:
        return _conflict(request, SelfAssessment(assessment_with_place(pk), actor), part, filled, problem)
    fresh = assessment_with_place(pk)
    sheet = SelfAssessment(fresh, actor)
    saved_at = shown_time(answer.edited_at or timezone.now())
    return JsonResponse(
        {"revision": answer.revision, "saved": saved_at[11:], **_parts(request, sheet, part, sheet.item(part, line))}
    )


def _line(assessment: Assessment, no: int) -> tuple[Part, Criterion]:
    for part in standards.standard_of(assessment).parts:
        for line in part.criteria:
            if line.no == no:
                return part, line
    raise Http404


def _parts(request: HttpRequest, sheet: SelfAssessment, part: Part, item: items.Item) -> dict[str, str]:
    context = _context(sheet, part) | {"item": item}
    return {
        "summary": render_to_string("assessments/edit.html#summary", context, request),
        "tabs": render_to_string("assessments/edit.html#tabs", context, request),
        "result": render_to_string("assessments/item.html#result", context, request),
    }


def _conflict(
    request: HttpRequest, sheet: SelfAssessment, part: Part, filled: forms.Filled, problem: Conflict
) -> HttpResponse:
    _, line = _line(sheet.assessment, filled.no)
    item = sheet.item(part, line, filled, problem)
    html = render_to_string("assessments/item.html#conflict", {"item": item, "assessment": sheet.assessment}, request)
    return JsonResponse({"conflict": html, "revision": item.revision}, status=409)


@require_GET
def show_item(request: HttpRequest, pk: UUID, no: int) -> HttpResponse:
    """One item as it is stored, for a page that takes over what somebody else wrote."""
    assessment, actor = assessment_for(request, pk, Capability.VIEW)
    part, line = _line(assessment, no)
    sheet = SelfAssessment(assessment, actor)
    context = _context(sheet, part) | {
        "item": sheet.item(part, line),
        "accept": filetypes.ACCEPT,
        "welcome": filetypes.WELCOME,
    }
    return render(request, "assessments/item.html", context)


@with_uploads()
@require_POST
def upload(request: HttpRequest, pk: UUID, no: int) -> HttpResponse:
    """One file or several for one item, as a script sends them; acknowledged once stored."""
    assessment, actor = assessment_for(request, pk, Capability.ASSESS)
    part, line = _line(assessment, no)
    outcome = Outcome()
    _take_files(request, assessment, actor, outcome)
    if not wants_json(request):
        for _, name, reason in outcome.files:
            messages.error(request, f"{name}：{reason}")
        return redirect(f"{reverse('assessments:edit', args=[pk])}?part={part.key}#item-{no}")
    if outcome.files:
        return JsonResponse({"problem": outcome.files[0][2]}, status=422)
    if not outcome.stored:
        return JsonResponse({"problem": "没有收到文件，请重新选择。"}, status=422)
    sheet = SelfAssessment(assessment_with_place(pk), actor)
    return JsonResponse({"evidence": _evidence(request, sheet, part, line)})


def _evidence(request: HttpRequest, sheet: SelfAssessment, part: Part, line: Criterion) -> str:
    context = {"item": sheet.item(part, line), "assessment": sheet.assessment, "sheet": sheet}
    return render_to_string("assessments/item.html#pieces", context, request)


@require_POST
def change_evidence(request: HttpRequest, pk: UUID, verb: str) -> HttpResponse:
    """Remove, restore or describe one piece, as a script does; without one, ``edit`` takes the same by its buttons."""
    evidence = Evidence.objects.select_related("assessment__community", "blob").filter(pk=pk).first()
    if evidence is None:
        raise Http404
    actor = require(request, Capability.ASSESS, evidence.assessment.community)
    try:
        match verb:
            case "remove":
                actions.remove_evidence(evidence, by=actor)
            case "restore":
                actions.restore_evidence(evidence, by=actor)
            case _:
                caption = request.POST.get("caption", "")
                actions.describe_evidence(evidence, caption=caption, is_public="public" in request.POST, by=actor)
    except Closed as problem:
        return JsonResponse({"problem": problem.reason}, status=423)
    part, line = _line(evidence.assessment, evidence.criterion)
    sheet = SelfAssessment(assessment_with_place(evidence.assessment_id), actor)
    return JsonResponse({"evidence": _evidence(request, sheet, part, line)})
