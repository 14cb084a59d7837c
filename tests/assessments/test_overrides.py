"""Claims against the data: made with a reason and proof, shown beside the figure, ruled on, taken back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.http import Http404
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from greenhood.accounts.access import NotAllowed
from greenhood.assessments import actions, standards
from greenhood.assessments.answers import Fields
from greenhood.assessments.errors import BadAnswer, Closed, UnknownCriterion
from greenhood.assessments.models import Assessment, Evidence, Override
from greenhood.assessments.pages import SelfAssessment
from greenhood.assessments.queries.assessments import assessment_with_place, rows_of
from greenhood.history.models import Entry
from greenhood.schemes import actions as schemes
from greenhood.schemes import loading
from tests.assessments.conftest import FOLDER
from tests.assessments.dwellings import CHECK, set_managed
from tests.cast import Cast, sign_in
from tests.evidence import files

ONE = Decimal(1)
DISPUTE = {
    "criterion": 23,
    "check_no": 1,
    "kind": Override.Kind.DISPUTE,
    "met": True,
    "reason": "新接管的两栋楼还没有登记。",
}


@pytest.fixture
def short(cast: Cast, assessment: Assessment) -> Assessment:
    """23 % managed, where 30 % are asked, and a photo for item 16."""
    set_managed(cast.community, 23)
    actions.attach(assessment, criterion=23, file=files.upload(files.jpeg()), name="合同.jpg", by=cast.worker)
    actions.refresh_now(assessment)
    return assessment


def points(assessment: Assessment) -> Decimal:
    return standards.result_of(assessment_with_place(assessment.pk), rows_of(assessment)).criterion(23).points


def dispute(assessment: Assessment, cast: Cast, **chosen: Any) -> Override:
    return actions.dispute(assessment, by=cast.worker, **(DISPUTE | chosen))


def problems(assessment: Assessment, cast: Cast, **chosen: Any) -> dict[str, str]:
    with pytest.raises(BadAnswer) as caught:
        dispute(assessment, cast, **chosen)
    return caught.value.problems


# Made and taken back


def test_claim_counts_until_it_is_withdrawn_and_both_are_recorded(cast: Cast, short: Assessment) -> None:
    assert points(short) == 0

    made = dispute(short, cast)
    assert (made.figure, made.indicator) == (23, "property_coverage")
    assert points(short) == ONE
    short.refresh_from_db()
    assert short.total == ONE

    actions.withdraw_override(made, by=cast.worker)
    assert points(short) == 0
    events = Entry.objects.filter(event__startswith="override.").order_by("number").values_list("event", flat=True)
    assert list(events) == ["override.claimed", "override.withdrawn"]


def test_claimed_value_is_judged_by_the_threshold(cast: Cast, short: Assessment) -> None:
    actions.withdraw_override(dispute(short, cast, met=None, value=Decimal("29.9")), by=cast.worker)
    assert points(short) == 0

    dispute(short, cast, met=None, value=Decimal("31.5"))
    assert points(short) == ONE


def test_community_may_claim_less_than_the_data_say(cast: Cast, short: Assessment) -> None:
    set_managed(cast.community, 40)
    assert points(short) == ONE

    dispute(short, cast, met=False, reason="物业已经撤场。")

    assert points(short) == 0


def test_same_claim_again_is_the_same_and_another_is_refused(cast: Cast, short: Assessment) -> None:
    made = dispute(short, cast)

    assert dispute(short, cast).pk == made.pk
    assert "撤回后才能另提" in problems(short, cast, reason="别的理由")["dispute-1"]


@pytest.mark.parametrize(
    ("chosen", "name", "says"),
    [
        ({"reason": "  "}, "dispute-1-reason", "请写明理由"),
        ({"reason": "长" * 1001}, "dispute-1-reason", "最多 1000 字"),
        ({"met": None}, "dispute-1-claim", "请选择"),
        ({"met": True, "value": Decimal(24)}, "dispute-1-claim", "与数值 24 不符"),
        ({"met": None, "value": Decimal(-3)}, "dispute-1-claim", "百分比应在 0 到 1000 之间"),
        ({"met": None, "value": Decimal("99999999999")}, "dispute-1-claim", "数值太大"),
    ],
)
def test_claim_that_can_not_be_is_told_at_its_field(
    cast: Cast, short: Assessment, chosen: dict[str, Any], name: str, says: str
) -> None:
    found = problems(short, cast, **chosen)

    assert says in found[name]
    assert not Override.objects.exists()


def test_claim_wants_proof_for_the_item_or_the_check(cast: Cast, short: Assessment) -> None:
    Evidence.objects.update(check_no=2)
    assert "至少一件" in problems(short, cast)["dispute-1-files"]

    Evidence.objects.update(check_no=1)
    assert dispute(short, cast)


def test_last_proof_stays_while_the_claim_stands(cast: Cast, short: Assessment) -> None:
    made = dispute(short, cast)
    piece = Evidence.objects.get()

    with pytest.raises(Closed, match="唯一证明"):
        actions.remove_evidence(piece, by=cast.worker)
    actions.withdraw_override(made, by=cast.worker)
    actions.remove_evidence(piece, by=cast.worker)


def test_nothing_is_claimed_against_what_is_unknown_or_not_computed(cast: Cast, short: Assessment) -> None:
    assert "还没有数据" in problems(short, cast, check_no=2)["dispute-2"]
    with pytest.raises(UnknownCriterion):
        dispute(short, cast, criterion=1, check_no=1)
    with pytest.raises(UnknownCriterion):
        dispute(short, cast, check_no=9)


def test_database_holds_one_claim_to_a_check_that_says_something(cast: Cast, short: Assessment) -> None:
    made = dispute(short, cast)
    row = {"assessment": short, "criterion": 23, "check_no": 1, "kind": "dispute", "reason": "x", "at": timezone.now()}

    for wrong in ({"met": True}, {"check_no": 2}, {"check_no": 2, "met": True, "reason": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Override.objects.create(**(row | wrong))
    actions.withdraw_override(made, by=cast.worker)
    assert Override.objects.create(**row, met=True)


# Who and when


@pytest.mark.parametrize(
    "who", ["street_officer", "county_officer", "grid_worker", "auditor", "neighbour_worker", "other_worker", "expert"]
)
def test_only_the_community_claims(cast: Cast, short: Assessment, who: str) -> None:
    with pytest.raises((NotAllowed, Http404)):
        actions.dispute(short, by=getattr(cast, who), **DISPUTE)
    with pytest.raises((NotAllowed, Http404)):
        actions.withdraw_override(dispute(short, cast), by=getattr(cast, who))


def test_claim_is_made_and_withdrawn_only_while_the_item_is_open(cast: Cast, short: Assessment) -> None:
    actions.lock(short, by=cast.worker)
    with pytest.raises(Closed):
        dispute(short, cast)

    actions.reopen_items(short, {23: "请核对套数"}, by=cast.county_officer)
    made = dispute(short, cast)
    actions.relock(short, by=cast.worker)
    with pytest.raises(Closed):
        actions.withdraw_override(made, by=cast.worker)


@pytest.mark.parametrize(
    ("who", "allowed"),
    [
        ("worker", False),
        ("street_officer", True),
        ("county_officer", True),
        ("city_officer", True),
        ("province_officer", True),
        ("auditor", False),
        ("expert", False),
        ("neighbour_officer", False),
        ("national_observer", False),
    ],
)
def test_who_rules(cast: Cast, short: Assessment, who: str, allowed: bool) -> None:
    made = dispute(short, cast)
    with pytest.raises((Closed, NotAllowed, Http404)):
        rule(made, cast, who)
    actions.lock(short, by=cast.worker)

    if allowed:
        assert rule(made, cast, who).ruling == "accepted"
    else:
        with pytest.raises((NotAllowed, Http404)):
            rule(made, cast, who)


def rule(made: Override, cast: Cast, who: str, ruling: str = "accepted", reason: str = "已现场核实。") -> Override:
    return actions.rule(made, ruling=Override.Ruling(ruling), reason=reason, by=getattr(cast, who))


# Ruled


@pytest.fixture
def declared(cast: Cast, short: Assessment) -> Override:
    made = dispute(short, cast)
    actions.lock(short, by=cast.worker)
    return made


def test_ruling_wants_a_reason_and_is_recorded(cast: Cast, declared: Override) -> None:
    with pytest.raises(BadAnswer, match="请写明"):
        rule(declared, cast, "county_officer", reason=" ")

    rule(declared, cast, "county_officer", "refused", "图纸不是本社区的。")

    entry = Entry.objects.get(event="override.ruled")
    assert (entry.details["ruling"], entry.details["reason"]) == ("refused", "图纸不是本社区的。")


def test_level_above_may_rule_anew_and_one_below_may_not(cast: Cast, declared: Override) -> None:
    rule(declared, cast, "county_officer", "refused")
    assert rule(declared, cast, "city_officer").ruling == "accepted"

    with pytest.raises(NotAllowed):
        rule(declared, cast, "county_officer", "refused")


def test_refused_claim_stays_in_what_was_declared_and_counts_no_more_once_reopened(
    cast: Cast, declared: Override, short: Assessment
) -> None:
    rule(declared, cast, "county_officer", "refused")
    assert points(short) == ONE

    actions.reopen_items(short, {23: "请更正"}, by=cast.county_officer)
    assert points(short) == 0
    actions.relock(short, by=cast.worker)
    assert points(short) == 0


def test_withdrawn_claim_is_not_ruled_on(cast: Cast, short: Assessment) -> None:
    made = dispute(short, cast)
    actions.withdraw_override(made, by=cast.worker)
    actions.lock(short, by=cast.worker)

    with pytest.raises(Closed, match="已经撤回"):
        rule(made, cast, "county_officer")


# Pages


def address(assessment: Assessment, check: int = 1) -> str:
    return reverse("assessments:dispute", args=[assessment.pk, 23, check])


def test_claim_is_made_from_its_page_with_proof_sent_along(client: Client, cast: Cast, short: Assessment) -> None:
    Evidence.objects.all().delete()
    sign_in(client, cast.worker)
    page = client.get(address(short)).content.decode()
    assert "要求不低于30%" in page

    sent = {
        "kind": "override",
        "met": "yes",
        "reason": "合同下月生效，已进场服务。",
        "files": files.upload(files.jpeg(7)),
    }
    answer = client.post(address(short), sent)

    made = Override.objects.get()
    assert (answer.status_code, made.kind, made.met) == (302, "override", True)
    assert Evidence.objects.get().check_no == 1
    page = client.get(answer["Location"]).content.decode()
    assert "社区主张：满足" in page
    assert f'value="withdraw:{made.pk}"' in page


def test_what_was_wrong_is_shown_again_as_typed(client: Client, cast: Cast, short: Assessment) -> None:
    sign_in(client, cast.worker)

    answer = client.post(address(short), {"kind": "dispute", "value": "很多", "reason": "新接管两栋"})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "数值应为数字" in page
    assert "新接管两栋" in page
    assert 'value="很多"' in page


def test_withdrawing_from_the_page(client: Client, cast: Cast, short: Assessment) -> None:
    made = dispute(short, cast)
    sign_in(client, cast.worker)

    client.post(reverse("assessments:edit", args=[short.pk]), {"do": f"withdraw:{made.pk}"})

    made.refresh_from_db()
    assert made.withdrawn_by == cast.worker.user


@pytest.mark.parametrize("check", [3, 1000])
def test_page_of_what_is_not_computed_is_not_there(client: Client, cast: Cast, short: Assessment, check: int) -> None:
    sign_in(client, cast.worker)

    assert client.get(address(short, check)).status_code == 404


def test_reviewer_sees_figure_claim_reason_and_proof_side_by_side_and_rules(
    client: Client, cast: Cast, declared: Override, short: Assessment
) -> None:
    sign_in(client, cast.county_officer)
    review = reverse("assessments:review", args=[short.pk])
    page = client.get(review).content.decode()

    for words in ("23%", "社区主张：满足", "新接管的两栋楼还没有登记", "（按数据 0 分）", "证明材料 1 件"):
        assert words in page

    client.post(reverse("assessments:rule", args=[declared.pk]), {"ruling": "refused", "reason": "", "next": review})
    assert Override.objects.get().ruling == ""
    answer = client.post(
        reverse("assessments:rule", args=[declared.pk]), {"ruling": "refused", "reason": "没有权属", "next": review}
    )
    assert answer["Location"] == f"{review}#item-23"
    assert "没有权属" in client.get(review).content.decode()


def test_page_for_ruling_leads_nowhere_else(client: Client, cast: Cast, declared: Override) -> None:
    sign_in(client, cast.county_officer)

    answer = client.post(
        reverse("assessments:rule", args=[declared.pk]),
        {"ruling": "accepted", "reason": "属实", "next": "https://elsewhere.example/"},
    )

    assert answer["Location"].startswith("/assessments/")


def test_worker_sees_no_ruling_to_give(client: Client, cast: Cast, declared: Override, short: Assessment) -> None:
    sign_in(client, cast.worker)

    page = client.get(reverse("assessments:review", args=[short.pk])).content.decode()
    answer = client.post(reverse("assessments:rule", args=[declared.pk]), {"ruling": "accepted", "reason": "x"})

    assert "采纳主张" not in page
    assert answer.status_code == 403


# A newer version of the scheme


def test_claim_ends_where_a_newer_version_asks_something_else(cast: Cast, short: Assessment) -> None:
    dispute(short, cast)
    path = FOLDER / "sichuan-2020.yaml"
    changed = path.read_text().replace("物业管理覆盖面不低于30%;", "物业管理覆盖面不低于30%（按套数）;")
    assert changed != path.read_text()
    newer = schemes.publish(loading.load_text(changed, path), chosen={}, by=None)

    actions.switch_version(short, to=newer, by=cast.worker)

    assert Override.objects.get().withdrawn_at is not None
    sheet = SelfAssessment(assessment_with_place(short.pk), cast.worker)
    assert sheet.grounds.claim(CHECK) is None


def test_answers_are_kept_apart_from_claims(cast: Cast, short: Assessment) -> None:
    dispute(short, cast)

    row = actions.save_answer(
        short, criterion=23, fields=Fields(checks=(False, True, None)), revision=0, by=cast.worker
    )

    assert row.checks == [None, True, None]
    assert points(short) == 2
