"""A self-assessment for other programs."""

from __future__ import annotations

from django.test import Client

from greenhood.assessments import actions
from greenhood.assessments.models import Assessment, Override
from tests.assessments.dwellings import set_managed
from tests.cast import Cast, sign_in
from tests.evidence import files


def test_checks_come_with_figure_claim_and_what_has_changed(client: Client, cast: Cast, assessment: Assessment) -> None:
    set_managed(cast.community, 23)
    actions.attach(assessment, criterion=23, file=files.upload(files.jpeg()), name="a.jpg", by=cast.worker)
    actions.dispute(
        assessment, criterion=23, check_no=1, kind=Override.Kind.DISPUTE, met=True, reason="新接管两栋", by=cast.worker
    )
    actions.lock(assessment, by=cast.worker)
    set_managed(cast.community, 40)
    sign_in(client, cast.county_officer)

    body = client.get(f"/api/assessments/{assessment.pk}").json()

    item = next(item for item in body["items"] if item["no"] == 23)
    assert (body["community"], body["year"], item["points"]) == (cast.community.name, assessment.year, "1")
    check = item["checks"][0]
    assert (check["value"], check["verdict"], check["threshold"]) == ("23", "not_met", "不低于30%")
    assert (check["claim"]["claim"], check["claim"]["reason"], check["claim"]["proofs"]) == ("满足", "新接管两栋", 1)
    assert (check["is_declared"], check["now"], check["decides_otherwise"]) == (True, "40%", True)


def test_strangers_learn_nothing(client: Client, cast: Cast, assessment: Assessment) -> None:
    address = f"/api/assessments/{assessment.pk}"
    assert client.get(address).status_code == 401

    sign_in(client, cast.neighbour_officer)

    answer = client.get(address)
    assert (answer.status_code, "管辖范围" in answer.json()["detail"]) == (404, True)
