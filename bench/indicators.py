"""All indicators of every urban community from eighteen million facts, beside SQL written by hand for these tables."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bench.nation import recorded
from bench.rows import Row
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from greenhood.accounts import actions as accounts
from greenhood.accounts.actor import Actor
from greenhood.accounts.models import Role, User
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division
from greenhood.facts.kinds import kinds
from greenhood.indicators import actions, storing
from greenhood.indicators.catalogue import entries
from greenhood.indicators.measuring import figures_of
from greenhood.indicators.models import Measured
from greenhood.indicators.queries import stored
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes.arithmetic import VALUE

TIMES = 100
BY_HAND = Path(__file__).parent / "by_hand.sql"
CATEGORIES = {
    "joint_meetings": "joint-meeting", "deliberations": "deliberation", "designer_visits": "designer-visit",
    "publicity_changes": "publicity-change", "publicity_releases": "release", "themed_activities": "themed",
    "trainings": "training", "volunteer_activities": "volunteering", "joint_building_activities": "joint-building",
    "green_family_activities": "green-families", "cultural_events": "cultural",
}  # fmt: skip


def run() -> list[Row]:
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    with recorded():
        nation, today = divisions.by_code(0), today_in_shanghai()
        facts = f"{_facts() / 1e6:.1f} million facts"
        whole = seconds(lambda: actions.measure_all(nation, today))
        communities = Measured.objects.count()
        wrong = differences(today)
        assert not wrong, f"the catalogue and the SQL by hand differ: {wrong}"
        counted = seconds(lambda: count_only(nation, today))
        floor = seconds(partial(by_hand, today))
        keys = list(entries())[:36]
        read = min(seconds(lambda: stored(nation, keys)) for _ in range(3))
        return [
            Row(f"all {len(entries())} indicators, {communities:,} communities, {facts}", whole, None, "s", "≤ 60 s"),
            Row("  those that SQL counts; floor: SQL written by hand", counted, floor, "s", "≤ 2 × floor"),
            Row(f"stored figures of {len(keys)} indicators for the nation into polars", read, None, "s", "≤ 2 s"),
            *_one_community(today),
        ]


def count_only(nation: Division, day: dt.date) -> None:
    """Measure and store, without the living circle, which is no SQL."""
    indicators = [one for one in entries().values() if one.compute is None]
    with transaction.atomic():
        Measured.objects.all().delete()
        storing.write(storing.Asked(nation, day), indicators, storing.catalogue_of(indicators), now=timezone.now())


def by_hand(day: dt.date) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        write_by_hand(cursor, day)


def write_by_hand(cursor, day: dt.date) -> None:  # type: ignore[no-untyped-def]
    on = f"date '{day}'"
    true = "{0}dated <= " + on + " and ({0}until is null or {0}until > " + on + ")"
    counts = ", ".join(f"count(*) filter (where category = '{name}') as {key}" for key, name in CATEGORIES.items())
    text = BY_HAND.read_text(encoding="utf-8").format(
        day=true.format(""),
        day_of_heritage=true.format("h."),
        on=on,
        categories=counts,
        activities=", ".join(f"nullif({key}, 0) as {key}" for key in CATEGORIES),
    )
    cursor.execute("set local work_mem = '128MB'")
    cursor.execute(text)


def differences(day: dt.date) -> list[str]:
    """Indicators of which a known figure is another than by hand: a floor that does other work is no floor."""
    counted = [key for key, one in entries().items() if one.compute is None]
    order = list(entries())
    wrong = []
    with transaction.atomic(), connection.cursor() as cursor:
        write_by_hand(cursor, day)
        for key in counted:
            bound, place = entries()[key].most, order.index(key) + 1
            value = f"least(h.{key}, {bound})" if bound is not None else f"h.{key}"
            cursor.execute(
                f"""select count(*), count(*) filter (where m.figures[{place}] is distinct from trunc({value} * {VALUE}))
                    from indicators_measured m join by_hand h using (community_id) where m.figures[{place}] is not null"""
            )
            known, differing = cursor.fetchone()
            assert known, f"no community has a figure of {key}"
            if differing:
                wrong.append(key)
    return wrong


def _one_community(today: dt.date) -> list[Row]:
    community = Division.objects.filter(code__gte=510_107_000_000, level=5, measured__isnull=False).order_by("code")[0]
    counted = [key for key, one in entries().items() if one.compute is None]
    client = _signed_in()
    frame = p95(lambda: client.get(reverse("site:menu")))
    page = reverse("indicators:community", args=[community.code])
    with CaptureQueriesContext(connection) as captured:
        assert client.get(page).status_code == 200
        asked = len(captured)
    return [
        Row(
            f"all figures that SQL counts of one community, p95 of {TIMES}",
            p95(lambda: figures_of(community.pk, as_of=today, keys=counted)),
            None,
            "ms",
            "≤ 40 ms",
        ),
        Row(
            f"page of a community's figures, p95 of {TIMES}; floor: the frame alone",
            p95(lambda: client.get(page)),
            frame,
            "ms",
            "≤ 200 ms",
        ),
        Row("  its queries", asked, None, "queries", "≤ 20"),
    ]


def _facts() -> int:
    return sum(kind.model._default_manager.count() for kind in kinds())


def _signed_in() -> Client:
    user = User.objects.filter(username="bench_figures").first()
    if user is None:
        user = accounts.create_user(by=Actor.system(), username="bench_figures", name="测速").user
        User.objects.filter(pk=user.pk).update(must_change_password=False)
        accounts.grant_post(
            user,
            by=Actor.system(),
            role=Role.NATIONAL_OBSERVER,
            division=divisions.by_code(0),
            valid_from=dt.date(2020, 1, 1),
        )
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def p95(work: Callable[[], object]) -> float:
    """Milliseconds within which 95 of 100 runs end, after three that warm up."""
    for _ in range(3):
        work()
    return sorted(seconds(work) for _ in range(TIMES))[int(TIMES * 0.95)] * 1000


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
