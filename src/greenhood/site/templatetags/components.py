"""The components that every page is made of. An attribute that a component doesn't know is a template error.

`docs/components.md` says what each is for; `/components/` shows each in every state.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from urllib.parse import urlencode

from django import template
from django.http import QueryDict
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from greenhood.divisions.models import Division
from greenhood.indicators import figures
from greenhood.indicators.catalogue import Indicator
from greenhood.indicators.figures import Figure
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes import opens
from greenhood.schemes.models import SchemeVersion
from greenhood.site.stacking import labelled

register = template.Library()

# The names that templates say, and those of the set that `greenhood assets` joins into one file (see package.json).
ICONS = {
    "leaf": "leaf", "home": "home", "declare": "clipboard-list", "assess": "checklist", "chart": "chart-bar",
    "panel": "users-group", "notice": "message-report", "award": "award", "book": "book", "map": "sitemap",
    "person": "user", "people": "users", "history": "history", "check": "check", "search": "search", "menu": "menu-2",
    "type": "text-size", "switch": "chevron-down", "info": "info-circle", "debug": "info-circle",
    "success": "circle-check", "warning": "alert-triangle", "error": "alert-circle", "clock": "clock",
    "calendar": "calendar", "file": "file-text", "photo": "photo", "download": "download", "upload": "upload",
    "down": "chevron-down", "up": "chevron-up", "right": "chevron-right", "left": "chevron-left", "plus": "plus",
    "minus": "minus", "filter": "filter", "print": "printer", "flag": "flag", "simulated": "dice",
    "community": "building-community", "pin": "map-pin", "lock": "lock", "edit": "edit", "eye": "eye",
    "bell": "bell", "camera": "camera", "clip": "paperclip", "trash": "trash", "close": "x", "phone": "phone",
    "refresh": "refresh", "send": "send", "settings": "settings", "star": "star", "code": "qrcode",
    "return": "arrow-back-up", "excel": "file-spreadsheet", "pdf": "file-type-pdf", "external": "external-link",
    "ground": "map-2", "layers": "stack-2", "polygon": "polygon", "locate": "current-location",
    "shield": "shield-check", "key": "key", "scale": "scale", "zoom": "zoom-in", "sign_out": "logout",
    "sign_in": "login", "plant": "plant", "trees": "trees", "decide": "gavel", "dice": "dice",
    "goal": "target-arrow", "plan": "notebook", "task": "subtask", "inspect": "zoom-check", "expert": "school",
    "money": "coin-yuan", "practice": "bulb", "trial": "calculator",
}  # fmt: skip

# The tone of a state: `good` is reached, `wait` is under way, `attend` asks somebody to act, `bad` is over or overdue.
TONES = {
    "draft": "none", "assessing": "wait", "open": "wait", "active": "wait", "declared": "wait", "participating": "wait", "submitted": "wait",
    "in_review": "wait", "reported": "attend", "returned": "attend", "rectify": "attend", "rectifying": "attend",
    "rejected": "bad", "withdrawn": "none", "delisted": "bad", "overdue": "bad", "sealed": "good", "closed": "none",
    "awarded": "good", "reached": "good", "valid": "good", "kept": "good", "lifted": "good", "pass": "good",
    "met": "good", "not_met": "bad", "none": "none", "filed": "wait", "taken": "wait", "planned": "wait", "under_way": "wait",
    "announced": "wait", "issued": "attend", "acknowledged": "wait", "accepted": "good", "published": "good", "designated": "good",
    "passed": "good", "held": "good", "decided": "good", "noticed": "wait", "suspended": "attend", "chosen": "wait", "honoured": "good",
    "refused": "bad", "failed": "bad", "completed": "good", "disputed": "attend", "offered": "wait", "applied": "wait", "done": "good",
}  # fmt: skip
MARKS = {"good": "✓", "wait": "…", "attend": "!", "bad": "✕", "none": "–"}


# Numbers as people read them


@register.filter
def points(value: Decimal | float | None) -> str:
    """Points without trailing zeros: 12.5, 8, 0."""
    if value is None or value == "":
        return "—"
    text = f"{Decimal(str(value)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@register.filter
def percent(ratio: Decimal | float | None, places: int = 1) -> str:
    """A ratio in [0, 1] as a percentage, rounded half up: 0.6 → 60%."""
    if ratio is None or ratio == "":
        return "—"
    step = Decimal(1).scaleb(-int(places))
    return f"{points((Decimal(str(ratio)) * 100).quantize(step, ROUND_HALF_UP))}%"


@register.filter
def number(value: int | Decimal | None) -> str:
    """A count with thousands separators: 129,600."""
    return "—" if value is None or value == "" else f"{value:,}"


@register.filter
def shown(value: Decimal | None, indicator: Indicator) -> str:
    """A figure of an indicator in its unit, cut to two decimals: 29.99%, 1.2 平方米/人."""
    return "—" if value is None or value == "" else figures.shown(indicator, value)


@register.filter
def clause_anchor(source: str) -> str:
    """The id of a clause on a scheme's page: `附件1 #15` → `clause-附件1-15`."""
    return "clause-" + re.sub(r"[^0-9A-Za-z\u4e00-\u9fff]+", "-", str(source)).strip("-")


