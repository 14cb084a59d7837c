"""What may happen to a declaration now, by whom and until when: the scheme's procedure, interpreted in one place.

Plain values in, plain values out: no database, no clock. Every refusal is a Chinese sentence that names its clause.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from greenhood.divisions.models import Level
from greenhood.kit import dates
from greenhood.schemes.format import AdminLevel, Batch, DueDay, Procedure, Scheme, Standard, Step, StepKind, Title
from greenhood.schemes.format import Outcome as Allowed

LEVELS: Mapping[AdminLevel, Level] = {level: Level[level.name] for level in AdminLevel}


class Awaits(StrEnum):
    """What a declaration waits for at its step."""

    DECISION = "decision"
    DRAW = "draw"
    PANEL = "panel"
    SCORES = "scores"
    NOTICE = "notice"
    NOTICE_END = "notice-end"
    OBJECTION = "objection"
    AWARD = "award"
    COMMUNITY = "community"
    NOTHING = "nothing"


WORDS: Mapping[Awaits, str] = {
    Awaits.DECISION: "待{verb}",
    Awaits.DRAW: "待随机抽取",
    Awaits.PANEL: "待组织评审",
    Awaits.SCORES: "评审打分中",
    Awaits.NOTICE: "待发布公示",
    Awaits.NOTICE_END: "公示中",
    Awaits.OBJECTION: "有异议待处理",
    Awaits.AWARD: "待{verb}",
    Awaits.COMMUNITY: "待社区修改后重新提交",
    Awaits.NOTHING: "已办结",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """Where one declaration stands. ``level`` is what the score sheet that counts at this step reaches."""

    status: str
    step: str
    title: str
    sampled: bool | None = None
    scored: bool = False
    level: str = ""
    standard: str = "standard"
    seated: bool = False
    panel_decided: bool = False
    on_notice: bool = False
    open_objections: int = 0
    upheld_objections: int = 0


@dataclass(frozen=True, slots=True)
class Duty:
    """The post that a step waits for: the level, the department (empty for any) and what the post must be able to do."""

    level: Level
    department: str
    capability: str


def first(scheme: Scheme) -> Step:
    """The step at which a community declares."""
    return scheme.procedure.steps[0]


def after(scheme: Scheme, key: str) -> Step | None:
    """The step that follows, or None after the last one."""
    steps = scheme.procedure.steps
    place = next(index for index, step in enumerate(steps) if step.key == key)
    return steps[place + 1] if place + 1 < len(steps) else None


def find(scheme: Scheme, key: str) -> Step | None:
    return next((step for step in scheme.procedure.steps if step.key == key), None)


def level_of(step: Step) -> Level:
    return LEVELS[step.level]


def is_drawn(step: Step) -> bool:
    """Whether only a random sample is looked at here. A sample step without a share or a confidence checks everyone."""
    return step.kind in (StepKind.SAMPLE, StepKind.PANEL) and (step.share is not None or step.confidence is not None)


def duty(step: Step) -> Duty:
    """Whose turn it is at a step, for the lists of what waits."""
    capability = {StepKind.AWARD: "award", StepKind.NOTICE: "publish_notice", StepKind.PANEL: "run_panel"}
    return Duty(level_of(step), step.department or "", capability.get(step.kind, "decide"))


def awaits(scheme: Scheme, facts: Facts) -> Awaits:
    """What must happen next for the declaration to move."""
    if facts.status == "returned":
        return Awaits.COMMUNITY
    if facts.status != "active":
        return Awaits.NOTHING
    step = scheme.step(facts.step)
    if is_drawn(step) and facts.sampled is None:
        return Awaits.DRAW
    if step.kind is StepKind.PANEL and not facts.panel_decided:
        return Awaits.SCORES if facts.seated else Awaits.PANEL
    if step.kind is StepKind.NOTICE:
        return _awaits_at_notice(facts)
    return Awaits.AWARD if step.kind is StepKind.AWARD else Awaits.DECISION


def _awaits_at_notice(facts: Facts) -> Awaits:
    if not facts.on_notice:
        return Awaits.NOTICE
    if facts.open_objections:
        return Awaits.OBJECTION
    return Awaits.DECISION if facts.upheld_objections else Awaits.NOTICE_END


def awaits_words(scheme: Scheme, facts: Facts) -> str:
    step = find(scheme, facts.step)
    return WORDS[awaits(scheme, facts)].format(verb=step.verb if step else "办理")


# --- may this outcome be chosen now? ----------------------------------------------------------------------------------


def outcomes(scheme: Scheme, facts: Facts) -> list[Allowed]:
    """What the deciding post may choose now, in the order of the scheme."""
    if facts.status != "active":
        return []
    return [outcome for outcome in scheme.step(facts.step).outcomes if refusal(scheme, facts, outcome) is None]


def refusal(scheme: Scheme, facts: Facts, outcome: Allowed) -> str | None:
    """Why this outcome can't be chosen now, or None where it can. Who asks is another question: see ``stranger``."""
    if facts.status == "returned":
        return "材料已退回社区修改，等社区重新提交后再办理。"
    if facts.status != "active":
        return "该申报已经办结，不能再作决定。"
    step = scheme.step(facts.step)
    if outcome not in step.outcomes:
        return f"“{step.title}”环节不能{VERBS[outcome]}{cited(step)}。"
    if outcome is Allowed.PASS:
        return _cannot_pass(scheme, step, facts)
    return _cannot_turn_down(step, facts)


