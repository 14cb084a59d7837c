"""What the computed checks of an assessment rest on: figures of today where it is open, those of the declaration where it
is locked, and the community's own claims. One query for the figures, one for the claims."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from greenhood.assessments import computed
from greenhood.assessments.computed import Counted, Grounds, Key
from greenhood.assessments.models import Answer, Assessment, Override
from greenhood.indicators import catalogue, measuring
from greenhood.indicators.figures import Figure
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes.format import Standard

NOT_COMPUTED = "系统暂不能计算这项指标，请按实际填写并上传证明材料。"


def as_of(assessment: Assessment, today: dt.date | None = None) -> dt.date:
    """The day whose facts count for an assessment: today, but never after the end of its year."""
    return min(today or today_in_shanghai(), dt.date(assessment.year, 12, 31))


def grounds_of(assessment: Assessment, standard: Standard, rows: Mapping[int, Answer]) -> Grounds:
    """What counts now. No query where the standard computes nothing, and no measuring where everything is locked."""
    keys = computed.indicators(standard)
    if not keys:
        return Grounds()
    claims = claims_of(assessment)
    open_ = open_keys(assessment, standard, rows)
    present = figures_today(assessment, keys) if open_ else {}
    return together(assessment, standard, open_, present, claims)


def together(
    assessment: Assessment,
    standard: Standard,
    open_: frozenset[Key],
    present: Mapping[str, Figure],
    claims: Mapping[Key, Override],
    *,
    today: dt.date | None = None,
) -> Grounds:
    """Figures of today for the open checks, those of the declaration for the locked ones."""
    day = as_of(assessment, today)
    kept = {computed.key_of(name): computed.read_stored(one) for name, one in (assessment.figures or {}).items()}
    figures = {
        key: Counted(present_figure(present, str(check.indicator)), day)
        for key, check in computed.of_standard(standard)
        if key in open_
    }
    locked = {key: one for key, one in kept.items() if key not in open_}
    every = frozenset(key for key, _ in computed.of_standard(standard))
    return Grounds(figures | locked, claims, every - open_)


def open_keys(assessment: Assessment, standard: Standard, rows: Mapping[int, Answer]) -> frozenset[Key]:
    """The computed checks that follow today's facts: all of an open assessment, those of items sent back of a locked one."""
    return frozenset(
        key
        for key, _ in computed.of_standard(standard)
        if assessment.locked_at is None or ((row := rows.get(key[0])) is not None and row.reopened_at is not None)
    )


def figures_today(assessment: Assessment, keys: Sequence[str], today: dt.date | None = None) -> dict[str, Figure]:
    """The figures of the community as of the day that counts. One query; none where the catalogue has none of them."""
    known = [key for key in keys if key in catalogue.entries()]
    if not known:
        return {}
    return measuring.figures_of(assessment.community_id, as_of=as_of(assessment, today), keys=known)


def figures_of_many(communities: Iterable[int], keys: Sequence[str], day: dt.date) -> dict[int, dict[str, Figure]]:
    """As above for several communities at once."""
    known = [key for key in keys if key in catalogue.entries()]
    return measuring.measure(communities, as_of=day, keys=known) if known else {}


def present_figure(present: Mapping[str, Figure], key: str) -> Figure:
    return present.get(key) or Figure(key, None, because=NOT_COMPUTED)


def claims_of(assessment: Assessment) -> dict[Key, Override]:
    """The claims that are not withdrawn."""
    found = assessment.overrides.filter(withdrawn_at=None).select_related("by", "ruled_by")
    return {(one.criterion, one.check_no): one for one in found}
