"""Whether a report's figures are the sum of what was filed below it, and by how much they are not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from greenhood.reporting import figures
from greenhood.reporting.models import Filing, Obligation


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure of a report beside the sum of the reports below: ``filed`` of ``owed`` are in."""

    key: str
    title: str
    unit: str
    value: Decimal
    below: Decimal
    filed: int
    owed: int

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
    """The figures that are not the sum of the newest filings below. One query; none where nothing was filed below."""
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
        entry, numbers = by_key[value.key]
        owed = sum((row.scheme_id, row.entry) == entry for row in rows.values())
        one = Difference(
            value.key, value.named.title, value.named.unit, value.value, sum(numbers, Decimal(0)), len(numbers), owed
        )
        if one.difference:
            found.append(one)
    return found


def _by_key(filed: Iterable[Filing], rows: dict[UUID, Obligation]) -> dict[str, tuple[tuple[str, str], list[Decimal]]]:
    """By figure, the numbers of the one kind of report below that most have filed: nobody is counted twice."""
    numbers: dict[str, dict[tuple[str, str], list[Decimal]]] = defaultdict(lambda: defaultdict(list))
    for filing in filed:
        row = rows[filing.obligation_id]
        for one in filing.figures:
            named = figures.find(one["key"])
            if named is not None and named.adds_up and one["value"]:
                numbers[one["key"]][row.scheme_id, row.entry].append(Decimal(one["value"]))
    return {key: max(kinds.items(), key=lambda item: len(item[1])) for key, kinds in numbers.items()}
