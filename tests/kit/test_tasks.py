"""What is tidied up every night."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from greenhood.kit import tasks

pytestmark = pytest.mark.django_db


def finished(status: str, days: int) -> int:
    """A task that came to this end so many days ago; its number."""
    at = timezone.now() - dt.timedelta(days=days)
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into procrastinate_jobs (queue_name, task_name, args, status) values ('q', 't', '{}', %s) returning id",
            [status],
        )
        number = int(cursor.fetchone()[0])
        cursor.execute("update procrastinate_events set at = %s where job_id = %s", [at, number])
        cursor.execute("insert into procrastinate_events (job_id, type, at) values (%s, 'succeeded', %s)", [number, at])
    return number


def session(**kept: Any) -> str:
    made = SessionStore()
    made.update(kept)
    made.save()
    return str(made.session_key)


def test_ended_sessions_go_and_others_stay() -> None:
    ended, going = session(a=1), session(b=2)
    Session.objects.filter(pk=ended).update(expire_date=timezone.now() - dt.timedelta(seconds=1))

    tasks.remove_ended_sessions(0)

    assert list(Session.objects.values_list("pk", flat=True)) == [going]


def test_finished_tasks_go_after_a_week_and_failed_ones_after_a_month() -> None:
    gone = {finished("succeeded", 8), finished("cancelled", 8), finished("aborted", 8), finished("failed", 31)}
    kept = {finished("succeeded", 6), finished("failed", 29), finished("todo", 100), finished("doing", 100)}

    tasks.remove_finished_tasks(0)

    left = set(ProcrastinateJob.objects.values_list("pk", flat=True))
    assert left & gone == set()
    assert kept <= left


@pytest.mark.parametrize(
    ("name", "hour", "minute"),
    [
        ("insight.refresh_all", 3, 10),
        ("evidence.sweep", 3, 40),
        ("kit.remove_ended_sessions", 3, 50),
        ("kit.remove_finished_tasks", 3, 55),
    ],
)
def test_nightly_task_runs_at_night_in_shanghai(name: str, hour: int, minute: int) -> None:
    nightly = {task.periodic_id: task for task in app.periodic_registry.periodic_tasks.values()}
    noon = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)

    at = nightly[name].croniter.get_next(ret_type=float, start_time=noon.timestamp())

    found = timezone.localtime(dt.datetime.fromtimestamp(at, dt.UTC))
    assert (found.hour, found.minute) == (hour, minute)
