"""Files at projects: photos of each stage before and after, and the papers of payments."""

from __future__ import annotations

from uuid import UUID

from greenhood.accounts.capabilities import Capability
from greenhood.divisions.models import Division
from greenhood.evidence import subjects
from greenhood.works.models import Movement, Stage

BEFORE, AFTER, PAPER = "works.before", "works.after", "works.movement"


def register() -> None:
    for key, exists in ((BEFORE, _has_before), (AFTER, _has_after), (PAPER, _has_movement)):
        subjects.register(key, exists, capability=Capability.KEEP_PROJECTS)


def _has_before(division: Division, subject: UUID) -> bool:
    return Stage.objects.filter(before=subject, project__division=division).exists()


def _has_after(division: Division, subject: UUID) -> bool:
    return Stage.objects.filter(after=subject, project__division=division).exists()


def _has_movement(division: Division, subject: UUID) -> bool:
    return Movement.objects.filter(pk=subject, source__project__division=division).exists()
