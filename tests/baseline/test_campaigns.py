"""Campaigns: who may open one, what can't be in one, and what each step changes and records."""

from __future__ import annotations

import datetime as dt

import pytest
from django.http import Http404

from greenhood.accounts.access import NotAllowed
from greenhood.baseline.actions import campaigning
from greenhood.baseline.errors import NotPossible
from greenhood.baseline.models import Campaign, Reply
from greenhood.baseline.queries import campaigns
from greenhood.divisions.models import Division
from greenhood.history.models import Entry
from greenhood.kit.dates import today_in_shanghai
from tests.baseline import stage
from tests.cast import Cast

TODAY = today_in_shanghai


def events(prefix: str = "campaign.") -> list[str]:
    return list(Entry.objects.filter(event__startswith=prefix).order_by("at", "number").values_list("event", flat=True))


def test_opening_gives_every_subject_of_the_division_a_part(cast: Cast) -> None:
    campaign = stage.opened(cast)

    assert campaign.state == Campaign.State.OPEN
    assert {row.community for row in campaign.replies.select_related("community")} == set(cast.communities)
    assert events() == ["campaign.drafted", "campaign.opened"]


def test_opening_twice_changes_nothing(cast: Cast) -> None:
    campaign = stage.opened(cast)

    again = campaigning.open_(campaign, by=cast.county_officer)

    assert again.revision == campaign.revision
    assert campaign.replies.count() == 4
    assert events() == ["campaign.drafted", "campaign.opened"]


def test_chosen_communities_alone_take_part(cast: Cast) -> None:
    campaign = stage.opened(cast, covers="chosen", communities=[cast.community, cast.third_community])

    assert set(campaign.replies.values_list("community", flat=True)) == {cast.community.pk, cast.third_community.pk}


def test_community_of_elsewhere_can_not_be_chosen(cast: Cast) -> None:
    with pytest.raises(NotPossible, match="大慈寺社区居委会"):
        stage.opened(cast, covers="chosen", communities=[cast.neighbour_community])

    assert not Campaign.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "  "}, "title"),
        ({"asked": {}}, "kinds"),
        ({"due_on": TODAY() - dt.timedelta(days=1), "fresh_from": TODAY() - dt.timedelta(days=9)}, "due_on"),
        ({"fresh_from": TODAY() + dt.timedelta(days=1)}, "fresh_from"),
        ({"fresh_from": dt.date(1999, 12, 31)}, "fresh_from"),
        ({"covers": "chosen"}, "communities"),
    ],
)
def test_impossible_terms_are_refused_at_their_field(cast: Cast, changes, field: str) -> None:
    with pytest.raises(NotPossible) as problem:
        campaigning.draft(cast.county, stage.terms(**changes), by=cast.county_officer)

    assert problem.value.field == field
    assert not Campaign.objects.exists()


@pytest.mark.parametrize("role", ["worker", "street_officer", "department_officer", "auditor"])
def test_only_offices_from_the_county_up_organise(cast: Cast, role: str) -> None:
    actor = cast.actors[role]

    with pytest.raises(NotAllowed, match="组织摸底"):
        campaigning.draft(actor.post.division, stage.terms(), by=actor)


def test_neighbour_sees_nothing_to_open(cast: Cast) -> None:
    with pytest.raises(Http404):
        campaigning.draft(cast.county, stage.terms(), by=cast.neighbour_officer)


def test_draft_is_seen_by_its_office_and_not_below(cast: Cast) -> None:
    draft = campaigning.draft(cast.county, stage.terms(), by=cast.county_officer)

    seen = {role for role, actor in cast.actors.items() if draft in campaigns.campaigns_for(actor)}

    assert seen == {"county_officer", "city_officer", "province_officer"}


def test_open_campaign_is_seen_by_those_it_concerns(cast: Cast) -> None:
    campaign = stage.opened(cast, covers="chosen", communities=[cast.community])

    seen = {role for role, actor in cast.actors.items() if campaign in campaigns.campaigns_for(actor)}

    assert {"worker", "street_officer", "county_officer", "city_officer", "grid_worker"} <= seen
    assert not {"other_worker", "neighbour_officer", "neighbour_worker", "stranger", "expert", "resident"} & seen


