"""Files at projects: photos of each stage before and after, and the papers of payments.

They are taken in and handed out here and not by the room of evidence: who keeps a project may add to it, and a community that it covers
sees them, though the project is run above it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse

from greenhood.accounts.capabilities import Capability
from greenhood.evidence import photos, subjects
from greenhood.evidence.models import Attachment
from greenhood.evidence.queries import attachments_of
from greenhood.evidence.showing import kind_of, provenance_words, shown_size, shown_time
from greenhood.works.models import Project, Stage

BEFORE, AFTER, PAPER = "works.before", "works.after", "works.movement"
MOMENTS = {"before": BEFORE, "after": AFTER}


def register() -> None:
    for key in (BEFORE, AFTER, PAPER):
        subjects.register_apart(key, capability=Capability.KEEP_PROJECTS)


@dataclass(frozen=True, slots=True)
class Photo:
    """One file as pages show it; the addresses of copies are empty for what is no picture."""

    id: UUID
    name: str
    url: str
    thumbnail_url: str
    large_url: str
    kind: str
    facts: str
    is_removed: bool


def photos_of(project: Project, stages: Iterable[Stage], *, with_removed: bool = False) -> dict[UUID, list[Photo]]:
    """The photos of these stages by ``before`` or ``after``. Two queries for all."""
    listed = list(stages)
    found: dict[UUID, list[Photo]] = defaultdict(list)
    for kind, ids in ((BEFORE, [each.before for each in listed]), (AFTER, [each.after for each in listed])):
        for subject, rows in attachments_of(project.division_id, kind, ids, with_removed=with_removed).items():
            found[subject] += [photo(row) for row in rows]
    return found


def papers_of(project: Project, movements: Iterable[UUID]) -> dict[UUID, list[Photo]]:
    """The papers of these movements. One query."""
    rows = attachments_of(project.division_id, PAPER, movements)
    return {subject: [photo(row) for row in found] for subject, found in rows.items()}


def photo(row: Attachment) -> Photo:
    address = reverse("works:proof", args=[row.pk])
    small, large = (
        reverse("works:proof_copy", args=[row.pk, size]) if row.blob.is_image else "" for size in photos.SIZES
    )
    facts = [kind_of(row.name), shown_size(row.blob.size), provenance_words(row, row.blob), shown_time(row.uploaded_at)]
    return Photo(
        row.pk,
        row.name,
        address,
        small,
        large,
        kind_of(row.name),
        " · ".join(filter(None, facts)),
        row.removed_at is not None,
    )
