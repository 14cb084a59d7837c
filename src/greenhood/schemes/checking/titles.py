"""Titles: what they ask for first, their quotas, and what follows from children."""

from __future__ import annotations

from collections.abc import Sequence

from greenhood.schemes.checking.findings import Findings, keys_of
from greenhood.schemes.format import Scheme, Title
from greenhood.schemes.messages import nearest
from greenhood.schemes.problems import Position


def titles(scheme: Scheme) -> Findings:
    levels = {level.key for standard in scheme.standards for level in standard.levels}
    keys = keys_of(scheme.titles)
    for index, title in enumerate(scheme.titles):
        at: Position = ("titles", index)
        if title.level not in levels:
            yield (*at, "level"), f"没有等级“{title.level}”{nearest(title.level, levels)}", "写标准里的等级 key"
        for position, required in enumerate(title.requires):
            if required not in keys:
                yield (
                    (*at, "requires", position),
                    f"没有称号“{required}”{nearest(required, keys)}",
                    "写 titles 里的 key",
                )
        if title.requires_count is not None and not title.requires:
            yield (*at, "requires_count"), "没有写要先有哪个称号", "补上 requires"
        yield from _quotas(at, title)
        yield from _children(at, title, keys)
    yield from _circles(scheme.titles)


def _circles(titles: Sequence[Title]) -> Findings:
    needs = {title.key: title.requires for title in titles}
    for index, title in enumerate(titles):
        path, seen = list(title.requires), set()
        while path:
            key = path.pop()
            if key == title.key:
                yield ("titles", index, "requires"), f"“{title.title}”要先有自己，绕成一圈", "去掉一个 requires"
                break
            if key not in seen:
                seen.add(key)
                path += needs.get(key, [])


def _quotas(at: Position, title: Title) -> Findings:
    for index, quota in enumerate(title.quotas):
        position = (*at, "quotas", index)
        if quota.kind == "share" and quota.share is None:
            yield position, "按比例的名额没有写比例", "补上 share，如 10% 写 0.1"
        if quota.kind in ("count", "rank") and quota.count is None:
            yield position, "按个数或名次的名额没有写数", "补上 count"
        if quota.count is not None and quota.count < 1:
            yield (*position, "count"), "名额要大于 0", "写正整数"
        if quota.years is not None and quota.years < 1:
            yield (*position, "years"), "累计年数要大于 0", "“连续三年累计”写 3"


def _children(at: Position, title: Title, keys: set[str]) -> Findings:
    source = title.from_children
    if source is None:
        return
    for name, key in (("all_hold", source.all_hold), ("share_hold", source.share_hold)):
        if key is not None and key not in keys:
            yield (*at, "from_children", name), f"没有称号“{key}”{nearest(key, keys)}", "写 titles 里的 key"
    if source.all_hold is None and source.share_hold is None:
        yield (*at, "from_children"), "没有写下级要有哪个称号", "补上 all_hold 或 share_hold"
    if (source.share_hold is None) != (source.share is None):
        yield (
            (*at, "from_children"),
            "share_hold 和 share 要一起写",
            "如 85% 是示范：share_hold: demonstration、share: 0.85",
        )
