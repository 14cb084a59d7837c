"""Whoever stands above this room may be told when an assessment changes, inside the same transaction.

An overview's rollup, for instance, is kept in step without this room knowing of overviews. Register in ``AppConfig.ready``.
"""

from __future__ import annotations

from collections.abc import Callable

from greenhood.assessments.models import Assessment

Listener = Callable[[Assessment], None]

_listeners: list[Listener] = []


def on_change(listener: Listener) -> Listener:
    """Call ``listener(assessment)`` after it was started or its total changed; usable as a decorator."""
    if listener not in _listeners:
        _listeners.append(listener)
    return listener


def changed(assessment: Assessment) -> None:
    for listener in _listeners:
        listener(assessment)
