"""The scheme files that come with the product."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings


def folder() -> Path:
    """Where the shipped files are, and where an uploaded one finds the higher schemes that it implements."""
    return settings.REPOSITORY / "schemes"


def files() -> list[Path]:
    return sorted(folder().glob("*.yaml"))
