"""Where the communities of a division lie, and what colours them: state, completeness of the record, or an indicator.

Each question is a fixed number of queries, whatever the number of communities.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import connection

from greenhood.declarations.models import Standing, State
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division, Level
from greenhood.divisions.subjects import CommonRule
from greenhood.facts import kinds
from greenhood.facts import queries as facts
from greenhood.indicators import queries as indicators
from greenhood.indicators.catalogue import Direction, entries, entry
from greenhood.indicators.figures import shown
from greenhood.kit import geodesy
from greenhood.kit.geodesy import Geometry, Place
from greenhood.schemes.arithmetic import VALUE
from greenhood.schemes.queries import scheme_for

# How far points of an outline may move on a map of each level: less than a pixel of it.
DETAIL_M = {Level.STREET: 3, Level.COUNTY: 15, Level.CITY: 60}
MOST_COMMUNITIES = 3_000
STATE, COMPLETENESS = "state", "completeness"
NOT_TAKING_PART = "none"

# From pale to dark, so that the order is seen without colours too; all bear white characters.
RAMP = ("#8a5a00", "#6c7a1f", "#3f7f4f", "#1f6b4a", "#0f4a35")
UNKNOWN = "#6b7280"
STATES: dict[str, tuple[str, str]] = {
    State.REACHED: ("#19713f", "名"),
    State.DECLARED: ("#0b57d0", "申"),
    State.ASSESSING: ("#3f51a5", "评"),
    State.RETURNED: ("#8a5200", "退"),
    State.RECTIFYING: ("#8a5200", "改"),
    State.REJECTED: ("#b3261e", "未"),
    State.DELISTED: ("#b3261e", "除"),
    NOT_TAKING_PART: (UNKNOWN, "无"),
}
SHARES = (Decimal("0.2"), Decimal("0.4"), Decimal("0.6"), Decimal("0.8"))
CLASSES = 5


@dataclass(frozen=True)
class Shade:
    """One class of the legend: its key in the address, words, colour, and the character that stands for it."""

    key: str
    title: str
    colour: str
    sign: str


Outline = tuple[Geometry | None, Place]
"""Where a community lies: its outline where there is one, and a place within or of it."""


@dataclass(frozen=True)
class Spot:
    """One community: where it lies (None: not recorded), its class, and its figure in words."""

    division: Division
    outline: Outline | None
    shade: Shade
    words: str


@dataclass(frozen=True)
class GroundMap:
    """The communities of a division by class, best first; ``title`` says what colours them, ``note`` where it is from."""

    division: Division
    by: str
    title: str
    shades: list[Shade]
    spots: list[Spot]
    note: str = ""
    is_cut: bool = False
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def unplaced(self) -> int:
        return sum(spot.outline is None for spot in self.spots)


Coloured = tuple[list[Shade], dict[int, tuple[Shade, str]], tuple[Shade, str], str]
"""The legend, (class, words) by community id, those of all others, and a note."""


def choices() -> list[tuple[str, str]]:
    """What may colour the map."""
    return [
        (STATE, "创建状态"),
        (COMPLETENESS, "信息完整程度"),
        *((key, each.title) for key, each in entries().items()),
    ]


def map_of(division: Division, by: str, *, places: bool = True) -> GroundMap:
    """The map of a city, county or street. ``places`` is False where only the list is wanted."""
    version = scheme_for(division)
    rule = version.scheme.subjects if version else CommonRule()
    found = list(divisions.subjects(rule, division).defer("bigrams").order_by("code")[: MOST_COMMUNITIES + 1])
    members = found[:MOST_COMMUNITIES]
    shades, coloured, others, note = _coloured(division, members, by)
    where = _where(division, detail=DETAIL_M[Level(division.level)] if places else None)
    spots = [Spot(each, where.get(each.pk), *coloured.get(each.pk, others)) for each in members]
    counts = {shade.key: sum(spot.shade is shade for spot in spots) for shade in shades}
    title = dict(choices())[by]
    return GroundMap(division, by, title, shades, spots, note, len(found) > MOST_COMMUNITIES, counts)


def _coloured(division: Division, members: Sequence[Division], by: str) -> Coloured:
    if by == STATE:
        return _by_state(members)
    if by == COMPLETENESS:
        return _by_completeness(members)
    return _by_indicator(division, by)


def _by_state(members: Sequence[Division]) -> Coloured:
    labels = {**{state.value: state.label for state in State}, NOT_TAKING_PART: "尚未参与"}
    shades = {key: Shade(key, labels[key], colour, sign) for key, (colour, sign) in STATES.items()}
    states = Standing.objects.filter(community__in=[each.pk for each in members]).values_list("community_id", "state")
    coloured = {pk: (shades[state], shades[state].title) for pk, state in states}
    other = shades[NOT_TAKING_PART]
    return list(shades.values()), coloured, (other, other.title), "按社区现在的状态。"


def _by_completeness(members: Sequence[Division]) -> Coloured:
    wanted = [each for each in kinds.kinds() if not each.is_event]
    tallies = facts.tallies([each.pk for each in members], wanted=wanted)
    titles = ("不到 20%", "20%–40%", "40%–60%", "60%–80%", "80% 以上")
    shades = [Shade(f"c{n}", title, RAMP[n], str(n + 1)) for n, title in enumerate(titles)]
    coloured = {}
    for pk, tally in tallies.items():
        share = Decimal(len(tally)) / len(wanted)
        coloured[pk] = (shades[bisect_right(SHARES, share)], f"{len(tally)}/{len(wanted)} 类")
    note = f"已登记的类别占全部 {len(wanted)} 类的比例；按次发生的活动、巡查等不计。"
    return shades[::-1], coloured, (shades[0], f"0/{len(wanted)} 类"), note


def _by_indicator(division: Division, key: str) -> Coloured:
    """Five classes of equal numbers of communities, the best first, and one of those whose figure is unknown."""
    indicator = entry(key)
    frame, as_of = indicators.stored(division, [key])
    known = {
        pk: Decimal(value) / VALUE for pk, value in frame.select("community_id", key).iter_rows() if value is not None
    }
    values = sorted(known.values())
    bounds = sorted({values[len(values) * n // CLASSES] for n in range(1, CLASSES)} - set(values[:1])) if values else []
    edges = [*values[:1], *bounds]
    # The darkest green is the best, whichever way is better.
    is_higher = indicator.direction is Direction.HIGHER
    ramp = RAMP[CLASSES - len(edges) :] if is_higher else RAMP[CLASSES - len(edges) :][::-1]
    shades = []
    for number, low in enumerate(edges):
        high = edges[number + 1] if number + 1 < len(edges) else None
        words = f"{shown(indicator, low)} 以上"
        if high is not None:
            words = f"{shown(indicator, low)} 至 {shown(indicator, high)} 以下"
        shades.append(Shade(f"v{number}", words, ramp[number], str(number + 1)))
    unknown = Shade("unknown", "未知", UNKNOWN, "?")
    coloured = {pk: (shades[bisect_right(bounds, value)], shown(indicator, value)) for pk, value in known.items()}
    day = f"数据截至 {as_of}。" if as_of else "尚未计算，每晚计算一次。"
    note = f"{indicator.definition}{day}{indicator.direction.value}；按社区数等分为几档，没有数据的为“未知”，不作零计。"
    return [*(shades[::-1] if is_higher else shades), unknown], coloured, (unknown, "未知"), note


def _where(division: Division, *, detail: float | None) -> dict[int, Outline]:
    """Outlines, simplified to so many metres (None: places only). One query.

    A community without an outline lies at its committee, or in the middle of its estates.
    """
    low, high = division.span
    with connection.cursor() as cursor:
        cursor.execute(PLACES.format(outline="b.geometry::text" if detail else "null"), {"low": low, "high": high})
        rows = cursor.fetchall()
    found: dict[int, Outline] = {}
    for community, _, _, longitude, latitude in sorted(rows, key=lambda row: row[:2]):
        found.setdefault(community, (None, (longitude, latitude)))
    drawn = [(community, text) for community, _, text, _, _ in rows if text]
    simple = geodesy.outlines([text for _, text in drawn], detail or 0)
    return found | {community: each for (community, _), each in zip(drawn, simple, strict=True)}


# In the order in which they are preferred.
PLACES = """
with here as (
  select id from divisions_division
  where code >= %(low)s and code < %(high)s and level = 5 and valid_to is null
)
select b.community_id, 1, {outline}, b.longitude, b.latitude from communities_boundary b
join here on here.id = b.community_id where b.until is null and b.longitude is not null
union all
select c.community_id, 2, null, c.longitude, c.latitude from communities_committee c
join here on here.id = c.community_id where c.until is null and c.longitude is not null
union all
select e.community_id, 3, null, avg(e.longitude), avg(e.latitude) from communities_estate e
join here on here.id = e.community_id where e.until is null and e.longitude is not null
group by e.community_id
"""
