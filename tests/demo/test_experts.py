"""The demonstration's experts, on the places and people of the demonstration alone."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pytest

from greenhood.demo import experts, people
from greenhood.demo.agenda import Agenda
from greenhood.demo.people import Crew
from greenhood.divisions.models import Division, code_at
from greenhood.experts.models import Designer, Entry, RequestState, ServiceRequest, Visit
from greenhood.kit.dates import SHANGHAI

pytestmark = pytest.mark.django_db

ZHAOXIANG = people.ZHAOXIANG
COMMUNITIES = (510107004001, 510107005002, 510107007001, 510107009001, ZHAOXIANG + 9, ZHAOXIANG + 11)


@dataclass
class Stage:
    agenda: Agenda
    crew: Crew


def places() -> None:
    codes = {*COMMUNITIES, *(person.code for person in people.PEOPLE)}
    levels = {code_at(code, level): level for code in codes for level in range(6) if code_at(code, level) == code}
    for code in codes:
        for level in range(5):
            levels.setdefault(code_at(code, level), level)
    found = {code: min(level for level in range(6) if code_at(code, level) == code) for code in levels}
    Division.objects.bulk_create(
        Division(
            id=code,
            code=code,
            level=level,
            name=f"地方{code}",
            parent_id=code_at(code, level - 1) if level else None,
            urban_rural_class=111 if level == 5 else None,
        )
        for code, level in sorted(found.items(), key=lambda one: (one[1], one[0]))
    )


def test_everybody_comes_into_the_pools_and_serves() -> None:
    places()
    now = dt.datetime(2026, 11, 20, 15, tzinfo=SHANGHAI)
    crew = people.appoint_all(COMMUNITIES, at=now - dt.timedelta(days=900))
    stage = Stage(Agenda(now), crew)

    experts.plan(stage)
    for _ in stage.agenda.run():
        pass

    assert Entry.objects.filter(is_demonstration=True).count() == len(experts.MEMBERS)
    states = set(ServiceRequest.objects.values_list("state", flat=True))
    assert states == {RequestState.OPEN, RequestState.OFFERED, RequestState.TAKEN, RequestState.CLOSED}
    assert set(Visit.objects.values_list("state", flat=True)) == {"reported", "completed"}
    assert Designer.objects.count() == 3
