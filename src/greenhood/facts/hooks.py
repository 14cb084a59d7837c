"""Whoever stands above this room may be told when facts change, inside the same transaction.

A score that was computed from facts, for instance, is marked as due again without this room knowing of scores. Register in
``AppConfig.ready``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Rooms register in their apps.py, which is read before any model can be.
    from greenhood.facts.kinds import Kind

Listener = Callable[["Kind", Collection[int]], None]

_listeners: list[Listener] = []


def on_change(listener: Listener) -> Listener:
    """Call ``listener(kind, community ids)`` after facts of a kind were recorded, retired or restored; a decorator too.

    An import calls it once for all the communities that it changed: listeners are set-based.
    """
    if listener not in _listeners:
        _listeners.append(listener)
    return listener


def changed(kind: Kind, communities: Collection[int]) -> None:
    for listener in _listeners:
        listener(kind, communities)
