"""What waits for a post, of every kind: rooms say here what they have, the frame counts it all in one query.

A room registers a ``Kind`` when it is ready. Its ``rows`` answer for a post that may do something about them, and are
counted, never read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from greenhood.accounts.actor import Actor

Rows = Callable[[Actor], "QuerySet[Any] | None"]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of thing that can wait.

    ``title`` is what is to be done (等我报送), ``unit`` its counter word (份), ``url_name`` where the list is, ``anchor`` the
    part of that page. ``rows`` gives the rows that wait for an actor with a post, or None for posts that have nothing to
    do with them. ``late`` tells those that are overdue, as a filter made when it is asked (today moves).
    """

    key: str
    title: str
    unit: str
    url_name: str
    rows: Rows
    late: Callable[[], Q] | None = None
    anchor: str = ""


_KINDS: dict[str, Kind] = {}


def register(*kinds: Kind) -> None:
    """Say what a room has; said again it replaces what was said."""
    _KINDS.update({kind.key: kind for kind in kinds})


def kinds() -> Sequence[Kind]:
    """Every kind, in the order in which the rooms registered."""
    return tuple(_KINDS.values())
