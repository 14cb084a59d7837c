"""Who opens accounts, who grants posts, and that neither does the other's work (三权分立)."""

from __future__ import annotations

import datetime as dt
import re
from io import BytesIO, StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from greenhood.accounts import actions, passwords, queries
from greenhood.accounts.access import NotAllowed
from greenhood.accounts.actor import Actor
from greenhood.accounts.events import Event
from greenhood.accounts.models import Interest, Post, Role, User
from greenhood.accounts.problems import PasswordRefused, Refused
from greenhood.history.models import Entry
from greenhood.kit.dates import today_in_shanghai
from tests.cast import Cast, sign_in


def told(event: Event) -> Entry:
    return Entry.objects.get(event=event, person_id__gt="")


# Accounts


def test_system_administrator_opens_an_account_in_their_division(cast: Cast) -> None:
    created = actions.create_user(by=cast.system_admin, username="new-officer", name="新同志", phone="028-1")

    user = User.objects.get(username="new-officer")
    assert (user.name, user.managed_in, user.must_change_password) == ("新同志", cast.county, True)
    assert user.check_password(created.one_time_password)
    entry = told(Event.USER_CREATED)
    assert (entry.subject_id, entry.division_code, entry.person_name) == (str(user.pk), cast.county.code, "何管理")
    assert created.one_time_password not in str(list(Entry.objects.values()))


@pytest.mark.parametrize("role", ["security_admin", "audit_admin", "county_officer", "auditor", "worker"])
def test_others_open_no_accounts(cast: Cast, role: str) -> None:
    with pytest.raises((NotAllowed, Http404)):
        actions.create_user(by=cast.actors[role], username="x-y-z", name="某人")


@pytest.mark.parametrize("role", ["system_admin", "audit_admin", "county_officer", "auditor", "worker"])
def test_others_grant_no_posts(cast: Cast, role: str) -> None:
    with pytest.raises((NotAllowed, Http404)):
        actions.grant_post(cast.worker.user, by=cast.actors[role], role=Role.GRID_WORKER, division=cast.community)


def test_visitor_does_nothing(cast: Cast) -> None:
    with pytest.raises(NotAllowed, match="请先登录"):
        actions.create_user(by=cast.resident, username="x-y-z", name="某人")


def test_account_in_another_county_is_out_of_reach(cast: Cast) -> None:
    for act in (
        lambda: actions.create_user(by=cast.system_admin, username="x-y-z", name="某", division=cast.neighbour_county),
        lambda: actions.reset_password(cast.neighbour_worker.user, by=cast.system_admin),
        lambda: actions.disable_user(cast.neighbour_worker.user, by=cast.system_admin, reason="无"),
        lambda: actions.reset_password(cast.city_officer.user, by=cast.system_admin),
        lambda: actions.reset_password(cast.stranger.user, by=cast.system_admin),
    ):
        with pytest.raises(Http404):
            act()


def test_name_that_is_taken_is_refused_and_nothing_is_opened(cast: Cast) -> None:
    people = [actions.NewPerson("fresh-one", "甲"), actions.NewPerson("worker", "乙")]

    with pytest.raises(Refused, match="worker"):
        actions.create_users(people, by=cast.system_admin)

    assert not User.objects.filter(username="fresh-one").exists()


def test_one_time_password_meets_every_rule() -> None:
    user = User(username="zhangmin", name="张敏")

    made = {passwords.one_time_password(user) for _ in range(50)}

    assert len(made) == 50
    assert {len(one) for one in made} == {12}
    for one in made:
        passwords.check(one, user)


@pytest.mark.parametrize(("password", "kinds"), [("abc", 1), ("abC", 2), ("aB1", 3), ("aB1-", 4), ("密码a1", 3)])
def test_kinds_of_characters_are_counted(password: str, kinds: int) -> None:
    assert passwords.kinds(password) == kinds


def test_every_broken_rule_is_named_at_once() -> None:
    with pytest.raises(PasswordRefused) as refused:
        passwords.check("zhangmi", User(username="zhangmi", name="张敏"))

    assert len(refused.value.reasons) >= 3


