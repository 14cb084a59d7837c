"""What people do with a workbook: send it, and take it over once it is found right, all of it or nothing."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils import timezone

from greenhood.accounts.access import check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions.models import Division
from greenhood.history import actions as history
from greenhood.history.actions import Happening
from greenhood.kit.uploads import clean_name
from greenhood.works.actions.projects import LOCK
from greenhood.works.errors import NotPossible
from greenhood.works.events import Event
from greenhood.works.models import Import
from greenhood.works.workbooks import money, projects
from greenhood.works.workbooks.judging import judge
from greenhood.works.workbooks.rows import Judged


@transaction.atomic
def send(file: File[bytes], name: str, *, division: Division, by: Actor) -> Import:
    """Keep a workbook that was sent, with what it would do."""
    check(by, Capability.KEEP_PROJECTS, division)
    assert by.user is not None, "a workbook is sent by a person"
    assert by.post is not None, "under a post"
    judged = judge(file, division, by=by)
    row = Import(
        division=division,
        name=clean_name(name),
        state=Import.State.REFUSED if judged.fault_count else Import.State.READY,
        report=judged.report,
        sent_at=timezone.now(),
        sent_by=by.user,
        post=by.post,
    )
    file.seek(0)
    default_storage.save(row.path, file)
    row.save(force_insert=True)
    return row


@transaction.atomic
def apply(row: Import, *, by: Actor) -> Import:
    """Write what a workbook says, all of it or nothing: judged anew, since others may have written meanwhile. Asked twice it is done once."""
    check(by, Capability.KEEP_PROJECTS, row.division)
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, 1)", [LOCK + 1])
    held = Import.objects.select_for_update(of=("self",)).select_related("division").get(pk=row.pk)
    if held.sent_by_id != (by.user.pk if by.user else None):
        raise NotPossible("这份文件由他人上传，请由上传人导入。")
    if held.state == Import.State.APPLIED:
        return held
    if held.state == Import.State.REFUSED:
        raise NotPossible("这份文件有错误，请改正后重新上传。")
    with default_storage.open(held.path) as file:
        judged = judge(file, held.division, by=by, holds=True)
    if judged.fault_count:
        held.state, held.report = Import.State.REFUSED, judged.report
        held.save(update_fields=["state", "report"])
        return held
    _write(judged, held, by)
    held.state, held.report, held.applied_at = Import.State.APPLIED, judged.report, timezone.now()
    held.save(update_fields=["state", "report", "applied_at"])
    transaction.on_commit(partial(default_storage.delete, held.path))
    return held


def _write(judged: Judged, row: Import, by: Actor) -> None:
    assert judged.known is not None
    now = timezone.now()
    happened = projects.write(judged, judged.known, by, now, row.name)
    happened += money.write(judged, judged.known, by, now)
    happened.append(
        Happening(Event.IMPORTED, history.subject_of(row), by, row.division.code, {"文件": row.name, **_told(judged)})
    )
    history.record_many(happened)


def _told(judged: Judged) -> dict[str, Any]:
    return {title: f"新增 {count['new']}，更新 {count['changed']}" for title, count in judged.counts.items()}
