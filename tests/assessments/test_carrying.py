"""One file serves several standards and years: offered by the crosswalk, used again at a click, taken back at another."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from greenhood.assessments import actions
from greenhood.assessments.desk import Desk
from greenhood.assessments.errors import Closed
from greenhood.assessments.models import Assessment, Evidence
from greenhood.assessments.pages import SelfAssessment
from greenhood.assessments.queries.assessments import assessment_with_place
from greenhood.assessments.reviewing import Review
from greenhood.evidence.models import How
from greenhood.history.models import Entry
from greenhood.schemes.models import SchemeVersion
from tests.cast import Cast, sign_in
from tests.evidence import files


@pytest.fixture
def last_year(cast: Cast, sichuan: SchemeVersion, assessment: Assessment) -> Assessment:
    """Two photos for item 16 a year ago, one of them taken in the page, and one for item 1."""
    older = actions.start(cast.community, year=assessment.year - 1, by=cast.worker)
    for number, (criterion, check) in enumerate([(16, 3), (16, None), (1, None)]):
        actions.attach(
            older,
            criterion=criterion,
            check_no=check,
            file=files.upload(files.jpeg(number)),
            name=f"{number}.jpg",
            by=cast.worker,
        )
    Evidence.objects.filter(name="0.jpg").update(
        how=How.CAPTURE,
        captured_at=timezone.now(),
        captured_latitude=Decimal("30.6"),
        captured_longitude=Decimal("104.0"),
    )
    return older


@pytest.fixture
def national(cast: Cast, sichuan: SchemeVersion, assessment: Assessment) -> Assessment:
    """The same community under the national standard, with a photo for its item 7."""
    version = SchemeVersion.objects.get(scheme_id="national-2020")
    row = Assessment.objects.create(
        community=cast.community,
        version=version,
        scheme_id=version.scheme_id,
        standard_key=version.scheme.standard.key,
        year=assessment.year,
        started_at=timezone.now(),
    )
    actions.attach(row, criterion=7, file=files.upload(files.jpeg(9)), name="国标.jpg", by=cast.worker)
    return row


def shown(assessment: Assessment, cast: Cast) -> SelfAssessment:
    return SelfAssessment(assessment_with_place(assessment.pk), cast.worker)


def test_files_of_last_year_are_offered_for_the_same_item(
    cast: Cast, assessment: Assessment, last_year: Assessment
) -> None:
    offered = shown(assessment, cast).carriable

    assert {no: {(one.evidence.name, one.check_no) for one in found} for no, found in offered.items()} == {
        1: {("2.jpg", None)},
        16: {("0.jpg", 3), ("1.jpg", None)},
    }


def test_files_given_for_another_standard_are_offered_where_the_crosswalk_leads(
    cast: Cast, assessment: Assessment, national: Assessment
) -> None:
    offered = shown(assessment, cast).carriable

    assert {16, 15} <= offered.keys()
    assert 1 not in offered
    assert [one.source for one in offered[16]] == [f"{assessment.year}年“{national.version.title}”第 7 项"]


def test_carrying_uses_the_same_file_with_what_is_known_of_it(
    cast: Cast, assessment: Assessment, last_year: Assessment
) -> None:
    made = actions.carry_evidence(assessment, criterion=16, by=cast.worker)

    first = next(piece for piece in made if piece.name == "0.jpg")
    source = Evidence.objects.get(name="0.jpg", assessment=last_year)
    assert (first.blob_id, first.carried_from_id, first.check_no) == (source.blob_id, source.pk, 3)
    assert (first.how, first.captured_latitude) == (How.CAPTURE, source.captured_latitude)
    assert 16 not in shown(assessment, cast).carriable
    entries = Entry.objects.filter(event="evidence.carried")
    assert {entry.details["carried_from"] for entry in entries} == {str(piece.carried_from_id) for piece in made}


def test_carrying_twice_is_once_and_chosen_pieces_alone(
    cast: Cast, assessment: Assessment, last_year: Assessment
) -> None:
    chosen = Evidence.objects.get(name="1.jpg")

    assert len(actions.carry_evidence(assessment, criterion=16, pieces=[chosen.pk], by=cast.worker)) == 1
    assert len(actions.carry_evidence(assessment, criterion=16, by=cast.worker)) == 1
    assert actions.carry_evidence(assessment, criterion=16, by=cast.worker) == []


def test_undoing_takes_the_last_ones_away_again(cast: Cast, assessment: Assessment, last_year: Assessment) -> None:
    actions.attach(assessment, criterion=16, file=files.upload(files.jpeg(20)), name="new.jpg", by=cast.worker)
    actions.carry_evidence(assessment, criterion=16, by=cast.worker)

    assert actions.undo_carrying(assessment, criterion=16, by=cast.worker) == 2
    assert actions.undo_carrying(assessment, criterion=16, by=cast.worker) == 0

    names = assessment.evidence.filter(removed_at=None).values_list("name", flat=True)
    assert list(names) == ["new.jpg"]
    assert last_year.evidence.filter(removed_at=None).count() == 3


def test_nothing_is_carried_into_what_is_locked_nor_from_other_communities(
    cast: Cast, assessment: Assessment, last_year: Assessment
) -> None:
    other = actions.start(cast.other_community, year=assessment.year, by=cast.other_worker)
    assert actions.carry_evidence(other, criterion=16, by=cast.other_worker) == []

    actions.lock(assessment, by=cast.worker)
    with pytest.raises(Closed):
        actions.carry_evidence(assessment, criterion=16, by=cast.worker)


def test_page_carries_and_undoes_without_scripts(
    client: Client, cast: Cast, assessment: Assessment, last_year: Assessment
) -> None:
    sign_in(client, cast.worker)
    address = reverse("assessments:edit", args=[assessment.pk]) + "?part=environment"
    assert "沿用 2 份材料" in client.get(address).content.decode()

    page = client.post(address, {"do": "carry:16"}, follow=True).content.decode()
    assert "第 16 项已沿用 2 份材料" in page
    assert "撤销上次沿用" in page

    client.post(address, {"do": "uncarry:16"})
    assert not assessment.evidence.filter(removed_at=None).exists()


def test_reviewer_is_not_told_of_reuse_where_it_was_carried_openly(
    cast: Cast, assessment: Assessment, last_year: Assessment
) -> None:
    actions.carry_evidence(assessment, criterion=1, by=cast.worker)

    assert Review(assessment_with_place(assessment.pk), Desk(cast.county_officer)).uses == {}


def test_item_says_which_criteria_of_other_standards_it_serves(cast: Cast, assessment: Assessment) -> None:
    served = shown(assessment, cast).served

    assert [(one.scheme_id, one.no) for one in served[16]] == [("national-2020", 7)]
