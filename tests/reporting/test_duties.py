"""Visits and samples: owed by who carries them out, within the days that the text names, marked as carried out, counted apart."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import Http404
from django.test import Client
from django.urls import reverse

from greenhood.accounts.access import NotAllowed
from greenhood.accounts.actor import Actor
from greenhood.divisions.models import Division, Level
from greenhood.history.models import Entry
from greenhood.reporting import actions, chains, queries
from greenhood.reporting.errors import Overtaken, Refused
from greenhood.reporting.models import Kind, Obligation, State
from greenhood.reporting.reminding import remind
from greenhood.schemes.format import Scheme
from greenhood.schemes.models import SchemeVersion
from tests.cast import Cast, sign_in
from tests.declarations import stage
from tests.reporting.test_reminders import Kept

pytestmark = pytest.mark.django_db

NOVEMBER = stage.moment(2026, 11, 20)
DECEMBER = dt.date(2026, 12, 31)


@pytest.fixture
def town(cast: Cast) -> SchemeVersion:
    """赵巷镇's scheme, for 浆洗街: the county visits, the province samples, communities report."""
    stage.publish("national-2020")
    held = stage.loaded("shanghai-qingpu-zhaoxiang-2021")
    scheme = held.scheme.model_copy(update={"jurisdiction": cast.street.code, "roster": []})
    return published(scheme, cast.street)


def published(scheme: Scheme, jurisdiction: Division) -> SchemeVersion:
    """A scheme of elsewhere in force here."""
    version = SchemeVersion(
        scheme_id=scheme.id,
        version=1,
        title=scheme.title,
        jurisdiction=jurisdiction,
        document=scheme.model_dump(mode="json", exclude_defaults=True),
        source_text="",
        checksum="0" * 64,
        published_at=NOVEMBER,
    )
    version.save(force_insert=True)
    return version


@pytest.fixture
def visit(cast: Cast, town: SchemeVersion) -> Obligation:
    actions.plan(town, 2026, by=Actor.system())
    return Obligation.objects.get(kind=Kind.VISIT)


def fresh(row: Obligation) -> Obligation:
    return Obligation.objects.select_related("reporter", "receiver", "version__jurisdiction").get(pk=row.pk)


def test_a_visit_and_a_sample_are_owed_by_who_carries_them_out(cast: Cast, visit: Obligation) -> None:
    sample = Obligation.objects.get(kind=Kind.SAMPLE)

    assert (visit.reporter, visit.receiver, visit.from_on, visit.deadline) == (
        cast.county, cast.province, None, dt.date(2026, 11, 15),
    )  # fmt: skip
    assert (sample.reporter, sample.receiver, sample.from_on, sample.deadline) == (
        cast.province, cast.street, dt.date(2026, 11, 21), dt.date(2026, 11, 30),
    )  # fmt: skip
    assert actions.plan(visit.version, 2026, by=Actor.system()) == 0


def test_a_visit_is_marked_as_carried_out_on_its_day_and_opened_again_with_a_reason(
    cast: Cast, visit: Obligation
) -> None:
    done = actions.carry_out(
        visit, done_on=dt.date(2026, 11, 14), text="考察两个社区。", revision=1, by=cast.county_officer, at=NOVEMBER
    )

    assert (done.state, done.done_on, chains.days_late(done, DECEMBER)) == (State.DONE, dt.date(2026, 11, 14), 0)
    with pytest.raises(Refused, match="2026-11-14 已经登记"):
        actions.carry_out(visit, text="再来一次。", by=cast.county_officer, at=NOVEMBER)
    with pytest.raises(Refused, match="理由"):
        actions.take_back(done, reason=" ", revision=done.revision, by=cast.county_officer)
    actions.take_back(done, reason="日期写错。", revision=done.revision, by=cast.county_officer)
    assert (fresh(visit).state, fresh(visit).outcome) == (State.OPEN, "")
    assert Entry.objects.filter(event="obligation.reopened").get().details["text"] == "考察两个社区。"


