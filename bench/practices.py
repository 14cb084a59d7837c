"""Search in the library of practices among 100,000 entries, beside one row by its key: the queries alone, and the whole page.

Entries are made up of sentences that practices are made of, spread over the nation's communities, copied in and rolled back.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from functools import partial

import polars as pl
from bench.nation import listed
from bench.overview import p95, queries_of, seconds
from bench.rows import Row
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from greenhood.divisions.models import Division, Level
from greenhood.exemplars import clauses, words
from greenhood.exemplars.library import SEPARATOR, TOPIC, TYPE
from greenhood.exemplars.models import Edition, LibraryEntry, Practice
from greenhood.exemplars.queries import library, recommended
from greenhood.exemplars.vocabulary import CommunityType, Topic, labels
from greenhood.kit import bulk
from greenhood.schemes.crosswalk import lines_of

ENTRIES = 100_000
SEED = 7
SICHUAN, CHENGDU, WUHOU = 510_000_000_000, 510_100_000_000, 510_107_000_000
# Rare and common words, words of one character, several words, a whole sentence, what nobody wrote.
SEARCHES = (
    "雨水花园", "垃圾分类", "社区", "居民", "议事会 停车", "加装电梯", "绿", "水 电", "LED 路灯", "老旧小区改造", "口袋公园 议事",
    "小手拉大手", "古树名木保护", "充电桩", "海绵化 雨水花园 居民", "架空线", "楼道", "降低 30%", "把闲置的边角地改成居民议定的口袋公园",
    "无障碍坡道", "月球基地", "居民议事会一起商量", "物业 公约", "志愿者 积分",
)  # fmt: skip
FILTERS = (
    library.Filters(topic="waste"),
    library.Filters(topic="green", within=CHENGDU),
    library.Filters(within=WUHOU),
    library.Filters(criteria=("sichuan-2020/5",), type="old"),
    library.Filters(sort=library.ADOPTED),
    library.Filters(year=2024, within=SICHUAN),
)
WHERE = ("小区", "院落", "楼栋", "街巷", "广场", "河边", "校园周边", "菜市场周边", "城中村", "家属院")
WAYS = (
    "议事会",
    "网格员",
    "物业联席会",
    "社区规划师",
    "志愿者积分",
    "红色管家",
    "居民公约",
    "共建资金",
    "微更新",
    "党员认领",
)
THINGS = {
    "waste": ("垃圾分类", "厨余垃圾", "定时定点投放", "大件垃圾暂存"), "green": ("口袋公园", "屋顶绿化", "雨水花园", "古树名木保护"),
    "parking": ("停车位", "充电桩", "错时共享停车", "电动车棚"), "ageing": ("加装电梯", "无障碍坡道", "扶手和座椅", "助老食堂"),
    "energy": ("LED 路灯", "节水器具", "光伏车棚", "外墙保温"), "pipes": ("架空线入地", "雨污分流", "楼道线缆", "二次供水"),
    "sponge": ("透水铺装", "下凹绿地", "内涝点", "蓄水模块"), "noise": ("广场舞噪声", "施工噪声", "隔声窗", "限行时段"),
    "smart": ("门禁", "消防通道监测", "独居老人水表", "一网统管"), "schools": ("小手拉大手", "环保课堂", "旧物市集", "种植园"),
}  # fmt: skip
VERBS = ("改造", "清理", "更新", "整治", "补齐", "管护")
RESULTS = ("投诉下降{n}%", "用水降低 {n}%", "参与户数增加{n}户", "新增{n}个点位", "每年节约{n}万元", "覆盖{n}栋楼")


def run() -> list[Row]:
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    # Every page is made, none comes from what the process keeps.
    settings.PUBLIC_PAGE_SECONDS = 0
    with listed(), transaction.atomic():
        filled = seconds(fill)
        rows = [Row(f"copying {ENTRIES:,} practices in, with their indexes", filled, None, "s", "—"), *measured()]
        transaction.set_rollback(True)
    return rows


def measured() -> list[Row]:
    some = LibraryEntry.objects.order_by("code").values_list("pk", flat=True)[ENTRIES // 2]
    floor = p95(lambda: LibraryEntry.objects.values_list("adopted").get(pk=some))
    searching, narrowing = p95(each(SEARCHES, _search)), p95(each(FILTERS, library.find))
    client = Client()
    url = reverse("exemplars:practices")
    page = p95(each(SEARCHES, lambda text: client.get(url, {"q": text})))
    community = Division.objects.filter(code__gte=WUHOU, level=Level.COMMUNITY).order_by("code").first()
    assert community is not None, "the nation has communities"
    tags = ["sichuan-2020/5", "sichuan-2020/13", "sichuan-2020/16"]
    advised = p95(lambda: recommended.fitting(community, tags, clauses.criteria()))
    return [
        Row(f"search among {ENTRIES:,} practices, p95; floor: one row by its key", searching, floor, "ms", "≤ 100 ms"),
        Row("  the slowest word", max(p95(partial(_search, text)) for text in SEARCHES), floor, "ms", "—"),
        Row("filters without words, p95", narrowing, floor, "ms", "≤ 100 ms"),
        Row("the public page with its words marked, p95", page, floor, "ms", "≤ 100 ms"),
        Row("  its queries", queries_of(client, f"{url}?q=垃圾分类"), None, "queries", "≤ 15"),
        Row("practices recommended for three missed criteria, p95", advised, floor, "ms", "≤ 100 ms"),
    ]


def each(inputs: tuple, work: Callable) -> Callable[[], object]:
    """Every run takes the next input, round and round."""
    turn = iter(range(10**9))
    return lambda: work(inputs[next(turn) % len(inputs)])


def _search(text: str) -> library.Found:
    return library.find(library.Filters(text=text))


def fill() -> None:
    """Practices of the nation's communities, with what the library keeps of them."""
    made = frame(random.Random(SEED))
    with connection.cursor() as cursor:
        # An index of arrays is made in a tenth of the time that it takes to keep it up row by row.
        cursor.execute("drop index library_terms; drop index library_tags")
        for model, names in ((Practice, _PRACTICE), (Edition, _EDITION), (LibraryEntry, _ENTRY)):
            bulk.copy_in(model, made.select(pl.col(old).alias(new) for new, old in names.items()))
        cursor.execute("set constraints all immediate; set local maintenance_work_mem = '256MB'")
        cursor.execute("create index library_terms on exemplars_libraryentry using gin (terms)")
        cursor.execute("create index library_tags on exemplars_libraryentry using gin (tags)")
        cursor.execute("analyze exemplars_libraryentry")


