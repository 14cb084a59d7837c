"""Reasons hold for the values that they were given for; a higher scheme that changes meanwhile asks anew."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from greenhood.history.models import Entry
from greenhood.planning import actions, filing, queries
from greenhood.planning.errors import Overtaken, Refused
from greenhood.planning.models import Plan
from greenhood.reporting.models import State
from tests.cast import Cast, sign_in
from tests.declarations import stage
from tests.planning.planned import TASK, YEAR, change_standard, save, write

pytestmark = pytest.mark.django_db

LOWER = "首年过渡，次年恢复。"


@pytest.fixture(autouse=True)
def sichuan(cast: Cast) -> Any:
    stage.publish("national-2020")
    return stage.publish("sichuan-2020")


@pytest.fixture
def plan(cast: Cast) -> Plan:
    return write(actions.start(cast.county, year=YEAR, by=cast.county_officer), cast.county_officer)


def fresh(plan: Plan) -> Plan:
    return queries.with_all().get(pk=plan.pk)


def explain(plan: Plan, cast: Cast, **reasons: str) -> Plan:
    held = fresh(plan)
    return actions.save_reasons(held, {key.replace("_", "."): text for key, text in reasons.items()}, revision=held.revision, by=cast.county_officer)  # fmt: skip


def accepted(plan: Plan, cast: Cast) -> Plan:
    held = fresh(plan)
    filing.submit(held, signed_by="张敏", revision=held.revision, by=cast.county_officer)
    held = fresh(plan)
    filing.accept(held, revision=held.revision, by=cast.city_officer)
    return fresh(plan)


def put_in_force(plan: Plan, cast: Cast) -> Any:
    held = fresh(plan)
    return filing.publish(held, confirmed=True, revision=held.revision, by=cast.county_officer)


# --- reasons -------------------------------------------------------------------------------------------------------------


def test_a_value_that_is_loosened_further_asks_for_a_reason_anew(cast: Cast, plan: Plan) -> None:
    change_standard(plan, cast.county_officer, levels={"green": "60"})
    explain(plan, cast, levels_green=LOWER)
    explained = queries.looked_at(fresh(plan)).unexplained
    change_standard(plan, cast.county_officer, levels={"green": "10"})

    held = fresh(plan)
    with pytest.raises(Refused) as refused:
        filing.submit(held, signed_by="张敏", revision=held.revision, by=cast.county_officer)

    assert explained == []
    assert set(refused.value.problems) == {"reason-levels.green"}
    assert "10 分" in refused.value.problems["reason-levels.green"]
    assert LOWER not in queries.looked_at(held).draft.text


def test_a_value_set_back_to_what_the_reason_was_given_for_holds_again(cast: Cast, plan: Plan) -> None:
    change_standard(plan, cast.county_officer, levels={"green": "60"})
    explain(plan, cast, levels_green=LOWER)
    change_standard(plan, cast.county_officer, levels={"green": "10"})
    change_standard(plan, cast.county_officer, levels={"green": "60"})

    assert queries.looked_at(fresh(plan)).unexplained == []


def test_words_left_standing_beside_a_changed_figure_are_no_new_reason(cast: Cast, plan: Plan) -> None:
    reasons = {"#3": "部分院落正在撤并网格。"}
    change_standard(plan, cast.county_officer, marks={"3.4": "80"}, reasons=reasons)
    first = queries.looked_at(fresh(plan)).unexplained
    change_standard(plan, cast.county_officer, marks={"3.4": "50"}, reasons=reasons)
    change_standard(plan, cast.county_officer, marks={"3.4": "50"}, reasons=reasons)
    left = queries.looked_at(fresh(plan)).unexplained
    change_standard(plan, cast.county_officer, marks={"3.4": "50"}, reasons={"#3": "撤并要两年，先到一半。"})

    assert (first, [one.key for one in left], queries.looked_at(fresh(plan)).unexplained) == ([], ["#3"], [])


def test_the_earlier_reason_is_read_beside_an_empty_field(cast: Cast, plan: Plan, client: Client) -> None:
    change_standard(plan, cast.county_officer, levels={"green": "60"})
    explain(plan, cast, levels_green=LOWER)
    change_standard(plan, cast.county_officer, levels={"green": "10"})
    sign_in(client, cast.county_officer)

    page = client.get(reverse("planning:compare", args=[plan.pk])).content.decode()

    assert f"写的理由：{LOWER}" in page
    assert f">{LOWER}</textarea>" not in page
    held = explain(plan, cast, levels_green="")
    assert held.content["reasons"]["levels.green"]["text"] == LOWER


def test_last_years_reasons_are_given_anew(cast: Cast, plan: Plan) -> None:
    change_standard(plan, cast.county_officer, levels={"green": "60"})
    explain(plan, cast, levels_green=LOWER)
    accepted(plan, cast)
    put_in_force(plan, cast)

    following = actions.start(cast.county, year=YEAR + 1, by=cast.county_officer)
    save(following, "yearly", {**TASK, "year": str(YEAR + 1), "by": f"{YEAR + 1}-10-31"}, by=cast.county_officer)
    looked = queries.looked_at(fresh(following))

    assert [one.key for one in looked.unexplained] == ["levels.green"]
    assert LOWER not in looked.draft.text


# --- a newer higher version ----------------------------------------------------------------------------------------------


def test_an_accepted_plan_that_a_newer_version_makes_looser_is_refused_with_the_clause(
    cast: Cast, plan: Plan, client: Client
) -> None:
    change_standard(plan, cast.county_officer, levels={"green": "75"})
    held = accepted(plan, cast)
    stage.publish("sichuan-2020", **{"pass-mark-green": "80"})
    sign_in(client, cast.county_officer)

    with pytest.raises(Refused) as refused:
        put_in_force(plan, cast)
    page = client.post(reverse("planning:publish", args=[plan.pk]), {"revision": held.revision, "confirmed": "yes"})

    said = "；".join(refused.value.problems.values())
    assert ("80 分" in said, "75 分" in said, "第 2 版" in said) == (True, True, True)
    assert queries.looked_at(held).plan.higher.scheme.standard.levels[0].source in said
    assert page.status_code == 422
    assert "按新版重新编制" in page.content.decode()
    assert fresh(plan).published_at is None


def test_what_a_newer_version_leaves_alone_comes_in_force_under_it(cast: Cast, plan: Plan) -> None:
    change_standard(plan, cast.county_officer, levels={"green": "85"})
    accepted(plan, cast)
    newer = stage.publish("sichuan-2020", **{"pass-mark-green": "80"})

    put_in_force(plan, cast)

    assert fresh(plan).higher == newer


def test_what_was_explained_stays_explained_where_a_newer_version_asks_less(cast: Cast, plan: Plan) -> None:
    change_standard(plan, cast.county_officer, levels={"green": "60"})
    explain(plan, cast, levels_green=LOWER)
    accepted(plan, cast)
    stage.publish("sichuan-2020", **{"pass-mark-green": "65"})

    assert put_in_force(plan, cast).scheme.standard.levels[0].at_least == 60


def test_what_was_explained_is_asked_anew_where_a_newer_version_asks_more(cast: Cast, plan: Plan) -> None:
    change_standard(plan, cast.county_officer, levels={"green": "60"})
    explain(plan, cast, levels_green=LOWER)
    accepted(plan, cast)
    stage.publish("sichuan-2020", **{"pass-mark-green": "80"})

    with pytest.raises(Refused):
        put_in_force(plan, cast)


def test_an_accepted_plan_is_taken_up_again_under_the_newer_version_and_filed_anew(cast: Cast, plan: Plan) -> None:
    change_standard(plan, cast.county_officer, levels={"green": "75"})
    held = accepted(plan, cast)
    with pytest.raises(Refused):
        filing.take_up_again(held, revision=held.revision, by=cast.county_officer)
    newer = stage.publish("sichuan-2020", **{"pass-mark-green": "80"})
    filing.take_up_again(held, revision=held.revision, by=cast.county_officer)
    with pytest.raises((Refused, Overtaken)):
        filing.take_up_again(held, revision=held.revision, by=cast.county_officer)

    held = fresh(plan)
    assert (held.higher, held.state, held.submissions.count()) == (newer, State.OPEN, 1)
    change_standard(plan, cast.county_officer, levels={"green": "82"})
    accepted(plan, cast)
    put_in_force(plan, cast)
    assert fresh(plan).submissions.count() == 2
    events = Entry.objects.filter(subject_id=str(plan.pk), event="plan.taken_up")
    assert events.count() == 1


def test_own_approval_waits_for_the_comparison_with_the_version_in_force(cast: Cast, plan: Plan) -> None:
    stage.publish("sichuan-2020", **{"pass-mark-green": "80"})
    held = fresh(plan)
    with pytest.raises(Refused) as refused:
        filing.publish(held, confirmed=True, approval="区政府第 12 次常务会议", revision=held.revision, by=cast.county_officer)  # fmt: skip
    held = actions.follow_newest(held, revision=held.revision, by=cast.county_officer)

    assert set(refused.value.problems) == {"newer"}
    assert filing.publish(held, confirmed=True, approval="区政府第 12 次常务会议", revision=held.revision, by=cast.county_officer)  # fmt: skip


# --- two at once -----------------------------------------------------------------------------------------------------------


def test_who_restores_a_draft_that_changed_meanwhile_is_told(cast: Cast, plan: Plan, client: Client) -> None:
    actions.discard(plan, revision=plan.revision, by=cast.county_officer)
    held = fresh(plan)
    actions.restore(held, revision=held.revision, by=cast.county_officer)
    again = fresh(plan)
    actions.discard(again, revision=again.revision, by=cast.county_officer)
    sign_in(client, cast.county_officer)

    with pytest.raises(Overtaken):
        actions.restore(held, revision=held.revision, by=cast.county_officer)
    answer = client.post(reverse("planning:restore", args=[plan.pk]), {"revision": held.revision})

    assert answer.status_code == 422
    assert "刚被他人修改" in answer.content.decode()
