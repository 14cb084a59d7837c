"""The what-if page (试算): choose a version or bring a draft, change what the policy leaves open, see what it comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from greenhood.accounts import access
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division, Level
from greenhood.insight import queries as insight
from greenhood.insight import trials
from greenhood.insight.actions import note_export
from greenhood.insight.events import Event
from greenhood.insight.views.overviews import workbook
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.uploads import say_refused, with_uploads
from greenhood.schemes import library, loading, queries, source, stored
from greenhood.schemes.arithmetic import points_of
from greenhood.schemes.format import Scheme, Setting
from greenhood.schemes.loading import Loaded
from greenhood.schemes.models import SchemeVersion
from greenhood.schemes.problems import Problem, Refused

TOO_LARGE = "文件超过 2 MB。方案文件只写方案本身，不附材料。"
MOST_CHANGED = 100
PREFIX = "setting-"


class TrialForm(forms.Form):
    """Which scheme, over which division, beside which other."""

    within = forms.IntegerField(label="区划", widget=forms.Select, min_value=0, max_value=999_999_999_999)
    version = forms.ModelChoiceField(SchemeVersion.objects.none(), label="方案", required=False, empty_label="请选择")
    draft = forms.FileField(
        label="或试算尚未发布的方案文件（YAML）",
        required=False,
        help_text="只用来试算，不保存、不发布。UTF-8 编码，不超过 2 MB。",
    )
    text = forms.CharField(widget=forms.HiddenInput, required=False, max_length=source.LARGEST_FILE, strip=False)
    against = forms.ModelChoiceField(SchemeVersion.objects.none(), label="对照", required=False, empty_label="不对照")
    rank = forms.IntegerField(label="看哪一级", required=False, min_value=1, max_value=20)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("version", "against"):
            self.fields[name].queryset = queries.versions()

    def draft_text(self) -> str:
        """The draft, from the file or as it was sent back; raises Refused where it is no text."""
        upload = self.cleaned_data.get("draft")
        if not upload:
            return str(self.cleaned_data.get("text") or "").replace("\r\n", "\n")
        data = upload.read()
        try:
            return str(data.decode("utf-8-sig")).replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise Refused([Problem(Path(upload.name), line, "不是 UTF-8 编码", "用编辑器另存为 UTF-8 编码")]) from None


@dataclass(frozen=True, slots=True)
class OpenSetting:
    """A figure that the policy leaves open, as typed for this trial."""

    setting: Setting
    name: str
    value: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is run: a scheme with its settings, and the words for it."""

    scheme: Scheme
    title: str
    settings: list[OpenSetting]
    text: str = ""


@with_uploads(source.LARGEST_FILE, TOO_LARGE)
@require_http_methods(["GET", "HEAD", "POST"])
def what_if(request: HttpRequest) -> HttpResponse:
    """Nothing is written: a trial is looked at, exported, and gone."""
    given = _given(request)
    form = TrialForm(given, request.FILES if request.method == "POST" else None)
    say_refused(form, request)
    if not form.is_valid():
        return _page(request, form, status=422 if request.method == "POST" else 200)
    try:
        within = _within(request, form.cleaned_data["within"])
    except Division.DoesNotExist:
        form.add_error("within", "没有这个代码的区划。请填写 12 位区划代码，可在“区划”中查到。")
        return _page(request, form, status=422)
    try:
        asked = _asked(form, given)
    except Refused as refused:
        return _page(request, form, within, found=refused.problems, status=422)
    if asked is None or any(one.problem for one in asked.settings):
        return _page(request, form, within, asked=asked, status=422 if asked else 200)
    trial = trials.run(asked.scheme, within, on=today_in_shanghai())
    against = form.cleaned_data["against"]
    before = trials.run(against.scheme, within, on=today_in_shanghai()) if against else None
    rank = min(form.cleaned_data["rank"] or 1, max(len(trial.levels), 1))
    if given.get("export"):
        access.require(request, Capability.EXPORT, within)
        return _export(request, asked, trial, before)
    return _page(request, form, within, asked=asked, **_results(trial, before, rank, within))


def _given(request: HttpRequest) -> dict[str, Any]:
    """What was sent, with the post's own division and the scheme in force there where nothing was chosen."""
    given = (request.POST if request.method == "POST" else request.GET).dict()
    access.require(request, Capability.VIEW)
    post = request.actor.post
    if not given.get("within"):
        given["within"] = post.division.code if post else 0
    if "version" not in given and not given.get("text") and not request.FILES and post:
        version = queries.scheme_for(post.division)
        given["version"] = str(version.pk) if version else ""
    return given


def _within(request: HttpRequest, code: int) -> Division:
    """Raises Division.DoesNotExist for a code that names no division."""
    division = divisions.by_code(code)
    access.require(request, Capability.VIEW, division)
    return division


def _asked(form: TrialForm, given: Mapping[str, Any]) -> Asked | None:
    """The scheme to run: a draft before a published version. Raises Refused for a file that can't be read."""
    version: SchemeVersion | None = form.cleaned_data["version"]
    if text := form.draft_text():
        return _with_settings(stored.read(text, library.folder() / "draft.yaml"), given, {}, "草案", text)
    if version is None:
        return None
    loaded = stored.read(version.source_text, library.folder() / f"{version.scheme_id}.yaml")
    return _with_settings(loaded, given, version.chosen, str(version), "")


