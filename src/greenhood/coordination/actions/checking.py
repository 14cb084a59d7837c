"""What every step asks of words and days."""

from __future__ import annotations

import datetime as dt

from greenhood.coordination.errors import Refused
from greenhood.kit.dates import today_in_shanghai

REASON_MOST = 300


def words(field: str, label: str, text: str, most: int = REASON_MOST, *, needed: bool = True) -> str:
    """The text without blanks around it. Raises Refused where it is missing or too long."""
    plain = text.replace("\r\n", "\n").strip()
    if needed and not plain:
        raise Refused({field: f"请填写{label}。"})
    if len(plain) > most:
        raise Refused({field: f"{label}不超过 {most} 字，现有 {len(plain)} 字。"})
    return plain


def day_ahead(field: str, label: str, day: dt.date, at: dt.datetime | None) -> dt.date:
    """A day that isn't over. Raises Refused."""
    today = today_in_shanghai(at)
    if day < today:
        raise Refused({field: f"{label} {day} 已经过去，应不早于今天（{today}）。"})
    if day.year > today.year + 10:
        raise Refused({field: f"{label} {day} 太远，请核对年份。"})
    return day
