"""What a community does with its work plan: draft it, consult residents, answer them, publish it, report how far it is, prove it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from io import BytesIO
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from greenhood.accounts.access import NotAllowed, check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.assessments.actions import evidence
from greenhood.assessments.models import Assessment
from greenhood.divisions.models import Division, Level
from greenhood.documents import word
from greenhood.history import actions as history
from greenhood.kit.dates import today_in_shanghai
from greenhood.planning import papers, sections, work_queries
from greenhood.planning.errors import Overtaken, Refused
from greenhood.planning.events import Event
from greenhood.planning.models import Consultation, Opinion, Publication, WorkItem, WorkPlan
from greenhood.schemes.queries import scheme_for

LONGEST_GOALS = 3000
MOST_ITEMS = 40
MOST_OPINIONS = 300
ITEM_FIELDS = ("criterion", "title", "owner", "due_on", "money", "residents")


@transaction.atomic
def start(
    community: Division, *, year: int, by: Actor, at: dt.datetime | None = None, is_demonstration: bool = False
) -> WorkPlan:
    """Begin a community's plan of a year, with the items that reach the level with the least work. Raises Refused."""
    _act_for(by, community)
    this = today_in_shanghai(at).year
    if not sections.FIRST_YEAR <= year <= this + 1:
        raise Refused({"year": f"年度应在 {sections.FIRST_YEAR} 到 {this + 1} 之间。"})
    version = scheme_for(community)
    if version is None:
        raise Refused("本地还没有发布方案，没有可以对照的创建标准。")
    plan = WorkPlan(
        community=community, year=year, version=version, created_by=by.user, is_demonstration=is_demonstration
    )
    try:
        with transaction.atomic():
            plan.save(force_insert=True)
    except IntegrityError as clash:
        if "work_plan_once" not in str(clash):
            raise
        raise Refused(f"{year} 年的工作计划已经有了，请在那一份里修改。") from None
    suggested = work_queries.suggested_items(community, version)[:MOST_ITEMS]
    WorkItem.objects.bulk_create(
        WorkItem(plan=plan, position=at_, criterion=one["criterion"], title=one["title"][:200])
        for at_, one in enumerate(suggested, 1)
    )
    _tell(Event.WORK_STARTED, plan, by, {"年度": year, "建议的工作": len(suggested)}, at)
    return plan


@transaction.atomic
def save(
    plan: WorkPlan,
    *,
    goals: str,
    items: Sequence[Mapping[str, str]],
    revision: int,
    by: Actor,
    at: dt.datetime | None = None,
) -> WorkPlan:
    """Keep goals and items as they are typed (``ITEM_FIELDS``, and ``id`` of an item that is there). Raises Refused, Overtaken.

    An item that is no longer among them is gone; those that stay keep their progress.
    """
    held = _held(plan.pk, revision, by)
    if problems := problems_of(held, goals, items):
        raise Refused(problems)
    present = {str(item.pk): item for item in held.items.all()}
    kept = []
    for position, typed in enumerate(items, 1):
        item = present.pop(typed.get("id", ""), None) or WorkItem(plan=held)
        item.position, item.title = position, typed["title"]
        item.criterion = int(typed["criterion"]) if typed.get("criterion") else None
        item.owner, item.residents = typed.get("owner", ""), typed.get("residents", "")
        item.due_on = sections.day(typed.get("due_on", ""))
        item.money = sections.number(typed["money"]) if typed.get("money") else None
        kept.append(item)
    WorkItem.objects.filter(pk__in=[item.pk for item in present.values()]).delete()
    for item in kept:
        item.save()
    held.goals = goals.strip()
    return _save(held, by, at)


