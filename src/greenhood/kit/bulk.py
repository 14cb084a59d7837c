"""Many rows at once: tables of columns copied into the database, and out of it, through COPY, in the caller's transaction."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any

import numpy as np
import polars as pl
from django.db import connection, models
from django.db.models.fields import NOT_PROVIDED

# Small enough that the text of one piece stays in the tens of megabytes.
PIECE = 200_000


def keys(count: int, *, seed: int | None = None) -> pl.Series:
    """``count`` new UUIDv7 keys (RFC 9562) as hexadecimal text. With a seed all but their time is repeatable."""
    raw = np.random.default_rng(seed).integers(0, 256, (count, 16), dtype=np.uint8)
    raw[:, :6] = np.frombuffer(int(time.time() * 1000).to_bytes(6, "big"), np.uint8)
    raw[:, 6] = raw[:, 6] & 0x0F | 0x70
    raw[:, 8] = raw[:, 8] & 0x3F | 0x80
    text = raw.tobytes().hex()
    return pl.Series("id", [text[start : start + 32] for start in range(0, len(text), 32)])


def copy_in(model: type[models.Model], rows: pl.DataFrame, *, table: str = "") -> int:
    """Append rows to the table of a model; how many. Columns that are not given take the field's plain default.

    Constraints and triggers hold as for any other insert; a callable default must be given as a column. ``table`` names
    a temporary one of the same columns instead.
    """
    given = set(rows.columns)
    fields: list[models.Field[Any, Any]] = list(model._meta.concrete_fields)
    constants = {str(field.column): _constant(field) for field in fields if field.column not in given}
    wanted = {name: value for name, value in constants.items() if value is not None}
    names = [*rows.columns, *wanted]
    table, columns = (
        connection.ops.quote_name(table or model._meta.db_table),
        ", ".join(map(connection.ops.quote_name, names)),
    )
    with connection.cursor() as cursor, cursor.copy(f"copy {table} ({columns}) from stdin (format csv)") as copy:
        for piece in rows.iter_slices(PIECE):
            full = piece.with_columns(pl.lit(value).alias(name) for name, value in wanted.items())
            buffer = BytesIO()
            # Text is always quoted, so that an empty one is not taken for null.
            full.write_csv(buffer, include_header=False, quote_style="non_numeric", null_value="")
            copy.write(buffer.getvalue())
    return rows.height


def copy_out(query: str, params: Mapping[str, Any], schema: Mapping[str, Any]) -> pl.DataFrame:
    """What a query answers, as a table with these columns, in their order. A null is an empty field, and so is empty text.

    COPY hands over a million rows in about a second, where fetching them one by one takes many.
    """
    buffer = BytesIO()
    with connection.cursor() as cursor, cursor.copy(f"copy ({_bound(query, params)}) to stdout (format csv)") as copy:
        for piece in copy:
            buffer.write(piece)
    if not buffer.tell():
        return pl.DataFrame(schema=dict(schema))
    buffer.seek(0)
    return pl.read_csv(buffer, has_header=False, new_columns=list(schema), schema_overrides=list(schema.values()))


def copy_numbers_out(query: str, params: Mapping[str, Any], columns: Mapping[str, str]) -> pl.DataFrame:
    """The rows of a query of numbers and days. ``columns``: name → ``int``, ``float`` or ``date``, as the query names them,
    without nulls.

    Each column comes as one piece of bytes: row by row, a million would take Python seconds. For up to a hundred million rows.
    """
    packed = ", ".join(
        f"string_agg({_BINARY[type_][0]}({name}::{_BINARY[type_][1]}), '')" for name, type_ in columns.items()
    )
    sent = BytesIO()
    statement = f"copy (select {packed} from ({_bound(query, params)}) q) to stdout (format binary)"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for piece in copy:
            sent.write(piece)
    frame = pl.DataFrame(
        {name: array for (name, _), array in zip(columns.items(), _unpacked(sent, columns), strict=True)}
    )
    # PostgreSQL counts days from 2000-01-01, polars from 1970-01-01.
    return frame.with_columns((pl.col(name) + 10_957).cast(pl.Date) for name in columns if columns[name] == "date")


# How PostgreSQL writes a type in bytes, the type itself, and how numpy reads it.
_BINARY = {
    "int": ("int8send", "bigint", ">i8"),
    "float": ("float8send", "float8", ">f8"),
    "date": ("date_send", "date", ">i4"),
}


def _unpacked(sent: BytesIO, columns: Mapping[str, str]) -> Iterator[np.ndarray]:
    """The fields of the one row that was sent."""
    # A signature, flags and the length of an empty extension come first, then the number of fields.
    sent.seek(11 + 4 + 4 + 2)
    for type_ in columns.values():
        size = int.from_bytes(sent.read(4), "big", signed=True)
        # No rows: the sum of nothing is null.
        raw = np.frombuffer(sent.read(max(size, 0)), _BINARY[type_][2])
        yield raw.astype(raw.dtype.newbyteorder("="))


def _bound(query: str, params: Mapping[str, Any]) -> str:
    """The query with its parameters written in: where queries are counted, Django's cursor copies without parameters."""
    with connection.cursor() as cursor:
        return str(cursor.mogrify(query, params))


def _constant(field: models.Field[Any, Any]) -> Any:
    default = field.default
    if default is NOT_PROVIDED or default is None:
        assert field.null or field.has_default(), f"{field} must be given"
        return None
    if default is dict:
        return "{}"
    if default is list:
        return "{}" if field.get_internal_type() == "ArrayField" else "[]"
    assert not callable(default), f"{field} has a default that is made for every row; give the column"
    return default.value if isinstance(default, models.Choices) else default
