"""A backup is complete or absent; a restore changes everything or nothing."""

from __future__ import annotations

import tarfile
from io import BytesIO
from pathlib import Path

import psycopg
import pytest

from greenhood.kit import backup, postgres


@pytest.fixture(scope="module")
def server(django_db_setup, django_db_blocker) -> postgres.Server:
    from django.db import connection

    place = connection.settings_dict
    return postgres.Server(Path(place["HOST"]), place["PASSWORD"], 0, started_here=False)


@pytest.fixture
def database(server: postgres.Server, settings):
    """A database of its own beside the tests' one."""
    if not settings.USES_EMBEDDED_DATABASE:
        pytest.skip("needs the embedded server, to make databases at will")
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        connection.execute("drop database if exists greenhood_backup_test")
        connection.execute("create database greenhood_backup_test")
    dsn = server.dsn.replace("/greenhood?", "/greenhood_backup_test?")
    run(dsn, "create table place (name text primary key); insert into place values ('锦官驿'), ('水井坊')")
    yield dsn
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        connection.execute("drop database greenhood_backup_test")


def run(dsn: str, statement: str) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute(statement)


def names(dsn: str) -> list[str]:
    with psycopg.connect(dsn) as connection:
        return [row[0] for row in connection.execute("select name from place order by name")]


@pytest.fixture
def media(tmp_path: Path) -> Path:
    folder = tmp_path / "media"
    (folder / "ab").mkdir(parents=True)
    (folder / "ab" / "photo.jpg").write_bytes(b"photo")
    return folder


def test_restore_brings_back_rows_and_files(database, media, tmp_path):
    file = tmp_path / "backup.tar"
    size = backup.back_up(file, dsn=database, media=media)
    run(database, "delete from place; insert into place values ('后来'); create table later (id int)")
    (media / "ab" / "photo.jpg").unlink()

    count = backup.restore(file, dsn=database, media=media)

    assert names(database) == ["水井坊", "锦官驿"]
    assert (media / "ab" / "photo.jpg").read_bytes() == b"photo"
    assert count == 1
    assert size == file.stat().st_size
    with pytest.raises(psycopg.errors.UndefinedTable):
        run(database, "select * from later")


def test_backup_is_closed_to_others_and_leaves_nothing_beside_it(database, media, tmp_path):
    file = tmp_path / "out" / "backup.tar"
    file.parent.mkdir()

    backup.back_up(file, dsn=database, media=media)

    assert file.stat().st_mode & 0o777 == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_backup_that_fails_leaves_no_file(server, media, tmp_path):
    file = tmp_path / "backup.tar"

    with pytest.raises(backup.BackupError, match="pg_dump"):
        backup.back_up(file, dsn=server.dsn.replace("/greenhood?", "/no_such_database?"), media=media)

    assert [path.name for path in tmp_path.iterdir()] == ["media"]


@pytest.mark.parametrize("length", [0, 100, 3000, -2000])
def test_cut_file_changes_nothing(database, media, tmp_path, length):
    whole, cut = tmp_path / "backup.tar", tmp_path / "cut.tar"
    run(database, "create table filler as select n, md5(n::text) from generate_series(1, 5000) n")
    backup.back_up(whole, dsn=database, media=None)
    content = whole.read_bytes()
    end = content.rstrip(b"\0")
    cut.write_bytes(end[:length])
    run(database, "insert into place values ('后来')")

    with pytest.raises(backup.BackupError):
        backup.restore(cut, dsn=database, media=None)

    assert names(database) == ["后来", "水井坊", "锦官驿"]


def test_file_of_another_format_is_refused(database, tmp_path):
    file = tmp_path / "backup.tar"
    content = b'{"format": 99}'
    with tarfile.open(file, "w") as archive:
        entry = tarfile.TarInfo(backup.MANIFEST)
        entry.size = len(content)
        archive.addfile(entry, BytesIO(content))

    with pytest.raises(backup.BackupError, match="99"):
        backup.restore(file, dsn=database, media=None)


def test_file_that_points_outside_the_media_folder_is_refused(database, media, tmp_path):
    file = tmp_path / "backup.tar"
    backup.back_up(file, dsn=database, media=media)
    with tarfile.open(file, "a") as archive:
        entry = tarfile.TarInfo(f"{backup.MEDIA}/../../escaped")
        archive.addfile(entry, BytesIO())

    with pytest.raises(backup.BackupError):
        backup.restore(file, dsn=database, media=media)

    assert not (tmp_path.parent / "escaped").exists()
