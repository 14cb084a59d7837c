"""The standing watch: an awarded community below the mark gives an alert, and never loses its title by itself."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from greenhood.accounts.access import NotAllowed
from greenhood.accounts.actor import Actor
from greenhood.declarations.actions import alerting
from greenhood.declarations.errors import Refused
from greenhood.declarations.models import Alert, Award
from greenhood.declarations.queries.waits import waits
from greenhood.facts import actions as facts
from greenhood.facts.kinds import kind
from greenhood.facts.models import Fact
from greenhood.history.models import Entry
from greenhood.indicators.actions import measure_all
from greenhood.indicators.models import Measured
from greenhood.kit.dates import today_in_shanghai
from tests.cast import Cast, sign_in
from tests.declarations import stage
from tests.declarations.test_awards import give, waiting_for_award

pytestmark = pytest.mark.django_db

LAND = Decimal(10_000)


@pytest.fixture
def award(cast: Cast) -> Award:
    """A title held with the pass mark at full points, so that any drop is below it."""
    stage.publish("national-2020")
    version = stage.publish("sichuan-2020", **{"pass-mark-green": 100, "pass-mark-demonstration": 100})
    return give(waiting_for_award(cast, cast.community, "green-community", version), cast)


def record_green(cast: Cast, area: int, before: Fact | None = None) -> Fact:
    today = today_in_shanghai()
    if before is None:
        facts.record(kind("boundary"), cast.community, {"area": LAND}, dated=today, by=cast.worker)
    return facts.record(
        kind("green-spaces"),
        cast.community,
        {"name": "游园", "green_type": "park", "is_public": True, "area": Decimal(area)},
        dated=today,
        by=cast.worker,
        thing=before.thing if before else None,
        replaces=before.id if before else None,
    )


def watch(cast: Cast) -> tuple[int, int]:
    measure_all(cast.province)
    return alerting.watch(cast.province, by=Actor.system())


def test_a_figure_below_its_threshold_opens_one_alert_and_leaves_the_title(cast: Cast, award: Award) -> None:
    record_green(cast, 1_000)

    first, again = watch(cast), watch(cast)

    alert = Alert.objects.get()
    award.refresh_from_db()
    assert (first, again) == ((1, 0), (0, 0))
    assert award.state == Award.State.VALID
    assert (alert.award_id, alert.state, alert.declared_total, alert.level) == (award.pk, "open", 100, "四川省绿色社区")
    assert alert.total < 100
    assert [(drop["indicator"], drop["now"]) for drop in alert.drops] == [("green_space_ratio", "10%")]
    assert waits(cast.county_officer).alerts == 1
    assert Entry.objects.filter(event="alert.opened").count() == 1


def test_figures_that_recover_close_the_alert(cast: Cast, award: Award) -> None:
    green = record_green(cast, 1_000)
    watch(cast)

    record_green(cast, 3_000, green)

    assert watch(cast) == (0, 1)
    assert Alert.objects.get().state == Alert.State.RECOVERED


def test_a_figure_that_nobody_recorded_is_no_drop(cast: Cast, award: Award) -> None:
    facts.record(kind("boundary"), cast.community, {"area": LAND}, dated=dt.date(2026, 1, 1), by=cast.worker)

    assert watch(cast) == (0, 0)


def test_without_measured_figures_nothing_is_said(cast: Cast, award: Award) -> None:
    assert alerting.watch(cast.province, by=Actor.system()) == (0, 0)


def test_an_officer_closes_an_alert_with_what_was_found(cast: Cast, award: Award, client: Client) -> None:
    record_green(cast, 1_000)
    watch(cast)
    sign_in(client, cast.county_officer)

    page = client.get(reverse("declarations:award_page", args=[award.pk])).content.decode()
    client.post(reverse("declarations:upkeep_step", args=[award.pk, "handle"]), {"note": "绿地数据漏登，已补。"})

    alert = Alert.objects.get()
    assert "低于标准预警" in page
    assert "10%" in page
    assert (alert.state, alert.note, alert.closed_by) == ("handled", "绿地数据漏登，已补。", cast.county_officer.user)
    with pytest.raises(Refused):
        alerting.handle(alert, by=cast.county_officer, note="再办一次")


def test_only_those_who_supervise_close_alerts_and_never_without_words(cast: Cast, award: Award) -> None:
    record_green(cast, 1_000)
    watch(cast)
    alert = Alert.objects.select_related("award__community").get()

    with pytest.raises(NotAllowed):
        alerting.handle(alert, by=cast.worker, note="没事")
    with pytest.raises(Refused):
        alerting.handle(alert, by=cast.county_officer, note=" ")


def test_the_upkeep_page_lists_alerts(cast: Cast, award: Award, client: Client) -> None:
    record_green(cast, 1_000)
    watch(cast)
    sign_in(client, cast.county_officer)

    page = client.get(reverse("declarations:upkeep")).content.decode()

    assert "低于标准的社区" in page
    assert cast.community.name in page


def test_an_award_that_cannot_be_looked_at_keeps_its_alert(cast: Cast, award: Award) -> None:
    record_green(cast, 1_000)
    watch(cast)
    Measured.objects.all().delete()
    measure_all(cast.neighbour_county)

    alerting.watch(cast.province, by=Actor.system())

    assert Alert.objects.get().state == Alert.State.OPEN
