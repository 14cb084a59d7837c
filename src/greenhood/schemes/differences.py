"""What differs between two schemes: two versions of one, a lower scheme and the higher one it implements, two places.

Entries are paired by what identifies them: within one scheme by their keys and numbers; otherwise criteria by what they
refine or, failing that, by their words. Pure: two schemes in, groups of changes out.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from greenhood.schemes import reading, reasons, rules, words
from greenhood.schemes.format import Check, Criterion, Goal, Obligation, Scheme, Setting, Standard, Step, Title

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
        ("创建标准", *_criteria(before, after)),
        ("等级", *_both(before, after, _levels)),
        ("称号与名额", *_both(before, after, _titles)),
        ("申报程序", *_both(before, after, _steps)),
        ("动态管理", _upkeep(before), _upkeep(after)),
        ("报送与检查", *_both(before, after, _obligations)),
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
        "document": Entry("文件", {"名称": scheme.title, "发文字号": scheme.number or "", "发文单位": scheme.issuer}),
        "subjects": Entry(
            "创建对象",
            {
                "对象": rule.title,
                "城乡分类代码": "、".join(map(str, rule.classes)),
                "上级": "、".join(rule.parent_kinds),
                "另外计入": "、".join(map(str, rule.include)),
                "不计入": "、".join(map(str, rule.exclude)),
            },
        ),
    }


def _settings(scheme: Scheme) -> Entries:
    def say(setting: Setting) -> Entry:
        value = words.setting_value(setting.default, setting.unit)
        return Entry(setting.title, {"默认值": value, "理由": setting.reason})

    return {setting.key: say(setting) for setting in scheme.settings}


def _goals(scheme: Scheme, is_same: bool) -> Entries:
    def say(goal: Goal) -> Entry:
        says = {
            "统计": words.MEASURES[goal.measure],
            "数量": words.goal_amount(goal),
            "范围": words.goal_scope(goal),
            "期限": goal.by.isoformat(),
        }
        return Entry(goal.title, says)

    # Two places give the same goal different keys; what it counts, where and by when is the same goal.
    return {goal.key if is_same else (goal.measure, goal.by, goal.each): say(goal) for goal in scheme.goals}


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
    refining: dict[int, list[tuple[Standard, Criterion]]] = {}
    fresh: dict[Hashable, Entry] = {}
    for standard, line in _lines_of(lower):
        for number in line.refines:
            refining.setdefault(number, []).append((standard, line))
        if not line.refines:
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
        "要求": " ".join(_check(check) for check in line.checks),
        "不涉及": (line.applies_when or "可以不涉及") if line.may_not_apply else "",
    }
    return Entry(f"第 {line.no} 项 {line.title}", says)


def _check(check: Check) -> str:
    mark = f"（{reasons.threshold(check.threshold)}）" if check.threshold else ""
    return f"{check.text.rstrip('；。')}{mark}；"


def _levels(scheme: Scheme, is_same: bool) -> Entries:
    del is_same
    return {
        (standard.key, level.key): Entry(level.title, {"要求": reading.level_terms(level)})
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
            "须先获得": "、".join(scheme.title_of(key).title for key in title.requires),
            "名额": "；".join(words.quota(limit) for limit in title.quotas),
            "标识牌": title.plaque.title if title.plaque else "",
            "有效期": f"{title.valid_years} 年" if title.valid_years else "",
        }
        return Entry(title.title, says)

    return {title.key: say(title) for title in scheme.titles}


def _steps(scheme: Scheme, is_same: bool) -> Entries:
    del is_same

    def say(number: int, step: Step) -> Entry:
        says = {
            "次序": f"第 {number} 步",
            "名称": step.title,
            "层级": words.LEVELS[step.level],
            "办法": "；".join(reading.step_terms(step)),
        }
        return Entry(step.title, says)

    return {step.key: say(number, step) for number, step in enumerate(scheme.procedure.steps, 1)}


def _upkeep(scheme: Scheme) -> Entries:
    if scheme.upkeep is None:
        return {}
    return {"upkeep": Entry("动态管理", {"规定": "；".join(words.upkeep(scheme.upkeep))})}


def _obligations(scheme: Scheme, is_same: bool) -> Entries:
    def say(obligation: Obligation) -> Entry:
        says = {
            "期限": words.obligation_day(obligation),
            "由谁": obligation.reporter_title,
            "报给谁": obligation.receiver_title,
            "写明": "、".join(section.title for section in obligation.sections),
        }
        return Entry(obligation.title, says)

    return {entry.key if is_same else (entry.title, entry.reporter): say(entry) for entry in scheme.calendar}
