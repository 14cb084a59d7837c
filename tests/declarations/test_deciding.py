"""Passing, returning, rejecting, withdrawing, handing back, and many at once."""

from __future__ import annotations

import pytest
from django.db import connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext

from greenhood.accounts.access import NotAllowed
from greenhood.accounts.models import Post
from greenhood.assessments import actions as assessments
from greenhood.assessments.answers import Fields
from greenhood.assessments.errors import Closed
from greenhood.assessments.models import Assessment
from greenhood.declarations.actions import deciding, declaring
from greenhood.declarations.errors import AlreadyDecided, Refused
from greenhood.declarations.models import Decision, Declaration, Outcome, ReturnedItem, Standing, State, Status
from greenhood.declarations.queries import records
from greenhood.history.models import Entry
from greenhood.schemes.format import Outcome as Allowed
from greenhood.schemes.models import SchemeVersion
from tests.cast import Cast
from tests.declarations import stage

pytestmark = pytest.mark.django_db
AT = stage.moment(2026, 3, 2)


@pytest.fixture
def declared(cast: Cast, sichuan: SchemeVersion) -> Declaration:
    return stage.declare(cast.community, cast.worker, at=AT)


def edit(assessment: Assessment, criterion: int, cast: Cast, note: str) -> None:
    row = assessment.answer_rows.get(criterion=criterion)
    fields = Fields(checks=tuple(row.checks), note=note)
    assessments.save_answer(assessment, criterion=criterion, fields=fields, revision=row.revision, by=cast.worker)


def test_a_decision_keeps_opinion_name_post_and_dates(declared: Declaration, cast: Cast) -> None:
    decision = stage.decide(
        declared, Allowed.PASS, cast.street_officer, opinion="符合条件，同意推荐。", at=AT, seal_date=AT.date()
    )

    assert (decision.opinion, decision.person_name, decision.seal_date) == ("符合条件，同意推荐。", "王强", AT.date())
    assert "浆洗街街道" in decision.post_title
    row = stage.fresh(declared)
    assert (row.step, row.level, row.revision) == ("county-review", 3, 2)
    assert Entry.objects.get(event="declaration.passed").subject_id == str(row.pk)


def test_the_second_click_hears_who_was_first(declared: Declaration, cast: Cast) -> None:
    deciding.decide(declared, Allowed.PASS, by=cast.street_officer, revision=1, opinion="推荐", at=AT)

    with pytest.raises(AlreadyDecided) as refused:
        deciding.decide(declared, Allowed.REJECT, by=cast.street_officer, revision=1, opinion="不推荐", at=AT)

    assert refused.value.reason.startswith("已由浆洗街街道")
    assert "王强于2026-03-02 12:00办理：街道推荐，通过" in refused.value.reason
    assert Decision.objects.count() == 2


def test_a_pass_takes_few_statements_and_holds_the_chain_of_the_city_last(declared: Declaration, cast: Cast) -> None:
    stage.decide(declared, Allowed.PASS, cast.street_officer, at=AT)
    stage.score(declared, cast.county_officer)
    row = stage.fresh(declared)

    with CaptureQueriesContext(connection) as asked:
        deciding.decide(row, Allowed.PASS, by=cast.county_officer, revision=row.revision, opinion="合格", at=AT)

    said = [query["sql"] for query in asked.captured_queries if "SAVEPOINT" not in query["sql"]]
    chain = [place for place, sql in enumerate(said) if "history_chain" in sql]
    assert len(said) == 7
    assert chain == [5, 6]


def test_only_the_post_of_the_step_decides(declared: Declaration, cast: Cast) -> None:
    for other in (cast.county_officer, cast.worker, cast.department_officer, cast.auditor):
        with pytest.raises(NotAllowed):
            stage.decide(declared, Allowed.PASS, other)
    for stranger in (cast.neighbour_officer, cast.stranger, cast.expert):
        with pytest.raises((Http404, NotAllowed)):
            stage.decide(declared, Allowed.PASS, stranger)
    assert Decision.objects.count() == 1


def test_another_department_does_not_decide(declared: Declaration, cast: Cast) -> None:
    stage.go_on(declared, cast.street_officer)
    Post.objects.filter(pk=cast.county_officer.post.pk).update(department="生态环境局")
    cast.county_officer.post.department = "生态环境局"

    with pytest.raises(NotAllowed, match="住房城乡建设部门办理"):
        stage.decide(declared, Allowed.RETURN, cast.county_officer)


