"""The shipped schemes as published ones, for tests."""

from __future__ import annotations

import pytest

from greenhood.divisions.models import Division, Level
from greenhood.schemes import actions, library, loading
from greenhood.schemes.models import SchemeVersion

PLACES = [
    (0, None, Level.NATION, "全国"),
    (110000000000, 0, Level.PROVINCE, "北京市"),
    (310000000000, 0, Level.PROVINCE, "上海市"),
    (310100000000, 310000000000, Level.CITY, "市辖区"),
    (310118000000, 310100000000, Level.COUNTY, "青浦区"),
    (310118105000, 310118000000, Level.STREET, "赵巷镇"),
    (310118105009, 310118105000, Level.COMMUNITY, "崧鑫社区居委会"),
    (420000000000, 0, Level.PROVINCE, "湖北省"),
    (510000000000, 0, Level.PROVINCE, "四川省"),
    (510100000000, 510000000000, Level.CITY, "成都市"),
    (510107000000, 510100000000, Level.COUNTY, "武侯区"),
]
_LOADED = loading.load_all(library.folder())


def loaded(name: str) -> loading.Loaded:
    return _LOADED[name]


def make_places() -> dict[int, Division]:
    """The jurisdictions of the five schemes, and what lies around them; those that exist stay."""
    for code, parent, level, name in PLACES:
        Division.objects.get_or_create(
            id=code, defaults={"code": code, "parent_id": parent, "level": level, "name": name}
        )
    return {code: Division.objects.get(id=code) for code, *_ in PLACES}


@pytest.fixture
def places(db: None) -> dict[int, Division]:
    return make_places()


@pytest.fixture
def five(places: dict[int, Division]) -> dict[str, SchemeVersion]:
    """All five published with their defaults."""
    return {name: actions.publish(each, chosen={}, by=None) for name, each in _LOADED.items()}
