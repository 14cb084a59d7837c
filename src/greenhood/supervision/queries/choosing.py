"""What can be chosen for an inspection: places, communities by a filter, people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import CAPABILITIES, Capability
from greenhood.accounts.models import Post, Role, User
from greenhood.accounts.queries import valid_on
from greenhood.declarations.models import Award
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import DIGITS, Division, Level, code_at
from greenhood.kit.dates import today_in_shanghai
from greenhood.reporting.models import ROUNDS, Obligation, State
from greenhood.schemes.models import SchemeVersion
from greenhood.supervision import seeing
from greenhood.supervision.models import Inspection, Order

INSPECTING = [role for role in Role if Capability.INSPECT in CAPABILITIES[role]]
MOST_PEOPLE = 200
A_YEAR = dt.timedelta(days=365)

AMONG = {
    "": "全部创建对象社区",
    "awarded": "称号有效的社区",
    "owing": "有未办结整改的社区",
    "unseen": "近一年没有检查过的社区",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A division that can be ticked, with those in it that can be ticked one by one."""

    division: Division
    communities: Sequence[Division]


def places_in(division: Division) -> list[Place]:
    """What lies directly in a division; of a county or a street also every community. One or two queries."""
    lower = list(divisions.children(division))
    if division.level == Level.STREET:
        return [Place(division, [one for one in lower if one.level == Level.COMMUNITY])]
    if division.level != Level.COUNTY:
        return [Place(one, ()) for one in lower]
    found: dict[int, list[Division]] = {one.code: [] for one in lower}
    for community in divisions.within(division).filter(level=Level.COMMUNITY).defer("bigrams").order_by("code"):
        found.setdefault(code_at(community.code, Level.STREET), []).append(community)
    return [Place(one, found[one.code]) for one in lower]


def narrowed(
    communities: Iterable[Division], among: str, version: SchemeVersion | None, within: Division, *, actor: Actor
) -> list[Division]:
    """Those of the communities that a filter keeps, by what the actor may know; only objects of the programme. Two queries at most."""
    wanted = list(communities)
    if version is not None:
        subjects = set(divisions.subjects(version.scheme.subjects, within).values_list("pk", flat=True))
        wanted = [one for one in wanted if one.pk in subjects]
    kept = _kept(among, [one.pk for one in wanted], actor)
    return wanted if kept is None else [one for one in wanted if one.pk in kept]


def _kept(among: str, ids: Sequence[int], actor: Actor) -> set[int] | None:
    if among == "awarded":
        rows = Award.objects.filter(community__in=ids, state__in=Award.IN_FORCE)
        return set(rows.values_list("community", flat=True))
    if among == "owing":
        return set(
            seeing.orders(actor).filter(recipient__in=ids, state__in=Order.LIVE).values_list("recipient", flat=True)
        )
    if among == "unseen":
        since = today_in_shanghai() - A_YEAR
        seen = seeing.sheets(actor).filter(
            community__in=ids, inspection__begins_on__gte=since, finished_at__isnull=False
        )
        return set(ids) - set(
            seen.exclude(inspection__state=Inspection.State.CANCELLED).values_list("community", flat=True)
        )
    return None


def named(words: Iterable[str], within: Division) -> tuple[list[int], list[str]]:
    """Codes of places typed as codes or whole names, one to a line; and the lines that say nothing. One query."""
    lines = list(dict.fromkeys(word.strip() for word in words if word.strip()))[:2000]
    codes = {
        int(line.ljust(DIGITS[-1], "0")) for line in lines if line.isascii() and line.isdecimal() and len(line) <= 12
    }
    names = [line for line in lines if not (line.isascii() and line.isdecimal())]
    rows = divisions.within(within).filter(Q(code__in=codes) | Q(name__in=names)).values_list("code", "name")
    found = list(rows)
    known = {f"{code:012d}" for code, _ in found} | {name for _, name in found}
    missing = [line for line in lines if line not in known and line.ljust(12, "0") not in known]
    return [code for code, _ in found], missing


def colleagues(division: Division) -> list[Post]:
    """Posts that inspect for the division, and experts of it and of those above it. One query."""
    above = {code_at(division.code, level) for level in range(division.level + 1)}
    own = Q(division=division, role__in=INSPECTING)
    experts = Q(division__code__in=above, role=Role.EXPERT)
    rows = Post.objects.filter(own | experts, valid_on(today_in_shanghai()), user__is_active=True)
    return list(rows.select_related("user", "division").order_by("role", "user__name", "pk")[:MOST_PEOPLE])


def people_called(names: Iterable[str]) -> tuple[list[User], list[str]]:
    """People by their sign-in names, and the names that nobody has. One query."""
    wanted = list(dict.fromkeys(name.strip() for name in names if name.strip()))[:50]
    found = {user.username: user for user in User.objects.filter(username__in=wanted, is_active=True)}
    return list(found.values()), [name for name in wanted if name not in found]


def rounds_of(division: Division) -> QuerySet[Obligation]:
    """Visits and samples of the scheme's calendar that this division still has to carry out, the first to fall due first."""
    rows = Obligation.objects.filter(reporter=division, kind__in=ROUNDS, state=State.OPEN)
    return rows.select_related("version").order_by("deadline", "pk")
