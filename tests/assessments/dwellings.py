"""Dwellings of a community, 1,000 of them, so that its 物业管理覆盖面 (item 23, check 1: at least 30 %) is what a test wants."""

from __future__ import annotations

import datetime as dt

from greenhood.communities.models import Estate
from greenhood.divisions.models import Division
from greenhood.kit.dates import today_in_shanghai
from tests.indicators.records import put

COVERAGE = "property_coverage"
CHECK = (23, 1)
DWELLINGS = 1_000


def set_managed(community: Division, percent: int, *, dated: dt.date | None = None) -> None:
    """From a day on (today's, unless said) so many hundredths of the dwellings are managed; before, what was so before."""
    day = dated or today_in_shanghai()
    Estate.objects.filter(community=community, until=None).update(until=day)
    managed = DWELLINGS * percent // 100
    put("estates", community, dated=day, name="晋阳苑", dwellings=DWELLINGS, managed_dwellings=managed)
