"""What phones send after they had no connection: once each, conflicts said, photos with their place and time."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from greenhood.accounts.actor import Actor
from greenhood.baseline.models import SyncedOperation
from greenhood.evidence.models import Attachment
from greenhood.history.models import Entry
from greenhood.supervision.actions import answering
from greenhood.supervision.actions.answering import Seen
from greenhood.supervision.models import Answer, Inspection
from greenhood.supervision.queries import phone
from tests.cast import Cast, sign_in
from tests.supervision import stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def inspection(cast: Cast) -> Inspection:
    return stage.under_way(cast, inspectors=[cast.county_officer.user, cast.expert.user])


def operation(inspection: Inspection, by: Actor, **more: Any) -> dict[str, Any]:
    return {
        "operation": str(uuid4()), "person": by.person_id, "post": by.post_id, "sheet": str(stage.sheet_of(inspection).pk),
        "key": "t1", "result": "not_met", "note": "没有公示栏", "replaces": 0, "after": [], "seen_at": None,
        "position": {"longitude": 104.0635, "latitude": 30.6566, "accuracy": 12}, **more,
    }  # fmt: skip


def send(client: Client, sent: dict[str, Any]) -> Any:
    return client.post(reverse("supervision:sync"), json.dumps(sent), content_type="application/json")


def test_operation_sent_twice_is_carried_out_once(client: Client, cast: Cast, inspection: Inspection) -> None:
    sign_in(client, cast.county_officer)
    sent = operation(inspection, cast.county_officer)

    first, second = send(client, sent), send(client, sent)

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()
    row = Answer.objects.get()
    assert (row.result, str(row.longitude), row.accuracy, row.revision) == ("not_met", "104.063500", 12, 1)
    assert Entry.objects.filter(event="sheet.answered").count() == 1
    assert SyncedOperation.objects.get().community_id == cast.county.pk


def test_other_answer_of_a_colleague_is_a_conflict_with_theirs(
    client: Client, cast: Cast, inspection: Inspection
) -> None:
    answering.answer(stage.sheet_of(inspection), Seen("t1", "met", "有公示栏"), by=cast.expert)
    sign_in(client, cast.county_officer)

    conflict = send(client, operation(inspection, cast.county_officer))
    theirs = conflict.json()["theirs"]
    kept = Answer.objects.get().result
    mine = send(client, operation(inspection, cast.county_officer, replaces=theirs["revision"]))

    assert conflict.status_code == 409
    assert (theirs["result"], theirs["by"], kept) == ("met", "郑教授", "met")
    assert mine.status_code == 200
    assert Answer.objects.get().result == "not_met"


def test_unheard_earlier_sending_is_no_conflict(client: Client, cast: Cast, inspection: Inspection) -> None:
    sign_in(client, cast.county_officer)
    first = operation(inspection, cast.county_officer)
    send(client, first)

    corrected = send(client, operation(inspection, cast.county_officer, note="有，但破损", after=[first["operation"]]))

    assert corrected.status_code == 200
    assert Answer.objects.get().note == "有，但破损"


def test_same_id_for_something_else_is_refused(client: Client, cast: Cast, inspection: Inspection) -> None:
    sign_in(client, cast.county_officer)
    sent = operation(inspection, cast.county_officer)
    send(client, sent)

    assert send(client, sent | {"note": "另一条"}).status_code == 422


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"result": "perhaps"}, 422),
        ({"note": ""}, 422),
        ({"key": "t9"}, 422),
        ({"seen_at": "2035-01-01T00:00:00Z"}, 422),
        ({"seen_at": "2020-01-01T00:00:00Z"}, 422),
        ({"seen_at": "gestern"}, 400),
        ({"position": {"longitude": "NaN", "latitude": 3}}, 400),
        ({"position": {"longitude": 500, "latitude": 3}}, 400),
        ({"position": "hier"}, 400),
        ({"replaces": "x"}, 400),
        ({"sheet": "x"}, 400),
        ({"strange": 1}, 400),
        ({"note": "\x00"}, 400),
        ({"after": "x"}, 400),
    ],
)
def test_what_makes_no_sense_is_refused(
    change: dict[str, Any], status: int, client: Client, cast: Cast, inspection: Inspection
) -> None:
    sign_in(client, cast.county_officer)

    assert send(client, operation(inspection, cast.county_officer, **change)).status_code == status
    assert Answer.objects.count() == 0


def test_queue_of_another_person_or_post_is_not_taken(client: Client, cast: Cast, inspection: Inspection) -> None:
    sign_in(client, cast.expert)

    assert send(client, operation(inspection, cast.county_officer)).status_code == 403


def test_nobody_who_is_not_named_sends_answers(client: Client, cast: Cast) -> None:
    inspection = stage.under_way(cast, inspectors=[cast.expert.user])
    sign_in(client, cast.county_officer)

    assert send(client, operation(inspection, cast.county_officer)).status_code == 403


def test_photo_follows_its_answer_with_time_and_place(client: Client, cast: Cast, inspection: Inspection) -> None:
    sign_in(client, cast.expert)
    sent = operation(inspection, cast.expert)
    send(client, sent)
    now = int(Answer.objects.get().at.timestamp() * 1000)
    photo = {
        "operation": str(uuid4()), "person": cast.expert.person_id, "post": cast.expert.post_id, "record": sent["operation"],
        "capture-at": str(now), "capture-queued": "1", "capture-longitude": "104.0635", "capture-latitude": "30.6566",
    }  # fmt: skip
    url = reverse("supervision:sync_photo")
    file = stage.picture()

    first = client.post(url, photo | {"photo": file})
    file.seek(0)
    second = client.post(url, photo | {"photo": file})

    assert (first.status_code, second.status_code) == (200, 200)
    kept = Attachment.objects.get()
    assert (kept.how, kept.is_queued, kept.subject_id) == ("capture", True, Answer.objects.get().pk)
    assert kept.community_id == cast.county.pk


def test_photo_before_its_answer_waits(client: Client, cast: Cast, inspection: Inspection) -> None:
    sign_in(client, cast.county_officer)
    by = cast.county_officer
    photo = {"operation": str(uuid4()), "person": by.person_id, "post": by.post_id, "record": str(uuid4())}

    assert client.post(reverse("supervision:sync_photo"), photo | {"photo": stage.picture()}).status_code == 422


def test_phone_keeps_only_one_s_own_inspections(client: Client, cast: Cast, inspection: Inspection) -> None:
    sign_in(client, cast.expert)
    mine = client.get(reverse("supervision:phone_sheets")).json()
    sign_in(client, cast.city_officer)
    others = client.get(reverse("supervision:phone_sheets")).json()

    assert [one["title"] for one in mine["inspections"]] == ["秋季检查"]
    assert others == {"inspections": [], "left_out": 0}


def test_shell_and_its_worker_are_there_without_sign_in(client: Client) -> None:
    assert client.get(reverse("supervision:phone")).status_code == 200
    assert 'const KEPT = "inspection-' in client.get(reverse("supervision:service_worker")).content.decode()
    assert client.get(reverse("supervision:manifest")).json()["scope"] == reverse("supervision:phone")


def test_a_phone_takes_what_is_unfinished_first_and_says_what_it_left_out(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    inspection = stage.under_way(cast, communities=[cast.community, cast.other_community])
    whole = phone.known(cast.county_officer)
    assert (len(whole["inspections"][0]["sheets"]), whole["left_out"]) == (2, 0)
    done, open_one = inspection.sheets.order_by("community__code")
    inspection.sheets.filter(pk=done.pk).update(finished_at=timezone.now())
    monkeypatch.setattr(phone, "MOST_SHEETS", 1)

    cut = phone.known(cast.county_officer)

    assert [sheet["id"] for sheet in cut["inspections"][0]["sheets"]] == [str(open_one.pk)]
    assert cut["left_out"] == 1
