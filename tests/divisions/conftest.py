"""A small list in the bureau's layout, as text that tests change, and a way to read it in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from greenhood.divisions import actions
from greenhood.divisions.actions import Loaded

LIST = """\
统计用区划代码,城乡分类代码,名称
310000000000,,上海市
310100000000,,市辖区
310118000000,,青浦区
310118001000,,夏阳街道
310118001001,111,青安社区居委会
310118001002,111,青松社区居委会
310118001201,220,城东村村委会
310118105000,,赵巷镇
310118105006,121,崧涵社区居委会
310118105012,,华秀社区居委会
310118105216,220,崧泽村村委会
310151000000,,崇明区
310151100000,,城桥镇
310151100001,,花园弄社区居委会
310151200000,,新村乡
310151200001,,新村社区居委会
"""

Load = Callable[..., Loaded]


@pytest.fixture
def load(db: None, tmp_path: Path) -> Load:
    """Read in a list given as text; the second and later ones as of a later day."""
    days = iter(range(1, 29))

    def read(text: str = LIST) -> Loaded:
        path = tmp_path / "名单.csv"
        path.write_text(text, encoding="utf-8")
        return actions.load(path, by=None, as_of=dt.date(2024, 6, next(days)))

    return read


def without(text: str, *codes: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith(codes))
