"""What a phone sends: one operation at a time, read strictly. Nothing here knows the database."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any
from uuid import UUID

from greenhood.facts.models import CoordinateSystem
from greenhood.kit.hashing import digest

MOST_BYTES = 64 * 2**10
MOST_VALUES = 80
MOST_CHARACTERS = 4000
MOST_AFTER = 20
# A phone's browser gives WGS 84, which is within a metre of what is stored.
SYSTEMS = {"wgs84": CoordinateSystem.CGCS2000, **{system.value: system for system in CoordinateSystem}}


class Verb(StrEnum):
    """What an operation does: record or replace a thing, say that it is still so, say that there is nothing of a kind."""

    RECORD = "record"
    CONFIRM = "confirm"
    NOTHING = "nothing"


class Malformed(Exception):
    """What was sent is no operation; the text says what is wrong with it. The page itself never sends this."""


@dataclass(frozen=True, slots=True)
class Position:
    longitude: Decimal
    latitude: Decimal
    system: CoordinateSystem


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a phone. ``after``: earlier operations of the same phone on the same thing whose answers it never heard."""

    id: UUID
    person: UUID
    post: UUID
    verb: Verb
    community: int
    kind: str
    thing: UUID | None
    replaces: UUID | None
    after: tuple[UUID, ...]
    values: Mapping[str, str]
    dated: dt.date
    position: Position | None
    source_note: str = ""
    digest: str = field(default="", compare=False)


_KEYS = {
    "operation", "person", "post", "verb", "community", "kind", "thing", "replaces", "after", "values", "dated", "position",
    "source_note",
}  # fmt: skip


def read(body: bytes) -> Operation:
    """The operation that a request's body holds. Raises Malformed."""
    if len(body) > MOST_BYTES:
        raise Malformed(f"一条记录不能超过 {MOST_BYTES // 1024} KB。")
    try:
        sent = json.loads(body)
        # Half a character (an escaped surrogate) can be read, but neither hashed nor stored.
        canonical = json.dumps(sent, sort_keys=True, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise Malformed("内容不是 JSON。") from error
    if not isinstance(sent, dict) or set(sent) - _KEYS:
        raise Malformed("内容不是一条记录，或含有不认识的项目。")
    return Operation(
        id=_uuid(sent, "operation"),
        person=_uuid(sent, "person"),
        post=_uuid(sent, "post"),
        verb=_verb(sent),
        community=_code(sent),
        kind=_text(sent, "kind", 40),
        thing=_uuid_or_none(sent, "thing"),
        replaces=_uuid_or_none(sent, "replaces"),
        after=_after(sent),
        values=_values(sent),
        dated=_day(sent),
        position=_position(sent),
        source_note=_text(sent, "source_note", 200),
        digest=digest(canonical, algorithm="sha256"),
    )


def _verb(sent: Mapping[str, Any]) -> Verb:
    try:
        return Verb(str(sent.get("verb")))
    except ValueError as error:
        raise Malformed("“verb”应为 record、confirm 或 nothing。") from error


def _uuid(sent: Mapping[str, Any], name: str) -> UUID:
    found = _uuid_or_none(sent, name)
    if found is None:
        raise Malformed(f"缺少“{name}”。")
    return found


def _uuid_or_none(sent: Mapping[str, Any], name: str) -> UUID | None:
    value = sent.get(name)
    if value is None:
        return None
    try:
        return UUID(value)
    except (ValueError, TypeError, AttributeError) as error:
        raise Malformed(f"“{name}”不是编号。") from error


def _after(sent: Mapping[str, Any]) -> tuple[UUID, ...]:
    given = sent.get("after", [])
    if not isinstance(given, list) or len(given) > MOST_AFTER:
        raise Malformed("“after”应为编号的列表。")
    return tuple(_uuid({"after": each}, "after") for each in given)


def _code(sent: Mapping[str, Any]) -> int:
    value = str(sent.get("community", ""))
    if not (value.isascii() and value.isdecimal() and len(value) <= 12):
        raise Malformed("“community”应为 12 位代码。")
    return int(value)


def _text(sent: Mapping[str, Any], name: str, most: int) -> str:
    value = sent.get(name, "")
    if not isinstance(value, str) or len(value) > most or "\x00" in value:
        raise Malformed(f"“{name}”应为不超过 {most} 字的文字。")
    return value


def _values(sent: Mapping[str, Any]) -> dict[str, str]:
    given = sent.get("values", {})
    if not isinstance(given, dict) or len(given) > MOST_VALUES:
        raise Malformed("“values”应为各栏的内容。")
    if any("\x00" in name for name in given):
        raise Malformed("“values”含有不认识的栏。")
    return {name: _text(given, name, MOST_CHARACTERS) for name in given}


def _day(sent: Mapping[str, Any]) -> dt.date:
    try:
        return dt.date.fromisoformat(sent.get("dated", ""))
    except (ValueError, TypeError) as error:
        raise Malformed("“dated”应为日期，例如 2026-11-20。") from error


def _position(sent: Mapping[str, Any]) -> Position | None:
    given = sent.get("position")
    if given is None:
        return None
    if not isinstance(given, dict) or str(given.get("system")) not in SYSTEMS:
        raise Malformed("“position”应有经度、纬度和坐标系。")
    return Position(degrees(given.get("longitude"), 180), degrees(given.get("latitude"), 90), SYSTEMS[given["system"]])


def degrees(value: object, most: int) -> Decimal:
    """A number of degrees, seven digits after the point. Raises Malformed."""
    try:
        found = Decimal(str(value))
    except InvalidOperation as error:
        raise Malformed("经纬度应为数字。") from error
    if not found.is_finite() or abs(found) > most:
        raise Malformed(f"经纬度应在 ±{most} 度之内。")
    return found.quantize(Decimal("0.0000001"))
