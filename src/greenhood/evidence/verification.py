"""Hold all sealed lists against the store, and against history, whose chain nobody can alter unseen."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.db import connection

from greenhood.evidence import sealing
from greenhood.evidence.events import Event
from greenhood.evidence.models import Seal
from greenhood.history.models import Entry

BATCH = 200
_FILES = "select distinct entry ->> 2 from evidence_seal cross join lateral jsonb_array_elements(entries) entry"


def files() -> int:
    """How many stored files are in sealed lists."""
    with connection.cursor() as cursor:
        cursor.execute(f"select count(*) from ({_FILES}) found")
        return int(cursor.fetchone()[0])


def verify(progress: Callable[[int], object] = lambda count: None) -> Iterator[str]:
    """A sentence for everything that is wrong. Every file is hashed once, however many lists name it."""
    states = dict(sealing.states_of(_counted(_hashes(), progress)))
    seals: list[Seal] = []
    for seal in Seal.objects.select_related("community").order_by("pk").iterator(chunk_size=BATCH):
        seals.append(seal)
        if len(seals) == BATCH:
            yield from _findings(seals, states)
            seals = []
    yield from _findings(seals, states)


def _hashes() -> Iterator[str]:
    # Read whole before the first file is opened: hashing may take hours, and a cursor would hold the transaction as long.
    with connection.cursor() as cursor:
        cursor.execute(_FILES)
        return iter([row[0] for row in cursor.fetchall()])


def _counted(hashes: Iterator[str], progress: Callable[[int], object]) -> Iterator[str]:
    for sha256 in hashes:
        yield sha256
        progress(1)


def _findings(seals: list[Seal], states: dict[str, str]) -> Iterator[str]:
    kept = dict(
        Entry.objects.filter(
            event=Event.SEALED, subject_kind="evidence.seal", subject_id__in=[str(seal.pk) for seal in seals]
        ).values_list("subject_id", "details__digest")
    )
    for seal in seals:
        where = f"{seal.community.name} {seal.sealed_at:%Y-%m-%d} {seal.occasion}（{seal.pk}）"
        checked = sealing.check(seal, states)
        if not checked.is_list_whole:
            yield f"{where}：清单与校验值不符"
        if kept.get(str(seal.pk)) != seal.digest:
            yield f"{where}：校验值与操作记录不符"
        yield from (f"{where}：{one.heading} {one.name} 不在存储中（{one.sha256}）" for one in checked.missing)
        yield from (f"{where}：{one.heading} {one.name} 内容不同（{one.sha256}）" for one in checked.differing)
