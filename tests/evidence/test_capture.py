from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core import signing
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from greenhood.evidence import capture, subjects
from greenhood.evidence.filetypes import Refused
from greenhood.evidence.models import Attachment, Blob, How
from greenhood.evidence.showing import provenance_words
from greenhood.kit.ids import uuid7
from tests.cast import Cast, sign_in
from tests.evidence import files

NOW = dt.datetime(2026, 5, 1, 1, 30, tzinfo=dt.UTC)
PLACE = {"capture-latitude": "30.66", "capture-longitude": "104.06", "capture-accuracy": "11.2"}


def minutes(number: float) -> dt.timedelta:
    return dt.timedelta(minutes=number)


def milliseconds(moment: dt.datetime) -> str:
    return str(int(moment.timestamp() * 1000))


def sent(cast: Cast, began: dt.datetime, **more: str) -> dict[str, str]:
    """What the page sends of a photo taken 30 seconds after its ticket."""
    ticket = capture.ticket(by=cast.worker, now=began)
    given = {name.replace("_", "-"): value for name, value in more.items()}
    return {"capture-ticket": ticket, "capture-elapsed": "30000", **PLACE, **given}


def test_plain_upload_is_no_capture(cast: Cast) -> None:
    assert capture.read({}, by=cast.worker, now=NOW) is None


def test_capture_has_the_servers_time_and_the_devices_place(cast: Cast) -> None:
    found = capture.read(sent(cast, NOW - minutes(2)), by=cast.worker, now=NOW)

    assert found is not None
    assert found.at == NOW - minutes(1.5)
    assert (str(found.latitude), str(found.longitude), found.accuracy) == ("30.66", "104.06", 12)
    assert not found.is_queued


@pytest.mark.parametrize("elapsed", ["999999999", "-5", "soon", "nan", ""])
def test_time_never_leaves_the_servers_bounds(cast: Cast, elapsed: str) -> None:
    began = NOW - minutes(2)

    found = capture.read(sent(cast, began, capture_elapsed=elapsed), by=cast.worker, now=NOW)

    assert found is not None
    assert began <= found.at <= NOW


def test_capture_that_took_too_long_is_refused_unless_it_waited_for_a_connection(cast: Cast) -> None:
    late = sent(cast, NOW - minutes(11))
    with pytest.raises(Refused, match="超过了 10 分钟"):
        capture.read(late, by=cast.worker, now=NOW)

    queued = capture.read({**late, "capture-queued": "1"}, by=cast.worker, now=NOW)

    assert queued is not None
    assert (queued.at, queued.is_queued) == (NOW - minutes(10.5), True)


def test_queued_capture_within_the_minutes_needs_no_mark(cast: Cast) -> None:
    found = capture.read(sent(cast, NOW - minutes(3), capture_queued="1"), by=cast.worker, now=NOW)

    assert found is not None
    assert not found.is_queued


def test_photo_taken_without_any_connection_has_the_devices_time_and_its_mark(cast: Cast) -> None:
    at = NOW - dt.timedelta(days=2)

    found = capture.read({"capture-at": milliseconds(at), "capture-queued": "1"}, by=cast.worker, now=NOW)

    assert found is not None
    assert (found.at, found.is_queued, found.latitude) == (at, True, None)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"capture-ticket": "made-up"}, "凭证无效"),
        ({"capture-ticket": signing.dumps({"by": "", "at": "x"}, salt=capture.SALT)}, "凭证无效"),
        ({"capture-at": milliseconds(NOW)}, "没有现场拍照的凭证"),
        ({"capture-at": milliseconds(NOW + minutes(60)), "capture-queued": "1"}, "校准"),
        ({"capture-at": milliseconds(NOW - dt.timedelta(days=31)), "capture-queued": "1"}, "超过了 30 天"),
        ({"capture-at": "now", "capture-queued": "1"}, "凭证"),
    ],
)
def test_impossible_captures_are_refused_with_the_reason(cast: Cast, given: dict[str, str], says: str) -> None:
    with pytest.raises(Refused, match=says):
        capture.read(given, by=cast.worker, now=NOW)


