"""Text from pages into clean values. What may be in them is for ``answers`` and the actions to say."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from greenhood.assessments import answers
from greenhood.assessments.answers import Fields
from greenhood.assessments.claims import Mark
from greenhood.schemes.format import Criterion, Standard

_NUMBER = re.compile(r"[+-]?\d{1,12}(\.\d{1,8})?")
_TRUTH = {"yes": True, "no": False}


@dataclass(frozen=True, slots=True)
class Filled:
    """One item as a page sent it. ``typed`` is the text of each field, to be shown again; ``problems`` is per field."""

    no: int
    fields: Fields
    revision: int
    typed: Mapping[str, str]
    problems: dict[str, str] = field(default_factory=dict)


def prefix(no: int) -> str:
    return f"c{no}-"


def sent_items(post: Mapping[str, str], standard: Standard) -> list[Filled]:
    """Every item that the page sent (each sends its revision)."""
    return [
        read_item(post, standard, line)
        for part in standard.parts
        for line in part.criteria
        if prefix(line.no) + "revision" in post
    ]


def read_item(post: Mapping[str, str], standard: Standard, line: Criterion) -> Filled:
    """One item out of a page's fields ``c7-met``, ``c7-check-1``, ``c7-claimed`` …"""
    start = prefix(line.no)
    typed = {name.removeprefix(start): post[name] for name in post if name.startswith(start)}
    problems: dict[str, str] = {}

    def number(name: str, title: str) -> Decimal | None:
        text = plain_number(typed.get(name, ""))
        if not text:
            return None
        if not is_number(text):
            problems[name] = f"{title}应为数字，例如 3 或 2.5，您填的是“{typed[name].strip()[:20]}”。"
            return None
        return Decimal(text)

    def whole(name: str, title: str) -> int | None:
        value = number(name, title)
        if value is None:
            return None
        if value != value.to_integral_value():
            problems[name] = f"{title}应为整数，您填的是 {typed[name].strip()[:20]}。"
            return None
        return int(value)

    counted = {position: (kind, text) for position, kind, text in answers.counted_rules(line)}
    longest = max(counted, default=0)
    fields = Fields(
        applies="away" not in typed,
        reason=typed.get("reason", ""),
        met=_TRUTH.get(typed.get("met", "")),
        checks=tuple(_TRUTH.get(typed.get(f"check-{at}", "")) for at in range(1, len(line.checks) + 1)),
        claimed=number("claimed", "得分"),
        value=number("value", "数值"),
        values=tuple(number(f"value-{at}", "数值") for at in range(1, len(line.checks) + 1)),
        counts=tuple(whole(f"count-{at}", "次数") if at in counted else None for at in range(1, longest + 1)),
        grade=typed.get("grade", ""),
        note=typed.get("note", ""),
    )
    return Filled(line.no, fields, _revision(typed.get("revision", "")), typed, problems)


def is_number(text: str) -> bool:
    return _NUMBER.fullmatch(text) is not None


def plain_number(text: str) -> str:
    """As people type numbers: full-width digits, thousands separators, a unit of points or percent behind."""
    return unicodedata.normalize("NFKC", text).replace(",", "").strip().removesuffix("分").removesuffix("%").strip()


def _revision(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 9 else -1


def typed_of(fields: Fields) -> dict[str, str]:
    """Stored values as the page's fields show them; the reverse of ``read_item``."""
    shown = {
        "reason": fields.reason,
        "met": _truth(fields.met),
        "claimed": _number(fields.claimed),
        "value": _number(fields.value),
        "grade": fields.grade,
        "note": fields.note,
    }
    if not fields.applies:
        shown["away"] = "1"
    shown |= {f"check-{at}": _truth(tick) for at, tick in enumerate(fields.checks, 1)}
    shown |= {f"value-{at}": _number(figure) for at, figure in enumerate(fields.values, 1)}
    shown |= {f"count-{at}": "" if count is None else str(count) for at, count in enumerate(fields.counts, 1)}
    return shown


def _truth(value: bool | None) -> str:
    return "" if value is None else "yes" if value else "no"


def _number(value: Decimal | None) -> str:
    if value is None:
        return ""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True, slots=True)
class FilledScore:
    """A reviewer's score of one item as the page sent it."""

    no: int
    mark: Mark
    reason: str
    typed: Mapping[str, str]
    problems: dict[str, str] = field(default_factory=dict)


def sent_scores(post: Mapping[str, str], criteria: Iterable[int]) -> list[FilledScore]:
    """Every score that the page sent: ``s7-points`` or ``s7-met``, ``s7-away``, ``s7-reason``."""
    return [read_score(post, no) for no in criteria if f"s{no}-sent" in post]


def read_score(post: Mapping[str, str], no: int) -> FilledScore:
    typed = {name.removeprefix(f"s{no}-"): post[name] for name in post if name.startswith(f"s{no}-")}
    text = plain_number(typed.get("points", ""))
    problems = {}
    if text and not is_number(text):
        problems["points"] = f"得分应为数字，例如 3 或 2.5，您填的是“{typed['points'].strip()[:20]}”。"
        text = ""
    away = "away" in typed or typed.get("met") == "away"
    mark = (
        Mark(applies=False)
        if away
        else Mark(points=Decimal(text) if text else None, met=_TRUTH.get(typed.get("met", "")))
    )
    return FilledScore(no, mark, typed.get("reason", ""), typed, problems)


def returned_items(post: Mapping[str, str]) -> dict[int, str]:
    """The items that a reviewer sends back, with their reasons: ``return-7`` is ticked and ``return-7-reason`` filled in.

    An item that is ticked without a reason comes with an empty one, for the action to refuse.
    """
    return {
        int(no): post.get(f"return-{no}-reason", "").strip()
        for name in post
        if (no := name.removeprefix("return-")).isdecimal() and name.startswith("return-") and len(no) < 5
    }
