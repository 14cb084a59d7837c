"""Plausible values for every kind of fact, made from its columns, so that each kind is tried without being written out."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from greenhood.accounts.actor import Actor
from greenhood.divisions.models import Division
from greenhood.facts import actions
from greenhood.facts.forms import bounds
from greenhood.facts.kinds import Column, Kind, kind
from greenhood.facts.models import Fact

DAY = dt.date(2026, 3, 1)


def values(kind: Kind, **chosen: Any) -> dict[str, Any]:
    """Every column of the kind: the required ones filled, the others empty unless chosen."""
    found = {column.name: _value(column) if column.is_required else _nothing(column) for column in kind.columns}
    for part, whole in kind.not_more:
        if found.get(part) is not None and found.get(whole) is not None:
            found[part] = found[whole]
    return found | chosen


def _nothing(column: Column) -> Any:
    return "" if column.type in {"text", "long", "choice"} else None


def _value(column: Column) -> Any:
    if column.type == "choice":
        return column.choices[0][0]
    if column.type == "yes-no":
        return True
    if column.type == "date":
        return DAY
    if column.type == "count":
        return int(max(bounds(column)[0] or 0, 12))
    if column.type == "amount":
        return Decimal("120.00")
    return f"{column.title}一号"


def make(key: str, community: Division, by: Actor, *, dated: dt.date = DAY, **chosen: Any) -> Fact:
    """Record one thing of a kind."""
    found = kind(key)
    for column in found.columns:
        if column.type == "reference" and column.is_required and column.name not in chosen:
            chosen[column.name] = make(column.refers_to, community, by).thing
    return actions.record(found, community, values(found, **chosen), dated=dated, by=by)


def form_data(
    kind: Kind, fact_values: dict[str, Any], thing: object, replaces: object = "", **more: Any
) -> dict[str, Any]:
    """What a browser sends for these values."""
    data: dict[str, Any] = {"thing": str(thing), "replaces": str(replaces or ""), "dated": "2026-03-01"}
    data |= {"source": "typed", "source_note": "", "captured_in": "cgcs2000"}
    for column in kind.columns:
        value = fact_values.get(column.name)
        if column.type == "yes-no":
            data[column.name] = {True: "yes", False: "no", None: ""}[value]
        else:
            data[column.name] = "" if value is None else str(value)
    return data | more
