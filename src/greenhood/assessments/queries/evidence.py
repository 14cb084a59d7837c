"""The evidence of an assessment, its sealed lists, and where else the same photos were used."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from greenhood.assessments.models import Assessment, Evidence
from greenhood.divisions.models import Division
from greenhood.evidence.models import Seal
from greenhood.evidence.queries import seals_of
from greenhood.evidence.sealing import Entry, entry_of

# A picture that is everywhere is shown in a few places; nobody reads ten thousand.
MOST_USES = 5_000
MOST_USES_OF_ONE = 500


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


# Each step is fenced (materialized, limit, offset 0), so that it looks up by the one index that fits: where the tables'
# statistics are missing or old, the planner reads all evidence of the country otherwise, seconds instead of milliseconds.
_DUPLICATES = """
with own as materialized (
    select id, blob_id from assessments_evidence where assessment_id = %(assessment)s and removed_at is null
),
alike as materialized (
    select id, blob_id as other_id, 0 as distance from own
    union all
    select own.id, near.other_id, near.distance
    from own cross join lateral (
        select other_id, distance from evidence_likeness where blob_id = own.blob_id order by distance limit %(each)s
    ) near
),
found as materialized (
    select alike.id as piece, alike.distance, use.*
    from alike cross join lateral (
        select use.id, use.assessment_id, use.criterion, use.uploaded_at, there.year, there.community_id
        from (select * from assessments_evidence where blob_id = alike.other_id offset 0) use
        cross join lateral (
            select id, year, community_id from assessments_assessment where id = use.assessment_id limit 1
        ) there
        where use.removed_at is null
            and there.id <> %(assessment)s and (there.community_id <> %(community)s or there.year < %(year)s)
        limit %(each)s
    ) use
    order by alike.distance, use.uploaded_at
    limit %(most)s
)
select found.piece, found.distance, found.id, found.assessment_id, found.criterion, found.year,
    place.id, place.code, place.level, place.name
from found cross join lateral (
    select id, code, level, name from divisions_division where id = found.community_id limit 1
) place
order by found.distance, found.uploaded_at
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


def listed(assessment: Assessment) -> list[Entry]:
    """The whole evidence in force, as a sealed list has it."""
    pieces = Evidence.objects.filter(assessment=assessment, removed_at=None).select_related("blob")
    return [
        entry_of(
            piece,
            piece.blob,
            heading=f"第{piece.criterion}项" + (f"（{piece.check_no}）" if piece.check_no else ""),
            name=piece.name,
            uploaded_at=piece.uploaded_at,
        )
        for piece in pieces
    ]


def seals(assessment: Assessment) -> QuerySet[Seal]:
    """The lists that were sealed when it was closed, the newest first."""
    return seals_of(assessment.community_id, assessment._meta.label_lower, assessment.pk)


def duplicates(assessment: Assessment) -> dict[UUID, list[Use]]:
    """Uses of the same or a nearly same photo in another community or an earlier year, by piece. One query.

    At most ``MOST_USES_OF_ONE`` of each picture and ``MOST_USES`` in all: of a picture that is everywhere, any of its uses.
    """
    found: dict[UUID, list[Use]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(
            _DUPLICATES,
            {
                "assessment": assessment.pk,
                "community": assessment.community_id,
                "year": assessment.year,
                "most": MOST_USES,
                "each": MOST_USES_OF_ONE,
            },
        )
        for piece, distance, use, there, criterion, year, *place in cursor.fetchall():
            community = Division(**dict(zip(("id", "code", "level", "name"), place, strict=True)))
            found[piece].append(Use(use, there, criterion, year, community, distance))
    return dict(found)
