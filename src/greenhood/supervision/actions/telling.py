"""What goes into the history, and under which place: of a hidden inspection nothing is written where the inspected could read it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import models

from greenhood.accounts.actor import Actor
from greenhood.divisions.models import Division
from greenhood.history import actions as history
from greenhood.supervision.events import Event
from greenhood.supervision.models import Inspection


def place_of(inspection: Inspection, community: Division | None = None) -> int:
    """The code under which an event of an inspection is recorded: that of the office until the results are published."""
    if community is None or inspection.state != Inspection.State.PUBLISHED:
        return inspection.division.code
    return community.code


def tell(
    event: Event,
    subject: models.Model,
    inspection: Inspection,
    *,
    by: Actor,
    community: Division | None = None,
    details: Mapping[str, Any] | None = None,
    at: dt.datetime | None = None,
) -> None:
    history.record(event, subject, by=by, division_code=place_of(inspection, community), details=details or {}, at=at)
