"""Keys of rows: UUIDv7, so that they are made without asking the database and sort by the time they were made."""

from __future__ import annotations

from uuid import UUID

import uuid_utils


def uuid7() -> UUID:
    return UUID(int=uuid_utils.uuid7().int)


def uuid7_batch(count: int) -> list[UUID]:
    """As many keys, each greater than the one before it."""
    return [uuid7() for _ in range(count)]