def test_ticket_of_somebody_else_is_refused(cast: Cast) -> None:
    with pytest.raises(Refused, match="另一个账号"):
        capture.read(sent(cast, NOW), by=cast.other_worker, now=NOW)


@pytest.mark.parametrize(
    "place", [("91", "104"), ("30", "181"), ("0", "0"), ("north", "104"), ("nan", "104"), ("30.66", "")]
)
def test_impossible_place_is_no_place(cast: Cast, place: tuple[str, str]) -> None:
    found = capture.read(
        sent(cast, NOW, capture_latitude=place[0], capture_longitude=place[1]), by=cast.worker, now=NOW
    )

    assert found is not None
    assert (found.latitude, found.longitude, found.accuracy) == (None, None, None)


def blob(**values: Any) -> Blob:
    return Blob(**{"pk": "a" * 64, "size": 1, "media_type": "image/jpeg", "stored_at": NOW, **values})


def taken(at: dt.datetime = NOW) -> capture.Capture:
    return capture.Capture(at, at)


@pytest.mark.parametrize(
    ("row", "how"),
    [
        (blob(), How.CAPTURE),
        (blob(stored_at=NOW - minutes(1)), How.NONE),
        (blob(taken_at=NOW - dt.timedelta(days=300)), How.EXIF),
        (blob(taken_at=NOW - minutes(1)), How.CAPTURE),
        (blob(media_type="application/pdf"), How.NONE),
    ],
    ids=["fresh", "stored before", "taken long before", "taken just now", "no picture"],
)
def test_what_was_there_before_is_no_capture(row: Blob, how: How) -> None:
    assert capture.provenance_of(row, taken())["how"] == how


def test_words_say_how_time_and_place_are_known() -> None:
    def words(row: Blob, given: capture.Capture | None) -> str:
        return provenance_words(Attachment(**capture.provenance_of(row, given)), row)

    here = capture.read(PLACE | {"capture-at": milliseconds(NOW), "capture-queued": "1"}, by=None, now=NOW)  # type: ignore[arg-type]
    assert words(blob(), here) == "现场拍摄（离线） · 2026-05-01 09:30 · 30.66000, 104.06000 ±12 m"
    assert words(blob(), taken()) == "现场拍摄 · 2026-05-01 09:30 · 无位置"
    assert words(blob(taken_at=NOW), None) == "照片自带信息 · 2026-05-01 09:30 · 无位置"
    assert words(blob(), None) == "无拍摄时间和位置"
    assert words(blob(media_type="application/pdf"), None) == ""


def test_page_fetches_a_ticket_and_sends_the_capture(
    cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subjects, "_kinds", {})
    subjects.register("rooms.record", lambda community, subject: True)
    worker, subject = sign_in(client, cast.worker), uuid7()
    ticket = worker.get(reverse("evidence:ticket")).json()["ticket"]

    answer = worker.post(
        reverse("evidence:attach", args=[cast.community.code, "rooms.record", subject]),
        {"files": files.upload(files.jpeg()), "capture-ticket": ticket, "capture-elapsed": "5", **PLACE},
        headers={"Accept": "application/json"},
    )

    assert answer.status_code == 200, answer.content.decode()
    row = Attachment.objects.get()
    assert (row.how, row.captured_accuracy, row.is_queued) == (How.CAPTURE, 12, False)
    assert abs(timezone.now() - row.captured_at) < minutes(1)
    assert "现场拍摄" in answer.json()["evidence"]


def test_refused_capture_keeps_nothing(cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subjects, "_kinds", {})
    subjects.register("rooms.record", lambda community, subject: True)

    answer = sign_in(client, cast.worker).post(
        reverse("evidence:attach", args=[cast.community.code, "rooms.record", uuid7()]),
        {"files": files.upload(files.jpeg()), "capture-ticket": "made-up"},
        headers={"Accept": "application/json"},
    )

    assert (answer.status_code, "凭证无效" in answer.json()["problem"]) == (422, True)
    assert not Attachment.objects.exists()


def test_pages_may_use_camera_and_place_and_nobody_elses(db: None, client: Client) -> None:
    policy = client.get("/account/sign-in/")["Permissions-Policy"]

    assert "camera=(self)" in policy
    assert "geolocation=(self)" in policy
