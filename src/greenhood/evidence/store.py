"""Evidence files under their SHA-256: the same bytes are kept once, and a file is there whole or not at all."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import IO
from uuid import uuid4

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage

from greenhood.kit.uploads import FULL, NO_ROOM

FOLDER = "evidence"
COPIES = "evidence-copies"
INCOMING = "evidence-incoming"
PIECE = 2**20


class StoreFull(Exception):
    """There is no room left; nothing was kept."""

    def __init__(self) -> None:
        super().__init__(NO_ROOM)


def path_of(sha256: str) -> str:
    return f"{FOLDER}/{sha256[:2]}/{sha256[2:4]}/{sha256}"


def copy_path(sha256: str, size: int) -> str:
    return f"{COPIES}/{sha256[:2]}/{sha256[2:4]}/{sha256}-{size}.jpg"


def digest(file: IO[bytes]) -> tuple[str, int]:
    """The SHA-256 (64 hex digits) and the size in bytes."""
    hasher, size = hashlib.sha256(), 0
    for piece in _pieces(file):
        hasher.update(piece)
        size += len(piece)
    return hasher.hexdigest(), size


def keep(file: IO[bytes], sha256: str, size: int) -> None:
    """Store the file; when this returns, it is on the disk. Raises StoreFull, and then leaves nothing behind."""
    path = path_of(sha256)
    if _is_whole(path, size):
        _touch(path)
        return
    try:
        if _is_folder():
            _keep_in_folder(file, path)
        else:
            file.seek(0)
            default_storage.save(path, File(file))
    except OSError as error:
        if error.errno in FULL:
            raise StoreFull from error
        raise


def open_original(sha256: str) -> File:
    return default_storage.open(path_of(sha256), "rb")


def open_copy(sha256: str, size: int) -> File:
    """A small copy; FileNotFoundError while it isn't made yet."""
    return default_storage.open(copy_path(sha256, size), "rb")


def has_copy(sha256: str, size: int) -> bool:
    return default_storage.exists(copy_path(sha256, size))


def keep_copy(sha256: str, size: int, content: bytes) -> None:
    path = copy_path(sha256, size)
    if default_storage.exists(path):
        return
    try:
        if _is_folder():
            _keep_in_folder(ContentFile(content), path)
        else:
            default_storage.save(path, ContentFile(content))
    except OSError as error:
        if error.errno in FULL:
            raise StoreFull from error
        raise


def remove_untouched(sha256: str, before: datetime, sizes: tuple[int, ...]) -> bool:
    """Remove a file and its copies unless somebody began to count on it since; whether it went."""
    path = path_of(sha256)
    try:
        if default_storage.get_modified_time(path) >= before:
            return False
    except FileNotFoundError:
        return False
    for each in (path, *(copy_path(sha256, size) for size in sizes)):
        default_storage.delete(each)
    return True


def stored_before(moment: datetime) -> Iterator[str]:
    """The SHA-256 of every stored original that was last written or asked for before the moment."""
    for first in _folders(FOLDER):
        for second in _folders(f"{FOLDER}/{first}"):
            for name in _files(f"{FOLDER}/{first}/{second}"):
                if default_storage.get_modified_time(f"{FOLDER}/{first}/{second}/{name}") < moment:
                    yield name


def sweep_incoming(moment: datetime) -> int:
    """Remove what a server that was killed in mid-upload left; the number of files."""
    names = [name for name in _files(INCOMING) if default_storage.get_modified_time(f"{INCOMING}/{name}") < moment]
    for name in names:
        default_storage.delete(f"{INCOMING}/{name}")
    return len(names)


def _is_folder() -> bool:
    try:
        default_storage.path("")
    except NotImplementedError:
        return False
    return True


def _is_whole(path: str, size: int) -> bool:
    try:
        return default_storage.exists(path) and default_storage.size(path) == size
    except FileNotFoundError:
        return False


def _touch(path: str) -> None:
    """Tell the sweep that somebody counts on this file from now on."""
    if _is_folder():
        with suppress(FileNotFoundError):
            os.utime(default_storage.path(path))


def _keep_in_folder(file: IO[bytes] | ContentFile, path: str) -> None:
    """Write aside, force to the disk, then rename: whoever looks sees the whole file or none."""
    target = Path(default_storage.path(path))
    aside = Path(default_storage.path(f"{INCOMING}/{uuid4().hex}"))
    for folder in (target.parent, aside.parent):
        folder.mkdir(parents=True, exist_ok=True)
    try:
        with aside.open("xb") as out:
            for piece in _pieces(file):
                out.write(piece)
            out.flush()
            os.fsync(out.fileno())
        aside.chmod(0o640)
        aside.replace(target)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _pieces(file: IO[bytes] | ContentFile) -> Iterator[bytes]:
    file.seek(0)
    while piece := file.read(PIECE):
        yield piece


def _folders(path: str) -> list[str]:
    try:
        return sorted(default_storage.listdir(path)[0])
    except FileNotFoundError:
        return []


def _files(path: str) -> list[str]:
    try:
        return sorted(default_storage.listdir(path)[1])
    except FileNotFoundError:
        return []
