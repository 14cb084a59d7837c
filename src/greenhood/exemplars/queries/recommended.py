"""为您推荐: practices for what a community's self-assessment misses, the best fitting first, each with why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, Sum

from greenhood.assessments.models import Assessment
from greenhood.communities.models import Estate
from greenhood.divisions.models import Division, Level, code_at
from greenhood.exemplars.clauses import Criteria, tag
from greenhood.exemplars.library import TYPE
from greenhood.exemplars.models import Adoption, LibraryEntry
from greenhood.exemplars.queries.library import overlapping
from greenhood.exemplars.vocabulary import CommunityType
from greenhood.schemes.crosswalk import Line
from greenhood.schemes.format import Relation
from greenhood.schemes.models import SchemeVersion

# How much each reason weighs: what it is about before what it is like, before where it is.
SAME, PART_OF_IT, AKIN = 6, 4, 2
_BY_RELATION = {Relation.EQUAL: SAME, Relation.NARROWER: SAME, Relation.WIDER: PART_OF_IT, Relation.RELATED: AKIN}
SAME_TYPE, SAME_COUNTY, SAME_CITY = 2, 2, 1
# Nobody needs to be told of more than three communities to believe it.
MOST_FOR_USE = 3
POOL, MOST = 200, 3
# A community is of old estates, or of new ones, where two thirds of its dwellings are.
MOSTLY = 2 / 3


@dataclass(frozen=True, slots=True)
class Fit:
    """One practice and why it fits, in words, the weightiest first."""

    entry: LibraryEntry
    score: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Advice:
    """A missed criterion and the practices for it; none where the library has none yet."""

    line: Line
    tag: str
    fits: Sequence[Fit]


@dataclass(frozen=True, slots=True)
class Recommended:
    """``assessment`` is None where the community has not begun one: nothing is known to be missed then."""

    assessment: Assessment | None
    version: SchemeVersion | None
    advice: Sequence[Advice]


def recommended(community: Division, known: Criteria) -> Recommended:
    """For every criterion that the community's newest self-assessment misses. Six queries, however many there are."""
    found = Assessment.objects.filter(community=community).select_related("version").order_by("-year", "-started_at")
    assessment = found.first()
    if assessment is None:
        return Recommended(None, None, [])
    tags = [tag(assessment.scheme_id, no) for no in assessment.missed]
    fits = fitting(community, tags, known)
    lines = {text: line for text in tags if (line := known.line(text)) is not None}
    advice = [Advice(lines[text], text, fits.get(text, [])) for text in tags if text in lines]
    return Recommended(assessment, assessment.version, advice)


def fitting(community: Division, tags: Sequence[str], known: Criteria, *, most: int = MOST) -> dict[str, list[Fit]]:
    """For each criterion, given as a tag, the practices that fit a community best; its own and those it uses are left out.

    Four queries, however many criteria.
    """
    alike = {text: known.alike(text) for text in tags}
    every = {other for relations in alike.values() for other in relations}
    if not every:
        return {}
    city = Division(code=code_at(community.code, Level.CITY), level=Level.CITY)
    pool = {row.pk: row for row in [*overlapping(every, near=city, most=POOL), *overlapping(every, most=POOL)]}
    used = used_by(community)
    rows = [row for pk, row in pool.items() if pk not in used and row.division_id != community.pk]
    own_type = type_of(community)
    return {text: _best([_fit(row, text, alike[text], community, own_type) for row in rows], most) for text in tags}


def used_by(community: Division) -> set[UUID]:
    return set(Adoption.objects.filter(community=community).values_list("practice", flat=True))


def type_of(community: Division) -> str:
    """What kind of community it is, by the dwellings of its recorded estates; "" where nothing says so. One query."""
    estates = Estate.objects.filter(community=community, until=None, is_old__isnull=False)
    counts = dict(estates.values_list("is_old").annotate(dwellings=Sum(F("dwellings"), default=0)).order_by())
    whole = sum(counts.values())
    if not whole:
        return ""
    old = counts.get(True, 0) / whole
    if old >= MOSTLY:
        return CommunityType.OLD
    return CommunityType.NEW if old <= 1 - MOSTLY else CommunityType.MIXED


def _best(fits: Sequence[Fit | None], most: int) -> list[Fit]:
    found = [fit for fit in fits if fit is not None]
    return sorted(found, key=lambda fit: (-fit.score, -fit.entry.adopted, str(fit.entry.pk)))[:most]


def _fit(row: LibraryEntry, text: str, alike: dict[str, Relation], community: Division, own_type: str) -> Fit | None:
    """How well one entry fits one missed criterion; None where it has nothing to do with it."""
    relations = [alike[one] for one in row.tags if one in alike]
    if not relations:
        return None
    reasons = [_about(row, text, relations)]
    if own_type and TYPE + own_type in row.tags:
        reasons.append((SAME_TYPE, f"同为{CommunityType(own_type).label}的社区"))
    if row.code // 10**6 == community.code // 10**6:
        reasons.append((SAME_COUNTY, "同一县（市、区）"))
    elif code_at(row.code, Level.CITY) == code_at(community.code, Level.CITY):
        reasons.append((SAME_CITY, "同一城市"))
    if row.adopted:
        reasons.append((min(row.adopted, MOST_FOR_USE), f"已有 {row.adopted} 个社区采用"))
    ordered = sorted(reasons, key=lambda one: -one[0])
    return Fit(row, sum(weight for weight, _ in reasons), tuple(said for _, said in ordered))


def _about(row: LibraryEntry, text: str, relations: list[Relation]) -> tuple[int, str]:
    weight = max(_BY_RELATION[relation] for relation in relations)
    if text in row.tags:
        return SAME, "针对同一标准项"
    said = {SAME: "针对其他方案中要求相同的标准项", PART_OF_IT: "针对这一项的部分要求", AKIN: "针对内容相关的标准项"}
    return weight, said[weight]
