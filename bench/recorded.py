"""A database with made-up facts of every kind for the urban communities of the nation, for the measurements that need one.

It is a database of its own, made once and used again while it still fits, as that of ``bench.nation``: about eighteen million
facts, which take some minutes.
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
from greenhood.demo import facts_simulation  # noqa: E402
from greenhood.divisions import actions as divisions  # noqa: E402
from greenhood.divisions import queries  # noqa: E402
from greenhood.divisions.management.commands.divisions import EXTRACT, EXTRACT_AS_OF  # noqa: E402
from greenhood.kit.dates import today_in_shanghai  # noqa: E402
from greenhood.schemes.actions import publish_folder  # noqa: E402

DATABASE = "greenhood_bench_recorded"
SEED = 1


@contextmanager
def recorded() -> Iterator[None]:
    """The default connection speaks to the nation with its facts until the end of the block."""
    use_embedded_database()
    main = settings.DATABASES["default"]["NAME"]
    wanted = fingerprint()
    if _found() != wanted:
        with connection.cursor() as cursor:
            cursor.execute(f"drop database if exists {DATABASE} with (force)")
            cursor.execute(f"create database {DATABASE} template template0")
        _connect(DATABASE)
        _make()
        with connection.cursor() as cursor:
            cursor.execute(f"comment on database {DATABASE} is '{wanted}'")
    _connect(DATABASE)
    try:
        yield
    finally:
        _connect(main)


def _make() -> None:
    call_command("migrate", verbosity=0)
    divisions.load(EXTRACT, by=None, as_of=EXTRACT_AS_OF)
    publish_folder(settings.REPOSITORY / "schemes", by=None)
    facts_simulation.simulate_facts(queries.by_code(0), seed=SEED, today=today_in_shanghai(), by=Actor.system())
    with connection.cursor() as cursor:
        cursor.execute("vacuum (analyze)")


def _found() -> str | None:
    with connection.cursor() as cursor:
        cursor.execute("select shobj_description(oid, 'pg_database') from pg_database where datname = %s", [DATABASE])
        row = cursor.fetchone()
    return row[0] if row else None


def fingerprint() -> str:
    """Over everything that the facts are made from."""
    source = settings.REPOSITORY / "src" / "greenhood"
    files = [
        *source.glob("*/migrations/*.py"), *source.glob("demo/*facts*.py"),
        *(settings.REPOSITORY / "schemes").glob("*.yaml"), Path(EXTRACT),
    ]  # fmt: skip
    hasher = sha256(str(SEED).encode())
    for path in sorted(files):
        hasher.update(path.name.encode() + path.read_bytes())
    return hasher.hexdigest()


def _connect(database: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = database
