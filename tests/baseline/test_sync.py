"""What a phone sends: once, whole or not at all, with the same answer however often, by its own person only."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from PIL import Image

from greenhood.accounts.actor import Actor
from greenhood.baseline import operations
from greenhood.baseline.actions import stating, syncing
from greenhood.baseline.models import NothingThere, SyncedOperation
from greenhood.divisions.models import Division
from greenhood.evidence.models import Attachment
from greenhood.facts import actions as facts
from greenhood.facts.kinds import kind
from greenhood.history.models import Entry
from greenhood.kit.dates import today_in_shanghai
from tests.baseline import stage
from tests.cast import Cast, sign_in

SYNC = "/baseline/sync/"
PHOTOS = "/baseline/sync/photos/"


def send(client: Client, sent: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    response = client.post(SYNC, stage.body(sent), content_type="application/json")
    return response.status_code, response.json()


@pytest.fixture
def phone(client: Client, cast: Cast) -> Client:
    return sign_in(client, cast.worker)


def test_record_is_stored_as_surveyed_under_the_thing_that_the_phone_named(cast: Cast, phone: Client) -> None:
    sent = stage.operation(cast.worker, cast.community)

    status, answer = send(phone, sent)

    (version,) = stage.versions("estates", sent["thing"])
    assert (status, answer["status"], answer["version"]) == (200, "stored", str(version.id))
    assert (version.name, version.dwellings, version.source, version.recorded_by) == (
        "锦绣苑",
        800,
        "surveyed",
        cast.worker.user,
    )


def test_same_queue_sent_twice_changes_nothing_and_says_the_same(cast: Cast, phone: Client) -> None:
    queue = [
        stage.operation(cast.worker, cast.community),
        stage.operation(cast.worker, cast.community, "heritage", verb="nothing", thing=None, values={}),
        stage.operation(cast.worker, cast.community, values={"name": "桃园", "dwellings": "八百"}),
        stage.operation(cast.worker, cast.community, "population", values={"households": "900", "residents": "2000"}),
    ]

    first = [send(phone, sent) for sent in queue]
    entries = Entry.objects.count()
    second = [send(phone, sent) for sent in queue]

    assert [status for status, _ in first] == [200, 200, 422, 200]
    assert second == first
    assert Entry.objects.count() == entries
    assert SyncedOperation.objects.count() == 4
    assert len(stage.versions("estates", queue[0]["thing"])) == 1


def test_half_sent_queue_goes_on_where_it_broke_off(cast: Cast, phone: Client) -> None:
    queue = [
        stage.operation(cast.worker, cast.community, values={"name": f"{n}号院", "dwellings": "10"}) for n in range(3)
    ]
    heard = [send(phone, sent)[1]["version"] for sent in queue[:2]]

    again = [send(phone, sent)[1]["version"] for sent in queue]

    assert again[:2] == heard
    assert kind("estates").model.objects.count() == 3


def test_other_content_under_the_same_id_is_refused(cast: Cast, phone: Client) -> None:
    sent = stage.operation(cast.worker, cast.community)
    send(phone, sent)

    status, answer = send(phone, sent | {"values": {"name": "锦绣苑", "dwellings": "900"}})

    assert (status, "已用于另一条内容" in answer["problem"]) == (422, True)
    assert [row.dwellings for row in stage.versions("estates", sent["thing"])] == [800]


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"name": "锦绣苑", "dwellings": "八百"}, "dwellings", "不是数字"),
        ({"name": "锦绣苑", "dwellings": "-3"}, "dwellings", "不能小于 0"),
        ({"name": "锦绣苑", "dwellings": "12.5"}, "dwellings", "整数"),
        ({"name": "", "dwellings": "800"}, "name", "请填写小区名称"),
        ({"name": "苑" * 101, "dwellings": "800"}, "name", "最多 100 个字"),
        ({"name": "锦绣苑", "dwellings": "800", "managed_dwellings": "900"}, "managed_dwellings", "不能多于"),
        ({"name": "锦绣苑", "dwellings": "800", "is_old": "maybe"}, "is_old", ""),
        ({"name": "锦绣苑", "dwellings": "800", "area": "3 亩地"}, "area", ""),
    ],
)
def test_bad_value_is_told_at_its_field_and_nothing_is_stored(
    cast: Cast, phone: Client, values: dict[str, str], field: str, words: str
) -> None:
    sent = stage.operation(cast.worker, cast.community, values=values)

    status, answer = send(phone, sent)

    assert (status, answer["status"], list(answer["problems"])) == (422, "refused", [field])
    assert words in answer["problems"][field]
    assert stage.versions("estates", sent["thing"]) == []


def test_day_to_come_is_refused_at_the_day(cast: Cast, phone: Client) -> None:
    tomorrow = (today_in_shanghai() + dt.timedelta(days=1)).isoformat()

    status, answer = send(phone, stage.operation(cast.worker, cast.community, dated=tomorrow))

    assert (status, list(answer["problems"])) == (422, ["dated"])


def test_area_in_mu_is_converted_and_said(cast: Cast, phone: Client) -> None:
    values = {"name": "锦绣苑", "dwellings": "800", "area": "60亩"}

    status, answer = send(phone, stage.operation(cast.worker, cast.community, values=values))

    assert (status, answer["values"]["area"]) == (200, "40000")
    assert any("60 亩 = 40,000" in note for note in answer["notes"])


def test_position_of_a_phone_is_stored_as_it_is_and_of_a_map_moved_back(cast: Cast, phone: Client) -> None:
    place = {"longitude": 104.0635, "latitude": 30.6566}
    one = stage.operation(cast.worker, cast.community, position={**place, "system": "wgs84"})
    other = stage.operation(cast.worker, cast.community, position={**place, "system": "gcj02"})

    send(phone, one)
    send(phone, other)

    (stored,), (moved,) = stage.versions("estates", one["thing"]), stage.versions("estates", other["thing"])
    assert (stored.longitude, stored.latitude) == (104.0635, 30.6566)
    assert 0.001 < stored.longitude - moved.longitude < 0.004
    assert moved.captured_in == "gcj02"


def test_conflict_shows_theirs_and_overwrites_nothing(cast: Cast, phone: Client) -> None:
    fact = stage.recorded(cast.worker, cast.community, "estates", days_ago=5)
    theirs = facts.record(
        kind("estates"),
        cast.community,
        stating.whole_of(fact) | {"dwellings": 700},
        dated=today_in_shanghai(),
        by=cast.street_officer,
        thing=fact.thing,
        replaces=fact.id,
    )
    sent = stage.operation(cast.worker, cast.community, thing=str(fact.thing), replaces=str(fact.id))

    status, answer = send(phone, sent)

    assert (status, answer["status"]) == (409, "conflict")
    assert (answer["theirs"]["version"], answer["theirs"]["values"]["dwellings"], answer["theirs"]["person"]) == (
        str(theirs.id),
        "700",
        "王强",
    )
    assert [row.dwellings for row in stage.versions("estates", str(fact.thing))] == [800, 700]


def test_conflict_with_what_is_gone_says_so(cast: Cast, phone: Client) -> None:
    fact = stage.recorded(cast.worker, cast.community, "estates", days_ago=5)
    facts.retire(
        kind("estates"),
        cast.community,
        fact.thing,
        replaces=fact.id,
        gone_on=today_in_shanghai(),
        reason="已拆除",
        by=cast.street_officer,
    )

    status, answer = send(
        phone, stage.operation(cast.worker, cast.community, thing=str(fact.thing), replaces=str(fact.id))
    )

    assert (status, answer["theirs"]) == (409, None)


def test_correction_of_one_s_own_unheard_sending_is_no_conflict(cast: Cast, phone: Client) -> None:
    first = stage.operation(cast.worker, cast.community)
    send(phone, first)

    second = stage.operation(
        cast.worker,
        cast.community,
        thing=first["thing"],
        after=[first["operation"]],
        values={"name": "锦绣苑", "dwellings": "820"},
    )
    status, _ = send(phone, second)

    assert status == 200
    assert [row.dwellings for row in stage.versions("estates", first["thing"]) if row.until is None] == [820]


def test_unsent_figures_and_the_drawn_shape_stay_as_they_are(cast: Cast, phone: Client) -> None:
    square = {"type": "Polygon", "coordinates": [[[104.05, 30.65], [104.06, 30.65], [104.06, 30.66], [104.05, 30.65]]]}
    fact = stage.recorded(cast.worker, cast.community, "estates", days_ago=9, geometry=square, built_year=1998)

    status, _ = send(
        phone,
        stage.operation(
            cast.worker, cast.community, thing=str(fact.thing), replaces=str(fact.id), values={"dwellings": "810"}
        ),
    )

    now = stage.versions("estates", str(fact.thing))[-1]
    assert (status, now.dwellings, now.name, now.built_year, now.geometry) == (200, 810, "锦绣苑", 1998, fact.geometry)


def test_confirming_and_nothing_there_by_phone(cast: Cast, phone: Client) -> None:
    fact = stage.recorded(cast.worker, cast.community, "estates", days_ago=90)
    confirm = stage.operation(
        cast.worker, cast.community, verb="confirm", thing=str(fact.thing), replaces=str(fact.id), values={}
    )
    nothing = stage.operation(cast.worker, cast.community, "heritage", verb="nothing", thing=None, values={})

    assert [send(phone, confirm)[0], send(phone, nothing)[0]] == [200, 200]
    assert [row.dwellings for row in stage.versions("estates", str(fact.thing))] == [800, 800]
    assert NothingThere.objects.get().kind == "heritage"


def test_another_person_or_post_does_not_send_this_queue(cast: Cast, client: Client) -> None:
    sent = stage.operation(cast.worker, cast.community)

    answers = [send(sign_in(client, actor), sent) for actor in (cast.grid_worker, cast.street_officer)]

    assert [status for status, _ in answers] == [403, 403]
    assert all("由本人以原岗位" in answer["problem"] for _, answer in answers)
    assert not SyncedOperation.objects.exists()
    assert send(sign_in(client, cast.worker), sent)[0] == 200


def test_community_of_another_is_not_written(cast: Cast, phone: Client) -> None:
    status, answer = send(phone, stage.operation(cast.worker, cast.neighbour_community))

    assert (status, "没有这个社区的权限" in answer["problem"]) == (404, True)
    assert not SyncedOperation.objects.exists()


def test_reader_may_not_send(cast: Cast, client: Client) -> None:
    status, answer = send(sign_in(client, cast.auditor), stage.operation(cast.auditor, cast.community))

    assert (status, "登记社区信息" in answer["problem"]) == (403, True)


def test_signed_out_phone_is_led_to_sign_in_and_nothing_is_taken(cast: Cast, client: Client) -> None:
    response = client.post(
        SYNC, stage.body(stage.operation(cast.worker, cast.community)), content_type="application/json"
    )

    assert (response.status_code, response["Location"].startswith("/account/sign-in/")) == (302, True)


def test_community_that_was_closed_is_said(cast: Cast, phone: Client) -> None:
    Division.objects.filter(pk=cast.community.pk).update(valid_to=today_in_shanghai())

    status, answer = send(phone, stage.operation(cast.worker, cast.community))

    assert (status, "可能已撤并" in answer["problem"]) == (422, True)


@pytest.mark.parametrize(
    "changes",
    [
        {"operation": "7"},
        {"verb": "delete"},
        {"values": ["锦绣苑"]},
        {"values": {"name": 7}},
        {"values": {"name": "a\x00b"}},
        {"values": {f"c{n}": "" for n in range(81)}},
        {"dated": "20-11-2026"},
        {"position": {"longitude": "NaN", "latitude": 30, "system": "wgs84"}},
        {"position": {"longitude": 104, "latitude": 95, "system": "wgs84"}},
        {"position": {"longitude": 104, "latitude": 30, "system": "beijing54"}},
        {"after": "x"},
        {"after": [str(uuid4())] * 21},
        {"surprise": True},
        {"community": "-1"},
    ],
)
def test_what_no_page_sends_is_unreadable(cast: Cast, phone: Client, changes: dict[str, Any]) -> None:
    status, answer = send(phone, stage.operation(cast.worker, cast.community) | changes)

    assert (status, "problem" in answer) == (400, True)
    assert not SyncedOperation.objects.exists()


@pytest.mark.parametrize("content", [b"", b"[1]", b"{", b"\xff\xfe", b"[" * 60_000])
def test_broken_body_is_unreadable(phone: Client, content: bytes) -> None:
    assert phone.post(SYNC, content, content_type="application/json").status_code == 400


@pytest.mark.parametrize(
    "chosen",
    [
        {"values": {"name": "\ud800"}},
        {"values": {"na\x00me": "苑"}},
        {"position": {"longitude": 104, "latitude": 30, "system": []}},
    ],
)
def test_what_cannot_be_stored_is_unreadable(cast: Cast, phone: Client, chosen: dict[str, Any]) -> None:
    assert send(phone, stage.operation(cast.worker, cast.community) | chosen)[0] == 400
    assert not SyncedOperation.objects.exists()


def test_too_large_a_body_is_refused(cast: Cast, phone: Client) -> None:
    sent = stage.operation(cast.worker, cast.community, values={"name": "苑" * operations.MOST_BYTES})

    assert send(phone, sent)[0] == 413


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"kind": "castles"}, "没有“castles”"), ({"values": {"moat": "1"}}, "没有这些栏"), ({"thing": None}, "缺少对象")],
)
def test_old_page_is_told_to_update(cast: Cast, phone: Client, changes: dict[str, Any], words: str) -> None:
    status, answer = send(phone, stage.operation(cast.worker, cast.community) | changes)

    assert (status, words in answer["problems"][""]) == (422, True)


# Photos


def photo(colour: str = "#3f7a54", name: str = "现场.jpg") -> SimpleUploadedFile:
    file = BytesIO()
    Image.new("RGB", (320, 240), colour).save(file, "JPEG")
    return SimpleUploadedFile(name, file.getvalue(), "image/jpeg")


def send_photo(client: Client, by: Actor, record: str, file: Any = None, **changes: Any) -> tuple[int, dict[str, Any]]:
    usual = {"operation": str(uuid4()), "person": by.person_id, "post": by.post_id, "record": record}
    response = client.post(PHOTOS, usual | changes | {"photo": file or photo()})
    return response.status_code, response.json()


def milliseconds(moment: dt.datetime) -> str:
    return str(int(moment.timestamp() * 1000))


def test_photo_is_attached_to_its_record_with_time_and_place(cast: Cast, phone: Client) -> None:
    sent = stage.operation(cast.worker, cast.community)
    send(phone, sent)
    taken = dt.datetime.now(dt.UTC).replace(microsecond=0) - dt.timedelta(hours=3)
    said = {
        "capture-at": milliseconds(taken),
        "capture-queued": "1",
        "capture-latitude": "30.6566",
        "capture-longitude": "104.0635",
        "capture-accuracy": "12",
    }

    status, _ = send_photo(phone, cast.worker, sent["operation"], **said)

    row = Attachment.objects.get()
    assert (status, row.subject_kind, str(row.subject_id)) == (200, "communities.estate", sent["thing"])
    assert (row.how, row.captured_at, row.is_queued, row.captured_accuracy) == ("capture", taken, True, 12)
    assert (float(row.captured_latitude), float(row.captured_longitude)) == (30.6566, 104.0635)


def test_same_photo_sent_twice_is_attached_once(cast: Cast, phone: Client) -> None:
    sent = stage.operation(cast.worker, cast.community)
    send(phone, sent)
    key = str(uuid4())

    first = send_photo(phone, cast.worker, sent["operation"], operation=key)
    second = send_photo(phone, cast.worker, sent["operation"], operation=key)

    assert first == second
    assert first[0] == 200
    assert Attachment.objects.count() == 1


def test_photo_before_its_record_waits(cast: Cast, phone: Client) -> None:
    status, answer = send_photo(phone, cast.worker, str(uuid4()))

    assert (status, "还没有保存" in answer["problem"]) == (422, True)
    assert not SyncedOperation.objects.exists()


def test_photo_of_another_person_is_not_taken(cast: Cast, phone: Client) -> None:
    sent = stage.operation(cast.worker, cast.community)
    send(phone, sent)

    status, _ = send_photo(sign_in(Client(), cast.grid_worker), cast.worker, sent["operation"])

    assert status == 403
    assert not Attachment.objects.exists()


def test_what_is_no_photo_is_refused_with_the_reason(cast: Cast, phone: Client) -> None:
    sent = stage.operation(cast.worker, cast.community)
    send(phone, sent)

    status, answer = send_photo(phone, cast.worker, sent["operation"], SimpleUploadedFile("x.jpg", b"no picture"))

    assert (status, answer["status"], list(answer["problems"])) == (422, "refused", ["photo"])
    assert not Attachment.objects.exists()


def test_photo_of_a_clock_ahead_is_refused_and_taken_as_a_plain_one(cast: Cast, phone: Client) -> None:
    sent = stage.operation(cast.worker, cast.community)
    send(phone, sent)
    ahead = {"capture-at": milliseconds(dt.datetime.now(dt.UTC) + dt.timedelta(days=1)), "capture-queued": "1"}

    status, answer = send_photo(phone, cast.worker, sent["operation"], **ahead)
    plain, _ = send_photo(phone, cast.worker, sent["operation"])

    assert (status, "时间" in answer["problems"]["photo"], plain) == (422, True, 200)
    assert Attachment.objects.get().how == "none"


# At once


@pytest.mark.django_db(transaction=True)
def test_same_operation_twice_at_once_is_stored_once(cast: Cast) -> None:
    sent = operations.read(stage.body(stage.operation(cast.worker, cast.community)))

    def run(_: int) -> dict[str, Any]:
        try:
            return dict(syncing.take(sent, by=cast.worker).body)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(run, range(4)))

    assert all(answer == answers[0] for answer in answers)
    assert kind("estates").model.objects.count() == 1
