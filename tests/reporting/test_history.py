"""What history says of a report being written, and filing offices that take one back."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.http import Http404
from django.test import Client
from django.urls import reverse

from greenhood.accounts.access import NotAllowed
from greenhood.history.models import Entry
from greenhood.reporting import actions, comparing, papers, queries
from greenhood.reporting.errors import Overtaken, Refused
from greenhood.reporting.models import Filing, Obligation, State
from tests.cast import Cast, sign_in
from tests.declarations import stage
from tests.reporting.test_duties import published
from tests.reporting.test_report import IN_TIME, LATE, filed, fresh

pytestmark = pytest.mark.django_db

MORNING = stage.moment(2026, 11, 2, 9)
REASON = "误用了去年的数字，改后重报。"


@pytest.fixture
def owed(cast: Cast) -> Obligation:
    """Chengdu's annual report to the province, due on 10 November."""
    stage.publish("national-2020")
    actions.plan(stage.publish("sichuan-2020"), 2026, by=cast.province_officer)
    return Obligation.objects.get(entry="city-annual", reporter=cast.city)


@pytest.fixture
def graded(cast: Cast) -> Obligation:
    """The same where the scheme asks for a figure that nobody counts, and for a grade."""
    stage.publish("national-2020")
    scheme = stage.loaded("sichuan-2020").scheme
    calendar = [
        entry.model_copy(update={"figures": ["参加培训的人次"], "grades": ["优秀", "合格"]})
        if entry.key == "city-annual"
        else entry
        for entry in scheme.calendar
    ]
    actions.plan(
        published(scheme.model_copy(update={"calendar": calendar}), cast.province), 2026, by=cast.province_officer
    )
    return Obligation.objects.get(entry="city-annual", reporter=cast.city)


def saved(row: Obligation, cast: Cast, at: dt.datetime, **written: Any) -> None:
    actions.save(
        row, **{"texts": {}, "typed": {}, **written}, revision=fresh(row).revision, by=cast.city_officer, at=at
    )


def told(row: Obligation) -> list[dict[str, Any]]:
    return [
        entry.details for entry in Entry.objects.filter(event="report.saved", subject_id=str(row.pk)).order_by("number")
    ]


def test_history_says_once_a_sitting_which_sections_were_changed(cast: Cast, owed: Obligation) -> None:
    half_an_hour = dt.timedelta(minutes=31)
    saved(owed, cast, MORNING, texts={"effect": "环境"})
    saved(owed, cast, MORNING, texts={"effect": "环境改善。"})
    saved(owed, cast, MORNING, texts={"effect": "环境改善。", "progress": "两个社区申报。"})
    saved(owed, cast, MORNING, texts={"effect": "环境改善。", "progress": "两个社区申报。"})
    saved(owed, cast, MORNING + half_an_hour, texts={"effect": "环境明显改善。"})

    assert told(owed) == [{"parts": ["实施效果"]}, {"parts": ["创建进展成效"]}, {"parts": ["实施效果"]}]


def test_history_says_every_new_figure_and_grade_with_what_stood_before(cast: Cast, graded: Obligation) -> None:
    saved(graded, cast, MORNING, typed={"参加培训的人次": "120"}, grade="合格")
    saved(graded, cast, MORNING, typed={"参加培训的人次": "150"}, grade="合格")
    saved(graded, cast, MORNING, grade="优秀")

    assert [one.get("grade") for one in told(graded)] == ["空 → 合格", None, "合格 → 优秀"]
    assert [one.get("figures") for one in told(graded)] == [
        ["参加培训的人次：空 → 120"],
        ["参加培训的人次：120 → 150"],
        None,
    ]


def test_how_a_report_is_written_is_told_to_those_who_write_it(cast: Cast, graded: Obligation, client: Client) -> None:
    saved(graded, cast, MORNING, typed={"参加培训的人次": "120"}, grade="合格")

    sign_in(client, cast.city_officer)
    assert "空 → 合格" in client.get(graded.get_absolute_url()).content.decode()
    sign_in(client, cast.province_officer)
    assert "空 → 合格" not in client.get(graded.get_absolute_url()).content.decode()


def test_a_draft_from_figures_is_told_with_its_sections(cast: Cast, owed: Obligation) -> None:
    actions.draw_up(owed, revision=1, by=cast.city_officer, at=MORNING)

    assert Entry.objects.get(event="report.drawn_up").details["parts"]


