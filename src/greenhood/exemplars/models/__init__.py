"""Practices and their library, education bases, on-site meetings, commendations."""

from greenhood.exemplars.models.bases import Base, Visit
from greenhood.exemplars.models.honours import Honour, Nomination, Objection, Quota, Round
from greenhood.exemplars.models.meetings import Invitation, Meeting, Shown
from greenhood.exemplars.models.practices import Adoption, Edition, LibraryEntry, Practice

__all__ = [
    "Adoption",
    "Base",
    "Edition",
    "Honour",
    "Invitation",
    "LibraryEntry",
    "Meeting",
    "Nomination",
    "Objection",
    "Practice",
    "Quota",
    "Round",
    "Shown",
    "Visit",
]
