"""Front-end files: only what the lock file pins, only what package.json names, and the old set until the new one is whole."""

from __future__ import annotations

import json
import tarfile
from base64 import b64encode
from hashlib import sha512
from io import BytesIO
from pathlib import Path

import pytest

from greenhood.kit import assets

HOME = '<svg width="24" class="icon">\n  <path stroke="none" d="M0 0h24v24H0z" fill="none" />\n  <path d="M5 12" />\n</svg>'
FILES = {
    "@tabler/icons": {"icons/outline/home.svg": HOME, "icons/filled/star.svg": HOME, "icons/outline/other.svg": HOME},
    "htmx.org": {"dist/htmx.min.js": "htmx()\n//# sourceMappingURL=htmx.min.js.map", "dist/big.js": "big"},
    "axe-core": {"axe.min.js": "axe()"},
}


def packed(files: dict[str, str]) -> bytes:
    content = BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(text.encode())
            archive.addfile(entry, BytesIO(text.encode()))
    return content.getvalue()


class Registry:
    """Stands in for npm: hands out the packed files and remembers what it was asked for."""

    def __init__(self, repository: Path) -> None:
        self.repository = repository
        self.archives = {name: packed(files) for name, files in FILES.items()}
        self.asked: list[str] = []
        self.section: dict[str, object] = {
            "files": {"htmx.min.js": "htmx.org/dist/htmx.min.js"},
            "testFiles": {"axe.min.js": "axe-core/axe.min.js"},
            "fonts": {},
            "icons": ["home", "filled/star"],
        }
        self.write()

    def write(self) -> None:
        (self.repository / "package.json").write_text(json.dumps({"greenhood": self.section}))
        packages = {
            f"node_modules/{name}": {
                "version": "1.0.0",
                "integrity": f"sha512-{b64encode(sha512(archive).digest()).decode()}",
            }
            for name, archive in self.archives.items()
        }
        (self.repository / "package-lock.json").write_text(json.dumps({"packages": {"": {}, **packages}}))

    def pack(self, packages: list[assets.Package], work: Path) -> None:
        for package in packages:
            self.asked.append(package.name)
            (work / package.archive).write_bytes(self.archives[package.name])

    def fetch(self) -> bool:
        self.asked.clear()
        var = self.repository / "var"
        return assets.fetch(self.repository, var / "vendor", test_target=var / "test-assets", font_target=var / "fonts")

    def vendor(self) -> dict[str, str]:
        folder = self.repository / "var" / "vendor"
        return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def registry(tmp_path, monkeypatch):
    made = Registry(tmp_path)
    monkeypatch.setattr(assets, "_npm_pack", made.pack)
    return made


def test_named_files_arrive_without_their_maps_and_icons_as_one(registry):
    assert registry.fetch() is True

    vendor = registry.vendor()
    assert sorted(vendor) == ["htmx.min.js", "icons.svg"]
    assert vendor["htmx.min.js"] == "htmx()\n"
    assert vendor["icons.svg"].count("<symbol") == 2
    assert '<symbol id="home" viewBox="0 0 24 24" fill="none" stroke="currentColor"' in vendor["icons.svg"]
    assert '<symbol id="star-filled" viewBox="0 0 24 24" fill="currentColor"><path d="M5 12" />' in vendor["icons.svg"]
    assert (registry.repository / "var" / "test-assets" / "axe.min.js").read_text() == "axe()"
    assert not (registry.repository / "var" / "npm").exists()


def test_second_fetch_asks_for_nothing(registry):
    registry.fetch()

    assert registry.fetch() is False
    assert registry.asked == []


def test_new_icon_asks_only_for_the_packages_of_its_folder(registry):
    registry.fetch()
    registry.section["icons"] = ["home", "other"]
    registry.write()

    assert registry.fetch() is True

    assert sorted(registry.asked) == ["@tabler/icons", "htmx.org"]
    assert '<symbol id="other"' in registry.vendor()["icons.svg"]


def test_package_that_is_not_what_the_lock_says_is_refused_and_the_old_set_stays(registry):
    registry.fetch()
    before = registry.vendor()
    registry.section["icons"] = ["home"]
    registry.write()
    registry.archives["htmx.org"] = packed({"dist/htmx.min.js": "steal()"})

    with pytest.raises(assets.AssetsError, match=r"htmx\.org 1\.0\.0 的内容与 package-lock\.json 不符"):
        registry.fetch()

    assert registry.vendor() == before


@pytest.mark.parametrize(
    ("key", "value", "complaint"),
    [("icons", ["unicorn"], "图标“unicorn”"), ("files", {"a.js": "htmx.org/dist/a.js"}, "文件“htmx.org/dist/a.js”")],
)
def test_name_that_no_package_has_is_said(registry, key, value, complaint):
    registry.section[key] = value
    registry.write()

    with pytest.raises(assets.AssetsError, match=complaint):
        registry.fetch()

    assert not (registry.repository / "var" / "vendor").exists()


def test_folder_without_a_lock_file_says_where_to_run(tmp_path):
    with pytest.raises(assets.AssetsError, match=r"package-lock\.json"):
        assets.fetch(tmp_path, tmp_path / "v", test_target=tmp_path / "t", font_target=tmp_path / "f")