def test_a_review_that_scores_needs_the_sheet_first(declared: Declaration, cast: Cast) -> None:
    stage.go_on(declared, cast.street_officer)

    with pytest.raises(Refused, match="须先按标准评分并交分"):
        stage.decide(declared, Allowed.PASS, cast.county_officer)

    stage.score(declared, cast.county_officer)
    stage.decide(declared, Allowed.PASS, cast.county_officer)
    assert stage.fresh(declared).step == "city-review"


def test_single_items_reopen_alone_and_come_back_to_the_step_that_returned_them(
    declared: Declaration, cast: Cast
) -> None:
    stage.go_on(declared, cast.street_officer, at=AT)
    stage.decide(declared, Allowed.RETURN, cast.county_officer, opinion="", items=[(8, "缺整治后照片"), (1, "缺文件")])

    row = stage.fresh(declared)
    assert (row.status, row.step, row.level) == (Status.RETURNED, "county-review", 5)
    assert Standing.objects.get(community=cast.community).state == State.RETURNED
    edit(row.assessment, 8, cast, "已补整治后照片")
    with pytest.raises(Closed):
        edit(row.assessment, 2, cast, "想改这一项")
    with pytest.raises(Refused, match="已退回社区修改"):
        stage.decide(declared, Allowed.PASS, cast.county_officer)

    deciding.resubmit(row, by=cast.worker, revision=row.revision, note="已补")

    row = stage.fresh(declared)
    assert (row.status, row.step, row.level) == (Status.ACTIVE, "county-review", 3)
    assert ReturnedItem.objects.filter(closed_at=None).count() == 0
    with pytest.raises(Closed):
        edit(row.assessment, 8, cast, "再改")
    items = records.record_of(row).items
    assert [(item.returned.criterion, item.returned.reason) for item in items] == [(1, "缺文件"), (8, "缺整治后照片")]
    assert [[(change.field, change.after) for change in item.changes] for item in items] == [
        [],
        [("说明", "已补整治后照片")],
    ]


def test_a_whole_return_opens_everything_and_needs_a_reason(declared: Declaration, cast: Cast) -> None:
    with pytest.raises(Refused) as refused:
        stage.decide(declared, Allowed.RETURN, cast.street_officer, opinion="  ")
    assert refused.value.field == "opinion"

    stage.decide(declared, Allowed.RETURN, cast.street_officer, opinion="请完善后再报")
    row = stage.fresh(declared)
    edit(row.assessment, 2, cast, "已完善")
    deciding.resubmit(row, by=cast.worker, revision=row.revision)

    row = stage.fresh(declared)
    assert (row.status, row.step) == (Status.ACTIVE, "recommend")
    assert row.assessment.locked_at is not None
    assert row.evidence_seal.startswith("sha256:")


@pytest.mark.parametrize(
    ("items", "reason"), [([(99, "没有这一项")], "没有第 99 项"), ([(3, " ")], "请写明第 3 项的退回理由")]
)
def test_wrong_returned_items_are_refused(
    declared: Declaration, cast: Cast, items: list[tuple[int, str]], reason: str
) -> None:
    with pytest.raises(Refused, match=reason):
        stage.decide(declared, Allowed.RETURN, cast.street_officer, items=items)
    assert stage.fresh(declared).status == Status.ACTIVE


def test_a_rejected_community_can_improve_and_declare_again(declared: Declaration, cast: Cast) -> None:
    stage.decide(declared, Allowed.REJECT, cast.street_officer, opinion="未达到创建要求")
    row = stage.fresh(declared)
    assert row.status == Status.REJECTED
    assert Standing.objects.get(community=cast.community).state == State.REJECTED

    edit(row.assessment, 2, cast, "改进后")
    again = declaring.declare(
        Assessment.objects.get(pk=row.assessment_id), "green-community", stage.PARTICULARS, by=cast.worker, at=AT
    )
    assert again.status == Status.ACTIVE
    assert Standing.objects.get(community=cast.community).state == State.DECLARED


