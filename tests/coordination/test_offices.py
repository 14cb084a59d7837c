"""Which departments a street can call."""

from __future__ import annotations

import pytest

from greenhood.coordination.queries import offices
from greenhood.divisions.models import Level
from greenhood.schemes.queries import newest_of
from tests.cast import Cast
from tests.coordination import stage
from tests.declarations import stage as schemes
from tests.reporting.test_duties import published

pytestmark = pytest.mark.django_db


def called(cast: Cast, scheme: str) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for office in offices.reachable(cast.street_division, newest_of(scheme)):
        found.setdefault(office.division.level, set()).add(office.title)
    return found


def test_a_towns_own_scheme_names_no_departments_of_the_county(cast: Cast) -> None:
    schemes.publish("national-2020")
    town = schemes.loaded("shanghai-qingpu-zhaoxiang-2021").scheme
    published(town.model_copy(update={"jurisdiction": cast.street_division.code}), cast.street_division)
    stage.officer(cast.county, "城市管理局")

    found = called(cast, town.id)

    assert {"镇三大整治办", "派出所"} <= found[Level.STREET]
    assert "城市管理局" in found[Level.COUNTY]
    assert not {title for title in found[Level.COUNTY] if "三大整治" in title or "派出" in title}


def test_a_provinces_scheme_names_the_counterparts_of_its_counties(cast: Cast) -> None:
    schemes.publish("sichuan-2020")

    assert "公安部门" in called(cast, "sichuan-2020")[Level.COUNTY]
