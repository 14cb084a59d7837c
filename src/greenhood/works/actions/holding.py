"""Common to all that is done with a project: hold it for one who may change it, write it a revision on, say so in its history."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from greenhood.accounts.access import NotAllowed, check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.history import actions as history
from greenhood.works.errors import NotPossible
from greenhood.works.events import Event
from greenhood.works.models import Project
from greenhood.works.queries.projects import department_of, may_keep

OVERTAKEN = "这个项目刚被他人修改。您填写的内容还在下面：请打开项目页看过他人的修改，核对后再保存一次。"
FIRST_DAY = dt.date(2000, 1, 1)
# What a column of money takes: above it somebody has taken 万元 for 元.
LARGEST = Decimal(10) ** 12


def hold(project: Project, by: Actor, revision: int | None = None) -> Project:
    """The project, held until the transaction ends, once it is known that the post may change it. Raises NotPossible."""
    held = (
        Project.objects.select_for_update(of=("self",))
        .select_related("division", "version")
        .filter(pk=project.pk)
        .first()
    )
    if held is None:
        raise NotPossible("这个项目已被删除。")
    check(by, Capability.KEEP_PROJECTS, held.division)
    if not may_keep(by, held.division, held.department):
        raise NotAllowed(
            f"这个项目由{held.department or held.division.name}主管，您的岗位只能办理本部门（{department_of(by) or '未写明'}）的项目。"
        )
    if revision is not None and held.revision != revision:
        raise NotPossible(OVERTAKEN)
    return held


def save(project: Project) -> None:
    """Write it as it stands, one revision on; what is over has nothing due. Raises NotPossible where the database refuses."""
    if project.is_over:
        project.next_due_on = None
    project.revision += 1
    try:
        with transaction.atomic():
            project.save()
    except IntegrityError as error:
        raise NotPossible("日期或编号前后矛盾，没有保存，请核对后再试。") from error


def record(
    event: Event, project: Project, by: Actor, at: dt.datetime | None = None, details: Mapping[str, Any] | None = None
) -> None:
    history.record(event, project, by=by, division_code=project.division.code, details=details, at=at)
