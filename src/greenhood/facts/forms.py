"""The form of any kind of fact, made from the kind: text becomes clean values, with a sentence at the field where it can't."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.html import format_html, format_html_join

from greenhood.facts import units
from greenhood.facts.kinds import Column, Kind
from greenhood.facts.models import CoordinateSystem, Fact, Source
from greenhood.kit import geodesy
from greenhood.kit.dates import today_in_shanghai

# A worker types, measures or surveys; what is imported comes by file.
SOURCES = [(source.value, source.label) for source in (Source.TYPED, Source.MEASURED, Source.SURVEYED)]
YES_NO = (("yes", "是"), ("no", "否"), ("", "未查明"))
TRUTH = {"yes": True, "no": False, "": None}
DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
LARGEST = Decimal(10**12)


@dataclass(frozen=True, slots=True)
class Offer:
    """A value that the system knows from elsewhere, and where from."""

    value: Any
    origin: str


class NumberInput(forms.TextInput):
    """A number with its unit beside it; an area with a choice of units, which is read as if it had been typed behind."""

    def __init__(self, unit: str) -> None:
        super().__init__(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "fact-number"})
        self.unit, self.units = unit, units.CHOICES.get(unit, ())

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        text = data.get(name)
        unit = data.get(f"{name}_unit", "")
        # A unit typed behind the number is meant; the select then stands at what it stood before.
        is_bare = bool(text) and not any(sign.isalpha() or sign == "㎡" for sign in text)
        return f"{text.strip()}{unit}" if is_bare and unit in self.units and unit != self.unit else text

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> str:
        control = super().render(name, value, attrs, renderer)
        if not self.unit:
            return control
        if not self.units:
            return format_html('<span class="with-unit">{}<span class="unit">{}</span></span>', control, self.unit)
        options = format_html_join("", "<option>{}</option>", ((unit,) for unit in self.units))
        return format_html(
            '<span class="with-unit">{}<select class="form-select unit-select" name="{}_unit" aria-label="单位">{}</select></span>',
            control,
            name,
            options,
        )


class NumberField(forms.CharField):
    """A number in the unit of its column; ``said`` tells what was made of another unit."""

    def __init__(self, column: Column, **options: Any) -> None:
        super().__init__(widget=NumberInput(column.unit), **options)
        self.column = column
        self.said = ""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        return None if not text else self._number(text)

    def prepare_value(self, value: Any) -> Any:
        return "" if value is None else plain_number(value)

    def _number(self, text: str) -> Decimal | int:
        number, self.said = read_number(self.column, text)
        return number


def read_number(column: Column, text: str) -> tuple[Decimal | int, str]:
    """A number as the column takes it, and what is to be said of a conversion. Raises ValidationError."""
    try:
        measured = units.read(text, column.unit)
    except units.Unreadable as problem:
        raise ValidationError(str(problem)) from None
    if problem_text := number_problem(column, measured.value):
        raise ValidationError(problem_text)
    if column.type == "count":
        return int(measured.value), measured.said
    return measured.value.quantize(Decimal("0.01")), measured.said


def number_problem(column: Column, value: Decimal) -> str:
    """Why a number can't be this column's; empty where it can."""
    if column.type == "count" and value != value.to_integral_value():
        return f"应为整数，填写的是 {plain_number(value)}。"
    least, most = bounds(column)
    if least is not None and value < least:
        return f"不能小于 {plain_number(least)}，填写的是 {plain_number(value)}。"
    if value > (LARGEST if most is None else most):
        return f"不能大于 {plain_number(LARGEST if most is None else most)}{column.unit}，请核对单位和位数。"
    if value.as_tuple().exponent < -2:  # type: ignore[operator]
        return "最多两位小数。" if value != value.quantize(Decimal("0.01")) else ""
    return ""


def bounds(column: Column) -> tuple[Decimal | int | None, Decimal | int | None]:
    """The least and the most that a column takes."""
    assert column.field is not None
    validators = column.field.validators
    least = next((each.limit_value for each in validators if isinstance(each, MinValueValidator)), None)
    most = next((each.limit_value for each in validators if isinstance(each, MaxValueValidator)), None)
    return getattr(column.field, "least", least), getattr(column.field, "most", most)


def plain_number(value: Any) -> str:
    if isinstance(value, str):
        return value
    text = f"{Decimal(value):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


class FactForm(forms.Form):
    """Every figure of a kind, then its place, date and source.

    ``present`` fills it in, so that nothing is asked twice; ``offers`` do where there is none. ``things`` are what a
    reference may point to, by key of the kind.
    """

    thing = forms.UUIDField(widget=forms.HiddenInput, error_messages={"invalid": "页面已失效，请刷新后重新填写。"})
    replaces = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        kind: Kind,
        data: Any = None,
        *,
        thing: UUID,
        present: Fact | None = None,
        things: Mapping[str, Mapping[UUID, str]] | None = None,
        offers: Mapping[str, Offer] | None = None,
        today: dt.date | None = None,
    ) -> None:
        self.kind, self.present, self.today = kind, present, today or today_in_shanghai()
        self.offers = dict(offers or {}) if present is None else {}
        initial = {"thing": thing, "replaces": present.id if present else None, **self._given()}
        super().__init__(data, initial=initial)
        self.is_drawn = bool(present and getattr(present, "geometry", None))
        for column in kind.columns:
            if not (self.is_drawn and column.name == kind.area):
                self.fields[column.name] = field_of(column, things or {}, self.offers.get(column.name))
        if kind.is_located and not self.is_drawn:
            self.fields |= place_fields()
        self.fields |= common_fields(kind)

    def _given(self) -> dict[str, Any]:
        if self.present is None:
            known = {name: offer.value for name, offer in self.offers.items()}
            return {name: initial_of(self.kind.column(name), value) for name, value in known.items()} | {
                "dated": self.today,
                "source": Source.TYPED,
            }
        given = {each.name: initial_of(each, getattr(self.present, each.name)) for each in self.kind.columns}
        if self.kind.is_located:
            given |= {"longitude": self.present.longitude, "latitude": self.present.latitude}  # type: ignore[attr-defined]
        # What is so is confirmed as of today; what happened keeps its day.
        day = self.present.dated if self.kind.is_event else self.today
        source = self.present.source if self.present.source in dict(SOURCES) else Source.TYPED
        return given | {"dated": day, "source": source, "source_note": self.present.source_note}

    @property
    def figure_fields(self) -> list[forms.BoundField]:
        return [self[column.name] for column in self.kind.columns if column.name in self.fields]

    @property
    def place_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("longitude", "latitude", "captured_in") if name in self.fields]

    @property
    def source_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("dated", "source", "source_note")]

    @property
    def said(self) -> list[str]:
        """What was made of figures in another unit: ``占地面积：3.2 公顷 = 32,000 平方米``."""
        numbers = (field for field in self.fields.values() if isinstance(field, NumberField))
        return [f"{field.label}：{field.said}" for field in numbers if field.said]

    def clean(self) -> dict[str, Any]:
        clean: dict[str, Any] = super().clean() or {}
        if "longitude" in self.fields:
            self._place(clean)
        return clean

    def _place(self, clean: dict[str, Any]) -> None:
        texts = [str(clean.get(name) or "").strip() for name in ("longitude", "latitude")]
        if not any(texts):
            clean |= {"longitude": None, "latitude": None}
            return
        try:
            place = geodesy.parse_coordinates(" ".join(texts))
        except geodesy.GeodesyError as problem:
            self.add_error("longitude", str(problem))
            return
        (clean["longitude"], clean["latitude"]), self.moved = geodesy.place_in_cgcs2000(*place, clean["captured_in"])

    @property
    def values(self) -> dict[str, Any]:
        """Every column, and the place, as ``actions.record`` takes them."""
        clean = self.cleaned_data
        values = {each.name: clean.get(each.name, getattr(self.present, each.name, None)) for each in self.kind.columns}
        if self.kind.is_located:
            kept = {name: getattr(self.present, name, None) for name in ("longitude", "latitude", "geometry")}
            kept["captured_in"] = getattr(self.present, "captured_in", "") or ""
            if "longitude" in self.fields and (clean["longitude"], clean["latitude"]) != (
                kept["longitude"],
                kept["latitude"],
            ):
                system = clean["captured_in"] if clean["longitude"] is not None else ""
                kept |= {"longitude": clean["longitude"], "latitude": clean["latitude"], "captured_in": system}
            values |= kept
        return values


def field_of(column: Column, things: Mapping[str, Mapping[UUID, str]], offer: Offer | None = None) -> forms.Field:
    """The form field of a column."""
    missing = f"请{'选择' if column.type in {'choice', 'reference'} else '填写'}{column.title}。"
    options: dict[str, Any] = {
        "label": column.title,
        "required": column.is_required,
        "help_text": " ".join(filter(None, [column.help, f"已按{offer.origin}填好，请核对。" if offer else ""])),
        "error_messages": {"required": missing},
    }
    if column.type in {"count", "amount"}:
        return NumberField(column, **options)
    if column.type == "yes-no":
        return truth_field(column, options)
    if column.type == "choice":
        options["error_messages"]["invalid_choice"] = "没有这个选项，请重新选择。"
        return forms.ChoiceField(choices=[("", "（未选）"), *column.choices], **options)
    if column.type == "reference":
        known = things.get(column.refers_to, {})
        return forms.TypedChoiceField(
            choices=[("", "（未选）"), *((str(thing), name) for thing, name in known.items())],
            coerce=UUID,
            empty_value=None,
            **options | {"error_messages": {"required": missing, "invalid_choice": "选择的对象已注销，请重新选择。"}},
        )
    if column.type == "date":
        options["error_messages"]["invalid"] = "日期格式不正确，例如 2026-11-20。"
        return forms.DateField(widget=DATE, **options)
    assert column.field is not None
    most = column.field.max_length
    options["error_messages"]["max_length"] = f"最多 {most} 个字，请缩短。"
    widget = forms.Textarea(attrs={"rows": 4}) if column.type == "long" else forms.TextInput()
    return forms.CharField(max_length=most, widget=widget, **options)


def truth_field(column: Column, options: dict[str, Any]) -> forms.Field:
    choices = YES_NO[:2] if column.is_required else YES_NO
    return forms.TypedChoiceField(
        choices=choices,
        coerce=TRUTH.__getitem__,
        empty_value=None,
        widget=forms.RadioSelect,
        **options,
    )


def place_fields() -> dict[str, forms.Field]:
    number = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    return {
        "longitude": forms.CharField(
            label="经度",
            required=False,
            max_length=100,
            help_text="例如 104.0635；也可以填 104°3′49″。",
            widget=number,
        ),
        "latitude": forms.CharField(label="纬度", required=False, max_length=100, widget=number),
        "captured_in": forms.ChoiceField(
            label="坐标来自",
            choices=[
                (CoordinateSystem.CGCS2000.value, "CGCS2000（手机、天地图）"),
                (CoordinateSystem.GCJ02.value, "GCJ-02（高德、腾讯、微信）"),
                (CoordinateSystem.BD09.value, "BD-09（百度）"),
            ],
            help_text="系统统一换算为 CGCS2000 保存。",
        ),
    }


def common_fields(kind: Kind) -> dict[str, forms.Field]:
    return {
        "dated": forms.DateField(
            label="发生日期" if kind.is_event else "数据日期",
            widget=DATE,
            help_text="这些数字从哪一天起是这样；默认今天。补填以前的情况请填当时的日期。" if not kind.is_event else "",
            error_messages={"required": "请填写日期。", "invalid": "日期格式不正确，例如 2026-11-20。"},
        ),
        "source": forms.ChoiceField(label="来源", choices=SOURCES),
        "source_note": forms.CharField(
            label="来源说明", required=False, max_length=200, help_text="例如：物业台账、不动产登记、现场测量。"
        ),
    }


def initial_of(column: Column, value: Any) -> Any:
    """A stored value as the form shows it."""
    if column.type == "yes-no":
        return {True: "yes", False: "no", None: ""}[value]
    if column.type == "reference":
        return "" if value is None else str(value)
    return value


class RetireForm(forms.Form):
    """Why and since when a thing is no longer there."""

    replaces = forms.UUIDField(widget=forms.HiddenInput)
    gone_on = forms.DateField(
        label="从哪一天起不在了",
        widget=DATE,
        error_messages={"required": "请填写日期。", "invalid": "日期格式不正确，例如 2026-11-20。"},
    )
    reason = forms.CharField(
        label="原因",
        max_length=200,
        help_text="例如：已拆除、重复登记、不在本社区。",
        error_messages={"required": "请写明注销的原因，例如“已拆除”“重复登记”。"},
    )
