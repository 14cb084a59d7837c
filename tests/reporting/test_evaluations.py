"""Evaluations: goals against figures, reports and gaps, drafted, frozen with what they rest on, compared with a minimum."""

from __future__ import annotations

import datetime as dt
from io import BytesIO
from typing import Any

import pytest
from django.http import Http404
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook
from pytest_django import DjangoAssertNumQueries

from greenhood.accounts.access import NotAllowed
from greenhood.accounts.actor import Actor
from greenhood.insight.actions import refresh
from greenhood.insight.models import Rollup
from greenhood.reporting import actions, comparing, papers, periods
from greenhood.reporting.errors import Overtaken, Refused
from greenhood.reporting.models import Filing, Kind, Obligation, State
from greenhood.reporting.sheets import sheet_of
from greenhood.schemes.format import AdminLevel
from tests.cast import Cast, sign_in
from tests.declarations import stage
from tests.reporting.test_duties import published

pytestmark = pytest.mark.django_db

IN_TIME = stage.moment(2026, 11, 3)


@pytest.fixture
def owed(cast: Cast) -> Obligation:
    """Chengdu's yearly evaluation, with one community declared that reaches everything."""
    stage.publish("national-2020")
    version = stage.publish("sichuan-2020")
    actions.plan(version, 2026, by=cast.province_officer)
    stage.declare(cast.community, cast.worker)
    refresh(full=True)
    return fresh(Obligation.objects.get(kind=Kind.EVALUATION, reporter=cast.city))


def fresh(row: Obligation) -> Obligation:
    return Obligation.objects.select_related("reporter", "receiver", "version__jurisdiction").get(pk=row.pk)


def filed(owed: Obligation, by: Actor) -> Filing:
    row = actions.save(owed, texts={"carried-out": "开展了培训。"}, typed={}, revision=1, by=by)
    row = actions.draw_up(row, revision=row.revision, by=by, at=IN_TIME)
    return actions.file(row, signed_by="陈静", revision=row.revision, by=by, at=IN_TIME)


def test_an_evaluation_sets_goals_against_the_figures_of_the_day(cast: Cast, owed: Obligation) -> None:
    found = sheet_of(owed, today=IN_TIME.date()).basis

    assert found is not None
    assert found.subjects == 5
    assert {(goal.by.year, goal.needed, goal.count, goal.state) for goal in found.goals} == {
        (2021, 2, 0, "missed"), (2022, 3, 0, "missed"),
    }  # fmt: skip
    assert (found.met, len(found.due)) == (0, len(found.goals))
    assert found.judged == 1


def test_what_lies_after_the_span_is_not_yet_due(cast: Cast, owed: Obligation) -> None:
    owed.ends_on = dt.date(2021, 12, 31)

    found = sheet_of(owed, today=IN_TIME.date()).basis

    assert found is not None
    assert {(goal.by.year, goal.state) for goal in found.goals} == {(2021, "missed"), (2022, "ahead")}


def test_gaps_name_the_criterion_and_its_part(cast: Cast, owed: Obligation) -> None:
    Rollup.objects.filter(pk=cast.city.pk).update(missed={"sichuan-2020": {"17": 1}})

    found = sheet_of(owed, today=IN_TIME.date())

    assert found.basis is not None
    [gap] = found.basis.gaps
    assert (gap.no, gap.part, gap.count) == (17, "营造社区宜居环境", 1)
    assert "第17项" in found.drafts["progress"]


def test_a_division_without_subjects_has_met_nothing(cast: Cast, owed: Obligation) -> None:
    Rollup.objects.filter(pk=cast.city.pk).update(subjects=0)

    found = sheet_of(owed, today=IN_TIME.date())

    assert found.basis is not None
    assert (found.basis.due, found.basis.goals) == ([], [])
    assert "没有统计到创建对象社区" in found.drafts["effect"]


