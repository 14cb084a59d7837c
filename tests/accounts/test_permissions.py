"""Who may do what, and that the documents say the same as the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.http import Http404

from greenhood.accounts import access
from greenhood.accounts.access import NotAllowed
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import AWARD_GIVING, CAPABILITIES, TITLES, Capability
from greenhood.accounts.grants import ADMINISTRATORS
from greenhood.accounts.models import Role, User
from greenhood.divisions.models import Division
from greenhood.history import events
from tests.cast import Cast

DOCS = Path(__file__).resolve().parents[2] / "docs"
MARK = "✓"


def table(file: str, heading: str) -> list[list[str]]:
    """The rows of the table under a heading, heading row first."""
    section = (DOCS / file).read_text(encoding="utf-8").split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|") and not set(line) <= set("|-: ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_document_lists_each_capability_of_each_role() -> None:
    head, *rows = table("permissions.md", "Capabilities by role")
    columns = [Capability(re.search(r"`(\w+)`", cell)[1]) for cell in head[1:]]

    written = {
        Role(re.search(r"`(\w+)`", row[0])[1]): {
            capability for capability, cell in zip(columns, row[1:], strict=True) if cell == MARK
        }
        for row in rows
    }

    assert columns == list(Capability)
    assert written == {role: set(held) for role, held in CAPABILITIES.items()}


def test_document_lists_each_capability_with_its_title() -> None:
    _, *rows = table("permissions.md", "What each capability is")

    assert {(row[0].strip("`"), row[1]) for row in rows} == {(key.value, TITLES[key]) for key in Capability}


def test_document_lists_each_event_with_its_title() -> None:
    _, *rows = table("history.md", "Events")

    assert {row[0].strip("`"): row[1] for row in rows} == events.titles()


def test_every_role_and_capability_is_spoken_for() -> None:
    assert set(CAPABILITIES) == set(Role)
    assert set(TITLES) == set(Capability)
    assert set().union(*CAPABILITIES.values()) == set(Capability)


def test_administrators_share_no_powers_of_the_programme_or_of_each_other() -> None:
    own = {role: CAPABILITIES[role] - {Capability.EXPORT} for role in ADMINISTRATORS}

    assert all(not one & other for role, one in own.items() for its, other in own.items() if role != its)
    programme = {Capability.DECIDE, Capability.AWARD, Capability.SCORE, Capability.ASSESS, Capability.DECLARE}
    assert all(not held & programme for held in own.values())
    assert all(
        not CAPABILITIES[role] & {Capability.MANAGE_PEOPLE, Capability.GRANT_POSTS}
        for role in set(Role) - ADMINISTRATORS
    )


def test_second_factor_is_asked_of_all_who_give_awards() -> None:
    assert {role for role, held in CAPABILITIES.items() if Capability.AWARD in held} == AWARD_GIVING


def test_reader_is_told_the_reason_and_stranger_nothing(cast: Cast) -> None:
    with pytest.raises(NotAllowed, match=r"浆洗街街道 街道（乡镇）经办人.*命名授牌"):
        access.check(cast.street_officer, Capability.AWARD, cast.community)
    for outsider in (cast.neighbour_officer, cast.stranger, cast.expert):
        with pytest.raises(Http404):
            access.check(outsider, Capability.AWARD, cast.community)


def test_visitor_is_refused_and_never_taken_for_the_system(cast: Cast) -> None:
    for visitor in (Actor(None), Actor.anonymous("10.0.0.1")):
        assert not any(visitor.may(capability) for capability in Capability)
        with pytest.raises(NotAllowed, match="请先登录"):
            access.check(visitor, Capability.VIEW, cast.community)
        assert not Division.objects.filter(access.scope(visitor, field="")).exists()


def test_system_may_do_everything_everywhere(cast: Cast) -> None:
    assert all(Actor.system().may(capability, cast.community) for capability in Capability)
    assert Division.objects.filter(access.scope(Actor.system(), field="")).count() == len(cast.places)


def test_only_a_person_holds_a_post(cast: Cast) -> None:
    with pytest.raises(AssertionError):
        Actor(None, cast.worker.post)


def test_scope_is_the_posts_own_range(cast: Cast) -> None:
    seen = {
        name: set(Division.objects.filter(access.scope(cast.actors[name], field="")).values_list("name", flat=True))
        for name in ("worker", "street_officer", "county_officer", "province_officer", "expert", "stranger")
    }

    assert seen["worker"] == {"晋阳社区居委会"}
    assert seen["street_officer"] == {"浆洗街街道", "晋阳社区居委会", "广福桥社区居委会"}
    assert len(seen["county_officer"]) == 7
    assert len(seen["province_officer"]) == len(cast.places) - 1
    assert seen["expert"] == seen["stranger"] == set()


def test_scope_follows_a_relation(cast: Cast) -> None:
    low, high = cast.county.span

    found = User.objects.filter(access.scope(cast.county_officer, field="managed_in"))

    assert set(found) == set(User.objects.filter(managed_in__code__gte=low, managed_in__code__lt=high))
    assert found.count() > 5
