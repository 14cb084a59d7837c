"""Whoever takes lists out of the system leaves a line in history."""

from __future__ import annotations

from greenhood.accounts.access import check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.exemplars.events import Event
from greenhood.history import actions as history


def note(what: str, *, rows: int, by: Actor) -> None:
    """Write down that somebody exported a list of this room."""
    check(by, Capability.EXPORT)
    history.record(Event.EXPORTED, by=by, details={"内容": what, "行数": rows})
