"""Handing a reply in, and the street's check of it, section by section."""

from __future__ import annotations

import pytest
from django.http import Http404

from greenhood.accounts.access import NotAllowed
from greenhood.baseline.actions import campaigning, replying
from greenhood.baseline.errors import NotPossible
from greenhood.baseline.models import Campaign, Reply
from greenhood.baseline.queries import campaigns
from greenhood.facts.kinds import Section
from greenhood.history.models import Entry
from tests.baseline import stage
from tests.cast import Cast


@pytest.fixture
def campaign(cast: Cast) -> Campaign:
    return stage.opened(cast)


@pytest.fixture
def submitted(cast: Cast, campaign: Campaign) -> Reply:
    stage.filled(cast.worker, cast.community)
    return replying.submit(stage.reply_of(campaign, cast.community), by=cast.worker)


def events() -> list[str]:
    return list(
        Entry.objects.filter(event__startswith="reply.").order_by("at", "number").values_list("event", flat=True)
    )


def test_incomplete_reply_is_not_submitted_and_says_what_is_missing(cast: Cast, campaign: Campaign) -> None:
    stage.recorded(cast.worker, cast.community, "population")

    with pytest.raises(NotPossible, match=r"还有 2 类没有填完，不能提交：小区与房屋、历史文化资源"):
        replying.submit(stage.reply_of(campaign, cast.community), by=cast.worker)


def test_complete_reply_is_submitted_once(cast: Cast, submitted: Reply) -> None:
    again = replying.submit(submitted, by=cast.worker)

    assert (again.state, again.revision) == (Reply.State.SUBMITTED, submitted.revision)
    assert events() == ["reply.submitted"]


@pytest.mark.parametrize("role", ["grid_worker", "street_officer", "county_officer"])
def test_only_the_community_itself_submits(cast: Cast, campaign: Campaign, role: str) -> None:
    stage.filled(cast.worker, cast.community)

    with pytest.raises(NotAllowed):
        replying.submit(stage.reply_of(campaign, cast.community), by=cast.actors[role])
    with pytest.raises(Http404):
        replying.submit(stage.reply_of(campaign, cast.community), by=cast.other_worker)


def test_street_accepts_every_section(cast: Cast, submitted: Reply) -> None:
    accepted = replying.settle(submitted, {}, revision=submitted.revision, by=cast.street_officer)

    assert accepted.state == Reply.State.ACCEPTED
    assert set(accepted.checks.values_list("section", "result")) == {
        ("BASICS", "accepted"),
        ("ESTATES", "accepted"),
        ("HERITAGE", "accepted"),
    }
    assert events() == ["reply.submitted", "reply.accepted"]


def test_section_is_sent_back_with_a_reason_and_submitted_again(cast: Cast, submitted: Reply) -> None:
    returned = replying.settle(
        submitted, {Section.ESTATES: "漏了锦绣二期"}, revision=submitted.revision, by=cast.street_officer
    )
    check = returned.checks.get(section="ESTATES")
    again = replying.submit(returned, by=cast.worker)

    assert (returned.state, check.result, check.reason) == (Reply.State.RETURNED, "returned", "漏了锦绣二期")
    assert (again.state, again.checked_at) == (Reply.State.SUBMITTED, None)
    assert set(again.checks.values_list("section", flat=True)) == {"BASICS", "HERITAGE"}
    assert events() == ["reply.submitted", "reply.returned", "reply.submitted"]


def test_sending_back_without_a_reason_is_refused_at_its_section(cast: Cast, submitted: Reply) -> None:
    with pytest.raises(NotPossible) as problem:
        replying.settle(submitted, {Section.ESTATES: "  "}, revision=submitted.revision, by=cast.street_officer)

    assert problem.value.field == "reason-ESTATES"
    assert not submitted.checks.exists()


def test_reply_that_changed_meanwhile_is_not_settled(cast: Cast, submitted: Reply) -> None:
    replying.withdraw(submitted, by=cast.worker)

    with pytest.raises(NotPossible, match="请刷新"):
        replying.settle(submitted, {}, revision=submitted.revision, by=cast.street_officer)


def test_community_does_not_check_itself_and_the_neighbour_sees_nothing(cast: Cast, submitted: Reply) -> None:
    with pytest.raises(NotAllowed):
        replying.settle(submitted, {}, revision=submitted.revision, by=cast.worker)
    with pytest.raises(Http404):
        replying.settle(submitted, {}, revision=submitted.revision, by=cast.neighbour_officer)


def test_closed_campaign_takes_nothing_more(cast: Cast, campaign: Campaign, submitted: Reply) -> None:
    campaigning.close(campaign, by=cast.county_officer)

    with pytest.raises(NotPossible, match="任务已经结束"):
        replying.settle(submitted, {}, revision=submitted.revision, by=cast.street_officer)
    with pytest.raises(NotPossible, match="任务已经结束"):
        replying.withdraw(submitted, by=cast.worker)


def test_what_waits_goes_from_the_community_to_the_street_and_back(cast: Cast, campaign: Campaign) -> None:
    def waiting() -> dict[str, int]:
        return {
            role: campaigns.waiting(cast.actors[role]).count() for role in ("worker", "other_worker", "street_officer")
        }

    assert waiting() == {"worker": 1, "other_worker": 1, "street_officer": 0}
    stage.filled(cast.worker, cast.community)
    reply = replying.submit(stage.reply_of(campaign, cast.community), by=cast.worker)
    assert waiting() == {"worker": 0, "other_worker": 1, "street_officer": 1}
    replying.settle(reply, {Section.BASICS: "人口与台账不符"}, revision=reply.revision, by=cast.street_officer)
    assert waiting() == {"worker": 1, "other_worker": 1, "street_officer": 0}