def test_another_room_marks_it_with_the_page_of_what_was_done(cast: Cast, visit: Obligation) -> None:
    done = actions.carry_out(
        visit, text="检查已完成。", url="/supervision/1/", by=cast.county_officer, at=stage.moment(2026, 11, 18)
    )

    assert (done.outcome_url, chains.days_late(done, DECEMBER), done.late_days) == ("/supervision/1/", 3, 3)


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        ({"done_on": dt.date(2026, 11, 21)}, "不能晚于今天"),
        ({"done_on": dt.date(2025, 12, 31)}, r"2026年度从 2026-01-01 开始（方案 四\(三\)）"),
        ({"text": " "}, "请写明开展情况"),
        ({"text": "长" * 2001}, "最多 2000 字"),
        ({"url": "//evil.example"}, "本平台内"),
        ({"url": "javascript:alert(1)"}, "本平台内"),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(
    cast: Cast, visit: Obligation, sent: dict[str, Any], reason: str
) -> None:
    with pytest.raises(Refused, match=reason):
        actions.carry_out(visit, **{"text": "考察。", **sent}, by=cast.county_officer, at=NOVEMBER)

    assert fresh(visit).state == State.OPEN


def test_only_who_carries_it_out_marks_it_and_two_do_not_overwrite_each_other(cast: Cast, visit: Obligation) -> None:
    for other in (cast.street_officer, cast.province_officer, cast.neighbour_officer):
        with pytest.raises((NotAllowed, Http404)):
            actions.carry_out(visit, text="考察。", by=other, at=NOVEMBER)
    with pytest.raises(Overtaken):
        actions.carry_out(visit, text="考察。", revision=7, by=cast.county_officer, at=NOVEMBER)


def test_a_report_is_not_marked_and_a_visit_is_not_filed(cast: Cast, visit: Obligation) -> None:
    report = Obligation.objects.filter(kind=Kind.REPORT, reporter=cast.community).get()

    with pytest.raises(Refused, match="写好后报送"):
        actions.carry_out(report, text="报了。", by=cast.worker, at=NOVEMBER)
    for step in (
        partial(actions.file, signed_by="张敏", revision=1, at=NOVEMBER),
        partial(actions.draw_up, revision=1),
        partial(actions.hand_down, due_on=dt.date(2026, 11, 1)),
    ):
        with pytest.raises(Refused, match="不用报送"):
            step(visit, by=cast.county_officer)


def test_the_sampled_do_not_extend_the_day_of_who_samples(cast: Cast, visit: Obligation) -> None:
    sample = Obligation.objects.get(kind=Kind.SAMPLE)

    with pytest.raises(Refused, match=r"方案规定（四\(三\)）"):
        actions.extend(sample, to=dt.date(2026, 12, 5), reason="太忙", revision=1, by=cast.street_officer, at=NOVEMBER)
    actions.extend(visit, to=dt.date(2026, 12, 5), reason="汛期", revision=1, by=cast.province_officer, at=NOVEMBER)
    assert fresh(visit).deadline == dt.date(2026, 12, 5)


def test_what_is_carried_out_is_counted_apart_from_reports(cast: Cast, visit: Obligation) -> None:
    reports = Obligation.objects.filter(kind=Kind.REPORT).count()
    actions.carry_out(visit, done_on=dt.date(2026, 11, 18), text="考察。", by=cast.county_officer, at=NOVEMBER)

    whole, lower = queries.completeness(cast.province, year=2026, by=DECEMBER)
    alone = queries.completeness_of(cast.province, year=2026, by=DECEMBER)

    assert (whole.owed, whole.filed, whole.overdue) == (reports, 0, reports)
    assert (whole.duties, whole.carried_out, whole.carried_out_in_time, whole.duties_overdue) == (2, 1, 0, 1)
    assert (lower[0].duties, lower[0].carried_out) == (1, 1)
    assert alone == whole