@register.filter
def wordlist(text: str) -> list[str]:
    """The words of a text, to loop over."""
    return text.split()


# Small signs


@register.simple_tag
def icon(name: str) -> SafeString:
    """A line drawing beside words; never the only sign."""
    if name not in ICONS:
        raise template.TemplateSyntaxError(f"icon: no icon is called {name!r}")
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false" width="20" height="20"><use href="{}#{}"></use></svg>',
        static("vendor/icons.svg"),
        ICONS[name],
    )


@register.inclusion_tag("components/clause_chip.html")
def clause_chip(source: str, version: SchemeVersion | None = None, *, conflict: str = "") -> dict[str, Any]:
    """Why this is asked: the clause, linked to the scheme at that clause where the version is given."""
    url = ""
    if version is not None:
        try:
            url = f"{version.get_absolute_url()}#{clause_anchor(source)}"
        except NoReverseMatch:
            url = ""
    return {
        "source": source,
        "url": url,
        "document": version.title if version else "",
        "conflict": conflict,
    }


@register.inclusion_tag("components/open_setting.html")
def open_setting(version: SchemeVersion, *names: object, setting: str = "") -> dict[str, Any]:
    """What the policy leaves open here, the default and the value chosen, with the reason to unfold.

    The names lead to the place in the scheme (`"procedure.steps" notice.step "days"`; entries of a list by their key), or
    `setting` is the key of one setting. Shows nothing where the policy itself says the figure. Not within a `<p>`.
    """
    if setting:
        found = [open_ for key, open_ in opens.of(version).items() if key == setting]
    else:
        place = opens.place(version.scheme, *names)
        found = [] if place is None else [open_ for open_ in opens.at(version, place) if open_.setting.open]
    return {"version": version, "opens": found}


# A list says these once a row: they are written out here, since a template for each would be most of the page's time.


@register.simple_tag
def state_badge(state: str, label: str = "", *, tone: str = "") -> SafeString:
    """A state in words with a mark and a colour. `tone` overrides the one that the state has by itself."""
    if tone and tone not in MARKS:
        raise template.TemplateSyntaxError(f"state_badge: no tone is called {tone!r}")
    tone = tone or TONES.get(str(state), "none")
    return format_html(
        '<span class="state state-{}"><span class="state-mark" aria-hidden="true">{}</span>{}</span>',
        tone,
        MARKS[tone],
        label or getattr(state, "label", state),
    )


@register.simple_tag
def simulated(kind: str = "模拟数据") -> SafeString:
    """Marks what was generated: simulated or demonstration data."""
    return format_html('<span class="simulated">{}{}</span>', icon("simulated"), kind)


