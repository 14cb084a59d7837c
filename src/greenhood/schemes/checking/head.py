"""The head of a scheme and its lists: place, object, settings, sources, clauses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from greenhood.schemes.checking.findings import Findings, repeated
from greenhood.schemes.coverage import FEATURES
from greenhood.schemes.format import Scheme, Setting
from greenhood.schemes.loading import INHERITED, Loaded, chosen_problems
from greenhood.schemes.messages import nearest
from greenhood.schemes.problems import Position


def jurisdiction(scheme: Scheme) -> Findings:
    code = scheme.jurisdiction
    if code and not 110_000_000_000 <= code < 1_000_000_000_000:
        yield (
            ("jurisdiction",),
            f"区划代码 {code} 不是 12 位",
            "写 12 位统计用区划代码，如四川省 510000000000；全国写 0",
        )
    elif code and code // 10**10 not in _provinces():
        yield (
            ("jurisdiction",),
            f"没有以 {code // 10**10} 开头的区划代码",
            "核对前两位：如四川 51、湖北 42、上海 31、北京 11",
        )


def _provinces() -> frozenset[int]:
    return frozenset(
        [*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66), 71, 81, 82]
    )


def subjects(scheme: Scheme) -> Findings:
    for index, code in enumerate(scheme.subjects.classes):
        if code not in (111, 112, 121, 122, 123, 210, 220):
            yield (
                ("subjects", "classes", index),
                f"没有城乡分类代码 {code}",
                "城镇为 111、112、121、122、123，乡村为 210、220",
            )
    for index, (lower, upper) in enumerate(scheme.subjects.village_codes):
        if not 1 <= lower <= upper <= 999:
            yield ("subjects", "village_codes", index), "村级代码段写反或超出 1–999", "写成 [1, 199]"
    if both := set(scheme.subjects.include) & set(scheme.subjects.exclude):
        yield ("subjects", "exclude"), f"{min(both)} 同时列入和排除", "只留一处"


def unique(scheme: Scheme) -> Findings:
    lists: dict[str, Sequence[Any]] = {
        "departments": scheme.departments,
        "settings": scheme.settings,
        "goals": scheme.goals,
        "phases": scheme.phases,
        "standards": scheme.standards,
        "titles": scheme.titles,
        "calendar": scheme.calendar,
        "forms": scheme.forms,
    }
    for section, entries in lists.items():
        yield from repeated((section,), [entry.key for entry in entries], "key")
    yield from repeated(("procedure", "steps"), [step.key for step in scheme.procedure.steps], "key")
    yield from repeated(("roster",), [str(roster.year) for roster in scheme.roster], "year")
    yield from repeated(("clauses",), [clause.ref for clause in scheme.clauses], "ref")
    for index, form in enumerate(scheme.forms):
        yield from repeated(("forms", index, "fields"), [field.key for field in form.fields], "key")
    for index, duty in enumerate(scheme.calendar):
        yield from repeated(("calendar", index, "sections"), [section.key for section in duty.sections], "key")


def settings(scheme: Scheme) -> Findings:
    for index, setting in enumerate(scheme.settings):
        for problem in chosen_problems([setting.model_copy(update={"open": True})], {setting.key: setting.default}):
            yield (
                ("settings", index, "default"),
                f"默认值不合自己的范围：{problem}",
                "改默认值，或改 at_least、at_most、choices",
            )
        if setting.at_least is not None and setting.at_most is not None and setting.at_least > setting.at_most:
            yield ("settings", index, "at_most"), "at_most 小于 at_least", "两者对调"
        if _bounds_on_words(setting):
            yield ("settings", index), "默认值是文字或是否，不能有 at_least、at_most", "文字的可选值写在 choices 里"


def _bounds_on_words(setting: Setting) -> bool:
    bounded = setting.at_least is not None or setting.at_most is not None
    return bounded and isinstance(setting.default, (str, bool))


def unused_settings(loaded: Loaded) -> Findings:
    used = loaded.effects.keys()
    for index, setting in enumerate(loaded.scheme.settings):
        if setting.key not in used:
            hint = f"在它生效的地方写 {{setting: {setting.key}}}，或删去"
            yield ("settings", index), f"开放设置“{setting.title}”没有用到", hint, "notice"


def sources(scheme: Scheme) -> Findings:
    """Every entry cites its clause: pydantic asks for the word, this for more than blanks."""
    for position, entry in _cited(scheme, ()):
        if not entry.source.strip():
            yield (*position, "source"), "出处是空的", "写明条款，如 四(四)、附件1 #15"


def _cited(value: Any, position: Position) -> Iterator[tuple[Position, Any]]:
    if isinstance(value, (list, tuple)):
        for index, entry in enumerate(value):
            yield from _cited(entry, (*position, index))
    elif hasattr(type(value), "model_fields"):
        if "source" in type(value).model_fields and isinstance(value.source, str):
            yield position, value
        for name in type(value).model_fields:
            yield from _cited(getattr(value, name), (*position, name))


def clauses(scheme: Scheme) -> Findings:
    for index, clause in enumerate(scheme.clauses):
        for at, key in enumerate(clause.works_in):
            if key not in FEATURES:
                yield (
                    ("clauses", index, "works_in", at),
                    f"没有功能“{key}”{nearest(key, FEATURES)}",
                    "写功能登记表（schemes/coverage.py）里的名称；新功能先登记",
                )


def replaces(scheme: Scheme) -> Findings:
    for name in scheme.replaces:
        if not _can_be_replaced(name):
            yield (
                ("replaces", name),
                f"replaces 里的“{name}”不是章节名或项号{nearest(name, INHERITED)}",
                '写章节名、章节里的一条（如 goals.reached-2022、levels.green），或 "#5" 这样的项号',
            )
        elif scheme.implements is None:
            yield ("replaces", name), "没有上级方案，谈不上替换", "删去，或写上 implements"


def _can_be_replaced(name: str) -> bool:
    section, dot, _ = name.partition(".")
    return name in INHERITED or name.lstrip("#").isdigit() or (bool(dot) and section in {*INHERITED, "levels", "steps"})
