"""What is attached to records, and what was sealed of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from greenhood.divisions.models import Division
from greenhood.evidence.models import Attachment, Seal


def attachments_of(
    community: Division | int, subject_kind: str, subject_ids: Iterable[UUID], *, with_removed: bool = False
) -> dict[UUID, list[Attachment]]:
    """The attachments of some records of one kind in one community, by record, in the order of uploading. One query.

    ``community`` is the division or its id. With ``with_removed`` those taken away come too (``removed_at`` is set).
    """
    place = community.pk if isinstance(community, Division) else community
    rows = Attachment.objects.filter(
        community_id=place, subject_kind=subject_kind, subject_id__in=list(subject_ids)
    ).select_related("blob", "uploaded_by")
    if not with_removed:
        rows = rows.filter(removed_at=None)
    found: dict[UUID, list[Attachment]] = defaultdict(list)
    for row in rows.order_by("uploaded_at", "pk"):
        found[row.subject_id].append(row)
    return dict(found)


def seals_of(community_id: int, subject_kind: str, subject_id: UUID) -> QuerySet[Seal]:
    """The sealed lists of one record, the newest first, without their entries."""
    return (
        Seal.objects.filter(community_id=community_id, subject_kind=subject_kind, subject_id=subject_id)
        .select_related("sealed_by")
        .defer("entries")
        .order_by("-sealed_at", "-pk")
    )
