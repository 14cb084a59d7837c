"""Green spaces of a community of 10,000 m², so that its 绿地率 (item 16, check 3: at least 25 %) is what a test wants."""

from __future__ import annotations

import datetime as dt

from greenhood.communities.models import Boundary, GreenSpace
from greenhood.divisions.models import Division
from greenhood.kit.dates import today_in_shanghai
from tests.indicators.records import put

RATIO = "green_space_ratio"
CHECK = (16, 3)
LAND = 10_000


def set_greens(community: Division, percent: int, *, dated: dt.date | None = None) -> None:
    """From a day on (today's, unless said) so many hundredths of the land are green; before, what was so before."""
    day = dated or today_in_shanghai()
    if not Boundary.objects.filter(community=community, until=None).exists():
        put("boundary", community, dated=dt.date(day.year - 1, 1, 1), area=LAND)
    GreenSpace.objects.filter(community=community, until=None).update(until=day)
    put("green-spaces", community, dated=day, name="河边游园", green_type="park", area=LAND * percent // 100)
