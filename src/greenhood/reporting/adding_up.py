"""Whether a report's figures are the sum of what was filed below it, and by how much they are not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from greenhood.reporting import figures
from greenhood.reporting.models import Filing, Obligation

Said = tuple[Obligation, Decimal]


@dataclass(frozen=True, slots=True)
class Part:
    """What one report below said, and what the system says of that division now."""

    obligation: Obligation
    filed: Decimal
    now: Decimal
    url: str

    @property
    def difference(self) -> Decimal:
        return self.now - self.filed


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure of a report beside the sum of the reports below: ``filed`` of ``owed`` are in. ``changed`` are those whose figure is
    another one by now.
    """

    key: str
    title: str
    unit: str
    value: Decimal
    below: Decimal
    filed: int
    owed: int
    changed: Sequence[Part] = ()

    @property
    def difference(self) -> Decimal:
        return self.value - self.below

    @property
    def missing(self) -> int:
        return self.owed - self.filed

    @property
    def needs_reason(self) -> bool:
        """Not where reports that are still missing may account for the rest."""
        return self.missing == 0 or self.difference < 0


def differences(values: Iterable[figures.Value], lower: Sequence[Obligation]) -> list[Difference]:
    """The figures that are not the sum of the newest filings below.

    One query, none where nothing was filed below; where something differs, those that count the divisions below once more.
    """
    rows = {row.pk: row for row in lower}
    newest = Filing.objects.filter(obligation__in=[pk for pk, row in rows.items() if row.filed_at])
    filed = list(newest.order_by("obligation", "-number").distinct("obligation")) if rows else []
    if not filed:
        return []
    found = []
    by_key = _by_key(filed, rows)
    for value in values:
        if value.key not in by_key or value.value is None:
            continue
        entry, said = by_key[value.key]
        owed = sum((row.scheme_id, row.entry) == entry for row in rows.values())
        below = sum((number for _, number in said), Decimal(0))
        one = Difference(value.key, value.named.title, value.named.unit, value.value, below, len(said), owed)
        if one.difference:
            found.append(one)
    return _with_parts(found, by_key) if found else []


def _with_parts(
    found: Sequence[Difference], by_key: Mapping[str, tuple[tuple[str, str], list[Said]]]
) -> list[Difference]:
    """The same with what changed below since it was filed."""
    places = {row.reporter_id: row.reporter for one in found for row, _ in by_key[one.key][1]}
    year = next(row.year for row, _ in by_key[found[0].key][1])
    now = figures.counts(places.values(), year=year, keys=[one.key for one in found])
    return [replace(one, changed=_changed(one.key, by_key[one.key][1], now)) for one in found]


def _changed(key: str, said: Iterable[Said], now: Mapping[int, Mapping[str, Decimal]]) -> tuple[Part, ...]:
    named = figures.known()[key]
    parts = [Part(row, number, now[row.reporter_id][key], named.url_of(row.reporter)) for row, number in said]
    return tuple(sorted((part for part in parts if part.difference), key=lambda part: -abs(part.difference)))


def _by_key(filed: Iterable[Filing], rows: dict[UUID, Obligation]) -> dict[str, tuple[tuple[str, str], list[Said]]]:
    """By figure, the reports with their numbers, of the one kind of report below that most have filed: nobody is counted twice."""
    numbers: dict[str, dict[tuple[str, str], list[Said]]] = defaultdict(lambda: defaultdict(list))
    for filing in filed:
        row = rows[filing.obligation_id]
        for one in filing.figures:
            named = figures.find(one["key"])
            if named is not None and named.adds_up and one["value"]:
                numbers[one["key"]][row.scheme_id, row.entry].append((row, Decimal(one["value"])))
    return {key: max(kinds.items(), key=lambda item: len(item[1])) for key, kinds in numbers.items()}
