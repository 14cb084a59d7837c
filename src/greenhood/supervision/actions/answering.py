"""What inspectors fill in on site: answers check by check, and that a sheet is finished."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from greenhood.accounts.access import NotAllowed
from greenhood.accounts.actor import Actor
from greenhood.accounts.models import Post
from greenhood.accounts.queries import valid_on
from greenhood.divisions.models import Division
from greenhood.kit.dates import today_in_shanghai
from greenhood.supervision.actions.telling import tell
from greenhood.supervision.errors import Overtaken, Refused
from greenhood.supervision.events import Event
from greenhood.supervision.models import Answer, Inspection, Sheet
from greenhood.supervision.queries.record import lines_of
from greenhood.supervision.seeing import check_office, is_named

LONGEST_NOTE = 1000
# A phone's clock may be ahead by this much before a time is one of the future.
CLOCK_SLACK = dt.timedelta(minutes=10)
OLDEST = dt.timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody saw of one check: the result, words, when and where. Degrees are WGS 84 or CGCS2000, metres of accuracy."""

    key: str
    result: str
    note: str = ""
    seen_at: dt.datetime | None = None
    longitude: Decimal | None = None
    latitude: Decimal | None = None
    accuracy: int | None = None


class Different(Overtaken):
    """Somebody else answered this check meanwhile, otherwise. ``theirs`` is what is stored."""

    def __init__(self, theirs: Answer) -> None:
        super().__init__(f"{theirs.by or '他人'}已填写此项：{theirs.get_result_display()}。没有覆盖，请核对后再选。")
        self.theirs = theirs


@transaction.atomic
def answer(
    sheet: Sheet, seen: Seen, *, by: Actor, replaces: int = 0, at: dt.datetime | None = None
) -> tuple[Answer, bool]:
    """Fill in one check; the answer, and whether anything changed.

    ``replaces`` is the revision of the answer that the person had before them, 0 for none. Raises Different where another one
    is stored by now and says otherwise; the same again changes nothing.
    """
    held = sheet_to_fill(sheet, by)
    now = at or timezone.now()
    _check(held, seen, now)
    present = Answer.objects.select_related("by").filter(sheet=held, key=seen.key).first()
    if present is not None and _says(present, seen):
        return present, False
    if (present.revision if present else 0) != replaces:
        if present is None:
            raise Overtaken("此项的回答已被撤销，请刷新后重新填写。")
        raise Different(present)
    line = next(one for one in lines_of(held.inspection) if one.key == seen.key)
    row = present or Answer(sheet=held, key=seen.key, criterion=line.criterion, revision=0)
    row.result, row.note = seen.result, seen.note.strip()
    row.seen_at = min(seen.seen_at or now, now)
    row.longitude, row.latitude, row.accuracy = seen.longitude, seen.latitude, seen.accuracy
    row.at, row.by, row.revision = now, by.user, row.revision + 1
    row.save()
    tell(
        Event.ANSWERED,
        held,
        held.inspection,
        by=by,
        community=held.community,
        details={"check": line.name, "result": row.get_result_display(), "note": row.note, "seen_at": row.seen_at},
        at=at,
    )
    return row, True


@transaction.atomic
def finish(sheet: Sheet, *, by: Actor, revision: int, at: dt.datetime | None = None) -> Sheet:
    """Everything on the sheet is answered; it can be opened again until the inspection is closed."""
    held = sheet_to_fill(sheet, by)
    if held.revision != revision:
        raise Overtaken("这份检查表刚由他人办理，请核对下面的最新情况后再办。")
    lines = lines_of(held.inspection)
    answered = set(held.answers.values_list("key", flat=True))
    if left := [line.name for line in lines if line.key not in answered]:
        raise Refused(
            f"还有 {len(left)} 项没有填写：{'、'.join(left[:5])}{'等' if len(left) > 5 else ''}。看不到的请选“未能查看”。"
        )
    held.finished_at, held.finished_by = at or timezone.now(), by.user
    held.revision += 1
    held.save(update_fields=["finished_at", "finished_by", "revision"])
    results = {result.label: held.answers.filter(result=result).count() for result in Answer.Result}
    tell(Event.FINISHED, held, held.inspection, by=by, community=held.community, details=results, at=at)
    return held


