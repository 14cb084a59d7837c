"""Bulletins: issued with a number, kept as they were, seen by those they name, withdrawn with a reason."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.http import Http404
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook
from pytest_django import DjangoAssertNumQueries

from greenhood.accounts.access import NotAllowed
from greenhood.history.models import Entry
from greenhood.kit.dates import today_in_shanghai
from greenhood.reporting import actions, bulletins
from greenhood.reporting.errors import Overtaken, Refused
from greenhood.reporting.models import Bulletin, Filing, Obligation
from tests.cast import Cast, sign_in
from tests.declarations import stage

pytestmark = pytest.mark.django_db

COUNTED = dt.date(2026, 11, 15)
ISSUED = stage.moment(2026, 11, 16)
WORDS: dict[str, Any] = {
    "year": 2026, "counted_to": COUNTED, "number": "川建城〔2026〕12号", "signed_by": "杨帆", "asked": "请于月底前补报。",
}  # fmt: skip


@pytest.fixture
def owed(cast: Cast) -> Obligation:
    """Chengdu's, due on 10 November, not filed."""
    stage.publish("national-2020")
    actions.plan(stage.publish("sichuan-2020"), 2026, by=cast.province_officer)
    return Obligation.objects.get(reporter=cast.city)


@pytest.fixture
def issued(cast: Cast, owed: Obligation) -> Bulletin:
    return bulletins.issue(cast.province, **WORDS, by=cast.province_officer, at=ISSUED)


def test_a_bulletin_stays_as_it_was_issued_and_goes_to_those_it_names(cast: Cast, issued: Bulletin) -> None:
    Obligation.objects.update(state="filed", filed_at=stage.moment(2026, 11, 9))

    kept = Bulletin.objects.get()
    assert (kept.number, kept.signed_by, kept.paper["number"]) == ("川建城〔2026〕12号", "杨帆", "川建城〔2026〕12号")
    assert [copy.division for copy in kept.copies.select_related("division")] == [cast.city]
    text = str(kept.paper)
    assert "逾期未报1份" in text
    assert "请于月底前补报。" in text
    assert "暂不评价" in text, "one report is too few to praise or to blame"
    assert Entry.objects.filter(event="bulletin.issued").get().details["number"] == kept.number


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"number": "12"}, "number"),
        ({"number": "川建城〔2026〕012号"}, "number"),
        ({"signed_by": " "}, "signed_by"),
        ({"asked": ""}, "asked"),
        ({"asked": "长" * 2001}, "asked"),
        ({"counted_to": dt.date(2026, 11, 17)}, "by"),
        ({"counted_to": dt.date(2025, 12, 31)}, "by"),
        ({"counted_to": dt.date(2026, 11, 1)}, ""),
    ],
)
def test_what_cannot_be_issued_is_refused_with_its_reason(
    cast: Cast, owed: Obligation, sent: dict[str, Any], field: str
) -> None:
    with pytest.raises(Refused) as refused:
        bulletins.issue(cast.province, **(WORDS | sent), by=cast.province_officer, at=ISSUED)

    assert field in refused.value.problems
    assert not Bulletin.objects.exists()


def test_a_number_is_written_as_the_standard_has_it_and_used_once(cast: Cast, issued: Bulletin) -> None:
    assert bulletins.written_number(" 成建发 [2026] 3号") == "成建发〔2026〕3号"
    with pytest.raises(Refused, match="已经用过"):
        bulletins.issue(cast.province, **WORDS, by=cast.province_officer, at=ISSUED)
    assert Bulletin.objects.count() == 1


def test_only_the_division_itself_issues_and_withdraws(cast: Cast, owed: Obligation) -> None:
    for other in (cast.city_officer, cast.national_observer, cast.neighbour_officer):
        with pytest.raises((NotAllowed, Http404)):
            bulletins.issue(cast.province, **WORDS, by=other, at=ISSUED)
    made = bulletins.issue(cast.province, **WORDS, by=cast.province_officer, at=ISSUED)
    with pytest.raises((NotAllowed, Http404)):
        bulletins.withdraw(made, reason="不服", by=cast.city_officer)


def test_a_bulletin_is_withdrawn_once_with_a_reason_and_can_still_be_read(
    cast: Cast, issued: Bulletin, client: Client
) -> None:
    with pytest.raises(Refused, match="理由"):
        bulletins.withdraw(issued, reason=" ", by=cast.province_officer)
    bulletins.withdraw(issued, reason="统计口径有误。", by=cast.province_officer)
    with pytest.raises(Overtaken):
        bulletins.withdraw(issued, reason="再撤一次", by=cast.province_officer)

    sign_in(client, cast.city_officer)
    page = client.get(issued.get_absolute_url()).content.decode()
    assert "统计口径有误。" in page
    assert "逾期未报1份" in page
    assert Bulletin.objects.get().withdrawn_reason == "统计口径有误。"


