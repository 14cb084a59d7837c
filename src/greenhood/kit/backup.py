"""One file that holds an installation: the database as PostgreSQL's own dump, and the files of the media folder.

Made and read by the programs of the wheel, so that nothing needs to be installed; they work with any
PostgreSQL from 15 on.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import IO

from greenhood.kit import archives, postgres, progress

FORMAT = 1
DATABASE, MANIFEST, MEDIA = "database.dump", "manifest.json", "media"
# Servers before 17 don't know the setting that dumps of later ones begin with.
UNKNOWN_TO_OLD_SERVERS = b"SET transaction_timeout = 0;\n"
EMPTY_SCHEMA = b"drop schema public cascade;\ncreate schema public;\n"


class BackupError(Exception):
    """The backup can't be made or restored; the text says why. Nothing has been changed."""


def back_up(target: Path, *, dsn: str, media: Path | None) -> int:
    """Write the backup, complete or not at all; its size in bytes. Without `media` the files are elsewhere (S3)."""
    part = target.with_name(f"{target.name}.part")
    try:
        with tempfile.TemporaryDirectory(dir=target.parent) as folder, part.open("wb") as file:
            os.chmod(part, 0o600)
            dump = Path(folder) / DATABASE
            with progress.step("导出数据库"):
                _dump(dump, dsn)
            with tarfile.open(fileobj=file, mode="w") as archive:
                _add_manifest(archive, has_media=media is not None)
                archive.add(dump, DATABASE)
                if media is not None and media.exists():
                    _add_media(archive, media)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    except OSError as error:
        raise BackupError(f"备份没有写成：{error}。请检查磁盘空间和权限。") from error
    finally:
        part.unlink(missing_ok=True)
    return target.stat().st_size


def restore(source: Path, *, dsn: str, media: Path | None) -> int:
    """Put database and files back as they were; the number of files. The database changes wholly or not at all."""
    try:
        with tarfile.open(source) as archive, tempfile.TemporaryDirectory() as folder:
            _check_manifest(archive)
            dump = archives.extract_file(archive, archive.getmember(DATABASE), DATABASE, Path(folder))
            # Files first: they are named by their content, so more of them than the database knows do no harm.
            count = _extract_media(archive, media) if media is not None else 0
            with progress.step("恢复数据库"):
                _load(dump, dsn)
    except (tarfile.TarError, KeyError, EOFError, ValueError) as error:
        raise BackupError(f"{source} 不是完整的备份文件：{error}") from error
    except OSError as error:
        raise BackupError(f"没有恢复：{error}") from error
    return count


def _add_manifest(archive: tarfile.TarFile, *, has_media: bool) -> None:
    content = json.dumps(
        {"format": FORMAT, "made_at": dt.datetime.now(dt.UTC).isoformat(), "has_media": has_media}
    ).encode()
    entry = tarfile.TarInfo(MANIFEST)
    entry.size = len(content)
    archive.addfile(entry, BytesIO(content))


def _check_manifest(archive: tarfile.TarFile) -> None:
    file = archive.extractfile(MANIFEST)
    made_by = json.load(file).get("format") if file else None
    if made_by != FORMAT:
        raise BackupError(f"备份文件的格式是 {made_by}，本版本只认识 {FORMAT}。请用与备份时相同的版本恢复。")


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def _add_media(archive: tarfile.TarFile, media: Path) -> None:
    paths = sorted(_files(media))
    for path in progress.over(paths, "备份文件", total=len(paths), unit="个"):
        archive.add(path, f"{MEDIA}/{path.relative_to(media)}", recursive=False)


def _extract_media(archive: tarfile.TarFile, media: Path) -> int:
    """Unpack beside the folder and move whole files in, so that a full disk leaves no half ones under true names."""
    part = media.with_name(f"{media.name}.restore")
    try:
        with progress.bar(None, "恢复文件", unit="个") as bar:
            for entry in archive:
                if entry.name.startswith(f"{MEDIA}/") and entry.isfile():
                    archives.extract_file(archive, entry, entry.name.removeprefix(f"{MEDIA}/"), part)
                    bar.update(1)
        paths = list(_files(part))
        for path in paths:
            target = media / path.relative_to(part)
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return len(paths)


def _load(dump: Path, dsn: str) -> None:
    """Replace everything in one transaction."""
    read = [str(postgres.program("pg_restore")), "--no-owner", "--no-privileges", "--file=-", str(dump)]
    write, environment = postgres.call(dsn, "psql", "-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-o", os.devnull, "-d")
    with (
        tempfile.TemporaryFile() as complaints,
        subprocess.Popen(read, stdout=subprocess.PIPE, stderr=complaints) as reader,
        subprocess.Popen(write, stdin=subprocess.PIPE, stderr=complaints, env=environment) as writer,
    ):
        assert reader.stdout
        assert writer.stdin
        complete = _pour(reader.stdout, writer.stdin, reader)
        if writer.wait() or not complete:
            complaints.seek(0)
            raise BackupError(f"数据库没有恢复，保持原样：\n{complaints.read().decode(errors='replace')[-2000:]}")


def _pour(source: IO[bytes], target: IO[bytes], reader: subprocess.Popen[bytes]) -> bool:
    """Hand the script over; rolls back and says False where it isn't whole."""
    try:
        target.write(EMPTY_SCHEMA)
        for line in source:
            # The dump makes the schema that we have just made.
            if line not in (UNKNOWN_TO_OLD_SERVERS, b"CREATE SCHEMA public;\n"):
                target.write(line)
        if reader.wait():
            target.write(b"\nrollback;\n\\quit\n")
        target.close()
    except BrokenPipeError:
        reader.kill()
        reader.wait()
        return False
    return reader.returncode == 0


def _dump(target: Path, dsn: str) -> None:
    command, environment = postgres.call(
        dsn, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}", "-d"
    )
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        raise BackupError(f"pg_dump 没有成功：\n{done.stderr.strip()}")
