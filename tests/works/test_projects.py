from __future__ import annotations

import datetime as dt
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image

from greenhood.accounts.access import NotAllowed
from greenhood.accounts.actor import Actor
from greenhood.facts import queries as facts
from greenhood.facts.kinds import kind
from greenhood.history.models import Entry
from greenhood.kit.dates import today_in_shanghai
from greenhood.works import rules
from greenhood.works.actions import coverage, procurement, projects, recording, steps, years
from greenhood.works.actions import stages as staging
from greenhood.works.actions.coverage import Wanted
from greenhood.works.actions.stages import StageTerms
from greenhood.works.actions.years import YearTerms
from greenhood.works.errors import NotPossible
from greenhood.works.models import Covered, Project, Stage, State
from greenhood.works.queries import projects as found
from greenhood.works.queries.overview import overview
from greenhood.works.queries.projects import Filters
from tests.cast import Cast, sign_in
from tests.declarations import stage as schemes
from tests.works import stage
from tests.works.stage import DAY, WAN, department

pytestmark = pytest.mark.django_db


# Writing


def test_new_project_is_numbered_and_takes_the_criteria_that_its_kinds_suggest(cast: Cast) -> None:
    schemes.publish("national-2020")
    version = schemes.publish("sichuan-2020")

    one = stage.draft(cast.county, cast.county_officer)
    two = stage.draft(cast.county, cast.county_officer, name="另一个", kinds=["lift"])

    assert (one.number, two.number) == ("2026-510107000-0001", "2026-510107000-0002")
    served = [each.title for _, part in rules.criteria_of(version.scheme) for each in part if each.no in one.criteria]
    assert served == ["提升建筑绿色水平", "开展海绵化改造和建设", "协同老旧小区改造共同推进创建"]
    assert [row.title for row in Stage.objects.filter(project=one)] == ["设计", "招标", "施工", "验收"]


