"""Pydantic's findings in the words of a person who writes a scheme file: what is wrong, and what to write instead."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from greenhood.schemes.format import Scheme
from greenhood.schemes.problems import Position, Problem

MakeProblem = Callable[[Position, str, str], Problem]

OUT_OF_SCOPE = "纯比值公式（如 Q/L）不在方案格式的范围内"
OUT_OF_SCOPE_HINT = "改用分段（how: bands）：把比值的取值范围与分值逐段写出；或由评分人给分（how: claimed）"
FORMULA_WORDS = {"ratio", "formula", "quotient", "expression", "expr"}

HINTS = {
    "missing": "补上这一项",
    "extra_forbidden": "删去，或改成方案格式里有的词",
}


def from_validation(error: ValidationError, raw: Any, problem: MakeProblem) -> list[Problem]:
    """A problem for every place (where a value may be of several kinds, each kind reports it: the first is enough)."""
    problems: dict[Position, Problem] = {}
    for details in error.errors(include_url=False):
        place = written_place(details["loc"], raw)
        message, hint = _message(details, place)
        problems.setdefault(place, problem(place, message, hint))
    return list(problems.values())


def nearest(word: str, known: Iterable[Any]) -> str:
    """``，是不是“…”？`` with the known word that is most like the one written, or nothing."""
    like = difflib.get_close_matches(str(word), [str(entry) for entry in known], n=1, cutoff=0.6)
    return f"，是不是“{like[0]}”？" if like else ""


def written_place(location: Iterable[str | int], raw: Any) -> Position:
    """The part of a pydantic location that stands in the file (unions add names of kinds at the end)."""
    place: list[str | int] = []
    for step in location:
        inside = isinstance(raw, dict) and step in raw
        within = isinstance(raw, list) and isinstance(step, int) and step < len(raw)
        if not (inside or within):
            if isinstance(raw, dict) and isinstance(step, str) and raw.keys() != {"setting"}:
                place.append(step)
            break
        place.append(step)
        raw = raw[step]
    return tuple(place)


def _message(details: ErrorDetails, place: Position) -> tuple[str, str]:
    kind, value, context = details["type"], details["input"], details.get("ctx", {})
    name = next((str(step) for step in reversed(place) if isinstance(step, str)), "文件")
    if kind == "missing":
        return f"缺少“{name}”", HINTS["missing"]
    if kind == "extra_forbidden":
        return _unknown_word(name, details["loc"])
    if kind in ("enum", "literal_error"):
        return _unknown_choice(name, value, str(context.get("expected", "")))
    if kind.startswith(("decimal", "int", "float")) or kind == "finite_number":
        return f"“{name}”要写数字，现在是{_shown(value)}", _number_hint(kind, context)
    if kind in ("greater_than_equal", "less_than_equal", "greater_than", "less_than"):
        return _out_of_range(name, value, context)
    return _other(name, value, kind, context)


def _unknown_word(name: str, location: tuple[str | int, ...]) -> tuple[str, str]:
    if name in FORMULA_WORDS:
        return OUT_OF_SCOPE, OUT_OF_SCOPE_HINT
    known = _words_at(location[:-1])
    like = nearest(name, known)
    hint = f"这里可以写：{'、'.join(known)}" if known else HINTS["extra_forbidden"]
    return f"方案格式里没有“{name}”{like}", hint


def _unknown_choice(name: str, value: Any, expected: str) -> tuple[str, str]:
    choices = [word.strip("' ") for word in expected.replace(" or ", ",").split(",") if word.strip()]
    if str(value) in FORMULA_WORDS:
        return OUT_OF_SCOPE, OUT_OF_SCOPE_HINT
    return f"“{name}”不能是{_shown(value)}{nearest(str(value), choices)}", f"只能写：{'、'.join(choices)}"


def _number_hint(kind: str, context: Mapping[str, Any]) -> str:
    hints = {
        "decimal_max_places": f"小数最多 {context.get('decimal_places')} 位",
        "decimal_max_digits": f"最多 {context.get('max_digits')} 位数字",
        "decimal_whole_digits": f"整数部分最多 {context.get('whole_digits')} 位",
        "int_from_float": "写整数，不带小数",
    }
    return hints.get(kind, "写成 5 或 2.5，不加引号和单位")


def _out_of_range(name: str, value: Any, context: Mapping[str, Any]) -> tuple[str, str]:
    bounds = {"ge": "不小于", "le": "不大于", "gt": "大于", "lt": "小于"}
    rule = "、".join(f"{words} {context[key]}" for key, words in bounds.items() if key in context)
    hint = "比例写成 0 到 1 之间的小数，如 60% 写 0.6" if context.get("le") == 1 else "改成范围内的数"
    return f"“{name}”要{rule}，现在是{_shown(value)}", hint


def _other(name: str, value: Any, kind: str, context: Mapping[str, Any]) -> tuple[str, str]:
    shown = _shown(value)
    if kind == "string_pattern_mismatch":
        return f"“{name}”不能是{shown}", "只用小写字母、数字、连字符或下划线，以字母开头，如 green-community"
    if kind == "string_too_short":
        return f"“{name}”不能空着", "写上内容；没有出处的写明“编者”"
    if kind == "too_short":
        return f"“{name}”至少要有 {context.get('min_length', 1)} 项", "补上内容"
    if kind.startswith("string"):
        return f"“{name}”要写文字，现在是{shown}", "数字和日期要当文字用时加引号"
    if kind.startswith("date"):
        return f"“{name}”要写日期，现在是{shown}", "写成 2022-12-31 的形式"
    if kind.startswith("bool"):
        return f"“{name}”要写 true 或 false，现在是{shown}", "是写 true，否写 false"
    if kind.startswith(("list", "tuple")):
        return f"“{name}”要写一列，现在是{shown}", "每一项前面加“- ”，或写成 [一, 二]"
    if kind.startswith(("model", "dict")):
        return f"“{name}”要写一组名称和值，现在是{shown}", "写成“名称: 值”，比上一行缩进"
    return f"“{name}”写得不对：{shown}", "对照方案格式改正"


def _shown(value: Any) -> str:
    if value is None:
        return "空的"
    if isinstance(value, dict):
        return "一组名称和值"
    if isinstance(value, list):
        return "一列"
    if isinstance(value, bool):
        return " true" if value else " false"
    if isinstance(value, (int, Decimal, date)):
        return f" {value}"
    text = str(value)
    return f"“{text if len(text) <= 30 else text[:30] + '…'}”"


def _words_at(location: tuple[str | int, ...]) -> list[str]:
    """The words that may be written at a place, from the models."""
    model: type[BaseModel] | None = Scheme
    for step in location:
        if isinstance(step, int) or model is None:
            continue
        field = model.model_fields.get(step)
        model = _model_in(field.annotation) if field else None
    return list(model.model_fields) if model else []


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for inner in get_args(annotation) if (found := _model_in(inner))), None)
