"""What the page of a community shows: every figure with its source, what the scheme asks of it, and how it was in earlier years."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from greenhood.divisions.models import Division
from greenhood.indicators.catalogue import SECTIONS, Indicator, entries
from greenhood.indicators.figures import Figure, next_step
from greenhood.indicators.measuring import measure
from greenhood.indicators.uses import Use, uses_by_key
from greenhood.schemes.queries import scheme_for

YEARS = 3
"""How many ends of years stand beside the figure of the day."""


@dataclass(frozen=True)
class Asked:
    """What a line of the scheme asks of a figure. ``is_met`` is None where the figure is unknown."""

    use: Use
    is_met: bool | None
    step: str


@dataclass(frozen=True)
class Row:
    indicator: Indicator
    figure: Figure
    asked: tuple[Asked, ...]
    earlier: tuple[tuple[dt.date, Figure | None], ...]


@dataclass(frozen=True)
class Section:
    title: str
    rows: tuple[Row, ...]

    @property
    def known(self) -> int:
        return sum(row.figure.is_known for row in self.rows)


@dataclass(frozen=True)
class Sheet:
    """All figures of one community on a day."""

    community: Division
    day: dt.date
    sections: tuple[Section, ...]
    years: tuple[dt.date, ...]

    @property
    def rows(self) -> list[Row]:
        return [row for section in self.sections for row in section.rows]

    @property
    def known(self) -> int:
        return sum(section.known for section in self.sections)


def sheet_of(community: Division, day: dt.date) -> Sheet:
    """Figures of the day by what is known now, and of the last ends of years. What code computes has no earlier years."""
    figures = measure([community.pk], as_of=day)[community.pk]
    years = ends_of_years(day)
    counted = [key for key, one in entries().items() if one.compute is None]
    before = [measure([community.pk], as_of=end, keys=counted)[community.pk] for end in years]
    version = scheme_for(community)
    uses = uses_by_key([version] if version else [])
    rows = [
        Row(
            one,
            figures[key],
            _asked(one, figures[key], uses.get(key, [])),
            tuple((end, each.get(key)) for end, each in zip(years, before, strict=True)),
        )
        for key, one in entries().items()
    ]
    sections = tuple(Section(title, tuple(row for row in rows if row.indicator.section == title)) for title in SECTIONS)
    return Sheet(community, day, sections, years)


def ends_of_years(day: dt.date) -> tuple[dt.date, ...]:
    """The last ends of years before a day, the earliest first."""
    return tuple(dt.date(day.year - back, 12, 31) for back in range(YEARS, 0, -1))


def _asked(one: Indicator, found: Figure, uses: Sequence[Use]) -> tuple[Asked, ...]:
    asked = []
    for use in uses:
        mark = use.check.threshold
        if mark is None:
            continue
        # A threshold with variants is decided with the assessment, which knows the community's own.
        plain_mark = not mark.cases
        step = next_step(one, found, mark.compare, Decimal(mark.value)) if plain_mark and found.is_known else ""
        asked.append(Asked(use, (step == "") if plain_mark and found.is_known else None, step))
    return tuple(asked)
