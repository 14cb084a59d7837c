from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from greenhood.evidence.flags import Sign, flags_of
from greenhood.evidence.models import Attachment, Blob, How
from greenhood.kit.ids import uuid7

UPLOADED = dt.datetime(2026, 5, 10, 2, 0, tzinfo=dt.UTC)
TAKEN = dt.datetime(2026, 5, 1, 1, 30, tzinfo=dt.UTC)
SINCE = dt.date(2025, 1, 1)
# About 1 km by 1 km in 成都.
BOUNDARY = {
    "type": "Polygon",
    "coordinates": [[[104.06, 30.66], [104.07, 30.66], [104.07, 30.67], [104.06, 30.67], [104.06, 30.66]]],
}


def piece(media_type: str = "image/jpeg", **values: Any) -> Attachment:
    given = {"how": How.CAPTURE, "captured_at": TAKEN, "uploaded_at": UPLOADED, **values}
    return Attachment(id=uuid7(), blob=Blob(pk="a" * 64, media_type=media_type), **given)


def at(latitude: str, longitude: str, accuracy: int | None = None) -> dict[str, Any]:
    return {
        "captured_latitude": Decimal(latitude),
        "captured_longitude": Decimal(longitude),
        "captured_accuracy": accuracy,
    }


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (at("30.665", "104.065"), []),
        (at("30.6605", "104.0700"), []),
        # 90 m east of the edge: within what is allowed.
        (at("30.665", "104.07094"), []),
        (at("30.665", "104.0724"), ["拍摄位置在社区边界外约 230 米"]),
        # The same place, but the phone itself says that it may be 150 m off.
        (at("30.665", "104.0724", 150), []),
        (at("30.665", "104.1745", 20), ["拍摄位置在社区边界外约 10.0 公里"]),
        ({}, []),
        ({"captured_at": None, "how": How.NONE}, ["没有拍摄时间"]),
        (
            {"captured_at": dt.datetime(2024, 12, 31, 15, 59, tzinfo=dt.UTC)},
            ["拍摄于 2024-12-31，早于评价期（2025-01-01 起）"],
        ),
        ({"captured_at": dt.datetime(2024, 12, 31, 16, 0, tzinfo=dt.UTC)}, []),
        ({"captured_at": UPLOADED + dt.timedelta(minutes=9)}, []),
        ({"captured_at": UPLOADED + dt.timedelta(days=1)}, ["拍摄时间 2026-05-11 10:00 晚于上传时间"]),
        ({"media_type": "application/pdf", "captured_at": None, "how": How.NONE}, []),
    ],
)
def test_flags_say_what_is_odd_and_by_how_much(given: dict[str, Any], words: list[str]) -> None:
    row = piece(**given)

    found = flags_of([row], boundary=BOUNDARY, since={row.pk: SINCE})

    assert [flag.words for flag in found.get(row.pk, ())] == words


def test_without_a_boundary_nothing_lies_outside() -> None:
    assert flags_of([piece(**at("0.1", "0.1"))]) == {}


def test_other_uses_join_the_same_list_gravest_first() -> None:
    row = piece(**at("30.665", "104.1745"))

    found = flags_of([row], boundary=BOUNDARY, alike={row.pk: [0, 3, 0, 5]})[row.pk]

    assert [flag.sign for flag in found] == [Sign.OUTSIDE, Sign.REUSED, Sign.ALIKE]
    assert [flag.words for flag in found[1:]] == ["他处用过同一文件（2 处）", "与他处照片相近（2 处）"]


def test_limit_is_the_installations(settings: Any) -> None:
    settings.EVIDENCE_OUTSIDE_METRES = 500

    assert flags_of([piece(**at("30.665", "104.0724"))], boundary=BOUNDARY) == {}
