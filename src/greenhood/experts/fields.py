"""What experts know: the list of fields by which they are entered, sought and drawn."""

from __future__ import annotations

from collections.abc import Iterable

# The codes are stored and stand in addresses: add to them, never give one another meaning.
GROUPS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "规划与设计",
        (
            ("planning", "城乡规划"),
            ("design", "社区与环境设计"),
            ("architecture", "建筑设计"),
            ("landscape", "园林绿化"),
            ("heritage", "文物与历史建筑保护"),
        ),
    ),
    (
        "工程与设施",
        (
            ("structure", "结构与房屋安全"),
            ("water", "给排水"),
            ("sponge", "海绵城市"),
            ("power", "电气与照明"),
            ("gas-heating", "燃气与供热"),
            ("energy", "建筑节能与绿色建材"),
            ("roads", "道路与停车"),
            ("elevators", "电梯与无障碍"),
            ("fire", "消防与应急"),
            ("smart", "智能化与信息平台"),
            ("cost", "工程造价与项目管理"),
        ),
    ),
    (
        "环境与治理",
        (
            ("waste", "生活垃圾分类"),
            ("environment", "生态环境"),
            ("property", "物业服务"),
            ("social-work", "社会工作与居民议事"),
            ("education", "绿色生活宣传教育"),
            ("law", "法律与政策"),
            ("finance", "财务与审计"),
        ),
    ),
)
TITLES: dict[str, str] = {code: title for _, fields in GROUPS for code, title in fields}


def words(codes: Iterable[str]) -> str:
    """The titles of some fields in the order of the list: 城乡规划、给排水."""
    given = set(codes)
    return "、".join(title for code, title in TITLES.items() if code in given)


def known(codes: Iterable[str]) -> list[str]:
    """Those of the codes that are in the list, once each and in its order."""
    given = set(codes)
    return [code for code in TITLES if code in given]
