"""GeoJSON in and out: one kind or everything of a community, properties by the keys of the columns.

A file is read as a whole and judged feature by feature; it is stored as a whole or not at all.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from django import forms

from greenhood.communities.mapping import measures, reading
from greenhood.communities.mapping.layers import layers
from greenhood.communities.mapping.placing import Ground, placed
from greenhood.communities.mapping.reading import Item
from greenhood.divisions.models import Division
from greenhood.facts import kinds
from greenhood.facts.actions import thing_of
from greenhood.facts.forms import field_of
from greenhood.facts.kinds import Column, Kind
from greenhood.facts.models import CoordinateSystem
from greenhood.facts.shapes import DRAWN
from greenhood.kit import geodesy
from greenhood.kit.geodesy import GeodesyError, Geometry

MOST_FEATURES = 1_000
MOST_BYTES = 5 * 2**20
# What an export says beside the columns, and an import reads.
OWN = ("kind", "thing", "name", "dated", "source", "source_note", "recorded_by", "measured")
YES, NO = {"true", "yes", "1", "是", "有"}, {"false", "no", "0", "否", "无"}
# An area or length beside the shape that differs from it by more is told.
AREA_DIFFERS = Decimal("0.05")
_NEW = UUID("0b7c6f6e-3d0a-5a83-9a62-6e3f4f0f6a41")


class BadFile(ValueError):
    """The file as a whole can't be read; the text says why and what to do."""


# Out


def collection(community: Division, day: dt.date, found: Iterable[Item]) -> dict[str, Any]:
    """A FeatureCollection that an import takes back: the same things under their lasting ids."""
    return {
        "type": "FeatureCollection",
        "name": community.name,
        "community": community.number,
        "as_of": day.isoformat(),
        "coordinate_system": "CGCS2000",
        "features": [_feature(item) for item in found],
    }


def _feature(item: Item) -> dict[str, Any]:
    properties = {"kind": item.kind.key, "dated": item.dated.isoformat(), "source": item.source}
    if item.source_note:
        properties["source_note"] = item.source_note
    return {
        "type": "Feature",
        "id": str(item.thing),
        "geometry": item.geometry,
        "properties": properties | item.values,
    }


# In


@dataclass
class Entry:
    """One feature of a file: what it is, what would become of it, and what is wrong with it."""

    number: int
    kind: Kind | None = None
    thing: UUID | None = None
    present: Item | None = None
    values: dict[str, Any] = field(default_factory=dict)
    geometry: Geometry | None = None
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        if self.kind is None:
            return ""
        return str((self.kind.name and self.values.get(self.kind.name)) or (self.present.name if self.present else ""))

    @property
    def outcome(self) -> str:
        if self.errors:
            return "error"
        if self.present is None:
            return "new"
        return "changed" if self.changes else "same"


@dataclass
class Reading:
    """A file as read: its features, and the properties that nothing took up."""

    entries: list[Entry]
    unknown: list[str]

    def count(self, outcome: str) -> int:
        return sum(entry.outcome == outcome for entry in self.entries)

    @property
    def has_errors(self) -> bool:
        return any(entry.errors for entry in self.entries)

    @property
    def warnings(self) -> list[tuple[int, str]]:
        return [(entry.number, words) for entry in self.entries for words in entry.warnings]

    @property
    def seen(self) -> dict[str, str]:
        """The versions that the person saw, by thing."""
        return {str(entry.thing): str(entry.present.id) for entry in self.entries if entry.present}


def read(text: str, community: Division, day: dt.date, *, kind: Kind | None = None, system: str) -> Reading:
    """Judge a file against what is recorded on the day. ``kind`` is that of features which name none. A few queries."""
    features = _features(text)
    ground = Ground(community, day)
    present = {item.thing: item for item in ground.items}
    entries = [Entry(number) for number in range(1, len(features) + 1)]
    unknown: dict[str, None] = {}
    for entry, feature in zip(entries, features, strict=True):
        try:
            unknown |= dict.fromkeys(_take(entry, feature, community, present, kind, system))
        except GeodesyError as error:
            entry.errors.append(str(error))
    _judge(entries, ground)
    return Reading(entries, list(unknown))


def _features(text: str) -> list[Any]:
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise BadFile(f"文件不是 GeoJSON：第 {error.lineno} 行第 {error.colno} 列不符合 JSON 的写法。") from None
    except RecursionError:
        raise BadFile("文件不是 GeoJSON：层次太多。") from None
    if isinstance(found, dict) and found.get("type") == "Feature":
        found = {"type": "FeatureCollection", "features": [found]}
    if not isinstance(found, dict) or found.get("type") != "FeatureCollection":
        raise BadFile("文件不是要素集合（FeatureCollection）。请在 GIS 软件中导出为 GeoJSON。")
    features = found.get("features")
    if not isinstance(features, list) or not features:
        raise BadFile("文件中没有要素（features）。")
    if len(features) > MOST_FEATURES:
        raise BadFile(f"文件有 {len(features):,} 个要素，一次最多 {MOST_FEATURES:,} 个。请按类别拆分后分次导入。")
    return features


