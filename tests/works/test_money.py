from __future__ import annotations

import datetime as dt
from decimal import Decimal
from io import BytesIO

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from greenhood.history.models import Entry
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.ids import uuid7
from greenhood.works.actions import money
from greenhood.works.errors import NotPossible
from greenhood.works.models import Explanation, Movement, Source
from greenhood.works.queries import flags
from greenhood.works.queries.overview import overview
from greenhood.works.queries.projects import Filters
from tests.cast import Cast, sign_in
from tests.declarations import stage as schemes
from tests.works import stage
from tests.works.stage import DAY, WAN

pytestmark = pytest.mark.django_db


def test_sums_follow_the_ledger(cast: Cast) -> None:
    by = cast.county_officer

    row = stage.source(stage.planned(cast), by, budget=100, arrived=60, paid=25)

    assert (row.budget, row.arrived, row.paid) == (100 * WAN, 60 * WAN, 25 * WAN)
    assert (row.balance, row.outstanding) == (35 * WAN, 40 * WAN)
    assert (row.budgeted_on, row.arrived_on, row.short) == (DAY, DAY, 0)


def test_arrival_above_the_budget_is_refused_with_reason_and_clause(cast: Cast) -> None:
    schemes.publish("national-2020")
    schemes.publish("sichuan-2020")
    by = cast.county_officer
    row = stage.source(stage.planned(cast), by, budget=100)

    with pytest.raises(NotPossible) as refused:
        stage.enter(row, "arrival", "100.01", by)

    assert "超过下达的 1,000,000.00 元，最多还可到位 1,000,000.00 元" in refused.value.reason
    assert (refused.value.field, refused.value.clause) == ("amount", "五(一)·1")
    assert stage.fresh(row).arrived == 0


def test_payment_above_the_budget_is_refused_with_reason_and_clause(cast: Cast) -> None:
    schemes.publish("national-2020")
    schemes.publish("sichuan-2020")
    by = cast.county_officer
    row = stage.source(stage.planned(cast), by, budget=100, arrived=100, paid=90, origin="bank", channel="")

    with pytest.raises(NotPossible) as refused:
        stage.enter(row, "payment", 11, by)

    assert "超过预算（下达）1,000,000.00 元，最多还可支付 100,000.00 元" in refused.value.reason
    assert refused.value.clause == "五(一)·2"
    assert Movement.objects.filter(kind="payment").count() == 1


def test_refusal_without_a_scheme_names_no_clause(cast: Cast) -> None:
    row = stage.source(stage.planned(cast), cast.county_officer, budget=1)

    with pytest.raises(NotPossible) as refused:
        stage.enter(row, "payment", 2, cast.county_officer)

    assert refused.value.clause == ""


def test_payment_above_what_arrived_is_refused(cast: Cast) -> None:
    row = stage.source(stage.planned(cast), cast.county_officer, budget=100, arrived=10)

    with pytest.raises(NotPossible, match="超过已到位的 100,000"):
        stage.enter(row, "payment", 11, cast.county_officer)


def test_database_refuses_what_an_action_would(cast: Cast) -> None:
    row = stage.source(stage.planned(cast), cast.county_officer, budget=100, arrived=50)
    line = {"source": row, "dated": DAY, "recorded_at": schemes.moment(2026, 3, 2), "payee": "甲", "purpose": "乙"}

    for kind, amount, name in (
        ("payment", 51 * WAN, "movement_over_arrival"),
        ("payment", 101 * WAN, "movement_over_budget"),
        ("arrival", 51 * WAN, "movement_over_budget"),
        ("budget", -101 * WAN, "movement_below_zero"),
    ):
        with pytest.raises(IntegrityError) as refused, transaction.atomic():
            Movement.objects.create(**line, kind=kind, amount=amount, document="x", reason="x" if amount < 0 else "")
        assert refused.value.__cause__.diag.constraint_name == name


