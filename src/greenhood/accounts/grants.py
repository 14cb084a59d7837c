"""Which posts there can be: the level that a role belongs to, and which roles one person must not unite."""

from __future__ import annotations

from collections.abc import Iterable

from greenhood.accounts.models import Role
from greenhood.divisions.models import Division, Level

LEVELS: dict[Role, Level] = {
    Role.COMMUNITY_WORKER: Level.COMMUNITY,
    Role.STREET_OFFICER: Level.STREET,
    Role.COUNTY_OFFICER: Level.COUNTY,
    Role.CITY_OFFICER: Level.CITY,
    Role.PROVINCE_OFFICER: Level.PROVINCE,
    Role.NATIONAL_OBSERVER: Level.NATION,
}

# 三权分立: an administrator holds one administrator's post and no other.
ADMINISTRATORS = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})


def problem_of_place(role: Role, division: Division) -> str:
    """Why the role can't be held for the division; empty where it can."""
    level = LEVELS.get(role)
    if level is None or division.level == level:
        return ""
    return f"“{role.label}”须授予{level.label}的区划，“{division.name}”是{Level(division.level).label}。"


def problem_of_union(role: Role, held: Iterable[Role]) -> str:
    """Why a person who holds these roles can't take this one too; empty where they can."""
    others = set(held) - {role}
    if role in ADMINISTRATORS and others:
        return f"“{role.label}”须由专人担任，不得兼任其他角色。此人现任：{_listed(others)}。"
    if administrators := others & ADMINISTRATORS:
        return f"此人现任{_listed(administrators)}，管理员不得兼任其他角色。"
    return ""


def _listed(roles: Iterable[Role]) -> str:
    return "、".join(sorted(Role(role).label for role in roles))
