"""What a community writes down of asking its residents about a work plan: meetings, opinions, answers.

A form carries the key of what it will make: sent twice, it makes one.
"""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from greenhood.accounts.actor import Actor
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.privacy import private_number
from greenhood.planning import work_queries
from greenhood.planning.errors import Refused
from greenhood.planning.events import Event
from greenhood.planning.models import Consultation, Opinion, WorkPlan
from greenhood.planning.work_holding import held_work_plan, tell

MOST_OPINIONS = 300


@transaction.atomic
def consult(
    plan: WorkPlan,
    *,
    held_on: dt.date | None,
    form: str,
    people: int,
    summary: str,
    by: Actor,
    fact: UUID | None = None,
    key: UUID | None = None,
    at: dt.datetime | None = None,
) -> Consultation:
    """Write down that residents were asked; ``fact`` is the recorded meeting where there is one, which then says day and people.

    ``key`` is the form's: what was written down under it already is returned. Raises Refused.
    """
    held = held_work_plan(plan.pk, None, by)
    if key is not None and (present := Consultation.objects.filter(plan=held, pk=key).first()):
        _check_same(is_same=present.fact == fact and (fact is not None or present.summary == summary.strip()[:3000]))
        return present
    if fact is not None:
        meeting = next((one for one in work_queries.meetings(held) if one.thing == fact), None)
        if meeting is None:
            raise Refused({"fact": "没有这次议事记录，或已经列入。请刷新页面重新选择。"})
        held_on, form = meeting.dated, meeting.title or "议事协商"
        people, summary = people or meeting.participants or 0, summary or meeting.summary
    if problems := _consultation_problems(held, held_on, form, people, summary, today_in_shanghai(at)):
        raise Refused(problems)
    assert held_on is not None
    one = Consultation(
        plan=held, held_on=held_on, form=form.strip()[:60], people=people, summary=summary.strip()[:3000], fact=fact, created_by=by.user
    )  # fmt: skip
    one.pk = key or one.pk
    one.save(force_insert=True)
    tell(Event.WORK_CONSULTED, held, by, {"日期": held_on, "人数": people}, at)
    return one


def _consultation_problems(
    plan: WorkPlan, held_on: dt.date | None, form: str, people: int, summary: str, today: dt.date
) -> dict[str, str]:
    problems = {}
    if held_on is None:
        problems["held_on"] = "请填写协商的日期，如 2026-03-15；没有的日子不能填。"
    elif held_on > today:
        problems["held_on"] = f"协商日期 {held_on} 还没有到，开过以后再登记。"
    elif held_on.year < plan.year - 1:
        problems["held_on"] = f"协商日期 {held_on} 离 {plan.year} 年的计划太早。"
    if not form.strip():
        problems["form"] = "请填写协商的形式，如居民议事会、入户走访、线上征求意见。"
    if not 1 <= people <= 100_000:
        problems["people"] = "请填写参加的人数，至少 1 人。"
    if not summary.strip():
        problems["summary"] = "请写明议定了什么。"
    for name, text in (("form", form), ("summary", summary)):
        if private := private_number(text):
            problems[name] = private
    return problems


def _check_same(*, is_same: bool) -> None:
    """What a form made already: the same sent again is done; something else, from a page that was gone back to, is asked about."""
    if not is_same:
        raise Refused("这个页面已经登记过一条，内容与这次不同。填写的内容还在，确实要再登记一条的，请再提交一次。")


@transaction.atomic
def remove_consultation(consultation: Consultation, *, by: Actor, at: dt.datetime | None = None) -> None:
    """Take out a consultation that was written down by mistake; it can be put back. What was published stays as it is.

    Raises Refused where it is out already.
    """
    held = held_work_plan(consultation.plan_id, None, by)
    found = Consultation.objects.filter(pk=consultation.pk, removed_at=None)
    if not found.update(removed_at=at or timezone.now(), removed_by=by.user):
        raise Refused("这次协商记录刚被删去，请刷新页面核对。")
    tell(Event.WORK_UNCONSULTED, held, by, {"协商": str(consultation)}, at)


