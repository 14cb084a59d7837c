"""What a load balancer is told."""

import pytest
from django.db import OperationalError, connection


@pytest.mark.django_db
def test_process_that_reaches_its_database_is_able(client, django_assert_num_queries):
    with django_assert_num_queries(1):
        answer = client.get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
def test_process_without_its_database_is_not_and_gives_no_cause(client):
    def lost(*_):
        raise OperationalError("connection to server at 10.0.0.5 failed")

    with connection.execute_wrapper(lost):
        answer = client.get("/healthz")

    assert answer.status_code == 503
    assert "10.0.0.5" not in answer.content.decode()
