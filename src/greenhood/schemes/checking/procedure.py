"""The procedure from declaring to awarding, what follows the award, and the forms that quote its steps."""

from __future__ import annotations

from collections.abc import Sequence

from greenhood.schemes.checking.findings import DEPTH, LEVEL_TITLES, Findings, real_day
from greenhood.schemes.format import DueDay, Outcome, Scheme, Step, StepKind
from greenhood.schemes.messages import nearest
from greenhood.schemes.problems import Position

MAY_GO_DOWN = {StepKind.SAMPLE, StepKind.NOTICE, StepKind.AWARD, StepKind.PANEL}


def procedure(scheme: Scheme) -> Findings:
    steps = scheme.procedure.steps
    at: Position = ("procedure", "steps")
    if not steps:
        yield at, "没有写申报步骤", "从申报（declare）写到命名（award）"
        return
    if steps[0].kind is not StepKind.DECLARE:
        yield (*at, 0, "kind"), "第一步要是申报", "第一步写 kind: declare"
    if steps[-1].kind is not StepKind.AWARD:
        yield (*at, len(steps) - 1, "kind"), "最后一步要是命名", "最后一步写 kind: award"
    for index, step in enumerate(steps):
        if index and step.kind is StepKind.DECLARE:
            yield (*at, index, "kind"), "申报只能是第一步", "改为 kind: review"
        if index < len(steps) - 1 and step.kind is StepKind.AWARD:
            yield (*at, index, "kind"), "命名只能是最后一步", "把它移到最后"
        yield from _step((*at, index), step)
    yield from _descents(at, steps)
    for index, batch in enumerate(scheme.procedure.batches):
        for name, due in (("opens", batch.opens), ("declare_by", batch.declare_by)):
            yield from _due_day(("procedure", "batches", index, name), due)


def _descents(at: Position, steps: Sequence[Step]) -> Findings:
    """Reviews go upwards; samples, panels, notices and awards may stand lower than the review before them."""
    highest = len(DEPTH)
    for index, step in enumerate(steps):
        depth = DEPTH[step.level]
        if depth > highest and step.kind not in MAY_GO_DOWN:
            yield (
                (*at, index, "level"),
                f"“{step.title}”回到了更低的{LEVEL_TITLES[step.level]}",
                "步骤由下而上；核对 level",
            )
        if step.kind not in MAY_GO_DOWN:
            highest = min(highest, depth)


def _step(at: Position, step: Step) -> Findings:
    yield from _due_day((*at, "due"), step.due)
    match step.kind:
        case StepKind.NOTICE if step.days is None:
            yield at, "公示没有写天数", "补上 days；原文没有规定的写成开放设置"
        case StepKind.NOTICE if step.days < 1:  # type: ignore[operator]
            yield (*at, "days"), "公示天数要大于 0", "写正整数"
        case StepKind.SAMPLE if step.share is None and step.confidence is None:
            yield at, "抽验没有写抽多少", "补上 share（比例）或 confidence（把握程度）；原文没有规定的写成开放设置"
        case StepKind.PANEL if not step.seats:
            yield at, "评审没有写席位", "补上 seats：专家、代表、市民各几席"
    if step.confidence is not None and step.tolerated is None:
        yield (*at, "confidence"), "按把握程度抽样还要写容许的不合格比例", "补上 tolerated，如 0.1"
    if step.stratify_by is not None and DEPTH[step.stratify_by] <= DEPTH[step.level]:
        yield (*at, "stratify_by"), "分层的级别要低于抽验的级别", "省级抽验写 city 或 county"
    if not step.outcomes or Outcome.PASS not in step.outcomes:
        yield (*at, "outcomes"), "没有“通过”，走不下去", "加上 pass"
    if (
        step.kind is StepKind.DECLARE
        and set(step.outcomes) & {Outcome.RETURN, Outcome.REJECT}
        and "outcomes" in step.model_fields_set
    ):
        yield (*at, "outcomes"), "申报没有退回和不予通过", "写 outcomes: [pass]"


def _due_day(at: Position, due: DueDay | None) -> Findings:
    if due is None:
        return
    if due.month is not None and due.day is not None:
        yield from real_day(at, due.month, due.day, "day")
    if due.day is not None and due.month is None:
        yield (*at, "day"), "只写了日，没有写月", "补上 month"
    if due.month is not None and due.day is None:
        yield (*at, "month"), "只写了月，没有写日", "补上 day；“下旬”写该月最后一天"
    if due.days is not None and (due.days < 1 or due.month is not None):
        yield (*at, "days"), "天数要大于 0，且不能与月、日并用", "限期写 days，固定日期写 month 和 day"
    if due.month is None and due.days is None:
        yield at, "没有写期限", "写 month 和 day，或写 days"


def upkeep(scheme: Scheme) -> Findings:
    upkeep = scheme.upkeep
    if upkeep is None:
        return
    if upkeep.rectification_days < 1:
        yield ("upkeep", "rectification_days"), "整改天数要大于 0", "写正整数"
    if upkeep.reexamine_months is not None and upkeep.reexamine_months < 1:
        yield ("upkeep", "reexamine_months"), "复查间隔要大于 0", "写月数"
    if DEPTH[upkeep.delist_by] > DEPTH[upkeep.supervised_by]:
        yield ("upkeep", "delist_by"), "除名的级别低于监督的级别", "核对 supervised_by 和 delist_by", "notice"


def forms(scheme: Scheme) -> Findings:
    steps = {step.key: step for step in scheme.procedure.steps}
    for index, form in enumerate(scheme.forms):
        for position, opinion in enumerate(form.opinions):
            at: Position = ("forms", index, "opinions", position)
            if opinion.step not in steps:
                yield (
                    (*at, "step"),
                    f"没有步骤“{opinion.step}”{nearest(opinion.step, steps)}",
                    "写 procedure 里的步骤 key",
                )
            elif steps[opinion.step].level is not opinion.level:
                level = LEVEL_TITLES[steps[opinion.step].level]
                yield (
                    (*at, "level"),
                    f"步骤“{opinion.step}”在{level}，意见栏写的是{LEVEL_TITLES[opinion.level]}",
                    "两处写成一样",
                )
        for position, field in enumerate(form.fields):
            if field.max_length is not None and field.max_length < 1:
                yield ("forms", index, "fields", position, "max_length"), "字数要大于 0", "写正整数"
