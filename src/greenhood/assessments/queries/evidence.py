"""The evidence of an assessment, its seal, and where else the same photos were used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from greenhood.assessments.models import Assessment, Evidence, Likeness
from greenhood.kit.hashing import digest_parts

# A picture that is everywhere is shown in a few places; nobody reads ten thousand.
MOST_USES = 5_000


@dataclass(frozen=True, slots=True)
class Use:
    """Another use of the same photo (``distance`` 0) or a nearly same one (bits that differ).

    ``is_visible`` says whether the reader may open the other assessment.
    """

    evidence: Evidence
    distance: int
    is_visible: bool = True

    @property
    def in_words(self) -> str:
        kind = "相同文件" if self.distance == 0 else "近似照片"
        assessment = self.evidence.assessment
        return f"{kind}：{assessment.community.name} {assessment.year}年 第{self.evidence.criterion}项"


def of_assessment(assessment: Assessment) -> QuerySet[Evidence]:
    """What is in force, item by item, in the order of uploading."""
    return (
        Evidence.objects.filter(assessment=assessment, removed_at=None)
        .select_related("blob", "uploaded_by")
        .order_by("criterion", "uploaded_at", "pk")
    )


def removed_from(assessment: Assessment) -> QuerySet[Evidence]:
    """What was taken away and can be restored, the latest first."""
    return (
        Evidence.objects.filter(assessment=assessment, removed_at__isnull=False)
        .select_related("blob", "removed_by")
        .order_by("-removed_at")
    )


def seal(assessment: Assessment) -> str:
    """A hash over the whole evidence: one line per piece, ``item TAB name TAB sha256``, sorted; says its algorithm."""
    pieces = Evidence.objects.filter(assessment=assessment, removed_at=None).values_list("criterion", "name", "blob_id")
    lines = sorted(f"{criterion}\t{name}\t{sha256}\n" for criterion, name, sha256 in pieces)
    return digest_parts(line.encode() for line in lines)


def duplicates(assessment: Assessment, pieces: Iterable[Evidence]) -> dict[UUID, list[Use]]:
    """Uses of the same or a nearly same photo in another community or an earlier year, by piece. Two queries."""
    own: dict[str, list[UUID]] = defaultdict(list)
    for piece in pieces:
        own[piece.blob_id].append(piece.pk)
    if not own:
        return {}
    alike: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for blob, other, distance in Likeness.objects.filter(blob__in=own).values_list("blob_id", "other_id", "distance"):
        alike[other].append((blob, distance))
    for blob in own:
        alike[blob].append((blob, 0))
    found: dict[UUID, list[Use]] = defaultdict(list)
    for other in _elsewhere(assessment, alike):
        for blob, distance in alike[other.blob_id]:
            for pk in own[blob]:
                found[pk].append(Use(other, distance))
    return {pk: sorted(uses, key=lambda use: use.distance) for pk, uses in found.items()}


def _elsewhere(assessment: Assessment, blobs: Iterable[str]) -> QuerySet[Evidence]:
    return (
        Evidence.objects.filter(blob__in=list(blobs), removed_at=None)
        .exclude(assessment=assessment)
        .filter(~Q(assessment__community=assessment.community_id) | Q(assessment__year__lt=assessment.year))
        .select_related("assessment__community")
        .order_by("uploaded_at")[:MOST_USES]
    )
