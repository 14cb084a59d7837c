"""Decisions by twenty reviewers of one city at once, and the lists of 2,000 declarations, in a database of its own.

After the run every declaration must have exactly one decision; otherwise the measurement fails.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "greenhood.settings")
os.environ.setdefault("GREENHOOD_DEMO", "yes")
django.setup()

from bench.rows import Row  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.urls import reverse  # noqa: E402
from django.utils import timezone  # noqa: E402

from greenhood.__main__ import use_embedded_database  # noqa: E402
from greenhood.accounts import actions as accounts  # noqa: E402
from greenhood.accounts.actor import Actor  # noqa: E402
from greenhood.accounts.models import Role, User  # noqa: E402
from greenhood.assessments.models import Assessment, Scorer, ScoreSheet  # noqa: E402
from greenhood.declarations.actions import deciding  # noqa: E402
from greenhood.declarations.errors import AlreadyDecided  # noqa: E402
from greenhood.declarations.models import Decision, Declaration, Outcome  # noqa: E402
from greenhood.divisions.models import Division, Level  # noqa: E402
from greenhood.kit.dates import today_in_shanghai  # noqa: E402
from greenhood.schemes import loading  # noqa: E402
from greenhood.schemes.actions import publish  # noqa: E402
from greenhood.schemes.format import Outcome as Allowed  # noqa: E402

DATABASE = "greenhood_bench_declarations"
REVIEWERS = 20
DECLARATIONS = 2_000
SHARED = 100
TIMES = 100
CITY, STREETS = 510_100_000_000, 40


def run() -> list[Row]:
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    with database():
        reviewers, rows = stage()
        lists = measured_lists(reviewers[0])
        shared, own = rows[:SHARED], rows[SHARED:]
        floor = rate(len(own), [lambda n=n: commits(len(own[n::REVIEWERS])) for n in range(REVIEWERS)])
        made = rate(len(own), [lambda n=n: review(reviewers[n], own[n::REVIEWERS]) for n in range(REVIEWERS)])
        same = rate(len(shared), [lambda n=n: review(reviewers[n], shuffled(shared, n)) for n in range(REVIEWERS)])
        verify(rows)
    return [
        *lists,
        Row(
            f"decisions by {REVIEWERS} reviewers of one city; floor: bare commits of one row",
            made,
            floor,
            "a second",
            "printed",
        ),
        Row(
            f"  all {REVIEWERS} on the same {SHARED} rows (one decision each, the others told)",
            same,
            None,
            "a second",
            "printed",
        ),
        Row("  lost or made twice", 0, None, "decisions", "0"),
    ]


@contextmanager
def database() -> Iterator[None]:
    use_embedded_database()
    main = settings.DATABASES["default"]["NAME"]
    with connection.cursor() as cursor:
        cursor.execute(f"drop database if exists {DATABASE} with (force)")
        cursor.execute(f"create database {DATABASE} template template0")
    connect(DATABASE)
    try:
        call_command("migrate", verbosity=0)
        yield
    finally:
        connect(main)
        with connection.cursor() as cursor:
            cursor.execute(f"drop database if exists {DATABASE} with (force)")


def connect(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name


def stage() -> tuple[list[Actor], list[Declaration]]:
    """A city of 2,000 declarations, scored and waiting for the city's review, and its reviewers."""
    city, communities = places()
    version = publish(loading.load(settings.REPOSITORY / "schemes" / "sichuan-2020.yaml"), chosen={}, by=None)
    reviewers = [reviewer(number, city) for number in range(REVIEWERS)]
    now, year = timezone.now(), today_in_shanghai().year
    given = {"version": version, "scheme_id": version.scheme_id, "year": year}
    assessments = Assessment.objects.bulk_create(
        Assessment(
            community=place,
            started_at=now,
            locked_at=now,
            total=80,
            maximum=100,
            level="green",
            answered=28,
            asked=28,
            **given,
        )
        for place in communities
    )
    scorer = reviewers[0].user
    ScoreSheet.objects.bulk_create(
        ScoreSheet(
            assessment=one,
            scorer=Scorer.CITY,
            step="city-review",
            by=scorer,
            started_at=now,
            handed_in_at=now,
            total=80,
        )
        for one in assessments
    )
    rows = Declaration.objects.bulk_create(
        Declaration(
            assessment=one,
            community=one.community,
            title="green-community",
            step="city-review",
            level=Level.CITY,
            department="市（州）住房城乡建设部门",
            since=now,
            due_on=today_in_shanghai(),
            declared_at=now,
            profile="社区基本情况。" * 100,
            **given,
        )
        for one in assessments
    )
    with connection.cursor() as cursor:
        cursor.execute("analyze")
    return reviewers, rows