def problems_of(plan: WorkPlan, goals: str, items: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """What can't be kept even as a draft: a sentence by field."""
    found: dict[str, str] = {}
    if len(goals) > LONGEST_GOALS:
        found["goals"] = f"目标最多 {LONGEST_GOALS} 字，现在有 {len(goals)} 字。"
    if len(items) > MOST_ITEMS:
        found[""] = f"工作安排最多 {MOST_ITEMS} 项。"
    numbers = {line.no for part in plan.version.scheme.standard.parts for line in part.criteria}
    for at, typed in enumerate(items):
        prefix = f"item-{at}-"
        if not typed.get("title"):
            found[f"{prefix}title"] = "请写明做什么。"
        for name, most in (("title", 200), ("owner", 100), ("residents", 300)):
            if len(typed.get(name, "")) > most:
                found[f"{prefix}{name}"] = f"最多 {most} 字，现在有 {len(typed[name])} 字。"
        if typed.get("criterion") and not (typed["criterion"].isdecimal() and int(typed["criterion"]) in numbers):
            found[f"{prefix}criterion"] = "标准里没有这一项，请重新选择。"
        if due := typed.get("due_on"):
            problem = sections.day_problem(due)
            day = sections.day(due)
            if not problem and day and not plan.year <= day.year <= plan.year + 1:
                problem = f"完成日期应在 {plan.year} 年内，最迟不晚于次年年底，现在是 {day}。"
            if problem:
                found[f"{prefix}due_on"] = problem
        if money := typed.get("money"):
            value = sections.number(money)
            if value is None or value < 0 or value != round(value, 2):
                found[f"{prefix}money"] = f"资金写不小于 0 的数字（元），最多两位小数，现在是“{money[:20]}”。"
    return found


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
    at: dt.datetime | None = None,
) -> Consultation:
    """Write down that residents were asked; ``fact`` is the recorded meeting where there is one, which then says day and people.

    Raises Refused.
    """
    held = _held(plan.pk, None, by)
    if fact is not None:
        meeting = next((one for one in work_queries.meetings(held) if one.thing == fact), None)
        if meeting is None:
            raise Refused({"fact": "没有这次议事记录，或已经列入。请刷新页面重新选择。"})
        held_on, form = meeting.dated, meeting.title or "议事协商"
        people, summary = people or meeting.participants or 0, summary or meeting.summary
    problems = {}
    if held_on is None:
        problems["held_on"] = "请填写协商的日期，如 2026-03-15；没有的日子不能填。"
    elif held_on > today_in_shanghai(at):
        problems["held_on"] = f"协商日期 {held_on} 还没有到，开过以后再登记。"
    elif held_on.year < held.year - 1:
        problems["held_on"] = f"协商日期 {held_on} 离 {held.year} 年的计划太早。"
    if not form.strip():
        problems["form"] = "请填写协商的形式，如居民议事会、入户走访、线上征求意见。"
    if not 1 <= people <= 100_000:
        problems["people"] = "请填写参加的人数，至少 1 人。"
    if not summary.strip():
        problems["summary"] = "请写明议定了什么。"
    if problems:
        raise Refused(problems)
    assert held_on is not None
    one = Consultation.objects.create(
        plan=held, held_on=held_on, form=form.strip()[:60], people=people, summary=summary.strip()[:3000], fact=fact, created_by=by.user
    )  # fmt: skip
    _tell(Event.WORK_CONSULTED, held, by, {"日期": held_on, "人数": people}, at)
    return one


@transaction.atomic
def remove_consultation(consultation: Consultation, *, by: Actor, at: dt.datetime | None = None) -> None:
    """Take back a consultation that was written down by mistake; what was published stays as it is."""
    held = _held(consultation.plan_id, None, by)
    Consultation.objects.filter(pk=consultation.pk).delete()
    _tell(Event.WORK_CONSULTED, held, by, {"删去": str(consultation)}, at)


@transaction.atomic
def hear(plan: WorkPlan, *, said_by: str, text: str, by: Actor, at: dt.datetime | None = None) -> Opinion:
    """Write down what somebody said about the draft. Raises Refused."""
    held = _held(plan.pk, None, by)
    problems = {}
    if not said_by.strip():
        problems["said_by"] = "请写明是谁提的，如“3 号楼居民”，不写姓名和电话。"
    if not 2 <= len(text.strip()) <= 1000:
        problems["text"] = "请写明意见，2 到 1000 字。"
    if held.opinions.count() >= MOST_OPINIONS:
        problems[""] = f"一份计划最多登记 {MOST_OPINIONS} 条意见，同样的意见请合并登记。"
    if problems:
        raise Refused(problems)
    opinion = Opinion.objects.create(plan=held, said_by=said_by.strip()[:60], text=text.strip())
    _tell(Event.WORK_HEARD, held, by, {"谁提出": opinion.said_by}, at)
    return opinion


@transaction.atomic
def answer(opinion: Opinion, *, outcome: str, text: str, by: Actor, at: dt.datetime | None = None) -> None:
    """Say what came of an opinion. Raises Refused."""
    held = _held(opinion.plan_id, None, by)
    problems = {}
    if outcome not in Opinion.Outcome.values:
        problems[f"outcome-{opinion.pk}"] = "请选择采纳、部分采纳，还是说明理由。"
    if not 2 <= len(text.strip()) <= 1000:
        problems[f"answer-{opinion.pk}"] = "请写明答复，2 到 1000 字。"
    if problems:
        raise Refused(problems)
    Opinion.objects.filter(pk=opinion.pk).update(outcome=outcome, answer=text.strip(), answered_at=at or timezone.now())
    _tell(Event.WORK_ANSWERED, held, by, {"谁提出": opinion.said_by, "处理": Opinion.Outcome(outcome).label}, at)


