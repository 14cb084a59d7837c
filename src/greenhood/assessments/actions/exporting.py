"""Who took the list of communities out of the system."""

from __future__ import annotations

from greenhood.accounts.access import check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.assessments.events import Event
from greenhood.history import actions as history


def note_export(*, filters: str, rows: int, by: Actor) -> None:
    """Write down an export of the list: its filters, as in the address, and how many communities it holds."""
    check(by, Capability.EXPORT)
    history.record(Event.EXPORTED, by=by, details={"条件": filters, "行数": rows})
