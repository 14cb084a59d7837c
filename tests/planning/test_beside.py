"""What a plan takes in from elsewhere: projects that are kept already, and the communities that its projects name."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from greenhood.planning import actions, beside, matching
from tests.cast import Cast
from tests.declarations import stage
from tests.planning.planned import YEAR
from tests.works import stage as works

pytestmark = pytest.mark.django_db


def test_drafts_of_projects_stay_with_their_keepers(cast: Cast) -> None:
    stage.publish("national-2020")
    stage.publish("sichuan-2020")
    plan = actions.start(cast.county, year=YEAR, by=cast.county_officer)
    years: dict[str, Any] = {"first_year": YEAR, "last_year": YEAR}
    works.draft(cast.county, cast.county_officer, name="还在商量的改造", **years)
    shown = works.planned(cast, name="已列入计划的改造", **years)

    assert beside.projects(plan) == [shown]


@pytest.mark.parametrize("name", ["晋阳社区", "晋阳", "晋阳社区居委会", "晋阳居委会"])
def test_a_community_is_found_however_its_name_is_written(cast: Cast, name: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        [row] = matching.with_codes([{"communities": f"{name}、不存在的社区"}], cast.province)

    assert row["codes"] == str(cast.community.code)
    with connection.cursor() as cursor:
        cursor.execute(queries[0]["sql"])
        assert len(cursor.fetchall()) == 1, "a province's other communities are not read"
