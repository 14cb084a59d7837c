"""Files as pages show them: what they are, how large, and how time and place of taking are known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse

from greenhood.accounts.actor import Actor
from greenhood.divisions.models import Division
from greenhood.evidence import filetypes, photos
from greenhood.evidence.actions import capability_for
from greenhood.evidence.models import Attachment, Blob, How, Provenance
from greenhood.evidence.queries import attachments_of
from greenhood.kit.dates import SHANGHAI


@dataclass(frozen=True, slots=True)
class ShownAttachment:
    """One attachment as shown; the addresses of copies are empty for what is no picture."""

    id: UUID
    name: str
    caption: str
    is_image: bool
    url: str
    thumbnail_url: str
    large_url: str
    kind: str
    facts: str
    uploaded: str
    is_removed: bool


@dataclass(frozen=True, slots=True)
class Strip:
    """The attachments of one record, and what the reader may do with them. For ``evidence/attachments.html``.

    ``back`` is the address that a page without a script returns to.
    """

    community: Division
    subject_kind: str
    subject_id: UUID
    pieces: tuple[ShownAttachment, ...]
    removed: tuple[ShownAttachment, ...]
    may_change: bool
    back: str
    title: str = "照片和文件"
    accept: str = filetypes.ACCEPT
    welcome: str = filetypes.WELCOME

    @property
    def upload_url(self) -> str:
        return reverse("evidence:attach", args=[self.community.code, self.subject_kind, self.subject_id])


def strips_of(
    community: Division, subject_kind: str, subject_ids: Iterable[UUID], *, actor: Actor, back: str, title: str = ""
) -> dict[UUID, Strip]:
    """The strips of some records of one kind in one community, one query for all; also of those without a file."""
    ids = list(subject_ids)
    may_change = actor.may(capability_for(subject_kind), community)
    rows = attachments_of(community, subject_kind, ids, with_removed=may_change)
    return {one: _strip(community, subject_kind, one, rows.get(one, []), may_change, back, title) for one in ids}


def _strip(
    community: Division, kind: str, subject: UUID, rows: list[Attachment], may_change: bool, back: str, title: str
) -> Strip:
    shown = [shown_attachment(row) for row in rows]
    return Strip(
        community,
        kind,
        subject,
        tuple(one for one in shown if not one.is_removed),
        tuple(one for one in shown if one.is_removed),
        may_change,
        back,
        title or "照片和文件",
    )


def shown_attachment(row: Attachment) -> ShownAttachment:
    address = reverse("evidence:attachment", args=[row.pk])
    small, large = (f"{address}{size}/" if row.blob.is_image else "" for size in photos.SIZES)
    who = str(row.uploaded_by) if row.uploaded_by else "系统"
    return ShownAttachment(
        row.pk,
        row.name,
        row.caption,
        row.blob.is_image,
        address,
        small,
        large,
        kind_of(row.name),
        " · ".join(part for part in (shown_size(row.blob.size), provenance_words(row, row.blob)) if part),
        f"{who} {shown_time(row.uploaded_at)}",
        row.removed_at is not None,
    )


def provenance_words(use: Provenance, blob: Blob) -> str:
    """现场拍摄 · 2026-05-01 09:30 · 30.66000, 104.06000 ±12 m; nothing for what is no picture."""
    if not blob.is_image:
        return ""
    words = [How(use.how).label]
    if use.is_queued:
        words[0] += "（离线）"
    if use.captured_at:
        words.append(shown_time(use.captured_at))
    elif use.how != How.NONE:
        words.append("无拍摄时间")
    if use.captured_latitude is not None:
        accuracy = f" ±{use.captured_accuracy} m" if use.captured_accuracy is not None else ""
        words.append(f"{use.captured_latitude:.5f}, {use.captured_longitude:.5f}{accuracy}")
    elif use.how != How.NONE:
        words.append("无位置")
    return " · ".join(words)


def shown_time(moment: dt.datetime) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def kind_of(name: str) -> str:
    return name.rpartition(".")[2].upper()[:5] if "." in name else "文件"


def shown_size(size: int) -> str:
    return f"{size / 2**20:.1f} MB" if size >= 2**20 else f"{max(1, round(size / 2**10))} KB"
