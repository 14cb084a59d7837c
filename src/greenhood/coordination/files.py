"""What files may be attached to here, and until when.

Photos of a call lie with the whistle's division, where both sides may see them.
"""

from __future__ import annotations

from uuid import UUID

from greenhood.coordination.models import (
    ANSWERABLE,
    OWED,
    Assignment,
    Call,
    Meeting,
    MeetingState,
    Whistle,
    WhistleState,
)
from greenhood.divisions.models import Division

TASK, WHISTLE, CALL, MEETING = (
    "coordination.assignment", "coordination.whistle", "coordination.call", "coordination.meeting",
)  # fmt: skip


def is_open_task(division: Division, pk: UUID) -> bool:
    return Assignment.objects.filter(pk=pk, division=division, state__in=OWED).exists()


def is_open_whistle(division: Division, pk: UUID) -> bool:
    return Whistle.objects.filter(pk=pk, division=division, state=WhistleState.OPEN).exists()


def is_open_call(division: Division, pk: UUID) -> bool:
    return Call.objects.filter(pk=pk, caller=division, state__in=ANSWERABLE).exists()


def is_open_meeting(division: Division, pk: UUID) -> bool:
    open_ = [MeetingState.DRAFT, MeetingState.HELD]
    return Meeting.objects.filter(pk=pk, division=division, state__in=open_).exists()
