"""Search in Chinese, filters, paging, and what is recommended to a community."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from greenhood.assessments.models import Assessment
from greenhood.divisions.models import Division
from greenhood.exemplars import clauses, library
from greenhood.exemplars.actions import practices as actions
from greenhood.exemplars.models import LibraryEntry
from greenhood.exemplars.queries import recommended
from greenhood.exemplars.queries.library import Filters, find
from tests.cast import Cast, sign_in
from tests.declarations import stage as schemes
from tests.exemplars import stage

pytestmark = pytest.mark.django_db


def titles(filters: Filters, **paging: object) -> list[str]:
    return [row.edition.title for row in find(filters, **paging).rows]


@pytest.fixture
def shelf(cast: Cast) -> dict[str, object]:
    said = {"summary": "略。", "problem": "略。", "done": "略。", "result": "略。", "conditions": "略。", "figures": ()}
    return {
        "title": stage.published(cast, **{**said, "title": "雨水花园", "topics": ("sponge",)}),
        "summary": stage.published(cast, **{**said, "title": "甲", "summary": "建雨水花园。", "topics": ("sponge",)}),
        "body": stage.published(
            cast, **{**said, "title": "乙", "done": "在院里建雨水花园和车位。", "topics": ("parking",)}
        ),
        "apart": stage.published(
            cast, **{**said, "title": "丙", "done": "雨水口；水花飞溅；花园。", "topics": ("green",)}
        ),
    }


def test_best_are_those_with_the_word_in_the_title_then_the_summary(shelf: dict) -> None:
    assert titles(Filters(text="雨水花园")) == ["雨水花园", "甲", "乙"]


def test_pairs_that_stand_apart_are_no_match(shelf: dict) -> None:
    # 丙 has all three pairs, and not the word.
    assert "丙" not in titles(Filters(text="雨水花园"))
    assert "丙" in titles(Filters(text="水花"))


def test_several_words_must_all_be_there(shelf: dict) -> None:
    assert titles(Filters(text="雨水花园 车位")) == ["乙"]
    assert titles(Filters(text="雨水花园 月球")) == []


def test_single_character_is_looked_for_in_title_summary_and_tags(shelf: dict) -> None:
    assert titles(Filters(text="甲")) == ["甲"]
    assert titles(Filters(text="院")) == []


def test_topic_is_found_by_its_words_too(shelf: dict) -> None:
    assert titles(Filters(text="停车和充电")) == ["乙"]


@pytest.mark.parametrize("text", ["！？", "' or 1=1 --", "{}", "\x00", "%_", "（）"])
def test_odd_queries_find_nothing_and_break_nothing(shelf: dict, text: str, client: Client) -> None:
    assert client.get(reverse("exemplars:practices"), {"q": text}).status_code in (200, 400)


def test_filters_narrow_by_topic_type_place_and_year(cast: Cast, shelf: dict) -> None:
    stage.published(cast, cast.worker, title="新", topics=("noise",), types=("new",))
    entry = LibraryEntry.objects.get(edition__title="新")

    assert titles(Filters(topic="sponge")) == ["甲", "雨水花园"]
    assert titles(Filters(type="new")) == ["新"]
    assert titles(Filters(within=cast.county.code, topic="noise")) == ["新"]
    assert titles(Filters(within=cast.neighbour_county.code)) == []
    assert titles(Filters(year=entry.year - 1)) == []
    assert len(titles(Filters(text="雨水花园", topic="parking"))) == 1


def test_most_copied_come_first_where_asked(cast: Cast, shelf: dict) -> None:
    actions.adopt(shelf["body"], cast.other_community, since=dt.date(2026, 1, 1), outcome="", by=cast.other_worker)

    assert titles(Filters(sort="adopted"))[0] == "乙"


def test_library_is_turned_page_by_page(cast: Cast, monkeypatch: pytest.MonkeyPatch, shelf: dict) -> None:
    monkeypatch.setattr("greenhood.exemplars.queries.library.PAGE", 2)

    first = find(Filters())
    second = find(Filters(), after=first.next)
    ranked = find(Filters(text="雨水花园"), number=2)

    assert [row.edition.title for row in first.rows] == ["丙", "乙"]
    assert [row.edition.title for row in second.rows] == ["甲", "雨水花园"]
    assert second.next == ""
    assert [row.edition.title for row in ranked.rows] == ["乙"]
    assert (ranked.count.number, ranked.has_next) == (3, False)


def test_entry_follows_its_division_to_another_code(cast: Cast, shelf: dict) -> None:
    Division.objects.filter(pk=cast.community.pk).update(code=510104001009)

    assert library.follow_divisions() == 4
    assert len(titles(Filters(within=cast.neighbour_county.code))) == 4
    assert library.follow_divisions() == 0


def test_criterion_of_one_scheme_finds_practices_tagged_under_another(cast: Cast) -> None:
    schemes.publish("national-2020")
    schemes.publish("sichuan-2020")
    known = clauses.criteria()
    tag = next(
        clauses.tag("sichuan-2020", no)
        for no in range(1, 29)
        if any(one.line.scheme.id == "national-2020" for one in known.related(clauses.tag("sichuan-2020", no)))
    )
    other = next(one for one in known.alike(tag) if one.startswith("national-2020/"))
    stage.published(cast, title="全国的做法", criteria=(other,))

    assert titles(Filters(criteria=tuple(known.alike(tag)))) == ["全国的做法"]
    assert known.alike(tag)[tag] == "equal"


def test_list_asks_the_same_number_of_queries_for_one_row_and_for_many(
    cast: Cast, client: Client, django_assert_max_num_queries
) -> None:
    stage.published(cast)
    url = reverse("exemplars:practices")
    for _ in range(2):
        with django_assert_max_num_queries(8):
            client.get(url)
        with django_assert_max_num_queries(11):
            client.get(url, {"q": "口袋公园"})
        for number in range(3):
            stage.published(cast, title=f"口袋公园 {number}")


def test_found_words_are_marked_on_the_page(cast: Cast, client: Client) -> None:
    stage.published(cast)

    page = client.get(reverse("exemplars:practices"), {"q": "口袋公园"}).content.decode()

    assert "<mark>口袋公园</mark>" in page


def test_library_says_which_clause_asks_for_it_or_that_none_does(cast: Cast, client: Client) -> None:
    assert "没有对经验做法提出要求" in client.get(reverse("exemplars:practices")).content.decode()
    schemes.publish("national-2020")
    schemes.publish("sichuan-2020")

    sign_in(client, cast.worker)
    page = client.get(reverse("exemplars:practices")).content.decode()

    assert "可复制可推广的经验" in page


def test_export_holds_the_filtered_list(cast: Cast, client: Client) -> None:
    stage.published(cast)
    sign_in(client, cast.county_officer)

    answer = client.get(reverse("exemplars:export"), {"q": "口袋公园"})

    assert answer.status_code == 200
    assert b"".join(answer.streaming_content)[:2] == b"PK"


# --- recommended ------------------------------------------------------------------------------------------------------


@pytest.fixture
def missing(cast: Cast) -> Assessment:
    """The other community misses criteria 5 and 7 of the scheme in force."""
    schemes.publish("national-2020")
    version = schemes.publish("sichuan-2020")
    assessment = Assessment.objects.create(
        community=cast.other_community,
        version=version,
        scheme_id=version.scheme_id,
        year=schemes.YEAR,
        started_at=schemes.moment(schemes.YEAR, 3, 1),
        missed=[5, 7],
    )
    return assessment


def test_practices_for_missed_criteria_are_recommended_with_reasons(cast: Cast, missing: Assessment) -> None:
    near = stage.published(cast, title="近", criteria=("sichuan-2020/5",))
    stage.published(cast, title="不相干", criteria=("sichuan-2020/1",))
    found = recommended.recommended(cast.other_community, clauses.criteria())

    by_no = {one.line.criterion.no: one for one in found.advice}
    assert list(by_no) == [5, 7]
    [fit] = [fit for fit in by_no[5].fits if fit.entry.pk == near.pk]
    assert fit.reasons == ("针对同一标准项", "同一县（市、区）")
    assert "不相干" not in [fit.entry.edition.title for one in found.advice for fit in one.fits]


def test_what_a_community_copied_is_not_recommended_again(cast: Cast, missing: Assessment) -> None:
    row = stage.published(cast, criteria=("sichuan-2020/5",))
    actions.adopt(row, cast.other_community, since=dt.date(2026, 1, 1), outcome="", by=cast.other_worker)

    found = recommended.recommended(cast.other_community, clauses.criteria())

    assert [len(one.fits) for one in found.advice] == [0, 0]


def test_copied_practice_is_named_as_the_public_reads_it_and_not_linked_when_withdrawn(
    cast: Cast, client: Client, missing: Assessment
) -> None:
    rows = [stage.published(cast, title=title) for title in ("还在", "撤下的")]
    for row in rows:
        actions.adopt(row, cast.other_community, since=dt.date(2026, 1, 1), outcome="", by=cast.other_worker)
        row = stage.fresh(row)
        actions.write(
            row, replace(stage.CONTENT, title=f"{row.title}，没发布的题目"), revision=row.revision, by=cast.worker
        )
    gone = stage.fresh(rows[1])
    actions.withdraw(gone, reason="写了姓名。", revision=gone.revision, by=cast.worker)
    sign_in(client, cast.other_worker)

    page = client.get(reverse("exemplars:for_community", args=[cast.other_community.code])).content.decode()

    assert f'<a href="{rows[0].get_absolute_url()}">还在</a>' in page
    assert gone.get_absolute_url() not in page
    assert "已从经验库撤下" in page
    assert "没发布的题目" not in page


def test_criteria_are_named_in_words_in_workbook_and_form(cast: Cast, client: Client, missing: Assessment) -> None:
    row = stage.published(cast, criteria=("national-2020/5",))
    sign_in(client, cast.county_officer)
    answer = client.get(reverse("exemplars:export"))
    sheet = load_workbook(BytesIO(b"".join(answer.streaming_content))).worksheets[0]
    cells = [str(cell.value) for line in sheet.iter_rows() for cell in line]
    line = clauses.criteria().line("national-2020/5")
    assert line is not None
    words = f"{line.scheme.title} 5 {line.criterion.title}"

    assert words in cells
    assert not any("national-2020" in text for text in cells)
    # Written under the province's scheme, the form still names what was chosen under the nation's.
    sign_in(client, cast.worker)
    assert words in client.get(reverse("exemplars:edit", args=[row.pk])).content.decode()


def test_recommendations_cost_a_fixed_number_of_queries(
    cast: Cast, client: Client, missing: Assessment, django_assert_max_num_queries
) -> None:
    sign_in(client, cast.other_worker)
    url = reverse("exemplars:for_community", args=[cast.other_community.code])
    client.get(url)
    for _ in range(2):
        with django_assert_max_num_queries(20):
            assert client.get(url).status_code == 200
        for number in range(4):
            stage.published(cast, title=f"第{number}篇", criteria=("sichuan-2020/5", "sichuan-2020/7"))


def test_page_of_a_criterion_leads_to_its_practices(client: Client, missing: Assessment) -> None:
    answer = client.get(reverse("exemplars:for_criterion", args=["sichuan-2020", 5]), follow=True)

    assert answer.status_code == 200
    assert answer.request["QUERY_STRING"] == "scheme=sichuan-2020&criterion=sichuan-2020%2F5"
