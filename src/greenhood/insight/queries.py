"""What the overviews read: rollups and standings, a fixed number of queries whatever the size of the division."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet
from django.urls import reverse

from greenhood.assessments.models import Evidence
from greenhood.declarations.models import Award, NoticeEntry, Standing, State
from greenhood.divisions import succession
from greenhood.divisions.models import Division, DivisionCode, Level, Succession
from greenhood.divisions.queries import current, paths
from greenhood.divisions.subjects import CommonRule, Rule, condition, describe
from greenhood.evidence import photos
from greenhood.insight import progress
from greenhood.insight.models import Refresh, Rollup
from greenhood.insight.progress import Counts, Rate
from greenhood.insight.subjects import versions_in_force
from greenhood.schemes.format import Criterion, Part, Scheme
from greenhood.schemes.models import SchemeVersion
from greenhood.schemes.queries import scheme_for

MOST_MISSED = 10
NOT_TAKING_PART = "none"


@dataclass(frozen=True)
class Lower:
    """One division inside the one looked at, with its place among its neighbours."""

    division: Division
    counts: Counts
    shares: dict[str, Decimal | None]
    share: Decimal | None
    rank: int | None
    missing: int | None
    average: Decimal | None

    @property
    def is_too_small(self) -> bool:
        return 0 < self.counts.subjects < progress.LEAST_TO_RANK


@dataclass(frozen=True)
class StateCount:
    state: str
    label: str
    count: int
    share: Decimal | None


@dataclass(frozen=True)
class PartAverage:
    part: Part
    average: Decimal | None
    most: Decimal | None
    share: Decimal | None


@dataclass(frozen=True)
class Missed:
    criterion: Criterion
    part: Part
    count: int
    share: Decimal


@dataclass(frozen=True)
class Achieved:
    """How far a division is, with what its communities miss most: the short of an overview, for conclusions.

    ``version`` is the scheme in force there, ``judged_by`` the one that most of its ``judged`` communities were judged by.
    """

    counts: Counts
    version: SchemeVersion | None
    judged_by: SchemeVersion | None
    judged: int
    missed: list[Missed]


@dataclass(frozen=True)
class Member:
    """One community of a street and where it stands."""

    division: Division
    standing: Standing | None
    is_subject: bool
    award: Award | None


@dataclass(frozen=True)
class Overview:
    """Everything that an overview shows of one division."""

    division: Division
    version: SchemeVersion | None
    rule: str
    counts: Counts
    outside: int
    simulated: int
    rates: list[Rate]
    states: list[StateCount]
    lower: list[Lower]
    members: list[Member]
    judged_by: SchemeVersion | None
    judged: int
    average: Decimal | None
    maximum: Decimal | None
    parts: list[PartAverage]
    missed: list[Missed]
    others: list[SchemeVersion]
    as_of: dt.datetime | None

    @property
    def level_below(self) -> str:
        return self.lower[0].division.get_level_display() if self.lower else ""


def overview_of(division: Division, *, today: dt.date, by: str = "reached", scheme_id: str | None = None) -> Overview:
    """The overview of a division above the communities. Points and missed items are those of one scheme."""
    versions = versions_in_force()
    version = in_force(division, versions)
    scheme = version.scheme if version else None
    below = lower_divisions(division) if division.level < Level.STREET else []
    rollups = _rollups_of([division, *below])
    mine = rollups.get(division.pk) or Rollup(division=division)
    counts = counts_of(mine)
    level = version.jurisdiction.level if version else Level.NATION
    judged_by = _judged_by(mine, version, versions, scheme_id)
    rates = progress.rates(counts, scheme, division.level, level, today)
    return Overview(
        division=division,
        version=version,
        rule=describe(scheme.subjects if scheme else CommonRule()),
        counts=counts,
        outside=mine.outside,
        simulated=mine.simulated,
        rates=rates,
        states=_states(mine),
        lower=_ranked(below, rollups, versions, today, by, judged_by),
        members=members_of(division, scheme) if division.level == Level.STREET else [],
        judged_by=judged_by,
        judged=int(mine.totals[judged_by.scheme_id][1]) if judged_by else 0,
        average=progress.mean(mine.totals.get(judged_by.scheme_id)) if judged_by else None,
        maximum=judged_by.scheme.standard.maximum if judged_by else None,
        parts=_parts(mine, judged_by),
        missed=_missed(mine, judged_by),
        others=[each for each in versions if each.scheme_id in mine.totals and each != judged_by],
        as_of=refreshed_through(),
    )


def achieved_by(division: Division) -> Achieved:
    """The figures and gaps of one division as its overview shows them. Two queries."""
    versions = versions_in_force()
    version = in_force(division, versions)
    rollup = _rollups_of([division]).get(division.pk) or Rollup(division=division)
    judged_by = _judged_by(rollup, version, versions, None)
    judged = int(rollup.totals[judged_by.scheme_id][1]) if judged_by else 0
    return Achieved(counts_of(rollup), version, judged_by, judged, _missed(rollup, judged_by))


def in_force(division: Division, versions: Sequence[SchemeVersion]) -> SchemeVersion | None:
    """The narrowest of the schemes in force that the division lies under; `versions` has the widest first."""
    return next((each for each in reversed(versions) if each.jurisdiction.contains(division)), None)


def counts_of(rollup: Rollup | None) -> Counts:
    if rollup is None:
        return Counts()
    return Counts(rollup.subjects, rollup.participating, rollup.reached, rollup.demonstration)


def refreshed_through() -> dt.datetime | None:
    return Refresh.objects.values_list("through", flat=True).first()


def lower_divisions(division: Division) -> list[Division]:
    """What lies directly below, as one speaks of it: the districts of Shanghai, not its 市辖区."""
    is_placeholder = Q(name__in=["市辖区", "县"]) | Q(name__contains="直辖县级")
    # As a set of parents, each found by index; an "or" over the joined parent reads the whole table.
    parents = Division.objects.filter(Q(pk=division.pk) | Q(parent=division, level=Level.CITY) & is_placeholder)
    found = current().filter(parent__in=parents.order_by().values("pk"))
    return [each for each in found.defer("bigrams").order_by("code") if not each.is_placeholder]


def _rollups_of(divisions: Sequence[Division]) -> dict[int, Rollup]:
    return Rollup.objects.in_bulk([each.pk for each in divisions])


def _states(rollup: Rollup) -> list[StateCount]:
    counts = {state: rollup.states.get(state, 0) for state in State.values}
    rows = [*State.choices, (NOT_TAKING_PART, "尚未参与")]
    counts[NOT_TAKING_PART] = max(0, rollup.subjects - sum(counts.values()))
    whole = rollup.subjects
    return [
        StateCount(state, label, counts[state], Decimal(counts[state]) / whole if whole else None)
        for state, label in rows
    ]


def _ranked(
    below: Sequence[Division],
    rollups: dict[int, Rollup],
    versions: Sequence[SchemeVersion],
    today: dt.date,
    by: str,
    judged_by: SchemeVersion | None,
) -> list[Lower]:
    counted_rows = [(each, counts_of(rollups.get(each.pk))) for each in below]
    places = progress.ranks([(counts.share(by), counts.subjects) for _, counts in counted_rows])
    rows = [
        Lower(
            division=each,
            counts=counts,
            shares={measure: counts.share(measure) for measure in progress.TITLES},
            share=counts.share(by),
            rank=place,
            missing=_missing(each, counts, versions, today, by),
            average=_average(rollups.get(each.pk), judged_by),
        )
        for (each, counts), place in zip(counted_rows, places, strict=True)
    ]
    return sorted(rows, key=lambda row: (row.rank is None, row.rank or 0, -row.counts.subjects, row.division.code))


def _missing(
    division: Division, counts: Counts, versions: Sequence[SchemeVersion], today: dt.date, by: str
) -> int | None:
    version = in_force(division, versions)
    if version is None:
        return None
    found = progress.rates(counts, version.scheme, division.level, version.jurisdiction.level, today)
    target = next(rate.target for rate in found if rate.measure == by)
    return target.missing if target else None


def _average(rollup: Rollup | None, version: SchemeVersion | None) -> Decimal | None:
    return progress.mean(rollup.totals.get(version.scheme_id)) if rollup and version else None


def _judged_by(
    rollup: Rollup, version: SchemeVersion | None, versions: Sequence[SchemeVersion], scheme_id: str | None
) -> SchemeVersion | None:
    """The scheme whose points are shown: the one asked for, the one in force, or the one that most were judged by."""
    here = {each.scheme_id: each for each in versions if each.scheme_id in rollup.totals}
    if scheme_id in here:
        return here[scheme_id]
    if version and version.scheme_id in here:
        return version
    return max(here.values(), key=lambda each: rollup.totals[each.scheme_id][1], default=None)


def _parts(rollup: Rollup, version: SchemeVersion | None) -> list[PartAverage]:
    if version is None:
        return []
    stored = rollup.parts.get(version.scheme_id, {})
    found = []
    for part in version.scheme.standard.parts:
        average, most = progress.mean(stored.get(part.key)), most_of(version.scheme, part)
        found.append(PartAverage(part, average, most, average / most if average is not None and most else None))
    return found


def most_of(scheme: Scheme, part: Part) -> Decimal | None:
    """The most that a part can give: its points, or on a checklist the number of its items."""
    if scheme.standard.scoring == "checklist":
        return Decimal(len(part.criteria))
    return part.points or sum((line.points or Decimal(0) for line in part.criteria), Decimal(0)) or None


def _missed(rollup: Rollup, version: SchemeVersion | None) -> list[Missed]:
    if version is None:
        return []
    lines = {str(line.no): (line, part) for part in version.scheme.standard.parts for line in part.criteria}
    judged = Decimal(rollup.totals[version.scheme_id][1])
    stored = rollup.missed.get(version.scheme_id, {})
    worst = sorted(stored.items(), key=lambda item: (-item[1], int(item[0])))
    return [Missed(*lines[no], count, count / judged) for no, count in worst if no in lines][:MOST_MISSED]


def members_of(street: Division, scheme: Scheme | None) -> list[Member]:
    """The communities of a street: its subjects, and what takes part besides. Two queries."""
    rule: Rule = scheme.subjects if scheme else CommonRule()
    subjects = Division.objects.filter(condition(rule), pk=OuterRef("pk"), parent=street)
    held = Award.objects.exclude(state=Award.State.WITHDRAWN).order_by("-awarded_on")
    found = (
        current()
        .filter(parent=street, level=Level.COMMUNITY)
        .annotate(is_subject=Exists(subjects))
        .filter(Q(is_subject=True) | Q(standing__isnull=False))
        .select_related("standing")
        .prefetch_related(Prefetch("awards", held, to_attr="held"))
        .defer("bigrams")
        .order_by("code")
    )
    return [
        Member(each, getattr(each, "standing", None), each.is_subject, next(iter(each.held), None)) for each in found
    ]


def awarded_in(division: Division) -> QuerySet[Award]:
    """The titles held in a division now, newest first."""
    low, high = division.span
    found = Award.objects.exclude(state=Award.State.WITHDRAWN).filter(
        community__code__gte=low, community__code__lt=high
    )
    return found.select_related("community").defer("community__bigrams").order_by("-awarded_on", "-pk")


def communities_to_export(division: Division) -> Iterator[tuple[object, ...]]:
    """Every taking-part community of a division, read in pieces: code, name, street, state, total, title, since."""
    low, high = division.span
    rows = (
        Standing.objects.filter(community__code__gte=low, community__code__lt=high)
        .order_by("community__code")
        .values_list(
            F("community__code"), "community__name", "community__parent__name", "state", "total", "reached_on",
            "is_simulated",
        )
    )  # fmt: skip
    labels = dict(State.choices)
    for code, name, street, state, total, reached_on, is_simulated in rows.iterator(chunk_size=5000):
        yield f"{code:012d}", name, street, labels[state], total, reached_on, "模拟" if is_simulated else ""


# One community


@dataclass(frozen=True)
class Profile:
    """What anybody may know of a community, and its standing for those who may know that too."""

    division: Division
    path: list[Division]
    version: SchemeVersion | None
    is_subject: bool
    rule: str
    standing: Standing | None
    awards: list[Award]
    notices: list[NoticeEntry]
    evidence: list[Piece]
    codes: list[DivisionCode]
    # What became of a closed community, and who took its place.
    fate: str
    heirs: list[Division]
    # The closed communities that this one came from, and the titles that were theirs and aren't its own.
    forerunners: list[Succession]
    inherited: list[Award]

    @property
    def held(self) -> list[Award]:
        return [award for award in self.awards if award.state != Award.State.WITHDRAWN]

    @property
    def is_simulated(self) -> bool:
        return bool(self.standing and self.standing.is_simulated)

    @property
    def public_state(self) -> str:
        """Where it stands in words for everybody: whether a declaration was returned or refused is not for the public."""
        if any(award.state == Award.State.RECTIFYING for award in self.awards):
            return State.RECTIFYING
        if self.held:
            return State.REACHED
        if self.awards and self.standing and self.standing.state == State.DELISTED:
            return State.DELISTED
        return "participating" if self.standing and self.standing.participating else NOT_TAKING_PART


PUBLIC_STATES = {
    State.RECTIFYING: "已命名，限期整改中",
    State.REACHED: "已命名",
    State.DELISTED: "已除名",
    "participating": "参与创建",
    NOT_TAKING_PART: "尚未参与",
}
MOST_EVIDENCE = 12


@dataclass(frozen=True)
class Piece:
    """A photo that the community shows to everybody: the copies without EXIF."""

    name: str
    url: str
    thumbnail_url: str


def _shown(evidence: Evidence) -> Piece:
    address = "assessments:public_evidence"
    return Piece(
        evidence.caption or f"第 {evidence.criterion} 项",
        reverse(address, args=[evidence.pk, photos.LARGE]),
        reverse(address, args=[evidence.pk, photos.SMALL]),
    )


def profile_of(community: Division, *, today: dt.date) -> Profile:
    """A community's own page, in a fixed number of queries."""
    version = scheme_for(community)
    rule: Rule = version.scheme.subjects if version else CommonRule()
    path = paths([community])[community.pk]
    evidence = Evidence.objects.filter(
        assessment__community=community,
        assessment__public_from__isnull=False,
        is_public=True,
        removed_at=None,
        blob__media_type__startswith="image/",
    )
    notices = NoticeEntry.objects.filter(declaration__community=community).select_related("notice")
    forerunners = succession.forerunners(community)
    before = Award.objects.filter(community__in={link.predecessor_id for link in forerunners})
    return Profile(
        division=community,
        path=path,
        version=version,
        is_subject=Division.objects.filter(condition(rule), pk=community.pk).exists(),
        rule=describe(rule),
        standing=Standing.objects.filter(pk=community.pk).first(),
        awards=list(community.awards.order_by("-awarded_on", "number")),
        notices=list(notices.order_by("-notice__opens_on")),
        evidence=[_shown(each) for each in evidence.order_by("criterion", "pk")[:MOST_EVIDENCE]],
        codes=list(community.codes.all()),
        fate=succession.fate(community),
        heirs=succession.heirs(community) if community.valid_to else [],
        forerunners=forerunners,
        inherited=list(before.select_related("community").order_by("-awarded_on", "number")) if forerunners else [],
    )
