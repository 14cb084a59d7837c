"""Whatever an inspection, a finding or an order offers in whatever state is answered."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from greenhood.accounts.actor import Actor
from greenhood.supervision.actions import escalating, finding, ordering, planning
from greenhood.supervision.models import Answer
from tests.cast import Cast, sign_in
from tests.declarations import stage as declared
from tests.offered import forms_on, unanswered
from tests.supervision import stage

pytestmark = pytest.mark.django_db


def offered_everywhere(client: Client, url: str, *actors: Actor) -> set[str]:
    """The last words of the addresses that these people's forms on a page are sent to; each of them is answered."""
    found: set[str] = set()
    for actor in actors:
        sign_in(client, actor)
        found |= {address.rstrip("/").rsplit("/", 1)[1] for address in forms_on(client, url, "/supervision/")}
        assert unanswered(client, url, "/supervision/") == {}
    return found


def test_every_step_of_an_inspection_is_answered_in_every_state(client: Client, cast: Cast) -> None:
    version = declared.publish("sichuan-2020")
    inspection = stage.plan(cast, version=version)
    people, url = (cast.county_officer, cast.city_officer), inspection.get_absolute_url()

    found = offered_everywhere(client, url, *people)
    planning.start(inspection, by=cast.county_officer, revision=1)
    sheet = stage.fill(stage.fresh(inspection), cast.county_officer, wrong=("8.1",))
    row = finding.from_answer(Answer.objects.get(key="8.1"), by=cast.county_officer)
    found |= offered_everywhere(client, url, *people)
    found |= offered_everywhere(client, sheet.get_absolute_url(), *people)
    found |= offered_everywhere(client, row.get_absolute_url(), *people)
    stage.close(inspection, cast.county_officer)
    found |= offered_everywhere(client, url, *people)
    stage.publish(inspection, cast.county_officer)
    found |= offered_everywhere(client, url, *people, cast.worker)

    assert found >= {"start", "cancel", "close", "publish", "reopen", "withdraw", "attach"}


def test_every_step_of_an_order_is_answered_in_every_state(client: Client, cast: Cast) -> None:
    order = stage.ordered(cast, days=5, at=timezone.now() - dt.timedelta(days=20))
    escalating.escalate()
    people, url = (cast.worker, cast.street_officer, cast.county_officer, cast.city_officer), order.get_absolute_url()

    found = offered_everywhere(client, url, *people)
    ordering.acknowledge(order, by=cast.worker, revision=stage.fresh(order).revision)
    ordering.report(order, by=cast.worker, revision=stage.fresh(order).revision, text="已清理。")
    found |= offered_everywhere(client, url, *people)
    ordering.accept(order, by=cast.county_officer, revision=stage.fresh(order).revision, opinion="好。")
    found |= offered_everywhere(client, url, *people)

    assert found >= {"acknowledge", "report", "attach", "extend", "withdraw", "urge", "accept", "reject"}
