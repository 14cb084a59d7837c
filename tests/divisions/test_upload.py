"""Bringing a list in the browser: checked first, then read in; a wrong one is told by line and leaves nothing."""

from __future__ import annotations

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from greenhood.accounts.actor import Actor
from greenhood.accounts.models import Role
from greenhood.divisions.models import Change, DivisionList
from greenhood.history.models import Entry
from greenhood.site import division_lists
from tests.cast import Cast, appoint, sign_in
from tests.divisions.test_page import NEWER

pytestmark = pytest.mark.django_db

UPLOAD = "/divisions/changes/upload/"
HEADING = "统计用区划代码,城乡分类代码,名称\n"


@pytest.fixture
def admin(client: Client, cast: Cast) -> Actor:
    actor = appoint("省管理", "province_admin", Role.SYSTEM_ADMIN, cast.province)
    sign_in(client, actor)
    return actor


def send(client: Client, text: str = NEWER, *, name: str = "四川.csv", as_of: str = "2024-06-30") -> HttpResponse:
    file = SimpleUploadedFile(name, text.encode())
    return client.post(UPLOAD, {"file": file, "as_of": as_of, "title": "四川省2024年"})


def test_a_list_is_shown_before_it_is_read_in(client: Client, cast: Cast, admin: Actor) -> None:
    address = send(client)["Location"]

    page = client.get(address).content.decode()

    assert ("更名 2 项" in page, "撤销 1 项" in page, "不在这份名单里" in page) == (True, True, True)
    assert not DivisionList.objects.exists()

    answer = client.post(address, follow=True)

    assert answer.redirect_chain == [("/divisions/changes/", 302)]
    assert "已读入 11 个单位：直接载入 0 个，待确认的变更 3 项。" in answer.content.decode()
    read = DivisionList.objects.get()
    assert (read.title, read.read_by, str(read.as_of)) == ("四川省2024年", "省管理", "2024-06-30")
    assert Entry.objects.get(event="divisions.list_read").person_name == "省管理"
    assert not default_storage.exists(f"{division_lists.FOLDER}/{admin.person_id}.csv")


def test_a_list_is_read_in_once(client: Client, cast: Cast, admin: Actor) -> None:
    address = send(client)["Location"]
    client.post(address)

    again = client.post(address, follow=True)

    assert "请重新上传" in again.content.decode()
    assert DivisionList.objects.count() == 1


def test_every_wrong_line_is_told_and_nothing_is_read_in(client: Client, cast: Cast, admin: Actor) -> None:
    bad = "".join(f"51010700{number},111,社区\n" for number in range(100, 230))
    address = send(client, NEWER + bad)["Location"]

    first = client.get(address)
    second = client.get(address + "&page=2").content.decode()
    client.post(address)

    assert first.status_code == 422
    assert "四川.csv有 130 处错误" in first.content.decode()
    assert ("代码“51010700100”是11位，应为12位。" in first.content.decode(), "第 2 页，共 2 页" in second) == (
        True,
        True,
    )
    assert second.count("<tr><td") == 30
    assert not DivisionList.objects.exists()
    assert not Change.objects.exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "文件是空的。"),
        ("甲,乙\n1,2\n", "表头“甲、乙”里没有"),
        (NEWER + "510199,111,短\n", "代码“510199”是6位，应为12位。"),
        (NEWER + "320000000000,,江苏省\n", "“江苏省”（320000000000）不在您的辖区内。"),
    ],
)
def test_what_is_wrong_is_said(client: Client, cast: Cast, admin: Actor, text: str, words: str) -> None:
    page = send(client, text)

    if page.status_code == 302:
        page = client.get(page["Location"])

    assert (page.status_code, words in page.content.decode()) == (422, True)
    assert not DivisionList.objects.exists()


@pytest.mark.parametrize(
    ("name", "as_of", "words"),
    [
        ("四川.docx", "2024-06-30", "只能上传 .csv、.txt、.tsv 或 .xlsx 文件。"),
        ("四川.csv.xz", "2024-06-30", "只能上传"),
        ("四川.csv", "2999-01-01", "截止日期不能晚于今天。"),
        ("四川.csv", "六月", "日期格式不正确"),
        ("四川.csv", "", "请填写名单的截止日期。"),
    ],
)
def test_wrong_particulars_are_told_at_the_field(
    client: Client, cast: Cast, admin: Actor, name: str, as_of: str, words: str
) -> None:
    page = send(client, name=name, as_of=as_of)

    assert (page.status_code, words in page.content.decode()) == (422, True)


def test_a_list_that_is_too_large_is_sent_to_the_command(client: Client, cast: Cast, admin: Actor) -> None:
    page = send(client, NEWER * (division_lists.LARGEST // len(NEWER.encode()) + 1))

    assert (page.status_code, "greenhood divisions import" in page.content.decode()) == (422, True)


def test_an_older_list_is_refused(client: Client, cast: Cast, admin: Actor) -> None:
    client.post(send(client)["Location"])

    page = client.get(send(client, as_of="2023-06-30")["Location"])

    assert (page.status_code, "旧名单不能覆盖新名单" in page.content.decode()) == (422, True)


def test_anothers_upload_is_not_shown(client: Client, cast: Cast, admin: Actor) -> None:
    address = send(client)["Location"]
    sign_in(client, appoint("另一人", "other_admin", Role.SYSTEM_ADMIN, cast.province))

    assert client.get(address)["Location"] == UPLOAD
    assert client.get(UPLOAD + "?list=forged")["Location"] == UPLOAD


@pytest.mark.parametrize("name", ["system_admin", "province_officer", "security_admin", "worker"])
def test_only_system_administrators_of_provinces_bring_lists(client: Client, cast: Cast, name: str) -> None:
    sign_in(client, getattr(cast, name))

    assert (client.get(UPLOAD).status_code, send(client).status_code) == (403, 403)
