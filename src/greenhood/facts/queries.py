"""What is recorded: the present state, that of any day, and how a thing came to be as it is. One query each.

``day`` is None for the present state. What spans all kinds is one query too, however many kinds there are.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet, Sum

from greenhood.divisions.models import Division
from greenhood.facts.kinds import Kind, kind, kinds
from greenhood.facts.models import Fact

PRESENT = "until is null"
TRUE_OF_DAY = "dated <= %(day)s and (until is null or until > %(day)s)"


def on(day: dt.date) -> Q:
    """The versions that are true of a day."""
    return Q(dated__lte=day) & (Q(until=None) | Q(until__gt=day))


def current(kind: Kind, communities: Iterable[int]) -> QuerySet[Any]:
    """The present versions in these communities (ids)."""
    return kind.model._default_manager.filter(community_id__in=list(communities), until=None)


def as_of(kind: Kind, communities: Iterable[int], day: dt.date | None) -> QuerySet[Any]:
    """What was so on a day in these communities (ids), by what is known today."""
    if day is None:
        return current(kind, communities)
    return kind.model._default_manager.filter(on(day), community_id__in=list(communities))


def versions(kind: Kind, community: Division, thing: UUID) -> QuerySet[Any]:
    """Every version of a thing, the newest day first, corrected ones included."""
    return (
        kind.model._default_manager.filter(community=community, thing=thing)
        .select_related("recorded_by")
        .order_by("-dated", "-recorded_at", "-id")
    )


def latest(kind: Kind, community: Division, thing: UUID) -> Fact | None:
    """The present version of a thing; None when it is gone or was never there."""
    return kind.model._default_manager.filter(community=community, thing=thing, until=None).first()


def last_state(kind: Kind, community: Division, thing: UUID) -> Fact | None:
    """The version that was true last: the present one, or the one with which the thing went."""
    found = kind.model._default_manager.filter(community=community, thing=thing)
    present = found.filter(until=None).first()
    # Of what ended on one day (corrected and retired on its first) the one recorded last is the state that was left.
    return present or found.order_by("-until", "-dated", "-recorded_at", "-id").first()


def belonging(kind: Kind, community: Division, thing: UUID) -> list[tuple[Kind, int]]:
    """What is there now and belongs to a thing (the buildings of an estate): kind by kind, how many.

    What only happened to it (an inspection) doesn't count. One query for each kind that can refer to this one.
    """
    found = []
    for each in kinds():
        names = [column.name for column in each.columns if column.refers_to == kind.key]
        if names and not each.is_event:
            among = Q(*[Q(**{name: thing}) for name in names], _connector=Q.OR)
            if number := current(each, [community.pk]).filter(among).count():
                found.append((each, number))
    return found


def has_thing(kind: Kind, community: Division, thing: UUID) -> bool:
    """Whether the community has, or had, this thing."""
    return kind.model._default_manager.filter(community=community, thing=thing).exists()


# Over all kinds


@dataclass(frozen=True, slots=True)
class Tally:
    """How many things of a kind a community has, and the oldest and newest date among them."""

    count: int
    oldest: dt.date
    newest: dt.date


def tallies(
    communities: Collection[int], day: dt.date | None = None, wanted: Iterable[Kind] | None = None
) -> dict[int, dict[str, Tally]]:
    """What is recorded in each community, by its id and the key of the kind; kinds without a thing are left out. One query."""
    parts = [
        f"select '{each.key}', community_id, count(*), min(dated), max(dated) from {each.table}"
        f" where community_id = any(%(communities)s) and {_state(day)} group by community_id"
        for each in _wanted(wanted)
    ]
    found: dict[int, dict[str, Tally]] = {community: {} for community in communities}
    if not parts or not communities:
        return found
    with connection.cursor() as cursor:
        cursor.execute(" union all ".join(parts), {"communities": list(communities), "day": day})
        for key, community, *numbers in cursor.fetchall():
            found[community][key] = Tally(*numbers)
    return found


def things(
    community: int, day: dt.date | None = None, *, most: int, wanted: Iterable[Kind] | None = None
) -> dict[str, list[Fact]]:
    """Of each kind the first ``most`` things of a community (of events the latest), by key. One query.

    Drawn shapes are left out: ``geometry`` is True where there is one.
    """
    parts = [f"select '{each.key}', to_jsonb(rows)::text from ({_first(each, day)}) rows" for each in _wanted(wanted)]
    found: dict[str, list[Fact]] = defaultdict(list)
    if not parts:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(" union all ".join(parts), {"community": community, "day": day, "most": most})
        for key, text in cursor.fetchall():
            found[key].append(_fact(kind(key), json.loads(text, parse_float=Decimal)))
    return dict(found)


def names_of(community: int, keys: Iterable[str], day: dt.date | None = None) -> dict[UUID, str]:
    """What the things of these kinds are called, for what refers to them. One query."""
    parts = [
        f"select thing, {kind(key).name} from {kind(key).table} where community_id = %(community)s and {_state(day)}"
        for key in dict.fromkeys(keys)
    ]
    if not parts:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(" union all ".join(parts), {"community": community, "day": day})
        return dict(cursor.fetchall())


def totals(kind: Kind, found: QuerySet[Any]) -> dict[str, Decimal]:
    """The sums of what adds up, by column. One query."""
    names = [column.name for column in kind.columns if column.adds_up]
    return found.order_by().aggregate(**{name: Sum(name) for name in names}) if names else {}


def values_of(fact: Fact) -> dict[str, Any]:
    """What a version says, by column, as ``record`` takes it."""
    return {column.name: getattr(fact, column.name) for column in fact.kind.columns}


def _wanted(wanted: Iterable[Kind] | None) -> Sequence[Kind]:
    return list(kinds() if wanted is None else wanted)


def _state(day: dt.date | None) -> str:
    return PRESENT if day is None else TRUE_OF_DAY


def _first(kind: Kind, day: dt.date | None) -> str:
    columns = ", ".join(
        "(geometry is not null) as geometry" if field.column == "geometry" else f'"{field.column}"'
        for field in kind.model._meta.concrete_fields
        if field.column
    )
    order = "dated desc, id" if kind.is_event else "thing"
    return (
        f"select {columns} from {kind.table} where community_id = %(community)s and {_state(day)}"
        f" order by {order} limit %(most)s"
    )


def _fact(kind: Kind, row: Mapping[str, Any]) -> Fact:
    fields = {field.column: field for field in kind.model._meta.concrete_fields if field.column}
    fact = kind.model(**{fields[name].attname: _value(fields[name], value) for name, value in row.items()})
    fact._state.adding = False
    return fact


def _value(field: Any, value: Any) -> Any:
    if value is None or field.column == "geometry":
        return value
    return field.target_field.to_python(value) if field.is_relation else field.to_python(value)
