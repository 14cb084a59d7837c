"""What was changed, in words for the history: how to reach somebody is said to have changed, and not kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import models

CONTACT = frozenset({"phone", "email"})
KEPT_APART = "（不记入）"


def said(row: models.Model, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values by the titles of their fields."""
    return {
        str(getattr(row._meta.get_field(name), "verbose_name", name)): KEPT_APART if name in CONTACT else value
        for name, value in values.items()
    }
