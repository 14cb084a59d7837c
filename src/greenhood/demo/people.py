"""The people of the demonstration: one account per role, with a known password, marked and made through actions."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.db import transaction

from greenhood.accounts import actions
from greenhood.accounts.actions import NewPerson
from greenhood.accounts.actor import Actor
from greenhood.accounts.models import Role, User
from greenhood.divisions.models import Division, Level, code_at

PASSWORD = "Lvse-Shequ-2026"

SICHUAN, CHENGDU, WUHOU = 510000000000, 510100000000, 510107000000
JIANGXI_STREET, YULIN_STREET = 510107001000, 510107005000
SHANGHAI, QINGPU, ZHAOXIANG = 310000000000, 310118000000, 310118105000


@dataclass(frozen=True)
class Person:
    """An account: sign-in name, name, employer, role, the code of the post's division, and the department.

    ``seat`` is the kind of seat that the person takes on the panel; who is a ``stand_in`` also holds the same post
    wherever else in the province nobody of the demonstration does.
    """

    username: str
    name: str
    employer: str
    role: Role
    code: int
    department: str = ""
    note: str = ""
    seat: str = ""
    stand_in: bool = False


# The communities of the first two are where the demonstration's worked examples are.
PEOPLE = (
    Person(
        "shequ",
        "李芳",
        "洗面桥社区居委会",
        Role.COMMUNITY_WORKER,
        510107001004,
        note="正在自评；社区信息已登记，各项检查有达到、未达到和未知的",
    ),
    Person("shequ2", "刘洋", "蜀汉街社区居委会", Role.COMMUNITY_WORKER, 510107001005, note="有退回的单项待修改"),
    Person(
        "shequ-qita",
        "何平",
        "锦里社区居委会",
        Role.COMMUNITY_WORKER,
        510107001006,
        note="在武侯区其余演示社区各有一个岗位；锦里申报后有一处通道被占，郭家桥还没有登记信息",
        stand_in=True,
    ),
    Person("jiedao", "王强", "浆洗街街道办事处", Role.STREET_OFFICER, JIANGXI_STREET, note="有待推荐的申报"),
    Person(
        "jiedao2",
        "邓洁",
        "玉林街道办事处",
        Role.STREET_OFFICER,
        YULIN_STREET,
        note="在其余街道各有一个岗位",
        stand_in=True,
    ),
    Person(
        "xian",
        "张敏",
        "武侯区住房和城乡建设局",
        Role.COUNTY_OFFICER,
        WUHOU,
        "住房和城乡建设局",
        "待初审、限期整改、将到期的复查；一次摸底正在进行",
    ),
    Person("shi", "陈静", "成都市住房和城乡建设局", Role.CITY_OFFICER, CHENGDU, "住房和城乡建设局", "有待复核的申报"),
    Person(
        "sheng",
        "杨帆",
        "四川省住房和城乡建设厅",
        Role.PROVINCE_OFFICER,
        SICHUAN,
        "住房和城乡建设厅",
        "待抽取、待抽验、公示异议、待命名",
    ),
    Person("guojia", "周伟", "住房和城乡建设部", Role.NATIONAL_OBSERVER, 0, note="只看，全国"),
    Person("bumen", "吴刚", "武侯生态环境局", Role.DEPARTMENT_OFFICER, WUHOU, "生态环境局", "只看，武侯区"),
    Person(
        "chengguan",
        "周凯",
        "武侯区综合行政执法局",
        Role.DEPARTMENT_OFFICER,
        WUHOU,
        "城市管理局",
        "有吹哨待处置、会议议定的任务",
    ),
    Person("wangge", "赵亮", "浆洗街街道网格中心", Role.GRID_WORKER, 510107001004, note="登记本社区信息"),
    Person("wuye", "黄磊", "锦城物业服务公司", Role.PROPERTY_MANAGER, 510107001004, note="登记本社区信息"),
    Person("shenji", "许宁", "成都市审计局", Role.AUDITOR, CHENGDU, note="只看，含操作记录"),
    Person("xitong", "何伟", "平台运行单位", Role.SYSTEM_ADMIN, 0, note="建立账号、确认区划变更"),
    Person("anquan", "吕安", "平台运行单位", Role.SECURITY_ADMIN, 0, note="授予岗位"),
    Person("shenjiguanli", "施静", "平台运行单位", Role.AUDIT_ADMIN, 0, note="查阅操作记录"),
    Person(
        "zx-shequ",
        "曹丽",
        "崧鑫社区居委会",
        Role.COMMUNITY_WORKER,
        310118105009,
        note="在赵巷镇其余演示社区各有一个岗位",
        stand_in=True,
    ),
    Person("zx-zhen", "沈军", "赵巷镇人民政府", Role.STREET_OFFICER, ZHAOXIANG, "三大整治办", "有待汇总的申报"),
    Person(
        "zx-guibao",
        "金莉",
        "赵巷镇规划建设和环境保护办公室",
        Role.DEPARTMENT_OFFICER,
        ZHAOXIANG,
        "规保办",
        "有交办任务、吹哨待报到",
    ),
    Person("zx-qu", "陆敏", "青浦区精细化推进办", Role.COUNTY_OFFICER, QINGPU, "精细化推进办", "已初审的申报"),
    Person(
        "zx-shi",
        "顾宇",
        "上海市城市管理精细化推进办",
        Role.PROVINCE_OFFICER,
        SHANGHAI,
        "城市管理精细化推进办",
        "评审组正在打分，另有待确认",
    ),
    Person("zhuanjia", "郑昕", "同济大学", Role.EXPERT, SHANGHAI, note="有评审打分未完成", seat="expert"),
    Person("zhuanjia2", "冯源", "华东师范大学", Role.EXPERT, SHANGHAI, note="有一件须回避", seat="expert"),
    Person(
        "waizhuan",
        "Anna Keller",
        "城市更新研究所",
        Role.EXPERT,
        SHANGHAI,
        note="外方专家，评审已交分",
        seat="foreign-expert",
    ),
    Person("daibiao", "孙立", "上海市人大", Role.DEPUTY, SHANGHAI, note="有评审打分未开始", seat="deputy"),
    Person("weiyuan", "唐颖", "上海市政协", Role.DEPUTY, SHANGHAI, note="有评审打分未开始", seat="deputy"),
    Person("shimin", "钱慧", "市民", Role.CITIZEN_ASSESSOR, SHANGHAI, note="评审已交分", seat="citizen"),
    Person("shimin2", "蒋涛", "市民", Role.CITIZEN_ASSESSOR, SHANGHAI, note="有评审打分未开始", seat="citizen"),
)


@dataclass(frozen=True)
class Crew:
    """Everyone by sign-in name, and everyone's posts by role and division."""

    actors: Mapping[str, Actor]
    holders: Mapping[tuple[str, int], Actor]

    def __getitem__(self, username: str) -> Actor:
        return self.actors[username]

    def user(self, username: str) -> User:
        user = self.actors[username].user
        assert user is not None
        return user

    def worker(self, community: Division) -> Actor:
        return self.holders[Role.COMMUNITY_WORKER, community.code]

    def officer(self, community: Division, level: Level) -> Actor:
        """Whoever decides at a level on what comes from a community."""
        return self.holders[OFFICERS[level], code_at(community.code, level)]


