"""The people of the demonstration: one account per role, with a known password, marked and made through actions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from django.contrib.auth.hashers import make_password
from django.db import transaction

from greenhood.accounts import actions
from greenhood.accounts.actor import Actor
from greenhood.accounts.models import Role, User
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division

PASSWORD = "Lvse-Shequ-2026"
APPOINTED = dt.date(2020, 9, 1)

SICHUAN, CHENGDU, WUHOU = 510000000000, 510100000000, 510107000000
JIANGXI_STREET, YULIN_STREET = 510107001000, 510107005000
SHANGHAI, QINGPU, ZHAOXIANG = 310000000000, 310118000000, 310118105000


@dataclass(frozen=True)
class Person:
    """An account: sign-in name, name, employer, role, the code of the post's division, and the department."""

    username: str
    name: str
    employer: str
    role: Role
    code: int
    department: str = ""
    note: str = ""


# The communities of the first two are where the demonstration's worked examples are.
PEOPLE = (
    Person("shequ", "李芳", "洗面桥社区居委会", Role.COMMUNITY_WORKER, 510107001004, note="正在自评"),
    Person("shequ2", "刘洋", "蜀汉街社区居委会", Role.COMMUNITY_WORKER, 510107001005, note="有退回的单项待修改"),
    Person(
        "shequ-qita", "何平", "锦里社区居委会", Role.COMMUNITY_WORKER, 510107001006, note="在其余演示社区各有一个岗位"
    ),
    Person("jiedao", "王强", "浆洗街街道办事处", Role.STREET_OFFICER, JIANGXI_STREET, "街道办事处"),
    Person("jiedao2", "邓洁", "玉林街道办事处", Role.STREET_OFFICER, YULIN_STREET, "街道办事处"),
    Person("xian", "张敏", "武侯区住房和城乡建设局", Role.COUNTY_OFFICER, WUHOU, "住房城乡建设部门"),
    Person("shi", "陈静", "成都市住房和城乡建设局", Role.CITY_OFFICER, CHENGDU, "住房城乡建设部门"),
    Person("sheng", "杨帆", "四川省住房和城乡建设厅", Role.PROVINCE_OFFICER, SICHUAN, "住房城乡建设厅"),
    Person("guojia", "周伟", "住房和城乡建设部", Role.NATIONAL_OBSERVER, 0),
    Person("bumen", "吴刚", "武侯生态环境局", Role.DEPARTMENT_OFFICER, WUHOU, "生态环境部门"),
    Person("wangge", "赵亮", "浆洗街街道网格中心", Role.GRID_WORKER, 510107001004),
    Person("wuye", "黄磊", "锦城物业服务公司", Role.PROPERTY_MANAGER, 510107001004),
    Person("shenji", "许宁", "成都市审计局", Role.AUDITOR, CHENGDU),
    Person("xitong", "何伟", "平台运行单位", Role.SYSTEM_ADMIN, 0),
    Person("anquan", "吕安", "平台运行单位", Role.SECURITY_ADMIN, 0),
    Person("shenjiguanli", "施静", "平台运行单位", Role.AUDIT_ADMIN, 0),
    Person("zx-shequ", "曹丽", "崧鑫社区居委会", Role.COMMUNITY_WORKER, 310118105009, note="赵巷镇"),
    Person("zx-zhen", "沈军", "赵巷镇人民政府", Role.STREET_OFFICER, ZHAOXIANG, "镇三大整治办"),
    Person("zx-qu", "陆敏", "青浦区人民政府", Role.COUNTY_OFFICER, QINGPU, "区精细化推进办"),
    Person("zx-shi", "顾宇", "上海市人民政府", Role.PROVINCE_OFFICER, SHANGHAI, "市城市管理精细化推进办"),
    Person("zhuanjia", "郑昕", "同济大学", Role.EXPERT, SHANGHAI),
    Person("zhuanjia2", "冯源", "华东师范大学", Role.EXPERT, SHANGHAI),
    Person("waizhuan", "Anna Keller", "城市更新研究所", Role.EXPERT, SHANGHAI, note="外方专家"),
    Person("daibiao", "孙立", "上海市人大", Role.DEPUTY, SHANGHAI),
    Person("weiyuan", "唐颖", "上海市政协", Role.DEPUTY, SHANGHAI),
    Person("shimin", "钱慧", "市民", Role.CITIZEN_ASSESSOR, SHANGHAI),
    Person("shimin2", "蒋涛", "市民", Role.CITIZEN_ASSESSOR, SHANGHAI),
)


@dataclass(frozen=True)
class Crew:
    """Everyone by sign-in name, and whoever acts for a community without an account of its own."""

    actors: Mapping[str, Actor]
    workers: dict[int, Actor] = field(default_factory=dict)

    def __getitem__(self, username: str) -> Actor:
        return self.actors[username]

    def officer(self, division: Division) -> Actor:
        """The one who holds an officer's post for exactly this division."""
        return next(
            actor
            for actor in self.actors.values()
            if actor.post and actor.post.division_id == division.pk and actor.post.role.endswith("_officer")
        )


@transaction.atomic
def appoint(person: Person) -> Actor:
    """Open the account with the known password, and grant the post."""
    division = divisions.by_code(person.code)
    created = actions.create_user(
        by=Actor.system(), username=person.username, name=person.name, employer=person.employer, division=division
    )
    User.objects.filter(pk=created.user.pk).update(
        password=_known_password(), must_change_password=False, is_demonstration=True
    )
    return _grant(User.objects.get(pk=created.user.pk), person.role, division, person.department)


@cache
def _known_password() -> str:
    # Hashing is slow on purpose; the password is public, so one hash serves all.
    return make_password(PASSWORD)


def _grant(user: User, role: Role, division: Division, department: str = "") -> Actor:
    post = actions.grant_post(
        user, by=Actor.system(), role=role, division=division, department=department, valid_from=APPOINTED
    )
    return Actor(user, post)


def appoint_all() -> Crew:
    return Crew({person.username: appoint(person) for person in PEOPLE})


def worker_of(crew: Crew, community: Division) -> Actor:
    """Whoever does the community's work: its own account, or the one that stands in for all others."""
    for actor in (*crew.actors.values(), *crew.workers.values()):
        if actor.post and actor.post.role == Role.COMMUNITY_WORKER and actor.post.division_id == community.pk:
            return actor
    stand_in = crew["shequ-qita"].user
    assert stand_in is not None
    crew.workers[community.pk] = _grant(stand_in, Role.COMMUNITY_WORKER, community)
    return crew.workers[community.pk]
