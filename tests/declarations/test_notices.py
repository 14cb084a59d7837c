"""Public notices: when they end, what an objection holds, and who learns the objector's name."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from greenhood.accounts.access import NotAllowed
from greenhood.accounts.actor import Actor
from greenhood.declarations.actions import noticing
from greenhood.declarations.actions.noticing import Complaint
from greenhood.declarations.errors import Refused
from greenhood.declarations.models import Declaration, Notice, Objection, Outcome, Status
from greenhood.history.models import Entry
from greenhood.schemes.format import Outcome as Allowed
from greenhood.schemes.models import SchemeVersion
from tests.cast import Cast, sign_in
from tests.declarations import stage

pytestmark = pytest.mark.django_db
AT = stage.moment(2026, 3, 2)
DURING = stage.moment(2026, 3, 5)
LAST_SECOND = dt.datetime(2026, 3, 9, 23, 59, 59, tzinfo=stage.NOON)
AFTER = stage.moment(2026, 3, 10, 0)
VISITOR = Actor.anonymous("203.0.113.7")
COMPLAINT = Complaint("赵先生", "13800138000", "小区垃圾分类设施没有全覆盖。")


@pytest.fixture
def notice(cast: Cast, sichuan: SchemeVersion) -> Notice:
    declaration = stage.declare(cast.community, cast.worker, at=AT)
    stage.bring_to(declaration, "notice", cast, at=AT)
    return noticing.publish([declaration.pk], by=cast.province_officer, contact="028-12345678", at=AT)


def declaration_of(notice: Notice) -> Declaration:
    return stage.fresh(notice.entries.get().declaration)


def file_objection(notice: Notice, at: dt.datetime = DURING) -> Objection:
    return noticing.object_to(notice.entries.get(), COMPLAINT, by=VISITOR, at=at)


def test_it_never_ends_before_the_last_day_has_passed_in_shanghai(notice: Notice) -> None:
    with pytest.raises(Refused, match="公示期到 2026-03-09 结束"):
        noticing.close(notice, by=Actor.system(), at=LAST_SECOND)
    assert noticing.close_due(at=LAST_SECOND) == 0

    assert noticing.close_due(at=AFTER) == 1
    row = declaration_of(notice)
    assert (row.step, row.decisions.last().opinion) == ("award", "公示期满，无未处理的异议")
    assert noticing.close_due(at=AFTER) == 0


def test_what_it_showed_is_hidden_again_when_a_declaration_is_turned_down(notice: Notice, cast: Cast) -> None:
    objection = file_objection(notice)
    noticing.answer(objection, by=cast.province_officer, answer="情况属实。", upheld=True, at=DURING)
    assert declaration_of(notice).assessment.public_from == AT

    stage.decide(declaration_of(notice), Outcome.REJECT, cast.province_officer, opinion="异议成立。", at=AFTER)

    assert declaration_of(notice).assessment.public_from is None


def test_its_entry_names_the_communities_whose_photos_it_shows(notice: Notice, cast: Cast) -> None:
    assert declaration_of(notice).assessment.public_from == AT
    assert Entry.objects.get(event="notice.published").details["communities"] == [cast.community.code]


def test_an_unanswered_objection_holds_the_award_until_it_is_answered(notice: Notice, cast: Cast) -> None:
    objection = file_objection(notice)
    noticing.close_due(at=AFTER)
    assert declaration_of(notice).step == "notice"
    assert stage.at_step(declaration_of(notice)).words == "有异议待处理"
    with pytest.raises(Refused, match="请先答复异议"):
        stage.decide(declaration_of(notice), Allowed.REJECT, cast.province_officer)

    noticing.answer(objection, by=cast.province_officer, answer="经现场核实，设施已全覆盖。", upheld=False, at=AFTER)

    assert declaration_of(notice).step == "award"
    with pytest.raises(Refused, match="已经答复"):
        noticing.answer(objection, by=cast.province_officer, answer="再答一次", upheld=True, at=AFTER)


def test_what_is_unanswered_comes_first_and_a_refused_answer_is_kept(
    notice: Notice, cast: Cast, client: Client
) -> None:
    answered, open_one = file_objection(notice), file_objection(notice)
    noticing.answer(answered, by=cast.province_officer, answer="不成立。", upheld=False, at=DURING)
    sign_in(client, cast.province_officer)

    page = client.post(
        reverse("declarations:answer", args=[notice.pk, open_one.pk]), {f"{open_one.receipt}-answer": "已到现场核实"}
    )

    text = page.content.decode()
    assert page.status_code == 422
    assert "已到现场核实" in text
    assert "请选择处理结果。" in text
    assert text.index(f'id="o-{open_one.receipt}"') < text.index(f'id="o-{answered.receipt}"')


def test_an_answer_during_the_notice_does_not_shorten_it(notice: Notice, cast: Cast) -> None:
    objection = file_objection(notice)
    noticing.answer(objection, by=cast.province_officer, answer="不成立。", upheld=False, at=DURING)
    assert declaration_of(notice).step == "notice"
    noticing.close_due(at=AFTER)
    assert declaration_of(notice).step == "award"


def test_an_upheld_objection_lets_the_officer_return_and_a_new_notice_begins(notice: Notice, cast: Cast) -> None:
    objection = file_objection(notice)
    noticing.answer(objection, by=cast.province_officer, answer="情况属实。", upheld=True, at=DURING)
    noticing.close_due(at=AFTER)
    row = declaration_of(notice)
    assert row.step == "notice"
    stage.decide(row, Allowed.RETURN, cast.province_officer, items=[(10, "补齐分类设施")])

    from greenhood.declarations.actions import deciding

    row = declaration_of(notice)
    deciding.resubmit(row, by=cast.worker, revision=row.revision)
    assert stage.at_step(row).words == "待发布公示"
    again = noticing.publish([row.pk], by=cast.province_officer, contact="028-1", at=AFTER)
    noticing.close_due(at=stage.moment(2026, 4, 1))
    assert stage.fresh(row).step == "award"
    assert again.entries.get().declaration_id == row.pk


def test_objections_are_refused_outside_the_notice_and_when_one_sender_floods(notice: Notice, cast: Cast) -> None:
    with pytest.raises(Refused, match="公示期已于 2026-03-09 结束"):
        file_objection(notice, AFTER)
    assert file_objection(notice, LAST_SECOND).due_on == dt.date(2026, 3, 16)
    for _ in range(noticing.MOST_A_DAY - 1):
        file_objection(notice, LAST_SECOND)
    with pytest.raises(Refused, match="一天内提交的异议过多"):
        file_objection(notice, LAST_SECOND)
    other = noticing.object_to(notice.entries.get(), COMPLAINT, by=Actor.anonymous("203.0.113.8"), at=LAST_SECOND)
    assert other.sender != Objection.objects.first().sender
    assert "203.0.113" not in other.sender


def test_what_cannot_be_published_says_why(notice: Notice, cast: Cast) -> None:
    row = declaration_of(notice)
    early = stage.declare(cast.other_community, cast.other_worker, at=AT)
    for ids, by, reason in (
        ([row.pk], cast.province_officer, "已在公示中"),
        ([early.pk], cast.province_officer, "由街道（乡镇）办理|还不能公示"),
        ([], cast.province_officer, "请选择要公示的申报"),
        ([row.pk], cast.city_officer, "由省级办理"),
    ):
        with pytest.raises((Refused, NotAllowed), match=reason):
            noticing.publish(ids, by=by, contact="028-1", at=DURING)


def test_a_notice_in_the_past_or_without_contact_is_refused(cast: Cast, sichuan: SchemeVersion) -> None:
    declaration = stage.declare(cast.community, cast.worker, at=AT)
    stage.bring_to(declaration, "notice", cast, at=AT)
    with pytest.raises(Refused, match="不能早于今天"):
        noticing.publish([declaration.pk], by=cast.province_officer, contact="028", opens_on=dt.date(2026, 3, 1), at=AT)
    with pytest.raises(Refused, match="联系方式"):
        noticing.publish([declaration.pk], by=cast.province_officer, contact=" ", at=AT)
    assert not Notice.objects.exists()


def test_a_withdrawn_declaration_leaves_the_notice(notice: Notice, cast: Cast) -> None:
    from greenhood.declarations.actions import deciding

    row = declaration_of(notice)
    deciding.withdraw(row, by=cast.worker, revision=row.revision, reason="放弃")
    with pytest.raises(Refused, match="已不在公示中"):
        file_objection(notice)
    noticing.close_due(at=AFTER)
    row = declaration_of(notice)
    assert (row.status, row.decisions.last().outcome) == (Status.WITHDRAWN, Outcome.WITHDRAW)


def test_the_objectors_name_is_seen_by_the_handling_body_alone(
    notice: Notice, cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: DURING)
    url = reverse("declarations:object", args=[notice.pk, notice.entries.get().pk])
    form = {"name": "赵先生", "contact": "13800138000", "reason": "设施没有全覆盖。"}
    bad = client.post(url, form | {"name": "1", "contact": "123"}).content.decode()
    assert "请填写真实姓名" in bad
    assert "电话号码不完整" in bad
    trapped = client.post(url, form | {"website": "http://spam.example"})
    assert trapped.status_code == 302
    assert not Objection.objects.exists()
    lying = client.post(url, form | {"proof": SimpleUploadedFile("证明.jpg", b"MZ not a photo")})
    assert lying.status_code == 422
    assert not Objection.objects.exists()

    filed = client.post(url, form | {"proof": SimpleUploadedFile("证明.txt", "情况".encode())})
    if filed.status_code == 422:  # plain text isn't taken: without a proof it is
        filed = client.post(url, form)
    objection = Objection.objects.get()
    assert objection.receipt in filed.content.decode()
    assert "赵先生" not in str(list(Entry.objects.values_list("details", "person_name")))

    receipt = reverse("declarations:receipt")
    assert (
        "处理中"
        in client.post(receipt, {"receipt": objection.receipt.lower(), "contact": "13800138000"}).content.decode()
    )
    assert "没有找到" in client.post(receipt, {"receipt": objection.receipt, "contact": "13900139000"}).content.decode()
    page = reverse("declarations:objections", args=[notice.pk])
    sign_in(client, cast.province_officer)
    assert "赵先生" in client.get(page).content.decode()
    detail = reverse("declarations:detail", args=[notice.entries.get().declaration_id])
    for other in (cast.worker, cast.street_officer, cast.city_officer, cast.auditor):
        sign_in(client, other)
        assert client.get(page).status_code in (403, 404)
        html = client.get(detail).content.decode()
        assert "收到异议 1 件" in html
        assert "赵先生" not in html