OFFICERS = {
    Level.STREET: Role.STREET_OFFICER,
    Level.COUNTY: Role.COUNTY_OFFICER,
    Level.CITY: Role.CITY_OFFICER,
    Level.PROVINCE: Role.PROVINCE_OFFICER,
}


@transaction.atomic
def appoint_all(communities: Iterable[int], *, at: dt.datetime) -> Crew:
    """Open the accounts and grant the posts: everyone's own, and those of the stand-ins for these communities."""
    places = _places(communities)
    users = _open_accounts(places, at)
    own = {person.username: _grant(users[person.username], person, places[person.code], at) for person in PEOPLE}
    holders = {(person.role.value, person.code): own[person.username] for person in PEOPLE}
    for person in PEOPLE:
        for code in _elsewhere(person, places, holders):
            holders[person.role.value, code] = _grant(users[person.username], person, places[code], at)
    return Crew(own, holders)


def _places(communities: Iterable[int]) -> dict[int, Division]:
    """The divisions of all posts by code: the communities, their streets, and where everyone's own post is."""
    communities = list(communities)
    wanted = {*communities, *(code_at(code, Level.STREET) for code in communities), *(one.code for one in PEOPLE)}
    return {place.code: place for place in Division.objects.filter(code__in=wanted, valid_to=None)}


def _open_accounts(places: Mapping[int, Division], at: dt.datetime) -> dict[str, User]:
    new = [NewPerson(one.username, one.name, one.employer, division=places[one.code]) for one in PEOPLE]
    # All in one call: the known password is hashed once, and hashing is slow on purpose.
    created = actions.create_users(new, by=Actor.system(), password=PASSWORD, at=at)
    User.objects.filter(pk__in=[one.user.pk for one in created]).update(created_at=at)
    return {one.user.username: one.user for one in created}


def _elsewhere(
    person: Person, places: Mapping[int, Division], holders: Mapping[tuple[str, int], Actor]
) -> Iterator[int]:
    level = places[person.code].level
    for code, place in sorted(places.items()):
        is_near = code // 10**10 == person.code // 10**10 and place.level == level
        if person.stand_in and is_near and (person.role.value, code) not in holders:
            yield code


def _grant(user: User, person: Person, division: Division, at: dt.datetime) -> Actor:
    post = actions.grant_post(
        user,
        by=Actor.system(),
        role=person.role,
        division=division,
        department=person.department,
        valid_from=at.date(),
        at=at,
    )
    return Actor(user, post)


def table() -> Iterator[str]:
    """The accounts in lines of aligned columns: sign-in name, role, name, employer and what there is to see."""
    rows = [(one.username, one.role.label, one.name, one.employer, one.note) for one in PEOPLE]
    widths = [max(_width(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _width(text: str) -> int:
    """How many columns of a terminal a text takes; a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)
