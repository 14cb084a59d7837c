"""Excel down and up: the form, what is kept, and a filled workbook judged before it is written."""

from __future__ import annotations

from functools import partial
from pathlib import PurePath
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from greenhood.accounts.access import require
from greenhood.accounts.capabilities import Capability
from greenhood.accounts.views.downloads import workbook
from greenhood.facts.sheets import mark
from greenhood.facts.views.finding import division_for
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.excel import Problem
from greenhood.kit.uploads import over, say_refused, with_uploads
from greenhood.works.actions.projects import note_export
from greenhood.works.errors import NotPossible
from greenhood.works.models import Import, Project
from greenhood.works.queries import projects as found
from greenhood.works.views.finding import filters_in
from greenhood.works.workbooks import layout, sending, writing

LARGEST = 20 * 2**20
PAGE = 200


class SendForm(forms.Form):
    file = forms.FileField(
        label="填好的 Excel 文件",
        help_text=f"从本页下载的 .xlsx 文件，不超过 {LARGEST // 2**20} MB、{layout.MOST_ROWS} 行。",
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx"}),
        error_messages={"required": "请选择文件。", "empty": "文件是空的。"},
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        suffix = PurePath(file.name or "").suffix.lower()
        if suffix == ".xls":
            raise forms.ValidationError("旧版 .xls 文件不能读取。请用 Excel 或 WPS 另存为“Excel 工作簿（.xlsx）”。")
        if suffix != ".xlsx":
            raise forms.ValidationError("只能上传 .xlsx 文件。")
        return file


@with_uploads(LARGEST, over(LARGEST))
@require_http_methods(["GET", "HEAD", "POST"])
def sheets(request: HttpRequest) -> HttpResponse:
    """Downloads, and the way back up."""
    division, actor = division_for(request)
    require(request, Capability.KEEP_PROJECTS, division)
    form = SendForm()
    if request.method == "POST":
        form = SendForm(request.POST, request.FILES)
        say_refused(form, request)
        if form.is_valid():
            file = form.cleaned_data["file"]
            return redirect(sending.send(file, file.name, division=division, by=actor))
    context = {
        "page_title": "项目和资金：Excel 下载与导入",
        "division": division,
        "form": form,
        "forms": layout.FORMS,
        "may_export": actor.may(Capability.EXPORT, division),
        "latest": Import.objects.filter(sent_by=actor.user).select_related("division").order_by("-sent_at")[:10],
    }
    return render(request, "works/sheets.html", context, status=422 if form.errors else 200)


@require_safe
def template(request: HttpRequest) -> HttpResponseBase:
    division, _ = division_for(request)
    require(request, Capability.KEEP_PROJECTS, division)
    return workbook(f"{division.name}项目和资金空表", partial(writing.write, division=division, projects=[]))


@require_safe
def export(request: HttpRequest) -> HttpResponseBase:
    """The list as it is narrowed, with the money of each project, as it can be sent back."""
    division, actor = division_for(request, Capability.EXPORT)
    rows = found.narrowed(actor, division, filters_in(request)).order_by("-pk")
    note_export(division, "改造项目和资金", by=actor, rows=rows.order_by().count())
    name = f"{division.name}项目和资金{today_in_shanghai():%Y%m%d}"
    return workbook(name, partial(writing.write, division=division, projects=_streamed(rows)))


def _streamed(rows) -> object:
    last = None
    while True:
        batch: list[Project] = list((rows if last is None else rows.filter(pk__lt=last))[: writing.BATCH])
        yield from batch
        if len(batch) < writing.BATCH:
            return
        last = batch[-1].pk


def _import(request: HttpRequest, pk: UUID) -> Import:
    """What a person sent, for them and for those who keep the same projects."""
    row = Import.objects.select_related("division", "sent_by").filter(pk=pk).first()
    if row is None:
        raise Http404
    request.place = row.division
    require(request, Capability.KEEP_PROJECTS, row.division)
    return row


@require_safe
def sent(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What a workbook would do, or why it can't be taken."""
    row = _import(request, pk)
    report = row.report
    context = {
        "page_title": row.name,
        "row": row,
        "report": report,
        "faults": report["faults"][:PAGE],
        "changes": sum(sheet["new"] + sheet["changed"] for sheet in report["sheets"]),
        "is_mine": row.sent_by_id == request.actor.user.pk,
    }
    return render(request, "works/import.html", context)


@require_POST
def apply(request: HttpRequest, pk: UUID) -> HttpResponse:
    row = _import(request, pk)
    try:
        done = sending.apply(row, by=request.actor)
    except NotPossible as problem:
        messages.error(request, problem.reason)
        return redirect(row)
    if done.state == Import.State.APPLIED:
        messages.success(request, "已导入。")
    else:
        messages.error(request, "核对以后有人改动过，现在有错误，没有导入任何内容。")
    return redirect(row)


@require_safe
def marked(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The sent workbook with its faulty cells marked."""
    row = _import(request, pk)
    if row.state != Import.State.REFUSED:
        raise Http404
    faults = [(title, Problem(text, number, column)) for title, number, column, text in row.report["faults"]]

    def write(file) -> None:
        with default_storage.open(row.path) as given:
            mark(given, file, faults)

    return workbook(f"标出错误-{PurePath(row.name).stem}", write)