@register.inclusion_tag("components/figure.html")
def figure(
    label: str,
    value: str | int | Decimal | None,
    *,
    unit: str = "",
    source: str = "",
    as_of: dt.datetime | dt.date | None = None,
    definition: str = "",
    url: str = "",
    note: str = "",
    tone: str = "none",
) -> dict[str, Any]:
    """A figure with what it means, where it comes from and as of when; `url` opens its source."""
    return {
        "label": label, "value": value, "unit": unit, "source": source, "as_of": as_of, "is_day": _is_day(as_of),
        "definition": definition, "url": url, "note": note, "tone": tone,
    }  # fmt: skip


@register.inclusion_tag("components/measured.html")
def measured(
    found: Figure, indicator: Indicator, community: Division | None = None, day: dt.date | None = None
) -> dict[str, Any]:
    """A measured figure, what it is made of, its date and until when it is fresh, its records; or why it is unknown.

    With ``community`` its records are linked, as of ``day`` where one is given.
    """
    asked = f"?as_of={day}" if day else ""
    return {
        "found": found,
        "value": figures.shown(indicator, found.value),
        "made_of": figures.made_of(indicator, found),
        "stale": figures.shown(indicator, found.stale) if found.stale is not None else "",
        "remarks": figures.remarks(found),
        "until": found.dated + dt.timedelta(days=indicator.fresh_for + 1) if found.dated and found.is_known else None,
        "sources": [
            (kind.title, address("facts:records", community.code, kind) + asked if community else "")
            for kind in indicator.kinds
        ],
    }


@register.inclusion_tag("components/score_bar.html")
def score_bar(given: Decimal | None, most: Decimal, *, reason: str = "", label: str = "得分") -> dict[str, Any]:
    """Points given of the points possible, as words and as a bar, with the reason in words."""
    share = max(Decimal(0), min(Decimal(1), Decimal(given or 0) / Decimal(most))) if most else Decimal(0)
    return {
        "given": given, "most": most, "reason": reason, "label": label, "is_full": given is not None and given >= most,
        "value": float(share),
    }  # fmt: skip


@register.inclusion_tag("components/person_line.html")
def person_line(name: str, post: str = "", *, at: dt.datetime | None = None, verb: str = "") -> dict[str, Any]:
    """Who, under which post, when."""
    return {"name": name, "post": post, "at": at, "verb": verb}


@register.simple_tag
def deadline(
    day: dt.date | None,
    *,
    today: dt.date | None = None,
    is_done: bool = False,
    label: str = "期限",
) -> SafeString:
    """A deadline with the days left, counted in Asia/Shanghai."""
    if day is None:
        return format_html('<span class="deadline deadline-none">无{}</span>', label)
    left = (day - (today or today_in_shanghai())).days
    tone = "done" if is_done else "bad" if left < 0 else "attend" if left <= 3 else "none"
    return format_html(
        '<span class="deadline deadline-{0}"><span class="sr-only">{1}</span><time datetime="{2}">{2}</time>'
        ' <span class="deadline-left">{3}</span></span>',
        tone,
        label,
        day.isoformat(),
        "已办结" if is_done else _days_left(left),
    )


def _days_left(left: int) -> str:
    if left < 0:
        return f"已逾期 {-left} 天"
    return "今天到期" if left == 0 else f"还剩 {left} 天"


def _is_day(value: dt.datetime | dt.date | None) -> bool:
    return isinstance(value, dt.date) and not isinstance(value, dt.datetime)


# Larger ones


@register.inclusion_tag("components/evidence_strip.html")
def evidence_strip(
    items: Iterable[Any], *, most: int = 6, url: str = "", empty: str = "暂无证明材料"
) -> dict[str, Any]:
    """Pieces of evidence in a row. Each item has `name` and `url`, and may have `thumbnail_url`, `kind`, `flag`."""
    pieces = list(items)
    return {
        "pieces": pieces[:most],
        "more": max(0, len(pieces) - most),
        "url": url,
        "empty": empty,
    }


