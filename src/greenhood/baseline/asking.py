"""What a campaign asks: kinds of fact and columns of each, and what is missing of them. Pure, but for the registry of kinds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models

from greenhood.facts import kinds as registry
from greenhood.facts.kinds import Column, Kind, Section


@dataclass(frozen=True, slots=True)
class Asked:
    """One kind of fact that a campaign asks for, and the columns that must be filled in of each thing."""

    kind: Kind
    columns: tuple[Column, ...]

    def missing(self, values: Mapping[str, Any]) -> list[Column]:
        return [column for column in self.columns if values.get(column.name) in (None, "")]


def askable() -> list[Kind]:
    """The kinds that describe what is so. What happens (activities, inspections) is recorded as it happens, not surveyed."""
    return [kind for kind in registry.kinds() if not kind.is_event]


def usual() -> dict[str, list[str]]:
    """What is asked unless somebody chooses otherwise: every kind with required columns, and those columns."""
    return {kind.key: list(kind.required) for kind in askable() if kind.required}


def chosen(keys: Iterable[str], more: Iterable[str]) -> dict[str, list[str]]:
    """``asked`` of a campaign: these kinds with their required columns, and more columns given as ``estates.area``."""
    wanted, extra = set(keys), set(more)
    return {
        kind.key: [column.name for column in kind.columns if column.is_required or f"{kind.key}.{column.name}" in extra]
        for kind in askable()
        if kind.key in wanted
    }


def read(asked: Mapping[str, Sequence[str]]) -> list[Asked]:
    """What a campaign asks, by section. A kind or column that the system no longer has is left out."""
    return [
        Asked(kind, tuple(column for column in kind.columns if column.name in asked[kind.key]))
        for kind in askable()
        if kind.key in asked
    ]


def sections(asked: Iterable[Asked]) -> dict[Section, list[Asked]]:
    """By section, in the order in which they are filled in; only sections with something to fill in."""
    found: dict[Section, list[Asked]] = {}
    for one in asked:
        found.setdefault(one.kind.section, []).append(one)
    return found


def is_text(column: Column) -> bool:
    """Whether blank is stored as empty text rather than as null."""
    return isinstance(column.field, models.CharField | models.TextField)
