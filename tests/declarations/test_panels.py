"""Panels: seats by the scheme, recusal found and declared, scores apart, then together."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.http import Http404
from django.test import Client
from django.urls import reverse

from greenhood.accounts.actor import Actor
from greenhood.accounts.models import Interest, Post, Role
from greenhood.assessments import actions as assessments
from greenhood.assessments.claims import Mark
from greenhood.assessments.models import Scorer, ScoreSheet
from greenhood.declarations import conflicts, queries
from greenhood.declarations.actions import seating
from greenhood.declarations.actions.seating import Sitter
from greenhood.declarations.conflicts import Case, Member, Place, Recorded
from greenhood.declarations.errors import Refused
from greenhood.declarations.models import Declaration, Panel, PanelCase, Recusal
from greenhood.declarations.queries import seats
from greenhood.schemes.format import Outcome, Scheme
from greenhood.schemes.models import SchemeVersion, schemes_of
from tests.cast import Cast, sign_in
from tests.declarations import stage

AT = stage.moment(2026, 3, 2)
PANEL_STEP = {
    "key": "panel",
    "title": "市级评审",
    "verb": "评审",
    "kind": "panel",
    "level": "city",
    "source": "四(四)",
    "scores": True,
    "seats": [
        {"kind": "expert", "title": "专家", "count": 2},
        {"kind": "deputy", "title": "人大代表、政协委员", "count": 1},
        {"kind": "citizen", "title": "市民代表", "count": 1},
    ],
    "aggregate": "trimmed-mean",
}


@pytest.fixture
def version(cast: Cast, sichuan: SchemeVersion) -> SchemeVersion:
    """Sichuan's plan with a panel at the city in place of its review."""
    scheme = schemes_of([sichuan.pk])[sichuan.pk].model_dump(mode="json")
    scheme["procedure"]["steps"][3] = PANEL_STEP
    version = SchemeVersion.objects.defer(None).get(pk=sichuan.pk)
    version.pk = version.id = seating.UUID(int=version.pk.int + 1)
    version.version, version.document, version.checksum = 2, Scheme.model_validate(scheme).model_dump(mode="json"), "x"
    version.save(force_insert=True)
    return version


@pytest.fixture
def waiting(cast: Cast, version: SchemeVersion) -> list[Declaration]:
    rows = [
        stage.declare(cast.community, cast.worker, at=AT),
        stage.declare(cast.other_community, cast.other_worker, at=AT),
    ]
    assert {row.version_id for row in rows} == {version.pk}
    Declaration.objects.update(step="panel", level=2, department="")
    return [stage.fresh(row) for row in rows]


def members(cast: Cast) -> list[Actor]:
    return [cast.expert, cast.other_expert, cast.deputy, cast.citizen]


def sitters(cast: Cast) -> list[Sitter]:
    kinds = ("expert", "expert", "deputy", "citizen")
    return [Sitter(one.user.pk, kind) for one, kind in zip(members(cast), kinds, strict=True)]


def open_panel(waiting: list[Declaration], cast: Cast) -> Panel:
    return seating.open_panel([row.pk for row in waiting], sitters(cast), by=cast.city_officer, at=AT)


def give_points(case: PanelCase, by: Actor, less: int = 0) -> None:
    """Agree with every claim, but for so many points less on the fourth item."""
    assessment = stage.fresh(case.declaration).assessment
    sheet = assessments.open_sheet(assessment, scorer=Scorer.PANEL, step="panel", by=by)
    if less:
        assessments.save_score(sheet, criterion=4, mark=Mark(points=Decimal(5 - less)), reason="不足", by=by)
    assessments.agree_with_rest(sheet, by=by)
    assessments.hand_in(sheet, by=by)


