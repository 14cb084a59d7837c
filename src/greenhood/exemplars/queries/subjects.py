"""The records of this room that files are attached to, and in which division each is."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from greenhood.divisions.models import Division
from greenhood.exemplars.models import Base, Meeting, Nomination, Practice


def _of(model: type[Practice] | type[Base] | type[Meeting] | type[Nomination]) -> Callable[[Division, UUID], bool]:
    return lambda division, pk: model._default_manager.filter(pk=pk, division=division).exists()


KINDS = {
    "exemplars.practice": _of(Practice),
    "exemplars.base": _of(Base),
    "exemplars.meeting": _of(Meeting),
    "exemplars.nomination": _of(Nomination),
}
