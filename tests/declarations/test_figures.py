"""Declarations rest on recorded figures: those of the day of the declaration, with what has changed since in view."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from greenhood.assessments import actions as assessments
from greenhood.assessments.models import Assessment
from greenhood.communities.models import Estate
from greenhood.declarations.actions import declaring
from greenhood.declarations.errors import Refused
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes.models import SchemeVersion
from tests.assessments.dwellings import set_managed
from tests.cast import Cast, sign_in
from tests.declarations import stage

pytestmark = pytest.mark.django_db


def test_declared_total_is_that_of_the_facts_on_the_day(cast: Cast, sichuan: SchemeVersion) -> None:
    assessment = stage.complete(cast.community, cast.worker, year=today_in_shanghai().year)
    set_managed(cast.community, 10)

    declaration = declaring.declare(assessment, "green-community", stage.PARTICULARS, by=cast.worker)
    set_managed(cast.community, 90)
    assessments.refresh_open()

    declaration.refresh_from_db()
    fresh = Assessment.objects.get()
    assert declaration.declared_total == fresh.total == 99
    assert fresh.drift == {"23.1": {"since": today_in_shanghai().isoformat(), "now": "met"}}


def test_declaring_is_refused_where_the_facts_left_an_item_without_an_answer(
    cast: Cast, sichuan: SchemeVersion
) -> None:
    assessment = stage.complete(cast.community, cast.worker, year=today_in_shanghai().year)
    assessment.answer_rows.filter(criterion=23).update(checks=[None, True, True])
    set_managed(cast.community, 90, dated=today_in_shanghai() - dt.timedelta(days=30))
    assessments.refresh_now(assessment)
    assert assessment.asked == assessment.answered
    Estate.objects.update(until=today_in_shanghai())

    with pytest.raises(Refused, match="还有 1 项没有填写"):
        declaring.declare(assessment, "green-community", stage.PARTICULARS, by=cast.worker)


def test_lists_count_what_is_decided_otherwise_by_now(client: Client, cast: Cast, sichuan: SchemeVersion) -> None:
    assessment = stage.complete(cast.community, cast.worker, year=today_in_shanghai().year)
    set_managed(cast.community, 90, dated=today_in_shanghai() - dt.timedelta(days=30))
    declaring.declare(assessment, "green-community", stage.PARTICULARS, by=cast.worker)
    set_managed(cast.community, 10)
    assessments.refresh_open()
    sign_in(client, cast.street_officer)

    page = client.get(reverse("declarations:todo")).content.decode()

    assert "数据有变" in page
