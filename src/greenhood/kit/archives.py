"""Files out of tar archives, by a way that Python 3.11 has from its first release: `tarfile`'s safe filters came later."""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path


class Outside(tarfile.TarError):
    """The archive names a place outside the folder that it is unpacked into."""


def extract_file(archive: tarfile.TarFile, member: tarfile.TarInfo, name: str, folder: Path) -> Path:
    """Write a plain file below the folder under this name, with the permissions of a new file; where it lies."""
    target = (folder / name).resolve()
    content = archive.extractfile(member) if member.isreg() else None
    if content is None or not target.is_relative_to(folder.resolve()):
        raise Outside(f"“{name}”不是可以取出的文件")
    target.parent.mkdir(parents=True, exist_ok=True)
    with content, target.open("wb") as file:
        shutil.copyfileobj(content, file)
    if target.stat().st_size != member.size:
        raise tarfile.ReadError(f"“{name}”不完整")
    return target
