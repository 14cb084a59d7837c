"""The records of a community for other programs: the same permissions and the same days as the pages."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest
from ninja import Router, Schema

from greenhood.divisions.models import Division
from greenhood.facts import queries
from greenhood.facts.burden import burden_of
from greenhood.facts.kinds import Kind, kind, kinds
from greenhood.facts.models import Fact
from greenhood.facts.views.finding import community_for
from greenhood.kit.dates import today_in_shanghai

router = Router(tags=["社区信息"])

PAGE = 200


class KindOut(Schema):
    """One kind as recorded in a community; dates are None where there is nothing."""

    key: str
    title: str
    section: str
    count: int
    oldest: dt.date | None
    newest: dt.date | None
    empty_cells: int
    stale: int


class SummaryOut(Schema):
    community: str
    code: str
    as_of: dt.date
    cells_to_type: int
    cells_filled: int
    kinds: list[KindOut]


class RecordOut(Schema):
    """One version of a thing; ``values`` by the names of the columns, ``references`` by their lasting ids."""

    thing: UUID
    dated: dt.date
    until: dt.date | None
    source: str
    source_note: str
    recorded_at: dt.datetime
    is_simulated: bool
    values: dict[str, Any]
    longitude: float | None
    latitude: float | None
    geometry: dict[str, Any] | None


class RecordsOut(Schema):
    """A page of records in the order of their lasting ids; ``next`` is the value of ``after`` for the following page."""

    kind: str
    title: str
    as_of: dt.date
    results: list[RecordOut]
    next: UUID | None


@router.get("/{int:code}", response=SummaryOut, summary="社区登记了哪些信息", url_name="facts-summary")
def summary(request: HttpRequest, code: int, as_of: dt.date | None = None) -> dict[str, Any]:
    community, _ = community_for(request, code)
    day = _day(as_of)
    tallies = queries.tallies([community.pk], day)[community.pk]
    burdens = burden_of([community.pk], as_of=day)[community.pk]
    return {
        "community": community.name,
        "code": community.number,
        "as_of": day or today_in_shanghai(),
        "cells_to_type": burdens.total.to_type,
        "cells_filled": burdens.total.filled,
        "kinds": [
            {
                "key": each.key,
                "title": each.title,
                "section": each.section.value,
                "count": tally.count if (tally := tallies.get(each.key)) else 0,
                "oldest": tally.oldest if tally else None,
                "newest": tally.newest if tally else None,
                "empty_cells": burdens.by_kind[each.key].to_type,
                "stale": burdens.by_kind[each.key].stale,
            }
            for each in kinds()
        ],
    }


@router.get("/{int:code}/{kind_key}", response=RecordsOut, summary="一类信息的各条记录", url_name="facts-records")
def records(
    request: HttpRequest, code: int, kind_key: str, as_of: dt.date | None = None, after: UUID | None = None
) -> dict[str, Any]:
    community, _ = community_for(request, code)
    asked, day = _kind(kind_key), _day(as_of)
    rows = _after(asked, community, day, after)
    return {
        "kind": asked.key,
        "title": asked.title,
        "as_of": day or today_in_shanghai(),
        "results": [_record(row) for row in rows[:PAGE]],
        "next": rows[PAGE - 1].thing if len(rows) > PAGE else None,
    }


def _after(kind: Kind, community: Division, day: dt.date | None, after: UUID | None) -> list[Fact]:
    found = queries.as_of(kind, [community.pk], day).order_by("thing")
    if after is not None:
        found = found.filter(thing__gt=after)
    return list(found[: PAGE + 1])


def _kind(key: str) -> Kind:
    try:
        return kind(key)
    except KeyError:
        raise Http404 from None


def _day(day: dt.date | None) -> dt.date | None:
    return None if day is None or day >= today_in_shanghai() else day


def _record(row: Fact) -> dict[str, Any]:
    return {
        "thing": row.thing,
        "dated": row.dated,
        "until": row.until,
        "source": row.source,
        "source_note": row.source_note,
        "recorded_at": row.recorded_at,
        "is_simulated": row.is_simulated,
        "values": {name: _plain(value) for name, value in queries.values_of(row).items()},
        "longitude": getattr(row, "longitude", None),
        "latitude": getattr(row, "latitude", None),
        "geometry": getattr(row, "geometry", None),
    }


def _plain(value: Any) -> Any:
    """As JSON holds it without loss: decimals, ids and days as text."""
    return str(value) if isinstance(value, Decimal | UUID | dt.date) else value