@transaction.atomic
def restore_consultation(consultation: Consultation, *, by: Actor, at: dt.datetime | None = None) -> None:
    """Put back a consultation that was taken out. Raises Refused where it is there, or its recorded meeting was taken up again."""
    held = held_work_plan(consultation.plan_id, None, by)
    present = held.consultations.filter(removed_at=None)
    if consultation.fact and present.filter(fact=consultation.fact).exclude(pk=consultation.pk).exists():
        raise Refused("这次议事记录已经重新取入，不用恢复。")
    found = Consultation.objects.filter(pk=consultation.pk, removed_at__isnull=False)
    if not found.update(removed_at=None, removed_by=None):
        raise Refused("这次协商记录已经恢复，请刷新页面核对。")
    tell(Event.WORK_CONSULTED, held, by, {"恢复": str(consultation)}, at)


@transaction.atomic
def hear(
    plan: WorkPlan, *, said_by: str, text: str, by: Actor, key: UUID | None = None, at: dt.datetime | None = None
) -> Opinion:
    """Write down what somebody said about the draft. ``key`` is the form's, as with a consultation. Raises Refused."""
    held = held_work_plan(plan.pk, None, by)
    if key is not None and (present := Opinion.objects.filter(plan=held, pk=key).first()):
        _check_same(is_same=present.text == text.strip())
        return present
    problems = {}
    if not said_by.strip():
        problems["said_by"] = "请写明是谁提的，如“3 号楼居民”，不写姓名和电话。"
    if not 2 <= len(text.strip()) <= 1000:
        problems["text"] = "请写明意见，2 到 1000 字。"
    for name, typed in (("said_by", said_by), ("text", text)):
        if private := private_number(typed):
            problems[name] = private
    if held.opinions.count() >= MOST_OPINIONS:
        problems[""] = f"一份计划最多登记 {MOST_OPINIONS} 条意见，同样的意见请合并登记。"
    if problems:
        raise Refused(problems)
    opinion = Opinion(plan=held, said_by=said_by.strip()[:60], text=text.strip())
    opinion.pk = key or opinion.pk
    opinion.save(force_insert=True)
    tell(Event.WORK_HEARD, held, by, {"谁提出": opinion.said_by}, at)
    return opinion


@transaction.atomic
def answer(
    opinion: Opinion,
    *,
    outcome: str,
    text: str,
    by: Actor,
    seen: dt.datetime | None = None,
    at: dt.datetime | None = None,
) -> None:
    """Say what came of an opinion. ``seen`` is when the answer that the person had before them was given (None: there was none).

    Raises Refused, with the answer that somebody else gave meanwhile.
    """
    held = held_work_plan(opinion.plan_id, None, by)
    problems = {}
    if outcome not in Opinion.Outcome.values:
        problems[f"outcome-{opinion.pk}"] = "请选择采纳、部分采纳，还是说明理由。"
    if not 2 <= len(text.strip()) <= 1000:
        problems[f"answer-{opinion.pk}"] = "请写明答复，2 到 1000 字。"
    if private := private_number(text):
        problems[f"answer-{opinion.pk}"] = private
    if problems:
        raise Refused(problems)
    given = {"outcome": outcome, "answer": text.strip()}
    found = Opinion.objects.filter(pk=opinion.pk)
    if not found.filter(answered_at=seen).update(**given, answered_at=at or timezone.now()):
        present = found.get()
        if {"outcome": present.outcome, "answer": present.answer} == given:
            return
        said = f"{present.get_outcome_display()}：{present.answer}"
        raise Refused({f"answer-{opinion.pk}": f"他人刚答复了这条意见（{said}）。请核对，仍要改的再提交一次。"})
    details = {"谁提出": opinion.said_by, "处理": Opinion.Outcome(outcome).label}
    tell(Event.WORK_ANSWERED, held, by, details, at)