def test_ledger_is_never_changed_and_sums_never_set(cast: Cast) -> None:
    row = stage.source(stage.planned(cast), cast.county_officer, budget=100, arrived=50)

    for statement in (
        "update works_movement set amount = 1",
        "delete from works_movement",
        "update works_source set paid = 1",
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert stage.fresh(row).arrived == 50 * WAN


def test_same_form_sent_twice_pays_once(cast: Cast) -> None:
    row = stage.source(stage.planned(cast), cast.county_officer, budget=100, arrived=50)
    key = uuid7()

    one = stage.enter(row, "payment", 30, cast.county_officer, key=key)
    two = stage.enter(row, "payment", 30, cast.county_officer, key=key)

    assert (one.pk, two.pk, stage.fresh(row).paid) == (key, key, 30 * WAN)


def test_mistake_is_reversed_and_both_lines_stay(cast: Cast) -> None:
    by = cast.county_officer
    row = stage.source(stage.planned(cast), by, budget=100, arrived=50)
    paid = stage.enter(row, "payment", 30, by)

    undone = money.reverse(paid, reason="金额录入错误", by=by)

    assert (undone.amount, undone.reverses_id) == (-30 * WAN, paid.pk)
    assert (stage.fresh(row).paid, Movement.objects.filter(kind="payment").count()) == (0, 2)
    with pytest.raises(NotPossible, match="已经冲销过"):
        money.reverse(paid, reason="再来一次", by=by)
    with pytest.raises(NotPossible, match="不能再冲销"):
        money.reverse(undone, reason="再来一次", by=by)


def test_arrival_that_was_paid_out_cannot_be_reversed(cast: Cast) -> None:
    by = cast.county_officer
    row = stage.source(stage.planned(cast), by, budget=100)
    arrived = stage.enter(row, "arrival", 50, by)
    stage.enter(row, "payment", 30, by)

    with pytest.raises(NotPossible, match="请先冲销支付"):
        money.reverse(arrived, reason="录错", by=by)


def test_lines_that_say_too_little_are_refused(cast: Cast) -> None:
    by = cast.county_officer
    row = stage.source(stage.planned(cast), by, budget=100, arrived=50)

    for wrong, field in (
        ({"payee": ""}, "payee"),
        ({"purpose": " "}, "purpose"),
        ({"dated": today_in_shanghai() + dt.timedelta(days=1)}, "dated"),
        ({"dated": dt.date(1999, 1, 1)}, "dated"),
    ):
        with pytest.raises(NotPossible) as refused:
            stage.enter(row, "payment", 1, by, **wrong)
        assert refused.value.field == field
    for amount in (0, -1, Decimal("0.0000001"), Decimal(10) ** 9):
        with pytest.raises(NotPossible) as refused:
            stage.enter(row, "payment", amount, by)
        assert refused.value.field == "amount"
    with pytest.raises(NotPossible, match="文号或凭证号"):
        stage.enter(row, "arrival", 1, by, document="")


# Flags


def codes(project: object) -> list[str]:
    return [flag.code for flag in flags.flags_of([project.pk])]


def test_budget_cut_below_what_was_paid_is_flagged_as_overspent(cast: Cast) -> None:
    by = cast.county_officer
    project = stage.planned(cast)
    row = stage.source(project, by, budget=100, arrived=80, paid=80, dated=today_in_shanghai())

    stage.enter(row, "budget", -40, by, reason="上级核减", dated=today_in_shanghai())

    [flag] = flags.flags_of([project.pk])
    assert (flag.code, flag.about) == ("overspent", row.pk)
    assert flag.says == "中央财政·城镇老旧小区改造已用 80.00 万元，下达 60.00 万元，超出 20.00 万元。"


def test_explained_flag_is_closed_until_its_figures_change(cast: Cast) -> None:
    by = cast.county_officer
    project = stage.planned(cast)
    row = stage.source(project, by, budget=100, arrived=80, paid=80)
    stage.enter(row, "budget", -40, by, reason="上级核减", dated=today_in_shanghai())
    [flag] = [each for each in flags.flags_of([project.pk]) if each.code == "overspent"]

    money.explain(project, code=flag.code, about=flag.about, digest=flag.digest, reason="差额由区财政补足", by=by)

    assert [each.explained for each in flags.flags_of([project.pk]) if each.code == "overspent"] == ["差额由区财政补足"]
    assert flags.counts_within(cast.county).get("overspent", 0) == 0
    stage.enter(row, "budget", -1, by, reason="再核减", dated=today_in_shanghai())
    assert [each.explained for each in flags.flags_of([project.pk]) if each.code == "overspent"] == [""]
    assert flags.counts_within(cast.county)["overspent"] == 1


def test_explanation_of_figures_that_have_changed_is_refused(cast: Cast) -> None:
    by = cast.county_officer
    project = stage.planned(cast)
    row = stage.source(project, by, budget=100, arrived=80, paid=80)
    stage.enter(row, "budget", -40, by, reason="上级核减")

    with pytest.raises(NotPossible, match="刚有变化"):
        money.explain(project, code="overspent", about=row.pk, digest="old", reason="不知道", by=by)


def test_money_that_lies_idle_or_never_came_is_flagged(cast: Cast) -> None:
    by = cast.county_officer
    long_ago = flags.months_before(today_in_shanghai(), 6) - dt.timedelta(days=1)
    just_now = long_ago + dt.timedelta(days=1)
    elsewhere = stage.estate(cast.other_community, cast.other_worker)
    old, new = stage.planned(cast), stage.planned(cast, over=elsewhere, name="另一个")
    row = stage.source(old, by, budget=100, dated=long_ago)
    stage.enter(row, "arrival", 60, by, dated=long_ago)
    other = stage.source(new, by, budget=100, dated=just_now)
    stage.enter(other, "arrival", 60, by, dated=just_now)

    assert codes(old) == ["slow", "unspent"]
    assert codes(new) == []


def test_money_left_over_and_no_photos_when_finished_are_flagged(cast: Cast) -> None:
    by = cast.county_officer
    project = stage.finished(cast)
    stage.source(project, by, budget=100, arrived=100, paid=90, dated=today_in_shanghai())

    assert codes(project) == ["unproven", "unspent"]


def test_payment_dated_before_its_arrival_is_flagged(cast: Cast) -> None:
    by = cast.county_officer
    project = stage.planned(cast)
    row = stage.source(project, by, budget=100, dated=today_in_shanghai())
    stage.enter(row, "arrival", 50, by, dated=today_in_shanghai())
    early = stage.enter(row, "payment", 20, by, dated=today_in_shanghai() - dt.timedelta(days=3))

    assert codes(project) == ["early"]
    money.reverse(early, reason="日期录错", by=by)
    assert codes(project) == []


def test_more_than_the_whole_investment_is_flagged(cast: Cast) -> None:
    project = stage.planned(cast, investment=50 * WAN)
    stage.source(project, cast.county_officer, budget=60, dated=today_in_shanghai())

    [flag] = flags.flags_of([project.pk])
    assert (flag.code, flag.says) == ("over-total", "资金合计 60.00 万元，批复总投资 50.00 万元，超出 10.00 万元。")


def test_planned_project_without_its_total_is_flagged_until_it_is_said(cast: Cast) -> None:
    project = stage.planned(cast)
    stage.source(project, cast.county_officer, budget=60, dated=today_in_shanghai())
    # As rows are from before the total was asked for.
    type(project).objects.update(investment=0)

    [flag] = flags.flags_of([project.pk])
    assert (flag.code, flag.says) == ("no-total", "没有填写批复总投资，各来源已下达 60.00 万元。")
    row = Source.objects.select_related("project").get()
    with pytest.raises(NotPossible, match="追加下达前请填写批复总投资"):
        stage.enter(row, "budget", 1, cast.county_officer)
    stage.enter(row, "budget", 1, cast.county_officer, investment=100 * WAN, dated=today_in_shanghai())
    assert codes(project) == []


def test_explanation_taken_back_twice_is_told_once(cast: Cast) -> None:
    by = cast.county_officer
    project = stage.planned(cast, investment=50 * WAN)
    stage.source(project, by, budget=60, dated=today_in_shanghai())
    [flag] = flags.flags_of([project.pk])
    money.explain(project, code=flag.code, about=flag.about, digest=flag.digest, reason="已报批", by=by)
    explanation = Explanation.objects.select_related("project").get()

    for _ in range(2):
        money.take_explanation_back(explanation, by=by)

    assert [each.explained for each in flags.flags_of([project.pk])] == [""]
    assert Entry.objects.filter(event="fund.explained").count() == 2


def test_same_estate_funded_by_two_projects_of_a_kind_is_flagged_on_both(cast: Cast) -> None:
    by = cast.county_officer
    thing = stage.estate(cast.community, cast.worker)
    one = stage.planned(cast, over=thing)
    two = stage.planned(cast, over=thing, name="海绵改造", kinds=["sponge"])
    other_kind = stage.planned(cast, over=thing, name="加装电梯", kinds=["lift"])
    other_year = stage.planned(cast, over=thing, name="明年再改", first_year=2027, last_year=2027)
    for project in (one, two, other_kind, other_year):
        stage.source(project, by, budget=10, dated=today_in_shanghai())

    assert [codes(project) for project in (one, two, other_kind, other_year)] == [["double"], ["double"], [], []]
    assert flags.flags_of([two.pk])[0].says == f"“晋阳苑”同年还由 晋阳苑改造（{one.number}） 安排。"


def test_same_voucher_entered_twice_is_flagged(cast: Cast) -> None:
    by = cast.county_officer
    one, two = stage.planned(cast), stage.draft(cast.county, by, name="另一个")
    for project in (one, two):
        row = stage.source(project, by, budget=100, dated=today_in_shanghai())
        stage.enter(row, "arrival", 50, by, document="财建〔2026〕9号", dated=today_in_shanghai())

    assert codes(one) == ["twice"]
    assert "财建〔2026〕9号" in flags.flags_of([one.pk])[0].says


def test_flags_are_taken_away_as_they_are_filtered(client: Client, cast: Cast) -> None:
    row = stage.source(stage.planned(cast), cast.county_officer, budget=100, arrived=80, paid=70)
    stage.enter(row, "budget", -40, cast.county_officer, reason="核减")
    sign_in(client, cast.county_officer)
    said = {flag.title for flag in flags.flags_within(cast.county)}

    def titles(**asked: str) -> set[object]:
        answer = client.get(reverse("works:export_flags"), asked)
        sheet = load_workbook(BytesIO(b"".join(answer.streaming_content))).active
        return {row[2] for row in sheet.iter_rows(min_row=2, values_only=True)}

    assert said
    assert titles() == said
    assert titles(show="explained") == set()
    assert titles(code="overspent") == said & {flags.TITLES["overspent"]}
    assert Entry.objects.filter(event="project.exported").count() == 3


def test_flags_of_many_projects_are_one_query(cast: Cast, django_assert_num_queries: object) -> None:
    by = cast.county_officer
    thing = stage.estate(cast.community, cast.worker)
    for number in range(4):
        project = stage.planned(cast, over=thing, name=f"项目{number}")
        row = stage.source(project, by, budget=10, arrived=8, paid=8)
        stage.enter(row, "budget", -5, by, reason="核减")

    with django_assert_num_queries(1):
        first = flags.flags_within(cast.province, code="overspent", most=3)
    second = flags.flags_within(cast.province, code="overspent", after=flags.key_of(first[-1]))
    assert [flag.name for flag in (*first, *second)] == ["项目3", "项目2", "项目1", "项目0"]
    assert flags.flags_within(cast.neighbour_county) == []


def test_money_of_a_past_day_is_what_the_ledger_said_then(cast: Cast) -> None:
    by = cast.county_officer
    project = stage.planned(cast)
    row = stage.source(project, by, budget=100, arrived=60, paid=10)
    stage.enter(row, "payment", 20, by, dated=DAY + dt.timedelta(days=10))

    then = overview(cast.county, Filters(), DAY + dt.timedelta(days=9)).whole
    now = overview(cast.county, Filters()).whole

    assert (then.sums.paid, now.sums.paid) == (10 * WAN, 30 * WAN)
    assert then.sums.budget == now.sums.budget == 100 * WAN
    assert Source.objects.count() == 1
    assert overview(cast.county, Filters(), DAY - dt.timedelta(days=1)).whole.projects == 0