def test_drafts_fill_what_is_empty_and_leave_what_is_written(cast: Cast, owed: Obligation) -> None:
    row = actions.save(owed, texts={"effect": "我写的。"}, typed={}, revision=1, by=cast.city_officer)
    drawn = actions.draw_up(row, revision=row.revision, by=cast.city_officer, at=IN_TIME)

    assert drawn.texts["effect"] == "我写的。"
    assert "期内应完成的2项目标完成0项" in drawn.texts["progress"]
    assert drawn.texts["progress"].startswith("截至2026年11月3日")
    assert "carried-out" not in drawn.texts
    with pytest.raises(Refused, match="没有可以拟稿的"):
        actions.draw_up(drawn, revision=drawn.revision, by=cast.city_officer)
    with pytest.raises(Overtaken):
        actions.draw_up(drawn, revision=1, by=cast.city_officer)
    with pytest.raises((NotAllowed, Http404)):
        actions.draw_up(drawn, revision=drawn.revision, by=cast.province_officer)


def test_what_an_evaluation_rested_on_stays_whatever_happens_later(cast: Cast, owed: Obligation) -> None:
    kept = filed(owed, cast.city_officer)
    Rollup.objects.filter(pk=cast.city.pk).update(reached=5)

    basis = Filing.objects.get().basis
    assert [(goal["count"], goal["words"]) for goal in basis["goals"]] == [(0, "未完成")] * 2
    assert (basis["met"], basis["due"], basis["subjects"]) == (0, 2, 5)
    paper = papers.filed(kept)
    assert [(one["title"], [table["title"] for table in one["body"]][:2]) for one in paper["attachments"]] == [
        (f"数据（{paper['date']}取数）", [""]), ("评估依据", ["目标完成情况", "报送情况"]),
    ]  # fmt: skip


def test_every_table_of_the_page_comes_as_excel(cast: Cast, owed: Obligation, client: Client) -> None:
    sign_in(client, cast.city_officer)

    answer = client.get(reverse("reporting:export_sheet", args=[owed.pk]))

    rows = list(load_workbook(BytesIO(b"".join(answer.streaming_content))).active.iter_rows(values_only=True))
    assert {row[0] for row in rows[1:]} >= {"数字", "目标完成情况"}
    assert [row[2:6] for row in rows if row[0] == "目标完成情况"] == [(0, "个", 2, -2), (0, "个", 3, -3)]


def test_the_page_drafts_after_keeping_what_was_typed(cast: Cast, owed: Obligation, client: Client) -> None:
    sign_in(client, cast.city_officer)

    page = client.get(owed.get_absolute_url()).content.decode()
    client.post(reverse("reporting:draw_up", args=[owed.pk]), {"revision": 1, "text-carried-out": "写了一段"})
    again = client.post(reverse("reporting:draw_up", args=[owed.pk]), {"revision": 1, "text-effect": "别丢"})

    assert "目标完成情况" in page
    assert "按现有数据拟稿" in page
    assert fresh(owed).texts["carried-out"] == "写了一段"
    assert fresh(owed).texts["effect"]
    assert again.status_code == 422
    assert "别丢" in again.content.decode()


def test_lower_evaluations_are_compared_and_ranked_from_a_minimum_on(
    cast: Cast, owed: Obligation, client: Client
) -> None:
    filed(owed, cast.city_officer)
    [(which, words)] = comparing.titles(cast.province, year=2026)

    [one] = comparing.compared(cast.province, year=2026, which=which)
    assert "年度总结评估报告" in words
    assert (one.subject, one.rank, one.goals) == (cast.city, 1, "0/2")
    assert one.conclusion.startswith("截至2026年11月3日")
    Filing.objects.update(basis=one.basis | {"subjects": 4})
    assert comparing.compared(cast.province, year=2026, which=which)[0].rank is None

    sign_in(client, cast.province_officer)
    address = reverse("reporting:evaluations", args=[cast.province.code])
    assert "不排名" in client.get(address, {"year": 2026}).content.decode()
    assert client.get(address, {"year": 2024}).content.decode().count("没有要求下级评估") == 1
    answer = client.get(reverse("reporting:evaluations_export", args=[cast.province.code]), {"year": 2026})
    rows = list(load_workbook(BytesIO(b"".join(answer.streaming_content))).active.iter_rows(values_only=True))
    assert rows[1][2] == "成都市"


