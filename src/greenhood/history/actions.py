"""Write down what happened. Called by every action, inside the action's own transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from django.db import models

from greenhood.history.models import Entry


class By(Protocol):
    """Who acts, as history needs to know them."""

    person_id: str
    person_name: str
    post_id: str
    post_title: str
    address: str


def record(
    event: str,
    subject: models.Model | None = None,
    *,
    by: By | None,
    division_code: int = 0,
    details: Mapping[str, Any] | None = None,
    result: str = "ok",
) -> Entry:
    """Append one entry to the chain of the division's city. The chain is held until the transaction ends."""
    raise NotImplementedError
