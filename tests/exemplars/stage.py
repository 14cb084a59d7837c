"""Sets the stage for practices, bases, meetings and commendations: all through actions."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from io import BytesIO

from PIL import Image

from greenhood.accounts.actor import Actor
from greenhood.evidence import actions as evidence
from greenhood.evidence.keeping import keep, save_blob
from greenhood.evidence.models import Attachment
from greenhood.exemplars.actions import honours, objections, practices
from greenhood.exemplars.actions.bases import Particulars
from greenhood.exemplars.actions.honours import Nominee, Terms
from greenhood.exemplars.actions.meetings import Plan
from greenhood.exemplars.actions.objections import Complaint
from greenhood.exemplars.contents import Content
from greenhood.exemplars.models import Honour, Objection, Practice, Round
from greenhood.kit.dates import SHANGHAI, today_in_shanghai
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


def picture() -> BytesIO:
    file = BytesIO()
    Image.new("RGB", (320, 240), "#3f7a54").save(file, "JPEG")
    return file


def photo(cast: Cast, row: object, kind: str, by: Actor | None = None) -> Attachment:
    file = picture()
    return evidence.attach(
        file, "公园.jpg", community=row.division, subject_kind=kind, subject_id=row.pk, by=by or cast.worker
    ).attachment


BASE = Particulars(
    name="晋阳绿色生活馆",
    address="浆洗街 1 号",
    hours="工作日 9:00–17:00",
    capacity=40,
    intro="展示垃圾分类和雨水花园。",
    unit="晋阳社区居委会",
    phone="028-85551234",
    themes=("waste", "sponge"),
)


def plan_of_meeting(cast: Cast) -> Plan:
    today = today_in_shanghai()
    return Plan(
        kind="on_site",
        title="口袋公园现场推进会",
        on=today + dt.timedelta(days=5),
        begins=dt.time(9, 30),
        place="晋阳社区居民活动室",
        reply_by=today + dt.timedelta(days=3),
        unit="武侯区住建局",
        phone="028-85551234",
        invited=(cast.street_division.pk, cast.other_street.pk),
    )


def noticed(cast: Cast, title: str) -> Round:
    """A commendation of the county on notice, with one unit."""
    by, today = cast.county_officer, today_in_shanghai()
    terms = Terms(title, today.year, today + dt.timedelta(days=20), "028-85551234", document="武府〔2026〕1 号")
    row = honours.open_round(cast.county, terms, by=by)
    made = honours.nominate(row, Nominee("unit", "投入设备。", name="锦城物业公司"), by=cast.worker)
    honours.review(made, "choose", opinion="同意。", revision=made.revision, by=by)
    return honours.publish_notice(row, revision=row.revision, by=by)


def objected(cast: Cast) -> Objection:
    nomination = noticed(cast, "在公示的表扬").nominations.get()
    complaint = Complaint("赵先生", "13800138000", "情况不实。")
    blob = save_blob(keep(picture(), "欠费清单.jpg"))
    return objections.object_to(
        nomination, complaint, by=Actor.anonymous("203.0.113.7"), proof=blob, proof_name="欠费清单.jpg"
    )


def honoured(cast: Cast) -> Honour:
    row = noticed(cast, "已公布的表扬")
    after = dt.datetime.combine(row.closes_on + dt.timedelta(days=1), dt.time(9), SHANGHAI)
    return honours.decide(row, revision=row.revision, by=cast.county_officer, at=after)[0]