def test_the_community_withdraws_and_may_declare_again(declared: Declaration, cast: Cast) -> None:
    with pytest.raises(Refused, match="原因"):
        deciding.withdraw(declared, by=cast.worker, revision=1, reason=" ")
    with pytest.raises((NotAllowed, Http404)):
        deciding.withdraw(declared, by=cast.street_officer, revision=1, reason="不是他的")
    deciding.withdraw(declared, by=cast.worker, revision=1, reason="资料有误")

    row = stage.fresh(declared)
    assert (row.status, row.assessment.locked_at) == (Status.WITHDRAWN, None)
    assert Standing.objects.get(community=cast.community).state == State.ASSESSING
    with pytest.raises(AlreadyDecided):
        deciding.withdraw(declared, by=cast.worker, revision=1, reason="再点一次")
    declaring.declare(row.assessment, "green-community", stage.PARTICULARS, by=cast.worker, at=AT)


def test_an_unfinished_assessment_is_not_declared(cast: Cast, sichuan: SchemeVersion) -> None:
    assessment = assessments.start(cast.community, year=stage.YEAR, by=cast.worker)

    with pytest.raises(Refused, match="自评还有 28 项没有填写"):
        declaring.declare(assessment, "green-community", stage.PARTICULARS, by=cast.worker, at=AT)


def test_a_title_that_needs_another_first_is_refused_with_the_clause(cast: Cast, sichuan: SchemeVersion) -> None:
    assessment = stage.complete(cast.community, cast.worker)

    with pytest.raises(Refused, match=r"须先持有“四川省绿色社区”（依据：四\(三\)）"):
        declaring.declare(assessment, "demonstration", stage.PARTICULARS, by=cast.worker, at=AT)
    with pytest.raises(Refused, match="请选择拟创建的称号"):
        declaring.declare(assessment, "no-such-title", stage.PARTICULARS, by=cast.worker, at=AT)
    assert Assessment.objects.get(pk=assessment.pk).locked_at is None


# --- many at once -----------------------------------------------------------------------------------------------------


def test_bulk_makes_one_decision_each_and_says_why_not(cast: Cast, sichuan: SchemeVersion) -> None:
    mine = stage.declare(cast.community, cast.worker, at=AT)
    returned = stage.declare(cast.other_community, cast.other_worker, at=AT)
    stage.decide(returned, Allowed.RETURN, cast.street_officer, opinion="补材料")
    foreign = stage.declare(cast.neighbour_community, cast.neighbour_worker, at=AT)

    done = deciding.pass_many(
        [mine.pk, returned.pk, foreign.pk],
        by=cast.street_officer,
        opinion="同意推荐。",
        seen={mine.pk: 1, returned.pk: 2, foreign.pk: 1},
        at=AT,
    )

    assert [(decision.declaration_id, decision.opinion) for decision in done.decided] == [(mine.pk, "同意推荐。")]
    assert {row.pk: reason for row, reason in done.refused} == {
        returned.pk: "材料已退回社区修改，等社区重新提交后再办理。",
        foreign.pk: "不在您的岗位管辖范围内。",
    }
    again = deciding.pass_many([mine.pk], by=cast.street_officer, opinion="同意推荐。", seen={mine.pk: 1}, at=AT)
    assert again.decided == []
    assert "无需重复办理" in again.refused[0][1]
    assert Decision.objects.filter(declaration=mine, outcome=Outcome.PASS).count() == 1


def test_bulk_takes_as_many_queries_for_two_as_for_one(cast: Cast, sichuan: SchemeVersion) -> None:
    alone = stage.declare(cast.community, cast.worker, at=AT)
    deciding.pass_many([alone.pk], by=cast.street_officer, opinion="同意", at=AT)
    stage.score(alone, cast.county_officer)
    with CaptureQueriesContext(connection) as one:
        deciding.pass_many([alone.pk], by=cast.county_officer, opinion="同意", at=AT)
    pair = []
    for place, worker in ((cast.other_community, cast.other_worker), (cast.neighbour_community, cast.neighbour_worker)):
        pair.append(stage.declare(place, worker, at=AT))
    Declaration.objects.filter(pk__in=[row.pk for row in pair]).update(step="city-review", level=2, department="")
    for row in pair:
        stage.score(row, cast.city_officer)
    with CaptureQueriesContext(connection) as two:
        done = deciding.pass_many([row.pk for row in pair], by=cast.city_officer, opinion="同意", at=AT)

    assert len(done.decided) == 2
    # A COPY into history isn't counted; for a single entry it is an INSERT within a savepoint.
    assert len(two) <= len(one)
