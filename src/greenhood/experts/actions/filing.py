"""Files of entries and visits: the same file again is the same document, and what is taken away can be brought back."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from greenhood.accounts.actor import Actor
from greenhood.evidence.keeping import save_blob
from greenhood.evidence.models import Blob
from greenhood.experts.models import Document, Entry, Visit
from greenhood.kit.uploads import clean_name


def put(
    blob: Blob,
    name: str,
    *,
    by: Actor,
    at: dt.datetime | None,
    entry: Entry | None = None,
    visit: Visit | None = None,
) -> tuple[Document, bool]:
    """The document of a file, with its held entry or visit; and whether it came, or came back, just now."""
    document, is_new = Document.objects.get_or_create(
        entry=entry,
        visit=visit,
        blob=save_blob(blob),
        defaults={"name": clean_name(name), "uploaded_at": at or timezone.now(), "uploaded_by": by.user},
    )
    return document, is_new or turn(document, is_removed=False)


def turn(document: Document, *, is_removed: bool) -> bool:
    """Take a document away or bring it back; False where it was so already. What it belongs to is held."""
    if (document.removed_at is not None) is is_removed:
        return False
    document.removed_at = timezone.now() if is_removed else None
    document.save(update_fields=["removed_at"])
    return True
