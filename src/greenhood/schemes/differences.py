"""What differs between two schemes: two versions of one, a lower scheme and the higher one it implements, two places.

Entries are paired by what identifies them: within one scheme by their keys and numbers; otherwise criteria by what they
refine or, failing that, by their words. Pure: two schemes in, groups of changes out.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from greenhood.schemes import crosswalk, reading, reasons, rules, words
from greenhood.schemes.format import (
    Check,
    Criterion,
    Goal,
    Obligation,
    Opinion,
    Scheme,
    Setting,
    Standard,
    Step,
    Threshold,
    ThresholdCase,
    Title,
)
from greenhood.schemes.known_indicators import known

KIND_TITLES = {"added": "新增", "removed": "删去", "changed": "修改"}


@dataclass(frozen=True, slots=True)
class Change:
    """One entry that differs. ``before`` and ``after`` say, line by line, only what differs."""

    kind: Literal["added", "removed", "changed"]
    title: str
    before: str = ""
    after: str = ""

    @property
    def kind_title(self) -> str:
        return KIND_TITLES[self.kind]


@dataclass(frozen=True, slots=True)
class Group:
    """The changes of one section."""

    title: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as compared: what it is called and what it says, label by label."""

    title: str
    says: Mapping[str, str]

    @property
    def text(self) -> str:
        return "\n".join(f"{label}：{said}" for label, said in self.says.items() if said)


Entries = Mapping[Hashable, Entry]


def groups(before: Scheme, after: Scheme) -> list[Group]:
    """Every section in which the two differ, in the order of a scheme."""
    sections: list[tuple[str, Entries, Entries]] = [
        ("文件", _head(before), _head(after)),
        ("开放设置", _settings(before), _settings(after)),
        ("创建目标", *_both(before, after, _goals)),
        ("实施步骤", _phases(before), _phases(after)),
        ("创建名单", _roster(before), _roster(after)),
        ("职责分工", _duties(before), _duties(after)),
        ("本地实施计划", _plan(before), _plan(after)),
        ("计分规则", _rules(before), _rules(after)),
        ("创建标准", *_criteria(before, after)),
        ("等级", *_both(before, after, _levels)),
        ("称号与名额", *_both(before, after, _titles)),
        ("申报程序", {**_procedure(before), **_steps(before)}, {**_procedure(after), **_steps(after)}),
        ("动态管理", _upkeep(before), _upkeep(after)),
        ("报送与检查", *_both(before, after, _obligations)),
        ("表格", _forms(before), _forms(after)),
    ]
    compared = (Group(title, tuple(changes(first, second))) for title, first, second in sections)
    return [group for group in compared if group.changes]


def changes(before: Entries, after: Entries) -> Iterator[Change]:
    """What was removed or changed, in the order of the first, then what was added."""
    for key, entry in before.items():
        if key not in after:
            yield Change("removed", entry.title, before=entry.text)
        elif change := _change(entry, after[key]):
            yield change
    for key, entry in after.items():
        if key not in before:
            yield Change("added", entry.title, after=entry.text)


def _change(before: Entry, after: Entry) -> Change | None:
    labels = [
        label for label in {**before.says, **after.says} if before.says.get(label, "") != after.says.get(label, "")
    ]
    if not labels:
        return None
    return Change("changed", after.title, _lines(before, labels), _lines(after, labels))


def _lines(entry: Entry, labels: list[str]) -> str:
    return "\n".join(f"{label}：{entry.says.get(label) or '无'}" for label in labels)


def _both(before: Scheme, after: Scheme, of: Callable[[Scheme, bool], Entries]) -> tuple[Entries, Entries]:
    is_same = before.id == after.id
    return of(before, is_same), of(after, is_same)


