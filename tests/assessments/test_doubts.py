from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from greenhood.assessments import actions, standards
from greenhood.assessments.doubts import doubts, period_begins
from greenhood.assessments.models import Assessment, Evidence
from greenhood.communities.models import Boundary
from greenhood.evidence.capture import Capture
from greenhood.schemes.format import Criterion
from tests.cast import Cast, sign_in
from tests.evidence import files
from tests.evidence.test_flags import BOUNDARY


def attach(cast: Cast, assessment: Assessment, seed: int, longitude: str | None = None, criterion: int = 1) -> Evidence:
    """A photo taken in the page just now; without a longitude, one that says nothing."""
    now = timezone.now()
    taken = (
        Capture(now, now - dt.timedelta(minutes=1), Decimal("30.665"), Decimal(longitude), 10) if longitude else None
    )
    name = f"{seed}.jpg"
    return actions.attach(
        assessment,
        criterion=criterion,
        file=files.upload(files.jpeg(seed), name),
        name=name,
        by=cast.worker,
        capture=taken,
    ).evidence


@pytest.fixture
def boundary(cast: Cast) -> Boundary:
    return Boundary.objects.create(
        community=cast.community, dated=dt.date(2026, 1, 1), geometry=BOUNDARY, recorded_at=timezone.now()
    )


def found_in(assessment: Assessment) -> dict[str, list[str]]:
    rows = list(Evidence.objects.filter(assessment=assessment).select_related("blob"))
    lines = standards.lines(standards.standard_of(assessment)).values()
    found = doubts(assessment, rows, lines, {})
    return {row.name: [flag.title for flag in found.get(row.pk, ())] for row in rows}


def test_boundary_of_the_community_decides_what_lies_outside(
    cast: Cast, assessment: Assessment, boundary: Boundary, django_assert_num_queries
) -> None:
    attach(cast, assessment, 1, "104.065")
    attach(cast, assessment, 2, "104.165")
    attach(cast, assessment, 3)

    assert found_in(assessment) == {"1.jpg": [], "2.jpg": ["边界外"], "3.jpg": ["没有拍摄时间"]}


def test_without_a_recorded_boundary_nothing_lies_outside(cast: Cast, assessment: Assessment) -> None:
    attach(cast, assessment, 2, "104.165")

    assert found_in(assessment) == {"2.jpg": []}


def line(*lookbacks: int | None) -> Criterion:
    checks = [{"text": "甲", "evidence": ["photo"], "lookback_years": years} for years in lookbacks]
    return Criterion.model_construct(checks=[type("Check", (), one)() for one in checks])


@pytest.mark.parametrize(
    ("lookbacks", "check_no", "year"),
    [((None,), None, 2025), ((3, None), None, 2023), ((3, None), 2, 2025), ((3, None), 1, 2023)],
)
def test_period_goes_back_as_far_as_the_check_does(
    lookbacks: tuple[int | None, ...], check_no: int | None, year: int
) -> None:
    assert period_begins(2026, line(*lookbacks), check_no) == dt.date(year, 1, 1)


def test_worker_sees_the_doubts_before_declaring(
    client: Client, cast: Cast, assessment: Assessment, boundary: Boundary
) -> None:
    attach(cast, assessment, 2, "104.165")

    page = sign_in(client, cast.worker).get(reverse("assessments:edit", args=[assessment.pk])).content.decode()

    assert "拍摄位置在社区边界外约" in page
    assert "现场拍摄" in page


def test_reviewer_filters_by_doubt(client: Client, cast: Cast, assessment: Assessment, boundary: Boundary) -> None:
    attach(cast, assessment, 1, "104.065", criterion=1)
    attach(cast, assessment, 2, "104.165", criterion=2)
    attach(cast, assessment, 3, criterion=4)
    officer, address = sign_in(client, cast.county_officer), reverse("assessments:review", args=[assessment.pk])

    def shown(flag: str) -> list[int]:
        page = officer.get(address, {"flag": flag}).content.decode()
        return [no for no in range(1, 5) if f'id="item-{no}"' in page]

    assert "有疑点的材料 2 件" in officer.get(address).content.decode()
    assert (shown("any"), shown("outside"), shown("untimed"), shown("nonsense")) == ([2, 4], [2], [4], [1, 2, 3, 4])
