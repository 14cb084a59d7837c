"""The public home: what the programme is, where it is in force, what is on notice, who has been awarded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from greenhood.declarations.models import Award, Notice
from greenhood.insight import queries as insight
from greenhood.insight.models import Rollup
from greenhood.insight.progress import Counts
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes.models import SchemeVersion
from greenhood.schemes.queries import newest

MOST = 6


@dataclass(frozen=True)
class Portal:
    schemes: Sequence[SchemeVersion]
    notices: Sequence[Notice]
    awards: Sequence[Award]
    counts: Counts
    is_simulated: bool


def portal() -> Portal:
    """Four queries."""
    today = today_in_shanghai()
    rollup = Rollup.objects.filter(division__code=0, division__valid_to=None).defer("parts", "missed").first()
    on_notice = Notice.objects.filter(opens_on__lte=today, closes_on__gte=today).select_related("division")
    held = Award.objects.exclude(state=Award.State.WITHDRAWN).select_related("community").defer("community__bigrams")
    return Portal(
        schemes=list(newest()),
        notices=list(on_notice.order_by("closes_on", "pk")[:MOST]),
        awards=list(held.order_by("-awarded_on", "-pk")[:MOST]),
        counts=insight.counts_of(rollup),
        is_simulated=bool(rollup and rollup.simulated),
    )
