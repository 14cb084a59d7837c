"""GeoJSON of a community: the file to take away, and a file to bring in, shown before anything is stored."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_http_methods

from greenhood.accounts.capabilities import Capability
from greenhood.communities import actions
from greenhood.communities.errors import BadEntries
from greenhood.communities.mapping import exchange
from greenhood.communities.mapping.exchange import BadFile, Reading
from greenhood.communities.views.places import located_kind_or_404
from greenhood.divisions.models import Division
from greenhood.facts import kinds
from greenhood.facts.models import CoordinateSystem
from greenhood.facts.views.finding import community_for, day_in
from greenhood.kit import uploads
from greenhood.kit.dates import today_in_shanghai


class FileForm(forms.Form):
    """A GeoJSON file and what it doesn't say itself. The second step sends its text back instead of the file."""

    file = forms.FileField(
        label="GeoJSON 文件",
        widget=forms.FileInput(attrs={"accept": ".geojson,.json"}),
        error_messages={"required": "请选择 GeoJSON 文件。"},
    )
    content = forms.CharField(required=False, widget=forms.HiddenInput, strip=False)
    kind = forms.ChoiceField(
        label="类别", required=False, help_text="文件的属性 kind 写明类别时以文件为准；本平台导出的文件都写明了。"
    )
    system = forms.ChoiceField(
        label="坐标系",
        choices=CoordinateSystem.choices,
        help_text="导入时换算为 CGCS2000。平面坐标请先在 GIS 软件中转为经纬度。",
    )
    dated = forms.DateField(label="数据日期", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    note = forms.CharField(label="来源说明", required=False, max_length=200, help_text="例如“2026 年地形图”。")

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        # The second step sends the text back.
        self.fields["file"].required = not self.data.get("content")
        self.fields["kind"].choices = [("", "按文件中的 kind"), *exchange.kinds_to_choose()]
        self.fields["dated"].widget.attrs["max"] = today_in_shanghai().isoformat()

    def clean_dated(self) -> Any:
        if self.cleaned_data["dated"] > today_in_shanghai():
            raise forms.ValidationError("数据日期还没有到，不能晚于今天。")
        return self.cleaned_data["dated"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("content") and not self.errors.get("file"):
            cleaned["content"] = self._text(cleaned.get("file"))
        return cleaned

    def _text(self, file: Any) -> str:
        if not file:
            return ""
        try:
            return file.read().decode("utf-8-sig")
        except UnicodeDecodeError:
            self.add_error("file", "文件不是 UTF-8 编码的文本。请在 GIS 软件中以 UTF-8 导出 GeoJSON。")
            return ""


@uploads.with_uploads(exchange.MOST_BYTES)
@require_http_methods(["GET", "HEAD", "POST"])
def geojson(request: HttpRequest, code: int) -> HttpResponse:
    """Choose a file; see what it would do; store it."""
    if request.method != "POST":
        community, _ = community_for(request, code)
        return _page(request, community, FileForm(initial={"dated": today_in_shanghai()}))
    community, _ = community_for(request, code, Capability.RECORD)
    form = FileForm(request.POST, request.FILES)
    uploads.say_refused(form, request)
    if not form.is_valid():
        return _page(request, community, form, status=422)
    try:
        found = _read(community, form)
    except BadFile as problem:
        form.add_error("file", str(problem))
        return _page(request, community, form, status=422)
    is_confirmed = request.POST.get("do") == "store" and not (found.warnings and "confirmed" not in request.POST)
    if not is_confirmed or found.has_errors:
        return _page(request, community, form, found=found, status=422 if found.has_errors else 200)
    return _stored(request, community, form, found)


def _read(community: Division, form: FileForm) -> Reading:
    cleaned = form.cleaned_data
    kind = kinds.kind(cleaned["kind"]) if cleaned["kind"] else None
    return exchange.read(cleaned["content"], community, cleaned["dated"], kind=kind, system=cleaned["system"])


def _stored(request: HttpRequest, community: Division, form: FileForm, found: Reading) -> HttpResponse:
    cleaned = form.cleaned_data
    try:
        count = actions.bring_in(
            found.entries,
            community,
            _seen(request),
            dated=cleaned["dated"],
            note=cleaned["note"],
            system=cleaned["system"],
            by=request.actor,
        )
    except BadEntries as problem:
        for entry in found.entries:
            if sentence := problem.problems.get(entry.number):
                entry.errors.append(sentence)
        return _page(request, community, form, found=found, status=409)
    messages.success(request, f"已导入 {count} 项，新增 {found.count('new')} 项，更新 {found.count('changed')} 项。")
    return redirect(reverse("communities:map", args=[community.code]))


def _seen(request: HttpRequest) -> dict[str, str]:
    try:
        found = json.loads(request.POST.get("seen", "{}"))
    except ValueError:
        return {}
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}


@require_GET
def geojson_file(request: HttpRequest, code: int) -> HttpResponse:
    """One kind (``kind=green-spaces``) or everything of a community, as of a day."""
    community, _ = community_for(request, code, Capability.EXPORT)
    day, key = day_in(request)[0] or today_in_shanghai(), request.GET.get("kind", "")
    title = located_kind_or_404(key).title if key else "全部"
    found = exchange.items_to_export(community, day, key)
    actions.note_export(community, rows=len(found), kind=key, by=request.actor)
    content = json.dumps(exchange.collection(community, day, found), ensure_ascii=False, indent=1)
    name = f"{community.name}{title}{day:%Y%m%d}.geojson"
    headers = {"Content-Disposition": content_disposition_header(as_attachment=True, filename=name) or ""}
    return HttpResponse(content, content_type="application/geo+json; charset=utf-8", headers=headers)


def _page(
    request: HttpRequest, community: Division, form: FileForm, *, found: Reading | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "page_title": f"{community.name}地图数据导入导出",
        "community": community,
        "form": form,
        "found": found,
        "seen": json.dumps(found.seen) if found else "",
        "content": form.cleaned_data.get("content", "") if found else "",
        "counts": [(title, found.count(key)) for key, title in OUTCOMES.items()] if found else [],
        "outcomes": OUTCOMES,
        "choices": exchange.kinds_to_choose(),
        "today": today_in_shanghai(),
        "may_record": request.actor.may(Capability.RECORD, community),
        "may_export": request.actor.may(Capability.EXPORT, community),
        "most": exchange.MOST_FEATURES,
        "most_megabytes": exchange.MOST_BYTES // 2**20,
    }
    return render(request, "communities/geojson.html", context, status=status)


OUTCOMES = {"new": "新增", "changed": "更新", "same": "不变", "error": "有误"}
