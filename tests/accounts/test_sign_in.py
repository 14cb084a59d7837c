"""Signing in and out, locks, posts, and what stands before a post may act."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.conf import settings as django_settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from greenhood.accounts import actions, second_factor
from greenhood.accounts.actor import Actor
from greenhood.accounts.events import Event
from greenhood.accounts.middleware import SEEN_EVERY, SEEN_KEY
from greenhood.accounts.models import RecoveryCode, Role, User
from greenhood.history import verification
from greenhood.history.models import Entry
from tests.cast import Cast, sign_in

PASSWORD = "Lv-Se_She4Qu"
SIGN_IN = reverse("accounts:sign_in")


@pytest.fixture
def officer(cast: Cast) -> Actor:
    """The county officer, with a password that the tests know."""
    actions.change_password(cast.county_officer.user, by=Actor.system(), new_password=PASSWORD)
    return cast.county_officer


def send(client: Client, password: str = PASSWORD, username: str = "county_officer", **more: str):
    return client.post(SIGN_IN, {"username": username, "password": password, **more})


def events(*wanted: Event) -> list[tuple[str, str]]:
    return list(Entry.objects.filter(event__in=wanted).order_by("at", "number").values_list("event", "result"))


def token(device: TOTPDevice) -> str:
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits)
    totp.time = timezone.now().timestamp()
    return f"{totp.token():06d}"


def enrolled(actor: Actor) -> tuple[TOTPDevice, list[str]]:
    device, codes = second_factor.enrol(by=actor, token=token(second_factor.enrolment_of(actor.user)))
    # The code that confirmed the device is used up; the next one would come half a minute later.
    TOTPDevice.objects.filter(pk=device.pk).update(last_t=-1)
    actor.user.refresh_from_db()
    return device, codes


def test_right_password_opens_a_session_under_the_first_post(officer: Actor, client: Client) -> None:
    response = send(client)

    assert (response.status_code, response["Location"]) == (302, "/")
    request = client.get("/healthz").wsgi_request
    assert (request.actor.user, request.actor.post) == (officer.user, officer.post)
    [entry] = Entry.objects.filter(event=Event.SIGNED_IN)
    assert (entry.person_name, entry.post_title, entry.address) == ("张敏", str(officer.post), "127.0.0.1")


def test_sign_in_goes_on_to_the_page_that_was_asked_for(officer: Actor, client: Client) -> None:
    page = client.get(reverse("accounts:profile"))
    assert page["Location"] == f"{SIGN_IN}?next={reverse('accounts:profile')}"

    assert send(client, next=reverse("accounts:profile"))["Location"] == reverse("accounts:profile")


@pytest.mark.parametrize("elsewhere", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"])
def test_sign_in_never_goes_elsewhere(officer: Actor, client: Client, elsewhere: str) -> None:
    assert send(client, next=elsewhere)["Location"] == "/"


@pytest.mark.parametrize(
    ("username", "password"), [("county_officer", "wrong"), ("nobody-here", PASSWORD), ("County_officer", PASSWORD)]
)
def test_wrong_name_and_wrong_password_get_the_same_answer(
    officer: Actor, client: Client, username: str, password: str
) -> None:
    response = send(client, password, username)

    assert response.status_code == 422
    assert "账号或密码不正确" in response.content.decode()
    assert events(Event.SIGN_IN_FAILED) == [(Event.SIGN_IN_FAILED, "failed")]
    assert PASSWORD not in str(list(Entry.objects.values()))


def test_password_typed_as_a_name_is_not_written_down(officer: Actor, client: Client) -> None:
    send(client, "x", PASSWORD)

    assert PASSWORD not in str(list(Entry.objects.values()))


def test_disabled_account_stays_out_and_its_sessions_end(officer: Actor, cast: Cast, client: Client) -> None:
    send(client)
    actions.disable_user(officer.user, by=cast.system_admin, reason="调离")

    assert client.get(reverse("accounts:profile")).status_code == 302
    assert send(client).status_code == 422


def test_five_wrong_passwords_lock_and_the_page_says_until_when(officer: Actor, client: Client) -> None:
    answers = [send(client, "wrong") for _ in range(5)]

    assert [answer.status_code for answer in answers] == [422, 422, 422, 422, 429]
    text = answers[-1].content.decode()
    until = timezone.localtime(timezone.now() + dt.timedelta(minutes=15))
    assert re.search(r"请在 (\d{4}-\d\d-\d\d \d\d:\d\d) 之后再试", text)[1][:13] in {
        f"{until:%Y-%m-%d %H}",
        f"{until - dt.timedelta(minutes=1):%Y-%m-%d %H}",
    }
    assert send(client).status_code == 429  # the right one, too late
    assert events(Event.SIGN_IN_FAILED, Event.LOCKED_OUT) == [
        *[(Event.SIGN_IN_FAILED, "failed")] * 4,
        *[(Event.LOCKED_OUT, "refused")] * 2,
    ]


def test_lock_of_one_address_leaves_other_addresses_and_people_alone(officer: Actor, client: Client) -> None:
    for _ in range(5):
        send(client, "wrong")

    assert send(client, "wrong", "worker").status_code == 422
    elsewhere = Client(REMOTE_ADDR="10.1.1.1")
    assert send(elsewhere).status_code == 302


def test_form_lets_browsers_fill_in_and_paste(client: Client, db: None) -> None:
    page = client.get(SIGN_IN).content.decode()

    assert 'autocomplete="username"' in page
    assert 'autocomplete="current-password"' in page
    assert "onpaste" not in page


def test_demonstration_accounts_are_listed_in_demonstration_only(cast: Cast, client: Client, settings) -> None:
    User.objects.filter(pk=cast.worker.user.pk).update(is_demonstration=True)

    settings.DEMO = True
    assert "李芳" in client.get(SIGN_IN).content.decode()
    settings.DEMO = False
    assert "李芳" not in client.get(SIGN_IN).content.decode()


def test_sign_out_ends_the_session_and_is_recorded(officer: Actor, client: Client) -> None:
    send(client)

    client.post(reverse("accounts:sign_out"))

    assert client.get(reverse("accounts:profile")).status_code == 302
    assert events(Event.SIGNED_OUT) == [(Event.SIGNED_OUT, "ok")]


def test_sign_out_by_a_mere_link_is_refused(officer: Actor, client: Client) -> None:
    send(client)

    assert client.get(reverse("accounts:sign_out")).status_code == 405


def test_session_ends_after_idle_time_and_is_written_once_a_minute(officer: Actor, client: Client) -> None:
    send(client)
    client.get(reverse("accounts:profile"))
    with CaptureQueriesContext(connection) as soon_after:
        client.get(reverse("accounts:profile"))
    session = client.session
    session[SEEN_KEY] -= SEEN_EVERY
    session.save()
    Session.objects.update(expire_date=timezone.now() + dt.timedelta(minutes=5))

    client.get(reverse("accounts:profile"))

    assert not [query for query in soon_after.captured_queries if query["sql"].startswith("UPDATE")]
    left = Session.objects.get(pk=session.session_key).expire_date - timezone.now()
    assert left > dt.timedelta(seconds=django_settings.SESSION_COOKIE_AGE - SEEN_EVERY)
    assert client.session.get_expiry_age() <= django_settings.SESSION_COOKIE_AGE


def test_part_of_a_page_asked_for_without_session_moves_the_whole_page(client: Client, db: None) -> None:
    response = client.get(reverse("accounts:profile"), headers={"HX-Request": "true"})

    assert (response.status_code, response["HX-Redirect"].partition("?")[0]) == (204, SIGN_IN)


# Posts


def test_post_is_switched_among_ones_own_and_recorded(officer: Actor, cast: Cast, client: Client) -> None:
    second = actions.grant_post(
        officer.user, by=cast.security_admin, role=Role.DEPARTMENT_OFFICER, division=cast.county, department="环境局"
    )
    sign_in(client, officer)

    client.post(reverse("accounts:switch_post"), {"post": str(second.pk)})

    assert client.get("/healthz").wsgi_request.actor.post == second
    [entry] = Entry.objects.filter(event=Event.POST_SWITCHED)
    assert entry.details == {"原岗位": str(officer.post), "现岗位": str(second)}


def test_somebody_elses_post_is_never_taken(officer: Actor, cast: Cast, client: Client) -> None:
    sign_in(client, officer)

    for wanted in (str(cast.province_officer.post.pk), "", "no-id"):
        client.post(reverse("accounts:switch_post"), {"post": wanted})

    assert client.get("/healthz").wsgi_request.actor.post == officer.post
    assert events(Event.POST_SWITCHED) == []


def test_ended_post_no_longer_acts_in_a_running_session(officer: Actor, cast: Cast, client: Client) -> None:
    sign_in(client, officer)
    actions.end_post(officer.post, by=cast.security_admin, reason="调离")

    assert client.get("/healthz").wsgi_request.actor.post is None


def test_post_that_begins_tomorrow_does_not_act_today(cast: Cast, client: Client) -> None:
    actions.grant_post(
        cast.stranger.user,
        by=Actor.system(),
        role=Role.EXPERT,
        division=cast.city,
        valid_from=timezone.localdate() + dt.timedelta(days=1),
    )

    assert sign_in(client, cast.stranger).get("/healthz").wsgi_request.actor.post is None


def test_visitor_is_neither_a_person_nor_the_system(client: Client, db: None) -> None:
    actor = client.get("/healthz").wsgi_request.actor

    assert (actor.is_anonymous, actor.is_system, actor.person_name) == (True, False, "未登录访客")
    assert (Actor(None).is_system, Actor.system().is_system) == (False, True)


# Passwords


def test_one_time_password_opens_nothing_but_the_change_of_password(cast: Cast, client: Client) -> None:
    password = actions.reset_password(cast.worker.user, by=cast.system_admin)
    assert send(client, password, "worker").status_code == 302

    page = client.get(reverse("accounts:profile"))
    assert page["Location"].startswith(reverse("accounts:change_password"))
    assert client.get("/healthz").wsgi_request.actor.post is None
    response = client.post(
        reverse("accounts:change_password"),
        {"old_password": password, "new_password": PASSWORD, "repeated": PASSWORD},
    )

    assert response.status_code == 302
    assert client.get(reverse("accounts:profile")).status_code == 200
    assert client.get("/healthz").wsgi_request.actor.post == cast.worker.post


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        ("Ab-1", "至少"),
        ("abcdefgh", "至少三种"),
        ("ABCDEF12", "至少三种"),
        ("X-county_officer1", "不能包含账号或姓名"),
        ("Aa1-张敏-xyz", "不能包含账号或姓名"),
        (PASSWORD, "不能与原密码相同"),
    ],
)
def test_password_that_breaks_a_rule_is_refused_with_the_rule(
    officer: Actor, client: Client, new: str, reason: str
) -> None:
    sign_in(client, officer)

    response = client.post(
        reverse("accounts:change_password"), {"old_password": PASSWORD, "new_password": new, "repeated": new}
    )

    assert response.status_code == 422
    assert reason in response.content.decode()
    assert User.objects.get(pk=officer.user.pk).check_password(PASSWORD)


def test_new_password_ends_other_sessions(officer: Actor, client: Client) -> None:
    other = Client()
    send(client)
    send(other)

    client.post(
        reverse("accounts:change_password"),
        {"old_password": PASSWORD, "new_password": "Xin-MiMa77", "repeated": "Xin-MiMa77"},
    )

    assert client.get(reverse("accounts:profile")).status_code == 200
    assert other.get(reverse("accounts:profile")).status_code == 302


def test_wrong_old_password_changes_nothing(officer: Actor, client: Client) -> None:
    sign_in(client, officer)

    response = client.post(
        reverse("accounts:change_password"),
        {"old_password": "wrong", "new_password": "Xin-MiMa77", "repeated": "Xin-MiMa77"},
    )

    assert "原密码不正确" in response.content.decode()
    assert User.objects.get(pk=officer.user.pk).check_password(PASSWORD)


# The second factor


def test_second_factor_is_enrolled_by_a_right_code_and_shows_recovery_codes_once(
    officer: Actor, client: Client
) -> None:
    sign_in(client, officer)
    page = client.get(reverse("accounts:enrol")).content.decode()
    assert 'src="data:image/svg+xml' in page

    response = client.post(reverse("accounts:enrol"), {"token": token(second_factor.enrolment_of(officer.user))})

    codes = re.findall(r"<code>([0-9a-z]{5}-[0-9a-z]{5})</code>", response.content.decode())
    assert len(set(codes)) == 10
    assert not any(code.replace("-", "") in str(list(RecoveryCode.objects.values())) for code in codes)
    assert client.get(reverse("accounts:profile")).status_code == 200  # this session counts as verified
    assert events(Event.SECOND_FACTOR_ENROLLED) == [(Event.SECOND_FACTOR_ENROLLED, "ok")]


def test_secret_stays_the_same_until_it_is_confirmed(officer: Actor, client: Client) -> None:
    sign_in(client, officer)

    pages = [client.get(reverse("accounts:enrol")).content.decode() for _ in range(2)]

    secrets = {re.search(r'<code class="secret">([A-Z2-7 ]+)</code>', page)[1] for page in pages}
    assert len(secrets) == 1


@pytest.mark.parametrize("wrong", ["12345", "abcdef", "１２３４５６", "", "1234567"])
def test_code_that_is_none_is_refused_at_the_field(officer: Actor, client: Client, wrong: str) -> None:
    sign_in(client, officer)

    response = client.post(reverse("accounts:enrol"), {"token": wrong})

    assert response.status_code == 422
    assert not TOTPDevice.objects.filter(confirmed=True).exists()


def test_password_alone_opens_nothing_once_a_second_factor_is_enrolled(officer: Actor, client: Client) -> None:
    device, _ = enrolled(officer)
    send(client)

    page = client.get(reverse("accounts:profile"))
    assert page["Location"].startswith(reverse("accounts:verify"))
    assert client.get("/healthz").wsgi_request.actor.post is None
    response = client.post(reverse("accounts:verify"), {"token": token(device), "next": reverse("accounts:profile")})

    assert response["Location"] == reverse("accounts:profile")
    assert client.get(reverse("accounts:profile")).status_code == 200
    assert client.get("/healthz").wsgi_request.actor.post == officer.post


def test_code_works_once(officer: Actor, client: Client) -> None:
    device, _ = enrolled(officer)
    code = token(device)
    for expected in (302, 422):
        fresh = Client()
        send(fresh)
        assert fresh.post(reverse("accounts:verify"), {"token": code}).status_code == expected


def test_wrong_codes_are_recorded_and_slowed_down(officer: Actor, client: Client) -> None:
    device, _ = enrolled(officer)
    send(client)
    right = token(device)
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"

    first = client.post(reverse("accounts:verify"), {"token": wrong}).content.decode()
    second = client.post(reverse("accounts:verify"), {"token": right}).content.decode()

    assert "动态口令不正确或已用过" in first
    assert "之后再试" in second
    assert events(Event.VERIFICATION_FAILED) == [(Event.VERIFICATION_FAILED, "failed")] * 2


def test_recovery_code_opens_once(officer: Actor, client: Client) -> None:
    _, codes = enrolled(officer)
    for expected in (302, 422):
        fresh = Client()
        send(fresh)
        assert fresh.post(reverse("accounts:verify"), {"code": codes[0].upper()}).status_code == expected
    assert second_factor.unused_recovery_codes(officer.user) == 9
    assert events(Event.RECOVERY_CODE_USED) == [(Event.RECOVERY_CODE_USED, "ok")]


def test_somebody_elses_recovery_code_opens_nothing(officer: Actor, cast: Cast, client: Client) -> None:
    _, codes = enrolled(cast.worker)
    enrolled(officer)
    send(client)

    assert client.post(reverse("accounts:verify"), {"code": codes[0]}).status_code == 422


def test_award_giving_posts_only_reach_enrolment_where_the_setting_says_so(
    cast: Cast, client: Client, settings
) -> None:
    settings.REQUIRE_TOTP = True

    page = sign_in(client, cast.county_officer).get(reverse("accounts:profile"))
    assert page["Location"].startswith(reverse("accounts:enrol"))
    assert client.get("/healthz").wsgi_request.actor.post is None
    assert sign_in(client, cast.worker).get(reverse("accounts:profile")).status_code == 200


def test_award_giving_post_acts_after_enrolment(cast: Cast, client: Client, settings) -> None:
    settings.REQUIRE_TOTP = True
    sign_in(client, cast.county_officer)

    client.post(reverse("accounts:enrol"), {"token": token(second_factor.enrolment_of(cast.county_officer.user))})

    assert client.get("/healthz").wsgi_request.actor.post == cast.county_officer.post


def test_second_factor_is_removed_only_with_the_password(officer: Actor, client: Client) -> None:
    device, _ = enrolled(officer)
    send(client)
    client.post(reverse("accounts:verify"), {"token": token(device)})

    client.post(reverse("accounts:remove_second_factor"), {"password": "wrong"})
    assert second_factor.device_of(officer.user)
    client.post(reverse("accounts:remove_second_factor"), {"password": PASSWORD})

    assert second_factor.device_of(officer.user) is None
    assert User.objects.get(pk=officer.user.pk).second_factor_at is None


def test_administrator_removes_the_second_factor_of_who_lost_it(officer: Actor, cast: Cast, client: Client) -> None:
    enrolled(officer)
    url = reverse("accounts:remove_persons_second_factor", args=[officer.user.pk])

    assert sign_in(client, cast.neighbour_system_admin).post(url).status_code == 404
    assert second_factor.device_of(officer.user)
    sign_in(client, cast.system_admin).post(url)

    assert second_factor.device_of(officer.user) is None


def test_own_page_shows_posts_capabilities_and_sign_ins(officer: Actor, client: Client) -> None:
    send(Client(), "wrong")
    send(client)

    page = client.get(reverse("accounts:profile")).content.decode()

    for words in ("武侯区 县（市、区）审核人", "命名授牌", "登录失败", "127.0.0.1"):
        assert words in page


def test_everything_that_happened_stays_verifiable(officer: Actor, client: Client) -> None:
    send(client, "wrong")
    send(client)
    client.post(reverse("accounts:sign_out"))

    assert verification.verify() == []


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (None, "6.6.6.6", "10.0.0.1"),
        (1, "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        (2, "6.6.6.6, 1.2.3.4, 10.9.9.9", "1.2.3.4"),
        (2, "1.2.3.4", "10.0.0.1"),
        (1, "not an address", "10.0.0.1"),
        (1, "", "10.0.0.1"),
        (1, "2001:db8::1", "2001:db8::1"),
    ],
)
def test_address_is_what_the_last_trusted_proxy_saw(
    client: Client, db: None, settings, proxies: int | None, forwarded: str, expected: str
) -> None:
    settings.AXES_IPWARE_PROXY_COUNT = proxies

    request = client.get("/healthz", REMOTE_ADDR="10.0.0.1", headers={"X-Forwarded-For": forwarded}).wsgi_request

    assert request.actor.address == expected
