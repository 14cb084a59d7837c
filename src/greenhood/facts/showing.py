"""Facts as pages show them: figures with their units, choices in words, references by name, how old they are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from greenhood.facts.kinds import Column, Kind
from greenhood.facts.models import Fact, Source

MOST_KEY_FIGURES = 5
YES_NO = {True: "是", False: "否"}
HECTARE = 10_000


@dataclass(frozen=True, slots=True)
class Shown:
    """One figure of a thing; ``text`` is empty where nothing is recorded."""

    column: Column
    text: str

    @property
    def is_number(self) -> bool:
        return self.column.type in {"count", "amount"}


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing as a line of a list."""

    fact: Fact
    name: str
    figures: tuple[Shown, ...]
    person: str
    is_stale: bool

    @property
    def source(self) -> str:
        return Source(self.fact.source).label if self.fact.source in Source.values else self.fact.source

    @property
    def thing(self) -> UUID:
        return self.fact.thing

    @property
    def missing(self) -> list[str]:
        """The titles of required figures that are empty."""
        return [column.title for column in missing(self.fact)]


def text(column: Column, value: Any, names: Mapping[UUID, str] | None = None) -> str:
    """A value as people read it, with its unit; empty for none."""
    if value is None or value == "":
        return ""
    if column.type == "yes-no":
        return YES_NO[bool(value)]
    if column.type == "choice":
        return dict(column.choices).get(str(value), str(value))
    if column.type == "reference":
        return (names or {}).get(value, "（已注销的对象）")
    if column.type in {"count", "amount"}:
        return f"{number(column, value)}{f' {column.unit}' if column.unit else ''}"
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def number(column: Column, value: Any) -> str:
    """12,300.5 — years without separators."""
    if column.unit == "年":
        return str(value)
    shown = f"{Decimal(value):,f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def area(value: Any) -> str:
    """An area in 平方米, or in 公顷 from one on."""
    if Decimal(value) < HECTARE:
        return f"{plain(value)} 平方米"
    return f"{plain((Decimal(value) / HECTARE).quantize(Decimal('0.01')))} 公顷"


def plain(value: Any) -> str:
    shown = f"{Decimal(value):,f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def figures(fact: Fact, names: Mapping[UUID, str] | None = None) -> list[Shown]:
    """Every figure of a version, the empty ones too."""
    return [Shown(column, text(column, getattr(fact, column.name), names)) for column in fact.kind.columns]


def key_figures(fact: Fact, names: Mapping[UUID, str] | None = None) -> tuple[Shown, ...]:
    """The few that a list shows: required ones first, then others that are recorded, without the name."""
    kind = fact.kind
    ordered = sorted(kind.columns, key=lambda column: column.name not in kind.required)
    found = (Shown(column, text(column, getattr(fact, column.name), names)) for column in ordered)
    return tuple(shown for shown in found if shown.text and shown.column.name != kind.name)[:MOST_KEY_FIGURES]


def missing(fact: Fact) -> list[Column]:
    """The required columns that are empty."""
    return [each for each in fact.kind.columns if each.is_required and getattr(fact, each.name) in (None, "")]


def is_stale(kind: Kind, dated: dt.date, day: dt.date) -> bool:
    """Whether what is so should be confirmed again; what happened once does not grow old."""
    return not kind.is_event and (day - dated).days > kind.fresh_for


def as_things(
    facts: Iterable[Fact], *, day: dt.date, names: Mapping[UUID, str], people: Mapping[UUID, str]
) -> Iterator[Thing]:
    for fact in facts:
        yield Thing(
            fact,
            name(fact, names),
            key_figures(fact, names),
            people.get(fact.recorded_by_id, "系统") if fact.recorded_by_id else "系统",
            is_stale(fact.kind, fact.dated, day),
        )


def name(fact: Fact, names: Mapping[UUID, str] | None = None) -> str:
    """What a list calls a thing: its name; for what has none its first figures."""
    kind = fact.kind
    if kind.name and getattr(fact, kind.name):
        return str(getattr(fact, kind.name))
    if kind.is_single:
        return kind.title
    shown = [each.text for each in key_figures(fact, names)][:2]
    return " · ".join(shown) or kind.title
