"""The kinds of fact that can be recorded. A room declares a model; forms, Excel, maps and the survey read it from here.

@register("estates", section=Section.ESTATES, shape=Shape.AREA, required=("name", "dwellings"))
class Estate(Located, Fact): ...
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum, StrEnum
from functools import cached_property
from typing import Any, TypeVar

from django.db import models

from greenhood.facts.fields import Amount, Count, Reference
from greenhood.facts.models import Fact, Located
from greenhood.kit.dates import today_in_shanghai


class Section(StrEnum):
    """The parts of a community's record, in the order in which they are filled in."""

    BASICS = "基本情况"
    ESTATES = "小区与房屋"
    INFRASTRUCTURE = "市政设施与道路"
    TRAFFIC = "停车与生命通道"
    GREEN = "绿地与活动空间"
    FACILITIES = "公共服务设施"
    ENVIRONMENT = "环境与垃圾分类"
    CARE = "无障碍与适老化"
    DIGITAL = "信息化与物业"
    HERITAGE = "历史文化资源"
    CULTURE = "宣传与活动"
    GOVERNANCE = "议事与治理"


class Shape(Enum):
    """What a thing looks like on a map. ``ANY`` may be drawn as a point, a line or an area."""

    NONE = "none"
    POINT = "point"
    LINE = "line"
    AREA = "area"
    ANY = "any"


COMMON = frozenset({"dated", "source", "source_note"})
PLACE = frozenset({"longitude", "latitude"})

Check = Callable[[Sequence[int], date], Mapping[int, str]]
"""Whether communities still add up after a write: (their ids, the day) → what is wrong, by community. Set-based."""


@dataclass(frozen=True, slots=True)
class Column:
    """One field of a kind as people fill it in. ``type`` is text, long, count, amount, date, choice, yes-no or reference.

    ``adds_up``: a sum over things means something (dwellings do, years and widths don't).
    """

    name: str
    title: str
    type: str
    unit: str = ""
    is_required: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    help: str = ""
    refers_to: str = ""
    adds_up: bool = False
    field: models.Field[Any, Any] | None = field(default=None, compare=False)

    @property
    def heading(self) -> str:
        """``绿地面积（平方米）``: the words above a column or beside a field."""
        return f"{self.title}（{self.unit}）" if self.unit else self.title


@dataclass(frozen=True)
class Kind:
    """One kind of fact. ``is_single``: a community has one at most (its population, its boundary).

    ``not_more`` pairs (part, whole) of a row's own figures; ``past`` names days and years that have come; ``checks`` look over a whole community after a write.
    ``is_event``: it happened on its date and is counted by period (an activity, an inspection), rather than being so until
    replaced. ``area``: the figure that a drawn shape fills in. ``fresh_for``: days after which what is so should be confirmed.
    """

    key: str
    model: type[Fact]
    section: Section
    shape: Shape = Shape.NONE
    required: tuple[str, ...] = ()
    is_single: bool = False
    is_event: bool = False
    not_more: tuple[tuple[str, str], ...] = ()
    past: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    area: str = ""
    name: str = "name"
    help: str = ""
    fresh_for: int = 365

    @property
    def every_check(self) -> tuple[Check, ...]:
        """Its own checks, and those that look over kinds of its sort (``register_check``)."""
        return (*self.checks, *(check for make in _general if (check := make(self)) is not None))

    @property
    def title(self) -> str:
        return str(self.model._meta.verbose_name)

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @property
    def subject_kind(self) -> str:
        """How history and attachments name it: ``communities.estate``."""
        return self.model._meta.label_lower

    @property
    def is_located(self) -> bool:
        return issubclass(self.model, Located)

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """What a person fills in, in the order of the model, without date, source and position."""
        return tuple(
            _column(item, self.required)
            for item in self.model._meta.concrete_fields
            if item.editable and item.name not in COMMON | PLACE and not item.primary_key
        )

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    def name_of(self, fact: Fact) -> str:
        """What people call it; the kind itself for things without a name of their own."""
        named = str(getattr(fact, self.name, "") or "") if self.name else ""
        return named or self.title

    def within_itself(self, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """(field, sentence) where a row's own figures contradict each other, or speak of a day to come as past."""
        for part, whole in self.not_more:
            one, other = values.get(part), values.get(whole)
            if one is not None and other is not None and one > other:
                left, right = self.column(part), self.column(whole)
                yield part, f"{left.title}（{one}）不能多于{right.title}（{other}），请核对两处数字。"
        today = today_in_shanghai()
        for name in self.past:
            given = values.get(name)
            if isinstance(given, date) and given > today:
                yield name, f"{self.column(name).title} {given} 还没有到，不能晚于今天（{today}）。"
            elif isinstance(given, int) and given > today.year:
                yield name, f"{self.column(name).title} {given} 还没有到，不能晚于今年（{today.year} 年）。"


_kinds: dict[str, Kind] = {}
_general: list[Callable[[Kind], Check | None]] = []
Model = TypeVar("Model", bound=type[Fact])


def register(key: str, **options: Any) -> Callable[[Model], Model]:
    """Make a model known as a kind of fact; ``options`` are those of ``Kind``."""

    def decorate(model: Model) -> Model:
        assert key not in _kinds or _kinds[key].model.__name__ == model.__name__, f"{key} is registered twice"
        kind = Kind(key=key, model=model, **options)
        model.kind = _kinds[key] = kind
        return model

    return decorate


def register_check(make: Callable[[Kind], Check | None]) -> None:
    """Have a check made for every kind that ``make`` answers one for, whichever room declares it."""
    if make not in _general:
        _general.append(make)


def kinds() -> list[Kind]:
    """Every kind, by section, in the order in which the rooms declare them."""
    order = list(Section)
    return sorted(_kinds.values(), key=lambda kind: order.index(kind.section))


def kind(key: str) -> Kind:
    """Raises KeyError for a kind that isn't known."""
    return _kinds[key]


def in_section(section: Section) -> list[Kind]:
    return [kind for kind in kinds() if kind.section is section]


def located() -> list[Kind]:
    return [kind for kind in kinds() if kind.is_located]


def _column(item: models.Field[Any, Any], required: Iterable[str]) -> Column:
    return Column(
        name=item.name,
        title=str(item.verbose_name),
        type=_type(item),
        unit=getattr(item, "unit", ""),
        is_required=item.name in required,
        choices=tuple((str(value), str(label)) for value, label in item.flatchoices),
        help=str(item.help_text),
        refers_to=item.to if isinstance(item, Reference) else "",
        adds_up=getattr(item, "adds_up", False),
        field=item,
    )


def _type(item: models.Field[Any, Any]) -> str:
    if item.choices:
        return "choice"
    for found, name in _TYPES:
        if isinstance(item, found):
            return name
    raise AssertionError(f"{item} can't be filled in by people")


_TYPES: tuple[tuple[type[models.Field[Any, Any]], str], ...] = (
    (Reference, "reference"),
    (Count, "count"),
    (Amount, "amount"),
    (models.BooleanField, "yes-no"),
    (models.DateField, "date"),
    (models.TextField, "long"),
    (models.CharField, "text"),
    (models.SmallIntegerField, "count"),
)
