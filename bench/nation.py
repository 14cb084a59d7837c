"""Databases with a nation in them, for the measurements that need one: made once, used again while they still fit.

Each is a database of its own beside the installation's. What it was made from (migrations, schemes, list, seed, the code that
makes it up) is written on it as a comment; where that differs it is made anew, which takes some minutes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
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
from greenhood.demo import facts_simulation, simulation  # noqa: E402
from greenhood.divisions import actions as divisions  # noqa: E402
from greenhood.divisions import queries  # noqa: E402
from greenhood.divisions.management.commands.divisions import EXTRACT, EXTRACT_AS_OF  # noqa: E402
from greenhood.insight.actions import refresh  # noqa: E402
from greenhood.kit.dates import today_in_shanghai  # noqa: E402
from greenhood.schemes.actions import publish_folder  # noqa: E402

SEED = 1


@contextmanager
def nation() -> Iterator[None]:
    """The default connection speaks to a nation with a simulated programme until the end of the block."""
    with _made("greenhood_bench_nation", _simulate_programme, "demo/simulation.py", "demo/plausible.py"):
        yield


@contextmanager
def listed() -> Iterator[None]:
    """Its divisions and the shipped schemes alone, made in seconds."""
    with _made("greenhood_bench_listed", lambda: None):
        yield


@contextmanager
def recorded() -> Iterator[None]:
    """The same with facts of every kind, about eighteen million, and without a programme."""
    with _made("greenhood_bench_recorded", _simulate_facts, "demo/*facts*.py"):
        yield


def _simulate_programme() -> None:
    simulation.simulate(queries.by_code(0), seed=SEED, today=today_in_shanghai(), by=Actor.system())
    refresh(full=True)


def _simulate_facts() -> None:
    facts_simulation.simulate_facts(queries.by_code(0), seed=SEED, today=today_in_shanghai(), by=Actor.system())


@contextmanager
def _made(database: str, make: Callable[[], None], *made_by: str) -> Iterator[None]:
    use_embedded_database()
    main = settings.DATABASES["default"]["NAME"]
    wanted = _fingerprint(*made_by)
    if _written_on(database) != wanted:
        with connection.cursor() as cursor:
            cursor.execute(f"drop database if exists {database} with (force)")
            cursor.execute(f"create database {database} template template0")
        connect(database)
        call_command("migrate", verbosity=0)
        divisions.load(EXTRACT, by=None, as_of=EXTRACT_AS_OF)
        publish_folder(settings.REPOSITORY / "schemes", by=None)
        make()
        with connection.cursor() as cursor:
            cursor.execute("vacuum (analyze)")
            cursor.execute(f"comment on database {database} is '{wanted}'")
    connect(database)
    try:
        yield
    finally:
        connect(main)


def _written_on(database: str) -> str | None:
    with connection.cursor() as cursor:
        cursor.execute("select shobj_description(oid, 'pg_database') from pg_database where datname = %s", [database])
        row = cursor.fetchone()
    return row[0] if row else None


def _fingerprint(*made_by: str) -> str:
    source = settings.REPOSITORY / "src" / "greenhood"
    files = [Path(EXTRACT), *source.glob("*/migrations/*.py"), *(settings.REPOSITORY / "schemes").glob("*.yaml")]
    files += [path for pattern in made_by for path in source.glob(pattern)]
    hasher = sha256(str(SEED).encode())
    for path in sorted(files):
        hasher.update(path.name.encode() + path.read_bytes())
    return hasher.hexdigest()


def connect(database: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = database