def _head(scheme: Scheme) -> Entries:
    rule = scheme.subjects
    return {
        "document": Entry(
            "文件",
            {
                "名称": scheme.title,
                "发文字号": scheme.number or "",
                "发文单位": scheme.issuer,
                "印发日期": scheme.issued.isoformat() if scheme.issued else "",
                "适用区划": f"{scheme.jurisdiction:012d}" if scheme.jurisdiction else "全国",
                "上级方案": scheme.implements or "",
            },
        ),
        "subjects": Entry(
            "创建对象",
            {
                "对象": rule.title,
                "城乡分类代码": "、".join(map(str, rule.classes)),
                "村级代码": "、".join(f"{low:03d}–{high:03d}" for low, high in rule.village_codes),
                "上级": "、".join(rule.parent_kinds),
                "另外计入": "、".join(map(str, rule.include)),
                "不计入": "、".join(map(str, rule.exclude)),
            },
        ),
    }


def _settings(scheme: Scheme) -> Entries:
    def say(setting: Setting) -> Entry:
        value = words.setting_value(setting.default, setting.unit)
        says = {
            "名称": setting.title,
            "默认值": value,
            "范围": f"{_bound(setting.at_least)} 至 {_bound(setting.at_most)}" if _is_bounded(setting) else "",
            "可选": "、".join(map(words.setting_value, setting.choices or [])),
            "开放": "发布时可选定" if setting.open else "已定",
            "理由": setting.reason,
        }
        return Entry(setting.title, says)

    return {setting.key: say(setting) for setting in scheme.settings}


def _is_bounded(setting: Setting) -> bool:
    return setting.at_least is not None or setting.at_most is not None


def _bound(bound: Decimal | None) -> str:
    return "不限" if bound is None else reasons.number(bound)


def _goals(scheme: Scheme, is_same: bool) -> Entries:
    def say(goal: Goal) -> Entry:
        says = {
            "目标": goal.title,
            "统计": words.MEASURES[goal.measure],
            "数量": words.goal_amount(goal),
            "范围": words.goal_scope(goal),
            "期限": goal.by.isoformat(),
            "称号": _award(scheme, goal.award),
        }
        return Entry(goal.title, says)

    # Two places give the same goal different keys; what it counts, where and by when is the same goal.
    return {goal.key if is_same else (goal.measure, goal.by, goal.each): say(goal) for goal in scheme.goals}


def _phases(scheme: Scheme) -> Entries:
    return {
        phase.key: Entry(
            phase.title,
            {
                "名称": phase.title,
                "时间": " 至 ".join(day.isoformat() if day else "" for day in (phase.begins, phase.ends)).strip(),
                "任务": "；".join(f"{task.title}：{task.text}" for task in phase.tasks),
            },
        )
        for phase in scheme.phases
    }


def _roster(scheme: Scheme) -> Entries:
    return {entry.year: Entry(f"{entry.year} 年", {"社区": "、".join(entry.communities)}) for entry in scheme.roster}


def _duties(scheme: Scheme) -> Entries:
    return {
        duty.part: Entry(
            duty.part,
            {"职责": duty.text or "", "指导": "、".join(duty.guiding), "实施": duty.implementing or ""},
        )
        for duty in scheme.duties
    }


def _plan(scheme: Scheme) -> Entries:
    """What a local plan says beside the sections that every scheme has."""
    plan = scheme.plan
    if plan is None:
        return {}
    found: dict[Hashable, Entry] = {
        ("time", ""): Entry("规划期", {"规划期": words.span(plan.begins, plan.ends)}),
    }
    for point in plan.entry_points:
        says = {"突出问题": point.problem, "切入点": point.approach}
        found["entry point", point.community_type] = Entry(f"切入点：{point.community_type}", says)
    for task in plan.yearly:
        says = {
            "内容": task.text,
            "责任单位": task.department or "",
            "完成时限": task.by.isoformat() if task.by else "",
        }
        found["yearly", task.year, task.title] = Entry(f"{task.year} 年：{task.title}", says)
    for project in plan.key_projects:
        says = {
            "内容": project.text,
            "涉及社区": "、".join(project.communities),
            "资金": words.money(project.money),
            "资金来源": project.funds or "",
            "责任单位": project.department or "",
            "完成时限": project.by.isoformat() if project.by else "",
        }
        found["project", project.title] = Entry(f"重点项目：{project.title}", says)
    for measure in plan.measures:
        found["measure", measure.title] = Entry(f"实施措施：{measure.title}", {"内容": measure.text})
    return found


