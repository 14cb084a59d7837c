"""Overview pages of a simulated nation as a signed-in officer gets them, beside a page that is nothing but the frame."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable

from bench.nation import nation
from bench.rows import Row
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from greenhood.accounts import actions as accounts
from greenhood.accounts.actor import Actor
from greenhood.accounts.models import Post, Role, User
from greenhood.declarations.models import Standing
from greenhood.divisions import queries as divisions
from greenhood.insight.actions import refresh

TIMES = 100
PLACES = {"nation": 0, "province": 510_000_000_000, "city": 510_100_000_000, "county": 510_107_000_000}
NAME = "bench_observer"


def run() -> list[Row]:
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    with nation():
        client = signed_in()
        floor = p95(lambda: client.get(reverse("site:menu")))
        rows = []
        for title, code in PLACES.items():
            url = reverse("insight:overview", args=[code])
            figure, count = p95(lambda url=url: client.get(url)), queries_of(client, url)
            rows.append(
                Row(f"overview of a {title}, p95 of {TIMES}; floor: the frame alone", figure, floor, "ms", "≤ 200 ms")
            )
            rows.append(Row("  its queries", count, None, "queries", "≤ 15"))
        full = seconds(lambda: refresh(full=True))
        rows.append(Row("counting every division of the nation anew", full, None, "s", "—"))
        change(100)
        rows.append(Row("following changes of 100 communities", seconds(refresh), None, "s", "—"))
    return rows


def change(count: int) -> None:
    """As if so many communities had just moved, and none before them."""
    now = timezone.now()
    Standing.objects.update(changed_at=now - dt.timedelta(days=1))
    moved = Standing.objects.order_by("-pk").values_list("pk", flat=True)[:count]
    Standing.objects.filter(pk__in=list(moved)).update(changed_at=now)


def signed_in() -> Client:
    user = User.objects.filter(username=NAME).first()
    if user is None:
        user = accounts.create_user(by=Actor.system(), username=NAME, name="测速").user
        User.objects.filter(pk=user.pk).update(must_change_password=False)
    if not Post.objects.filter(user=user).exists():
        place = divisions.by_code(0)
        began = dt.date(2020, 1, 1)
        accounts.grant_post(user, by=Actor.system(), role=Role.NATIONAL_OBSERVER, division=place, valid_from=began)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def queries_of(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def p95(work: Callable[[], object]) -> float:
    """Milliseconds within which 95 of 100 runs end, after three that warm up."""
    for _ in range(3):
        work()
    return sorted(seconds(work) for _ in range(TIMES))[int(TIMES * 0.95)] * 1000


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
