"""What the clock does, run inline as a worker would."""

from __future__ import annotations

import datetime as dt

import pytest

from greenhood.assessments.models import Assessment
from greenhood.declarations import tasks
from greenhood.declarations.actions import noticing
from greenhood.declarations.models import Award, Notice, Standing, State, Status
from greenhood.history.models import Entry
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes.models import SchemeVersion
from tests.cast import Cast
from tests.declarations import stage
from tests.declarations.test_awards import hold

pytestmark = pytest.mark.django_db


def run() -> None:
    tasks.end_of_day(timestamp=0)


def test_the_end_of_the_day_closes_notices_ends_titles_and_follows_bulk_assessments(
    cast: Cast, sichuan: SchemeVersion
) -> None:
    yesterday = today_in_shanghai() - dt.timedelta(days=1)
    on_notice = stage.bring_to(stage.declare(cast.community, cast.worker), "notice", cast)
    notice = noticing.publish([on_notice.pk], by=cast.province_officer, contact="028-12345678")
    Notice.objects.update(opens_on=yesterday, closes_on=yesterday)
    award = hold(cast.other_community, sichuan, "green-community", dt.date(2020, 1, 1), "T00000000001")
    Award.objects.update(valid_until=yesterday)
    Assessment.objects.create(
        community=cast.neighbour_community,
        version=sichuan,
        scheme_id=sichuan.scheme_id,
        year=stage.YEAR,
        started_at=stage.moment(2026, 3, 2),
    )
    Standing.objects.filter(community=cast.neighbour_community).delete()

    run()

    notice.refresh_from_db()
    award.refresh_from_db()
    assert notice.closed_at is not None
    assert stage.fresh(on_notice).step == "award"
    assert award.state == Award.State.EXPIRED
    assert Standing.objects.get(community=cast.neighbour_community).state == State.ASSESSING
    written = Entry.objects.count()

    run()

    assert Entry.objects.count() == written


def test_nothing_ends_before_its_last_day_is_over(cast: Cast, sichuan: SchemeVersion) -> None:
    today = today_in_shanghai()
    on_notice = stage.bring_to(stage.declare(cast.community, cast.worker), "notice", cast)
    noticing.publish([on_notice.pk], by=cast.province_officer, contact="028-12345678")
    Notice.objects.update(opens_on=today, closes_on=today)
    hold(cast.other_community, sichuan, "green-community", dt.date(2020, 1, 1), "T00000000001")
    Award.objects.update(valid_until=today)

    run()

    assert Notice.objects.get().closed_at is None
    assert (stage.fresh(on_notice).step, stage.fresh(on_notice).status) == ("notice", Status.ACTIVE)
    assert Award.objects.get().state == Award.State.VALID
