"""How complete a campaign is: what counts as done, what as missing, and how many queries it takes for however many."""

from __future__ import annotations

import datetime as dt

import pytest

from greenhood.baseline.actions import stating
from greenhood.baseline.errors import NotPossible
from greenhood.baseline.models import NothingThere
from greenhood.baseline.queries import completeness, sheets, things
from greenhood.baseline.queries.completeness import CommunityLine
from greenhood.divisions.models import Division
from greenhood.facts import actions as facts
from greenhood.facts.errors import Conflict
from greenhood.facts.kinds import Section, kind
from greenhood.history.models import Entry
from greenhood.kit.dates import today_in_shanghai
from tests.baseline import stage
from tests.cast import Cast


def line_of(campaign, community) -> CommunityLine:
    return completeness.by_community(campaign, community)[0]


def test_untouched_community_has_everything_to_type(cast: Cast) -> None:
    campaign = stage.opened(cast)

    line = line_of(campaign, cast.community)

    assert (line.done, line.kinds, line.cells, line.stale, line.is_begun) == (0, 3, 5, 0, False)
    assert line.sections == {Section.BASICS: False, Section.ESTATES: False, Section.HERITAGE: False}


def test_what_is_recorded_counts_and_is_not_typed_again(cast: Cast) -> None:
    stage.recorded(cast.worker, cast.community, "population")

    line = line_of(stage.opened(cast), cast.community)

    assert (line.done, line.cells, line.is_begun) == (1, 3, True)
    assert line.sections[Section.BASICS] is True


def test_everything_recorded_is_complete(cast: Cast) -> None:
    campaign = stage.opened(cast)

    stage.filled(cast.worker, cast.community)

    line = line_of(campaign, cast.community)
    assert (line.is_complete, line.done, line.cells, line.stale) == (True, 3, 0, 0)
    assert line_of(campaign, cast.other_community).done == 0


def test_asked_cell_that_is_empty_is_missing(cast: Cast) -> None:
    campaign = stage.opened(cast, asked={"estates": ["name", "dwellings", "built_year", "property_company"]})
    stage.recorded(cast.worker, cast.community, "estates")
    stage.recorded(cast.worker, cast.community, "estates", name="桃园", built_year=1998, property_company="安居物业")

    line = line_of(campaign, cast.community)

    assert (line.done, line.cells) == (0, 2)


def test_too_old_figures_are_to_be_confirmed_and_not_typed(cast: Cast) -> None:
    campaign = stage.opened(cast)
    fact = stage.recorded(cast.worker, cast.community, "population", days_ago=90)

    before = line_of(campaign, cast.community)
    stating.confirm(kind("population"), cast.community, fact.thing, replaces=fact.id, by=cast.worker)
    after = line_of(campaign, cast.community)

    assert (before.done, before.cells, before.stale, before.is_begun) == (0, 3, 1, False)
    assert (after.done, after.cells, after.stale, after.is_begun) == (1, 3, 0, True)


def test_confirming_makes_a_new_version_of_today_with_the_same_figures(cast: Cast) -> None:
    fact = stage.recorded(cast.worker, cast.community, "estates", days_ago=90)

    confirmed = stating.confirm(kind("estates"), cast.community, fact.thing, replaces=fact.id, by=cast.worker)
    again = stating.confirm(kind("estates"), cast.community, fact.thing, replaces=fact.id, by=cast.worker)

    versions = stage.versions("estates", str(fact.thing))
    assert [(row.dated, row.until, row.dwellings, row.source) for row in versions] == [
        (fact.dated, today_in_shanghai(), 800, "typed"),
        (today_in_shanghai(), None, 800, "surveyed"),
    ]
    assert again.id == confirmed.id


def test_drawn_shape_survives_confirming(cast: Cast) -> None:
    square = {"type": "Polygon", "coordinates": [[[104.05, 30.65], [104.06, 30.65], [104.06, 30.66], [104.05, 30.65]]]}
    fact = stage.recorded(cast.worker, cast.community, "estates", days_ago=90, geometry=square)

    confirmed = stating.confirm(kind("estates"), cast.community, fact.thing, replaces=fact.id, by=cast.worker)

    assert (confirmed.geometry, confirmed.area) == (fact.geometry, fact.area)


def test_confirming_what_was_replaced_meanwhile_is_a_conflict(cast: Cast) -> None:
    fact = stage.recorded(cast.worker, cast.community, "estates", days_ago=90)
    facts.record(
        kind("estates"),
        cast.community,
        stating.whole_of(fact) | {"dwellings": 700},
        dated=today_in_shanghai() - dt.timedelta(days=70),
        by=cast.street_officer,
        thing=fact.thing,
        replaces=fact.id,
    )

    with pytest.raises(Conflict):
        stating.confirm(kind("estates"), cast.community, fact.thing, replaces=fact.id, by=cast.worker)


def test_nothing_there_is_a_fact_and_no_gap(cast: Cast) -> None:
    campaign = stage.opened(cast)

    stating.state_nothing(kind("heritage"), cast.community, by=cast.worker)
    stating.state_nothing(kind("heritage"), cast.community, by=cast.worker)

    line = line_of(campaign, cast.community)
    assert (line.done, line.cells, line.sections[Section.HERITAGE]) == (1, 4, True)
    assert NothingThere.objects.count() == 1
    assert Entry.objects.filter(event="nothing_there.stated").count() == 1


