"""The stages of a project: what they are, what each weighs, when it should be over and how far it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from greenhood.accounts.actor import Actor
from greenhood.evidence.models import Attachment
from greenhood.kit.dates import today_in_shanghai
from greenhood.works import rules
from greenhood.works.actions.holding import hold, record, save
from greenhood.works.errors import NotPossible
from greenhood.works.events import Event
from greenhood.works.models import Project, Stage, State


def usual_stages(project: Project) -> list[Stage]:
    return [
        Stage(project=project, place=place, title=title, weight=weight)
        for place, (title, weight) in enumerate(rules.USUAL_STAGES, 1)
    ]


@dataclass(frozen=True, slots=True)
class StageTerms:
    """What is said of one stage; ``id`` None is a new one."""

    title: str
    weight: int
    id: UUID | None = None
    planned_start: dt.date | None = None
    planned_finish: dt.date | None = None
    actual_start: dt.date | None = None
    actual_finish: dt.date | None = None
    share: Decimal = Decimal(0)
    note: str = ""


@transaction.atomic
def set_stages(
    project: Project, wanted: Sequence[StageTerms], *, revision: int, by: Actor, at: dt.datetime | None = None
) -> Project:
    """Say what the stages are and how far each is, all of them anew and in this order. Raises NotPossible; ``field`` is its place."""
    held = hold(project, by, revision)
    _check_state(held, wanted)
    if not wanted:
        raise NotPossible("项目至少有一个阶段。")
    if sum(one.weight for one in wanted) != 100:
        raise NotPossible(f"各阶段权重合计应为 100%，现在是 {sum(one.weight for one in wanted)}%。")
    today = today_in_shanghai(at)
    for place, one in enumerate(wanted):
        _check_stage(one, str(place), today)
    _place(held, wanted, _kept(held, wanted))
    follow_stages(held)
    save(held)
    record(
        Event.STAGED,
        held,
        by,
        at,
        details={"完成比例": f"{held.done:.0%}", **{one.title: _said(one) for one in wanted}},
    )
    return held


def _check_state(project: Project, wanted: Sequence[StageTerms]) -> None:
    """What is over stays over: a finished project has no unfinished stage, a cancelled one stays as it was."""
    if project.state == State.CANCELLED:
        raise NotPossible("项目已取消，阶段不能再改。")
    missing = [one.title for one in wanted if one.actual_finish is None]
    if project.state == State.FINISHED:
        missing = rules.unfinished(wanted)
    if project.is_done and missing:
        raise NotPossible(
            f"项目{project.get_state_display()}，“{'、'.join(missing)}”不能没有实际完成日期；确未完成的，请先“撤回完工”。"
        )


def _kept(project: Project, wanted: Sequence[StageTerms]) -> dict[UUID, Stage]:
    """The stages that stay, by their id; the others are deleted, unless they have photos. Raises NotPossible."""
    present = {row.pk: row for row in project.stages.all()}
    named = {one.id for one in wanted if one.id}
    for gone in (row for pk, row in present.items() if pk not in named):
        sides = Attachment.objects.filter(subject_id__in=[gone.before, gone.after], community=project.division)
        if sides.filter(removed_at=None).exists():
            raise NotPossible(f"阶段“{gone.title}”有改造前后的照片，不能删去；请先移除照片。")
        gone.delete()
    return {pk: row for pk, row in present.items() if pk in named}


def _place(project: Project, wanted: Sequence[StageTerms], kept: dict[UUID, Stage]) -> None:
    # Out of the way first, so that two may change places.
    for row in kept.values():
        Stage.objects.filter(pk=row.pk).update(place=-row.place)
    for place, one in enumerate(wanted, 1):
        row = (kept.get(one.id) if one.id else None) or Stage(project=project)
        for each in fields(one):
            if each.name != "id":
                setattr(row, each.name, getattr(one, each.name))
        row.place = place
        row.save()


def _check_stage(one: StageTerms, place: str, today: dt.date) -> None:
    name = one.title.strip()
    if not name:
        raise NotPossible("请填写阶段名称。", field=place)
    if not 0 <= one.weight <= 100:
        raise NotPossible(f"“{name}”的权重应在 0 到 100 之间。", field=place)
    if one.planned_start and one.planned_finish and one.planned_finish < one.planned_start:
        raise NotPossible(f"“{name}”的计划完成不能早于计划开始。", field=place)
    if one.actual_finish and not one.actual_start:
        raise NotPossible(f"“{name}”已完成，请填写实际开始日期。", field=place)
    if one.actual_start and one.actual_finish and one.actual_finish < one.actual_start:
        raise NotPossible(f"“{name}”的实际完成不能早于实际开始。", field=place)
    for day in (one.actual_start, one.actual_finish):
        if day and day > today:
            raise NotPossible(f"“{name}”的实际日期 {day} 还没有到，不能晚于今天（{today}）。", field=place)
    if not 0 <= one.share <= 1:
        raise NotPossible(f"“{name}”的已完成比例应在 0% 到 100% 之间。", field=place)
    if one.share and not one.actual_start:
        raise NotPossible(f"“{name}”填了完成比例，请填写实际开始日期。", field=place)


def _said(one: StageTerms) -> str:
    return str(one.actual_finish or (f"{one.share:.0%}" if one.actual_start else "未开始"))


def follow_stages(project: Project) -> None:
    """Bring the share that is done, and the next day that something is due, after the stages."""
    stages = list(Stage.objects.filter(project=project))
    project.done = rules.actual_share(stages)
    dues = [stage.planned_finish for stage in stages if stage.actual_finish is None and stage.planned_finish]
    project.next_due_on = min(dues, default=None)
