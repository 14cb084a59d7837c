"""A stage with its photos side by side, and the files of projects: taken in, shown, removed, restored."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_POST, require_safe

from greenhood.accounts.access import require
from greenhood.accounts.capabilities import Capability
from greenhood.evidence import actions, capture, filetypes, serving
from greenhood.evidence.errors import NotPossible
from greenhood.evidence.models import Attachment
from greenhood.evidence.serving import A_DAY, A_YEAR, alone
from greenhood.evidence.store import StoreFull
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.uploads import refused_uploads, with_uploads
from greenhood.works.models import Movement, Project, Stage
from greenhood.works.proofs import AFTER, BEFORE, MOMENTS, PAPER, papers_of, photos_of
from greenhood.works.queries import projects as found
from greenhood.works.views.finding import kept_for, project_for


@require_safe
def stage(request: HttpRequest, pk: UUID, stage: UUID) -> HttpResponse:
    project, actor = project_for(request, pk)
    return _stage(request, project, get_object_or_404(Stage, pk=stage, project=project), actor)


def _stage(request: HttpRequest, project: Project, held: Stage, actor, problems=(), status: int = 200) -> HttpResponse:
    may_keep = found.may_keep(actor, project.division, project.department)
    photos = photos_of(project, [held], with_removed=may_keep)
    context = {
        "page_title": f"{held.title}：改造前后",
        "project": project,
        "stage": held,
        "moments": [
            ("before", "改造前", photos.get(held.before, [])),
            ("after", "改造后", photos.get(held.after, [])),
        ],
        "is_late": held.is_late(today_in_shanghai()),
        "may_keep": may_keep,
        "problems": problems,
        "accept": filetypes.ACCEPT,
        "welcome": filetypes.WELCOME,
    }
    return render(request, "works/stage.html", context, status=status)


@with_uploads()
@require_POST
def attach(request: HttpRequest, pk: UUID, stage: UUID, moment: str) -> HttpResponse:
    """Photos of a stage, before or after; what isn't taken is named with its reason, the rest is kept."""
    if moment not in MOMENTS:
        raise Http404
    project, actor = kept_for(request, pk)
    held = get_object_or_404(Stage, pk=stage, project=project)
    problems = _take(request, project, MOMENTS[moment], held.before if moment == "before" else held.after, actor)
    if problems:
        return _stage(request, project, held, actor, problems, 422)
    messages.success(request, "已保存。")
    return redirect(held)


@require_safe
def movement(request: HttpRequest, pk: UUID, movement: UUID) -> HttpResponse:
    project, actor = project_for(request, pk)
    return _movement(request, project, _line(project, movement), actor)


def _line(project: Project, pk: UUID) -> Movement:
    rows = Movement.objects.select_related("source", "reverses", "reversed_by", "recorded_by")
    return get_object_or_404(rows, pk=pk, source__project=project)


def _movement(
    request: HttpRequest, project: Project, line: Movement, actor, problems=(), status: int = 200
) -> HttpResponse:
    context = {
        "page_title": f"{line.get_kind_display()}：{line.source}",
        "project": project,
        "line": line,
        "papers": papers_of(project, [line.pk]).get(line.pk, []),
        "may_keep": found.may_keep(actor, project.division, project.department),
        "problems": problems,
        "accept": filetypes.ACCEPT,
        "welcome": filetypes.WELCOME,
    }
    return render(request, "works/movement.html", context, status=status)


@with_uploads()
@require_POST
def attach_paper(request: HttpRequest, pk: UUID, movement: UUID) -> HttpResponse:
    """The papers of a line of the ledger: an invoice, a contract, a notice of allocation."""
    project, actor = kept_for(request, pk)
    line = _line(project, movement)
    problems = _take(request, project, PAPER, line.pk, actor)
    if problems:
        return _movement(request, project, line, actor, problems, 422)
    messages.success(request, "已保存。")
    return redirect("works:movement", project.pk, line.pk)


def _take(request: HttpRequest, project: Project, kind: str, subject: UUID, actor) -> list[tuple[str, str]]:
    problems = [(one.name, one.reason) for one in refused_uploads(request)]
    files = request.FILES.getlist("files")
    for file in files:
        try:
            actions.attach(
                file,
                file.name or "",
                community=project.division,
                subject_kind=kind,
                subject_id=subject,
                by=actor,
                capture=capture.read(request.POST, by=actor, now=timezone.now()),
            )
        except (filetypes.Refused, StoreFull) as problem:
            problems.append((file.name or "", str(problem)))
    if not files and not problems:
        problems.append(("没有收到文件", "请选择文件后再上传。"))
    return problems


@require_POST
def change(request: HttpRequest, pk: UUID, verb: str) -> HttpResponse:
    """Remove or restore one file."""
    row, project = _file(request, pk)
    kept_for(request, project.pk)
    try:
        if verb == "remove":
            actions.remove_attachment(row, by=request.actor)
            messages.success(request, f"已移除“{row.name}”，可以恢复。")
        else:
            actions.restore_attachment(row, by=request.actor)
            messages.success(request, f"已恢复“{row.name}”。")
    except NotPossible as problem:
        messages.error(request, f"{row.name}：{problem.reason}")
    if row.subject_kind == PAPER:
        return redirect("works:movement", project.pk, row.subject_id)
    return redirect(Stage.objects.get(**{_SIDES[row.subject_kind]: row.subject_id}))


_SIDES = {BEFORE: "before", AFTER: "after"}


@require_GET
@cache_control(private=True, max_age=A_DAY, no_transform=True)
@alone
def original(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    row, _ = _file(request, pk)
    return serving.original(request, row.blob, row.name)


@require_GET
@cache_control(private=True, max_age=A_YEAR, immutable=True, no_transform=True)
@alone
def copy(request: HttpRequest, pk: UUID, size: int) -> HttpResponseBase:
    row, _ = _file(request, pk)
    return serving.copy(request, row.blob, row.name, size, f"{row.pk}.jpg")


def _file(request: HttpRequest, pk: UUID) -> tuple[Attachment, Project]:
    """A file of a project that the post may see, or 404."""
    actor = require(request, Capability.VIEW)
    row = (
        Attachment.objects.select_related("community", "blob").filter(pk=pk, subject_kind__in=[*_SIDES, PAPER]).first()
    )
    if row is None:
        raise Http404
    if row.subject_kind == PAPER:
        project = Project.objects.filter(sources__movements=row.subject_id).values("pk").first()
    else:
        project = Project.objects.filter(**{f"stages__{_SIDES[row.subject_kind]}": row.subject_id}).values("pk").first()
    if project is None:
        raise Http404
    return row, found.project_for(actor, project["pk"])