def _take(
    entry: Entry,
    feature: Any,
    community: Division,
    present: Mapping[UUID, Item],
    kind: Kind | None,
    system: str,
) -> Iterator[str]:
    """Fill in an entry; yields the properties that no column takes."""
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise GeodesyError("不是要素（Feature）。")
    properties = feature.get("properties") or {}
    if not isinstance(properties, dict):
        raise GeodesyError("属性（properties）的写法不符合 GeoJSON。")
    entry.kind = found = _kind(properties.get("kind"), kind)
    entry.thing = _thing(feature, properties, community, found, entry.number)
    entry.present = present.get(entry.thing)
    if entry.present and entry.present.kind is not found:
        raise GeodesyError(f"编号 {entry.thing} 已是“{entry.present.kind.title}”，不能改为“{found.title}”。")
    yield from _take_values(entry, found, properties)
    entry.geometry = _shape(feature.get("geometry"), found, system)
    _compare(entry, found, properties)


def _kind(named: Any, chosen: Kind | None) -> Kind:
    located = [layer.kind for layer in layers()]
    if named in (None, ""):
        if chosen is None:
            raise GeodesyError("没有写明类别。请在属性 kind 中写类别，或在页面上选择这个文件的类别。")
        return chosen
    for each in located:
        if str(named) in {each.key, each.title}:
            return each
    raise GeodesyError(f"类别“{str(named)[:40]}”不存在。可用的类别：{'、'.join(each.key for each in located)}。")


def _thing(
    feature: Mapping[str, Any], properties: Mapping[str, Any], community: Division, kind: Kind, number: int
) -> UUID:
    """Which thing a feature is: by its id, a community's only one, or a new one that is the same when sent twice."""
    if kind.is_single:
        return thing_of(kind, community.pk)
    given = feature.get("id") or properties.get("thing")
    try:
        return UUID(str(given))
    except ValueError:
        # Ids of other programs (1, "way/123") are kept apart by community and kind.
        words = str(given) if given not in (None, "") else json.dumps([number, feature.get("geometry"), properties])
        return uuid5(_NEW, f"{community.pk}/{kind.key}/{words}")


def _take_values(entry: Entry, kind: Kind, properties: Mapping[str, Any]) -> Iterator[str]:
    columns = {word: column for column in kind.columns for word in (column.heading, column.title, column.name)}
    given = {columns[key].name: value for key, value in properties.items() if key in columns}
    before = entry.present.values if entry.present else {}
    for column in kind.columns:
        if column.name not in given:
            entry.values[column.name] = _clean(entry, column, before.get(column.name), is_given=False)
        else:
            entry.values[column.name] = _clean(entry, column, given[column.name], is_given=True)
    for key in properties:
        if key not in columns and key not in OWN:
            yield str(key)[:60]


def _clean(entry: Entry, column: Column, value: Any, *, is_given: bool) -> Any:
    """A value as the column keeps it; what can't be so is told once."""
    follows = entry.kind is not None and column.name == measures.figure_of(entry.kind)
    try:
        return _value(column, value, is_required=column.is_required and not follows)
    except forms.ValidationError as error:
        words = "".join(error.messages)
        entry.errors.append(f"{column.title}：{words}" if is_given else f"缺少{column.title}（{column.name}）。{words}")
        return None


def _value(column: Column, value: Any, *, is_required: bool) -> Any:
    if isinstance(value, dict | list):
        raise forms.ValidationError("应为文字或数字。")
    if column.type == "yes-no":
        word = str(value).strip().lower() if value is not None else ""
        if word in YES | NO:
            return word in YES
        if word or is_required:
            raise forms.ValidationError("应为 true 或 false。")
        return None
    if column.type == "reference":
        return UUID(str(value)) if _is_uuid(value) else None
    if column.type == "choice":
        value = {label: key for key, label in column.choices}.get(str(value), value)
    made = field_of(column, {})
    made.required = is_required
    return made.clean(str(value) if isinstance(value, int | float) else value)


def _is_uuid(value: Any) -> bool:
    try:
        UUID(str(value))
    except ValueError:
        return False
    return True


