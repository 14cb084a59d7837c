"""What falls due after the awards: re-examinations and rectifications within a post's division."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from greenhood.accounts.access import scope
from greenhood.accounts.actor import Actor
from greenhood.declarations.models import Alert, Award, Rectification, Reexamination
from greenhood.divisions import queries as divisions
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes.models import SchemeVersion

MOST = 200
SOON = dt.timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Due:
    """A re-examination, a rectification or an alert, and where the community lies."""

    row: Reexamination | Rectification | Alert
    path: list[str]


def due(actor: Actor) -> list[Due]:
    """Re-examinations that are due, or will be within 30 days, the oldest first."""
    found = Reexamination.objects.filter(
        scope(actor, field="award__community"), done_at=None, due_on__lte=today_in_shanghai() + SOON
    )
    return _with_paths(
        found.select_related("award__community", "award__version")
        .defer("award__quotas")
        .order_by("due_on", "pk")[:MOST]
    )


def open_rectifications(actor: Actor) -> list[Due]:
    """Rectifications under way, the first to fall due first."""
    found = Rectification.objects.filter(
        scope(actor, field="award__community"),
        result__in=[Rectification.Result.OPEN, Rectification.Result.REPORTED],
        award__state=Award.State.RECTIFYING,
    )
    return _with_paths(
        found.select_related("award__community", "award__version")
        .defer("award__quotas")
        .order_by("due_on", "pk")[:MOST]
    )


def open_alerts(actor: Actor) -> list[Due]:
    """Awarded communities that have fallen below the mark by today's figures, the longest known first."""
    found = Alert.objects.filter(scope(actor, field="award__community"), state=Alert.State.OPEN)
    return _with_paths(
        found.select_related("award__community", "award__version")
        .defer("award__quotas")
        .order_by("opened_at", "pk")[:MOST]
    )


def versions(rows: Iterable[Due]) -> list[SchemeVersion]:
    """The versions that the awards were made under, each once."""
    found = {one.row.award.version for one in rows}
    return sorted(found, key=lambda version: (version.title, version.version))


def _with_paths(found: Iterable[Reexamination | Rectification | Alert]) -> list[Due]:
    rows = list(found)
    paths = divisions.paths(row.award.community for row in rows)
    return [Due(row, divisions.spoken(paths[row.award.community_id])) for row in rows]


def read_day(text: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text or "")
    except ValueError:
        return None