def places() -> tuple[Division, list[Division]]:
    def make(code: int, level: int, name: str, parent: Division | None) -> Division:
        return Division(id=code, code=code, level=level, name=name, parent=parent)

    nation = make(0, Level.NATION, "全国", None)
    province = make(510_000_000_000, Level.PROVINCE, "四川省", nation)
    city = make(CITY, Level.CITY, "成都市", province)
    county = make(CITY + 7_000_000, Level.COUNTY, "武侯区", city)
    streets = [make(county.code + 1000 * n, Level.STREET, f"第{n}街道", county) for n in range(1, STREETS + 1)]
    communities = [
        make(street.code + n, Level.COMMUNITY, f"第{n}社区居委会", street)
        for street in streets
        for n in range(1, DECLARATIONS // STREETS + 1)
    ]
    for rows in ([nation], [province], [city], [county], streets, communities):
        Division.objects.bulk_create(rows)
    return city, communities


def reviewer(number: int, city: Division) -> Actor:
    made = accounts.create_user(by=Actor.system(), username=f"bench{number:02d}", name="复核", division=city)
    User.objects.filter(pk=made.user.pk).update(must_change_password=False)
    post = accounts.grant_post(
        made.user, by=Actor.system(), role=Role.CITY_OFFICER, division=city, valid_from=today_in_shanghai()
    )
    return Actor(User.objects.get(pk=made.user.pk), post, "127.0.0.1")


# --- what is measured -------------------------------------------------------------------------------------------------


def review(by: Actor, rows: list[Declaration]) -> None:
    for row in rows:
        try:
            deciding.decide(row, Allowed.PASS, by=by, revision=1, opinion="复核合格。")
        except AlreadyDecided:
            continue


def commits(count: int) -> None:
    """What the disk and the driver cost by themselves: one row, one transaction, one after the other."""
    for _ in range(count):
        with connection.cursor() as cursor:
            cursor.execute("insert into bench_floor values (1)")


def shuffled(rows: list[Declaration], seed: int) -> list[Declaration]:
    return random.Random(seed).sample(rows, len(rows))


def rate(count: int, jobs: list[Callable[[], None]]) -> float:
    """Of so many things done by all jobs at once, each with its own connection: how many a second."""
    with connection.cursor() as cursor:
        cursor.execute("create table if not exists bench_floor (one int)")
    barrier = threading.Barrier(len(jobs) + 1)
    failed: list[BaseException] = []

    def work(job: Callable[[], None]) -> None:
        connection.ensure_connection()
        barrier.wait()
        try:
            job()
        except BaseException as error:  # noqa: BLE001 - shown by the main thread
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    barrier.wait()
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return count / (time.perf_counter() - begun)


def verify(rows: list[Declaration]) -> None:
    made = Counter(Decision.objects.filter(outcome=Outcome.PASS).values_list("declaration", flat=True))
    assert made == Counter(row.pk for row in rows), "a decision was lost or made twice"
    assert set(Declaration.objects.values_list("step", "revision")) == {("province-sample", 2)}


def measured_lists(by: Actor) -> list[Row]:
    client = Client()
    client.force_login(by.user, backend="django.contrib.auth.backends.ModelBackend")
    floor = p95(lambda: client.get(reverse("site:menu")))
    found = []
    for name, title in (("list", "review list of 2,000 declarations"), ("todo", "to-do list of 2,000 declarations")):
        url = reverse(f"declarations:{name}")
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url).status_code == 200
        count = sum(query["sql"] not in ("BEGIN", "COMMIT") for query in captured.captured_queries)
        figure = p95(lambda url=url: client.get(url))
        found.append(Row(f"{title}, p95 of {TIMES}; floor: the frame alone", figure, floor, "ms", "≤ 200 ms"))
        busy, idle = (cpu(lambda at=at: client.get(at)) for at in (url, reverse("site:menu")))
        found.append(Row("  its own processor time, median, whatever else runs", busy, idle, "ms", "printed"))
        found.append(Row("  its queries", count, None, "queries", "≤ 15"))
    return found


def p95(work: Callable[[], object]) -> float:
    """Milliseconds within which 95 of 100 runs are done, after one that warms up."""
    return times(work, time.perf_counter)[int(TIMES * 0.95) - 1]


def cpu(work: Callable[[], object]) -> float:
    """Milliseconds of this process's own processor time, the median of 100 runs."""
    return times(work, time.process_time)[TIMES // 2]


def times(work: Callable[[], object], clock: Callable[[], float]) -> list[float]:
    """Milliseconds of each run by a clock, smallest first, after one that warms up."""
    work()
    found = []
    for _ in range(TIMES):
        begun = clock()
        work()
        found.append((clock() - begun) * 1000)
    return sorted(found)