VERBS: Mapping[Allowed, str] = {Allowed.PASS: "通过", Allowed.RETURN: "退回", Allowed.REJECT: "不予通过"}


def _cannot_pass(scheme: Scheme, step: Step, facts: Facts) -> str | None:
    waits = awaits(scheme, facts)
    if waits is Awaits.DRAW:
        return f"“{step.title}”先随机抽取，抽中的再办理{cited(step)}。"
    if waits in (Awaits.PANEL, Awaits.SCORES):
        return f"“{step.title}”须由评审组打分、合议后再作决定{cited(step)}。"
    if step.kind is StepKind.NOTICE:
        return _cannot_pass_notice(step, facts)
    if step.scores and step.kind is not StepKind.PANEL and not facts.scored:
        return f"“{step.title}”须先按标准评分并交分{cited(step)}。"
    if step.needs_level and not reaches(scheme, facts.title, facts.level, facts.standard):
        return f"得分没有达到“{scheme.title_of(facts.title).title}”要求的等级，不能通过{cited(step)}。"
    return None


def _cannot_pass_notice(step: Step, facts: Facts) -> str:
    if not facts.on_notice:
        return f"须先发布公示{cited(step)}。"
    if facts.open_objections:
        return f"有 {facts.open_objections} 件异议尚未答复，未答复前不进入下一环节{cited(step)}。"
    if facts.upheld_objections:
        return f"异议成立，只能退回或不予通过{cited(step)}。"
    return f"公示期满且无异议后自动进入下一环节，不需要人工办理{cited(step)}。"


def _cannot_turn_down(step: Step, facts: Facts) -> str | None:
    if is_drawn(step) and facts.sampled is None:
        return f"“{step.title}”先随机抽取，抽中的再办理{cited(step)}。"
    if step.kind is StepKind.NOTICE and facts.on_notice and facts.open_objections:
        return f"公示收到异议，请先答复异议，再决定是否退回{cited(step)}。"
    if step.kind is StepKind.NOTICE and facts.on_notice and not facts.upheld_objections:
        return f"正在公示，没有成立的异议时不能退回或不予通过{cited(step)}。"
    return None


