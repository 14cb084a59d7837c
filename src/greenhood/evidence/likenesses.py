"""Photos that look nearly the same, among all that were ever stored.

Every hash stands in three indexes by its thirds (22, 21 and 21 bits). Two hashes that differ in at most ``photos.NEAR`` bits
have a third in which at most two do, so 718 looks into the indexes find every candidate, with its hash beside it: the exact
distance is decided without touching a row. Of ten million photos that is some 3,000 candidates and a hundredth of a second;
quarters of 16 bits in one GIN index, as there were before, took a fifth. The search runs once, when a photo comes in, and what
it finds is kept.
"""

from __future__ import annotations

from typing import Any

from django.db import connection

from greenhood.evidence import photos
from greenhood.evidence.models import Blob, Likeness
from greenhood.kit.ids import uuid7

# One photo copied a thousand times over is found often enough with its first hundred likenesses.
MOST = 100

_NEAR = """
with found as materialized (
    select perceptual_hash as look from evidence_blob
    where look_high = any(%(high)s::integer[]) and perceptual_hash is not null
        and bit_count((perceptual_hash # %(look)s)::bit(64)) <= %(near)s
    union
    select perceptual_hash from evidence_blob
    where look_middle = any(%(middle)s::integer[]) and perceptual_hash is not null
        and bit_count((perceptual_hash # %(look)s)::bit(64)) <= %(near)s
    union
    select perceptual_hash from evidence_blob
    where look_low = any(%(low)s::integer[]) and perceptual_hash is not null
        and bit_count((perceptual_hash # %(look)s)::bit(64)) <= %(near)s
)
select alike.sha256, bit_count((found.look # %(look)s)::bit(64)) as distance
from found cross join lateral (
    select sha256 from evidence_blob
    where look_high = (found.look >> %(shift)s & %(mask)s)::integer and perceptual_hash = found.look
        and sha256 <> %(self)s
    limit %(most)s
) alike
order by distance, alike.sha256
limit %(most)s
"""


def near(look: int, *, than: str = "") -> list[tuple[str, int]]:
    """The stored photos within ``photos.NEAR`` bits, nearest first, as (SHA-256, distance)."""
    high, middle, low = photos.near_thirds(look)
    (shift, bits), *_ = photos.THIRDS
    values: dict[str, Any] = {
        "look": look,
        "high": high,
        "middle": middle,
        "low": low,
        "self": than,
        "near": photos.NEAR,
        "most": MOST,
    }
    with connection.cursor() as cursor:
        cursor.execute(_NEAR, values | {"shift": shift, "mask": 2**bits - 1})
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
