from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from greenhood.accounts.actor import Actor
from greenhood.divisions.models import Division
from greenhood.experts.actions import applying, serving, vetting
from greenhood.experts.actions.applying import Particulars
from greenhood.experts.actions.serving import Need
from greenhood.experts.models import Entry, ServiceRequest
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes.models import SchemeVersion
from tests.cast import Cast
from tests.declarations import stage


@pytest.fixture
def sichuan(cast: Cast) -> SchemeVersion:
    stage.publish("national-2020")
    return stage.publish("sichuan-2020")


def particulars(cast: Cast, **more: Any) -> Particulars:
    given: dict[str, Any] = {
        "name": "郑教授",
        "employer": "四川大学",
        "title": "教授，注册城乡规划师",
        "fields": ["design", "landscape"],
        "regions": [cast.county],
        "phone": "13800138000",
    }
    return Particulars(**(given | more))


def member(cast: Cast, by: Actor | None, *, pool: Division | None = None, days: int = 365, **more: Any) -> Entry:
    """Somebody in the pool of the county (or ``pool``) for so many days; without ``by`` somebody with no account."""
    place = pool or cast.county
    officer = {cast.county: cast.county_officer, cast.city: cast.city_officer}[place]
    if by is None:
        entry = applying.enter(place, particulars(cast, **more), by=officer)
    else:
        given = {"name": str(by.user), "employer": by.user.employer} | more
        entry = applying.begin(place, particulars(cast, **given), by=by)
        entry = applying.submit(entry, revision=entry.revision, by=by)
    today = today_in_shanghai()
    return vetting.accept(
        entry, valid_from=today, valid_to=today + dt.timedelta(days=days), revision=entry.revision, by=officer
    )


def need(**more: Any) -> Need:
    today = today_in_shanghai()
    given: dict[str, Any] = {
        "title": "小微绿地改造请设计师指导",
        "need": "原有绿地荒废，居民想改成口袋公园。",
        "fields": ["landscape"],
        "wished_from": today,
        "wished_to": today + dt.timedelta(days=30),
        "contact": "李芳",
        "phone": "028-85551234",
    }
    return Need(**(given | more))


@pytest.fixture
def expert_entry(cast: Cast) -> Entry:
    return member(cast, cast.expert)


@pytest.fixture
def asked(cast: Cast, sichuan: SchemeVersion) -> ServiceRequest:
    return serving.make(cast.community, need(), by=cast.worker)


@pytest.fixture
def served(cast: Cast, asked: ServiceRequest, expert_entry: Entry) -> ServiceRequest:
    """A request of the community that the expert took."""
    offer = serving.offer(asked, expert_entry, revision=asked.revision, by=cast.county_officer)
    return serving.take(offer.request, revision=offer.request.revision, by=cast.expert)


Fresh = Callable[[Any], Any]


def fresh(row: Any) -> Any:
    return type(row).objects.get(pk=row.pk)


def status(client: Client, url: str) -> int:
    """What a page answers; a file is read to its end, so that it is closed."""
    response = client.get(url)
    if response.streaming:
        b"".join(response.streaming_content)
    return response.status_code