@pytest.mark.django_db
def test_scores_given_apart_are_brought_together_as_the_scheme_says(waiting: list[Declaration], cast: Cast) -> None:
    panel = open_panel(waiting, cast)
    first, second = panel.cases.order_by("declaration__community__code")
    with pytest.raises(Refused, match="须由评审组打分"):
        stage.decide(waiting[0], Outcome.PASS, cast.city_officer)
    for member, less in zip(members(cast), (0, 1, 2, 5), strict=True):
        give_points(first, member, less)
        with pytest.raises(Refused, match="没有交齐评分"):
            seating.close_panel(panel, by=cast.city_officer, at=AT)
        give_points(second, member)

    seating.close_panel(panel, by=cast.city_officer, at=AT)

    first.refresh_from_db()
    # 100, 99, 98, 95: without the highest and the lowest, 98.5.
    assert (first.total, first.spread, first.level) == (Decimal("98.5"), Decimal(5), "demonstration")
    assert [score["kind"] for score in first.scores] == ["citizen", "deputy", "expert", "expert"]
    stage.decide(waiting[0], Outcome.PASS, cast.city_officer)
    assert stage.fresh(waiting[0]).step == "province-sample"
    with pytest.raises(Refused, match="结束"):
        seating.close_panel(panel, by=cast.city_officer, at=AT)


@pytest.mark.django_db
def test_seats_must_be_those_of_the_scheme(waiting: list[Declaration], cast: Cast) -> None:
    right = sitters(cast)
    ids = [row.pk for row in waiting]
    for wrong, reason in (
        (right[:3], "“市民代表”应为 1 席，现选 0 人"),
        ([*right[:3], Sitter(cast.expert.user.pk, "citizen")], "同一人不能占两个席位"),
        ([*right[:3], Sitter(cast.grid_worker.user.pk, "citizen")], "没有与席位相应的有效岗位"),
        ([*right, Sitter(cast.grid_worker.user.pk, "officer")], "没有设“officer”席位"),
    ):
        with pytest.raises(Refused, match=reason):
            seating.open_panel(ids, wrong, by=cast.city_officer, at=AT)
    assert not Panel.objects.exists()


@pytest.mark.django_db
def test_who_has_an_interest_stands_back_and_it_is_recorded(waiting: list[Declaration], cast: Cast) -> None:
    Interest.objects.create(user=cast.expert.user, division=cast.community, reason="曾任该社区改造项目设计")

    panel = open_panel(waiting, cast)

    recusal = Recusal.objects.get()
    assert (recusal.seat.user, recusal.case.declaration, recusal.found_by) == (cast.expert.user, waiting[0], "system")
    assert recusal.reason == "已登记的利害关系：曾任该社区改造项目设计"
    case = panel.cases.get(declaration=waiting[0])
    with pytest.raises(Http404):
        seats.case_for(cast.expert, case.pk)
    assert seats.my_cases(cast.expert.user).count() == 1
    assert not ScoreSheet.objects.filter(by=cast.expert.user, assessment=waiting[0].assessment_id).exists()


@pytest.mark.django_db
def test_a_kind_of_seat_left_without_a_judge_is_refused(waiting: list[Declaration], cast: Cast) -> None:
    Post.objects.filter(pk=cast.citizen.post.pk).update(division=cast.places["street"])

    with pytest.raises(Refused, match="“市民代表”席位都须回避（钱女士：在浆洗街街道任职）"):
        open_panel(waiting, cast)


@pytest.mark.django_db
def test_a_member_declares_an_interest_and_a_substitute_takes_the_case_alone(
    waiting: list[Declaration], cast: Cast
) -> None:
    panel = open_panel(waiting, cast)
    case, other = panel.cases.order_by("declaration__community__code")
    with pytest.raises(Refused, match="请写明回避的情形"):
        seating.recuse(case, by=cast.citizen, reason="")
    seating.recuse(case, by=cast.citizen, reason="亲属在该社区任职", at=AT)
    with pytest.raises(Http404):
        seats.case_for(cast.citizen, case.pk)
    rows = seats.progress(panel)
    step = schemes_of([panel.version_id])[panel.version_id].step("panel")
    assert seats.lacking_kinds(rows, step) == [("citizen", "市民代表")]

    Post.objects.create(
        user=cast.auditor.user, division=cast.places["city"], role=Role.CITIZEN_ASSESSOR, valid_from=AT.date()
    )
    seating.add_member(panel, Sitter(cast.auditor.user.pk, "citizen"), by=cast.city_officer, at=AT)

    judges = {
        row.case.pk: {seat.user for seat in row.judges if seat.kind == "citizen"} for row in seats.progress(panel)
    }
    assert judges == {case.pk: {cast.auditor.user}, other.pk: {cast.citizen.user}}


