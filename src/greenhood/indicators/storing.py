"""The arithmetic of measuring many communities: each table grouped once, joined, and written as one row per community."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import polars as pl
from django.db import connection
from django.db.backends.utils import CursorWrapper

from greenhood.divisions.models import Division, Level
from greenhood.indicators.catalogue import Indicator
from greenhood.indicators.catalogue.entries import Compute
from greenhood.indicators.figures import STALE
from greenhood.indicators.models import Catalogue
from greenhood.indicators.statements import EVERYWHERE, FEW, WITHIN, Columns, Statement
from greenhood.schemes.arithmetic import VALUE


@dataclass(frozen=True)
class Asked:
    """Whom to measure: a division, or communities by id."""

    whom: Division | Sequence[int]
    as_of: dt.date

    @property
    def restrict(self) -> str:
        if not isinstance(self.whom, Division):
            return FEW
        return EVERYWHERE if self.whom.level == Level.NATION else WITHIN

    @property
    def parameters(self) -> dict[str, Any]:
        if not isinstance(self.whom, Division):
            return {"as_of": self.as_of, "communities": list(self.whom)}
        low, high = self.whom.span
        return {"as_of": self.as_of, "low": low, "high": high}


def catalogue_of(indicators: Sequence[Indicator]) -> Catalogue:
    """The stored order of these indicators, written down when it is new."""
    keys = [one.key for one in indicators]
    digest = sha256(" ".join(keys).encode()).hexdigest()[:32]
    return Catalogue.objects.get_or_create(pk=digest, defaults={"keys": keys})[0]


def write(asked: Asked, indicators: Sequence[Indicator], catalogue: Catalogue, *, now: dt.datetime) -> int:
    """Measure and store; how many communities. Those of ``asked`` by id get a row in any case, others where a fact is known."""
    statement = Statement(indicators, asked.restrict)
    parameters = {**asked.parameters, "catalogue": catalogue.pk, "now": now}
    with connection.cursor() as cursor:
        cursor.execute("set local work_mem = '128MB'")
        tables = list(_grouped(cursor, statement, parameters))
        computed = list(_computed(cursor, asked, indicators))
        _scope(cursor, asked, [*tables, *(table for _, table in computed)], parameters)
        cursor.execute(_insert(statement, indicators, dict(computed)), parameters)
        written = cursor.rowcount
        cursor.execute(f"drop table {', '.join([*tables, *(table for _, table in computed), 'measuring_scope'])}")
    return written


def _grouped(cursor: CursorWrapper, statement: Statement, parameters: dict[str, Any]) -> Iterator[str]:
    """A temporary table for each source: made this way, and not within an INSERT, PostgreSQL uses all processors."""
    for source in statement.joined:
        table = f"measuring_{source.alias}"
        cursor.execute(f"create temporary table {table} on commit drop as {source.select}", parameters)
        yield table


def _computed(cursor: CursorWrapper, asked: Asked, indicators: Sequence[Indicator]) -> Iterator[tuple[str, str]]:
    for number, one in enumerate(indicators):
        if one.compute is None:
            continue
        table = f"measuring_c{number}"
        cursor.execute(
            f"create temporary table {table} (community_id bigint, value numeric, dated date, reason smallint)"
            " on commit drop"
        )
        rows = _answers(one, one.compute, asked)
        with cursor.copy(f"copy {table} from stdin (format csv)") as copy:
            copy.write(rows.write_csv(include_header=False, null_value=""))
        yield one.key, table


def _answers(one: Indicator, compute: Compute, asked: Asked) -> pl.DataFrame:
    places = {key: number for number, key in enumerate(one.unknown, 1)}
    found = compute(asked.whom, asked.as_of)
    reason = pl.col("because").replace_strict(places, default=1, return_dtype=pl.Int64)
    return found.select(
        "community_id", "value", "dated", pl.when(pl.col("value").is_null()).then(reason).alias("reason")
    )


def _scope(cursor: CursorWrapper, asked: Asked, tables: Sequence[str], parameters: dict[str, Any]) -> None:
    if isinstance(asked.whom, Division):
        known = " union ".join(f"select community_id from {table}" for table in tables)
        rows = f"select community_id from ({known}) u join divisions_division d on d.id = u.community_id"
        rows += " where d.valid_to is null"
    else:
        rows = "select unnest(%(communities)s::bigint[]) as community_id"
    cursor.execute(f"create temporary table measuring_scope on commit drop as {rows}", parameters)


def _insert(statement: Statement, indicators: Sequence[Indicator], computed: dict[str, str]) -> str:
    counted = {columns.indicator.key: columns for columns in statement.columns}
    inner: list[str] = []
    figures: list[str] = []
    reasons: list[str] = []
    for number, one in enumerate(indicators):
        inner += _named(counted[one.key], number) if one.key in counted else _named_computed(computed[one.key], number)
        is_stale = f"%(as_of)s::date - d{number} > {one.fresh_for}"
        reason = (
            f"case when r{number} is not null then r{number} when v{number} is null then 1"
            f" when {is_stale} then {STALE} else 0 end"
        )
        figures.append(f"case when {reason} = 0 then v{number} end")
        reasons.append(reason)
    joins = [
        f"left join measuring_{source.alias} {source.alias} on {source.alias}.community_id = s.community_id"
        for source in statement.joined
    ]
    joins += [f"left join {table} on {table}.community_id = s.community_id" for table in computed.values()]
    return f"""
        insert into indicators_measured (community_id, catalogue_id, as_of, measured_at, figures, reasons, is_simulated)
        select community_id, %(catalogue)s, %(as_of)s, %(now)s, array[{", ".join(figures)}]::bigint[],
            array[{", ".join(reasons)}]::smallint[], is_simulated
        from (select s.community_id, {statement.simulated} as is_simulated, {", ".join(inner)} from measuring_scope s {" ".join(joins)} offset 0) f
        on conflict (community_id) do update set catalogue_id = excluded.catalogue_id, as_of = excluded.as_of,
            measured_at = excluded.measured_at, figures = excluded.figures, reasons = excluded.reasons,
            is_simulated = excluded.is_simulated"""


def _named(columns: Columns, number: int) -> list[str]:
    return [f"{columns.value} as v{number}", f"{columns.dated} as d{number}", f"{columns.reason} as r{number}"]


def _named_computed(table: str, number: int) -> list[str]:
    return [
        f"({table}.value * {VALUE})::bigint as v{number}",
        f"{table}.dated as d{number}",
        f"{table}.reason as r{number}",
    ]
