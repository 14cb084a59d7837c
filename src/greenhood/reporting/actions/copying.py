"""Copies that people take out of the system."""

from __future__ import annotations

from greenhood.accounts.access import check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions.models import Division
from greenhood.history import actions as history
from greenhood.reporting.events import Event
from greenhood.reporting.models import Bulletin, Obligation


def note_copy(subject: Obligation | Bulletin, place: Division, *, kind: str, by: Actor, rows: int = 1) -> None:
    """Write down that somebody who may see a filed report or an issued bulletin took a copy: Excel, Word or PDF alike."""
    check(by, Capability.VIEW)
    history.record(Event.EXPORTED, subject, by=by, division_code=place.code, details={"格式": kind, "行数": rows})


def note_export(division: Division, *, rows: int, by: Actor) -> None:
    """Write down that somebody took reports or their figures out of the system, as Excel, Word or PDF."""
    check(by, Capability.EXPORT, division)
    history.record(Event.EXPORTED, division, by=by, division_code=division.code, details={"行数": rows})
