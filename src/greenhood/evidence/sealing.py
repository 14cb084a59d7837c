"""A sealed list: which files were there at one moment, each with its hash, and a digest over the list as a whole.

Pure lists and hashes; ``actions.seal`` keeps a list, ``check`` holds one against the store.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from decimal import Decimal

from greenhood.evidence import store
from greenhood.evidence.models import Blob, Provenance, Seal
from greenhood.kit.dates import SHANGHAI
from greenhood.kit.hashing import digest_parts


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One file of a sealed list, all as text as it is hashed. ``heading`` says what it proves (第7项（2）)."""

    heading: str
    name: str
    sha256: str
    size: str
    how: str
    captured_at: str
    latitude: str
    longitude: str
    accuracy: str
    uploaded_at: str

    @property
    def line(self) -> str:
        """What the digest is made of: the values in this order, a TAB between them, a line feed at the end."""
        return "\t".join(str(value).replace("\t", " ") for value in asdict(self).values()) + "\n"


HEADINGS = (
    "所在项", "文件名", "SHA-256", "字节数", "拍摄信息来源", "拍摄时间", "纬度", "经度", "位置误差（米）", "上传时间",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of a sealed list: files whose bytes differ, files that are gone, and whether the list itself is whole."""

    total: int
    differing: tuple[Entry, ...]
    missing: tuple[Entry, ...]
    is_list_whole: bool

    @property
    def is_good(self) -> bool:
        return self.is_list_whole and not self.differing and not self.missing


def entry_of(use: Provenance, blob: Blob, *, heading: str, name: str, uploaded_at: dt.datetime) -> Entry:
    return Entry(
        heading=heading,
        name=name,
        sha256=blob.pk,
        size=str(blob.size),
        how=use.get_how_display() if blob.is_image else "",
        captured_at=_time(use.captured_at),
        latitude=_degrees(use.captured_latitude),
        longitude=_degrees(use.captured_longitude),
        accuracy="" if use.captured_accuracy is None else str(use.captured_accuracy),
        uploaded_at=_time(uploaded_at),
    )


def entries_of(seal: Seal) -> list[Entry]:
    return [Entry(*row) for row in seal.entries]


def as_rows(entries: Iterable[Entry]) -> list[list[str]]:
    """The entries as they are kept, in the order of the list."""
    names = [field.name for field in fields(Entry)]
    return [[getattr(entry, name) for name in names] for entry in sorted(entries)]


def digest_of(entries: Iterable[Entry], *, algorithm: str | None = None) -> str:
    """The digest over the sorted lines; says its algorithm."""
    return digest_parts((entry.line.encode() for entry in sorted(entries)), algorithm=algorithm)


def check(seal: Seal, states: Mapping[str, str] | None = None) -> Checked:
    """Hold a sealed list against the store, each file hashed once. ``states`` are those of files already looked at."""
    entries = entries_of(seal)
    known = states if states is not None else dict(states_of({entry.sha256 for entry in entries}))
    return Checked(
        len(entries),
        tuple(entry for entry in entries if known.get(entry.sha256) == DIFFERS),
        tuple(entry for entry in entries if known.get(entry.sha256) == MISSING),
        is_whole(seal),
    )


def is_whole(seal: Seal) -> bool:
    algorithm = seal.digest.partition(":")[0]
    return seal.count == len(seal.entries) and digest_of(entries_of(seal), algorithm=algorithm) == seal.digest


DIFFERS, MISSING = "differs", "missing"


def states_of(hashes: Iterable[str]) -> Iterator[tuple[str, str]]:
    """``DIFFERS`` or ``MISSING`` for each stored file that isn't what its hash says; good ones are left out."""
    for sha256 in hashes:
        try:
            with store.open_original(sha256) as file:
                found, _ = store.digest(file)
        except FileNotFoundError:
            yield sha256, MISSING
            continue
        if found != sha256:
            yield sha256, DIFFERS


def _time(moment: dt.datetime | None) -> str:
    return "" if moment is None else moment.astimezone(SHANGHAI).isoformat(timespec="seconds")


def _degrees(value: Decimal | None) -> str:
    return "" if value is None else f"{value:.6f}"
