"""Names of departments, and whether two of them mean the same one. Pure: no database.

Documents and posts write the same department in many ways (省住房和城乡建设厅, 住建部门, 住房和城乡建设局). What is compared is its *line*:
the name without the place and the kind of body, in the long form.
"""

from __future__ import annotations

import re

LONGEST = 60
# What stands before the name of a department and says whose it is. 市场, 市政 begin with 市 and belong to the name.
_OF = re.compile(
    r"^(?:各地|各级|各|省直|省级|市级|县级|区级|市县|市区|县区|国家|省委|市委|区委|县委|省|市(?![场政])|区|县|镇|乡|街道)"
)
# What stands behind it and says what kind of body it is; the longer ones first.
_KIND = re.compile(
    r"(?:委员会办公室|工作委员会|委员会|办公室|联合会|办事处|总局|总队|支队|大队|部门|中心|厅|局|委|办|部|所|署|科|处|站)$"
)
# The short forms that the five documents use (湖北三, 北京四(一)), and those that are in daily use for the same departments.
_LONG = {
    "住建": "住房城乡建设",
    "城管": "城市管理",
    "发改": "发展改革",
    "规自": "规划自然资源",
    "自然资源规划": "规划自然资源",
    "市监": "市场监管",
    "市场监督管理": "市场监管",
    "环保": "生态环境",
    "教": "教育",
    "经信": "经济信息化",
    "残联": "残疾人",
    "残": "残疾人",
    "消防": "消防救援",
    "园林": "园林绿化",
}
_BRACKETS = re.compile(r"[（(][^（）()]*[）)]")
_GOVERNMENT = re.compile(r"(?:人民)?政府$|^街道(?:办事处)?$|^乡镇$|^镇$")
_BETWEEN = re.compile(r"[、，,；;]|会同|及(?=.)")
_AND_SO_ON = re.compile(r"等(?:有关|相关)?(?:部门|单位)?$")


def line(title: str, place: str = "") -> str:
    """The line of work that a department's name stands for; empty for no name.

    ``place`` is the division that it belongs to, whose name may stand before it (武侯区生态环境局).
    """
    plain = _BRACKETS.sub("", title).replace(" ", "").replace("　", "")
    for before in (place, place[:-1] if len(place) > 2 else ""):
        if before and plain.startswith(before) and len(plain) > len(before) + 1:
            plain = plain.removeprefix(before)
            break
    if is_government(plain):
        return plain
    plain = _stripped(_OF, plain)
    plain = _stripped(_KIND, plain)
    short = plain if plain in _LONG else plain.replace("和", "").replace("与", "")
    return _LONG.get(short, short)[:LONGEST]


def is_government(title: str) -> bool:
    """Whether the name means a government as a whole (各区人民政府, 街道办事处), not a department of it."""
    return bool(_GOVERNMENT.search(_BRACKETS.sub("", title).strip()))


def named_in(text: str) -> list[str]:
    """The bodies that a phrase names, in its order: 住建、公安等部门 → 住建, 公安."""
    plain = _BRACKETS.sub("", text)
    found = (_AND_SO_ON.sub("", part.strip()) for part in _BETWEEN.split(plain))
    return [name for name in found if name]


def _stripped(pattern: re.Pattern[str], text: str) -> str:
    """Without what the pattern finds, unless nothing would be left."""
    return pattern.sub("", text) or text
