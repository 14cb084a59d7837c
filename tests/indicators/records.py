"""Facts for tests of figures, written straight into their tables: what is measured here is not how they are recorded."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone

from greenhood.divisions.models import Division
from greenhood.facts.kinds import kind
from greenhood.facts.models import Fact

DAY = dt.date(2026, 6, 30)
RECENTLY = dt.date(2026, 5, 1)


def put(key: str, community: Division, *, dated: dt.date = RECENTLY, **values: Any) -> Fact:
    return kind(key).model._default_manager.create(
        community=community, dated=dated, recorded_at=timezone.now(), **values
    )
