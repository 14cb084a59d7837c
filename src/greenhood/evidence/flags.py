"""What gives a reviewer reason to look at a piece twice, each with the reason. Hints for people: nothing is refused for them.

Pure: whoever knows the community's boundary, the period and other uses of the photos hands them in.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from django.conf import settings

from greenhood.evidence.capture import CLOCK_SLACK
from greenhood.evidence.models import Blob, Provenance
from greenhood.evidence.showing import shown_time
from greenhood.kit.dates import SHANGHAI
from greenhood.kit.geodesy import Geometry, distances_to_m


class Sign(StrEnum):
    """What is odd about a piece; the value stands in addresses of filtered pages."""

    OUTSIDE = "outside"
    EARLY = "early"
    FUTURE = "future"
    REUSED = "reused"
    ALIKE = "alike"
    UNTIMED = "untimed"


TITLES = {
    Sign.OUTSIDE: "边界外",
    Sign.EARLY: "早于评价期",
    Sign.FUTURE: "晚于上传",
    Sign.REUSED: "他处用过同一文件",
    Sign.ALIKE: "与他处照片相近",
    Sign.UNTIMED: "没有拍摄时间",
}


@dataclass(frozen=True, slots=True)
class Flag:
    """One reason to look twice, in words that say by how much."""

    sign: Sign
    words: str

    @property
    def title(self) -> str:
        return TITLES[self.sign]


class Piece(Protocol):
    """A use of a file: a row of evidence or an attachment."""

    pk: UUID
    blob: Blob
    uploaded_at: dt.datetime
    captured_at: dt.datetime | None
    captured_accuracy: int | None


def flags_of(
    pieces: Iterable[Piece],
    *,
    boundary: Geometry | None = None,
    since: Mapping[UUID, dt.date] | None = None,
    alike: Mapping[UUID, Iterable[int]] | None = None,
) -> dict[UUID, tuple[Flag, ...]]:
    """The flags of each piece that has any, gravest first, all pieces at once.

    ``boundary`` is the community's in CGCS2000; without one nothing lies outside. ``since`` is the first day of the period by
    piece. ``alike`` is how many bits each other use of a piece's photo differs by, 0 for the same file.
    """
    rows = list(pieces)
    away = metres_outside(rows, boundary)
    found = {}
    for row in rows:
        flags = [
            *_outside(away.get(row.pk)),
            *_timed(row, (since or {}).get(row.pk)),
            *_used((alike or {}).get(row.pk, ())),
        ]
        if flags:
            found[row.pk] = tuple(flags)
    return found


def metres_outside(pieces: Iterable[Piece], boundary: Geometry | None) -> dict[UUID, float]:
    """How far outside each piece with a place was taken, its own inaccuracy taken off, where that is more than allowed."""
    rows = [row for row in pieces if isinstance(row, Provenance) and row.captured_latitude is not None]
    if not rows or boundary is None:
        return {}
    longitudes = [float(row.captured_longitude or 0) for row in rows]
    distances = distances_to_m(boundary, longitudes, [float(row.captured_latitude or 0) for row in rows])
    return {
        row.pk: metres
        for row, metres in zip(rows, distances.tolist(), strict=True)
        if metres - (row.captured_accuracy or 0) > settings.EVIDENCE_OUTSIDE_METRES
    }


def _outside(metres: float | None) -> list[Flag]:
    if metres is None:
        return []
    far = f"{metres / 1000:,.1f} 公里" if metres >= 1000 else f"{round(metres, -1):.0f} 米"
    return [Flag(Sign.OUTSIDE, f"拍摄位置在社区边界外约 {far}")]


def _timed(row: Piece, since: dt.date | None) -> list[Flag]:
    if not row.blob.is_image:
        return []
    if row.captured_at is None:
        return [Flag(Sign.UNTIMED, "没有拍摄时间")]
    if row.captured_at > row.uploaded_at + CLOCK_SLACK:
        return [Flag(Sign.FUTURE, f"拍摄时间 {shown_time(row.captured_at)} 晚于上传时间")]
    day = row.captured_at.astimezone(SHANGHAI).date()
    if since is not None and day < since:
        return [Flag(Sign.EARLY, f"拍摄于 {day}，早于评价期（{since} 起）")]
    return []


def _used(bits: Iterable[int]) -> list[Flag]:
    differing = list(bits)
    same = differing.count(0)
    flags = [Flag(Sign.REUSED, f"他处用过同一文件（{same} 处）")] if same else []
    if len(differing) > same:
        flags.append(Flag(Sign.ALIKE, f"与他处照片相近（{len(differing) - same} 处）"))
    return flags
