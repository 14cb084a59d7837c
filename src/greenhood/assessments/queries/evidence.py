"""The evidence of an assessment, its seal, and where else the same photos were used."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from greenhood.assessments.models import Assessment, Evidence
from greenhood.divisions.models import Division
from greenhood.kit.hashing import digest_parts

# A picture that is everywhere is shown in a few places; nobody reads ten thousand.
MOST_USES = 5_000


@dataclass(frozen=True, slots=True)
class Use:
    """Another use of the same photo (``distance`` 0) or a nearly same one (bits that differ).

    ``is_visible`` says whether the reader may open the other assessment.
    """

    evidence_id: UUID
    assessment_id: UUID
    criterion: int
    year: int
    community: Division
    distance: int
    is_visible: bool = True

    @property
    def in_words(self) -> str:
        kind = "近似照片" if self.distance else "相同文件"
        return f"{kind}：{self.community.name} {self.year}年 第{self.criterion}项"


_DUPLICATES = """
with own as (
    select id, blob_id from assessments_evidence where assessment_id = %(assessment)s and removed_at is null
),
alike as (
    select id, blob_id as other_id, 0 as distance from own
    union all
    select own.id, likeness.other_id, likeness.distance
    from own join assessments_likeness likeness on likeness.blob_id = own.blob_id
)
select alike.id, alike.distance, use.id, use.assessment_id, use.criterion, there.year,
    place.id, place.code, place.level, place.name
from alike
join assessments_evidence use on use.blob_id = alike.other_id and use.removed_at is null
join assessments_assessment there on there.id = use.assessment_id
join divisions_division place on place.id = there.community_id
where there.id <> %(assessment)s and (there.community_id <> %(community)s or there.year < %(year)s)
order by alike.distance, use.uploaded_at
limit %(most)s
"""


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


def duplicates(assessment: Assessment) -> dict[UUID, list[Use]]:
    """Uses of the same or a nearly same photo in another community or an earlier year, by piece. One query."""
    found: dict[UUID, list[Use]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(
            _DUPLICATES,
            {
                "assessment": assessment.pk,
                "community": assessment.community_id,
                "year": assessment.year,
                "most": MOST_USES,
            },
        )
        for piece, distance, use, there, criterion, year, *place in cursor.fetchall():
            community = Division(**dict(zip(("id", "code", "level", "name"), place, strict=True)))
            found[piece].append(Use(use, there, criterion, year, community, distance))
    return dict(found)
