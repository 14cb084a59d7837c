"""The names of what can happen. Each room lists its own in its ``events.py`` and registers them here.

    @events.register
    class Event(models.TextChoices):
        STARTED = "assessment.started", "开始自评"

An entry stores the value; people read the title. Values are never reused for something else, since history keeps them.
"""

from __future__ import annotations

from typing import TypeVar

from django.db import models

Events = TypeVar("Events", bound=type[models.TextChoices])

_TITLES: dict[str, str] = {}


def register(events: Events) -> Events:
    """Make the events of a room known by their titles; usable as a decorator. A value belongs to one event only."""
    for event in events:
        value, title = event.value, str(event.label)
        assert value.count(".") >= 1, f"{value}: an event is named noun.verb, for instance assessment.started"
        assert _TITLES.setdefault(value, title) == title, f"{value} is registered twice, with different titles"
    return events


def title(event: str) -> str:
    """What people read; the value itself for an event of a room that is no longer there."""
    return _TITLES.get(event, event)


def titles() -> dict[str, str]:
    """Every registered event and its title, in the order of values."""
    return dict(sorted(_TITLES.items()))
