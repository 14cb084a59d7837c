"""The rows of the lists beside maps. A community has some hundred and a city thousands: they are written out here, since a
template for each would be most of the page's time."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from greenhood.communities.mapping.reading import Item
from greenhood.divisions.models import Division
from greenhood.facts.kinds import Kind

NONE = UUID(int=0)
UNPLACED = SafeString('<span class="small map-unplaced">没有位置</span>')


class Addresses:
    """The addresses of the things of one kind in a community: asked for once, then filled in."""

    def __init__(self, name: str, community: Division, kind: Kind | str) -> None:
        self.pattern = reverse(name, args=[community.code, kind, NONE])

    def of(self, thing: UUID) -> str:
        return self.pattern.replace(str(NONE), str(thing))


def items(found: Iterable[Item], community: Division, *, may_record: bool) -> SafeString:
    """The things of one kind: name, measure, figures, date, source, and the ways on."""
    listed = list(found)
    if not listed:
        return SafeString("")
    kind = listed[0].kind
    records = Addresses("facts:record", community, kind)
    drawings = Addresses("communities:redraw", community, kind.key) if may_record else None
    return mark_safe("".join(_item(item, records, drawings) for item in listed))


def _item(item: Item, records: Addresses, drawings: Addresses | None) -> str:
    figures = "，".join(f"{title} {value}" for title, value in item.figures)
    words = "；".join(
        filter(None, [item.measure.words, figures, f"{item.dated} {item.source_words}", item.recorded_by])
    )
    show = _button(item.name) if item.geometry else UNPLACED
    edit = SafeString("")
    if drawings:
        verb = "修改图形" if item.geometry else "标注位置"
        edit = format_html(
            '<a class="btn btn-outline map-mini" href="{}" aria-label="{}：{}">{}</a>',
            drawings.of(item.thing), verb, item.name, _icon("edit"),
        )  # fmt: skip
    return format_html(
        '<li class="map-item" data-thing="{}"><p><a class="map-name" href="{}">{}</a> {}</p>'
        '<p class="map-links">{}{}</p></li>',
        item.thing, records.of(item.thing), item.name, format_html('<span class="small quiet">{}</span>', words), show,
        edit,
    )  # fmt: skip


def communities(rows: Iterable[tuple[Division, str, bool]]) -> SafeString:
    """Communities of a class: (community, its figure in words, whether it has a place)."""
    pattern = reverse("communities:map", args=[0])
    return mark_safe("".join(_community(*row, pattern) for row in rows))


def _community(division: Division, words: str, is_placed: bool, pattern: str) -> str:
    return format_html(
        '<li class="map-item map-row" data-thing="{}"><a href="{}">{}</a><span class="small quiet">{}</span>{}</li>',
        division.pk, pattern.replace("/0/", f"/{division.code}/"), division.name, words,
        _button(division.name) if is_placed else UNPLACED,
    )  # fmt: skip


def _button(name: str) -> SafeString:
    return format_html(
        '<button type="button" class="btn btn-outline map-mini" hidden data-show aria-label="在图上看{}">{}</button>',
        name, _icon("map-pin"),
    )  # fmt: skip


def _icon(name: str) -> SafeString:
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false" width="20" height="20"><use href="{}#{}"></use></svg>',
        static("vendor/icons.svg"), name,
    )  # fmt: skip
