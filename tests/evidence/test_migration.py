"""An installation of the first release keeps its files: the tables move to this room with all that is in them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

FIRST = [("assessments", "0001_initial"), ("declarations", "0001_initial")]
DATABASE = "greenhood_first_release"
NOW = dt.datetime(2026, 5, 1, 1, 30, tzinfo=dt.UTC)


@pytest.fixture
def first_release(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A database of its own at the first release, so that nobody else's is wound back."""
    with django_db_blocker.unblock():
        tests = connection.settings_dict["NAME"]
        with connection.cursor() as cursor:
            cursor.execute(f"drop database if exists {DATABASE} with (force)")
            cursor.execute(f"create database {DATABASE} template template0")
        _connect(DATABASE)
        try:
            MigrationExecutor(connection).migrate(FIRST)
            yield
        finally:
            _connect(tests)
            with connection.cursor() as cursor:
                cursor.execute(f"drop database {DATABASE} with (force)")


def _connect(database: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = database


def _fill() -> None:
    """A photo that tells time and place, one that doesn't and looks like it, and what uses both."""
    apps = MigrationExecutor(connection).loader.project_state(FIRST).apps

    def add(label: str, **values: Any) -> Any:
        return apps.get_model(label).objects.create(**values)

    nation = add("divisions.Division", id=0, code=0, level=0, name="全国", pinyin="", initials="", bigrams=[])
    version = add(
        "schemes.SchemeVersion",
        scheme_id="s",
        version=1,
        title="方案",
        document={},
        published_at=NOW,
        jurisdiction=nation,
    )
    assessment = add(
        "assessments.Assessment", community=nation, version=version, scheme_id="s", year=2026, started_at=NOW
    )
    told = add(
        "assessments.Blob",
        pk="a" * 64,
        size=10,
        media_type="image/jpeg",
        taken_at=NOW,
        latitude=Decimal("30.66"),
        longitude=Decimal("104.06"),
        perceptual_hash=5,
        hash_bands=[5],
        stored_at=NOW,
    )
    silent = add("assessments.Blob", pk="b" * 64, size=20, media_type="image/jpeg", stored_at=NOW)
    add("assessments.Likeness", blob=told, other=silent, distance=3)
    for number, blob in enumerate((told, silent), 1):
        add(
            "assessments.Evidence", assessment=assessment, criterion=number, blob=blob, name="照片.jpg", uploaded_at=NOW
        )


def test_files_move_with_everything_in_them(first_release: None) -> None:
    _fill()

    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())

    apps = MigrationExecutor(connection).loader.project_state().apps
    blobs = apps.get_model("evidence.Blob").objects
    assert list(blobs.order_by("pk").values_list("size", "perceptual_hash", "look_low", "latitude")) == [
        (10, 5, 5, Decimal("30.66")),
        (20, None, None, None),
    ]
    assert apps.get_model("evidence.Likeness").objects.get().distance == 3
    pieces = apps.get_model("assessments.Evidence").objects.order_by("criterion")
    assert list(pieces.values_list("blob__size", "how", "captured_at")) == [(10, "exif", NOW), (20, "none", None)]
    assert "assessments_blob" not in connection.introspection.table_names()
    assert _referred_to() == [("evidence_blob",)]


def _referred_to() -> list[tuple[str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select confrelid::regclass::text from pg_constraint"
            " where conrelid = 'assessments_evidence'::regclass and contype = 'f' and conname like '%%blob%%'"
        )
        return cursor.fetchall()
