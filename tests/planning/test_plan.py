"""A lower government's plan: started, written section by section, checked against the higher scheme, filed, put in force."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from greenhood.accounts.access import NotAllowed
from greenhood.accounts.actor import Actor
from greenhood.accounts.models import Role
from greenhood.assessments import actions as assessments
from greenhood.assessments import standards as assessed
from greenhood.divisions.models import Division
from greenhood.history.models import Entry
from greenhood.planning import actions, filing, queries
from greenhood.planning.errors import Overtaken, Refused
from greenhood.planning.models import Plan
from greenhood.reporting import actions as reporting
from greenhood.reporting.models import Filing, Obligation, State
from greenhood.schemes import against, checking, library, loading, source, stored, writing
from greenhood.schemes.problems import Refused as SchemeRefused
from greenhood.schemes.queries import scheme_for
from tests.cast import Cast, appoint, sign_in
from tests.declarations import stage
from tests.planning.planned import GOAL, HEAD, MEASURE, PROJECT, TASK, YEAR, change_standard, save, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def sichuan(cast: Cast) -> Any:
    stage.publish("national-2020")
    return stage.publish("sichuan-2020")


@pytest.fixture
def plan(cast: Cast, sichuan: Any) -> Plan:
    return actions.start(cast.county, year=YEAR, by=cast.county_officer)


def test_a_plan_is_a_lower_scheme_that_implements_the_higher_one(cast: Cast, plan: Plan) -> None:
    plan = write(plan, cast.county_officer)

    looked = queries.looked_at(plan)

    assert looked.errors == []
    assert looked.draft.loaded is not None
    scheme = looked.draft.loaded.scheme
    assert (scheme.implements, scheme.jurisdiction) == ("sichuan-2020", 510107000000)
    assert scheme.plan is not None
    assert [one.community_type for one in scheme.plan.entry_points] == ["老旧小区集中的社区"]
    assert (scheme.goals[0].share, scheme.goals[0].by, scheme.goals[0].source) == (
        Decimal("0.65"),
        dt.date(2027, 12, 31),
        "二·1",
    )
    assert (scheme.plan.key_projects[0].money, scheme.plan.key_projects[0].codes) == (Decimal("1200.5"), [510107001001])
    assert {clause.ref for clause in scheme.clauses} >= {"一·1", "二·1", "四·1", "五·1", "六·1", "七·1"}
    assert scheme.procedure == plan.higher.scheme.procedure


def test_the_file_that_comes_of_it_reads_as_the_same_scheme(cast: Cast, plan: Plan) -> None:
    plan = write(plan, cast.county_officer)
    draft = queries.looked_at(plan).draft
    assert draft.loaded is not None

    again = loading.load_under(draft.text, "plan.yaml", draft.loaded.higher)

    assert again.scheme == draft.loaded.scheme
    assert checking.errors(checking.check_loaded(again)) == []


def test_what_is_written_reads_back_for_every_shipped_file() -> None:
    for path in sorted(stage.FOLDER.glob("*.yaml")):
        raw = source.read(path).raw
        assert source.parse(writing.text_of(raw, comment="一\n二"), path).raw == raw


@pytest.mark.parametrize(
    ("section", "row", "field", "words"),
    [
        ("goals", {**GOAL, "amount": "120"}, "goals-0-amount", "比例不能超过 100%，现在是 120%"),
        ("goals", {**GOAL, "by": "2027-02-31"}, "goals-0-by", "没有 2027 年 2 月 31 日这一天"),
        ("goals", {**GOAL, "amount": "约六成"}, "goals-0-amount", "要写不小于 0 的数字"),
        ("goals", {**GOAL, "unit": "count", "amount": "2.5"}, "goals-0-amount", "个数要写整数"),
        ("goals", {**GOAL, "title": ""}, "goals-0-title", "请填写“目标”"),
        ("yearly", {**TASK, "by": "2027-01-31"}, "yearly-0-by", "不在 2026 年"),
        ("yearly", {**TASK, "year": "26"}, "yearly-0-year", "四位数字"),
        ("projects", {**PROJECT, "money": "-3"}, "projects-0-money", "不小于 0"),
        ("head", {**HEAD, "ends": "2025-12-31"}, "head-0-ends", "早于开始日期"),
        ("head", {**HEAD, "issued": "2026年13月1日"}, "head-0-issued", "没有 2026 年 13 月 1 日"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field_and_nothing_is_lost(
    section: str, row: dict[str, str], field: str, words: str, cast: Cast, plan: Plan
) -> None:
    before = write(plan, cast.county_officer)

    with pytest.raises(Refused) as refused:
        save(plan, section, row, by=cast.county_officer)

    assert words in refused.value.problems[field]
    assert queries.with_all().get(pk=plan.pk).content == before.content


def test_a_figure_over_the_whole_is_said_with_the_higher_goal_and_its_clause(cast: Cast) -> None:
    stage.publish("national-2020")
    province = actions.start(cast.province, year=YEAR, by=cast.province_officer)

    with pytest.raises(Refused) as refused:
        save(province, "goals", {**GOAL, "amount": "101"}, by=cast.province_officer)

    assert "（一）" in refused.value.problems["goals-0-amount"]


def test_a_day_in_the_calendar_that_no_year_has_is_refused(cast: Cast, plan: Plan) -> None:
    row = {"key": "", "title": "年度总结", "kind": "report", "reporter": "street", "frequency": "annual", "month": "2", "day": "31", "on": "", "asks": ""}  # fmt: skip

    with pytest.raises(Refused) as refused:
        save(plan, "calendar", row, by=cast.county_officer)

    assert refused.value.problems == {"calendar-0-day": "没有 2 月 31 日这一天（或不是每年都有）。"}


def test_dates_for_those_below_come_before_the_upper_day(cast: Cast, sichuan: Any) -> None:
    city = actions.start(cast.city, year=YEAR, by=cast.city_officer)
    row = {"key": "", "title": "年度总结", "kind": "report", "reporter": "county", "frequency": "annual", "month": "11", "day": "10", "on": "", "asks": "开展情况、效果"}  # fmt: skip

    save(city, "calendar", row, by=cast.city_officer)
    late = queries.looked_at(queries.with_all().get(pk=city.pk))
    kept = late.plan.content["calendar"][0]["key"]
    save(city, "calendar", {**row, "key": kept, "month": "10", "day": "25"}, by=cast.city_officer)
    early = queries.looked_at(queries.with_all().get(pk=city.pk))

    assert [one.key for one in late.loosened if one.section == "报送期限"] == ["calendar.calendar-1"]
    assert [one.outcome for one in early.comparisons if one.section == "报送期限"] == ["tightened"]


def test_thresholds_may_be_tightened_checks_and_criteria_added(cast: Cast, plan: Plan) -> None:
    plan = write(plan, cast.county_officer)
    change_standard(
        plan,
        cast.county_officer,
        marks={"3.3": "95"},
        levels={"green": "75"},
        checks=[{"no": "1", "text": "区级部门派员参加社区领导组织", "proof": "document"}],
        criteria=[
            {
                "no": "",
                "part": "培育社区绿色文化",
                "title": "建立社区低碳驿站",
                "kind": "met",
                "points": "",
                "checks": "",
            }
        ],
    )

    looked = queries.looked_at(queries.with_all().get(pk=plan.pk))

    assert looked.errors == []
    assert looked.loosened == []
    tightened = {one.key for one in looked.comparisons if one.outcome == "tightened" and one.section != "创建目标"}
    added = {(one.section, one.title) for one in looked.comparisons if one.outcome == "added"}
    # The new gate bears on every level.
    assert tightened == {"#3", "levels.green", "levels.demonstration"}
    assert ("创建标准", "第 29 项 建立社区低碳驿站") in added
    assert ("创建标准", "第 1 项 创建工作有组织保障") in added
    loaded = looked.draft.loaded
    assert loaded is not None
    assert loaded.scheme.standard.levels[0].at_least == 75
    assert loaded.scheme.standard.levels[0].must == [29]
    assert loaded.scheme.standard.maximum == 100


def test_what_loosens_is_reported_with_both_values_and_kept_only_with_a_reason(cast: Cast, plan: Plan) -> None:
    plan = write(plan, cast.county_officer)
    change_standard(plan, cast.county_officer, marks={"3.4": "80"}, levels={"green": "60"})

    looked = queries.looked_at(queries.with_all().get(pk=plan.pk))
    with pytest.raises(Refused) as refused:
        filing.submit(looked.plan, signed_by="张敏", revision=looked.plan.revision, by=cast.county_officer)
    reasons = {"#3": "部分院落正在撤并网格，年内补齐。", "levels.green": "首年过渡，次年恢复。"}
    fresh = queries.with_all().get(pk=plan.pk)
    fresh = actions.save_reasons(fresh, reasons, revision=fresh.revision, by=cast.county_officer)
    filed = filing.submit(fresh, signed_by="张敏", revision=fresh.revision, by=cast.county_officer)

    found = {one.key: (one.source, one.higher, one.lower) for one in looked.loosened}
    assert found["#3"][0] == "附件1 #3"
    assert "100%" in found["#3"][1]
    assert "80%" in found["#3"][2]
    assert "70 分" in found["levels.green"][1]
    assert "60 分" in found["levels.green"][2]
    assert set(refused.value.problems) == {"reason-#3", "reason-levels.green"}
    assert "附件1 #3" in refused.value.problems["reason-#3"]
    told = {one["key"]: one["reason"] for one in filed.comparison if one["outcome"] == "loosened"}
    assert told == reasons


def test_a_line_of_the_standard_is_left_out_only_with_a_reason(cast: Cast, plan: Plan) -> None:
    with pytest.raises(Refused) as refused:
        change_standard(plan, cast.county_officer, dropped=[28])
    change_standard(plan, cast.county_officer, dropped=[28], reasons={"#28": "本地没有文物和古树，不适用。"})

    looked = queries.looked_at(queries.with_all().get(pk=plan.pk))

    assert "附件1 #28" in refused.value.problems["reason-#28"]
    assert [(one.key, one.reason) for one in looked.loosened if one.section == "创建标准"] == [
        ("#28", "本地没有文物和古树，不适用。")
    ]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"marks": {"3.4": "101"}}, "mark-3.4"),
        ({"marks": {"3.4": "很多"}}, "mark-3.4"),
        ({"levels": {"green": "101"}}, "level-green"),
        ({"checks": [{"no": "99", "text": "不存在", "proof": "document"}]}, "check-0-no"),
        ({"criteria": [{"no": "", "part": "培育社区绿色文化", "title": "", "kind": "met", "points": "", "checks": "甲"}]}, "criterion-0-title"),
        ({"criteria": [{"no": "", "part": "培育社区绿色文化", "title": "加分", "kind": "bonus", "points": "很多", "checks": ""}]}, "criterion-0-points"),
    ],
)  # fmt: skip
def test_figures_of_the_standard_that_cannot_be_are_refused(
    given: dict[str, Any], field: str, cast: Cast, plan: Plan
) -> None:
    with pytest.raises(Refused) as refused:
        change_standard(plan, cast.county_officer, **given)

    assert set(refused.value.problems) == {field}


def test_open_settings_are_chosen_within_their_bounds(cast: Cast, plan: Plan) -> None:
    write(plan, cast.county_officer)
    fresh = queries.with_all().get(pk=plan.pk)
    with pytest.raises(Refused) as refused:
        actions.save_settings(fresh, {"pass-mark-green": "120"}, revision=fresh.revision, by=cast.county_officer)
    fresh = actions.save_settings(fresh, {"pass-mark-green": "80"}, revision=fresh.revision, by=cast.county_officer)

    looked = queries.looked_at(queries.with_all().get(pk=plan.pk))

    assert "不能大于 100" in refused.value.problems["setting-pass-mark-green"]
    assert looked.draft.loaded is not None
    assert looked.draft.loaded.scheme.standard.levels[0].at_least == 80
    tightened = [one.key for one in looked.comparisons if one.outcome == "tightened" and one.section != "创建目标"]
    assert tightened == ["levels.green"]


def test_a_goal_below_the_higher_one_is_reported(cast: Cast) -> None:
    national = stage.publish("national-2020")
    plan = actions.start(cast.province, year=YEAR, by=cast.province_officer)
    assert plan.higher == national
    plan = save(plan, "goals", {**GOAL, "key": "reached", "amount": "50"}, by=cast.province_officer)

    looked = queries.looked_at(queries.with_all().get(pk=plan.pk))

    [one] = [one for one in looked.loosened if one.section == "创建目标"]
    assert ("60%" in one.higher, "50%" in one.lower, one.source) == (True, True, "一")


# --- filed upward ------------------------------------------------------------------------------------------------------


def test_without_an_entry_in_the_calendar_a_plan_goes_to_the_division_above(cast: Cast, plan: Plan) -> None:
    plan = write(plan, cast.county_officer)
    filed = filing.submit(plan, signed_by="张敏", revision=plan.revision, by=cast.county_officer)

    held = queries.with_all().get(pk=plan.pk)

    assert (held.receiver, held.state, held.obligation) == (cast.city, State.FILED, None)
    assert [one.pk for one in queries.to_receive(cast.city_officer)] == [plan.pk]
    assert filed.late_days == 0
    with pytest.raises(NotAllowed):
        filing.accept(held, revision=held.revision, by=cast.province_officer)
    filing.accept(held, revision=held.revision, by=cast.city_officer)
    assert queries.with_all().get(pk=plan.pk).state == State.ACCEPTED


def test_sections_are_returned_with_reasons_and_only_they_may_change(cast: Cast, plan: Plan) -> None:
    plan = write(plan, cast.county_officer)
    filing.submit(plan, signed_by="张敏", revision=plan.revision, by=cast.county_officer)
    held = queries.with_all().get(pk=plan.pk)
    filing.give_back(held, reasons={"goals": "目标应写到街道。"}, revision=held.revision, by=cast.city_officer)

    held = queries.with_all().get(pk=plan.pk)
    with pytest.raises(Refused):
        save(held, "measures", MEASURE, by=cast.county_officer)
    save(held, "goals", {**GOAL, "amount": "70"}, by=cast.county_officer)
    held = queries.with_all().get(pk=plan.pk)
    second = filing.submit(held, signed_by="张敏", revision=held.revision, by=cast.county_officer)

    assert queries.returned_sections(held) == {"goals": "目标应写到街道。"}
    assert second.number == 2
    assert queries.with_all().get(pk=plan.pk).state == State.FILED


def test_a_plan_is_withdrawn_until_it_is_accepted(cast: Cast, plan: Plan) -> None:
    plan = write(plan, cast.county_officer)
    filing.submit(plan, signed_by="张敏", revision=plan.revision, by=cast.county_officer)
    held = queries.with_all().get(pk=plan.pk)
    filing.withdraw(held, reason="目标要再研究。", revision=held.revision, by=cast.county_officer)

    held = queries.with_all().get(pk=plan.pk)
    assert (held.state, held.submissions.count()) == (State.OPEN, 1)
    filing.submit(held, signed_by="张敏", revision=held.revision, by=cast.county_officer)
    held = queries.with_all().get(pk=plan.pk)
    filing.accept(held, revision=held.revision, by=cast.city_officer)
    held = queries.with_all().get(pk=plan.pk)
    with pytest.raises(Refused):
        filing.withdraw(held, reason="还要改。", revision=held.revision, by=cast.county_officer)


def test_two_who_write_at_once_and_a_second_click_change_nothing_twice(cast: Cast, plan: Plan) -> None:
    plan = write(plan, cast.county_officer)
    stale = queries.with_all().get(pk=plan.pk)
    save(plan, "measures", MEASURE, by=cast.county_officer)

    with pytest.raises(Overtaken):
        actions.save_section(stale, "goals", [GOAL], revision=stale.revision, by=cast.county_officer)
    fresh = queries.with_all().get(pk=plan.pk)
    filing.submit(fresh, signed_by="张敏", revision=fresh.revision, by=cast.county_officer)
    with pytest.raises(Refused):
        filing.submit(fresh, signed_by="张敏", revision=fresh.revision, by=cast.county_officer)

    assert plan.submissions.count() == 1


def test_one_plan_of_a_division_is_in_work_at_a_time(cast: Cast, plan: Plan) -> None:
    with pytest.raises(Refused):
        actions.start(cast.county, year=YEAR, by=cast.county_officer)
    actions.discard(plan, revision=plan.revision, by=cast.county_officer)
    other = actions.start(cast.county, year=YEAR, by=cast.county_officer)
    plan.refresh_from_db()
    with pytest.raises(Refused):
        actions.restore(plan, revision=plan.revision, by=cast.county_officer)
    actions.discard(other, revision=other.revision, by=cast.county_officer)
    actions.restore(plan, revision=plan.revision, by=cast.county_officer)

    assert queries.in_work(cast.county) == plan


@pytest.mark.parametrize("who", ["city_officer", "neighbour_officer", "worker", "department_officer"])
def test_nobody_else_writes_a_divisions_plan(who: str, cast: Cast, plan: Plan) -> None:
    with pytest.raises(Exception, match=r"权限|自己编制|^$"):
        save(plan, "goals", GOAL, by=getattr(cast, who))


# --- the calendar asks for it --------------------------------------------------------------------------------------------


@pytest.fixture
def beijing(cast: Cast) -> tuple[Division, Division]:
    """The city as a province, and a district in it."""
    city = Division.objects.create(id=110000000000, code=110000000000, parent_id=0, level=1, name="北京市", bigrams=[])
    shell = Division.objects.create(id=110100000000, code=110100000000, parent=city, level=2, name="市辖区", bigrams=[])
    district = Division.objects.create(
        id=110101000000, code=110101000000, parent=shell, level=3, name="东城区", bigrams=[]
    )
    stage.publish("national-2020")
    version = stage.publish("beijing-2021")
    reporting.plan(version, 2021, by=Actor.system())
    return city, district


def test_where_the_calendar_asks_for_a_plan_the_obligation_says_where_it_stands(
    cast: Cast, beijing: tuple[Division, Division]
) -> None:
    city, district = beijing
    officer = appoint("孙丽", "bj-officer", Role.COUNTY_OFFICER, district)
    head = appoint("赵伟", "bj-city", Role.PROVINCE_OFFICER, city)
    plan = actions.start(district, year=2021, by=officer)
    plan = write(plan, officer)
    assert (plan.own_state, plan.obligation is not None and plan.obligation.entry) == (None, "district-plan")
    save(plan, "head", {**HEAD, "begins": "2021-10-01", "ends": "2022-12-31", "issued": ""}, by=officer)
    save(plan, "goals", {**GOAL, "by": "2022-12-31"}, {**GOAL, "title": "25%", "amount": "30", "by": "2021-12-31"}, {**GOAL, "title": "试点", "measure": "pilots", "each": "street", "unit": "count", "amount": "2", "by": "2021-12-31"}, by=officer)  # fmt: skip
    save(plan, "yearly", {**TASK, "year": "2022", "by": "2022-10-31"}, by=officer)
    plan = queries.with_all().get(pk=plan.pk)

    filed = filing.submit(plan, signed_by="孙丽", revision=plan.revision, by=officer, at=stage.moment(2022, 1, 3))

    obligation = Obligation.objects.get(pk=plan.obligation_id)
    sent = Filing.objects.get(obligation=obligation)
    assert (obligation.state, filed.filing, filed.late_days) == (State.FILED, sent, 3)
    assert "全区65%以上" in sent.texts["goals"]
    assert "加强督导" in sent.texts["measures"]
    held = queries.with_all().get(pk=plan.pk)
    assert held.state == State.FILED

    filing.give_back(held, reasons={"measures": "措施不具体。"}, revision=held.revision, by=head)
    held = queries.with_all().get(pk=plan.pk)
    assert (held.state, Obligation.objects.get(pk=obligation.pk).state) == (State.RETURNED, State.RETURNED)
    assert "measures" in queries.open_sections(held)
    assert "goals" not in queries.open_sections(held)
    save(held, "measures", {**MEASURE, "text": "每月通报，逐社区建账。"}, by=officer)
    held = queries.with_all().get(pk=plan.pk)
    filing.submit(held, signed_by="孙丽", revision=held.revision, by=officer, at=stage.moment(2022, 1, 8))
    # The receiver may take it on file where the reports are: the plan says so too.
    obligation = Obligation.objects.select_related("reporter", "receiver", "version").get(pk=obligation.pk)
    reporting.accept(obligation, revision=obligation.revision, by=head)

    held = queries.with_all().get(pk=plan.pk)
    assert (held.state, held.shown_state) == (State.ACCEPTED, "accepted")


def test_the_page_of_the_obligation_leads_to_the_plan_and_files_nothing_itself(
    cast: Cast, beijing: tuple[Division, Division], client: Client
) -> None:
    _, district = beijing
    officer = appoint("孙丽", "bj-officer", Role.COUNTY_OFFICER, district)
    obligation = Obligation.objects.get(reporter=district, entry="district-plan")
    sign_in(client, officer)
    elsewhere = reverse("planning:answer", args=[obligation.pk])

    page = client.get(obligation.get_absolute_url()).content.decode()
    typed = {
        "revision": obligation.revision,
        "signed_by": "孙丽",
        "text-goals": "只有文字",
        "text-measures": "只有文字",
    }
    sent = client.post(reverse("reporting:file", args=[obligation.pk]), typed)
    before = client.get(elsewhere)
    plan = actions.start(district, year=obligation.year, by=officer)
    after = client.get(elsewhere)

    obligation.refresh_from_db()
    assert (elsewhere in page, "确认报送" in page) == (True, False)
    assert (sent.status_code, obligation.state, obligation.texts) == (302, State.OPEN, {})
    assert before.url == f"{reverse('planning:plans')}?year={obligation.year}"
    assert after.url == plan.get_absolute_url()
    sign_in(client, cast.county_officer)
    assert client.get(elsewhere).status_code == 404


def test_a_file_sent_under_a_plan_made_in_the_browser_is_read(cast: Cast, plan: Plan) -> None:
    county = filing.publish(accepted(cast, plan), confirmed=True, revision=queries.with_all().get(pk=plan.pk).revision, by=cast.county_officer)  # fmt: skip
    street = write(actions.start(cast.street_division, year=YEAR, by=cast.street_officer), cast.street_officer)
    text = queries.looked_at(street).draft.text

    loaded = stored.read(text, library.folder() / "street.yaml")

    assert loaded.higher is not None
    assert (loaded.scheme.implements, loaded.higher.scheme.standard.levels[0].at_least) == (county.scheme_id, 75)
    assert checking.errors(checking.check_loaded(loaded)) == []
    with pytest.raises(SchemeRefused, match="没有上级方案"):
        stored.read(text.replace(county.scheme_id, "plan-nowhere"), library.folder() / "street.yaml")


# --- in force ------------------------------------------------------------------------------------------------------------


def accepted(cast: Cast, plan: Plan) -> Plan:
    plan = write(plan, cast.county_officer)
    criteria = [
        {"no": "", "part": "培育社区绿色文化", "title": "建立社区低碳驿站", "kind": "met", "points": "", "checks": ""}
    ]
    plan = change_standard(plan, cast.county_officer, levels={"green": "75"}, criteria=criteria)
    filing.submit(plan, signed_by="张敏", revision=plan.revision, by=cast.county_officer)
    plan = queries.with_all().get(pk=plan.pk)
    filing.accept(plan, revision=plan.revision, by=cast.city_officer)
    return queries.with_all().get(pk=plan.pk)


def test_a_community_is_scored_under_the_published_plan_and_what_was_begun_keeps_its_version(
    cast: Cast, plan: Plan, sichuan: Any
) -> None:
    before = stage.complete(cast.community, cast.worker)
    plan = accepted(cast, plan)
    version = filing.publish(plan, confirmed=True, revision=plan.revision, by=cast.county_officer)

    after = stage.complete(cast.other_community, cast.other_worker)
    before.refresh_from_db()

    assert scheme_for(cast.community) == version
    assert (before.version_id, after.version_id) == (sichuan.pk, version.pk)
    assert 29 in assessed.lines(assessed.standard_of(after))
    assert after.level == "demonstration"
    assert after.total == 100


def test_a_gate_that_the_plan_adds_decides_whether_the_level_is_reached(cast: Cast, plan: Plan) -> None:
    plan = accepted(cast, plan)
    filing.publish(plan, confirmed=True, revision=plan.revision, by=cast.county_officer)
    assessment = stage.complete(cast.community, cast.worker)
    row = assessment.answer_rows.get(criterion=29)
    fields = stage.best(assessed.standard_of(assessment), assessed.lines(assessed.standard_of(assessment))[29])

    unmet = replace(fields, checks=(False,))
    assessments.save_answers(assessment, filled={29: (unmet, row.revision)}, by=cast.worker)
    assessment.refresh_from_db()

    assert (assessment.total, assessment.level) == (100, "")


def test_publishing_asks_for_confirmation_and_for_the_capability(cast: Cast, plan: Plan) -> None:
    plan = accepted(cast, plan)

    with pytest.raises(Refused) as refused:
        filing.publish(plan, confirmed=False, revision=plan.revision, by=cast.county_officer)
    with pytest.raises(NotAllowed):
        filing.publish(plan, confirmed=True, revision=plan.revision, by=cast.department_officer)

    assert set(refused.value.problems) == {"confirmed"}


def test_own_approval_needs_its_basis_and_serves_only_where_nobody_above_asks(cast: Cast, plan: Plan) -> None:
    plan = write(plan, cast.county_officer)

    with pytest.raises(Refused) as refused:
        filing.publish(plan, confirmed=True, revision=plan.revision, by=cast.county_officer)
    version = filing.publish(
        plan, confirmed=True, approval="区政府第 12 次常务会议", revision=plan.revision, by=cast.county_officer
    )

    assert set(refused.value.problems) == {"approval"}
    assert version.jurisdiction == cast.county


def test_next_years_plan_begins_with_the_last_and_is_a_new_version_of_it(cast: Cast, plan: Plan) -> None:
    plan = accepted(cast, plan)
    first = filing.publish(plan, confirmed=True, revision=plan.revision, by=cast.county_officer)

    following = actions.start(cast.county, year=YEAR + 1, by=cast.county_officer)
    following = queries.with_all().get(pk=following.pk)
    following = save(following, "head", {**following.content["head"], "begins": "2027-01-01", "ends": "2028-12-31"}, by=cast.county_officer)  # fmt: skip
    save(following, "yearly", {**TASK, "year": "2027", "by": "2027-10-31"}, by=cast.county_officer)
    following = queries.with_all().get(pk=following.pk)
    second = filing.publish(following, confirmed=True, approval="区政府第 3 次常务会议", revision=following.revision, by=cast.county_officer)  # fmt: skip

    assert following.content["goals"] == plan.content["goals"]
    assert (second.scheme_id, first.version, second.version) == (first.scheme_id, 1, 2)
    assert second.scheme.standard.levels[0].must == [29]
    assert {one.outcome for one in against.compare(second.scheme, second.scheme)} == {against.Outcome.UNCHANGED}


def test_a_plan_below_a_published_plan_is_checked_against_that_one(cast: Cast, plan: Plan) -> None:
    plan = accepted(cast, plan)
    version = filing.publish(plan, confirmed=True, revision=plan.revision, by=cast.county_officer)

    street = actions.start(cast.street_division, year=YEAR, by=cast.street_officer)

    assert street.higher == version
    assert [row["title"] for row in street.content["goals"]] == ["全街道65%以上的城市社区达到创建要求"]
    looked = queries.looked_at(queries.with_all().get(pk=street.pk))
    assert looked.errors == []
    assert looked.loosened == []


def test_every_step_is_written_down(cast: Cast, plan: Plan) -> None:
    plan = accepted(cast, plan)
    filing.publish(plan, confirmed=True, revision=plan.revision, by=cast.county_officer)

    events = list(Entry.objects.filter(subject_id=str(plan.pk)).order_by("number").values_list("event", flat=True))

    assert events == ["plan.started", "plan.saved", "plan.filed", "plan.accepted", "plan.published"]


def test_a_place_with_a_document_of_its_own_writes_its_next_version(cast: Cast, sichuan: Any) -> None:
    plan = actions.start(cast.province, year=YEAR, by=cast.province_officer)
    plan = queries.with_all().get(pk=plan.pk)
    looked = queries.looked_at(plan)
    assert (plan.scheme_id, plan.higher.scheme_id, looked.errors) == ("sichuan-2020", "national-2020", [])
    assert looked.draft.loaded is not None
    assert looked.draft.loaded.scheme.standards == sichuan.scheme.standards
    assert looked.draft.loaded.scheme.procedure == sichuan.scheme.procedure
    assert [goal.share for goal in looked.draft.loaded.scheme.goals] == [goal.share for goal in sichuan.scheme.goals]
    change_standard(plan, cast.province_officer, levels={"green": "75"})
    save(plan, "yearly", TASK, by=cast.province_officer)
    save(plan, "measures", MEASURE, by=cast.province_officer)
    plan = queries.with_all().get(pk=plan.pk)
    given = {one.key: "沿用本省现行方案的规定。" for one in queries.looked_at(plan).unexplained}
    plan = actions.save_reasons(plan, given, revision=plan.revision, by=cast.province_officer)

    version = filing.publish(
        plan, confirmed=True, approval="厅长办公会", revision=plan.revision, by=cast.province_officer
    )

    assert (version.scheme_id, version.version) == ("sichuan-2020", 2)
    assert version.scheme.standard.levels[0].at_least == 75
    assert version.scheme.forms == sichuan.scheme.forms


def test_a_draft_of_an_obligation_that_another_plan_answered_stays_put_away(
    cast: Cast, beijing: tuple[Division, Division]
) -> None:
    _, district = beijing
    officer = appoint("孙丽", "bj-officer", Role.COUNTY_OFFICER, district)
    first = actions.start(district, year=2021, by=officer)
    actions.discard(first, revision=first.revision, by=officer)
    second = actions.start(district, year=2021, by=officer)
    first.refresh_from_db()
    Plan.objects.filter(pk=second.pk).update(version=second.higher, published_at=stage.moment(2022, 1, 5))

    with pytest.raises(Refused, match="另一份方案报送"):
        actions.restore(first, revision=first.revision, by=officer)
