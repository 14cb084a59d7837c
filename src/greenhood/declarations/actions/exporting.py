"""Who took the list of declarations out of the system."""

from __future__ import annotations

from greenhood.accounts.access import check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.declarations.events import Event
from greenhood.history.actions import record


def note_export(*, kind: str, filters: str, by: Actor) -> None:
    """Write down an export of the list as ``csv`` or ``xlsx``: its filters, as in the address.

    The rows of a CSV are read while they are sent, so their number isn't known.
    """
    check(by, Capability.EXPORT)
    record(Event.EXPORTED, by=by, details={"格式": kind, "条件": filters})
