"""How many may hold a title: the places that a scheme's quotas leave, counted while nobody else can take one.

Before counting, the serial rows of the quotas are locked in the order of their keys, so that two awards under one quota
stand in line and never both take the last place, while awards under other quotas don't wait.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal

from django.db import connection
from django.db.models import Count, F
from django.db.models.expressions import Expression

from greenhood.declarations import procedure
from greenhood.declarations.models import Award, Declaration, Serial, Status
from greenhood.declarations.queries import scores
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import DIGITS, code_at
from greenhood.schemes.format import Quota, Scheme, StepKind, Title


@dataclass
class Room:
    """The places under one quota in one division: the limit, those taken, and how the limit came about."""

    quota: Quota
    code: int
    limit: int
    taken: int
    denominator: int | None = None
    rule: str = ""

    @property
    def is_full(self) -> bool:
        return self.taken >= self.limit

    def describe(self) -> dict[str, object]:
        """What is kept with the award: the clause, the limit and how it was counted."""
        return {
            "text": self.quota.text,
            "source": self.quota.source,
            "kind": self.quota.kind,
            "division": self.code,
            "limit": self.limit,
            "taken_before": self.taken,
            "denominator": self.denominator,
            "rule": self.rule,
            "years": self.quota.years,
        }

    @property
    def full_reason(self) -> str:
        basis = f"（{self.denominator} 个社区的 {self.quota.share:.0%}，不足一个的舍去）" if self.denominator else ""
        if self.quota.kind == "rank":
            return f"本批排名在前 {self.limit} 名之外（依据：{self.quota.source}，{self.quota.text}）。"
        return f"名额已满：限 {self.limit} 个{basis}，已有 {self.taken} 个（依据：{self.quota.source}，{self.quota.text}）。"


@dataclass
class Rooms:
    """The rooms of every quota that some declarations fall under."""

    by_key: dict[tuple[int, int], Room] = field(default_factory=dict)
    ranks: dict[object, dict[int, int]] = field(default_factory=dict)

    def of(self, title: Title, declaration: Declaration) -> list[Room]:
        return [
            self.by_key[index, quota_code(quota, declaration.community.code)]
            for index, quota in enumerate(title.quotas)
        ]

    def refusal(self, title: Title, declaration: Declaration) -> str | None:
        """Why there is no place for this one, or None."""
        for index, room in enumerate(self.of(title, declaration)):
            if room.quota.kind == "rank":
                if self.ranks[declaration.pk][index] > room.limit:
                    return room.full_reason
            elif room.is_full:
                return room.full_reason
        return None

    def take(self, title: Title, declaration: Declaration) -> list[dict[str, object]]:
        """Take a place under each quota; what each said at that moment."""
        rooms = self.of(title, declaration)
        said = [room.describe() for room in rooms]
        for room in rooms:
            room.taken += 1
        return said


def quota_code(quota: Quota, community_code: int) -> int:
    return code_at(community_code, procedure.LEVELS[quota.within])


def serial_keys(scheme: Scheme, title: Title, declarations: Iterable[Declaration], year: int) -> set[str]:
    """The serial rows to hold: one for the plaque numbers of the year, one for each quota and division."""
    keys = {plaque_key(scheme, year)}
    for declaration in declarations:
        for index, quota in enumerate(title.quotas):
            keys.add(f"quota:{scheme.id}:{title.key}:{index}:{quota_code(quota, declaration.community.code)}")
    return keys


def plaque_key(scheme: Scheme, year: int) -> str:
    return f"plaque:{scheme.id}:{year}"


def hold(keys: Iterable[str]) -> dict[str, Serial]:
    """Lock the serial rows in the order of their keys, made where they are missing."""
    wanted = sorted(set(keys))
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into declarations_serial (key, last) select key, 0 from unnest(%s::text[]) as new (key)"
            " order by key on conflict (key) do nothing",
            [wanted],
        )
    return {serial.key: serial for serial in Serial.objects.select_for_update().filter(key__in=wanted).order_by("key")}


def rooms(scheme: Scheme, title: Title, declarations: list[Declaration], year: int) -> Rooms:
    """Count the places left; the serials must be held. One query per quota, and one per quota by share for its divisors."""
    found = Rooms(ranks={declaration.pk: {} for declaration in declarations})
    for index, quota in enumerate(title.quotas):
        codes = {quota_code(quota, declaration.community.code) for declaration in declarations}
        taken = _taken(scheme, title, quota, codes, year)
        subjects = _subjects(scheme, codes) if quota.kind == "share" else {}
        for code in codes:
            found.by_key[index, code] = _room(scheme, quota, code, taken[code], subjects.get(code, 0))
        if quota.kind == "rank":
            for pk, rank in _ranks(scheme, title, quota, declarations, year).items():
                found.ranks[pk][index] = rank
    return found


def _room(scheme: Scheme, quota: Quota, code: int, taken: int, subjects: int) -> Room:
    if quota.kind != "share":
        return Room(quota, code, quota.count or 0, taken)
    limit = int(((quota.share or Decimal(0)) * subjects).to_integral_value(ROUND_FLOOR))
    return Room(quota, code, limit, taken, subjects, divisions.describe(scheme.subjects))


def _subjects(scheme: Scheme, codes: set[int]) -> dict[int, int]:
    """The denominators: how many communities are the object of the scheme in each division, by its code."""
    places = list(divisions.current().filter(code__in=codes))
    counts = divisions.count_subjects(scheme.subjects, places)
    return {place.code: counts[place.pk] for place in places}


def _code_column(quota: Quota, path: str = "community__code") -> Expression:
    width = 10 ** (12 - DIGITS[procedure.LEVELS[quota.within]])
    return F(path) - F(path) % width


def _taken(scheme: Scheme, title: Title, quota: Quota, codes: set[int], year: int) -> Counter[int]:
    """Titles in force by division, awarded in the window of years that ends with ``year``."""
    awards = Award.objects.filter(scheme_id=scheme.id, title=title.key, state__in=Award.IN_FORCE)
    if quota.kind == "rank":
        awards = awards.filter(awarded_on__year=year)
    elif quota.years:
        awards = awards.filter(awarded_on__year__gt=year - quota.years, awarded_on__year__lte=year)
    counted = awards.annotate(within=_code_column(quota)).filter(within__in=codes).values_list("within")
    return Counter(dict(counted.annotate(count=Count("pk"))))


def _ranks(scheme: Scheme, title: Title, quota: Quota, declarations: list[Declaration], year: int) -> dict[object, int]:
    """The rank by score of each declaration among all of its batch: those that wait for the award, and the awarded."""
    steps = [step.key for step in scheme.procedure.steps if step.kind is StepKind.AWARD]
    batch = Declaration.objects.filter(scheme_id=scheme.id, title=title.key, year=declarations[0].year)
    waiting = batch.filter(status=Status.ACTIVE, step__in=steps)
    given = batch.filter(status=Status.AWARDED, award__awarded_on__year=year)
    rivals = list((waiting | given).select_related("community"))
    totals = {pk: score.total or Decimal(0) for pk, score in scores.counting(rivals).items()}
    ranks: dict[object, int] = {}
    for declaration in declarations:
        code = quota_code(quota, declaration.community.code)
        own = totals.get(declaration.pk, Decimal(0))
        ranks[declaration.pk] = 1 + sum(
            totals[rival.pk] > own for rival in rivals if quota_code(quota, rival.community.code) == code
        )
    return ranks