def _shape(geometry: Any, kind: Kind, system: str) -> Geometry | None:
    if geometry is None:
        return None
    if faults := geodesy.check_geometry(geometry, DRAWN[kind.shape]):
        raise GeodesyError("".join(fault.text for fault in faults))
    return geodesy.tidy(geodesy.geometry_in_cgcs2000(geometry, system))


def _compare(entry: Entry, kind: Kind, properties: Mapping[str, Any]) -> None:
    """What a known thing would change, and an area that the shape contradicts."""
    given = measures.figure_of(kind)
    if drawn := measures.drawn_figure(kind, entry.geometry):
        stated = entry.values.get(given)
        if given in properties and stated and abs(Decimal(str(stated)) - drawn[given]) > AREA_DIFFERS * drawn[given]:
            title = kind.column(given).title
            entry.warnings.append(
                f"属性中的{title}（{measures.plain(float(stated))}）与图形量算的（{measures.plain(float(drawn[given]))}）不一致，以图形为准。"
            )
        entry.values |= drawn
    elif given and kind.column(given).is_required and not entry.values.get(given):
        entry.errors.append(f"缺少图形或{kind.column(given).title}。")
    if entry.present is None:
        return
    old = entry.present
    for column in kind.columns:
        before, after = _plain(old.values.get(column.name)), _plain(entry.values[column.name])
        if before != after:
            entry.changes.append((column.title, before or "空", after or "空"))
    if entry.geometry is not None and (old.geometry is None or geodesy.tidy(old.geometry) != entry.geometry):
        words = measures.measure(old.geometry).words or ("有位置" if old.geometry else "没有位置")
        entry.changes.append(("图形", words, measures.measure(entry.geometry).words or "新位置"))


def _plain(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "", True: "是", False: "否"}[value]
    return measures.plain(float(value)) if isinstance(value, int | float | Decimal) else str(value)


def _judge(entries: Sequence[Entry], ground: Ground) -> None:
    """Twice the same thing in a file, and whether the shapes lie where they can."""
    numbers: dict[UUID, int] = {}
    twins: dict[str, int] = {}
    drawn = next((entry.geometry for entry in entries if entry.kind and entry.kind.key == "boundary"), None)
    known = {item.thing: item.kind.key for item in ground.items}
    known |= {entry.thing: entry.kind.key for entry in entries if entry.thing and entry.kind}
    for entry in entries:
        if entry.thing is None or entry.kind is None:
            continue
        entry.errors.extend(_lost_references(entry, entry.kind, known))
        if entry.thing in numbers:
            entry.errors.append(f"与第 {numbers[entry.thing]} 个要素是同一对象。请删去重复的一个。")
        elif entry.present is None and entry.geometry:
            twin = json.dumps([entry.kind.key, entry.name, entry.geometry])
            if (first := twins.setdefault(twin, entry.number)) != entry.number:
                entry.errors.append(f"与第 {first} 个要素的名称和图形都相同。请删去重复的一个。")
        numbers.setdefault(entry.thing, entry.number)
        entry.errors.extend(sentence for _, sentence in entry.kind.within_itself(entry.values))
        moved = any(title == "图形" for title, _, _ in entry.changes) or entry.present is None
        if entry.geometry is None or not moved:
            continue
        judged = placed(entry.kind, entry.geometry, ground, thing=entry.thing, boundary=drawn)
        entry.errors.extend(problem.text for problem in judged.refusals)
        entry.warnings.extend(problem.text for problem in judged.warnings)


def _lost_references(entry: Entry, kind: Kind, known: Mapping[UUID, str]) -> Iterator[str]:
    for column in kind.columns:
        to = entry.values.get(column.name)
        if column.refers_to and isinstance(to, UUID) and to in known and known[to] != column.refers_to:
            yield f"{column.title}：编号 {to} 不是{kinds.kind(column.refers_to).title}。"
        elif column.refers_to and isinstance(to, UUID) and to not in known:
            yield f"{column.title}：本社区没有编号为 {to} 的{kinds.kind(column.refers_to).title}。"


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """What is to be stored, the land before what lies on it."""
    order = {layer.key: number for number, layer in enumerate(layers())}
    todo = [entry for entry in entries if entry.outcome in {"new", "changed"}]
    return sorted(todo, key=lambda entry: order[entry.kind.key] if entry.kind else 0)


def described_system(system: str) -> str:
    return str(CoordinateSystem(system).label)


def kinds_to_choose() -> list[tuple[str, str]]:
    return [(layer.key, layer.title) for layer in layers()]


def items_to_export(community: Division, day: dt.date, key: str) -> list[Item]:
    """The things of one kind, or of all where no key is given."""
    return reading.items(community, day, only=[kinds.kind(key)] if key else None)
