"""Fonts for paper, made from the slices that npm packages carry for browsers.

A browser package splits a Chinese face into about a hundred WOFF2 files; a typesetter wants one file. Joining them keeps
the outlines as they are. OFL faces may be joined and renamed copies shipped with documents.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from fontTools.merge import Merger, Options
from fontTools.ttLib import TTFont

from greenhood.kit import progress

# Layout features for vertical or regional setting; each slice has its own copy, and the merged ones would contradict.
DROPPED = ["GSUB", "GPOS", "GDEF", "vhea", "vmtx", "VORG", "BASE"]
FAMILY_NAMES = (1, 16)


def join(slices: list[Path], target: Path, *, family: str) -> None:
    """Write one TrueType file with the characters of all slices under the family name."""
    options = Options()
    options.drop_tables = DROPPED
    font: TTFont = Merger(options=options).merge([str(path) for path in slices])
    for record in font["name"].names:
        if record.nameID in FAMILY_NAMES:
            record.string = family
    font.save(target)


def join_all(modules: Path, faces: Mapping[str, Mapping[str, str]], target: Path) -> None:
    """Join every face named in package.json (file name → ``slices`` pattern and ``family``) into the target folder."""
    part = target.with_name(f"{target.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    with ProcessPoolExecutor(2) as pool, progress.bar(len(faces), "合成公文字体", unit="款") as bar:
        running = [
            pool.submit(join, sorted(modules.glob(face["slices"])), part / name, family=face["family"])
            for name, face in faces.items()
        ]
        for done in running:
            done.result()
            bar.update()
    shutil.rmtree(target, ignore_errors=True)
    part.rename(target)
