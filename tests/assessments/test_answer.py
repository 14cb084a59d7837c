from __future__ import annotations

from decimal import Decimal

import pytest
from django.http import Http404

from greenhood.accounts.access import NotAllowed
from greenhood.assessments import actions, hooks
from greenhood.assessments.answers import Fields
from greenhood.assessments.errors import BadAnswer, Closed, Conflict, NoStandard, UnknownCriterion
from greenhood.assessments.models import Answer, Assessment
from greenhood.history.models import Entry
from greenhood.schemes.models import SchemeVersion
from tests.cast import Cast

MET = Fields(checks=(True,))


def test_start_keeps_the_scheme_in_force_and_is_recorded(cast: Cast, sichuan: SchemeVersion) -> None:
    assessment = actions.start(cast.community, year=2026, by=cast.worker)

    assert assessment.version == sichuan
    assert (assessment.answered, assessment.asked, assessment.total) == (0, 28, 0)
    assert Entry.objects.filter(event="assessment.started", subject_id=str(assessment.pk)).count() == 1


def test_start_twice_is_one_assessment(cast: Cast, sichuan: SchemeVersion) -> None:
    first = actions.start(cast.community, year=2026, by=cast.worker)
    second = actions.start(cast.community, year=2026, by=cast.worker)

    assert first == second
    assert Assessment.objects.count() == 1


def test_start_without_a_scheme_says_what_to_do(cast: Cast) -> None:
    with pytest.raises(NoStandard, match="还没有发布实施方案"):
        actions.start(cast.community, year=2026, by=cast.worker)


@pytest.mark.parametrize("year", [1999, 2099])
def test_start_refuses_a_year_out_of_reach(cast: Cast, sichuan: SchemeVersion, year: int) -> None:
    with pytest.raises(NoStandard, match="年度应在"):
        actions.start(cast.community, year=year, by=cast.worker)


def test_start_is_for_the_community_itself(cast: Cast, sichuan: SchemeVersion) -> None:
    with pytest.raises(Http404):
        actions.start(cast.community, year=2026, by=cast.other_worker)
    with pytest.raises(NotAllowed, match="填写自评"):
        actions.start(cast.community, year=2026, by=cast.street_officer)


def test_saved_answer_adds_up_at_once(cast: Cast, assessment: Assessment) -> None:
    saved = actions.save_answer(assessment, criterion=1, fields=MET, revision=0, by=cast.worker)

    assessment.refresh_from_db()
    assert saved.revision == 1
    assert (assessment.total, assessment.answered, assessment.missed) == (2, 1, [])
    assert assessment.parts["mechanism"] == "2"


def test_missed_items_are_kept_beside_the_total(cast: Cast, assessment: Assessment) -> None:
    actions.save_answer(assessment, criterion=1, fields=Fields(checks=(False,)), revision=0, by=cast.worker)

    assessment.refresh_from_db()
    assert (assessment.total, assessment.missed) == (0, [1])


def test_two_people_on_different_items_never_conflict(cast: Cast, assessment: Assessment) -> None:
    actions.save_answer(assessment, criterion=1, fields=MET, revision=0, by=cast.worker)
    actions.save_answer(assessment, criterion=4, fields=MET, revision=0, by=cast.worker)

    assessment.refresh_from_db()
    assert assessment.total == 7


def test_stale_revision_overwrites_nothing_and_hands_back_both(cast: Cast, assessment: Assessment) -> None:
    actions.save_answer(assessment, criterion=1, fields=Fields(checks=(True,), note="甲"), revision=0, by=cast.worker)

    with pytest.raises(Conflict) as caught:
        actions.save_answer(
            assessment, criterion=1, fields=Fields(checks=(False,), note="乙"), revision=0, by=cast.worker
        )

    assert (caught.value.theirs.note, caught.value.yours.note) == ("甲", "乙")
    assert Answer.objects.get().note == "甲"


def test_same_answer_again_changes_nothing(cast: Cast, assessment: Assessment) -> None:
    actions.save_answer(assessment, criterion=1, fields=MET, revision=0, by=cast.worker)
    entries = Entry.objects.count()

    again = actions.save_answer(assessment, criterion=1, fields=MET, revision=0, by=cast.worker)

    assert again.revision == 1
    assert Entry.objects.count() == entries


def test_blank_answer_makes_no_row(cast: Cast, assessment: Assessment) -> None:
    actions.save_answer(assessment, criterion=1, fields=Fields(), revision=0, by=cast.worker)

    assert not Answer.objects.exists()


def test_change_is_recorded_with_before_and_after(cast: Cast, assessment: Assessment) -> None:
    actions.save_answer(assessment, criterion=1, fields=MET, revision=0, by=cast.worker)
    actions.save_answer(assessment, criterion=1, fields=Fields(checks=(False,)), revision=1, by=cast.worker)

    entry = Entry.objects.filter(event="assessment.answer_saved").order_by("number").last()
    assert entry.details["items"] == {"1": {"checks": [[True], [False]]}}
    assert entry.person_name == "李芳"


