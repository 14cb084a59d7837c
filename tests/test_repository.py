"""What the repository promises about itself: lock files without private addresses, reasons, and documents that keep up."""

from __future__ import annotations

import json
import re
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest
from django.core.management import get_commands

from greenhood import settings as module

REPOSITORY = Path(__file__).parents[1]
ADDRESS = re.compile(r"(?:https?|file)://([^/\"]*)")
SETTING = re.compile(r'(?:env_text|env_flag|env_number|environ\.get)\(\s*"([A-Z0-9_]+)"')
OURS = sorted(name for name, room in get_commands().items() if str(room).startswith("greenhood."))


def text_of(name: str) -> str:
    return (REPOSITORY / name).read_text(encoding="utf-8")


def test_python_lock_names_the_public_index_only():
    lock = text_of("uv.lock")

    assert set(ADDRESS.findall(lock)) == {"pypi.org", "files.pythonhosted.org"}
    sources = {source for package in tomllib.loads(lock)["package"] for source in package["source"]}
    assert sources == {"registry", "editable"}


def test_npm_lock_names_no_address_and_pins_all_by_hash():
    lock = json.loads(text_of("package-lock.json"))
    packages = {path: entry for path, entry in lock["packages"].items() if path}

    assert [path for path, entry in packages.items() if "resolved" in entry] == []
    assert [path for path, entry in packages.items() if not entry["integrity"].startswith("sha512-")] == []


@pytest.mark.parametrize("heading", ["dependencies = [", "dev = ["])
def test_every_dependency_has_its_reason_above_it(heading):
    lines = text_of("pyproject.toml").split(heading, 1)[1].split("\n]", 1)[0].splitlines()

    bare = [
        line.strip()
        for before, line in pairwise(lines)
        if line.strip().startswith('"')
        and not before.strip().startswith("#")
        # The type packages stand together below the checker that reads them.
        and not line.strip().startswith('"types-')
    ]
    assert bare == []


def test_operations_guide_explains_every_setting():
    guide = text_of("docs/operations.md")
    table = guide[guide.index("## Settings") : guide.index("## Holidays")]
    named = set(re.findall(r"`([A-Z][A-Z0-9_]+)`", table))
    # A row of several says the shared beginning once.
    named |= {f"GREENHOOD_S3{end}" for end in re.findall(r"`(_[A-Z]+)`", table)}
    named |= {f"GREENHOOD_SMTP{end}" for end in re.findall(r"`(_[A-Z]+)`", table)}

    missing = set(SETTING.findall(Path(module.__file__).read_text(encoding="utf-8"))) - named
    assert missing == set()


@pytest.mark.parametrize("command", OURS)
def test_operations_guide_names_every_command(command):
    assert re.search(rf"`greenhood {command}\b", text_of("docs/operations.md")), command


def test_shell_scripts_and_recipes_can_be_started():
    assert (REPOSITORY / ".ci" / "run").stat().st_mode & 0o111
