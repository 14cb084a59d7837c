"""Write down that somebody took the result of a campaign out of the system."""

from __future__ import annotations

from django.db import transaction

from greenhood.accounts.access import check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.baseline.events import Event
from greenhood.baseline.models import Campaign
from greenhood.divisions.models import Division
from greenhood.history import actions as history


@transaction.atomic
def note_export(campaign: Campaign, within: Division, *, rows: int, by: Actor) -> None:
    check(by, Capability.EXPORT, within)
    details = {"within": within.name, "rows": rows}
    history.record(Event.EXPORTED, campaign, by=by, division_code=within.code, details=details)
