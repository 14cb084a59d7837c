"""Whatever a task, a meeting or a whistle offers in whatever state is answered."""

from __future__ import annotations

import pytest
from django.test import Client

from greenhood.accounts.actor import Actor
from greenhood.coordination.actions import assigning, convening, whistling
from greenhood.coordination.models import Assignment, Attendance, Call, Meeting
from tests.cast import Cast, sign_in
from tests.coordination import stage
from tests.offered import forms_on, unanswered

pytestmark = pytest.mark.django_db


@pytest.fixture
def city_management(cast: Cast) -> Actor:
    return stage.officer(cast.county, "城市管理局")


def revision_of(row: Assignment | Meeting | Call) -> int:
    return type(row).objects.get(pk=row.pk).revision


def offered_everywhere(client: Client, url: str, *actors: Actor) -> set[str]:
    """The steps that these people find on a page; each of them is answered."""
    found: set[str] = set()
    for actor in actors:
        sign_in(client, actor)
        found |= {address.rstrip("/").rsplit("/", 1)[1] for address in forms_on(client, url, "/coordination/")}
        assert unanswered(client, url, "/coordination/") == {}
    return found


def test_every_step_of_a_task_is_answered_in_every_state(client: Client, cast: Cast, city_management: Actor) -> None:
    row = stage.task(cast, "城市管理局")
    both, url = (city_management, cast.county_officer), row.get_absolute_url()

    found = offered_everywhere(client, url, *both)
    assigning.hand_in(row.pk, text="三条街已规整。", revision=revision_of(row), by=city_management)
    found |= offered_everywhere(client, url, *both)
    assigning.accept(row.pk, revision=revision_of(row), by=cast.county_officer)
    found |= offered_everywhere(client, url, *both)
    assigning.reopen(row.pk, reason="雨后又脱落。", revision=revision_of(row), by=cast.county_officer)
    assigning.cancel(row.pk, reason="重复。", revision=revision_of(row), by=cast.county_officer)
    found |= offered_everywhere(client, url, *both)

    assert found == {
        "take", "progress", "hand_in", "accept", "return", "extend", "urge", "cancel", "reopen", "reinstate",
    }  # fmt: skip


def test_an_accepted_task_is_opened_again_through_its_page(client: Client, cast: Cast, city_management: Actor) -> None:
    row = stage.task(cast, "城市管理局")
    assigning.hand_in(row.pk, text="三条街已规整。", revision=1, by=city_management)
    assigning.accept(row.pk, revision=2, by=cast.county_officer)
    sign_in(client, cast.county_officer)
    url = f"{row.get_absolute_url()}reopen/"

    overtaken = client.post(url, {"revision": 2, "reason": "雨后又脱落。"})
    done = client.post(url, {"revision": 3, "reason": "雨后又脱落。"})

    assert overtaken.status_code == 422
    assert ">雨后又脱落。</textarea>" in overtaken.content.decode()
    assert done.status_code == 302
    assert Assignment.objects.get().state == "returned"


def test_every_step_of_a_meeting_is_answered_in_every_state(client: Client, cast: Cast, city_management: Actor) -> None:
    row = stage.meeting(cast)
    both, url = (city_management, cast.county_officer), row.get_absolute_url()
    invitation = row.invitations.get()

    found = offered_everywhere(client, url, *both) - {str(invitation.pk)}
    came = {invitation.pk: (Attendance.ATTENDED, "李局长")}
    convening.hold(row.pk, attendance=came, minutes="好。", revision=revision_of(row), by=cast.county_officer)
    found |= offered_everywhere(client, url, *both)
    convening.close(row.pk, revision=revision_of(row), by=cast.county_officer)
    found |= offered_everywhere(client, url, *both)

    assert found == {"hold", "cancel", "decide", "close", "reopen"}


def test_every_step_of_a_whistle_is_answered_in_every_state(client: Client, cast: Cast, city_management: Actor) -> None:
    whistle = stage.whistle(cast, days=-10)
    call, url = whistle.calls.get(), whistle.get_absolute_url()
    people = (city_management, cast.street_officer, cast.county_officer)

    found = offered_everywhere(client, url, *people)
    whistling.respond(call.pk, comer="李队长", revision=revision_of(call), by=city_management)
    found |= offered_everywhere(client, url, *people)
    whistling.report(call.pk, result="已清运。", revision=revision_of(call), by=city_management)
    found |= offered_everywhere(client, url, *people)
    whistling.confirm(call.pk, revision=revision_of(call), by=cast.street_officer)
    found |= offered_everywhere(client, url, *people)

    assert found == {"withdraw", "respond", "press", "report", "confirm", "reopen", "rate", "rate_back"}


def test_what_cannot_be_undone_is_asked_first_and_keeps_what_was_typed(
    client: Client, cast: Cast, city_management: Actor
) -> None:
    whistle = stage.whistle(cast)
    call, url = whistle.calls.get(), whistle.get_absolute_url()
    blown = sign_in(client, cast.street_officer).get(url).content.decode()
    whistling.respond(call.pk, comer="李队长", revision=1, by=city_management)
    whistling.report(call.pk, result="已清运。", revision=2, by=city_management)
    reported = client.get(url).content.decode()
    whistling.confirm(call.pk, revision=3, by=cast.street_officer)
    solved = client.get(url).content.decode()
    refused = client.post(f"/coordination/whistles/calls/{call.pk}/rate/", {"grade": "1", "comment": ""})
    kept = client.post(f"/coordination/whistles/calls/{call.pk}/rate/", {"grade": "9", "comment": "来得很快。"})
    meeting = sign_in(client, cast.county_officer).get(stage.meeting(cast, on=3).get_absolute_url()).content.decode()

    assert '<p class="confirm-title">撤回这次吹哨？' in blown
    assert '<p class="confirm-title">城市管理局已经把问题解决了？' in reported
    assert '<p class="confirm-title">对城市管理局这次报到和处置怎么评价？' in solved
    assert '<p class="confirm-title">取消这次会议？' in meeting
    assert refused.status_code == kept.status_code == 422
    assert refused.content.decode().count("data-confirm open") == 1
    assert ">来得很快。</textarea>" in kept.content.decode()
