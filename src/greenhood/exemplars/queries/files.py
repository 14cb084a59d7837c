"""Which attachments everybody may see: those that were found fit when their record was published, as long as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q
from django.urls import reverse

from greenhood.divisions.models import Division
from greenhood.evidence import photos
from greenhood.evidence.models import Attachment
from greenhood.evidence.queries import attachments_of
from greenhood.exemplars.models import Base, LibraryEntry, Meeting


@dataclass(frozen=True, slots=True)
class Piece:
    """A public photo or file: pictures only as copies, which tell nothing of time, place and camera."""

    name: str
    url: str
    thumbnail_url: str
    kind: str = ""
    flag: str = ""


def public_pieces(division: Division | int, kind: str, subject: UUID, shown: Sequence[UUID]) -> list[Piece]:
    """The shown attachments of a record, in the order of uploading. One query, none where nothing is shown."""
    if not shown:
        return []
    rows = attachments_of(division, kind, [subject]).get(subject, [])
    return [_piece(row) for row in rows if row.pk in set(shown)]


def _piece(row: Attachment) -> Piece:
    if not row.blob.is_image:
        return Piece(row.name, reverse("exemplars:file", args=[row.pk]), "", row.name.rpartition(".")[2].upper()[:5])
    small, large = (reverse("exemplars:picture", args=[row.pk, size]) for size in photos.SIZES)
    return Piece(row.caption or row.name, large, small)


def public_attachment(pk: UUID) -> Attachment | None:
    """The attachment if everybody may see it. Two queries."""
    row = Attachment.objects.select_related("blob").filter(pk=pk, removed_at=None).first()
    if row is None or not _is_shown(row):
        return None
    return row


def _is_shown(row: Attachment) -> bool:
    shown = Q(photos__contains=[row.pk])
    match row.subject_kind:
        case "exemplars.practice":
            return LibraryEntry.objects.filter(pk=row.subject_id, edition__photos__contains=[row.pk]).exists()
        case "exemplars.base":
            return Base.objects.filter(shown, pk=row.subject_id, state=Base.State.DESIGNATED).exists()
        case "exemplars.meeting":
            return Meeting.objects.filter(shown, pk=row.subject_id, state=Meeting.State.HELD).exists()
    return False