def test_a_visit_is_no_link_of_a_chain(cast: Cast, visit: Obligation) -> None:
    assert chains.below(visit) == []
    assert chains.above(visit) is None
    assert [link.is_this for link in chains.chain(visit, [], today=DECEMBER)] == [True]


def test_who_carries_out_is_reminded_and_finds_it_waiting(cast: Cast, visit: Obligation, client: Client) -> None:
    kept = Kept()
    remind(at=stage.moment(2026, 11, 14), through={"kept": kept})

    told = [message for message in kept.messages if message.name == "张敏"]
    assert "开展，期限 2026-11-15" in told[0].text
    sign_in(client, cast.county_officer)
    assert "等我开展的考察、抽样（1）" in client.get(reverse("reporting:reports")).content.decode()
    sign_in(client, cast.street_officer)
    page = client.get(reverse("reporting:reports"), {"year": 2026}).content.decode()
    assert "对本地开展的考察、抽样、考核" in page


def test_the_page_marks_it_keeps_what_was_typed_and_refuses_a_day_that_does_not_exist(
    cast: Cast, visit: Obligation, client: Client
) -> None:
    sign_in(client, cast.county_officer)
    address = reverse("reporting:carry_out", args=[visit.pk])
    typed = {"revision": 1, "text": "考察两个社区，结果良好。"}

    refused = client.post(address, {**typed, "done_on": "2026-02-31"})
    client.post(address, {**typed, "done_on": "2026-11-15"})

    assert refused.status_code == 422
    page = refused.content.decode()
    assert "没有“2026-02-31”这一天" in page
    assert "四(三)" in page
    assert "考察两个社区，结果良好。" in page
    assert fresh(visit).done_on == dt.date(2026, 11, 15)
    assert "撤回登记" in client.get(visit.get_absolute_url()).content.decode()


def test_photos_go_with_a_visit_and_who_carried_it_out_alone_adds_them(
    cast: Cast, visit: Obligation, client: Client
) -> None:
    address = reverse("evidence:attach", args=[cast.county.code, "reporting.obligation", visit.pk])
    sign_in(client, cast.street_officer)
    refused = client.post(address, {"files": SimpleUploadedFile("考察.txt", b"%PDF-1.4")})
    strip = client.get(visit.get_absolute_url()).context["strip"]

    sign_in(client, cast.county_officer)
    assert client.get(visit.get_absolute_url()).context["strip"].may_change
    assert refused.status_code in {403, 404}
    assert strip is None
    report = Obligation.objects.filter(kind=Kind.REPORT, reporter=cast.community).get()
    wrong = reverse("evidence:attach", args=[cast.community.code, "reporting.obligation", report.pk])
    assert client.post(wrong).status_code == 404


def test_the_town_sees_what_is_carried_out_there_and_its_neighbour_does_not(
    cast: Cast, visit: Obligation, client: Client
) -> None:
    sign_in(client, cast.street_officer)
    assert client.get(visit.get_absolute_url()).status_code == 200
    sign_in(client, cast.neighbour_officer)
    assert client.get(visit.get_absolute_url()).status_code == 404


def test_an_appraisal_is_owed_for_each_division_that_is_appraised(cast: Cast) -> None:
    stage.publish("national-2020")
    held = stage.loaded("hubei-2021")
    scheme = held.scheme.model_copy(update={"jurisdiction": cast.province.code})
    actions.plan(published(scheme, cast.province), 2026, by=Actor.system())

    rows = Obligation.objects.filter(kind=Kind.APPRAISAL)
    places = {row.receiver for row in rows.select_related("receiver")}
    assert {row.reporter_id for row in rows} == {cast.province.pk}
    assert {place.level for place in places} <= {Level.CITY, Level.COUNTY}
    assert len(places) == rows.count() > 0
    assert {row.subject for row in rows.select_related("receiver")} == places
    with pytest.raises(Refused, match="写好后报送"):
        actions.carry_out(rows.first(), text="考核。", by=cast.province_officer, at=stage.moment(2026, 12, 20))
