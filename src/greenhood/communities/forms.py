"""What is filled in beside a drawing: the shape or the coordinates, the day, the source, and the columns of the kind."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms

from greenhood.communities.mapping.measures import figure_of
from greenhood.facts.forms import field_of
from greenhood.facts.kinds import Column, Kind, Shape
from greenhood.facts.models import CoordinateSystem, Fact, Source
from greenhood.facts.shapes import DRAWN
from greenhood.kit import geodesy
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.geodesy import GeodesyError, Geometry, Problem

POINTS = (Shape.POINT, Shape.ANY)
OWN = "c-"


class DrawingForm(forms.Form):
    """One thing's shape and, for a new thing, its figures. ``faults`` are what is wrong with the shape, with places."""

    position = forms.CharField(
        label="坐标",
        required=False,
        max_length=200,
        help_text="经度和纬度，例如“103.823100, 30.571200”或“东经103°49′23″ 北纬30°34′16″”。",
    )
    system = forms.ChoiceField(
        label="坐标系",
        choices=CoordinateSystem.choices,
        initial=CoordinateSystem.CGCS2000,
        help_text="手机定位和 GPS 为 WGS 84；从高德、腾讯、微信、百度地图抄来的，请选相应的坐标系，保存时换算为 CGCS2000。",
    )
    geometry = forms.CharField(
        label="图形",
        required=False,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
        help_text="在地图上绘制时自动填写。也可逐行填写各点的经度和纬度，每行一点，沿边线依次填写；或粘贴其他软件导出的 GeoJSON 图形。",
    )
    dated = forms.DateField(label="数据日期", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    source = forms.ChoiceField(
        label="来源", choices=[(each.value, each.label) for each in (Source.MEASURED, Source.TYPED)]
    )
    source_note = forms.CharField(
        label="来源说明", required=False, max_length=200, help_text="例如“2026 年测绘成果”“现场踏勘”。"
    )
    thing = forms.UUIDField(required=False, widget=forms.HiddenInput)
    replaces = forms.UUIDField(required=False, widget=forms.HiddenInput)
    confirmed = forms.CharField(required=False)

    def __init__(
        self, *arguments: Any, kind: Kind, things: Mapping[str, Mapping[UUID, str]], is_new: bool, **named: Any
    ) -> None:
        super().__init__(*arguments, **named)
        self.kind = kind
        self.faults: list[Problem] = []
        self.moved = 0.0
        self.captured_in: str = CoordinateSystem.CGCS2000
        self.columns = [column for column in kind.columns if is_new and not self._follows(column)]
        for column in self.columns:
            self.fields[OWN + column.name] = field_of(column, things)
        if kind.shape not in POINTS:
            del self.fields["position"]
        self.fields["dated"].widget.attrs["max"] = today_in_shanghai().isoformat()

    def _follows(self, column: Column) -> bool:
        """Whether the drawing gives this figure."""
        return column.name == figure_of(self.kind) and self.kind.shape is not Shape.ANY

    @property
    def own(self) -> list[forms.BoundField]:
        """The fields of the kind's own columns."""
        return [self[OWN + column.name] for column in self.columns]

    def values(self) -> dict[str, Any]:
        """The kind's columns, clean; unknown is None for numbers and '' for words."""
        return {column.name: self.cleaned_data[OWN + column.name] for column in self.columns}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        field = "position" if cleaned.get("position") else "geometry"
        try:
            cleaned["shape"] = self._shape(cleaned)
        except GeodesyError as error:
            self.add_error(field, str(error))
        return cleaned

    def _shape(self, cleaned: Mapping[str, Any]) -> Geometry:
        system = cleaned.get("system") or CoordinateSystem.CGCS2000
        if cleaned.get("position"):
            place = geodesy.parse_coordinates(cleaned["position"])
            self.captured_in = system
            at, self.moved = geodesy.place_in_cgcs2000(*place, system)
            return {"type": "Point", "coordinates": list(at)}
        if not (cleaned.get("geometry") or "").strip():
            how = "绘制图形或填写坐标" if self.kind.shape in POINTS else "绘制图形"
            raise GeodesyError(f"请先{how}。")
        given = read_geometry(cleaned["geometry"], self.kind.shape)
        self.faults = geodesy.check_geometry(given, DRAWN[self.kind.shape])
        if self.faults:
            raise GeodesyError("".join(fault.text for fault in self.faults))
        converted = geodesy.geometry_in_cgcs2000(given, system)
        self.captured_in = system
        self.moved = float(geodesy.distance_m(*geodesy.centre(given), *geodesy.centre(converted)))
        return geodesy.tidy(converted)

    def take(self, problems: Mapping[str, str]) -> None:
        """Show what recording refused at its fields."""
        for name, sentence in problems.items():
            field = OWN + name if OWN + name in self.fields else name
            self.add_error(field if field in self.fields else None, sentence)


def read_geometry(text: str, shape: Shape) -> Geometry:
    """The one shape of a text: GeoJSON of a geometry, a feature or a collection of one, or a place a line."""
    if not text.lstrip().startswith(("{", "[{")):
        return _of_lines(text, shape)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise GeodesyError("不是完整的 GeoJSON 文本。请从地图上绘制，逐行填写坐标，或重新粘贴。") from None
    if isinstance(found, dict) and found.get("type") == "FeatureCollection":
        features = found.get("features")
        if not isinstance(features, list) or len(features) != 1:
            raise GeodesyError("这里只能放一个图形；多个图形请用“导入导出”。")
        found = features[0]
    if isinstance(found, dict) and found.get("type") == "Feature":
        found = found.get("geometry")
    return found


def _of_lines(text: str, shape: Shape) -> Geometry:
    """A place a line: the corners of an area, the points of a line, or one point."""
    lines = [line for line in text.splitlines() if line.strip()][: geodesy.MOST_POINTS]
    places = [_of_line(number, line) for number, line in enumerate(lines, 1)]
    is_ring = shape is Shape.AREA or (shape is Shape.ANY and len(places) > 3 and places[0] == places[-1])
    if is_ring:
        return geodesy.closed({"type": "Polygon", "coordinates": [places]})
    if len(places) == 1 and shape in POINTS:
        return {"type": "Point", "coordinates": places[0]}
    return {"type": "LineString", "coordinates": places}


def _of_line(number: int, line: str) -> list[float]:
    try:
        return list(geodesy.parse_coordinates(line))
    except GeodesyError as error:
        raise GeodesyError(f"第 {number} 行：{error}") from None


def initial_of(present: Fact | None) -> dict[str, Any]:
    """What the form begins with: the present shape of a thing."""
    first: dict[str, Any] = {"dated": today_in_shanghai(), "source": Source.MEASURED}
    if present is None:
        return first
    shape: Geometry | None = getattr(present, "geometry", None)
    if shape is None and present.longitude is not None:  # type: ignore[attr-defined]
        shape = {"type": "Point", "coordinates": [present.longitude, present.latitude]}  # type: ignore[attr-defined]
    first |= {"thing": present.thing, "replaces": present.id}
    return first | ({"geometry": json.dumps(shape)} if shape else {})
