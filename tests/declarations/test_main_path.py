"""From the declaration to the plaque, and to whoever scans it."""

from __future__ import annotations

import pytest

from greenhood.accounts.actor import Actor
from greenhood.declarations.actions import awarding, noticing
from greenhood.declarations.models import Award, Decision, Outcome, Standing, State, Status
from greenhood.history.models import Entry
from greenhood.schemes.models import SchemeVersion
from tests.cast import Cast
from tests.declarations import stage

pytestmark = pytest.mark.django_db


def test_a_declaration_reaches_the_plaque_step_by_step(cast: Cast, sichuan: SchemeVersion) -> None:
    at = stage.moment(2026, 3, 2)
    declaration = stage.declare(cast.community, cast.worker, at=at)
    assert Standing.objects.get(community=cast.community).state == State.DECLARED

    waiting = stage.bring_to(declaration, "notice", cast, at=at)
    notice = noticing.publish([waiting.pk], by=cast.province_officer, contact="028-12345678", at=at)
    assert (notice.opens_on.isoformat(), notice.closes_on.isoformat()) == ("2026-03-03", "2026-03-09")
    noticing.close(notice, by=Actor.system(), at=stage.moment(2026, 3, 10, 0))
    ready = stage.fresh(declaration)
    assert ready.step == "award"
    award = awarding.award(
        ready, by=cast.province_officer, revision=ready.revision, opinion="同意命名。", at=stage.moment(2026, 3, 12)
    )

    assert stage.fresh(declaration).status == Status.AWARDED
    assert (award.number, award.title_name) == ("sichuan-2020-2026-00001", "四川省绿色社区")
    assert Award.objects.get().state == Award.State.VALID
    assert list(Decision.objects.values_list("revision", "step", "outcome")) == [
        (1, "declare", Outcome.DECLARE),
        (2, "recommend", Outcome.PASS),
        (3, "county-review", Outcome.PASS),
        (4, "city-review", Outcome.PASS),
        (5, "province-sample", Outcome.PASS),
        (6, "notice", Outcome.PASS),
        (7, "award", Outcome.PASS),
    ]
    standing = Standing.objects.get(community=cast.community)
    assert (standing.state, standing.reached, standing.demonstration) == (State.REACHED, True, False)
    assert Entry.objects.filter(event="award.given").count() == 1
