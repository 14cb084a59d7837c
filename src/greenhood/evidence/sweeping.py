"""Clear away what nobody counts on any more: parts of uploads, files without a row, rows without a use.

A file is first stored and then written into the database, so a young one may be about to get its row: only what has lain
for ``GRACE`` is swept, and each is looked at once more just before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, ForeignObjectRel, OuterRef, QuerySet
from django.utils import timezone

from greenhood.evidence import photos, store
from greenhood.evidence.models import Blob, Likeness

GRACE = dt.timedelta(days=1)
BATCH = 500


@dataclass(frozen=True, slots=True)
class Swept:
    parts: int
    files: int
    rows: int


def sweep(*, now: dt.datetime | None = None, grace: dt.timedelta = GRACE, is_dry: bool = False) -> Swept:
    """Remove everything older than ``grace`` that is without a use, or with ``is_dry`` only count it."""
    before = (now or timezone.now()) - grace
    rows = _unused(before)
    if is_dry:
        return Swept(0, sum(1 for _ in _without_row(before)), rows.count())
    removed = 0
    for blob in rows.only("pk").iterator(chunk_size=BATCH):
        removed += _remove_row(blob.pk, before)
    files = 0
    for sha256 in _without_row(before):
        files += store.remove_untouched(sha256, before, photos.SIZES)
    return Swept(store.sweep_incoming(before), files, removed)


def _unused(before: dt.datetime) -> QuerySet[Blob]:
    """Blobs that no row of any room refers to, whatever rooms there are."""
    blobs = Blob.objects.filter(stored_at__lt=before)
    # Hidden relations count as well: a use that nobody walks backwards is a use.
    for relation in Blob._meta.get_fields(include_hidden=True):
        if isinstance(relation, ForeignObjectRel) and relation.related_model is not Likeness:
            users = relation.related_model._base_manager.filter(**{relation.field.name: OuterRef("pk")})
            blobs = blobs.exclude(Exists(users))
    return blobs


@transaction.atomic
def _remove_row(sha256: str, before: dt.datetime) -> int:
    count, _ = _unused(before).filter(pk=sha256).delete()
    if count:
        transaction.on_commit(lambda: store.remove_untouched(sha256, before, photos.SIZES))
    return bool(count)


def _without_row(before: dt.datetime) -> Iterator[str]:
    batch: list[str] = []
    for sha256 in store.stored_before(before):
        batch.append(sha256)
        if len(batch) == BATCH:
            yield from _unknown(batch)
            batch = []
    yield from _unknown(batch)


def _unknown(batch: list[str]) -> list[str]:
    known = set(Blob.objects.filter(pk__in=batch).values_list("pk", flat=True))
    return [sha256 for sha256 in batch if sha256 not in known]
