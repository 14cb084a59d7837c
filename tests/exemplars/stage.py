"""Sets the stage for practices, bases, meetings and commendations: all through actions."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from io import BytesIO

from PIL import Image

from greenhood.accounts.actor import Actor
from greenhood.evidence import actions as evidence
from greenhood.evidence.models import Attachment
from greenhood.exemplars.actions import practices
from greenhood.exemplars.contents import Content
from greenhood.exemplars.models import Practice
from tests.cast import Cast

CONTENT = Content(
    title="议事会牵头，把边角地改成口袋公园",
    summary="居民议事会商量三轮，把两处堆放杂物的边角地改成口袋公园。",
    problem="边角地长期堆放杂物，夏天有异味，居民投诉多。",
    done="先由议事会摸清权属，再请社区规划师画三个方案，居民投票选定，楼栋认领管护。",
    result="投诉从每月九起降到一起，一百二十户参与认领。",
    figures=({"name": "投诉", "before": "9", "after": "1", "unit": "起/月"},),
    conditions="有议事会和能协调权属的街道。",
    topics=("green", "deliberation"),
    types=("old",),
    unit="晋阳社区居委会",
    phone="028-85551234",
)


def drafted(cast: Cast, by: Actor | None = None, **changed: object) -> Practice:
    actor = by or cast.worker
    return practices.begin(actor.post.division, replace(CONTENT, **changed), by=actor)


def submitted(cast: Cast, by: Actor | None = None, **changed: object) -> Practice:
    row = drafted(cast, by, **changed)
    return practices.submit(row, revision=row.revision, by=by or cast.worker)


def published(cast: Cast, by: Actor | None = None, *, at: dt.datetime | None = None, **changed: object) -> Practice:
    row = submitted(cast, by, **changed)
    practices.publish(row, revision=row.revision, by=cast.county_officer, at=at)
    return fresh(row)


def fresh(row: Practice) -> Practice:
    return Practice.objects.select_related("division", "waits_at", "published_in", "entry__edition").get(pk=row.pk)


def photo(cast: Cast, row: object, kind: str, by: Actor | None = None) -> Attachment:
    file = BytesIO()
    Image.new("RGB", (320, 240), "#3f7a54").save(file, "JPEG")
    return evidence.attach(
        file, "公园.jpg", community=row.division, subject_kind=kind, subject_id=row.pk, by=by or cast.worker
    ).attachment
