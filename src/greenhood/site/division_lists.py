"""A new list of divisions from the browser: upload it, see what is wrong or what it would change, then read it in.

The file waits in the storage between the two steps, one for each person. Lists larger than a province's are read in on the
server, where nobody waits for a page.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory

from django import forms
from django.contrib import messages
from django.core import signing
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from greenhood.accounts.access import NotAllowed, require
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions import actions, reading
from greenhood.divisions.models import Change, Level
from greenhood.divisions.reading import Problem
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.uploads import clean_name, say_refused, with_uploads
from greenhood.site.division_changes import LIST, may_upload

LARGEST = 5 * 2**20
KINDS = (*reading.TEXT, reading.BOOK)
TOO_LARGE = "文件超过 5 MB。请按省分开上传；全国的名单请在服务器上用 greenhood divisions import 读入。"
FOLDER = "division-lists"
SALT = "greenhood.division-list"
SECONDS = 24 * 60 * 60
PAGE = 100


class UploadForm(forms.Form):
    """A list, and the day up to which it holds."""

    file = forms.FileField(
        label="名单文件",
        help_text="统计用区划代码、城乡分类代码（可无）、名称三列；.csv、.txt、.tsv 或 .xlsx，不超过 5 MB。",
        error_messages={"required": "请选择名单文件。", "empty": "文件是空的。"},
    )
    as_of = forms.DateField(
        label="名单的截止日期",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "请填写名单的截止日期。", "invalid": "日期格式不正确，例如 2024-06-30。"},
    )
    title = forms.CharField(label="名单的名称", max_length=200, required=False, help_text="不填则用文件名。")

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if PurePath(file.name or "").suffix.lower() not in KINDS:
            raise forms.ValidationError("只能上传 .csv、.txt、.tsv 或 .xlsx 文件。")
        return file

    def clean_as_of(self) -> dt.date:
        day: dt.date = self.cleaned_data["as_of"]
        if day > today_in_shanghai():
            raise forms.ValidationError("截止日期不能晚于今天。")
        return day


@dataclass(frozen=True)
class Waiting:
    """An uploaded list that was not read in yet; ``token`` names it in addresses and can't be forged."""

    person: str
    name: str
    title: str
    as_of: dt.date

    @property
    def path(self) -> str:
        return f"{FOLDER}/{self.person}{PurePath(self.name).suffix.lower()}"

    @property
    def token(self) -> str:
        return signing.dumps([self.person, self.name, self.title, self.as_of.isoformat()], salt=SALT, compress=True)

    @property
    def address(self) -> str:
        return f"{reverse('site:division-upload')}?{urlencode({'list': self.token})}"


@with_uploads(LARGEST, TOO_LARGE)
@require_http_methods(["GET", "HEAD", "POST"])
def upload_divisions(request: HttpRequest) -> HttpResponse:
    actor = require(request, Capability.CONFIRM_DIVISIONS)
    if not may_upload(actor):
        raise NotAllowed("名单按省比对，由省级以上的系统管理员上传。您可以确认本辖区的区划变更。")
    if token := request.GET.get("list"):
        return _of_uploaded(request, actor, token)
    if request.method != "POST":
        return _asking(request, UploadForm())
    form = UploadForm(request.POST, request.FILES)
    say_refused(form, request)
    if form.is_valid():
        return redirect(_keep(actor, form).address)
    return _asking(request, form)


def _of_uploaded(request: HttpRequest, actor: Actor, token: str) -> HttpResponse:
    """Show what an uploaded list says; read it in where that was confirmed."""
    waiting = _waiting(actor, token)
    if waiting is None:
        messages.error(request, "上传的名单已读入、已被后来上传的替换，或已超过一天。请重新上传。")
        return redirect("site:division-upload")
    try:
        if request.method == "POST":
            return _take(request, actor, waiting)
        with _as_file(waiting) as path:
            outlook = actions.look_ahead(path, as_of=waiting.as_of, within=_span(actor))
    except reading.Unreadable as wrong:
        return _refusing(request, waiting, [wrong.problem])
    except actions.BadList as wrong:
        return _refusing(request, waiting, wrong.problems)
    except actions.OlderList as wrong:
        return _refusing(request, waiting, [Problem(waiting.name, 0, wrong.reason)])
    context = {
        "page_title": "核对区划名单",
        "waiting": waiting,
        "levels": [(Level(level).label, count) for level, count in outlook.levels.items()],
        "fresh": outlook.fresh,
        "kinds": [(Change.Kind(kind).label, count) for kind, count in outlook.proposals.items()],
        "ending": outlook.ending,
    }
    return render(request, "site/division_list_ready.html", context)


def _take(request: HttpRequest, actor: Actor, waiting: Waiting) -> HttpResponse:
    with _as_file(waiting) as path:
        loaded = actions.load(
            path, by=actor, as_of=waiting.as_of, title=waiting.title or waiting.name, within=_span(actor)
        )
    default_storage.delete(waiting.path)
    proposed = sum(loaded.proposals.values())
    words = f"已读入 {loaded.list.rows} 个单位：直接载入 {loaded.fresh} 个，待确认的变更 {proposed} 项。"
    again = f"以前不采纳的 {loaded.dismissed} 项没有再列出。" if loaded.dismissed else ""
    messages.success(request, words + again)
    return redirect(LIST)


def _asking(request: HttpRequest, form: UploadForm) -> HttpResponse:
    context = {"page_title": "上传区划名单", "form": form}
    return render(request, "site/division_upload.html", context, status=422 if form.errors else 200)


def _refusing(request: HttpRequest, waiting: Waiting, problems: list[Problem]) -> HttpResponse:
    page = Paginator(problems, PAGE).get_page(request.GET.get("page"))
    context = {"page_title": "名单有错误，没有读入", "waiting": waiting, "page": page}
    return render(request, "site/division_list_problems.html", context, status=422)


def _keep(actor: Actor, form: UploadForm) -> Waiting:
    """Store the file in the place of what the person uploaded before."""
    file = form.cleaned_data["file"]
    name = clean_name(file.name)
    waiting = Waiting(actor.person_id, name, form.cleaned_data["title"], form.cleaned_data["as_of"])
    for kind in KINDS:
        default_storage.delete(f"{FOLDER}/{actor.person_id}{kind}")
    default_storage.save(waiting.path, file)
    return waiting


def _waiting(actor: Actor, token: str) -> Waiting | None:
    try:
        person, name, title, as_of = signing.loads(token, salt=SALT, max_age=SECONDS)
    except signing.BadSignature:
        return None
    waiting = Waiting(person, name, title, dt.date.fromisoformat(as_of))
    return waiting if person == actor.person_id and default_storage.exists(waiting.path) else None


@contextmanager
def _as_file(waiting: Waiting) -> Iterator[Path]:
    """The list as a file under its own name, so that complaints name what the person knows."""
    with TemporaryDirectory() as folder, default_storage.open(waiting.path) as stored:
        path = Path(folder) / f"名单{PurePath(waiting.path).suffix}"
        path.write_bytes(stored.read())
        yield path


def _span(actor: Actor) -> tuple[int, int]:
    assert actor.post is not None, "require has found the capability in a post"
    return actor.post.division.span
