"""Numbers as people type them: full-width digits, thousands separators, and units that differ from the one asked for.

An area typed in 公顷 or 亩 is taken and converted, and what was made of it is said; a number of another quantity is refused.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

# 1 公顷 = 10000 平方米; 1 亩 = 2000/3 平方米 (国务院关于在我国统一实行法定计量单位的命令, 1984; 15 亩 = 1 公顷).
AREA: Mapping[str, Decimal] = {
    "平方米": Decimal(1), "平米": Decimal(1), "m2": Decimal(1), "㎡": Decimal(1),
    "公顷": Decimal(10_000), "ha": Decimal(10_000), "亩": Decimal(2000) / 3,
    "平方公里": Decimal(10**6), "平方千米": Decimal(10**6), "km2": Decimal(10**6),
}  # fmt: skip
LENGTH: Mapping[str, Decimal] = {
    "米": Decimal(1), "m": Decimal(1), "公里": Decimal(1000), "千米": Decimal(1000), "km": Decimal(1000),
}  # fmt: skip
POWER: Mapping[str, Decimal] = {"千瓦": Decimal(1), "kw": Decimal(1), "兆瓦": Decimal(1000), "mw": Decimal(1000)}
SHARE: Mapping[str, Decimal] = {"%": Decimal(1)}
CONVERTED: Mapping[str, Mapping[str, Decimal]] = {"平方米": AREA, "米": LENGTH, "千瓦": POWER, "%": SHARE}
# What a person may choose beside a field.
CHOICES: Mapping[str, tuple[str, ...]] = {"平方米": ("平方米", "公顷", "亩")}
TEN_THOUSAND = ("万", Decimal(10_000))
NUMBER = re.compile(r"([+-]?)(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?(.*)", re.DOTALL)
MOST_CHARACTERS = 60
# More before the point are no figure of a community, and after a conversion more than a decimal holds.
MOST_DIGITS = 15


class Unreadable(ValueError):
    """What was typed is no number of this unit; the text is what to say."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A number in the unit that was asked for. ``said`` tells of a conversion: ``3.2 公顷 = 32,000 平方米``."""

    value: Decimal
    said: str = ""


def read(text: str, unit: str) -> Measured:
    """The number that a text means in ``unit``. Raises Unreadable."""
    plain = unicodedata.normalize("NFKC", text).strip().replace(" ", "")
    match = NUMBER.fullmatch(plain[:MOST_CHARACTERS])
    if match is None:
        raise Unreadable(f"“{_short(text)}”不是数字。请只填阿拉伯数字{_with_unit(unit)}。")
    sign, whole, fraction, rest = match.groups()
    digits = whole.replace(",", "").lstrip("0")
    if len(digits) > MOST_DIGITS:
        raise Unreadable(f"“{_short(text)}”太大，请核对单位和位数。")
    value = Decimal(f"{sign}{digits or 0}{fraction or ''}")
    if rest.startswith(TEN_THOUSAND[0]):
        value, rest = value * TEN_THOUSAND[1], rest[1:]
    factors = CONVERTED.get(unit, {})
    suffix = rest.lower()
    if suffix in factors and factors[suffix] != 1:
        exact = (value * factors[suffix]).quantize(Decimal("0.01"), ROUND_HALF_UP)
        return Measured(exact, f"{_said(value)} {rest} = {_said(exact)} {unit}")
    if suffix and suffix not in factors and rest != unit:
        raise Unreadable(_strange(rest, unit))
    return Measured(value)


def _strange(suffix: str, unit: str) -> str:
    if suffix.lower() in AREA and unit not in CONVERTED:
        return f"单位“{_short(suffix)}”是面积单位，这里应填{unit or '数字'}。"
    taken = [name for name in CONVERTED.get(unit, {}) if not name.isascii()]
    return f"不认识“{_short(suffix)}”。请填数字，单位为{'、'.join(taken) or unit or '（无）'}。"


def _short(text: str) -> str:
    return text.strip()[:20]


def _with_unit(unit: str) -> str:
    return f"，单位为{unit}" if unit else ""


def _said(value: Decimal) -> str:
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
