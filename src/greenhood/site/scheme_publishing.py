"""Publishing a scheme from the browser: choose a file, see what the check says, choose its open settings, publish.

It stands here, above accounts, because schemes themselves know nothing of people.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from greenhood.accounts.access import require
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions.models import Division
from greenhood.kit.uploads import say_refused, with_uploads
from greenhood.schemes import actions, checking, differences, library, loading, queries, source, stored, words
from greenhood.schemes.format import Setting
from greenhood.schemes.loading import Loaded
from greenhood.schemes.models import SchemeVersion
from greenhood.schemes.problems import Problem, Refused

TOO_LARGE = "文件超过 2 MB。方案文件只写方案本身，不附材料。"


class ChooseForm(forms.Form):
    """A file of the product's own, or one from the publisher's computer."""

    shipped = forms.ChoiceField(label="平台自带的方案文件", required=False)
    upload = forms.FileField(label="或上传方案文件（YAML）", required=False, help_text="UTF-8 编码，不超过 2 MB。")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [path.name for path in library.files()]
        self.fields["shipped"].choices = [("", "请选择"), *((name, name) for name in names)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if bool(cleaned.get("shipped")) == bool(cleaned.get("upload")) and not self.errors:
            raise forms.ValidationError("请从平台自带的文件中选一个，或上传一个文件，二者取一。")
        return cleaned

    def name_and_text(self) -> tuple[str, str]:
        """The file's name and its text; raises Refused where it is no text."""
        upload, shipped = self.cleaned_data["upload"], self.cleaned_data["shipped"]
        name = Path(upload.name).name if upload else shipped
        data = upload.read() if upload else (library.folder() / shipped).read_bytes()
        try:
            return name, _lines(data.decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise Refused([Problem(Path(name), line, "不是 UTF-8 编码", "用编辑器另存为 UTF-8 编码")]) from None


class SettingsForm(forms.Form):
    """One field for every open setting of a scheme, and the file's text, so that what was checked is what is published."""

    stage = forms.CharField(widget=forms.HiddenInput, initial="publish")
    name = forms.CharField(widget=forms.HiddenInput, max_length=200)
    text = forms.CharField(widget=forms.HiddenInput, max_length=source.LARGEST_FILE, strip=False)
    based_on = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    confirmed = forms.BooleanField(
        label="我已核对方案与原文一致，知道发布后不能修改，只能另发新版",
        error_messages={"required": "发布前请勾选确认。"},
    )

    def __init__(self, settings: list[Setting], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.settings = [setting for setting in settings if setting.open]
        for setting in self.settings:
            self.fields[_field_name(setting)] = _field(setting)
        self.order_fields([_field_name(setting) for setting in self.settings])

    def chosen(self) -> dict[str, Any]:
        """The values that differ from their defaults."""
        values = {setting.key: self.cleaned_data[_field_name(setting)] for setting in self.settings}
        return {setting.key: values[setting.key] for setting in self.settings if _differs(values[setting.key], setting)}

    def rows(self) -> list[tuple[Setting, forms.BoundField]]:
        return [(setting, self[_field_name(setting)]) for setting in self.settings]


@with_uploads(source.LARGEST_FILE, TOO_LARGE)
@require_http_methods(["GET", "HEAD", "POST"])
def publish_scheme(request: HttpRequest) -> HttpResponse:
    actor = require(request, Capability.PUBLISH_SCHEME)
    if request.method != "POST":
        return _choosing(request, ChooseForm(initial={"shipped": request.GET.get("file", "")}))
    if request.POST.get("stage") == "publish":
        return _publish(request, actor)
    form = ChooseForm(request.POST, request.FILES)
    say_refused(form, request)
    if not form.is_valid():
        return _choosing(request, form)
    try:
        name, text = form.name_and_text()
        loaded = _loaded(name, text)
    except Refused as refused:
        return _choosing(request, form, refused.problems)
    return _reviewing(request, actor, loaded, _first_form(loaded, name, text))


def _publish(request: HttpRequest, actor: Actor) -> HttpResponse:
    name, text = Path(request.POST.get("name", "")).name, _lines(request.POST.get("text", ""))
    try:
        loaded = _loaded(name or "scheme.yaml", text)
    except Refused as refused:
        return _choosing(request, ChooseForm(), refused.problems)
    form = SettingsForm(loaded.scheme.settings, {**request.POST.dict(), "text": text})
    if not form.is_valid() or not _may_publish(actor, loaded):
        return _reviewing(request, actor, loaded, form)
    based_on = form.cleaned_data["based_on"]
    try:
        version = actions.publish(loaded, chosen=form.chosen(), by=actor, based_on=based_on)
    except Refused as refused:
        return _reviewing(request, actor, loaded, form, refused.problems)
    except actions.Overtaken as overtaken:
        form.add_error(None, str(overtaken))
        form.data = {**form.data, "based_on": overtaken.newest}
        return _reviewing(request, actor, loaded, form)
    _say(request, version, is_new=version.version != based_on)
    return redirect(version)


def _say(request: HttpRequest, version: SchemeVersion, *, is_new: bool) -> None:
    if is_new:
        messages.success(request, f"已发布《{version.title}》第 {version.version} 版。")
    else:
        messages.info(request, f"内容和选定的值都没有变化，仍为第 {version.version} 版。")


def _choosing(request: HttpRequest, form: ChooseForm, problems: list[Problem] | None = None) -> HttpResponse:
    context = {"page_title": "发布方案", "form": form, "found": problems or []}
    status = 422 if problems or form.errors else 200
    return render(request, "site/publish_scheme.html", context, status=status)


def _reviewing(
    request: HttpRequest, actor: Actor, loaded: Loaded, form: SettingsForm, problems: list[Problem] | None = None
) -> HttpResponse:
    found = problems or checking.check_loaded(loaded)
    previous = queries.newest_of(loaded.scheme.id)
    context = {
        "page_title": f"发布方案：{loaded.scheme.title}",
        "scheme": loaded.scheme,
        "form": form,
        "found": found,
        "errors": checking.errors(found),
        "previous": previous,
        "groups": differences.groups(previous.scheme, loaded.scheme) if previous else [],
        "jurisdiction": _jurisdiction(loaded),
        "may_publish": _may_publish(actor, loaded),
        "post": actor.post,
    }
    status = 422 if form.errors or problems else 200
    return render(request, "site/publish_scheme_review.html", context, status=status)


def _loaded(name: str, text: str) -> Loaded:
    """The scheme as if it stood among the product's own, where the higher schemes are; or under one that was published."""
    return stored.read(text, library.folder() / name)


def _first_form(loaded: Loaded, name: str, text: str) -> SettingsForm:
    previous = queries.newest_of(loaded.scheme.id)
    kept: Mapping[str, Any] = previous.chosen if previous else {}
    initial = {_field_name(setting): kept.get(setting.key, setting.default) for setting in loaded.scheme.settings}
    initial |= {"name": name, "text": text, "based_on": previous.version if previous else 0}
    return SettingsForm(loaded.scheme.settings, initial=initial)


def _jurisdiction(loaded: Loaded) -> Division | None:
    return Division.objects.filter(code=loaded.scheme.jurisdiction, valid_to=None).first()


def _may_publish(actor: Actor, loaded: Loaded) -> bool:
    division = _jurisdiction(loaded)
    return division is not None and actor.may(Capability.PUBLISH_SCHEME, division)


def _field_name(setting: Setting) -> str:
    return f"setting-{setting.key}"


def _field(setting: Setting) -> forms.Field:
    label = f"{setting.title}（{setting.unit}）" if setting.unit else setting.title
    default = words.setting_value(setting.default, setting.unit)
    common: dict[str, Any] = {"label": label, "help_text": f"默认 {default}。{setting.reason}"}
    if setting.choices is not None:
        choices = [(choice, words.setting_value(choice)) for choice in setting.choices]
        return forms.ChoiceField(choices=choices, **common)
    if isinstance(setting.default, bool):
        return forms.BooleanField(required=False, **common)
    if isinstance(setting.default, (int, Decimal)):
        limits: dict[str, Any] = {"min_value": setting.at_least, "max_value": setting.at_most}
        return forms.DecimalField(max_digits=12, decimal_places=4, **limits, **common)
    return forms.CharField(max_length=200, **common)


def _differs(value: Any, setting: Setting) -> bool:
    try:
        return loading.coerce(setting, value) != loading.coerce(setting, setting.default)
    except ValueError:
        return True


def _lines(text: str) -> str:
    """Browsers send line ends as CR LF; a scheme file has LF."""
    return text.replace("\r\n", "\n")