def test_draft_can_be_changed_once_at_a_time(cast: Cast) -> None:
    draft = campaigning.draft(cast.county, stage.terms(), by=cast.county_officer)

    campaigning.change(draft, stage.terms(title="底数核查"), revision=0, by=cast.county_officer)

    assert Campaign.objects.get().title == "底数核查"
    with pytest.raises(NotPossible, match="已被他人修改"):
        campaigning.change(draft, stage.terms(title="另一个"), revision=0, by=cast.county_officer)


def test_open_campaign_can_not_be_changed_or_discarded(cast: Cast) -> None:
    campaign = stage.opened(cast)

    with pytest.raises(NotPossible, match="已经下发"):
        campaigning.change(campaign, stage.terms(), revision=campaign.revision, by=cast.county_officer)
    with pytest.raises(NotPossible, match="已经下发"):
        campaigning.discard(campaign, by=cast.county_officer)


def test_draft_past_its_day_is_not_opened(cast: Cast) -> None:
    draft = campaigning.draft(cast.county, stage.terms(), by=cast.county_officer)
    Campaign.objects.update(fresh_from=TODAY() - dt.timedelta(days=9), due_on=TODAY() - dt.timedelta(days=1))

    with pytest.raises(NotPossible, match="已过"):
        campaigning.open_(draft, by=cast.county_officer)


def test_division_without_communities_is_not_opened(cast: Cast) -> None:
    Division.objects.filter(level=5).update(urban_rural_class=220)

    with pytest.raises(NotPossible, match="没有社区"):
        stage.opened(cast)


def test_reopening_asks_for_a_reason_and_a_day_to_come(cast: Cast) -> None:
    campaign = campaigning.close(stage.opened(cast), by=cast.county_officer)

    with pytest.raises(NotPossible, match="原因"):
        campaigning.reopen(campaign, due_on=TODAY(), reason=" ", by=cast.county_officer)
    with pytest.raises(NotPossible, match="已过"):
        campaigning.reopen(campaign, due_on=TODAY() - dt.timedelta(days=1), reason="补报", by=cast.county_officer)
    again = campaigning.reopen(campaign, due_on=TODAY(), reason="补报", by=cast.county_officer)

    assert (again.state, again.closed_at, again.due_on) == (Campaign.State.OPEN, None, TODAY())
    assert events()[-2:] == ["campaign.closed", "campaign.reopened"]


def test_new_community_is_noticed_and_taken_in(cast: Cast) -> None:
    campaign = stage.opened(cast)
    new = Division.objects.create(
        id=510107001003,
        code=510107001003,
        parent=cast.street_division,
        level=5,
        name="新设社区居委会",
        urban_rural_class=111,
    )

    assert list(campaigns.uncovered(campaign)) == [new]
    assert campaigning.take_in(campaign, by=cast.county_officer) == 1
    assert campaigning.take_in(campaign, by=cast.county_officer) == 0
    assert Reply.objects.filter(community=new).count() == 1


def test_extension_is_for_one_community_and_says_why(cast: Cast) -> None:
    campaign = stage.opened(cast)
    reply = stage.reply_of(campaign, cast.community)
    later = campaign.due_on + dt.timedelta(days=10)

    campaigning.extend(reply, due_on=later, reason="整体搬迁", by=cast.county_officer)

    assert stage.reply_of(campaign, cast.community).due == later
    assert stage.reply_of(campaign, cast.other_community).due == campaign.due_on
    assert events("reply.") == ["reply.extended"]


@pytest.mark.parametrize(("days", "reason", "field"), [(0, "搬迁", "due_on"), (5, "  ", "reason")])
def test_extension_without_sense_is_refused(cast: Cast, days: int, reason: str, field: str) -> None:
    campaign = stage.opened(cast)
    reply = stage.reply_of(campaign, cast.community)

    with pytest.raises(NotPossible) as problem:
        campaigning.extend(
            reply, due_on=campaign.due_on + dt.timedelta(days=days), reason=reason, by=cast.county_officer
        )

    assert problem.value.field == field


def test_street_can_not_extend(cast: Cast) -> None:
    reply = stage.reply_of(stage.opened(cast), cast.community)

    with pytest.raises(Http404):
        campaigning.extend(reply, due_on=TODAY() + dt.timedelta(days=90), reason="搬迁", by=cast.street_officer)
