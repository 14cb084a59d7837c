"""Take a file in: examine it, store it under its SHA-256, and write its row once."""

from __future__ import annotations

from typing import IO

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from greenhood.evidence import filetypes, photos, store
from greenhood.evidence.models import Blob
from greenhood.evidence.tasks import process_blob
from greenhood.kit.uploads import clean_name, over


def keep(file: IO[bytes], name: str) -> Blob:
    """Examine and store a file; its row, not yet saved where it is new. Raises filetypes.Refused, store.StoreFull."""
    sha256, size = store.digest(file)
    if size > settings.MAX_UPLOAD_BYTES:
        raise filetypes.Refused(over(settings.MAX_UPLOAD_BYTES, size))
    kind = filetypes.identify(file, name)
    known = Blob.objects.filter(pk=sha256).first()
    blob = known or _examine(file, kind, sha256, size)
    store.keep(file, sha256, size)
    return blob


def save_blob(blob: Blob) -> Blob:
    """The row of a kept file, saved once; its small copies and likenesses are then made in the background."""
    row, is_new = Blob.objects.get_or_create(
        pk=blob.pk,
        defaults={
            field.attname: getattr(blob, field.attname)
            for field in Blob._meta.concrete_fields
            if not field.primary_key and not field.generated
        },
    )
    if is_new and row.is_image:
        process_blob.defer(sha256=row.pk)
    return row


def _examine(file: IO[bytes], kind: filetypes.FileType, sha256: str, size: int) -> Blob:
    blob = Blob(pk=sha256, size=size, media_type=kind.media_type, stored_at=timezone.now())
    if kind.is_image:
        photo = photos.read(file)
        blob.width, blob.height, blob.taken_at = photo.width, photo.height, photo.taken_at
        blob.latitude, blob.longitude = photo.latitude, photo.longitude
        blob.perceptual_hash = photo.look
    else:
        blob.processed_at = blob.stored_at
    return blob


def keep_upload(file: UploadedFile | None) -> tuple[Blob | None, str]:
    """A file of a form that may be left out: its bytes as stored and its name. Raises ``filetypes.Refused`` and ``StoreFull``."""
    if not file:
        return None, ""
    name = clean_name(file.name or "")
    return save_blob(keep(file, name)), name