def test_nothing_there_said_long_ago_is_to_be_confirmed(cast: Cast) -> None:
    campaign = stage.opened(cast)
    long_ago = today_in_shanghai() - dt.timedelta(days=300)
    stating.state_nothing(kind("heritage"), cast.community, by=cast.worker, dated=long_ago)

    before = line_of(campaign, cast.community)
    stating.state_nothing(kind("heritage"), cast.community, by=cast.worker)

    assert (before.done, before.cells, before.stale) == (0, 4, 1)
    assert line_of(campaign, cast.community).done == 1


def test_recording_a_thing_takes_nothing_there_back_and_says_so(cast: Cast) -> None:
    stating.state_nothing(kind("heritage"), cast.community, by=cast.worker)
    stating.state_nothing(kind("heritage"), cast.other_community, by=cast.other_worker)

    stage.recorded(cast.worker, cast.community, "heritage")

    row = NothingThere.objects.get(community=cast.community)
    assert (row.ended_at is not None, row.end_reason) == (True, stating.RECORDED_SINCE)
    assert NothingThere.objects.filter(ended_at=None).get().community == cast.other_community
    assert Entry.objects.filter(event="nothing_there.taken_back").count() == 1


def test_nothing_there_is_refused_while_something_is(cast: Cast) -> None:
    stage.recorded(cast.worker, cast.community, "heritage")

    with pytest.raises(NotPossible, match="已登记 1 处"):
        stating.state_nothing(kind("heritage"), cast.community, by=cast.worker)
    with pytest.raises(NotPossible, match="每个社区都有"):
        stating.state_nothing(kind("population"), cast.community, by=cast.worker)
    with pytest.raises(NotPossible, match="不能晚于今天"):
        stating.state_nothing(
            kind("heritage"),
            cast.other_community,
            by=cast.other_worker,
            dated=today_in_shanghai() + dt.timedelta(days=1),
        )


def test_one_community_and_the_list_agree(cast: Cast) -> None:
    campaign = stage.opened(cast)
    stage.recorded(cast.worker, cast.community, "population", days_ago=90)
    stage.recorded(cast.worker, cast.community, "estates")
    stating.state_nothing(kind("heritage"), cast.community, by=cast.worker)

    line, to_do = line_of(campaign, cast.community), things.to_do(campaign, cast.community)

    assert (to_do.done, to_do.cells, to_do.stale) == (line.done, line.cells, line.stale) == (2, 0, 1)
    assert {part.section: part.is_done for part in to_do.sections} == line.sections


def test_divisions_add_up(cast: Cast) -> None:
    campaign = stage.opened(cast)
    stage.filled(cast.worker, cast.community)
    stage.recorded(cast.street_officer, cast.other_community, "population")

    county = completeness.whole(campaign, cast.county)
    first, second = completeness.by_division(campaign, cast.county)

    assert (county.communities, county.complete, county.begun, county.done, county.cells) == (4, 1, 2, 4, 13)
    assert (first.division, first.communities, first.complete, first.unbegun) == (cast.street_division, 2, 1, 0)
    assert (second.division, second.communities, second.complete, second.unbegun) == (cast.other_street, 2, 0, 2)
    assert first.sections == {Section.BASICS: 2, Section.ESTATES: 1, Section.HERITAGE: 1}
    assert county.share == pytest.approx(4 / 12)


def test_lateness_and_filters(cast: Cast) -> None:
    campaign = stage.opened(cast)
    stage.filled(cast.worker, cast.community)
    campaign.due_on = today_in_shanghai() - dt.timedelta(days=1)
    campaign.save()

    def shown(show: str) -> list[int]:
        return [line.community_id for line in completeness.by_community(campaign, cast.county, show=show)]

    assert shown("") == [each.pk for each in cast.communities]
    assert shown("unbegun") == [each.pk for each in cast.communities[1:]]
    assert shown("unfinished") == shown("unbegun")
    assert shown("late") == shown("")
    assert shown("waiting") == shown("accepted") == shown("returned") == []


def test_as_many_queries_for_four_communities_as_for_two_hundred(cast: Cast, django_assert_num_queries) -> None:
    campaign = stage.opened(cast)
    with django_assert_num_queries(4):
        completeness.whole(campaign, cast.county)
        completeness.by_division(campaign, cast.county)
        completeness.by_community(campaign, cast.county, most=None)
    Division.objects.bulk_create(
        Division(id=code, code=code, parent=cast.other_street, level=5, name=f"社区{code}", urban_rural_class=111)
        for code in range(510107002003, 510107002199)
    )
    campaign = stage.opened(cast)

    with django_assert_num_queries(4):
        assert completeness.whole(campaign, cast.county).communities == 200
        assert [line.communities for line in completeness.by_division(campaign, cast.county)] == [2, 198]
        assert len(completeness.by_community(campaign, cast.county, most=None)) == 200


def test_every_kind_that_can_be_asked_can_be_counted(cast: Cast) -> None:
    campaign = stage.opened(cast, asked=_everything())

    line = line_of(campaign, cast.community)

    assert line.cells == sum(len(columns) for columns in campaign.asked.values())


def _everything() -> dict[str, list[str]]:
    from greenhood.baseline import asking

    return {each.key: [column.name for column in each.columns] for each in asking.askable()}


def test_sheet_has_a_row_for_each_community(cast: Cast) -> None:
    campaign = stage.opened(cast)
    stage.filled(cast.worker, cast.community)

    rows = [dict(zip(sheets.headings(campaign), row, strict=True)) for row in sheets.rows(campaign, cast.county)]

    assert [row["社区"] for row in rows] == [each.name for each in cast.communities]
    assert (rows[0]["已完成类别"], rows[0]["街道（乡镇）"], rows[0]["基本情况"]) == (3, "浆洗街街道", "已完成")
    assert (rows[1]["还要填的格数"], rows[1]["是否开始"], rows[1]["基本情况"]) == (5, "否", "未完成")