def test_disabling_twice_is_refused(cast: Cast) -> None:
    actions.disable_user(cast.worker.user, by=cast.system_admin, reason="调离")

    with pytest.raises(Refused, match="已经停用"):
        actions.disable_user(cast.worker.user, by=cast.system_admin, reason="调离")
    actions.enable_user(cast.worker.user, by=cast.system_admin, reason="误停")
    assert User.objects.get(pk=cast.worker.user.pk).is_active


def test_administrator_neither_disables_nor_resets_themselves(cast: Cast) -> None:
    for act in (
        lambda: actions.disable_user(cast.system_admin.user, by=cast.system_admin, reason="无"),
        lambda: actions.reset_password(cast.system_admin.user, by=cast.system_admin),
    ):
        with pytest.raises(Refused, match="自己"):
            act()


def test_changed_details_are_recorded_with_what_they_were(cast: Cast) -> None:
    actions.change_user(cast.worker.user, by=cast.system_admin, employer="桐梓林社区居委会", name="李芳")

    assert told(Event.USER_CHANGED).details == {
        "原": {"employer": "晋阳社区居委会"},
        "现": {"employer": "桐梓林社区居委会"},
    }


# Posts


def test_security_administrator_grants_a_post(cast: Cast) -> None:
    post = actions.grant_post(
        cast.worker.user, by=cast.security_admin, role=Role.GRID_WORKER, division=cast.other_community
    )

    assert (post.valid_from, post.valid_to) == (today_in_shanghai(), None)
    entry = told(Event.POST_GRANTED)
    assert (entry.division_code, entry.details["岗位"]) == (cast.other_community.code, "广福桥社区居委会 网格员")


def test_nobody_grants_a_post_to_themselves(cast: Cast) -> None:
    with pytest.raises(NotAllowed, match="不能给自己"):
        actions.grant_post(
            cast.security_admin.user, by=cast.security_admin, role=Role.COUNTY_OFFICER, division=cast.county
        )


@pytest.mark.parametrize("place", ["city", "province", "nation", "neighbour_county", "neighbour_community"])
def test_post_beyond_ones_own_division_is_not_granted(cast: Cast, place: str) -> None:
    with pytest.raises(Http404):
        actions.grant_post(
            cast.worker.user, by=cast.security_admin, role=Role.DEPARTMENT_OFFICER, division=cast.places[place]
        )


def test_person_of_another_county_is_not_granted_a_post(cast: Cast) -> None:
    with pytest.raises(Http404):
        actions.grant_post(
            cast.neighbour_worker.user, by=cast.security_admin, role=Role.GRID_WORKER, division=cast.community
        )