def test_does_not_apply_needs_a_reason_where_the_scheme_allows_it(cast: Cast, assessment: Assessment) -> None:
    with pytest.raises(BadAnswer) as caught:
        actions.save_answer(assessment, criterion=13, fields=Fields(applies=False), revision=0, by=cast.worker)
    assert "请写明理由" in caught.value.problems["reason"]

    actions.save_answer(
        assessment, criterion=13, fields=Fields(applies=False, reason="没有纳入改造任务"), revision=0, by=cast.worker
    )
    assert Answer.objects.get().reason == "没有纳入改造任务"


def test_does_not_apply_is_refused_where_the_scheme_is_silent(cast: Cast, assessment: Assessment) -> None:
    with pytest.raises(BadAnswer) as caught:
        actions.save_answer(
            assessment, criterion=1, fields=Fields(applies=False, reason="没有"), revision=0, by=cast.worker
        )
    assert list(caught.value.problems) == ["applies"]


def test_tick_against_its_own_figure_is_refused(cast: Cast, assessment: Assessment) -> None:
    with pytest.raises(BadAnswer) as caught:
        actions.save_answer(
            assessment, criterion=6, fields=Fields(checks=(True,), values=(Decimal(80),)), revision=0, by=cast.worker
        )
    assert "大于80%" in caught.value.problems["value-1"]


def test_figure_alone_decides_its_check(cast: Cast, assessment: Assessment) -> None:
    actions.save_answer(assessment, criterion=6, fields=Fields(values=(Decimal("80.1"),)), revision=0, by=cast.worker)

    assessment.refresh_from_db()
    assert assessment.total == 3


def test_unknown_item_is_refused(cast: Cast, assessment: Assessment) -> None:
    with pytest.raises(UnknownCriterion, match="第 99 项"):
        actions.save_answer(assessment, criterion=99, fields=MET, revision=0, by=cast.worker)


def test_locked_assessment_takes_no_answer(cast: Cast, assessment: Assessment) -> None:
    actions.lock(assessment, by=cast.worker)

    with pytest.raises(Closed, match="已随申报锁定"):
        actions.save_answer(assessment, criterion=1, fields=MET, revision=0, by=cast.worker)


def test_returned_item_alone_reopens(cast: Cast, assessment: Assessment) -> None:
    actions.lock(assessment, by=cast.worker)
    actions.reopen_items(assessment, {1: "缺少成立文件"}, by=cast.street_officer)

    actions.save_answer(assessment, criterion=1, fields=MET, revision=0, by=cast.worker)
    with pytest.raises(Closed):
        actions.save_answer(assessment, criterion=4, fields=MET, revision=0, by=cast.worker)

    actions.relock(assessment, by=cast.worker)
    with pytest.raises(Closed):
        actions.save_answer(assessment, criterion=1, fields=Fields(checks=(False,)), revision=1, by=cast.worker)
    assert Answer.objects.get(criterion=1).reopened_reason == "缺少成立文件"


def test_return_without_a_reason_is_refused_whole(cast: Cast, assessment: Assessment) -> None:
    actions.lock(assessment, by=cast.worker)

    with pytest.raises(BadAnswer):
        actions.reopen_items(assessment, {1: "缺文件", 2: " "}, by=cast.street_officer)

    assert not Answer.objects.filter(reopened_at__isnull=False).exists()


def test_lock_twice_is_refused_and_unlock_opens_all(cast: Cast, assessment: Assessment) -> None:
    actions.lock(assessment, by=cast.worker)
    with pytest.raises(Closed):
        actions.lock(assessment, by=cast.worker)

    actions.unlock(assessment, by=cast.worker, reason="撤回")
    actions.save_answer(assessment, criterion=1, fields=MET, revision=0, by=cast.worker)
    assert Answer.objects.count() == 1


def test_save_many_keeps_the_good_ones(cast: Cast, assessment: Assessment) -> None:
    saved, refused = actions.save_answers(
        assessment,
        filled={1: (MET, 0), 4: (MET, 7), 13: (Fields(applies=False), 0)},
        by=cast.worker,
    )

    assert list(saved) == [1]
    assert [type(problem) for problem in refused.values()] == [Conflict, BadAnswer]


def test_listener_hears_of_every_change_of_the_total(cast: Cast, assessment: Assessment, monkeypatch) -> None:
    heard: list[object] = []
    monkeypatch.setattr(hooks, "_listeners", [])
    hooks.on_change(lambda changed: heard.append(changed.total))

    actions.save_answer(assessment, criterion=1, fields=MET, revision=0, by=cast.worker)

    assert heard == [2]
