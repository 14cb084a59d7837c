"""A figure is the same alone and with others, for one community and for many, measured for a page and stored."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from greenhood.baseline.models import NothingThere
from greenhood.divisions import queries as divisions
from greenhood.facts.kinds import Column, Kind, kinds
from greenhood.indicators import actions
from greenhood.indicators.catalogue import entries
from greenhood.indicators.measuring import figures_of, measure
from greenhood.indicators.models import Catalogue, Measured
from greenhood.indicators.queries import stored
from greenhood.schemes.arithmetic import VALUE
from tests.indicators.records import DAY


def random_value(chance: random.Random, column: Column) -> Any:
    """Something that the column could hold; blank now and then."""
    if column.field is None or (column.field.null and chance.random() < 0.03):
        return None
    match column.type:
        case "choice":
            return chance.choice(column.choices)[0]
        case "yes-no":
            return chance.random() < 0.6
        case "date":
            return DAY - dt.timedelta(days=chance.randrange(-30, 700))
        case "count" if column.unit == "年":
            return chance.choice([2025, 2026])
        case "count":
            return chance.randrange(1, 60)
        case "amount":
            return Decimal(chance.randrange(1, 90_000)) / 100
        case "reference":
            return UUID(int=chance.randrange(1, 4))
        case _:
            return "甲"


def random_facts(chance: random.Random, kind: Kind, community: int) -> list[Any]:
    made = []
    for number in range(chance.choice([0, 1, 1] if kind.is_single else [0, 1, 2, 3, 5])):
        values = {column.name: random_value(chance, column) for column in kind.columns}
        for part, whole in kind.not_more:
            if values[part] is not None and values[whole] is not None:
                values[part] = min(values[part], values[whole])
        # The order in which the pairs are declared may widen one again.
        for part, whole in reversed(kind.not_more):
            if values[part] is not None and values[whole] is not None:
                values[part] = min(values[part], values[whole])
        if kind.key == "digital-services" or kind.key == "sorting-points":
            values = {name: value for name, value in values.items() if "sampled" not in name}
        made.append(
            kind.model(
                community_id=community,
                thing=UUID(int=number + 1),
                dated=DAY - dt.timedelta(days=chance.randrange(0, 900)),
                recorded_at=timezone.now(),
                **values,
            )
        )
    return made


@pytest.fixture
def communities(cast) -> list[int]:
    """Four communities with facts of every kind by chance, and one that confirmed that it has no heritage."""
    chance = random.Random(20260630)
    ids = [each.pk for each in cast.communities]
    for kind in kinds():
        kind.model._default_manager.bulk_create(fact for each in ids for fact in random_facts(chance, kind, each))
    NothingThere.objects.create(community=cast.community, kind="noise-sources", dated=DAY, recorded_at=timezone.now())
    return ids


DAYS = (DAY, DAY - dt.timedelta(days=300), DAY + dt.timedelta(days=500))


@pytest.mark.parametrize("day", DAYS)
def test_figure_is_the_same_alone_and_together_for_one_and_for_many(communities, day):
    together = measure(communities, as_of=day)

    for community in communities:
        assert figures_of(community, as_of=day) == together[community]
    for key in entries():
        alone = measure(communities, as_of=day, keys=[key])
        assert {community: figures[key] for community, figures in alone.items()} == {
            community: figures[key] for community, figures in together.items()
        }


def test_facts_by_chance_make_both_known_and_unknown_figures(communities):
    """Otherwise the agreement of figures would say little."""
    figures = [figure for day in DAYS for of in measure(communities, as_of=day).values() for figure in of.values()]

    known = sum(figure.is_known for figure in figures)
    assert known > 100
    assert sum(figure.stale is not None for figure in figures) > 20
    assert len({figure.because for figure in figures}) > 25


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("place", ["nation", "county"])
def test_stored_figures_are_those_of_the_page(cast, communities, day, place):
    written = actions.measure_all(getattr(cast, place), day)

    assert written == len(communities)
    frame, measured_on = stored(cast.nation, list(entries()))
    assert measured_on == day
    assert frame.height == len(communities)
    pages = measure(communities, as_of=day)
    order = Catalogue.objects.get().keys
    for row in frame.iter_rows(named=True):
        figures = pages[row["community_id"]]
        reasons = Measured.objects.get(pk=row["community_id"]).reasons
        for key, figure in figures.items():
            assert row[key] == (None if figure.value is None else int(figure.value * VALUE)), key
            reason = reasons[order.index(key)]
            expected = (
                0
                if figure.is_known
                else -1
                if figure.stale is not None
                else entries()[key].reasons.index(figure.because) + 1
            )
            assert reason == expected, key


def test_measuring_changed_communities_writes_what_measuring_all_would(cast, communities):
    today = dt.date.today()
    actions.measure_all(divisions.by_code(0), today)
    before, _ = stored(cast.nation, list(entries()))
    Measured.objects.all().delete()
    actions.note_change(kinds()[0], communities)

    assert actions.measure_changed() == len(communities)

    after, _ = stored(cast.nation, list(entries()))
    assert after.sort("code").equals(before.sort("code"))
