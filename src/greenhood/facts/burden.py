"""How many cells a person still has to type (填报负担), and how many the system has filled in already."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import reduce
from operator import add

from django.db import connection

from greenhood.facts.kinds import Kind, kinds
from greenhood.facts.queries import PRESENT, TRUE_OF_DAY
from greenhood.kit.dates import today_in_shanghai


@dataclass(frozen=True, slots=True)
class Burden:
    """Of one kind, or the sum of several.

    ``empty`` required cells of things that are there, ``unrecorded`` those of kinds without a single thing, ``stale`` things
    to be confirmed with one click each, ``filled`` cells that nobody types again.
    """

    empty: int = 0
    unrecorded: int = 0
    stale: int = 0
    filled: int = 0

    @property
    def to_type(self) -> int:
        return self.empty + self.unrecorded

    def __add__(self, other: Burden) -> Burden:
        return Burden(
            self.empty + other.empty,
            self.unrecorded + other.unrecorded,
            self.stale + other.stale,
            self.filled + other.filled,
        )


@dataclass(frozen=True, slots=True)
class Burdens:
    """Of one community, by the key of the kind, and over all of them."""

    by_kind: dict[str, Burden] = field(default_factory=dict)

    @property
    def total(self) -> Burden:
        return reduce(add, self.by_kind.values(), Burden())


def burden_of(
    communities: Collection[int], wanted: Iterable[Kind] | None = None, as_of: dt.date | None = None
) -> dict[int, Burdens]:
    """What is left to fill in for each community (ids) over the ``wanted`` kinds (all of them), one query for all.

    A kind without a thing counts its required cells once: of how many things there are, only the place itself knows.
    """
    asked = list(kinds() if wanted is None else wanted)
    nothing = {kind.key: Burden(unrecorded=max(len(kind.required), 1)) for kind in asked}
    found = {community: dict(nothing) for community in communities}
    if found and asked:
        today = today_in_shanghai()
        with connection.cursor() as cursor:
            cursor.execute(
                " union all ".join(_counted(kind, as_of) for kind in asked),
                {"communities": list(communities), "day": as_of, "today": as_of or today},
            )
            for key, community, empty, stale, filled in cursor.fetchall():
                found[community][key] = Burden(empty=empty, stale=stale, filled=filled)
    return {community: Burdens(by_kind) for community, by_kind in found.items()}


def _counted(kind: Kind, day: dt.date | None) -> str:
    required = [column for column in kind.columns if column.is_required]
    is_empty = [_is_empty(column.name, column.type) for column in required]
    is_filled = [f"(not {_is_empty(column.name, column.type)})" for column in kind.columns]
    stale = "0" if kind.is_event else f"count(*) filter (where %(today)s::date - dated > {kind.fresh_for})"
    return (
        f"select '{kind.key}', community_id, {_sum(is_empty)}, {stale}, {_sum(is_filled)} from {kind.table}"
        f" where community_id = any(%(communities)s) and {PRESENT if day is None else TRUE_OF_DAY} group by community_id"
    )


def _is_empty(name: str, type_: str) -> str:
    return f"(\"{name}\" = '')" if type_ in {"text", "long", "choice"} else f'("{name}" is null)'


def _sum(conditions: list[str]) -> str:
    return f"coalesce(sum({' + '.join(f'{each}::int' for each in conditions)}), 0)" if conditions else "0"
