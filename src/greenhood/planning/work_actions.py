"""What a community does with its work plan: draft it, consult residents, answer them, publish it, report how far it is, prove it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Iterable, Mapping, Sequence
from io import BytesIO
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from greenhood.accounts.actor import Actor
from greenhood.assessments.actions import evidence
from greenhood.assessments.models import Assessment
from greenhood.divisions.models import Division
from greenhood.documents import word
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.ids import uuid7
from greenhood.kit.privacy import private_number
from greenhood.planning import papers, sections, work_queries
from greenhood.planning.errors import Refused
from greenhood.planning.events import Event
from greenhood.planning.models import Publication, WorkItem, WorkPlan
from greenhood.planning.work_holding import act_for, held_work_plan, tell
from greenhood.schemes.queries import scheme_for

LONGEST_GOALS = 3000
MOST_ITEMS = 40
ITEM_FIELDS = ("criterion", "title", "owner", "due_on", "money", "residents")


@transaction.atomic
def start(
    community: Division, *, year: int, by: Actor, at: dt.datetime | None = None, is_demonstration: bool = False
) -> WorkPlan:
    """Begin a community's plan of a year, with the items that reach the level with the least work. Raises Refused."""
    act_for(by, community)
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
    tell(Event.WORK_STARTED, plan, by, {"年度": year, "建议的工作": len(suggested)}, at)
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
    """Keep goals and items as they are typed (``ITEM_FIELDS``, and the ``id`` of an item). Raises Refused, Overtaken.

    An item that is no longer among them is gone; those that stay keep their progress. A new one is made under the id that its form
    gave it, so that the form, saved again, means the same item.
    """
    held = held_work_plan(plan.pk, revision, by)
    if problems := problems_of(held, goals, items):
        raise Refused(problems)
    present = {str(item.pk): item for item in held.items.all()}
    new = _new_ids(typed.get("id", "") for typed in items if typed.get("id", "") not in present)
    kept = []
    for position, typed in enumerate(items, 1):
        key = typed.get("id", "")
        item = present.pop(key, None) or WorkItem(pk=new.pop(key, None) or uuid7(), plan=held)
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


def _new_ids(typed: Iterable[str]) -> dict[str, UUID]:
    """The ids that a form gave to new items, without those that another plan's items have. One query."""
    found = {text: UUID(text) for text in typed if text}
    taken = set(WorkItem.objects.filter(pk__in=found.values()).values_list("pk", flat=True))
    return {text: one for text, one in found.items() if one not in taken}


