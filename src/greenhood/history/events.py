"""The names of what can happen. Each room lists its own in its ``events.py`` and registers them here.

    @events.register
    class Event(models.TextChoices):
        STARTED = "assessment.started", "开始自评"

An entry stores the value; people read the title. Values are never reused for something else, since history keeps them.

What an entry keeps as its details is named in the same place, so that people read 理由 and not ``reason``:

    events.name_details(Event, {"opinion": "意见", "revision": events.HIDDEN})
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from django.db import models

Events = TypeVar("Events", bound=type[models.TextChoices])

HIDDEN = ""
"""The name of a detail that tells people nothing: keys, hashes, numbers of versions. Auditors see it all the same."""

_TITLES: dict[str, str] = {}
_DETAILS: dict[tuple[str, str], str] = {}

# What needs no room to be understood. A room may call the same otherwise.
_COMMON = {
    "reason": "理由", "note": "说明", "text": "内容", "title": "名称", "name": "名称", "year": "年度", "years": "年度",
    "date": "日期", "day": "日期", "dated": "日期", "on": "日期", "from": "起", "to": "止", "until": "至", "due_on": "期限", "deadline": "期限",
    "count": "数量", "total": "合计", "people": "人数", "source": "来源", "document": "文号", "department": "部门", "departments": "部门",
    "person": "人员", "result": "结果", "place": "地点", "file": "文件", "files": "文件", "answer": "答复", "opinion": "意见", "period": "所属期",
    "changes": "改动", "amount": "金额（元）", "clause": "条款", "scheme": "方案", "kind": "种类", "state": "状态", "rows": "行数",
    "revision": HIDDEN, "digest": HIDDEN, "sha256": HIDDEN, "checksum": HIDDEN, "url": HIDDEN, "id": HIDDEN,
}  # fmt: skip


def register(events: Events) -> Events:
    """Make the events of a room known by their titles; usable as a decorator. A value belongs to one event only."""
    for event in events:
        value, title = event.value, str(event.label)
        assert value.count(".") >= 1, f"{value}: an event is named noun.verb, for instance assessment.started"
        assert _TITLES.setdefault(value, title) == title, f"{value} is registered twice, with different titles"
    return events


def title(event: str) -> str:
    """What people read; the value itself for an event of a room that is no longer there."""
    return _TITLES.get(event, event)


def titles() -> dict[str, str]:
    """Every registered event and its title, in the order of values."""
    return dict(sorted(_TITLES.items()))


def name_details(events: Iterable[models.TextChoices], titles: Mapping[str, str]) -> None:
    """Say what the details of these events are called; ``HIDDEN`` for what only auditors should see."""
    _DETAILS.update({(event.value, name): title for event in events for name, title in titles.items()})


def detail_title(event: str, name: str) -> str | None:
    """What people read of a detail; the name itself where it was written in Chinese, ``HIDDEN``, or None: nobody named it."""
    found = _DETAILS.get((event, name), _COMMON.get(name))
    return name if found is None and not name.isascii() else found
