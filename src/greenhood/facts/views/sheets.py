"""Excel down and up: the form, what is recorded, and a filled workbook judged before it is recorded."""

from __future__ import annotations

from functools import partial
from pathlib import PurePath
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from greenhood.accounts.access import require
from greenhood.accounts.capabilities import Capability
from greenhood.accounts.views.downloads import workbook
from greenhood.divisions.models import Division, Level
from greenhood.facts import actions, sheets, tasks, workbooks
from greenhood.facts.forms import DATE
from greenhood.facts.kinds import Kind, Section, in_section, kind, kinds
from greenhood.facts.models import Import
from greenhood.facts.views.finding import day_in, division_for
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.uploads import over, say_refused, with_uploads

LARGEST = 100 * 2**20
PAGE = 200
# A whole province with every kind is no form; one kind or one section of it is.
WIDEST = Level.CITY


class SendForm(forms.Form):
    """A filled workbook, and the day of what has no date of its own."""

    file = forms.FileField(
        label="填好的 Excel 文件",
        help_text=f"从本页下载的 .xlsx 文件，不超过 {LARGEST // 2**20} MB。",
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx"}),
        error_messages={"required": "请选择文件。", "empty": "文件是空的。"},
    )
    dated = forms.DateField(
        label="数据日期",
        widget=DATE,
        help_text="表中没有填数据日期的行，用这一天。",
        error_messages={"required": "请填写数据日期。", "invalid": "日期格式不正确，例如 2026-11-20。"},
    )
    source_note = forms.CharField(
        label="来源说明", required=False, max_length=200, help_text="例如：2026 年物业台账。不填则用文件名。"
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        suffix = PurePath(file.name or "").suffix.lower()
        if suffix == ".xls":
            raise forms.ValidationError("旧版 .xls 文件不能读取。请用 Excel 或 WPS 另存为“Excel 工作簿（.xlsx）”。")
        if suffix != ".xlsx":
            raise forms.ValidationError("只能上传 .xlsx 文件。")
        return file

    def clean_dated(self) -> Any:
        day = self.cleaned_data["dated"]
        if day > today_in_shanghai():
            raise forms.ValidationError("数据日期不能晚于今天。")
        return day


@with_uploads(LARGEST, over(LARGEST))
@require_http_methods(["GET", "HEAD", "POST"])
def sheets_of(request: HttpRequest) -> HttpResponse:
    """Downloads for a division, and the way back up."""
    division, actor = division_for(request)
    form = SendForm(initial={"dated": today_in_shanghai()})
    if request.method == "POST":
        require(request, Capability.RECORD, division)
        form = SendForm(request.POST, request.FILES)
        say_refused(form, request)
        if form.is_valid():
            clean = form.cleaned_data
            file = clean["file"]
            row = workbooks.send(
                file, file.name, division=division, dated=clean["dated"], source_note=clean["source_note"], by=actor
            )
            return _start(row, tasks.judge, workbooks.judge)
    context = {
        "page_title": "Excel 下载与导入",
        "division": division,
        "is_community": division.level == Level.COMMUNITY,
        "form": form,
        "sections": [(section, in_section(section)) for section in Section if in_section(section)],
        "chosen": request.GET.get("kind", ""),
        "may_record": actor.may(Capability.RECORD, division),
        "may_export": actor.may(Capability.EXPORT, division),
        "may_have_all": division.level >= WIDEST,
        "latest": Import.objects.filter(sent_by=actor.user).select_related("division").order_by("-sent_at")[:10],
    }
    return render(request, "facts/sheets.html", context, status=422 if form.errors else 200)


def _start(row: Import, task: Any, at_once: Any) -> HttpResponse:
    """Small files at once, large ones by a worker; either way the page of the import says how it goes."""
    if row.size <= workbooks.AT_ONCE:
        at_once(row)
    else:
        transaction.on_commit(partial(task.defer, import_id=str(row.pk)))
    return redirect(row)


@require_safe
def download(request: HttpRequest) -> FileResponse:
    """A workbook of one kind, a section or everything: filled with what is recorded, or empty."""
    division, actor = division_for(request, Capability.EXPORT)
    chosen = _chosen(request, division)
    filled = request.GET.get("empty") != "yes"
    day, _ = day_in(request)
    title = chosen[0].title if len(chosen) == 1 else request.GET.get("section") or "社区信息"
    sent = workbook(
        f"{division.name}{title}{'' if filled else '（空表）'}",
        lambda file: sheets.write(file, chosen, division, filled=filled, day=day),
    )
    actions.note_export(division, chosen, "xlsx", by=actor)
    return sent


def _chosen(request: HttpRequest, division: Division) -> list[Kind]:
    if key := request.GET.get("kind"):
        return [kind_or_404(key)]
    if title := request.GET.get("section"):
        section = next((each for each in Section if each.value == title), None)
        if section is None:
            raise Http404
        return in_section(section)
    if division.level < WIDEST:
        raise Http404
    return kinds()


def kind_or_404(key: str) -> Kind:
    try:
        return kind(key)
    except KeyError:
        raise Http404 from None


def import_for(request: HttpRequest, pk: UUID) -> Import:
    """404 for those who may not record in its division."""
    row = Import.objects.select_related("division", "sent_by", "post__division").filter(pk=pk).first()
    if row is None:
        raise Http404
    request.place = row.division  # type: ignore[attr-defined]
    require(request, Capability.RECORD, row.division)
    return row


@require_safe
def import_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """How an import stands: being read, what is wrong with it, what it would change, what it changed."""
    row = import_for(request, pk)
    faults = row.report.get("faults", [])
    context = {
        "page_title": f"导入“{row.name}”",
        "row": row,
        "report": row.report,
        "faults": faults[:PAGE],
        "has_file": row.state != Import.State.APPLIED,
        "is_busy": row.state in {Import.State.WAITING, Import.State.CHECKING, Import.State.APPLYING},
        "is_mine": row.sent_by_id == request.actor.user.pk,  # type: ignore[attr-defined]
        "changes": sum(each["new"] + each["changed"] for each in row.report.get("sheets", [])),
    }
    return render(request, "facts/import.html", context)


@require_POST
def apply_import(request: HttpRequest, pk: UUID) -> HttpResponse:
    row = import_for(request, pk)
    if row.report.get("doubts") and not request.POST.get("confirmed"):
        messages.error(request, "没有导入：请先核对列出的可疑数字，并勾选“我已核对”。")
        return redirect(row)
    try:
        is_first = workbooks.release(row, by=request.actor)  # type: ignore[attr-defined]
    except workbooks.NotNow as problem:
        messages.error(request, str(problem))
        return redirect(row)
    if not is_first:
        # Clicked twice: the first click is doing it, or has done it.
        return redirect(row)
    return _start(row, tasks.apply, workbooks.apply)


@require_safe
def marked(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The sent workbook with its faulty cells marked."""
    row = import_for(request, pk)
    if not row.report.get("faults") or not default_storage.exists(row.path):
        raise Http404
    name = PurePath(row.name).stem
    return workbook(f"{name}（标出错误）", partial(workbooks.marked, row))