@dataclass(frozen=True)
class Change:
    kind: str  # same, removed, added
    text: str


@register.inclusion_tag("components/difference.html")
def difference(before: object, after: object, *, label: str = "") -> dict[str, Any]:
    """What changed between two texts: removed words struck out, added ones underlined, both said aloud."""
    return {"changes": changes(str(before or ""), str(after or "")), "label": label}


def changes(before: str, after: str) -> list[Change]:
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    found: list[Change] = []
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            found.append(Change("same", before[a:b]))
            continue
        if before[a:b]:
            found.append(Change("removed", before[a:b]))
        if after[c:d]:
            found.append(Change("added", after[c:d]))
    return found


@register.inclusion_tag("components/pager.html", takes_context=True)
def pager(
    context: template.Context,
    *,
    next: str | None = None,
    previous: str | None = None,
    shown: int | None = None,
    total: int | None = None,
    is_capped: bool = False,
    parameter: str = "after",
    back_parameter: str = "before",
) -> dict[str, Any]:
    """Keyset paging: `next` and `previous` are the keys that the neighbouring pages begin after and end before."""
    query = context["request"].GET if "request" in context else QueryDict()
    return {
        "next_url": _with(query, {parameter: next}, without=(back_parameter,)) if next else "",
        "previous_url": _with(query, {back_parameter: previous}, without=(parameter,)) if previous else "",
        "shown": shown, "total": total, "is_capped": is_capped,
    }  # fmt: skip


def _with(query: QueryDict, values: dict[str, str], *, without: Sequence[str] = ()) -> str:
    kept = [(key, value) for key, list_ in query.lists() for value in list_ if key not in {*values, *without}]
    return "?" + urlencode([*kept, *values.items()])


@register.simple_tag(takes_context=True)
def query_with(context: template.Context, **values: object) -> str:
    """The page's own query string with some values changed; None removes one."""
    query = context["request"].GET.copy()
    for key, value in values.items():
        query.pop(key, None)
        if value is not None:
            query[key] = str(value)
    return f"?{query.urlencode()}"


@register.inclusion_tag("components/empty.html")
def empty(title: str, *, how: str = "", url: str = "", action: str = "") -> dict[str, Any]:
    """Nothing here yet, and how rows come to be."""
    return {"title": title, "how": how, "url": url, "action": action}


@register.inclusion_tag("components/problems.html")
def problems(form: Any, *, title: str = "") -> dict[str, Any]:
    """The list of errors on top of a form, each a link to its field."""
    found = [(field, error) for field in form for error in field.errors] if form is not None else []
    return {
        "found": found,
        "general": form.non_field_errors() if form is not None else [],
        "title": title,
    }


@register.inclusion_tag("components/field.html")
def field(
    bound: Any,
    *,
    hint: str = "",
    version: SchemeVersion | None = None,
    source: str = "",
) -> dict[str, Any]:
    """One form field: label, help, the clause behind it, control, error."""
    widget = bound.field.widget
    kind = widget.__class__.__name__.lower()
    kind = kind if kind in GROUPS else getattr(widget, "input_type", kind)
    described = [bound.id_for_label + "-error"] if bound.errors else []
    if hint or bound.help_text:
        described.append(bound.id_for_label + "-help")
    attributes: dict[str, Any] = {"class": f"{widget.attrs.get('class', '')} {_control_class(kind)}".strip()}
    if described:
        attributes["aria-describedby"] = " ".join(described)
    if bound.errors:
        attributes["aria-invalid"] = "true"
        attributes["class"] += " is-invalid"
    is_group = kind in GROUPS
    return {
        "field": bound, "control": bound.as_widget(attrs=attributes), "kind": kind, "is_group": is_group,
        "hint": hint or bound.help_text, "version": version, "source": source,
    }  # fmt: skip


# Widgets of several controls under one legend.
GROUPS = {"radio", "radioselect", "checkboxselectmultiple"}


