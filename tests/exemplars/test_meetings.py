"""On-site meetings: planned, announced, answered, held with minutes, cancelled."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from greenhood.accounts.access import NotAllowed
from greenhood.exemplars.actions import bases
from greenhood.exemplars.actions import meetings as actions
from greenhood.exemplars.actions.meetings import Plan
from greenhood.exemplars.errors import Overtaken, Refused
from greenhood.exemplars.models import Base, Invitation, Meeting
from greenhood.exemplars.queries import meetings as queries
from greenhood.exemplars.queries import waits
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.ids import uuid7
from tests.cast import Cast, sign_in
from tests.exemplars import stage

pytestmark = pytest.mark.django_db

TODAY = today_in_shanghai()


def said(cast: Cast, **changed: object) -> Plan:
    plan = Plan(
        kind="on_site",
        title="口袋公园现场推进会",
        on=TODAY + dt.timedelta(days=5),
        begins=dt.time(9, 30),
        place="晋阳社区居民活动室",
        reply_by=TODAY + dt.timedelta(days=3),
        unit="武侯区住建局",
        phone="028-85551234",
        community=cast.community.pk,
        invited=(cast.street_division.pk, cast.other_street.pk),
    )
    return replace(plan, **changed)


def planned(cast: Cast, **changed: object) -> Meeting:
    return actions.plan(cast.county, said(cast, **changed), by=cast.county_officer)


def announced(cast: Cast, **changed: object) -> Meeting:
    row = planned(cast, **changed)
    return actions.announce(row, revision=row.revision, by=cast.county_officer)


def invitation(row: Meeting, division: Model) -> Invitation:
    return row.invitations.get(division=division)


def past(row: Meeting) -> Meeting:
    """As if its day were over."""
    before = TODAY - dt.timedelta(days=1)
    Meeting.objects.filter(pk=row.pk).update(on=before, reply_by=before)
    row.refresh_from_db()
    return row


def test_plan_is_nobody_elses_until_it_is_announced(cast: Cast, client: Client) -> None:
    practice = stage.published(cast)
    row = planned(cast, practices=(practice.pk,))
    assert client.get(row.get_absolute_url()).status_code == 404
    assert waits.invitations(cast.street_officer).count() == 0

    actions.announce(row, revision=row.revision, by=cast.county_officer)

    assert stage.CONTENT.title in client.get(row.get_absolute_url()).content.decode()
    assert waits.invitations(cast.street_officer).count() == 1
    with pytest.raises(Overtaken):
        actions.announce(row, revision=1, by=cast.county_officer)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"on": dt.date(2020, 1, 1), "reply_by": dt.date(2020, 1, 1)}, {"on", "reply_by"}),
        ({"reply_by": TODAY + dt.timedelta(days=9)}, {"reply_by"}),
        ({"title": " "}, {"title"}),
        ({"invited": (510104001000,)}, {"invited"}),
        ({"community": 510104001001}, {"community"}),
        ({"kind": "party"}, {"kind"}),
        ({"phone": "13800138000"}, {"phone"}),
        ({"agenda": "联系小王 138 0013 8000"}, {"agenda"}),
    ],
)
def test_odd_plans_are_refused_at_their_field(cast: Cast, changed: dict, field: set[str]) -> None:
    with pytest.raises(Refused) as refused:
        planned(cast, **changed)

    assert refused.value.problems.keys() == field


def test_community_plans_no_meeting(cast: Cast) -> None:
    with pytest.raises(Refused, match="街道（乡镇）以上"):
        actions.plan(cast.community, said(cast, invited=()), by=cast.worker)


def test_meeting_without_guests_is_not_announced(cast: Cast) -> None:
    row = planned(cast, invited=())

    with pytest.raises(Refused, match="至少邀请"):
        actions.announce(row, revision=row.revision, by=cast.county_officer)


def test_meeting_that_nobody_could_answer_any_more_is_not_announced(cast: Cast) -> None:
    row = planned(cast)
    Meeting.objects.filter(pk=row.pk).update(reply_by=TODAY - dt.timedelta(days=1))

    with pytest.raises(Refused) as refused:
        actions.announce(row, revision=row.revision, by=cast.county_officer)

    assert refused.value.problems.keys() == {"reply_by"}


def test_mobile_number_of_an_earlier_plan_is_neither_announced_nor_shown(cast: Cast, client: Client) -> None:
    row, old = planned(cast), announced(cast, title="以前通知的")
    Meeting.objects.update(phone="13800138000")
    with pytest.raises(Refused) as refused:
        actions.announce(row, revision=row.revision, by=cast.county_officer)
    assert refused.value.problems.keys() == {"phone"}

    assert "13800138000" not in client.get(old.get_absolute_url()).content.decode()
    sign_in(client, cast.street_officer)
    assert "13800138000" in client.get(old.get_absolute_url()).content.decode()


def test_base_that_runs_out_before_the_meeting_is_refused_and_an_expired_one_not_offered(cast: Cast) -> None:
    base = bases.apply(cast.community, stage.BASE, by=cast.worker)
    until = TODAY + dt.timedelta(days=4)
    bases.designate(base, valid_until=until, revision=base.revision, by=cast.county_officer)

    with pytest.raises(Refused) as refused:
        planned(cast, base=base.pk)
    assert refused.value.problems.keys() == {"base"}
    planned(cast, base=base.pk, on=until, reply_by=until)

    assert [name for _, name in queries.offered(cast.county).bases] == [base.name]
    Base.objects.update(designated_on=dt.date(2020, 1, 1), valid_until=TODAY - dt.timedelta(days=1))
    assert queries.offered(cast.county).bases == []


def test_invited_division_answers_for_itself_and_corrects_it(cast: Cast) -> None:
    row = announced(cast)
    mine = invitation(row, cast.street_division)
    with pytest.raises(NotAllowed):
        actions.answer(mine, is_coming=True, people=2, by=cast.county_officer)
    with pytest.raises(Refused, match="参加人数"):
        actions.answer(mine, is_coming=True, people=0, by=cast.street_officer)

    actions.answer(mine, is_coming=True, people=3, by=cast.street_officer)
    mine = actions.answer(mine, is_coming=False, note="另有会议", by=cast.street_officer)

    assert (mine.answer, mine.people, mine.note) == ("declined", 0, "另有会议")
    assert waits.invitations(cast.street_officer).count() == 0


def test_answer_after_its_day_is_refused_with_the_telephone(cast: Cast) -> None:
    row = past(announced(cast))

    with pytest.raises(Refused, match="028-85551234"):
        actions.answer(invitation(row, cast.street_division), is_coming=True, people=3, by=cast.street_officer)


def test_changed_plan_keeps_the_answers_of_those_still_invited(cast: Cast) -> None:
    row = announced(cast)
    actions.answer(invitation(row, cast.street_division), is_coming=True, people=3, by=cast.street_officer)

    actions.change(row, said(cast, invited=(cast.street_division.pk,)), revision=row.revision, by=cast.county_officer)

    assert list(row.invitations.values_list("division", "people")) == [(cast.street_division.pk, 3)]


def test_minutes_and_who_came_are_published_after_the_day(cast: Cast, client: Client) -> None:
    row = announced(cast)
    with pytest.raises(Refused, match="开过以后"):
        actions.close(row, minutes="略", came={}, revision=row.revision, by=cast.county_officer)
    row = past(row)
    assert waits.meetings_to_close(cast.county_officer).count() == 1
    with pytest.raises(Refused, match="不在邀请名单"):
        actions.close(row, minutes="略", came={1: 2}, revision=row.revision, by=cast.county_officer)

    actions.close(
        row,
        minutes="看了口袋公园，议定年底前各街道再建两处。",
        came={cast.street_division.pk: 4},
        revision=row.revision,
        by=cast.county_officer,
    )

    page = client.get(row.get_absolute_url()).content.decode()
    assert "议定年底前" in page
    assert "到会 1 个单位 4 人" in page
    [listed] = queries.listed(queries.Filters()).rows
    assert (listed.invited, listed.attending, listed.people) == (2, 1, 4)
    assert waits.meetings_to_close(cast.county_officer).count() == 0


def test_cancelled_meeting_is_read_only_by_those_invited(cast: Cast, client: Client) -> None:
    row = announced(cast)
    actions.cancel(row, reason="防汛。", revision=row.revision, by=cast.county_officer)

    assert client.get(row.get_absolute_url()).status_code == 404
    sign_in(client, cast.street_officer)
    assert "防汛" in client.get(row.get_absolute_url()).content.decode()


def test_month_shows_the_meetings_of_its_days(cast: Cast) -> None:
    row = announced(cast)

    month = queries.month(row.on.replace(day=1), queries.Filters())

    assert [(day, [one.title for one in rows]) for week in month.weeks for day, rows in week if rows] == [
        (row.on, [row.title])
    ]
    assert all(len(week) == 7 for week in month.weeks)


def test_pages_lead_from_plan_to_minutes(cast: Cast, client: Client) -> None:
    sign_in(client, cast.county_officer)
    plan = said(cast)
    typed = {
        "kind": plan.kind, "title": plan.title, "on": plan.on, "begins": "09:30", "place": plan.place, "reply_by": plan.reply_by,
        "unit": plan.unit, "phone": plan.phone, "invited": [cast.street_division.pk],
    }  # fmt: skip
    refused = client.post(reverse("exemplars:new_meeting"), {**typed, "on": "2026-02-31"})
    assert refused.status_code == 422
    assert plan.place in refused.content.decode()
    client.post(reverse("exemplars:new_meeting"), typed)
    row = Meeting.objects.get()
    assert client.get(reverse("exemplars:edit_meeting", args=[row.pk])).status_code == 200
    client.post(reverse("exemplars:announce", args=[row.pk]), {"revision": row.revision})
    sign_in(client, cast.street_officer)
    assert plan.title in client.get(reverse("exemplars:meetings")).content.decode()
    client.post(reverse("exemplars:answer_invitation", args=[row.pk]), {"coming": "yes", "people": "2"})
    assert invitation(row, cast.street_division).people == 2
    past(row)
    sign_in(client, cast.county_officer)

    client.post(
        reverse("exemplars:close_meeting", args=[row.pk]),
        {
            "revision": row.revision,
            "minutes": "交流了做法。",
            f"came-{cast.street_division.pk}": "2",
            f"came-{cast.other_street.pk}": "0",
        },
    )

    row.refresh_from_db()
    assert (row.state, invitation(row, cast.street_division).came) == ("held", 2)


def test_plan_that_is_sent_twice_is_one_and_other_guests_are_not_lost(cast: Cast) -> None:
    key = uuid7()
    row = actions.plan(cast.county, said(cast), by=cast.county_officer, key=key)

    assert actions.plan(cast.county, said(cast), by=cast.county_officer, key=key) == row
    with pytest.raises(Refused, match="已经保存过"):
        actions.plan(cast.county, said(cast, invited=(cast.other_street.pk,)), by=cast.county_officer, key=key)
    assert Meeting.objects.count() == 1


@pytest.mark.parametrize("typed", ["约20", "-3", "12345", "", "2.5"])
def test_mistyped_number_of_those_who_came_is_refused_at_its_row(cast: Cast, client: Client, typed: str) -> None:
    row = past(announced(cast))
    sign_in(client, cast.county_officer)
    numbers = {f"came-{cast.street_division.pk}": typed, f"came-{cast.other_street.pk}": "7"}

    page = client.post(
        reverse("exemplars:close_meeting", args=[row.pk]),
        {"revision": row.revision, "minutes": "交流了做法。", **numbers},
    )

    text = page.content.decode()
    assert page.status_code == 422
    assert f'id="id_came-{cast.street_division.pk}-error"' in text
    assert f'id="id_came-{cast.other_street.pk}-error"' not in text
    assert f'value="{typed}" aria-label="{cast.street_division.name}到会人数"' in text
    assert "交流了做法。" in text
    row.refresh_from_db()
    assert row.state == "announced"


def test_announcing_and_publishing_the_minutes_ask_first(cast: Cast, client: Client) -> None:
    plan, row = planned(cast), past(announced(cast, title="开过的"))
    sign_in(client, cast.county_officer)

    announcing = client.get(plan.get_absolute_url()).content.decode()
    closing = client.get(row.get_absolute_url()).content.decode()

    assert 'data-confirm><summary class="btn btn-primary">通知受邀单位' in announcing
    assert "不能收回通知" in announcing
    assert 'data-confirm><summary class="btn btn-primary">公布' in closing
    assert 'type="submit" form="close-form"' in closing


def test_list_asks_the_same_number_of_queries_for_one_row_and_for_many(
    cast: Cast, client: Client, django_assert_max_num_queries
) -> None:
    announced(cast)
    url = reverse("exemplars:meetings")
    client.get(url)
    for _ in range(2):
        with django_assert_max_num_queries(6):
            client.get(url)
        for number in range(3):
            announced(cast, title=f"会议{number}")