def problems_of(plan: WorkPlan, goals: str, items: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """What can't be kept even as a draft: a sentence by field."""
    found: dict[str, str] = {}
    if len(goals) > LONGEST_GOALS:
        found["goals"] = f"目标最多 {LONGEST_GOALS} 字，现在有 {len(goals)} 字。"
    elif private := private_number(goals):
        found["goals"] = private
    if len(items) > MOST_ITEMS:
        found[""] = f"工作安排最多 {MOST_ITEMS} 项。"
    numbers = {line.no for part in plan.version.scheme.standard.parts for line in part.criteria}
    for at, typed in enumerate(items):
        found |= {f"item-{at}-{name}": text for name, text in _item_problems(plan.year, numbers, typed).items()}
    return found


def _item_problems(year: int, numbers: Container[int], typed: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, most in (("title", 200), ("owner", 100), ("residents", 300)):
        text = typed.get(name, "")
        if len(text) > most:
            found[name] = f"最多 {most} 字，现在有 {len(text)} 字。"
        elif private := private_number(text):
            found[name] = private
    if not typed.get("title"):
        found["title"] = "请写明做什么。"
    if typed.get("criterion") and not (typed["criterion"].isdecimal() and int(typed["criterion"]) in numbers):
        found["criterion"] = "标准里没有这一项，请重新选择。"
    if due := typed.get("due_on"):
        problem = sections.day_problem(due)
        day = sections.day(due)
        if not problem and day and not year <= day.year <= year + 1:
            problem = f"完成日期应在 {year} 年内，最迟不晚于次年年底，现在是 {day}。"
        if problem:
            found["due_on"] = problem
    if money := typed.get("money"):
        value = sections.number(money)
        if value is None or value < 0 or value != round(value, 2):
            found["money"] = f"资金写不小于 0 的数字（元），最多两位小数，现在是“{money[:20]}”。"
    return found


@transaction.atomic
def publish(plan: WorkPlan, *, revision: int, by: Actor, at: dt.datetime | None = None) -> Publication:
    """Publish the plan for residents as it stands; a later change is a new edition. Raises Refused with what is missing, Overtaken."""
    held = held_work_plan(plan.pk, revision, by)
    whole = work_queries.Whole(held)
    problems = {check.name: f"还不完整：{check.text}。" for check in whole.missing}
    for name, text in whole.written:
        if private := private_number(text):
            problems.setdefault(name, f"“{text[:20]}”：{private}")
    if problems:
        raise Refused(problems)
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
    tell(Event.WORK_PUBLISHED, held, by, {"版次": one.number}, at)
    return one


Progress = tuple[str, str]
"""How far an item is, as it is typed: percent and note."""


@transaction.atomic
def report_progress(
    plan: WorkPlan,
    *,
    progress: Mapping[str, Progress],
    seen: Mapping[str, Progress],
    by: Actor,
    at: dt.datetime | None = None,
) -> int:
    """Say how far items are, by the item's id; how many changed. ``seen`` is what the person had before them.

    What they left as it was stays as it is now. Raises Refused, also with what a colleague wrote at the same item meanwhile.
    """
    held = held_work_plan(plan.pk, None, by)
    items = {str(item.pk): item for item in held.items.all()}
    problems: dict[str, str] = {}
    changed = []
    for key, typed in progress.items():
        item = items.get(key)
        if item is None or typed == seen.get(key):
            continue
        if problem := _progress_problem(item, typed, seen.get(key)):
            problems[f"{problem[0]}-{key}"] = problem[1]
        elif _told(item) != typed:
            item.progress, item.note, item.reported_at = int(typed[0] or 0), typed[1], at or timezone.now()
            changed.append(item)
    if problems:
        raise Refused(problems)
    WorkItem.objects.bulk_update(changed, ["progress", "note", "reported_at"])
    if changed:
        tell(Event.WORK_PROGRESS, held, by, {item.title: item.progress for item in changed}, at)
    return len(changed)


def _told(item: WorkItem) -> Progress:
    return str(item.progress), item.note


def _progress_problem(item: WorkItem, typed: Progress, seen: Progress | None) -> tuple[str, str] | None:
    percent, note = typed
    if not (percent or "0").isdecimal() or int((percent or "0")[:4]) > 100:
        return "progress", f"“{item.title}”的进度写 0 到 100 的整数，现在是“{percent[:20]}”。"
    if len(note) > 500:
        return "note", f"进展最多 500 字，现在有 {len(note)} 字。"
    if _told(item) not in (seen, typed):
        told = f"{item.progress}%{f'，{item.note}' if item.note else ''}"
        return "progress", f"他人刚把“{item.title}”的进度改为 {told}。请核对，仍要改的再保存一次。"
    return None


@transaction.atomic
def attach(plan: WorkPlan, assessment: Assessment, *, by: Actor, at: dt.datetime | None = None) -> int:
    """Prove with the published plan the criteria that ask for one, as a Word file; how many pieces are new. Raises Refused.

    What the assessments room refuses (a locked item, a full store) it says itself.
    """
    act_for(by, plan.community)
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
    tell(Event.WORK_ATTACHED, plan, by, details, at)
    return added


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
        tell(Event.WORK_SAVED, held, by, {"版次": held.revision}, at)
    return held
