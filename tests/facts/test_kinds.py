"""What a kind says about its own row, whichever way the row comes in."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db.models import CheckConstraint, F, Q
from django.test import Client
from django.urls import reverse

from greenhood.facts import actions
from greenhood.facts.errors import BadFact
from greenhood.facts.kinds import kind, kinds
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.ids import uuid7
from tests.baseline import stage
from tests.cast import Cast, sign_in
from tests.facts.samples import form_data, values

pytestmark = pytest.mark.django_db
NEXT_YEAR = today_in_shanghai().year + 1
TOMORROW = today_in_shanghai() + dt.timedelta(days=1)


def bound_by_the_database(model: Any) -> set[tuple[str, str]]:
    """(part, whole) of the model's constraints that compare two of its columns."""
    found = set()
    for one in model._meta.constraints:
        if isinstance(one, CheckConstraint):
            found |= set(_comparisons(one.condition, {field.name for field in model._meta.concrete_fields}))
    return found


def _comparisons(condition: Q, columns: set[str]) -> Any:
    for child in condition.children:
        if isinstance(child, Q):
            yield from _comparisons(child, columns)
        elif isinstance(child, tuple) and isinstance(child[1], F) and child[0].endswith("__lte"):
            yield child[0].removesuffix("__lte"), child[1].name


@pytest.mark.parametrize("key", [each.key for each in kinds()])
def test_what_the_database_refuses_is_said_in_words_before(key: str) -> None:
    assert bound_by_the_database(kind(key).model) == set(kind(key).not_more)


@pytest.mark.parametrize(
    ("key", "name", "value", "words"),
    [
        ("estates", "built_year", NEXT_YEAR, "不能晚于今年"),
        ("buildings", "built_year", NEXT_YEAR, "不能晚于今年"),
        ("barrier-free-places", "finished_on", TOMORROW, "不能晚于今天"),
        ("problems", "closed_on", TOMORROW, "不能晚于今天"),
        ("sorting-points", "sampled_right", 1000, "不能多于抽查投放"),
    ],
)
def test_what_has_not_come_yet_is_refused_at_its_field(
    cast: Cast, client: Client, key: str, name: str, value: Any, words: str
) -> None:
    chosen = {name: value} | ({"sampled": 10} if name == "sampled_right" else {})
    found = values(kind(key), **chosen)

    with pytest.raises(BadFact) as refused:
        actions.record(kind(key), cast.community, found, dated=today_in_shanghai(), by=cast.worker)
    sign_in(client, cast.worker)
    url = reverse("facts:new", args=[cast.community.code, kind(key)])
    page = client.post(url, form_data(kind(key), found, uuid7()))

    assert words in refused.value.problems[name]
    assert page.status_code == 422
    assert words in page.context["form"].errors[name][0]


def test_what_is_planned_or_due_may_be_to_come(cast: Cast) -> None:
    estate = values(kind("estates"), renovation_year=NEXT_YEAR)
    problem = values(kind("problems"), due_on=TOMORROW)

    assert actions.record(kind("estates"), cast.community, estate, dated=today_in_shanghai(), by=cast.worker)
    assert actions.record(kind("problems"), cast.community, problem, dated=today_in_shanghai(), by=cast.worker)


@pytest.mark.parametrize("key", [each.key for each in kinds() if each.area])
def test_an_area_of_zero_is_refused_at_its_field(cast: Cast, client: Client, key: str) -> None:
    sign_in(client, cast.worker)
    found = values(kind(key), **{kind(key).area: 0})

    page = client.post(
        reverse("facts:new", args=[cast.community.code, kind(key)]), form_data(kind(key), found, uuid7())
    )

    assert page.status_code == 422
    assert "不能小于 1" in page.context["form"].errors[kind(key).area][0]


def test_a_phone_is_told_at_the_field(cast: Cast, client: Client) -> None:
    sign_in(client, cast.worker)
    given = {"name": "东门投放点", "households": "300", "sampled": "10", "sampled_right": "12"}
    sent = stage.operation(cast.worker, cast.community, "sorting-points", values=given)

    answer = client.post("/baseline/sync/", stage.body(sent), content_type="application/json")

    assert answer.status_code == 422
    assert "不能多于抽查投放" in answer.json()["problems"]["sampled_right"]
