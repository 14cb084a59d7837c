"""Inspections: planned, drawn by lot, begun, filled in, closed, published, cancelled."""

from __future__ import annotations

import datetime as dt
import re
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook
from pytest_django import DjangoAssertNumQueries

from greenhood.accounts.access import NotAllowed
from greenhood.history.models import Entry
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.ids import uuid7
from greenhood.reporting.models import Obligation
from greenhood.schemes.models import SchemeVersion
from greenhood.supervision.actions import answering, finding, planning
from greenhood.supervision.actions.answering import Different, Seen
from greenhood.supervision.actions.planning import Lot
from greenhood.supervision.errors import Overtaken, Refused
from greenhood.supervision.models import Answer, Finding, Inspection, Sheet
from greenhood.supervision.queries import record
from greenhood.supervision.views import inspections as views
from tests.cast import Cast, sign_in
from tests.declarations import stage as declared
from tests.supervision import stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def sichuan(cast: Cast) -> SchemeVersion:
    return declared.publish("sichuan-2020")


def test_main_path_from_plan_to_published(cast: Cast, sichuan: SchemeVersion) -> None:
    inspection = stage.plan(cast, version=sichuan)
    planning.start(inspection, by=cast.county_officer, revision=1)
    stage.fill(stage.fresh(inspection), cast.county_officer, wrong=("16.1",))
    row = finding.from_answer(Answer.objects.get(key="16.1"), by=cast.county_officer)
    stage.close(inspection, cast.county_officer)
    done = stage.publish(inspection, cast.county_officer)

    assert done.state == Inspection.State.PUBLISHED
    assert (row.criterion, row.text, row.community_id) == (16, "16.1 不符合", cast.community.pk)
    events = list(
        Entry.objects.filter(event__startswith="inspection.").order_by("number").values_list("event", flat=True)
    )
    assert events == ["inspection.planned", "inspection.started", "inspection.closed", "inspection.published"]


def test_plan_over_the_web_keeps_what_was_typed_when_refused(
    client: Client, cast: Cast, sichuan: SchemeVersion
) -> None:
    sign_in(client, cast.county_officer)
    sent = {
        "kind": "routine", "title": "秋检", "begins_on": "2026-02-31", "ends_on": "2027-01-01", "standard": "standard",
        "checks": ["8.1"], "places": [str(cast.community.code)], "inspectors": [str(cast.county_officer.user.pk)], "among": "",
    }  # fmt: skip

    refused = client.post(reverse("supervision:new"), sent)
    saved = client.post(reverse("supervision:new"), sent | {"begins_on": str(today_in_shanghai())})

    assert refused.status_code == 422
    page = refused.content.decode()
    assert "2 月 31 日" in page
    assert 'value="秋检"' in page
    assert saved.status_code == 302
    assert [sheet.community for sheet in Inspection.objects.get().sheets.all()] == [cast.community]


def test_whole_part_is_ticked_by_its_button_without_saving(client: Client, cast: Cast, sichuan: SchemeVersion) -> None:
    sign_in(client, cast.county_officer)

    page = client.post(reverse("supervision:new"), {"title": "秋检", "all": "*"}).content.decode()

    boxes = re.findall(r'<input[^>]*name="checks"[^>]*>', page)
    assert boxes
    assert all(" checked" in box for box in boxes)
    assert 'value="秋检"' in page
    assert Inspection.objects.count() == 0


def test_draw_by_lot_is_replayed_from_its_seed(cast: Cast) -> None:
    lot = Lot(2, seed="20261121", by_level=4)

    one = stage.plan(cast, communities=cast.communities, draw=lot)
    other = stage.plan(cast, communities=reversed(cast.communities), draw=lot)

    chosen = sorted(sheet.community.number for sheet in one.sheets.select_related("community"))
    assert chosen == sorted(planning.again(stage.fresh(one).drawn))
    assert chosen == sorted(sheet.community.number for sheet in other.sheets.select_related("community"))
    assert len({number[:9] for number in chosen}) == 2


