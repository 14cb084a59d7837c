"""Sets the stage: inspections planned, begun, filled in, closed and published; orders; all through actions."""

from __future__ import annotations

import datetime as dt
from io import BytesIO
from typing import Any

from PIL import Image

from greenhood.accounts.actor import Actor
from greenhood.kit import dates
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes.models import SchemeVersion
from greenhood.supervision.actions import answering, finding, ordering, photos, planning
from greenhood.supervision.actions.answering import Seen
from greenhood.supervision.actions.ordering import Demands
from greenhood.supervision.actions.planning import Plan
from greenhood.supervision.models import Answer, Finding, Inspection, Order, Sheet
from tests.cast import Cast

KEYS = ("8.1", "10.1", "16.1")


def plan(cast: Cast, *, version: SchemeVersion | None = None, by: Actor | None = None, **more: Any) -> Inspection:
    """The county inspects its first community with one officer."""
    by = by or cast.county_officer
    today = today_in_shanghai()
    wanted: dict[str, Any] = {
        "kind": "routine",
        "title": "秋季检查",
        "begins_on": today,
        "ends_on": today + dt.timedelta(days=10),
        "communities": [cast.community],
        "inspectors": [by.user],
        "keys": KEYS if version else (),
        "topics": () if version else ("入口有无公示栏",),
        "standard_key": "standard" if version else "",
    }
    return planning.plan(by.post.division, Plan(**wanted | more), by=by, version=version)


def under_way(cast: Cast, **more: Any) -> Inspection:
    by = more.get("by") or cast.county_officer
    planned = plan(cast, **more)
    return planning.start(planned, by=by, revision=planned.revision)


def sheet_of(inspection: Inspection, community: Any = None) -> Sheet:
    rows = Sheet.objects.select_related("inspection__division", "inspection__version", "community")
    rows = rows.filter(inspection=inspection)
    return rows.get(community=community) if community else rows.get()


def fill(
    inspection: Inspection,
    by: Actor,
    *,
    wrong: tuple[str, ...] = (),
    community: Any = None,
    at: dt.datetime | None = None,
) -> Sheet:
    """Everything met but ``wrong``; finished."""
    sheet = sheet_of(inspection, community)
    for key in [*inspection.checks, *inspection.topics]:
        seen = Seen(key, "not_met", f"{key} 不符合", seen_at=at) if key in wrong else Seen(key, "met", seen_at=at)
        answering.answer(sheet, seen, by=by, at=at)
    return answering.finish(sheet_of(inspection, community), by=by, revision=1, at=at)


def close(inspection: Inspection, by: Actor) -> Inspection:
    return planning.close(inspection, by=by, revision=fresh(inspection).revision, summary="总体良好。")


def publish(inspection: Inspection, by: Actor) -> Inspection:
    return planning.publish(inspection, by=by, revision=fresh(inspection).revision)


def found(cast: Cast, **more: Any) -> Finding:
    """A finding of a routine inspection that is closed."""
    by = more.get("by") or cast.county_officer
    inspection = under_way(cast, **more)
    key = (*inspection.checks, *inspection.topics)[0]
    fill(inspection, by, wrong=(key,))
    row = finding.from_answer(Answer.objects.get(sheet__inspection=inspection, key=key), by=by)
    close(inspection, by)
    return Finding.objects.select_related("inspection__division", "community").get(pk=row.pk)


def ordered(cast: Cast, *, days: int = 20, at: dt.datetime | None = None, **more: Any) -> Order:
    """The county orders the community to put a finding right within so many calendar days."""
    by = more.get("by") or cast.county_officer
    row = found(cast, **more)
    due_on = today_in_shanghai(at) + dt.timedelta(days=days)
    wanted = Demands(cast.community, "立即清理。", due_on)
    return ordering.issue([row], wanted, issuer=by.post.division, by=by, version=row.inspection.version, at=at)


def fresh(row: Any) -> Any:
    return type(row).objects.get(pk=row.pk)


def noon(day: dt.date) -> dt.datetime:
    return dates.start_of_day(day) + dt.timedelta(hours=12)


def picture(shade: int = 60) -> BytesIO:
    file = BytesIO()
    Image.effect_noise((160, 120), shade).convert("RGB").save(file, "JPEG")
    file.seek(0)
    file.name = "现场.jpg"
    return file


def photographed(answer: Answer, by: Actor) -> Any:
    return photos.take(picture(), "现场.jpg", kind=photos.ANSWER, subject=answer.pk, by=by)
