"""How reports and bulletins stand on paper: who signs, what is attached, how shares are said (GB/T 9704-2012)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from greenhood.accounts.models import Post
from greenhood.reporting import papers
from greenhood.reporting.models import Filing
from greenhood.reporting.queries import Completeness
from tests.cast import Cast
from tests.reporting.test_history import owed as owed
from tests.reporting.test_report import filed

pytestmark = pytest.mark.django_db

DAY = dt.date(2026, 11, 20)


@pytest.mark.parametrize(
    ("department", "sender"),
    [("住房和城乡建设局", "成都市住房和城乡建设局"), ("成都市住建局", "成都市住建局"), ("", "成都市")],
)
def test_a_paper_is_signed_by_the_office_of_the_post(cast: Cast, department: str, sender: str) -> None:
    post = Post(division=cast.city, department=department)

    assert papers.sender_of(cast.city, post) == sender
    assert papers.sender_of(cast.province, post) == "四川省"


def test_a_report_is_signed_and_dated_before_its_tables_which_are_attached(cast: Cast, owed: object) -> None:
    Post.objects.filter(pk=cast.city_officer.post.pk).update(department="住房和城乡建设局")
    kept = filed(owed, cast.city_officer)

    paper = papers.filed(Filing.objects.select_related("filed_post", "obligation__reporter").get(pk=kept.pk))

    assert paper["sender"] == "成都市住房和城乡建设局"
    assert {part["kind"] for part in paper["body"]} == {"heading", "text"}
    assert [one["title"] for one in paper["attachments"]] == [f"数据（{paper['date']}取数）", "评估依据"]


@pytest.mark.parametrize(("on_time", "said"), [(1, "4.8%"), (21, "100%"), (0, "0%")])
def test_shares_on_paper_are_those_of_the_pages(cast: Cast, on_time: int, said: str) -> None:
    whole = Completeness(cast.province, 21, on_time, on_time, 0, 0, 21 - on_time)

    paper = papers.bulletin(cast.province, whole, [], year=2026, by=DAY, issued_on=DAY)

    assert f"完整率{said}" in paper["body"][1]["text"]


def test_what_is_short_of_all_is_not_said_to_be_all() -> None:
    assert papers._percent(Decimal(9999) / 10000) == "99.9%"