@pytest.mark.parametrize("count", [0, 5])
def test_more_than_there_are_can_not_be_drawn(cast: Cast, count: int) -> None:
    with pytest.raises(Refused, match="1 到 4"):
        stage.plan(cast, communities=cast.communities, draw=Lot(count))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"communities": []}, "请选择要检查的社区"),
        ({"title": " "}, "名称"),
        ({"kind": "secret"}, "检查方式"),
        ({"ends_on": dt.date(2020, 1, 1)}, "早于开始日期"),
        ({"begins_on": dt.date(2020, 1, 1), "ends_on": dt.date(2020, 1, 2)}, "已经过去"),
        ({"topics": ()}, "检查内容"),
        ({"inspectors": []}, "检查人"),
        ({"keys": ("99",)}, "没有这些检查项"),
    ],
)
def test_impossible_plan_is_refused(cast: Cast, change: dict[str, object], words: str) -> None:
    with pytest.raises(Refused, match=words):
        stage.plan(cast, **change)


def test_communities_elsewhere_are_refused(cast: Cast) -> None:
    with pytest.raises(Refused, match="大慈寺"):
        stage.plan(cast, communities=[cast.neighbour_community])


def test_office_above_looks_on_and_does_not_act(cast: Cast) -> None:
    inspection = stage.plan(cast)

    with pytest.raises(NotAllowed, match="武侯区的督导岗位"):
        planning.start(inspection, by=cast.city_officer, revision=1)


def test_second_of_two_at_once_is_told(cast: Cast) -> None:
    inspection = stage.plan(cast)
    planning.start(inspection, by=cast.county_officer, revision=1)

    with pytest.raises(Overtaken):
        planning.start(inspection, by=cast.county_officer, revision=1)
    assert Entry.objects.filter(event="inspection.started").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_answers_at_the_same_moment_leave_one_and_a_conflict(cast: Cast) -> None:
    inspection = stage.under_way(cast, inspectors=[cast.county_officer.user, cast.expert.user])
    sheet = stage.sheet_of(inspection)

    def one(actor, result):
        try:
            answering.answer(sheet, Seen("t1", result, "看到的"), by=actor)
            return "stored"
        except Different:
            return "different"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(one, [cast.county_officer, cast.expert], ["met", "not_met"]))

    assert said == ["different", "stored"]
    assert Answer.objects.count() == 1


def test_same_answer_twice_changes_nothing(cast: Cast) -> None:
    sheet = stage.sheet_of(stage.under_way(cast))
    answering.answer(sheet, Seen("t1", "met"), by=cast.county_officer)

    _, changed = answering.answer(sheet, Seen("t1", "met"), by=cast.county_officer)

    assert not changed
    assert Entry.objects.filter(event="sheet.answered").count() == 1


def test_not_met_needs_words(cast: Cast) -> None:
    sheet = stage.sheet_of(stage.under_way(cast))

    with pytest.raises(Refused, match="写明看到的情况"):
        answering.answer(sheet, Seen("t1", "not_met"), by=cast.county_officer)


def test_only_those_named_fill_in_a_sheet(cast: Cast) -> None:
    sheet = stage.sheet_of(stage.under_way(cast, inspectors=[cast.expert.user]))

    with pytest.raises(NotAllowed, match="检查人名单"):
        answering.answer(sheet, Seen("t1", "met"), by=cast.county_officer)


def test_inspector_with_a_post_in_the_place_steps_back(cast: Cast) -> None:
    inspection = stage.under_way(cast, communities=cast.communities, inspectors=[cast.street_officer.user])

    with pytest.raises(NotAllowed, match="回避"):
        answering.answer(stage.sheet_of(inspection, cast.community), Seen("t1", "met"), by=cast.street_officer)
    answering.answer(stage.sheet_of(inspection, cast.third_community), Seen("t1", "met"), by=cast.street_officer)


