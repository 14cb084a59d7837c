"""A standard without points: every item is met or not, for the community and for its reviewers."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from greenhood.assessments import actions, standards
from greenhood.assessments.answers import Fields
from greenhood.assessments.claims import Mark
from greenhood.assessments.models import Assessment, Score, Scorer
from greenhood.assessments.queries.assessments import assessment_with_place
from greenhood.assessments.queries.scores import compare
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes import actions as schemes
from tests.assessments.conftest import loaded
from tests.cast import Cast, sign_in


@pytest.fixture
def national(cast: Cast) -> Assessment:
    """Under the national plan, everything met but item 1, and declared."""
    schemes.publish(loaded("national-2020"), chosen={}, by=None)
    assessment = actions.start(cast.community, year=today_in_shanghai().year, by=cast.worker)
    lines = standards.lines(standards.standard_of(assessment))
    filled = {no: (Fields(checks=tuple(no != 1 for _ in line.checks)), 0) for no, line in lines.items()}
    _, refused = actions.save_answers(assessment, filled=filled, by=cast.worker)
    assert not refused
    actions.lock(assessment, by=cast.worker)
    return assessment_with_place(assessment.pk)


def test_one_missing_item_keeps_the_level_out_of_reach(national: Assessment) -> None:
    assert (national.answered, national.missed, national.level) == (16, [1], "")


def test_page_counts_items_and_not_points(client: Client, cast: Cast, national: Assessment) -> None:
    sign_in(client, cast.worker)

    page = client.get(reverse("assessments:edit", args=[national.pk])).content.decode()

    assert "<strong>15</strong> / 16 项满足" in page
    assert "自评总分" not in page


def test_reviewer_says_met_or_not_and_why(client: Client, cast: Cast, national: Assessment) -> None:
    sign_in(client, cast.county_officer)
    address = reverse("assessments:review", args=[national.pk])

    refused = client.post(address, {"s2-sent": "1", "s2-met": "no"}, HTTP_ACCEPT="application/json")
    assert "与自评（满足）不一致" in refused.json()["problems"]["2"]["reason"]
    client.post(address, {"s2-sent": "1", "s2-met": "no", "s2-reason": "没有记录"})
    client.post(address, {"do": "agree"})
    client.post(address, {"do": "hand-in"})

    assert dict(Score.objects.values_list("criterion", "met"))[1] is False
    row = compare(national).row(2)
    assert (row.claim.met, row.given["county"].mark.met, row.given["county"].deviates) == (True, False, True)


def test_reviewers_can_raise_an_assessment_to_its_level(cast: Cast, national: Assessment) -> None:
    by = cast.county_officer
    sheet = actions.open_sheet(national, scorer=Scorer.COUNTY, step="review", by=by)
    actions.save_score(sheet, criterion=1, mark=Mark(met=True), reason="现场已核实", by=by)
    actions.agree_with_rest(sheet, by=by)

    assert actions.hand_in(sheet, by=by).level == "green"


def test_panel_votes_are_counted(cast: Cast, national: Assessment) -> None:
    for by, met in ((cast.expert, True), (cast.other_expert, True), (cast.deputy, False)):
        sheet = actions.open_sheet(national, scorer=Scorer.PANEL, step="panel", by=by)
        actions.save_score(sheet, criterion=2, mark=Mark(met=met), reason="" if met else "不足", by=by)
        actions.agree_with_rest(sheet, by=by)
        actions.hand_in(sheet, by=by)

    assert compare(national).row(2).given["panel"].words == "2/3 人认为满足"
