"""Projects paid for the same place: found whichever of the two covers the larger part, and not found where they only stand side by side."""

from __future__ import annotations

from typing import Any

import pytest

from greenhood.works.actions import coverage, money, steps
from greenhood.works.actions.coverage import Wanted
from greenhood.works.models import Project
from greenhood.works.queries import flags
from tests.cast import Cast
from tests.facts.samples import make as make_fact
from tests.works import stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def places(cast: Cast) -> dict[str, Wanted]:
    """A community, two of its estates, a building in each of them, and the community beside it."""
    one = stage.estate(cast.community, cast.worker)
    two = stage.estate(cast.community, cast.worker, name="锦官苑")
    first, second, third = (
        make_fact("buildings", cast.community, cast.worker, name=name, estate=estate)
        for name, estate in (("1栋", one.thing), ("2栋", one.thing), ("9栋", two.thing))
    )
    return {
        "whole": Wanted(cast.community),
        "estate": Wanted(cast.community, "estates", one.thing),
        "other estate": Wanted(cast.community, "estates", two.thing),
        "building": Wanted(cast.community, "buildings", first.thing),
        "next building": Wanted(cast.community, "buildings", second.thing),
        "other building": Wanted(cast.community, "buildings", third.thing),
        "beside": Wanted(cast.other_community),
    }


def funded(cast: Cast, *wanted: Wanted, origin: str = "county", **chosen: Any) -> Project:
    by = cast.county_officer
    project = stage.draft(cast.county, by, **chosen)
    project = coverage.cover(project, wanted, revision=project.revision, by=by)
    project = steps.move(project, "plan", revision=project.revision, by=by, day=stage.DAY)
    stage.source(project, by, budget=10, origin=origin, dated=stage.today())
    return project


def says(project: Project) -> list[str]:
    return [flag.says for flag in flags.flags_of([project.pk]) if flag.code == "double"]


@pytest.mark.parametrize(
    ("mine", "theirs", "said", "answered"),
    [
        ("whole", "whole", "“晋阳社区居委会（整个社区）”同年还由 乙（二，也覆盖整个社区，同用区县财政） 安排。",
         "“晋阳社区居委会（整个社区）”同年还由 甲（一，也覆盖整个社区，同用区县财政） 安排。"),
        ("whole", "estate", "“晋阳社区居委会（整个社区）”同年还由 乙（二，覆盖其中的“晋阳苑”，同用区县财政） 安排。",
         "“晋阳苑”同年还由 甲（一，覆盖整个社区，同用区县财政） 安排。"),
        ("whole", "building", "“晋阳社区居委会（整个社区）”同年还由 乙（二，覆盖其中的“1栋”，同用区县财政） 安排。",
         "“1栋”同年还由 甲（一，覆盖整个社区，同用区县财政） 安排。"),
        ("estate", "building", "“晋阳苑”同年还由 乙（二，覆盖其中的“1栋”，同用区县财政） 安排。",
         "“1栋”同年还由 甲（一，覆盖所在的小区“晋阳苑”，同用区县财政） 安排。"),
        ("estate", "estate", "“晋阳苑”同年还由 乙（二） 安排。", "“晋阳苑”同年还由 甲（一） 安排。"),
    ],
    ids=["two wholes", "whole and estate", "whole and building", "estate and building", "the same estate"],
)  # fmt: skip
def test_place_within_another_is_told_on_both_projects(
    cast: Cast, places: dict[str, Wanted], mine: str, theirs: str, said: str, answered: str
) -> None:
    one = funded(cast, places[mine], name="甲", number="一")
    two = funded(cast, places[theirs], name="乙", number="二")

    assert (says(one), says(two)) == ([said], [answered])


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ("estate", "other estate"),
        ("estate", "other building"),
        ("building", "next building"),
        ("whole", "beside"),
    ],
)
def test_places_side_by_side_are_no_overlap(cast: Cast, places: dict[str, Wanted], mine: str, theirs: str) -> None:
    one = funded(cast, places[mine], name="甲", number="一")
    two = funded(cast, places[theirs], name="乙", number="二")

    assert says(one) == says(two) == []


@pytest.mark.parametrize(
    "chosen",
    [
        {"kinds": ["lift"]},
        {"origin": "city"},
        {"first_year": 2027, "last_year": 2027},
    ],
    ids=["another kind", "another fund", "another year"],
)
def test_wider_place_is_no_overlap_without_kind_fund_and_year_in_common(
    cast: Cast, places: dict[str, Wanted], chosen: dict[str, Any]
) -> None:
    one = funded(cast, places["whole"], name="甲", number="一")
    two = funded(cast, places["estate"], name="乙", number="二", **chosen)

    assert says(one) == says(two) == []


def test_money_that_is_no_public_fund_or_a_kind_that_says_nothing_makes_no_overlap(
    cast: Cast, places: dict[str, Wanted]
) -> None:
    private = [funded(cast, places[name], name=name, origin="residents") for name in ("whole", "estate")]
    vague = [funded(cast, places[name], name=f"又{name}", kinds=["other"]) for name in ("whole", "estate")]

    assert [says(project) for project in (*private, *vague)] == [[], [], [], []]


def test_project_over_many_parts_is_told_once_and_of_the_nearest_overlap(cast: Cast, places: dict[str, Wanted]) -> None:
    one = funded(cast, places["whole"], name="甲", number="一")
    two = funded(cast, places["estate"], places["other estate"], name="乙", number="二")

    assert says(one) == [
        "“晋阳社区居委会（整个社区）”同年还由 乙（二，覆盖其中的“晋阳苑等 2 处”，同用区县财政） 安排。"
    ]
    assert says(two) == ["“晋阳苑等 2 处”同年还由 甲（一，覆盖整个社区，同用区县财政） 安排。"]
    coverage.cover(one, [places["whole"], places["estate"]], revision=one.revision, by=cast.county_officer)
    assert says(one) == ["“晋阳苑”同年还由 乙（二） 安排。"]


def test_explained_overlap_stands_again_when_another_project_joins(cast: Cast, places: dict[str, Wanted]) -> None:
    one = funded(cast, places["whole"], name="甲", number="一")
    funded(cast, places["estate"], name="乙", number="二")
    [flag] = flags.flags_of([one.pk])
    money.explain(
        one, code="double", about=flag.about, digest=flag.digest, reason="内容不同，已核对", by=cast.county_officer
    )
    assert [each.explained for each in flags.flags_of([one.pk])] == ["内容不同，已核对"]

    funded(cast, places["building"], name="丙", number="三")

    [flag] = flags.flags_of([one.pk])
    assert (flag.explained, "丙（三" in flag.says) == ("", True)
