"""What a decision says: days that can have been, and what other departments say to it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from greenhood.declarations.actions import awarding, deciding
from greenhood.declarations.actions.moving import Joint
from greenhood.declarations.errors import Refused
from greenhood.declarations.models import Award, Decision, Declaration
from greenhood.documents import content
from greenhood.history.models import Entry
from greenhood.schemes.format import Outcome as Allowed
from greenhood.schemes.models import SchemeVersion
from tests.cast import Cast, sign_in
from tests.declarations import stage
from tests.declarations.test_awards import waiting_for_award

pytestmark = pytest.mark.django_db
DECLARED = stage.moment(2026, 3, 2)
# Half past midnight of the 6th in Shanghai, still the 5th in UTC.
AT = stage.moment(2026, 3, 6, 0) + dt.timedelta(minutes=30)
TOO_EARLY, TOO_LATE = dt.date(2026, 3, 1), dt.date(2026, 3, 7)


@pytest.fixture
def declared(cast: Cast, sichuan: SchemeVersion) -> Declaration:
    return stage.declare(cast.community, cast.worker, at=DECLARED)


@pytest.fixture
def reviewed(declared: Declaration, cast: Cast) -> Declaration:
    """Scored by the county, which decides together with other departments."""
    stage.go_on(declared, cast.street_officer, at=DECLARED)
    stage.score(declared, cast.county_officer)
    return stage.fresh(declared)


@pytest.mark.parametrize("field", ["seal_date", "visited_on"])
@pytest.mark.parametrize(
    ("day", "reason"),
    [
        (dt.date(1900, 1, 1), "不能早于申报之日（2026-03-02）"),
        (TOO_EARLY, "不能早于申报之日（2026-03-02）"),
        (TOO_LATE, "不能晚于今天（2026-03-06）"),
        (dt.date(3025, 1, 1), "不能晚于今天（2026-03-06）"),
    ],
)
def test_a_day_before_the_declaration_or_after_today_is_refused_at_its_field(
    declared: Declaration, cast: Cast, field: str, day: dt.date, reason: str
) -> None:
    with pytest.raises(Refused) as refused:
        stage.decide(declared, Allowed.PASS, cast.street_officer, at=AT, **{field: day})
    assert refused.value.field == field
    assert reason in refused.value.reason
    done = deciding.pass_many([declared.pk], by=cast.street_officer, opinion="同意", at=AT, **{field: day})
    assert (done.decided, reason in done.refused[0][1]) == ([], True)


@pytest.mark.parametrize("day", [DECLARED.date(), dt.date(2026, 3, 6)])
def test_the_day_of_the_declaration_and_today_are_fine(declared: Declaration, cast: Cast, day: dt.date) -> None:
    assert stage.decide(declared, Allowed.PASS, cast.street_officer, at=AT, seal_date=day).seal_date == day


def test_an_award_has_a_possible_seal_date_too(cast: Cast, sichuan: SchemeVersion) -> None:
    row = stage.fresh(waiting_for_award(cast, cast.community, "green-community", sichuan))
    Declaration.objects.update(declared_at=DECLARED)
    given = {"by": cast.province_officer, "opinion": "同意命名", "at": AT}
    with pytest.raises(Refused, match="不能晚于今天") as refused:
        awarding.award(row, revision=row.revision, seal_date=TOO_LATE, **given)
    assert refused.value.field == "seal_date"
    done = awarding.award_many([row.pk], seal_date=TOO_EARLY, **given)
    assert (done.awards, "不能早于申报之日" in done.refused[0][1]) == ([], True)
    assert not Award.objects.exists()


def test_the_page_says_at_the_field_what_is_wrong_with_a_day(declared: Declaration, cast: Cast, client: Client) -> None:
    sign_in(client, cast.street_officer)
    sent = {"outcome": "pass", "revision": 1, "opinion": "推荐", "seal_date": "3025-01-01"}
    response = client.post(reverse("declarations:decide", args=[declared.pk]), sent)

    assert response.status_code == 422
    assert "盖章日期不能晚于今天" in response.context["form"].errors["seal_date"][0]
    assert 'id="id_seal_date-error"' in response.content.decode()
    assert Decision.objects.count() == 1


# --- decided together with other departments ---------------------------------------------------------------------------


def test_joint_opinions_are_kept_with_the_decision_and_in_history(reviewed: Declaration, cast: Cast) -> None:
    said = [
        Joint(" 区民政局 ", "同意。", DECLARED.date()),
        Joint("", "", None),
        Joint("区生态环境局", "无意见。", DECLARED.date()),
    ]
    decision = stage.decide(reviewed, Allowed.PASS, cast.county_officer, at=AT, joint=said)

    assert decision.joint == [
        {"department": "区民政局", "opinion": "同意。", "on": "2026-03-02"},
        {"department": "区生态环境局", "opinion": "无意见。", "on": "2026-03-02"},
    ]
    told = Entry.objects.filter(event="declaration.passed").latest("number")
    assert told.details["joint"] == decision.joint
    row = stage.fresh(reviewed)
    form = next(form for form in row.version.scheme.forms if form.opinions)
    texts = [opinion["text"] for opinion in content.approval(row, form)["opinions"]]
    assert "同意。\n区民政局意见：同意。（2026年3月2日）\n区生态环境局意见：无意见。（2026年3月2日）" in texts


@pytest.mark.parametrize(
    ("said", "field", "reason"),
    [
        ([Joint("", "同意", DECLARED.date())], "joint_department_0", "请写明会同部门的名称"),
        ([Joint("局" * 61, "同意", DECLARED.date())], "joint_department_0", "不超过 60 字"),
        ([Joint("", "", None), Joint("区民政局", "", DECLARED.date())], "joint_opinion_1", "请写明“区民政局”的意见"),
        ([Joint("区民政局", "字" * 201, DECLARED.date())], "joint_opinion_0", "不超过 200 字，现有 201 字"),
        ([Joint("区民政局", "同意", None)], "joint_on_0", "出具意见的日期"),
        ([Joint("区民政局", "同意", TOO_LATE)], "joint_on_0", "不能晚于今天"),
        ([Joint("区民政局", "同意", TOO_EARLY)], "joint_on_0", "不能早于申报之日"),
        ([Joint("区民政局", "同意", DECLARED.date())] * 2, "joint_department_1", "不能重复"),
    ],
)
def test_a_joint_opinion_that_is_not_whole_is_refused_at_its_field(
    reviewed: Declaration, cast: Cast, said: list[Joint], field: str, reason: str
) -> None:
    with pytest.raises(Refused, match=reason) as refused:
        stage.decide(reviewed, Allowed.PASS, cast.county_officer, at=AT, joint=said)
    assert refused.value.field == field


def test_a_step_of_one_department_has_no_joint_opinions(declared: Declaration, cast: Cast) -> None:
    with pytest.raises(Refused, match="没有会同办理的部门"):
        stage.decide(
            declared, Allowed.PASS, cast.street_officer, at=AT, joint=[Joint("民政局", "同意", DECLARED.date())]
        )


def test_the_officer_writes_joint_opinions_on_the_page(reviewed: Declaration, cast: Cast, client: Client) -> None:
    sign_in(client, cast.county_officer)
    page = reverse("declarations:detail", args=[reviewed.pk])
    assert "会同部门的意见" in client.get(page).content.decode()
    sent = {
        "outcome": "pass",
        "revision": reviewed.revision,
        "opinion": "初审合格",
        "joint_department_0": "区民政局",
        "joint_opinion_0": "同意申报。",
    }
    decide = reverse("declarations:decide", args=[reviewed.pk])
    wrong = client.post(decide, sent)
    assert wrong.status_code == 422
    assert "出具意见的日期" in wrong.context["form"].errors["joint_on_0"][0]
    assert 'class="joint" open' in wrong.content.decode()

    assert client.post(decide, sent | {"joint_on_0": "2026-03-02"}).status_code == 302
    assert "会同意见　区民政局（2026-03-02）：同意申报。" in client.get(page).content.decode()
