"""The pool: applied for, vetted, kept, renewed, suspended and left; who sees it; lists of constant cost."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import Http404
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook
from pytest_django import DjangoAssertNumQueries

from greenhood.accounts.access import NotAllowed
from greenhood.accounts.actor import Actor
from greenhood.accounts.models import Interest, Role
from greenhood.experts.actions import applying, vetting
from greenhood.experts.errors import Overtaken, Refused
from greenhood.experts.models import Entry, Kind, State
from greenhood.experts.queries import members_for, waits
from greenhood.experts.queries import pool as queries
from greenhood.history.models import Entry as Happened
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes.models import SchemeVersion
from tests.cast import Cast, appoint, sign_in
from tests.declarations import stage
from tests.experts.conftest import fresh, member, particulars, status

pytestmark = pytest.mark.django_db

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


def test_an_application_is_written_submitted_and_accepted_for_a_term(cast: Cast) -> None:
    today = today_in_shanghai()
    draft = applying.begin(cast.county, particulars(cast), by=cast.expert)
    sent = applying.submit(draft, revision=draft.revision, by=cast.expert)

    accepted = vetting.accept(
        sent, valid_from=today, valid_to=today + dt.timedelta(days=700), revision=sent.revision, by=cast.county_officer
    )

    assert (draft.state, sent.state, fresh(accepted).state) == (State.DRAFT, State.SUBMITTED, State.VALID)
    assert list(members_for(cast.county)) == [accepted]
    assert list(Happened.objects.filter(subject_id=str(draft.pk)).order_by("number").values_list("event", flat=True)) == [
        "expert.begun", "expert.submitted", "expert.accepted",
    ]  # fmt: skip


def test_somebody_without_any_post_may_apply(cast: Cast) -> None:
    draft = applying.begin(cast.county, particulars(cast, name="陌生人"), by=cast.stranger)

    assert queries.entry_for(cast.stranger, draft.pk)[1].is_own
    with pytest.raises(NotAllowed):
        applying.begin(cast.county, particulars(cast), by=cast.resident)


def test_a_person_has_one_live_entry_in_a_pool(cast: Cast) -> None:
    first = applying.begin(cast.county, particulars(cast), by=cast.expert)
    with pytest.raises(Refused, match="已有一份申请或登记"):
        applying.begin(cast.county, particulars(cast), by=cast.expert)

    applying.withdraw(first, revision=first.revision, by=cast.expert)
    applying.begin(cast.county, particulars(cast), by=cast.expert)
    applying.begin(cast.city, particulars(cast), by=cast.expert)

    assert Entry.objects.filter(user=cast.expert.user).count() == 3


@pytest.mark.parametrize(
    ("wrong", "field", "says"),
    [
        ({"fields": []}, "fields", "至少选择一个专业领域"),
        ({"fields": ["no-such"]}, "fields", "至少选择一个专业领域"),
        ({"regions": []}, "regions", "至少填写一个服务地区"),
        ({"name": "  "}, "name", "请填写姓名"),
        ({"years": 9}, "years", "1 至 5 年"),
        ({"kind": Kind.FIRM}, "credit_code", "统一社会信用代码"),
    ],
)
def test_what_is_missing_is_said_at_its_field(cast: Cast, wrong: dict, field: str, says: str) -> None:
    with pytest.raises(Refused, match=says) as refused:
        applying.begin(cast.county, particulars(cast, **wrong), by=cast.expert)

    assert refused.value.field == field
    assert not Entry.objects.exists()


def test_a_community_has_no_pool(cast: Cast) -> None:
    with pytest.raises(Refused, match="不设专家库"):
        applying.begin(cast.community, particulars(cast), by=cast.expert)


def test_without_title_or_phone_nothing_is_submitted(cast: Cast) -> None:
    draft = applying.begin(cast.county, particulars(cast, title="", phone=""), by=cast.expert)

    with pytest.raises(Refused, match="职称"):
        applying.submit(draft, revision=draft.revision, by=cast.expert)


def test_only_the_pool_s_own_division_vets_and_nobody_themselves(cast: Cast) -> None:
    draft = applying.begin(cast.county, particulars(cast, name="张敏"), by=cast.county_officer)
    sent = applying.submit(draft, revision=draft.revision, by=cast.county_officer)
    term = {"valid_from": today_in_shanghai(), "valid_to": today_in_shanghai(), "revision": sent.revision}

    for by in (cast.city_officer, cast.neighbour_officer, cast.worker, cast.expert, cast.county_officer):
        with pytest.raises(NotAllowed):
            vetting.accept(sent, by=by, **term)

    assert fresh(sent).state == State.SUBMITTED


@pytest.mark.parametrize(("first", "last"), [(0, -1), (10, 5), (0, 3000)])
def test_a_term_in_the_past_backwards_or_too_long_is_refused(cast: Cast, first: int, last: int) -> None:
    today = today_in_shanghai()
    sent = applying.enter(cast.county, particulars(cast), by=cast.county_officer)

    with pytest.raises(Refused) as refused:
        vetting.accept(
            sent,
            valid_from=today + dt.timedelta(days=first),
            valid_to=today + dt.timedelta(days=last),
            revision=sent.revision,
            by=cast.county_officer,
        )

    assert refused.value.field == "valid_to"


def test_a_returned_application_is_corrected_and_sent_again(cast: Cast) -> None:
    draft = applying.begin(cast.county, particulars(cast), by=cast.expert)
    sent = applying.submit(draft, revision=draft.revision, by=cast.expert)
    with pytest.raises(Refused, match="请写明理由"):
        vetting.give_back(sent, reason=" ", revision=sent.revision, by=cast.county_officer)

    back = vetting.give_back(sent, reason="请补充证明。", revision=sent.revision, by=cast.county_officer)
    again = applying.save(back, particulars(cast, title="高级工程师"), revision=back.revision, by=cast.expert)
    applying.submit(again, revision=again.revision, by=cast.expert)

    assert (fresh(draft).state, fresh(draft).reason, fresh(draft).title) == (State.SUBMITTED, "", "高级工程师")


def test_what_was_vetted_changes_only_through_the_pool(cast: Cast, expert_entry: Entry) -> None:
    with pytest.raises(Refused, match="已经审核") as refused:
        applying.save(expert_entry, particulars(cast, fields=["law"]), revision=expert_entry.revision, by=cast.expert)
    kept = applying.save(
        expert_entry, particulars(cast, phone="13900139000"), revision=expert_entry.revision, by=cast.expert
    )
    applying.save(kept, particulars(cast, fields=["law"]), revision=kept.revision, by=cast.county_officer)

    assert refused.value.field == "fields"
    assert (fresh(kept).phone, fresh(kept).fields) == ("13800138000", ["law"])


def test_a_member_is_suspended_resumed_removed_and_restored(cast: Cast, expert_entry: Entry) -> None:
    officer, row = cast.county_officer, expert_entry
    row = vetting.suspend(row, reason="出国一年", revision=row.revision, by=officer)
    assert not members_for(cast.county).exists()
    row = vetting.resume(row, revision=row.revision, by=officer)
    row = vetting.remove(row, reason="本人要求退出", revision=row.revision, by=officer)
    assert not members_for(cast.county).exists()
    row = vetting.restore(row, revision=row.revision, by=officer)

    assert members_for(cast.county).get() == row


def test_a_removed_member_is_not_restored_beside_a_new_entry(cast: Cast, expert_entry: Entry) -> None:
    gone = vetting.remove(expert_entry, reason="退出", revision=expert_entry.revision, by=cast.county_officer)
    applying.begin(cast.county, particulars(cast), by=cast.expert)

    with pytest.raises(Refused, match="另有一份"):
        vetting.restore(gone, revision=gone.revision, by=cast.county_officer)


def test_a_term_that_ends_is_warned_of_and_renewed(cast: Cast) -> None:
    row = member(cast, cast.expert, days=20)
    officer = cast.county_officer
    assert list(waits.expiring(officer)) == [row]
    assert waits.expiring(cast.worker) is None

    row = applying.ask_renewal(row, revision=row.revision, by=cast.expert)
    with pytest.raises(Refused, match="晚于现在的有效期"):
        vetting.renew(row, valid_to=row.valid_to, revision=row.revision, by=officer)
    row = vetting.renew(row, valid_to=row.valid_to + dt.timedelta(days=365), revision=row.revision, by=officer)

    assert not waits.expiring(officer).exists()
    assert fresh(row).renewal_asked_at is None


def test_whose_term_is_over_is_nobody_s_member_until_renewed(cast: Cast) -> None:
    row = member(cast, cast.expert)
    today = today_in_shanghai()
    Entry.objects.filter(pk=row.pk).update(
        valid_from=today - dt.timedelta(days=900), valid_to=today - dt.timedelta(days=10)
    )
    assert not members_for(cast.county).exists()

    row = vetting.renew(
        fresh(row), valid_to=today + dt.timedelta(days=100), revision=row.revision, by=cast.county_officer
    )

    assert (fresh(row).valid_from, members_for(cast.county).get()) == (today, row)


def test_an_officer_s_entry_is_joined_with_the_account_and_its_interests(cast: Cast) -> None:
    row = member(cast, None, name="冯教授")
    applying.note_interest(
        row, division=cast.community, reason="承担过改造设计", revision=row.revision, by=cast.county_officer
    )
    row = fresh(row)
    for username in ("nobody", "expert"):
        with pytest.raises(Refused, match="没有这个账号，或账号的姓名"):
            vetting.link(row, username=username, revision=row.revision, by=cast.county_officer)

    row = vetting.link(row, username="other_expert", revision=row.revision, by=cast.county_officer)

    interest = Interest.objects.get(user=cast.other_expert.user)
    assert (interest.division, interest.reason, fresh(row).interests) == (cast.community, "承担过改造设计", [])
    assert queries.rights(cast.other_expert, row).is_own


def test_an_interest_of_a_person_with_an_account_is_the_account_s(cast: Cast, expert_entry: Entry) -> None:
    shown = expert_entry.revision
    applying.note_interest(expert_entry, employer="锦城物业公司", reason="顾问", revision=shown, by=cast.expert)
    with pytest.raises(Overtaken):
        applying.note_interest(expert_entry, employer="锦城物业公司", reason="顾问", revision=shown, by=cast.expert)
    applying.note_interest(
        expert_entry,
        division=cast.community,
        reason="配偶在此任职",
        revision=fresh(expert_entry).revision,
        by=cast.county_officer,
    )

    assert Interest.objects.filter(user=cast.expert.user).count() == 2
    with pytest.raises(NotAllowed):
        applying.note_interest(
            expert_entry, employer="某公司", reason="无关", revision=fresh(expert_entry).revision, by=cast.worker
        )


def test_members_are_of_the_own_pool_those_above_and_those_within(cast: Cast) -> None:
    city = member(cast, cast.expert, pool=cast.city, regions=[cast.city])
    county = member(cast, cast.other_expert)

    assert set(members_for(cast.county)) == {city, county}
    assert set(members_for(cast.city)) == {city, county}
    assert set(members_for(cast.neighbour_county)) == {city}
    assert set(members_for(cast.county, fields=["law"])) == set()
    assert set(members_for(cast.county, region=cast.community)) == {city, county}
    assert set(members_for(cast.city, region=cast.neighbour_community)) == {city}


def test_who_sees_what_of_a_pool(cast: Cast) -> None:
    draft = applying.begin(cast.county, particulars(cast, name="冯教授"), by=cast.other_expert)
    row = member(cast, cast.expert)

    assert set(queries.seen_by(cast.county_officer)) == {row}
    assert set(queries.seen_by(cast.worker)) == {row}
    assert set(queries.seen_by(cast.neighbour_officer)) == set()
    for stranger in (cast.neighbour_officer, cast.other_expert, cast.stranger):
        with pytest.raises(Http404):
            queries.entry_for(stranger, row.pk)
    with pytest.raises(Http404):
        queries.entry_for(cast.county_officer, draft.pk)


def test_contact_data_and_certificates_are_for_the_pool_alone(client: Client, cast: Cast, expert_entry: Entry) -> None:
    sign_in(client, cast.worker)
    page = client.get(expert_entry.get_absolute_url()).content.decode()

    assert "四川大学" in page
    assert "13800138000" not in page
    assert "办理经过" not in page


def test_a_certificate_is_uploaded_seen_by_the_pool_removed_and_restored(
    client: Client, cast: Cast, expert_entry: Entry
) -> None:
    sign_in(client, cast.expert)
    url = reverse("experts:add_entry_documents", args=[expert_entry.pk])
    client.post(url, {"files": SimpleUploadedFile("证书.png", PNG, "image/png")})
    document = expert_entry.documents.get()
    shown = reverse("experts:document", args=[document.pk])

    assert {
        who: status(sign_in(client, cast.actors[who]), shown)
        for who in ("expert", "county_officer", "worker", "neighbour_officer", "other_expert")
    } == {"expert": 200, "county_officer": 200, "worker": 404, "neighbour_officer": 404, "other_expert": 404}
    sign_in(client, cast.expert).post(reverse("experts:remove_document", args=[document.pk]))
    assert fresh(document).removed_at is not None
    client.post(reverse("experts:restore_document", args=[document.pk]))
    assert fresh(document).removed_at is None


def test_the_form_keeps_what_was_typed_and_says_what_is_wrong(client: Client, cast: Cast) -> None:
    sign_in(client, cast.stranger)
    typed = {
        "pool": "武侯区",
        "kind": "person",
        "name": "陌生人",
        "regions": "无此地",
        "years": "3",
        "summary": "做过十个社区",
    }

    answer = client.post(reverse("experts:apply"), typed)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "没有找到“无此地”" in page
    assert "请至少选择一个专业领域" in page
    assert "做过十个社区" in page


def test_an_application_goes_through_the_pages(client: Client, cast: Cast, sichuan: SchemeVersion) -> None:
    sign_in(client, cast.stranger)
    typed = {
        "pool": "武侯区", "kind": "person", "name": "陌生人", "title": "高级工程师", "fields_": ["water", "sponge"],
        "regions": "武侯区\n锦江区", "phone": "028-85551234", "years": "2",
    }  # fmt: skip
    made = client.post(reverse("experts:apply"), typed)
    entry = Entry.objects.get()
    client.post(reverse("experts:entry_step", args=[entry.pk, "submit"]), {"revision": entry.revision})
    assert made["Location"] == entry.get_absolute_url()
    assert "待审核" in client.get(reverse("experts:mine")).content.decode()

    sign_in(client, cast.county_officer)
    page = client.get(reverse("experts:pool")).content.decode()
    assert "陌生人" in page
    entry.refresh_from_db()
    wrong = {"revision": entry.revision, "valid_from": "2026-02-31", "valid_to": "2027-01-01"}
    refused = client.post(reverse("experts:entry_step", args=[entry.pk, "accept"]), wrong)
    assert refused.status_code == 422
    assert "没有的日子" in refused.content.decode()
    today = today_in_shanghai()
    given = wrong | {"valid_from": today, "valid_to": today + dt.timedelta(days=365)}
    client.post(reverse("experts:entry_step", args=[entry.pk, "accept"]), given)

    entry.refresh_from_db()
    assert entry.state == State.VALID
    # Nobody may serve without the post that goes with it, and the page says what to do.
    assert "授予岗位" in client.get(entry.get_absolute_url()).content.decode()


def test_what_an_officer_typed_stays_when_the_step_is_refused(client: Client, cast: Cast, expert_entry: Entry) -> None:
    sign_in(client, cast.county_officer)
    url = reverse("experts:entry_step", args=[expert_entry.pk, "suspend"])

    answer = client.post(url, {"revision": expert_entry.revision - 1, "reason": "出国一年"})

    assert answer.status_code == 422
    assert "刚被他人修改" in answer.content.decode()
    assert "出国一年" in answer.content.decode()
    assert fresh(expert_entry).state == State.VALID


@pytest.mark.django_db(transaction=True)
def test_two_officers_who_decide_at_once_make_one_decision(cast: Cast) -> None:
    row = applying.enter(cast.county, particulars(cast), by=cast.county_officer)
    other = appoint("周科长", "county_officer_2", Role.COUNTY_OFFICER, cast.county)
    today = today_in_shanghai()

    def accept(by):
        try:
            vetting.accept(row, valid_from=today, valid_to=today, revision=row.revision, by=by)
        except Overtaken:
            return "late"
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(2) as pool:
        found = sorted(pool.map(accept, [cast.county_officer, other]))

    assert found == ["done", "late"]
    assert Happened.objects.filter(event="expert.accepted").count() == 1


def test_the_list_is_filtered_by_its_address(client: Client, cast: Cast) -> None:
    member(cast, cast.expert, fields=["water"])
    member(cast, None, name="成都某设计院", kind=Kind.FIRM, credit_code="91510100MA61TEST0X", fields=["law"])
    sign_in(client, cast.county_officer)

    def names(**query: str) -> list[str]:
        return [row.name for row in client.get(reverse("experts:pool"), query).context["page"].rows]

    assert names(field="water") == ["郑教授"]
    assert names(kind="firm") == ["成都某设计院"]
    assert names(q="设计院") == ["成都某设计院"]
    assert names(state="expiring") == []
    assert names(region="晋阳社区居委会") == ["成都某设计院", "郑教授"]
    assert names(region="锦江区") == []
    assert names(field="no-such", state="x", pool="y") == ["成都某设计院", "郑教授"]


def test_the_list_costs_the_same_for_one_and_for_many(
    client: Client, cast: Cast, sichuan: SchemeVersion, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    sign_in(client, cast.county_officer)
    member(cast, cast.expert)
    client.get(reverse("experts:pool"))
    with django_assert_max_num_queries(20) as one:
        client.get(reverse("experts:pool"))
    for number in range(3):
        member(cast, None, name=f"专家{number}", regions=[cast.county, cast.city])

    with django_assert_max_num_queries(20) as many:
        client.get(reverse("experts:pool"))

    assert len(many) == len(one)


def test_the_list_is_taken_away_as_excel_and_that_is_written_down(
    client: Client, cast: Cast, expert_entry: Entry
) -> None:
    sign_in(client, cast.worker)
    response = client.get(reverse("experts:export_pool"))
    sheet = load_workbook(BytesIO(b"".join(response.streaming_content))).active
    rows = list(sheet.iter_rows(values_only=True))

    assert rows[0][2] == "姓名或机构名称"
    assert (rows[1][2], rows[1][7]) == ("郑教授", None)
    assert Happened.objects.filter(event="expert.exported").count() == 1


def test_a_workbook_has_the_telephones_of_one_s_own_pool_only(client: Client, cast: Cast) -> None:
    member(cast, None, name="区里的专家")
    member(cast, None, name="市里的专家", pool=cast.city)

    def telephones(who: Actor) -> dict[str, str | None]:
        sign_in(client, who)
        response = client.get(reverse("experts:export_pool"))
        sheet = load_workbook(BytesIO(b"".join(response.streaming_content))).active
        return {row[2]: row[7] for row in sheet.iter_rows(min_row=2, values_only=True)}

    assert telephones(cast.county_officer) == {"区里的专家": "13800138000", "市里的专家": None}
    assert set(telephones(cast.city_officer).values()) == {"13800138000"}


def test_the_page_cites_the_clause_in_force(client: Client, cast: Cast, sichuan: SchemeVersion) -> None:
    sign_in(client, cast.county_officer)
    pool_page = client.get(reverse("experts:pool")).content.decode()
    streets = client.get(reverse("experts:designers")).content.decode()

    assert "综合性专家服务库" in pool_page
    assert "社区设计师制度" in streets


def test_the_page_says_where_no_scheme_asks_for_a_pool(client: Client, cast: Cast) -> None:
    stage.publish("national-2020")
    sign_in(client, cast.county_officer)

    assert "现行方案没有这方面的条款" in client.get(reverse("experts:pool")).content.decode()
    assert "推动设计师、工程师进社区" in client.get(reverse("experts:requests")).content.decode()
