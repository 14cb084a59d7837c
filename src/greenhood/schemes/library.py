"""The scheme files that come with the product."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

# Where an installed wheel has them (see pyproject.toml); in a checkout they are a folder of their own.
INSTALLED = Path(__file__).with_name("shipped")


def folder() -> Path:
    """Where the shipped files are, and where an uploaded one finds the higher schemes that it implements."""
    return INSTALLED if INSTALLED.is_dir() else settings.REPOSITORY / "schemes"


def files() -> list[Path]:
    return sorted(folder().glob("*.yaml"))
