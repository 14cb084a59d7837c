"""Tables whose rows become blocks on a phone: each cell says what its column says, taken from the head of the table."""

from __future__ import annotations

import re

from django.utils.html import strip_tags

_HEAD = re.compile(r"<thead\b.*?</thead>", re.DOTALL)
_TITLE = re.compile(r"<th\b([^>]*)>(.*?)</th>", re.DOTALL)
_ROW_OR_CELL = re.compile(r"<(tr|th|td)\b([^>]*)>")
_SPAN = re.compile(r'\bcolspan="(\d+)"')


def labelled(table: str) -> str:
    """The rows of a table with ``data-label`` at every cell of a column that has a title; the first column heads its row and has none.

    ``table`` is HTML of a ``thead`` of one row and of a ``tbody`` without tables in its cells. A cell that has a label keeps it.
    """
    head = _HEAD.search(table)
    if head is None:
        return table
    titles: list[str] = []
    for attributes, title in _TITLE.findall(head.group()):
        titles += [_plain(title)] * _width(attributes)
    column = 0

    def label(found: re.Match[str]) -> str:
        nonlocal column
        name, attributes = found.groups()
        if name == "tr":
            column = 0
            return found.group()
        at, column = column, column + _width(attributes)
        is_labelled = 0 < at < len(titles) and titles[at] and name == "td" and "colspan" not in attributes
        if not is_labelled or "data-label" in attributes:
            return found.group()
        return f'<td data-label="{titles[at]}"{attributes}>'

    return table[: head.end()] + _ROW_OR_CELL.sub(label, table[head.end() :])


def _width(attributes: str) -> int:
    found = _SPAN.search(attributes)
    return int(found.group(1)) if found else 1


def _plain(title: str) -> str:
    """Words alone, as they stand in an attribute; what was escaped stays so."""
    return " ".join(strip_tags(title).split()).replace('"', "&quot;")
