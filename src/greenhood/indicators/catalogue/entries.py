"""What an entry of the catalogue says. One indicator is one entry, written where a reader finds all of it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from functools import cached_property

from greenhood.facts.kinds import Kind, kind
from greenhood.schemes import known_indicators


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


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """A named measure of one community, computed from recorded facts.

    ``query`` is one SELECT over the communities in ``scope(community_id)`` that are asked for, with the columns
    ``community_id, value, part, whole, dated, because``: the figure in ``unit``; what it is a share of, where it is one;
    the oldest date among the facts that it rests on; and, where ``value`` is null, the key of a sentence of ``unknown``.
    A community without a row is unknown for the reason ``unknown["missing"]``. A table is written ``{green-spaces}``, the
    key of its kind: the versions true of the day that is asked about. Parameters: ``%(as_of)s``.

    ``kinds`` are the kinds of record that it rests on: where a reader can look, and a worker can act. ``fresh_for`` is how
    many days a fact may be old before the figure is unknown again. ``remedy`` says what to do to reach a threshold, with
    ``{short}``: how much is missing, in the unit of ``part``.
    """

    key: str
    section: str
    definition: str
    formula: str
    direction: Direction
    norm: Norm
    fresh_for: int
    kinds: tuple[str, ...]
    query: str
    unknown: dict[str, str]
    remedy: str

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

    @cached_property
    def records(self) -> tuple[Kind, ...]:
        return tuple(kind(key) for key in self.kinds)


_entries: dict[str, Indicator] = {}


def register(indicator: Indicator) -> Indicator:
    assert indicator.key in known_indicators.INDICATORS, f"{indicator.key} is no indicator that schemes know"
    assert indicator.key not in _entries, f"{indicator.key} is registered twice"
    assert "missing" in indicator.unknown, f"{indicator.key} doesn't say why it may be unknown"
    _entries[indicator.key] = indicator
    return indicator


def entries() -> dict[str, Indicator]:
    """Every indicator by key, in the order of the sections."""
    return dict(_entries)


def entry(key: str) -> Indicator:
    """Raises KeyError for an indicator that isn't in the catalogue."""
    return _entries[key]
