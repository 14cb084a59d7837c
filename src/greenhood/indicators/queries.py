"""What was measured last, of many communities at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import polars as pl
from django.db import connection
from django.db.models import BigIntegerField, IntegerField, QuerySet
from django.db.models.functions import Cast, Extract

from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division, Level
from greenhood.divisions.subjects import CommonRule, Rule
from greenhood.indicators.catalogue import Indicator
from greenhood.indicators.figures import plain
from greenhood.indicators.models import Catalogue, Measured
from greenhood.indicators.spread import NOT_MEASURED, Place, Spread, place_of, ranks, reason_words, spread_of
from greenhood.indicators.uses import Use, uses_of
from greenhood.kit.bulk import copy_out
from greenhood.schemes.arithmetic import VALUE
from greenhood.schemes.format import Threshold
from greenhood.schemes.queries import scheme_for

_HEAD = {"community_id": pl.Int64(), "code": pl.Int64(), "as_of": pl.Date()}


def stored(within: Division, keys: Sequence[str]) -> tuple[pl.DataFrame, dt.date | None]:
    """The stored figures of every community of a division, and the oldest day that they are of (None: none stored).

    Columns community_id, code, and one by each key in units of 1/100000000 (``arithmetic.VALUE``), null where unknown. A
    community of which no fact is known has no row. One COPY; a million figures take about a quarter of a second.
    """
    low, high = within.span
    parts = [
        copy_out(
            f"""select m.community_id, d.code, m.as_of{_columns(catalogue, keys)}
                from indicators_measured m join divisions_division d on d.id = m.community_id
                where m.catalogue_id = %(catalogue)s and d.code >= %(low)s and d.code < %(high)s and d.valid_to is null""",
            {"catalogue": catalogue.pk, "low": low, "high": high},
            {**_HEAD, **{key: pl.Int64() for key in keys}},
        )
        for catalogue in Catalogue.objects.order_by("pk")
    ]
    found = pl.concat(parts) if parts else pl.DataFrame(schema={**_HEAD, **{key: pl.Int64() for key in keys}})
    return found.drop("as_of"), found["as_of"].min()  # type: ignore[return-value]


def _columns(catalogue: Catalogue, keys: Sequence[str]) -> str:
    places = {key: place for place, key in enumerate(catalogue.keys, 1)}
    return "".join(f", m.figures[{places[key]}]" if key in places else ", null" for key in keys)


# One indicator over a division


@dataclass(frozen=True)
class Lower:
    """A division directly below, or a community of a street: ``figure`` and ``because`` are a community's own."""

    division: Division
    place: Place
    rank: int | None
    figure: Decimal | None = None
    because: str = ""


@dataclass(frozen=True)
class Overview:
    """What an indicator's page shows of a division. ``asked`` is what the scheme in force there asks."""

    division: Division
    spread: Spread
    lower: list[Lower]
    asked: Use | None
    as_of: dt.date | None
    measured_at: dt.datetime | None
    simulated: int


def overview_of(indicator: Indicator, division: Division) -> Overview:
    """The stored figures of one indicator: how they are spread, why they are unknown, and what lies below compared.

    Counted are the communities that are the object of the scheme in force there. A fixed number of queries.
    """
    version = scheme_for(division)
    rule = version.scheme.subjects if version else CommonRule()
    asked = next((use for use in (uses_of(indicator.key, [version]) if version else []) if use.asks), None)
    threshold = asked.check.threshold if asked else None
    frame, as_of, measured_at, simulated = _frame(indicator.key, division, rule)
    total = divisions.count_subjects(rule, [division])[division.pk]
    return Overview(
        division=division,
        spread=spread_of(indicator, frame, total, threshold),
        lower=_below(indicator, division, frame, rule, threshold),
        asked=asked,
        as_of=as_of,
        measured_at=measured_at,
        simulated=simulated,
    )


def _frame(key: str, division: Division, rule: Rule) -> tuple[pl.DataFrame, dt.date | None, dt.datetime | None, int]:
    """The stored figures of the subjects, their oldest day, the latest time of measuring, how many are made up.

    One COPY per catalogue.
    """
    schema = {
        "code": pl.Int64, "figure": pl.Int64, "reason": pl.Int64, "as_of": pl.Date, "at": pl.Int64, "simulated": pl.Int64
    }  # fmt: skip
    here = Measured.objects.filter(community__in=divisions.subjects(rule, division).values("pk"))
    parts = [pl.DataFrame(schema=schema)]
    for catalogue in Catalogue.objects.order_by("pk"):
        if key in catalogue.keys:
            place = catalogue.keys.index(key)
            rows = here.filter(catalogue=catalogue).values_list(
                "community__code",
                f"figures__{place}",
                f"reasons__{place}",
                "as_of",
                Cast(Extract("measured_at", "epoch"), BigIntegerField()),
                Cast("is_simulated", IntegerField()),
            )
            parts.append(copy_out(_literal(rows), {}, schema))
    found = pl.concat(parts)
    at = found["at"].max()
    measured_at = None if at is None else dt.datetime.fromtimestamp(int(at), dt.UTC)  # type: ignore[arg-type]
    made_up = int(found["simulated"].sum())
    return found.select("code", "figure", "reason"), found["as_of"].min(), measured_at, made_up  # type: ignore[return-value]


def _literal(rows: QuerySet[Measured, Any]) -> str:
    """The SQL of a queryset with its values in place, as COPY wants it."""
    text, values = rows.order_by().query.sql_with_params()
    with connection.cursor() as cursor:
        return cursor.cursor.mogrify(text, values).replace("%", "%%")


def _below(
    indicator: Indicator, division: Division, frame: pl.DataFrame, rule: Rule, threshold: Threshold | None
) -> list[Lower]:
    if division.level >= Level.STREET:
        return _communities(indicator, division, frame, rule, threshold)
    below = _lower_divisions(division)
    totals = divisions.count_subjects(rule, below)
    order = frame.sort("code")
    codes = order["code"]
    places = []
    for each in below:
        low, high = each.span
        start, end = codes.search_sorted(low), codes.search_sorted(high)
        places.append(place_of(order["figure"][start:end], totals[each.pk], threshold))
    rows = [
        Lower(each, place, rank)
        for each, place, rank in zip(below, places, ranks(indicator, places), strict=True)
        if place.total
    ]
    return sorted(rows, key=lambda row: (row.rank is None, row.rank or 0, -row.place.known, row.division.code))


def _communities(
    indicator: Indicator, street: Division, frame: pl.DataFrame, rule: Rule, threshold: Threshold | None
) -> list[Lower]:
    stored_ = {code: (figure, reason) for code, figure, reason in frame.rows()}
    rows = []
    for each in divisions.subjects(rule, street).defer("bigrams").order_by("code"):
        figure, reason = stored_.get(each.code, (None, None))
        known = pl.Series([figure], dtype=pl.Int64)
        because = "" if figure is not None else NOT_MEASURED if reason is None else reason_words(indicator, reason)
        value = None if figure is None else plain(Decimal(figure) / VALUE)
        rows.append(Lower(each, place_of(known, 1, threshold), None, value, because))
    better = -1 if indicator.is_better_higher else 1
    return sorted(rows, key=lambda row: (row.figure is None, better * (row.figure or Decimal(0)), row.division.code))


def _lower_divisions(division: Division) -> list[Division]:
    """What lies directly below, as one speaks of it: the districts of Shanghai, not its 市辖区."""
    found: list[Division] = []
    for each in divisions.children(division):
        found += divisions.children(each) if each.is_placeholder else [each]
    return found