def test_the_filing_office_takes_a_report_back_and_the_copy_says_so(cast: Cast, owed: Obligation) -> None:
    filed(owed, cast.city_officer)
    row = fresh(owed)

    actions.withdraw(row, reason=REASON, revision=row.revision, by=cast.city_officer, at=IN_TIME)

    row, filing = fresh(owed), Filing.objects.select_related("obligation__reporter", "filed_by").get()
    assert (row.state, row.filed_at, filing.withdrawn_reason) == (State.OPEN, None, REASON)
    assert papers.filed(filing)["mark"] == "已撤回"
    assert Entry.objects.get(event="report.withdrawn").details == {"number": 1, "reason": REASON}
    counted = queries.completeness(cast.province, year=2026, by=dt.date(2026, 11, 30))[0]
    assert (counted.filed, counted.overdue) == (0, 1)
    again = actions.file(row, signed_by="陈静", revision=row.revision, by=cast.city_officer, at=LATE)
    assert (again.number, again.late_days, again.withdrawn_at) == (2, 15, None)


def test_only_who_filed_takes_back_with_a_reason_and_before_the_receiver_acted(cast: Cast, owed: Obligation) -> None:
    filed(owed, cast.city_officer)
    row = fresh(owed)
    for reason in (" ", "长" * 501):
        with pytest.raises(Refused) as refused:
            actions.withdraw(row, reason=reason, revision=row.revision, by=cast.city_officer)
        assert set(refused.value.problems) == {"withdrawal"}
    with pytest.raises((NotAllowed, Http404)):
        actions.withdraw(row, reason=REASON, revision=row.revision, by=cast.province_officer)
    with pytest.raises(Overtaken):
        actions.withdraw(row, reason=REASON, revision=row.revision - 1, by=cast.city_officer)

    actions.give_back(row, reasons={"effect": "请写明来源。"}, revision=row.revision, by=cast.province_officer)
    row = fresh(owed)
    actions.file(row, signed_by="陈静", revision=row.revision, by=cast.city_officer, at=LATE)
    row = fresh(owed)
    with pytest.raises(Refused, match="已经退回过"):
        actions.withdraw(row, reason=REASON, revision=row.revision, by=cast.city_officer)
    actions.accept(row, revision=row.revision, by=cast.province_officer)
    with pytest.raises(Refused, match="已接收"):
        actions.withdraw(fresh(owed), reason=REASON, revision=fresh(owed).revision, by=cast.city_officer)


def test_an_evaluation_taken_back_is_not_compared(cast: Cast, owed: Obligation) -> None:
    filed(owed, cast.city_officer)
    actions.withdraw(fresh(owed), reason=REASON, revision=fresh(owed).revision, by=cast.city_officer)

    rows = comparing.compared(cast.province, year=2026, which="sichuan-2020/city-annual/2026年度")

    assert [row.filing for row in rows] == [None]


def test_the_page_takes_back_keeps_a_refused_reason_and_shows_the_receiver_why(
    cast: Cast, owed: Obligation, client: Client
) -> None:
    filed(owed, cast.city_officer)
    sign_in(client, cast.city_officer)
    address = reverse("reporting:withdraw_report", args=[owed.pk])
    sent = {"revision": fresh(owed).revision}

    assert client.get(owed.get_absolute_url()).context["may_withdraw"] is True
    refused = client.post(address, {**sent, "reason": "长" * 501})
    done = client.post(address, {**sent, "reason": REASON})
    twice = client.post(address, {**sent, "reason": REASON})

    assert (refused.status_code, done.status_code, twice.status_code) == (422, 302, 422)
    assert "长" * 501 in refused.content.decode()
    sign_in(client, cast.province_officer)
    page = client.get(owed.get_absolute_url())
    assert page.context["may_withdraw"] is False
    assert REASON in page.content.decode()
    assert REASON in client.get(reverse("reporting:filing", args=[owed.pk, 1])).content.decode()


def test_a_withdrawal_without_a_reason_is_refused_by_the_database(cast: Cast, owed: Obligation) -> None:
    filed(owed, cast.city_officer)

    with pytest.raises(IntegrityError, match="filing_withdrawn_with_reason"), transaction.atomic():
        Filing.objects.update(withdrawn_at=IN_TIME)


def test_the_sheet_as_it_stands_is_taken_out_only_by_who_may_export(
    cast: Cast, owed: Obligation, client: Client
) -> None:
    Obligation.objects.filter(pk=owed.pk).update(reporter=cast.community)
    address = reverse("reporting:export_sheet", args=[owed.pk])
    sign_in(client, cast.worker)
    assert b"".join(client.get(address).streaming_content)
    sign_in(client, cast.grid_worker)
    assert client.get(owed.get_absolute_url()).status_code == 200
    assert client.get(address).status_code == 403
