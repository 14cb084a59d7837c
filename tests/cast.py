"""The standing cast of the tests: one small county, its neighbour, and somebody in every role, made through actions.

``cast.worker``, ``cast.street_officer`` … are Actors; ``cast.community``, ``cast.county`` … are Divisions. The places are
real, the streets' and communities' codes are not always. ``sign_in(client, cast.worker)`` opens a session.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import polars as pl
import pytest
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test import Client
from django.utils import timezone

from greenhood.accounts import actions
from greenhood.accounts.actor import Actor
from greenhood.accounts.middleware import POST_KEY, SEEN_KEY
from greenhood.accounts.models import Post, Role, User
from greenhood.divisions.models import Division, Level
from greenhood.divisions.names import with_search_columns
from greenhood.history.models import Chain, Entry

PLACES: list[tuple[str, int, int | None, Level, str, int | None]] = [
    ("nation", 0, None, Level.NATION, "全国", None),
    ("province", 510000000000, 0, Level.PROVINCE, "四川省", None),
    ("city", 510100000000, 510000000000, Level.CITY, "成都市", None),
    ("county", 510107000000, 510100000000, Level.COUNTY, "武侯区", None),
    ("street", 510107001000, 510107000000, Level.STREET, "浆洗街街道", None),
    ("community", 510107001001, 510107001000, Level.COMMUNITY, "晋阳社区居委会", 111),
    (
        "other_community",
        510107001002,
        510107001000,
        Level.COMMUNITY,
        "广福桥社区居委会",
        111,
    ),
    ("other_street", 510107002000, 510107000000, Level.STREET, "火车南站街道", None),
    (
        "third_community",
        510107002001,
        510107002000,
        Level.COMMUNITY,
        "桐梓林社区居委会",
        111,
    ),
    (
        "fourth_community",
        510107002002,
        510107002000,
        Level.COMMUNITY,
        "长寿苑社区居委会",
        111,
    ),
    ("neighbour_county", 510104000000, 510100000000, Level.COUNTY, "锦江区", None),
    ("neighbour_street", 510104001000, 510104000000, Level.STREET, "督院街街道", None),
    (
        "neighbour_community",
        510104001001,
        510104001000,
        Level.COMMUNITY,
        "大慈寺社区居委会",
        111,
    ),
]

# Name of the actor, the person's name and employer, role, place.
PEOPLE: list[tuple[str, str, str, Role, str]] = [
    ("worker", "李芳", "晋阳社区居委会", Role.COMMUNITY_WORKER, "community"),
    (
        "other_worker",
        "刘洋",
        "广福桥社区居委会",
        Role.COMMUNITY_WORKER,
        "other_community",
    ),
    ("street_officer", "王强", "浆洗街街道办事处", Role.STREET_OFFICER, "street"),
    ("county_officer", "张敏", "武侯区住房建设和交通局", Role.COUNTY_OFFICER, "county"),
    ("city_officer", "陈静", "成都市住房和城乡建设局", Role.CITY_OFFICER, "city"),
    (
        "province_officer",
        "杨帆",
        "四川省住房和城乡建设厅",
        Role.PROVINCE_OFFICER,
        "province",
    ),
    ("national_observer", "周伟", "住房和城乡建设部", Role.NATIONAL_OBSERVER, "nation"),
    (
        "department_officer",
        "吴刚",
        "武侯区生态环境局",
        Role.DEPARTMENT_OFFICER,
        "county",
    ),
    ("expert", "郑教授", "四川大学", Role.EXPERT, "city"),
    ("other_expert", "冯教授", "西南交通大学", Role.EXPERT, "city"),
    ("deputy", "孙代表", "成都市人大代表", Role.DEPUTY, "city"),
    ("citizen", "钱女士", "市民", Role.CITIZEN_ASSESSOR, "city"),
    ("grid_worker", "赵亮", "浆洗街街道", Role.GRID_WORKER, "community"),
    ("property_manager", "黄磊", "锦城物业公司", Role.PROPERTY_MANAGER, "community"),
    ("auditor", "许审计", "成都市审计局", Role.AUDITOR, "city"),
    ("system_admin", "何管理", "武侯区大数据中心", Role.SYSTEM_ADMIN, "county"),
    ("security_admin", "吕安全", "武侯区大数据中心", Role.SECURITY_ADMIN, "county"),
    ("audit_admin", "施审计", "武侯区纪委监委", Role.AUDIT_ADMIN, "county"),
    (
        "neighbour_worker",
        "曹丽",
        "大慈寺社区居委会",
        Role.COMMUNITY_WORKER,
        "neighbour_community",
    ),
    (
        "neighbour_officer",
        "魏军",
        "锦江区住房建设和交通局",
        Role.COUNTY_OFFICER,
        "neighbour_county",
    ),
    (
        "neighbour_system_admin",
        "姜管理",
        "锦江区大数据中心",
        Role.SYSTEM_ADMIN,
        "neighbour_county",
    ),
    (
        "neighbour_security_admin",
        "戚安全",
        "锦江区大数据中心",
        Role.SECURITY_ADMIN,
        "neighbour_county",
    ),
]

APPOINTED = dt.date(2020, 1, 1)


@dataclass(frozen=True)
class Cast:
    """Everyone and every place, by the names of ``PEOPLE`` and ``PLACES``.

    ``resident`` is a visitor without sign-in, ``stranger`` a person who holds no post.
    """

    places: dict[str, Division]
    actors: dict[str, Actor]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        found = self.actors.get(name) or self.places.get(name)
        if found is None:
            raise AttributeError(f"nobody and no place in the cast is called {name}")
        return found

    @property
    def street_division(self) -> Division:
        return self.places["street"]

    @property
    def communities(self) -> list[Division]:
        """The four communities of the county."""
        return [
            self.places[name]
            for name in (
                "community",
                "other_community",
                "third_community",
                "fourth_community",
            )
        ]


def build_places() -> dict[str, Division]:
    searched = with_search_columns(pl.DataFrame({"name": [name for *_, name, _ in PLACES]}))
    places = [
        Division(
            id=code,
            code=code,
            parent_id=parent,
            level=level,
            name=name,
            urban_rural_class=kind,
            pinyin=words["pinyin"],
            initials=words["initials"],
            bigrams=[pair for pair in words["bigrams"].strip("{}").split(",") if pair],
        )
        for (_, code, parent, level, name, kind), words in zip(PLACES, searched.iter_rows(named=True), strict=True)
    ]
    Division.objects.bulk_create(places)
    return {place[0]: division for place, division in zip(PLACES, places, strict=True)}


def appoint(
    name: str,
    username: str,
    role: Role | None,
    division: Division | None,
    *,
    employer: str = "",
) -> Actor:
    """A person with an account, the password changed, and one post."""
    created = actions.create_user(
        by=Actor.system(),
        username=username,
        name=name,
        employer=employer,
        division=division,
    )
    User.objects.filter(pk=created.user.pk).update(must_change_password=False)
    created.user.must_change_password = False
    if role is None or division is None:
        return Actor(created.user, address="10.0.0.9")
    post = actions.grant_post(
        created.user,
        by=Actor.system(),
        role=role,
        division=division,
        valid_from=APPOINTED,
    )
    return Actor(created.user, post, address="10.0.0.9")


def build_cast() -> Cast:
    places = build_places()
    actors = {
        key: appoint(name, key, role, places[place], employer=employer) for key, name, employer, role, place in PEOPLE
    }
    actors["stranger"] = appoint("陌生人", "stranger", None, None)
    actors["resident"] = Actor.anonymous("10.0.0.8")
    return Cast(places, actors)


def sign_in(client: Client, actor: Actor) -> Client:
    """A session of this person under this post; the same client, for chaining."""
    if actor.user is None:
        client.logout()
        return client
    client.force_login(actor.user, backend="django.contrib.auth.backends.ModelBackend")
    if actor.post is not None:
        session = client.session
        # Seen just now: no page that follows writes the session, so that queries are counted alike.
        session[SEEN_KEY] = int(timezone.now().timestamp())
        session[POST_KEY] = str(actor.post.pk)
        session.save()
    return client


MADE = (Division, User, Post, Chain, Entry)


@pytest.fixture
def cast(db: None, cast_snapshots: list[tuple[Cast, list[list[Any]]]]) -> Cast:
    """Everyone, made through actions the first time, and put back row by row in the tests after that."""
    if not cast_snapshots:
        made = build_cast()
        cast_snapshots.append(deepcopy((made, [list(model.objects.order_by("pk")) for model in MADE])))
        return made
    made, rows = deepcopy(cast_snapshots[0])
    for model, objects in zip(MADE, rows, strict=True):
        model.objects.bulk_create(objects)
    return made


@pytest.fixture(scope="session")
def cast_snapshots() -> list[tuple[Cast, list[list[Any]]]]:
    return []


@pytest.fixture(autouse=True, scope="session")
def flush_may_empty_history() -> Iterator[None]:
    """Between tests with real transactions Django empties every table; history refuses that, as it should."""
    guarded = ("history_entry", "history_chain")
    original = DatabaseOperations.sql_flush

    def sql_flush(self: Any, style: Any, tables: Any, **options: Any) -> list[str]:
        statements = original(self, style, tables, **options)
        off = [f"alter table {table} disable trigger user" for table in guarded if table in tables]
        on = [f"alter table {table} enable trigger user" for table in guarded if table in tables]
        return [*off, *statements, *on] if statements else statements

    DatabaseOperations.sql_flush = sql_flush
    yield
    DatabaseOperations.sql_flush = original