@pytest.mark.parametrize(
    ("role", "place", "reason"),
    [
        (Role.COMMUNITY_WORKER, "county", "须授予社区的区划"),
        (Role.COUNTY_OFFICER, "community", "须授予县级的区划"),
        (Role.SYSTEM_ADMIN, "county", "不得兼任"),
        (Role.COMMUNITY_WORKER, "community", "已有相同的岗位"),
    ],
)
def test_post_that_cannot_be_is_refused_with_the_reason(cast: Cast, role: Role, place: str, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        actions.grant_post(cast.worker.user, by=cast.security_admin, role=role, division=cast.places[place])


def test_administrator_takes_no_other_post(cast: Cast) -> None:
    for role in (Role.SECURITY_ADMIN, Role.AUDIT_ADMIN, Role.COUNTY_OFFICER):
        with pytest.raises(Refused, match="不得兼任"):
            actions.grant_post(cast.system_admin.user, by=cast.security_admin, role=role, division=cast.county)


def test_administrator_may_take_another_post_after_the_first_has_ended(cast: Cast) -> None:
    actions.end_post(cast.system_admin.post, by=cast.security_admin, reason="轮岗")

    actions.grant_post(cast.system_admin.user, by=cast.security_admin, role=Role.AUDIT_ADMIN, division=cast.county)


def test_dates_the_wrong_way_round_are_refused(cast: Cast) -> None:
    with pytest.raises(Refused, match="不能早于"):
        actions.grant_post(
            cast.worker.user,
            by=cast.security_admin,
            role=Role.GRID_WORKER,
            division=cast.community,
            valid_from=dt.date(2026, 5, 2),
            valid_to=dt.date(2026, 5, 1),
        )


def test_ended_post_was_last_held_yesterday(cast: Cast) -> None:
    actions.end_post(cast.worker.post, by=cast.security_admin, reason="调离")

    post = Post.objects.get(pk=cast.worker.post.pk)
    assert post.valid_to == today_in_shanghai() - dt.timedelta(days=1)
    assert told(Event.POST_ENDED).details["原因"] == "调离"
    with pytest.raises(Refused, match="已于"):
        actions.end_post(post, by=cast.security_admin, reason="再次")


def test_post_granted_today_by_mistake_can_be_taken_back_today(cast: Cast) -> None:
    post = actions.grant_post(cast.worker.user, by=cast.security_admin, role=Role.GRID_WORKER, division=cast.community)

    actions.end_post(post, by=cast.security_admin, reason="误授")

    assert [held.role for held in queries.valid_posts(cast.worker.user)] == [Role.COMMUNITY_WORKER]
    actions.grant_post(cast.worker.user, by=cast.security_admin, role=Role.GRID_WORKER, division=cast.community)


def test_post_is_held_on_its_first_and_last_day() -> None:
    post = Post(valid_from=dt.date(2026, 3, 1), valid_to=dt.date(2026, 3, 31))

    days = [dt.date(2026, 2, 28), dt.date(2026, 3, 1), dt.date(2026, 3, 31), dt.date(2026, 4, 1)]
    assert [post.is_held_on(day) for day in days] == [False, True, True, False]


# Interests


def test_everyone_declares_their_own_interests(cast: Cast) -> None:
    interest = actions.record_interest(
        cast.expert.user, by=cast.expert, division=cast.community, reason="承担过该社区改造设计"
    )

    assert interest.is_self_declared
    assert told(Event.INTEREST_RECORDED).details["本人申报"] is True


def test_officer_who_runs_panels_notes_those_of_experts_only(cast: Cast) -> None:
    actions.record_interest(cast.expert.user, by=cast.county_officer, employer="锦城物业公司", reason="兼职顾问")

    for outsider in (cast.neighbour_worker, cast.worker):
        with pytest.raises(Http404):
            actions.record_interest(outsider.user, by=cast.county_officer, employer="某单位", reason="无")


def test_worker_notes_no_interests_of_others(cast: Cast) -> None:
    with pytest.raises((NotAllowed, Http404)):
        actions.record_interest(cast.expert.user, by=cast.worker, division=cast.community, reason="无")


def test_nobody_takes_back_their_own_interest(cast: Cast) -> None:
    interest = actions.record_interest(cast.worker.user, by=cast.worker, division=cast.community, reason="任职")

    with pytest.raises(NotAllowed, match="涉及本人"):
        actions.remove_interest(interest, by=cast.worker, reason="无")
    actions.remove_interest(interest, by=cast.security_admin, reason="核实有误")

    assert not Interest.objects.exists()
    assert told(Event.INTEREST_REMOVED).details["撤销原因"] == "核实有误"


def test_interest_in_nothing_is_refused(cast: Cast) -> None:
    with pytest.raises(Refused, match="至少一项"):
        actions.record_interest(cast.expert.user, by=cast.expert, reason="无")


# Pages


def test_list_shows_the_people_of_the_county_and_no_others(cast: Cast, client) -> None:
    names = {user.name for user in queries.people_for(cast.system_admin)}

    assert {"李芳", "张敏", "何管理"} <= names
    assert not names & {"曹丽", "魏军", "陈静", "陌生人"}
    page = sign_in(client, cast.system_admin).get(reverse("accounts:people")).content.decode()
    assert "李芳" in page
    assert "曹丽" not in page


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"q": "李"}, ["worker"]),
        ({"q": "worker"}, ["worker"]),
        ({"role": "county_officer"}, ["county_officer"]),
        ({"division": "浆洗街街道"}, ["grid_worker", "other_worker", "property_manager", "street_officer", "worker"]),
        ({"state": "disabled"}, []),
    ],
)
def test_list_is_filtered_by_the_address(cast: Cast, client, wanted: dict[str, str], found: list[str]) -> None:
    page = sign_in(client, cast.security_admin).get(reverse("accounts:people"), wanted).content.decode()

    assert re.findall(r"<td><a href=[^>]*>([^<]+)</a>", page) == found