def stranger(step: Step, *, level: int, department: str, allowed: bool) -> str | None:
    """Why a post isn't the one that this step waits for, or None. ``allowed`` is whether it has the capability."""
    wanted = level_of(step)
    if level != wanted:
        return f"“{step.title}”由{wanted.label}办理{cited(step)}，您的岗位属于{Level(level).label}。"
    if not same_department(step.department or "", department):
        return f"“{step.title}”由{step.department}办理{cited(step)}，您的岗位部门是{department}。"
    return None if allowed else f"您的岗位没有办理“{step.title}”的权限{cited(step)}。"


def needs_opinion(step: Step, outcome: str) -> bool:
    """Turning a declaration down always needs a reason; passing it where the scheme asks for an opinion."""
    return outcome in ("return", "reject") or (outcome == "pass" and step.opinion_required)


def needs_visit(step: Step, outcome: str) -> bool:
    """Whether passing asks for the day on which somebody went there (实地考察)."""
    return outcome == "pass" and step.on_site


def impossible_day(label: str, day: dt.date | None, declared: dt.date, today: dt.date) -> str | None:
    """Why what belongs to a decision can't have happened on a day: not before the declaration, not after today."""
    if day is not None and day > today:
        return f"{label}不能晚于今天（{today}）。"
    if day is not None and day < declared:
        return f"{label}不能早于申报之日（{declared}）。"
    return None


# --- departments ------------------------------------------------------------------------------------------------------

_ENDING = re.compile(r"(部门|委员会|办公室|[局厅委部办])$")
_BEGINNING = re.compile(r"^[省市县区州镇乡街道]+")
_WHOLE_BODY = re.compile(r"(人民政府|办事处)$")


def same_department(one: str, other: str) -> bool:
    """Whether two ways to name a department mean the same one. An unnamed department is any; so is a whole body.

    县（市、区）住房城乡建设部门, 住房和城乡建设局 and 郫都区住房和城乡建设局 are one department of different levels;
    街道办事处 and 各区人民政府 act through each of their departments.
    """
    first_stem, second_stem = _stem(one), _stem(other)
    return first_stem.endswith(second_stem) or second_stem.endswith(first_stem)


_ANY_DEPARTMENT = re.compile(r"^(有关|相关)")


def joint_places(step: Step, several: int = 3) -> list[str]:
    """The departments with which a step is decided (会同), as a form asks for them; empty where any may be named."""
    named = [name for name in step.together_with if not _ANY_DEPARTMENT.match(name)]
    return named + [""] * (several if len(named) < len(step.together_with) else 0)


def decides_with(step: Step, department: str) -> bool:
    """Whether a department is among those with which a step is decided. 有关部门 may be any."""
    return any(
        _ANY_DEPARTMENT.match(name) or name == department or (_stem(department) and same_department(name, department))
        for name in step.together_with
    )


def _stem(name: str) -> str:
    name = re.sub(r"（[^）]*）", "", name).replace("和", "")
    return "" if _WHOLE_BODY.search(name) else _BEGINNING.sub("", _ENDING.sub("", name).removeprefix("各"))


def departments_of(schemes: Iterable[Scheme], held: str) -> set[str]:
    """The departments, as written in the procedures, that a post of department ``held`` acts for."""
    named = {step.department or "" for scheme in schemes for step in scheme.procedure.steps}
    return {name for name in named if same_department(name, held)}


# --- levels and titles ------------------------------------------------------------------------------------------------


def standard_of(scheme: Scheme, key: str) -> Standard:
    return next((standard for standard in scheme.standards if standard.key == key), scheme.standard)


def reaches(scheme: Scheme, title: str, level: str, standard: str = "standard") -> bool:
    """Whether a level that was reached is at least the one that the title asks for."""
    ranks = {entry.key: rank for rank, entry in enumerate(standard_of(scheme, standard).levels)}
    return level in ranks and ranks[level] >= ranks.get(scheme.title_of(title).level, len(ranks))


def declarable(scheme: Scheme) -> list[Title]:
    """The titles that a community can declare for; titles that follow from lower divisions can't be declared."""
    return [title for title in scheme.titles if title.from_children is None]


