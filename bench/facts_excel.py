"""400,000 buildings of a city out of one workbook into the database: rows a second, and how much memory that takes.

The import runs in a process of its own, so that its memory is its own. Floors: bare openpyxl reading the same file, and COPY of the
same rows into a table like that of the buildings.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.nation import connect
from bench.rows import Row
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from openpyxl import load_workbook

from greenhood.__main__ import use_embedded_database
from greenhood.accounts import actions as accounts
from greenhood.accounts.actor import Actor
from greenhood.accounts.models import Post, Role, User
from greenhood.divisions.models import Division, Level
from greenhood.facts import importing, workbooks
from greenhood.facts.importing import Recording
from greenhood.facts.kinds import kind
from greenhood.facts.layout import Layout
from greenhood.facts.models import Source
from greenhood.kit.excel import write_rows

DATABASE = "greenhood_bench_facts"
COMMUNITIES, BUILDINGS = 500, 800
CITY = 510_100_000_000
DAY = dt.date(2026, 5, 1)


def run() -> list[Row]:
    count = COMMUNITIES * BUILDINGS
    with ground(), tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "buildings.xlsx"
        with path.open("wb") as file:
            write_rows(file, Layout(kind("buildings")).headings, buildings(), title=Layout(kind("buildings")).title)
        bare, copied = seconds(lambda: read_bare(path)), seconds(copy_bare)
        judged = in_a_process("judge", path)
        first = in_a_process("record", path)
        again = in_a_process("record", path)
    rate = count / first["seconds"]
    return [
        Row(f"{count:,} buildings from Excel, recorded; floor: openpyxl reads them", rate, count / bare, "rows/s", "—"),
        Row("  the same beside COPY of the same rows", rate, count / copied, "rows/s", "—"),
        Row("  looked at and taken back", count / judged["seconds"], count / bare, "rows/s", "—"),
        Row("  sent again, all the same", count / again["seconds"], count / bare, "rows/s", "—"),
        Row("  memory of the process; floor: with nothing read", first["peak"], first["before"], "MB", "< 300 MB"),
    ]


def in_a_process(verb: str, path: Path) -> dict[str, float]:
    said = subprocess.run(
        [sys.executable, "-c", f"from bench import facts_excel; facts_excel.take_in({verb!r}, {str(path)!r})"],
        check=True,
        capture_output=True,
        text=True,
    )
    answer: dict[str, float] = json.loads(said.stdout.splitlines()[-1])
    return answer


def take_in(verb: str, path: str) -> None:
    """What the process does: the whole workbook, as a worker would."""
    use_embedded_database()
    connect(DATABASE)
    city = Division.objects.get(code=CITY)
    user = User.objects.get(username="bench_facts")
    by = Actor(user, Post.objects.select_related("division").get(user=user))
    recording = Recording(DAY, Source.IMPORTED, "bench", by, city)
    before = peak()
    begun = time.perf_counter()
    with open(path, "rb") as file, transaction.atomic():
        judgement = workbooks.take(file, recording)
        assert not judgement.fault_count, judgement.faults[:3]
        if verb == "judge":
            transaction.set_rollback(True)
        else:
            importing.note(judgement.outcomes, recording, {}, title="bench")
    print(json.dumps({"seconds": time.perf_counter() - begun, "peak": peak(), "before": before}))


def peak() -> float:
    """The most memory that this process has held, in MB. What rusage says is handed down by the process that started it."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def buildings() -> Iterator[list[Any]]:
    for place in range(COMMUNITIES):
        code, name = community_code(place), f"第{place + 1}社区居委会"
        for number in range(1, BUILDINGS + 1):
            yield [
                None, f"{code:012d}", name, f"{number}栋", None, 1980 + number % 45, 6 + number % 12, 24 + number % 60,
                70 + number % 150, "未评定", "是" if number % 3 else "否", None, None, "否", 104 + place / 1e3,
                30.6 + number / 1e5, "CGCS2000", DAY, None,
            ]  # fmt: skip


def community_code(place: int) -> int:
    return CITY + 7_000_000 + (place // 50 + 1) * 1000 + place % 50 + 1


def read_bare(path: Path) -> None:
    book = load_workbook(path, read_only=True)
    for _ in book.worksheets[0].iter_rows(values_only=True):
        pass
    book.close()


def copy_bare() -> None:
    rows = io.BytesIO()
    for place, row in enumerate(buildings()):
        rows.write(
            f"{place}\t{row[1]}\t{row[3]}\t{row[5]}\t{row[6]}\t{row[7]}\t{row[8]}\t{row[14]}\t{row[15]}\n".encode()
        )
    with connection.cursor() as cursor:
        cursor.execute(
            "create temporary table bare (id int primary key, code bigint, name text, year int, floors int, dwellings int,"
            " residents int, longitude float, latitude float)"
        )
        with cursor.copy("copy bare from stdin") as copy:
            copy.write(rows.getvalue())
        cursor.execute("drop table bare")


def seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


@contextmanager
def ground() -> Iterator[None]:
    """A new database with one city of 500 communities and an officer; the default connection speaks to it."""
    use_embedded_database()
    main = settings.DATABASES["default"]["NAME"]
    with connection.cursor() as cursor:
        cursor.execute(f"drop database if exists {DATABASE} with (force)")
        cursor.execute(f"create database {DATABASE} template template0")
    connect(DATABASE)
    try:
        call_command("migrate", verbosity=0)
        make_places()
        yield
    finally:
        connect(main)
        with connection.cursor() as cursor:
            cursor.execute(f"drop database if exists {DATABASE} with (force)")


def make_places() -> None:
    places = [(0, None, Level.NATION, "全国"), (510_000_000_000, 0, Level.PROVINCE, "四川省")]
    places += [(CITY, 510_000_000_000, Level.CITY, "成都市"), (CITY + 7_000_000, CITY, Level.COUNTY, "武侯区")]
    streets = sorted({community_code(place) // 1000 * 1000 for place in range(COMMUNITIES)})
    places += [(code, CITY + 7_000_000, Level.STREET, f"第{code // 1000 % 1000}街道") for code in streets]
    places += [
        (community_code(place), community_code(place) // 1000 * 1000, Level.COMMUNITY, f"第{place + 1}社区居委会")
        for place in range(COMMUNITIES)
    ]
    Division.objects.bulk_create(
        Division(
            id=code, code=code, parent_id=parent, level=level, name=name, urban_rural_class=111 if level == 5 else None
        )
        for code, parent, level, name in places
    )
    city = Division.objects.get(code=CITY)
    made = accounts.create_user(by=Actor.system(), username="bench_facts", name="测量", division=city)
    User.objects.filter(pk=made.user.pk).update(must_change_password=False)
    accounts.grant_post(
        made.user, by=Actor.system(), role=Role.CITY_OFFICER, division=city, valid_from=dt.date(2020, 1, 1)
    )
