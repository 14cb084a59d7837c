"""Orders to put things right: terms, acknowledgement, proof, re-check, extension, escalation, withdrawal, the title at stake."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from io import BytesIO

import docx
import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from greenhood.accounts.access import NotAllowed
from greenhood.accounts.models import Post
from greenhood.history.models import Entry
from greenhood.kit import dates
from greenhood.kit.dates import today_in_shanghai
from greenhood.supervision import terms
from greenhood.supervision.actions import escalating, ordering, photos
from greenhood.supervision.actions.ordering import Demands
from greenhood.supervision.errors import Overtaken, Refused
from greenhood.supervision.models import Escalation, Finding, Order, Round
from greenhood.supervision.queries import lists, waits
from tests.cast import Cast, sign_in
from tests.coordination.stage import officer
from tests.declarations import stage as declared
from tests.declarations.test_awards import give, waiting_for_award
from tests.supervision import stage

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 11, 20)  # a Friday


def again(order: Order) -> Order:
    return Order.objects.select_related("issuer", "recipient").get(pk=order.pk)


def reported(cast: Cast) -> Order:
    order = stage.ordered(cast)
    ordering.acknowledge(order, by=cast.worker, revision=1)
    return ordering.report(order, by=cast.worker, revision=2, text="已清理。")


def test_order_goes_its_way_from_issue_to_passed(cast: Cast) -> None:
    order = reported(cast)

    done = ordering.accept(order, by=cast.county_officer, revision=3, opinion="现场已清理。")

    assert done.state == Order.State.PASSED
    assert done.rounds.get().result == Round.Result.PASSED
    events = list(Entry.objects.filter(event__startswith="order.").order_by("number").values_list("event", flat=True))
    assert events == ["order.issued", "order.acknowledged", "order.reported", "order.passed"]


@pytest.mark.parametrize(
    ("due_on", "words"),
    [
        (TODAY - dt.timedelta(days=1), "不晚于今天"),
        (TODAY, "不晚于今天"),
        (TODAY + dt.timedelta(days=2), "没有一个工作日"),
        (dt.date(2036, 1, 1), "超过一年"),
        (None, "2 月 31 日"),
    ],
)
def test_impossible_term_is_refused_with_the_clause(due_on: dt.date | None, words: str) -> None:
    with pytest.raises(Refused, match=words) as refused:
        terms.check_term(due_on, today=TODAY, clause="四(五)")
    if due_on and due_on <= TODAY:
        assert "四(五)" in str(refused.value)


def test_term_in_the_past_is_refused_over_the_web_and_nothing_is_lost(client: Client, cast: Cast) -> None:
    version = declared.publish("sichuan-2020")
    row = stage.found(cast, version=version)
    sign_in(client, cast.county_officer)
    url = reverse("supervision:new_order", args=[row.inspection_id])
    yesterday = today_in_shanghai() - dt.timedelta(days=1)
    sent = {
        "finding": [str(row.pk)],
        "recipient": cast.community.number,
        "demands": "清理楼道杂物",
        "due_on": str(yesterday),
    }

    past = client.post(url, sent)
    nowhere = client.post(url, sent | {"due_on": "2027-02-31"})

    assert (past.status_code, nowhere.status_code) == (422, 422)
    page = past.content.decode()
    assert "不晚于今天" in page
    assert version.scheme.upkeep.source in page
    assert "清理楼道杂物" in page
    assert f'value="{yesterday}"' in page
    assert Order.objects.count() == 0


def test_database_refuses_a_round_that_ends_before_it_begins(cast: Cast) -> None:
    order = stage.ordered(cast)

    with pytest.raises(IntegrityError), transaction.atomic():
        Round.objects.filter(order=order).update(due_on=today_in_shanghai())


def test_term_is_suggested_from_the_scheme_or_by_a_stated_default() -> None:
    version = declared.loaded("sichuan-2020").scheme

    own, default = terms.suggested(version, TODAY), terms.suggested(None, TODAY)

    assert own.clause == version.upkeep.source
    assert default.day == dt.date(2026, 12, 11)
    assert "15 个工作日" in default.reason


@pytest.mark.django_db(transaction=True)
def test_two_who_order_the_same_finding_at_once_make_one_order(cast: Cast) -> None:
    row = stage.found(cast)
    due_on = today_in_shanghai() + dt.timedelta(days=20)

    def one(_):
        try:
            ordering.issue([row], Demands(cast.community, "清理", due_on), issuer=cast.county, by=cast.county_officer)
            return "issued"
        except Refused:
            return "refused"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(one, range(2)))

    assert said == ["issued", "refused"]
    assert Order.objects.count() == 1


def test_numbers_of_an_issuer_follow_one_another(cast: Cast) -> None:
    assert [stage.ordered(cast).serial for _ in range(2)] == [1, 2]


def test_only_the_recipient_answers(cast: Cast) -> None:
    order = stage.ordered(cast)

    for actor in (cast.street_officer, cast.county_officer):
        with pytest.raises(NotAllowed):
            ordering.acknowledge(order, by=actor, revision=1)


def test_order_to_a_department_waits_for_its_officer(cast: Cast) -> None:
    row = stage.found(cast)
    due_on = today_in_shanghai() + dt.timedelta(days=20)
    officer(cast.county, "生态环境局")
    with pytest.raises(Refused, match="责任部门"):
        ordering.issue([row], Demands(cast.county, "清理", due_on), issuer=cast.county, by=cast.county_officer)

    order = ordering.issue(
        [row], Demands(cast.county, "清理", due_on, department="生态环境局"), issuer=cast.county, by=cast.county_officer
    )
    with pytest.raises(NotAllowed, match="生态环境局"):
        ordering.acknowledge(order, by=cast.department_officer, revision=1)
    Post.objects.filter(pk=cast.department_officer.post.pk).update(department="生态环境局")
    cast.department_officer.post.refresh_from_db()
    assert list(waits.orders_to_answer(cast.department_officer)) == [order]
    assert not waits.orders_to_answer(cast.county_officer).exists()
    assert ordering.acknowledge(order, by=cast.department_officer, revision=1).state == "acknowledged"


@pytest.mark.parametrize("written", ["住建局", "武侯区住房和城乡建设局", "住房城乡建设委"])
def test_department_is_known_by_its_line_of_work_however_it_is_written(cast: Cast, written: str) -> None:
    housing = officer(cast.county, "住房和城乡建设局")
    due_on = today_in_shanghai() + dt.timedelta(days=20)
    wanted = Demands(cast.county, "清理", due_on, department=written)

    order = ordering.issue([stage.found(cast)], wanted, issuer=cast.county, by=cast.county_officer)

    assert list(waits.orders_to_answer(housing)) == [order]
    assert (order.department, order.line) == (written, "住房城乡建设")
    assert ordering.acknowledge(order, by=housing, revision=1).state == "acknowledged"


def test_department_that_nobody_answers_for_is_refused_with_those_there_are(client: Client, cast: Cast) -> None:
    row = stage.found(cast)
    officer(cast.county, "住房和城乡建设局", name="陈立")
    gone = officer(cast.county, "公安局")
    Post.objects.filter(pk=gone.post.pk).update(valid_to=today_in_shanghai() - dt.timedelta(days=1))
    officer(cast.neighbour_county, "园林局")
    sign_in(client, cast.county_officer)
    url = reverse("supervision:new_order", args=[row.inspection.pk])
    sent = {
        "finding": [str(row.pk)], "recipient": cast.county.number, "demands": "立即清理三号院。",
        "due_on": (today_in_shanghai() + dt.timedelta(days=20)).isoformat(),
    }  # fmt: skip

    form = client.get(url).content.decode()
    answers = {name: client.post(url, sent | {"department": name}) for name in ("公安局", "园林局")}

    assert '<option value="住房和城乡建设局">武侯区 陈立</option>' in form
    assert "园林局" not in form
    for name, answer in answers.items():
        page = answer.content.decode()
        assert answer.status_code == 422
        assert f"武侯区没有“{name}”的岗位，发出后无人能签收。武侯区有人办理的部门：住房和城乡建设局" in page
        assert f'value="{name}"' in page
        assert "立即清理三号院。</textarea>" in page
    assert not Order.objects.exists()


def test_order_whose_department_was_left_by_everybody_says_so(client: Client, cast: Cast) -> None:
    housing = officer(cast.county, "住建局")
    wanted = Demands(cast.county, "清理", today_in_shanghai() + dt.timedelta(days=20), department="住建局")
    order = ordering.issue([stage.found(cast)], wanted, issuer=cast.county, by=cast.county_officer)
    sign_in(client, cast.county_officer)
    held = client.get(order.get_absolute_url()).content.decode()

    Post.objects.filter(pk=housing.post.pk).update(valid_to=today_in_shanghai() - dt.timedelta(days=1))
    left = client.get(order.get_absolute_url()).content.decode()

    assert "没有人员在岗" not in held
    assert "“住建局”现在没有人员在岗" in left


def test_recipient_must_cover_the_place_of_the_finding(cast: Cast) -> None:
    row = stage.found(cast)
    due_on = today_in_shanghai() + dt.timedelta(days=20)

    with pytest.raises(Refused, match="不归"):
        ordering.issue([row], Demands(cast.other_street, "清理", due_on), issuer=cast.county, by=cast.county_officer)
    with pytest.raises(Refused, match="不在武侯区"):
        ordering.issue(
            [row], Demands(cast.neighbour_county, "清理", due_on), issuer=cast.county, by=cast.county_officer
        )


def test_failed_recheck_gives_a_reason_and_another_term(cast: Cast) -> None:
    order = reported(cast)
    due_on = today_in_shanghai() + dt.timedelta(days=10)

    with pytest.raises(Refused, match="复查意见"):
        ordering.reject(order, by=cast.county_officer, revision=3, opinion="", due_on=due_on)
    with pytest.raises(Refused, match="不晚于今天"):
        ordering.reject(order, by=cast.county_officer, revision=3, opinion="还有", due_on=today_in_shanghai())
    again_ = ordering.reject(order, by=cast.county_officer, revision=3, opinion="还有杂物。", due_on=due_on)

    assert (again_.state, again_.round, again_.due_on) == ("acknowledged", 2, due_on)
    assert [one.result for one in again_.rounds.all()] == ["failed", ""]


def test_two_who_recheck_at_once_decide_once(cast: Cast) -> None:
    order = reported(cast)
    ordering.accept(order, by=cast.county_officer, revision=3, opinion="好")

    with pytest.raises(Overtaken, match="整改合格"):
        ordering.accept(order, by=cast.county_officer, revision=3, opinion="好")


def test_extension_needs_a_reason_and_a_later_day(cast: Cast) -> None:
    order = stage.ordered(cast, days=10)
    later = order.due_on + dt.timedelta(days=10)

    with pytest.raises(Refused, match="原因"):
        ordering.extend(order, by=cast.county_officer, revision=1, due_on=later, reason="")
    with pytest.raises(Refused, match="晚于原期限"):
        ordering.extend(order, by=cast.county_officer, revision=1, due_on=order.due_on, reason="施工")
    held = ordering.extend(order, by=cast.county_officer, revision=1, due_on=later, reason="施工受雨影响")

    assert held.due_on == held.rounds.get().due_on == later
    assert held.rounds.get().extensions[0]["reason"] == "施工受雨影响"


def test_withdrawn_order_sets_its_findings_free(cast: Cast) -> None:
    order = stage.ordered(cast)
    ordering.withdraw(order, by=cast.county_officer, revision=1, reason="问题不属实")
    row = Finding.objects.select_related("inspection").get()
    due_on = today_in_shanghai() + dt.timedelta(days=20)

    ordering.issue([row], Demands(cast.community, "重新整改", due_on), issuer=cast.county, by=cast.county_officer)

    assert Order.objects.count() == 2


# --- 督办 ------------------------------------------------------------------------------------------------------------------


def days_over(order: Order, days: int) -> dt.datetime:
    return stage.noon(order.due_on + dt.timedelta(days=days))


def test_overdue_order_goes_up_on_the_day_after_and_again_nothing_is_added(cast: Cast) -> None:
    order = stage.ordered(cast)

    assert escalating.escalate(at=days_over(order, 0)) == 0
    assert escalating.escalate(at=days_over(order, 1)) == 1
    assert escalating.escalate(at=days_over(order, 1)) == 0

    held = again(order)
    assert (held.watcher_id, held.escalated_on) == (cast.street_division.pk, order.due_on + dt.timedelta(days=1))
    assert list(waits.orders_to_watch(cast.street_officer)) == [order]
    assert not waits.orders_to_watch(cast.county_officer).exists()
    assert Entry.objects.filter(event="order.escalated").count() == 1


def test_it_goes_on_up_to_the_province_and_no_further(cast: Cast) -> None:
    order = stage.ordered(cast)

    escalating.escalate(at=days_over(order, 1))
    escalating.escalate(at=days_over(order, 8))
    assert again(order).watcher_id == cast.county.pk
    escalating.escalate(at=days_over(order, 60))

    steps = Escalation.objects.filter(order=order).values_list("division__name", flat=True)
    assert list(steps) == ["浆洗街街道", "武侯区", "成都市", "四川省"]
    assert escalating.escalate(at=days_over(order, 90)) == 0
    for actor in (cast.street_officer, cast.county_officer, cast.city_officer, cast.province_officer):
        assert list(waits.orders_to_watch(actor)) == [order]


@pytest.mark.parametrize(("days", "step"), [(0, 0), (1, 1), (3, 1), (8, 2), (15, 3)])
def test_steps_count_working_days(days: int, step: int) -> None:
    due_on = dt.date(2026, 11, 16)  # a Monday

    assert terms.step_on(due_on, due_on + dt.timedelta(days=days)) == step


def test_report_ends_the_watch_and_another_term_begins_its_own(cast: Cast) -> None:
    order = stage.ordered(cast)
    escalating.escalate(at=days_over(order, 1))
    held = again(order)
    ordering.report(held, by=cast.worker, revision=held.revision, text="已改", at=days_over(order, 2))

    assert not waits.orders_to_watch(cast.street_officer).exists()
    assert held.rounds.get().is_late
    later = order.due_on + dt.timedelta(days=20)
    held = sent_back(order, cast, later, days_over(order, 3))
    assert held.watcher_id == cast.street_division.pk
    assert list(waits.orders_to_watch(cast.street_officer)) == [order]
    assert escalating.escalate(at=stage.noon(later)) == 0
    escalating.escalate(at=stage.noon(later + dt.timedelta(days=1)))
    steps = Escalation.objects.filter(order=order).values_list("division__name", "step", "due_on")
    assert list(steps) == [("浆洗街街道", 1, order.due_on), ("武侯区", 2, later)]


def sent_back(order: Order, cast: Cast, due_on: dt.date, at: dt.datetime) -> Order:
    held = again(order)
    return ordering.reject(held, by=cast.county_officer, revision=held.revision, opinion="不行", due_on=due_on, at=at)


def test_report_in_time_that_is_sent_back_begins_its_term_anew(cast: Cast) -> None:
    order = stage.ordered(cast)
    ordering.report(order, by=cast.worker, revision=1, text="已改", at=days_over(order, -1))
    later = order.due_on + dt.timedelta(days=20)

    assert sent_back(order, cast, later, days_over(order, 1)).watcher_id is None
    escalating.escalate(at=stage.noon(later + dt.timedelta(days=1)))
    assert [one.division.name for one in Escalation.objects.filter(order=order)] == ["浆洗街街道"]


def test_longer_time_takes_a_late_order_down_again(cast: Cast) -> None:
    order = stage.ordered(cast)
    escalating.escalate(at=days_over(order, 1))
    ordering.report(again(order), by=cast.worker, revision=2, text="已改", at=days_over(order, 2))
    later = order.due_on + dt.timedelta(days=20)
    held = sent_back(order, cast, later, days_over(order, 3))
    longer = later + dt.timedelta(days=20)
    held = ordering.extend(
        held, by=cast.county_officer, revision=held.revision, due_on=longer, reason="施工", at=days_over(order, 4)
    )

    assert held.watcher_id is None
    escalating.escalate(at=stage.noon(longer + dt.timedelta(days=1)))
    assert again(order).watcher_id == cast.street_division.pk


def test_report_has_to_be_re_checked_by_a_day_or_the_office_is_pressed(cast: Cast) -> None:
    order = stage.ordered(cast)
    first = ordering.report(order, by=cast.worker, revision=1, text="改", at=days_over(order, -1))
    due_on = dates.add_working_days(order.due_on - dt.timedelta(days=1), 10)
    said = ordering.report(first, by=cast.worker, revision=2, text="改了一半", at=days_over(order, 2))

    assert first.recheck_on == said.recheck_on == due_on
    assert escalating.escalate(at=stage.noon(due_on)) == 0
    assert escalating.escalate(at=stage.noon(due_on + dt.timedelta(days=1))) == 1
    assert escalating.escalate(at=stage.noon(due_on + dt.timedelta(days=1))) == 0
    held = again(order)
    one = Escalation.objects.get()
    assert (one.duty, one.due_on, one.step, one.division) == ("recheck", due_on, 1, cast.city_officer.post.division)
    assert list(waits.orders_to_watch(cast.city_officer)) == [order]
    assert not waits.orders_to_watch(cast.street_officer).exists()
    escalating.urge(one, by=cast.city_officer, note="三日内复查")
    accepted = ordering.accept(held, by=cast.county_officer, revision=held.revision, opinion="已核实")
    assert (accepted.recheck_on, accepted.watcher_id) == (None, None)
    assert not waits.orders_to_watch(cast.city_officer).exists()


def test_overdue_re_check_is_late_in_the_office_s_list(client: Client, cast: Cast) -> None:
    order = stage.ordered(cast)
    ordering.report(order, by=cast.worker, revision=1, text="改")
    Order.objects.update(recheck_on=today_in_shanghai() - dt.timedelta(days=2))
    sign_in(client, cast.county_officer)

    assert waits.orders_to_recheck(cast.county_officer).filter(waits.is_late()).exists()
    listed = client.get(reverse("supervision:orders"), {"state": "unchecked"}).content.decode()
    page = client.get(order.get_absolute_url()).content.decode()
    assert order.recipient.name in listed
    assert "已逾期 2 天" in listed
    assert "已逾期 2 天" in page
    assert terms.RECHECK_REASON in page


def test_watching_division_says_what_is_to_be_done_once(cast: Cast) -> None:
    order = stage.ordered(cast)
    escalating.escalate(at=days_over(order, 1))
    one = Escalation.objects.get()

    with pytest.raises(NotAllowed):
        escalating.urge(one, by=cast.county_officer, note="请尽快")
    escalating.urge(one, by=cast.street_officer, note="三日内报送")
    with pytest.raises(Overtaken):
        escalating.urge(one, by=cast.street_officer, note="再催")
    assert Escalation.objects.get().note == "三日内报送"


def test_many_overdue_orders_take_a_fixed_number_of_queries(
    cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    orders = [stage.ordered(cast) for _ in range(3)]

    with django_assert_max_num_queries(14):
        assert escalating.escalate(at=days_over(orders[-1], 1)) == 3


# --- pages ------------------------------------------------------------------------------------------------------------------


def test_pages_of_an_order_for_both_sides(client: Client, cast: Cast) -> None:
    order = stage.ordered(cast)
    current = order.rounds.get()
    sign_in(client, cast.worker)
    url = reverse("supervision:attach", args=["round", current.pk])
    client.post(url, {"files": stage.picture(), "next": order.get_absolute_url()})

    assert "签收" in client.get(order.get_absolute_url()).content.decode()
    client.post(reverse("supervision:order_step", args=[order.pk, "report"]), {"revision": "1", "text": "已清理干净"})
    assert again(order).state == "reported"
    sign_in(client, cast.county_officer)
    page = client.get(order.get_absolute_url()).content.decode()
    assert "复查合格，办结" in page
    assert "整改前" in page
    assert "现场.jpg" in page
    assert client.post(url, {"files": stage.picture(90), "next": "/"}).status_code == 422
    assert len(photos.Attachment.objects.all()) == 1


def test_removed_photo_is_brought_back_on_the_page(client: Client, cast: Cast) -> None:
    order = stage.ordered(cast)
    page = order.get_absolute_url()
    sign_in(client, cast.worker)
    url = reverse("supervision:attach", args=["round", order.rounds.get().pk])
    client.post(url, {"files": stage.picture(), "next": page})
    photo = photos.Attachment.objects.get()
    restore = reverse("supervision:restore_photo", args=[photo.pk])

    assert restore not in client.get(page).content.decode()
    client.post(reverse("supervision:remove_photo", args=[photo.pk]), {"next": page})
    assert restore in client.get(page).content.decode()
    client.post(restore, {"next": page})
    photo.refresh_from_db()
    assert photo.removed_at is None
    assert restore not in client.get(page).content.decode()


def test_report_without_words_keeps_the_page(client: Client, cast: Cast) -> None:
    order = stage.ordered(cast)
    sign_in(client, cast.worker)

    response = client.post(reverse("supervision:order_step", args=[order.pk, "report"]), {"revision": "1", "text": " "})

    assert response.status_code == 422
    assert "请写明整改情况" in response.content.decode()


def test_strangers_find_no_order(client: Client, cast: Cast) -> None:
    order = stage.ordered(cast)

    for actor in (cast.other_worker, cast.neighbour_officer, cast.stranger):
        sign_in(client, actor)
        assert client.get(order.get_absolute_url()).status_code == 404
        assert client.get(reverse("supervision:order_paper", args=[order.pk, "docx"])).status_code == 404


def test_paper_says_what_by_when_and_by_whom(client: Client, cast: Cast) -> None:
    version = declared.publish("sichuan-2020")
    order = stage.ordered(cast, version=version)
    sign_in(client, cast.worker)

    response = client.get(reverse("supervision:order_paper", args=[order.pk, "docx"]))
    text = "\n".join(paragraph.text for paragraph in docx.Document(BytesIO(response.content)).paragraphs)

    assert "限期整改的通知书" in text
    assert "晋阳社区居委会" in text
    assert "8.1 不符合" in text
    assert f"{order.due_on.year}年{order.due_on.month}月{order.due_on.day}日前" in text


def test_open_orders_of_a_community_are_listed_and_counted_alike(
    client: Client, cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    first = stage.ordered(cast)
    sign_in(client, cast.county_officer)
    url = reverse("supervision:orders")
    client.get(url)
    with django_assert_max_num_queries(25) as one:
        client.get(url)
    stage.ordered(cast)
    stage.ordered(cast)

    with django_assert_max_num_queries(len(one)):
        client.get(url)

    assert lists.open_orders(cast.community).count() == 3
    assert first in lists.open_orders(cast.community)
    assert first.number in client.get(reverse("supervision:community", args=[cast.community.code])).content.decode()


def test_title_is_put_right_by_the_scheme_s_own_rectification(cast: Cast) -> None:
    version = declared.publish("sichuan-2020")
    award = give(waiting_for_award(cast, cast.community, "green-community", version), cast, timezone.now())
    order = stage.ordered(cast, version=version)

    tied = ordering.put_title_at_stake(order, award, by=cast.county_officer, revision=1)

    assert again(order).rectification == tied
    assert stage.fresh(award).state == "rectifying"
    with pytest.raises(Refused, match="已与"):
        ordering.put_title_at_stake(again(order), award, by=cast.county_officer, revision=2)


def test_double_click_issues_one_order(client: Client, cast: Cast) -> None:
    row = stage.found(cast)
    sign_in(client, cast.county_officer)
    url = reverse("supervision:new_order", args=[row.inspection.pk])
    sent = {
        "finding": [str(row.pk)], "recipient": cast.community.number, "demands": "清理",
        "due_on": (today_in_shanghai() + dt.timedelta(days=20)).isoformat(),
        "once": str(client.get(url).context["once"]),
    }  # fmt: skip

    first, again = (client.post(url, sent) for _ in range(2))

    assert first["Location"] == again["Location"] == Order.objects.get().get_absolute_url()
    assert Entry.objects.filter(event="order.issued").count() == 1


def test_recheck_is_asked_first_and_keeps_what_was_typed(client: Client, cast: Cast) -> None:
    order = reported(cast)
    sign_in(client, cast.county_officer)
    page = client.get(order.get_absolute_url()).content.decode()
    step = partial(reverse, "supervision:order_step")

    wrong = client.post(
        step(args=[order.pk, "reject"]), {"revision": "3", "opinion": "还有堆物", "due_on": "2026-02-31"}
    )
    late = client.post(step(args=[order.pk, "withdraw"]), {"revision": "1", "reason": "发错了"})

    assert "复查合格，办结这份整改通知？" in page
    assert "复查不合格，要求重新整改？" in page
    refused = wrong.content.decode()
    assert wrong.status_code == late.status_code == 422
    assert 'href="#reject-due_on"' in refused
    assert ">还有堆物</textarea>" in refused
    assert refused.count("data-confirm open") == 1
    assert ">发错了</textarea>" in late.content.decode()


def test_what_waits_is_cut_with_a_word_and_leads_to_all(
    client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "MOST_SHOWN", 2)
    for _ in range(3):
        stage.ordered(cast)
    stage.under_way(cast, communities=cast.communities)
    sign_in(client, cast.worker)
    theirs = client.get(reverse("supervision:mine")).content.decode()
    all_of_them = client.get(reverse("supervision:orders"), {"whose": "answer"})
    place = client.get(reverse("supervision:community", args=[cast.community.code])).content.decode()
    sign_in(client, cast.county_officer)
    sheets = client.get(reverse("supervision:mine")).content.decode()
    nothing = client.get(reverse("supervision:orders"), {"whose": "answer"})

    assert "等我整改（3）" in theirs
    assert "这里列出最早到期的 2 份，共 3 份" in theirs
    assert "?whose=answer" in theirs
    assert "只看等我整改的整改通知" in all_of_them.content.decode()
    assert (all_of_them.context["listed"].total.number, nothing.context["listed"].total.number) == (3, 0)
    assert "最近 2 份，共 3 份" in place
    assert "这里列出最早到期的 2 份，共 4 份" in sheets
