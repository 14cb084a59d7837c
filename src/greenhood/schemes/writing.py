"""Writes a scheme as a file: the plain YAML that ``source`` reads, so that what a form produced can be read, kept and handed on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

WIDEST_LINE = 110


def text_of(raw: Mapping[str, Any], *, comment: str = "") -> str:
    """The file's text; reading it gives ``raw`` again. Empty entries are left out. ``comment`` stands on top."""
    lines = [f"# {line}" for line in comment.splitlines()]
    return "\n".join([*lines, *_mapping(raw, "")]) + "\n"


def _mapping(values: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, value in values.items():
        yield from _entry(f"{indent}{_key(key)}:", value, indent)


def _entry(head: str, value: Any, indent: str) -> Iterator[str]:
    short = _short(value)
    if short is not None and len(head) + len(short) <= WIDEST_LINE:
        yield f"{head} {short}"
    elif isinstance(value, Mapping):
        yield head
        yield from _mapping(value, f"{indent}  ")
    elif isinstance(value, list | tuple):
        yield head
        yield from _list(list(value), f"{indent}  ")
    else:
        yield f"{head} {_scalar(value)}"


def _list(values: list[Any], indent: str) -> Iterator[str]:
    for value in values:
        short = _short(value)
        if short is not None and len(indent) + len(short) <= WIDEST_LINE:
            yield f"{indent}- {short}"
        elif isinstance(value, Mapping):
            first, *rest = _mapping(value, f"{indent}  ")
            yield f"{indent}- {first.lstrip()}"
            yield from rest
        elif isinstance(value, list | tuple):
            yield f"{indent}-"
            yield from _list(list(value), f"{indent}  ")
        else:
            yield f"{indent}- {_scalar(value)}"


def _short(value: Any) -> str | None:
    """A value on one line, where it is a scalar, an empty collection, or a flat one; None otherwise."""
    if isinstance(value, Mapping):
        if not all(_is_scalar(part) for part in value.values()):
            return None
        return "{" + ", ".join(f"{_key(key)}: {_scalar(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list | tuple):
        if not all(_is_scalar(part) for part in value):
            return None
        return "[" + ", ".join(map(_scalar, value)) + "]"
    return _scalar(value)


def _is_scalar(value: Any) -> bool:
    return not isinstance(value, Mapping | list | tuple)


def _key(key: str) -> str:
    is_plain = key.replace("-", "").replace("_", "").isascii() and key.replace("-", "").replace("_", "").isalnum()
    return key if is_plain and key[0].isalpha() else json.dumps(key, ensure_ascii=False)


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    # Double quotes as JSON writes them mean the same in YAML; the few characters that JSON leaves bare are escaped too.
    return _escaped(json.dumps(str(value), ensure_ascii=False))


def _escaped(text: str) -> str:
    return "".join(
        character if character.isprintable() or character == "　" else f"\\u{ord(character):04x}" for character in text
    )
