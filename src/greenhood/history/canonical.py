"""The one way to write an entry as bytes, so that its hash can be computed again from what the database gives back.

Everything here is frozen: a change would make every stored hash wrong. A new form needs a new ``FORM`` beside this one.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

# What the hash covers, in this order. ``hash`` itself is what comes out.
FIELDS = (
    "id",
    "chain",
    "number",
    "at",
    "event",
    "subject_kind",
    "subject_id",
    "subject_title",
    "division_code",
    "person_id",
    "person_name",
    "post_id",
    "post_title",
    "address",
    "result",
    "details",
    "algorithm",
    "previous",
)

_AT = FIELDS.index("at")
_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode


def content(values: tuple[Any, ...]) -> bytes:
    """The bytes that are hashed: the values of ``FIELDS`` as one JSON array; times in UTC to the microsecond."""
    plain = list(values)
    plain[0] = str(plain[0])
    plain[_AT] = plain[_AT].astimezone(dt.UTC).isoformat(timespec="microseconds")
    return content_of_plain(plain)


def content_of_plain(plain: list[Any]) -> bytes:
    """The same, where id and time are text already, as ``SELECTED`` makes PostgreSQL give them."""
    return _encode(plain).encode()


# Columns of ``FIELDS`` as ``content_of_plain`` needs them: turning times into text twice costs more than hashing.
SELECTED = {"id": "id::text", "at": """to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')"""}


def dump(value: Any) -> str:
    """Details as JSON text."""
    return _encode(value)


def text(value: object, most: int) -> str:
    """Text that PostgreSQL stores and gives back unchanged, cut to what the column holds."""
    return _storable(str(value))[:most]


def details(value: Any) -> Any:
    """Details that come back from JSONB as they went in.

    JSONB writes numbers its own way (1e22 comes back as an integer), so that fractions are kept as text.
    """
    if isinstance(value, Enum):
        return details(value.value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return _storable(value)
    if isinstance(value, float | Decimal | UUID):
        return str(value)
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {_storable(str(details(key))): details(item) for key, item in value.items()}
    if isinstance(value, AbstractSet):
        return sorted((details(item) for item in value), key=str)
    if isinstance(value, list | tuple):
        return [details(item) for item in value]
    return _storable(str(value))


def _storable(value: str) -> str:
    # PostgreSQL takes neither NUL nor half a surrogate pair.
    if "\0" in value:
        value = value.replace("\0", "\ufffd")
    return value if value.isascii() else value.encode("utf-8", "replace").decode()
