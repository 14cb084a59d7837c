"""Workbooks too large for a request: judged and recorded by a worker."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from django.core.files.storage import default_storage
from django.utils import timezone
from procrastinate.contrib.django import app

from greenhood.facts import workbooks
from greenhood.facts.models import Import

KEPT_DAYS = 30


@app.task(queue="imports", name="facts.judge", retry=2)
def judge(import_id: str) -> None:
    """Read a workbook and say what it would do. May run again."""
    workbooks.judge(_found(import_id))


@app.task(queue="imports", name="facts.apply", retry=2)
def apply(import_id: str) -> None:
    """Record a released workbook. A second run finds it done."""
    workbooks.apply(_found(import_id))


# 19:45 UTC is 03:45 in Shanghai.
@app.periodic(cron="45 19 * * *", periodic_id="facts.forget_imports")
@app.task(queue="tidying", name="facts.forget_imports", queueing_lock="facts.forget_imports")
def forget_imports(timestamp: int) -> None:
    """Remove the files of workbooks that nobody finished importing within a month; what was recorded stays."""
    old = Import.objects.filter(sent_at__lt=timezone.now() - dt.timedelta(days=KEPT_DAYS))
    for row in old.exclude(state__in=[Import.State.APPLIED, Import.State.APPLYING]):
        default_storage.delete(row.path)
        row.delete()


def _found(import_id: str) -> Import:
    return Import.objects.select_related("division", "sent_by", "post__division").get(pk=UUID(import_id))
