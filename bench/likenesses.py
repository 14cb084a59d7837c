"""Nearly same photos found among very many, beside one row by its key.

``GREENHOOD_BENCH_PHOTOS`` says how many photos (1,000,000 unless given; 10,000,000 take six minutes and 5 GB). Real hashes are not
evenly spread: every fifth photo is one of 100,000 scenes, of which few are taken very often, with eight of 64 bits changed on
average; of the others eight bits are set in seven cases of eight. Everything happens in a database of its own, which is dropped
at the end.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import django
from bench.rows import Row

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "greenhood.settings")
os.environ.setdefault("GREENHOOD_DEMO", "yes")
django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from greenhood.__main__ import use_embedded_database  # noqa: E402
from greenhood.evidence import likenesses, photos  # noqa: E402
from greenhood.evidence.models import Blob  # noqa: E402

DATABASE = "greenhood_bench_likenesses"
PHOTOS = int(os.environ.get("GREENHOOD_BENCH_PHOTOS", "1000000"))
SEARCHES = 400
COMPARED = 3

FILL = """
insert into evidence_blob (sha256, size, media_type, perceptual_hash, stored_at)
select lpad(to_hex(n), 64, '0'), 1, 'image/jpeg', case when n %% 5 = 0
    then (('x' || md5('scene' || floor(100000 * power((hashint4(n) & 2147483647) / 2147483648.0, 3))))::bit(64)
        # (('x' || md5('a' || n))::bit(64) & ('x' || md5('b' || n))::bit(64) & ('x' || md5('c' || n))::bit(64)))::bigint
    else (('x' || md5('photo' || n))::bit(64) | ((('x' || md5('d' || n))::bit(64) | ('x' || md5('e' || n))::bit(64))
        & x'8080808080808080'::bit(64)))::bigint end,
    now()
from generate_series(1, %(photos)s) n
"""
SCENES = "select ('x' || md5('scene' || n))::bit(64)::bigint from generate_series(0, %(count)s - 1) n"
EVERY = "select sha256 from evidence_blob where bit_count((perceptual_hash # %(look)s)::bit(64)) <= %(near)s"


def run() -> list[Row]:
    with own_database():
        fill()
        chance = random.Random(7)
        keys = [f"{chance.randrange(1, PHOTOS + 1):064x}" for _ in range(SEARCHES)]
        stored = list(Blob.objects.filter(pk__in=keys).values_list("perceptual_hash", flat=True))
        scenes = rows(SCENES, count=SEARCHES)
        floor = p95([partial(Blob.objects.values("size").get, pk=key) for key in keys])
        found = []
        for title, looks in (("a stored photo, altered", stored), ("a scene that is taken often", scenes)):
            altered = [turned(look, chance.randrange(photos.NEAR + 1), chance) for look in looks]
            for look in altered[:COMPARED]:
                verify(look)
            figure = p95([partial(likenesses.near, look) for look in altered])
            what = f"nearly same among {PHOTOS:,} photos, {title}, p95 of {len(altered)}; floor: one row by its key"
            found.append(Row(what, figure, floor, "ms", "≤ 100 ms"))
    return found


def fill() -> None:
    """The photos, with the indexes of looks made after them: rows in disorder would take many times as long."""
    with connection.cursor() as cursor:
        cursor.execute("select indexname, indexdef from pg_indexes where indexname like 'blob_look_%%'", {})
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f"drop index {name}")
        cursor.execute(FILL, {"photos": PHOTOS})
        cursor.execute("set maintenance_work_mem = '512MB'")
        for _, definition in indexes:
            cursor.execute(definition)
        cursor.execute("vacuum (analyze) evidence_blob")


def verify(look: int) -> None:
    """The search finds what looking at every photo finds, as far as it goes."""
    every = set(rows(EVERY, look=look, near=photos.NEAR))
    found = {sha256 for sha256, _ in likenesses.near(look)}
    assert found <= every, "a photo was found that is not near"
    assert len(found) == min(len(every), likenesses.MOST), f"{len(found)} of {len(every)} photos were found"


def rows(sql: str, **values: object) -> list:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [row[0] for row in cursor.fetchall()]


def turned(look: int, bits: int, chance: random.Random) -> int:
    """The hash with so many bits turned, as the database keeps it."""
    unsigned = look & (1 << 64) - 1
    for bit in chance.sample(range(64), bits):
        unsigned ^= 1 << bit
    return unsigned - (1 << 64) if unsigned >> 63 else unsigned


def p95(works: list[Callable[[], object]]) -> float:
    """Milliseconds within which 95 of 100 are done, each once, after a tenth of them to warm up."""
    for work in works[: len(works) // 10]:
        work()
    times = []
    for work in works:
        begun = time.perf_counter()
        work()
        times.append((time.perf_counter() - begun) * 1000)
    return sorted(times)[int(len(times) * 0.95)]


@contextmanager
def own_database() -> Iterator[None]:
    use_embedded_database()
    main = settings.DATABASES["default"]["NAME"]
    with connection.cursor() as cursor:
        cursor.execute(f"drop database if exists {DATABASE} with (force)")
        cursor.execute(f"create database {DATABASE} template template0")
    try:
        connect(DATABASE)
        call_command("migrate", "evidence", verbosity=0)
        yield
    finally:
        connect(main)
        with connection.cursor() as cursor:
            cursor.execute(f"drop database if exists {DATABASE} with (force)")


def connect(database: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = database
