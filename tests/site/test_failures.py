"""A database that goes away and a disk that is full: said plainly, nothing half done."""

from __future__ import annotations

import errno

import psycopg
import pytest
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path

from greenhood.assessments.models import Assessment
from greenhood.urls import urlpatterns as real
from tests.cast import Cast, sign_in
from tests.declarations import stage


def full(request: HttpRequest) -> HttpResponse:
    raise OSError(errno.ENOSPC, "No space left on device")


def broken(request: HttpRequest) -> HttpResponse:
    raise ValueError("a defect")


urlpatterns = [path("full/", full), path("broken/", broken), *real]
handler500 = "greenhood.site.failures.server_error"


@pytest.mark.django_db(transaction=True)
def test_a_connection_lost_in_mid_request_is_said_and_changes_nothing(cast: Cast, client: Client) -> None:
    stage.publish("national-2020")
    stage.publish("sichuan-2020")
    sign_in(client, cast.worker)
    client.raise_request_exception = False
    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        [pid] = cursor.fetchone()

    def cut(execute, sql, params, many, context):
        # As if the server went down just before the new row is written.
        if sql.startswith("INSERT INTO"):
            with psycopg.connect(
                connection.connection.info.dsn, password=connection.settings_dict["PASSWORD"]
            ) as other:
                other.execute("select pg_terminate_backend(%s)", [pid])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(cut):
        answer = client.post(f"/assessments/start/{cast.community.code}/", {"year": 2026})
    connection.close()

    assert answer.status_code == 503
    assert "数据库暂时连接不上" in answer.content.decode()
    assert "稍后再提交一次" in answer.content.decode()
    assert not Assessment.objects.exists()
    assert client.post(f"/assessments/start/{cast.community.code}/", {"year": 2026}).status_code == 302


@override_settings(ROOT_URLCONF=__name__)
@pytest.mark.parametrize(
    ("address", "status", "words"), [("/full/", 503, "存储空间已满"), ("/broken/", 500, "系统出错了")]
)
def test_a_full_disk_and_a_defect_have_their_own_pages(
    cast: Cast, client: Client, address: str, status: int, words: str
) -> None:
    sign_in(client, cast.worker)
    client.raise_request_exception = False

    answer = client.get(address)

    assert answer.status_code == status
    assert words in answer.content.decode()


def test_the_cause_decides_and_not_its_words() -> None:
    from greenhood.site.failures import _passing

    assert _passing(OperationalError("gone")) == "数据库暂时连接不上"
    assert _passing(ValueError("No space left on device")) is None