def test_form_sent_twice_makes_one_project(cast: Cast) -> None:
    key = Project().pk

    for _ in range(2):
        projects.create(cast.county, stage.terms(), by=cast.county_officer, key=key)

    assert Project.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": " "}, "name"),
        ({"kinds": []}, "kinds"),
        ({"kinds": ["moon"]}, "kinds"),
        ({"first_year": 1999}, "first_year"),
        ({"last_year": 2025}, "last_year"),
        ({"investment": Decimal(-1)}, "investment"),
        ({"planned_start": DAY, "planned_finish": DAY - dt.timedelta(days=1)}, "planned_finish"),
    ],
)
def test_terms_that_cannot_be_are_refused_at_their_field(cast: Cast, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(NotPossible) as refused:
        stage.draft(cast.county, cast.county_officer, **wrong)

    assert refused.value.field == field
    assert not Project.objects.exists()


def test_number_of_another_project_is_refused(cast: Cast) -> None:
    stage.draft(cast.county, cast.county_officer, number="川投资1号")

    with pytest.raises(NotPossible, match="川投资1号 已被"):
        stage.draft(cast.county, cast.county_officer, number="川投资1号")


def test_second_of_two_who_change_at_once_is_told(cast: Cast) -> None:
    project = stage.draft(cast.county, cast.county_officer)
    projects.change(project, stage.terms(name="新名"), revision=1, by=cast.county_officer)

    with pytest.raises(NotPossible, match="刚被他人修改"):
        projects.change(project, stage.terms(name="旧名"), revision=1, by=cast.county_officer)
    assert stage.fresh(project).name == "新名"


def test_department_keeps_only_its_own(cast: Cast) -> None:
    housing, ecology = department(cast, "住建"), department(cast, "生态环境")
    project = stage.draft(cast.county, housing)

    assert project.department == "住建"
    with pytest.raises(NotAllowed, match="本部门"):
        projects.change(project, stage.terms(), revision=1, by=ecology)
    with pytest.raises(NotPossible, match="本部门"):
        stage.draft(cast.county, ecology, department="住建")
    with pytest.raises(NotPossible, match="没有写明部门"):
        stage.draft(cast.county, cast.department_officer)
    assert (
        projects.change(project, stage.terms(department="武侯区住房和城乡建设局"), revision=1, by=housing).revision == 2
    )


def test_steps_follow_each_other_with_their_days_and_reasons(cast: Cast) -> None:
    by = cast.county_officer
    project = stage.draft(cast.county, by)
    with pytest.raises(NotPossible, match="请先选择项目覆盖"):
        steps.move(project, "plan", revision=1, by=by)
    project = stage.planned(cast, name="两步")
    with pytest.raises(NotPossible, match="不能完工"):
        steps.move(project, "finish", revision=project.revision, by=by)
    project = steps.move(project, "start", revision=project.revision, by=by, day=DAY)
    with pytest.raises(NotPossible, match="还没有登记实际完成日期"):
        steps.move(project, "finish", revision=project.revision, by=by, day=DAY)
    with pytest.raises(NotPossible, match="写明暂停的原因"):
        steps.move(project, "suspend", revision=project.revision, by=by)
    project = steps.move(project, "suspend", revision=project.revision, by=by, reason="管线迁改")
    project = steps.move(project, "cancel", revision=project.revision, by=by, reason="不做了")
    project = steps.move(project, "resume", revision=project.revision, by=by)

    assert (project.state, project.halted_on, project.reason) == (State.UNDER_WAY, None, "")
    with pytest.raises(NotPossible, match="还没有到"):
        steps.move(
            project, "suspend", revision=project.revision, by=by, day=today_in_shanghai() + dt.timedelta(1), reason="x"
        )


def test_accepted_project_is_done_and_can_be_reopened(cast: Cast) -> None:
    by = cast.county_officer
    project = stage.finished(cast)
    project = steps.move(project, "accept", revision=project.revision, by=by, day=DAY)

    assert (project.state, project.done, project.next_due_on) == (State.ACCEPTED, 1, None)
    project = steps.move(project, "reopen", revision=project.revision, by=by, reason="登记错了")
    assert (project.state, project.actual_finish) == (State.UNDER_WAY, None)


def test_stages_of_what_is_over_cannot_become_unfinished(cast: Cast) -> None:
    finished = stage.finished(cast)
    rows = list(Stage.objects.filter(project=finished))
    wanted = [StageTerms(row.title, row.weight, row.pk) for row in rows]
    with pytest.raises(NotPossible, match=r"项目已完工.*撤回完工"):
        staging.set_stages(finished, wanted, revision=finished.revision, by=cast.county_officer)

    planned = stage.planned(cast)
    cancelled = steps.move(planned, "cancel", revision=planned.revision, by=cast.county_officer, reason="不做了")
    with pytest.raises(NotPossible, match="已取消"):
        staging.set_stages(cancelled, wanted, revision=cancelled.revision, by=cast.county_officer)


def test_acceptance_by_any_name_comes_after_the_finish() -> None:
    rows = [Stage(title="施工", actual_finish=DAY), Stage(title="竣工验收")]

    assert rules.unfinished(rows) == []
    assert rules.unfinished([Stage(title="施工"), *rows[1:]]) == ["施工"]


def test_shares_follow_the_stages_by_weight(cast: Cast) -> None:
    by = cast.county_officer
    project = stage.planned(cast)
    begins = dt.date(2026, 1, 1)
    stages = [
        StageTerms("设计", 20, None, begins, begins, begins, begins),
        StageTerms("施工", 80, None, begins, dt.date(2026, 1, 10), begins, None, Decimal("0.25")),
    ]

    project = staging.set_stages(project, stages, revision=project.revision, by=by)

    rows = list(Stage.objects.filter(project=project))
    assert project.done == Decimal("0.4")
    assert project.next_due_on == dt.date(2026, 1, 10)
    assert rules.planned_share(rows, dt.date(2026, 1, 5)) == Decimal("0.6")
    assert rules.planned_share(rows, dt.date(2025, 12, 31)) == 0
    # A part-done stage counts nothing on a past day.
    for day, actual in ((None, "0.4"), (dt.date(2026, 6, 1), "0.2")):
        assert round(overview(cast.county, Filters(), day).whole.actual, 4) == Decimal(actual)
    assert [row.is_late(dt.date(2026, 1, 11)) for row in rows] == [False, True]
    with pytest.raises(NotPossible, match="合计应为 100%，现在是 20%"):
        staging.set_stages(project, stages[:1], revision=project.revision, by=by)
    late = StageTerms("设计", 100, None, actual_start=today_in_shanghai() + dt.timedelta(1))
    with pytest.raises(NotPossible, match="还没有到"):
        staging.set_stages(project, [late], revision=project.revision, by=by)


def test_plan_of_years_stays_within_the_project(cast: Cast) -> None:
    by = cast.county_officer
    project = stage.planned(cast, last_year=2027)

    for wrong, said in (
        ([YearTerms(2028)], "不在项目的计划年度"),
        ([YearTerms(2026, "", 501 * WAN)], "超过批复总投资"),
        ([YearTerms(2026, share=Decimal("0.8")), YearTerms(2027, share=Decimal("0.5"))], "不能比上一年少"),
        ([YearTerms(2026), YearTerms(2026)], "填了两次"),
    ):
        with pytest.raises(NotPossible, match=said):
            years.plan_years(project, wanted=wrong, revision=project.revision, by=by)


def test_green_purchase_shows_its_certificate(cast: Cast) -> None:
    project = stage.planned(cast)
    given = {"product": "灯具", "amount": WAN, "dated": DAY, "is_green": True, "by": cast.county_officer}

    with pytest.raises(NotPossible, match="认证或标准"):
        procurement.procure(project, **given)
    row = procurement.procure(project, **given, standard="中国绿色产品认证")
    for _ in range(2):
        procurement.remove_procurement(row, by=cast.county_officer)
    assert stage.fresh(row).removed_at
    for _ in range(2):
        procurement.remove_procurement(row, by=cast.county_officer, restores=True)
    assert stage.fresh(row).removed_at is None
    events = Entry.objects.filter(event__startswith="project.procure").order_by("pk").values_list("event", flat=True)
    assert list(events) == ["project.procured", "project.procurement_removed", "project.procured"]


def test_project_cannot_contradict_its_year_plans(cast: Cast) -> None:
    by = cast.county_officer
    project = stage.planned(cast, last_year=2027)
    plans = [YearTerms(2026, "", 300 * WAN), YearTerms(2027, "", 200 * WAN)]
    project = years.plan_years(project, plans, revision=project.revision, by=by)

    for wrong, field, said in (
        ({"last_year": 2026}, "last_year", "年度计划里有 2027 年，不在 2026 内"),
        ({"first_year": 2027, "last_year": 2028}, "first_year", "年度计划里有 2026 年，不在 2027—2028 内"),
        ({"last_year": 2027, "investment": 499 * WAN}, "investment", "年度计划投资合计 5,000,000.00 元，超过批复总投资 4,990,000.00 元"),
        ({"last_year": 2027, "investment": Decimal(0)}, "investment", "不能清空"),
    ):  # fmt: skip
        with pytest.raises(NotPossible, match=said) as refused:
            projects.change(project, stage.terms(**wrong), revision=project.revision, by=by)
        assert refused.value.field == field
    projects.change(project, stage.terms(last_year=2029, investment=600 * WAN), revision=project.revision, by=by)
    assert (stage.fresh(project).years, stage.fresh(project).investment) == ("2026—2029", 600 * WAN)


def test_nothing_is_planned_or_granted_without_the_approved_total(cast: Cast) -> None:
    by = cast.county_officer
    bare = {"investment": Decimal(0)}
    with pytest.raises(NotPossible, match="列入计划前请填写批复总投资") as refused:
        stage.planned(cast, **bare)
    assert refused.value.field == "investment"
    project = stage.draft(cast.county, by, **bare)
    with pytest.raises(NotPossible, match="下达资金前请填写批复总投资"):
        stage.source(project, by)
    with pytest.raises(NotPossible, match="编制年度计划投资前请填写批复总投资"):
        years.plan_years(project, [YearTerms(2026, "", WAN)], revision=project.revision, by=by)

    project = years.plan_years(project, [YearTerms(2026, "设计")], revision=project.revision, by=by)
    stage.source(project, by, investment=80 * WAN)

    assert stage.fresh(project).investment == 80 * WAN
    assert Entry.objects.filter(event="project.changed").get().details == {"批复总投资": "（空） → 800000"}


def test_community_of_another_place_cannot_be_covered(cast: Cast) -> None:
    project = stage.draft(cast.county, cast.county_officer)

    with pytest.raises(NotPossible, match="不是武侯区的社区"):
        coverage.cover(project, [Wanted(cast.neighbour_community)], revision=1, by=cast.county_officer)


# Into the facts


def test_finished_renovation_is_recorded_once_and_taken_back(cast: Cast) -> None:
    by = cast.county_officer
    project = stage.finished(cast)
    row = Covered.objects.select_related("project", "community").get(project=project)

    recording.record_covered(row, by=by)
    recording.record_covered(row, by=by)

    now = facts.latest(kind("estates"), cast.community, row.thing)
    assert (now.renovation_year, now.renovation_planned, now.renovation_finished) == (2026, 6, 4)
    assert facts.versions(kind("estates"), cast.community, row.thing).count() == 2
    recording.take_back(row, by=by)
    now = facts.latest(kind("estates"), cast.community, row.thing)
    assert (now.renovation_year, now.renovation_planned, now.renovation_finished) == (None, None, None)
    assert stage.fresh(row).recorded is None


def test_what_was_updated_since_is_not_taken_back(cast: Cast) -> None:
    by = cast.county_officer
    row = Covered.objects.select_related("project", "community").get(project=stage.finished(cast))
    recording.record_covered(row, by=by)
    thing = facts.latest(kind("estates"), cast.community, row.thing)
    from greenhood.facts import actions

    values = facts.values_of(thing) | {"dwellings": 99, "longitude": None, "latitude": None, "captured_in": ""}
    actions.record(
        kind("estates"),
        cast.community,
        values,
        dated=today_in_shanghai(),
        by=cast.worker,
        thing=row.thing,
        replaces=thing.id,
    )

    with pytest.raises(NotPossible, match="此后又更新过"):
        recording.take_back(row, by=by)


def test_unfinished_work_is_not_recorded(cast: Cast) -> None:
    row = Covered.objects.select_related("project", "community").get(project=stage.planned(cast))

    with pytest.raises(NotPossible, match="完工"):
        recording.record_covered(row, by=cast.county_officer)


# Reading


def test_who_sees_which_projects(cast: Cast) -> None:
    mine = stage.planned(cast)
    stage.draft(cast.county, cast.county_officer, name="草稿")

    def seen(actor: Actor) -> set[str]:
        return set(found.seen_by(actor).values_list("name", flat=True))

    assert seen(cast.county_officer) == {"晋阳苑改造", "草稿"}
    assert seen(cast.worker) == {"晋阳苑改造"}  # covered, though run above
    assert seen(cast.other_worker) == seen(cast.neighbour_officer) == seen(cast.stranger) == set()
    assert seen(cast.auditor) == {"晋阳苑改造"}
    assert found.project_for(cast.worker, mine.pk) == mine


def test_criterion_gets_the_projects_that_serve_it(cast: Cast) -> None:
    schemes.publish("national-2020")
    schemes.publish("sichuan-2020")
    project = stage.planned(cast)
    stage.source(project, cast.county_officer, budget=10, arrived=5, paid=2)
    no = project.criteria[0]

    [served] = found.serving(cast.community, no)

    assert (served.project, served.sums.paid, served.is_done) == (project, 2 * WAN, False)
    assert found.serving(cast.other_community, no) == []
    assert found.serving(cast.community, 1) == []


def many(cast: Cast, count: int) -> None:
    made = [
        Project(
            number=f"P{number}",
            name=f"项目{number}",
            division=cast.street_division,
            kinds=["lift"],
            first_year=2026,
            last_year=2026,
            investment=100 * WAN,
            state="planned",
            planned_on=DAY,
            created_at=schemes.moment(2026, 1, 1) + dt.timedelta(minutes=number),
        )
        for number in range(count)
    ]
    Project.objects.bulk_create(made)
    Stage.objects.bulk_create([row for project in made for row in staging.usual_stages(project)])
    Covered.objects.bulk_create([Covered(project=project, community=cast.community) for project in made])


def test_pages_take_as_many_queries_with_two_thousand_projects(
    client: Client, cast: Cast, django_assert_max_num_queries: Any
) -> None:
    schemes.publish("national-2020")
    many(cast, 2000)
    stage.source(Project.objects.latest("pk"), cast.county_officer, budget=100)
    sign_in(client, cast.county_officer)

    for name, arguments, most in (
        ("works:projects", [], 18),
        ("works:plan", [cast.county.code], 18),
        ("works:flags", [], 13),
        ("works:community", [cast.community.code], 14),
    ):
        with django_assert_max_num_queries(most):
            assert client.get(reverse(name, args=arguments)).status_code == 200
    seen = overview(cast.county, Filters())
    assert (seen.whole.projects, seen.whole.communities, seen.whole.sums.budget) == (2000, 1, 100 * WAN)
    assert [(place.division.name, place.tally.projects) for place in seen.places] == [
        ("浆洗街街道", 2000),
        ("火车南站街道", 0),
    ]


def test_list_is_paged_filtered_and_exported(client: Client, cast: Cast) -> None:
    many(cast, 60)
    sign_in(client, cast.county_officer)

    first = client.get(reverse("works:projects"), {"kind": "lift", "year": "2026"})
    lines = first.context["lines"]
    assert (len(lines.rows), lines.count.number, lines.rows[0].project.name) == (50, 60, "项目59")
    second = client.get(reverse("works:projects"), {"after": lines.next})
    assert [line.project.name for line in second.context["lines"].rows][-1] == "项目0"
    for empty in ({"kind": "energy"}, {"year": "2020"}, {"state": "accepted"}, {"origin": "bank"}, {"q": "没有"}):
        assert client.get(reverse("works:projects"), empty).context["lines"].rows == []
    file = client.get(reverse("works:export"), {"kind": "lift"})
    assert b"".join(file.streaming_content)[:2] == b"PK"
    assert Entry.objects.filter(event="project.exported").count() == 1


def test_payment_above_the_budget_keeps_what_was_typed_and_cites_the_clause(client: Client, cast: Cast) -> None:
    schemes.publish("national-2020")
    schemes.publish("sichuan-2020")
    project = stage.planned(cast)
    row = stage.source(project, cast.county_officer, budget=10, arrived=10)
    sign_in(client, cast.county_officer)
    url = reverse("works:enter", args=[project.pk, row.pk, "payment"])

    answer = client.post(
        url, {"amount": "12万元", "dated": "2026-03-05", "payee": "某公司", "purpose": "工程款", "document": "票1"}
    )

    text = answer.content.decode()
    assert answer.status_code == 422
    assert "超过预算（下达）100,000.00 元" in text
    assert "五(一)·1" in text
    assert 'value="12万元"' in text
    assert 'value="某公司"' in text
    answer = client.post(
        url, {"amount": "9.5万元", "dated": "2026-03-05", "payee": "某公司", "purpose": "工程款", "document": "票1"}
    )
    assert answer.status_code == 302
    assert stage.fresh(row).paid == Decimal(95000)


def test_new_project_is_typed_covered_and_planned(client: Client, cast: Cast) -> None:
    thing = stage.estate(cast.community, cast.worker)
    sign_in(client, cast.county_officer)
    page = reverse("works:new")
    given = {
        "key": client.get(page).context["form"]["key"].value(), "name": "新项目", "division": cast.county.code, "kinds": ["lift"],
        "first_year": 2026, "last_year": 2026,
    }  # fmt: skip

    assert client.post(page, {**given, "first_year": ""}).status_code == 422
    made = client.post(page, given)
    project = Project.objects.get()
    coverage_page = reverse("works:coverage", args=[project.pk])
    assert made.headers["Location"] == coverage_page
    listed = {"communities": "晋阳社区居委会\n不存在", "list": "yes"}
    assert client.post(coverage_page, listed).status_code == 422
    sent = {"communities": "晋阳社区居委会", "save": "yes", "revision": project.revision}
    sent |= {f"thing-{thing.thing}": "yes", f"planned-{thing.thing}": "3"}
    assert client.post(coverage_page, sent).status_code == 302
    assert Covered.objects.get().buildings_planned == 3


def test_step_that_is_refused_says_so_at_its_field_and_keeps_what_was_typed(client: Client, cast: Cast) -> None:
    by = cast.county_officer
    project = stage.draft(cast.county, by, investment=Decimal(0))
    project = coverage.cover(project, [Wanted(cast.community)], revision=project.revision, by=by)
    sign_in(client, by)

    def take(step: str, **typed: Any) -> Any:
        project.refresh_from_db()
        return client.post(reverse("works:step", args=[project.pk, step]), {"revision": project.revision, **typed})

    refused = take("plan", investment="很多")
    assert (refused.status_code, 'id="plan-investment"' in refused.content.decode()) == (422, True)
    assert "请填写批复总投资" in take("plan").content.decode()
    assert take("plan", investment="120万元").status_code == 302
    assert stage.fresh(project).investment == 120 * WAN
    refused = take("start", day="2026-02-31")
    assert (refused.status_code, "2 月 31 日" in refused.content.decode()) == (422, True)
    assert 'value="2026-02-31"' in refused.content.decode()
    assert take("start", day="2026-03-02").status_code == 302
    assert "请写明暂停的原因" in take("suspend", reason="").content.decode()
    assert stage.fresh(project).state == State.UNDER_WAY


def stage_rows(project: Project) -> dict[str, Any]:
    """What the form of the stages sends of those that are there."""
    sent: dict[str, Any] = {"stage-TOTAL_FORMS": 4, "stage-INITIAL_FORMS": 4, "revision": project.revision}
    for at, row in enumerate(Stage.objects.filter(project=project)):
        given = {"id": row.pk, "title": row.title, "weight": row.weight, "share": "0"}
        sent |= {f"stage-{at}-{name}": value for name, value in given.items()}
    return sent


YEAR = {
    "year-TOTAL_FORMS": 1,
    "year-INITIAL_FORMS": 1,
    "year-0-year": 2026,
    "year-0-amount": "100万元",
    "year-0-share": "60",
}
BOUGHT = {"product": "灯具", "amount": "1000", "dated": "2026-03-05", "is_green": "on", "standard": "认证"}
FUND = {"origin": "bank", "budget": "10万元", "dated": "2026-03-05"}


@pytest.mark.parametrize(
    ("name", "sent", "wrong", "said"),
    [
        ("stages", {}, {"stage-0-weight": 11}, "合计应为 100%，现在是 101%"),
        ("stages", {}, {"stage-0-actual_start": "2026-02-31"}, "2 月 31 日"),
        ("years", YEAR, {"year-0-amount": "900万元"}, "超过批复总投资"),
        ("procure", BOUGHT, {"standard": ""}, "认证或标准"),
        ("add_source", FUND, {"budget": "十万"}, "请填写金额"),
        ("edit", {"name": "新名", "investment": "500万元"}, {"revision": 1}, "刚被他人修改"),
        ("edit", {"name": "新名", "investment": "500万元"}, {"first_year": 2027}, "不能早于起始年度"),
    ],
)
def test_form_saves_and_refuses_what_cannot_be(
    client: Client, cast: Cast, name: str, sent: dict[str, Any], wrong: dict[str, Any], said: str
) -> None:
    project = stage.planned(cast)
    sign_in(client, cast.county_officer)
    page = reverse(f"works:{name}", args=[project.pk])
    terms = {
        "number": project.number,
        "division": cast.county.code,
        "kinds": ["lift"],
        "first_year": 2026,
        "last_year": 2026,
    }
    given = {**terms, **stage_rows(project), **sent}

    refused = client.post(page, {**given, **wrong})

    assert refused.status_code == 422
    assert said in refused.content.decode()
    assert client.post(page, given).status_code == 302


@pytest.mark.parametrize("name", ["edit", "stages", "years"])
def test_who_was_overtaken_may_save_after_a_look_and_not_before(client: Client, cast: Cast, name: str) -> None:
    project = stage.planned(cast)
    sign_in(client, cast.county_officer)
    page = reverse(f"works:{name}", args=[project.pk])
    terms = {"number": project.number, "division": cast.county.code, "kinds": ["lift"], "last_year": 2026}
    sent = {
        **terms,
        **YEAR,
        **stage_rows(project),
        "name": "新名",
        "investment": "500万元",
        "revision": project.revision - 1,
    }

    mistyped = client.post(page, sent | {"first_year": "x", "stage-0-weight": "x", "year-0-amount": "x"})
    told = client.post(page, sent | {"first_year": 2026})

    carried = [f'name="revision" value="{number}"' for number in (project.revision - 1, project.revision)]
    assert (mistyped.status_code, told.status_code) == (422, 422)
    assert carried[0] in mistyped.content.decode()
    assert "刚被他人修改" in told.content.decode()
    assert carried[1] in told.content.decode()
    again = client.post(page, sent | {"first_year": 2026, "revision": project.revision})
    assert again.status_code == 302


def test_listing_what_a_community_has_is_no_look_at_a_colleague_s_change(client: Client, cast: Cast) -> None:
    project = stage.planned(cast)
    sign_in(client, cast.county_officer)
    page = reverse("works:coverage", args=[project.pk])

    listed = client.post(page, {"communities": cast.community.name, "revision": project.revision - 1})

    assert f'name="revision" value="{project.revision - 1}"' in listed.content.decode()


def test_form_asks_for_the_total_where_a_project_has_none(client: Client, cast: Cast) -> None:
    sign_in(client, cast.county_officer)
    for name, sent in (("years", YEAR), ("add_source", FUND)):
        project = stage.draft(cast.county, cast.county_officer, investment=Decimal(0))
        page = reverse(f"works:{name}", args=[project.pk])

        refused = client.post(page, {**sent, "revision": 1}).content.decode()

        assert '<a href="#id_investment">批复总投资</a>' in refused
        assert client.post(page, {**sent, "revision": 1, "investment": "200万元"}).status_code == 302
        assert stage.fresh(project).investment == 200 * WAN


def test_photos_before_and_after_stand_side_by_side_and_are_seen_by_the_community(client: Client, cast: Cast) -> None:
    project = stage.planned(cast)
    row = Stage.objects.filter(project=project).first()
    sign_in(client, cast.county_officer)
    for moment in ("before", "after"):
        file = BytesIO()
        Image.new("RGB", (64, 48), "#3f7a54" if moment == "after" else "#7a3f3f").save(file, "JPEG")
        file.seek(0)
        file.name = f"{moment}.jpg"
        assert (
            client.post(reverse("works:attach", args=[project.pk, row.pk, moment]), {"files": [file]}).status_code
            == 302
        )
    assert client.post(reverse("works:attach", args=[project.pk, row.pk, "before"]), {}).status_code == 422
    sign_in(client, cast.worker)
    page = client.get(row.get_absolute_url())
    pieces = [piece for _, _, pieces in page.context["moments"] for piece in pieces]
    assert [piece.name for piece in pieces] == ["before.jpg", "after.jpg"]
    shown = client.get(pieces[0].url)
    assert b"".join(shown.streaming_content)[:2] == b"\xff\xd8"
    assert client.post(reverse("works:remove_proof", args=[pieces[0].id])).status_code == 403
    sign_in(client, cast.other_worker)
    assert client.get(pieces[0].url).status_code == 404