def test_sheet_with_a_gap_is_not_finished_and_a_finished_one_is_locked(cast: Cast, sichuan: SchemeVersion) -> None:
    inspection = stage.under_way(cast, version=sichuan)
    sheet = stage.sheet_of(inspection)

    with pytest.raises(Refused, match="还有 3 项"):
        answering.finish(sheet, by=cast.county_officer, revision=1)
    stage.fill(inspection, cast.county_officer)
    with pytest.raises(Refused, match="重新打开"):
        answering.answer(sheet, Seen("8.1", "not_met", "坏了"), by=cast.county_officer, replaces=1)


def test_claim_is_not_shown_before_the_check_is_answered(client: Client, cast: Cast, sichuan: SchemeVersion) -> None:
    declared.complete(cast.community, cast.worker)
    inspection = stage.under_way(cast, version=sichuan)
    sheet = stage.sheet_of(inspection)
    sign_in(client, cast.county_officer)

    before = client.get(sheet.get_absolute_url()).content.decode()
    answering.answer(sheet, Seen("16.1", "not_met", "楼道堆物"), by=cast.county_officer)
    after = client.get(sheet.get_absolute_url()).content.decode()

    assert "社区自评</dt>" not in before
    assert after.count("社区自评</dt>") == 1
    assert {item.line.key for item in record.items_of(sheet, with_claims=True) if item.claim} == {"16.1"}
    phone = client.get(reverse("supervision:phone_sheets")).content.decode()
    assert "自评" not in phone
    assert "满足" not in phone


def test_sheet_is_filled_in_without_a_script(client: Client, cast: Cast, sichuan: SchemeVersion) -> None:
    inspection = stage.under_way(cast, version=sichuan)
    sheet = stage.sheet_of(inspection)
    sign_in(client, cast.county_officer)
    sent = {
        "result-8.1": "met", "revision-8.1": "0", "result-16.1": "not_met", "note-16.1": "", "revision-16.1": "0",
        "longitude": "104.05", "latitude": "30.65", "photo-8.1": stage.picture(),
    }  # fmt: skip

    refused = client.post(sheet.get_absolute_url(), sent)
    sent["photo-8.1"] = stage.picture()
    saved = client.post(sheet.get_absolute_url(), sent | {"note-16.1": "楼道堆物", "revision-8.1": "1"})

    assert refused.status_code == 422
    assert "写明看到的情况" in refused.content.decode()
    assert saved.status_code == 302
    rows = {row.key: row for row in Answer.objects.all()}
    assert (rows["8.1"].result, rows["16.1"].note, str(rows["8.1"].longitude)) == ("met", "楼道堆物", "104.050000")
    assert "现场.jpg" in client.get(sheet.get_absolute_url()).content.decode()


def test_one_click_makes_one_finding(client: Client, cast: Cast) -> None:
    inspection = stage.under_way(cast)
    answering.answer(stage.sheet_of(inspection), Seen("t1", "not_met", "没有公示栏"), by=cast.county_officer)
    url = reverse("supervision:find_from_answer", args=[Answer.objects.get().pk])
    sign_in(client, cast.county_officer)

    assert [client.post(url).status_code for _ in range(2)] == [302, 302]

    assert Finding.objects.get().text == "没有公示栏"


def test_finding_refers_to_an_estate_of_the_place_only(cast: Cast) -> None:
    inspection = stage.under_way(cast)

    with pytest.raises(Refused, match="没有登记"):
        finding.record(
            inspection,
            cast.community,
            finding.Words("路灯坏了", thing="estates/00000000-0000-0000-0000-000000000000"),
            by=cast.county_officer,
        )
    with pytest.raises(Refused, match="不在本次检查"):
        finding.record(inspection, cast.third_community, finding.Words("路灯坏了"), by=cast.county_officer)
    row = finding.record(
        inspection, cast.community, finding.Words("路灯坏了", place="三栋旁", severity="major"), by=cast.county_officer
    )
    assert (row.place, row.severity) == ("三栋旁", "major")