_WORDS = {
    name: name for name in ("title", "summary", "problem", "done", "result", "criteria", "topics", "types", "figures")
}
_PRACTICE = {
    **_WORDS, "id": "id", "division_id": "division", "published_in_id": "county", "state": "state", "created_at": "at", "edited_at": "at",
}  # fmt: skip
_EDITION = {
    **_WORDS, "id": "edition", "practice_id": "id", "number": "number", "photos": "none", "published_at": "at",
    "published_in_id": "county",
}  # fmt: skip
_ENTRY = {
    "practice_id": "id", "edition_id": "edition", "division_id": "division", "code": "code", "level": "level", "year": "year",
    "published_at": "at", "adopted": "adopted", "tags": "tags", "terms": "terms", "text": "text",
}  # fmt: skip


def frame(dice: random.Random) -> pl.DataFrame:
    places = list(Division.objects.filter(level=Level.COMMUNITY, valid_to=None).values_list("id", "code"))
    counties = dict(Division.objects.filter(level=Level.COUNTY, valid_to=None).values_list("code", "id"))
    known = [
        clauses.tag(scheme.id, line.criterion.no)
        for scheme in clauses.criteria().crosswalk.schemes.values()
        for line in lines_of(scheme)
    ]
    sentences = [_sentence(dice) for _ in range(6_000)]
    prepared = [(text, frozenset(words.terms({words.BODY: text}))) for text in sentences]
    now = timezone.now()
    rows = []
    while len(rows) < ENTRIES:
        division, code = dice.choice(places)
        county = counties.get(code // 10**6 * 10**6)
        if county is not None:
            rows.append((*_entry(dice, prepared, known, now), division, code, county))
    columns = (
        "title", "summary", "problem", "done", "result", "criteria", "topics", "types", "tags", "terms", "text", "adopted", "at", "year",
        "division", "code", "county",
    )  # fmt: skip
    made = pl.DataFrame(rows, schema=columns, orient="row", infer_schema_length=10)
    return made.with_columns(
        id=bulk.keys(ENTRIES, seed=1),
        edition=bulk.keys(ENTRIES, seed=2),
        state=pl.lit("published"),
        number=pl.lit(1),
        level=pl.lit(int(Level.COUNTY)),
        none=pl.lit("{}"),
        figures=pl.lit("[]"),
    )


def _sentence(dice: random.Random) -> str:
    topic = dice.choice(list(THINGS))
    thing, other = dice.choice(THINGS[topic]), dice.choice(THINGS[dice.choice(list(THINGS))])
    place, way, verb = dice.choice(WHERE), dice.choice(WAYS), dice.choice(VERBS)
    result = dice.choice(RESULTS).format(n=dice.randint(3, 60))
    return dice.choice(
        (
            f"{place}的{thing}长期无人管护，居民反映强烈，{way}一起商量{verb}办法",
            f"社区把{thing}和{other}一并{verb}，由{way}负责日常维护",
            f"每月召开居民议事会，公布{thing}的进度和开支，{result}",
            f"把闲置的边角地改成居民议定的{thing}，{way}认领，{result}",
            f"先在一个{place}试点{thing}，再推广到全社区，{way}全程监督",
        )
    )


def _entry(dice: random.Random, prepared: list, known: list[str], now: dt.datetime) -> tuple:
    topics = dice.sample(list(THINGS), dice.randint(1, 3))
    types = dice.sample(CommunityType.values, dice.randint(1, 2))
    criteria = dice.sample(known, dice.randint(1, 3))
    title = f"{dice.choice(WAYS)}{dice.choice(VERBS)}{dice.choice(THINGS[topics[0]])}，{dice.choice(WHERE)}换新貌"
    picked = [dice.choice(prepared) for _ in range(13)]
    summary, problem, done, result = (
        picked[0][0],
        *("。".join(text for text, _ in picked[a:b]) for a, b in ((1, 4), (4, 10), (10, 13))),
    )
    said = "；".join([*labels(Topic, topics), *labels(CommunityType, types)])
    zones = {words.TITLE: title, words.TAGS: said, words.SUMMARY: summary}
    terms = set(words.terms(zones)).union(*(found for _, found in picked[1:]))
    at = now - dt.timedelta(minutes=dice.randint(1, 2_500_000))
    tags = [*criteria, *(TOPIC + one for one in topics), *(TYPE + one for one in types)]
    text = words.plain(SEPARATOR.join([*zones.values(), f"{problem}\n{done}\n{result}"]))
    return (
        title, summary, problem, done, result, _array(criteria), _array(topics), _array(types), _array(tags), _array(sorted(terms)),
        text, int(dice.expovariate(0.4)), at, at.year,
    )  # fmt: skip


def _array(values: list[str]) -> str:
    """As PostgreSQL writes an array."""
    return "{" + ",".join(f'"{value}"' for value in values) + "}"
