"""Write down what happened. Called by every action, inside the action's own transaction, as its last step."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.conf import settings
from django.db import connection, models, transaction
from django.utils import timezone

from greenhood.history import canonical
from greenhood.history.models import Chain, Entry, Result, chain_key
from greenhood.kit.hashing import digest
from greenhood.kit.ids import uuid7

COLUMNS = (*canonical.FIELDS, "hash")
FEW = 20  # below this, one statement with all rows is quicker than COPY
_WIDTHS = {f.name: f.max_length for f in Entry._meta.get_fields() if isinstance(f, models.CharField)}


class By(Protocol):
    """Who acts, as history needs to know them."""

    @property
    def person_id(self) -> str: ...
    @property
    def person_name(self) -> str: ...
    @property
    def post_id(self) -> str: ...
    @property
    def post_title(self) -> str: ...
    @property
    def address(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Subject:
    """What an event is about, where there is no row at hand: its kind (``declarations.declaration``), id and title."""

    kind: str
    id: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Happening:
    """One event to be recorded with many others; see ``record`` for the fields. ``at`` is now unless given."""

    event: str
    subject: models.Model | Subject | None = None
    by: By | None = None
    division_code: int = 0
    details: Mapping[str, Any] = field(default_factory=dict)
    result: str = Result.OK
    at: dt.datetime | None = None


def record(
    event: str,
    subject: models.Model | Subject | None = None,
    *,
    by: By | None,
    division_code: int = 0,
    details: Mapping[str, Any] | None = None,
    result: str = Result.OK,
    at: dt.datetime | None = None,
) -> Entry:
    """Append one entry to the chain of the division's city. The chain is held until the transaction ends.

    ``division_code`` is the 12-digit code of where it happened; where it is 0, that of the acting post. Fractions in
    ``details`` are stored as text. ``by=None`` is the system itself. ``at`` is now unless given.
    """
    [row] = _append([Happening(event, subject, by, division_code, details or {}, result, at)])
    return Entry(**dict(zip(COLUMNS, row, strict=True)))


def record_many(happenings: Iterable[Happening]) -> int:
    """Append all entries, in order, in a handful of queries; how many. Chains are held in the order of their keys.

    A transaction that records several times should do so in one call: two that take the same chains one by one in
    different order would wait for each other.
    """
    return len(_append(happenings))


# No savepoint of its own: nobody goes on after a failed entry, and the chain is held while one is released.
@transaction.atomic(savepoint=False)
def _append(happenings: Iterable[Happening]) -> list[tuple[Any, ...]]:
    """The rows as ``COLUMNS``."""
    by_chain: dict[str, list[Happening]] = defaultdict(list)
    for happening in happenings:
        by_chain[chain_key(_division_code(happening))].append(happening)
    if not by_chain:
        return []
    chains = _hold(sorted(by_chain))
    # Only now: whoever held a chain before has the earlier time.
    now = timezone.now()
    rows = []
    for chain in chains:
        for happening in by_chain[chain.key]:
            row = _row(happening, chain, now)
            chain.length, chain.head = chain.length + 1, row[-1]
            rows.append(row)
    _write(rows, chains)
    return rows


def _division_code(happening: Happening) -> int:
    return happening.division_code or getattr(happening.by, "division_code", 0)


def _hold(keys: list[str]) -> list[Chain]:
    held = list(Chain.objects.select_for_update().filter(key__in=keys).order_by("key"))
    if len(held) == len(keys):
        return held
    with connection.cursor() as cursor:
        # Written by hand for its explicit conflict target: Django's own would take any conflict for this one.
        cursor.execute(
            "insert into history_chain (key, length, head) select key, 0, '' from unnest(%s::text[]) as new (key)"
            " order by key on conflict (key) do nothing",
            [keys],
        )
    return list(Chain.objects.select_for_update().filter(key__in=keys).order_by("key"))


def _row(happening: Happening, chain: Chain, now: dt.datetime) -> tuple[Any, ...]:
    by, subject = happening.by, _subject(happening.subject)
    values = (
        uuid7(),
        chain.key,
        chain.length + 1,
        happening.at or now,
        _fit("event", happening.event),
        _fit("subject_kind", subject.kind),
        _fit("subject_id", subject.id),
        _fit("subject_title", subject.title),
        _division_code(happening),
        _fit("person_id", by.person_id if by else ""),
        _fit("person_name", by.person_name if by else "系统"),
        _fit("post_id", by.post_id if by else ""),
        _fit("post_title", by.post_title if by else ""),
        _fit("address", by.address if by else ""),
        _fit("result", happening.result),
        canonical.details(happening.details),
        settings.HASH,
        chain.head,
    )
    return (*values, digest(canonical.content(values), algorithm=settings.HASH))


def _fit(column: str, value: object) -> str:
    return canonical.text(value, _WIDTHS[column] or 0)


def _subject(subject: models.Model | Subject | None) -> Subject:
    if subject is None:
        return Subject("", "")
    if isinstance(subject, Subject):
        return subject
    return subject_of(subject)


def subject_of(row: models.Model) -> Subject:
    """How history names a row: ``room.model``, its key, and what people call it."""
    return Subject(row._meta.label_lower, str(row.pk), str(row))


_ADVANCE = (
    "update history_chain as chain set length = new.length, head = new.head"
    " from unnest(%s::text[], %s::bigint[], %s::text[]) as new (key, length, head) where chain.key = new.key"
)


def _write(rows: list[tuple[Any, ...]], chains: list[Chain]) -> None:
    """The entries, and the new heads of their chains; a few in one statement, since others wait for the chain."""
    details = COLUMNS.index("details")
    written = [(*row[:details], canonical.dump(row[details]), *row[details + 1 :]) for row in rows]
    columns = ", ".join(COLUMNS)
    heads: list[Any] = [
        [chain.key for chain in chains],
        [chain.length for chain in chains],
        [chain.head for chain in chains],
    ]
    with connection.cursor() as cursor:
        if len(written) < FEW:
            places = ", ".join(["%s"] * len(COLUMNS))
            values = ", ".join([f"({places})"] * len(written))
            cursor.execute(
                f"with advanced as ({_ADVANCE}) insert into history_entry ({columns}) values {values}",
                [*heads, *(value for row in written for value in row)],
            )
            return
        with cursor.copy(f"copy history_entry ({columns}) from stdin") as copy:
            for row in written:
                copy.write_row(row)
        cursor.execute(_ADVANCE, heads)
