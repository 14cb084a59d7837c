from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import IntegrityError

from greenhood.works.errors import NotPossible
from greenhood.works.models import Movement
from tests.cast import Cast
from tests.declarations import stage as schemes
from tests.declarations.test_awards import at_once
from tests.works import stage
from tests.works.stage import DAY, WAN


@pytest.mark.django_db(transaction=True)
def test_two_payments_at_once_never_overspend(cast: Cast) -> None:
    row = stage.source(stage.planned(cast), cast.county_officer, budget=100, arrived=100)

    results = at_once([lambda: stage.enter(row, "payment", 60, cast.county_officer) for _ in range(3)])

    assert sorted(type(result).__name__ for result in results) == ["Movement", "NotPossible", "NotPossible"]
    assert next(result.reason for result in results if isinstance(result, NotPossible)).startswith("中央财政")
    assert stage.fresh(row).paid == 60 * WAN


@pytest.mark.django_db(transaction=True)
def test_database_alone_holds_two_payments_apart(cast: Cast) -> None:
    row = stage.source(stage.planned(cast), cast.county_officer, budget=100, arrived=100)
    line = {"kind": "payment", "dated": DAY, "amount": Decimal(60) * WAN, "payee": "甲", "purpose": "乙"}

    def pay() -> Movement:
        return Movement.objects.create(source=row, recorded_at=schemes.moment(2026, 3, 3), **line)

    results = at_once([pay, pay, pay])

    assert sum(isinstance(result, Movement) for result in results) == 1
    assert sum(isinstance(result, IntegrityError) for result in results) == 2
    assert stage.fresh(row).paid == 60 * WAN