def cannot_declare(scheme: Scheme, title: Title, *, held: Iterable[str], ever: Mapping[str, int]) -> str | None:
    """Why a community can't declare for a title: it holds it already, or lacks what the title asks for first.

    ``held`` are the keys of the titles in force, ``ever`` how often each title was awarded.
    """
    held = set(held)
    if title.key in held:
        return f"本社区已持有“{title.title}”称号，不需要再次申报。"
    if title.from_children is not None:
        return f"“{title.title}”由下级情况认定，不由社区申报（依据：{title.source}）。"
    names = "、".join(f"“{scheme.title_of(key).title}”" for key in title.requires)
    if title.requires_count is not None:
        had = sum(ever.get(key, 0) for key in title.requires)
        if had < title.requires_count:
            return (
                f"申报“{title.title}”须先获得{names} {title.requires_count} 次，现有 {had} 次（依据：{title.source}）。"
            )
        return None
    missing = [scheme.title_of(key).title for key in title.requires if key not in held]
    if missing:
        return f"申报“{title.title}”须先持有{'、'.join(f'“{name}”' for name in missing)}（依据：{title.source}）。"
    return None


# --- days -------------------------------------------------------------------------------------------------------------


def due_on(step: Step, arrived: dt.date, year: int) -> dt.date | None:
    """By when a step must be done for a declaration of ``year`` that arrived on a day; None where nothing is said.

    A day of the year that is already past when a declaration arrives falls due a year later: lateness belongs to the
    step that caused it, not to the one that receives late.
    """
    return None if step.due is None else deadline(step.due, arrived, year)


def deadline(due: DueDay, began: dt.date, year: int) -> dt.date | None:
    if due.days is not None:
        add = dates.add_working_days if due.day_kind == "working" else dates.add_calendar_days
        return add(began, due.days)
    if due.month is None:
        return None
    day = day_of_year(due, max(year, began.year))
    return day if day >= began else day_of_year(due, began.year + 1)


def day_of_year(due: DueDay, year: int) -> dt.date:
    """The day in a year; the last of the month where the month is shorter or no day is named."""
    assert due.month is not None
    following = dt.date(year + due.month // 12, due.month % 12 + 1, 1)
    last = (following - dt.timedelta(days=1)).day
    return dt.date(year, due.month, min(due.day or last, last))


def too_early_or_late(procedure: Procedure, year: int, today: dt.date) -> str | None:
    """Why nobody can declare for ``year`` today, or None. Without batches a community declares when it is ready."""
    if not procedure.batches:
        return None
    spans = [_span(batch, year) for batch in procedure.batches]
    if any(opens <= today <= closes for opens, closes in spans):
        return None
    windows = "；".join(
        f"{batch.title} {opens:%Y-%m-%d} 至 {closes:%Y-%m-%d}"
        for batch, (opens, closes) in zip(procedure.batches, spans, strict=True)
    )
    when = "尚未开始" if any(today < opens for opens, _ in spans) else "已经截止"
    return f"{year}年度的申报{when}。申报时间：{windows}（依据：{procedure.source}）。"


def _span(batch: Batch, year: int) -> tuple[dt.date, dt.date]:
    opens = day_of_year(batch.opens, year) if batch.opens and batch.opens.month else dt.date(year, 1, 1)
    closes = day_of_year(batch.declare_by, year) if batch.declare_by.month else dt.date(year, 12, 31)
    return opens, closes


def notice_days(step: Step, opens: dt.date) -> tuple[dt.date, dt.date]:
    """First and last day of a notice that begins on ``opens``: so many full days, the first included.

    In working days the notice begins on the first working day from ``opens`` on.
    """
    days = step.days or 0
    assert days > 0, f"the notice step {step.key} has no days"
    if step.day_kind == "calendar":
        return opens, dates.add_calendar_days(opens, days - 1)
    begins = dates.add_working_days(opens - dates.ONE_DAY, 1)
    return begins, dates.add_working_days(begins, days - 1)


def cited(step: Step) -> str:
    return f"（依据：{step.source}）"