def test_list_asks_as_many_queries_for_three_as_for_thirty(cast: Cast, client, django_assert_max_num_queries) -> None:
    sign_in(client, cast.system_admin)
    for number in range(30):
        actions.create_user(by=cast.system_admin, username=f"p{number:02d}", name=f"人员{number}")

    for query in ("?q=p0", ""):
        with django_assert_max_num_queries(15):
            client.get(reverse("accounts:people") + query)


def test_pages_of_people_follow_each_other_without_gap(cast: Cast) -> None:
    everyone = queries.people(queries.people_for(cast.system_admin), queries.PeopleFilter())
    names = [user.username for user in everyone]

    first = queries.page_of_people(everyone, size=3)
    second = queries.page_of_people(everyone, after=first.next, size=3)
    back = queries.page_of_people(everyone, before=second.previous, size=3)

    assert [user.username for user in [*first.people, *second.people]] == names[:6]
    assert [user.username for user in back.people] == names[:3]
    assert (first.previous, back.previous) == ("", "")


def test_account_is_opened_in_the_browser_and_its_password_shown_once(cast: Cast, client) -> None:
    sign_in(client, cast.system_admin)

    response = client.post(reverse("accounts:create"), {"username": "chen.li", "name": "陈丽"})

    [password] = re.findall(r"<code>([^<]+)</code>", response.content.decode())
    user = User.objects.get(username="chen.li")
    assert user.check_password(password)
    assert "no-store" in response["Cache-Control"]
    assert password not in client.get(reverse("accounts:person", args=[user.pk])).content.decode()


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"username": "陈丽"}, "3 至 60 位"),
        ({"username": "worker"}, "已被使用"),
        ({"name": ""}, "必填"),
        ({"phone": "call me"}, "只能含数字"),
        ({"email": "nowhere"}, "邮"),
        ({"division": "锦江区"}, "没有找到"),
        ({"division": "510104000000"}, "没有找到"),
    ],
)
def test_wrong_input_is_told_at_the_field(cast: Cast, client, values: dict[str, str], reason: str) -> None:
    sign_in(client, cast.system_admin)

    response = client.post(reverse("accounts:create"), {"username": "chen.li", "name": "陈丽", **values})

    assert response.status_code == 422
    assert reason in response.content.decode()
    assert not User.objects.filter(name="陈丽").exists()


@pytest.mark.parametrize(
    "place", ["晋阳社区居委会", "510107001001", "510107001001 晋阳社区居委会", "浆洗街街道 晋阳社区"]
)
def test_post_is_granted_in_the_browser_by_name_or_code(cast: Cast, client, place: str) -> None:
    sign_in(client, cast.security_admin)

    response = client.post(
        reverse("accounts:grant", args=[cast.county_officer.user.pk]), {"role": "grid_worker", "division": place}
    )

    assert response.status_code == 302
    assert Post.objects.filter(user=cast.county_officer.user, division=cast.community).exists()


def test_name_of_several_places_is_answered_with_their_codes(cast: Cast, client) -> None:
    sign_in(client, cast.security_admin)

    response = client.post(
        reverse("accounts:grant", args=[cast.county_officer.user.pk]), {"role": "grid_worker", "division": "社区"}
    )

    assert response.status_code == 422
    assert "510107001001" in response.content.decode()


def test_pages_of_the_administrators_offer_only_their_own_work(cast: Cast, client) -> None:
    url = reverse("accounts:person", args=[cast.worker.user.pk])

    system = sign_in(client, cast.system_admin).get(url).content.decode()
    security = sign_in(client, cast.security_admin).get(url).content.decode()

    assert ("重置密码</summary>" in system, "授予岗位</summary>" in system) == (True, False)
    assert ("重置密码</summary>" in security, "授予岗位</summary>" in security) == (False, True)


# Excel


def sheet(*rows: tuple[object, ...], headings: tuple[str, ...] = ("账号", "姓名", "手机")) -> BytesIO:
    book = Workbook()
    book.active.append(headings)
    for row in rows:
        book.active.append(row)
    file = BytesIO()
    book.save(file)
    file.seek(0)
    file.name = "people.xlsx"
    return file


def send(client, file: BytesIO):
    return client.post(reverse("accounts:import"), {"file": file})


def test_people_of_a_file_all_get_accounts(cast: Cast, client) -> None:
    sign_in(client, cast.system_admin)

    response = send(client, sheet(("one.one", "甲", "028-12345"), ("two.two", "乙", None)))

    assert response.status_code == 200
    assert len(re.findall(r"<code>[^<]+</code>", response.content.decode())) == 2
    assert set(User.objects.filter(managed_in=cast.county).values_list("username", flat=True)) >= {"one.one", "two.two"}


