"""Commendation: a round, nominations, its own notice with objections, the decision, certificates."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from greenhood.accounts.access import NotAllowed
from greenhood.accounts.actor import Actor
from greenhood.declarations.actions import awarding
from greenhood.declarations.models import Award, Rectification
from greenhood.exemplars import noticing
from greenhood.exemplars.actions import honours as actions
from greenhood.exemplars.actions import objections
from greenhood.exemplars.actions.honours import Nominee, Terms
from greenhood.exemplars.actions.objections import Complaint
from greenhood.exemplars.errors import Overtaken, Refused
from greenhood.exemplars.models import Honour, Nomination, Objection, Round
from greenhood.exemplars.queries import honours as queries
from greenhood.exemplars.queries import waits
from greenhood.history.models import Entry
from greenhood.kit.dates import today_in_shanghai
from tests.cast import Cast, sign_in
from tests.declarations import stage as schemes
from tests.exemplars import stage

pytestmark = pytest.mark.django_db

TODAY = today_in_shanghai()
TERMS = Terms(
    title="绿色社区创建行动表扬",
    year=TODAY.year,
    nominate_by=TODAY + dt.timedelta(days=20),
    contact="武侯区住建局 028-85551234",
    document="武府〔2026〕1 号",
)
PERSON = Nominee("person", "十年如一日组织垃圾分类。", name="赵 敏", unit="晋阳社区居委会", consented_on=TODAY)
UNIT = Nominee("unit", "投入设备。", name="锦城物业公司")
COMPLAINT = Complaint("孙先生", "13800138000", "情况不实。")


def opened(cast: Cast, quotas: dict | None = None, **changed: object) -> Round:
    return actions.open_round(cast.county, replace(TERMS, **changed), quotas=quotas, by=cast.county_officer)


def nominated(cast: Cast, row: Round, who: Nominee = UNIT, by: Actor | None = None) -> Nomination:
    return actions.nominate(row, who, by=by or cast.worker)


def chosen(cast: Cast, row: Round, who: Nominee = UNIT, by: Actor | None = None) -> Nomination:
    made = nominated(cast, row, who, by)
    return actions.review(made, "choose", opinion="同意。", revision=made.revision, by=cast.county_officer)


def noticed(cast: Cast, *who: Nominee) -> Round:
    row = opened(cast)
    for one in who or (UNIT,):
        chosen(cast, row, one)
    return actions.publish_notice(row, revision=row.revision, by=cast.county_officer)


def over(row: Round) -> dt.datetime:
    """The day after the notice."""
    return dt.datetime.combine(row.closes_on + dt.timedelta(days=1), dt.time(9), schemes.NOON)


def decided(cast: Cast, *who: Nominee) -> Round:
    row = noticed(cast, *who)
    actions.decide(row, revision=row.revision, by=cast.county_officer, at=over(row))
    row.refresh_from_db()
    return row


# --- the round --------------------------------------------------------------------------------------------------------


def test_days_of_the_notice_are_the_schemes_own(cast: Cast) -> None:
    schemes.publish("national-2020")
    version = schemes.publish("sichuan-2020", **{"notice-days": 7})
    step = next(one for one in version.scheme.procedure.steps if one.kind == "notice")

    row = opened(cast, document="", basis=_clause_of_commendation(version))

    assert (row.days, row.day_kind, row.step) == (step.days, step.day_kind, step.key) == (7, "working", "notice")
    assert row.version == version
    assert version.title in row.rule_reason


def _clause_of_commendation(version) -> str:
    return next(one.ref for one in version.scheme.clauses if "表扬" in one.text)


def test_notice_names_the_scheme_only_where_it_rests_on_a_clause_of_it(cast: Cast, client: Client) -> None:
    schemes.publish("national-2020")
    version = schemes.publish("sichuan-2020")
    basis = _clause_of_commendation(version)
    cited = opened(cast, document="", basis=basis)
    allowed = opened(cast, title="另一次表扬", document="武府〔2026〕1 号")
    pages = []
    for row in (cited, allowed):
        chosen(cast, row)
        noticed_ = actions.publish_notice(row, revision=row.revision, by=cast.county_officer)
        pages.append(client.get(noticed_.get_absolute_url()).content.decode())

    assert f"根据《{version.title}》{basis}，现将" in pages[0]
    assert "根据武府〔2026〕1 号，现将" in pages[1]


def test_without_a_scheme_the_default_counts_and_says_why(cast: Cast) -> None:
    row = opened(cast)

    assert (row.days, row.day_kind, row.step) == (5, "working", "")
    assert "默认的 5 个工作日" in row.rule_reason


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"document": ""}, "document"),
        ({"title": "表彰大会", "document": ""}, "title"),
        ({"nominate_by": dt.date(2020, 1, 1)}, "nominate_by"),
        ({"basis": "九十九"}, "basis"),
        ({"contact": " "}, "contact"),
        ({"year": 1999}, "year"),
    ],
)
def test_odd_terms_are_refused_at_their_field(cast: Cast, changed: dict, field: str) -> None:
    with pytest.raises(Refused) as refused:
        opened(cast, **changed)

    assert field in refused.value.problems
    assert not Round.objects.exists()


def test_same_round_twice_is_refused_and_only_curators_open_one(cast: Cast) -> None:
    opened(cast)

    with pytest.raises(Refused, match="已有同名"):
        opened(cast)
    with pytest.raises(NotAllowed):
        actions.open_round(cast.street_division, TERMS, by=cast.street_officer)
    with pytest.raises(Refused, match="名额只能分给"):
        opened(cast, quotas={(cast.neighbour_street.pk, "unit"): 1}, title="另一次")


# --- nominations ------------------------------------------------------------------------------------------------------


def test_same_person_twice_is_refused_however_the_name_is_written(cast: Cast) -> None:
    row = opened(cast)
    nominated(cast, row, PERSON)

    with pytest.raises(Refused, match="不能重复推荐"):
        nominated(cast, row, replace(PERSON, name="赵敏"), by=cast.street_officer)


def test_recalled_nomination_makes_room_for_another(cast: Cast) -> None:
    row = opened(cast)
    first = nominated(cast, row, PERSON)
    actions.recall(first, revision=first.revision, by=cast.worker)

    again = nominated(cast, row, PERSON)

    assert again.state == Nomination.State.SUBMITTED


@pytest.mark.parametrize(
    ("who", "fields"),
    [
        (replace(PERSON, consented_on=None), {"consented_on"}),
        (replace(PERSON, consented_on=dt.date(2999, 1, 1)), {"consented_on"}),
        (replace(PERSON, name="510107199001011234"), {"name"}),
        (replace(PERSON, unit=""), {"unit"}),
        (replace(UNIT, name=" "), {"name"}),
        (replace(UNIT, reasons=""), {"reasons"}),
        (Nominee("community", "好。"), {"community"}),
        (Nominee("street", "好。"), {"kind"}),
    ],
)
def test_odd_nominees_are_refused_at_their_field(cast: Cast, who: Nominee, fields: set[str]) -> None:
    row = opened(cast)

    with pytest.raises(Refused) as refused:
        nominated(cast, row, who)

    assert refused.value.problems.keys() == fields


def test_quota_of_a_division_counts_what_lies_in_it(cast: Cast) -> None:
    row = opened(cast, quotas={(cast.street_division.pk, "unit"): 1})
    nominated(cast, row)

    with pytest.raises(Refused, match="推荐名额为 1 个，已推荐 1 个"):
        nominated(cast, row, replace(UNIT, name="另一家物业"), by=cast.street_officer)
    nominated(cast, row, PERSON)
    assert [cell for one in queries.quotas(row) for cell in one.cells] == [("单位", 1, 1)]


def test_stranger_to_the_county_and_who_is_late_nominate_nobody(cast: Cast) -> None:
    row = opened(cast)
    with pytest.raises(NotAllowed):
        nominated(cast, row, by=cast.neighbour_worker)
    Round.objects.filter(pk=row.pk).update(nominate_by=TODAY - dt.timedelta(days=1))

    with pytest.raises(Refused, match="截止"):
        nominated(cast, row)


def test_open_rectification_is_flagged_and_choosing_it_needs_words(cast: Cast) -> None:
    award = _award(cast)
    Rectification.objects.create(award=award, demands="清通道。", ordered_at=schemes.moment(2026, 3, 1), due_on=TODAY)
    row = opened(cast)
    made = nominated(cast, row, Nominee("community", "成效好。", community=cast.other_community), by=cast.other_worker)
    assert [one["key"] for one in made.flags] == ["rectifying"]

    with pytest.raises(Refused, match="正在限期整改"):
        actions.review(made, "choose", revision=made.revision, by=cast.county_officer)
    made = actions.review(made, "choose", opinion="整改已近完成。", revision=made.revision, by=cast.county_officer)

    assert made.state == Nomination.State.CHOSEN


def _award(cast: Cast) -> Award:
    schemes.publish("national-2020")
    schemes.publish("sichuan-2020")
    waiting = schemes.bring_to(schemes.declare(cast.other_community, cast.other_worker), "award", cast)
    return awarding.award(waiting, by=cast.province_officer, revision=waiting.revision, opinion="同意命名。")


def test_returned_nomination_is_supplemented(cast: Cast) -> None:
    row = opened(cast)
    made = nominated(cast, row)
    with pytest.raises(Refused, match="写明理由"):
        actions.review(made, "return", revision=made.revision, by=cast.county_officer)
    made = actions.review(made, "return", opinion="补充数据。", revision=made.revision, by=cast.county_officer)
    assert waits.nominations_returned(cast.worker).count() == 1

    made = actions.supplement(made, replace(UNIT, reasons="投入 3 台。"), revision=made.revision, by=cast.worker)

    assert (made.state, made.reasons) == (Nomination.State.SUBMITTED, "投入 3 台。")
    with pytest.raises(Overtaken):
        actions.review(made, "choose", revision=1, by=cast.county_officer)


def test_returned_nomination_comes_back_as_another_kind_only_within_its_quota(cast: Cast) -> None:
    row = opened(cast, quotas={(cast.street_division.pk, "unit"): 1, (cast.street_division.pk, "person"): 1})
    nominated(cast, row, PERSON)
    made = nominated(cast, row)
    made = actions.review(made, "return", opinion="改报个人。", revision=made.revision, by=cast.county_officer)

    with pytest.raises(Refused, match="个人推荐名额为 1 个，已推荐 1 个"):
        actions.supplement(made, replace(PERSON, name="钱伟"), revision=made.revision, by=cast.worker)
    made = actions.supplement(made, UNIT, revision=made.revision, by=cast.worker)

    assert (made.kind, made.state) == ("unit", Nomination.State.SUBMITTED)


def test_rectification_after_the_review_is_answered_before_the_notice(cast: Cast, client: Client) -> None:
    award = _award(cast)
    row = opened(cast)
    chosen(cast, row, Nominee("community", "成效好。", community=cast.other_community), cast.other_worker)
    Rectification.objects.create(award=award, demands="清通道。", ordered_at=schemes.moment(2026, 3, 1), due_on=TODAY)

    with pytest.raises(Refused, match=rf"{cast.other_community.name}：正在限期整改，期限 {TODAY}"):
        actions.publish_notice(row, revision=row.revision, by=cast.county_officer)

    assert "写明仍拟表扬的理由" in sign_in(client, cast.county_officer).get(row.get_absolute_url()).content.decode()


def test_delisting_during_the_notice_is_answered_before_the_decision(cast: Cast, client: Client) -> None:
    award = _award(cast)
    row = opened(cast)
    made = chosen(cast, row, Nominee("community", "成效好。", community=cast.other_community), cast.other_worker)
    row = actions.publish_notice(row, revision=row.revision, by=cast.county_officer)
    with pytest.raises(Refused, match="不需要再审核"):
        actions.review(made, "choose", opinion="同意。", revision=made.revision, by=cast.county_officer)
    Award.objects.filter(pk=award.pk).update(state=Award.State.WITHDRAWN, withdrawn_on=TODAY)

    with pytest.raises(Refused, match=rf"{cast.other_community.name}：“.*”于 {TODAY} 除名"):
        actions.decide(row, revision=row.revision, by=cast.county_officer, at=over(row))
    assert not Honour.objects.exists()
    sign_in(client, cast.county_officer)
    address = reverse("exemplars:nomination", args=[row.pk, made.pk])
    assert f"{cast.other_community.name}</a>：“" in client.get(row.get_absolute_url()).content.decode()
    assert "仍拟表扬</button>" in client.get(address).content.decode()
    with pytest.raises(Refused, match="仍拟表扬的请写明理由"):
        actions.review(made, "choose", revision=made.revision, by=cast.county_officer)
    made = actions.review(made, "choose", opinion="除名的是旧称号。", revision=made.revision, by=cast.county_officer)

    [honour] = actions.decide(row, revision=row.revision, by=cast.county_officer, at=over(row))

    assert honour.nomination == made
    assert "写明仍拟表扬的理由" not in client.get(row.get_absolute_url()).content.decode()


# --- notice, objections, decision -------------------------------------------------------------------------------------


def test_notice_waits_until_everything_is_reviewed(cast: Cast) -> None:
    row = opened(cast)
    with pytest.raises(Refused, match="没有拟表扬"):
        actions.publish_notice(row, revision=row.revision, by=cast.county_officer)
    chosen(cast, row)
    nominated(cast, row, PERSON)

    with pytest.raises(Refused, match="1 件推荐没有审核"):
        actions.publish_notice(row, revision=row.revision, by=cast.county_officer)


def test_notice_runs_full_working_days(cast: Cast) -> None:
    row = noticed(cast)

    first, last = noticing.span_of(5, "working", row.opens_on)
    assert (row.opens_on, row.closes_on) == (first, last)
    assert row.opens_on > TODAY
    assert noticing.span_of(3, "calendar", dt.date(2026, 5, 1)) == (dt.date(2026, 5, 1), dt.date(2026, 5, 3))


def test_nothing_is_decided_before_the_end_or_over_an_open_objection(cast: Cast) -> None:
    row = noticed(cast)
    with pytest.raises(Refused, match="期满之前"):
        actions.decide(row, revision=row.revision, by=cast.county_officer)
    objection = objections.object_to(row.nominations.get(), COMPLAINT, by=Actor.anonymous("203.0.113.7"))
    assert waits.objections(cast.county_officer).count() == 1

    with pytest.raises(Refused, match="1 件异议没有答复"):
        actions.decide(row, revision=row.revision, by=cast.county_officer, at=over(row))
    with pytest.raises(NotAllowed):
        objections.answer(objection, answer="不成立。", upheld=False, by=cast.city_officer)
    objections.answer(objection, answer="经核实不成立。", upheld=False, by=cast.county_officer)
    with pytest.raises(Refused, match="已经答复"):
        objections.answer(objection, answer="再答。", upheld=True, by=cast.county_officer)
    [honour] = actions.decide(row, revision=row.revision, by=cast.county_officer, at=over(row))

    assert (honour.name, honour.number) == ("锦城物业公司", f"BY{TODAY.year}-510107000-0001")


def test_upheld_objection_takes_the_one_off_the_list(cast: Cast) -> None:
    row = noticed(cast, UNIT, PERSON)
    about = row.nominations.get(kind="unit")
    objection = objections.object_to(about, COMPLAINT, by=Actor.anonymous("203.0.113.7"))
    objections.answer(objection, answer="情况属实。", upheld=True, by=cast.county_officer)

    honours = actions.decide(row, revision=row.revision, by=cast.county_officer, at=over(row))

    assert [one.name for one in honours] == ["赵 敏"]
    about.refresh_from_db()
    assert about.state == Nomination.State.REFUSED


def test_objections_after_the_end_and_floods_are_refused(cast: Cast) -> None:
    row = noticed(cast)
    about = row.nominations.get()
    visitor = Actor.anonymous("203.0.113.7")
    with pytest.raises(Refused, match="不再受理"):
        objections.object_to(about, COMPLAINT, by=visitor, at=over(row))
    for _ in range(5):
        objections.object_to(about, COMPLAINT, by=visitor)

    with pytest.raises(Refused, match="过多"):
        objections.object_to(about, COMPLAINT, by=visitor)


def test_history_never_names_the_objector(cast: Cast) -> None:
    row = noticed(cast)
    objections.object_to(row.nominations.get(), COMPLAINT, by=Actor.anonymous("203.0.113.7"))

    told = [str(entry.details) + entry.person_name for entry in Entry.objects.filter(event__startswith="commendation.")]

    assert told
    assert not any("孙先生" in text or "13800138000" in text for text in told)


def test_decision_is_made_once(cast: Cast) -> None:
    row = decided(cast)

    with pytest.raises(Refused):
        actions.decide(row, revision=row.revision, by=cast.county_officer, at=over(row))
    assert Honour.objects.count() == 1


def test_honour_is_withdrawn_with_a_reason_and_stays_listed(cast: Cast) -> None:
    decided(cast)
    honour = Honour.objects.get()
    with pytest.raises(NotAllowed):
        actions.withdraw(honour, reason="弄虚作假。", by=cast.worker)

    actions.withdraw(honour, reason="弄虚作假。", by=cast.county_officer)

    assert [row.state for row in queries.listed(queries.Filters()).rows] == ["withdrawn"]
    with pytest.raises(Refused, match="已经撤销"):
        actions.withdraw(honour, reason="再次。", by=cast.county_officer)


def test_who_was_commended_last_year_is_flagged(cast: Cast) -> None:
    decided(cast)

    made = nominated(cast, opened(cast, title="第二次表扬"))

    assert [one["key"] for one in made.flags] == ["lately"]


# --- pages ------------------------------------------------------------------------------------------------------------


def test_everybody_sees_the_notice_and_only_name_and_unit_of_a_person(cast: Cast, client: Client) -> None:
    row = opened(cast)
    assert client.get(row.get_absolute_url()).status_code == 404
    chosen(cast, row, PERSON)
    actions.publish_notice(row, revision=row.revision, by=cast.county_officer)

    page = client.get(row.get_absolute_url()).content.decode()

    assert "赵 敏" in page
    assert "晋阳社区居委会" in page
    assert PERSON.reasons not in page
    assert row.title in client.get(reverse("exemplars:honours")).content.decode()


def test_objector_files_over_the_page_and_asks_by_receipt(cast: Cast, client: Client) -> None:
    row = noticed(cast)
    address = reverse("exemplars:object", args=[row.pk, row.nominations.get().pk])
    assert client.post(address, {"name": "匿", "contact": "13800138000", "reason": "不实"}).status_code == 422
    client.post(address, {"name": "孙先生", "contact": "13800138000", "reason": "不实", "website": "spam"})
    assert not Objection.objects.exists()

    filed = client.post(address, {"name": "孙先生", "contact": "13800138000", "reason": "不实"})
    objection = Objection.objects.get()
    asked = client.post(reverse("exemplars:honour_receipt"), {"receipt": objection.receipt, "contact": "13800138000"})

    assert objection.receipt in filed.content.decode()
    assert "正在办理" in asked.content.decode()
    sign_in(client, cast.county_officer)
    assert "孙先生" in client.get(reverse("exemplars:honour_objections", args=[row.pk])).content.decode()
    sign_in(client, cast.city_officer)
    assert client.get(reverse("exemplars:honour_objections", args=[row.pk])).status_code == 403


def test_file_of_an_objection_is_for_the_handling_body_alone(cast: Cast, client: Client) -> None:
    row = noticed(cast)
    address = reverse("exemplars:object", args=[row.pk, row.nominations.get().pk])
    told = {"name": "孙先生", "contact": "13800138000", "reason": "不实"}
    odd = SimpleUploadedFile("脚本.html", b"<script>alert(1)</script>")
    assert client.post(address, {**told, "proof": odd}).status_code == 422
    assert not Objection.objects.exists()

    client.post(address, {**told, "proof": SimpleUploadedFile("照片.jpg", stage.picture().getvalue())})
    objection = Objection.objects.get()
    proof = reverse("exemplars:objection_proof", args=[row.pk, objection.pk])

    assert client.get(proof).status_code == 302
    for actor, status in ((cast.county_officer, 200), (cast.city_officer, 403), (cast.worker, 404)):
        answer = sign_in(client, actor).get(proof)
        assert (answer.status_code, actor) == (status, actor)
        if status == 200:
            assert b"".join(answer.streaming_content) == stage.picture().getvalue()
            assert answer["Content-Disposition"].startswith("attachment")
    bare = objections.object_to(row.nominations.get(), COMPLAINT, by=Actor.anonymous("203.0.113.7"))
    sign_in(client, cast.county_officer)
    assert client.get(reverse("exemplars:objection_proof", args=[row.pk, bare.pk])).status_code == 404


def test_answer_that_is_refused_keeps_what_was_typed_and_the_open_one_stands_first(cast: Cast, client: Client) -> None:
    row = noticed(cast)
    about, visitor = row.nominations.get(), Actor.anonymous("203.0.113.7")
    first = objections.object_to(about, COMPLAINT, by=visitor)
    second = objections.object_to(about, replace(COMPLAINT, reason="另有情况。"), by=visitor)
    objections.answer(first, answer="不成立。", upheld=False, by=cast.county_officer)
    sign_in(client, cast.county_officer)
    address = reverse("exemplars:answer_objection", args=[row.pk, second.pk])

    page = client.post(address, {f"{second.receipt}-answer": "已现场核实"})

    assert page.status_code == 422
    assert "已现场核实" in page.content.decode()
    assert queries.objections_to(row) == [second, first]


def test_pages_lead_from_round_to_certificate(cast: Cast, client: Client) -> None:
    sign_in(client, cast.county_officer)
    typed = {
        "title": TERMS.title, "year": TERMS.year, "document": TERMS.document, "nominate_by": TERMS.nominate_by,
        "contact": TERMS.contact, f"quota-{cast.street_division.pk}-unit": "2",
    }  # fmt: skip
    refused = client.post(reverse("exemplars:new_round"), {**typed, f"quota-{cast.street_division.pk}-unit": "很多"})
    assert "不是" in refused.content.decode()
    client.post(reverse("exemplars:new_round"), typed)
    row = Round.objects.get()
    assert row.quotas.get().most == 2
    sign_in(client, cast.worker)
    assert row.title in client.get(reverse("exemplars:rounds")).content.decode()
    address = reverse("exemplars:nominate", args=[row.pk])
    assert client.post(address, {"kind": "person", "name": "赵敏", "reasons": "好"}).status_code == 422
    client.post(address, {"kind": "unit", "name": "锦城物业公司", "reasons": "投入设备"})
    made = Nomination.objects.get()
    sign_in(client, cast.county_officer)
    assert client.get(reverse("exemplars:nomination", args=[row.pk, made.pk])).status_code == 200
    client.post(
        reverse("exemplars:review_nomination", args=[row.pk, made.pk]), {"revision": made.revision, "outcome": "choose"}
    )
    client.post(reverse("exemplars:publish_notice", args=[row.pk]), {"revision": row.revision})
    row.refresh_from_db()
    before = TODAY - dt.timedelta(days=1)
    Round.objects.filter(pk=row.pk).update(opens_on=before, closes_on=before)
    assert "公布决定" in client.get(row.get_absolute_url()).content.decode()
    client.post(
        reverse("exemplars:decide", args=[row.pk]), {"revision": row.revision, "document": "武住建〔2026〕8 号"}
    )

    honour = Honour.objects.get()
    answer = client.get(reverse("exemplars:certificate", args=[honour.pk]))

    assert answer.status_code == 200
    text = PdfReader(BytesIO(answer.content)).pages[0].extract_text()
    assert honour.number in text
    assert "锦城物业公司" in text.replace(" ", "")
    sign_in(client, cast.neighbour_worker)
    assert client.get(reverse("exemplars:certificate", args=[honour.pk])).status_code == 404


def test_lists_ask_the_same_number_of_queries_for_one_row_and_for_many(
    cast: Cast, client: Client, django_assert_max_num_queries
) -> None:
    decided(cast)
    rounds, honours = reverse("exemplars:rounds"), reverse("exemplars:honours")
    client.get(honours)
    for number in range(2):
        with django_assert_max_num_queries(6):
            client.get(honours)
        row = opened(cast, title=f"表扬{number}")
        for one in range(3):
            chosen(cast, row, replace(UNIT, name=f"物业{number}{one}"))
        row = actions.publish_notice(row, revision=row.revision, by=cast.county_officer)
        actions.decide(row, revision=row.revision, by=cast.county_officer, at=over(row))
    sign_in(client, cast.county_officer)
    client.get(rounds)
    with django_assert_max_num_queries(16):
        client.get(rounds)
