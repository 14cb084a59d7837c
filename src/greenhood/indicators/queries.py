"""What was measured last, of many communities at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import polars as pl

from greenhood.divisions.models import Division
from greenhood.indicators.models import Catalogue
from greenhood.kit.bulk import copy_out

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