def _with_settings(
    loaded: Loaded, given: Mapping[str, Any], published: Mapping[str, Any], label: str, text: str
) -> Asked:
    chosen, shown = dict(published), []
    for setting in (one for one in loaded.scheme.settings if one.open):
        name = f"{PREFIX}{setting.key}"
        typed = str(given.get(name, published.get(setting.key, setting.default)))
        problem = ""
        try:
            chosen[setting.key] = loading.coerce(setting, typed)
            if wrong := loading.chosen_problems([setting], {setting.key: chosen[setting.key]}):
                problem = wrong[0]
        except ValueError as error:
            problem = str(error)
        shown.append(OpenSetting(setting, name, typed, problem))
    changed = [
        one.setting.title for one in shown if one.value != str(published.get(one.setting.key, one.setting.default))
    ]
    title = loaded.scheme.title if not text else f"{loaded.scheme.title}（草案）"
    words = f"{label if not text else title}{f'，改动了 {len(changed)} 个开放参数' if changed else ''}"
    if any(one.problem for one in shown):
        return Asked(loaded.scheme, words, shown, text)
    return Asked(loaded.with_chosen(chosen).scheme, words, shown, text)


def _results(trial: trials.Trial, before: trials.Trial | None, rank: int, within: Division) -> dict[str, Any]:
    rows = trials.by_lower(trial, before, rank=rank)
    moved = trials.changed(trial, before) if before is not None else None
    codes = [row.code for row in rows]
    first = moved.head(MOST_CHANGED) if moved is not None else None
    names = {
        each.code: each
        for each in divisions.current().filter(
            code__in=[*codes, *(first["code"].to_list() if first is not None else [])]
        )
    }
    return {
        "trial": trial,
        "before": before,
        "rank": rank,
        "level": trial.levels[rank - 1] if trial.levels else "",
        "reached": trial.reached(rank),
        "possible": trial.possible(rank),
        "reached_before": before.reached(rank) if before else None,
        "gained": int((moved["rank"] > moved["rank_before"]).sum()) if moved is not None else None,
        "lost": int((moved["rank"] < moved["rank_before"]).sum()) if moved is not None else None,
        "rows": [(names.get(row.code), row) for row in rows] if within.level < Level.COMMUNITY else [],
        "moved": _moved(first, names, trial.levels) if first is not None else [],
        "is_cut": moved is not None and moved.height > MOST_CHANGED,
        "lifts": trials.lifting(trial, rank=rank),
    }


def _moved(rows: Any, names: Mapping[int, Division], levels: tuple[str, ...]) -> list[dict[str, Any]]:
    return [
        {
            "division": names.get(row["code"]),
            "before": _level(levels, row["rank_before"]),
            "after": _level(levels, row["rank"]),
            "is_better": row["rank"] > row["rank_before"],
            "total_before": points_of(row["total_before"]),
            "total": points_of(row["total"]),
        }
        for row in rows.iter_rows(named=True)
    ]


def _level(levels: tuple[str, ...], rank: int) -> str:
    return levels[rank - 1] if 0 < rank <= len(levels) else "未达到"


def _export(request: HttpRequest, asked: Asked, trial: trials.Trial, before: trials.Trial | None) -> HttpResponse:
    table = trial.table
    if before is not None:
        old = before.table.select("community_id", rank_before="rank", total_before="total")
        table = table.join(old, on="community_id", how="left", maintain_order="left")
    names = dict(divisions.current().filter(code__in=table["code"].to_list()).values_list("code", "name"))
    headings = ["代码", "社区", "得分", "确定达到", "最多可达到", "未填完的标准项"]
    headings += ["对照得分", "对照等级"] if before is not None else []

    def rows() -> Any:
        for row in table.iter_rows(named=True):
            line = [
                f"{row['code']:012d}", names.get(row["code"], ""), points_of(row["total"]),
                _level(trial.levels, row["rank"]), _level(trial.levels, row["possible"]), row["unknown"],
            ]  # fmt: skip
            if before is not None:
                total = row["total_before"]
                line += ["" if total is None else points_of(total), _level(trial.levels, row["rank_before"] or 0)]
            yield line

    note = partial(note_export, Event.TRIAL_EXPORTED, trial.within, by=request.actor)
    return workbook(f"{trial.within.name}试算", headings, rows(), note)


def _places(actor: Actor, place: Division) -> list[tuple[int, str]]:
    """Where a trial can be run from here: upwards as far as the post sees, here, and one level down."""
    above = [each for each in divisions.ancestors(place) if actor.may(Capability.VIEW, each)]
    below = [] if place.level == Level.COMMUNITY else insight.lower_divisions(place)
    chain = [*above, place]
    shown = [(each, depth) for depth, each in enumerate(chain)] + [(each, len(chain)) for each in below]
    return [(each.code, f"{'　' * depth}{each.name}") for each, depth in shown if not each.is_placeholder]


def _page(
    request: HttpRequest, form: TrialForm, within: Division | None = None, *, status: int = 200, **context: Any
) -> HttpResponse:
    request.place = within or request.actor.post.division
    form.fields["within"].widget.choices = _places(request.actor, request.place)
    context = {
        "page_title": "试算",
        "form": form,
        "within": request.place,
        "is_cut": False,
        "may_export": request.actor.may(Capability.EXPORT, request.place),
        **context,
    }
    return render(request, "insight/what_if.html", context, status=status)