@transaction.atomic
def publish(plan: WorkPlan, *, revision: int, by: Actor, at: dt.datetime | None = None) -> Publication:
    """Publish the plan for residents as it stands; a later change is a new edition. Raises Refused with what is missing, Overtaken."""
    held = _held(plan.pk, revision, by)
    whole = work_queries.Whole(held)
    if missing := whole.missing:
        raise Refused({check.name: f"还不完整：{check.text}。" for check in missing})
    content = whole.frozen
    last = held.publications.first()
    if last is not None and last.content == content:
        raise Refused("公布之后没有改动，不必再公布。")
    one = Publication.objects.create(
        plan=held,
        number=(last.number if last else 0) + 1,
        content=content,
        published_at=at or timezone.now(),
        published_by=by.user,
    )
    held.revision += 1
    held.save(update_fields=["revision"])
    _tell(Event.WORK_PUBLISHED, held, by, {"版次": one.number}, at)
    return one


@transaction.atomic
def report_progress(
    plan: WorkPlan, *, progress: Mapping[str, tuple[str, str]], by: Actor, at: dt.datetime | None = None
) -> int:
    """Say how far items are: item id → (percent, note); how many changed. Raises Refused."""
    held = _held(plan.pk, None, by)
    items = {str(item.pk): item for item in held.items.all()}
    problems = {}
    changed = []
    for key, (percent, note) in progress.items():
        item = items.get(key)
        if item is None:
            continue
        value = sections.number(percent or "0")
        if value is None or not 0 <= value <= 100 or value != value.to_integral_value():
            problems[f"progress-{key}"] = f"“{item.title}”的进度写 0 到 100 的整数，现在是“{percent[:20]}”。"
        elif len(note) > 500:
            problems[f"note-{key}"] = f"进展最多 500 字，现在有 {len(note)} 字。"
        elif (item.progress, item.note) != (int(value), note.strip()):
            item.progress, item.note, item.reported_at = int(value), note.strip(), at or timezone.now()
            changed.append(item)
    if problems:
        raise Refused(problems)
    WorkItem.objects.bulk_update(changed, ["progress", "note", "reported_at"])
    if changed:
        _tell(Event.WORK_PROGRESS, held, by, {item.title: item.progress for item in changed}, at)
    return len(changed)


@transaction.atomic
def attach(plan: WorkPlan, assessment: Assessment, *, by: Actor, at: dt.datetime | None = None) -> int:
    """Prove with the published plan the criteria that ask for one, as a Word file; how many pieces are new. Raises Refused.

    What the assessments room refuses (a locked item, a full store) it says itself.
    """
    _act_for(by, plan.community)
    publication = plan.publications.select_related("plan__community").first()
    if publication is None:
        raise Refused("先公布工作计划，再用它佐证。")
    asked = work_queries.asking(assessment.version.scheme)
    if not asked:
        raise Refused("现行标准没有要求工作计划的项，不需要佐证。")
    data = word.docx(papers.LAYOUT, papers.work_plan_paper(publication))
    name = f"{plan}（第{publication.number}版）.docx"
    added = 0
    for one in asked:
        found = evidence.attach(
            assessment, criterion=one.criterion.no, check_no=one.check_no, file=BytesIO(data), name=name, by=by, at=at
        )
        added += found.is_new
    details = {"自评年度": assessment.year, "项": "、".join(f"第 {one.criterion.no} 项" for one in asked)}
    _tell(Event.WORK_ATTACHED, plan, by, details, at)
    return added


# --- shared ----------------------------------------------------------------------------------------------------------


def _act_for(by: Actor, community: Division) -> None:
    check(by, Capability.PLAN, community)
    if community.level != Level.COMMUNITY:
        raise Refused("工作计划由社区制定；街道以上请编制实施方案。")
    if by.post is not None and by.post.division_id != community.pk:
        raise NotAllowed(f"工作计划由{community.name}自己制定。")


def _held(pk: UUID, revision: int | None, by: Actor) -> WorkPlan:
    held = WorkPlan.objects.select_for_update(of=("self",)).select_related("community", "version").get(pk=pk)
    _act_for(by, held.community)
    if revision is not None and held.revision != revision:
        raise Overtaken
    return held


def _save(held: WorkPlan, by: Actor, at: dt.datetime | None) -> WorkPlan:
    now = at or timezone.now()
    is_told = (
        held.edited_at is not None
        and now - held.edited_at < dt.timedelta(minutes=30)
        and by.user is not None
        and held.edited_by_id == by.user.pk
    )
    held.revision += 1
    held.edited_at, held.edited_by = now, by.user
    held.save(update_fields=["goals", "revision", "edited_at", "edited_by"])
    if not is_told:
        _tell(Event.WORK_SAVED, held, by, {"版次": held.revision}, at)
    return held


def _tell(event: Event, held: WorkPlan, by: Actor, details: Mapping[str, object], at: dt.datetime | None) -> None:
    history.record(event, held, by=by, division_code=held.community.code, details=details, at=at)
