"""Photos that look nearly the same, among all that were ever stored.

Every hash stands in an index by its four 16-bit quarters. A photo within ``photos.NEAR`` bits shares at least one quarter up to
a single bit, so one look into the index (68 entries) finds every candidate, however many photos there are; the exact
distance then decides. The search runs once, when a photo comes in, and what it finds is kept.
"""

from __future__ import annotations

from django.db import connection

from greenhood.evidence import photos
from greenhood.evidence.models import Blob, Likeness
from greenhood.kit.ids import uuid7

# One photo copied a thousand times over is found often enough with its first hundred likenesses.
MOST = 100

_NEAR = """
    select sha256, bit_count((perceptual_hash # %(look)s)::bit(64)) as distance
    from evidence_blob
    where hash_bands && %(bands)s::integer[] and sha256 <> %(self)s
      and bit_count((perceptual_hash # %(look)s)::bit(64)) <= %(near)s
    order by distance, sha256
    limit %(most)s
"""


def near(look: int, *, than: str = "") -> list[tuple[str, int]]:
    """The stored photos within ``photos.NEAR`` bits, nearest first, as (SHA-256, distance)."""
    with connection.cursor() as cursor:
        cursor.execute(
            _NEAR, {"look": look, "bands": photos.near_bands(look), "self": than, "near": photos.NEAR, "most": MOST}
        )
        return cursor.fetchall()


def keep_near(blob: Blob) -> int:
    """Remember which stored photos look nearly like this one; the number found. May run again."""
    if blob.perceptual_hash is None:
        return 0
    found = near(blob.perceptual_hash, than=blob.pk)
    Likeness.objects.bulk_create(
        [
            Likeness(id=uuid7(), blob_id=one, other_id=other, distance=distance)
            for sha256, distance in found
            for one, other in ((blob.pk, sha256), (sha256, blob.pk))
        ],
        update_conflicts=True,
        unique_fields=["blob", "other"],
        update_fields=["distance"],
    )
    return len(found)
