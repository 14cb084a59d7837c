"""Lists: who sees what, in which order, filtered and paged, with the same few queries whatever the number of rows."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from greenhood.accounts.models import Post
from greenhood.declarations import paging, queries
from greenhood.declarations.models import Declaration, Notice, NoticeEntry, Status
from greenhood.declarations.queries import listing
from greenhood.declarations.queries.listing import Filters
from greenhood.schemes.models import SchemeVersion
from tests.cast import Cast, sign_in
from tests.declarations import stage
from tests.declarations.test_awards import add_communities, hold
from tests.declarations.test_concurrency import at_the_street

pytestmark = pytest.mark.django_db
MOST_QUERIES = 15


def queries_of(client: Client, name: str, *args: object, **query: object) -> int:
    with CaptureQueriesContext(connection) as captured:
        response = client.get(reverse(f"declarations:{name}", args=args), query)
    assert response.status_code == 200
    # A test's own transaction turns every inner one into a savepoint; an installation has none.
    return sum("SAVEPOINT" not in query["sql"] for query in captured.captured_queries)


@pytest.fixture
def waiting(cast: Cast, sichuan: SchemeVersion) -> list[Declaration]:
    return at_the_street(cast, add_communities(cast, 2), sichuan)


def test_lists_take_the_same_few_queries_for_one_row_and_for_many(
    client: Client, cast: Cast, sichuan: SchemeVersion
) -> None:
    stage.declare(cast.community, cast.worker)
    notice = Notice.objects.create(
        version=sichuan, step="notice", division=cast.places["province"], title="公示", opens_on=dt.date(2026, 3, 3),
        closes_on=dt.date(2026, 3, 9), days=5, day_kind="working", show_scores="total", published_at=stage.moment(2026, 3, 2),
    )  # fmt: skip
    hold(cast.community, sichuan, "green-community", dt.date(2025, 1, 1), "G00000000001")
    NoticeEntry.objects.create(notice=notice, declaration=Declaration.objects.first())
    pages = [("todo",), ("list",), ("notices",), ("notice", notice.pk), ("register",), ("new_notice",), ("upkeep",)]
    sign_in(client, cast.province_officer)
    for one in pages:
        queries_of(client, *one)
    sign_in(client, cast.street_officer)
    street = ("todo", "list")
    few = {name: queries_of(client, name) for name in street}
    sign_in(client, cast.province_officer)
    few |= {one: queries_of(client, *one) for one in pages}

    for number, place in enumerate(add_communities(cast, 60)):
        award = hold(place, sichuan, "green-community", dt.date(2025, 1, 1), f"N{number:011d}")
        NoticeEntry.objects.create(notice=notice, declaration=award.declaration)
        Declaration.objects.filter(pk=award.declaration_id).update(status=Status.ACTIVE, step="recommend", level=4)

    many = {one: queries_of(client, *one) for one in pages}
    sign_in(client, cast.street_officer)
    many |= {name: queries_of(client, name) for name in street}
    assert many == few
    assert max(many.values()) <= MOST_QUERIES


def test_what_waits_is_counted_for_the_post_whose_turn_it_is(waiting: list[Declaration], cast: Cast) -> None:
    counts = {
        name: queries.todo_count(getattr(cast, name))
        for name in (
            "street_officer",
            "county_officer",
            "worker",
            "neighbour_officer",
            "national_observer",
            "expert",
            "stranger",
        )
    }
    assert counts == dict.fromkeys(counts, 0) | {"street_officer": 3}

    Declaration.objects.filter(pk=waiting[0].pk).update(status=Status.RETURNED, level=5)
    assert queries.todo_count(cast.worker) == 1
    assert queries.todo_count(cast.street_officer) == 2


def test_another_department_of_the_level_has_nothing_to_do(waiting: list[Declaration], cast: Cast) -> None:
    Declaration.objects.update(step="county-review", level=3, department="县（市、区）住房城乡建设部门")
    assert queries.todo_count(cast.county_officer) == 3
    for department, expected in (("武侯区住房和城乡建设局", 3), ("生态环境局", 0)):
        Post.objects.filter(pk=cast.county_officer.post.pk).update(department=department)
        cast.county_officer.post.department = department
        assert queries.todo_count(cast.county_officer) == expected


def test_the_first_to_fall_due_comes_first_and_pages_follow_without_gaps(
    waiting: list[Declaration], cast: Cast, sichuan: SchemeVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_the_street_more = add_communities_with_declarations(cast, sichuan, 7)
    days = [None, dt.date(2026, 5, 1), dt.date(2026, 4, 1)]
    for number, row in enumerate([*waiting, *at_the_street_more]):
        arrived = stage.moment(2026, 3, 28 - number)
        Declaration.objects.filter(pk=row.pk).update(due_on=days[number % 3], since=arrived)
    monkeypatch.setattr(paging.page, "__kwdefaults__", {"after": "", "before": "", "size": 4})

    seen, after, keys = [], "", [""]
    for _ in range(5):
        lines = listing.todo(cast.street_officer, Filters(), after=after)
        seen += [line.declaration for line in lines.rows]
        after = lines.page.next
        if not after:
            break
        keys.append(after)

    assert len(seen) == len({row.pk for row in seen}) == 10
    assert [row.due_on for row in seen] == sorted((row.due_on for row in seen), key=lambda day: day or dt.date.max)
    undated = [row.since for row in seen if row.due_on is None]
    assert undated == sorted(undated)
    back = listing.todo(cast.street_officer, Filters(), before=lines.page.previous)
    assert [line.declaration.pk for line in back.rows] == [row.pk for row in seen[4:8]]
    assert back.page.next == keys[2]


def add_communities_with_declarations(cast: Cast, version: SchemeVersion, count: int) -> list[Declaration]:
    base = cast.places["street"].code + 300
    rows = []
    for number in range(count):
        place = type(cast.community).objects.create(
            id=base + number,
            code=base + number,
            parent=cast.places["street"],
            level=5,
            name=f"新{number}社区",
            urban_rural_class=111,
        )
        rows.append(hold(place, version, "green-community", dt.date(2025, 1, 1), f"X{number:011d}").declaration)
        Declaration.objects.filter(pk=rows[-1].pk).update(status=Status.ACTIVE, step="recommend", level=4)
    return rows


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(), 3),
        (Filters(status="returned"), 1),
        (Filters(step="recommend"), 3),
        (Filters(step="notice"), 0),
        (Filters(year=2025), 0),
        (Filters(within=510107001000), 3),
        (Filters(within=510104000000), 0),
        (Filters(text="晋阳"), 1),
        (Filters(overdue=True), 1),
        (Filters(title="demonstration"), 0),
        (Filters(scheme="sichuan-2020"), 3),
    ],
)
def test_filters_narrow_the_list(waiting: list[Declaration], cast: Cast, filters: Filters, expected: int) -> None:
    Declaration.objects.filter(pk=waiting[1].pk).update(status=Status.RETURNED, level=5)
    Declaration.objects.filter(pk=waiting[2].pk).update(due_on=dt.date(2020, 1, 1))

    assert listing.declarations(cast.county_officer, filters).count.number == expected


def test_a_neighbour_sees_nothing(waiting: list[Declaration], cast: Cast) -> None:
    assert listing.declarations(cast.neighbour_officer, Filters()).rows == []
    assert listing.declarations(cast.city_officer, Filters()).count.number == 3


def test_a_long_list_is_counted_only_so_far(waiting: list[Declaration]) -> None:
    assert paging.count(Declaration.objects.all(), most=2) == paging.Count(2, True)
    assert paging.count(Declaration.objects.all(), most=3) == paging.Count(3, False)


def test_nonsense_in_the_address_opens_the_first_page(waiting: list[Declaration], cast: Cast, client: Client) -> None:
    sign_in(client, cast.street_officer)
    for query in (
        {"after": "x"},
        {"after": "2026-13-99_1"},
        {"before": "_"},
        {"year": "abc", "within": "77", "status": "nothing", "step": "'"},
        {"q": "%_'\\" * 20},
    ):
        for name in ("todo", "list", "register", "notices"):
            assert client.get(reverse(f"declarations:{name}"), query).status_code == 200


def test_bulk_from_the_page_says_what_was_not_done(waiting: list[Declaration], cast: Cast, client: Client) -> None:
    sign_in(client, cast.street_officer)
    chosen = [f"{row.pk}:1" for row in waiting[:2]]
    nothing = client.post(reverse("declarations:bulk"), {"verb": "pass"}, follow=True).content.decode()
    assert "没有选择申报" in nothing
    no_opinion = client.post(reverse("declarations:bulk"), {"verb": "pass", "chosen": chosen}, follow=True)
    assert "请写明意见" in no_opinion.content.decode()
    sent = {"verb": "pass", "chosen": [*chosen, "nonsense", f"{waiting[2].pk}:9"], "opinion": "同意推荐"}
    html = client.post(reverse("declarations:bulk"), sent, follow=True).content.decode()
    assert "已通过 2 件" in html
    assert "未办理" in html
    assert queries.todo_count(cast.street_officer) == 1
