"""Deciding on what a newer list of divisions changes. It stands here, above accounts: divisions know nothing of people."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from greenhood.accounts.access import require
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions import actions, queries
from greenhood.divisions.models import Change, DivisionList, Level

PAGE = 100
LIST = "site:division-changes"


class ChangesForm(forms.Form):
    """Which changes are meant: the filter of the list."""

    state = forms.ChoiceField(
        label="状态", choices=[("", "待确认"), (Change.State.DISMISSED.value, "不采纳")], required=False
    )
    kind = forms.ChoiceField(label="变更", choices=[("", "全部"), *Change.Kind.choices], required=False)
    level = forms.TypedChoiceField(
        label="层级",
        choices=[("", "全部"), *((level.value, level.label) for level in Level if level)],
        coerce=int,
        empty_value=None,
        required=False,
    )
    place = forms.RegexField(
        r"^\d{2,12}$",
        label="代码前几位",
        required=False,
        error_messages={"invalid": "请填写代码的前 2 到 12 位数字，如 5101。"},
    )

    def changes(self, actor: Actor) -> QuerySet[Change]:
        """What waits within the post's division and this filter; nothing where the filter is wrong."""
        if not self.is_valid():
            return Change.objects.none()
        waiting = queries.waiting_changes(
            kind=self.cleaned_data["kind"],
            level=self.cleaned_data["level"],
            within=_span(actor),
            state=self.cleaned_data["state"] or Change.State.PROPOSED,
        )
        if digits := self.cleaned_data["place"]:
            low, width = int(digits.ljust(12, "0")), 10 ** (12 - len(digits))
            waiting = waiting.filter(place__gte=low, place__lt=low + width)
        return waiting


class SuccessorForm(forms.Form):
    """Into which unit an abolished one was merged."""

    code = forms.RegexField(
        r"^\d{12}$",
        label="并入单位的代码",
        help_text="12 位统计用区划代码。可以是系统里现有的单位，也可以是同一份名单里新设的单位。",
        error_messages={"invalid": "请填写 12 位数字的代码。", "required": "请填写并入单位的代码。"},
    )


class IdentityForm(forms.Form):
    """Whether a unit is divided and ends, or goes on as one of the parts."""

    part = forms.ChoiceField(label="原单位", widget=forms.RadioSelect, required=False)

    def __init__(self, change: Change, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = queries.successor_names([change])
        parts = [(str(code), f"由{names.get(code, '')}（{code:012d}）沿用") for code in change.successor_codes]
        field = self.fields["part"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "停用，分设为各新单位"), *parts]


@require_safe
def division_changes(request: HttpRequest) -> HttpResponse:
    actor = require(request, Capability.CONFIRM_DIVISIONS)
    return _listing(request, actor, ChangesForm(request.GET))


@require_POST
def decide_division_changes(request: HttpRequest) -> HttpResponse:
    """Confirm or dismiss the ticked changes, or all that the filter finds."""
    actor = require(request, Capability.CONFIRM_DIVISIONS)
    form = ChangesForm(request.POST)
    changes = form.changes(actor)
    if "all" not in request.POST:
        changes = changes.filter(pk__in=_ticked(request))
    try:
        _decide(request, changes, actor)
    except actions.Refused as refused:
        return _listing(request, actor, form, refused.reasons)
    return redirect(LIST)


@require_http_methods(["GET", "HEAD", "POST"])
def division_successor(request: HttpRequest, pk: UUID) -> HttpResponse:
    actor = require(request, Capability.CONFIRM_DIVISIONS)
    change = get_object_or_404(queries.waiting_changes(within=_span(actor)), pk=pk, kind__in=Change.ENDS)
    if change.kind == Change.Kind.SPLIT:
        return _split(request, actor, change)
    form = SuccessorForm(
        request.POST if request.method == "POST" else None, initial={"code": "".join(change.successor_numbers[:1])}
    )
    if form.is_valid():
        try:
            actions.say_successor(change, int(form.cleaned_data["code"]), by=actor)
            return redirect(LIST)
        except actions.Refused as refused:
            form.add_error("code", refused.reasons)
    context = {"page_title": f"{change.old_name}并入哪个单位", "form": form, "change": change}
    return render(request, "site/division_successor.html", context, status=422 if form.errors else 200)


def _split(request: HttpRequest, actor: Actor, change: Change) -> HttpResponse:
    form = IdentityForm(change, request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            if part := form.cleaned_data["part"]:
                actions.keep_identity(change, int(part), by=actor)
            return redirect(LIST)
        except actions.Refused as refused:
            form.add_error("part", refused.reasons)
    context = {"page_title": f"{change.old_name}分设以后", "form": form, "change": change}
    return render(request, "site/division_split.html", context, status=422 if form.errors else 200)


VERBS = {
    "confirm": (actions.confirm, "已确认"),
    "dismiss": (actions.dismiss, "不采纳"),
    "reconsider": (actions.reconsider, "重新列为待确认"),
}


def _decide(request: HttpRequest, changes: QuerySet[Change], actor: Actor) -> None:
    action, word = VERBS.get(request.POST.get("verb", ""), VERBS["dismiss"])
    if count := action(changes, by=actor):
        messages.success(request, f"{word} {count} 项变更。")
    else:
        messages.info(request, "没有选中待确认的变更，或已由他人办理。")


def _listing(request: HttpRequest, actor: Actor, form: ChangesForm, refused: list[str] | None = None) -> HttpResponse:
    changes = form.changes(actor)
    rows = list(_after(changes, request.GET.get("after", ""))[: PAGE + 1])
    shown = rows[:PAGE]
    names = queries.successor_names(shown)
    for each in shown:
        each.successors = [f"{names.get(code, '')}（{code:012d}）" for code in each.successor_codes]  # type: ignore[attr-defined]
    counts = queries.change_counts(changes)
    context: dict[str, Any] = {
        "page_title": "区划变更",
        "form": form,
        "refused": refused or [],
        "rows": shown,
        "counts": [(Change.Kind(kind).label, count) for kind, count in sorted(counts.items())],
        "total": sum(counts.values()),
        "next": f"{shown[-1].place}-{shown[-1].pk.hex}" if len(rows) > PAGE else None,
        "is_dismissed": form.is_valid() and bool(form.cleaned_data["state"]),
        "may_upload": may_upload(actor),
        "list": DivisionList.objects.first(),
    }
    return render(request, "site/division_changes.html", context, status=422 if refused or form.errors else 200)


def _after(changes: QuerySet[Change], key: str) -> QuerySet[Change]:
    place, _dash, pk = key.partition("-")
    try:
        number, last = int(place), UUID(pk)
    except ValueError:
        return changes
    return changes.filter(Q(place__gt=number) | Q(place=number, pk__gt=last))


def _ticked(request: HttpRequest) -> list[UUID]:
    found = []
    for value in request.POST.getlist("change"):
        try:
            found.append(UUID(value))
        except ValueError:
            continue
    return found


def may_upload(actor: Actor) -> bool:
    """A list is compared province by province, so it is brought by those who answer for whole provinces."""
    return actor.post is not None and actor.post.division.level <= Level.PROVINCE


def _span(actor: Actor) -> tuple[int, int]:
    assert actor.post is not None, "require has found the capability in a post"
    return actor.post.division.span
