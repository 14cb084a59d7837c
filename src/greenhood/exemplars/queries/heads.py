"""The first rows of a list and how many there are in all: for pages that show several lists one under the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet

from greenhood.kit.paging import Count, count

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Head(Generic[Row]):
    """``count`` is that of the whole list, of which ``rows`` are the first."""

    rows: Sequence[Row]
    count: Count

    @property
    def is_cut(self) -> bool:
        return self.count.number > len(self.rows)


def head(found: QuerySet[Row] | None, *order: str, most: int) -> Head[Row]:
    """One query where everything is shown, two where something is left; none where nothing concerns the post."""
    if found is None:
        return Head([], Count(0, False))
    rows = list(found.order_by(*order)[:most])
    return Head(rows, Count(len(rows), False) if len(rows) < most else count(found))