def test_list_takes_as_many_queries_for_three_rows_as_for_one(
    client: Client, cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    stage.plan(cast)
    sign_in(client, cast.county_officer)
    url = reverse("supervision:inspections")
    client.get(url)
    with django_assert_max_num_queries(25) as one:
        client.get(url)
    stage.plan(cast)
    stage.plan(cast)

    with django_assert_max_num_queries(len(one)):
        page = client.get(url)

    assert page.content.decode().count("秋季检查") == 3


def test_filters_stand_in_the_address_and_in_the_export(client: Client, cast: Cast) -> None:
    stage.plan(cast, title="甲")
    stage.plan(cast, title="乙", kind="thematic")
    sign_in(client, cast.county_officer)

    page = client.get(reverse("supervision:inspections") + "?kind=thematic").content.decode()
    file = client.get(reverse("supervision:export_inspections") + "?kind=thematic")
    rows = list(load_workbook(BytesIO(b"".join(file.streaming_content))).active.values)

    assert "乙" in page
    assert "甲</a>" not in page
    assert [row[0] for row in rows if row[0] in {"甲", "乙"}] == ["乙"]
    assert Entry.objects.filter(event="supervision.exported").count() == 1


def test_duty_of_the_calendar_becomes_an_inspection_and_is_marked_as_carried_out(client: Client, cast: Cast) -> None:
    duty = Obligation.objects.create(
        version=declared.publish("sichuan-2020"), scheme_id="sichuan-2020", entry="visit", title="实地考察", kind="visit",
        year=2026, period="2026年度", begins_on=dt.date(2026, 1, 1), ends_on=dt.date(2026, 12, 31),
        due_on=dt.date(2026, 12, 15), deadline=dt.date(2026, 12, 15), reporter=cast.county, receiver=cast.county,
    )  # fmt: skip
    inspection = stage.under_way(cast, obligation=duty)
    stage.fill(inspection, cast.county_officer)
    stage.close(inspection, cast.county_officer)

    sign_in(client, cast.county_officer)
    assert "实地考察" in client.get(reverse("supervision:from_calendar", args=[duty.pk]), follow=True).content.decode()
    with pytest.raises(Refused, match="不是本单位"):
        stage.plan(cast, by=cast.city_officer, obligation=duty)
    url = reverse("supervision:step", args=[inspection.pk, "carry-out"])
    client.post(url, {"revision": "3"})
    duty.refresh_from_db()
    assert (duty.state, duty.outcome_url) == ("done", inspection.get_absolute_url())


def test_cancelled_one_counts_no_sheet(cast: Cast) -> None:
    inspection = stage.plan(cast)

    with pytest.raises(Refused, match="原因"):
        planning.cancel(inspection, by=cast.county_officer, revision=1, reason=" ")
    planning.cancel(inspection, by=cast.county_officer, revision=1, reason="天气")

    assert Sheet.objects.count() == 1
    assert stage.fresh(inspection).state == "cancelled"


def test_what_cannot_be_undone_is_asked_first_and_keeps_what_was_typed(client: Client, cast: Cast) -> None:
    inspection = stage.plan(cast, kind="unannounced", by=cast.county_officer)
    sign_in(client, cast.county_officer)
    planned = client.get(inspection.get_absolute_url()).content.decode()
    planning.start(inspection, by=cast.county_officer, revision=1)
    under_way = client.get(inspection.get_absolute_url()).content.decode()

    refused = client.post(
        reverse("supervision:step", args=[inspection.pk, "close"]), {"revision": "2", "summary": "总体良好。"}
    )

    assert "现在开始这次检查？" in planned
    assert '<p class="confirm-title">办结这次检查？' in under_way
    assert "还有 1 份检查表没有完成" in under_way
    page = refused.content.decode()
    assert refused.status_code == 422
    assert "还没有一份完成的检查表" in page
    assert '<details class="confirm" data-confirm open>' in page
    assert ">总体良好。</textarea>" in page


def test_double_click_plans_and_draws_once(client: Client, cast: Cast) -> None:
    sign_in(client, cast.county_officer)
    form = client.get(reverse("supervision:new"))
    sent = {
        "kind": "routine", "title": "秋检", "begins_on": str(today_in_shanghai()), "ends_on": str(today_in_shanghai()),
        "topics": "入口有无公示栏", "inspectors": [str(cast.county_officer.user.pk)], "how": "draw", "count": "2",
        "once": str(form.context["once"]),
    }  # fmt: skip

    first, again = (client.post(reverse("supervision:new"), sent) for _ in range(2))
    other = client.post(reverse("supervision:new"), sent | {"once": ""})

    assert f'name="once" value="{sent["once"]}"' in form.content.decode()
    assert first["Location"] == again["Location"] != other["Location"]
    assert Entry.objects.filter(event="inspection.planned").count() == Inspection.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_plans_of_one_form_at_the_same_moment_are_one(cast: Cast) -> None:
    key, today = uuid7(), today_in_shanghai()
    wanted = planning.Plan(
        "routine", "秋检", today, today, communities=cast.communities, inspectors=[cast.county_officer.user],
        topics=("入口有无公示栏",), draw=Lot(2),
    )  # fmt: skip

    def plan(_: int) -> str:
        try:
            return str(planning.plan(cast.county, wanted, by=cast.county_officer, version=None, key=key).pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        made = set(pool.map(plan, range(2)))

    assert made == {str(key)}
    assert Sheet.objects.count() == 2


def test_double_click_records_one_finding(client: Client, cast: Cast) -> None:
    inspection = stage.under_way(cast)
    sign_in(client, cast.county_officer)
    url = reverse("supervision:new_finding", args=[inspection.pk])
    form = client.get(url)
    sent = {
        "community": cast.community.number, "text": "路灯坏了", "severity": "minor", "once": str(form.context["once"]),
    }  # fmt: skip

    refused = client.post(url, sent | {"text": ""})
    first, again = (client.post(url, sent) for _ in range(2))

    assert f'name="once" value="{sent["once"]}"' in refused.content.decode()
    assert first["Location"] == again["Location"]
    assert Finding.objects.get().text == "路灯坏了"
    assert Entry.objects.filter(event="finding.recorded").count() == 1


def test_recording_a_finding_is_offered_to_those_only_who_may(client: Client, cast: Cast) -> None:
    inspection = stage.under_way(cast, inspectors=[cast.expert.user], lead=None)
    url = reverse("supervision:new_finding", args=[inspection.pk])

    for actor, may in ((cast.county_officer, True), (cast.expert, True), (cast.city_officer, False)):
        page = sign_in(client, actor).get(inspection.get_absolute_url()).content.decode()
        assert (url in page, client.get(url).status_code) == ((True, 200) if may else (False, 403)), actor


def test_sheets_are_turned_over_page_by_page_and_counted_whole(cast: Cast) -> None:
    inspection = stage.under_way(cast, communities=cast.communities)
    stage.fill(inspection, cast.county_officer, community=cast.fourth_community)

    first = record.progress(cast.county_officer, inspection, most=3)
    rest = record.progress(cast.county_officer, inspection, after=int(first.next), most=3)

    assert [len(first.rows), len(rest.rows)] == [3, 1]
    assert (first.total, first.finished, first.next) == (4, 1, cast.third_community.number)
    assert (rest.total, rest.next) == (4, "")


def test_findings_cut_on_the_page_are_counted_and_lead_to_the_whole_list(
    client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "MOST_FINDINGS", 2)
    inspection = stage.under_way(cast)
    other = stage.under_way(cast)
    for words in ("路灯坏了", "井盖缺失", "堆物"):
        finding.record(inspection, cast.community, finding.Words(words), by=cast.county_officer)
    finding.record(other, cast.community, finding.Words("别的检查"), by=cast.county_officer)
    sign_in(client, cast.county_officer)

    page = client.get(inspection.get_absolute_url()).content.decode()
    listed = client.get(reverse("supervision:findings"), {"inspection": str(inspection.pk)})

    assert "问题（3）" in page
    assert "这里列出前 2 个，共 3 个" in page
    assert f"?inspection={inspection.pk}" in page
    assert listed.context["listed"].total.number == 3
