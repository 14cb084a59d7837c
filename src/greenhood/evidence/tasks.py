"""Work on evidence that nobody has to wait for."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from greenhood.evidence import likenesses, photos, store, sweeping
from greenhood.evidence.models import Blob


@app.task(queue="evidence", name="evidence.process_blob", aliases=["assessments.process_blob"], retry=5)
def process_blob(sha256: str) -> None:
    """Make the small copies of a photo and find those that look like it. May run again."""
    process(sha256)


# 19:40 UTC is 03:40 in Shanghai.
@app.periodic(cron="40 19 * * *", periodic_id="evidence.sweep")
@app.task(queue="evidence", name="evidence.sweep", queueing_lock="evidence.sweep")
def sweep(timestamp: int) -> None:
    """Remove files that nobody counts on any more, once they are a day old."""
    sweeping.sweep()


def process(sha256: str) -> None:
    blob = Blob.objects.filter(pk=sha256).first()
    if blob is None:
        return
    if blob.is_image:
        for size in photos.SIZES:
            make_copy(sha256, size)
        likenesses.keep_near(blob)
    Blob.objects.filter(pk=sha256).update(processed_at=timezone.now())


def make_copy(sha256: str, size: int) -> None:
    """Store the upright copy without EXIF, unless it is there."""
    if store.has_copy(sha256, size):
        return
    with store.open_original(sha256) as original:
        store.keep_copy(sha256, size, photos.small_copy(original, size))
