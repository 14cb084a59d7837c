"""That something of supervision was taken out of the system."""

from __future__ import annotations

from greenhood.accounts.actor import Actor
from greenhood.history import actions as history
from greenhood.supervision.events import Event


def note_export(*, rows: int, by: Actor, what: str = "") -> None:
    history.record(Event.EXPORTED, by=by, details={"行数": rows, **({"内容": what} if what else {})})
