"""Reminders before and after the day: to whom, when, and once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse

from greenhood.accounts.models import User
from greenhood.reporting import actions
from greenhood.reporting.channels import Mail, Message, channels
from greenhood.reporting.models import Obligation, Reminder
from greenhood.reporting.reminding import remind
from tests.cast import Cast, sign_in
from tests.declarations import stage

pytestmark = pytest.mark.django_db


class Kept:
    """A channel that keeps what it gets."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    def send(self, messages: Sequence[Message]) -> int:
        self.messages += messages
        return len(messages)


class Broken:
    def send(self, messages: Sequence[Message]) -> int:
        raise OSError("no gateway")


@pytest.fixture
def owed(cast: Cast) -> Obligation:
    """Chengdu's, due on 10 November."""
    actions.plan(stage.publish("sichuan-2020"), 2026, by=cast.province_officer)
    return Obligation.objects.get(reporter=cast.city)


def test_the_reporter_is_reminded_on_some_days_before_the_day_itself_and_weekly_after(
    cast: Cast, owed: Obligation
) -> None:
    kept = Kept()
    days = [stage.moment(2026, 11, day) for day in (2, 3, 4, 7, 9, 10, 11, 12, 18)]

    told = [remind(at=at, through={"kept": kept}) for at in days]

    assert told == [0, 1, 0, 1, 1, 1, 1, 0, 1]
    assert {message.name for message in kept.messages} == {"陈静"}
    assert "还有 7 天到期" in kept.messages[0].title
    assert "已逾期 8 天" in kept.messages[-1].title


def test_nobody_is_reminded_twice_a_day_or_after_filing(cast: Cast, owed: Obligation) -> None:
    kept, at = Kept(), stage.moment(2026, 11, 9)

    first, again = remind(at=at, through={"kept": kept}), remind(at=at, through={"kept": kept})
    Obligation.objects.update(state="filed")
    later = remind(at=stage.moment(2026, 11, 10), through={"kept": kept})

    assert (first, again, later, len(kept.messages)) == (1, 0, 0, 1)
    assert Reminder.objects.get().sent == {"kept": 1}


def test_a_channel_that_fails_stops_no_other(cast: Cast, owed: Obligation) -> None:
    kept = Kept()

    remind(at=stage.moment(2026, 11, 9), through={"broken": Broken(), "kept": kept})

    assert Reminder.objects.get().sent == {"broken": 0, "kept": 1}


def test_mail_goes_to_those_who_have_an_address(cast: Cast, owed: Obligation) -> None:
    User.objects.filter(name="陈静").update(email="chen@example.gov.cn")

    remind(at=stage.moment(2026, 11, 9), through={"mail": Mail()})

    [sent] = mail.outbox
    assert sent.to == ["chen@example.gov.cn"]
    assert reverse("reporting:report", args=[owed.pk]) in sent.body


def test_channels_are_named_in_the_settings(settings: Any) -> None:
    settings.REMINDER_CHANNELS = ["console", f"{__name__}.Kept"]
    assert list(channels()) == ["console", f"{__name__}.Kept"]

    settings.REMINDER_CHANNELS = ["no.such.channel"]
    with pytest.raises(ImproperlyConfigured, match=r"no\.such\.channel"):
        channels()


def test_the_workbench_counts_reports_to_file_and_to_receive(cast: Cast, owed: Obligation, client: Client) -> None:
    Obligation.objects.update(deadline="2026-01-31", due_on="2026-01-31")
    sign_in(client, cast.city_officer)
    own = client.get(reverse("site:workbench")).content.decode()
    Obligation.objects.update(state="filed", filed_at=stage.moment(2026, 1, 20))
    sign_in(client, cast.province_officer)
    received = client.get(reverse("site:workbench")).content.decode()

    assert "1 份，逾期 1" in own
    assert "等我接收" in received
