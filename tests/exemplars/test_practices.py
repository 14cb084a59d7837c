"""A practice from the first draft to the library, back again, and copied."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from importlib import import_module

import pytest
from django.db import connection
from django.http import Http404
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from greenhood.accounts.access import NotAllowed
from greenhood.accounts.actor import Actor
from greenhood.exemplars.actions import practices as actions
from greenhood.exemplars.errors import Overtaken, Refused
from greenhood.exemplars.models import Adoption, Edition, LibraryEntry, Practice
from greenhood.exemplars.queries import practices as queries
from greenhood.exemplars.queries import waits
from greenhood.history.models import Entry
from tests.cast import Cast, sign_in
from tests.declarations import stage as schemes
from tests.exemplars import stage
from tests.exemplars.stage import CONTENT

pytestmark = pytest.mark.django_db


def test_practice_waits_at_the_county_and_is_published_there(cast: Cast) -> None:
    row = stage.submitted(cast)
    assert row.waits_at == cast.county
    assert queries.to_review(cast.county_officer).count() == 1
    assert queries.to_review(cast.city_officer).count() == 0

    edition = actions.publish(row, revision=row.revision, by=cast.county_officer)

    assert (edition.number, edition.title, edition.published_in) == (1, CONTENT.title, cast.county)
    assert stage.fresh(row).state == Practice.State.PUBLISHED
    assert queries.to_review(cast.county_officer).count() == 0
    events = list(Entry.objects.filter(subject_id=str(row.pk)).order_by("at", "number").values_list("event", flat=True))
    assert events == ["practice.written", "practice.submitted", "practice.published"]


def test_handing_in_says_everything_that_is_missing(cast: Cast) -> None:
    row = stage.drafted(cast, summary="", conditions="", phone="", topics=())

    with pytest.raises(Refused) as refused:
        actions.submit(row, revision=row.revision, by=cast.worker)

    assert refused.value.problems.keys() == {"summary", "conditions", "phone", "criteria"}
    assert stage.fresh(row).state == Practice.State.DRAFT


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "长" * 61}, "title"),
        ({"phone": "13800138000"}, "phone"),
        ({"phone": "12"}, "phone"),
        ({"cost": Decimal(-1)}, "cost"),
        ({"months": 999}, "months"),
        ({"criteria": ("nowhere/1",)}, "criteria"),
        ({"topics": ("nonsense",)}, "topics"),
        ({"done": "找王书记 138-0013-8000 协调。"}, "done"),
        ({"problem": "张某（510107196001011234）反映。"}, "problem"),
        ({"figures": ({"name": "投诉", "before": "9", "after": "", "unit": ""},)}, "figures"),
    ],
)
def test_what_can_not_be_kept_is_refused_at_its_field(cast: Cast, changed: dict, field: str) -> None:
    with pytest.raises(Refused) as refused:
        actions.begin(cast.community, replace(CONTENT, **changed), by=cast.worker)

    assert list(refused.value.problems) == [field]
    assert not Practice.objects.exists()


def test_second_of_two_posts_at_once_is_told(cast: Cast) -> None:
    row = stage.submitted(cast)
    actions.publish(row, revision=row.revision, by=cast.county_officer)

    with pytest.raises(Overtaken):
        actions.publish(row, revision=row.revision, by=cast.county_officer)
    with pytest.raises(Overtaken):
        actions.give_back(row, reason="补充数据。", revision=row.revision, by=cast.county_officer)

    assert stage.fresh(row).editions.count() == 1


def test_only_the_government_at_which_it_waits_reviews(cast: Cast) -> None:
    row = stage.submitted(cast)

    for stranger in (cast.city_officer, cast.street_officer, cast.neighbour_officer, cast.worker):
        with pytest.raises((NotAllowed, Http404)):
            actions.publish(row, revision=row.revision, by=stranger)
    with pytest.raises(NotAllowed):
        actions.write(row, CONTENT, revision=row.revision, by=cast.street_officer)


def test_returned_practice_is_corrected_and_handed_in_again(cast: Cast) -> None:
    row = stage.submitted(cast)
    with pytest.raises(Refused):
        actions.give_back(row, reason="  ", revision=row.revision, by=cast.county_officer)

    row = actions.give_back(row, reason="请补充投入资金。", revision=row.revision, by=cast.county_officer)
    assert queries.returned(cast.worker).count() == 1
    row = actions.write(row, replace(CONTENT, cost=Decimal(80000)), revision=row.revision, by=cast.worker)
    assert row.state == Practice.State.RETURNED
    row = actions.submit(row, revision=row.revision, by=cast.worker)

    assert (row.state, row.waits_at, row.cost) == (Practice.State.SUBMITTED, cast.county, Decimal(80000))
    assert queries.returned(cast.worker).count() == 0


def test_new_words_leave_the_published_edition_until_they_are_published_too(cast: Cast) -> None:
    row = stage.published(cast)
    row = actions.write(row, replace(CONTENT, title="改了题目"), revision=row.revision, by=cast.worker)
    assert LibraryEntry.objects.get(practice=row).edition.title == CONTENT.title

    row = actions.submit(row, revision=row.revision, by=cast.worker)
    actions.publish(row, revision=row.revision, by=cast.county_officer)

    entry = LibraryEntry.objects.select_related("edition").get(practice=row)
    assert (entry.edition.title, entry.edition.number) == ("改了题目", 2)
    assert list(stage.fresh(row).editions.values_list("number", "title")) == [(2, "改了题目"), (1, CONTENT.title)]


def test_recommended_practice_goes_up_level_by_level(cast: Cast) -> None:
    row = stage.published(cast)
    row = actions.recommend(row, revision=row.revision, by=cast.county_officer)
    assert queries.to_review(cast.city_officer).count() == 1
    with pytest.raises(Refused):
        actions.write(row, CONTENT, revision=row.revision, by=cast.worker)

    row = actions.take_over(row, revision=row.revision, by=cast.city_officer)
    row = actions.recommend(row, revision=row.revision, by=cast.city_officer)
    row = actions.decline(row, reason="已有同类经验。", revision=row.revision, by=cast.province_officer)

    assert (row.published_in, row.waits_at, row.reason) == (cast.city, None, "已有同类经验。")
    assert LibraryEntry.objects.get(practice=row).level == cast.city.level


def test_withdrawn_practice_is_not_found_and_can_come_back(cast: Cast, client: Client) -> None:
    row = stage.published(cast)
    with pytest.raises(NotAllowed):
        actions.withdraw(row, reason="不再适用。", revision=row.revision, by=cast.other_worker)

    row = actions.withdraw(row, reason="不再适用。", revision=row.revision, by=cast.worker)

    assert client.get(row.get_absolute_url()).status_code == 404
    assert not LibraryEntry.objects.exists()
    row = actions.write(row, CONTENT, revision=row.revision, by=cast.worker)
    row = actions.submit(row, revision=row.revision, by=cast.worker)
    actions.publish(row, revision=row.revision, by=cast.county_officer)
    assert client.get(row.get_absolute_url()).status_code == 200


def test_withdrawn_edition_stays_so_when_the_next_one_is_published(cast: Cast, client: Client) -> None:
    row = stage.published(cast)
    row = actions.withdraw(row, reason="正文写了居民姓名。", revision=row.revision, by=cast.worker)
    row = actions.write(row, replace(CONTENT, title="改正后的"), revision=row.revision, by=cast.worker)
    row = actions.submit(row, revision=row.revision, by=cast.worker)
    actions.publish(row, revision=row.revision, by=cast.county_officer)
    first, second = (reverse("exemplars:edition", args=[row.pk, number]) for number in (1, 2))

    assert client.get(first).status_code == 404
    assert client.get(second).status_code == 200
    assert first not in client.get(row.get_absolute_url()).content.decode()
    sign_in(client, cast.neighbour_worker)
    assert client.get(first).status_code == 404
    # Those in whose scope it was written look up what it was.
    sign_in(client, cast.worker)
    assert "撤下，公众看不到" in client.get(first).content.decode()
    assert first in client.get(row.get_absolute_url()).content.decode()


def test_editions_withdrawn_before_they_were_marked_are_marked_by_the_migration(cast: Cast) -> None:
    again, gone, kept = (stage.published(cast, title=title) for title in ("撤下又发布", "撤下", "一直在"))
    for row in (again, gone):
        actions.withdraw(row, reason="写了姓名。", revision=row.revision, by=cast.worker)
    again = stage.fresh(again)
    for row, title in ((again, "改正后的"), (stage.fresh(kept), "第二版")):
        written = actions.write(row, replace(CONTENT, title=title), revision=row.revision, by=cast.worker)
        written = actions.submit(written, revision=written.revision, by=cast.worker)
        actions.publish(written, revision=written.revision, by=cast.county_officer)
    Edition.objects.update(withdrawn_at=None)

    with connection.cursor() as cursor:
        cursor.execute(import_module("greenhood.exemplars.migrations.0004_withdrawn_editions")._MARK)

    marked = Edition.objects.filter(withdrawn_at__isnull=False).values_list("practice", "number")
    assert set(marked) == {(again.pk, 1), (gone.pk, 1)}


def test_reviewer_of_new_words_can_look_at_what_the_public_sees(cast: Cast, client: Client) -> None:
    row = stage.published(cast)
    row = actions.write(row, replace(CONTENT, title="新的题目"), revision=row.revision, by=cast.worker)
    actions.submit(row, revision=row.revision, by=cast.worker)
    sign_in(client, cast.county_officer)

    page = client.get(row.get_absolute_url())
    public = client.get(f"{row.get_absolute_url()}?published")

    assert page.context["shown"].title == "新的题目"
    assert "?published" in page.content.decode()
    assert public.context["shown"].title == CONTENT.title


def test_photos_are_public_only_when_looked_at(cast: Cast, client: Client) -> None:
    row = stage.drafted(cast)
    shown = stage.photo(cast, row, actions.KIND)
    row = actions.submit(row, revision=row.revision, by=cast.worker)
    with pytest.raises(Refused) as refused:
        actions.publish(row, revision=row.revision, by=cast.county_officer, photos=[shown.pk])
    assert list(refused.value.problems) == ["photos"]
    address = reverse("exemplars:picture", args=[shown.pk, 320])
    assert client.get(address).status_code == 404

    actions.publish(row, revision=row.revision, by=cast.county_officer, photos=[shown.pk], are_checked=True)

    picture = client.get(address)
    assert picture.status_code == 200
    assert b"".join(picture.streaming_content)[:3] == b"\xff\xd8\xff"
    # The original tells where and when it was taken, so nobody outside gets it.
    assert client.get(reverse("exemplars:file", args=[shown.pk])).status_code == 404
    row = stage.fresh(row)
    actions.withdraw(row, reason="不再适用。", revision=row.revision, by=cast.worker)
    assert client.get(address).status_code == 404


def test_communities_that_copied_it_are_counted(cast: Cast) -> None:
    row = stage.published(cast)
    actions.adopt(row, cast.other_community, since=dt.date(2026, 3, 1), outcome="", by=cast.other_worker)
    actions.adopt(row, cast.other_community, since=dt.date(2026, 3, 1), outcome="投诉少了。", by=cast.other_worker)
    actions.adopt(row, cast.neighbour_community, since=dt.date(2026, 4, 1), outcome="", by=cast.neighbour_worker)

    assert LibraryEntry.objects.get(practice=row).adopted == 2
    noted = Adoption.objects.get(community=cast.other_community)
    assert noted.outcome == "投诉少了。"
    actions.drop(noted, by=cast.other_worker)
    assert LibraryEntry.objects.get(practice=row).adopted == 1


def test_what_communities_say_of_it_is_not_for_the_public(cast: Cast, client: Client) -> None:
    row = stage.published(cast)
    actions.adopt(row, cast.other_community, since=dt.date(2026, 3, 1), outcome="投诉少了。", by=cast.other_worker)
    with pytest.raises(Refused) as refused:
        actions.adopt(
            row,
            cast.neighbour_community,
            since=dt.date(2026, 3, 1),
            outcome="找小李 13800138000",
            by=cast.neighbour_worker,
        )
    assert refused.value.problems.keys() == {"outcome"}

    page = client.get(row.get_absolute_url()).content.decode()
    assert cast.other_community.name in page
    assert "投诉少了" not in page
    sign_in(client, cast.neighbour_worker)
    assert "投诉少了" in client.get(row.get_absolute_url()).content.decode()


def test_page_for_a_new_practice_that_is_sent_twice_makes_one(cast: Cast, client: Client) -> None:
    sign_in(client, cast.worker)
    key = client.get(reverse("exemplars:new")).context["key"]
    for _ in range(2):
        assert client.post(reverse("exemplars:new"), {"key": key, "title": "停车", "done": "划线"}).status_code == 302
    again = client.post(reverse("exemplars:new"), {"key": key, "title": "停车", "done": "又写了很多"})

    assert again.status_code == 422
    assert "又写了很多" in again.content.decode()
    assert Practice.objects.get().done == "划线"
    assert Entry.objects.filter(event="practice.written").count() == 1


def test_history_tells_of_a_change_once_a_sitting(cast: Cast) -> None:
    row = stage.published(cast)
    changes = Entry.objects.filter(event="practice.changed", subject_id=str(row.pk))
    now = timezone.now()

    row = actions.write(row, replace(CONTENT, title="一"), revision=row.revision, by=cast.worker, at=now)
    for minute, title in ((1, "二"), (2, "三")):
        at = now + dt.timedelta(minutes=minute)
        row = actions.write(row, replace(CONTENT, title=title), revision=row.revision, by=cast.worker, at=at)
    assert changes.count() == 1
    actions.write(
        row, replace(CONTENT, title="四"), revision=row.revision, by=cast.worker, at=now + dt.timedelta(hours=1)
    )

    assert changes.count() == 2


def test_adoption_of_ones_own_or_of_the_future_is_refused(cast: Cast) -> None:
    row = stage.published(cast)

    with pytest.raises(Refused, match="本社区自己的经验"):
        actions.adopt(row, cast.community, since=dt.date(2026, 3, 1), outcome="", by=cast.worker)
    with pytest.raises(Refused, match="不能晚于今天"):
        actions.adopt(row, cast.other_community, since=dt.date(2999, 1, 1), outcome="", by=cast.other_worker)
    with pytest.raises(Refused, match="由采用这个做法的社区"):
        actions.adopt(row, cast.street_division, since=dt.date(2026, 3, 1), outcome="", by=cast.street_officer)

    assert not Adoption.objects.exists()


# --- pages ------------------------------------------------------------------------------------------------------------


def test_visitor_reads_a_published_practice_and_no_draft(cast: Cast, client: Client) -> None:
    row, draft = stage.published(cast), stage.drafted(cast, title="还没写好")

    page = client.get(row.get_absolute_url())

    assert page.status_code == 200
    assert CONTENT.done in page.content.decode()
    assert cast.worker.user.name not in page.content.decode()
    assert client.get(draft.get_absolute_url()).status_code == 404
    sign_in(client, cast.neighbour_worker)
    assert client.get(draft.get_absolute_url()).status_code == 404
    sign_in(client, cast.street_officer)
    assert client.get(draft.get_absolute_url()).status_code == 200


def test_form_keeps_what_was_typed_when_it_is_refused(cast: Cast, client: Client) -> None:
    sign_in(client, cast.worker)

    page = client.post(
        reverse("exemplars:new"),
        {
            "title": "停车",
            "done": "先商量再划线",
            "phone": "13800138000",
            "figure-0-name": "车位",
            "topics": ["parking"],
        },
    )

    text = page.content.decode()
    assert page.status_code == 422
    assert "不要填写个人手机号" in text
    assert "数据对比每行都要有" in text
    assert "先商量再划线" in text
    assert 'value="车位"' in text


def test_writing_handing_in_and_publishing_over_the_pages(cast: Cast, client: Client) -> None:
    schemes.publish("national-2020")
    version = schemes.publish("sichuan-2020")
    sign_in(client, cast.worker)
    typed = {
        **{name: value for name, value in CONTENT.columns.items() if isinstance(value, str)},
        "topics": ["green"],
        "criteria": [f"{version.scheme_id}/5"],
        "figure-0-name": "投诉",
        "figure-0-before": "9",
        "figure-0-after": "1",
    }
    client.post(reverse("exemplars:new"), typed)
    row = Practice.objects.get()
    edit = reverse("exemplars:edit", args=[row.pk])
    assert client.get(edit).status_code == 200

    sent = client.post(edit, {**typed, "revision": row.revision, "then": "submit"}, follow=True)
    assert "等武侯区审核" in sent.content.decode()
    row.refresh_from_db()
    sign_in(client, cast.county_officer)
    assert CONTENT.title in client.get(reverse("exemplars:mine")).content.decode()
    assert "全部等我审核的" in client.get(reverse("exemplars:mine")).content.decode()
    assert "公开哪些照片" not in client.get(row.get_absolute_url()).content.decode()
    client.post(reverse("exemplars:step", args=[row.pk, "publish"]), {"revision": row.revision})

    row = stage.fresh(row)
    assert row.entry.tags == [f"{version.scheme_id}/5", "t:green"]
    assert row.figures == [{"name": "投诉", "before": "9", "after": "1", "unit": ""}]


def test_waiting_kinds_concern_only_posts_that_can_act(cast: Cast) -> None:
    stage.submitted(cast)

    counts = {
        name: {kind.key: rows.count() for kind in waits.WAITING if (rows := kind.rows(actor)) is not None}
        for name, actor in {"county": cast.county_officer, "worker": cast.worker, "expert": cast.expert}.items()
    }

    assert counts["county"]["practices_to_review"] == 1
    assert "practices_to_review" not in counts["worker"]
    assert counts["expert"] == {}
    assert all(kind.rows(Actor.system()) is None for kind in waits.WAITING)


def test_community_of_another_city_notes_over_the_page_that_it_copied_a_practice(cast: Cast, client: Client) -> None:
    row = stage.published(cast)
    sign_in(client, cast.neighbour_worker)
    assert "我们也用了" in client.get(row.get_absolute_url()).content.decode()
    address, practice = reverse("exemplars:adopt"), {"practice": row.pk}
    refused = client.post(address, {**practice, "since": "2026-02-31", "outcome": "停车有序了"})
    assert refused.status_code == 422
    assert "停车有序了" in refused.content.decode()

    client.post(address, {**practice, "since": "2026-03-01", "outcome": "停车有序了"})

    assert Adoption.objects.get().community == cast.neighbour_community
    client.post(reverse("exemplars:drop"), practice)
    assert not Adoption.objects.exists()
    assert client.post(address, {"practice": "x"}).status_code == 404