@transaction.atomic
def reopen(sheet: Sheet, *, by: Actor, revision: int, at: dt.datetime | None = None) -> Sheet:
    """Fill in a finished sheet again."""
    held = _hold(sheet)
    check_inspector(by, held.inspection, held.community)
    if held.inspection.state != Inspection.State.UNDER_WAY:
        raise Refused(f"这次检查{held.inspection.get_state_display()}，检查表不能再改。")
    changed = Sheet.objects.filter(pk=held.pk, revision=revision, finished_at__isnull=False).update(
        finished_at=None, finished_by=None, revision=F("revision") + 1
    )
    if not changed:
        raise Overtaken("这份检查表刚由他人办理，请核对下面的最新情况后再办。")
    held.refresh_from_db(fields=["finished_at", "finished_by", "revision"])
    tell(Event.REOPENED, held, held.inspection, by=by, community=held.community, at=at)
    return held


def sheet_to_fill(sheet: Sheet, by: Actor) -> Sheet:
    """The sheet, held, once it is known that the actor may fill it in now."""
    held = _hold(sheet)
    check_inspector(by, held.inspection, held.community)
    if held.inspection.state != Inspection.State.UNDER_WAY:
        raise Refused(f"这次检查{held.inspection.get_state_display()}，现在不能填写检查表。")
    if held.finished_at is not None:
        raise Refused("这份检查表已完成；需要修改的，请先重新打开。")
    return held


def check_inspector(by: Actor, inspection: Inspection, community: Division) -> None:
    """Raise NotAllowed unless the actor is named to inspect and has nothing to do with the place."""
    if by.is_system:
        return
    if not is_named(by, inspection):
        check_office(by, inspection.division)
        raise NotAllowed("检查表由指定的检查人填写，您不在本次检查的检查人名单中。")
    if reason := recused(by, inspection, community):
        raise NotAllowed(reason)


def recused(by: Actor, inspection: Inspection, community: Division) -> str:
    """Why the actor must not inspect this place (回避): a post below the inspecting division that covers it. One query."""
    posts = Post.objects.filter(
        valid_on(today_in_shanghai()), user=by.user, division__level__gt=inspection.division.level
    ).select_related("division")
    place = next((post.division for post in posts if post.division.contains(community)), None)
    return f"您在{place.name}任职，须回避对{community.name}的检查，请由其他检查人填写。" if place else ""


def _hold(sheet: Sheet) -> Sheet:
    # Two inspectors of one sheet, one after the other; the key of the lock is the sheet's own.
    with connection.cursor() as cursor:
        cursor.execute("select 1 from supervision_sheet where id = %s for update", [sheet.pk])
    related = ("inspection__division", "inspection__version__jurisdiction", "community")
    return Sheet.objects.select_related(*related).get(pk=sheet.pk)


def _check(sheet: Sheet, seen: Seen, now: dt.datetime) -> None:
    problems = {}
    if seen.key not in {line.key for line in lines_of(sheet.inspection)}:
        problems["key"] = "本次检查没有这一项，请刷新页面。"
    if seen.result not in Answer.Result.values:
        problems["result"] = "请选择符合、不符合或未能查看。"
    if seen.result == Answer.Result.NOT_MET and not seen.note.strip():
        problems["note"] = "不符合的，请写明看到的情况。"
    if len(seen.note.strip()) > LONGEST_NOTE:
        problems["note"] = f"说明不超过 {LONGEST_NOTE} 字。"
    if seen.seen_at and seen.seen_at > now + CLOCK_SLACK:
        problems["seen_at"] = "手机的时间比服务器快，没有保存。请校准手机时间后重试。"
    if seen.seen_at and now - seen.seen_at > OLDEST:
        problems["seen_at"] = f"这条记录是 {OLDEST.days} 天以前的，没有保存。请重新查看后填写。"
    if problems:
        raise Refused(problems)


def _says(present: Answer, seen: Seen) -> bool:
    return (present.result, present.note) == (seen.result, seen.note.strip())
