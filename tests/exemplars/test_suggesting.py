"""Where a search that found nothing leads."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from greenhood.exemplars import clauses
from greenhood.exemplars.queries.suggesting import ways
from greenhood.schemes.crosswalk import lines_of
from greenhood.schemes.models import SchemeVersion
from tests.cast import Cast
from tests.declarations import stage as schemes
from tests.exemplars import stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def sichuan(cast: Cast) -> SchemeVersion:
    schemes.publish("national-2020")
    return schemes.publish("sichuan-2020")


def titles(text: str, version: SchemeVersion | None = None) -> list[str]:
    return [way.title for way in ways(text, version)]


def test_word_that_names_a_place_leads_to_what_lies_there(cast: Cast) -> None:
    stage.published(cast)

    [way] = ways("武侯", None)
    assert (way.title, way.query) == ("武侯区的经验", {"within": cast.county.number})
    [way, *_] = ways("武侯区 口袋公园 ", None)
    assert (way.title, way.query["q"]) == ("武侯区的经验，含“口袋公园”", "口袋公园")
    assert titles("武侯区 航天") == ["武侯区的经验"]
    # Nobody there has published anything.
    assert titles(cast.neighbour_county.name) == []


def test_each_of_several_words_is_offered_where_something_has_it(cast: Cast) -> None:
    stage.published(cast)

    assert titles("口袋公园 航天飞机") == ["只找“口袋公园”"]
    assert titles("航天飞机") == []


def test_question_leads_to_the_topic_and_the_criteria_that_share_its_words(cast: Cast, sichuan: SchemeVersion) -> None:
    line = max(lines_of(sichuan.scheme), key=lambda line: len(line.criterion.title)).criterion
    question = f"怎么解决停车难{line.title}"
    assert titles(question, sichuan) == []
    stage.published(cast, topics=("parking",), criteria=(clauses.tag(sichuan.scheme_id, line.no),))

    found = titles(question, sichuan)

    assert "主题：停车和充电" in found
    assert f"标准项：{line.no} {line.title}" in found


def test_page_without_a_match_leads_on(cast: Cast, client: Client, django_assert_max_num_queries) -> None:
    stage.published(cast)
    with django_assert_max_num_queries(40):
        page = client.get(reverse("exemplars:practices"), {"q": "口袋公园 武侯区 航天 飞机 月球"}).content.decode()

    assert "也可以这样找" in page
    assert f"within={cast.county.number}" in page
    found = client.get(reverse("exemplars:practices"), {"q": "口袋公园"}).content.decode()
    assert "也可以这样找" not in found