def test_file_with_a_wrong_row_opens_no_account_and_names_every_row(cast: Cast, client) -> None:
    sign_in(client, cast.system_admin)
    before = User.objects.count()

    response = send(
        client,
        sheet(("good.one", "甲", None), ("worker", "乙", None), ("x", "", "abc"), ("good.one", "丁", None)),
    )

    problems = re.findall(r"<li>(第[^<]+)</li>", response.content.decode())
    assert response.status_code == 422
    assert User.objects.count() == before
    assert [re.match(r"第 \d 行 . 列", problem)[0] for problem in problems] == [
        "第 3 行 A 列",
        "第 4 行 A 列",
        "第 4 行 B 列",
        "第 4 行 C 列",
        "第 5 行 A 列",
    ]


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (sheet(headings=("账号", "姓名")), "没有人员"),
        (sheet(("a.b.c", "甲"), headings=("账号", "名字")), "不认识的列"),
        (sheet(("=1+1", "甲", None)), "是公式"),
        (BytesIO(b"not a workbook"), "不是可以读取的"),
    ],
)
def test_file_that_is_none_is_refused_with_the_reason(cast: Cast, client, file: BytesIO, reason: str) -> None:
    file.name = "people.xlsx"
    file.seek(0)
    sign_in(client, cast.system_admin)

    response = send(client, file)

    assert response.status_code == 422
    assert reason in response.content.decode()


def test_import_asks_as_many_queries_for_twenty_as_for_sixty(cast: Cast) -> None:
    from greenhood.accounts import people_files

    asked = []
    # The first import finds nothing in memory yet; what counts are the two after it.
    for start, count in ((0, 1), (10, 20), (100, 60)):
        file = sheet(*((f"bulk{start + number}", f"人员{number}", None) for number in range(count)))
        with CaptureQueriesContext(connection) as queries:
            people_files.import_people(file, by=cast.system_admin)
        asked.append(len(queries))

    assert asked[1] == asked[2] <= 12


def test_export_holds_the_people_of_the_county(cast: Cast, client) -> None:
    response = sign_in(client, cast.system_admin).get(reverse("accounts:export"))

    rows = list(load_workbook(BytesIO(b"".join(response.streaming_content))).active.values)
    assert rows[0][:2] == ("账号", "姓名")
    assert ("worker", "李芳") in {row[:2] for row in rows}
    assert "曹丽" not in {row[1] for row in rows}
    assert told(Event.PEOPLE_EXPORTED).person_name == "何管理"


def test_template_can_be_imported_once_filled(cast: Cast, client) -> None:
    response = sign_in(client, cast.system_admin).get(reverse("accounts:import_template"))
    file = BytesIO(b"".join(response.streaming_content))
    file.name = "template.xlsx"

    assert send(client, file).status_code == 200


# At a terminal


def test_first_administrator_is_made_by_command(cast: Cast) -> None:
    out = StringIO()

    call_command("user", "create", "root.admin", "总管理", role="system_admin", division="0", stdout=out)

    password = re.search(r"一次性密码 (\S+?)（", out.getvalue())[1]
    user = User.objects.get(username="root.admin")
    assert user.check_password(password)
    assert [post.role for post in queries.valid_posts(user)] == [Role.SYSTEM_ADMIN]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("create", "worker", "某人"), "已被使用"),
        (("create", "x.y.z", "某人", "--role", "expert"), "--division"),
        (("create", "x.y.z", "某人", "--role", "county_officer", "--division", "510107001001"), "须授予县级"),
        (("create", "x.y.z", "某人", "--division", "999999999999"), "没有代码为"),
        (("reset", "nobody"), "没有账号"),
    ],
)
def test_command_that_cannot_be_done_says_why_and_does_nothing(cast: Cast, arguments, reason: str) -> None:
    with pytest.raises(CommandError, match=reason):
        call_command("user", *arguments, stdout=StringIO())

    assert not User.objects.filter(username="x.y.z").exists()


def test_system_may_do_everything(cast: Cast) -> None:
    actions.reset_password(cast.city_officer.user, by=Actor.system())