def _rules(scheme: Scheme) -> Entries:
    """How each standard scores, and its parts: what holds for all of its criteria."""
    found: dict[Hashable, Entry] = {}
    for standard in scheme.standards:
        found[standard.key] = Entry(standard.title, _standard(standard))
        for part in standard.parts:
            weight = "" if part.weight == 1 else reasons.number(part.weight)
            found[standard.key, part.key] = Entry(
                part.title, {"名称": part.title, "分值": words.points(part.points), "权重": weight}
            )
    titles = {standard.key: standard.title for standard in scheme.standards}
    if scheme.composite:
        sheets = {
            titles.get(sheet.standard, sheet.standard): reasons.number(sheet.weight) for sheet in scheme.composite
        }
        found["composite", ""] = Entry("综合评分", sheets)
    return found


def _standard(standard: Standard) -> Mapping[str, str]:
    scored = standard.scoring == "points"
    where = standard.where
    left_out = "按其余各项折算" if standard.scale_when_left_out else "不折算"
    scorers = "、".join(f"{scorer.title} {reasons.number(scorer.weight)}" for scorer in standard.scorers)
    return {
        "评价对象": words.OBJECTS[standard.object],
        "适用": "、".join([*map(str, where.classes), *map(str, where.within), *where.tags]),
        "方式": "计分" if scored else "逐项核对",
        "满分": words.points(standard.maximum),
        "小项": words.HOWS[standard.how] if standard.how else "",
        "取整": f"{words.ROUNDINGS[standard.rounding.mode]}，{standard.rounding.places} 位小数" if scored else "",
        "不涉及": left_out if scored and rules.leaves_out(standard) else "",
        "加分上限": words.points(standard.bonus_cap),
        "加分可超过满分": "是" if standard.bonus_over_maximum else "",
        "评分人": scorers,
        "系数": "" if standard.factor == 1 else reasons.number(standard.factor),
    }


def _criteria(before: Scheme, after: Scheme) -> tuple[Entries, Entries]:
    if before.id == after.id:
        return _numbered(before), _numbered(after)
    if before.id in (after.implements, after.id):
        return _refined(before, after)
    if after.id == before.implements:
        first, second = _refined(after, before)
        return second, first
    return _worded(before), _worded(after)


def _numbered(scheme: Scheme) -> Entries:
    return {(standard.key, line.no): _criterion(standard, line) for standard, line in _lines_of(scheme)}


def _worded(scheme: Scheme) -> Entries:
    return {line.title.rstrip("。"): _criterion(standard, line) for standard, line in _lines_of(scheme)}


def _refined(higher: Scheme, lower: Scheme) -> tuple[Entries, Entries]:
    """A higher criterion against all lower ones that refine it; the rest of the lower scheme is new."""
    if lower.standards == higher.standards:
        return {}, {}
    carried = crosswalk.carried_numbers(lower, higher)
    refining: dict[int, list[tuple[Standard, Criterion]]] = {}
    fresh: dict[Hashable, Entry] = {}
    for standard, line in _lines_of(lower):
        numbers = carried[lower.id, standard.key, line.no]
        for number in numbers:
            refining.setdefault(number, []).append((standard, line))
        if not numbers:
            fresh[("new", standard.key, line.no)] = _criterion(standard, line)
    above: dict[Hashable, Entry] = {
        ("old", line.no): _criterion(standard, line) for standard, line in _lines_of(higher)
    }
    below: dict[Hashable, Entry] = {("old", number): _merged(lines) for number, lines in refining.items()}
    return above, {**below, **fresh}


