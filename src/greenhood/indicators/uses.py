"""Which lines of published schemes ask for an indicator, and what they ask of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from greenhood.schemes import reasons
from greenhood.schemes.format import Check, Criterion, Standard
from greenhood.schemes.models import SchemeVersion


@dataclass(frozen=True, slots=True)
class Use:
    """One check that an indicator decides."""

    version: SchemeVersion
    standard: Standard
    criterion: Criterion
    check: Check

    @property
    def source(self) -> str:
        return self.check.source or self.criterion.source

    @property
    def asks(self) -> str:
        """``不低于 25%``; nothing where the scheme names no threshold."""
        return reasons.threshold(self.check.threshold) if self.check.threshold else ""


def uses_of(key: str, versions: Iterable[SchemeVersion]) -> list[Use]:
    return [use for version in versions for use in _uses(version) if use.check.indicator == key]


def uses_by_key(versions: Iterable[SchemeVersion]) -> dict[str, list[Use]]:
    """All uses, by the key of the indicator."""
    found: dict[str, list[Use]] = {}
    for version in versions:
        for use in _uses(version):
            found.setdefault(use.check.indicator or "", []).append(use)
    return found


def _uses(version: SchemeVersion) -> Iterator[Use]:
    for standard in version.scheme.standards:
        for part in standard.parts:
            for criterion in part.criteria:
                for check in criterion.checks:
                    if check.indicator:
                        yield Use(version, standard, criterion, check)