def test_the_comparison_takes_few_queries(
    cast: Cast, owed: Obligation, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    sign_in(client, cast.province_officer)
    address = reverse("reporting:evaluations", args=[cast.province.code])

    with django_assert_max_num_queries(13):
        client.get(address, {"year": 2026})


def test_a_phase_is_evaluated_when_it_ends() -> None:
    [hubei] = [each for each in periods.in_year(stage.loaded("hubei-2021").scheme, 2022) if each.entry.phase]
    [beijing] = [each for each in periods.in_year(stage.loaded("beijing-2021").scheme, 2022) if each.entry.phase]

    assert (hubei.label, hubei.begins_on, hubei.ends_on, hubei.due_on) == (
        "组织实施阶段", dt.date(2022, 1, 1), dt.date(2022, 6, 30), dt.date(2022, 6, 30),
    )  # fmt: skip
    assert (beijing.label, beijing.begins_on, beijing.due_on) == (
        "推广示范阶段", dt.date(2021, 12, 1), dt.date(2022, 5, 31),
    )  # fmt: skip


@pytest.fixture
def appraisal(cast: Cast) -> Obligation:
    """The province's appraisal of Chengdu, with grades, as Hubei's text would ask for it if it named some."""
    scheme = stage.loaded("hubei-2021").scheme
    calendar = [
        entry.model_copy(update={"grades": ["合格", "不合格"], "receiver": AdminLevel.CITY})
        if entry.key == "acceptance"
        else entry
        for entry in scheme.calendar
    ]
    here = scheme.model_copy(update={"jurisdiction": cast.province.code, "calendar": calendar})
    stage.publish("national-2020")
    actions.plan(published(here, cast.province), 2026, by=Actor.system())
    refresh(full=True)
    return fresh(Obligation.objects.get(kind=Kind.APPRAISAL, receiver=cast.city))


def test_an_appraisal_is_about_the_lower_one_and_needs_a_grade_where_the_scheme_gives_some(
    cast: Cast, appraisal: Obligation, client: Client
) -> None:
    by, at = cast.province_officer, stage.moment(2026, 12, 20)
    texts = dict.fromkeys(("goals", "standard", "improve", "conclusion"), "写好。")
    row = actions.save(appraisal, texts=texts, typed={}, grade="优秀", revision=1, by=by)
    with pytest.raises(Refused) as refused:
        actions.file(row, signed_by="杨帆", revision=row.revision, by=by, at=at)
    row = actions.save(row, texts={}, typed={}, grade="合格", revision=row.revision, by=by)
    sign_in(client, cast.city_officer)
    while_written = client.get(row.get_absolute_url()).content.decode()
    tables = client.get(reverse("reporting:export_sheet", args=[row.pk]))
    made = actions.file(row, signed_by="杨帆", revision=row.revision, by=by, at=at)

    assert "合格、不合格" in refused.value.problems["grade"]
    assert "五(一)" in refused.value.problems["grade"]
    assert (made.grade, made.basis["subjects"]) == ("合格", 5)
    assert papers.title_of(appraisal) == "四川省关于成都市2026年度按照绿色社区创建标准验收考核的结论"
    assert comparing.compared(cast.province, year=2026, which="hubei-2021/acceptance/2026年度")[0].conclusion == "合格"
    with pytest.raises(Refused, match="只能确认收到"):
        actions.give_back(fresh(row), reasons={"goals": "不服"}, revision=fresh(row).revision, by=cast.city_officer)
    sign_in(client, cast.city_officer)
    page = client.get(row.get_absolute_url()).content.decode()
    assert "确认收到" in page
    assert "写好。" in page
    assert "写好。" not in while_written
    assert "还在填写" in while_written
    assert tables.status_code == 404
    actions.accept(fresh(row), revision=fresh(row).revision, by=cast.city_officer)
    assert fresh(row).state == State.ACCEPTED


def test_the_page_of_an_appraisal_shows_grades_and_keeps_the_chosen_one(
    cast: Cast, appraisal: Obligation, client: Client
) -> None:
    sign_in(client, cast.province_officer)
    sent: dict[str, Any] = {"revision": 1, "grade": "不合格", "text-goals": "没有完成。"}

    client.post(appraisal.get_absolute_url(), sent)

    page = client.get(appraisal.get_absolute_url()).content.decode()
    assert "<option selected>不合格</option>" in page
    assert fresh(appraisal).grade == "不合格"


def test_the_page_of_an_evaluation_takes_few_queries(
    cast: Cast, owed: Obligation, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    sign_in(client, cast.city_officer)

    with django_assert_max_num_queries(20):
        client.get(owed.get_absolute_url())