def _merged(lines: list[tuple[Standard, Criterion]]) -> Entry:
    entries = [_criterion(standard, line) for standard, line in lines]
    labels = dict.fromkeys(label for entry in entries for label in entry.says)
    says = {label: "；".join(entry.says[label] for entry in entries if entry.says.get(label)) for label in labels}
    return Entry("、".join(entry.title for entry in entries), says)


def _lines_of(scheme: Scheme) -> Iterator[tuple[Standard, Criterion]]:
    for standard in scheme.standards:
        for part in standard.parts:
            for line in part.criteria:
                yield standard, line


def _criterion(standard: Standard, line: Criterion) -> Entry:
    scored = standard.scoring == "points"
    says = {
        "标准": line.title.rstrip("。"),
        "分值": words.points(line.points),
        "计分": words.HOWS[rules.method(standard, line)] if scored and len(line.checks) != 1 else "",
        "类型": words.LINES[line.kind],
        "做到几项": f"{line.needed} 项" if line.needed else "",
        "每次": words.points(line.points_each),
        "分档": "；".join(f"{reasons.band_words(band)} {reasons.number(band.points)} 分" for band in line.bands),
        "等次": "；".join(f"{grade.title} {reasons.number(grade.points)} 分" for grade in line.grades),
        "扣分": "；".join(reasons.deduct_words(rule) for rule in line.deducts),
        "一票否决": _mark(line.veto_when) if line.veto_when else "",
        "要求": " ".join(_check(check) for check in line.checks),
        "不涉及": _left_out(line) if line.may_not_apply else "",
    }
    return Entry(f"第 {line.no} 项 {line.title}", says)


def _left_out(line: Criterion) -> str:
    return f"{line.applies_when or '可以不涉及'}，{words.LEFT_OUT[line.not_applicable]}"


def _check(check: Check) -> str:
    """A check with all that decides it: points, figure with its variants, sample, years looked back, proofs."""
    marks = [f"{reasons.number(check.points)} 分" if check.points is not None else ""]
    marks += [_mark(check.threshold) if check.threshold else ""]
    marks += [f"指标“{_indicator(check.indicator)}”" if check.indicator else ""]
    marks += [f"抽查 {check.sampling.count} {check.sampling.of}" if check.sampling else ""]
    marks += [f"近 {check.lookback_years} 年" if check.lookback_years else ""]
    marks += ["、".join(words.PROOFS[proof] for proof in check.evidence)]
    return f"{check.text.rstrip('；。')}（{'，'.join(filter(None, marks))}）；"


def _indicator(key: str) -> str:
    found = known(key)
    return found.title if found else key


def _mark(mark: Threshold) -> str:
    return "，".join([reasons.threshold(mark), *(_case(mark, case) for case in mark.cases)])


def _case(mark: Threshold, case: ThresholdCase) -> str:
    where = [*case.where.classes, *case.where.within, *case.where.tags] if case.where else []
    begins = [f"{case.begins.isoformat()} 起"] if case.begins else []
    return f"{'、'.join([*map(str, where), *begins])}{reasons.threshold(mark, case.value)}"


def _levels(scheme: Scheme, is_same: bool) -> Entries:
    del is_same
    return {
        (standard.key, level.key): Entry(
            level.title, {"要求": reading.level_terms(level, reading.part_titles(standard))}
        )
        for standard in scheme.standards
        for level in standard.levels
    }


def _titles(scheme: Scheme, is_same: bool) -> Entries:
    del is_same
    levels = {level.key: level.title for standard in scheme.standards for level in standard.levels}

    def say(title: Title) -> Entry:
        says = {
            "称号": title.title,
            "须达到": levels.get(title.level, title.level),
            "须先获得": "、".join(_award(scheme, key) for key in title.requires),
            "须先获得次数": str(title.requires_count or ""),
            "由下级推定": _from_children(scheme, title),
            "名额": "；".join(f"{words.quota(limit)}（{limit.text}）" for limit in title.quotas),
            "标识牌": title.plaque.title if title.plaque else "",
            "有效期": f"{title.valid_years} 年" if title.valid_years else "",
        }
        return Entry(title.title, says)

    return {title.key: say(title) for title in scheme.titles}


