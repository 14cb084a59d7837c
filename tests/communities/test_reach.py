"""A place that can't be its community's is refused however it comes: typed, sent by a phone, read from a workbook."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from greenhood.facts import actions
from greenhood.facts.errors import BadFact
from greenhood.facts.kinds import kind
from greenhood.facts.models import Fact
from greenhood.kit.dates import today_in_shanghai
from tests.cast import Cast

pytestmark = pytest.mark.django_db

AROUND = {
    "type": "Polygon",
    "coordinates": [[[104.05, 30.65], [104.06, 30.65], [104.06, 30.66], [104.05, 30.66], [104.05, 30.65]]],
}


def record(cast: Cast, key: str, **values: Any) -> Fact:
    return actions.record(kind(key), cast.community, values, dated=today_in_shanghai(), by=cast.worker)


def clinic(cast: Cast, longitude: float, latitude: float) -> Fact:
    return record(cast, "facilities", name="卫生站", facility_type="clinic", longitude=longitude, latitude=latitude)


def test_a_place_in_another_province_is_refused_without_a_boundary(cast: Cast) -> None:
    with pytest.raises(BadFact, match="不在四川省"):
        clinic(cast, 121.4, 31.2)

    assert kind("facilities").model._default_manager.count() == 0


def test_a_place_far_from_the_boundary_is_refused_and_one_next_door_is_not(cast: Cast) -> None:
    record(cast, "boundary", geometry=AROUND, area=Decimal(1))

    assert clinic(cast, 104.065, 30.655).pk
    with pytest.raises(BadFact, match=r"离辖区范围约 .* 千米"):
        clinic(cast, 104.3, 30.9)


def test_kinds_of_other_rooms_are_looked_at_too(cast: Cast) -> None:
    with pytest.raises(BadFact, match="不在四川省"):
        record(cast, "problems", title="噪声", problem_kind="noise", longitude=116.4, latitude=39.9)


def test_a_boundary_in_another_province_is_refused(cast: Cast) -> None:
    far = {"type": "Polygon", "coordinates": [[[x + 12, y] for x, y in AROUND["coordinates"][0]]]}

    with pytest.raises(BadFact, match="不在四川省"):
        record(cast, "boundary", geometry=far, area=Decimal(1))
