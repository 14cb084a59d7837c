"""What the rates of 街乡吹哨 count: every figure leads to exactly those calls, and what is cut says so."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from greenhood.accounts.actor import Actor
from greenhood.coordination.actions import whistling
from greenhood.coordination.models import Whistle
from greenhood.coordination.queries import whistles
from greenhood.divisions.models import Division, Level
from tests.cast import Cast, sign_in
from tests.coordination import stage
from tests.coordination.test_whistles import respond, solve
from tests.facts.samples import make as make_fact

pytestmark = pytest.mark.django_db


@pytest.fixture
def city_management(cast: Cast) -> Actor:
    return stage.officer(cast.county, "城市管理局")


@pytest.fixture
def several(cast: Cast, city_management: Actor) -> None:
    """Calls of two departments in every state, and a whistle of the neighbouring county."""
    first = stage.whistle(cast, "城市管理局", "公安局", urgency="urgent", days=-1)
    solve(first.calls.get(line="城市管理"), city_management, cast.street_officer, days=-1)
    whistling.rate(first.calls.get(line="城市管理").pk, grade=5, by=cast.street_officer)
    late = stage.whistle(cast, "城市管理局", urgency="urgent", days=-1)
    respond(late.calls.get(), city_management)
    stage.whistle(cast, "城市管理局", "公安局")
    whistling.withdraw(stage.whistle(cast, "公安局").pk, reason="重复。", revision=1, by=cast.street_officer)
    own = [whistling.To(cast.county, "公安局")]
    blast = whistling.Blast(title="区里的事", place="西门")
    whistling.blow(blast, own, division=cast.county, by=cast.county_officer)
    to = [whistling.To(cast.neighbour_county, "城市管理局")]
    blast = whistling.Blast(title="邻区的事", place="东门")
    whistling.blow(blast, to, division=cast.neighbour_county, by=cast.neighbour_officer)


def test_every_figure_of_the_rates_leads_to_exactly_its_calls(client: Client, cast: Cast, several: None) -> None:
    sign_in(client, cast.city_officer)

    page = client.get(reverse("coordination:rates", args=[cast.county.code]))

    told = 0
    for table in page.context["tables"]:
        for one in table["lines"]:
            for which in ("calls", "due", "on_time", "solved", "graded"):
                found = client.get(one["urls"][which])
                assert found.context["total"].number == getattr(one["line"].rates, which), one["urls"][which]
                assert len(found.context["page"].rows) == found.context["total"].number
                told += 1
    whole = page.context["whole"]
    for which in ("calls", "due", "on_time", "solved", "graded"):
        assert client.get(page.context["urls"][which]).context["total"].number == getattr(whole, which)
    assert told >= 20
    assert (whole.calls, whole.due, whole.on_time, whole.solved, whole.graded) == (6, 3, 1, 1, 1)


def test_a_line_of_the_rates_leads_to_the_whistles_of_that_division_alone(
    client: Client, cast: Cast, several: None
) -> None:
    sign_in(client, cast.city_officer)
    page = client.get(reverse("coordination:rates", args=[cast.county.code]))
    month = page.context["tables"][2]["lines"][-1]

    found = client.get(reverse("coordination:whistles") + month["url"])

    assert "邻区的事" not in found.content.decode()
    assert "只看武侯区吹的哨" in found.content.decode()
    assert {row.division for row in found.context["page"].rows} == {cast.street_division, cast.county}
    everywhere = client.get(reverse("coordination:whistles")).content.decode()
    assert "邻区的事" in everywhere


def test_the_calls_are_for_those_who_may_look_at_the_division(client: Client, cast: Cast, several: None) -> None:
    url = reverse("coordination:calls", args=[cast.county.code])

    assert sign_in(client, cast.neighbour_officer).get(url).status_code == 404
    page = sign_in(client, cast.county_officer).get(url, {"which": "x", "from": "2026-13", "line": "城市管理"})
    assert page.status_code == 200
    assert "呼叫城市管理局" in page.content.decode()


def test_the_departments_name_is_shown_and_not_its_key(client: Client, cast: Cast, several: None) -> None:
    sign_in(client, cast.county_officer)

    page = client.get(
        reverse("coordination:whistles"), {"line": "城市管理", "division": cast.county.pk}
    ).content.decode()

    assert "呼叫“武侯区城市管理局”的" in page


def test_a_whistle_can_be_about_every_community_of_a_county(client: Client, cast: Cast) -> None:
    stage.officer(cast.county, "城市管理局")
    Division.objects.bulk_create(
        Division(
            id=code, code=code, parent=cast.street_division, level=Level.COMMUNITY, name=f"新{code % 1000}社区居委会"
        )
        for code in range(cast.street_division.code + 100, cast.street_division.code + 400)
    )
    sign_in(client, cast.county_officer)

    form = client.get(reverse("coordination:new_whistle")).context["form"]

    assert len(form.communities) == 304
    assert len(form.fields["community"].choices) == 305


def test_the_problem_that_was_asked_for_is_offered_even_where_it_is_old(
    client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whistles, "MOST_PROBLEMS", 1)
    stage.officer(cast.county, "城市管理局")
    problems = [make_fact("problems", cast.community, cast.worker, title=title) for title in ("堆物一", "堆物二")]
    sign_in(client, cast.street_officer)
    url = reverse("coordination:new_whistle")

    offered = [
        client.get(url, {"problem": f"{cast.community.code}/{each.thing}"}).content.decode() for each in problems
    ]
    plain = client.get(url).content.decode()

    assert ["堆物一" in offered[0], "堆物二" in offered[1]] == [True, True]
    assert ("堆物一" in plain) is not ("堆物二" in plain)
    assert "这里列出最近登记的 1 件" in plain


def test_what_waits_is_cut_with_a_word_and_leads_to_all(cast: Cast, client: Client, city_management: Actor) -> None:
    for _ in range(3):
        stage.whistle(cast, "城市管理局", urgency="urgent", days=-1)

    some = whistles.waiting_for(city_management, 2)
    above = whistles.overdue_below(cast.county_officer, 2)
    sign_in(client, cast.county_officer)
    listed = client.get(reverse("coordination:whistles"), {"call": "press"})
    sign_in(client, city_management)
    theirs = client.get(reverse("coordination:whistles"), {"call": "waiting"})

    assert (len(some.rows), some.total, some.is_cut) == (2, 3, True)
    assert (len(above.rows), above.total, above.is_cut) == (2, 3, True)
    assert listed.context["total"].number == theirs.context["total"].number == Whistle.objects.count() == 3
