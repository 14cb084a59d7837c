"""Standards for tests, written as a scheme file would write them, with the words that every entry needs filled in."""

from __future__ import annotations

from typing import Any

from greenhood.schemes.format import Standard

GREEN = {"key": "green", "title": "绿色社区", "at_least": 70}


def line(no: int = 1, **words: Any) -> dict[str, Any]:
    """One criterion; five points and left to the assessor unless said otherwise."""
    given = {"points": 5} if words.get("kind", "points") == "points" and "points" not in words else {}
    return {"no": no, "title": f"第{no}项", "source": f"附件 #{no}", **given, **words}


def checks(count: int, **words: Any) -> list[dict[str, Any]]:
    return [{"text": f"要求{index + 1}", **words} for index in range(count)]


def part(key: str, *lines: dict[str, Any], **words: Any) -> dict[str, Any]:
    return {"key": key, "title": f"部分 {key}", "source": "附件", "criteria": list(lines), **words}


def standard(*parts: dict[str, Any], **words: Any) -> Standard:
    defaults = {"title": "标准", "source": "附件", "scoring": "points", "levels": [GREEN]}
    return Standard.model_validate({**defaults, "parts": list(parts), **words})


def single(criterion: dict[str, Any], **words: Any) -> Standard:
    """A standard of one line."""
    return standard(part("a", criterion), **words)


def share_threshold(compare: str = "at_least", value: Any = 80, **words: Any) -> dict[str, Any]:
    return {"compare": compare, "value": value, "unit": "%", **words}
