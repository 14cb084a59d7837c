"""Scoring: sheets, the reviewer's page, and scores beside one another."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from greenhood.accounts.access import NotAllowed
from greenhood.accounts.actor import Actor
from greenhood.assessments import actions, forms
from greenhood.assessments.answers import Fields
from greenhood.assessments.claims import Mark
from greenhood.assessments.desk import Desk
from greenhood.assessments.errors import BadScore, Closed, Incomplete
from greenhood.assessments.models import Assessment, Score, Scorer, ScoreSheet, Visit
from greenhood.assessments.queries.assessments import assessment_with_place
from greenhood.assessments.queries.scores import compare
from greenhood.assessments.reviewing import Review
from greenhood.history.models import Entry
from tests.cast import Cast, sign_in
from tests.evidence import files


@pytest.fixture
def declared(cast: Cast, assessment: Assessment) -> Assessment:
    """Items 1 (2 points) and 4 (5 points) claimed in full, 13 away, the rest blank; locked."""
    for no in (1, 4):
        actions.save_answer(assessment, criterion=no, fields=Fields(checks=(True,)), revision=0, by=cast.worker)
    away = Fields(applies=False, reason="没有纳入改造任务")
    actions.save_answer(assessment, criterion=13, fields=away, revision=0, by=cast.worker)
    actions.attach(assessment, criterion=1, file=files.upload(files.jpeg()), name="a.jpg", by=cast.worker)
    actions.lock(assessment, by=cast.worker)
    return assessment_with_place(assessment.pk)


def sheet_of(declared: Assessment, by: Actor, scorer: Scorer = Scorer.COUNTY, step: str = "county") -> ScoreSheet:
    return actions.open_sheet(declared, scorer=scorer, step=step, by=by)


def score(sheet: ScoreSheet, no: int, points: float | None, by: Actor, reason: str = "") -> Score | None:
    mark = Mark(None if points is None else Decimal(str(points)))
    return actions.save_score(sheet, criterion=no, mark=mark, reason=reason, by=by)


def test_score_as_claimed_needs_no_reason(cast: Cast, declared: Assessment) -> None:
    sheet = sheet_of(declared, cast.county_officer)

    score(sheet, 1, 2, cast.county_officer)

    sheet.refresh_from_db()
    assert sheet.total == 2


def test_score_that_differs_needs_a_reason(cast: Cast, declared: Assessment) -> None:
    sheet = sheet_of(declared, cast.county_officer)

    with pytest.raises(BadScore) as caught:
        score(sheet, 1, 1.5, cast.county_officer)
    assert "与自评（2 分）不一致" in caught.value.problems["reason"]

    score(sheet, 1, 1.5, cast.county_officer, "组织架构不全")
    assert Score.objects.get().reason == "组织架构不全"


@pytest.mark.parametrize(("points", "says"), [(2.5, "最高 2 分"), (-1, "不能小于 0"), (1.123, "最多 2 位小数")])
def test_impossible_score_is_refused(cast: Cast, declared: Assessment, points: float, says: str) -> None:
    sheet = sheet_of(declared, cast.county_officer)

    with pytest.raises(BadScore) as caught:
        score(sheet, 1, points, cast.county_officer, "理由")
    assert says in caught.value.problems["points"]


def test_blank_score_takes_it_back(cast: Cast, declared: Assessment) -> None:
    sheet = sheet_of(declared, cast.county_officer)
    score(sheet, 1, 2, cast.county_officer)

    score(sheet, 1, None, cast.county_officer)

    assert not Score.objects.exists()


def test_item_that_does_not_apply_is_agreed_or_scored_with_a_reason(cast: Cast, declared: Assessment) -> None:
    sheet = sheet_of(declared, cast.county_officer)
    actions.save_score(sheet, criterion=13, mark=Mark(applies=False), reason="", by=cast.county_officer)
    assert Score.objects.get(criterion=13).points is None

    with pytest.raises(BadScore):
        score(sheet, 13, 0, cast.county_officer)
    score(sheet, 13, 0, cast.county_officer, "辖区有改造任务")
    assert Score.objects.get(criterion=13).points == 0


def test_others_sheet_is_not_mine_to_write(cast: Cast, declared: Assessment) -> None:
    sheet = sheet_of(declared, cast.county_officer)

    with pytest.raises(NotAllowed):
        score(sheet, 1, 2, cast.city_officer)


def test_hand_in_wants_every_item_and_closes_the_sheet(cast: Cast, declared: Assessment) -> None:
    by = cast.county_officer
    sheet = sheet_of(declared, by)
    score(sheet, 1, 1, by, "缺文件")
    with pytest.raises(Incomplete) as caught:
        actions.hand_in(sheet, by=by)
    assert len(caught.value.criteria) == 27

    assert actions.agree_with_rest(sheet, by=by) == 27
    done = actions.hand_in(sheet, by=by)

    # 13 leaves the denominator: 6 of 97 possible points is 6.19 of 100.
    assert (done.total, done.level) == (Decimal("6.19"), "")
    assert done.parts["mechanism"] == "6"
    with pytest.raises(Closed):
        score(done, 1, 2, by)
    assert Entry.objects.get(event="score_sheet.handed_in").details["scores"]["1"]["reason"] == "缺文件"


def test_handing_in_twice_is_once(cast: Cast, declared: Assessment) -> None:
    by = cast.county_officer
    sheet = sheet_of(declared, by)
    actions.agree_with_rest(sheet, by=by)

    first, second = actions.hand_in(sheet, by=by), actions.hand_in(sheet, by=by)

    assert first.handed_in_at == second.handed_in_at
    assert Entry.objects.filter(event="score_sheet.handed_in").count() == 1


def test_reopened_sheet_can_be_corrected(cast: Cast, declared: Assessment) -> None:
    by = cast.county_officer
    sheet = sheet_of(declared, by)
    actions.agree_with_rest(sheet, by=by)
    actions.hand_in(sheet, by=by)

    with pytest.raises(NotAllowed):
        actions.reopen_sheet(sheet, by=cast.street_officer, reason="更正")
    actions.reopen_sheet(sheet, by=cast.city_officer, reason="更正")

    score(sheet, 1, 1, by, "更正")
    assert Score.objects.get(criterion=1).points == 1


# Side by side


def hand_in_with(declared: Assessment, by: Actor, scorer: Scorer, step: str, first: float, reason: str = "") -> None:
    sheet = sheet_of(declared, by, scorer, step)
    score(sheet, 1, first, by, reason)
    actions.agree_with_rest(sheet, by=by)
    actions.hand_in(sheet, by=by)


def test_scorers_are_kept_apart_and_large_deviations_marked(cast: Cast, declared: Assessment) -> None:
    hand_in_with(declared, cast.county_officer, Scorer.COUNTY, "county", 1.5, "缺一份")
    hand_in_with(declared, cast.city_officer, Scorer.CITY, "city", 1, "缺两份")

    comparison = compare(declared)

    row = comparison.row(1)
    assert [column.title for column in comparison.columns] == ["社区自评", "县级初审", "市级复核"]
    assert (row.claim.points, row.given["county"].mark.points, row.given["city"].mark.points) == (2, Decimal("1.5"), 1)
    assert (row.given["county"].deviates, row.given["city"].deviates) == (False, True)
    assert [row.no for row in comparison.deviating] == [1]


def test_panel_is_shown_by_its_mean_and_spread(cast: Cast, declared: Assessment) -> None:
    hand_in_with(declared, cast.expert, Scorer.PANEL, "panel", 1, "一")
    hand_in_with(declared, cast.deputy, Scorer.PANEL, "panel", 2)

    given = compare(declared).row(1).given["panel"]

    assert (given.mark.points, given.words) == (Decimal("1.5"), "1.5 分（1–2）")


def test_comparison_page_is_a_few_queries(
    client: Client, cast: Cast, declared: Assessment, django_assert_max_num_queries
) -> None:
    hand_in_with(declared, cast.county_officer, Scorer.COUNTY, "county", 1.5, "缺一份")
    sign_in(client, cast.city_officer)

    with django_assert_max_num_queries(20):
        page = client.get(reverse("assessments:comparison", args=[declared.pk])).content.decode()
    assert "缺一份" in page


def test_blind_panel_member_sees_others_only_after_their_own(cast: Cast, declared: Assessment) -> None:
    hand_in_with(declared, cast.expert, Scorer.PANEL, "panel", 1, "一")
    hand_in_with(declared, cast.county_officer, Scorer.COUNTY, "county", 2)
    desk = Desk(cast.deputy, Scorer.PANEL, "panel", is_blind=True)

    assert [column.key for column in Review(declared, desk).comparison.columns] == ["self", "county"]

    hand_in_with(declared, cast.deputy, Scorer.PANEL, "panel", 2)
    assert [column.key for column in Review(declared, desk).comparison.columns] == ["self", "county", "panel"]


# The page


def url(declared: Assessment) -> str:
    return reverse("assessments:review", args=[declared.pk])


def test_page_shows_claim_evidence_and_scores_in_few_queries(
    client: Client, cast: Cast, declared: Assessment, django_assert_max_num_queries
) -> None:
    hand_in_with(declared, cast.county_officer, Scorer.COUNTY, "county", 1, "缺两份")
    sign_in(client, cast.city_officer)

    with django_assert_max_num_queries(20):
        page = client.get(url(declared)).content.decode()

    assert "a.jpg" in page
    assert "缺两份" in page
    assert "偏差较大" in page


def test_undeclared_assessment_can_only_be_looked_at(client: Client, cast: Cast, assessment: Assessment) -> None:
    sign_in(client, cast.county_officer)

    page = client.get(url(assessment)).content.decode()

    assert "申报锁定后才能评分" in page
    assert 'value="hand-in"' not in page


def test_scores_are_saved_without_scripts_and_wrong_ones_shown_again(
    client: Client, cast: Cast, declared: Assessment
) -> None:
    sign_in(client, cast.county_officer)
    sent = {
        "s1-sent": "1",
        "s1-points": "2",
        "s4-sent": "1",
        "s4-points": "9",
        "s4-reason": "多给",
        "do": "save",
    }

    answer = client.post(url(declared), sent)

    assert answer.status_code == 422
    assert "本项最高 5 分" in answer.content.decode()
    assert 'value="9"' in answer.content.decode()
    assert list(Score.objects.values_list("criterion", "points")) == [(1, 2)]


def test_script_saves_one_score(client: Client, cast: Cast, declared: Assessment) -> None:
    sign_in(client, cast.county_officer)

    good = client.post(url(declared), {"s1-sent": "1", "s1-points": "2"}, HTTP_ACCEPT="application/json")
    bad = client.post(url(declared), {"s4-sent": "1", "s4-points": "1"}, HTTP_ACCEPT="application/json")

    assert (good.json()["scored"], good.json()["asked"]) == (1, 28)
    assert bad.status_code == 422
    assert "请写明理由" in bad.json()["problems"]["4"]["reason"]


def test_agree_and_hand_in_from_the_page(client: Client, cast: Cast, declared: Assessment) -> None:
    sign_in(client, cast.county_officer)
    client.post(url(declared), {"do": "agree"})
    client.post(url(declared), {"do": "hand-in"})

    sheet = ScoreSheet.objects.get()
    assert (sheet.scorer, sheet.handed_in_at is not None) == ("county", True)
    assert "已于" in client.get(url(declared)).content.decode()


@pytest.mark.parametrize(
    ("who", "status"),
    [("county_officer", 200), ("worker", 200), ("auditor", 200), ("neighbour_officer", 404), ("expert", 404)],
)
def test_who_may_look(client: Client, cast: Cast, declared: Assessment, who: str, status: int) -> None:
    sign_in(client, getattr(cast, who))

    assert client.get(url(declared)).status_code == status


def test_community_may_not_score_itself(client: Client, cast: Cast, declared: Assessment) -> None:
    sign_in(client, cast.worker)

    client.post(url(declared), {"do": "agree"})

    assert not ScoreSheet.objects.exists()


def test_panel_member_sees_the_evidence_of_their_case_only(client: Client, cast: Cast, declared: Assessment) -> None:
    piece = declared.evidence.get()
    address = reverse("assessments:evidence", args=[piece.pk])
    sign_in(client, cast.expert)
    assert client.get(address).status_code == 404

    sheet_of(declared, cast.expert, Scorer.PANEL, "panel")

    answer = client.get(address)
    assert answer.status_code == 200
    answer.close()


def test_what_changed_since_the_last_look_is_marked(client: Client, cast: Cast, declared: Assessment) -> None:
    sign_in(client, cast.county_officer)
    client.get(url(declared))
    visit = Visit.objects.get()
    visit.at -= actions.scores.ONE_VISIT * 2
    visit.save()
    long_ago = visit.at - actions.scores.ONE_VISIT
    declared.answer_rows.update(edited_at=long_ago)
    declared.evidence.update(uploaded_at=long_ago)
    actions.reopen_items(declared, {4: "补充记录"}, by=cast.county_officer)
    actions.save_answer(declared, criterion=4, fields=Fields(checks=(False,)), revision=1, by=cast.worker)
    actions.attach(declared, criterion=4, file=files.upload(files.jpeg(5)), name="b.jpg", by=cast.worker)
    actions.relock(declared, by=cast.worker)

    page = client.get(url(declared)).content.decode()
    again = client.get(url(declared)).content.decode()

    for shown in (page, again):
        assert "新增证明材料 1 件" in shown
        assert shown.count("item-changed") == 1


def test_same_photo_elsewhere_is_flagged_with_a_link_where_it_may_be_opened(
    client: Client, cast: Cast, declared: Assessment
) -> None:
    for place in ("third_community", "neighbour_community"):
        other = actions.start(cast.places[place], year=2026, by=Actor.system())
        other = assessment_with_place(other.pk)
        actions.attach(other, criterion=1, file=files.upload(files.jpeg()), name="c.jpg", by=Actor.system())
    sign_in(client, cast.county_officer)

    page = client.get(url(declared)).content.decode()

    assert "他处用过同一文件" in page
    assert page.count("去看") == 1
    assert "大慈寺社区居委会" in page


def test_return_fields_are_read_with_their_reasons() -> None:
    post = {
        "return-4": "1",
        "return-4-reason": " 补充记录 ",
        "return-7": "1",
        "return-9-reason": "没勾选",
        "return-x": "1",
    }

    assert forms.returned_items(post) == {4: "补充记录", 7: ""}


def test_desk_with_a_return_address_offers_to_send_items_back(cast: Cast, declared: Assessment, rf) -> None:
    from greenhood.assessments.views import review

    request = rf.get("/somewhere/")
    request.actor, request.user = cast.county_officer, cast.county_officer.user
    request.session, request.posts, request.hurdle = {}, [], None
    desk = Desk(
        cast.county_officer, Scorer.COUNTY, "county", return_url="/declarations/1/return/", hidden={"revision": "3"}
    )

    page = review.page(request, declared, desk).content.decode()

    assert 'action="/declarations/1/return/"' in page
    assert 'name="revision" value="3"' in page
    assert page.count('form="return-form"') == 56
