"""What an entry of the catalogue says. One indicator is one entry, written where a reader finds all of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from functools import cached_property

import polars as pl

from greenhood.divisions.models import Division
from greenhood.facts.kinds import Kind, kind
from greenhood.schemes import known_indicators

# Units of what can be had in any amount; everything else comes in whole pieces.
MEASURED_UNITS = frozenset({"平方米", "米"})

# The parts of the catalogue, in the order of the policies' standards.
SECTIONS = ("治理机制", "基础设施", "宜居环境", "信息化与物业", "绿色文化")


class Direction(Enum):
    """Which way is better."""

    HIGHER = "越高越好"
    LOWER = "越低越好"


@dataclass(frozen=True, slots=True)
class Norm:
    """Where the definition comes from: ``GB 50180-2018``, ``4.0.2``. ``note`` says what the editor decided."""

    title: str
    clause: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """One aggregate over records; ``where`` narrows it to some of those that count."""

    sql: str
    where: str = ""


def number(where: str = "") -> Tally:
    """How many records."""
    return Tally("count(*)", where)


def total(column: str, where: str = "") -> Tally:
    """The sum of a column over records."""
    return Tally(f"sum({column})", where)


@dataclass(frozen=True, kw_only=True)
class Records:
    """The records of one kind that a figure rests on, and what is counted over them in each community.

    Only versions true of the day are counted, and of these the ones that ``where`` allows. A community without any is
    unknown for the reason ``missing``, unless ``is_optional``, or unless it has confirmed that it has nothing of the
    kind: then all counts are 0. Where a column of ``filled`` is blank in any of them, it is unknown for the reason
    ``incomplete``. ``rows`` is a SELECT to count over in place of the kind's own records, with ``community_id``,
    ``dated`` and ``is_simulated`` among its columns, and the tables of kinds written as ``{heritage}``.
    """

    kind: str
    counts: Mapping[str, Tally]
    missing: str
    where: str = ""
    filled: tuple[str, ...] = ()
    incomplete: str = ""
    rows: str = ""
    is_optional: bool = False


COMPUTED = {
    "community_id": pl.Int64(),
    "value": pl.Decimal(30, 8),
    "part": pl.Decimal(30, 8),
    "whole": pl.Decimal(30, 8),
    "dated": pl.Date(),
    "because": pl.String(),
}
"""The columns that ``compute`` answers with; ``because`` is a key of ``unknown``."""

Compute = Callable[[Sequence[int] | Division, dt.date], pl.DataFrame]


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """A named measure of one community, computed from recorded facts.

    ``part``, ``whole``, ``value`` and ``extra`` are SQL over what ``records`` count, each count by its name in braces.
    A ``value`` that isn't given is part of whole, in percent where that is the unit; ``empty`` says why it is unknown where
    the whole is 0.
    ``extra`` is one more number that ``note`` makes a remark of. Everything is exact decimal arithmetic, and multiplies
    before it divides, so that a threshold that is just reached is reached.

    ``compute`` stands in for ``records`` where SQL can't say it (distances); ``kinds`` then names what it rests on, and
    ``unknown`` the reasons by key.

    ``fresh_for`` is how many days the oldest fact behind the figure may be old before it is unknown again. ``remedy`` says
    what to do to reach a threshold, with ``{short}``: how much is missing or too much, in ``part_unit``. ``whole_unit`` is
    that of the whole where it is another.
    """

    key: str
    section: str
    definition: str
    formula: str
    direction: Direction
    norm: Norm
    fresh_for: int
    remedy: str
    records: tuple[Records, ...] = ()
    part: str = ""
    whole: str = ""
    value: str = ""
    empty: str = ""
    extra: str = ""
    note: Callable[..., str] | None = None
    has_interval: bool = False
    part_unit: str = ""
    whole_unit: str = ""
    compute: Compute | None = None
    computed_from: tuple[str, ...] = ()
    unknown: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def known(self) -> known_indicators.KnownIndicator:
        """Title, unit and bounds, as scheme files know the indicator."""
        return known_indicators.INDICATORS[self.key]

    @property
    def title(self) -> str:
        return self.known.title

    @property
    def unit(self) -> str:
        return self.known.unit

    @property
    def least(self) -> Decimal | None:
        return self.known.least

    @property
    def most(self) -> Decimal | None:
        return self.known.most

    @property
    def is_share(self) -> bool:
        """Written in percent."""
        return self.unit == "%"

    @property
    def is_better_higher(self) -> bool:
        return self.direction is Direction.HIGHER

    @property
    def counts_in(self) -> str:
        """The unit of what is missing to a threshold."""
        return self.part_unit or self.unit

    @cached_property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of record that it rests on: where a reader can look, and a worker can act."""
        keys = dict.fromkeys([*(each.kind for each in self.records), *self.computed_from])
        return tuple(kind(key) for key in keys)

    @cached_property
    def reasons(self) -> tuple[str, ...]:
        """Why a figure may be unknown. What is stored and returned by queries is the place in this list, from 1."""
        if self.compute is not None:
            return tuple(self.unknown.values())
        found: list[str] = []
        for each in self.records:
            found += [each.missing, *([each.incomplete] if each.filled else [])]
        return (*found, *([self.empty] if self.whole else []))

    @property
    def why_unknown(self) -> list[str]:
        """The reasons that can occur: records that are optional are never missed."""
        never = {each.missing for each in self.records if each.is_optional}
        return [reason for reason in self.reasons if reason not in never]


_entries: dict[str, Indicator] = {}


def register(indicator: Indicator) -> Indicator:
    assert indicator.key in known_indicators.INDICATORS, f"{indicator.key} is no indicator that schemes know"
    assert indicator.key not in _entries, f"{indicator.key} is registered twice"
    assert indicator.section in SECTIONS, f"{indicator.key} is in no section"
    _entries[indicator.key] = indicator
    return indicator


def entries() -> dict[str, Indicator]:
    """Every indicator by key, section by section."""
    return dict(sorted(_entries.items(), key=lambda item: SECTIONS.index(item[1].section)))


def entry(key: str) -> Indicator:
    """Raises KeyError for an indicator that isn't in the catalogue."""
    return _entries[key]
