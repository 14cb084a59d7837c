"""Reads a scheme file: plain YAML with the line of every value, and nothing of YAML that could surprise.

The file is read event by event with our own construction, so that numbers stay exact decimals, every value keeps its
line, a repeated key is an error, and tags, anchors, aliases (and with them expansion attacks) and several documents in
one file are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)

from greenhood.schemes.problems import Position, Problem, Refused

LARGEST_FILE = 2_000_000
DEEPEST = 24

INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})\.[0-9]{1,18}")
DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
WORDS: dict[str, Any] = {"": None, "~": None, "null": None, "true": True, "false": False}
YAML_MESSAGES = (
    (r"found character '\t'", "用了制表符", "缩进和分隔请改用空格"),
    ("mapping values are not allowed", "冒号的位置不对", "检查缩进；文字里含有“: ”时整段用引号括起来"),
    ("expected <block end>", "缩进与上文不一致", "同一级的内容左端对齐"),
    ("could not find expected ':'", "缺少冒号", "写成“名称: 值”，冒号后空一格"),
    ("while scanning a quoted scalar", "引号没有成对", "补上右引号"),
    ("special characters are not allowed", "含有不可见的控制字符", "删去控制字符"),
    ("expected the node content", "写到一半断了", "补完这一行，括号和引号要成对"),
    ("expected ',' or ']'", "方括号没有成对", "各项之间用逗号，末尾补上 ]"),
    ("expected ',' or '}'", "花括号没有成对", "各项之间用逗号，末尾补上 }"),
    ("cannot start any token", "有不能用在开头的符号", "把这一段文字用引号括起来"),
)


@dataclass(slots=True)
class Source:
    """A file as written: its values and the line of each."""

    path: Path
    text: str
    raw: dict[str, Any]
    lines: dict[Position, int] = field(default_factory=dict)


def read(path: Path) -> Source:
    """Read a scheme file, or raise Refused saying what is wrong at which line."""
    return parse(_text(path), path)


def parse(text: str, path: Path) -> Source:
    """Read the text of a scheme file. ``path`` is only what messages call it."""
    reader = _Reader(path, _events(text, path))
    raw = reader.document()
    if reader.problems:
        raise Refused(reader.problems)
    if not isinstance(raw, dict):
        raise Refused([Problem(path, 1, "文件内容不是“名称: 值”的形式", "第一行应类似 id: sichuan-2020")])
    return Source(path, text, raw, reader.lines)


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise Refused(
                [Problem(path, 1, f"文件超过 {LARGEST_FILE // 1_000_000} MB", "方案文件只写方案本身，不附材料")]
            )
        data = path.read_bytes()
    except FileNotFoundError:
        raise Refused([Problem(path, 1, "没有这个文件", "检查文件名和所在文件夹")]) from None
    except OSError as error:
        raise Refused([Problem(path, 1, f"文件读不出来：{error.strerror}", "检查文件是否存在、是否可读")]) from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Refused([Problem(path, line, "不是 UTF-8 编码", "用编辑器另存为 UTF-8 编码")]) from None


def _events(text: str, path: Path) -> Iterator[Event]:
    try:
        yield from YAML(typ="safe", pure=True).parse(text)
    except MarkedYAMLError as error:
        opened = str(error.context).startswith(("while scanning a quoted", "while parsing a flow"))
        mark = (error.context_mark if opened else None) or error.problem_mark
        raise Refused([_syntax(path, mark.line + 1 if mark else 1, str(error))]) from None
    except (YAMLError, ValueError) as error:
        raise Refused([_syntax(path, 1, str(error))]) from None
    except RecursionError:
        raise Refused([Problem(path, 1, "嵌套太深", f"最多 {DEEPEST} 层")]) from None


def _syntax(path: Path, line: int, text: str) -> Problem:
    for fragment, message, hint in YAML_MESSAGES:
        if fragment in text:
            return Problem(path, line, f"格式错误：{message}", hint)
    return Problem(path, line, "格式错误：这里不符合 YAML 的写法", "检查这一行和上一行的缩进、冒号与引号")


class _Reader:
    """Turns the events of one file into plain values, noting lines and problems on the way."""

    def __init__(self, path: Path, events: Iterator[Event]) -> None:
        self.path = path
        self.events = events
        self.lines: dict[Position, int] = {}
        self.problems: list[Problem] = []

    def document(self) -> Any:
        value: Any = None
        documents = 0
        for event in self.events:
            if isinstance(event, (StreamStartEvent, StreamEndEvent, DocumentEndEvent)):
                continue
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._complain(event, "一个文件里有多份内容", "去掉“---”分隔线，一个方案一个文件")
                continue
            read = self._value(event, ())
            value = read if documents == 1 else value
        return value

    def _value(self, event: Event, place: Position) -> Any:
        self.lines[place] = event.start_mark.line + 1
        if isinstance(event, AliasEvent):
            self._complain(event, "不支持别名（*名称）", "把内容直接写在这里")
            return None
        if getattr(event, "anchor", None):
            self._complain(event, "不支持锚点（&名称）", "去掉 & 和名称")
        if tag := str(getattr(event, "ctag", None) or ""):
            self._complain(event, f"不支持标签 {tag}", "去掉以 ! 开头的标签")
        if isinstance(event, ScalarEvent):
            return self._scalar(event)
        if len(place) > DEEPEST:
            raise Refused([Problem(self.path, event.start_mark.line + 1, "嵌套太深", f"最多 {DEEPEST} 层")])
        return self._mapping(place) if isinstance(event, MappingStartEvent) else self._sequence(event, place)

    def _mapping(self, place: Position) -> dict[str, Any]:
        values: dict[str, Any] = {}
        while not isinstance(event := next(self.events), MappingEndEvent):
            key = self._key(event)
            inner = (*place, key)
            if key in values:
                first = self.lines[inner]
                self._complain(event, f"“{key}”写了两次（第一次在第 {first} 行）", "删去一处，或合并成一处")
                self._value(next(self.events), (*place, key, "repeated"))
                continue
            line = event.start_mark.line + 1
            values[key] = self._value(next(self.events), inner)
            self.lines[inner] = line
        return values

    def _key(self, event: Event) -> str:
        if isinstance(event, ScalarEvent):
            return event.value
        raise Refused([Problem(self.path, event.start_mark.line + 1, "名称只能是一个词", "写成“名称: 值”")])

    def _sequence(self, start: Event, place: Position) -> list[Any]:
        assert isinstance(start, SequenceStartEvent)
        values: list[Any] = []
        while not isinstance(event := next(self.events), SequenceEndEvent):
            values.append(self._value(event, (*place, len(values))))
        return values

    def _scalar(self, event: ScalarEvent) -> Any:
        text = event.value
        if event.style is not None:
            return text
        if text in WORDS:
            return WORDS[text]
        if INTEGER.fullmatch(text):
            return int(text)
        if DECIMAL.fullmatch(text):
            return Decimal(text)
        if day := DAY.fullmatch(text):
            return self._day(event, day)
        return text

    def _day(self, event: ScalarEvent, day: re.Match[str]) -> date | None:
        year, month, of_month = map(int, day.groups())
        try:
            return date(year, month, of_month)
        except ValueError:
            self._complain(event, f"没有 {event.value} 这一天", "检查月份和日期，写成 2022-12-31 的形式")
            return None

    def _complain(self, event: Event, message: str, hint: str) -> None:
        self.problems.append(Problem(self.path, event.start_mark.line + 1, message, hint))
