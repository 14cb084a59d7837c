"""A database with a simulated nation, for the measurements that need one: made once, used again while it still fits.

It is a database of its own beside the installation's. What it was made from (migrations, schemes, list, seed) is written on it as
a comment; where that differs it is made anew, which takes some minutes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "greenhood.settings")
os.environ.setdefault("GREENHOOD_DEMO", "yes")
django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from greenhood.__main__ import use_embedded_database  # noqa: E402
from greenhood.accounts.actor import Actor  # noqa: E402
from greenhood.demo import simulation  # noqa: E402
from greenhood.divisions import actions as divisions  # noqa: E402
from greenhood.divisions import queries  # noqa: E402
from greenhood.divisions.management.commands.divisions import EXTRACT, EXTRACT_AS_OF  # noqa: E402
from greenhood.insight.actions import refresh  # noqa: E402
from greenhood.kit.dates import today_in_shanghai  # noqa: E402
from greenhood.schemes.actions import publish_folder  # noqa: E402

DATABASE = "greenhood_bench_nation"
SEED = 1


@contextmanager
def nation() -> Iterator[None]:
    """The default connection speaks to the simulated nation until the end of the block."""
    use_embedded_database()
    main = settings.DATABASES["default"]["NAME"]
    wanted = fingerprint()
    if found_fingerprint() != wanted:
        with connection.cursor() as cursor:
            cursor.execute(f"drop database if exists {DATABASE} with (force)")
            cursor.execute(f"create database {DATABASE} template template0")
        connect(DATABASE)
        make()
        with connection.cursor() as cursor:
            cursor.execute(f"comment on database {DATABASE} is '{wanted}'")
    connect(DATABASE)
    try:
        yield
    finally:
        connect(main)


def make() -> None:
    call_command("migrate", verbosity=0)
    divisions.load(EXTRACT, by=None, as_of=EXTRACT_AS_OF)
    publish_folder(settings.REPOSITORY / "schemes", by=None)
    simulation.simulate(queries.by_code(0), seed=SEED, today=today_in_shanghai(), by=Actor.system())
    refresh(full=True)
    with connection.cursor() as cursor:
        cursor.execute("vacuum (analyze)")


def found_fingerprint() -> str | None:
    with connection.cursor() as cursor:
        cursor.execute("select shobj_description(oid, 'pg_database') from pg_database where datname = %s", [DATABASE])
        row = cursor.fetchone()
    return row[0] if row else None


def fingerprint() -> str:
    """Over everything that the simulated nation is made from."""
    source = settings.REPOSITORY / "src" / "greenhood"
    files: list[Path] = [
        *source.glob("*/migrations/*.py"), *source.glob("demo/*.py"), *(settings.REPOSITORY / "schemes").glob("*.yaml"),
        Path(EXTRACT),
    ]  # fmt: skip
    hasher = sha256(str(SEED).encode())
    for path in sorted(files):
        hasher.update(path.name.encode() + path.read_bytes())
    return hasher.hexdigest()


def connect(database: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = database