def test_who_is_named_reads_it_in_the_page_and_strangers_do_not(cast: Cast, issued: Bulletin, client: Client) -> None:
    Bulletin.objects.update(issued_at=stage.moment(*today_in_shanghai().timetuple()[:3]))
    sign_in(client, cast.city_officer)
    assert "川建城〔2026〕12号" in client.get(reverse("reporting:reports")).content.decode()
    received = client.get(reverse("reporting:bulletins"), {"which": "received"}).content.decode()
    assert issued.title in received
    assert "撤回通报" not in client.get(issued.get_absolute_url()).content.decode()

    for stranger in (cast.street_officer, cast.neighbour_officer):
        sign_in(client, stranger)
        assert client.get(issued.get_absolute_url()).status_code == 404


def test_the_pages_issue_keep_what_was_typed_and_withdraw(cast: Cast, owed: Obligation, client: Client) -> None:
    Obligation.objects.update(due_on="2026-01-10", deadline="2026-01-10")
    sign_in(client, cast.province_officer)
    address = f"{reverse('reporting:bulletin', args=[cast.province.code])}?year=2026"
    typed = {"by": today_in_shanghai().isoformat(), "number": "12", "signed_by": "杨帆", "asked": "请尽快补报。"}

    wrong = client.post(address, typed)
    client.post(address, {**typed, "number": "川建城(2026)12号"})
    made = Bulletin.objects.get()
    client.post(reverse("reporting:withdraw", args=[made.pk]), {"reason": "重发。"})

    assert wrong.status_code == 422
    assert "请尽快补报。" in wrong.content.decode()
    assert made.number == "川建城〔2026〕12号"
    assert Bulletin.objects.get().withdrawn_reason == "重发。"


def test_a_bulletin_comes_as_word_and_excel_and_each_copy_is_written_down(
    cast: Cast, issued: Bulletin, client: Client
) -> None:
    sign_in(client, cast.city_officer)

    word = client.get(reverse("reporting:issued_file", args=[issued.pk, "docx"]))
    table = client.get(reverse("reporting:issued_file", args=[issued.pk, "xlsx"]))
    listed = client.get(reverse("reporting:bulletins_export"))

    rows = list(load_workbook(BytesIO(b"".join(table.streaming_content))).active.iter_rows(values_only=True))
    assert word.status_code == 200
    assert rows[1][1] == "成都市"
    rows = list(load_workbook(BytesIO(b"".join(listed.streaming_content))).active.iter_rows(values_only=True))
    assert rows[1][0] == issued.number
    assert Entry.objects.filter(event="report.exported").count() == 3


def test_every_copy_of_a_filed_report_is_written_down_whatever_its_format(
    cast: Cast, owed: Obligation, client: Client
) -> None:
    texts = {"carried-out": "一。", "effect": "二。", "progress": "三。"}
    row = actions.save(owed, texts=texts, typed={}, revision=1, by=cast.city_officer)
    actions.file(row, signed_by="陈静", revision=row.revision, by=cast.city_officer, at=stage.moment(2026, 11, 9))
    assert Filing.objects.count() == 1
    sign_in(client, cast.city_officer)

    for kind in ("docx", "xlsx"):
        answer = client.get(reverse("reporting:filing_file", args=[owed.pk, 1, kind]))
        assert b"".join(answer) if not answer.streaming else b"".join(answer.streaming_content)

    kept = Entry.objects.filter(event="report.exported", subject_id=str(owed.pk))
    assert [entry.details["格式"] for entry in kept.order_by("at", "pk")] == ["docx", "xlsx"]


def test_the_list_takes_few_queries(
    cast: Cast, issued: Bulletin, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    sign_in(client, cast.province_officer)

    with django_assert_max_num_queries(10):
        client.get(reverse("reporting:bulletins"))


@pytest.mark.django_db(transaction=True)
def test_two_posts_that_issue_one_number_at_once_issue_one_bulletin(cast: Cast, owed: Obligation) -> None:
    def send() -> str:
        try:
            bulletins.issue(cast.province, **WORDS, by=cast.province_officer, at=ISSUED)
        except Refused as problem:
            return next(iter(problem.problems))
        finally:
            connection.close()
        return "issued"

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(future.result() for future in [pool.submit(send), pool.submit(send)])

    assert outcomes == ["issued", "number"]
    assert Bulletin.objects.get().copies.count() == 1