@pytest.mark.django_db
def test_a_member_reaches_only_their_own_cases_and_sees_no_other_scores_first(
    waiting: list[Declaration], cast: Cast, client: Client
) -> None:
    panel = open_panel(waiting[:1], cast)
    case = panel.cases.get()
    give_points(case, cast.other_expert, 3)
    sign_in(client, cast.expert)
    assert "晋阳社区居委会" in client.get(reverse("declarations:cases")).content.decode()
    page = client.get(reverse("declarations:case", args=[case.pk]))
    assert page.status_code == 200
    html = page.content.decode()
    assert "冯教授" not in html
    assert "不足" not in html
    assert client.get(reverse("declarations:detail", args=[waiting[0].pk])).status_code == 404
    assert client.get(reverse("declarations:detail", args=[waiting[1].pk])).status_code == 404
    assert queries.todo_count(cast.expert) == 1
    give_points(case, cast.expert)
    assert queries.todo_count(cast.expert) == 0
    sign_in(client, cast.grid_worker)
    assert client.get(reverse("declarations:case", args=[case.pk])).status_code == 404


@pytest.mark.django_db
def test_the_organiser_seats_closes_and_sees_the_spread(waiting: list[Declaration], cast: Cast, client: Client) -> None:
    sign_in(client, cast.city_officer)
    assert "市级评审：2 件" in client.get(reverse("declarations:panels")).content.decode()
    url = reverse("declarations:new_panel", args=[waiting[0].version_id, "panel"])
    assert "郑教授" in client.get(url).content.decode()
    chosen = {"chosen": [str(row.pk) for row in waiting]}
    assert client.post(url, chosen | {f"seat-{cast.expert.user.pk}": "expert"}).status_code == 422
    client.post(url, chosen | {f"seat-{one.user_id}": one.kind for one in sitters(cast)})
    panel = Panel.objects.get()
    for case in panel.cases.all():
        for member in members(cast):
            give_points(case, member)
    assert "评分已交齐" in client.get(panel.get_absolute_url()).content.decode()
    client.post(reverse("declarations:close_panel", args=[panel.pk]))
    assert "已合议" in client.get(panel.get_absolute_url()).content.decode()
    sign_in(client, cast.county_officer)
    assert client.get(panel.get_absolute_url()).status_code == 404


STREET = Place(510107001000, 4, "浆洗街街道")
CITY = Place(510100000000, 2, "成都市")


@pytest.mark.parametrize(
    ("member", "decided", "expected"),
    [
        (Member("四川大学", [CITY], []), False, []),
        (Member("晋阳社区 居委会", [CITY], []), False, ["同一工作单位（晋阳社区 居委会）"]),
        (Member("", [STREET], []), False, ["在浆洗街街道任职"]),
        (Member("", [Place(510104000000, 3, "锦江区")], []), False, []),
        (Member("", [], []), True, ["曾参与本申报前面环节的办理"]),
        (Member("", [], [Recorded(STREET, "", "承担改造设计")]), False, ["已登记的利害关系：承担改造设计"]),
        (Member("", [], [Recorded(None, "锦城物业公司", "股东")]), False, ["已登记的利害关系：股东（锦城物业公司）"]),
    ],
)
def test_when_a_member_must_stand_back(member: Member, decided: bool, expected: list[str]) -> None:
    case = Case(510107001001, {"晋阳社区居委会", "锦城物业公司"})

    assert conflicts.reasons(member, case, 2, decided_before=decided) == expected


@pytest.mark.parametrize(
    ("total", "reached", "expected"),
    [
        ("90", ["demonstration"] * 3, "demonstration"),
        ("90", ["demonstration", "green", "green"], "green"),
        ("84", ["demonstration"] * 3, "green"),
        ("60", ["green"] * 3, ""),
        ("90", ["", "", "green"], ""),
    ],
)
def test_the_joint_level_needs_the_points_and_most_of_the_members(
    total: str, reached: list[str], expected: str
) -> None:
    standard = stage.loaded("sichuan-2020").scheme.standard

    assert seating.joint_level(standard, Decimal(total), reached) == expected
