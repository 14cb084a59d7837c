"""Reminders of tasks: to those whose they are, on the days before and after, once a day."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from greenhood.coordination.actions import assigning
from greenhood.coordination.reminding import remind
from greenhood.reporting.channels import Message
from tests.cast import Cast
from tests.coordination import stage

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


def test_the_department_is_reminded_before_and_after_and_nobody_else(cast: Cast) -> None:
    stage.officer(cast.county, "城市管理局", name="李队长")
    stage.officer(cast.county, "公安局", name="赵警官")
    stage.task(cast, "城管局", due=7)
    kept = Kept()

    told = [remind(at=stage.at(days), through={"kept": kept}) for days in (0, 1, 4, 7, 8, 9, 15)]

    assert told == [1, 0, 1, 1, 1, 0, 1]
    assert {message.name for message in kept.messages} == {"李队长"}
    assert "还有 7 天到期" in kept.messages[0].title
    assert "已逾期 8 天" in kept.messages[-1].title


def test_nobody_is_reminded_twice_a_day_or_after_handing_in(cast: Cast) -> None:
    by = stage.officer(cast.county, "城市管理局")
    row = stage.task(cast, due=1)
    kept = Kept()

    first = remind(at=stage.at(0), through={"broken": Broken(), "kept": kept})
    again = remind(at=stage.at(0), through={"kept": kept})
    assigning.hand_in(row.pk, text="完成。", revision=1, by=by)
    later = remind(at=stage.at(1), through={"kept": kept})

    assert (first, again, later, len(kept.messages)) == (1, 0, 0, 1)
