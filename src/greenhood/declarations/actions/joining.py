"""What other departments say to a decision that a step takes together with them (会同)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from greenhood.declarations import procedure
from greenhood.declarations.actions.moving import Joint
from greenhood.declarations.errors import Refused
from greenhood.declarations.queries.placing import Placed
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes.format import Step

OPINION_MOST = 200
DEPARTMENT_MOST = 60


def clean(at_step: Placed, said: Sequence[Joint], at: dt.datetime | None) -> tuple[Joint, ...]:
    """The opinions that say something, each under a department that the step names and with a possible day.

    A refusal names the field by its place: ``joint_department_0``, ``joint_opinion_0``, ``joint_on_0``.
    """
    declared, today = today_in_shanghai(at_step.declaration.declared_at), today_in_shanghai(at)
    kept: dict[str, Joint] = {}
    for place, one in enumerate(said):
        one = Joint(one.department.strip(), one.opinion.strip(), one.on)
        if not one.opinion and one.on is None:
            continue
        _check_department(at_step.step, one.department, kept, f"joint_department_{place}")
        if not one.opinion:
            raise Refused(f"请写明“{one.department}”的意见。", field=f"joint_opinion_{place}")
        if len(one.opinion) > OPINION_MOST:
            reason = f"会同意见不超过 {OPINION_MOST} 字，现有 {len(one.opinion)} 字。"
            raise Refused(reason, field=f"joint_opinion_{place}")
        if one.on is None:
            raise Refused(f"请填写“{one.department}”出具意见的日期。", field=f"joint_on_{place}")
        if reason_of_day := procedure.impossible_day("出具意见的日期", one.on, declared, today):
            raise Refused(reason_of_day, field=f"joint_on_{place}")
        kept[one.department] = one
    return tuple(kept.values())


def _check_department(step: Step | None, department: str, kept: dict[str, Joint], field: str) -> None:
    if step is None or not step.together_with:
        raise Refused("本环节没有会同办理的部门。")
    if not department:
        raise Refused("请写明会同部门的名称。", field=field)
    if len(department) > DEPARTMENT_MOST:
        raise Refused(f"部门名称不超过 {DEPARTMENT_MOST} 字。", field=field)
    if not procedure.decides_with(step, department):
        names = "、".join(step.together_with)
        raise Refused(f"本环节会同{names}办理，其中没有“{department}”{procedure.cited(step)}。", field=field)
    if department in kept:
        raise Refused(f"“{department}”的意见已经填写，不能重复。", field=field)