def _award(scheme: Scheme, key: str | None) -> str:
    """The name of a title, or its key where the scheme has no such title (an unchecked file)."""
    return next((title.title for title in scheme.titles if title.key == key), key or "")


def _from_children(scheme: Scheme, title: Title) -> str:
    rule = title.from_children
    if rule is None:
        return ""
    every = [f"各{words.LEVELS[rule.level]}都是{_award(scheme, rule.all_hold)}"] if rule.all_hold else []
    share = reasons.percent(rule.share) if rule.share is not None else ""
    some = [f"{share}以上是{_award(scheme, rule.share_hold)}"] if rule.share_hold else []
    return "，".join([*every, *some])


def _procedure(scheme: Scheme) -> Entries:
    batches = "；".join(f"{batch.title}：{words.due_day(batch.declare_by)}申报" for batch in scheme.procedure.batches)
    says = {"申报主体": scheme.procedure.applicant, "原则": scheme.procedure.principle or "", "批次": batches}
    return {("procedure", ""): Entry("申报", says)}


def _steps(scheme: Scheme) -> Entries:
    def say(number: int, step: Step) -> Entry:
        says = {
            "次序": f"第 {number} 步",
            "名称": step.title,
            "层级": words.LEVELS[step.level],
            "办法": "；".join(reading.step_terms(step)),
            "抽样把握": reasons.percent(step.confidence) if step.confidence is not None else "",
            "容许不合格": reasons.percent(step.tolerated) if step.tolerated is not None else "",
            "可作的决定": "、".join(words.OUTCOMES[outcome] for outcome in step.outcomes),
            "退回单项": "" if step.return_items else "不可以",
            "须达到等级": "是" if step.needs_level else "",
            "公开分数": words.SHOWN_SCORES[step.show_scores] if step.kind == "notice" else "",
            "实名异议": "是" if step.kind == "notice" and step.real_name else "",
        }
        return Entry(step.title, says)

    return {step.key: say(number, step) for number, step in enumerate(scheme.procedure.steps, 1)}


def _upkeep(scheme: Scheme) -> Entries:
    if scheme.upkeep is None:
        return {}
    return {"upkeep": Entry("动态管理", {"规定": "；".join([*words.upkeep(scheme.upkeep), scheme.upkeep.text])})}


def _obligations(scheme: Scheme, is_same: bool) -> Entries:
    def say(obligation: Obligation) -> Entry:
        says = {
            "名称": obligation.title,
            "种类": words.KINDS[obligation.kind],
            "频次": words.FREQUENCIES[obligation.frequency],
            "层级": f"{words.LEVELS[obligation.reporter]} → {words.LEVELS[obligation.receiver]}",
            "期限": words.obligation_day(obligation),
            "由谁": obligation.reporter_title,
            "报给谁": obligation.receiver_title,
            "写明": "、".join(section.title for section in obligation.sections),
        }
        return Entry(obligation.title, says)

    return {entry.key if is_same else (entry.title, entry.reporter): say(entry) for entry in scheme.calendar}


def _forms(scheme: Scheme) -> Entries:
    return {
        form.key: Entry(
            form.title,
            {
                "名称": form.title,
                "栏目": "、".join(f"{field.label}{_limit(field.max_length)}" for field in form.fields),
                "意见栏": "、".join(_opinion(scheme, opinion) for opinion in form.opinions),
                "填表说明": "；".join(form.notes),
            },
        )
        for form in scheme.forms
    }


def _opinion(scheme: Scheme, opinion: Opinion) -> str:
    step = next((step.title for step in scheme.procedure.steps if step.key == opinion.step), opinion.step)
    return f"{opinion.title}（{words.LEVELS[opinion.level]}，{step}）"


def _limit(length: int | None) -> str:
    return f"（不超过 {length} 字）" if length else ""