def _control_class(kind: str) -> str:
    if kind == "checkbox":
        return "form-check-input"
    if kind in GROUPS:
        return "choices"
    return "form-select" if kind.startswith("select") else "form-control"


# Around other content


@register.simple_block_tag(takes_context=True, end_name="end_filter_bar")
def filter_bar(
    context: template.Context,
    content: str,
    *,
    action: str = "",
    label: str = "筛选",
    clear: str = "",
    verb: str = "筛选",
) -> SafeString:
    """A form over a list; its values live in the address, so that a view can be kept and sent.

    Filters fold on a phone; a search (any other ``verb``) stays, being what the page is for.
    """
    del context
    folds = verb == "筛选"
    return _rendered("filter_bar", content, action=action, label=label, clear=clear, verb=verb, folds=folds)


@register.simple_block_tag(end_name="end_data_table")
def data_table(
    content: str,
    *,
    caption: str,
    is_caption_shown: bool = False,
    is_dense: bool = False,
    is_stacked: bool = False,
) -> SafeString:
    """A table with a caption that scrolls by itself on a narrow screen, also by keyboard.

    ``is_stacked`` is for lists that people read row by row: on a phone each row becomes a block, each cell with its column's title.
    """
    return _rendered(
        "data_table",
        labelled(content) if is_stacked else content,
        caption=caption,
        is_caption_shown=is_caption_shown,
        is_dense=is_dense,
        is_stacked=is_stacked,
    )


@register.simple_block_tag(takes_context=True, end_name="end_confirm_button")
def confirm_button(
    context: template.Context,
    content: str,
    *,
    label: str,
    action: str = "",
    title: str,
    verb: str = "",
    is_dangerous: bool = False,
    form: str = "",
    is_open: bool = False,
) -> SafeString:
    """A button that first says what will happen (the content, which may hold fields), then asks, then posts.

    Without JavaScript it unfolds in place; with it, it opens as a dialog. With ``form``, the id of a form around or beside it,
    that form is posted, and ``action`` and fields of its own have no meaning. ``is_open`` is for what was refused: it stands
    unfolded with what was typed.
    """
    return _rendered(
        "confirm_button",
        content,
        label=label,
        action=action,
        title=title,
        verb=verb or label,
        is_dangerous=is_dangerous,
        form=form,
        is_open=is_open,
        csrf_token=context.get("csrf_token", ""),
    )


@register.simple_block_tag(end_name="end_chart")
def chart(
    content: str,
    *,
    title: str,
    definition: str = "",
    as_of: dt.datetime | None = None,
    goal: Decimal | None = None,
    goal_label: str = "",
    is_share: bool = False,
    most: Decimal | int | None = None,
    is_table_open: bool = False,
    note: str = "",
) -> SafeString:
    """A bar chart drawn from the table that it holds. The table stays: for print, without scripts, for screen readers.

    The first cell of a row is its name; a cell with `data-value` is drawn, in the series that its heading names by
    `data-series`. `goal` is a line across, in the unit of the values; shares are ratios.
    """
    return _rendered(
        "chart",
        content,
        title=title,
        definition=definition,
        as_of=as_of,
        goal=goal,
        goal_label=goal_label,
        is_share=is_share,
        most=most,
        is_table_open=is_table_open,
        note=note,
    )


@register.simple_block_tag(end_name="end_document")
def document(content: str, *, title: str = "", label: str = "文件") -> SafeString:
    """Reads like paper and prints like paper."""
    return _rendered("document", content, title=title, label=label)


def _rendered(component: str, content: str, **values: object) -> SafeString:
    values["content"] = mark_safe(content)
    return mark_safe(render_to_string(f"components/{component}.html", values))


@register.simple_tag
def address(name: str, *arguments: object) -> str:
    """The address of a named page, or nothing where that room has no such page."""
    try:
        return reverse(name, args=arguments)
    except NoReverseMatch:
        return ""
